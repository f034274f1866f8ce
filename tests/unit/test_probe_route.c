/* The route probe: bare questions, the random sibling, and the server's own list of routes. */
#include "probe/openapi_compare.h"

#include "unit.h"

#include "../net/servers.h"

static struct check *add(struct rig *rig, const char *method, const char *path)
{
	char url[300];
	struct check *check;

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", fault_port("http"), path);
	check = rig_http(rig, url);
	check->type = CHECK_TYPE_ROUTE;
	check->method = method;
	return check;
}

static void test_there(void **state)
{
	struct rig rig;
	struct check *check;
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	check = add(&rig, "POST", "/status/422");
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_NONE);
	assert_true(answer->status == 422);
	assert_true(answer->sibling == 404);
	assert_int_equal(net_stats(rig.net).exchanges, 2);
	/* Once a load. */
	rig_ask(&rig, check);
	assert_int_equal(net_stats(rig.net).exchanges, 3);
	prober_reload(rig.prober, rig.fleet);
	rig_ask(&rig, check);
	assert_int_equal(net_stats(rig.net).exchanges, 5);
	rig_release(&rig);
}

static void test_sibling(void **state)
{
	struct rig rig;
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	answer = rig_ask(&rig, add(&rig, "GET", "/ok"));
	assert_true(answer->status == 200);
	assert_true(answer->sibling == 404);
	/* /to/ANYTHING is a redirect whatever stands there. */
	answer = rig_ask(&rig, add(&rig, "GET", "/to/here"));
	assert_true(answer->status == 302);
	assert_true(answer->sibling == 302);
	assert_true(answer->redirects == -1);
	rig_release(&rig);
}

static void test_missing(void **state)
{
	struct rig rig;
	struct check *check;
	struct answer *answer;
	uint64_t asked;

	(void)state;
	rig_init(&rig);
	check = add(&rig, "POST", "/api/voice/realtime-session");
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_NONE);
	assert_true(answer->status == 404);
	assert_true(answer->sibling == -1);
	assert_int_equal(answer->routes, 3);
	assert_string_equal(answer->first_route, "POST /voice/realtime-session");
	assert_true(answer->latency_ns <= answer->took_ns);
	/* Kept for a while. */
	asked = net_stats(rig.net).exchanges;
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->routes, 3);
	assert_int_equal(net_stats(rig.net).exchanges, asked + 1);
	rig_release(&rig);
}

/* An http check that is 404 brings the list along, and its body is judged all the same. */
static void test_missing_http(void **state)
{
	struct rig rig;
	struct check *check;
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	check = add(&rig, "POST", "/api/voice/realtime-session");
	check->type = CHECK_TYPE_HTTP;
	check->body = "{}";
	for (int i = 0; i < 2; i++) {
		answer = rig_ask(&rig, check);
		assert_true(answer->status == 404);
		assert_int_equal(answer->routes, 3);
		assert_string_equal(answer->body, "{\"detail\":\"Not Found\"}");
		assert_int_equal(answer->samples, 1);
	}
	rig.running = 1;
	prober_reload(rig.prober, rig.fleet);
	prober_start(rig.prober, check);
	prober_cancel(rig.prober, check->id);
	net_run(rig.net);
	rig_release(&rig);
}

static void test_bare(void **state)
{
	struct rig rig;
	struct check *check;
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	for (int i = 0; i < 2; i++) {
		check = add(&rig, i == 0 ? "POST" : "GET", "/echo");
		check->headers = &(struct name_value){"X-Api-Key", "k"};
		check->header_count = 1;
		check->auth = &(struct auth){.kind = AUTH_BEARER, .secret = "secret"};
		answer = rig_ask(&rig, check);
		assert_int_equal(answer->failure, FAILURE_NONE);
		assert_int_equal(strstr(answer->exchange->body, "X-Api-Key") != NULL, i == 1);
		assert_int_equal(strstr(answer->exchange->body, "Authorization") != NULL, i == 1);
	}
	rig_release(&rig);
}

static void test_failure_and_cancel(void **state)
{
	struct rig rig;
	struct check *check;
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	check = add(&rig, "POST", "/hang");
	check->timeout_ns = 300 * NS_PER_MS;
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_TIMEOUT);
	assert_memory_equal(answer->message, "route POST http", 15);
	assert_true(answer->took_ns < 10 * NS_PER_S);
	rig.running = 1;
	prober_start(rig.prober, check);
	prober_cancel(rig.prober, check->id);
	net_run(rig.net);
	prober_start(rig.prober, check);
	rig_release(&rig);
}

static void test_places(void **state)
{
	static const struct {
		const char *url;
		const char *places[OPENAPI_PLACES];
		size_t count;
	} cases[] = {
		{"http://h:1/api/voice/x?q=/a/b",
		 {"http://h:1/openapi.json", "http://h:1/api/openapi.json",
		  "http://h:1/api/voice/openapi.json", "http://h:1/v3/api-docs",
		  "http://h:1/swagger.json"}, 5},
		{"http://h:1", {"http://h:1/openapi.json", "http://h:1/v3/api-docs",
				"http://h:1/swagger.json"}, 3},
		{"http://h:1/a/b/c/d/e/f",
		 {"http://h:1/openapi.json", "http://h:1/a/openapi.json", "http://h:1/a/b/openapi.json",
		  "http://h:1/a/b/c/openapi.json", "http://h:1/v3/api-docs", "http://h:1/swagger.json"},
		 6},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		char *places[OPENAPI_PLACES];
		size_t count = openapi_places(cases[i].url, places);

		assert_int_equal(count, cases[i].count);
		for (size_t j = 0; j < count; j++) {
			assert_string_equal(places[j], cases[i].places[j]);
			free(places[j]);
		}
	}
}

static void test_documents(void **state)
{
	static const struct {
		const char *text;
		int count; /* -1: no document */
		const char *first;
	} cases[] = {
		{"", -1, NULL},
		{"[]", -1, NULL},
		{"{\"paths\":[]}", -1, NULL},
		{"{\"paths\":{}}", 0, NULL},
		{"{\"paths\":{\"/a\":{\"get\":{},\"summary\":\"x\"}}}", 1, "GET /a"},
		{"{\"basePath\":\"/api/\",\"paths\":{\"/a\":{\"delete\":{}}}}", 1, "DELETE /api/a"},
		{"{\"servers\":[{\"url\":\"/v1\"}],\"paths\":{\"/a\":{\"patch\":{}}}}", 1, "PATCH /v1/a"},
		{"{\"servers\":[{\"url\":\"http://x/v1\"}],\"paths\":{\"/a\":{\"put\":{}}}}", 1, "PUT /v1/a"},
		{"{\"paths\":{\"/\\u001b[2J\":{\"get\":{}}}}", 1, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		struct routes *routes = routes_read(cases[i].text, strlen(cases[i].text), NULL);

		if (cases[i].count < 0) {
			assert_null(routes);
			continue;
		}
		assert_non_null(routes);
		assert_int_equal(routes->count, cases[i].count);
		if (cases[i].first != NULL)
			assert_string_equal(routes->at[0], cases[i].first);
		for (size_t j = 0; j < routes->count; j++)
			assert_null(strchr(routes->at[j], '\x1b'));
		routes_unref(routes);
	}
}

/* What a list says about a route that is wanted, and about an older list. */
static void test_compare(void **state)
{
	static const char document[] =
		"{\"basePath\":\"/api\",\"paths\":{\"/\":{\"get\":{}},\"/voice/session\":{\"post\":{}},"
		"\"/items/{id}\":{\"get\":{},\"put\":{}}}}";
	static const char older[] = "{\"basePath\":\"/api\",\"paths\":{\"/items/{name}\":{\"get\":{}},"
				    "\"/old\":{\"get\":{}}}}";
	static const struct {
		const char *method, *path, *inner, *where; /* "": it is there */
	} rows[] = {
		{"GET", "/api/items/{x}", "/items/{x}", ""},
		{"GET", "/items/7", "/items/7", ""},
		{"HEAD", "/api/items/7", "/items/7", ""},
		{"GET", "/api/", "/", ""},
		{"DELETE", "/api/items/7", "/items/7", "other method: GET, PUT"},
		{"POST", "/v2/voice/session", "/v2/voice/session", "served at /api/voice/session"},
		{"POST", "/gw/api/voice/session", "/api/voice/session", ""},
		{"GET", "/orders", "/orders", "gone"},
	};
	struct routes *routes = routes_read(document, strlen(document), NULL);
	struct routes *before = routes_read(older, strlen(older), NULL);
	struct strbuf where;
	struct arena arena;
	size_t count;

	(void)state;
	arena_init(&arena);
	strbuf_init(&where, 300);
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct wanted_route wanted = {rows[i].method, rows[i].path, rows[i].inner};

		strbuf_reset(&where);
		assert_int_equal(openapi_has(routes, &wanted, &where), rows[i].where[0] == '\0');
		assert_string_equal(where.len != 0 ? where.data : "", rows[i].where);
	}
	assert_string_equal(openapi_lacking(before, routes, &arena, &count)[0], "GET /api/old");
	assert_int_equal(count, 1);
	(void)openapi_lacking(routes, before, &arena, &count);
	assert_int_equal(count, 3);
	strbuf_release(&where);
	arena_release(&arena);
	routes_unref(routes);
	routes_unref(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there),
		cmocka_unit_test(test_sibling),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_missing_http),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_failure_and_cancel),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_documents), cmocka_unit_test(test_compare),
	};

	return cmocka_run_group_tests(tests, fault_server_setup, fault_server_teardown);
}
