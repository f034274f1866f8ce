#!/usr/bin/env bash
# amqp against RabbitMQ with its own epmd, and against servers that misbehave.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need rabbitmq-server rabbitmq-server

port=$(free_port) tls_port=$(free_port) epmd_port=$(free_port)
node=$work/rabbit
mkdir -p "$node/home" "$node/log" "$node/mnesia"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -days 30 -subj /CN=broker \
	-addext subjectAltName=IP:127.0.0.1 2>/dev/null
echo '[].' >"$node/plugins"
cat >"$node/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$port
listeners.ssl.1 = 127.0.0.1:$tls_port
ssl_options.certfile = $work/cert.pem
ssl_options.keyfile = $work/key.pem
ssl_options.cacertfile = $work/cert.pem
CONF
start epmd epmd -address 127.0.0.1 -port "$epmd_port"
wait_port "$epmd_port"
rabbit_settings=(HOME="$node/home" RABBITMQ_NODENAME="sitrep-$port@localhost" RABBITMQ_DIST_PORT="$(free_port)"
	ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd_port" RABBITMQ_MNESIA_BASE="$node/mnesia"
	RABBITMQ_LOG_BASE="$node/log" RABBITMQ_LOGS="$node/log/rabbit.log" RABBITMQ_ENABLED_PLUGINS_FILE="$node/plugins"
	RABBITMQ_PLUGINS_EXPAND_DIR="$node/expanded" RABBITMQ_PID_FILE="$node/pid" RABBITMQ_CONFIG_FILE="$node/rabbitmq"
	RABBITMQ_GENERATED_CONFIG_DIR="$node/generated" RABBITMQ_FEATURE_FLAGS_FILE="$node/flags"
	RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_SERVER_ERL_ARGS='+S 1:1')
start rabbit env "${rabbit_settings[@]}" /usr/lib/rabbitmq/bin/rabbitmq-server
wait_port "$port" 90 && wait_port "$tls_port" || { sed 's/^/# /' "$work/rabbit.log" | tail -20; finish; }
# The process that serves is a child of the script that was started.
[ ! -s "$node/pid" ] || servers="$servers $(cat "$node/pid")"

one "without credentials: who it is" "{amqp: \"127.0.0.1:$port\", expect: [product == RabbitMQ, version exists]}" \
	'c["state"] == "pass" and v["product"] == "RabbitMQ" and c["phases_ms"]["wait"] is not None'
one "with credentials: up to tune" "{amqp: \"amqp://127.0.0.1:$port\", auth: {basic: {user: guest, password: guest}}}" \
	'c["state"] == "pass"'
one "a wrong password" "{amqp: \"127.0.0.1:$port\", auth: {basic: {user: guest, password: wr0ng-one}}}" \
	'c["state"] == "fail" and "refuses user and password (403 ACCESS_REFUSED" in m and "amqp-refuses-client" in d and "wr0ng-one" not in open("'"$work"'/answer.json").read()'
one "a refusal that is expected" "{amqp: \"127.0.0.1:$port\", auth: {basic: {user: guest, password: wr0ng-one}}, expect: [refusal in 403|530]}" \
	'c["state"] == "pass" and v["refusal"] == "403"'
one "TLS" "{amqp: \"amqps://127.0.0.1:$tls_port\", tls: {ca: $work/cert.pem}}" 'c["state"] == "pass" and v["cert_ms"] > 0'
one "a certificate that nobody trusts" "{amqp: \"amqps://127.0.0.1:$tls_port\"}" 'c["state"] == "fail" and "not trusted" in m'
one "plain to a TLS port" "{amqp: \"127.0.0.1:$tls_port\"}" 'c["state"] == "fail" and "answered with a TLS alert; say" in m'
relay "$port" 127.0.0.1 "$work/amqp.sock"
one "a unix socket" "{amqp: \"unix:$relay_port\", auth: {basic: {user: guest, password: guest}}, expect: [product == RabbitMQ]}" \
	'c["state"] == "pass" and "amqp.sock" in c["name"]'
relay "$tls_port" 127.0.0.1 "$work/amqps.sock"
one "TLS over a unix socket" "{amqp: \"unix:$relay_port\", tls: {ca: $work/cert.pem, server_name: 127.0.0.1}}" \
	'c["state"] == "pass" and v["cert_ms"] > 0'
one "no unix socket" "{amqp: \"unix:$work/none.sock\"}" 'c["state"] == "unknown" and "none.sock" in m'
one "nothing listens" "{amqp: \"127.0.0.1:$(free_port)\"}" 'c["state"] == "fail" and "connection refused" in m'
check "the manual's example" example amqp "127.0.0.1:5672=127.0.0.1:$port"
check "and it passes" passes
check "the broker sees no error of a check that passes" \
	awk '/\[error\]/ && !/login refused|state: starting|TLS|[Tt]ls|ssl/ {bad = 1; print} END {exit bad}' "$node/log/rabbit.log"

relay "$port"
ask "{amqp: \"127.0.0.1:$relay_port\"}"
check "only the header is sent without credentials" cmp "$work/relay.out" <(printf 'AMQP\0\0\x09\x01')
relay "$port"
ask "{amqp: \"127.0.0.1:$relay_port\", auth: {basic: {user: guest, password: guest}}}"
only_these amqp python3 - "$work/relay.out" <<'CODE'
import struct, sys
sent = open(sys.argv[1], "rb").read()
assert sent.startswith(b"AMQP\0\0\x09\x01\x01\0\0"), sent
size = struct.unpack(">I", sent[11:15])[0]
assert len(sent) == 8 + 7 + size + 1 and sent[15:19] == b"\0\x0a\0\x0b", sent
CODE
check "the broker ends" stop rabbit

# Answers that RabbitMQ does not give.
replies() { # NAME BYTES EXPRESSION
	printf "$2" >"$work/reply"
	bad_server late "$work/reply"
	ask_timeout=700ms one "$1" "{amqp: \"127.0.0.1:$bad_port\"}" "$3"
	bad_stop
}
replies "another version" 'AMQP\x00\x01\x00\x00' '"does not speak AMQP 0-9-1: it answered with the header of AMQP 1-0-0" in m'
replies "an echo" 'AMQP\x00\x00\x09\x01' '"echoes what it is sent; no broker" in m and "amqp-wrong-version" not in d'
replies "SASL of AMQP 1.0" 'AMQP\x03\x01\x00\x00' '"behind SASL" in m'
replies "closed with a reason" '\x01\x00\x00\x00\x00\x00\x12\x00\x0a\x00\x32\x01\x40\x07FORCED.\x00\x00\x00\x00\xce' \
	'"closes the connection (320 FORCED.)" in m'
replies "another service" 'HTTP/1.1 400 Bad Request\r\n' '"is not AMQP: it answered" in m'
printf '\x01\x00\x00\x00\x00\xff\x00\x00\x0a\x00\x0a\x00\x09' >"$work/never"
hostile_answer=$work/never
survives '{amqp: "127.0.0.1:@PORT@"}' silent garbage truncated close reset slow oversized
finish
