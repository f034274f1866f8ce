#!/usr/bin/env bash
# What a check of every type costs, against real servers: starts those that are installed here, on loopback,
# as the tests do; asks each with bench_checks, K runs, and prints the medians; then all of them mixed, 1,000
# checks every 10 s, and the turns of the loop. Docker needs root. Usage: checks.sh FOLDER (of the built
# benches) [ROW...]; K=3 runs, SECONDS_MIXED=20.
bench=$(cd "${1:-bench}" && pwd) || exit 1
shift
srcdir=$(cd "$(dirname "$0")/.." && pwd)
builddir=$(dirname "$bench")
. "$srcdir/tests/servers/lib.sh"
K=${K:-3}
missing=
have() { # WHAT PROGRAM...: whether all are here
	local what=$1 program
	shift
	for program in "$@"; do
		[ -e "$program" ] || command -v "$program" >/dev/null 2>&1 || { missing="$missing $what"; return 1; }
	done
}
# row CHECK: in flow style with a name, at 127.0.0.1
row() { printf '      - %s\n' "$1" >>"$work/checks.yaml"; }
printf 'version: 1\ndefaults: {tls: {ca: "%s"}}\nservices:\n  - name: bench\n    checks:\n' "$work/cert.pem" >"$work/checks.yaml"
ports=
expect_port() { ports="$ports $1"; }
chmod 755 "$work"

# --- web ----------------------------------------------------------------------------------------------
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=bench \
	-addext subjectAltName=IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
python=/usr/bin/python3
mkdir "$work/web"
if have flow nginx && "$python" -c 'import fastapi, uvicorn, websockets' 2>/dev/null; then
	asgi=$(free_port)
	start asgi "$python" "$tools/asgi_app.py" "$asgi"
	wait_port "$asgi" && curl -fsS -o "$work/web/openapi.json" "http://127.0.0.1:$asgi/openapi.json"
	json='headers: {Content-Type: application/json}'
	row "{name: flow, writes: true, flow: [{http: 'POST http://127.0.0.1:$asgi/login', $json, body: '{\"password\": \"swordfish\"}',
         capture: {token: json .token, id: json .user.id, sid: 'header Set-Cookie ~ sid=([^;]+)'}},
        {http: 'http://127.0.0.1:$asgi/users/{{id}}', headers: {Authorization: 'Bearer {{token}}', Cookie: 'sid={{sid}}'}}]}"
fi
if have http nginx; then
	web=$(free_port) secure=$(free_port)
	cat >"$work/nginx.conf" <<END
daemon off; pid $work/web/pid; error_log $work/web/error.log; worker_processes 1;
events { worker_connections 4096; }
http {
	access_log off; keepalive_requests 1000000;
	client_body_temp_path $work/web/a; proxy_temp_path $work/web/b; fastcgi_temp_path $work/web/c;
	uwsgi_temp_path $work/web/d; scgi_temp_path $work/web/e;
	server {
		listen 127.0.0.1:$web backlog=4096;
		listen 127.0.0.1:$secure ssl backlog=4096;
		ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
		location = /health { default_type application/json; return 200 '{"status":"healthy","version":"1.0.0"}'; }
		location = /openapi.json { root $work/web; }
		location = /items {
			add_header Access-Control-Allow-Origin https://app.example.com;
			add_header Access-Control-Allow-Headers content-type;
			return 200 '[]';
		}
		location / { return 404; }
	}
}
END
	start nginx nginx -e "$work/web/error.log" -c "$work/nginx.conf"
	expect_port "$web"
	row "{name: http, http: 'http://127.0.0.1:$web/health', expect: ['json .status == healthy']}"
	row "{name: http over TLS, http: 'https://127.0.0.1:$secure/health', expect: ['cert > 1d']}"
	row "{name: route, route: 'GET http://127.0.0.1:$web/health'}"
	row "{name: cors, cors: 'POST http://127.0.0.1:$web/items', origin: 'https://app.example.com'}"
	[ ! -s "$work/web/openapi.json" ] || row "{name: openapi, openapi: 'http://127.0.0.1:$web/openapi.json'}"
	row "{name: tcp, tcp: '127.0.0.1:$web'}"
	row "{name: tls, tls: '127.0.0.1:$secure', expect: ['cert > 1d']}"
fi
if have "websocket socketio" node "$tools/node/node_modules/ws/index.js"; then
	export NODE_MODULES=$tools/node/node_modules
	start ws node "$tools/node/ws.js"
	start socketio node "$tools/node/socketio.js"
	prints_port ws
	row "{name: websocket, websocket: 'ws://127.0.0.1:$port/'}"
	prints_port socketio
	row "{name: socketio, socketio: 'ws://127.0.0.1:$port'}"
fi
if "$python" -c 'import grpc' 2>/dev/null; then
	start grpc "$python" "$tools/grpc_server.py" "$work" "$work/cert.pem" "$work/key.pem"
	within 30 test -s "$work/ports"
	row "{name: grpc, grpc: '127.0.0.1:$(awk '$1 == "health" {print $2}' "$work/ports")'}"
	row "{name: grpc over TLS, grpc: 'grpcs://127.0.0.1:$(awk '$1 == "tls" {print $2}' "$work/ports")'}"
else
	missing="$missing grpc"
fi

# --- stores -------------------------------------------------------------------------------------------
me=$(id -un)
as= pg_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
mkdir "$work/pg" "$work/my"
[ "$me" != root ] || as="setpriv --reuid=postgres --regid=postgres --clear-groups"
if have postgres "$pg_bin/postgres"; then
	[ -z "$as" ] || chown postgres "$work/pg"
	# shellcheck disable=SC2086
	(cd "$work/pg" && echo secret >password && $as "$pg_bin/initdb" -D "$work/pg/data" -U app -A scram-sha-256 --pwfile=password \
		--no-sync -E UTF8 --locale=C.UTF-8) >"$work/initdb.log" 2>&1
	port=$(free_port)
	# shellcheck disable=SC2086
	start postgres $as "$pg_bin/postgres" -D "$work/pg/data" -p "$port" -k "$work/pg" -c fsync=off
	# A log-in may not ask before the server lets anybody in.
	pg_ready() { "$pg_bin/pg_isready" -q -h 127.0.0.1 -p "$port"; }
	within 30 pg_ready
	row "{name: postgres, postgres: '127.0.0.1:$port'}"
	row "{name: postgres with credentials, postgres: '127.0.0.1:$port', auth: {basic: {user: app, password: secret}}}"
fi
if have mysql mariadbd mariadb-install-db; then
	user=$me
	[ "$me" != root ] || { user=mysql; chown mysql "$work/my"; }
	TMPDIR=$work/my mariadb-install-db --no-defaults --user="$user" --datadir="$work/my/data" --skip-test-db \
		--auth-root-authentication-method=normal >"$work/install.log" 2>&1
	port=$(free_port)
	TMPDIR=$work/my start mysql mariadbd --no-defaults --user="$user" --datadir="$work/my/data" --socket="$work/my/socket" \
		--port="$port" --bind-address=127.0.0.1 --pid-file="$work/my/pid" --max-connect-errors=1000000000
	sql() { mariadb --no-defaults -S "$work/my/socket" -u root -e "$1" >/dev/null 2>&1; }
	within 60 sql "create user app@localhost identified by 'secret'; create user app@'127.0.0.1' identified by 'secret'"
	row "{name: mysql, mysql: '127.0.0.1:$port'}"
	row "{name: mysql with credentials, mysql: '127.0.0.1:$port', auth: {basic: {user: app, password: secret}}}"
fi
if have redis redis-server; then
	port=$(free_port)
	start redis redis-server --port "$port" --bind 127.0.0.1 --dir "$work" --save '' --requirepass secret
	expect_port "$port"
	row "{name: redis with a password, redis: '127.0.0.1:$port', auth: {password: secret}}"
	port=$(free_port)
	start redis2 redis-server --port "$port" --bind 127.0.0.1 --dir "$work" --save ''
	expect_port "$port"
	row "{name: redis, redis: '127.0.0.1:$port'}"
fi
if have memcached memcached; then
	port=$(free_port)
	start memcached memcached -u "$me" -l 127.0.0.1 -p "$port"
	expect_port "$port"
	row "{name: memcached, memcached: '127.0.0.1:$port'}"
fi

# --- brokers ------------------------------------------------------------------------------------------
if have kafka "$builddir/tests/servers/kafka_mock"; then
	mkfifo "$work/mock.in" && exec 7<>"$work/mock.in"
	"$builddir/tests/servers/kafka_mock" 3 <"$work/mock.in" >"$work/mock.log" 2>"$work/mock.err" &
	servers="$servers $!"
	within 10 grep -q ready "$work/mock.log"
	echo 'topic orders 4 2' >&7
	row "{name: kafka, kafka: '127.0.0.1:$(awk '{print $2; exit}' "$work/mock.log")'}"
fi
if have mqtt mosquitto; then
	port=$(free_port)
	printf 'user %s\nlistener %d 127.0.0.1\nallow_anonymous true\n' "$me" "$port" >"$work/mqtt.conf"
	start mqtt mosquitto -c "$work/mqtt.conf"
	expect_port "$port"
	row "{name: mqtt, mqtt: '127.0.0.1:$port'}"
fi
if have amqp rabbitmq-server epmd; then
	node=$work/rabbit port=$(free_port) epmd_port=$(free_port)
	mkdir -p "$node/home" "$node/log" "$node/mnesia"
	echo '[].' >"$node/plugins"
	echo "listeners.tcp.1 = 127.0.0.1:$port" >"$node/rabbitmq.conf"
	start epmd epmd -address 127.0.0.1 -port "$epmd_port"
	wait_port "$epmd_port"
	start rabbit env HOME="$node/home" RABBITMQ_NODENAME="sitrep-$port@localhost" RABBITMQ_DIST_PORT="$(free_port)" \
		ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd_port" RABBITMQ_MNESIA_BASE="$node/mnesia" \
		RABBITMQ_LOG_BASE="$node/log" RABBITMQ_LOGS="$node/log/rabbit.log" RABBITMQ_ENABLED_PLUGINS_FILE="$node/plugins" \
		RABBITMQ_PLUGINS_EXPAND_DIR="$node/expanded" RABBITMQ_PID_FILE="$node/pid" RABBITMQ_CONFIG_FILE="$node/rabbitmq" \
		RABBITMQ_GENERATED_CONFIG_DIR="$node/generated" RABBITMQ_FEATURE_FLAGS_FILE="$node/flags" \
		RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_SERVER_ERL_ARGS='+S 1:1' /usr/lib/rabbitmq/bin/rabbitmq-server
	wait_port "$port" 90
	# The process that serves is a child of the script that was started.
	[ ! -s "$node/pid" ] || servers="$servers $(cat "$node/pid")"
	row "{name: amqp, amqp: '127.0.0.1:$port'}"
	row "{name: amqp with credentials, amqp: '127.0.0.1:$port', auth: {basic: {user: guest, password: guest}}}"
fi
if have zookeeper java /usr/share/java/zookeeper.jar; then
	port=$(free_port)
	mkdir "$work/zoo"
	printf '%s\n' tickTime=2000 "dataDir=$work/zoo" "clientPort=$port" clientPortAddress=127.0.0.1 maxClientCnxns=0 \
		admin.enableServer=false '4lw.commands.whitelist=*' >"$work/zoo.cfg"
	start zookeeper java -Xmx96m -XX:+UseSerialGC -Dzookeeper.jmx.log4j.disable=true \
		-cp "/usr/share/java/zookeeper.jar$(printf ':%s' /usr/share/java/netty-*.jar)" \
		org.apache.zookeeper.server.quorum.QuorumPeerMain "$work/zoo.cfg"
	expect_port "$port"
	row "{name: zookeeper, zookeeper: '127.0.0.1:$port'}"
fi

# --- others -------------------------------------------------------------------------------------------
if have dns dnsmasq; then
	port=$(free_port)
	start dnsmasq dnsmasq --no-daemon --port="$port" --listen-address=127.0.0.1 --bind-interfaces --no-resolv --no-hosts \
		--conf-file=/dev/null --user="$me" --pid-file= --local=/example.com/ --host-record=example.com,10.0.0.1
	expect_port "$port"
	row "{name: dns, dns: example.com, server: '127.0.0.1:$port'}"
fi
if have prometheus prometheus; then
	port=$(free_port)
	echo "scrape_configs: [{job_name: self, scrape_interval: 500ms, scrape_timeout: 400ms,
		static_configs: [{targets: ['127.0.0.1:$port']}]}]" >"$work/prometheus.yml"
	start prometheus prometheus --config.file="$work/prometheus.yml" --web.listen-address="127.0.0.1:$port" \
		--storage.tsdb.path="$work/tsdb" --log.level=error
	scraped() { curl -fs "http://127.0.0.1:$port/api/v1/query?query=up" | grep -q '"1"'; }
	within 30 scraped
	# Checks with one query share its answer, so these have one each.
	for i in $(seq 100); do
		printf '  - {name: prometheus-%d, url: "http://127.0.0.1:%d", checks: [{name: prometheus, prometheus: "up > %d - 1000"}]}\n' \
			"$i" "$port" "$i"
	done >"$work/prometheus.more"
fi
row '{name: command, command: [/bin/true]}'

d=$work/d
docker_() { command docker --host "unix://$d/docker.sock" "$@"; }
docker_answers() { docker_ version >/dev/null 2>&1; }
docker_decided() { docker_answers || gone "$pid_dockerd"; }
containerd_gone() { ! grep -qlaz -e "$d/[e]xec" /proc/[0-9]*/cmdline 2>/dev/null; }
docker_end() {
	docker_ rm -f bench >/dev/null 2>&1
	stop dockerd
	within 10 containerd_gone
	awk -v d="$d/" 'index($2, d) == 1 {print $2}' /proc/mounts | sort -r | xargs -r umount -l
}
if [ "$me" = root ] && have container dockerd docker runc busybox; then
	mkdir "$d"
	start dockerd dockerd --host "unix://$d/docker.sock" --data-root "$d/data" --exec-root "$d/exec" --pidfile "$d/pid" \
		--iptables=false --ip6tables=false --bridge=none --storage-driver=overlay2 --exec-opt native.cgroupdriver=cgroupfs
	trap 'docker_end; cleanup' EXIT
	within 30 docker_decided
	mkdir -p "$work/root/bin"
	cp "$(command -v busybox)" "$work/root/bin/busybox"
	if docker_answers && tar -C "$work/root" -c . | docker_ import - bench:1 >/dev/null &&
		docker_ run -d --pull=never --network=host --name bench bench:1 /bin/busybox tail -f /dev/null >/dev/null; then
		row "{name: container, container: bench, engine: 'unix:$d/docker.sock'}"
	else
		missing="$missing container"
	fi
elif [ "$me" != root ]; then
	missing="$missing container"
fi
for port in $ports; do wait_port "$port" 30; done
[ ! -s "$work/prometheus.more" ] || cat "$work/prometheus.more" >>"$work/checks.yaml"

# --- measuring ----------------------------------------------------------------------------------------
rows() { sed -n 's/^      - {name: \([^,]*\),.*/\1/p' "$work/checks.yaml"; [ ! -s "$work/prometheus.more" ] || echo prometheus; }
rows >"$work/rows"
while read -r name; do
	[ $# = 0 ] || printf '%s\n' "$@" | grep -qxF -- "$name" || continue
	for _ in $(seq "$K"); do
		"$bench/bench_checks" -l -n 100 -r 5 -c 16 -o "$name" "$work/checks.yaml" </dev/null || exit 1
	done
done <"$work/rows" >"$work/figures"
printf '%-26s %-6s %10s %10s\n' 'check' 'conn.' 'CPU, us' 'p50, ms'
awk '{
	match($0, / (kept|fresh|none) +n=/)
	key = substr($0, 1, 25) substr($0, RSTART + 1, 5)
	if (!(key in count)) order[++keys] = key
	n = ++count[key]
	for (i = 1; i <= NF; i++) {
		if ($i ~ /^us_check=/) us[key, n] = substr($i, 10) + 0
		if ($i ~ /^p50_ms=/) ms[key, n] = substr($i, 8) + 0
		if ($i ~ /^bad=/ && $i != "bad=0") { bad[key] = $0; sub(/.*bad=/, "bad: ", bad[key]) }
	}
}
function median(of, key,  n, i, j, t, v) {
	n = count[key]
	for (i = 1; i <= n; i++) v[i] = of[key, i]
	for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
	return v[int((n + 1) / 2)]
}
END {
	for (k = 1; k <= keys; k++) {
		key = order[k]
		printf "%-26s %-6s %10.1f %10.2f %s\n", substr(key, 1, 25), substr(key, 26), median(us, key), median(ms, key), bad[key]
	}
}' "$work/figures"
[ -z "$missing" ] || echo "not measured, not installed here:$missing"
[ $# != 0 ] || "$bench/bench_checks" -n 1000 -p "${SECONDS_MIXED:-20}" "$work/checks.yaml"
