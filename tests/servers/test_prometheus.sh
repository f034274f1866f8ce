#!/bin/bash
# `prometheus` against a real Prometheus that scrapes itself and, through blackbox_exporter, a web server
# that is then stopped: one query for several services, labels, ages, and each way in which it fails.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need prometheus prometheus
need prometheus-blackbox-exporter prometheus-blackbox-exporter
need nginx nginx-light

# --- the servers ----------------------------------------------------------------------------------
web=$(free_port)
mkdir -p "$work/web"
cat >"$work/nginx.conf" <<END
daemon off; master_process off; pid $work/web/pid; error_log $work/web/error.log;
events {}
http { access_log off; client_body_temp_path $work/web/b; proxy_temp_path $work/web/p; fastcgi_temp_path $work/web/f;
uwsgi_temp_path $work/web/u; scgi_temp_path $work/web/s;
server { listen 127.0.0.1:$web; location / { return 200 "well"; } } }
END
# In front of Prometheus: TLS, a password, a prefix as Mimir has it.
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
	-keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
printf 'ops:%s\n' "$(openssl passwd -apr1 s3cret-word)" >"$work/users"
front=$(free_port)
port=$(free_port)
cat >"$work/front.conf" <<END
daemon off; master_process off; pid $work/front.pid; error_log $work/front.error;
events {}
http { access_log off; client_body_temp_path $work/web/b2; proxy_temp_path $work/web/p2; fastcgi_temp_path $work/web/f2;
uwsgi_temp_path $work/web/u2; scgi_temp_path $work/web/s2;
server { listen 127.0.0.1:$front ssl; ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
location /prometheus/ { auth_basic mimir; auth_basic_user_file $work/users; proxy_pass http://127.0.0.1:$port/; }
location / { return 302 https://127.0.0.1:$front/login; } } }
END
start front nginx -c "$work/front.conf" -e "$work/front.error"
start nginx nginx -c "$work/nginx.conf" -e "$work/web/error.log"
wait_port "$web"
wait_port "$front"
blackbox=$(free_port)
echo 'modules: {http: {prober: http, timeout: 1s}}' >"$work/blackbox.yml"
start blackbox prometheus-blackbox-exporter --config.file="$work/blackbox.yml" --web.listen-address="127.0.0.1:$blackbox"
wait_port "$blackbox"
cat >"$work/prometheus.yml" <<END
global: {scrape_interval: 500ms, scrape_timeout: 400ms}
scrape_configs:
  - job_name: prometheus
    static_configs: [{targets: ["127.0.0.1:$port"]}]
  - job_name: web
    metrics_path: /probe
    params: {module: [http]}
    static_configs:
      - {targets: ["http://127.0.0.1:$web/"], labels: {shop: web}}
      - {targets: ["http://127.0.0.1:$blackbox/"], labels: {shop: blackbox}}
      - {targets: ["http://127.0.0.1:$port/-/healthy"], labels: {shop: monitor}}
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__address__], target_label: instance}
      - {target_label: __address__, replacement: "127.0.0.1:$blackbox"}
END
prometheus_() {
	start prometheus prometheus --config.file="$work/prometheus.yml" --web.listen-address="127.0.0.1:$port" \
		--storage.tsdb.path="$work/tsdb" --log.level=error
}
prometheus_
wait_port "$port"
server="http://127.0.0.1:$port"
has() { # QUERY: it has a result
	curl -fsS -G "$server/api/v1/query" --data-urlencode "query=$1" | grep -q '"value"'
}
within 20 has 'up{job="prometheus"} == 1' && within 20 has 'count(probe_success == 1) == 3' || echo "# the web servers are not scraped: $(cat "$work/prometheus.log")"
service_keys="url: $server
    fall: 1"
refuses() { # YAML REGEX: --check says so
	printf 'version: 1\nservices:\n  - {name: it, url: "%s", checks: [%s]}\n' "$server" "$1" >"$work/refused.yaml"
	! "$sitrep" --check -c "$work/refused.yaml" >"$work/refused" 2>&1 && grep -q "$2" "$work/refused"
}

# --- healthy --------------------------------------------------------------------------------------
one "a plain selector: value, age, one series" '{prometheus: "up{job=\"prometheus\"}", expect: ["value == 1", "age < 5s"]}' \
	'c["state"] == "pass" and v["value"] == 1 and v["series"] == 1 and "age_ms" in v'
one "a scalar" '{prometheus: "1 + 1", expect: ["value == 2"]}' 'c["state"] == "pass" and v["value"] == 2 and "age_ms" not in v'
one "what is computed has no age" '{prometheus: "sum(up)", expect: ["value > 1"]}' 'c["state"] == "pass" and "age_ms" not in v'
one "an assertion that does not hold" '{prometheus: "up{job=\"prometheus\"}", expect: ["value == 0"]}' \
	'c["state"] == "fail" and re.search("value 1, wanted == 0", m)'
one "NaN is no number that anything equals" '{prometheus: "vector(0) / 0", expect: ["value == 0"]}' \
	'c["state"] == "fail" and re.search("nan", m)'
one "infinite" '{prometheus: "vector(1) / 0", expect: ["value > 1000"]}' 'c["state"] == "pass"'
one "no series: no value, and why" '{prometheus: "up{job=\"nobody\"}"}' \
	'c["state"] == "fail" and v["series"] == 0 and re.search("^no series matches", m)'
one "and an assertion about it says so too" '{prometheus: "up{job=\"nobody\"}", expect: ["value == 1"]}' \
	'c["state"] == "fail" and re.search("value is absent: no series matches", m)'
one "several series are no value, and it says what to do" '{prometheus: "probe_success"}' \
	'c["state"] == "fail" and v["series"] == 3 and re.search("3 series match .*narrow the query", m)'
one "labels pick one of them" '{prometheus: "probe_success", series: {shop: web}, expect: ["value == 1"]}' \
	'c["state"] == "pass" and v["series"] == 1 and v["age_ms"] < 10000'
one "labels that nothing has" '{prometheus: "probe_success", series: {shop: nobody}}' \
	'c["state"] == "fail" and re.search("none with the labels", m)'
one "an absent value may be what is wanted" '{prometheus: "ALERTS{alertname=\"X\"}", expect: ["value absent"]}' 'c["state"] == "pass"'
one "the metric's name is a label like any other" '{prometheus: "{__name__=~\"up|probe_success\"}", series: {__name__: up, job: prometheus}, expect: ["value == 1"]}' \
	'c["state"] == "pass" and "age_ms" not in v'
check "the example of the manual" example prometheus "http://127.0.0.1:9090=$server"
check "the example passes" answer 's["state"] == "UP" and len(cs) == 2'

# --- one query for many services -----------------------------------------------------------------
relay "$port"
many() { # more than end in one turn of the loop
	printf 'version: 1\nservices:\n' >"$work/many.yaml"
	for i in $(seq 2000); do
		printf '  - {name: s%s, checks: [{prometheus: probe_success, server: "%s", series: {shop: web}, expect: ["value == 1"]}]}\n' \
			"$i" "http://127.0.0.1:$relay_port"
	done >>"$work/many.yaml"
	ask_timeout=20s ask_file "$work/many.yaml" && grep -qE '"up": ?2000' "$work/answer.json" && sound
}
check "two thousand services ask one query" many
check "  once or twice" wire 'len(calls) in (1, 2)'
relay "$port"
cat >"$work/three.yaml" <<END
version: 1
services:
  - {name: web, checks: [{prometheus: probe_success, server: "http://127.0.0.1:$relay_port", series: {shop: web}, expect: ["value == 1"]}]}
  - {name: blackbox, checks: [{prometheus: probe_success, server: "http://127.0.0.1:$relay_port", series: {shop: blackbox}, expect: ["value == 1"]}]}
  - {name: monitor, checks: [{prometheus: probe_success, server: "http://127.0.0.1:$relay_port", series: {shop: monitor}, expect: ["value == 1"]}]}
END
check "three services by label are up" ask_file "$work/three.yaml"
check "and it was one exchange" same 1 "$(grep -ac '^GET /api/v1/query' "$work/relay.out")"
only_these prometheus wire '[(call.line, call.names, call.body) for call in calls] == [(
	"GET /api/v1/query?query=probe_success%20or%20label_replace(timestamp(probe_success),%20%22sitrep%22,%20%22timestamp%22"
	",%20%22%22,%20%22%22) HTTP/1.1", ["Host", "User-Agent", "Accept"], b"")]'

# --- the way there --------------------------------------------------------------------------------
behind='prometheus: "up{job=\"prometheus\"}", server: "https://127.0.0.1:'$front'/prometheus", tls: {ca: "'$work'/cert.pem"}'
one "TLS, a prefix and a password" "{$behind, auth: {basic: {user: ops, password: s3cret-word}}}" \
	'c["state"] == "pass" and v["value"] == 1 and v["cert_ms"] > 0 and c["phases_ms"]["tls"] > 0'
check "the password is nowhere in the answer" same 0 "$(grep -c s3cret "$work/answer.json")"
one "without it" "{$behind}" 'c["state"] == "fail" and re.search("answered 401 with a page of HTML: .*check .auth", m)'
one "with a wrong one" "{$behind, auth: {basic: {user: ops, password: other}}}" 'c["state"] == "fail" and re.search("answered 401", m)'
one "a certificate that nobody trusts" "{prometheus: up, server: \"https://127.0.0.1:$front/prometheus\"}" \
	'c["state"] == "fail" and re.search("not trusted", m)'
one "a page that sends to a login" "{prometheus: up, server: \"https://127.0.0.1:$front\", tls: {ca: \"$work/cert.pem\"}}" \
	'c["state"] == "fail" and re.search("answered 302", m)'
ask "{prometheus: up, server: \"http://127.0.0.1:$relay_port\", headers: {X-Scope-OrgID: team-a}, name: a}" \
	"{prometheus: up, server: \"http://127.0.0.1:$relay_port\", headers: {X-Scope-OrgID: team-b}, name: b}"
check "a tenant's header goes along" grep -aqi '^x-scope-orgid: team-a' "$work/relay.out"
check "and another tenant is another question" grep -aqi '^x-scope-orgid: team-b' "$work/relay.out"

# --- broken ---------------------------------------------------------------------------------------
one "a query that does not parse: the server's words" '{prometheus: "sum(up"}' \
	'c["state"] == "fail" and re.search("refused with 400 bad_data: .*parse error", m)'
one "a query that cannot be computed" '{prometheus: "up * on(job) group_left probe_success{shop=\"x\"} or on(x) up + on(job) probe_success"}' \
	'c["state"] == "fail" and re.search("refused with 422 execution", m)'
one "a range is no moment" '{prometheus: "up[5m]"}' 'c["state"] == "fail" and re.search("type matrix", m)'
one "a server that is something else" '{prometheus: up, server: "http://127.0.0.1:'"$web"'"}' \
	'c["state"] == "fail" and re.search("not Prometheus.s API; check .server", m)'
one "a base that is none" '{prometheus: up, server: "'"$server"'/nowhere"}' \
	'c["state"] == "fail" and re.search("answered 404 .*no /api/v1/query", m)'
ask_timeout=1s
survives '{prometheus: up, server: "http://127.0.0.1:@PORT@"}' silent slow garbage truncated oversized close reset
bad_server silent
ask "{prometheus: up, server: \"http://127.0.0.1:$bad_port\", name: first}" \
	"{prometheus: up, server: \"http://127.0.0.1:$bad_port\", name: second}"
check "a time-out is said as it was configured" answer \
	'all("timed out after 1s in phase wait" in x["message"] for x in cs)'
bad_stop
hostile_answer=$work/hostile
printf 'HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{"status":"success","data":{"resultType":"vector","result":[' >"$hostile_answer"
survives '{prometheus: up, server: "http://127.0.0.1:@PORT@"}' slow truncated oversized file
python3 -c 'body = "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{%s},\"value\":[1,\"1\"]}]}}" % (
	",".join("\"l%d\":\"x\"" % i for i in range(20000)))
print("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body), end="")' >"$hostile_answer"
bad_server file "$hostile_answer"
one "a series with more labels than a server gives" "{prometheus: up, server: \"http://127.0.0.1:$bad_port\"}" \
	'c["state"] == "fail" and re.search("has a series of more than 256 labels, which is not read: narrow the query", m)'
bad_stop
ask_timeout=3s

# --- the target dies ------------------------------------------------------------------------------
stop nginx
within 20 has 'probe_success{shop="web"} == 0'
one "the web server is stopped: its value goes to 0" '{prometheus: "probe_success{shop=\"web\"}", expect: ["value == 1"]}' \
	'c["state"] == "fail" and v["value"] == 0'
stop blackbox
within 20 has 'up{job="web", shop="web"} == 0'
one "nobody scrapes it any more: its old value is stale, so unknown" '{prometheus: "prometheus_build_info", series: {job: prometheus}, stale: 1ms}' \
	'c["state"] == "unknown" and re.search("old, and more than 1ms is no answer", m)'
check "stale: of something computed is refused" refuses '{prometheus: "sum(up)", stale: 1m}' 'only a plain selector'
stop prometheus
one "Prometheus is down" '{prometheus: up}' 'c["state"] == "fail" and re.search("connection refused", m)'
finish
