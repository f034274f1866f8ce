#!/bin/sh
# The house rules that a compiler does not know, as TAP: layers and libraries, banned calls,
# sizes, mutable data, headers that compile alone, prose, keys and themes, and that each check type
# has a test of what it sends, which a person can start by hand. `lint.sh RULE...` asks for some of them. Needs
# a shell and awk; headers are checked where there is a C compiler.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 99
top=${LINT_TOP:-$(cd "$here/../.." && pwd)}
lint=$top/tests/lint
AWK=${AWK:-awk}
LC_ALL=C
export LC_ALL
cd "$top" || exit 99
tmp=$(mktemp -d "${TMPDIR:-/tmp}/sitrep-lint.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
trap 'exit 99' HUP INT TERM
SEP=$(printf '\001')

all="includes banned functions statics headers length paragraph notes sleep tables wire hand"
rules=${*:-$all}
number=0 failures=0

# result RULE: the file of complaints says whether the rule holds
result() {
	number=$((number + 1))
	if [ -s "$tmp/out" ]; then
		failures=$((failures + 1))
		echo "not ok $number - $1"
		sort -u "$tmp/out" | sed 's/^/# /'
	else
		echo "ok $number - $1"
	fi
}

find src tests bench -type f \( -name '*.c' -o -name '*.h' -o -name '*.def' \) 2>/dev/null |
	sort >"$tmp/sources"
find src tests bench -type f \( -name '*.c' -o -name '*.h' -o -name '*.def' -o -name '*.sh' \
	-o -name '*.awk' -o -name '*.py' \) 2>/dev/null | sort >"$tmp/texts"
[ -s "$tmp/sources" ] || { echo "Bail out! no sources under $top"; exit 99; }
xargs $AWK -v SEP="$SEP" -f "$lint/strip.awk" <"$tmp/sources" >"$tmp/code" || exit 99

# over_code SCRIPT: a check of the stripped code that knows layers.tsv
over_code() {
	cat "$lint/table.awk" "$lint/$1.awk" >"$tmp/$1.awk"
	$AWK -F "$SEP" -f "$tmp/$1.awk" "$lint/layers.tsv" "$tmp/code" >"$tmp/out" 2>&1 ||
		echo "$1.awk failed" >>"$tmp/out"
}

# Each header by itself, in one run of the compiler.
check_headers() {
	: >"$tmp/out"
	cc=${CC:-cc}
	command -v "${cc%% *}" >/dev/null 2>&1 || { note=" # SKIP no C compiler"; return; }
	grep '^src/.*\.h$' "$tmp/sources" >"$tmp/headers"
	: >"$tmp/config.h"
	# shellcheck disable=SC2086
	xargs $cc ${LINT_CPPFLAGS:-} -std=gnu11 -D_GNU_SOURCE -Isrc -I"$tmp" -fsyntax-only -x c \
		-Wno-pragma-once-outside-header <"$tmp/headers" >"$tmp/cc.out" 2>&1 ||
		grep -E 'error' "$tmp/cc.out" | head -20 >"$tmp/out"
}

prose() {
	[ -e "$tmp/prose" ] || xargs $AWK -f "$lint/prose.awk" <"$tmp/texts" >"$tmp/prose" 2>&1 ||
		echo "$1 prose.awk failed" >>"$tmp/prose"
	sed -n "s/^$1 //p" "$tmp/prose" >"$tmp/out"
	grep '^awk\|^mawk\|^gawk' "$tmp/prose" >>"$tmp/out" || :
}

tables() {
	cat "$lint/table.awk" "$lint/tables.awk" >"$tmp/tables.awk"
	set --
	for table in src/ui/actions.def src/ui/keys.def src/model/styles.def themes/*.yaml; do
		[ -e "$table" ] || { echo "$table is missing" >"$tmp/out"; return; }
		set -- "$@" "$table"
	done
	$AWK -f "$tmp/tables.awk" "$lint/layers.tsv" "$@" >"$tmp/out" 2>&1 ||
		echo "tables.awk failed" >>"$tmp/out"
}

# What a check of each type may ever send is held against a recording of it, whenever its test runs: not indented, since
# what stands in a function or behind a condition may never be run.
wire() {
	sed -n 's/^CHECK_TYPE([A-Z]*, "\([a-z]*\)".*/\1/p' src/model/check_types.def >"$tmp/types"
	[ -s "$tmp/types" ] || echo "src/model/check_types.def has no types" >"$tmp/types"
	while read -r type; do
		grep -q "^only_these $type " tests/servers/test_*.sh 2>/dev/null ||
			echo "tests/servers: no test says 'only_these $type', what such a check may ever send"
	done <"$tmp/types" >"$tmp/out"
}

# Started by hand, a script must find its library: without it, its files are made in "/".
hand() {
	for script in tests/servers/test_*.sh; do
		# shellcheck disable=SC2016
		grep -qxF ': "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"' "$script" &&
			grep -qxF '. "$srcdir/tests/servers/lib.sh" || exit 99' "$script" ||
			echo "$script: sets no srcdir, or goes on without tests/servers/lib.sh"
	done >"$tmp/out"
}

# shellcheck disable=SC2086
set -- $rules
echo "1..$#"
for rule; do
	case $rule in
	includes | banned | statics) over_code "$rule" ;;
	functions)
		$AWK -F "$SEP" -v EXCEPTIONS="$lint/exceptions" -f "$lint/functions.awk" "$tmp/code" \
			>"$tmp/out" 2>&1 || echo "functions.awk failed" >>"$tmp/out"
		;;
	headers) check_headers ;;
	length | paragraph | notes | sleep) prose "$rule" ;;
	tables | wire | hand) "$rule" ;;
	*) echo "Bail out! no rule '$rule'; there are: $all"; exit 99 ;;
	esac
	result "$rule"
done
[ "$failures" = 0 ]
