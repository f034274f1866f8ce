#!/bin/bash
# What a person feels, sitrep against yardsticks: first frame and --once as medians of K runs in turn;
# bytes a second, key to frame, CPU and memory over windows of 10 s. Usage: console.sh FOLDER (of the built benches) SITREP.
set -eu
bin=$1
sitrep=$2
K=${K:-5}
port=${PORT:-19431}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/sitrep-console.XXXXXX")
mkfifo "$tmp/hold"
"$bin/fleet_server" "$port" <"$tmp/hold" >"$tmp/server" &
server=$!
exec 9>"$tmp/hold"
trap 'exec 9>&-; wait $server 2>/dev/null || :; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
until grep -q ready "$tmp/server"; do kill -0 $server || exit 1; done
export XDG_CONFIG_HOME="$tmp"

# fleet N INTERVAL: a services.yaml of N services, on addresses of 127.0.0.0/8
fleet() {
	awk -v n="$1" -v every="$2" -v port="$port" 'BEGIN {
		printf "version: 1\nfleet: bench\ndefaults: {interval: %s, timeout: 3s}\nservices:\n", every
		for (i = 0; i < n; i++)
			printf "  - {name: svc-%d, group: g%d, checks: [{http: \"http://127.%d.%d.%d:%d/svc/%d/health\", expect: [\"json .status == healthy\"]}]}\n",
				i, i % 7, 1 + int(i / 62500), int(i / 250) % 250, 1 + i % 250, port, i
	}' >"$tmp/fleet-$1-$2.yaml"
	echo "$tmp/fleet-$1-$2.yaml"
}
urls() { awk -v n="$1" -v port="$port" 'BEGIN { for (i = 0; i < n; i++)
	printf "url = \"http://127.%d.%d.%d:%d/svc/%d/health\"\noutput = /dev/null\n", 1 + int(i / 62500), int(i / 250) % 250, 1 + i % 250, port, i }' >"$tmp/urls-$1"; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# many FIELD COMMAND...: the median of a field over K runs
many() {
	local want=$1 i
	shift
	for i in $(seq "$K"); do
		"$@" | awk -v want="$want" '{ for (i = 1; i < NF; i++) if ($i == want) print $(i + 1) }'
	done | median
}
# long FIELD COMMAND...: one run; its window of 10 s is its own average
long() { local K=1; many "$@"; }
row() { printf '%-52s %s\n' "$1" "$2"; }
seconds() { # COMMAND...: wall seconds of one run, the exit code does not matter
	local TIMEFORMAT=%R
	{ time "$@" >/dev/null 2>&1 || :; } 2>&1
}

for n in 13 1000 10000; do
	file=$(fleet $n 1h)
	row "first frame, $n services (goal 30 ms with 1,000, 100 with 10,000)" \
		"$(many first_frame_ms "$bin/ptymeter" -w 0 -t 0.1 "$sitrep" -c "$file") ms"
done
row "first frame, table floor" "$(many first_frame_ms "$bin/ptymeter" -w 0 -t 0.1 "$bin/tablefloor") ms"

row "bytes a second, nothing changes, 200x50 (goal 60)" \
	"$(long bytes_per_s "$bin/ptymeter" -w 3 -t 10 "$sitrep" -c "$(fleet 1000 1h)")"
row "bytes a second, 1,000 services every 10s" \
	"$(long bytes_per_s "$bin/ptymeter" -w 12 -t 10 "$sitrep" -c "$(fleet 1000 10s)")"
row "bytes a second, table floor, 10% of cells a second" \
	"$(long bytes_per_s "$bin/ptymeter" -w 3 -t 10 "$bin/tablefloor" -p 10)"

for n in 13 1000 10000; do
	every=10s
	[ $n != 1000 ] || every=1s
	file=$(fleet $n $every)
	row "key to last byte, p99, $n services every $every (goal 8 idle, 16)" \
		"$(long key_p99_ms "$bin/ptymeter" -w 4 -t 10 -k jk -i 100 "$sitrep" -c "$file") ms"
	row "CPU, $n services every $every" \
		"$(long cpu_percent "$bin/ptymeter" -w 12 -t 10 "$sitrep" -c "$file") %"
	row "RssAnon, $n services" \
		"$(long rss_anon_kb "$bin/ptymeter" -w 12 -t 0.1 "$sitrep" -c "$file") kB"
done
row "key to last byte, p99, table floor" "$(long key_p99_ms "$bin/ptymeter" -w 1 -t 10 -k jk -i 100 "$bin/tablefloor") ms"

for n in 1000 10000; do
	file=$(fleet $n 10s)
	urls $n
	: >"$tmp/a" >"$tmp/b"
	for _ in $(seq "$K"); do
		seconds "$sitrep" --once -c "$file" >>"$tmp/a"
		seconds curl -s --parallel --parallel-max 300 -K "$tmp/urls-$n" >>"$tmp/b"
	done
	row "--once, $n services, against curl --parallel" "$(echo "$(median <"$tmp/a") $(median <"$tmp/b")" |
		awk '{ printf "%.0f ms, curl %.0f ms, ratio %.2f", $1 * 1e3, $2 * 1e3, $1 / $2 }')"
done
