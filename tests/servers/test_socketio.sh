#!/bin/bash
# `socketio` against real Socket.IO servers: both transports, one of them alone, two instances behind a load
# balancer with and without sticky sessions, a proxy that drops the upgrade, refused origins, an old protocol,
# bad servers; and that it leaves no session behind and no client is seen.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need_node
need nginx nginx-light

start both node "$tools/node/socketio.js"
prints_port both
both=$port
start polling node "$tools/node/socketio.js" polling
start alone node "$tools/node/socketio.js" websocket
FORBIDS=https://evil.example start other node "$tools/node/socketio.js"
prints_port polling
polling=$port
prints_port alone
alone=$port
prints_port other
other=$port
service_keys="url: http://127.0.0.1:$both"

one 'all three ways' '{socketio: }' \
	'c["state"] == "pass" and v["polling"] and v["upgrade"] and v["websocket"] and "broken" not in v'
sessions() { grep -c "^$1" "$work/both.log"; }
same_sessions() { [ "$(sessions open)" = 2 ] && [ "$(sessions closed)" = 2 ]; }
check 'its two sessions are closed' within 5 same_sessions
check 'the application sees no client' eval '! grep -q client "$work/both.log"'
one 'the path said' '{socketio: /socket.io/}' 'c["state"] == "pass"'
one 'polling alone' '{socketio: , transports: [polling]}' \
	'c["state"] == "pass" and v["polling"] and "websocket" not in v and "upgrade" not in v'
one 'WebSocket alone' '{socketio: , transports: [websocket]}' \
	'c["state"] == "pass" and v["websocket"] and "polling" not in v'
one 'a page of the allowed origin' '{socketio: , origin: "https://app.example.com"}' 'c["state"] == "pass"'
one 'a page of another' '{socketio: , origin: "https://evil.example"}' \
	'c["state"] == "fail" and "which a browser hides from pages of https://evil.example" in v["broken"][0] and
	 list(d)[0] == "cors-origin-not-allowed"'
check 'the example of the manual passes' example socketio "http://127.0.0.1:3000=http://127.0.0.1:$both"
check 'and says so' answer 'len(cs) == 2 and all(one["state"] == "pass" for one in cs)'

one 'a server that only polls' '{socketio: "ws://127.0.0.1:'"$polling"'"}' \
	'c["state"] == "fail" and v["polling"] and v["websocket"] is False and
	 "\"Transport unknown\" (code 0)" in v["broken"][0] and m.startswith("not every way works: websocket ") and list(d)[0] == "socketio-transport-off"'
one 'a server that does not poll' '{socketio: "ws://127.0.0.1:'"$alone"'"}' \
	'c["state"] == "fail" and v["polling"] is False and v["websocket"] and "socketio-transport-off" in d'
one 'an origin that the server forbids' '{socketio: "ws://127.0.0.1:'"$other"'", origin: "https://evil.example"}' \
	'c["state"] == "fail" and v["polling"] is False and "(code 4)" in v["broken"][0] and "origin-or-host-rejected" in d'
one 'nothing listens' '{socketio: "http://127.0.0.1:'"$(free_port)"'"}' \
	'c["state"] == "fail" and "connection refused" in m and "broken" not in v'

# --- behind nginx -----------------------------------------------------------------------------------
start second node "$tools/node/socketio.js"
prints_port second
second=$port
front=$(free_port) sticky=$(free_port) plain=$(free_port)
cat >"$work/nginx.conf" <<NGINX
$nginx_head
	proxy_http_version 1.1;
	proxy_set_header Upgrade \$http_upgrade;
	proxy_set_header Connection "upgrade";
	upstream turns { server 127.0.0.1:$both; server 127.0.0.1:$second; }
	upstream sticks { ip_hash; server 127.0.0.1:$both; server 127.0.0.1:$second; }
	server { listen 127.0.0.1:$front; location / { proxy_pass http://turns; } }
	server { listen 127.0.0.1:$sticky; location / { proxy_pass http://sticks; } }
	server {
		listen 127.0.0.1:$plain;
		location /chat/ { return 404; }
		location / {
			proxy_set_header Upgrade ""; proxy_set_header Connection "";
			proxy_pass http://127.0.0.1:$both;
		}
	}
}
NGINX
start nginx nginx -c "$work/nginx.conf" -e "$work/nginx.err"
wait_port "$front"
wait_port "$sticky"
one 'two instances in turns: the session is not known' '{socketio: "http://127.0.0.1:'"$front"'"}' \
	'c["state"] == "fail" and v["polling"] and v["upgrade"] is False and v["websocket"] and
	 "\"Session ID unknown\" (code 1)" in v["broken"][0] and "sticky" in v["broken"][0] and
	 list(d)[0] == "sticky-session-missing" and d["sticky-session-missing"]["confidence"] > 0.9'
one 'two instances with sticky sessions' '{socketio: "http://127.0.0.1:'"$sticky"'"}' 'c["state"] == "pass"'
one 'nginx drops the upgrade' '{socketio: "http://127.0.0.1:'"$plain"'"}' \
	'c["state"] == "fail" and v["polling"] and v["websocket"] is False and v["upgrade"] is False and
	 list(d)[0] == "proxy-upgrade-header-stripped"'

one 'a path that is not there' '{socketio: "http://127.0.0.1:'"$plain"'/chat/"}' \
	'c["state"] == "fail" and "polling answered 404: no Engine.IO at this path" in v["broken"]'

# --- bad servers ------------------------------------------------------------------------------------
answers() { # BODY: a server that answers every request so
	printf 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s' "${#1}" "$1" >"$work/answer.bin"
	bad_server late "$work/answer.bin"
}
answers '97:0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000}'
one 'Engine.IO 3' '{socketio: "http://127.0.0.1:'"$bad_port"'", timeout: 1s}' \
	'c["state"] == "fail" and "Engine.IO 3 (Socket.IO 2)" in v["broken"][0] and "socketio-version-mismatch" in d'
bad_stop
answers '<html>hello</html>'
one 'a page' '{socketio: "http://127.0.0.1:'"$bad_port"'", timeout: 1s}' \
	'c["state"] == "fail" and "answered 200 without an open packet" in v["broken"][0]'
bad_stop
answers "0{\"sid\":\"$(printf '%0200d' 1)\",\"upgrades\":[]}"
one 'a session id that is too long' '{socketio: "http://127.0.0.1:'"$bad_port"'", timeout: 1s}' 'c["state"] == "fail"'
bad_stop
printf 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n0{"sid":"a b/../c","upgrades":["websocket"]' >"$work/answer.bin"
hostile_answer=$work/answer.bin
survives '{socketio: "http://127.0.0.1:@PORT@"}' silent slow garbage truncated oversized close reset

# --- what is on the wire ----------------------------------------------------------------------------
relay "$both"
one 'through a relay' '{socketio: "http://127.0.0.1:'"$relay_port"'"}' 'c["state"] == "pass"'
only_these socketio wire '
	[(re.sub("sid=[A-Za-z0-9_-]+", "sid=X", call.line), [text for code, text in call.frames or [] if code != 8]) for call in calls] == [
		("GET /socket.io/?EIO=4&transport=polling HTTP/1.1", []),
		("GET /socket.io/?EIO=4&transport=websocket&sid=X HTTP/1.1", [b"2probe", b"5", b"1"]),
		("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", [b"1"])]'
finish
