#!/bin/bash
# OAuth2 client credentials of all types that take them: an nginx that lets nobody through without a token of the token
# server, and behind it Node's ws, Socket.IO and pages; a gRPC server that asks the token server itself. One token for
# all; another one where it was revoked; none, which is its own sentence; and who is asked bare.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need_node
need nginx nginx-light
python3 -c 'import grpc' 2>/dev/null || skip_all "grpcio is not installed (package python3-grpcio)"

python3 "$tools/token_server.py" "$work/words" >"$work/token.port" 2>"$work/token.log" &
servers="$servers $!"
start ws node "$tools/node/ws.js"
start chat node "$tools/node/socketio.js"
within 10 test -s "$work/token.port"
auth=http://127.0.0.1:$(cat "$work/token.port")
TOKEN_OWNER=$auth/me start grpc python3 "$tools/grpc_server.py" "$work"
prints_port ws && ws=$port
prints_port chat && chat=$port
within 30 test -s "$work/ports" || { sed 's/^/# /' "$work/grpc.log"; finish; }
grpc=127.0.0.1:$(awk '$1 == "health" {print $2}' "$work/ports")
front=$(free_port) pages=$(free_port)
cat >"$work/nginx.conf" <<CONF
$nginx_head
	proxy_http_version 1.1;
	server {
		listen 127.0.0.1:$front;
		location = /guard {
			internal;
			proxy_pass $auth/me; proxy_pass_request_body off; proxy_set_header Content-Length "";
		}
		location / { auth_request /guard; proxy_pass http://127.0.0.1:$pages; }
		location /ws/ {
			auth_request /guard; proxy_pass http://127.0.0.1:$ws/;
			proxy_set_header Upgrade \$http_upgrade; proxy_set_header Connection "upgrade";
		}
		location /socket.io/ {
			auth_request /guard; proxy_pass http://127.0.0.1:$chat;
			proxy_set_header Upgrade \$http_upgrade; proxy_set_header Connection "upgrade";
		}
		location /cors {
			if (\$request_method = OPTIONS) {
				add_header Access-Control-Allow-Origin https://app.example.com;
				add_header Access-Control-Allow-Headers content-type;
				add_header Vary Origin;
				return 204;
			}
			auth_request /guard; proxy_pass http://127.0.0.1:$pages;
		}
	}
	server {
		listen 127.0.0.1:$pages;
		location /user { default_type application/json; return 200 '{"id": "u-1"}'; }
		location /openapi.json {
			default_type application/json;
			return 200 '{"openapi": "3.0.0", "info": {}, "paths": {"/user": {"get": {}}}}';
		}
		location /cors {
			add_header Access-Control-Allow-Origin https://app.example.com;
			add_header Vary Origin;
			return 200 "ok";
		}
		location /api/v1/query {
			default_type application/json;
			return 200 '{"status": "success", "data": {"resultType": "scalar", "result": [\$msec, "7"]}}';
		}
	}
}
CONF
start nginx nginx -e "$work/nginx.err" -c "$work/nginx.conf"
wait_port "$front" && wait_port "$pages" || finish
export SITREP_CLIENT_SECRET='s3cret/of+client'
client="token_url: \"$auth/token\", client_id: \"sitrep client\", client_secret: \"\${env:SITREP_CLIENT_SECRET}\""
login="{oauth2: {$client}}"
guarded="url: \"http://127.0.0.1:$front\""
# The keys of the service, with and without the client.
with() { service_keys=$(printf '%s\n    auth: %s' "$guarded" "$login"); }
without() { service_keys=$guarded; }
count() { python3 -c 'import json, sys, urllib.request; print(json.load(urllib.request.urlopen(sys.argv[1]))["count"])' "$auth/count"; }
asked() { before=$(count); }
tokens() { same "$1" "$(($(count) - before))"; }
: >"$work/words"

# --- without and with a token -------------------------------------------------------------------------
without
one "websocket without a token" '{websocket: /ws/}' 'c["state"] == "fail" and "answered 401" in m and "wants credentials" in m'
one "socketio without a token" '{socketio: }' 'c["state"] == "fail" and v["polling"] is False and v["websocket"] is False'
one "grpc without a token" "{grpc: \"$grpc\", service: owned}" 'c["state"] == "fail" and "wants credentials (UNAUTHENTICATED)" in m'
with
asked
one "websocket" '{websocket: /ws/, send: hello, writes: true, expect: [body == hello]}' 'c["state"] == "pass"'
check "  with one token" tokens 1
asked
one "socketio, by polling, upgrade and WebSocket" '{socketio: }' \
	'c["state"] == "pass" and v["polling"] and v["upgrade"] and v["websocket"]'
check "  with one token" tokens 1
asked
one "socketio by WebSocket alone" '{socketio: , transports: [websocket]}' 'c["state"] == "pass"'
check "  with one token" tokens 1
asked
one "grpc" "{grpc: \"$grpc\", service: owned}" 'c["state"] == "pass" and v["health"] == "SERVING"'
check "  with one token" tokens 1
asked
one "grpc with a check's own" "{grpc: \"$grpc\", service: owned, auth: $login}" 'c["state"] == "pass"'
check "  with one token" tokens 1
asked
one "prometheus" '{prometheus: "time()", expect: ["value == 7"]}' 'c["state"] == "pass"'
check "  with one token" tokens 1
asked
one "openapi" '{openapi: /openapi.json, routes: [GET /user]}' 'c["state"] == "pass"'
check "  with one token" tokens 1
asked
one "the steps of a flow" \
	'{flow: [{http: /user, capture: {id: json .id}}, {http: "/user?id={{id}}"}, {websocket: "/ws/", send: "{{id}}", expect: [body == u-1]}], writes: true}' \
	'c["state"] == "pass"'
check "  with one token for all steps" tokens 1
asked
ask '{websocket: /ws/}' '{socketio: }' "{grpc: \"$grpc\", service: owned}" '{http: /user}' '{route: /user}'
check "all types of a service" answer 'len(cs) == 5 and all(one["state"] == "pass" for one in cs)'
check "  share one token" tokens 1
asked
one "cors with GET: the preflight is bare, the request is not" '{cors: /cors, origin: https://app.example.com}' 'c["state"] == "pass"'
check "  with one token" tokens 1
asked
one "route with POST goes bare" '{route: POST /user}' 'v["status"] == 401 and "got no token" not in m'
one "cors with POST goes bare" '{cors: POST /cors, origin: https://app.example.com}' 'v["status"] == 401 and "got no token" not in m'
check "  and neither asks for a token" tokens 0

echo ended >"$work/words"
asked
one "a token without a life of its own is for who waits" '{http: /user}' 'c["state"] == "pass"'
one "  also for a WebSocket" '{websocket: /ws/, send: hello, writes: true, expect: [body == hello]}' 'c["state"] == "pass"'
check "  and for nobody else" tokens 2
: >"$work/words"

# --- no token -----------------------------------------------------------------------------------------
echo refuse >"$work/words"
refused() { # NAME YAML
	one "$1: the client is refused" "$2" \
		'c["state"] == "fail" and "got no token: the token endpoint" in m and "answered 401 invalid_client" in m and
			list(d)[0] == "oauth2-client-refused"'
}
refused websocket '{websocket: /ws/}'
refused socketio '{socketio: }'
refused "socketio by WebSocket" '{socketio: , transports: [websocket]}'
refused grpc "{grpc: \"$grpc\", service: owned}"
refused prometheus '{prometheus: "time()"}'
refused openapi '{openapi: /openapi.json}'
refused cors '{cors: /cors, origin: https://app.example.com}'
refused flow '{flow: [{websocket: /ws/}]}'
echo hang >"$work/words"
for yaml in '{websocket: /ws/}' '{socketio: , transports: [websocket]}' "{grpc: \"$grpc\"}"; do
	ask_timeout=500ms one "a token endpoint that hangs: $yaml" "$yaml" \
		'c["state"] == "fail" and "timed out after " in m and "the token endpoint '"$auth"'/token gave no" in m and (c["latency_ms"] or 0) < 1500'
done
ask '{websocket: /ws/}' '{socketio: , transports: [websocket]}' "{grpc: \"$grpc\"}"
given_up() { ask_timeout=20s ask_file "$work/services.yaml" --deadline 300ms; sound && answer 'all(one["state"] == "unknown" for one in cs)'; }
check "who still waits for one can be given up" given_up
echo broken >"$work/words"
one "no JSON" '{websocket: /ws/}' '"answered 200 with a body that is no JSON" in m and list(d)[0] == "oauth2-no-token"'

# --- the way to the token endpoint --------------------------------------------------------------------
: >"$work/words"
nobody=http://127.0.0.1:$(free_port)
http_proxy=$nobody no_proxy='' one "gRPC's token is fetched through the environment's proxy" "{grpc: \"$grpc\", service: owned}" \
	'c["state"] == "fail" and "the token endpoint" in m and "proxy" in m'
http_proxy=$nobody no_proxy='' one "  unless there shall be none" "{grpc: \"$grpc\", service: owned, proxy: none}" 'c["state"] == "pass"'

# --- the token is not shown ---------------------------------------------------------------------------
echo echo >"$work/words"
one "a refusal that says the token" "{websocket: \"$auth/me\", auth: $login}" 'c["state"] == "fail" and "where 101 was due" in m and "***" in m'
check "  which nobody sees" same 0 "$(grep -c 'tok-\|abcdefghij\|s3cret' "$work/answer.json")"
one "  nor what would be left of it by a cut" "{websocket: \"$auth/$(printf '%052d' 7)\", auth: $login}" 'c["state"] == "fail" and "***" in m'
check "  which nobody sees" same 0 "$(grep -c 'tok-\|s3cret' "$work/answer.json")"
one "a way that is broken by it" "{socketio: \"$auth/me\", auth: $login, transports: [websocket]}" 'c["state"] == "fail" and "broken" in v'
check "  neither" same 0 "$(grep -c 'tok-\|abcdefghij\|s3cret' "$work/answer.json")"

# --- one that is kept, revoked, and got anew ----------------------------------------------------------
: >"$work/words"
cat >"$work/live.yaml" <<YAML
version: 1
defaults: {interval: 200ms, timeout: 2s, fall: 1}
services:
  - {name: socket, $guarded, auth: $login, checks: [{websocket: /ws/}]}
  - {name: call, auth: {oauth2: {$client, scope: read write}}, checks: [{grpc: "$grpc", service: owned}]}
YAML
asked
timeout 90 "$sitrep" --plain -c "$work/live.yaml" >"$work/plain.log" 2>&1 </dev/null &
plain=$!
servers="$servers $plain"
ups() { [ "$(grep -cE "  UP .*$1|$1 .* UP " "$work/plain.log")" -ge "$2" ]; }
downs() { [ "$(grep -cE "DOWN .*$1|$1 .* DOWN " "$work/plain.log")" -ge 1 ]; }
check "a websocket is up" within 20 ups socket 1
check "  and a call" within 20 ups call 1
check "  each with one token between runs" tokens 2
echo revoke >"$work/words"
check "one that is revoked makes both fail" within 20 downs socket
check "  the call too" within 20 downs call
check "until another is got" within 30 ups socket 2
check "  for the call too" within 30 ups call 2
check "  each once more" tokens 4
kill "$plain" 2>/dev/null
wait "$plain" 2>/dev/null
sound_words() { ! grep -qE 'ERROR: (Address|Leak)Sanitizer|runtime error:' "$work/plain.log"; }
check "and nothing was amiss in memory" sound_words
finish
