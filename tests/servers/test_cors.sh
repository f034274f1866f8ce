#!/bin/bash
# `cors` against a real FastAPI with Starlette's CORSMiddleware: right, a wrong origin, `*` with credentials,
# methods and headers that are not allowed, and a 500 that loses its headers (a coroutine that nobody
# awaited). Against nginx: no OPTIONS, a redirected preflight, several values. Against bad servers: a
# sentence. Only OPTIONS and the request itself go over the wire, bare where it could write.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need nginx nginx-light
python3 -c 'import fastapi, uvicorn' 2>/dev/null || skip_all "FastAPI is not installed (packages python3-fastapi, python3-uvicorn)"

cat >"$work/app.py" <<'PY'
import sys
from fastapi import FastAPI, Response
from fastapi.middleware.cors import CORSMiddleware

PAGE = "https://app.example.com"
kind = sys.argv[1] if len(sys.argv) > 1 else "right"
app = FastAPI()
if kind == "right":
    app.add_middleware(CORSMiddleware, allow_origins=[PAGE], allow_methods=["GET", "POST"],
                       allow_headers=["X-Trace"], allow_credentials=True)
elif kind == "star":
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])


async def session():
    return {"id": 1}


@app.get("/items")
async def items():
    return [1, 2]


@app.post("/items")
async def add(item: dict):
    return item


@app.post("/session")
async def broken():
    return {"id": session()["id"]}      # never awaited: TypeError, and the 500 passes the middleware by


@app.get("/plain")
async def plain():
    return Response("x", headers={"Access-Control-Allow-Origin": PAGE})


if __name__ == "__main__":
    import uvicorn
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
PY
right=$(free_port) && start right python3 "$work/app.py" right "$right"
star=$(free_port) && start star python3 "$work/app.py" star "$star"
none=$(free_port) && start none python3 "$work/app.py" none "$none"
port=$(free_port)
cat >"$work/nginx.conf" <<NGINX
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.err;
events {}
http {
  access_log off;
  client_body_temp_path $work/tmp; proxy_temp_path $work/tmp; fastcgi_temp_path $work/tmp;
  uwsgi_temp_path $work/tmp; scgi_temp_path $work/tmp;
  server {
    listen 127.0.0.1:$port;
    location /moved { if (\$request_method = OPTIONS) { return 307 http://127.0.0.1:$port/else; } return 200 ok; }
    location /twice { add_header Access-Control-Allow-Origin https://app.example.com always;
                      add_header Access-Control-Allow-Origin https://app.example.com always; return 200 ok; }
    location /auth { if (\$http_authorization = "") { return 401 "who are you"; } return 200 ok; }
    location /static { return 405; }
    location /slash { add_header Access-Control-Allow-Origin https://app.example.com/ always; return 200 ok; }
    location /seen { add_header Access-Control-Allow-Origin \$http_origin always; add_header X-Request-Id 7;
                     add_header Set-Cookie "a=b"; return 200 ok; }
  }
}
NGINX
start nginx nginx -c "$work/nginx.conf" -e "$work/nginx.err"
wait_port "$right"; wait_port "$star"; wait_port "$none"; wait_port "$port"
page=https://app.example.com

cors() { # NAME PORT REQUEST KEYS EXPRESSION
	one "$1" "{cors: \"${3%% *} http://127.0.0.1:$2${3#* }\", origin: \"$page\"${4:+, $4}}" "$5"
}
breaks='c["state"] == "fail" and s["state"] == "DEGRADED" and'

# FastAPI as it should be.
cors "right: POST with JSON passes; 422 without a body is an answer" "$right" "POST /items" "" \
	'c["state"] == "pass" and v["preflight_status"] == 200 and v["status"] == 422 and v["lost_cors"] is False and "rule" not in v'
cors "right: GET needs no preflight" "$right" "GET /items" "" \
	'c["state"] == "pass" and "preflight_status" not in v and v["status"] == 200 and "unvaried" not in v'
cors "right: with credentials and a header of its own" "$right" "POST /items" "credentials: true, request_headers: [content-type, x-trace]" \
	'c["state"] == "pass"'
cors "a 404 keeps its headers" "$right" "POST /nowhere" "" 'c["state"] == "pass" and v["status"] == 404 and v["lost_cors"] is False'

# What a browser would break.
check "another origin is refused" asks "{cors: \"POST http://127.0.0.1:$right/items\", origin: \"https://evil.example.com\"}" \
	"$breaks "'v["preflight_status"] == 400 and "Disallowed CORS origin" in v["rule"] and "status" not in v'
cors "a method that is not allowed" "$right" "DELETE /items" "" "$breaks "'"Disallowed CORS method" in v["rule"]'
cors "a header that is not allowed" "$right" "POST /items" "request_headers: [content-type, authorization]" \
	"$breaks "'"Disallowed CORS headers" in v["rule"]'
cors "* is not for credentials" "$star" "GET /items" "credentials: true" \
	"$breaks "'"got *; with credentials * is not allowed" in v["rule"] and "would be stopped by a browser" in m'
cors "* is fine without" "$star" "PUT /items" "request_headers: [x-any]" 'c["state"] == "pass" and v["status"] == 405'
cors "no CORS at all: OPTIONS is 405" "$none" "POST /items" "" \
	"$breaks "'v["preflight_status"] == 405 and "does not answer OPTIONS" in v["rule"]'
cors "no CORS at all: GET has no header" "$none" "GET /items" "" "$breaks "'"got no such header" in v["rule"] and v["lost_cors"] is False'
cors "a 500 that loses its headers, after a good preflight" "$right" "POST /session" "" \
	"$breaks "'v["preflight_status"] == 200 and v["status"] == 500 and v["lost_cors"] is True and "CORS error in place of the 500" in v["rule"]'
check "its cause has a name" answer '"cors-masked-error" in d'
cors "a redirected preflight" "$port" "POST /moved" "" "$breaks "'"redirect of the preflight" in v["rule"] and "/else" in v["rule"]'
cors "two values of one header" "$port" "GET /twice" "" "$breaks "'"not several" in v["rule"]'
cors "authentication before OPTIONS" "$port" "DELETE /auth" "" "$breaks "'v["preflight_status"] == 401 and "no credentials" in v["rule"] and "(who are you)" in v["rule"]'
cors "a slash at its end" "$port" "GET /slash" "" "$breaks "'"no slash at its end" in v["rule"]'
cors "an origin that is repeated without Vary is told, not broken" "$port" "GET /seen" "" 'c["state"] == "pass" and "wanted Origin" in v["unvaried"]'
cors "a header that the page cannot read" "$port" "GET /seen" "expose: [X-Request-Id]" "$breaks "'"Expose-Headers" in v["rule"]'

# Each rule that a browser breaks leads to a cause.
for kind in "$none POST /items cors-preflight-unanswered" "$star GET /items cors-credentials-not-allowed" \
	"$port POST /moved cors-preflight-redirected" "$port DELETE /auth cors-preflight-needs-auth" \
	"$right DELETE /items cors-method-not-allowed" "$none GET /items cors-origin-not-allowed"; do
	set -- $kind
	ask "{cors: \"$2 http://127.0.0.1:$1$3\", origin: \"$page\", credentials: true}"
	check "a cause: $4" answer "'$4' in d and list(d)[0] == '$4'"
done

# Nothing but the preflight and the bare request goes over the wire.
relay "$right"
service_keys='auth: {bearer: sesame-1}'
ask "{cors: \"POST http://127.0.0.1:$relay_port/items\", origin: \"$page\"}"
check "a request that could write carries no credentials" same 0 "$(grep -ciE 'authorization|sesame|^cookie' "$work/relay.out")"
only_these cors wire '
	[(call.line, call.names[3:], call.body) for call in calls] == [
		("OPTIONS /items HTTP/1.1", ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"], b""),
		("POST /items HTTP/1.1", ["Origin", "Content-Length"], b"")]'
check "what a browser sends with the preflight" grep -aqi '^Access-Control-Request-Headers: content-type' "$work/relay.out"
: >"$work/relay.out"
ask "{cors: \"GET http://127.0.0.1:$relay_port/items\", origin: \"$page\"}"
check "GET carries the service's credentials" grep -aqi '^Authorization: Bearer sesame-1' "$work/relay.out"
check "and they are shown nowhere" same 0 "$(grep -c sesame "$work/answer.json")"
# A user in the service's URL is a credential too.
service_keys="url: \"http://al:sesame-2@127.0.0.1:$relay_port\""
: >"$work/relay.out"
ask "{cors: POST /items, origin: \"$page\"}" "route: POST /items"
check "nor does the user of the URL go with what may write" same "4 0" \
	"$(grep -acE '^(OPTIONS|POST) /' "$work/relay.out") $(grep -aci '^Authorization' "$work/relay.out")"
: >"$work/relay.out"
ask "{cors: GET /items, origin: \"$page\", request_headers: [X-Trace]}"
check "nor with the preflight of what reads" same "OPTIONS GET Authorization" \
	"$(grep -aoE '^(OPTIONS|GET|Authorization)' "$work/relay.out" | tr '\n' ' ' | sed 's/ $//')"
service_keys=

printf 'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Headers: *\r\nContent-Length: 60\r\n\r\nhalf' >"$work/answer.http"
hostile_answer=$work/answer.http
survives "{cors: \"POST http://127.0.0.1:@PORT@/x\", origin: \"$page\"}" silent slow garbage truncated close reset
one "nothing listens" "{cors: \"POST http://127.0.0.1:$(free_port)/x\", origin: \"$page\"}" 'c["state"] == "fail" and "in the preflight: connection refused" in m'
check "the example of the manual" example cors http://127.0.0.1:8000="http://127.0.0.1:$right"
check "passes" passes
finish
