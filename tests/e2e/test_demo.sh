#!/usr/bin/env bash
# Each scenario of --demo by --once -o json: the states, the causes, the diagnosis, the exit code,
# the shape of the document, and that nothing is left behind.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
# shellcheck source=tests/e2e/lib.sh disable=SC2154
. "$(dirname "$0")/lib.sh"
schema=$srcdir/schema/sitrep-once.schema.json

scenario() { # NAME EXIT-CODE EXPECTATIONS...
	local name=$1 wanted=$2 code
	shift 2
	timeout 60 "$sitrep" --demo="$name" --once -o json >"$work/out.json" 2>"$work/err"
	code=$?
	check "$name: exit code" same "$wanted" "$code"
	check "$name: states, causes and schema" python3 "$srcdir/tests/e2e/once.py" "$schema" "$work/out.json" "$@"
	check "$name: no words on stderr" same "" "$(cat "$work/err")"
	check "$name: nothing is left" within 5 nothing_left
}

scenario healthy 0 state=UP up=13
scenario route-404 2 state=DOWN up=12 down=1 voice=DOWN gateway=UP \
	voice:diagnosis=route-prefix-mismatch voice:sure=yes
scenario module-missing 2 state=DOWN up=12 down=1 voice=DOWN gateway=UP \
	voice:diagnosis=python-module-missing voice:sure=yes
scenario outage 2 state=DOWN postgres=DOWN auth=DOWN user=DOWN analytics=DOWN redis=UP voice=UP \
	auth:caused_by=postgres user:caused_by=postgres analytics:caused_by=postgres postgres:caused_by= \
	postgres:diagnosis=disk-full
scenario websocket-404 2 state=DOWN up=12 down=1 voice=DOWN voice:diagnosis=websocket-library-missing voice:sure=yes
scenario cors-500 2 state=DOWN up=12 down=1 voice=DOWN voice:diagnosis=async-not-awaited voice:sure=yes
check "cors-500: says that browsers hide it" grep -q '"id": *"cors-masked-error"' "$work/out.json"
scenario upstream-ws 2 state=DOWN up=12 down=1 voice=DOWN voice:diagnosis=third-party-unreachable voice:sure=yes
scenario redis-auth 2 state=DOWN redis=DOWN redis:diagnosis=redis-auth-failed redis:sure=yes redis:caused_by= \
	auth=DOWN auth:caused_by=redis voice=DOWN voice:caused_by=redis scraping:caused_by=redis postgres=UP user=UP

timeout 60 "$sitrep" --demo --once -o json >"$work/out.json" 2>"$work/err"
check "story: exit code" same 2 $?
check "story: one down, one degraded" python3 "$srcdir/tests/e2e/once.py" "$schema" "$work/out.json" \
	down=1 degraded=1 up=11 voice=DOWN analytics=DEGRADED voice:diagnosis=route-prefix-mismatch
check "story: nothing is left" within 5 nothing_left

"$sitrep" --demo=no-such --once >"$work/out" 2>"$work/err"
check "unknown scenario: exit code" same 3 $?
check "unknown scenario: is named" grep -q "no-such" "$work/err"
check "unknown scenario: nothing is left" nothing_left

# The table is at most 80 wide on a pipe, COLUMNS wide elsewhere, and names fleet and environment.
table_fits() { # WIDTH
	python3 -c 'import sys
for line in open(sys.argv[1], encoding="utf-8"):
    if len(line.rstrip("\n")) > int(sys.argv[2]): sys.exit("too wide: " + line)' "$work/out" "$1"
}
timeout 60 "$sitrep" --demo=route-404 --once >"$work/out" 2>/dev/null
check "table: exit code" same 2 $?
check "table: fits 80 columns" table_fits 80
check "table: fleet and environment" grep -q "nexus/demo" "$work/out"
check "table: the row" grep -qE "voice +core +DOWN" "$work/out"
check "table: no escape bytes on a pipe" same "" "$(tr -dc '\033' <"$work/out")"
COLUMNS=60 timeout 60 "$sitrep" --demo=route-404 --once -o wide >"$work/out" 2>/dev/null
check "wide: fits COLUMNS" table_fits 60
check "wide: the cause" grep -q "route-prefix-mismatch" "$work/out"

timeout 60 "$sitrep" --demo=route-404 --once --fail-on down >/dev/null 2>&1
check "--fail-on down keeps DOWN" same 2 $?

# A killed program leaves nothing either: its servers see the pipe close.
"$sitrep" --demo=healthy --plain >"$work/out" 2>&1 &
pid=$!
folder_there() { ls -A "$work/tmp" | grep -q sitrep-demo; }
check "plain: runs" within 10 folder_there
kill -KILL $pid
wait $pid 2>/dev/null
check "killed: nothing is left" within 5 nothing_left
# Killed at any moment of the start, too.
for hundredths in 00 01 02 03 04 05 06 07 08 09 10 12 15; do
	"$sitrep" --demo=healthy --plain >"$work/out" 2>&1 &
	pid=$!
	sleep 0.$hundredths
	kill -KILL $pid
	wait $pid 2>/dev/null
done
check "killed while it starts: nothing is left" within 5 nothing_left
"$sitrep" --demo=healthy --plain >"$work/out" 2>&1 &
pid=$!
within 10 folder_there
kill -TERM $pid
wait $pid
check "terminated: exit code" same 143 $?
check "terminated: nothing is left" within 5 nothing_left
finish
