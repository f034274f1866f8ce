#!/usr/bin/env bash
# The program and its configuration: --check, --list, --init, exit codes, environments, and a fleet
# in which one service is wrong. Nothing listens where it asks, so no server is needed.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
# shellcheck source=tests/e2e/lib.sh disable=SC2154
. "$(dirname "$0")/lib.sh"
mkdir -p "$work/fleet" && cd "$work/fleet" || exit 1

run() { # ARGUMENTS...: leaves $code, out and err
	timeout 30 "$sitrep" "$@" >"$work/out" 2>"$work/err" </dev/null
	code=$?
}
has() { grep -qF -- "$2" "$1" || { cat "$1"; return 1; }; }

run --check
check "no file: exit code" same 3 "$code"
check "no file: where it looked" has "$work/err" "$work/home/sitrep/services.yaml"
check "no file: what to do" has "$work/err" "--demo"

run --init
check "--init: exit code" same 0 "$code"
run --check
check "--init writes what --check takes" same 0 "$code"
check "--check: one line of what it is" has "$work/out" "nexus/dev: 13 services"
run -e prod --list
check "--list: exit code" same 0 "$code"
check "--list: the environment's values" has "$work/out" "http://nexus.internal:8080/health"
run -e prdo --check
check "unknown environment: exit code" same 3 "$code"
check "unknown environment: a suggestion" has "$work/err" "did you mean 'prod'?"

# The schema for editors takes what --check takes, and knows what it refuses.
schema=$builddir/schema/sitrep-services.schema.json
against_schema() { python3 "$srcdir/tests/e2e/schema.py" "$schema" "$@"; }
refused() { # each document of --- FILE, by --check
	local part
	csplit -s -z -f part- --suppress-matched "$1" '/^---$/' '{*}'
	for part in part-*; do
		if "$sitrep" -c "$part" --check >"$work/part" 2>&1; then
			cat "$part" "$work/part"
			return 1
		fi
	done
	rm part-*
}
cp "$srcdir/tests/fixtures/forms.yaml" forms.yaml
touch ca.pem c.pem k.pem forms.json
run -c forms.yaml --check
check "every form: --check" same "0 " "$code $(cat "$work/err")"
check "wrong forms: --check" refused "$srcdir/tests/fixtures/forms_wrong.yaml"
against_schema services.yaml >"$work/out"
code=$?
if [ $code = 77 ]; then
	echo "# no schema check: $(cat "$work/out")"
else
	check "schema: takes the shipped file" same 0 "$code"
	check "schema: takes every form" against_schema forms.yaml "$srcdir/tests/fixtures/design.yaml"
	check "schema: takes the manual's examples" against_schema "$srcdir"/man/*.in "$srcdir"/man/checks/*.in
	check "schema: refuses what --check refuses" against_schema --wrong "$srcdir/tests/fixtures/forms_wrong.yaml"
fi

cat >services.yaml <<'END'
fleet: t
services:
  - {name: secretless, url: "http://127.0.0.1:1", auth: {bearer: "${env:SITREP_E2E_NOT}"}}
  - name: typo
    url: http://127.0.0.1:1
    checks: [{http: /x, expcet: []}]
  - {name: writer, url: "http://127.0.0.1:1", checks: [{http: POST /x, writes: true}]}
  - {name: dead, url: "http://127.0.0.1:1"}
  - name: hidden
    url: http://127.0.0.1:1
    checks:
      - {http: GET /x, body: "{}"}
      - {http: GET /y, headers: {X-HTTP-Method-Override: DELETE}}
END
run --check
check "mistakes: exit code" same 3 "$code"
check "mistakes: a body that may write" has "$work/err" "services.yaml:12:16: a body may change something there"
check "mistakes: a header that may write" has "$work/err" "X-HTTP-Method-Override asks for another method"
check "mistakes: place and suggestion" has "$work/err" \
	"services.yaml:6:25: unknown key 'expcet'; did you mean 'expect'?"
check "mistakes: all at once" has "$work/err" "services.yaml:3:66: the secret"
run --once typo
check "--once of a wrong service: exit code" same 3 "$code"
check "--once of a wrong service: why" has "$work/out" "expcet"
run --once --read-only writer
check "--read-only leaves out what writes" same 3 "$code"
run --once
check "the others are watched" same 2 "$code"
check "the others are watched: dead" grep -qE "dead +DOWN" "$work/out"
timeout 10 "$sitrep" --plain >"$work/out" 2>/dev/null &
plain=$!
check "--plain tells the wrong ones" within 5 has "$work/out" "UNKNOWN   typo"
check "--plain tells the dead one" within 5 has "$work/out" "DOWN      dead"
kill "$plain" 2>/dev/null
wait "$plain"

cat >services.yaml <<'END'
environments: {a: {}, b: {}}
services: [{name: x, url: "http://127.0.0.1:1"}]
END
run --once
check "no environment chosen: exit code" same 3 "$code"
SITREP_ENV=b run --list
check "SITREP_ENV chooses" has "$work/out" "/b: 1 service"

cat >services.yaml <<'END'
services:
  - name: x
    url: "http://127.0.0.1:1"
    checks: [{flow: [{http: /login, name: login, capture: {t: body}}, {http: "/x/{{t}}", name: call}]}]
END
run --list
check "--list: a flow has its steps" has "$work/out" "step    call: GET http://127.0.0.1:1/x/{{t}}"
finish
