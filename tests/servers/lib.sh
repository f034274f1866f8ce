# shellcheck shell=bash
# Sourced by the scripts of tests/servers after tests/e2e/lib.sh: starts real servers on free loopback
# ports in the script's own folder, puts checks to them with `--once`, and looks at the answer. Every
# server is ended by its process id when the script ends.
. "$srcdir/tests/e2e/lib.sh" || exit 99
tools=$srcdir/tests/servers

need() { # PROGRAM PACKAGE: skips all where it is missing; in CI that is a failure
	command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || skip_all "$1 is not installed (package $2)"
}
PATH=$PATH:/usr/sbin:/sbin

free_port() { python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
wait_port() { # PORT [SECONDS]
	within "${2:-30}" listens "$1" || { echo "# nothing listens on port $1"; return 1; }
}

# start NAME COMMAND...: in the background, its words in $work/NAME.log, its process id in pid_NAME.
start() {
	local name=$1
	shift
	"$@" >"$work/$name.log" 2>&1 </dev/null &
	printf -v "pid_$name" %s $!
	servers="$servers $!"
}
# stop NAME [SIGNAL]: ends it and waits until it is gone.
stop() {
	local pid=pid_$1
	kill "-${2:-TERM}" "${!pid}" 2>/dev/null
	within 20 gone "${!pid}"
}

# need_node: the packages of tests/servers/node, which ./dev installs; NODE_MODULES has their folder.
need_node() {
	need node nodejs
	NODE_MODULES=$(cd "$tools/node" && pwd)/node_modules
	export NODE_MODULES
	[ ! -d "$NODE_MODULES/ws" ] || return 0
	need npm nodejs
	mkdir -p "$work/node" && cp "$tools/node/package.json" "$tools/node/package-lock.json" "$work/node/" &&
		(cd "$work/node" && timeout 120 npm ci --no-audit --no-fund --ignore-scripts) >"$work/npm.log" 2>&1 </dev/null ||
		skip_all "the packages of tests/servers/node cannot be installed"
	NODE_MODULES=$work/node/node_modules
}
# How a configuration of nginx begins that keeps all its files in the folder; "http {" is left open.
nginx_head="worker_processes 1; daemon off;
pid $work/nginx.pid;
error_log $work/nginx.err;
events {}
http {
	access_log off;
	client_body_temp_path $work/n1; proxy_temp_path $work/n2; fastcgi_temp_path $work/n3;
	uwsgi_temp_path $work/n4; scgi_temp_path $work/n5;"
# prints_port NAME: waits until the server prints its port as its first line; it is in `port` then.
prints_port() {
	within 20 grep -qE '^[0-9]+$' "$work/$1.log" || { echo "# $1 prints no port"; cat "$work/$1.log"; return 1; }
	port=$(grep -m1 -E '^[0-9]+$' "$work/$1.log")
}

# --- one check ------------------------------------------------------------------------------------
# ask YAML...: a services.yaml of one service `it` with these checks (flow style, without the list's
# dash: '{redis: "127.0.0.1:6379"}'); `service_keys` may hold more keys of the service. The answer is in
# $work/answer.json.
service_keys=
ask() {
	{
		echo 'version: 1'
		echo 'defaults: {fall: 1}'
		echo 'services:'
		echo '  - name: it'
		[ -z "$service_keys" ] || printf '    %s\n' "$service_keys"
		echo '    checks:'
		printf '      - %s\n' "$@"
	} >"$work/services.yaml"
	ask_file "$work/services.yaml"
}
ask_file() { # FILE [OPTIONS...]
	local file=$1
	shift
	timeout 60 "$sitrep" --once -o json -c "$file" --timeout "${ask_timeout:-3s}" "$@" \
		>"$work/answer.json" 2>"$work/answer.err" </dev/null
}
# The example of TYPE in the manual, with FROM=TO replaced: `example redis 127.0.0.1:6379=127.0.0.1:$port`.
example() {
	local type=$1 change
	shift
	sed -n '/^\.Bd /,/^\.Ed/{/^\./!p}' "$srcdir/man/checks/$type.in" >"$work/example.yaml"
	for change in "$@"; do
		grep -qF -- "${change%%=*}" "$work/example.yaml" || { echo "the example lacks ${change%%=*}"; return 1; }
		python3 -c 'import sys
path, old, new = sys.argv[1:]
text = open(path).read()
open(path, "w").write(text.replace(old, new))' "$work/example.yaml" "${change%%=*}" "${change#*=}"
	done
	ask_file "$work/example.yaml"
}

# answer EXPRESSION: Python over the answer: `c` is its first check (a dict), `s` the first service, `v` the
# check's values, `m` its message. Fails, and shows the check, where it is not true.
answer() {
	python3 "$tools/answer.py" "$work/answer.json" "$1" && sound || { cat "$work/answer.err"; return 1; }
}
# A build with sanitizers has found nothing, leaks included.
sound() { ! grep -qE 'ERROR: (Address|Leak)Sanitizer|runtime error:' "$work/answer.err"; }
passes() { answer 'c["state"] == "pass"'; }
# fails REGEX: the check fails and says so.
fails() { answer "c['state'] == 'fail' and re.search(r'''$1''', m)"; }
# one NAME YAML EXPRESSION: asks and looks, as one test.
asks() { ask "$1" && answer "$2" || answer "$2"; }
one() { check "$1" asks "$2" "$3"; }

# --- bad servers ----------------------------------------------------------------------------------
# bad_server KIND [FILE]: tests/servers/hostile.py; its port in bad_port. Kinds: silent, slow (a byte of FILE
# each 100 ms), garbage, truncated (half of FILE, then closes), oversized (FILE, then for ever), close, reset,
# file (FILE, then waits).
bad_server() {
	rm -f "$work/bad.port"
	python3 "$tools/hostile.py" "$@" >"$work/bad.port" 2>"$work/bad.log" &
	bad_pid=$!
	servers="$servers $!"
	within 10 test -s "$work/bad.port" || echo "# no bad server $1"
	bad_port=$(cat "$work/bad.port")
}
bad_stop() { kill "$bad_pid" 2>/dev/null; wait "$bad_pid" 2>/dev/null; }
# survives YAML-WITH-PORT KINDS... : asks each kind of bad server (@PORT@ in the YAML is its port) with a time-out
# of 700 ms: the check must fail (not pass, not crash) with a sentence that names its target.
hostile_answer=/dev/null
survives() {
	local yaml=$1 kind
	shift
	for kind in "$@"; do
		bad_server "$kind" "$hostile_answer"
		check "$kind: fails with a sentence" survives_one "${yaml//@PORT@/$bad_port}"
		bad_stop
	done
}
survives_one() {
	local ask_timeout=700ms
	ask "$1"
	answer 'c["state"] == "fail" and len(m) > 30 and (c["latency_ms"] or 0) < 1500'
	local status=$?
	[ $status != 0 ] || sed 's/^/# /' <<<"$(python3 "$tools/answer.py" "$work/answer.json" 'print(m) or True')"
	return $status
}

# --- what is on the wire --------------------------------------------------------------------------
# relay PORT [SOURCE [SOCKET]]: a relay in front of PORT; its own port (or the path of SOCKET, where it listens there)
# in relay_port, what clients sent in $work/relay.out.
relays=0
relay() {
	relays=$((relays + 1))
	relay_record=$work/relay.$relays
	ln -sf "$relay_record" "$work/relay.out"
	start "relay$relays" python3 "$tools/relay.py" "$1" "$relay_record" "${@:2}"
	within 20 test -s "$work/relay$relays.log" || echo "# no relay"
	relay_port=$(cat "$work/relay$relays.log")
}
# wire EXPRESSION: Python about all that the last relay has recorded, see tests/servers/wire.py.
wire() { python3 "$tools/wire.py" "$relay_record" "$1"; }
# only_these TYPE COMMAND...: the command holds what was recorded of a check of TYPE against all that such a check may
# ever send. Lint wants one for each type.
only_these() {
	within 5 "${@:2}" >/dev/null 2>&1
	check "only these questions are ever sent: $1" "${@:2}"
}
