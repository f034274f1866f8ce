/* services.yaml -> fleet: what each key does to what is watched. */
#include "config_dir.h"

#include "model/ids.h"

static void test_smallest(void **state)
{
	struct fleet *fleet = load("services: [{name: web, url: \"http://127.0.0.1:8080/\"}]\n", 0);
	const struct check *check = check_of(fleet, "web", "http");

	(void)state;
	assert_string_equal(fleet->name, "default");
	assert_string_equal(fleet->environment, "");
	assert_int_equal(fleet->interval_ns, 10 * NS_PER_S);
	assert_int_equal(check->type, CHECK_TYPE_HTTP);
	assert_string_equal(check->url, "http://127.0.0.1:8080/");
	assert_string_equal(check->method, "GET");
	assert_int_equal(check->interval_ns, 10 * NS_PER_S);
	assert_int_equal(check->timeout_ns, 3 * NS_PER_S);
	assert_int_equal(check->fall, 2);
	assert_int_equal(check->rise, 1);
	assert_int_equal(check->instance, -1);
	assert_true(check->keepalive);
	assert_true(check_tls(check)->verify);
	assert_null(check->proxy);
	assert_int_equal(check->severity, SEVERITY_DOWN);
	assert_true(check->id == check_id_of(service_id_of("default", "", "web"), "http"));
	fleet_unref(fleet);
}

static void test_levels(void **state)
{
	struct fleet *fleet =
		load("defaults: {interval: 1m, timeout: 5s, fall: 3, proxy: \"http://p:1\","
		     " headers: {A: default, B: default}}\n"
		     "services:\n"
		     "  - name: a\n    url: http://h\n    timeout: 4s\n    headers: {b: service}\n"
		     "    checks: [{http: /x, interval: 2s, proxy: none, follow: true,"
		     " headers: {C: check}}, {http: /y, follow: 3}]\n",
		     0);
	const struct check *x = check_of(fleet, "a", "http /x");
	const struct check *y = check_of(fleet, "a", "http /y");

	(void)state;
	assert_int_equal(x->interval_ns, 2 * NS_PER_S);
	assert_int_equal(x->timeout_ns, 4 * NS_PER_S);
	assert_int_equal(x->fall, 3);
	assert_string_equal(x->proxy, "");
	assert_int_equal(x->follow, 5);
	assert_int_equal(x->header_count, 3);
	assert_string_equal(x->headers[1].name, "b");
	assert_string_equal(x->headers[1].value, "service");
	assert_string_equal(x->headers[2].value, "check");
	assert_int_equal(y->interval_ns, 60 * NS_PER_S);
	assert_string_equal(y->proxy, "http://p:1");
	assert_int_equal(y->follow, 3);
	assert_int_equal(y->header_count, 2);
	fleet_unref(fleet);
}

/* `tls` is a check where its value is a text, and an option where it is a map. */
static void test_tls_twice(void **state)
{
	struct fleet *fleet;

	(void)state;
	config_dir_write("ca.pem", "x");
	fleet = load("services:\n  - name: a\n    url: https://h\n    tls: {server_name: n}\n"
		     "    checks: [{tls: {ca: ca.pem}, http: /x}, {tls: \"h:443\"},"
		     " {http: /y, tls: {verify: false}}]\n",
		     0);
	assert_int_equal(fleet->checks[0].type, CHECK_TYPE_HTTP);
	assert_string_equal(check_tls(&fleet->checks[0])->ca, "ca.pem");
	assert_string_equal(check_tls(&fleet->checks[0])->server_name, "n");
	assert_int_equal(fleet->checks[1].type, CHECK_TYPE_TLS);
	assert_string_equal(check_tls(&fleet->checks[1])->server_name, "n");
	assert_true(check_tls(&fleet->checks[1])->verify);
	assert_false(check_tls(&fleet->checks[2])->verify);
	fleet_unref(fleet);
}

/* A mistake that ten thousand services take from one template is one complaint, and each of them
 * has it; looking for the nearest name does not take a minute. */
static void test_told_once(void **state)
{
	struct strbuf yaml;
	struct fleet *fleet;

	(void)state;
	strbuf_init(&yaml, 10 << 20);
	strbuf_adds(&yaml, "templates: {t: {depends_on: [service-x],"
			   " checks: [{http: /x, expect: [staus == 1]}]}}\nservices:\n");
	for (int i = 0; i < 3000; i++)
		strbuf_addf(&yaml, "  - {name: service-%d, use: t, url: http://h}\n", i);
	fleet = load(yaml.data, 2);
	assert_int_equal(fleet->service_count, 3000);
	for (size_t i = 0; i < fleet->service_count; i++)
		assert_non_null(fleet->services[i].error);
	fleet_unref(fleet);
	strbuf_release(&yaml);
}

static void test_command_line_wins(void **state)
{
	const struct config_request request = {.interval_ns = 7 * NS_PER_S, .timeout_ns = NS_PER_S};
	struct fleet *fleet;

	(void)state;
	config_dir_write("services.yaml", "services: [{name: a, url: http://h, interval: 1m,"
					  " checks: [{http: /x, timeout: 2s}]}]\n");
	fleet = load_request(&request, 0);
	assert_int_equal(fleet->checks[0].interval_ns, 7 * NS_PER_S);
	assert_int_equal(fleet->checks[0].timeout_ns, NS_PER_S);
	fleet_unref(fleet);
}

static void test_targets(void **state)
{
	static const struct {
		const char *check;
		const char *method, *url;
	} web[] = {
		{"http: /x", "GET", "http://h:1/base/x"},
		{"http: HEAD /x?a=b", "HEAD", "http://h:1/base/x?a=b"},
		{"http: \"get https://other/y\"", "GET", "https://other/y"},
		{"http:", "GET", "http://h:1/base/"},
		{"route: POST /z", "POST", "http://h:1/base/z"},
	};
	static const struct {
		const char *check;
		const char *host, *unix_path;
		int port;
	} stream[] = {
		{"tcp: \"db:5432\"", "db", NULL, 5432},
		{"tcp: \"[::1]:6379\"", "::1", NULL, 6379},
		{"tcp: unix:/run/x.sock", NULL, "/run/x.sock", 0},
		{"kafka: unix:/run/kafka.sock", NULL, "/run/kafka.sock", 0},
		{"zookeeper: unix:/run/zookeeper.sock", NULL, "/run/zookeeper.sock", 0},
		{"amqp: unix:/run/amqp.sock", NULL, "/run/amqp.sock", 0},
		{"tls: unix:/run/tls.sock", NULL, "/run/tls.sock", 0},
		{"tls: api.example.com", "api.example.com", NULL, 443},
		{"tls: \"api.example.com:8443\"", "api.example.com", NULL, 8443},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(web); i++) {
		char *yaml =
			xasprintf("services:\n  - name: a\n    url: http://h:1/base/\n    checks:\n"
				  "      - %s\n",
				  web[i].check);
		struct fleet *fleet = load(yaml, 0);

		assert_string_equal(fleet->checks[0].method, web[i].method);
		assert_string_equal(fleet->checks[0].url, web[i].url);
		assert_string_equal(fleet->checks[0].target, web[i].url);
		fleet_unref(fleet);
		free(yaml);
	}
	for (size_t i = 0; i < BASE_LEN(stream); i++) {
		char *yaml = xasprintf("services:\n  - name: a\n    checks:\n      - %s\n",
				       stream[i].check);
		struct fleet *fleet = load(yaml, 0);
		const struct check *check = &fleet->checks[0];

		assert_int_equal(check->port, stream[i].port);
		if (stream[i].host != NULL)
			assert_string_equal(check->host, stream[i].host);
		if (stream[i].unix_path != NULL)
			assert_string_equal(check->unix_path, stream[i].unix_path);
		assert_int_equal(check->secure, check->type == CHECK_TYPE_TLS);
		fleet_unref(fleet);
		free(yaml);
	}
}

static void test_templates(void **state)
{
	struct fleet *fleet = load(
		"templates:\n"
		"  base: {group: core, labels: {a: 1, b: 1}, depends_on: [db], timeout: 9s}\n"
		"  api: {use: base, checks: [{http: /health}], labels: {b: 2}, auth: {bearer: "
		"t0ken}}\n"
		"services:\n"
		"  - {name: db, checks: [{tcp: \"h:1\"}]}\n"
		"  - {name: x, checks: [{tcp: \"h:1\"}]}\n"
		"  - name: a\n    use: api\n    url: http://h\n    group: own\n    depends_on: [x, "
		"db]\n"
		"    labels: {c: 3}\n    checks: [{route: /r}]\n    auth: {basic: \"me:s3cret\"}\n",
		0);
	const struct service *a = fleet_service_named(fleet, "a");

	(void)state;
	assert_string_equal(a->group, "own");
	assert_int_equal(a->check_count, 2);
	assert_string_equal(a->checks[0]->name, "http /health");
	assert_string_equal(a->checks[1]->name, "route /r");
	assert_int_equal(a->checks[0]->timeout_ns, 9 * NS_PER_S);
	assert_int_equal(a->depends_count, 2);
	assert_string_equal(a->depends_on[0]->name, "db");
	assert_string_equal(a->depends_on[1]->name, "x");
	assert_int_equal(a->label_count, 3);
	assert_int_equal(check_auth(a->checks[0])->kind, AUTH_BASIC);
	assert_string_equal(check_auth(a->checks[0])->user, "me");
	assert_string_equal(check_auth(a->checks[0])->secret, "s3cret");
	fleet_unref(fleet);
}

#define ENVIRONMENTS                                                                               \
	"environments:\n  dev: {default: true, host: dev.example}\n  prod: {host: "                \
	"\"${SITREP_TEST_HOST:-prod.example}\"}\n"                                                 \
	"services:\n  - {name: a, url: \"http://${host}/${SITREP_TEST_PATH}\"}\n"                  \
	"  - {name: b, only: [prod], url: \"http://${host}\", checks: [{http: /x, only: dev}, "    \
	"{http: /y}]}\n"                                                                           \
	"  - {name: c, depends_on: [b], checks: [{tcp: \"${host}:1\", only: dev}, {tcp: "          \
	"\"h:2\"}]}\n"

static void test_environments(void **state)
{
	struct config_request request = {.environment = "prod"};
	struct fleet *fleet;

	(void)state;
	setenv("SITREP_TEST_PATH", "p$$${x}", 1);
	fleet = load(ENVIRONMENTS, 0);
	assert_string_equal(fleet->environment, "dev");
	assert_int_equal(fleet->environment_count, 2);
	/* What a variable brings in is not looked at again. */
	assert_string_equal(fleet->services[0].url, "http://dev.example/p$$${x}");
	assert_int_equal(fleet->service_count, 2);
	assert_int_equal(fleet->services[1].depends_count, 0);
	assert_int_equal(fleet->services[1].check_count, 2);
	fleet_unref(fleet);
	fleet = load_request(&request, 0);
	assert_string_equal(fleet->environment, "prod");
	assert_int_equal(fleet->service_count, 3);
	assert_string_equal(fleet->services[1].url, "http://prod.example");
	assert_int_equal(fleet->services[1].check_count, 1);
	assert_int_equal(fleet->services[2].depends_count, 1);
	fleet_unref(fleet);
	setenv("SITREP_ENV", "prod", 1);
	setenv("SITREP_TEST_HOST", "env.example", 1);
	request.environment = NULL;
	fleet = load_request(&request, 0);
	assert_string_equal(fleet->services[1].url, "http://env.example");
	fleet_unref(fleet);
	unsetenv("SITREP_ENV");
	unsetenv("SITREP_TEST_HOST");
	request.environment = "prdo";
	assert_null(load_request(&request, 1));
}

static void test_dollars(void **state)
{
	struct fleet *fleet = load(
		"services: [{name: a, url: http://h, checks: [{http: \"/a$$b$c$$${x:-d}\"}]}]\n",
		0);

	(void)state;
	assert_string_equal(fleet->checks[0].url, "http://h/a$b$c$d");
	assert_string_equal(fleet->checks[0].name, "http /a$$b$c$$${x:-d}");
	fleet_unref(fleet);
}

static void test_secrets(void **state)
{
	struct fleet *fleet;
	const struct check *check;
	struct strbuf out;

	(void)state;
	setenv("SITREP_TEST_TOKEN", "hunter22", 1);
	config_dir_write("secret", "from-a-file\n");
	assert_int_equal(chmod("secret", 0600), 0);
	fleet = load("services:\n  - name: a\n    url: \"http://u:in-the-url@h\"\n"
		     "    auth: {bearer: \"${env:SITREP_TEST_TOKEN}\"}\n"
		     "    checks: [{http: \"/x?t=${env:SITREP_TEST_TOKEN}\", headers: {K: "
		     "\"${file:secret}\"},"
		     " expect: [\"body != ${file:secret}\", \"body != "
		     "${env:SITREP_TEST_NOT:-none}\"]}]\n",
		     0);
	check = &fleet->checks[0];
	assert_string_equal(check->url, "http://u:in-the-url@h/x?t=hunter22");
	assert_string_equal(check->target, "http://u:***@h/x?t=***");
	assert_string_equal(check->name, "http /x?t=${env:SITREP_TEST_TOKEN}");
	assert_string_equal(check_auth(check)->secret, "hunter22");
	assert_string_equal(check->headers[0].value, "from-a-file");
	assert_string_equal(check->expect[0].text, "body != ***");
	assert_string_equal(check->expect[1].text, "body != none");
	assert_string_equal(fleet->services[0].url, "http://u:***@h");
	assert_int_equal(fleet->file_count, 2);
	assert_string_equal(fleet->files[1], "secret");
	strbuf_init(&out, 100);
	redact(fleet->redactor, &out, "x hunter22 y", 12);
	assert_string_equal(out.data, "x *** y");
	strbuf_release(&out);
	fleet_unref(fleet);
}

/* A secret never stands in a complaint, nor in the line that is quoted below it. */
static void test_secrets_in_errors(void **state)
{
	const struct config_request request = {0};
	struct diags diags;
	struct fleet *fleet;
	struct strbuf out;

	(void)state;
	setenv("SITREP_TEST_TOKEN", "hunter22", 1);
	config_dir_write("services.yaml",
			 "services: [{name: a, url: \"ftp://${env:SITREP_TEST_TOKEN}\","
			 " auth: {bearer: literal-one}}]\n");
	diags_init(&diags);
	strbuf_init(&out, 10000);
	fleet = config_load(&request, &diags);
	assert_int_equal(diags.errors, 1);
	diags_print(&diags, &out);
	assert_null(strstr(out.data, "hunter22"));
	assert_null(strstr(out.data, "literal-one"));
	assert_non_null(strstr(out.data, "'ftp://***' is no URL"));
	assert_string_equal(
		fleet->services[0].error,
		"services.yaml:1:27: 'ftp://***' is no URL that begins with http:// or https://");
	strbuf_release(&out);
	diags_release(&diags);
	fleet_unref(fleet);
}

/* Nor does a piece of one: a word of it, or as much as a sentence has room for. */
static void test_pieces_of_secrets(void **state)
{
	struct fleet *fleet;

	(void)state;
	setenv("SITREP_TEST_TOKEN", "two words", 1);
	setenv("SITREP_TEST_LONG",
	       "0123456789abcdefghij0123456789abcdefghij0123456789abcdefghij"
	       "0123456789abcdefghij0123456789abcdefghij0123456789abcdefghij",
	       1);
	fleet = load("services:\n"
		     "  - {name: a, url: http://h, checks: [{http: \"/x?${env:SITREP_TEST_TOKEN}\"}]}\n"
		     "  - {name: b, url: http://h, checks: [{tcp: \"${env:SITREP_TEST_LONG}\"}]}\n",
		     2);
	assert_null(strstr(fleet->services[0].error, "two"));
	assert_null(strstr(fleet->services[1].error, "0123"));
	fleet_unref(fleet);
}

/* Names are ids and shown everywhere; one that merely looks like a secret is none. */
static void test_secrets_in_names(void **state)
{
	struct fleet *fleet;

	(void)state;
	setenv("SITREP_TEST_TOKEN", "postgres", 1);
	fleet = load("services:\n"
		     "  - {name: a, url: http://h, auth: {bearer: \"${env:SITREP_TEST_TOKEN}\"}}\n"
		     "  - {name: postgres, group: postgres, url: http://h}\n"
		     "  - {name: \"x-${env:SITREP_TEST_TOKEN}\", url: http://h}\n"
		     "  - {name: b, group: \"x-${env:SITREP_TEST_TOKEN}\", url: http://h}\n",
		     2);
	assert_int_equal(fleet->service_count, 3);
	assert_null(fleet->services[1].error);
	assert_string_equal(
		fleet->services[2].error,
		"services.yaml:5:22: 'group' holds a secret; names are shown everywhere");
	fleet_unref(fleet);
}

static void test_secret_files(void **state)
{
	static const struct {
		mode_t mode;
		size_t errors, warnings;
	} rows[] = {{0600, 0, 0}, {0640, 0, 0}, {0644, 0, 1}, {0660, 1, 0}, {0602, 1, 0}};
	const struct config_request request = {0};

	(void)state;
	config_dir_write("secret", "abcdef");
	config_dir_write(
		"services.yaml",
		"services: [{name: a, url: http://h, auth: {bearer: \"${file:secret}\"}}]\n");
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct diags diags;
		struct fleet *fleet;

		assert_int_equal(chmod("secret", rows[i].mode), 0);
		diags_init(&diags);
		fleet = config_load(&request, &diags);
		assert_int_equal(diags.errors, rows[i].errors);
		assert_int_equal(diags.len - diags.errors, rows[i].warnings);
		assert_int_equal(fleet->services[0].error != NULL, rows[i].errors != 0);
		diags_release(&diags);
		fleet_unref(fleet);
	}
}

static void test_instances(void **state)
{
	struct fleet *fleet = load(
		"services:\n  - name: a\n    instances: [n1, n2]\n    quorum: 1\n"
		"    url: \"http://${instance}:80\"\n    tls: {server_name: \"${instance}.x\"}\n"
		"    checks: [{http: /x}, {tcp: \"${instance}:1\", name: \"port ${instance}\"},"
		" {tcp: \"${instance}:2\"}]\n",
		0);
	const struct service *a = &fleet->services[0];

	(void)state;
	assert_int_equal(a->instance_count, 2);
	assert_int_equal(a->quorum, 1);
	assert_string_equal(a->url, "http://*:80");
	assert_int_equal(a->check_count, 6);
	assert_string_equal(a->checks[0]->name, "http /x [n1]");
	assert_string_equal(a->checks[0]->url, "http://n1:80/x");
	assert_string_equal(check_tls(a->checks[0])->server_name, "n1.x");
	assert_int_equal(a->checks[0]->instance, 0);
	assert_string_equal(a->checks[1]->name, "port n1");
	assert_string_equal(a->checks[2]->name, "tcp n1:2");
	assert_string_equal(a->checks[3]->name, "http /x [n2]");
	assert_int_equal(a->checks[3]->instance, 1);
	assert_string_equal(a->checks[4]->host, "n2");
	fleet_unref(fleet);
}

static void test_direct(void **state)
{
	struct fleet *fleet = load("services:\n  - name: a\n    url: http://proxy/a\n    direct: "
				   "http://10.0.0.7:8003\n"
				   "    checks: [{http: /x, expect: [status == 204]}, {tcp: "
				   "\"h:1\"}, {http: http://other/}]\n",
				   0);
	const struct service *a = &fleet->services[0];

	(void)state;
	assert_int_equal(a->check_count, 4);
	assert_int_equal(a->checks[0]->via, VIA_URL);
	assert_string_equal(a->checks[1]->name, "http /x (direct)");
	assert_int_equal(a->checks[1]->via, VIA_DIRECT);
	assert_string_equal(a->checks[1]->url, "http://10.0.0.7:8003/x");
	assert_ptr_equal(a->checks[1]->expect, a->checks[0]->expect);
	assert_true(a->checks[0]->own_status);
	fleet_unref(fleet);
}

/* DESIGN section 4, "safe by default". */
static void test_safety(void **state)
{
	const struct config_request read_only = {.read_only = true};
	struct fleet *fleet =
		load("services:\n  - name: a\n    url: http://h\n    auth: {bearer: abcdef}\n"
		     "    headers: {Cookie: c}\n    checks:\n"
		     "      - route: POST /x\n        headers: {X-Tenant: t}\n"
		     "      - route: /y\n"
		     "      - {http: POST /z, body: \"{}\", writes: true}\n",
		     0);
	const struct check *route = check_of(fleet, "a", "route POST /x");
	const struct check *get = check_of(fleet, "a", "route /y");
	const struct check *post = check_of(fleet, "a", "http POST /z");

	(void)state;
	assert_int_equal(check_auth(route)->kind, AUTH_NONE);
	assert_int_equal(route->header_count, 1);
	assert_string_equal(route->headers[0].name, "X-Tenant");
	assert_int_equal(check_auth(get)->kind, AUTH_BEARER);
	assert_int_equal(get->header_count, 1);
	assert_true(post->writes);
	assert_null(post->error);
	assert_string_equal(post->body, "{}");
	fleet_unref(fleet);
	fleet = load_request(&read_only, 0);
	assert_non_null(check_of(fleet, "a", "http POST /z")->error);
	assert_null(check_of(fleet, "a", "route POST /x")->error);
	assert_null(fleet->services[0].error);
	fleet_unref(fleet);
}

/* Nor does the user of the service's URL go where something may be written. */
static void test_bare_urls(void **state)
{
	struct fleet *fleet =
		load("services:\n  - name: a\n    url: http://u:pass-1@h/v1\n    direct: http://u:pass-2@d\n"
		     "    checks:\n"
		     "      - route: DELETE /x?to=http://a:b@c/\n"
		     "      - {cors: POST /y, origin: \"https://p\"}\n"
		     "      - route: /z\n",
		     0);

	(void)state;
	assert_string_equal(check_of(fleet, "a", "route DELETE /x?to=http://a:***@c/")->url,
			    "http://h/v1/x?to=http://a:b@c/");
	assert_string_equal(check_of(fleet, "a", "route DELETE /x?to=http://a:***@c/ (direct)")->url,
			    "http://d/x?to=http://a:b@c/");
	assert_string_equal(check_of(fleet, "a", "cors POST /y")->url, "http://h/v1/y");
	assert_string_equal(check_of(fleet, "a", "cors POST /y (direct)")->url, "http://d/y");
	assert_string_equal(check_of(fleet, "a", "route /z")->url, "http://u:pass-1@h/v1/z");
	fleet_unref(fleet);
}

/* A password in a target stands in no name. */
static void test_passwords_in_names(void **state)
{
	struct fleet *fleet =
		load("services:\n  - name: a\n    checks:\n"
		     "      - http: \"http://al:LEAK1@h/z\"\n"
		     "      - http: \"http://al:LE@AK2@h/y?a@b\"\n"
		     "      - websocket: \"wss://${env:SITREP_TEST_NOT:-al}:LEAK3@h/z\"\n"
		     "      - {prometheus: \"up{i='http://al:LEAK4@h/'} + up{i='http://al:LEAK5@g'}\","
		     " server: \"http://al:LEAK6@h\"}\n"
		     "      - http: http://al@h/x\n"
		     "      - http: http://LEAK8-token@h/x\n"
		     "      - http: http://LEAK9-token:@h/x\n"
		     "      - http: http://ghp_LEAK10:x-oauth-basic@h/x\n"
		     "      - http: http://LEAK11abcdefghijklmnop:LEAK12@h/x\n"
		     "      - {name: f, flow: [{http: \"http://al:LEAK7@h/z\"}]}\n",
		     0);
	static const char *const names[] = {
		"http http://al:***@h/z",
		"http http://al:***@h/y?a@b",
		"websocket wss://${env:SITREP_TEST_NOT:-al}:***@h/z",
		"prometheus up{i='http://al:***@h/'} + up{i='http://al:***@g'}",
		"http http://al@h/x",
		"http http://***@h/x",
		"http http://***:@h/x",
		"http http://***:x-oauth-basic@h/x",
		"http http://***:***@h/x",
	};
	const struct check *flow;

	(void)state;
	for (size_t i = 0; i < BASE_LEN(names); i++)
		assert_string_equal(fleet->services[0].checks[i]->name, names[i]);
	assert_string_equal(fleet->services[0].checks[0]->url, "http://al:LEAK1@h/z");
	assert_string_equal(fleet->services[0].checks[7]->target, "http://***:x-oauth-basic@h/x");
	flow = check_of(fleet, "a", "f");
	assert_string_equal(flow->flow->steps[0].check->name, "http http://al:***@h/z");
	fleet_unref(fleet);
}

/* A wrong service stays in the table and says why; the others are watched. */
static void test_wrong_service_stays(void **state)
{
	struct fleet *fleet = load(
		"services:\n"
		"  - {name: a, url: http://h, checks: [{http: /x}, {http: /y, intervall: 3s}]}\n"
		"  - {name: b, url: \"http://${nowhere}\", checks: [{http: /x}, {tcp: \"h:1\"}]}\n"
		"  - {name: c, url: http://h}\n",
		2);

	(void)state;
	assert_int_equal(fleet->service_count, 3);
	assert_string_equal(
		fleet->services[0].error,
		"services.yaml:2:62: unknown key 'intervall'; did you mean 'interval'?");
	assert_null(check_of(fleet, "a", "http /x")->error);
	assert_string_equal(check_of(fleet, "a", "http /y")->error, fleet->services[0].error);
	assert_non_null(fleet->services[1].error);
	assert_string_equal(check_of(fleet, "b", "http /x")->error, fleet->services[1].error);
	assert_null(fleet->services[2].error);
	fleet_unref(fleet);
}

/* Missing credentials in defaults are missing in every service. */
static void test_wrong_defaults(void **state)
{
	struct fleet *fleet = load("defaults: {auth: {bearer: \"${env:SITREP_TEST_NOT}\"}}\n"
				   "services: [{name: a, url: http://h}]\n",
				   1);

	(void)state;
	assert_non_null(fleet->services[0].error);
	assert_non_null(fleet->checks[0].error);
	fleet_unref(fleet);
}

static void test_circle(void **state)
{
	struct fleet *fleet = load("services:\n"
				   "  - {name: a, url: http://h, depends_on: [b]}\n"
				   "  - {name: b, url: http://h, depends_on: [c]}\n"
				   "  - {name: c, url: http://h, depends_on: [d, a]}\n"
				   "  - {name: d, url: http://h}\n",
				   1);

	(void)state;
	assert_string_equal(fleet->services[2].error,
			    "services.yaml:4:42: 'depends_on' goes in a circle: a → b → c → a");
	assert_int_equal(fleet->services[2].depends_count, 1);
	assert_string_equal(fleet->services[2].depends_on[0]->name, "d");
	assert_null(fleet->services[0].error);
	fleet_unref(fleet);
}

static void test_observer(void **state)
{
	struct fleet *fleet =
		load("fleet: f\nobserver: [{tcp: \"10.0.0.1:53\"}, {http: http://h/}]\n"
		     "services: [{name: a, url: http://h}]\n",
		     0);

	(void)state;
	assert_int_equal(fleet->observer_count, 2);
	assert_string_equal(fleet->observers[0].host, "10.0.0.1");
	assert_true(fleet->observers[0].id ==
		    check_id_of(service_id_of("f", "", ""), "tcp 10.0.0.1:53"));
	assert_int_equal(fleet->observers[0].index, 1);
	assert_non_null(fleet->observers[0].service);
	assert_ptr_equal(fleet_check(fleet, fleet->observers[1].id), &fleet->observers[1]);
	fleet_unref(fleet);
}

static void test_words(void **state)
{
	struct fleet *fleet = load(
		"services:\n  - name: a\n    url: http://h\n    group: g\n    owner: me\n"
		"    runbook: https://wiki/x\n    labels: {tier: 1, zone: eu}\n    external: true\n"
		"    logs: [{file: app.log}, {file: \"/var/log/a*.log\"}]\n"
		"    maintenance: [{start: \"2026-11-22T02:00Z\", duration: 1h, every: 1w}]\n",
		0);
	const struct service *a = &fleet->services[0];

	(void)state;
	assert_string_equal(a->owner, "me");
	assert_string_equal(a->runbook, "https://wiki/x");
	assert_int_equal(a->label_count, 2);
	assert_string_equal(a->labels[1].value, "eu");
	assert_true(a->external);
	assert_int_equal(a->log_count, 2);
	assert_string_equal(a->logs[0].path, "app.log");
	assert_true(a->logs[0].id != a->logs[1].id);
	assert_int_equal(a->maintenance_count, 1);
	assert_true(a->maintenance[0].start.ns == INT64_C(1795312800) * NS_PER_S);
	assert_true(a->maintenance[0].every_ns == 7 * 24 * 3600 * NS_PER_S);
	fleet_unref(fleet);
}

/* A source is called by its file's name, by the whole path where two share one. */
static void test_log_names(void **state)
{
	struct fleet *fleet =
		load("services:\n"
		     "  - {name: a, url: http://h, logs: [{file: /var/log/a.log}, {file: /x/b.log},"
		     " {file: /y/b.log}]}\n",
		     0);
	const struct service *service = fleet_service_named(fleet, "a");

	(void)state;
	assert_string_equal(service->logs[0].name, "a.log");
	assert_string_equal(service->logs[1].name, "/x/b.log");
	assert_string_equal(service->logs[2].name, "/y/b.log");
	fleet_unref(fleet);
}

static void test_merge_keys(void **state)
{
	struct fleet *fleet = load("templates: {}\nservices:\n"
				   "  - &a {name: a, url: http://h, group: g, timeout: 1s}\n"
				   "  - {<<: *a, name: b, group: h}\n",
				   0);

	(void)state;
	assert_string_equal(fleet->services[1].group, "h");
	assert_int_equal(fleet->checks[1].timeout_ns, NS_PER_S);
	fleet_unref(fleet);
}

/* Aliases of aliases unroll to millions of values: told, not done. */
static void test_billion_laughs(void **state)
{
	struct strbuf yaml;
	struct diags diags;
	struct arena arena;

	(void)state;
	strbuf_init(&yaml, 10000);
	strbuf_adds(&yaml, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 10; i++) {
		strbuf_addf(&yaml, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			strbuf_addf(&yaml, "%s*a%d", j != 0 ? ", " : "", i - 1);
		strbuf_adds(&yaml, "]\n");
	}
	diags_init(&diags);
	arena_init(&arena);
	assert_null(config_read_yaml(&arena, "x.yaml", yaml.data, yaml.len, &diags));
	assert_string_equal(diags.at[0].message, "aliases unroll to too many values");
	assert_true(arena.bytes < 100000);
	arena_release(&arena);
	diags_release(&diags);
	strbuf_release(&yaml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smallest),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_tls_twice),
		cmocka_unit_test(test_told_once),
		cmocka_unit_test(test_command_line_wins),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_environments),
		cmocka_unit_test(test_dollars),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_secrets_in_errors),
		cmocka_unit_test(test_pieces_of_secrets),
		cmocka_unit_test(test_secrets_in_names),
		cmocka_unit_test(test_secret_files),
		cmocka_unit_test(test_instances),
		cmocka_unit_test(test_direct),
		cmocka_unit_test(test_safety), cmocka_unit_test(test_bare_urls), cmocka_unit_test(test_passwords_in_names),
		cmocka_unit_test(test_wrong_service_stays),
		cmocka_unit_test(test_wrong_defaults),
		cmocka_unit_test(test_circle),
		cmocka_unit_test(test_observer),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_log_names),
		cmocka_unit_test(test_merge_keys),
		cmocka_unit_test(test_billion_laughs),
	};

	return cmocka_run_group_tests(tests, config_dir_setup, NULL);
}
