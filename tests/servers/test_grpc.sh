#!/usr/bin/env bash
# grpc against servers of grpcio, an nginx that speaks something else, and servers that misbehave.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need nginx nginx-light
python3 -c 'import grpc' 2>/dev/null || skip_all "grpcio is not installed (package python3-grpcio)"

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -days 30 -subj /CN=voice \
	-addext subjectAltName=IP:127.0.0.1,DNS:localhost 2>/dev/null
start grpc python3 "$tools/grpc_server.py" "$work" "$work/cert.pem" "$work/key.pem"
within 30 test -s "$work/ports" || { sed 's/^/# /' "$work/grpc.log"; finish; }
port_of() { awk -v name="$1" '$1 == name {print $2}' "$work/ports"; }
port=$(port_of health) bare_port=$(port_of bare) tls_port=$(port_of tls)

web_port=$(free_port) h2_port=$(free_port) secure_port=$(free_port)
mkdir -p "$work/nginx"
cat >"$work/nginx.conf" <<CONF
daemon off; pid $work/nginx/pid; error_log $work/nginx/error.log; worker_processes 1;
events {}
http {
	access_log off;
	client_body_temp_path $work/nginx/a; proxy_temp_path $work/nginx/b; fastcgi_temp_path $work/nginx/c;
	uwsgi_temp_path $work/nginx/d; scgi_temp_path $work/nginx/e;
	server { listen 127.0.0.1:$web_port; return 200 "hello"; }
	server {
		listen 127.0.0.1:$h2_port http2;
		location /grpc.health.v1.Health/Check { grpc_pass grpc://127.0.0.1:$(free_port); }
	}
	server {
		listen 127.0.0.1:$secure_port ssl; ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
		return 404;
	}
}
CONF
start nginx nginx -e "$work/nginx/error.log" -c "$work/nginx.conf"
wait_port "$web_port" && wait_port "$secure_port" || finish
at=127.0.0.1:$port

one "the server as a whole" "{grpc: \"$at\"}" \
	'c["state"] == "pass" and v["health"] == "SERVING" and v["grpc_status"] == 0 and c["phases_ms"]["connect"] is not None'
one "a service by name" "{grpc: \"grpc://$at\", service: voice}" 'c["state"] == "pass"'
one "a field that is left out is UNKNOWN" "{grpc: \"$at\", service: default}" 'c["state"] == "fail" and v["health"] == "UNKNOWN"'
one "a name beyond ASCII" "{grpc: \"$at\", service: trüb}" 'c["state"] == "pass"'
one "NOT_SERVING" "{grpc: \"$at\", service: batch}" \
	'c["state"] == "fail" and "says NOT_SERVING of the service \"batch\"" in m and "grpc-not-serving" in d'
one "NOT_SERVING that is wanted" "{grpc: \"$at\", service: batch, expect: [health == NOT_SERVING]}" 'c["state"] == "pass"'
one "an unknown service" "{grpc: \"$at\", service: nope}" \
	'c["state"] == "fail" and "does not know the service \"nope\"" in m and v["health"] == "SERVICE_UNKNOWN" and v["grpc_status"] == 5'
one "a number that nobody knows" "{grpc: \"$at\", service: odd}" 'c["state"] == "fail" and v["health"] == "UNKNOWN"'
one "an error with words" "{grpc: \"$at\", service: sad}" \
	'c["state"] == "fail" and m.endswith("UNAVAILABLE (14): 50% of the shards are gone: überlastet")'
one "an answer that is no message" "{grpc: \"$at\", service: wrong}" 'c["state"] == "fail" and "no HealthCheckResponse" in m'
ask_timeout=700ms one "an answer that does not come" "{grpc: \"$at\", service: late}" \
	'c["state"] == "fail" and "timed out after 700ms in phase wait: Health/Check got no answer" in m'
one "no health service" "{grpc: \"127.0.0.1:$bare_port\"}" \
	'c["state"] == "fail" and "register grpc.health.v1" in m and "grpc-no-health-service" in d'
one "a status that is expected" "{grpc: \"127.0.0.1:$bare_port\", expect: [grpc_status == 12]}" 'c["state"] == "pass" and v["grpc_status"] == 12'
one "another one than is expected" "{grpc: \"127.0.0.1:$bare_port\", expect: [grpc_status == 16]}" \
	'c["state"] == "fail" and "grpc_status 12, wanted == 16" in m'
one "an unknown service that is expected" "{grpc: \"$at\", service: nope, expect: [health == SERVICE_UNKNOWN]}" 'c["state"] == "pass"'
one "no credentials" "{grpc: \"$at\", service: guarded}" 'c["state"] == "fail" and "wants credentials (UNAUTHENTICATED)" in m'
one "a bearer token" "{grpc: \"$at\", service: guarded, auth: {bearer: t0ken-right}}" 'c["state"] == "pass"'
one "a wrong token" "{grpc: \"$at\", service: guarded, auth: {bearer: t0ken-wr0ng}}" \
	'c["state"] == "fail" and "refuses the credentials (PERMISSION_DENIED)" in m and "t0ken-wr0ng" not in open("'"$work"'/answer.json").read()'
one "metadata" "{grpc: \"$at\", service: tenant, headers: {X-Tenant: blue}}" 'c["state"] == "pass"'
secure="tls: {ca: $work/cert.pem}"
one "TLS" "{grpc: \"grpcs://127.0.0.1:$tls_port\", $secure}" 'c["state"] == "pass" and v["cert_ms"] > 0'
one "a certificate that nobody trusts" "{grpc: \"grpcs://127.0.0.1:$tls_port\"}" 'c["state"] == "fail" and "not trusted" in m'
one "TLS to a plain port" "{grpc: \"grpcs://$at\"}" 'c["state"] == "fail" and "does not speak TLS" in m'
one "plain to a TLS port" "{grpc: \"127.0.0.1:$tls_port\"}" 'c["state"] == "fail" and "does it want TLS (grpcs:// or tls: true)?" in m'
one "an HTTP/1.1 server" "{grpc: \"127.0.0.1:$web_port\"}" 'c["state"] == "fail" and "it answers \"HTTP/1.1 400 Bad Request\", as an HTTP/1.1 server does" in m and "grpc-not-spoken" in d'
one "an HTTP/1.1 server behind TLS" "{grpc: \"grpcs://127.0.0.1:$secure_port\", $secure}" \
	'c["state"] == "fail" and "answered HTTP/1.1 404 without grpc-status, as nginx" in m and "does not offer HTTP/2" in m'
one "a proxy without its server" "{grpc: \"127.0.0.1:$h2_port\"}" \
	'c["state"] == "fail" and "HTTP/2 502" in m and "a proxy does not reach the gRPC server" in m'
one "nothing listens" "{grpc: \"127.0.0.1:$(free_port)\"}" 'c["state"] == "fail" and "connection refused" in m'
one "a unix socket" "{grpc: \"unix:$work/grpc.sock\", service: voice}" \
	'c["state"] == "pass" and v["health"] == "SERVING" and v["grpc_status"] == 0'
one "a service of a unix socket that fails" "{grpc: \"unix:$work/grpc.sock\", service: batch}" \
	'c["state"] == "fail" and "grpc unix:" in m and "says NOT_SERVING" in m'
one "TLS over a unix socket" "{grpc: \"unix:$work/tls.sock\", tls: {ca: $work/cert.pem}}" \
	'c["state"] == "pass" and v["cert_ms"] > 0'
one "no unix socket" "{grpc: \"unix:$work/none.sock\"}" 'c["state"] == "unknown" and "none.sock" in m'
check "the manual's example" example grpc "127.0.0.1:50051=$at"
check "and it passes" passes

relay "$port"
ask "{grpc: \"127.0.0.1:$relay_port\", service: voice}"
only_these grpc python3 - "$work/relay.out" <<'CODE'
import sys
sent = open(sys.argv[1], "rb").read()
assert sent.startswith(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), sent
at, kinds, data = 24, [], b""
while at < len(sent):
    size = int.from_bytes(sent[at:at + 3], "big")
    kinds.append(sent[at + 3])
    data += sent[at + 9:at + 9 + size] if sent[at + 3] == 0 else b""
    at += 9 + size
assert kinds.count(1) == 1 and data == b"\0\0\0\0\7\x0a\5voice", (kinds, data)
CODE

# SETTINGS, then HEADERS with :status 200, and nothing more.
printf '\0\0\0\4\0\0\0\0\0\0\0\1\1\4\0\0\0\1\x88' >"$work/begun"
hostile_answer=$work/begun
bad_server ended /dev/null
one "closed before an answer" "{grpc: \"127.0.0.1:$bad_port\"}" \
	'c["state"] == "fail" and m.count("127.0.0.1:'"$bad_port"'") == 1 and "closed the connection before it answered the call; it says nothing" in m and "TLS" in m and "grpc-not-spoken" in d'
bad_stop
bad_server ended "$work/begun"
one "closed in the middle of an answer" "{grpc: \"127.0.0.1:$bad_port\"}" \
	'c["state"] == "fail" and "HTTP/1.1" not in m and "TLS" not in m and "grpc-not-spoken" not in d'
bad_stop
# SETTINGS alone; with GOAWAY behind; half of it; and of other protocols: Kafka, an alert of TLS, SMTP.
printf '\0\0\0\4\0\0\0\0\0' >"$work/settings"
{ cat "$work/settings"; printf '\0\0\10\7\0\0\0\0\0\0\0\0\0\0\0\0\1'; } >"$work/goaway"
printf '\0\0\0\12\0\0\0\1\0\0\0\0\0\0' >"$work/kafka"
printf '\25\3\1\0\2\2\106' >"$work/alert"
printf '220 mail.example ESMTP ready when you are\r\n' >"$work/smtp"
looks() { # NAME KIND FILE EXPRESSION
	bad_server "$2" "$work/$3"
	one "$1" "{grpc: \"127.0.0.1:$bad_port\"}" "c['state'] == 'fail' and m.count('127.0.0.1') == 1 and ($4)"
	bad_stop
}
http2='"speaks HTTP/2, and broke off" in m and "TLS" not in m and "grpc-not-spoken" not in d'
looks "closed behind SETTINGS" ended settings "$http2"
looks "reset behind SETTINGS" lost settings "$http2"
looks "GOAWAY in place of an answer" late goaway "$http2"
looks "a Kafka broker" ended kafka '"another service uses that port" in m and "TLS" not in m and "grpc-not-spoken" in d'
looks "an alert of TLS" ended alert '"say grpcs:// or tls: true" in m and "grpc-not-spoken" in d'
looks "a server that greets" file smtp '"answers \"220 mail.example" in m and "another service" in m'
survives '{grpc: "127.0.0.1:@PORT@"}' silent garbage truncated close reset slow file oversized
finish
