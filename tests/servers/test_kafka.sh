#!/usr/bin/env bash
# `kafka` against librdkafka's mock cluster (a second implementation of the protocol), and against a broker of
# our own, written from the protocol guide, for what the mock has not: logins, TLS, wrong advertised addresses,
# no controller, replicas that are behind, huge clusters, old versions.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
# shellcheck disable=SC2034 # read by ask: one try is enough, nothing here recovers by itself
service_keys='fall: 1'

# fake JSON: starts the broker of our own; its port in fake_port, its words in $work/fake.log.
fake() {
	[ -z "${pid_fake:-}" ] || stop fake
	rm -f "$work/fake.log"
	start fake python3 "$tools/kafka_fake.py" "$1"
	within 10 test -s "$work/fake.log" || echo "# no fake broker"
	read -r fake_port <"$work/fake.log"
}
# mock COMMAND...: to the mock cluster, and waits until it is done.
mock() {
	local before
	before=$(wc -l <"$work/mock.log")
	echo "$*" >&7
	within 20 mock_answered "$before" && [ "$(tail -n 1 "$work/mock.log")" = ok ] || echo "# mock: no '$*'"
}
mock_answered() { [ "$(wc -l <"$work/mock.log")" -gt "$1" ]; }
asked() { # each request's api key, from the bytes of a recorded connection
	python3 - "$work/relay.out" "$@" <<'PY'
import struct
import sys
data, asked = open(sys.argv[1], "rb").read(), set()
while data:
    size, key = struct.unpack(">ih", data[:6])
    asked.add(key)
    data = data[4 + size:]
wanted = {int(key) for key in sys.argv[2:]}
print("asked", sorted(asked))
sys.exit(0 if asked == wanted else 1)
PY
}
lacks() { ! grep -n "$1" "$2"; }

# --- librdkafka's mock cluster ---------------------------------------------------------------------
mock_program=$builddir/tests/servers/kafka_mock
if [ -x "$mock_program" ]; then
	: >"$work/mock.log"
	mkfifo "$work/mock.in" && exec 7<>"$work/mock.in"
	"$mock_program" 3 <"$work/mock.in" >"$work/mock.log" 2>"$work/mock.err" &
	servers="$servers $!"
	within 10 grep -q ready "$work/mock.log" || echo "# no mock cluster"
	read -r _ port1 port2 port3 <"$work/mock.log"
	mock topic orders 4 2
	mock topic payments 2 3
	one "a cluster that is well" "{kafka: \"127.0.0.1:$port1\"}" \
		'c["state"] == "pass" and v["brokers"] == 3 and v["leaderless"] == 0 and v["under_replicated"] == 0 and
			"controller" in v and v["cluster_id"].startswith("mock") and "unreachable" not in v'
	relay "$port1"
	one "through a relay" "{kafka: \"127.0.0.1:$relay_port\", topics: [orders], consumer_group: billing}" 'c["state"] == "pass"'
	check "ApiVersions, Metadata and FindCoordinator are asked" within 5 asked 3 10 18
	one "any of its brokers can be asked" "{kafka: \"127.0.0.1:$port3\", topics: [orders]}" 'c["state"] == "pass"'

	relay "$port1" 127.0.0.1 "$work/mock.sock"
	one "a unix socket in front of a broker" "{kafka: \"unix:$relay_port\", expect: [\"brokers == 3\"]}" \
		'c["state"] == "pass" and "unreachable" not in v'

	mock produce orders 0 7
	mock produce orders 1 5
	mock produce payments 1 2
	mock commit billing orders 0 3
	mock commit billing orders 1 5
	mock commit billing payments 1 1
	one "the lag of a group over all topics" "{kafka: \"127.0.0.1:$port2\", consumer_group: billing}" \
		'c["state"] == "pass" and v["lag"] == 5'
	check "the example of the manual" example kafka kafka1.example.com:9092=127.0.0.1:"$port1"
	check "  passes" answer 'c["state"] == "pass" and v["lag"] == 5'
	one "  asked over a unix socket" "{kafka: \"unix:$relay_port\", consumer_group: billing, reach: false}" \
		'c["state"] == "pass" and v["lag"] == 5'
	one "the lag in one topic" "{kafka: \"127.0.0.1:$port2\", consumer_group: billing, topics: [orders], reach: false}" \
		'c["state"] == "pass" and v["lag"] == 4'
	one "a lag that is too long" "{kafka: \"127.0.0.1:$port2\", consumer_group: billing, expect: [\"lag < 5\"]}" \
		'c["state"] == "fail" and m == "lag 5, wanted < 5" and "kafka-consumer-lag" in d'
	one "a group that has committed nothing has no lag" "{kafka: \"127.0.0.1:$port2\", consumer_group: nobody}" \
		'c["state"] == "pass" and "lag" not in v'

	one "a topic that is not there" "{kafka: \"127.0.0.1:$port1\", topics: [orders, nowhere]}" \
		'c["state"] == "fail" and v["unknown_topics"] == ["nowhere"] and m == "not every wanted topic is there: nowhere" and "kafka-unknown-topic" in d'
	one "asking for it has not made it" "{kafka: \"127.0.0.1:$port1\", topics: [nowhere]}" \
		'c["state"] == "fail" and v["unknown_topics"] == ["nowhere"]'

	mock leader orders 2 -1
	one "a partition without a leader" "{kafka: \"127.0.0.1:$port1\"}" \
		'c["state"] == "fail" and v["leaderless"] == 1 and "kafka-leaderless" in d'
	one "  is nothing to another topic" "{kafka: \"127.0.0.1:$port1\", topics: [payments]}" \
		'c["state"] == "pass" and v["leaderless"] == 0'
	mock leader orders 2 1

	mock error 10 15 4
	one "no coordinator for the group" "{kafka: \"127.0.0.1:$port1\", consumer_group: billing}" \
		'c["state"] == "fail" and "FindCoordinator of the consumer group billing with COORDINATOR_NOT_AVAILABLE" in m'

	mock down 2
	one "a broker that is down" "{kafka: \"127.0.0.1:$port1\"}" \
		"c['state'] == 'fail' and len(v['unreachable']) == 1 and ':$port2 (broker 2): ' in v['unreachable'][0] and
			'refused' in v['unreachable'][0] and 'kafka-broker-unreachable' in d"
	one "  is not looked at with reach: false" "{kafka: \"127.0.0.1:$port1\", reach: false}" \
		'c["state"] == "pass" and "unreachable" not in v'
	one "  is found over a unix socket too" "{kafka: \"unix:$work/mock.sock\"}" \
		"c['state'] == 'fail' and len(v['unreachable']) == 1 and ':$port2 (broker 2): ' in v['unreachable'][0]"
	mock up 2
	mock version 3 0 0
	one "a broker that is too old" "{kafka: \"127.0.0.1:$port1\"}" \
		'c["state"] == "fail" and "knows Metadata only as version 0 to 0" in m'
	exec 7>&-
elif [ -n "${CI:-}" ]; then
	tap_not_ok "librdkafka's mock cluster" "tests/servers/kafka_mock is not built: package librdkafka-dev"
else
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - librdkafka's mock cluster # SKIP not built: package librdkafka-dev"
fi

# --- a broker of our own ---------------------------------------------------------------------------
topics='"topics": {"orders": {"partitions": [[1, [1, 2], [1, 2]], [1, [1, 2], [1, 2]]]}}'
fake "{$topics, \"cluster\": \"blue\"}"
one "a new broker that is well" "{kafka: \"127.0.0.1:$fake_port\", topics: [orders], expect: [\"cluster_id == blue\"]}" \
	'c["state"] == "pass" and v["brokers"] == 1 and v["controller"] == 1'
one "a topic that is not there, of a new broker" "{kafka: \"127.0.0.1:$fake_port\", topics: [nowhere]}" \
	'c["state"] == "fail" and v["unknown_topics"] == ["nowhere"]'
check "  nothing was created, and all that was asked was well-formed" lacks . <(tail -n +2 "$work/fake.log")
fake "{$topics, \"versions\": {\"3\": [0, 1], \"18\": [0, 0]}}"
one "Kafka 0.10.0" "{kafka: \"127.0.0.1:$fake_port\", topics: [orders, nowhere]}" \
	'c["state"] == "fail" and v["brokers"] == 1 and "cluster_id" not in v and v["unknown_topics"] == ["nowhere"]'
check "  nothing was created there either" lacks . <(tail -n +2 "$work/fake.log")
fake "{$topics, \"versions\": {\"3\": [12, 13]}}"
one "a broker of the far future" "{kafka: \"127.0.0.1:$fake_port\"}" \
	'c["state"] == "fail" and "knows Metadata only as version 12 to 13" in m'
fake "{$topics, \"host\": \"::1\", \"committed\": {\"orders\": {\"0\": 40, \"1\": 5}}, \"ends\": {\"orders\": {\"0\": 52, \"1\": 5}}}"
one "IPv6, and a group's lag on one broker" "{kafka: \"[::1]:$fake_port\", consumer_group: billing}" \
	'c["state"] == "pass" and v["lag"] == 12'

told() { [ "$(grep -cx "$1" "$work/fake.log")" = "$2" ]; } # LINE TIMES
three='"topics": {"orders": {"partitions": [[1, [1], [1]], [2, [2], [2]], [3, [3], [3]]]}}, "tell": true,
	"committed": {"orders": {"0": 1, "1": 1, "2": 1}}, "ends": {"orders": {"0": 2, "1": 3, "2": 5}}'
fake "{$three, \"brokers\": [[1, \"127.0.0.1\", 0], [2, \"127.0.0.1\", 0], [3, \"127.0.0.1\", 0]]}"
one "brokers behind one address are all asked" "{kafka: \"127.0.0.1:$fake_port\", consumer_group: billing}" \
	'c["state"] == "pass" and v["brokers"] == 3 and v["lag"] == 7'
check "  over one connection" told connection 1
check "  each for what it leads" told "asked 2" 3
fake "{$three, \"brokers\": [[1, \"localhost\", 0], [2, \"localhost\", 0], [3, \"localhost\", 0]]}"
one "  also where that is not the one that is named" "{kafka: \"127.0.0.1:$fake_port\", consumer_group: billing}" \
	'c["state"] == "pass" and v["lag"] == 7'
check "  with a connection for the cluster and one for the coordinator and all leaders" told connection 2
fake '{"brokers": [[1, "127.0.0.1", 0], [2, "localhost", 1], [3, "localhost", 1]], "topics": {}}'
one "  where nothing answers each is named, after one try" "{kafka: \"127.0.0.1:$fake_port\"}" \
	'c["state"] == "fail" and [u[:23] for u in v["unreachable"]] == ["localhost:1 (broker 2):", "localhost:1 (broker 3):"]'

fake '{"brokers": [[1, "127.0.0.1", 0], [2, "kafka-2.invalid", 9092], [3, "localhost", 1]], "topics": {}}'
one "advertised addresses that cannot be reached" "{kafka: \"127.0.0.1:$fake_port\"}" \
	'c["state"] == "fail" and len(v["unreachable"]) == 2 and
		re.match(r"kafka-2.invalid:9092 \(broker 2\): ", v["unreachable"][0]) and
		re.match(r"localhost:1 \(broker 3\): .*refused", v["unreachable"][1]) and
		m.startswith("not every advertised address can be reached: kafka-2.invalid") and "kafka-broker-unreachable" in d'
fake '{"brokers": [[1, "kafka.invalid", 9092]], "topics": {}}'
relay "$fake_port" 127.0.0.1 "$work/fake.sock"
one "what is advertised is judged over a unix socket as well" "{kafka: \"unix:$relay_port\"}" \
	'c["state"] == "fail" and len(v["unreachable"]) == 1 and v["unreachable"][0].startswith("kafka.invalid:9092 (broker 1): ")'
one "  unless it shall not be" "{kafka: \"unix:$relay_port\", reach: false}" 'c["state"] == "pass" and v["brokers"] == 1'
one "  and a group's coordinator is asked there" "{kafka: \"unix:$relay_port\", reach: false, consumer_group: billing}" \
	'c["state"] == "fail" and "broker 1, which at kafka.invalid:9092 cannot be reached" in m'
one "no unix socket" "{kafka: \"unix:$work/none.sock\"}" 'c["state"] == "unknown" and "none.sock" in m'
fake '{"brokers": [[1, "127.0.0.1", 0], [2, "a b;c", 9092], [3, "x", 99999]], "topics": {}}'
one "addresses that are none" "{kafka: \"127.0.0.1:$fake_port\"}" \
	'c["state"] == "fail" and v["unreachable"] == ["broker 2: it advertises no usable address",
		"broker 3: it advertises no usable address"]'
bad_server silent
fake "{$topics, \"brokers\": [[1, \"127.0.0.1\", 0], [2, \"127.0.0.1\", $bad_port]], \"coordinator\": [2, \"127.0.0.1\", $bad_port]}"
ask_timeout=700ms one "a coordinator that says nothing is named" \
	"{kafka: \"127.0.0.1:$fake_port\", consumer_group: billing}" \
	"c['state'] == 'fail' and 'waiting for the answer to ApiVersions of broker 2 at 127.0.0.1:$bad_port' in m"
bad_stop
bad_server full
fake "{\"topics\": {}, \"brokers\": [[1, \"127.0.0.1\", 0], [2, \"127.0.0.1\", $bad_port], [3, \"127.0.0.1\", 1]]}"
one "a broker that swallows packets leaves time for the others" "{kafka: \"127.0.0.1:$fake_port\"}" \
	"c['state'] == 'fail' and [u.split(' ')[0] for u in v['unreachable']] == ['127.0.0.1:$bad_port', '127.0.0.1:1'] and
		'timed out' in v['unreachable'][0] and 'refused' in v['unreachable'][1] and c['latency_ms'] < 2900"
fake "{\"topics\": {}, \"brokers\": [[1, \"127.0.0.1\", 0], [2, \"127.0.0.1\", $bad_port]], \"coordinator\": [2, \"127.0.0.1\", $bad_port]}"
hurried() { ask_timeout=290ms ask "{kafka: \"127.0.0.1:$fake_port\", consumer_group: billing}" || grep -qF "127.0.0.1:$bad_port" "$work/answer.json"; }
check "a coordinator that gets less time than a try needs" within 30 hurried
check "  is not called unreachable" answer "'unreachable' not in v and re.search(
	'timed out after 290ms: the coordinator of the consumer group billing, broker 2 at 127.0.0.1:$bad_port, was left too little', m)"
bad_stop

fake "{$topics, \"controller\": -1}"
one "no controller" "{kafka: \"127.0.0.1:$fake_port\"}" \
	'c["state"] == "fail" and "controller" in m and "controller" not in v and "kafka-no-controller" in d'
fake '{"topics": {"orders": {"partitions": [[1, [1, 2, 3], [1, 2]], [1, [1, 2], [1, 2]]]}}}'
one "replicas that are behind" "{kafka: \"127.0.0.1:$fake_port\"}" \
	'c["state"] == "warn" and v["under_replicated"] == 1 and "kafka-under-replicated" in d'
fake '{"topics": {"secret": {"error": 29}}}'
one "a topic that this user may not see" "{kafka: \"127.0.0.1:$fake_port\", topics: [secret]}" \
	'c["state"] == "fail" and "does not let this user see the topic secret (TOPIC_AUTHORIZATION_FAILED)" in m'
one "  which is expected" "{kafka: \"127.0.0.1:$fake_port\", topics: [secret], expect: [refusal == TOPIC_AUTHORIZATION_FAILED]}" \
	'c["state"] == "pass"'
fake "{$topics, \"errors\": {\"10\": 30}}"
one "a group that this user may not see" "{kafka: \"127.0.0.1:$fake_port\", consumer_group: billing}" \
	'c["state"] == "fail" and "GROUP_AUTHORIZATION_FAILED" in m'
fake '{"many": 1000}'
ask_timeout=20s one "100,000 partitions are no answer that is too large" "{kafka: \"127.0.0.1:$fake_port\"}" \
	'c["state"] == "pass" and v["leaderless"] == 0'
fake '{"many": 4000}'
ask_timeout=20s one "  and 400,000 are, with advice" "{kafka: \"127.0.0.1:$fake_port\"}" \
	'c["state"] == "fail" and "more than 16 MB" in m and "topics" in m'

# --- logins and TLS --------------------------------------------------------------------------------
fake "{$topics, \"users\": {\"watch\": \"s3cret-pass\"}}"
good='auth: {basic: {user: watch, password: "${env:KAFKA_PASSWORD}"}}'
export KAFKA_PASSWORD=s3cret-pass
one "SASL/PLAIN" "{kafka: \"127.0.0.1:$fake_port\", $good}" 'c["state"] == "pass" and v["brokers"] == 1'
KAFKA_PASSWORD=wr0ng-pass
one "a password that is refused" "{kafka: \"127.0.0.1:$fake_port\", $good}" \
	'c["state"] == "fail" and "refuses the login (SASL_AUTHENTICATION_FAILED: Authentication failed" in m and
		"kafka-sasl-refused" in d'
one "  which is expected" "{kafka: \"127.0.0.1:$fake_port\", $good, expect: [refusal == SASL_AUTHENTICATION_FAILED]}" \
	'c["state"] == "pass" and "controller" not in v'
check "  is not shown" lacks 'wr0ng-pass\|s3cret-pass' "$work/answer.json"
one "a listener that wants a login" "{kafka: \"127.0.0.1:$fake_port\"}" \
	'c["state"] == "fail" and "closed the connection at Metadata" in m and "wants a SASL login" in m and
		"kafka-sasl-refused" in d'
fake "{$topics, \"close_at\": 10}"
one "a broker that dies midway wants no login" "{kafka: \"127.0.0.1:$fake_port\", consumer_group: billing}" \
	'c["state"] == "fail" and "closed the connection when the answer to FindCoordinator" in m and
		"SASL" not in m and "kafka-sasl-refused" not in d'
fake "{$topics, \"users\": {\"watch\": \"s3cret-pass\"}}"
understood() { kcat -b "127.0.0.1:$fake_port" -X security.protocol=SASL_PLAINTEXT -X sasl.mechanisms="$1" \
	-X sasl.username=watch -X sasl.password=s3cret-pass -L -m 5 | tee /dev/stderr | grep -q 'topic "orders" with 2 partitions'; }
if command -v kcat >/dev/null || [ -n "${CI:-}" ]; then
	check "librdkafka's client understands this broker too" understood PLAIN
else
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - librdkafka's client understands this broker too # SKIP kcat is not installed (package kcat)"
fi
fake "{$topics, \"users\": {}, \"mechanisms\": [\"SCRAM-SHA-512\", \"GSSAPI\"]}"
one "a listener without PLAIN" "{kafka: \"127.0.0.1:$fake_port\", $good}" \
	'c["state"] == "fail" and "but SCRAM-SHA-512, GSSAPI: set \x27sasl\x27 to SCRAM-SHA-512, add PLAIN" in m and "kafka-sasl-refused" in d'
one "  nor SCRAM-SHA-256" "{kafka: \"127.0.0.1:$fake_port\", $good, sasl: scram-sha-256}" \
	'c["state"] == "fail" and "takes no SASL/SCRAM-SHA-256 login" in m and "but SCRAM-SHA-512, GSSAPI: set" in m'
fake "{$topics, \"users\": {}, \"mechanisms\": [\"GSSAPI\"]}"
one "  nor any that is known here" "{kafka: \"127.0.0.1:$fake_port\", $good, sasl: scram-sha-512}" \
	'c["state"] == "fail" and "but GSSAPI: add SCRAM-SHA-512 to its sasl.enabled.mechanisms" in m'
fake "{$topics}"
one "a listener without SASL" "{kafka: \"127.0.0.1:$fake_port\", $good}" \
	'c["state"] == "fail" and "ILLEGAL_SASL_STATE" in m and "kafka-sasl-refused" in d'
one "a password without a user is no login" "{kafka: \"127.0.0.1:$fake_port\", auth: {password: \"\${env:KAFKA_PASSWORD}\"}}" \
	'c["state"] == "unknown" and "kafka has no use for" in m and "basic" in m'
one "sasl without a user is a mistake" "{kafka: \"127.0.0.1:$fake_port\", sasl: plain}" \
	'c["state"] == "unknown" and "is how to log in" in m'
one "TLS to a plain listener" "{kafka: \"127.0.0.1:$fake_port\", tls: true}" \
	'c["state"] == "fail" and "TLS" in m and "kafka-tls-mismatch" in d'
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=kafka -addext subjectAltName=IP:127.0.0.1 \
	-keyout "$work/key.pem" -out "$work/cert.pem" >"$work/openssl.log" 2>&1
KAFKA_PASSWORD=s3cret-pass
fake "{$topics, \"users\": {\"watch\": \"s3cret-pass\"}, \"tls\": [\"$work/cert.pem\", \"$work/key.pem\"],
	\"brokers\": [[1, \"127.0.0.1\", 0]]}"
one "SASL over TLS" "{kafka: \"127.0.0.1:$fake_port\", tls: {ca: \"$work/cert.pem\"}, $good, warn: [\"cert > 1h\"]}" \
	'c["state"] == "pass" and c["phases_ms"]["tls"] > 0'
one "plain to a TLS listener" "{kafka: \"127.0.0.1:$fake_port\"}" \
	'c["state"] == "fail" and "speaks TLS" in m and "tls: true" in m and "kafka-tls-mismatch" in d'
one "a certificate that is not trusted" "{kafka: \"127.0.0.1:$fake_port\", tls: true}" 'c["state"] == "fail" and "trust" in m'

# --- SCRAM -----------------------------------------------------------------------------------------
KAFKA_PASSWORD=s3cret-pass
scram() { # WRONG: a broker that knows SCRAM alone; "" goes right
	fake "{$topics, \"users\": {\"watch\": \"s3cret-pass\", \"a,b=c\": \"s3cret-pass\"}, \"scram\": \"$1\",
		\"mechanisms\": [\"SCRAM-SHA-256\", \"SCRAM-SHA-512\"]}"
}
scram ""
for mechanism in scram-sha-256 SCRAM-SHA-512; do
	one "$mechanism" "{kafka: \"127.0.0.1:$fake_port\", $good, sasl: $mechanism, consumer_group: billing}" \
		'c["state"] == "pass" and v["brokers"] == 1'
	one "  with a user whose name has to be escaped" \
		"{kafka: \"127.0.0.1:$fake_port\", auth: {basic: {user: \"a,b=c\", password: s3cret-pass}}, sasl: $mechanism}" \
		'c["state"] == "pass"'
	KAFKA_PASSWORD=wr0ng-pass
	one "  with a wrong password" "{kafka: \"127.0.0.1:$fake_port\", $good, sasl: $mechanism}" \
		'c["state"] == "fail" and "refuses the login (SASL_AUTHENTICATION_FAILED: Authentication failed" in m and
			"kafka-sasl-refused" in d'
	check "  is not shown" lacks 'wr0ng-pass\|s3cret-pass' "$work/answer.json"
	KAFKA_PASSWORD=s3cret-pass
done
one "a user that is not there" \
	"{kafka: \"127.0.0.1:$fake_port\", auth: {basic: {user: nobody, password: s3cret-pass}}, sasl: scram-sha-512}" \
	'c["state"] == "fail" and "refuses the login (SASL_AUTHENTICATION_FAILED" in m'
check "  and all that was asked was well-formed" lacks . <(tail -n +2 "$work/fake.log")
if command -v kcat >/dev/null || [ -n "${CI:-}" ]; then
	scram lenient
	for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do
		check "librdkafka's client logs in by $mechanism too" understood "$mechanism"
	done
fi
scram "many rounds"
one "a broker that asks for many rounds" "{kafka: \"127.0.0.1:$fake_port\", $good, sasl: scram-sha-512}" \
	'c["state"] == "pass" and v["brokers"] == 1'
cheats() { # HOW SENTENCE
	scram "$1"
	one "a broker that cheats: $1" "{kafka: \"127.0.0.1:$fake_port\", $good, sasl: scram-sha-512}" \
		"c['state'] == 'fail' and '$2' in m and 's3cret-pass' not in open('$work/answer.json').read()"
}
cheats signature 'does not prove that it knows the password: its SCRAM signature is wrong'
check "  is taken neither for a wrong password nor for another service" answer 'list(d)[0] == "scram-not-finished" and "kafka-sasl-refused" not in d'
cheats nonce 'does not repeat the nonce'
cheats rounds 'asks for more than 100,000 rounds'
cheats form 'sends a first message that is not of SCRAM'
cheats refusal 'refuses the login (other-error): check auth'
cheats close 'closed the connection at SaslAuthenticate: check auth'

# --- what goes over the wire -----------------------------------------------------------------------
fake "{$topics, \"users\": {\"watch\": \"s3cret-pass\"}, \"versions\": {\"18\": [0, 2]},
	\"committed\": {\"orders\": {\"0\": 1}}, \"ends\": {\"orders\": {\"0\": 3}}}"
relay "$fake_port"
one "through the relay" "{kafka: \"127.0.0.1:$relay_port\", $good, consumer_group: billing, topics: [orders]}" \
	'c["state"] == "pass" and v["lag"] == 2'
# To its own port go the coordinator's and the leader's questions, so that is recorded by a second relay.
relay_direct=$relay_port
# Metadata, FindCoordinator, SaslHandshake, ApiVersions, SaslAuthenticate.
only_these kafka asked 3 10 17 18 36
fake "{$topics, \"brokers\": [[1, \"127.0.0.1\", $relay_direct]], \"committed\": {\"orders\": {\"0\": 1}},
	\"ends\": {\"orders\": {\"0\": 3}}}"
relay "$fake_port"
start fake2 python3 "$tools/kafka_fake.py" "{$topics, \"brokers\": [[1, \"127.0.0.1\", $relay_port]]}"
within 10 test -s "$work/fake2.log"
read -r first_port <"$work/fake2.log"
one "a leader behind a relay" "{kafka: \"127.0.0.1:$first_port\", consumer_group: billing, topics: [orders]}" \
	'c["state"] == "pass" and v["lag"] == 2'
check "only ApiVersions, OffsetFetch and ListOffsets went to the group's broker" asked 2 9 18

# --- bad servers -----------------------------------------------------------------------------------
python3 -c 'import sys
sys.stdout.buffer.write(bytes.fromhex("0000001c00000001000000000003000300000007000a000000020012000000000000"))' >"$work/versions"
hostile_answer=$work/versions
survives '{kafka: "127.0.0.1:@PORT@"}' silent slow garbage truncated oversized close reset
printf 'HTTP/1.1 400 Bad Request\r\n\r\n' >"$work/http"
hostile_answer=$work/http
survives '{kafka: "127.0.0.1:@PORT@"}' file
check "  is not Kafka" answer '"is not Kafka: it answered \"HTTP/1.1 400" in m'
finish
