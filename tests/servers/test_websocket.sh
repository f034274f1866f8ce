#!/bin/bash
# `websocket` against real servers: Node's ws (also over TLS and IPv6), uvicorn with and without its WebSocket
# library, nginx that passes the upgrade on or does not; refusals, closes, subprotocols, what is held and what
# is waited for; a handshake that is wrong in every way; and what goes over the wire.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need_node
need nginx nginx-light
need openssl openssl

start ws node "$tools/node/ws.js"
prints_port ws
ws=$port
service_keys="url: http://127.0.0.1:$ws"

one 'it opens, pings and closes' '{websocket: /}' \
	'c["state"] == "pass" and v["status"] == 101 and v["pong_ms"] >= 0 and v["messages"] == 0'
check 'the server saw code 1000' within 5 grep -q 'closed 1000' "$work/ws.log"
check 'its phases are measured' answer 'all(c["phases_ms"][p] is not None for p in ("connect", "send", "wait", "receive"))'
check 'it is shown as ws://' answer '"ws://127.0.0.1:" in json.dumps(s) or c["http"]["headers"]'
one 'a whole URL' '{websocket: "ws://127.0.0.1:'"$ws"'/x?y=1"}' 'c["state"] == "pass"'
one 'a message comes back' '{websocket: /, send: "{\"a\": 1}", writes: true, expect: ["json .a == 1", "messages == 1"]}' \
	'c["state"] == "pass"'
one 'the message that is expected, behind a greeting' '{websocket: /hello, expect: ["json .type == ready", "body ~ ready"]}' \
	'c["state"] == "pass" and v["messages"] == 2'
ask_timeout=700ms
one 'one that never comes: the last one says why' '{websocket: /hello, expect: ["json .type == nix"]}' \
	'c["state"] == "fail" and "json .type is \"ready\", wanted == nix" in m'
one 'no message at all' '{websocket: /, expect: ["body exists"]}' \
	'c["state"] == "fail" and "timed out after 700ms: it is open, and no message came" in m'
one 'no pong' '{websocket: /nopong}' 'c["state"] == "fail" and "no pong to the ping came" in m'
one 'no ping, no pong' '{websocket: /nopong, ping: false}' 'c["state"] == "pass" and "pong_ms" not in v'
one 'a flood of messages is not for ever' '{websocket: /flood, expect: ["json .type == quiet"]}' \
	'c["state"] == "fail" and v["messages"] <= 1001 and "wanted == quiet" in m'
ask_timeout=
one 'binary messages' '{websocket: /binary, expect: ["body exists"]}' 'c["state"] == "pass"'
one 'held open' '{websocket: /, hold: 300ms}' 'c["state"] == "pass" and c["latency_ms"] < 300'
one 'a close while it is held' '{websocket: /leave/200, hold: 1s}' \
	'c["state"] == "fail" and "code 1001 (going away): \"bye\", while it was to be held open" in m and
	 v["close_code"] == 1001 and v["open_for_ms"] >= 100'
one 'closed with a code of its own' '{websocket: /close/4401/token%20expired}' \
	'c["state"] == "fail" and "code 4401: \"token expired\"" in m and v["close_code"] == 4401'
one 'policy violation' '{websocket: /close/1008}' 'c["state"] == "fail" and "code 1008 (policy violation)" in m'
one 'a close that is expected' '{websocket: /close/4401, expect: ["close_code == 4401"]}' 'c["state"] == "pass"'
one 'another close than is expected' '{websocket: /close/4401, expect: ["close_code == 4400"]}' \
	'c["state"] == "fail" and "close_code 4401, wanted == 4400" in m'
one 'a close that a warning speaks of is none that is expected' '{websocket: /close/4401, warn: ["close_code == 4401"]}' \
	'c["state"] == "fail" and "code 4401" in m'
one 'dropped without a close frame' '{websocket: /drop}' \
	'c["state"] == "fail" and "without a close frame" in m or "reset" in m'
one 'a message of 2 MB' '{websocket: /big, expect: ["body exists"]}' 'c["state"] == "fail" and "more than 1 MB" in m'
one 'a subprotocol is chosen' '{websocket: /, subprotocols: [chat.v1, chat.v2]}' \
	'c["state"] == "pass" and v["subprotocol"] == "chat.v2"'
one 'none of ours is' '{websocket: /, subprotocols: [graphql-ws]}' \
	'c["state"] == "fail" and "chose no subprotocol of those offered (graphql-ws)" in m and "websocket-subprotocol" in d'
for status in 401 403 404 426 502; do
	one "refused with $status" '{websocket: /refuse/'$status'}' \
		"c['state'] == 'fail' and 'answered $status No and ' in m and 'where 101 was due' in m and v['status'] == $status and
		 c['http']['headers'].get('X-Refused-By') == 'ws.js' and 'not so' in m"
done
one 'a refusal that a warning speaks of' '{websocket: /refuse/401, warn: ["status == 401"]}' \
	'c["state"] == "fail" and "answered 401 No and " in m'
one 'a refusal that is expected' '{websocket: /refuse/401, expect: ["status == 401", "header X-Refused-By == ws.js"]}' \
	'c["state"] == "pass"'
one 'nothing listens' '{websocket: "ws://127.0.0.1:'"$(free_port)"'/"}' 'c["state"] == "fail" and "connection refused" in m'

# --- credentials, origin, secrets -------------------------------------------------------------------
export WS_TOKEN=let-me-in
one 'token and origin' '{websocket: /auth, auth: {bearer: "${env:WS_TOKEN}"}, origin: "https://app.example.com"}' \
	'c["state"] == "pass"'
check 'the token is nowhere' eval '! grep -q let-me-in "$work/answer.json"'
one 'another origin' '{websocket: /auth, auth: {bearer: "${env:WS_TOKEN}"}, origin: "https://evil.example"}' \
	'c["state"] == "fail" and v["status"] == 403 and "origin-or-host-rejected" in d'
one 'no token' '{websocket: /auth}' 'c["state"] == "fail" and v["status"] == 401 and "websocket-needs-auth" in d'
one 'a secret in the query and in a message' \
	'{websocket: "/hello?token=${env:WS_TOKEN}", send: "\"${env:WS_TOKEN}\"", writes: true, expect: ["body ~ let-me-in"]}' \
	'c["state"] == "pass" and "let-me-in" not in json.dumps(s)'

one 'user and password' '{websocket: /basic, auth: {basic: {user: u, password: "p w"}}}' 'c["state"] == "pass"'
one 'user and password in the URL' '{name: it, websocket: "ws://u:p%20w@127.0.0.1:'"$ws"'/basic"}' \
	'c["state"] == "pass" and "p%20w" not in json.dumps(s)'
if grep -q . /proc/net/if_inet6 2>/dev/null; then
	HOST=::1 start six node "$tools/node/ws.js"
	prints_port six
	one 'over IPv6' '{websocket: "ws://[::1]:'"$port"'/hello", expect: ["json .type == ready"]}' 'c["state"] == "pass"'
fi

# --- the configuration ------------------------------------------------------------------------------
refused() { # YAML REGEX
	ask "$1"
	grep -qE -- "$2" "$work/answer.err" "$work/answer.json" || { cat "$work/answer.err" "$work/answer.json"; return 1; }
}
check 'a message needs writes: true' refused '{websocket: /, send: hello}' "say 'writes: true'"
check 'hold is shorter than the time-out' refused '{websocket: /, hold: 5s, timeout: 3s}' "shorter than the timeout"
check 'no method' refused '{websocket: POST /}' 'has a blank'
check 'no odd subprotocol' refused '{websocket: /, subprotocols: ["a b"]}' 'no name of a subprotocol'
ask '{websocket: /, send: hello, writes: true}'
ask_file "$work/services.yaml" --read-only
check '--read-only does not send' answer 'c["state"] == "unknown" and "read-only" in m'

# --- proxies ----------------------------------------------------------------------------------------
front=$(free_port)
cat >"$work/nginx.conf" <<NGINX
$nginx_head
	server {
		listen 127.0.0.1:$front;
		location /good/ {
			proxy_pass http://127.0.0.1:$ws/; proxy_http_version 1.1;
			proxy_set_header Upgrade \$http_upgrade; proxy_set_header Connection "upgrade";
		}
		location /dead/ { proxy_pass http://127.0.0.1:1/; }
		location /short/ {
			proxy_pass http://127.0.0.1:$ws/; proxy_http_version 1.1; proxy_read_timeout 1s;
			proxy_set_header Upgrade \$http_upgrade; proxy_set_header Connection "upgrade";
		}
		location /page/ { default_type text/html; return 200 "<html>all paths</html>"; }
		location / { proxy_pass http://127.0.0.1:$ws/; }
	}
}
NGINX
start nginx nginx -c "$work/nginx.conf" -e "$work/nginx.err"
wait_port "$front"
service_keys="url: http://127.0.0.1:$front"
one 'through nginx' '{websocket: /good/hello, expect: ["json .type == ready"]}' 'c["state"] == "pass"'
one 'nginx drops the upgrade' '{websocket: /ws}' \
	'c["state"] == "fail" and v["status"] == 426 and "Upgrade and Connection" in m and
	 list(d)[0] == "proxy-upgrade-header-stripped"'
one 'nginx with nobody behind' '{websocket: /dead/}' \
	'c["state"] == "fail" and v["status"] == 502 and "server behind it" in m'
one 'nginx serves a page' '{websocket: /page/}' 'c["state"] == "fail" and v["status"] == 200 and "speaks no WebSocket" in m'
one 'nginx cuts what is idle' '{websocket: /short/, hold: 2500ms}' \
	'c["state"] == "fail" and "without a close frame" in m and v["close_code"] == 1006 and 900 < v["open_for_ms"] < 2400'
service_keys="url: http://127.0.0.1:$front
    direct: http://127.0.0.1:$ws"
ask '{websocket: /hello}'
check 'past the proxy it works' answer \
	'c["state"] == "fail" and cs[1]["state"] == "pass" and d["proxy-upgrade-header-stripped"]["confidence"] > 0.9'
if command -v tinyproxy >/dev/null 2>&1; then
	tunnel=$(free_port)
	printf 'Port %s\nListen 127.0.0.1\nTimeout 60\nMaxClients 10\nConnectPort %s\n' "$tunnel" "$ws" >"$work/tinyproxy.conf"
	start tinyproxy tinyproxy -d -c "$work/tinyproxy.conf"
	wait_port "$tunnel"
	service_keys="url: http://127.0.0.1:$ws"
	one 'by CONNECT through a proxy' '{websocket: /hello, proxy: "http://127.0.0.1:'"$tunnel"'", expect: ["json .type == ready"]}' \
		'c["state"] == "pass"'
fi

# --- TLS --------------------------------------------------------------------------------------------
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=ws \
	-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/tls.key" -out "$work/tls.pem" 2>/dev/null
start wss node "$tools/node/ws.js" "$work/tls.pem" "$work/tls.key"
prints_port wss
service_keys="url: https://127.0.0.1:$port"
one 'over TLS' '{websocket: /hello, tls: {ca: "'"$work"'/tls.pem"}, expect: ["json .type == ready", "cert > 10d"]}' \
	'c["state"] == "pass" and c["phases_ms"]["tls"] > 0'
one 'a CA that is not trusted' '{websocket: /}' "c['state'] == 'fail' and \"issuer is not trusted\" in m"
one 'ws:// where TLS is spoken' '{websocket: "ws://127.0.0.1:'"$port"'/"}' 'c["state"] == "fail" and len(m) > 40'

# --- uvicorn ----------------------------------------------------------------------------------------
if python3 -c 'import uvicorn, fastapi, websockets' 2>/dev/null; then
	asgi=$(free_port)
	start asgi python3 "$tools/asgi_app.py" "$asgi"
	wait_port "$asgi"
	service_keys="url: http://127.0.0.1:$asgi"
	one 'uvicorn' '{websocket: /ws}' 'c["state"] == "fail" and "code 4401: \"token of nobody\"" in m'
	one 'FastAPI refuses' '{websocket: /private}' 'c["state"] == "fail" and v["status"] == 403'
	one 'FastAPI has no such path' '{websocket: /nowhere}' 'c["state"] == "fail" and v["status"] in (403, 404)'
	bare=$(free_port)
	start bare python3 "$tools/asgi_app.py" "$bare" bare
	wait_port "$bare"
	service_keys="url: http://127.0.0.1:$bare
    logs: [{file: $work/bare.log}]"
	one 'uvicorn without a WebSocket library' '{websocket: /ws}' \
		'c["state"] == "fail" and "No supported WebSocket library detected" in m and
		 list(d)[0] == "websocket-library-missing" and d["websocket-library-missing"]["confidence"] > 0.9'
fi
service_keys=

# --- bad servers ------------------------------------------------------------------------------------
start bad python3 "$tools/bad_upgrade.py"
prints_port bad
bad=$port
says() { one "$1: says so" '{websocket: "ws://127.0.0.1:'"$bad/$1"'", '"${3:-}"'timeout: 800ms}' \
	"c['state'] == 'fail' and re.search(r'''$2''', m)"; }
says accept 'Sec-WebSocket-Accept that does not belong to the key'
says noaccept 'without the header Sec-WebSocket-Accept'
says noupgrade 'without the header .Upgrade: websocket.'
says noconnection 'without the header .Connection: Upgrade.'
says extension 'uses the extension .permessage-deflate., which was not offered'
says protocol 'chose the subprotocol .other., which was not offered'
says page 'answered 200 OK where 101 was due.*speaks no WebSocket'
says chunked 'answered 404 Not Found and "\{"a":1\}" where 101 was due'
says endless 'answered 503 Busy'
says moved 'follows no redirect; put https://other.example/ws'
says version 'wants version 8, 7'
says headers 'more than 300 KB of headers'
says interims 'more than 300 KB of headers'
one 'a good one behind many interim answers' '{websocket: "ws://127.0.0.1:'"$bad"'/some"}' 'c["state"] == "pass"'
one 'a good one with many headers' '{websocket: "ws://127.0.0.1:'"$bad"'/many", expect: ["header X-3999 == 3999"]}' \
	'c["state"] == "pass" and 100 < len(c["http"]["headers"]) < 2000'
one 'a good one behind a long header' '{websocket: "ws://127.0.0.1:'"$bad"'/last"}' 'c["state"] == "pass"'
says smtp 'not answered in HTTP.*220 mail.example'
says half 'began to answer the upgrade and did not end'
says evil 'answered 403'
check 'nothing of it reaches the output raw' eval '! grep -q "[[:cntrl:]]" <(tr -d "\n\t" <"$work/answer.json")'
says noise 'no WebSocket frame'
says utf8 'no UTF-8'
says reserved 'no WebSocket frame'
says hugeclaim 'more than 1 MB'
says badclose 'no WebSocket frame|code 1005'
says unanswered 'got no answer to the upgrade: 127.0.0.1:[0-9]* reset the connection$'
says reset 'reset the connection after the upgrade, before the pong came'
says reset/pong 'reset the connection after the upgrade, before a message came' 'expect: ["body exists"], '
says reset/pong 'reset the connection after the upgrade, while it was to be held open' 'hold: 500ms, '
says reset/pong 'reset the connection after the upgrade, before the close that is expected' 'expect: ["close_code == 1000"], '
says pong 'it is open, and no pong to the ping came'
ask_file "$work/services.yaml" --record "$work/pong.events"
check 'and the pongs that came are seen' grep -q 'pong that answers no ping of ours: nope' "$work/pong.events"
says bareclose 'code 1005 \(no code in the frame\)'
one 'an interim answer comes in front' '{websocket: "ws://127.0.0.1:'"$bad"'/interim", expect: ["body == early"]}' 'c["state"] == "pass"'
one 'a message in pieces' '{websocket: "ws://127.0.0.1:'"$bad"'/pieces", expect: ["json .type == ok"]}' 'c["state"] == "pass"'
printf 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Long: %0500d\r\n\r\n' 1 >"$work/answer.bin"
hostile_answer=$work/answer.bin
survives '{websocket: "ws://127.0.0.1:@PORT@/"}' silent slow garbage truncated oversized close reset

# --- what is on the wire ----------------------------------------------------------------------------
relay "$ws"
one 'through a relay' '{websocket: "ws://127.0.0.1:'"$relay_port"'/hello?a=b", origin: "https://app.example.com", expect: ["json .type == ready"]}' \
	'c["state"] == "pass"'
only_these websocket wire '
	[(call.line, call.names, call.frames) for call in calls] == [("GET /hello?a=b HTTP/1.1",
		["Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Origin"],
		[(9, b"sitrep"), (8, b"\x03\xe8")])]'
check 'the example of the manual passes' example websocket "url: http://127.0.0.1:8003=url: http://127.0.0.1:$ws" \
	'.type=.subscribe' 'subscription_confirmed=call-1'
check 'and says so' passes
finish
