#!/bin/bash
# `http` against nginx: basic and bearer credentials, a client certificate, HTTP/2 by ALPN, request bodies,
# redirects, cookies, certificate chains; through tinyproxy, with its own failures; and OAuth2 with a small
# authorization server that counts what it is asked. Bad servers: a sentence each.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need nginx nginx-light
need tinyproxy tinyproxy-bin
need openssl openssl

# --- certificates: a CA, an intermediate that ends first, a server, a client, and a stranger ----------
cd "$work" || exit 1
ssl() { openssl "$@" >>"$work/openssl.log" 2>&1 || echo "# openssl $1 failed"; }
ca() { ssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.pem" -days 400 -subj "/CN=$1"; }
signed() { # NAME CA DAYS EXTENSIONS
	ssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1"
	printf '%s\n' "$4" >"$1.ext"
	ssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -out "$1.pem" -days "$3" -extfile "$1.ext"
}
ca root
ca stranger
signed middle root 5 'basicConstraints=critical,CA:true'
signed server middle 60 'subjectAltName=DNS:localhost,DNS:api.example.com,IP:127.0.0.1'
signed client root 30 'extendedKeyUsage=clientAuth'
signed other stranger 30 'extendedKeyUsage=clientAuth'
cat server.pem middle.pem >chain.pem
cd / || exit 1

# --- nginx --------------------------------------------------------------------------------------------
port=$(free_port)
tls=$(free_port)
mtls=$(free_port)
old_tls=$(free_port)
printf 'me:%s\n' "$(openssl passwd -apr1 's3cret:x')" >"$work/users"
cat >"$work/nginx.conf" <<NGINX
daemon off;
user root;
pid $work/nginx.pid;
error_log $work/nginx.err;
events {}
http {
  log_format seen '\$request_method \$request_uri \$server_protocol type=\$content_type body=\$request_body cookie=\$http_cookie auth=\$http_authorization';
  access_log $work/access.log seen;
  client_body_temp_path $work/tmp; proxy_temp_path $work/tmp; fastcgi_temp_path $work/tmp;
  uwsgi_temp_path $work/tmp; scgi_temp_path $work/tmp;
  ssl_certificate $work/chain.pem;
  ssl_certificate_key $work/server.key;
  server {
    listen 127.0.0.1:$port;
    location /basic { auth_basic x; auth_basic_user_file $work/users; return 200 in; }
    location = /private { auth_basic x; auth_basic_user_file $work/users; try_files /none =404; }
    location /bearer { if (\$http_authorization != "Bearer sesame-1") { return 401 '{"status": "fail"}'; } return 200 '{"status": "ok"}'; }
    location /cookie { add_header Set-Cookie "session=crumb-1; Path=/"; return 200 ok; }
    location /body { client_body_in_single_buffer on; proxy_pass http://127.0.0.1:$port/sink; }
    location /sink { return 200 stored; }
    location /healthy { return 200 '{"status": "healthy"}'; }
    location /loop { return 302 /loop; }
    location /one { return 301 /two; }
    location /two { return 307 /ok; }
    location /away { return 302 http://localhost:$port/ok; }
    location /see { return 303 /ok; }
    location /ok { return 200 '{"status": "ok"}'; }
  }
  server {
    listen 127.0.0.1:$tls ssl http2;
    location /down { return 302 http://127.0.0.1:$port/ok; }
    location / { return 200 '{"status": "ok"}'; }
  }
  server {
    listen 127.0.0.1:$old_tls ssl;
    ssl_protocols TLSv1.2;
    location / { return 200 ok; }
  }
  server {
    listen 127.0.0.1:$mtls ssl;
    ssl_client_certificate $work/root.pem;
    ssl_verify_client on;
    location / { return 200 '{"status": "ok"}'; }
  }
}
NGINX
start nginx nginx -c "$work/nginx.conf" -e "$work/nginx.err"
wait_port "$port"; wait_port "$tls"; wait_port "$mtls"
web=http://127.0.0.1:$port
safe=https://127.0.0.1:$tls
last() { tail -n 1 "$work/access.log"; }

# --- credentials --------------------------------------------------------------------------------------
try_files="$web/private"
one "basic: the right password" "{http: \"$try_files\", auth: {basic: {user: me, password: \"s3cret:x\"}}, expect: [status == 404]}" 'c["state"] == "pass"'
one "basic: a wrong one" "{http: \"$try_files\", auth: {basic: {user: me, password: wrong-1}}}" 'c["state"] == "fail" and v["status"] == 401'
check "a password is shown nowhere" same 0 "$(grep -c wrong-1 "$work/answer.json")"
one "bearer" "{http: \"$web/bearer\", auth: {bearer: sesame-1}}" 'c["state"] == "pass"'
one "bearer: refused" "{http: \"$web/bearer\", auth: {bearer: sesame-2}}" 'c["state"] == "fail" and v["status"] == 401'

# --- TLS ----------------------------------------------------------------------------------------------
ca_of="ca: $work/root.pem"
one "the chain ends with its intermediate" \
	"{http: \"$safe/\", tls: {$ca_of}, expect: [\"cert > 50d\", \"cert_chain < 6d\", \"cert_names == api.example.com\", \"cert_issuer ~ middle\"]}" \
	'c["state"] == "pass" and v["cert_names"] == ["localhost", "api.example.com", "127.0.0.1"] and "middle" in v["cert_issuer"]'
one "and warns of it" "{http: \"$safe/\", tls: {$ca_of}, warn: [\"cert_chain > 14d\"]}" 'c["state"] == "warn" and "cert_chain" in m'
one "route and tls see the same" "{tls: \"127.0.0.1:$tls\", proxy: none, expect: [\"cert_chain < 6d\"], warn: [\"cert_names == nobody\"]}" \
	'c["state"] == "fail" and "not trusted" in m'
one "a plain connection has none, and is not asked for one" "{http: \"$web/ok\", warn: [\"cert > 14d\", \"cert_chain > 14d\", \"cert_issuer ~ x\"]}" 'c["state"] == "pass"'
(cd "$work" && signed odd root 30 'subjectAltName=DER:30:08:87:01:41:87:03:42:43:44')
odd=$(free_port)
start odd openssl s_server -accept "127.0.0.1:$odd" -cert "$work/odd.pem" -key "$work/odd.key" -www
wait_port "$odd"
one "addresses of 1 and 3 bytes in a certificate are none" "{http: \"https://127.0.0.1:$odd/\", tls: {verify: false}}" 'c["state"] == "pass" and v.get("cert_names", []) == []'
one "an untrusted CA" "{http: \"$safe/\", tls: {ca: $work/stranger.pem}}" 'c["state"] == "fail" and "not trusted" in m'
one "mtls" "{http: \"https://127.0.0.1:$mtls/\", tls: {$ca_of}, auth: {mtls: {cert: $work/client.pem, key: $work/client.key}}}" 'c["state"] == "pass"'
one "mtls: the same as tls cert and key" "{http: \"https://127.0.0.1:$mtls/\", tls: {$ca_of, cert: $work/client.pem, key: $work/client.key}}" 'c["state"] == "pass"'
one "mtls: no certificate" "{http: \"https://127.0.0.1:$mtls/\", tls: {$ca_of}, health: ignore}" 'c["state"] == "fail" and v["status"] == 400'
check "and its cause" answer '"client-certificate-refused" in d'
one "mtls: a stranger's" "{http: \"https://127.0.0.1:$mtls/\", tls: {$ca_of}, auth: {mtls: {cert: $work/other.pem, key: $work/other.key}}}" 'c["state"] == "fail"'
check "and its cause" answer '"client-certificate-refused" in d'
one "mtls: the key of another" "{http: \"https://127.0.0.1:$mtls/\", tls: {$ca_of}, auth: {mtls: {cert: $work/client.pem, key: $work/other.key}}}" 'c["state"] == "unknown" and "cannot be asked" in m'
(cd "$work" && ssl pkey -in client.key -aes256 -passout pass:x -out locked.key)
complains() { # CHECK WORDS: what --check says of it
	printf 'version: 1\nservices: [{name: it, checks: [%s]}]\n' "$1" >"$work/wrong.yaml"
	"$sitrep" --check -c "$work/wrong.yaml" 2>&1 | grep -q "$2"
}
check "mtls: a key that is encrypted is told, and nobody is asked for its pass phrase" complains \
	"{http: \"https://127.0.0.1:$mtls/\", auth: {mtls: {cert: $work/client.pem, key: $work/locked.key}}}" "locked.key is encrypted"
ask "{http: \"$safe/two\", tls: {$ca_of}, http_version: 2}"
check "HTTP/2 by ALPN" same 'GET /two HTTP/2.0' "$(last | cut -d' ' -f1-3)"
ask "{http: \"$safe/one\", tls: {$ca_of}}"
check "HTTP/1.1 without asking" same 'GET /one HTTP/1.1' "$(last | cut -d' ' -f1-3)"

# --- bodies, redirects, cookies -------------------------------------------------------------------------
one "a body with writes: true" "{http: \"POST $web/body\", body: '{\"a\": 1}', writes: true, headers: {X-Id: \"7\"}}" 'c["state"] == "pass" and v["status"] == 200'
check "as JSON, as it is written" grep -qF 'POST /body HTTP/1.1 type=application/json body={\x22a\x22: 1} ' "$work/access.log"
one "without it: a config error" "{http: \"POST $web/body\", body: x}" 'c["state"] == "unknown" and "writes: true" in m'
one "a redirect is an answer" "{http: \"$web/one\"}" 'c["state"] == "fail" and "301" in m and "/two" in m'
one "followed: two hops" "{http: \"$web/one\", follow: true}" 'c["state"] == "pass" and v["redirects"] == 2'
one "followed: a limit" "{http: \"$web/one\", follow: 1}" 'c["state"] == "fail" and "more than 1 times" in m'
one "a loop" "{http: \"$web/loop\", follow: true}" 'c["state"] == "fail" and "redirected more than 5 times" in m'
check "and its cause" answer '"redirect-loop" in d'
one "never from https to http" "{http: \"$safe/down\", tls: {$ca_of}, follow: true}" 'c["state"] == "fail" and v["status"] == 302'
ask "{http: \"$web/away\", follow: true, auth: {bearer: sesame-1}}"
check "credentials stay with their origin" same 'auth=-' "$(last | grep -o 'auth=.*')"
ask "{http: \"$web/cookie\", retries: 0}" "{http: \"$web/ok\"}" "{http: \"$web/cookie\", name: again}"
check "cookies are never sent" same 0 "$(grep -c 'cookie=session' "$work/access.log")"
check "nor kept between runs" answer 'all(x["state"] == "pass" for x in cs)'

# --- a proxy ------------------------------------------------------------------------------------------
proxy=$(free_port)
locked=$(free_port)
printf '%s\n' "Port $proxy" 'Listen 127.0.0.1' 'Timeout 20' 'Allow 127.0.0.1' "ConnectPort $tls" 'LogLevel Connect' >"$work/tiny.conf"
printf '%s\n' "Port $locked" 'Listen 127.0.0.1' 'Timeout 20' 'Allow 127.0.0.1' 'ConnectPort 1' 'BasicAuth me s3cret' >"$work/locked.conf"
start tiny tinyproxy -d -c "$work/tiny.conf"
start locked tinyproxy -d -c "$work/locked.conf"
wait_port "$proxy"; wait_port "$locked"
through="proxy: \"http://127.0.0.1:$proxy\""
one "through a proxy" "{http: \"$web/ok\", $through}" 'c["state"] == "pass"'
check "which was asked" grep -q 'GET http' "$work/tiny.log"
one "and by CONNECT" "{http: \"$safe/\", tls: {$ca_of}, $through}" 'c["state"] == "pass"'
one "CONNECT is denied" "{http: \"https://127.0.0.1:$mtls/\", tls: {$ca_of}, $through}" \
	'c["state"] == "fail" and "the proxy" in m and "403" in m and "denied" in m'
check "and its cause" answer '"proxy-denies" in d and list(d)[0] == "proxy-denies"'
one "the proxy wants credentials: CONNECT" "{http: \"$safe/\", tls: {$ca_of}, proxy: \"http://127.0.0.1:$locked\"}" \
	'c["state"] == "fail" and "the proxy" in m and "407" in m and "credentials" in m'
one "the proxy wants credentials: GET" "{http: \"$web/ok\", proxy: \"http://127.0.0.1:$locked\"}" \
	'c["state"] == "fail" and "the proxy" in m and "407" in m and "credentials" in m'
one "and gets them" "{http: \"$web/ok\", proxy: \"http://me:s3cret@127.0.0.1:$locked\"}" 'c["state"] == "pass"'
one "no proxy there" "{http: \"$web/ok\", proxy: \"http://me:s3cret@127.0.0.1:$(free_port)\"}" \
	'c["state"] == "fail" and "the proxy http://127.0.0.1" in m and "connection refused" in m'
check "and its cause" answer '"proxy-denies" in d and "connection-refused" not in d'
one "proxy: none" "{http: \"$web/ok\", proxy: none}" 'c["state"] == "pass"'

# --- OAuth2 -------------------------------------------------------------------------------------------
python3 "$tools/token_server.py" "$work/words" >"$work/token.port" 2>"$work/token.log" &
servers="$servers $!"
within 10 test -s "$work/token.port"
auth=http://127.0.0.1:$(cat "$work/token.port")
export SITREP_CLIENT_SECRET='s3cret/of+client'
client() { echo "auth: {oauth2: {token_url: \"$auth/token\", client_id: \"sitrep client\", client_secret: \"\${env:SITREP_CLIENT_SECRET}\"${1:-}}}"; }
count() { python3 -c 'import json, sys, urllib.request; print(json.load(urllib.request.urlopen(sys.argv[1]))["count"])' "$auth/count"; }
: >"$work/words"
one "oauth2" "{http: \"$auth/me\", $(client)}" 'c["state"] == "pass"'
check "one token" same 1 "$(count)"
ask "{http: \"$auth/a\", $(client)}" "{http: \"$auth/b\", $(client)}" "{http: \"$auth/c\", $(client)}" "{openapi: \"$auth/d\", $(client)}"
check "one token for all checks of a client, asked for once" same 2 "$(count)"
check "and all got it" answer 'all(x["state"] == "pass" for x in cs[:3])'
one "scope and audience" "{http: \"$auth/me\", $(client ', scope: read write, audience: https://api.example.com')}" 'c["state"] == "pass"'
echo form >"$work/words"
one "a secret in the form" "{http: \"$auth/me\", $(client)}" 'c["state"] == "pass"'
echo echo >"$work/words"
ask "{http: \"$auth/me\", $(client), expect: [\"json .token == wrong\"]}"
check "the token is masked where the answer carries it" same 0 "$(grep -c 'abcdefghij' "$work/answer.json")"
check "which it did" answer '"***" in m'
check "the secret too" same 0 "$(grep -cF 's3cret' "$work/answer.json")"
: >"$work/words"
one "another scope is refused" "{http: \"$auth/me\", $(client ', scope: admin')}" \
	'c["state"] == "fail" and "the token endpoint" in m and "answered 400 invalid_scope" in m'
echo refuse >"$work/words"
one "the client is refused" "{http: \"$auth/me\", $(client)}" \
	'c["state"] == "fail" and "the token endpoint" in m and "answered 401 invalid_client (no such client): check client_id" in m'
check "and its cause" answer 'list(d)[0] == "oauth2-client-refused"'
echo broken >"$work/words"
one "no JSON" "{http: \"$auth/me\", $(client)}" 'c["state"] == "fail" and "answered 200 with a body that is no JSON" in m'
check "and its cause" answer 'list(d)[0] == "oauth2-no-token"'
echo empty >"$work/words"
one "no token in it" "{http: \"$auth/me\", $(client)}" '"answered without an access_token" in m'
echo odd >"$work/words"
one "another kind of token" "{http: \"$auth/me\", $(client)}" '"of type mac; wanted bearer" in m'
echo hang >"$work/words"
ask_timeout=500ms one "an endpoint that hangs" "{http: \"$auth/me\", timeout: 500ms, $(client)}" 'c["state"] == "fail" and "timed out" in m and "token endpoint" in m'
echo hang-once >"$work/words"
cat >"$work/patience.yaml" <<YAML
version: 1
defaults: {fall: 1}
services:
  - name: it
    checks:
      - {flow: [{http: "$web/ok"}, {http: "$auth/me", $(client)}], name: patient, timeout: 20s}
      - {http: "$auth/you", name: hasty, timeout: 500ms, $(client)}
YAML
timeout 60 "$sitrep" --once -o json -c "$work/patience.yaml" >"$work/answer.json" 2>"$work/answer.err" </dev/null
check "who has little time does not get its token" answer '[one["state"] for one in cs if one["name"] == "hasty"] == ["fail"]'
check "  and who waits with it asks again" answer '[one["state"] for one in cs if one["name"] == "patient"] == ["pass"]'
one "an endpoint that is not there" "{http: \"$web/ok\", auth: {oauth2: {token_url: \"http://127.0.0.1:$(free_port)/t\", client_id: a, client_secret: b-b-b}}}" \
	'c["state"] == "fail" and "the token endpoint" in m and "connection refused" in m'

# A console that lives longer than a token: kept while it holds, got anew when it ends or is refused.
: >"$work/words"
cat >"$work/live.yaml" <<YAML
version: 1
services:
  - name: it
    $(client)
    checks: [{http: "$auth/me", interval: 100ms, timeout: 2s, fall: 1}, {http: "$auth/you", interval: 100ms, timeout: 2s, fall: 1}]
YAML
before=$(count)
timeout 60 "$sitrep" --plain -c "$work/live.yaml" >"$work/plain.log" 2>&1 </dev/null &
plain=$!
servers="$servers $plain"
within 20 grep -q '  UP ' "$work/plain.log"
check "a token is kept between runs" same $((before + 1)) "$(count)"
echo revoke >"$work/words"
down() { grep -q '  DOWN ' "$work/plain.log"; }
up_again() { [ "$(grep -c '  UP ' "$work/plain.log")" -ge 2 ]; }
check "one that is revoked makes the check fail" within 20 down
check "until another is got, once" within 30 up_again
check "for all checks of the client" same $((before + 2)) "$(count)"
kill "$plain" 2>/dev/null
wait "$plain" 2>/dev/null
echo short >"$work/words"
before=$(count)
timeout 60 "$sitrep" --plain -c "$work/live.yaml" >"$work/plain.log" 2>&1 </dev/null &
plain=$!
servers="$servers $plain"
more() { [ "$(count)" -ge $((before + 3)) ]; }
check "one that ends is got anew" within 20 more
check "and nobody noticed" same 0 "$(grep -c DOWN "$work/plain.log")"
kill "$plain" 2>/dev/null
wait "$plain" 2>/dev/null

# --- what is on the wire --------------------------------------------------------------------------------
service_keys='auth: {bearer: sesame-1}'
relay "$port"
ask "{http: \"http://127.0.0.1:$relay_port/bearer\", headers: {X-Id: \"7\"}}" \
	"{http: \"POST http://127.0.0.1:$relay_port/sink\", body: '{\"a\": 1}', writes: true}"
only_these http wire '
	sorted((call.line, call.names, call.body) for call in calls) == [
		("GET /bearer HTTP/1.1", ["Host", "User-Agent", "Accept", "X-Id", "Authorization"], b""),
		("POST /sink HTTP/1.1", ["Host", "User-Agent", "Accept", "Authorization", "Content-Type", "Content-Length"],
			b"{\"a\": 1}")]'
relay "$port"
ask "{route: \"POST http://127.0.0.1:$relay_port/sink\"}"
only_these route wire '
	sorted((re.sub("sitrep-[0-9a-f]{16} ", "sibling ", call.line), call.names, call.body) for call in calls) == [
		("POST /sibling HTTP/1.1", ["Host", "User-Agent", "Accept", "Content-Length"], b""),
		("POST /sink HTTP/1.1", ["Host", "User-Agent", "Accept", "Content-Length"], b"")]'
service_keys=
relay "$port"
ask "{tcp: \"127.0.0.1:$relay_port\"}"
only_these tcp wire 'sent == [b""]'
relay "$old_tls"
service_keys="tls: {$ca_of}"
one "tls through a relay" "{tls: \"127.0.0.1:$relay_port\"}" 'c["state"] == "pass"'
service_keys=
# Hello; key exchange, change of cipher, finished; the alert that closes. No application data (23).
only_these tls wire '[records(data) for data in sent] == [[22, 22, 20, 22, 21]]'

# --- bad servers --------------------------------------------------------------------------------------
printf 'HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{"status": "ok", "words": "%0100d' 7 >"$work/answer.http"
hostile_answer=$work/answer.http
survives '{http: "http://127.0.0.1:@PORT@/health"}' silent slow garbage truncated close reset
printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Words: %0200d' 7 >"$work/answer.http"
survives '{http: "http://127.0.0.1:@PORT@/health"}' truncated
printf 'HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{"status": "ok", "words": "%0100d' 7 >"$work/answer.http"
printf 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n' >"$work/trailers.http"
bad_server file "$work/trailers.http"
one "trailers are fine" "{http: \"http://127.0.0.1:$bad_port/\"}" 'c["state"] == "pass" and v["size"] == 2'
bad_stop
for kind in silent garbage truncated oversized close; do
	bad_server "$kind" "$hostile_answer"
	one "token endpoint, $kind: a sentence" "{http: \"$web/ok\", timeout: 700ms, auth: {oauth2: {token_url: \"http://127.0.0.1:$bad_port/t\", client_id: a, client_secret: b-b-b}}}" \
		'c["state"] == "fail" and "token endpoint" in m'
	bad_stop
done
: >"$work/words"
check "the example of the manual" example http /v1/orders/validate=/sink /health=/healthy http://127.0.0.1:8000/token="$auth/token" http://127.0.0.1:8000="$web" 'client_id: sitrep'="client_id: sitrep client" SITREP_CLIENT_SECRET:-none=SITREP_CLIENT_SECRET
check "passes, with a token" answer 'all(x["state"] == "pass" for x in cs) and len(cs) == 2'
check "the example of route" example route http://127.0.0.1:8000="$web" /v1/orders=/sink
check "passes" passes
example tls 127.0.0.1:8443="127.0.0.1:$tls"
check "the example of tls: an untrusted chain" answer '"not trusted" in m'
check "the example of tcp" example tcp 127.0.0.1:9000="127.0.0.1:$port"
check "passes" passes
finish
