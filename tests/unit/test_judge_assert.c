/* Every subject and operator of an assertion, and the sentences that a person reads. */
#include "fleets.h"

#include "base/scrub.h"
#include "judge/judge.h"

struct row {
	const char *type;   /* "http: /x" */
	const char *expect; /* one line; NULL none */
	const char *extra;  /* further keys of the check, indented by 8 */
	struct answer answer;
	enum check_state state;
	const char *message;
};

static struct fleet *fleet_for(const struct row *row)
{
	struct strbuf yaml;
	struct fleet *fleet;

	strbuf_init(&yaml, 65536);
	strbuf_addf(&yaml,
		    "version: 1\nfleet: t\nservices:\n  - name: s\n    url: \"%s\"\n"
		    "    checks:\n      - %s\n",
		    strstr(row->type, "tls") != NULL ? "https://127.0.0.1:1" : "http://127.0.0.1:1",
		    row->type);
	if (row->expect != NULL)
		strbuf_addf(&yaml, "        expect:\n          - %s\n", row->expect);
	if (row->extra != NULL)
		strbuf_addf(&yaml, "        %s\n", row->extra);
	fleet = fleet_of(yaml.data);
	strbuf_release(&yaml);
	return fleet;
}

static void judge_row(const struct row *row)
{
	struct fleet *fleet = fleet_for(row);
	struct judge_memo *memo = NULL;

	/* Twice: the second time from the memo, with the same outcome. */
	for (int round = 0; round < 2; round++) {
		struct arena arena;
		struct verdict verdict;
		struct answer_sample made;

		arena_init(&arena);
		answer_make(&made, &row->answer, fleet->checks[0].id, 1, 1);
		judge_sample(&fleet->checks[0], fleet->redactor, &made.sample, &memo, &arena,
			     &verdict);
		if (verdict.state != row->state || strcmp(verdict.message, row->message) != 0)
			fail_msg("%s | %s, round %d: %s \"%s\", wanted %s \"%s\"", row->type,
				 row->expect != NULL ? row->expect : "", round,
				 check_state_name(verdict.state), verdict.message,
				 check_state_name(row->state), row->message);
		answer_release(&made);
		arena_release(&arena);
	}
	judge_memo_free(memo);
	fleet_unref(fleet);
}

#define HTTP "http: /x"
#define OK200(text) {.status = 200, .body = (text)}

static void test_operators(void **state)
{
	static const struct row rows[] = {
		{HTTP, NULL, NULL, OK200(""), CHECK_PASS, ""},
		{HTTP, NULL, NULL, {.status = 503}, CHECK_FAIL, "status 503, wanted 200..299"},
		{HTTP, "status == 404", NULL, {.status = 404}, CHECK_PASS, ""},
		{HTTP, "status in 401|403|500..599", NULL, {.status = 503}, CHECK_PASS, ""},
		{HTTP, "status in 401|403|500..599", NULL, {.status = 404}, CHECK_FAIL,
		 "status 404, wanted in 401|403|500..599"},
		{HTTP, "not status == 200", NULL, {.status = 200}, CHECK_FAIL,
		 "status 200, wanted not == 200"},
		{HTTP, "latency < 300ms", NULL, {.status = 200, .latency_ms = 840}, CHECK_FAIL,
		 "latency 840ms, wanted < 300ms"},
		{HTTP, "latency < 300ms", NULL, {.status = 200}, CHECK_PASS, ""},
		{HTTP, "json .a == 1", NULL, OK200("{\"a\":1}"), CHECK_PASS, ""},
		{HTTP, "json .a != 1", NULL, OK200("{\"a\":1}"), CHECK_FAIL,
		 "json .a is 1, wanted != 1"},
		{HTTP, "json .a >= 2", NULL, OK200("{\"a\":2}"), CHECK_PASS, ""},
		{HTTP, "json .a > 2", NULL, OK200("{\"a\":2}"), CHECK_FAIL,
		 "json .a is 2, wanted > 2"},
		{HTTP, "json .a <= 1", NULL, OK200("{\"a\":2}"), CHECK_FAIL,
		 "json .a is 2, wanted <= 1"},
		{HTTP, "json .a == one", NULL, OK200("{\"a\":\"one\"}"), CHECK_PASS, ""},
		{HTTP, "json .a == one", NULL, OK200("{\"a\":\"two\"}"), CHECK_FAIL,
		 "json .a is \"two\", wanted == one"},
		{HTTP, "json .a ~ ^o", NULL, OK200("{\"a\":\"one\"}"), CHECK_PASS, ""},
		{HTTP, "json .a !~ ^o", NULL, OK200("{\"a\":\"one\"}"), CHECK_FAIL,
		 "json .a is \"one\", wanted !~ ^o"},
		/* A pattern that gives up proves nothing, not even its absence. */
		{HTTP, "json .a !~ ^(a+)+$", NULL, OK200("{\"a\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"}"),
		 CHECK_FAIL, "json .a cannot be told: the pattern needs too many steps on this text"},
		{HTTP, "json .a in one|two", NULL, OK200("{\"a\":\"two\"}"), CHECK_PASS, ""},
		{HTTP, "json .a in one|two", NULL, OK200("{\"a\":\"three\"}"), CHECK_FAIL,
		 "json .a is \"three\", wanted in one|two"},
		{HTTP, "json .a exists", NULL, OK200("{\"a\":null}"), CHECK_PASS, ""},
		{HTTP, "json .a exists", NULL, OK200("{}"), CHECK_FAIL, "json .a is absent"},
		{HTTP, "json .a absent", NULL, OK200("{}"), CHECK_PASS, ""},
		{HTTP, "json .a absent", NULL, OK200("{\"a\":1}"), CHECK_FAIL,
		 "json .a is there (1), wanted it absent"},
		{HTTP, "not json .a exists", NULL, OK200("{}"), CHECK_PASS, ""},
		{HTTP, "json .a == true", NULL, OK200("{\"a\":true}"), CHECK_PASS, ""},
		{HTTP, "json .a == null", NULL, OK200("{\"a\":null}"), CHECK_PASS, ""},
		{HTTP, "json .a != null", NULL, OK200("{\"a\":\"x\"}"), CHECK_PASS, ""},
		{HTTP, "json .a == null", NULL, OK200("{\"a\":\"x\"}"), CHECK_FAIL,
		 "json .a is \"x\", wanted == null"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++)
		judge_row(&rows[i]);
}

/* An absent value or one of another type never holds, also behind `not` and `!=`. */
static void test_absent_and_types(void **state)
{
	static const struct row rows[] = {
		{HTTP, "json .status == healthy", NULL, OK200("{}"), CHECK_FAIL,
		 "json .status is absent"},
		{HTTP, "not json .a == 1", NULL, OK200("{}"), CHECK_FAIL, "json .a is absent"},
		{HTTP, "json .a != 1", NULL, OK200("{}"), CHECK_FAIL, "json .a is absent"},
		{HTTP, "json .x == 1", NULL, OK200("{\"x\":\"1\"}"), CHECK_FAIL,
		 "json .x is a text, wanted a number"},
		{HTTP, "json .x != 1", NULL, OK200("{\"x\":\"1\"}"), CHECK_FAIL,
		 "json .x is a text, wanted a number"},
		{HTTP, "not json .x == 1", NULL, OK200("{\"x\":\"1\"}"), CHECK_FAIL,
		 "json .x is a text, wanted a number"},
		{HTTP, "json .x == one", NULL, OK200("{\"x\":1}"), CHECK_FAIL,
		 "json .x is a number, wanted a text"},
		{HTTP, "json .x ~ a", NULL, OK200("{\"x\":[1]}"), CHECK_FAIL,
		 "json .x is a list, wanted a text"},
		{HTTP, "json .x == 1", NULL, OK200("{\"x\":{}}"), CHECK_FAIL,
		 "json .x is a map, wanted a number"},
		{HTTP, "json .x in 1|2", NULL, OK200("{\"x\":\"1\"}"), CHECK_FAIL,
		 "json .x is a text, wanted a number"},
		{HTTP, "json .a[*].ok == true", NULL, OK200("{\"a\":[{\"ok\":true},{\"ok\":true}]}"),
		 CHECK_PASS, ""},
		{HTTP, "json .a[*].ok == true", NULL, OK200("{\"a\":[{\"ok\":true},{\"ok\":false}]}"),
		 CHECK_FAIL, "json .a[*].ok is false, wanted == true"},
		{HTTP, "json .a[*].ok == true", NULL, OK200("{\"a\":[]}"), CHECK_FAIL,
		 "json .a[*].ok is absent"},
		{HTTP, "json .a[1] == 2", NULL, OK200("{\"a\":[1,2]}"), CHECK_PASS, ""},
		{HTTP, "body ~ pong", NULL, OK200("ping pong"), CHECK_PASS, ""},
		{HTTP, "body ~ pong", NULL, OK200("ping"), CHECK_FAIL,
		 "body is \"ping\", wanted ~ pong"},
		{HTTP, "header X-Version == 7", NULL,
		 {.status = 200, .header = "x-version", .header_value = "7"}, CHECK_PASS, ""},
		{HTTP, "header X-Version ~ ^7", NULL,
		 {.status = 200, .header = "x-version", .header_value = "7.1"}, CHECK_PASS, ""},
		{HTTP, "header X-Version exists", NULL, {.status = 200}, CHECK_FAIL,
		 "header X-Version is absent"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++)
		judge_row(&rows[i]);
}

static void test_not_json(void **state)
{
	static const struct row row = {HTTP,  "json .a == 1",	    NULL,
				       OK200("<html>"), CHECK_FAIL, NULL};
	struct fleet *fleet = fleet_for(&row);
	struct arena arena;
	struct verdict verdict;
	struct answer_sample made;

	(void)state;
	arena_init(&arena);
	answer_make(&made, &row.answer, fleet->checks[0].id, 1, 1);
	judge_sample(&fleet->checks[0], fleet->redactor, &made.sample, NULL, &arena, &verdict);
	assert_int_equal(verdict.state, CHECK_FAIL);
	assert_int_equal(strncmp(verdict.message, "the body is not JSON: ", 22), 0);
	answer_release(&made);
	arena_release(&arena);
	fleet_unref(fleet);
}

/* What was not measured on purpose is skipped, not failed. */
static void test_skipped(void **state)
{
	static const struct row rows[] = {
		{HTTP, "cert > 14d", NULL, {.status = 200}, CHECK_PASS, ""},
		{"http: https://127.0.0.1:1/x", "cert > 14d", NULL, {.status = 200, .cert_days = 3},
		 CHECK_FAIL, "cert 3d, wanted > 14d"},
		{"http: https://127.0.0.1:1/x", "cert > 14d", NULL, {.status = 200, .cert_days = 30},
		 CHECK_PASS, ""},
		{"http: https://127.0.0.1:1/x", "cert > 14d", NULL, {.status = 200}, CHECK_FAIL,
		 "cert is absent"},
		{HTTP, "connect < 1us", NULL, {.status = 200, .reused = true}, CHECK_PASS, ""},
		{HTTP, "connect < 1us", NULL, {.status = 200}, CHECK_FAIL,
		 "connect 1ms, wanted < 1us"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++)
		judge_row(&rows[i]);
}

static void test_any_of_and_warn(void **state)
{
	static const struct row rows[] = {
		{HTTP, "any of: [\"json .a == 1\", \"json .b == 2\"]", NULL, OK200("{\"b\":2}"),
		 CHECK_PASS, ""},
		{HTTP, "any of: [\"json .a == 1\", \"json .b == 2\"]", NULL, OK200("{\"b\":3}"),
		 CHECK_FAIL, "none of 2 holds: json .a is absent; json .b is 3, wanted == 2"},
		{HTTP, NULL, "warn: [\"json .a == 1\"]", OK200("{\"a\":2}"), CHECK_WARN,
		 "json .a is 2, wanted == 1"},
		{HTTP, "json .a == 1", "warn: [\"latency < 1ms\"]", OK200("{\"a\":2}"), CHECK_FAIL,
		 "json .a is 2, wanted == 1"},
		{HTTP, "json .a == 2", "warn: [\"latency < 1ms\"]", OK200("{\"a\":2}"), CHECK_WARN,
		 "latency 10ms, wanted < 1ms"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++)
		judge_row(&rows[i]);
}

/* The packet left: fail. It could not leave: unknown, whatever else is wanted. */
static void test_failures(void **state)
{
	static const struct row rows[] = {
		{HTTP, "json .a == 1", NULL, {.failure = FAILURE_REFUSED, .message = "connection refused by 127.0.0.1:1"},
		 CHECK_FAIL, "connection refused by 127.0.0.1:1"},
		{HTTP, NULL, NULL, {.failure = FAILURE_TIMEOUT}, CHECK_FAIL, "timed out"},
		{HTTP, "json .a == 1", NULL, {.failure = FAILURE_NO_ROUTE}, CHECK_UNKNOWN,
		 "no route to it from this host"},
		{"tcp: 127.0.0.1:1", NULL, NULL, {.failure = FAILURE_DNS_NOT_FOUND}, CHECK_FAIL,
		 "the name does not resolve"},
		{"tcp: 127.0.0.1:1", NULL, NULL, {0}, CHECK_PASS, ""},
		{HTTP, NULL, NULL, {.failure = FAILURE_CONFIG, .message = "X is not set"}, CHECK_UNKNOWN,
		 "X is not set"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++)
		judge_row(&rows[i]);
}

static void test_route(void **state)
{
	static const int good[] = {101, 200, 204, 301, 400, 401, 403, 409, 415, 422, 429};
	static const int bad[] = {404, 405, 410, 500, 502, 503};
	static const struct row rows[] = {
		{"route: POST /api/voice/realtime-session", NULL, NULL,
		 {.status = 404,
		  .sibling = 404,
		  .routes = {"GET /health", "POST /voice/realtime-session", "GET /voice/x"}},
		 CHECK_FAIL,
		 "POST /api/voice/realtime-session is 404; it is served at /voice/realtime-session"},
		{"route: POST /voice/session", NULL, NULL,
		 {.status = 405, .routes = {"GET /voice/session"}}, CHECK_FAIL,
		 "POST /voice/session is 405; the server has it for GET"},
		{"route: GET /calls/17/end", NULL, NULL,
		 {.status = 404, .routes = {"GET /api/calls/{id}/end"}}, CHECK_FAIL,
		 "GET /calls/17/end is 404; it is served at /api/calls/{id}/end"},
		{"route: GET /a/b", NULL, NULL, {.status = 404, .routes = {"GET /c/d", "GET /"}},
		 CHECK_FAIL, "GET /a/b is 404"},
		{"route: GET /a", NULL, NULL, {.status = 200, .sibling = 200}, CHECK_UNKNOWN,
		 "server answers every path alike"},
		{"route: GET /a", NULL, NULL, {.status = 401, .sibling = 404}, CHECK_PASS, ""},
		{"route: GET /a", "status == 404", NULL, {.status = 404}, CHECK_PASS, ""},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++)
		judge_row(&rows[i]);
	for (size_t i = 0; i < BASE_LEN(good); i++)
		judge_row(&(struct row){"route: GET /a", NULL, NULL, {.status = good[i]}, CHECK_PASS,
					""});
	for (size_t i = 0; i < BASE_LEN(bad); i++) {
		char message[64];

		(void)snprintf(message, sizeof(message), "GET /a is %d", bad[i]);
		judge_row(&(struct row){"route: GET /a", NULL, NULL, {.status = bad[i]}, CHECK_FAIL,
					message});
	}
}

/* Bytes of strangers and secrets do not reach a sentence. */
static void test_clean(void **state)
{
	static const struct row row = {HTTP, "json .a == one", NULL,
				       OK200("{\"a\":\"\\u001b[31mred\\u202e\"}"), CHECK_FAIL, NULL};
	struct fleet *fleet = fleet_for(&row);
	struct arena arena;
	struct verdict verdict;
	struct answer_sample made;

	(void)state;
	arena_init(&arena);
	answer_make(&made, &row.answer, fleet->checks[0].id, 1, 1);
	redactor_add(fleet->redactor, "red-secret");
	made.sample.body = "{\"a\":\"\\u001b[31mred-secret\\u202e\"}";
	made.sample.body_len = strlen(made.sample.body);
	judge_sample(&fleet->checks[0], fleet->redactor, &made.sample, NULL, &arena, &verdict);
	assert_null(strchr(verdict.message, '\033'));
	assert_null(strstr(verdict.message, "red-secret"));
	assert_non_null(strstr(verdict.message, REDACT_MASK));
	answer_release(&made);
	arena_release(&arena);
	fleet_unref(fleet);
}

/* However a long text is cut, it is cut between characters. */
static void test_cut(void **state)
{
	static const struct row row = {HTTP, "any of: [\"body == one\", \"json .a == one\"]", NULL,
				       OK200(""), CHECK_FAIL, NULL};
	struct fleet *fleet = fleet_for(&row);

	(void)state;
	for (size_t ahead = 0; ahead < 8; ahead++) {
		struct answer answer = row.answer;
		struct answer_sample made;
		struct verdict verdict;
		struct strbuf body;
		struct arena arena;

		arena_init(&arena);
		strbuf_init(&body, 4096);
		for (size_t i = 0; i < ahead; i++)
			strbuf_addc(&body, 'a');
		while (body.len < 2000)
			strbuf_adds(&body, "\u00e4\u2603\U0001f600\xff\x1b");
		answer.body = body.data;
		answer_make(&made, &answer, fleet->checks[0].id, 1, 1);
		judge_sample(&fleet->checks[0], fleet->redactor, &made.sample, NULL, &arena,
			     &verdict);
		assert_int_equal(verdict.state, CHECK_FAIL);
		assert_true(scrub_is_clean(verdict.message, strlen(verdict.message)));
		for (size_t i = 0; i < verdict.assertion_count; i++)
			assert_true(scrub_is_clean(verdict.assertions[i].got,
						   strlen(verdict.assertions[i].got)));
		answer_release(&made);
		strbuf_release(&body);
		arena_release(&arena);
	}
	fleet_unref(fleet);
}

/* An operator holds where one item does, `!=`, `!~` and `not` where none does. */
static void test_lists(void **state)
{
#define TWO {.status = 200, .routes = {"GET /a", "POST /b"}}
#define EMPTY {.status = 200, .routes = {""}}
	static const struct row rows[] = {
		{HTTP, "routes exists", NULL, TWO, CHECK_PASS, ""},
		{HTTP, "routes == POST /b", NULL, TWO, CHECK_PASS, ""},
		{HTTP, "routes == GET", NULL, TWO, CHECK_FAIL,
		 "routes is GET /a, POST /b, wanted == GET"},
		{HTTP, "routes == GET", NULL,
		 {.status = 200, .routes = {"GET /a\nUP  db", "POST /b"}}, CHECK_FAIL,
		 "routes is GET /a UP  db, POST /b, wanted == GET"},
		{HTTP, "routes != GET /x", NULL, TWO, CHECK_PASS, ""},
		{HTTP, "routes != GET /a", NULL, TWO, CHECK_FAIL,
		 "routes is GET /a, POST /b, wanted != GET /a"},
		{HTTP, "not routes == GET /a", NULL, TWO, CHECK_FAIL,
		 "routes is GET /a, POST /b, wanted not == GET /a"},
		{HTTP, "not routes == GET /x", NULL, TWO, CHECK_PASS, ""},
		{HTTP, "routes ~ ^POST", NULL, TWO, CHECK_PASS, ""},
		{HTTP, "routes ~ ^PUT", NULL, TWO, CHECK_FAIL,
		 "routes is GET /a, POST /b, wanted ~ ^PUT"},
		{HTTP, "routes !~ ^PUT", NULL, TWO, CHECK_PASS, ""},
		{HTTP, "routes !~ ^POST", NULL, TWO, CHECK_FAIL,
		 "routes is GET /a, POST /b, wanted !~ ^POST"},
		{HTTP, "routes in GET /x|POST /b", NULL, TWO, CHECK_PASS, ""},
		{HTTP, "routes in GET /x|POST /y", NULL, TWO, CHECK_FAIL,
		 "routes is GET /a, POST /b, wanted in GET /x|POST /y"},
		{HTTP, "routes absent", NULL, TWO, CHECK_FAIL,
		 "routes GET /a, POST /b"},
		{HTTP, "routes absent", NULL, EMPTY, CHECK_PASS, ""},
		{HTTP, "routes exists", NULL, EMPTY, CHECK_FAIL, "routes is empty"},
		{HTTP, "routes == GET /a", NULL, EMPTY, CHECK_FAIL,
		 "routes is empty, wanted == GET /a"},
		{HTTP, "routes != GET /a", NULL, EMPTY, CHECK_PASS, ""},
		{HTTP, "routes != GET /a", NULL, {.status = 200}, CHECK_FAIL, "routes is absent"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++)
		judge_row(&rows[i]);
}

/* What an answer says of itself is the sentence where a line of the type does not hold, and no other. */
static void test_own_words(void **state)
{
	static const struct {
		const char *keys; /* of the check, behind its command */
		double exit_code;
		const char *words;
		enum check_state state;
		const char *message;
	} rows[] = {
		{"", 0, "DISK OK", CHECK_PASS, ""},
		{"", 1, "DISK WARNING - 3%", CHECK_WARN, "DISK WARNING - 3%"},
		{"", 2, "DISK CRITICAL - 0%", CHECK_FAIL, "DISK CRITICAL - 0%"},
		{"", 2, NULL, CHECK_FAIL, "exit_code 2, wanted in 0|1"},
		{", expect: [\"exit_code == 0\"]", 2, "DISK CRITICAL - 0%", CHECK_FAIL,
		 "exit_code 2, wanted == 0"},
		{", expect: [\"exit_code == 2\"]", 2, "DISK CRITICAL - 0%", CHECK_PASS, ""},
		{", expect: [\"message ~ OK\"]", 0, "DISK OK", CHECK_PASS, ""},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct sample_value value = {.subject = SUBJECT_EXIT_CODE,
					     .value = value_number(rows[i].exit_code)};
		struct sample sample = {.message = rows[i].words, .values = &value, .value_count = 1,
					.latency_ns = 1, .phases = phases_unmeasured()};
		char *yaml = xasprintf("version: 1\nservices: [{name: s, checks: [{command: [x]%s}]}]\n",
				       rows[i].keys);
		struct fleet *fleet = fleet_of(yaml);
		struct verdict verdict;
		struct arena arena;

		arena_init(&arena);
		judge_sample(&fleet->checks[0], fleet->redactor, &sample, NULL, &arena, &verdict);
		assert_int_equal(verdict.state, rows[i].state);
		assert_string_equal(verdict.message, rows[i].message);
		arena_release(&arena);
		fleet_unref(fleet);
		free(yaml);
	}
}

/* Headers as they came, not as the evidence shows them; one that came several times is a list. */
static void test_headers(void **state)
{
	static const struct exchange_header came[] = {
		{"Set-Cookie", "lb=1"}, {"X-One", "secret-1"}, {"set-cookie", "sid=2"}, {"X-Empty", ""}};
	static const struct exchange_header kept[] = {{"Set-Cookie", "***"}};
	static const struct {
		const char *line, *message;
	} rows[] = {
		{"header Set-Cookie == sid=2", ""},
		{"header Set-Cookie in lb=1|lb=2", ""},
		{"header Set-Cookie ~ ^sid=", ""},
		{"header Set-Cookie exists", ""},
		{"header Set-Cookie != lb=2", ""},
		{"header Set-Cookie !~ ^nobody", ""},
		{"not header Set-Cookie == nobody", ""},
		{"header X-One == secret-1", ""},
		{"header X-Empty exists", ""},
		{"header Set-Cookie == lb=2", "header Set-Cookie is lb=1, sid=2, wanted == lb=2"},
		{"header Set-Cookie != sid=2", "header Set-Cookie is lb=1, sid=2, wanted != sid=2"},
		{"header Set-Cookie !~ ^lb", "header Set-Cookie is lb=1, sid=2, wanted !~ ^lb"},
		{"not header Set-Cookie ~ ^lb", "header Set-Cookie is lb=1, sid=2, wanted not ~ ^lb"},
		{"header Set-Cookie absent",
		 "header Set-Cookie is there (lb=1, sid=2), wanted it absent"},
		{"header X-Other exists", "header X-Other is absent"},
		{"header X-One == secret-2", "header X-One is \"***\", wanted == secret-2"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		const struct row row = {HTTP, rows[i].line, NULL, {.status = 200}, CHECK_PASS, ""};
		struct fleet *fleet = fleet_for(&row);
		struct answer_sample made;
		struct verdict verdict;
		struct arena arena;

		arena_init(&arena);
		redactor_add(fleet->redactor, "secret-1");
		answer_make(&made, &row.answer, fleet->checks[0].id, 1, 1);
		made.sample.headers = came;
		made.sample.header_count = BASE_LEN(came);
		exchange_unref(made.sample.exchange);
		made.draft.headers = kept;
		made.draft.header_count = 1;
		made.sample.exchange = exchange_new(&made.draft);
		judge_sample(&fleet->checks[0], fleet->redactor, &made.sample, NULL, &arena, &verdict);
		assert_string_equal(verdict.message, rows[i].message);
		assert_int_equal(verdict.state, rows[i].message[0] != '\0' ? CHECK_FAIL : CHECK_PASS);
		/* What was recorded without them is judged by what was kept. */
		made.sample.headers = NULL;
		judge_sample(&fleet->checks[0], fleet->redactor, &made.sample, NULL, &arena, &verdict);
		assert_true(i != 0 || verdict.state == CHECK_FAIL);
		answer_release(&made);
		arena_release(&arena);
		fleet_unref(fleet);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operators),	cmocka_unit_test(test_absent_and_types),
		cmocka_unit_test(test_not_json),	cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_any_of_and_warn), cmocka_unit_test(test_failures),
		cmocka_unit_test(test_route),		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_cut),		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_own_words),	cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
