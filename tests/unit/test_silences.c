/* Alertmanager's silences: what is read of them, whom they speak of, and what the engine makes of it. */
#include "fleets.h"

#include "probe/silences.h"

#define HEAD                                                                                       \
	"[{\"status\":{\"state\":\"active\"},\"comment\":\"planned\\u001b[31m\",\"createdBy\":\"ops\","    \
	"\"startsAt\":\"2026-11-21T10:00:00.000Z\",\"endsAt\":\"2026-11-21T12:00:00.000Z\",\"matchers\":["
#define TAIL "]}]"
#define NOON (INT64_C(1795262400) * NS_PER_S)

static struct fleet *make_fleet(void)
{
	return fleet_of("version: 1\nfleet: f\nservices:\n"
			"  - {name: web, url: 'http://u@h:80/x', group: edge, labels: {team: front}, checks: [{tcp: '127.0.0.1:1'}]}\n"
			"  - {name: db, checks: [{tcp: '127.0.0.1:2'}]}\n");
}

/* The names of the services that the silences speak of at `at`. */
static void assert_muted(const char *json, int64_t at, const char *wanted)
{
	struct fleet *fleet = make_fleet();
	struct strbuf err, names;
	struct silences *silences;

	strbuf_init(&err, 200);
	strbuf_init(&names, 200);
	silences = silences_read(json, strlen(json), NULL, &err);
	assert_non_null(silences);
	for (size_t i = 0; i < fleet->service_count; i++) {
		const struct silence *found = silences_find(silences, fleet, &fleet->services[i],
							    (struct wall_time){at});

		if (found == NULL)
			continue;
		assert_true(scrub_is_clean(found->comment, strlen(found->comment)));
		strbuf_addf(&names, "%s ", fleet->services[i].name);
	}
	assert_string_equal(names.data, wanted);
	silences_free(silences);
	strbuf_release(&err);
	strbuf_release(&names);
	fleet_unref(fleet);
}

/* They are counted, and the first one can be told. */
static void test_odd(void **state)
{
	static const char json[] = "[{\"startsAt\":\"2026-11-21T10:00:00Z\",\"endsAt\":\"2026-11-21T12:00:00Z\","
		"\"matchers\":[{\"name\":\"a\",\"value\":\"(\",\"isRegex\":true},{\"name\":\"a\",\"value\":\")\",\"isRegex\":true}]},"
		"{\"startsAt\":\"2026-11-21T10:00:00Z\",\"endsAt\":\"2026-11-21T12:00:00Z\","
		"\"matchers\":[{\"name\":\"a\",\"value\":\"[\",\"isRegex\":true}]},"
		"{\"status\":{\"state\":\"expired\"},\"matchers\":[{\"name\":\"a\",\"value\":\"*\",\"isRegex\":true}]}]";
	struct silences *silences = silences_read(json, strlen(json), NULL, NULL);
	const char *first;

	(void)state;
	assert_int_equal(silences_odd(silences, &first), 2);
	assert_string_equal(first, "(");
	assert_int_equal(silences_count(silences), 0);
	silences_free(silences);
	silences = silences_read("[]", 2, NULL, NULL);
	assert_int_equal(silences_odd(silences, &first), 0);
	assert_null(first);
	silences_free(silences);
}

static void test_matchers(void **state)
{
	int64_t at = NOON - 60 * NS_PER_S;

	(void)state;
	assert_muted(HEAD "{\"name\":\"service\",\"value\":\"web\",\"isRegex\":false}" TAIL, at, "web ");
	assert_muted(HEAD "{\"name\":\"service\",\"value\":\"we\",\"isRegex\":true}" TAIL, at, "");
	assert_muted(HEAD "{\"name\":\"service\",\"value\":\"we|db\",\"isRegex\":true}" TAIL, at, "db ");
	assert_muted(HEAD "{\"name\":\"team\",\"value\":\"\",\"isRegex\":false}" TAIL, at, "db ");
	assert_muted(HEAD "{\"name\":\"team\",\"value\":\"f.*\",\"isRegex\":true,\"isEqual\":false}" TAIL, at, "db ");
	assert_muted(HEAD "{\"name\":\"instance\",\"value\":\"h:80\"}" TAIL, at, "web ");
	assert_muted(HEAD "{\"name\":\"group\",\"value\":\"edge\"},{\"name\":\"job\",\"value\":\"db\"}" TAIL, at, "");
	/* What cannot be read silences nothing. */
	assert_muted(HEAD "{\"name\":\"service\",\"value\":\"(\",\"isRegex\":true,\"isEqual\":false}" TAIL, at, "");
	assert_muted(HEAD "{\"name\":\"service\"}" TAIL, at, "");
	assert_muted(HEAD TAIL, at, "");
	assert_muted("[1, {}, []]", at, "");
}

static void test_times(void **state)
{
	const char *all = HEAD "{\"name\":\"fleet\",\"value\":\"f\"}" TAIL;

	(void)state;
	assert_muted(all, NOON - 1, "web db ");
	assert_muted(all, NOON, "");
	assert_muted(all, NOON - 7201 * NS_PER_S, "");
}

static void test_foreign(void **state)
{
	static const char *const texts[] = {"", "<html>", "{}", "null", "[", "{\"message\": \"no\"}"};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(texts); i++) {
		struct strbuf err;

		strbuf_init(&err, 200);
		assert_null(silences_read(texts[i], strlen(texts[i]), NULL, &err));
		assert_true(err.len != 0);
		strbuf_release(&err);
	}
}

/* A comment is masked before it is cut. */
static void test_secret(void **state)
{
	struct redactor *redactor = redactor_new();
	struct fleet *fleet = make_fleet();
	const struct silence *found;
	struct silences *silences;
	char *json;

	(void)state;
	redactor_add(redactor, "hunter2hunter2");
	json = xasprintf("[{\"comment\":\"%0250dhunter2hunter2\",\"startsAt\":\"2026-11-21T10:00:00Z\","
			 "\"endsAt\":\"2026-11-21T12:00:00Z\",\"matchers\":[{\"name\":\"service\",\"value\":\"web\"}]}]", 0);
	silences = silences_read(json, strlen(json), redactor, NULL);
	found = silences_find(silences, fleet, &fleet->services[0], (struct wall_time){NOON - 1});
	assert_non_null(found);
	assert_null(strstr(found->comment, "hunt"));
	assert_string_equal(found->comment + 250, "***");
	silences_free(silences);
	fleet_unref(fleet);
	redactor_free(redactor);
	free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matchers), cmocka_unit_test(test_odd),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_foreign), cmocka_unit_test(test_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
