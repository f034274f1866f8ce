#!/bin/bash
# Headers of an answer as they came: several of a name, more than what is kept as evidence, some that hold a secret;
# for assertions and for what a flow captures.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
export SECRET='lb=1'
start odd python3 "$tools/odd_http.py"
prints_port odd
web=http://127.0.0.1:$port
service_keys='headers: {X-Secret: "${env:SECRET}"}'
header() { one "$1" "{http: \"$web$2\", expect: ['$3']}" "$4"; }

header 'one of several is enough' /cookies 'header Set-Cookie ~ ^sid=' 'c["state"] == "pass"'
header 'and the last one too' /cookies 'header set-cookie == "end=2"' 'c["state"] == "pass"'
header 'none of several' /cookies 'header Set-Cookie ~ ^nobody=' 'c["state"] == "fail" and "wanted ~ ^nobody=" in m and "end=2" in m'
header 'behind much' /long 'header X-After == yes' 'c["state"] == "pass"'
header 'a value on two lines' /folded 'header X-Folded == "one two"' 'c["state"] == "pass"'
# Memory that grows with the square of the lines would be four gigabytes; a sanitizer's program needs more for itself.
grep -q __asan_init "$sitrep" || room=2000000
folds() (
	ulimit -v "${room:-unlimited}"
	ask "{http: \"$web/folds\", expect: ['header X-Folds == \"a z\"']}"
	answer 'c["state"] == "pass"'
)
check 'a value on 90,000 lines' folds
header 'a trailer is none' /trailer 'header X-Trailer absent' 'c["state"] == "pass"'
header 'and takes none away' /trailer 'header X-Head == yes' 'c["state"] == "pass"'
header 'a secret is there' /cookies 'header Set-Cookie !~ lb=1' 'c["state"] == "fail" and "sid=***" in m and "lb=1" not in json.dumps(c["http"])'
rm -f "$work/events"
ask_file "$work/services.yaml" --record "$work/events"
check 'and is not recorded' eval '[ -s "$work/events" ] && ! grep -F "sid=lb=1" "$work/events" && grep -qF "sid=***" "$work/events"'
one 'route' "{route: GET $web/long, expect: ['header X-After == yes']}" 'c["state"] == "pass"'
one 'cors' "{cors: $web/long, origin: 'https://a.example', expect: ['header X-After == yes', 'rule exists', 'lost_cors exists']}" \
	'[a for a in c["assertions"] if a["expected"] == "header X-After == yes"][0]["pass"]'
one 'a flow captures what it finds in any of them' \
	"{flow: [{http: \"$web/cookies\", name: log in, capture: {sid: 'header Set-Cookie ~ sid=([^;]+)'}}, {http: \"$web/sid\", headers: {Cookie: 'sid={{sid}}'}}]}" \
	'c["state"] == "pass"'

# --- bodies in a coding -----------------------------------------------------------------------------------
for path in /gzip /members /deflate /raw-deflate /identity; do
	one "what a body says: $path" "{http: $web$path, expect: ['json .n == 7']}" 'c["state"] == "fail" and "fail" in m and "json .n" not in m'
done
one 'and its size is what came' "{http: $web/gzip, health: ignore, expect: ['json .status == fail', 'size > 30']}" 'c["state"] == "pass"'
one 'a header that wants it' "{http: $web/gzip, headers: {Accept-Encoding: gzip}, health: ignore, expect: ['json .n == 7']}" 'c["state"] == "pass"'
one 'another coding' "{http: $web/brotli, expect: ['body ~ hello']}" 'c["state"] == "pass"'
one 'what is none' "{http: $web/no-gzip}" 'c["state"] == "fail" and "answered 200 with a body that is no gzip, which its Content-Encoding says" in m'
one 'what ends early' "{http: $web/short-gzip}" 'c["state"] == "fail" and "not the whole of a gzip" in m'
one 'more than is read' "{http: $web/bomb, expect: ['body ~ ^a+$', 'size < 300k']}" 'c["state"] == "pass"'
one 'a name that never ends' "{http: $web/name-bomb, expect: [body absent]}" 'c["state"] == "fail"'

# --- who asks: what the server was told, as "Authorization | Cookie" -------------------------------------
told() { # NAME WANTED PATH
	check "$1" same "$2" "$(grep -F " $3 |" "$work/odd.log" | cut -d'|' -f3- | sed 's/^ //' | sort -u)"
}
with_user=http://own:pass1234@127.0.0.1:$port
own='Basic b3duOnBhc3MxMjM0'
service_keys="auth: {bearer: service-1}"
ask "{http: \"$with_user/own\"}" "{openapi: \"$with_user/own-openapi\"}" "{http: $web/service}" \
	"{http: \"$with_user/both\", auth: {bearer: check-1}}" "{socketio: \"$with_user/own-socket/\"}" \
	"{prometheus: time(), server: \"$with_user/own-prometheus\"}"
told "the user of a check's URL is nearer than its service's auth" "$own | -" /own
told '  for openapi' "$own | -" /own-openapi
told '  for socketio' "$own | -" '/own-socket/?EIO=4&transport=polling'
told '  for prometheus' "$own | -" '/own-prometheus/api/v1/query?query=time()'
told "who names none has the service's" 'Bearer service-1 | -' /service
told "and a check's own auth is as near as its URL" 'Bearer check-1 | -' /both
service_keys='headers: {Authorization: "Bearer service-1", Cookie: "a=b"}'
ask "{http: \"$with_user/own-header\"}"
told 'it is nearer than a header too, which goes alone' "$own | a=b" /own-header
cat >"$work/defaults.yaml" <<YAML
version: 1
defaults: {auth: {bearer: default-1}}
services:
  - {name: its own, url: "$with_user", checks: [{http: /own-url}]}
  - {name: said, url: "$with_user", auth: {bearer: service-1}, checks: [{http: /said}]}
  - {name: of all, url: "$web", checks: [{http: /of-all}]}
YAML
ask_file "$work/defaults.yaml"
told "so is the user of a service's URL against defaults" "$own | -" /own-url
told '  but not against its own auth' 'Bearer service-1 | -' /said
told '  and who has neither asks by defaults' 'Bearer default-1 | -' /of-all

# --- where it goes ------------------------------------------------------------------------------------
away=http://localhost:$port
keys='auth: {bearer: service-1}, headers: {Cookie: "a=b", X-Of: service}'
cat >"$work/origins.yaml" <<YAML
version: 1
defaults: {headers: {User-Agent: monitor}}
services:
  - {name: home, url: "$web/base", direct: "http://127.0.0.2:1", $keys, checks: [{http: /path}, {http: "$web/whole"}]}
  - {name: direct, url: "http://127.0.0.2:1", direct: "$web", $keys, checks: [{http: "$web/past"}]}
  - name: away
    url: "$web"
    auth: {bearer: service-1}
    headers: {Cookie: "a=b"}
    checks:
      - http: $away/away
      - route: $away/away-route
      - {cors: "$away/away-cors", origin: "https://a.example"}
      - {prometheus: time(), server: "$away/away-prometheus"}
      - {websocket: "$away/away-socket"}
      - {http: $away/away-own, auth: {bearer: check-1}, headers: {Cookie: "c=d"}}
      - {flow: [{http: "$away/away-step"}]}
      - {name: home, flow: [{http: /home-step, expect: [status == 404]}]}
  - {name: none, $keys, checks: [{http: "$web/only"}]}
YAML
ask_file "$work/origins.yaml"
told 'a path of the service' 'Bearer service-1 | a=b' /base/path
told 'a whole URL of its origin' 'Bearer service-1 | a=b' /whole
told 'a whole URL of its direct' 'Bearer service-1 | a=b' /past
told 'a step at home' 'Bearer service-1 | a=b' /home-step
told 'a service without a URL has no other place' 'Bearer service-1 | a=b' /only
for path in /away /away-route /away-cors '/away-prometheus/api/v1/query?query=time()' /away-socket /away-step; do
	told "another origin is told nothing: $path" '- | -' "$path"
done
told "but what the check itself says" 'Bearer check-1 | c=d' /away-own

# --- what may change something is sent once -----------------------------------------------------------
once=$web/once
cat >"$work/once.yaml" <<YAML
version: 1
defaults: {interval: 100ms, timeout: 2s}
services:
  - name: it
    checks:
      - http: $once/get
      - {http: POST $once/post, writes: true}
      - {http: DELETE $once/delete, writes: true}
      - {http: $once/body, body: x, writes: true}
      - route: PUT $once/route
      - {cors: POST $once/cors, origin: "https://a.example", request_headers: []}
      - {flow: [{http: POST $once/step}], writes: true}
YAML
rounds() { # NUMBER: each of them was asked so often
	local asked
	for asked in 'GET | /once/get' 'POST | /once/post' 'DELETE | /once/delete' 'GET | /once/body' 'PUT | /once/route' \
		'POST | /once/cors' 'POST | /once/step'; do
		[ "$(grep -cF "$asked |" "$work/odd.log")" -ge "$1" ] || return 1
	done
}
timeout 60 "$sitrep" --plain -c "$work/once.yaml" >"$work/plain.log" 2>&1 </dev/null &
servers="$servers $!"
console=$!
check "all are asked, in spite of a server that drops what it kept" within 30 rounds 4
kill "$console"
wait "$console" 2>/dev/null
check "a request that only reads goes out again where a kept connection was dropped" grep -q '^GET | /once/get | .*again$' "$work/odd.log"
check "  but none that may change something, whose connection is a new one" same '' \
	"$(grep 'again$' "$work/odd.log" | grep -vE '^GET . /once/get |^OPTIONS ')"
finish
