#!/usr/bin/env bash
# `zookeeper` against Debian's ZooKeeper: alone, with TLS, with few words on its whitelist, as an ensemble of three
# and as what is left of one; and against servers that are none.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
# shellcheck disable=SC2034 # read by ask: one try is enough, nothing here recovers by itself
service_keys='fall: 1'
need java default-jre-headless
[ -e /usr/share/java/zookeeper.jar ] || skip_all "zookeeper is not installed (package zookeeper)"

classes=/usr/share/java/zookeeper.jar$(printf ':%s' /usr/share/java/netty-*.jar)
# zookeeper NAME PORT LINE...: a server of that name with these lines in its configuration.
zookeeper() {
	local name=$1 port=$2
	shift 2
	mkdir -p "$work/$name"
	{
		printf 'tickTime=500\ninitLimit=10\nsyncLimit=5\ndataDir=%s\n' "$work/$name"
		printf 'clientPort=%s\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n' "$port"
		printf '%s\n' "$@"
	} >"$work/$name.cfg"
	start "$name" java -Xmx96m -Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dzookeeper.jmx.log4j.disable=true \
		-cp "$classes" org.apache.zookeeper.server.quorum.QuorumPeerMain "$work/$name.cfg"
}
answers() { ask "{zookeeper: \"127.0.0.1:$1\"}"; answer "$2" >/dev/null 2>&1; }
sees_soon() { # NAME PORT EXPRESSION: a member needs a moment to see what became of the others
	check "$1" eventually "$2" "$3"
}
eventually() { within 30 answers "$1" "$2" || answer "$2"; }

# --- alone -----------------------------------------------------------------------------------------
port=$(free_port) secure=$(free_port)
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=zookeeper -addext subjectAltName=IP:127.0.0.1 \
	-keyout "$work/key.pem" -out "$work/cert.pem" >"$work/openssl.log" 2>&1
cat "$work/key.pem" "$work/cert.pem" >"$work/both.pem"
zookeeper alone "$port" '4lw.commands.whitelist=*' "secureClientPort=$secure" \
	serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory \
	"ssl.keyStore.location=$work/both.pem" ssl.keyStore.type=PEM "ssl.trustStore.location=$work/cert.pem" \
	ssl.trustStore.type=PEM ssl.clientAuth=none
few=$(free_port)
zookeeper few "$few" 4lw.commands.whitelist=srvr
wait_port "$port" && wait_port "$secure"
one "a server that is well" "{zookeeper: \"127.0.0.1:$port\"}" \
	'c["state"] == "pass" and re.match(r"3\.\d+\.\d+$", v["version"]) and v["mode"] == "standalone" and
		v["connections"] >= 1 and v["outstanding"] == 0 and "followers" not in v'
check "the example of the manual" example zookeeper 127.0.0.1:2181=127.0.0.1:"$port"
check "  passes" passes
one "its TLS port" "{zookeeper: \"127.0.0.1:$secure\", tls: {ca: \"$work/cert.pem\"}, warn: [\"cert > 1h\"]}" \
	'c["state"] == "pass" and v["mode"] == "standalone" and c["phases_ms"]["tls"] > 0'
ask_timeout=2s one "TLS to the plain port" "{zookeeper: \"127.0.0.1:$port\", tls: {ca: \"$work/cert.pem\"}}" \
	'c["state"] == "fail" and "TLS" in m'
ask_timeout=1s one "plain to the TLS port, which waits for more" "{zookeeper: \"127.0.0.1:$secure\"}" \
	'c["state"] == "fail" and "speaks TLS" in m and "tls: true" in m'
relay "$port"
one "through the relay" "{zookeeper: \"127.0.0.1:$relay_port\"}" 'c["state"] == "pass"'
only_these zookeeper wire 'sorted(sent) == [b"mntr", b"ruok", b"srvr"]'
relay "$port" 127.0.0.1 "$work/zookeeper.sock"
one "a unix socket, anew for each word" "{zookeeper: \"unix:$relay_port\"}" \
	'c["state"] == "pass" and v["mode"] == "standalone" and v["outstanding"] == 0 and v["connections"] >= 1'
relay "$secure" 127.0.0.1 "$work/secure.sock"
one "TLS over a unix socket" "{zookeeper: \"unix:$relay_port\", tls: {ca: \"$work/cert.pem\", server_name: 127.0.0.1}}" \
	'c["state"] == "pass" and v["cert_ms"] > 0'
stop alone
one "a server that is gone" "{zookeeper: \"127.0.0.1:$port\"}" 'c["state"] == "fail" and "refused" in m'

# --- few words -------------------------------------------------------------------------------------
wait_port "$few"
one "words that are not on the whitelist are no failure" "{zookeeper: \"127.0.0.1:$few\"}" \
	'c["state"] == "pass" and v["mode"] == "standalone" and v["outstanding"] == 0'
stop few
# A server always allows srvr; one that does not even that is played, half of the file at each connection.
printf '%s\n' 'ruok is not executed because it is not in the whitelist.' >"$work/refusal"
cat "$work/refusal" "$work/refusal" >"$work/refusals"
bad_server truncated "$work/refusals"
one "  not even where all are refused" "{zookeeper: \"127.0.0.1:$bad_port\"}" 'c["state"] == "pass" and not v'
bad_stop

# --- an ensemble -----------------------------------------------------------------------------------
p1=$(free_port) p2=$(free_port) p3=$(free_port)
members=()
for i in 1 2 3; do
	mkdir -p "$work/m$i" && echo $i >"$work/m$i/myid"
	members+=("server.$i=127.0.0.1:$(free_port):$(free_port)")
done
for i in 1 2 3; do
	member=p$i
	zookeeper "m$i" "${!member}" '4lw.commands.whitelist=*' "${members[@]}"
done
for i in 1 2 3; do
	member=p$i
	sees_soon "member $i serves" "${!member}" 'c["state"] == "pass" and v["mode"] in ("leader", "follower")'
	[ "$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["services"][0]["checks"][0]["values"].get("mode"))' "$work/answer.json")" != leader ] || leader=$i
done
member=p${leader:-3}
sees_soon "the leader has two followers" "${!member}" 'v["mode"] == "leader" and v["followers"] == 2'
for i in 1 2 3; do [ "$i" = "${leader:-3}" ] || stop "m$i" KILL; done
sees_soon "what is left of it does not serve" "${!member}" \
	'c["state"] == "fail" and "belongs to no quorum" in m and list(d)[0] == "zookeeper-no-quorum"'
stop "m${leader:-3}" KILL

# --- bad servers -----------------------------------------------------------------------------------
printf imok >"$work/imok"
hostile_answer=$work/imok
survives '{zookeeper: "127.0.0.1:@PORT@"}' silent slow garbage oversized close reset
printf 'HTTP/1.1 400 Bad Request\r\n\r\n' >"$work/http"
hostile_answer=$work/http
survives '{zookeeper: "127.0.0.1:@PORT@"}' file truncated
finish
