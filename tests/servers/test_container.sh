#!/usr/bin/env bash
# `container` against a real Docker Engine and Podman's service, with containers that run, end, restart,
# are killed for memory, are unhealthy; and engines that misbehave. Runs as root: an engine needs mounts and
# control groups. Both engines live in the script's own folder and leave nothing.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need dockerd docker.io
need docker docker.io
need runc runc
need podman podman
need busybox busybox-static
need setpriv util-linux
[ "$(id -u)" = 0 ] || skip_all "a container engine needs root"

d=$work/d # short: the engine puts sockets into it
p=$work/p
mkdir -p "$d" "$p"
chmod 711 "$work"
unset DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH XDG_RUNTIME_DIR
had_lock=$(ls /dev/shm/libpod_lock 2>/dev/null)

docker_() { command docker --host "unix://$d/docker.sock" "$@"; }
podman_() {
	CONTAINERS_CONF=$p/containers.conf podman --root "$p/root" --runroot "$p/run" --tmpdir "$p/tmp" \
		--network-config-dir "$p/cni" --storage-driver=vfs --runtime=/usr/bin/runc \
		--cgroup-manager=cgroupfs --events-backend=file "$@"
}

# --- the end ----------------------------------------------------------------------------------------
eval "base_$(declare -f cleanup)"
of_ours() { # process ids whose command line names our folders
	grep -laz -e "$work/[d]/" -e "$work/[p]/" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3 | grep -vx $$
}
none_of_ours() { [ -z "$(of_ours)" ]; }
mounts_of_ours() { awk -v d="$work/" 'index($2, d) == 1 {print $2}' /proc/mounts | sort -r; }
engines_end() {
	local pid mount
	docker_ ps -aq 2>/dev/null | xargs -r docker --host "unix://$d/docker.sock" rm -f >/dev/null 2>&1
	[ ! -d "$p/root" ] || podman_ rm -fa -t 0 >/dev/null 2>&1
	[ -z "${pid_podman:-}" ] || stop podman
	[ -z "${pid_dockerd:-}" ] || stop dockerd
	# shellcheck disable=SC2086
	kill $servers 2>/dev/null
	within 5 none_of_ours || for pid in $(of_ours); do kill -9 "$pid" 2>/dev/null; done
	for mount in $(mounts_of_ours); do umount "$mount" 2>/dev/null || umount -l "$mount"; done
	[ -n "$had_lock" ] || rm -f /dev/shm/libpod_lock
}
cleanup() {
	engines_end
	base_cleanup
}

# --- the engines ------------------------------------------------------------------------------------
tls_port=$(free_port)
certificates() { # in a shell of its own
	cd "$d" || exit 1
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem -subj '/CN=test CA' 2>/dev/null
	local name
	for name in server client; do
		openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj "/CN=$name" 2>/dev/null
		openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out $name.pem \
			-extfile <(echo 'subjectAltName=IP:127.0.0.1') 2>/dev/null
	done
}
(certificates)
start dockerd dockerd --host "unix://$d/docker.sock" --host "tcp://127.0.0.1:$tls_port" --tlsverify \
	--tlscacert "$d/ca.pem" --tlscert "$d/server.pem" --tlskey "$d/server.key" --data-root "$d/data" \
	--exec-root "$d/exec" --pidfile "$d/dockerd.pid" --iptables=false --ip6tables=false --bridge=none \
	--storage-driver=overlay2 --exec-opt native.cgroupdriver=cgroupfs
docker_answers() { docker_ version >/dev/null 2>&1; }
docker_decided() { docker_answers || gone "$pid_dockerd"; }
within 30 docker_decided
if ! docker_answers; then
	# Not the check's fault: which of the things that an engine needs is missing here?
	why=$(grep -oiE '(overlay2?|cgroups?|mount)[^"]*(not supported|permission denied|operation not permitted|failed)[^"]*' \
		"$work/dockerd.log" | head -n 1)
	skip_all "dockerd does not start here: ${why:-$(tail -n 1 "$work/dockerd.log")}"
fi

rootfs=$work/rootfs
mkdir -p "$rootfs/bin"
cp "$(command -v busybox)" "$rootfs/bin/busybox"
for applet in sh cat echo false grep head mkfifo sleep tail true; do ln -s busybox "$rootfs/bin/$applet"; done
tar -C "$rootfs" -c . | docker_ import --change 'LABEL org.opencontainers.image.revision=0a1b2c3' - sitrep-test:1 >/dev/null
run() { # NAME OPTIONS... -- COMMAND...
	local name=$1 options=()
	shift
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	docker_ run -d --pull=never --network=host --name "$name" "${options[@]}" sitrep-test:1 "$@" >/dev/null
}
forever='trap exit TERM; while :; do tail -f /dev/null & wait; done'
run runs --label com.docker.compose.service=runs -- sh -c "$forever"
run nexus-voice-1 -- sh -c 'echo "INFO starting" >&2; echo "Traceback (most recent call last):" >&2
	echo "  File \"/app/main.py\", line 1, in <module>" >&2
	echo "ModuleNotFoundError: No module named '"'uvicorn'"'" >&2; exit 1'
run loops --restart always -- sh -c 'echo "FATAL cannot read /etc/app.conf"; exit 3'
# Runs on after its third restart.
run pulses --restart always -- sh -c 'echo "FATAL no licence"; echo run >>/runs
	[ "$(grep -c run /runs)" -gt 3 ] || exit 3; '"$forever"
run sick --health-cmd 'echo "database is down"; exit 1' --health-interval 300ms --health-retries 1 -- sh -c "$forever"
run well --health-cmd true --health-interval 300ms -- sh -c "$forever"
run gone --health-cmd 'exit 1' --health-interval 300ms --health-retries 1 -- sh -c "$forever"
run talker -t -- sh -c 'printf "\033[31mError: red\033[0m\n"; exit 4'
run job -- true
run secretive -e PASSWORD=hunter22 -- sh -c 'exit 5'
docker_ create --pull=never --network=host --name never sitrep-test:1 true >/dev/null
docker_ create --pull=never --network=host --name broken sitrep-test:1 /no/such/program >/dev/null
docker_ start broken >/dev/null 2>&1
run ice -- sh -c "$forever"
docker_ pause ice >/dev/null
is() { [ "$(docker_ inspect -f "$2" "$1")" = "$3" ]; }
within 20 is sick '{{.State.Health.Status}}' unhealthy
within 20 is well '{{.State.Health.Status}}' healthy
within 20 is gone '{{.State.Health.Status}}' unhealthy
docker_ stop -t 1 gone >/dev/null
restarted() { [ "$(docker_ inspect -f '{{.RestartCount}}' "$1")" -ge 3 ]; }
within 30 restarted loops
within 30 is pulses '{{.State.Status}} {{.RestartCount}}' 'running 3'

export DOCKER_HOST=unix://$d/docker.sock
# --- what it says -------------------------------------------------------------------------------------
one "a running one passes" '{container: runs}' 'c["state"] == "pass" and v["state"] == "running" and
	v["health"] == "none" and "exit_code" not in v and v["restarts"] == 0 and not v["oom_killed"] and m == ""'
check "its image: name, id, age, revision" answer 'v["image"] == "sitrep-test:1" and len(v["image_id"]) == 64 and
	0 < v["image_age_ms"] < 600000 and v["revision"] == "0a1b2c3" and v["uptime_ms"] >= 0'
one "against what is expected" \
	'{container: runs, expect: ["revision == 0a1b2c3"], warn: ["image_age > 1d", "uptime > 0s"]}' \
	'c["state"] == "warn" and "image_age" in m'
one "by the beginning of its id" "{container: $(docker_ inspect -f '{{slice .Id 0 12}}' runs)}" 'c["state"] == "pass"'
one "exit code 1, with the line that tells why" '{container: nexus-voice-1}' \
	'c["state"] == "fail" and re.search(r"exited with code 1, \d+s ago: ModuleNotFoundError: No module named .uvicorn.", m)
	and v["exit_code"] == 1 and v["last_lines"].startswith("INFO starting\nTraceback") and s["state"] == "DOWN"'
check "the missing module is found in its own last lines" answer \
	'd["python-module-missing"]["confidence"] > 0.9 and s["diagnoses"][0]["id"] == "python-module-missing"
	and any("exited" in e["text"] and e["source"] == "check container nexus-voice-1"
		for e in d["python-module-missing"]["evidence"])
	and any("uvicorn" in e["text"] and e["source"] == "check container nexus-voice-1"
		for e in d["python-module-missing"]["evidence"])'
# What is told is the same in each moment of the loop: while it waits for its start, and while it runs.
loop='c["state"] != "pass" and v["restarts"] >= 3 and v["restart_rate"] == v["restarts"] and
	re.search(r"restarts again and again \(\d+ times in the last hour, \d+ in all\): it (was started|exited with code 3, )", m) and
	"container-crash-loop" in d and any("restarts in the last hour" in e["text"] for e in d["container-crash-loop"]["evidence"])'
one "one that restarts" '{container: loops}' "$loop and 'FATAL cannot read /etc/app.conf' in m"
one "one that restarts, met while it runs" '{container: pulses}' \
	"$loop and v['state'] == 'running' and m.endswith(': FATAL no licence')"
one "unhealthy, with what its health check printed" '{container: sick}' \
	'c["state"] == "fail" and "health check fails" in m and "database is down" in m and
	v["health_output"] == "database is down" and "container-unhealthy" in d'
one "healthy" '{container: well}' 'c["state"] == "pass" and v["health"] == "healthy"'
one "a stopped one has no health any more" '{container: gone}' \
	'c["state"] == "fail" and v["health"] == "none" and ("SIGTERM" in m or "exited" in m or "SIGKILL" in m)'
one "a terminal's output is without frames and colours" '{container: talker}' \
	'v["last_lines"] == "Error: red" and m.endswith(": Error: red")'
one "never started" '{container: never}' \
	'c["state"] == "fail" and "never started" in m and "container-never-started" in d'
one "could not be started" '{container: broken}' \
	'c["state"] == "fail" and "could not be started" in m and "/no/such/program" in m'
one "paused" '{container: ice}' 'c["state"] == "fail" and m.endswith("is paused") and "container-paused" in d'
one "a job that is over is well where that is expected" \
	'{container: secretive, expect: ["state == exited", "exit_code == 5"]}' 'c["state"] == "pass"'
one "its environment is nowhere" '{container: secretive}' 'c["state"] == "fail" and v["exit_code"] == 5'
check "not in any output" eval '! grep -q hunter22 "$work/answer.json"'
one "gone: names of the similar ones" '{container: nexus-voice}' \
	'c["state"] == "fail" and "there is no container .nexus-voice." and "nexus-voice-1 (exited)" in m and "container-gone" in d'
one "gone: none is called like it" '{container: zzqq}' 'c["state"] == "fail" and "none of its" in m'
check "a name that no container has is a config error" eval \
	'ask "{container: \"../info?x=/\"}"; grep -q "no container is called" "$work/answer.err"'

memory_limits() { ! docker_ info 2>&1 | grep -q 'No memory limit support'; }
if memory_limits; then
	# The engine overlooks the kernel's word where the container ends at once.
	run hungry --memory 16m --memory-swap 16m -- sh -c 'mkfifo /go; head -c 300000000 /dev/zero | tail; code=$?
		cat /go; exit $code'
	within 20 is hungry '{{.State.OOMKilled}}' true
	docker_ exec hungry sh -c 'echo >/go' 2>/dev/null # where it lives on
	within 20 is hungry '{{.State.Status}}' exited
	one "killed for memory" '{container: hungry}' 'c["state"] == "fail" and v["oom_killed"] and
		"killed for memory (OOM), exit code 137" in m and s["diagnoses"][0]["id"] == "oom-killed"'
else
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - killed for memory # SKIP no memory control group here"
fi

# --- where the engine is ------------------------------------------------------------------------------
unset DOCKER_HOST
one "engine: unix socket" "{container: runs, engine: \"unix:$d/docker.sock\"}" 'c["state"] == "pass"'
tls="{ca: $d/ca.pem, cert: $d/client.pem, key: $d/client.key}"
one "engine: TLS with a client certificate" \
	"{container: runs, engine: \"https://127.0.0.1:$tls_port\", tls: $tls}" 'c["state"] == "pass"'
one "engine: tcp with tls" "{container: runs, engine: \"tcp://127.0.0.1:$tls_port\", tls: $tls}" 'c["state"] == "pass"'
one "TLS without a client certificate" \
	"{container: runs, engine: \"https://127.0.0.1:$tls_port\", tls: {ca: $d/ca.pem}}" \
	'c["state"] == "fail" and "client certificate" in m'
one "TLS not asked for" "{container: runs, engine: \"tcp://127.0.0.1:$tls_port\"}" \
	'c["state"] == "fail" and "HTTPS" in m'
cp "$d/client.pem" "$d/cert.pem"
cp "$d/client.key" "$d/key.pem"
export DOCKER_HOST=tcp://127.0.0.1:$tls_port DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$d
one "DOCKER_HOST with DOCKER_TLS_VERIFY" '{container: runs}' 'c["state"] == "pass"'
unset DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH
one "no socket" '{container: runs, engine: "unix:/nonexistent/docker.sock"}' \
	'c["state"] == "unknown" and "socket is not there" in m and "container-engine-unreachable" in d'
check "a wrong engine is a config error" eval \
	'ask "{container: runs, engine: \"ssh://host\"}"; grep -q "unix:PATH" "$work/answer.err"'
python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$work/stale.sock"
one "a socket that nobody listens on" "{container: runs, engine: \"unix:$work/stale.sock\"}" \
	'c["state"] == "fail" and "nobody listens" in m'
denied() {
	setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent XDG_STATE_HOME= XDG_CONFIG_HOME= \
		"$work/sitrep" --once -o json -c "$work/denied.yaml" >"$work/answer.json" 2>"$work/answer.err"
	answer 'c["state"] == "unknown" and "usermod -aG docker" in m and "container-engine-denied" in d'
}
cp "$sitrep" "$work/sitrep"
chmod 755 "$work/sitrep" && chmod 711 "$d"
echo "{version: 1, services: [{name: it, checks: [{container: runs, engine: \"unix:$d/docker.sock\"}]}]}" >"$work/denied.yaml"
chmod 644 "$work/denied.yaml"
check "a user who may not" denied
check "the manual's example runs" eval "example container /var/run/docker.sock=$d/docker.sock nexus-voice=runs \
	nexus-migrations=job &&
	answer '[x[\"state\"] for x in cs] == [\"pass\", \"pass\"]'"

# --- restarts of before the first look ------------------------------------------------------------------
cat >"$work/aged.py" <<'END'
"""An engine whose containers were all made years ago; the rest is what the one at the socket answers."""
import http.client
import http.server
import re
import socket
import sys


class Behind(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(sys.argv[1])


class Engine(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        behind = Behind("localhost")
        behind.request("GET", self.path)
        answer = behind.getresponse()
        body = answer.read()
        if self.path.startswith("/containers/"):
            body = re.sub(rb'"Created":"20[0-9]{2}', b'"Created":"2020', body)
        self.send_response_only(answer.status)
        self.send_header("Server", answer.getheader("Server"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Engine) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
END
aged() { # SOCKET: the engine's port in aged_port
	rm -f "$work/aged.port"
	python3 "$work/aged.py" "$1" >"$work/aged.port" 2>/dev/null &
	servers="$servers $!"
	within 10 test -s "$work/aged.port"
	aged_port=$(cat "$work/aged.port")
}
aged "$d/docker.sock"
docker_ rm -f sick well >/dev/null # Docker keeps 256 events, and theirs are many
run late --restart always -- sh -c 'echo "FATAL no licence"; exit 3'
within 30 restarted late
one "an old one that restarts: the engine's events tell when" \
	"{container: late, engine: \"tcp://127.0.0.1:$aged_port\"}" "$loop"

# --- what is sent ---------------------------------------------------------------------------------------
relay "$aged_port"
ask "{container: nexus-voice-1, engine: \"tcp://127.0.0.1:$relay_port\"}" \
	"{container: late, engine: \"tcp://127.0.0.1:$relay_port\"}" \
	"{container: nothing, engine: \"tcp://127.0.0.1:$relay_port\"}" || :
sent() {
	local others
	others=$(tr -d '\r' <"$work/relay.out" | grep -aE '^[A-Z]+ /' | sort -u |
		grep -vE '^GET /(containers/[0-9a-z-]+/json|containers/json\?all=1|images/[0-9a-f]{64}/json|containers/[0-9a-f]{64}/logs\?stdout=1&stderr=1&tail=20|events\?since=[0-9]+&until=[0-9]+&filters=%7B%22type%22:%5B%22container%22%5D,%22container%22:%5B%22[0-9a-f]{64}%22%5D,%22event%22:%5B%22die%22,%22died%22%5D%7D) HTTP/1.1$')
	[ -z "$others" ] && [ "$(grep -acE '^GET ' "$work/relay.out")" -ge 9 ] && grep -q '^GET /events' "$work/relay.out" || { echo "$others"; return 1; }
}
only_these container sent

# --- engines that misbehave -------------------------------------------------------------------------------
hostile_answer=$work/answer.http
{
	printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n'
	curl -s --unix-socket "$d/docker.sock" http://localhost/containers/runs/json
} >"$hostile_answer"
survives '{container: runs, engine: "tcp://127.0.0.1:@PORT@"}' silent slow garbage truncated oversized close reset
for kind in truncated cut; do
	bad_server $kind "$hostile_answer"
	one "$kind: it answered and broke off" "{container: runs, engine: \"tcp://127.0.0.1:$bad_port\"}" \
		'c["state"] == "fail" and "answered 200 and broke off" in m and
		 s["diagnoses"][0]["id"] == "container-engine-broke-off" and "container-engine-unreachable" not in d'
	bad_stop
done
cat >"$work/half.py" <<'END'
"""An engine that tells of a container and is silent about its image and lines."""
import http.server
import sys

with open(sys.argv[1], "rb") as file:
    ANSWER = file.read()


class Engine(http.server.BaseHTTPRequestHandler):
    """Answers the first question alone."""

    def do_GET(self):
        if "/logs" in self.path or "/images" in self.path:
            self.rfile.read(1)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Engine) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
END
curl -s --unix-socket "$d/docker.sock" http://localhost/containers/nexus-voice-1/json >"$work/half.json"
python3 "$work/half.py" "$work/half.json" >"$work/half.port" 2>/dev/null &
servers="$servers $!"
within 10 test -s "$work/half.port"
ask_timeout=900ms
one "silent about image and lines: what is known is said" \
	"{container: nexus-voice-1, engine: \"http://127.0.0.1:$(cat "$work/half.port")\"}" \
	'c["state"] == "fail" and "exited with code 1" in m and v["exit_code"] == 1 and "last_lines" not in v'
ask_timeout=

# --- Podman -------------------------------------------------------------------------------------------------
printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n' >"$p/containers.conf"
tar -C "$rootfs" -c . | podman_ import - sitrep-test:1 >/dev/null 2>"$work/podman-import.log"
pod() { # NAME OPTIONS... -- COMMAND...
	local name=$1 options=()
	shift
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	podman_ run -d --pull=never --network=host --name "$name" "${options[@]}" sitrep-test:1 "$@" >/dev/null
}
pod runs -- sh -c "$forever"
pod tries --restart on-failure:3 -- false
pod dies -- sh -c 'echo "ModuleNotFoundError: No module named '"'uvicorn'"'" >&2; exit 1'
pod sick --health-cmd 'sh -c "echo broken; exit 1"' --health-interval disable --health-retries 1 -- sh -c "$forever"
podman_ healthcheck run sick >/dev/null 2>&1
export CONTAINERS_CONF=$p/containers.conf
start podman podman --root "$p/root" --runroot "$p/run" --tmpdir "$p/tmp" --network-config-dir "$p/cni" \
	--storage-driver=vfs --runtime=/usr/bin/runc --cgroup-manager=cgroupfs --events-backend=file \
	system service --time=0 "unix://$p/podman/podman.sock"
tried() { [ "$(podman_ inspect -f '{{.RestartCount}} {{.State.Status}}' tries)" = "3 exited" ]; }
podman_answers() { curl -sf --unix-socket "$p/podman/podman.sock" http://localhost/_ping >/dev/null; }
mkdir -p "$p/podman"
within 20 podman_answers
within 30 tried
export XDG_RUNTIME_DIR=$p # where nobody has a Docker, Podman's own socket is found
if [ -S /var/run/docker.sock ]; then export DOCKER_HOST=unix://$p/podman/podman.sock; fi
one "Podman: runs" '{container: runs}' 'c["state"] == "pass" and v["state"] == "running" and v["image_age_ms"] > 0'
one "Podman: ended, with its last lines" '{container: dies}' \
	'c["state"] == "fail" and "ModuleNotFoundError" in m and v["exit_code"] == 1 and "python-module-missing" in d'
one "Podman: unhealthy" '{container: sick}' \
	'c["state"] == "fail" and v["health"] == "unhealthy" and "broken" in m'
aged "$p/podman/podman.sock"
one "Podman: its events tell when it restarted" "{container: tries, engine: \"tcp://127.0.0.1:$aged_port\"}" \
	'c["state"] == "fail" and v["state"] == "exited" and v["restarts"] == 3 and v["restart_rate"] == 3 and
	"container-crash-loop" in d'
one "Podman: gone" '{container: die}' 'c["state"] == "fail" and "dies (exited)" in m'
unset XDG_RUNTIME_DIR DOCKER_HOST

engines_end
check "nothing of the engines is left" eval 'none_of_ours && [ -z "$(mounts_of_ours)" ]'
finish
