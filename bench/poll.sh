#!/bin/sh
# CPU per check, sitrep against libcurl used well: the same fleet_server, run in turn, medians of
# K runs. The server has core 0, the clients core 1. Usage: poll.sh FOLDER (of the built benches).
set -eu
bin=${1:-bench}
K=${K:-5}
port=${PORT:-19417}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/sitrep-poll.XXXXXX")
mkfifo "$tmp/hold"
# The server ends when this shell does: its stdin is the only reader of our pipe.
taskset -c 0 "$bin/fleet_server" "$port" <"$tmp/hold" >"$tmp/server" &
server=$!
exec 9>"$tmp/hold"
trap 'exec 9>&-; wait $server 2>/dev/null || :; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
until grep -q ready "$tmp/server"; do kill -0 $server || exit 1; done

median() { sort -n "$1" | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
field() { sed -n "s/.*$1=\([0-9.-]*\).*/\1/p"; }
# compare LABEL OPTIONS: prints both medians and their ratio
compare() {
	label=$1
	shift
	: >"$tmp/y"; : >"$tmp/p"; : >"$tmp/e"; : >"$tmp/stall"
	i=0
	while [ $i -lt "$K" ]; do
		taskset -c 1 "$bin/bench_poll" -y "$@" "$port" | field us_check >>"$tmp/y"
		taskset -c 1 "$bin/bench_poll" "$@" "$port" | field us_check >>"$tmp/p"
		taskset -c 1 "$bin/bench_poll" -e "$@" "$port" >"$tmp/out"
		field us_check <"$tmp/out" >>"$tmp/e"
		field stall_ms <"$tmp/out" >>"$tmp/stall"
		i=$((i + 1))
	done
	y=$(median "$tmp/y") p=$(median "$tmp/p") e=$(median "$tmp/e") s=$(median "$tmp/stall")
	echo "$label $y $p $e $s" | awk '{printf "%-28s libcurl %6.1f us  prober %6.1f us (%.2fx)  with engine %6.1f us (%.2fx)  stall %.1f ms\n", $1, $2, $3, $3 / $2, $4, $4 / $2, $5}'
	eval "last_$label_key=$e"
}
label_key=small compare kept-alive-1000 -n 1000 -r 10
label_key=large compare kept-alive-10000 -n 10000 -r 2
label_key=fresh compare fresh-1000 -n 1000 -r 5 -F
label_key=paced compare paced-1000/s-of-1000 -n 1000 -r 4 -R 1000
[ -z "${LONG:-}" ] || label_key=paced_large compare paced-1000/s-of-10000 -n 10000 -r 1 -R 1000
echo "$last_large $last_small" | awk '{printf "flat in N: 10,000 against 1,000: %.2fx\n", $1 / $2}'
small=$("$bin/bench_poll" -e -n 10 -r 50 -c 10 "$port" | field kb)
large=$("$bin/bench_poll" -e -n 10000 -r 1 "$port" | field kb)
echo "$small $large" | awk '{printf "memory (RssAnon): %.1f MB with 10 services, %.2f KB a service above it\n", $1 / 1024, ($2 - $1) / 9990}'
