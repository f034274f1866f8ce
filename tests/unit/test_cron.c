/* Cron expressions: what they accept, when they are due, leap years, and zones whose clocks jump. */
#include "fleets.h"

#include "config/cron.h"
#include "config/zone.h"

static struct wall_time moment(const char *text)
{
	struct wall_time at;

	assert_int_equal(wall_parse(text, strlen(text), 0, &at), strlen(text));
	return at;
}

static struct cron cron_of(const char *text)
{
	struct cron cron;
	struct strbuf err;

	strbuf_init(&err, 400);
	if (!cron_parse(text, &cron, &err))
		fail_msg("%s %s", text, err.data);
	strbuf_release(&err);
	return cron;
}

static void is_due(const struct cron *cron, const char *after, const char *wanted)
{
	struct strbuf got;

	strbuf_init(&got, 100);
	wall_format(&got, cron_next(cron, moment(after)), false);
	assert_string_equal(got.data, wanted);
	strbuf_release(&got);
}

static void due(const char *text, const char *after, const char *wanted)
{
	struct cron cron = cron_of(text);

	is_due(&cron, after, wanted);
}

static void test_next(void **state)
{
	(void)state;
	due("* * * * *", "2026-11-21T13:00:00Z", "2026-11-21T13:01:00Z");
	due("* * * * *", "2026-11-21T13:00:59.5Z", "2026-11-21T13:01:00Z");
	due("*/15 * * * *", "2026-11-21T13:45:00Z", "2026-11-21T14:00:00Z");
	due("7-59/20 * * * *", "2026-11-21T13:28:00Z", "2026-11-21T13:47:00Z");
	due("5/30 * * * *", "2026-11-21T13:06:00Z", "2026-11-21T13:35:00Z");
	due("0 3 * * *", "2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z");
	due("0 3,15 * * *", "2026-11-21T03:00:00Z", "2026-11-21T15:00:00Z");
	due("30 2 * * mon-fri", "2026-11-20T12:00:00Z", "2026-11-23T02:30:00Z");
	due("0 0 1 jan,JUL *", "2026-11-20T12:00:00Z", "2027-01-01T00:00:00Z");
	due("0 0 * * 7", "2026-11-21T13:00:00Z", "2026-11-22T00:00:00Z");
	due("@hourly", "2026-12-31T23:30:00Z", "2027-01-01T00:00:00Z");
	due("@weekly", "2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z");
	due("@monthly", "2026-11-22T00:00:00Z", "2026-12-01T00:00:00Z");
	due(" 0\t3  1 * * ", "2026-11-22T00:00:00Z", "2026-12-01T03:00:00Z");
}

/* crontab(5): where both are restricted, either suffices; a star that steps is no restriction. */
static void test_days(void **state)
{
	(void)state;
	due("0 0 13 * fri", "2026-11-21T00:00:00Z", "2026-11-27T00:00:00Z");
	due("0 0 13 * fri", "2026-12-11T00:00:00Z", "2026-12-13T00:00:00Z");
	due("0 0 */2 * mon", "2026-11-21T00:00:00Z", "2026-11-23T00:00:00Z");
	due("0 0 13 * *", "2026-11-21T00:00:00Z", "2026-12-13T00:00:00Z");
	due("0 0 31 * *", "2026-11-21T00:00:00Z", "2026-12-31T00:00:00Z");
}

static void test_leap_years(void **state)
{
	(void)state;
	due("0 12 29 2 *", "2026-11-21T00:00:00Z", "2028-02-29T12:00:00Z");
	due("0 12 29 2 *", "2028-02-29T12:00:00Z", "2032-02-29T12:00:00Z");
	/* 2100 is no leap year. */
	due("0 12 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T12:00:00Z");
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *words;
	} wrong[] = {
		{"", "0 of the five fields"},
		{"0 3 * *", "4 of the five fields"},
		{"0 3 * * * *", "more than five"},
		{"60 * * * *", "'60' as its minute, which goes from 0 to 59"},
		{"* 24 * * *", "as its hour"},
		{"* * 0 * *", "day of the month"},
		{"* * * 13 *", "month"},
		{"* * * * 8", "day of the week"},
		{"*/0 * * * *", "minute"},
		{"5-1 * * * *", "minute"},
		{"1,,2 * * * *", "minute"},
		{"1- * * * *", "minute"},
		{"** * * * *", "minute"},
		{"jan * * * *", "minute"},
		{"@often", "none of @hourly"},
		{"0 0 31 2 *", "never due"},
		{"0 0 31 4,6,9,11 *", "never due"},
		{"0 0 30 feb *", "never due"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(wrong); i++) {
		struct cron cron;
		struct strbuf err;

		strbuf_init(&err, 400);
		assert_false(cron_parse(wrong[i].text, &cron, &err));
		if (strstr(err.data, wrong[i].words) == NULL)
			fail_msg("'%s' says: %s", wrong[i].text, err.data);
		strbuf_release(&err);
	}
}

/* Vienna goes to summer time on 2026-03-29 at 01:00Z (02:00 -> 03:00), back on 2026-10-25 at 01:00Z
 * (03:00 -> 02:00). */
static void test_zone(void **state)
{
	struct arena arena;
	struct strbuf err;
	struct cron cron = cron_of("30 2 * * *"), often = cron_of("*/30 * * * *");

	(void)state;
	arena_init(&arena);
	strbuf_init(&err, 200);
	cron.shifts = zone_load(&arena, "Europe/Vienna", moment("2036-01-01T00:00:00Z"),
				&cron.shift_count, &err);
	if (cron.shifts == NULL)
		skip();
	often.shifts = cron.shifts;
	often.shift_count = cron.shift_count;
	is_due(&cron, "2026-01-10T12:00:00Z", "2026-01-11T01:30:00Z");
	is_due(&cron, "2026-07-10T12:00:00Z", "2026-07-11T00:30:00Z");
	/* 02:30 is left out: due as if the clock had not jumped, and only once. */
	is_due(&cron, "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z");
	is_due(&cron, "2026-03-29T01:10:00Z", "2026-03-29T01:30:00Z");
	is_due(&cron, "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z");
	/* 02:30 comes twice: due the first time. */
	is_due(&cron, "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z");
	is_due(&cron, "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
	/* What comes each half hour goes on. */
	is_due(&often, "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z");
	is_due(&often, "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z");
	is_due(&often, "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z");
	arena_release(&arena);
	strbuf_release(&err);
}

/* The nearest word counts: a check's `interval` ends what its service says by `every`. */
static void test_config(void **state)
{
	struct fleet *fleet = fleet_of("version: 1\n"
				       "defaults: {timezone: Europe/Vienna}\n"
				       "services:\n"
				       "  - name: a\n"
				       "    every: 0 3 * * *\n"
				       "    checks:\n"
				       "      - tcp: 127.0.0.1:1\n"
				       "      - {tcp: '127.0.0.1:2', every: '@hourly', timezone: UTC}\n"
				       "      - {tcp: '127.0.0.1:3', interval: 5s}\n");

	(void)state;
	assert_string_equal(fleet->checks[0].cron->text, "0 3 * * *");
	assert_true(fleet->checks[0].cron->shift_count > 1);
	assert_string_equal(fleet->checks[1].cron->text, "@hourly");
	assert_null(fleet->checks[2].cron);
	fleet_unref(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next),	cmocka_unit_test(test_days),
		cmocka_unit_test(test_leap_years), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_zone),	cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
