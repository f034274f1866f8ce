/* The body's own verdict in the formats that people serve. */
#include "fleets.h"

#include "judge/judge.h"

struct row {
	const char *name;
	int status;
	const char *body;
	enum check_state state;
	const char *message;
};

static void judge_row(const struct fleet *fleet, const struct row *row)
{
	struct answer answer = {.status = row->status, .body = row->body};
	struct judge_memo *memo = NULL;

	for (int round = 0; round < 2; round++) {
		struct arena arena;
		struct verdict verdict;
		struct answer_sample made;

		arena_init(&arena);
		answer_make(&made, &answer, fleet->checks[0].id, 1, 1);
		judge_sample(&fleet->checks[0], fleet->redactor, &made.sample, &memo, &arena,
			     &verdict);
		if (verdict.state != row->state || strcmp(verdict.message, row->message) != 0)
			fail_msg("%s, round %d: %s \"%s\", wanted %s \"%s\"", row->name, round,
				 check_state_name(verdict.state), verdict.message,
				 check_state_name(row->state), row->message);
		answer_release(&made);
		arena_release(&arena);
	}
	judge_memo_free(memo);
}

static void test_words(void **state)
{
	static const struct {
		const char *word;
		enum check_state state;
	} words[] = {
		{"ok", CHECK_PASS},	  {"healthy", CHECK_PASS}, {"UP", CHECK_PASS},
		{"pass", CHECK_PASS},	  {"degraded", CHECK_WARN}, {"warn", CHECK_WARN},
		{"unhealthy", CHECK_FAIL}, {"DOWN", CHECK_FAIL},    {"fail", CHECK_FAIL},
		{"purple", CHECK_PASS},
	};
	struct fleet *fleet = fleet_of("version: 1\nfleet: t\nservices:\n"
				       "  - {name: s, url: \"http://127.0.0.1:1\", checks: [{http: /h}]}\n");

	(void)state;
	for (size_t i = 0; i < BASE_LEN(words); i++) {
		char body[64], message[64] = "";

		(void)snprintf(body, sizeof(body), "{\"status\":\"%s\"}", words[i].word);
		if (words[i].state != CHECK_PASS)
			(void)snprintf(message, sizeof(message), "the body says \"%s\"",
				       words[i].word);
		judge_row(fleet,
			  &(struct row){words[i].word, 200, body, words[i].state, message});
	}
	fleet_unref(fleet);
}

static void test_formats(void **state)
{
	static const struct row rows[] = {
		{"spring up", 200,
		 "{\"status\":\"UP\",\"components\":{\"db\":{\"status\":\"UP\",\"details\":{\"database\":\"PostgreSQL\"}}}}",
		 CHECK_PASS, ""},
		{"spring down, nested", 503,
		 "{\"status\":\"DOWN\",\"components\":{\"db\":{\"status\":\"DOWN\",\"components\":{\"main\":{\"status\":\"DOWN\",\"details\":{\"error\":\"refused\"}},\"spare\":{\"status\":\"UP\"}}}}}",
		 CHECK_FAIL,
		 "status 503; the body says main is \"DOWN\" (refused)"},
		{"asp.net", 200,
		 "{\"status\":\"Unhealthy\",\"results\":{\"sql\":{\"status\":\"Unhealthy\",\"description\":\"no login\"},\"disk\":{\"status\":\"Healthy\"}}}",
		 CHECK_FAIL, "the body says sql is \"Unhealthy\" (no login)"},
		{"asp.net entries", 200,
		 "{\"status\":\"Degraded\",\"entries\":{\"sql\":{\"status\":\"Degraded\"}}}", CHECK_WARN,
		 "the body says sql is \"Degraded\""},
		{"health+json draft", 200,
		 "{\"status\":\"warn\",\"checks\":{\"cassandra:responseTime\":[{\"status\":\"pass\"},{\"status\":\"warn\",\"output\":\"slow\"}]}}",
		 CHECK_WARN, "the body says cassandra:responseTime is \"warn\" (slow)"},
		{"microprofile", 503,
		 "{\"status\":\"DOWN\",\"checks\":[{\"name\":\"db\",\"status\":\"DOWN\"},{\"name\":\"q\",\"status\":\"UP\"}]}",
		 CHECK_FAIL, "status 503; the body says db is \"DOWN\""},
		{"plain map of words", 200, "{\"checks\":{\"db\":\"ok\",\"redis\":\"down\"}}",
		 CHECK_FAIL, "the body says redis is \"down\""},
		{"plain map of booleans", 200, "{\"dependencies\":{\"db\":true,\"redis\":false}}",
		 CHECK_FAIL, "the body says redis is \"false\""},
		{"a good top over a bad part is a warning", 200,
		 "{\"status\":\"ok\",\"checks\":{\"redis\":\"down\"}}", CHECK_WARN,
		 "the body says \"ok\", but redis is \"down\""},
		{"many", 200,
		 "{\"checks\":{\"a\":\"down\",\"b\":\"down\",\"c\":\"down\",\"d\":\"down\",\"e\":\"down\"}}",
		 CHECK_FAIL,
		 "the body says a is \"down\", b is \"down\", c is \"down\" and 2 more"},
		{"features are a note", 200, "{\"status\":\"ok\",\"features\":{\"stt\":false,\"tts\":true}}",
		 CHECK_PASS, ""},
		{"other words say nothing", 200, "{\"status\":\"shipped\",\"checks\":{\"version\":\"1.2\"}}",
		 CHECK_PASS, ""},
		{"no health at all", 200, "{\"id\":7}", CHECK_PASS, ""},
		{"no JSON", 200, "OK", CHECK_PASS, ""},
		{"broken JSON", 200, "{\"status\":", CHECK_PASS, ""},
		{"a list", 200, "[{\"status\":\"down\"}]", CHECK_PASS, ""},
		{"a number", 200, "{\"status\":0}", CHECK_PASS, ""},
	};
	struct fleet *fleet = fleet_of("version: 1\nfleet: t\nservices:\n"
				       "  - {name: s, url: \"http://127.0.0.1:1\", checks: [{http: /h}]}\n");

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++)
		judge_row(fleet, &rows[i]);
	fleet_unref(fleet);
}

static void test_ignored(void **state)
{
	static const struct row ignored = {"ignored", 200, "{\"status\":\"down\"}", CHECK_PASS, ""};
	static const struct row own = {"own status", 503, "{\"status\":\"ok\"}", CHECK_PASS, ""};
	static const struct row asked = {"an error that was asked for", 404,
					 "{\"status\":\"fail\",\"data\":{}}", CHECK_PASS, ""};
	struct fleet *fleet =
		fleet_of("version: 1\nfleet: t\nservices:\n  - {name: s, url: \"http://127.0.0.1:1\", "
			 "checks: [{http: /h, health: ignore}]}\n");

	(void)state;
	judge_row(fleet, &ignored);
	fleet_unref(fleet);
	fleet = fleet_of("version: 1\nfleet: t\nservices:\n  - {name: s, url: \"http://127.0.0.1:1\", "
			 "checks: [{http: /h, expect: [\"status in 404|503\"]}]}\n");
	judge_row(fleet, &own);
	judge_row(fleet, &asked);
	fleet_unref(fleet);
}

/* A memo is for the same bytes alone. */
static void test_memo_follows_the_body(void **state)
{
	static const char *const bodies[] = {"{\"a\":1,\"status\":\"ok\"}", "{\"a\":2,\"status\":\"ok\"}",
					     "{\"a\":1,\"status\":\"ok\"}", "{\"a\":1,\"status\":\"down\"}"};
	static const enum check_state states[] = {CHECK_PASS, CHECK_FAIL, CHECK_PASS, CHECK_FAIL};
	struct fleet *fleet =
		fleet_of("version: 1\nfleet: t\nservices:\n  - {name: s, url: \"http://127.0.0.1:1\", "
			 "checks: [{http: /h, expect: [\"json .a == 1\"]}]}\n");
	struct judge_memo *memo = NULL;

	(void)state;
	for (size_t i = 0; i < BASE_LEN(bodies); i++) {
		struct answer answer = {.status = 200, .body = bodies[i]};
		struct answer_sample made;
		struct arena arena;
		struct verdict verdict;

		arena_init(&arena);
		answer_make(&made, &answer, fleet->checks[0].id, 1, 1);
		judge_sample(&fleet->checks[0], fleet->redactor, &made.sample, &memo, &arena,
			     &verdict);
		assert_int_equal(verdict.state, states[i]);
		assert_true(judge_memo_size(memo) > 0 && judge_memo_size(memo) < 400);
		answer_release(&made);
		arena_release(&arena);
	}
	judge_memo_free(memo);
	fleet_unref(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_memo_follows_the_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
