#!/usr/bin/env bash
# `command` with real plugins: small scripts that do what plugins do, well and badly.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99

plugins=$work/plugins
mkdir "$plugins"
plugin() { # NAME: a script of standard input
	{ echo '#!/bin/sh'; cat; } >"$plugins/$1"
	chmod +x "$plugins/$1"
}
run() { echo "{command: [$plugins/$1${2:+, $2}]${3:+, $3}}"; }

# --- the contract ---------------------------------------------------------------------------------
plugin ok <<'END'
echo 'DISK OK - free space: / 3326 MB (56%) | /=2643MB;5948;5958;0;5968 /home=69357MB;253404;;0;253409 bad nan= U=U'
echo 'all volumes looked at'
echo "second line | '/var lib'=12.5%;80;90 'it''s'=1e-3s"
echo "load1=.5 load5=+7. neg=-3"
END
plugin warning <<'END'
echo 'DISK WARNING - free space: / 3%'
exit 1
END
plugin critical <<'END'
echo 'DISK CRITICAL - free space: / 0% | /=0'
exit 2
END
plugin unknown <<'END'
echo 'DISK UNKNOWN - no such volume'
exit 3
END
plugin odd <<'END'
echo 'what am I'
exit 42
END
plugin mute <<'END'
echo 'cannot open /dev/x' >&2
exit 2
END
one "exit code 0 passes" "$(run ok)" 'c["state"] == "pass" and v["exit_code"] == 0'
check "its output is without performance data" answer '(v["output"].split("\n") ==
	["DISK OK - free space: / 3326 MB (56%)", "all volumes looked at", "second line"])'
check "performance data: quotes, units, later lines, no value" answer '(
	v["perfdata /"] == 2643 and v["perfdata /home"] == 69357 and v["perfdata /var lib"] == 12.5
	and v["perfdata it'"'"'s"] == 0.001 and v["perfdata load1"] == 0.5 and v["perfdata load5"] == 7
	and v["perfdata neg"] == -3 and "perfdata U" not in v and "perfdata bad" not in v)'
one "exit code 1 warns with the plugin's own line" "$(run warning)" \
	'c["state"] == "warn" and m == "DISK WARNING - free space: / 3%" and s["state"] == "DEGRADED"'
one "exit code 2 fails with it" "$(run critical)" \
	'c["state"] == "fail" and m == "DISK CRITICAL - free space: / 0%" and s["state"] == "DOWN"'
one "exit code 3 is unknown" "$(run unknown)" \
	'c["state"] == "unknown" and m == "DISK UNKNOWN - no such volume" and s["state"] == "UNKNOWN"'
one "another code fails" "$(run odd)" 'c["state"] == "fail" and m == "what am I" and v["exit_code"] == 42'
one "a plugin without output says how it ended" "$(run mute)" \
	'c["state"] == "fail" and "exited 2 and printed nothing" in m and "cannot open /dev/x" in m'
one "an own line about exit codes replaces the contract" \
	"$(run odd '' 'expect: ["exit_code in 3|42"]')" 'c["state"] == "pass"'
one "of 3 too" "$(run unknown '' 'expect: ["exit_code == 3"], warn: ["exit_code >= 0"]')" 'c["state"] == "pass"'
one "assertions about performance data" \
	"$(run ok '' 'warn: ["perfdata / < 2000"], expect: ["perfdata \"/var lib\" < 90", "output ~ volumes"]')" \
	'c["state"] == "warn" and "perfdata / 2643, wanted < 2000" in m'

# --- how it is run --------------------------------------------------------------------------------
plugin environment <<'END'
[ "$TOKEN" = geheim42 ] && [ -z "$SECRET_OF_OURS" ] && [ -n "$PATH" ] && [ "$PLAIN" = 'a  b' ] || { env; exit 2; }
echo "OK $TOKEN"
END
export SECRET_OF_OURS=1 TOKEN_FROM=geheim42
one "the environment is what the check says, redacted where shown" \
	"$(run environment '' 'env: {TOKEN: "${env:TOKEN_FROM}", PLAIN: "a  b"}')" \
	'c["state"] == "pass" and v["output"] == "OK ***"'
check "a secret in an argument is refused" eval \
	'ask "$(run ok "\"\${env:TOKEN_FROM}\"")"; grep -q "give the secret by .env:" "$work/answer.err"'
plugin words <<'END'
[ $# = 3 ] && [ "$1" = '$(touch x);' ] && [ "$2" = '' ] && [ "$3" = 'a b' ] || { echo "$# <$1> <$2> <$3>"; exit 2; }
echo fine
END
one "no shell reads the words" "$(run words "'\$\$(touch x);', '', 'a b'")" 'c["state"] == "pass"'
cat >"$plugins/descriptors" <<'END'
#!/usr/bin/python3
import os, sys
print(sorted(map(int, os.listdir("/proc/self/fd"))), sys.stdin.read() == "", os.getsid(0) == os.getpid())
print("reopened", file=open("/dev/stdout", "w"))
END
chmod +x "$plugins/descriptors"
# 3 is the folder that it itself reads.
one "its descriptors are three, its input is empty, its session its own" "$(run descriptors)" \
	'"[0, 1, 2, 3] True True" in v["output"] and "reopened" in v["output"]'
one "a command is found in PATH" '{command: [printf, "%s|x=1", here]}' 'v["output"] == "here" and v["perfdata x"] == 1'

# What a relay is on a wire: it notes all that it gets, and then is the program behind it.
cat >"$plugins/relay" <<'END'
#!/usr/bin/python3
import json, os, sys
json.dump([sys.argv[1:], sorted(os.environ), sys.stdin.read()], open(sys.argv[0] + ".seen", "w"))
os.execvp(sys.argv[1], sys.argv[1:])
END
chmod +x "$plugins/relay"
one "through a relay" "{command: [$plugins/relay, printf, \"%s\", well], env: {TOKEN: geheim42}}" 'v["output"] == "well"'
only_these command python3 -c 'import json, sys
words, names, text = json.load(open(sys.argv[1]))
print(words, names, text)
usual = {"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR"}
sys.exit(words != ["printf", "%s", "well"] or set(names) - usual != {"TOKEN"} or text != "")' "$plugins/relay.seen"

# --- what goes wrong ------------------------------------------------------------------------------
echo 'exit 0' >"$plugins/plain"
printf '#!/no/such/shell\n' >"$plugins/shebang"
chmod +x "$plugins/shebang"
one "missing" "$(run gone)" 'c["state"] == "unknown" and "there is no file" in m and s["state"] == "UNKNOWN"'
one "missing in PATH" '{command: [no-such-plugin-here]}' 'c["state"] == "unknown" and "in PATH" in m'
one "not executable" "$(run plain)" 'c["state"] == "unknown" and "chmod +x" in m'
one "without its interpreter" "$(run shebang)" 'c["state"] == "unknown" and "interpreter" in m'
plugin crash <<'END'
kill -SEGV $$
END
one "killed by a signal" "$(run crash)" 'c["state"] == "fail" and "was killed by signal 11" in m and v["exit_code"] == 139'

# Children of a plugin that hangs write their process ids here. tail(1) would end with the pipe it prints
# to, so it has none.
export PIDS=$work/pids
plugin hang <<'END'
trap '' TERM
echo starting
tail -f /dev/null >/dev/null & echo $! >>"$1"
(trap '' TERM; echo $$ >>"$1"; tail -f /dev/null >/dev/null; :) &
echo $! >>"$1"
echo $$ >>"$1"
wait
tail -f /dev/null >/dev/null
END
all_gone() { local pid; for pid in $(cat "$PIDS"); do gone "$pid" || return 1; done; }
ask_timeout=700ms
one "hanging with children: killed as a group at the time-out" "$(run hang "$PIDS")" \
	'c["state"] == "fail" and re.search("timed out after 700ms", m) and "no answer" in c["assertions"][0]["got"]'
check "nothing of it is left" eval 'test -s "$PIDS" && within 5 all_gone'
ask_timeout=
plugin orphan <<'END'
(tail -f /dev/null >/dev/null; :) & echo $! >"$1"
echo 'OK, and something stays behind'
END
one "a child that keeps the output open does not hold the run" "$(run orphan "$PIDS")" \
	'c["state"] == "pass" and v["output"].startswith("OK") and c["latency_ms"] < 1000'
check "and is ended" within 5 all_gone
plugin endless <<'END'
exec yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
END
ask_timeout=20s
one "endless output is ended" "$(run endless)" 'c["state"] == "fail" and "printed more than 16 MB" in m'
ask_timeout=
plugin much <<'END'
echo 'OK much'
head -c 3000000 /dev/zero | tr '\0' x
head -c 3000000 /dev/zero | tr '\0' y >&2
END
one "much output is drained and cut" "$(run much)" 'c["state"] == "pass" and len(v["output"]) <= 4096'
plugin hostile <<'END'
printf 'OK \033]52;c;aGk=\007\033[31mred\302\233 \377|\033x=1\n'
END
one "its bytes are harmless" "$(run hostile)" \
	'c["state"] == "pass" and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", v["output"] + m)'

# --- the end of the program -------------------------------------------------------------------------
rm -f "$PIDS"
printf 'version: 1\nservices: [{name: it, checks: [%s]}]\n' "$(run hang "$PIDS")" >"$work/hang.yaml"
"$sitrep" --once -c "$work/hang.yaml" --timeout 60s >/dev/null 2>&1 &
asking=$!
within 10 test -s "$PIDS"
kill -TERM $asking
wait $asking
check "SIGTERM to sitrep ends what it runs" within 5 all_gone

check "the manual's example runs" eval 'example command && passes'
finish
