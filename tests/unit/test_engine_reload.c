/* What an engine keeps of a service when its file is read again: what was answered stays true where the
 * question is the same. */
#include "engine_rig.h"

#define HEAD "version: 1\nfleet: t\ndefaults: {interval: 10s, timeout: 3s, fall: 2, rise: 1}\n"
#define FAMILY                                                                                     \
	HEAD "services:\n"                                                                         \
	     "  - {name: db, checks: [{tcp: \"127.0.0.1:1\"}]}\n"                                   \
	     "  - {name: api, url: \"http://127.0.0.1:2\", depends_on: [db], checks: [{http: /h}]}\n" \
	     "  - {name: web, url: \"http://127.0.0.1:3\", depends_on: [api], checks: [{http: /h}]}\n"

static void test_reload(void **state)
{
	struct rig rig;
	struct fleet *next;
	const struct service_row *row;

	(void)state;
	rig_init(&rig, FAMILY);
	rig_answer(&rig, "db", REFUSED);
	rig_answer(&rig, "api", OK_ANSWER);
	rig_answer(&rig, "web", OK_ANSWER);
	rig_wait(&rig, 10 * SEC);
	/* db as it was, api asks another URL, web is gone, new comes. */
	next = fleet_of(HEAD "services:\n  - {name: new, checks: [{tcp: \"127.0.0.1:9\"}]}\n"
			     "  - {name: db, checks: [{tcp: \"127.0.0.1:1\"}]}\n"
			     "  - {name: api, url: \"http://127.0.0.1:22\", depends_on: [db], checks: [{http: /h}]}\n");
	rig_apply(&rig, &(struct event){.kind = EVENT_RELOAD, .as.fleet = next});
	fleet_unref(rig.fleet);
	rig.fleet = next;
	row = rig_row(&rig, "db");
	assert_int_equal(row->state, SERVICE_DOWN);
	assert_int_equal(row->since.ns, RIG_WALL);
	assert_int_equal(row->checks[0].streak, 1);
	assert_int_equal(rig_row(&rig, "new")->state, SERVICE_PENDING);
	/* Its own state is kept until the other question is answered. */
	row = rig_row(&rig, "api");
	assert_int_equal(row->state, SERVICE_UP);
	assert_int_equal(row->checks[0].state, CHECK_PENDING);
	rig_answer(&rig, "api", REFUSED);
	rig_expect(&rig, "api", SERVICE_DOWN, "connection refused");
	row = rig_row(&rig, "api");
	assert_int_equal(row->caused_count, 1);
	assert_true(row->caused_by[0] == fleet_service_named(rig.fleet, "db")->id);
	assert_int_equal(rig.snapshot->row_count, 3);
	rig_release(&rig);
}

/* A check that was changed in the file has shown nothing yet, least of all that its service is well again. */
static void test_reload_is_no_recovery(void **state)
{
	static const char *const beside[] = {"", ", {tcp: \"127.0.0.1:9\", name: b}"};
	char text[400];

	(void)state;
	for (size_t i = 0; i < BASE_LEN(beside); i++) {
		struct rig rig;
		struct fleet *next;

		(void)snprintf(text, sizeof(text), HEAD "services: [{name: it, checks: [{tcp: \"127.0.0.1:1\", name: a}%s]}]\n",
			       beside[i]);
		rig_init(&rig, text);
		rig_answer(&rig, beside[i][0] != '\0' ? "it/a" : "it", REFUSED);
		if (beside[i][0] != '\0')
			rig_answer(&rig, "it/b", OK_ANSWER);
		rig_expect(&rig, "it", SERVICE_DOWN, "connection refused");
		(void)snprintf(text, sizeof(text), HEAD "services: [{name: it, checks: [{tcp: \"127.0.0.1:2\", name: a}%s]}]\n",
			       beside[i]);
		next = fleet_of(text);
		rig_apply(&rig, &(struct event){.kind = EVENT_RELOAD, .as.fleet = next});
		fleet_unref(rig.fleet);
		rig.fleet = next;
		rig_expect(&rig, "it", SERVICE_DOWN, "a check was changed and has no answer yet");
		rig_answer(&rig, beside[i][0] != '\0' ? "it/a" : "it", OK_ANSWER);
		assert_int_equal(rig_row(&rig, "it")->state, SERVICE_UP);
		rig_release(&rig);
	}
}

/* Each change of what is asked, or of what is wanted, takes the answer with it; how often is another matter. */
static void test_reload_of_one_check(void **state)
{
	static const struct {
		const char *before, *after;
		bool kept;
	} cases[] = {
		{"{tcp: \"127.0.0.1:1\"}", "{tcp: \"127.0.0.1:1\", interval: 5s, fall: 3}", true},
		{"{tcp: \"127.0.0.1:1\"}", "{tcp: \"127.0.0.1:1\", warn: [latency < 1s]}", false},
		{"{kafka: \"127.0.0.1:1\", topics: [a]}", "{kafka: \"127.0.0.1:1\", topics: [a, b]}", false},
		{"{http: \"http://127.0.0.1:1/\", auth: {oauth2: {token_url: \"http://127.0.0.1:2/\", client_id: a, client_secret: s}}}",
		 "{http: \"http://127.0.0.1:1/\", auth: {oauth2: {token_url: \"http://127.0.0.1:2/\", client_id: b, client_secret: s}}}",
		 false},
		{"{name: f, flow: [{http: \"http://127.0.0.1:1/\"}, {http: \"http://127.0.0.1:1/b\"}]}",
		 "{name: f, flow: [{http: \"http://127.0.0.1:1/\"}, {http: \"http://127.0.0.1:1/c\"}]}", false},
		{"{name: f, flow: [{http: \"http://127.0.0.1:1/\", capture: {t: json .a}}]}",
		 "{name: f, flow: [{http: \"http://127.0.0.1:1/\", capture: {t: json .b}}]}", false},
		{"{name: f, flow: [{http: \"http://127.0.0.1:1/\"}]}",
		 "{name: f, interval: 20s, flow: [{http: \"http://127.0.0.1:1/\"}]}", true},
	};
	char text[600];

	(void)state;
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		struct rig rig;
		struct fleet *next;

		(void)snprintf(text, sizeof(text), HEAD "services: [{name: it, checks: [%s]}]\n", cases[i].before);
		rig_init(&rig, text);
		rig_answer(&rig, "it", OK_ANSWER);
		(void)snprintf(text, sizeof(text), HEAD "services: [{name: it, checks: [%s]}]\n", cases[i].after);
		next = fleet_of(text);
		rig_apply(&rig, &(struct event){.kind = EVENT_RELOAD, .as.fleet = next});
		fleet_unref(rig.fleet);
		rig.fleet = next;
		if ((rig_row(&rig, "it")->checks[0].state != CHECK_PENDING) != cases[i].kept)
			fail_msg("%s -> %s", cases[i].before, cases[i].after);
		rig_release(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_reload_is_no_recovery),
		cmocka_unit_test(test_reload_of_one_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
