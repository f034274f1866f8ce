#!/bin/bash
# `openapi` against a real FastAPI under uvicorn (OpenAPI 3) and gunicorn serving a Swagger 2 document: routes
# that are there, moved under another prefix, with another method, gone; a list that changes while it is
# watched; a file to compare with; and what is no document: HTML, YAML, 401, 404, half of one.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need gunicorn gunicorn
need nginx nginx-light
python3 -c 'import fastapi, uvicorn' 2>/dev/null || skip_all "FastAPI is not installed (packages python3-fastapi, python3-uvicorn)"

cat >"$work/app.py" <<'PY'
import os
import sys
import uvicorn
from fastapi import APIRouter, FastAPI

folder = os.path.dirname(os.path.abspath(__file__))
app = FastAPI(root_path=sys.argv[2] if len(sys.argv) > 2 else "")
voice = APIRouter()


@voice.post("/realtime-session")
async def session():
    return {}


@app.get("/items/{item_id}")
async def item(item_id: int):
    return item_id


@app.get("/health")
async def health():
    return {"status": "ok"}


app.include_router(voice, prefix="/voice")
real = app.openapi


def document():
    app.openapi_schema = None
    schema = real()
    if os.path.exists(folder + "/changed"):
        schema["paths"].pop("/health", None)
        schema["paths"]["/new"] = {"get": {}, "post": {}}
    return schema


app.openapi = document
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
PY
cat >"$work/swagger.py" <<'PY'
import json

DOCUMENT = {"swagger": "2.0", "info": {"title": "pets", "version": "1"}, "host": "pets.example.com", "basePath": "/v2/",
            "paths": {"/pets": {"get": {}, "post": {}, "parameters": []}, "/pets/{petId}": {"get": {}, "x-note": {}}}}


def app(environ, start_response):
    path = environ["PATH_INFO"]
    body, kind = json.dumps(DOCUMENT).encode(), "application/json"
    status = "200 OK"
    if path == "/html":
        body, kind = b"<!doctype html><title>sign in</title>", "text/html"
    elif path == "/yaml":
        body, kind = b"openapi: 3.0.0\npaths:\n  /pets: {get: {}}\n", "application/yaml"
    elif path == "/other":
        body = b'{"status": "ok"}'
    elif path == "/moved":
        status = "302 Found"
    elif path == "/secret" and environ.get("HTTP_AUTHORIZATION") != "Bearer sesame-2":
        status = "401 Unauthorized"
    elif path == "/none":
        status = "404 Not Found"
    elif path == "/large":
        body = b"[" + b" " * (5 << 20) + b"]"
    headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
    if path == "/moved":
        headers.append(("Location", "/swagger.json"))
    start_response(status, headers)
    return [body]
PY
api=$(free_port) && start api python3 "$work/app.py" "$api"
rooted=$(free_port) && start rooted python3 "$work/app.py" "$rooted" /api
pets=$(free_port) && start pets gunicorn --chdir "$work" -b "127.0.0.1:$pets" -w 1 --log-level warning swagger:app
wait_port "$api"; wait_port "$rooted"; wait_port "$pets"

# The routes of FastAPI.
service_keys="url: http://127.0.0.1:$api"
one "all that is wanted is there, whatever parameters are called" \
	'{openapi: /openapi.json, routes: ["GET /items/{id}", "/health", "post /voice/realtime-session", "HEAD /health", "GET /items/7"]}' \
	'c["state"] == "pass" and s["state"] == "UP" and "missing" not in v and v["status"] == 200'
one "a route that moved to another prefix" '{openapi: /openapi.json, routes: [POST /api/voice/realtime-session]}' \
	'c["state"] == "fail" and s["state"] == "DEGRADED" and v["missing"] == ["POST /api/voice/realtime-session: served at /voice/realtime-session"] and "lacks POST /api/voice/realtime-session: served at /voice/realtime-session" in m'
check "and its cause" answer '"route-prefix-mismatch" in d'
one "another method" '{openapi: /openapi.json, routes: [DELETE /health, PUT /items/3]}' \
	'v["missing"] == ["DELETE /health: other method: GET", "PUT /items/3: other method: GET"]'
check "and its cause" answer '"route-method-mismatch" in d'
one "gone" '{openapi: /openapi.json, routes: [GET /orders]}' 'v["missing"] == ["GET /orders: gone"]'
check "and its cause" answer '"route-missing" in d'
one "many: three are named" '{openapi: /openapi.json, routes: [/a, /b, /c, /d, /e]}' 'len(v["missing"]) == 5 and "and 2 more" in m'
ask '{openapi: /openapi.json}' '{route: POST /api/voice/realtime-session}' '{route: GET /items/1}'
check "what the service's own route checks want" answer 'v["missing"] == ["POST /api/voice/realtime-session: served at /voice/realtime-session"]'
service_keys=

# A prefix in front of the whole application.
service_keys="url: http://127.0.0.1:$rooted/api"
ask "{openapi: \"http://127.0.0.1:$rooted/openapi.json\"}" '{route: GET /items/1}' '{route: POST /voice/realtime-session}'
check "root_path stands in front of the paths" passes
service_keys="url: http://127.0.0.1:$rooted"
ask '{openapi: /openapi.json}' '{route: GET /items/1}'
check "and past the proxy it does not" passes
service_keys=

# Swagger 2, redirects, credentials, a file.
one "Swagger 2: basePath" "{openapi: \"http://127.0.0.1:$pets/swagger.json\", routes: [/v2/pets, \"GET /v2/pets/{id}\", POST /v2/pets]}" \
	'c["state"] == "pass"'
one "Swagger 2: what stands before all paths belongs to them" "{openapi: \"http://127.0.0.1:$pets/swagger.json\", routes: [/v3/pets, /v2/x-note]}" \
	'v["missing"] == ["GET /v3/pets: served at /v2/pets", "GET /v2/x-note: gone"]'
one "a redirect is followed" "{openapi: \"http://127.0.0.1:$pets/moved\", routes: [/v2/pets]}" 'c["state"] == "pass"'
one "401" "{openapi: \"http://127.0.0.1:$pets/secret\"}" 'c["state"] == "fail" and v["status"] == 401 and "check auth of this service" in m'
one "401 that is expected" "{openapi: \"http://127.0.0.1:$pets/secret\", expect: [status == 401]}" 'c["state"] == "pass" and v["status"] == 401'
one "with credentials" "{openapi: \"http://127.0.0.1:$pets/secret\", auth: {bearer: sesame-2}, routes: [/v2/pets]}" 'c["state"] == "pass"'
printf '{"openapi": "3.0.0", "servers": [{"url": "https://{host}/{v}", "variables": {"host": {"default": "x"}, "v": {"default": "v2"}}}], "paths": {"/pets": {"get": {}}, "/old/{x}": {"get": {}}}}' >"$work/reference.json"
one "a file to compare with" "{openapi: \"http://127.0.0.1:$pets/swagger.json\", file: reference.json}" \
	'c["state"] == "warn" and v["vanished"] == ["GET /v2/old/{x}"] and sorted(v["appeared"]) == ["GET /v2/pets/{petId}", "POST /v2/pets"] and "2 routes appeared, 1 vanished against" in m'
check "and its cause" answer '"routes-vanished" in d'
echo 'paths: {}' >"$work/reference.yaml"
one "a file that is no JSON" "{openapi: \"http://127.0.0.1:$pets/swagger.json\", file: reference.yaml}" \
	'c["state"] == "unknown" and "reference.yaml is no JSON" in m'

# What is no document.
one "HTML" "{openapi: \"http://127.0.0.1:$pets/html\"}" 'c["state"] == "fail" and "is an HTML or XML page" in m'
one "YAML" "{openapi: \"http://127.0.0.1:$pets/yaml\"}" 'c["state"] == "fail" and "is YAML; wanted JSON" in m'
one "other JSON" "{openapi: \"http://127.0.0.1:$pets/other\"}" "c['state'] == 'fail' and \"no 'paths'\" in m"
one "404" "{openapi: \"http://127.0.0.1:$pets/none\"}" 'c["state"] == "fail" and "answered 404 in place of the document; other usual paths" in m'
one "too large" "{openapi: \"http://127.0.0.1:$pets/large\"}" 'c["state"] == "fail" and "larger than 4 MB" in m'
one "nothing listens" "{openapi: \"http://127.0.0.1:$(free_port)/openapi.json\"}" 'c["state"] == "fail" and "connection refused" in m'

# A list that changes while it is watched: the console's line, then history's.
cat >"$work/watch.yaml" <<YAML
version: 1
services:
  - name: it
    checks: [{openapi: "http://127.0.0.1:$api/openapi.json", interval: 200ms, timeout: 2s}]
YAML
timeout 60 "$sitrep" --plain -c "$work/watch.yaml" >"$work/plain.log" 2>&1 </dev/null &
plain=$!
servers="$servers $plain"
within 20 grep -q 'UP' "$work/plain.log"
touch "$work/changed"
check "what changed, and since when" within 20 grep -qE '2 routes appeared, 1 vanished since [0-9]{2}:[0-9]{2} UTC: GET /health' "$work/plain.log"
rm -f "$work/changed"
up_again() { [ "$(grep -c '  UP  ' "$work/plain.log")" = 2 ]; }
check "and when it is back, all is well" within 20 up_again
kill "$plain" 2>/dev/null
wait "$plain" 2>/dev/null

# What was broken from the start and is mended is well: nothing has vanished that was wanted.
touch "$work/changed"
sed 's|{openapi|{routes: [GET /health], openapi|' "$work/watch.yaml" >"$work/mended.yaml"
timeout 60 "$sitrep" --plain -c "$work/mended.yaml" >"$work/mended.log" 2>&1 </dev/null &
mended=$!
servers="$servers $mended"
check "a wanted route is not there" within 20 grep -q 'DEGRADED .* lacks GET /health' "$work/mended.log"
rm -f "$work/changed"
check "and once it is, all is well" within 20 grep -q ' UP ' "$work/mended.log"
kill "$mended" 2>/dev/null
wait "$mended" 2>/dev/null

# Bad servers, and what goes over the wire.
{ printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n'; cat "$work/reference.json"; } >"$work/answer.http"
hostile_answer=$work/answer.http
survives '{openapi: "http://127.0.0.1:@PORT@/openapi.json"}' silent slow garbage truncated oversized close reset
relay "$pets"
ask "{openapi: \"http://127.0.0.1:$relay_port/swagger.json\", routes: [POST /v2/pets]}"
only_these openapi wire '[(call.line, call.body) for call in calls] == [("GET /swagger.json HTTP/1.1", b"")]'
check "the example of the manual" example openapi http://127.0.0.1:8000="http://127.0.0.1:$api"
check "passes" passes
finish
