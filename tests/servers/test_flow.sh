#!/bin/bash
# `flow` against a FastAPI application under uvicorn: log in, call, subscribe; each way in which a step fails;
# that captured values arrive whole wherever they are put in, and are shown nowhere.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
python3 -c 'import uvicorn, fastapi, websockets' 2>/dev/null ||
	skip_all 'uvicorn is not installed (packages python3-uvicorn python3-fastapi python3-websockets)'

asgi=$(free_port)
start asgi python3 "$tools/asgi_app.py" "$asgi"
wait_port "$asgi"
service_keys="url: http://127.0.0.1:$asgi"
json='headers: {Content-Type: application/json}'
login='{http: POST /login, name: login, '$json', body: "{\"password\": \"swordfish\"}", capture: {token: json .token, id: json .user.id, admin: json .user.admin, sid: "header Set-Cookie ~ sid=([^;]+)"}}'
user='{http: "/users/{{id}}", name: user, headers: {Authorization: "Bearer {{token}}", Cookie: "sid={{sid}}"}, expect: ["json .id == \"7\""], capture: {call: "body ~ call-[0-9]+"}}'
subscribe='{websocket: "/ws?token={{token}}", name: subscribe, send: "{\"call\": \"{{call}}\", \"token\": \"{{token}}\"}", expect: ["json .type == subscribed", "json .call == call-9", "json .token ~ odd"]}'
ask_flow() { ask "$(printf '{name: it, writes: true, %sflow: [%s]}' "${3:-}" "$2")"; }
flow() { # NAME STEPS EXPRESSION [KEYS]
	ask_flow "$1" "$2" "${4:-}"
	check "$1" answer "$3"
}
# What the application sent as token and cookie is in no output, nor in the evidence of the same flow.
secret() {
	rm -f "$work/events"
	ask_file "$work/services.yaml" --record "$work/events"
	grep -q '"exchange":{"request":"GET' "$work/events" || grep -q '"request":"POST' "$work/events" || return 1
	! grep -oE '.{0,60}(tok\\*"en|odd\+bytes|odd%2Bbytes|4711-abc).{0,20}' "$work/answer.json" "$work/events"
}

flow 'log in, call, subscribe' "$login, $user, $subscribe" \
	'c["state"] == "pass" and v["steps"] == 3 and "failed_step" not in v and c["http"]["status"] == 101'
check 'nothing captured is shown' secret
check 'the example of the manual passes' example flow "http://127.0.0.1:8080=http://127.0.0.1:$asgi"
check 'and says so' passes
flow 'a wrong password fails the first step' "${login/swordfish/fish}, $user" \
	'c["state"] == "fail" and v["steps"] == 0 and v["failed_step"] == "login" and
	 "in step login (POST http://127.0.0.1:'"$asgi"'/login): status 401, wanted 200..299" in m and "flow-credentials-refused" in d'
flow 'a step that is not good ends it' "$login, ${user/Bearer/Basic}, $subscribe" \
	'c["state"] == "fail" and v["steps"] == 1 and v["failed_step"] == "user" and "status 403" in m'
flow 'a step without a name is told once' '{http: /users/1}' '"failed in step http /users/1: status 4" in m'
check 'and an answer that repeats the token does not show it' secret
flow 'an assertion of a step' "$login, ${user/== \\\"7\\\"/== \\\"8\\\"}" 'c["state"] == "fail" and v["failed_step"] == "user" and "json .id" in m'
check 'and its sentence shows nothing' secret
for what in 'json .tokn' 'json .list' 'json .empty' 'header X-Token' 'body ~ nothing-like-it'; do
	flow "nothing to capture: $what" "${login/json .token/\"$what\"}, $user" \
		'c["state"] == "fail" and v["steps"] == 0 and "nothing to capture as '"'token'"'" in m and "flow-answer-changed" in d'
	check "and the answer is not shown: $what" secret
done
flow 'a WebSocket that is closed' "$login, {websocket: \"/ws?token=x{{token}}\", name: sub}" \
	'c["state"] == "fail" and "code 4401: \"token of nobody\"" in m and v["steps"] == 1'
flow '  is good where that is expected' "$login, {websocket: \"/ws?token=x{{token}}\", name: sub, expect: [\"close_code == 4401\"]}" \
	'c["state"] == "pass" and v["steps"] == 2'
flow '  as is a refusal' '{websocket: /private, name: sub, expect: ["status == 403"]}' 'c["state"] == "pass"'
flow 'a step that has no answer' "$login, {http: \"http://127.0.0.1:$(free_port)/{{id}}\", name: gone}" \
	'c["state"] == "fail" and "connection refused" in m and v["failed_step"] == "gone"'
for what in whole:9007199254740991 negative:-1234567890123 part:0.1; do
	flow "a number arrives as it was: ${what#*:}" \
		"{http: /numbers, name: get, capture: {n: json .${what%:*}}}, {http: \"/numbers/{{n}}\", name: put, expect: [\"json .text ~ ^${what#*:}\$\"]}" \
		'c["state"] == "pass" and v["steps"] == 2'
done
flow 'a number that is too large is not captured' "{http: /numbers, name: get, capture: {n: json .large}}" \
	'c["state"] == "fail" and "the number is too large to be captured exactly; capture it with a pattern from body" in m'
flow '  and is by a pattern' "{http: /numbers, name: get, capture: {n: \"body ~ large\\\":([0-9]+)\"}}, {http: \"/numbers/{{n}}\", name: put, expect: [\"json .text ~ ^1234567890123456789\$\"]}" \
	'c["state"] == "pass"'
bad_server silent
flow 'the time-out is that of all steps' "$login, {http: \"http://127.0.0.1:$bad_port/\", name: slow}" \
	'c["state"] == "fail" and "timed out" in m and v["failed_step"] == "slow"' 'timeout: 800ms, '
bad_stop
flow 'two braces as they are' "{http: POST /login, $json, body: \"{\\\"password\\\": \\\"{{{{x}}\\\"}\"}" \
	'c["state"] == "fail" and "status 401" in m'

# --- bad answers: each step's own protocol has its tests; here only that nothing is left or shown raw ----------
printf 'HTTP/1.1 200 OK\r\nX-T: a\033[31mb\r\nContent-Length: 30\r\n\r\n{"token": "\\r\\nX-Evil: yes"}  ' >"$work/answer.bin"
bad_server late "$work/answer.bin"
flow 'a captured line break goes into no header' \
	"{http: \"http://127.0.0.1:$bad_port/\", name: a, capture: {token: json .token}}, {http: /users/1, name: b, headers: {X-A: \"{{token}}\"}}" \
	'c["state"] == "fail" and v["failed_step"] == "b" and "line break" in m'
bad_stop
hostile_answer=$work/answer.bin
survives '{name: it, flow: [{http: "http://127.0.0.1:@PORT@/", capture: {t: json .t}}, {http: "/{{t}}"}]}' \
	silent slow garbage truncated oversized close reset

# --- what is on the wire ----------------------------------------------------------------------------
relay "$asgi"
service_keys="url: http://127.0.0.1:$relay_port"
ask_flow 'through a relay' "$login, $user, $subscribe"
only_these flow wire '
	[(call.line, call.body, call.frames) for call in calls] == [
		("POST /login HTTP/1.1", b"{\"password\": \"swordfish\"}", None), ("GET /users/7 HTTP/1.1", b"", None),
		("GET /ws?token=tok%22en%2Fwith%20odd%2Bbytes%26more%3D%7B%7Bx%7D%7D HTTP/1.1", b"", [(9, b"sitrep"),
			(1, b"{\"call\": \"call-9\", \"token\": \"tok\\\"en/with odd+bytes&more={{x}}\"}"), (8, b"\x03\xe8")])]'

# --- the configuration ------------------------------------------------------------------------------
refused() { # STEPS REGEX [KEYS]
	ask "$(printf '{name: it, %s flow: %s}' "${3-writes: true,}" "$1")"
	grep -qE -- "$2" "$work/answer.err" "$work/answer.json" || { cat "$work/answer.err"; return 1; }
}
check 'an unknown name' refused "[$login, {http: \"/{{tokn}}\"}]" "no step before captures 'tokn'; did you mean 'token'"
check 'a name that comes later' refused "[$user, $login]" "no step before captures 'id'"
check 'a step that writes says so' refused "[$login]" "say 'writes: true'" ''
check 'keys of the whole' refused '[{http: /, interval: 5s}]' "'interval' is said of the flow"
check 'no other types' refused '[{redis: "h:1"}]' 'a step is http or websocket, not redis'
check 'no empty flow' refused '[]' 'a flow is a list of 1 to 50 steps'
check 'a source that is none' refused '[{http: /, capture: {a: cookie x}}]' 'cannot be captured'
check 'a path that is none' refused '[{http: /, capture: {a: json token}}]' 'path'
check 'braces without a name' refused '[{http: "/{{"}]' "without a name and '}}'"
check 'names are told apart' refused '[{http: /a}, {http: /a}]' "two steps of this flow are called"
ask "{name: it, writes: true, flow: [$login]}"
ask_file "$work/services.yaml" --read-only
check '--read-only asks nothing' answer 'c["state"] == "unknown" and "read-only" in m'
finish
