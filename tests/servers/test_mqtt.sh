#!/usr/bin/env bash
# mqtt against Mosquitto, and against servers that misbehave.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need mosquitto mosquitto

port=$(free_port)
me=$(id -un)
printf 'user %s\nlistener %d 127.0.0.1\nallow_anonymous true\nlistener 0 %s/mqtt.sock\n' "$me" "$port" "$work" >"$work/open.conf"
closed_port=$(free_port)
mosquitto_passwd -c -b "$work/passwords" sensor right
printf 'user %s\nlistener %d 127.0.0.1\nallow_anonymous false\npassword_file %s\n' "$me" "$closed_port" "$work/passwords" >"$work/closed.conf"
tls_port=$(free_port)
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -days 30 -subj /CN=broker \
	-addext subjectAltName=IP:127.0.0.1 2>/dev/null
printf 'user %s\nlistener %d 127.0.0.1\nallow_anonymous true\ncertfile %s\nkeyfile %s\n' "$me" "$tls_port" "$work/cert.pem" "$work/key.pem" \
	>"$work/tls.conf"
start open mosquitto -v -c "$work/open.conf"
start closed mosquitto -c "$work/closed.conf"
start tls mosquitto -c "$work/tls.conf"
wait_port "$port" && wait_port "$closed_port" && wait_port "$tls_port" || finish

one "accepted" "{mqtt: \"127.0.0.1:$port\"}" 'c["state"] == "pass" and v["return_code"] == 0 and c["phases_ms"]["wait"] is not None'
check "it says goodbye" grep -q 'Client sitrep-[0-9a-f]* disconnected\.' "$work/open.log"
one "a client id of its own" "{mqtt: \"mqtt://127.0.0.1:$port\", client_id: watcher-7}" 'c["state"] == "pass"'
check "and the broker sees it" grep -q 'as watcher-7 ' "$work/open.log"
one "a unix socket" "{mqtt: \"unix:$work/mqtt.sock\"}" 'c["state"] == "pass"'
one "TLS" "{mqtt: \"mqtts://127.0.0.1:$tls_port\", tls: {ca: $work/cert.pem}}" 'c["state"] == "pass" and v["cert_ms"] > 0'
one "a certificate that nobody trusts" "{mqtt: \"mqtts://127.0.0.1:$tls_port\"}" 'c["state"] == "fail" and "not trusted" in m'
one "plain to a TLS port" "{mqtt: \"127.0.0.1:$tls_port\"}" 'c["state"] == "fail" and len(m) > 30'
one "TLS to a plain port" "{mqtt: \"mqtts://127.0.0.1:$port\"}" 'c["state"] == "fail" and "TLS" in m'

one "credentials are wanted" "{mqtt: \"127.0.0.1:$closed_port\"}" \
	'c["state"] == "fail" and "wants user and password" in m and v["return_code"] == 5 and "mqtt-refuses-client" in d'
one "a refusal that is expected" "{mqtt: \"127.0.0.1:$closed_port\", expect: [return_code == 5]}" \
	'c["state"] == "pass" and v["return_code"] == 5 and not d'
one "another one than is expected" "{mqtt: \"127.0.0.1:$closed_port\", expect: [return_code == 4]}" \
	'c["state"] == "fail" and "return_code 5, wanted == 4" in m'
one "a refusal that did not come" "{mqtt: \"127.0.0.1:$port\", expect: [return_code == 5]}" \
	'c["state"] == "fail" and "return_code 0, wanted == 5" in m'
right="auth: {basic: {user: sensor, password: right}}"
one "the right password" "{mqtt: \"127.0.0.1:$closed_port\", $right}" 'c["state"] == "pass"'
one "a wrong password" "{mqtt: \"127.0.0.1:$closed_port\", auth: {basic: {user: sensor, password: wr0ng-one}}}" \
	'c["state"] == "fail" and "does not let this user in: check auth" in m and "wr0ng-one" not in open("'"$work"'/answer.json").read()'
one "nothing listens" "{mqtt: \"127.0.0.1:$(free_port)\"}" 'c["state"] == "fail" and "connection refused" in m'
check "the manual's example" example mqtt "127.0.0.1:1883=127.0.0.1:$port"
check "and it passes" passes

relay "$port"
ask "{mqtt: \"127.0.0.1:$relay_port\"}"
only_these mqtt wire 're.fullmatch(rb"\x10\x1b\x00\x04MQTT\x04\x02\x00\x3c\x00\x0fsitrep-[0-9a-f]{8}\xe0\x00", b"".join(sent))'

# Answers that Mosquitto does not give.
replies() { # NAME BYTES EXPRESSION
	printf "$2" >"$work/reply"
	bad_server late "$work/reply"
	ask_timeout=700ms one "$1" "{mqtt: \"127.0.0.1:$bad_port\"}" "$3"
	bad_stop
}
replies "identifier refused" '\x20\x02\x00\x02' '"refuses the client identifier" in m and v["return_code"] == 2'
replies "not available" '\x20\x02\x00\x03' '"is not available" in m'
replies "asked again with version 5" '\x20\x02\x00\x01' '"takes neither MQTT 3.1.1 nor 5" in m'
replies "version 5 alone" '\x20\x03\x00\x84\x00' 'c["state"] == "fail"'
replies "another service" 'HTTP/1.1 400 Bad Request\r\n' '"is not MQTT: it answered" in m'
# A broker of version 5 alone: 3.1.1 is answered in its own form, 5 with properties.
cat >"$work/five.py" <<'CODE'
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    while True:
        client, _ = server.accept()
        packet = client.recv(1000)
        client.sendall(b"\x20\x06\0\0\x03\x21\0\x0a" if packet[8] == 5 else b"\x20\x02\0\x01")
        client.recv(1000)
        client.close()
CODE
python3 "$work/five.py" >"$work/five.port" &
servers="$servers $!"
within 10 test -s "$work/five.port"
one "version 5 where 3.1.1 is not taken" "{mqtt: \"127.0.0.1:$(cat "$work/five.port")\"}" \
	'c["state"] == "pass" and v["return_code"] == 0'
printf '\x20\x02\x00\x00' >"$work/accepted"
hostile_answer=$work/accepted
survives '{mqtt: "127.0.0.1:@PORT@"}' silent garbage truncated close reset
hostile_answer=$work/never
printf '\x20\xff\x1f\x00\x00' >"$work/never"
survives '{mqtt: "127.0.0.1:@PORT@"}' slow oversized
finish
