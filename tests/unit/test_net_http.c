/* HTTP against a server that misbehaves: each failure names its phase and what happened, ends in
 * time, and holds nobody else up. */
#include "net/http.h"

#include "base/limits.h"
#include "unit.h"

#include "../net/servers.h"

#include <sys/resource.h>
#include <unistd.h>

#define TIMEOUT (700 * NS_PER_MS)
/* A freeze, not a figure: what a time-out overruns is measured by the bench. */
#define OVERRUN (2 * NS_PER_S)

static struct check *add(struct rig *rig, const char *scheme, const char *port, const char *path)
{
	char url[3000];

	(void)snprintf(url, sizeof(url), "%s://127.0.0.1:%d%s", scheme, fault_port(port),
		       path);
	return rig_http(rig, url);
}

static void test_answer(void **state)
{
	struct rig rig;
	struct check *check;
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	check = add(&rig, "http", "http", "/ok");
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_NONE);
	assert_int_equal(answer->phase, PHASE_NONE);
	assert_true(answer->status == 200);
	assert_true(answer->size == 15);
	assert_true(answer->redirects == 0);
	assert_string_equal(answer->body, "{\"status\":\"ok\"}");
	assert_true(answer->phases.ns[PHASE_CONNECT] > 0);
	assert_true(answer->phases.ns[PHASE_WAIT] > 0);
	assert_int_equal(answer->phases.ns[PHASE_TLS], PHASE_UNMEASURED);
	assert_int_equal(answer->phases.ns[PHASE_SEND], PHASE_UNMEASURED);
	assert_true(answer->latency_ns > 0 && answer->latency_ns <= answer->took_ns);
	assert_non_null(answer->exchange);
	assert_string_equal(exchange_header(answer->exchange, "content-type"), "application/json");
	assert_string_equal(answer->exchange->http_version, "1.1");
	assert_false(answer->exchange->reused);
	/* The second time the connection is there already. */
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_NONE);
	assert_int_equal(answer->phases.ns[PHASE_DNS], PHASE_UNMEASURED);
	assert_int_equal(answer->phases.ns[PHASE_CONNECT], PHASE_UNMEASURED);
	assert_true(answer->exchange->reused);
	assert_int_equal(net_stats(rig.net).connects, 1);
	assert_int_equal(net_stats(rig.net).reused, 1);
	rig_release(&rig);
}

static void test_evidence_is_kept_while_it_is_the_same(void **state)
{
	struct rig rig;
	struct check *check;
	struct exchange *first;

	(void)state;
	rig_init(&rig);
	check = add(&rig, "http", "http", "/ok");
	rig_ask(&rig, check);
	first = exchange_ref(rig_ask(&rig, check)->exchange);
	assert_ptr_equal(rig_ask(&rig, check)->exchange, first);
	exchange_unref(first);
	rig_release(&rig);
}

static void test_connections(void **state)
{
	struct rig rig;
	struct check *fresh, *closing;

	(void)state;
	rig_init(&rig);
	fresh = add(&rig, "http", "http", "/ok");
	fresh->keepalive = false;
	closing = add(&rig, "http", "http", "/close-idle");
	for (int i = 0; i < 3; i++)
		assert_int_equal(rig_ask(&rig, fresh)->failure, FAILURE_NONE);
	assert_int_equal(net_stats(rig.net).connects, 3);
	/* A server that closes idle connections is not down. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(rig_ask(&rig, closing)->failure, FAILURE_NONE);
	rig_release(&rig);
}

static void test_new_connection_after_a_failure(void **state)
{
	struct rig rig;
	struct check *check;

	(void)state;
	rig_init(&rig);
	check = add(&rig, "http", "http", "/loop");
	check->follow = 1;
	for (unsigned i = 1; i <= 3; i++) {
		/* The connection is well, and is not trusted all the same. */
		assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_REDIRECTS);
		assert_int_equal(net_stats(rig.net).connects, i);
	}
	rig_release(&rig);
}

/* Kept connections that die when the next question reaches them say nothing of the server. */
static void test_connections_that_answer_once(void **state)
{
	static const char *const paths[] = {"/once/reset", "/once/close"};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(paths); i++) {
		struct check *check;
		struct rig rig;

		rig_init(&rig);
		check = add(&rig, "http", "http", paths[i]);
		for (int j = 0; j < 15; j++)
			assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_NONE);
		assert_int_equal(net_stats(rig.net).connects, 15);
		/* All that are kept die under one question. */
		for (int j = 0; j < 9; j++)
			add(&rig, "http", "http", paths[i]);
		rig_run(&rig, 0, 10);
		for (int j = 0; j < 10; j++)
			assert_int_equal(rig.answers[j].failure, FAILURE_NONE);
		assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_NONE);
		rig_release(&rig);
	}
}

static void test_reload(void **state)
{
	struct rig rig;
	struct fleet *other;
	struct check *check, *hung, *changed;

	(void)state;
	rig_init(&rig);
	check = add(&rig, "http", "http", "/ok");
	changed = add(&rig, "http", "http", "/status/201");
	hung = add(&rig, "http", "hang", "/");
	rig_run(&rig, 0, 2);
	assert_int_equal(net_stats(rig.net).connects, 2);
	/* Another fleet with the first check as it was, the second changed, the third gone. */
	other = xcalloc(1, sizeof(*other));
	other->refs = 1;
	arena_init(&other->arena);
	other->redactor = redactor_new();
	other->checks = arena_memdup(&other->arena, rig.checks, 2 * sizeof(struct check));
	other->check_count = 2;
	((struct check *)other->checks)[0].url = arena_strdup(&other->arena, check->url);
	((struct check *)other->checks)[1].url = arena_strdup(&other->arena, check->url);
	rig.running = 1;
	prober_start(rig.prober, hung);
	prober_reload(rig.prober, other);
	net_run(rig.net); /* its run is over, without an answer */
	assert_int_equal(rig.answers[2].samples, 0);
	assert_int_equal(rig.answers[2].finished, 1);
	assert_int_equal(prober_in_flight(rig.prober), 0);
	rig.running = 2;
	prober_start(rig.prober, &other->checks[0]);
	prober_start(rig.prober, &other->checks[1]);
	net_run(rig.net);
	assert_int_equal(rig.answers[0].failure, FAILURE_NONE);
	assert_true(rig.answers[1].status == 200);
	assert_int_equal(net_stats(rig.net).connects, 2);
	(void)changed;
	fleet_unref(other);
	rig_release(&rig);
}

/* Evidence of a run that never left is not that of the run before on the same handle. */
static void test_evidence_is_its_own(void **state)
{
	struct rig rig;
	char refused[64];
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	rig_ask(&rig, add(&rig, "http", "http", "/ok"));
	answer = rig_ask(&rig, rig_http(&rig, "http://name.invalid/"));
	assert_int_not_equal(answer->failure, FAILURE_NONE);
	assert_string_equal(answer->exchange->request, "GET http://name.invalid/");
	assert_null(answer->exchange->peer);
	assert_null(answer->exchange->http_version);
	assert_int_equal(answer->exchange->header_count, 0);
	(void)snprintf(refused, sizeof(refused), "http://127.0.0.1:%d/", free_port());
	answer = rig_ask(&rig, rig_http(&rig, refused));
	assert_int_equal(answer->exchange->header_count, 0);
	assert_int_equal(answer->exchange->http_status, 0);
	assert_null(answer->exchange->http_version);
	assert_int_equal(answer->phases.ns[PHASE_WAIT], PHASE_UNMEASURED);
	rig_release(&rig);
}

/* localhost has two addresses here or one; only 127.0.0.1 listens. */
static void test_second_address(void **state)
{
	struct rig rig;
	char url[64];
	struct check *check;

	(void)state;
	rig_init(&rig);
	(void)snprintf(url, sizeof(url), "http://localhost:%d/ok", fault_port("http"));
	check = rig_http(&rig, url);
	check->keepalive = false;
	for (int i = 0; i < 20; i++) {
		assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_NONE);
		assert_true(rig.answers[0].took_ns < 20 * NS_PER_S);
	}
	rig_release(&rig);
}

static const struct fault {
	const char *scheme, *port, *path;
	enum failure failure;
	enum phase phase;
	const char *says;
	bool slow; /* takes the whole time-out */
} faults[] = {
	{"http", "hang", "/", FAILURE_TIMEOUT, PHASE_WAIT,
	 "timed out after 700ms in phase wait: the request went to 127.0.0.1:", true},
	{"http", "http", "/hang", FAILURE_TIMEOUT, PHASE_WAIT, "in phase wait", true},
	{"https", "hang", "/", FAILURE_TIMEOUT, PHASE_TLS,
	 "timed out after 700ms in phase tls: TCP connected to 127.0.0.1:", true},
	{"http", "noaccept", "/", FAILURE_TIMEOUT, PHASE_CONNECT, "in phase connect", true},
	{"http", "http", "/trickle", FAILURE_TIMEOUT, PHASE_RECEIVE, "in phase receive", true},
	/* The reset may come before or after libcurl has seen the connection. */
	{"http", "reset", "/", FAILURE_RESET, PHASE_NONE, "connection reset by", false},
	{"http", "http", "/reset", FAILURE_RESET, PHASE_WAIT, "in phase wait", false},
	{"http", "http", "/nothing", FAILURE_CLOSED, PHASE_WAIT, "without an answer", false},
	{"http", "http", "/truncated", FAILURE_CLOSED, PHASE_RECEIVE, "5 bytes of the body", false},
	{"http", "http", "/garbage", FAILURE_PROTOCOL, PHASE_RECEIVE, "is not HTTP", false},
	{"http", "banner", "/", FAILURE_PROTOCOL, PHASE_RECEIVE, "is not HTTP", false},
	{"https", "banner", "/", FAILURE_TLS_FAILED, PHASE_TLS, "does not speak TLS", false},
	{"https", "http", "/ok", FAILURE_TLS_FAILED, PHASE_TLS, "", true},
	{"https", "reset", "/", FAILURE_RESET, PHASE_NONE, "connection reset", false},
};

static void count_tick(void *context)
{
	struct {
		struct net_timer *timer;
		struct net *net;
		int ticks;
	} *ticker = context;

	ticker->ticks++;
	net_timer_set(ticker->timer, (struct mono_time){net_now(ticker->net).ns + 10 * NS_PER_MS});
}

static void test_faults(void **state)
{
	struct rig rig;
	struct {
		struct net_timer *timer;
		struct net *net;
		int ticks;
	} ticker = {0};

	(void)state;
	rig_init(&rig);
	ticker.net = rig.net;
	ticker.timer = net_timer_new(rig.net, count_tick, &ticker);
	for (size_t i = 0; i < BASE_LEN(faults); i++)
		add(&rig, faults[i].scheme, faults[i].port, faults[i].path)->timeout_ns = TIMEOUT;
	/* Handles that have seen good answers and others' failures tell the same. */
	for (size_t i = 0; i < BASE_LEN(faults); i++)
		add(&rig, "http", "http", "/ok");
	rig_run(&rig, BASE_LEN(faults), BASE_LEN(faults));
	rig_run(&rig, 0, BASE_LEN(faults));
	net_timer_set(ticker.timer, (struct mono_time){0});
	rig_run(&rig, 0, BASE_LEN(faults));
	for (size_t i = 0; i < BASE_LEN(faults); i++) {
		const struct answer *answer = &rig.answers[i];
		const struct fault *fault = &faults[i];

		print_message("# %s\n", answer->message);
		if (answer->failure != fault->failure && fault->says[0] != '\0')
			fail_msg("%s %s: %s", fault->port, fault->path, failure_name(answer->failure));
		if (fault->says[0] == '\0')
			continue;
		if (fault->phase != PHASE_NONE)
			assert_int_equal(answer->phase, fault->phase);
		assert_says(answer->message, fault->says);
		assert_memory_equal(answer->message, "http GET http", 13);
		assert_true(answer->took_ns < TIMEOUT + OVERRUN);
		if (fault->slow)
			assert_true(answer->took_ns >= TIMEOUT);
	}
	/* A timer went on meanwhile. */
	assert_true(ticker.ticks >= 5);
	net_timer_free(ticker.timer);
	rig_release(&rig);
}

/* A server that closes at once: the request may meet the end or the reset that follows it. */
static void test_closed_at_once(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	add(&rig, "http", "close", "/");
	add(&rig, "https", "close", "/");
	rig_run(&rig, 0, 2);
	for (int i = 0; i < 2; i++) {
		enum failure failure = rig.answers[i].failure;

		print_message("# %s\n", rig.answers[i].message);
		assert_true(failure == FAILURE_CLOSED || failure == FAILURE_RESET ||
			    (i == 1 && failure == FAILURE_TLS_FAILED));
		assert_true(rig.answers[i].took_ns < 20 * NS_PER_S);
	}
	rig_release(&rig);
}

static void test_refused(void **state)
{
	struct rig rig;
	char url[64];
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/", free_port());
	answer = rig_ask(&rig, rig_http(&rig, url));
	assert_int_equal(answer->failure, FAILURE_REFUSED);
	assert_int_equal(answer->phase, PHASE_CONNECT);
	assert_says(answer->message, "nothing listens on that port");
	rig_release(&rig);
}

static void test_big_body_is_cut(void **state)
{
	struct rig rig;
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	answer = rig_ask(&rig, add(&rig, "http", "http", "/big"));
	assert_int_equal(answer->failure, FAILURE_NONE);
	assert_true(answer->status == 200);
	assert_int_equal(answer->body_len, LIMIT_BODY);
	assert_true(answer->size == 1073741824.0);
	assert_true(answer->exchange->body_cut);
	assert_true(answer->exchange->body_len <= LIMIT_BODY_KEPT);
	assert_true(answer->took_ns < 20 * NS_PER_S);
	rig_release(&rig);
}

static void test_huge_headers_end(void **state)
{
	struct rig rig;
	struct check *check;
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	check = add(&rig, "http", "http", "/huge-headers");
	check->timeout_ns = TIMEOUT;
	answer = rig_ask(&rig, check);
	print_message("# %s\n", answer->message);
	assert_int_equal(answer->failure, FAILURE_TOO_LARGE);
	assert_true(answer->took_ns < TIMEOUT + OVERRUN);
	rig_release(&rig);
}

static void test_evidence_is_harmless(void **state)
{
	struct rig rig;
	struct check *check;
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	redactor_add(rig.fleet->redactor, "s3cr3t-token");
	check = add(&rig, "http", "http", "/escape");
	check->headers = &(struct name_value){"X-Api-Key", "s3cr3t-token"};
	check->header_count = 1;
	answer = rig_ask(&rig, check);
	assert_non_null(strstr(answer->exchange->request, "X-Api-Key: ***"));
	assert_null(strchr(answer->exchange->body, '\x1b'));
	assert_null(strchr(exchange_header(answer->exchange, "x-evil"), '\x1b'));
	check = add(&rig, "http", "http", "/echo");
	check->auth = &(struct auth){.kind = AUTH_BEARER, .secret = "s3cr3t-token"};
	answer = rig_ask(&rig, check);
	assert_non_null(strstr(answer->body, "Authorization: Bearer s3cr3t-token"));
	assert_null(strstr(answer->exchange->body, "s3cr3t"));
	assert_null(strstr(answer->exchange->request, "s3cr3t"));
	rig_release(&rig);
}

static void test_methods(void **state)
{
	static const struct {
		const char *method, *body, *has, *lacks;
	} cases[] = {
		{"GET", NULL, "GET /echo HTTP/1.1\r\n", "Content-"},
		{"POST", NULL, "POST /echo HTTP/1.1\r\n", "Content-Type"},
		{"POST", "{\"a\":1}", "Type: application/json", "urlencoded"},
		{"POST", "a=1", "a=1", "Content-Type"},
		{"PUT", "x", "PUT /echo", "Expect"},
		{"DELETE", NULL, "DELETE /echo", "Content-"},
		{"OPTIONS", NULL, "OPTIONS /echo", "Content-"},
		{"GET", "{}", "GET /echo", "urlencoded"},
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < BASE_LEN(cases); i++) {
			struct check *check = add(&rig, "http", "http", "/echo");
			struct answer *answer;

			check->method = cases[i].method;
			check->body = cases[i].body;
			answer = rig_ask(&rig, check);
			assert_int_equal(answer->failure, FAILURE_NONE);
			if (strstr(answer->body, cases[i].has) == NULL ||
			    strstr(answer->body, cases[i].lacks) != NULL)
				fail_msg("%s: %s", cases[i].method, answer->body);
		}
	rig_release(&rig);
}

static void test_redirects(void **state)
{
	struct rig rig;
	struct check *check;
	struct answer *answer;
	char path[200];

	(void)state;
	rig_init(&rig);
	check = add(&rig, "http", "http", "/to//ok");
	answer = rig_ask(&rig, check);
	assert_true(answer->status == 302); /* not asked to follow */
	assert_string_equal(answer->exchange->redirected_to + strlen("http://127.0.0.1:") + 5, "/ok");
	check = add(&rig, "http", "http", "/to//ok");
	check->follow = 5;
	answer = rig_ask(&rig, check);
	assert_true(answer->status == 200);
	assert_true(answer->redirects == 1);
	check = add(&rig, "http", "http", "/loop");
	check->follow = 5;
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_REDIRECTS);
	assert_says(answer->message, "more than 5 times");
	/* What belongs to one origin never reaches another. */
	(void)snprintf(path, sizeof(path), "/to/http://localhost:%d/echo", fault_port("http"));
	check = add(&rig, "http", "http", path);
	check->follow = 5;
	check->auth = &(struct auth){.kind = AUTH_BASIC, .user = "u", .secret = "p"};
	check->headers = &(struct name_value){"X-Api-Key", "k"};
	check->header_count = 1;
	answer = rig_ask(&rig, check);
	assert_true(answer->status == 200);
	assert_non_null(strstr(answer->body, "GET /echo"));
	assert_null(strstr(answer->body, "X-Api-Key"));
	assert_null(strstr(answer->body, "Authorization"));
	/* The same origin keeps them. */
	check = add(&rig, "http", "http", "/to//echo");
	check->follow = 1;
	check->auth = &(struct auth){.kind = AUTH_BASIC, .user = "u", .secret = "p"};
	answer = rig_ask(&rig, check);
	assert_non_null(strstr(answer->body, "Authorization: Basic dTpw"));
	rig_release(&rig);
}

static void test_cancel(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (int i = 0; i < 5; i++)
		add(&rig, "http", i < 3 ? "hang" : "http", "/ok");
	rig_run(&rig, 3, 2);
	rig.running = 3;
	for (int i = 0; i < 3; i++) {
		rig.answers[i].finished = 0;
		prober_start(rig.prober, &rig.checks[i]);
		prober_start(rig.prober, &rig.checks[i]); /* runs already */
		prober_cancel(rig.prober, rig.checks[i].id);
		prober_cancel(rig.prober, rig.checks[i].id);
	}
	prober_cancel(rig.prober, 4711);
	net_run(rig.net);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(rig.answers[i].finished, 1);
		assert_int_equal(rig.answers[i].samples, 0);
	}
	/* Freed while others are under way. */
	prober_start(rig.prober, &rig.checks[0]);
	rig_release(&rig);
}

static void stop_net(void *context, struct http_run *run, const struct http_result *result)
{
	struct net *net = context;

	(void)run;
	assert_int_equal(result->status, 200);
	net_stop(net);
}

/* A kept connection is renewed, so that DNS, accept and certificates are seen again. */
static void test_renewal(void **state)
{
	struct http_options options = {.method = "GET", .keepalive = true, .proxy = "",
				       .body_max = LIMIT_BODY, .renew_s = 1};
	struct http_target *target;
	struct mono_time until;
	struct strbuf err;
	struct net *net;
	char url[64];

	(void)state;
	strbuf_init(&err, 200);
	net = net_new(&err);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/ok", fault_port("http"));
	options.url = url;
	target = http_target_new(net, &options, &err);
	assert_non_null(target);
	until.ns = net_now(net).ns + 10 * NS_PER_S;
	do {
		http_start(target, NS_PER_S, stop_net, net);
		net_run(net);
	} while (net_stats(net).connects < 2 && net_now(net).ns < until.ns);
	assert_int_equal(net_stats(net).connects, 2);
	assert_true(net_stats(net).exchanges > 2);
	http_target_free(target);
	net_free(net);
}

/* No descriptor left is our trouble, not the service's. */
static void test_no_descriptors(void **state)
{
	struct rig rig;
	struct rlimit before, none;
	struct check *check;
	int highest;

	(void)state;
	rig_init(&rig);
	check = add(&rig, "http", "http", "/ok");
	check->keepalive = false;
	rig_ask(&rig, check);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	highest = dup(0);
	close(highest);
	none = (struct rlimit){(rlim_t)highest, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	rig_ask(&rig, check);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(rig.answers[0].failure, FAILURE_NO_DESCRIPTORS);
	assert_true(failure_is_local(rig.answers[0].failure));
	assert_says(rig.answers[0].message, "ulimit -n");
	assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_NONE);
	rig_release(&rig);
}

/* More targets than descriptors: fewer connections are kept, and all answer. */
static void test_few_descriptors(void **state)
{
	struct rlimit before, few;
	struct rig rig;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){600, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	rig_init(&rig);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &few), 0);
	assert_true(few.rlim_cur > 600 || before.rlim_max <= 600); /* raised as far as it goes */
	add(&rig, "http", "http", "/ok");
	rig_run(&rig, 0, 1);
	net_plan(rig.net, 1000000);
	for (int i = 0; i < 3; i++)
		add(&rig, "http", "http", "/ok");
	rig_run(&rig, 0, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(rig.answers[i].failure, FAILURE_NONE);
	rig_release(&rig);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void test_config_errors(void **state)
{
	struct rig rig;
	struct check *check;

	(void)state;
	rig_init(&rig);
	check = rig_http(&rig, "http://x/");
	check->error = "${env:TOKEN} is not set";
	assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_CONFIG);
	assert_says(rig.answers[0].message, "TOKEN");
	check = rig_http(&rig, "ftp://127.0.0.1/");
	assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_CONFIG);
	check = rig_http(&rig, "http://127.0.0.1/");
	check->headers = &(struct name_value){"X", "a\r\nHost: b"};
	check->header_count = 1;
	assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_CONFIG);
	rig_release(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_evidence_is_kept_while_it_is_the_same),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_new_connection_after_a_failure),
		cmocka_unit_test(test_connections_that_answer_once),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_evidence_is_its_own),
		cmocka_unit_test(test_second_address),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_closed_at_once),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_big_body_is_cut),
		cmocka_unit_test(test_huge_headers_end),
		cmocka_unit_test(test_evidence_is_harmless),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_renewal),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_few_descriptors),
		cmocka_unit_test(test_config_errors),
	};

	return cmocka_run_group_tests(tests, fault_server_setup, fault_server_teardown);
}
