#!/bin/bash
# Servers of HTTP and TLS that listen on unix sockets: nginx, uvicorn, Node's ws and Socket.IO. Every type that takes a
# URL, on its own and by the service's `url` and `direct`; redirects, credentials, certificates, missing sockets;
# and what goes over the wire.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need_node
need nginx nginx-light
need openssl openssl
# A proxy of the environment has no part in it.
export http_proxy=http://127.0.0.1:1 https_proxy=http://127.0.0.1:1

for name in one two; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$name" \
		-addext "subjectAltName=DNS:localhost,DNS:$name.internal" -keyout "$work/$name.key" -out "$work/$name.pem" 2>/dev/null
done
cat "$work/one.pem" "$work/two.pem" >"$work/ca.pem"
paths='{"openapi": "3.0.0", "paths": {"/items": {"get": {}}}}'
vector='{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"7"]}]}}'
cat >"$work/nginx.conf" <<NGINX
$nginx_head
	default_type application/json;
	server {
		listen unix:$work/app.sock;
		location = /health { return 200 '{"status":"ok","host":"\$http_host","auth":"\$http_authorization"}'; }
		location = /api/health { return 200 '{"status":"ok","below":"api"}'; }
		location = /openapi.json { return 200 '$paths'; }
		location = /items {
			add_header Access-Control-Allow-Origin https://a.example always;
			add_header Access-Control-Allow-Methods GET always;
			return 200 '{}';
		}
		location = /api/v1/query { return 200 '$vector'; }
		location = /near { return 301 http://localhost/health; }
		location = /far { return 301 http://127.0.0.1:1/elsewhere; }
		location = /https { return 301 https://localhost/health; }
		location / { return 404 '{}'; }
	}
	server { listen unix:$work/other.sock; location / { return 200 '{"which":"other"}'; } }
	server {
		listen unix:$work/one.sock ssl; ssl_certificate $work/one.pem; ssl_certificate_key $work/one.key;
		location / { return 200 '{"which":"one","host":"\$http_host"}'; }
	}
	server {
		listen unix:$work/two.sock ssl; ssl_certificate $work/two.pem; ssl_certificate_key $work/two.key;
		location / { return 200 '{"which":"two"}'; }
	}
}
NGINX
start nginx nginx -c "$work/nginx.conf" -e "$work/nginx.err"
SOCKET=$work/ws.sock start ws node "$tools/node/ws.js"
SOCKET=$work/sio.sock start sio node "$tools/node/socketio.js"
prints_port ws
prints_port sio
within 20 test -S "$work/two.sock" || echo '# nginx listens on no socket'

# --- the service's own socket -------------------------------------------------------------------------
service_keys="url: \"unix:$work/app.sock\""
one 'a path of the service' '{http: /health, expect: ["json .host == localhost"]}' \
	'c["state"] == "pass" and c["phases_ms"]["dns"] is None and c["phases_ms"]["connect"] is not None'
ask_file "$work/services.yaml" --record "$work/events"
check 'its peer is the socket' grep -qF "\"peer\":\"unix:$work/app.sock\"" "$work/events"
one 'route' '{route: GET /items}' 'c["state"] == "pass"'
one 'a route that moved, by the list of this socket' '{route: GET /v1/items}' 'c["state"] == "fail" and m == "GET /v1/items is 404; it is served at /items"'
ask '{openapi: /openapi.json}' '{route: GET /items}' '{route: GET /gone}' "{route: 'GET http://localhost/other'}"
check 'openapi compares the routes of this socket' answer '"GET /gone" in m and "/other" not in m'
one 'cors' '{cors: GET /items, origin: "https://a.example"}' 'c["state"] == "pass"'
one 'prometheus' '{prometheus: "sum(up)", expect: ["value == 7"]}' 'c["state"] == "pass"'
one 'flow' '{flow: [{http: /health, capture: {h: "json .status"}}, {http: "http://unix:'"$work"'/other.sock:/{{h}}", expect: ["json .which == other"]}, {websocket: "ws://unix:'"$work"'/ws.sock:/"}]}' \
	'c["state"] == "pass"'
printf 'version: 1\nservices: [{name: it, url: "unix:%s"}]\n' "$work/app.sock:/health" >"$work/implied.yaml"
ask_file "$work/implied.yaml"
check 'a url alone is asked' passes
service_keys="url: \"http://unix:$work/app.sock:/api/\""
one 'below a path' '{http: /health, expect: ["json .below == api"]}' 'c["state"] == "pass"'
service_keys="url: \"unix:$work/other.sock\"
    direct: \"unix:$work/app.sock\""
ask '{http: /health, expect: ["json .which == other"]}'
check 'past the proxy it is another socket' answer 'c["state"] == "pass" and cs[1]["state"] == "fail"'
service_keys="url: \"http://127.0.0.1:1\"
    direct: \"unix:$work/app.sock\""
ask '{http: /health}'
check 'a port in front of a socket' answer 'c["state"] == "fail" and cs[1]["state"] == "pass"'

# --- whole targets ------------------------------------------------------------------------------------
service_keys=
one 'http' '{http: "http://unix:'"$work"'/app.sock:/health"}' 'c["state"] == "pass" and c["name"].startswith("http http://unix:/")'
one 'without a scheme' '{http: "GET unix:'"$work"'/app.sock:/health"}' 'c["state"] == "pass"'
one 'without a path' '{http: "http://unix:'"$work"'/other.sock"}' 'c["state"] == "pass"'
one 'prometheus has a server' '{prometheus: "sum(up)", server: "unix:'"$work"'/app.sock", expect: ["value == 7"]}' 'c["state"] == "pass"'
ask '{prometheus: "sum(up)", server: "unix:'"$work"'/app.sock"}' '{name: other, prometheus: "sum(up)", server: "unix:'"$work"'/other.sock"}'
check 'and two servers are two' answer 'c["state"] == "pass" and cs[1]["state"] == "fail"'
one 'websocket' '{websocket: "ws://unix:'"$work"'/ws.sock:/hello", expect: ["json .type == ready"]}' 'c["state"] == "pass"'
one 'socketio' '{socketio: "unix:'"$work"'/sio.sock"}' 'c["state"] == "pass" and v["polling"] and v["upgrade"] and v["websocket"]'
one 'a user in it' '{name: it, http: "http://u:pass-4711@unix:'"$work"'/app.sock:/health", expect: ["json .auth ~ ^Basic"]}' \
	'c["state"] == "pass" and "pass-4711" not in json.dumps(s)'

# --- TLS ----------------------------------------------------------------------------------------------
tls='tls: {ca: "'"$work"'/ca.pem"}'
ask "{http: 'https://unix:$work/one.sock:/', $tls, expect: ['json .which == one', 'json .host == localhost', 'cert > 10d']}" \
	"{http: 'https://unix:$work/two.sock:/', $tls, expect: ['json .which == two']}" \
	"{http: 'https://unix:$work/two.sock:/x', tls: {ca: '$work/ca.pem', server_name: two.internal}, expect: ['json .which == two']}"
check 'https' answer 'len(cs) == 3 and all(one["state"] == "pass" for one in cs)'
check 'each has its own certificate' answer '[one["values"]["cert_issuer"] for one in cs] == ["CN = one", "CN = two", "CN = two"]'
one 'a name that is not in the certificate' "{http: 'https://unix:$work/one.sock:/', tls: {ca: '$work/ca.pem', server_name: two.internal}}" \
	'c["state"] == "fail" and "asked as two.internal; it is for localhost, one.internal" in m'
service_keys="$tls"
ask "{tls: 'unix:$work/one.sock', expect: ['cert > 10d']}" "{tls: 'unix:$work/two.sock'}"
check 'tls' answer 'len(cs) == 2 and all(one["state"] == "pass" for one in cs) and cs[1]["values"]["cert_issuer"] == "CN = two"'
service_keys=
one 'a certificate that is not trusted' "{tls: 'unix:$work/one.sock'}" 'c["state"] == "fail" and "unix:'"$work"'/one.sock" in m'

# Connections that are kept show no certificate anew: each socket remembers its own.
cat >"$work/kept.yaml" <<YAML
version: 1
defaults: {interval: 200ms, fall: 1}
services:
  - {name: one, url: "https://unix:$work/one.sock", $tls, checks: [{http: /, expect: ["cert_issuer == 'CN = one'"]}]}
  - {name: two, url: "https://unix:$work/two.sock", $tls, checks: [{http: /, expect: ["cert_issuer == 'CN = two'"]}]}
YAML
start kept "$sitrep" --plain -c "$work/kept.yaml" --record "$work/kept.events"
runs() { [ "$(grep -c '"sample"' "$work/kept.events")" -ge 12 ]; }
check 'they run' within 20 runs
stop kept
check 'and each keeps its own' eval '! grep -q cert_issuer "$work/kept.log"'

# --- redirects, credentials -------------------------------------------------------------------------
service_keys="url: \"unix:$work/app.sock\"
    auth: {bearer: token-4711}"
one 'a redirect to itself is followed' '{http: /near, follow: 3, expect: ["redirects == 1", "json .auth == \"Bearer token-4711\""]}' \
	'c["state"] == "pass"'
one 'one to another host is the answer' '{http: /far, follow: 3}' 'c["state"] == "fail" and v["status"] == 301 and "127.0.0.1:1" in json.dumps(c)'
one 'one to another port too' '{http: /https, follow: 3}' 'c["state"] == "fail" and v["status"] == 301'
one 'the own origin as a whole target' '{http: "http://unix:'"$work"'/app.sock:/health", expect: ["json .auth == \"Bearer token-4711\""]}' \
	'c["state"] == "pass"'
service_keys="url: \"unix:$work/other.sock\"
    auth: {bearer: token-4711}"
one 'another socket gets no credentials' '{http: "http://unix:'"$work"'/app.sock:/health", expect: ["json .auth == \"\""]}' 'c["state"] == "pass"'
service_keys="url: http://localhost
    auth: {bearer: token-4711}"
one 'nor does a socket for a host' '{http: "http://unix:'"$work"'/app.sock:/health", expect: ["json .auth == \"\""]}' 'c["state"] == "pass"'
service_keys=

# --- what is not there ----------------------------------------------------------------------------------
one 'no socket' '{http: "http://unix:'"$work"'/none.sock:/health"}' 'c["state"] == "unknown" and "unix:'"$work"'/none.sock" in m and "127.0.0.1" not in m'
one 'no socket, by WebSocket' '{websocket: "ws://unix:'"$work"'/none.sock:/"}' 'c["state"] == "unknown" and "unix:'"$work"'/none.sock" in m'
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$work/left.sock"
one 'nobody listens' '{http: "http://unix:'"$work"'/left.sock:/health"}' 'c["state"] == "fail" and "unix:'"$work"'/left.sock" in m and "refused" in m'

# --- uvicorn ----------------------------------------------------------------------------------------------
if python3 -c 'import uvicorn, fastapi, websockets' 2>/dev/null; then
	start asgi python3 "$tools/asgi_app.py" "$work/asgi.sock"
	within 30 grep -q 'Uvicorn running' "$work/asgi.log" || cat "$work/asgi.log"
	service_keys="url: \"unix:$work/asgi.sock\""
	one 'uvicorn' '{http: /numbers, expect: ["json .part < 1"]}' 'c["state"] == "pass"'
	one 'its WebSocket' '{websocket: /ws}' 'c["state"] == "fail" and "code 4401: \"token of nobody\"" in m'
	one 'its routes' '{openapi: /openapi.json, routes: [POST /login, "GET /users/{who}"]}' 'c["state"] == "pass"'
	service_keys=
fi
if grep -q . /proc/net/if_inet6 2>/dev/null; then
	HOST=::1 start six node "$tools/node/ws.js"
	prints_port six
	one 'IPv6 stays' '{websocket: "ws://[::1]:'"$port"'/hello", proxy: none}' 'c["state"] == "pass"'
fi
finish
