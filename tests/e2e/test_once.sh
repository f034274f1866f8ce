#!/usr/bin/env bash
# --once against servers that answer, fail and hang: the exit contract, the deadline, what it says
# where, and that it ends when it is told to.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
# shellcheck source=tests/e2e/lib.sh disable=SC2154
. "$(dirname "$0")/lib.sh"
schema=$srcdir/schema/sitrep-once.schema.json
need_tmux

start_server ok
start_server error
start_server hang
cat >"$work/fleet.yaml" <<END
version: 1
fleet: mixed
defaults: {interval: 2s, timeout: 20s, fall: 1, proxy: none}
services:
  - {name: good, group: a, checks: [{http: "http://127.0.0.1:$port_ok/"}]}
  - name: late
    group: a
    checks: [{http: "http://127.0.0.1:$port_ok/", warn: ["latency < 0.001ms"]}]
  - {name: bad, group: b, checks: [{http: "http://127.0.0.1:$port_error/"}]}
  - {name: hung, group: c, checks: [{http: "http://127.0.0.1:$port_hang/"}]}
END

once() { # WANTED-CODE NAME ARGUMENTS...: leaves stdout and stderr in files
	local wanted=$1 name=$2
	shift 2
	timeout 30 "$sitrep" -c "$work/fleet.yaml" --once "$@" >"$work/out" 2>"$work/err" </dev/null
	check "$name: exit code" same "$wanted" $?
}
holds() { local name=$1; shift; check "$name" python3 "$srcdir/tests/e2e/once.py" "$schema" "$work/out" "$@"; }

once 0 "one that is well" good -o json
holds "one that is well: document" state=UP up=1 down=0 good=UP
once 1 "one that is late" late -o json
holds "one that is late: document" state=DEGRADED late=DEGRADED
once 0 "late with --fail-on down" late --fail-on down
once 2 "one that fails" bad -o json
holds "one that fails: document" state=DOWN bad=DOWN
once 2 "worst wins" good late bad
once 1 "by group" -g a -o json
holds "by group: document" up=1 degraded=1 down=0
once 2 "by glob" 'b*'
once 3 "nothing matches" 'nobody*'
check "nothing matches: says so on stderr" grep -q . "$work/err"
check "nothing matches: no report" same "" "$(cat "$work/out")"

# --- the deadline -----------------------------------------------------------------------------------
SECONDS=0
once 3 "deadline" good hung --deadline 1s -o json
check "deadline: kept" test $SECONDS -le 4
holds "deadline: what did not answer is UNKNOWN" state=UNKNOWN good=UP hung=UNKNOWN deadline_hit=True
once 2 "deadline: DOWN outranks UNKNOWN" bad hung --deadline 1s
check "deadline: the table says so" grep -q deadline "$work/out"

# --- observers: the first answer of each is waited for ------------------------------------------------
port_none=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
observed() { # WANTED-CODE NAME OBSERVERS [ARGUMENTS...]
	local wanted=$1 name=$2
	cat >"$work/observed.yaml" <<-END
		version: 1
		defaults: {timeout: 1s, proxy: none}
		observer: $3
		services: [{name: good, checks: [{http: "http://127.0.0.1:$port_ok/"}]}]
	END
	shift 3
	timeout 30 "$sitrep" -c "$work/observed.yaml" --once -o json "$@" >"$work/out" 2>"$work/err" </dev/null
	check "observer $name: exit code" same "$wanted" $?
}
refused="tcp: \"127.0.0.1:$port_none\"" absent="container: x, engine: \"unix:$work/none.sock\""
observed 3 "by tcp that is refused" "[{$refused}]"
holds "observer that fails: document" state=UNKNOWN good=UNKNOWN
observed 3 "by http that is refused" "[{http: \"http://127.0.0.1:$port_none/\"}]"
observed 3 "that hangs" "[{http: \"http://127.0.0.1:$port_hang/\"}]"
observed 0 "that answers" "[{tcp: \"127.0.0.1:$port_ok\"}]"
observed 0 "beside one that answers" "[{$refused}, {tcp: \"127.0.0.1:$port_ok\"}]"
observed 0 "that cannot ask" "[{$absent}]"
observed 3 "beside one that cannot ask" "[{$absent}, {$refused}]"
observed 0 "that the deadline overtakes" "[{http: \"http://127.0.0.1:$port_hang/\"}]" --deadline 500ms

# --- a planned window ---------------------------------------------------------------------------------
cat >"$work/planned.yaml" <<END
version: 1
fleet: planned
defaults: {fall: 1, proxy: none}
services:
  - name: bad
    maintenance: [{start: "$(date -u -d '-1 hour' +%Y-%m-%dT%H:%M)", duration: 1d}]
    checks: [{tcp: "127.0.0.1:1"}]
END
"$sitrep" -c "$work/planned.yaml" --once >"$work/out" 2>"$work/err"
check "maintenance: exit code" same 0 $?
check "maintenance: the summary" grep -q "UP  1 in maintenance of 1 service$" "$work/out"
check "maintenance: the row says both" grep -qE "bad .*DOWN" "$work/out"
"$sitrep" -c "$work/planned.yaml" --once -o json >"$work/out" 2>"$work/err"
holds "maintenance: JSON" state=UP down=0 maintenance=1 bad=DOWN

# --- wrong input ------------------------------------------------------------------------------------
printf 'version: 1\nfleet: x\nservices:\n  - name: a\n    checks: [{htpp: /}]\n' >"$work/broken.yaml"
"$sitrep" -c "$work/broken.yaml" --once >"$work/out" 2>"$work/err"
check "broken file: exit code" same 3 $?
check "broken file: file, line and column" grep -qE 'broken.yaml:5:[0-9]+: ' "$work/err"
"$sitrep" -c "$work/none.yaml" --once >"$work/out" 2>"$work/err"
check "no file: exit code" same 3 $?
check "no file: is named" grep -q none.yaml "$work/err"
"$sitrep" --once --no-such-option >"$work/out" 2>"$work/err"
check "bad option: exit code" same 3 $?
"$sitrep" -c "$work/fleet.yaml" --once -o yaml >"$work/out" 2>"$work/err"
check "bad format: exit code" same 3 $?
"$sitrep" -c "$work/fleet.yaml" --plain -o json >"$work/out" 2>"$work/err" </dev/null
check "a format for --plain: exit code" same 3 $?
check "a format for --plain: is told" grep -q 'goes with --once' "$work/err"

"$sitrep" --ascii -xq >"$work/out" 2>"$work/err"
check "bad short option in a cluster: is named" grep -q "unknown option -x" "$work/err"
"$sitrep" -c "$work/fleet.yaml" --once --deadline 100000d good >"$work/out" 2>"$work/err"
check "a time without end: exit code" same 3 $?
"$sitrep" --version 2>"$work/err" >/dev/full
check "--version to a full disk: exit code" same 3 $?

"$sitrep" --explain $'none\033[31m' >"$work/out" 2>"$work/err"
check "a hostile file name: exit code" same 3 $?
check "a hostile file name: no raw bytes" same 0 "$(grep -c $'\033' "$work/err")"

"$sitrep" -c "$work/fleet.yaml" --once good >"$work/out" 2>"$work/err" <&-
check "closed stdin: exit code" same 0 $?
"$sitrep" -c "$work/fleet.yaml" --once good >"$work/out" 2>&- </dev/null
check "closed stderr: exit code" same 0 $?
"$sitrep" -c "$work/fleet.yaml" --once good >&- 2>"$work/err" </dev/null
check "closed stdout: exit code" same 3 $?

# --- repeats ----------------------------------------------------------------------------------------
start_server flap
cat >"$work/flap.yaml" <<END
version: 1
fleet: flap
defaults: {fall: 2, rise: 3, proxy: none}
services: [{name: flap, checks: [{http: "http://127.0.0.1:$port_flap/"}]}]
END
"$sitrep" -c "$work/flap.yaml" --once >"$work/out" 2>"$work/err"
check "a failing check is repeated, and its last answer counts" same 0 $?

# --- recordings -------------------------------------------------------------------------------------
start_server echo
cat >"$work/secret.yaml" <<END
version: 1
fleet: secret
defaults: {fall: 1, proxy: none}
services:
  - name: echo
    auth: {bearer: "\${env:TOKEN}"}
    checks: [{http: "http://127.0.0.1:$port_echo/?t=\${env:TOKEN}", expect: ["header x absent"]}]
END
TOKEN=hunter2hunter2 "$sitrep" -c "$work/secret.yaml" --once -o json --record "$work/record" >"$work/out" 2>"$work/err"
check "recording: the answer is there" grep -q '"body":"GET /' "$work/record"
check "recording: no secret anywhere" same "" "$(grep -h hunter2 "$work/record" "$work/out" "$work/err")"
check "recording: for its owner alone" same 600 "$(stat -c %a "$work/record")"
"$sitrep" -c "$work/fleet.yaml" --once bad good late --record /dev/full >"$work/out" 2>"$work/err"
check "recording to a full disk: says so" grep -q 'recording is not whole' "$work/err"

# --- ends when told to --------------------------------------------------------------------------------
# A shell that is not interactive starts background jobs with SIGINT ignored, so python3 sets it back.
for signal in INT TERM; do
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$sitrep" -c "$work/fleet.yaml" --once hung >"$work/out" 2>"$work/err" &
	pid=$!
	within 10 asked_by "$pid" "$port_hang"
	kill -$signal $pid
	wait $pid
	code=$?
	[ $signal = INT ] && wanted=130 || wanted=143
	check "SIG$signal: exit code" same $wanted $code
done

# --- terminals and pipes ------------------------------------------------------------------------------
"$sitrep" -c "$work/fleet.yaml" good >"$work/out" 2>"$work/err" </dev/null
check "no terminal, no mode: acts as --once" same 0 $?
check "no terminal, no mode: says so" grep -q . "$work/err"
check "no terminal, no mode: the table" grep -qE "good +a +UP" "$work/out"
"$sitrep" -c "$work/fleet.yaml" --once good 2>"$work/err" >/dev/full
check "a full disk: exit code" same 3 $?
screen_open once 70x20
screen_type once "clear; $sitrep -c $work/fleet.yaml --once good hung --deadline 4s; echo code=\$?"
check "terminal: progress while it waits" sees once '[0-9]+ of 2'
check "terminal: then the table" sees once 'code=3'
check "terminal: the progress is gone" screen_lacks once '[0-9]+ of 2 checks'
coloured() { tmux_ capture-pane -e -p -t once | grep -qP '\033\[([0-9;]*;)?3[0-7]m'; }
check "terminal: colours" coloured
screen_type once "clear; NO_COLOR=1 $sitrep -c $work/fleet.yaml --once bad; echo code=\$?"
check "NO_COLOR: the table" sees once 'code=2'
check "NO_COLOR: no colours" within 0 eval '! coloured'
screen_type once "clear; TERM=dumb script -qec '$sitrep -c $work/fleet.yaml --once hung --deadline 2s' $work/typed >/dev/null; echo code=typed"
check "TERM=dumb on a terminal: the table" sees once 'code=typed'
check "TERM=dumb on a terminal: no sequences" same 0 "$(grep -c $'\033' "$work/typed")"
screen_close once
LC_ALL=C "$sitrep" -c "$work/fleet.yaml" --once bad >"$work/out" 2>"$work/err"
check "LC_ALL=C: ASCII alone" same "" "$(LC_ALL=C tr -d ' -~\n' <"$work/out")"
finish
