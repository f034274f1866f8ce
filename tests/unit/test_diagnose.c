/* The rule compiler's complaints, the arithmetic of evidence and the ranking: small rules of their
 * own, so that the shipped ones can change. */
#include "unit.h"

#include "config/config.h"
#include "model/routes.h"
#include "diagnose/rule.h"
#include "rules_of.h"

#define STEPS "    steps: [{text: look}]\n"

/* --- the compiler ---------------------------------------------------------------------------- */

static void complaints_of(const char *yaml, struct strbuf *text)
{
	const struct node *document;
	struct arena arena;
	struct diags diags;

	arena_init(&arena);
	diags_init(&diags);
	document = config_read_yaml(&arena, "own.yaml", yaml, strlen(yaml), &diags);
	if (document != NULL)
		ruleset_unref(ruleset_new(&document, 1, &diags));
	diags_print(&diags, text);
	diags_release(&diags);
	arena_release(&arena);
}

static void test_complaints(void **state)
{
	static const struct {
		const char *yaml, *want;
	} rows[] = {
		{"rules:\n  - id: a\n    title: t\n    explain: e\n    for: [{fact: http.statsu == "
		 "404, weight: 0.5}]\n" STEPS,
		 "own.yaml:5:18: unknown fact 'http.statsu'; did you mean 'http.status'?"},
		{"rules:\n  - id: a\n    titel: t\n    title: t\n    explain: e\n    for: [{text: "
		 "x, weight: 0.5}]\n" STEPS,
		 "own.yaml:3:5: unknown key 'titel'; did you mean 'title'?"},
		{"rules:\n  - id: a\n    title: t\n    explain: e\n    for: [{text: '(', weight: "
		 "0.5}]\n" STEPS,
		 "own.yaml:5:18: not a regular expression"},
		{"rules:\n  - id: a\n    title: t\n    explain: e\n    for: [{text: x}]\n" STEPS,
		 "evidence needs a 'weight' above 0, at most 1"},
		{"rules:\n  - id: a\n    title: t\n    explain: e\n    for: [{text: x, weight: "
		 "2}]\n" STEPS,
		 "evidence needs a 'weight' above 0, at most 1"},
		{"rules:\n  - id: a\n    title: '{modul}'\n    explain: e\n    for: [{text: "
		 "'(?P<module>x)', weight: 1}]\n" STEPS,
		 "'{modul}' is no fact and no capture of this rule's patterns"},
		{"rules:\n  - id: a\n    title: t\n    explain: e\n    for: [{fact: http.status ~ "
		 "x, weight: 0.5}]\n" STEPS,
		 "'~' does not fit 'http.status', which is a number"},
		{"rules:\n  - id: a\n    title: t\n    explain: e\n    for: [{fact: http.status == "
		 "many, weight: 0.5}]\n" STEPS,
		 "'many' is not what 'http.status' can be, which is a number"},
		{"rules:\n  - id: a\n    title: t\n    explain: e\n    for: [{fact: http.status, "
		 "weight: 0.5}]\n" STEPS,
		 "needs an operator"},
		{"rules:\n  - id: a\n    title: t\n    explain: e\n    for: [{all: [{fact: "
		 "http.status exists}], weight: 0.5}]\n" STEPS,
		 "'all' has to be a list of 2 to 8 items"},
		{"rules:\n  - id: a\n    title: t\n    explain: e\n    for: [{text: x, weight: "
		 "1}]\n    steps: [{text: a, argv: [rm], risk: destructive}, {text: b, argv: [ls], "
		 "risk: read}]\n",
		 "safest first: 'read' cannot come after 'destructive'"},
		{"rules:\n  - id: a\n    title: t\n    explain: e\n    for: [{text: x, weight: "
		 "1}]\n    steps: [{text: a, argv: [ls]}]\n",
		 "a step with a command says its 'risk'"},
		{"rules:\n  - id: a\n    title: t\n    explain: e\n    for: [{text: x, weight: "
		 "1, about: mysql}]\n    steps: [{text: a, when: 'about == mysq'}]\n",
		 "nothing is about 'mysq'"},
		{"rules:\n  - id: a\n    title: t\n    explain: e\n    for: [{text: x, weight: "
		 "1}]\n    steps: [{text: a, when: otherwise}]\n",
		 "unknown fact 'otherwise'"},
		{"rules:\n  - id: a\n    title: t\n    explain: e\n    for: [{text: x, weight: "
		 "1}]\n    outranks: [b]\n" STEPS,
		 "rule 'a' outranks 'b', which is no rule"},
		{"rules:\n  - {id: a, title: t, explain: e, for: [{text: x, weight: 1}], steps: "
		 "[{text: s}]}\n"
		 "  - {id: a, title: t, explain: e, for: [{text: x, weight: 1}], steps: [{text: "
		 "s}]}\n",
		 "a rule 'a' stands at line 2 already"},
		/* What this host sees says nothing about what the service sees. */
		{"rules:\n  - id: a\n    vantage: service\n    title: t\n    explain: e\n    for: "
		 "[{text: x, weight: 1}]\n"
		 "    against: [{fact: dependency.state == UP, weight: 0.5}]\n" STEPS,
		 "own.yaml:7:15: what this host sees cannot speak against what the service sees"},
		{"harmless: [{text: x}]\n", "'why' has to be a text"},
		{"- a\n", "a rule file is a map"},
		{"rules: 3\n", "has to be a list"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct strbuf text;

		strbuf_init(&text, 1u << 16);
		complaints_of(rows[i].yaml, &text);
		if (strstr(text.data != NULL ? text.data : "", rows[i].want) == NULL)
			fail_msg("row %zu: wanted \"%s\", got:\n%s", i, rows[i].want, text.data);
		strbuf_release(&text);
	}
}

/* --- evidence -------------------------------------------------------------------------------- */

static size_t run(struct ruleset *rules, const struct case_symptom *symptoms, size_t count,
		  struct arena *arena, const struct diagnosis **list)
{
	struct case_file file = {.symptoms = symptoms, .symptom_count = count};

	return diagnose(rules, &file, arena, list);
}

static const char weighing[] =
	"rules:\n"
	"  - id: a\n    title: 'status {http.status}'\n    explain: e\n"
	"    for: [{fact: http.status == 500, weight: 0.5}, {text: boom, weight: 0.5}]\n"
	"    support: [{fact: container.state == exited, weight: 0.5}]\n"
	"    against: [{fact: container.exit_code == 0, weight: 0.5}]\n" STEPS
	"  - id: b\n    title: t\n    explain: e\n"
	"    for: [{text: 'bo+m', weight: 0.4}, {text: 'oom', weight: 0.3}]\n" STEPS;

static void test_weights(void **state)
{
	static const struct {
		const char *status, *body, *container, *exit;
		double a, b; /* confidence, 0 = not among them */
	} rows[] = {
		{"500", NULL, NULL, NULL, 0.5, 0},
		{"500", "boom", NULL, NULL, 0.75, 0.4}, /* two reasons; one line counts once */
		{NULL, NULL, "exited", NULL, 0, 0},	/* support alone is nothing */
		{"500", NULL, "exited", NULL, 0.75, 0},
		{"500", NULL, NULL, "0", 0.25, 0}, /* contrary evidence halves it */
		{"404", NULL, NULL, NULL, 0, 0},
	};
	struct ruleset *rules = rules_of(weighing);

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct case_symptom symptoms[4];
		const struct diagnosis *list;
		struct arena arena;
		size_t count = 0;
		double a = 0, b = 0;

		arena_init(&arena);
		if (rows[i].status != NULL)
			symptoms[count++] =
				(struct case_symptom){"http_status", value_string(rows[i].status)};
		if (rows[i].body != NULL)
			symptoms[count++] = (struct case_symptom){"response_body_excerpt",
								  value_string(rows[i].body)};
		if (rows[i].container != NULL)
			symptoms[count++] = (struct case_symptom){"container.state",
								  value_string(rows[i].container)};
		if (rows[i].exit != NULL)
			symptoms[count++] = (struct case_symptom){"container.exit_code",
								  value_string(rows[i].exit)};
		count = run(rules, symptoms, count, &arena, &list);
		for (size_t k = 0; k < count; k++)
			*(strcmp(list[k].id, "a") == 0 ? &a : &b) = list[k].confidence;
		if (a < rows[i].a - 0.001 || a > rows[i].a + 0.001 || b < rows[i].b - 0.001 ||
		    b > rows[i].b + 0.001)
			fail_msg("row %zu: a %.3f b %.3f", i, a, b);
		arena_release(&arena);
	}
	ruleset_unref(rules);
}

/* The parts of an `all` about checks have to hold in one check. */
static void test_same_check(void **state)
{
	struct ruleset *rules = rules_of("rules:\n  - id: a\n    title: t\n    explain: e\n"
					 "    for: [{all: [{fact: check.type == tcp}, {fact: "
					 "check.failure == timeout}], weight: 0.9}]\n" STEPS);
	struct service service = {.id = 1, .name = "s"};
	struct check tcp = {.id = 1,
			    .service = &service,
			    .name = "tcp",
			    .type = CHECK_TYPE_TCP,
			    .target = "a:1"};
	struct check tls = {.id = 2,
			    .service = &service,
			    .name = "tls",
			    .type = CHECK_TYPE_TLS,
			    .target = "a:2"};
	struct case_check checks[] = {
		{.check = &tcp,
		 .state = CHECK_FAIL,
		 .failure = FAILURE_REFUSED,
		 .failed_phase = PHASE_CONNECT},
		{.check = &tls,
		 .state = CHECK_FAIL,
		 .failure = FAILURE_TIMEOUT,
		 .failed_phase = PHASE_TLS},
	};
	struct case_file file = {.service = &service,
				 .state = SERVICE_DOWN,
				 .checks = checks,
				 .check_count = 2};
	const struct diagnosis *list;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	assert_int_equal(diagnose(rules, &file, &arena, &list), 0);
	checks[0].failure = FAILURE_TIMEOUT;
	assert_int_equal(diagnose(rules, &file, &arena, &list), 1);
	assert_int_equal(list[0].evidence[0].check_id, 1);
	assert_string_equal(list[0].verify[0], "s/tcp");
	assert_int_equal(list[0].verify_count, 2);
	/* A check that passes is no evidence, whatever its values say; a service that is UP has no cause. */
	checks[0].state = CHECK_PASS;
	assert_int_equal(diagnose(rules, &file, &arena, &list), 0);
	checks[0].state = CHECK_FAIL;
	file.state = SERVICE_UP;
	assert_int_equal(diagnose(rules, &file, &arena, &list), 0);
	arena_release(&arena);
	ruleset_unref(rules);
}

/* A sure cause stands before its symptom, though the symptom has the higher confidence. */
static void test_outranks(void **state)
{
	static const char yaml[] = "rules:\n"
				   "  - {id: symptom, title: t, explain: e, for: [{fact: "
				   "http.status == 500, weight: 0.9}], steps: [{text: s}]}\n"
				   "  - {id: cause, title: t, explain: e, for: [{text: boom, "
				   "weight: 0.6}], steps: [{text: s}], outranks: [symptom]}\n"
				   "  - {id: guess, title: t, explain: e, for: [{text: boom, "
				   "weight: 0.4}], steps: [{text: s}], outranks: [cause]}\n";
	struct case_symptom symptoms[] = {{"http_status", value_number(500)},
					  {"response_body_excerpt", value_string("boom")}};
	struct ruleset *rules = rules_of(yaml);
	const struct diagnosis *list;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	assert_int_equal(run(rules, symptoms, 1, &arena, &list), 1);
	assert_int_equal(run(rules, symptoms, 2, &arena, &list), 3);
	assert_string_equal(list[0].id, "cause");
	assert_string_equal(list[1].id, "symptom");
	assert_true(list[1].confidence < list[0].confidence);
	assert_string_equal(list[2].id, "guess");
	arena_release(&arena);
	ruleset_unref(rules);
}

/* A dependency that went down first outranks what it makes of this service. */
static void test_dependency(void **state)
{
	static const char yaml[] = "rules:\n"
				   "  - {id: slow, title: t, explain: e, for: [{fact: "
				   "check.failure == timeout, weight: 0.9}], steps: [{text: s}]}\n"
				   "  - id: parent\n    title: '{dependency.name} is down'\n    "
				   "explain: e\n    outranks: [slow]\n"
				   "    for: [{all: [{fact: dependency.state == DOWN}, {fact: "
				   "dependency.first == true}], weight: 0.8}]\n" STEPS;
	struct check check = {.id = 1,
			      .name = "c",
			      .type = CHECK_TYPE_TCP,
			      .interval_ns = 10 * NS_PER_S};
	const struct check *checks[] = {&check};
	struct service service = {.id = 1, .name = "s", .checks = checks, .check_count = 1};
	struct service redis = {.id = 2, .name = "redis"}, postgres = {.id = 3, .name = "postgres"};
	struct case_check answers[] = {{.check = &check,
					.state = CHECK_FAIL,
					.failure = FAILURE_TIMEOUT,
					.failed_phase = PHASE_WAIT}};
	struct case_dependency parents[] = {{.service = &redis, .state = SERVICE_UP},
					    {.service = &postgres, .state = SERVICE_DOWN}};
	struct case_file file = {.service = &service,
				 .state = SERVICE_DOWN,
				 .checks = answers,
				 .check_count = 1,
				 .dependencies = parents,
				 .dependency_count = 2};
	struct ruleset *rules = rules_of(yaml);
	const struct diagnosis *list;
	struct arena arena;

	(void)state;
	check.service = &service;
	arena_init(&arena);
	file.since.ns = 1000 * NS_PER_S;
	parents[1].since.ns = 1015 * NS_PER_S; /* within two intervals */
	assert_int_equal(diagnose(rules, &file, &arena, &list), 2);
	assert_string_equal(list[0].title, "postgres is down");
	assert_int_equal(list[0].evidence[0].service_id, 3);
	assert_string_equal(list[1].id, "slow");
	parents[1].since.ns = 1021 * NS_PER_S;
	assert_int_equal(diagnose(rules, &file, &arena, &list), 1);
	assert_string_equal(list[0].id, "slow");
	arena_release(&arena);
	ruleset_unref(rules);
}

/* --- logs ------------------------------------------------------------------------------------ */

static const char logging[] =
	"rules:\n  - id: a\n    title: 'no {module}'\n    explain: e\n"
	"    for: [{log: 'No module named (?P<module>\\S+)', weight: 0.9}]\n"
	"    steps: [{text: 'add {module}', argv: [pip, show, '{module}'], risk: read}]\n"
	"harmless: [{text: 'just kidding', why: it is a joke}]\n";

static struct case_log log_of(struct ruleset *rules, size_t pattern, const char *text,
			      uint64_t number)
{
	struct case_log log = {.source_name = "s.log"};

	log.match = (struct log_match){.pattern = pattern,
				       .source = 7,
				       .number = number,
				       .text = text,
				       .len = strlen(text)};
	assert_int_equal(pattern_find(pattern_set_at(ruleset_patterns(rules, NULL), pattern), text,
				      strlen(text), 0, &log.match.captures),
			 1);
	return log;
}

static void test_logs(void **state)
{
	struct ruleset *rules = rules_of(logging);
	struct case_log logs[] = {log_of(rules, 0, "No module named --index-url=evil", 11),
				  log_of(rules, 0, "No module named a'b;rm", 12)};
	struct case_file file = {.logs = logs, .log_count = 1};
	const struct diagnosis *list;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	/* Never an option, always one word of the shell. */
	assert_int_equal(diagnose(rules, &file, &arena, &list), 1);
	assert_string_equal(list[0].steps[0].command, "pip show '<module>'");
	file.log_count = 2;
	assert_int_equal(diagnose(rules, &file, &arena, &list), 1);
	assert_string_equal(list[0].title, "no a'b;rm");
	assert_string_equal(list[0].steps[0].command, "pip show 'a'\\''b;rm'");
	assert_string_equal(list[0].evidence[0].source, "log s.log");
	assert_int_equal(list[0].evidence[0].log_line, 12);
	assert_int_equal(list[0].evidence[0].log_source, 7);
	/* A match that older rules made. */
	logs[0].match.pattern = logs[1].match.pattern = 4711;
	assert_int_equal(diagnose(rules, &file, &arena, &list), 0);
	arena_release(&arena);
	ruleset_unref(rules);
}

static void test_harmless_and_stale(void **state)
{
	struct ruleset *rules = rules_of(logging);
	static const char text[] = "No module named x, just kidding";
	struct case_log logs[] = {log_of(rules, 0, text, 1), log_of(rules, 1, text, 1)};
	struct service service = {.id = 1, .name = "s"};
	struct case_file file = {.logs = logs, .log_count = 2};
	const struct diagnosis *list;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	assert_true(ruleset_harmless(rules, 1));
	assert_false(ruleset_harmless(rules, 0));
	assert_int_equal(diagnose(rules, &file, &arena, &list), 1);
	assert_string_equal(list[0].id, "none");
	assert_string_equal(list[0].explanation, "it is a joke");
	/* A line from long before the failure counts less. */
	file.log_count = 1;
	file.service = &service;
	file.state = SERVICE_DOWN;
	file.since.ns = file.now.ns = 100000 * NS_PER_S;
	logs[0].match.time.ns = file.since.ns - 10 * NS_PER_S;
	assert_int_equal(diagnose(rules, &file, &arena, &list), 1);
	assert_true(list[0].confidence > 0.85);
	logs[0].match.time.ns = file.since.ns - 3600 * NS_PER_S;
	assert_int_equal(diagnose(rules, &file, &arena, &list), 1);
	assert_true(list[0].confidence < 0.5);
	arena_release(&arena);
	ruleset_unref(rules);
}

/* --- routes, overrides ----------------------------------------------------------------------- */

static void test_routes(void **state)
{
	static const struct {
		const char *listed, *method, *path;
		enum route_relation want;
	} rows[] = {
		{"POST /voice/session", "POST", "/api/voice/session", ROUTE_SAME_TAIL},
		{"POST /api/voice/session", "POST", "/voice/session", ROUTE_SAME_TAIL},
		{"POST /v2/voice/session", "POST", "/v1/voice/session", ROUTE_SAME_TAIL},
		{"GET /voice/session", "POST", "/voice/session", ROUTE_METHOD_DIFFERS},
		{"GET /voice/{id}", "GET", "/voice/42", ROUTE_SAME},
		{"GET /voice/session", "GET", "/voice/session?x=1", ROUTE_SAME},
		{"GET /{id}", "GET", "/reports/daily", ROUTE_UNRELATED},
		{"GET /health", "GET", "/login", ROUTE_UNRELATED},
		{"GET /api/voice/session", "POST", "/voice/session", ROUTE_UNRELATED},
		{"GET /a/b/list", "GET", "/c/d/list", ROUTE_UNRELATED},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		size_t tail;
		enum route_relation got =
			route_compare(rows[i].listed, rows[i].method, rows[i].path, &tail);

		if (got != rows[i].want)
			fail_msg("%s for %s %s: %d", rows[i].listed, rows[i].method, rows[i].path,
				 (int)got);
	}
}

/* A person's own rule of the same id takes the place of ours. */
static void test_own_rule(void **state)
{
	static const char ours[] = "rules: [{id: a, title: ours, explain: e, for: [{fact: "
				   "http.status == 500, weight: 0.9}], steps: [{text: s}]}]\n";
	static const char own[] = "rules: [{id: a, title: own, explain: e, for: [{fact: "
				  "http.status == 500, weight: 0.9}], steps: [{text: s}]}]\n";
	struct case_symptom symptom = {"http_status", value_number(500)};
	const struct node *documents[2];
	const struct diagnosis *list;
	struct ruleset *rules;
	struct strbuf text;
	struct arena arena;
	struct diags diags;

	(void)state;
	arena_init(&arena);
	diags_init(&diags);
	strbuf_init(&text, 1u << 16);
	documents[0] = config_read_yaml(&arena, "ours.yaml", ours, strlen(ours), &diags);
	documents[1] = config_read_yaml(&arena, "own.yaml", own, strlen(own), &diags);
	rules = ruleset_new(documents, 2, &diags);
	assert_int_equal(diags.len, 0);
	assert_int_equal(ruleset_len(rules), 1);
	assert_int_equal(run(rules, &symptom, 1, &arena, &list), 1);
	assert_string_equal(list[0].title, "own");
	assert_true(ruleset_describe(rules, "a", &text));
	assert_non_null(strstr(text.data, "fact  http.status == 500"));
	assert_false(ruleset_describe(rules, "b", &text));
	ruleset_unref(rules);
	strbuf_release(&text);
	diags_release(&diags);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complaints),	   cmocka_unit_test(test_weights),
		cmocka_unit_test(test_same_check),	   cmocka_unit_test(test_outranks),
		cmocka_unit_test(test_dependency),	   cmocka_unit_test(test_logs),
		cmocka_unit_test(test_harmless_and_stale), cmocka_unit_test(test_routes),
		cmocka_unit_test(test_own_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
