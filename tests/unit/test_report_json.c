/* -o json: every field always there, null and [] where nothing was observed, and the exit contract
 * that goes with it. */
#include "report_fixture.h"
#include "unit.h"

#include "base/json.h"
#include "report/report.h"

static struct json_doc *write_json(struct report_fixture *fix, bool deadline_hit)
{
	struct report_options options = {.format = REPORT_JSON, .deadline_hit = deadline_hit};
	struct strbuf out, err;
	struct json_doc *doc;

	strbuf_init(&out, 1u << 20);
	strbuf_init(&err, 256);
	report_write(&fix->snapshot, &options, &out);
	assert_int_equal(out.data[out.len - 1], '\n');
	doc = json_parse(out.data, out.len, &err);
	assert_string_equal(err.data, "");
	assert_non_null(doc);
	strbuf_release(&out);
	strbuf_release(&err);
	return doc;
}

static const struct json *item(const struct json *list, size_t index)
{
	const struct json *at = json_first(list);

	while (index-- > 0)
		at = json_next(at);
	return at;
}

static void assert_keys(const struct json *map, const char *const *keys)
{
	const struct json *at = json_first(map);

	assert_int_equal(json_type(map), JSON_MAP);
	for (; *keys != NULL; keys++, at = json_next(at))
		assert_string_equal(json_key(at), *keys);
	assert_null(at);
}

static void assert_text(const struct json *map, const char *key, const char *wanted)
{
	assert_non_null(json_string(json_get(map, key)));
	assert_string_equal(json_string(json_get(map, key)), wanted);
}

static void test_shape(void **state)
{
	static const char *const top[] = {"schema_version", "fleet", "env", "generated_at", "state",
					  "deadline_hit", "summary", "services", NULL};
	static const char *const service[] = {"name", "group", "state", "marks", "since",
					      "caused_by", "latency_ms", "why", "checks",
					      "diagnoses", NULL};
	static const char *const check[] = {"name", "type", "state", "latency_ms", "message",
					    "assertions", "values", "phases_ms", "http", NULL};
	struct report_fixture fix;
	struct json_doc *doc;
	const struct json *services;

	(void)state;
	fixture_init(&fix);
	doc = write_json(&fix, true);
	assert_keys(json_root(doc), top);
	assert_int_equal((int)json_number(json_get(json_root(doc), "schema_version"), 0), 1);
	assert_text(json_root(doc), "generated_at", "2026-11-21T12:03:41Z");
	assert_text(json_root(doc), "state", "DOWN");
	assert_true(json_bool(json_get(json_root(doc), "deadline_hit"), false));
	services = json_get(json_root(doc), "services");
	assert_int_equal(json_len(services), FIX_COUNT);
	for (const struct json *at = json_first(services); at != NULL; at = json_next(at)) {
		assert_keys(at, service);
		for (const struct json *c = json_first(json_get(at, "checks")); c != NULL;
		     c = json_next(c))
			assert_keys(c, check);
	}
	json_free(doc);
}

static void test_nothing_observed_is_null_or_empty(void **state)
{
	struct report_fixture fix;
	struct json_doc *doc;
	const struct json *postgres, *check;

	(void)state;
	fixture_init(&fix);
	doc = write_json(&fix, false);
	postgres = item(json_get(json_root(doc), "services"), FIX_POSTGRES);
	assert_text(postgres, "state", "UNKNOWN");
	assert_text(postgres, "why", "");
	assert_int_equal(json_type(json_get(postgres, "since")), JSON_NULL);
	assert_int_equal(json_type(json_get(postgres, "latency_ms")), JSON_NULL);
	assert_int_equal(json_type(json_get(postgres, "marks")), JSON_LIST);
	assert_int_equal(json_type(json_get(postgres, "caused_by")), JSON_LIST);
	assert_int_equal(json_type(json_get(postgres, "diagnoses")), JSON_LIST);
	check = item(json_get(postgres, "checks"), 0);
	assert_text(check, "state", "unknown");
	assert_text(check, "message", "");
	assert_int_equal(json_type(json_get(check, "http")), JSON_NULL);
	assert_int_equal(json_type(json_get(check, "assertions")), JSON_LIST);
	assert_int_equal(json_len(json_get(check, "phases_ms")), PHASE_COUNT);
	for (const struct json *at = json_first(json_get(check, "phases_ms")); at != NULL;
	     at = json_next(at))
		assert_int_equal(json_type(at), JSON_NULL);
	/* PENDING counts as unknown: 1 + 1. */
	assert_int_equal(
		(int)json_number(json_get(json_get(json_root(doc), "summary"), "unknown"), -1), 2);
	json_free(doc);
}

static void test_a_failure_carries_its_evidence(void **state)
{
	struct report_fixture fix;
	struct json_doc *doc;
	const struct json *services, *voice, *check, *diagnosis, *steps;

	(void)state;
	fixture_init(&fix);
	doc = write_json(&fix, false);
	services = json_get(json_root(doc), "services");
	voice = item(services, FIX_VOICE);
	assert_text(voice, "since", "2026-11-21T11:59:29Z");
	assert_string_equal(
		json_string(item(json_get(item(services, FIX_TRANSCRIPTS), "caused_by"), 0)),
		"voice");
	assert_string_equal(json_string(item(json_get(item(services, FIX_KAFKA), "marks"), 1)),
			    "stale");
	check = item(json_get(voice, "checks"), 1);
	assert_true(json_number(json_get(check, "latency_ms"), 0) == 12.118);
	assert_true(json_number(json_get(json_get(check, "phases_ms"), "wait"), 0) == 11.8);
	assert_int_equal(json_type(json_get(json_get(check, "phases_ms"), "tls")), JSON_NULL);
	assert_int_equal((int)json_number(json_get(json_get(check, "http"), "status"), 0), 404);
	assert_int_equal(json_len(json_get(json_get(check, "http"), "headers")), 2);
	assert_text(json_get(json_get(check, "http"), "headers"), "Set-Cookie", "a=1, b=2");
	assert_false(json_bool(json_get(item(json_get(check, "assertions"), 0), "pass"), true));
	assert_int_equal(json_type(json_get(item(json_get(check, "assertions"), 1), "pass")),
			 JSON_NULL);
	diagnosis = item(json_get(voice, "diagnoses"), 0);
	assert_text(diagnosis, "id", "route-prefix-mismatch");
	assert_true(json_number(json_get(diagnosis, "confidence"), 0) == 0.97);
	steps = json_get(json_get(diagnosis, "remediation"), "steps");
	assert_int_equal(json_type(json_get(item(steps, 0), "argv")), JSON_LIST);
	assert_int_equal(json_type(json_get(item(steps, 0), "command")), JSON_NULL);
	assert_int_equal(json_len(json_get(item(steps, 1), "argv")), 6);
	assert_text(item(steps, 1), "risk", "restart");
	json_free(doc);
}

static void test_exit_code(void **state)
{
	static const struct {
		enum service_state states[3];
		unsigned marks; /* of the first row */
		enum fail_on fail_on;
		int code;
	} cases[] = {
		{{SERVICE_UP, SERVICE_UP, SERVICE_UP}, 0, FAIL_ON_DEGRADED, 0},
		{{SERVICE_UP, SERVICE_DEGRADED, SERVICE_UP}, 0, FAIL_ON_DEGRADED, 1},
		{{SERVICE_UP, SERVICE_DEGRADED, SERVICE_UP}, 0, FAIL_ON_DOWN, 0},
		{{SERVICE_UP, SERVICE_DEGRADED, SERVICE_UNKNOWN}, 0, FAIL_ON_DOWN, 3},
		{{SERVICE_PENDING, SERVICE_DEGRADED, SERVICE_UP}, 0, FAIL_ON_DEGRADED, 3},
		{{SERVICE_DOWN, SERVICE_UNKNOWN, SERVICE_DEGRADED}, 0, FAIL_ON_DOWN, 2},
		{{SERVICE_DOWN, SERVICE_UP, SERVICE_UP}, MARK_ACKED | MARK_MUTED, FAIL_ON_DOWN, 2},
		{{SERVICE_DOWN, SERVICE_UP, SERVICE_UP}, MARK_MAINTENANCE, FAIL_ON_DOWN, 0},
		{{SERVICE_DOWN, SERVICE_DEGRADED, SERVICE_UP}, MARK_MAINTENANCE, FAIL_ON_DEGRADED, 1},
	};
	struct report_fixture fix;

	(void)state;
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		fixture_init(&fix);
		for (size_t row = 0; row < 3; row++)
			fix.rows[row].state = cases[i].states[row];
		fix.rows[0].marks = cases[i].marks;
		fix.snapshot.row_count = 3;
		assert_int_equal(report_exit_code(&fix.snapshot, cases[i].fail_on), cases[i].code);
	}
	/* Nothing matched: nothing is known. */
	fix.snapshot.row_count = 0;
	assert_int_equal(report_exit_code(&fix.snapshot, FAIL_ON_DOWN), 3);
}

static void test_format_names(void **state)
{
	(void)state;
	for (int i = 0; i < REPORT_FORMAT_COUNT; i++) {
		const char *name = report_format_name((enum report_format)i);

		assert_int_equal(report_format_find(name), i);
	}
	assert_int_equal(report_format_find("yaml"), REPORT_FORMAT_COUNT);
	assert_int_equal(report_format_find(""), REPORT_FORMAT_COUNT);
}

/* Measured values stand under the words of an assertion, each in its own type. */
static void test_values(void **state)
{
	static const char *const names[] = {"a.example", "b.example"};
	const struct sample_value values[] = {
		{.subject = SUBJECT_ROLE, .value = value_string("master")},
		{.subject = SUBJECT_LOADING, .value = value_bool(false)},
		{.subject = SUBJECT_REPLICATION_LAG, .value = value_duration(1500 * NS_PER_US)},
		{.subject = SUBJECT_PERFDATA, .argument = "load1", .value = value_number(0.5)},
		{.subject = SUBJECT_ROUTES, .value = {.type = VALUE_LIST, .as.list = {names, 2}}},
		{.subject = SUBJECT_ANSWER, .value = {.type = VALUE_LIST, .as.list = {names, 2}}},
	};
	struct report_fixture fix;
	struct check_row *row;
	const struct json *found;
	struct json_doc *doc;

	(void)state;
	fixture_init(&fix);
	row = (struct check_row *)(uintptr_t)&fix.snapshot.rows[0].checks[0];
	row->values = values;
	row->value_count = BASE_LEN(values);
	doc = write_json(&fix, false);
	found = json_get(json_first(json_get(json_first(json_get(json_root(doc), "services")),
					     "checks")), "values");
	assert_int_equal(json_len(found), 5);
	assert_text(found, "role", "master");
	assert_false(json_bool(json_get(found, "loading"), true));
	assert_true(json_number(json_get(found, "replication_lag_ms"), 0) == 1.5);
	assert_true(json_number(json_get(found, "perfdata load1"), 0) == 0.5);
	assert_string_equal(json_string(item(json_get(found, "answer"), 1)), "b.example");
	json_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape), cmocka_unit_test(test_values),
		cmocka_unit_test(test_nothing_observed_is_null_or_empty),
		cmocka_unit_test(test_a_failure_carries_its_evidence),
		cmocka_unit_test(test_exit_code),
		cmocka_unit_test(test_format_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
