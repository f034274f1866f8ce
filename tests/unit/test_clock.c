/* Time: calendar arithmetic both ways, RFC 3339 out and in, and that clocks move forward. */
#include "base/clock.h"

#include "unit.h"

static void test_format(void **state)
{
	static const struct {
		int64_t ns;
		bool ms;
		const char *want;
	} rows[] = {
		{0, false, "1970-01-01T00:00:00Z"},
		{-1, true, "1969-12-31T23:59:59.999Z"},
		{INT64_C(1795262621) * NS_PER_S, false, "2026-11-21T12:03:41Z"},
		{INT64_C(1795262621) * NS_PER_S + 7 * NS_PER_MS, true, "2026-11-21T12:03:41.007Z"},
		{INT64_C(951782400) * NS_PER_S, false, "2000-02-29T00:00:00Z"},
		{INT64_C(4107542400) * NS_PER_S, false, "2100-03-01T00:00:00Z"},
		{INT64_MAX, false, "2262-04-11T23:47:16Z"},
		{INT64_MIN, false, "1677-09-21T00:12:43Z"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct strbuf out;

		strbuf_init(&out, 64);
		wall_format(&out, (struct wall_time){.ns = rows[i].ns}, rows[i].ms);
		assert_string_equal(out.data, rows[i].want);
		strbuf_release(&out);
	}
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		size_t used; /* 0: no time */
		int64_t ns;
	} rows[] = {
		{"2026-11-21T12:03:41Z", 20, INT64_C(1795262621) * NS_PER_S},
		{"2026-11-21 12:03:41 ERROR x", 19, INT64_C(1795262621) * NS_PER_S},
		{"2026-11-21t12:03:41.5z", 22, INT64_C(1795262621) * NS_PER_S + 500 * NS_PER_MS},
		{"2026-11-21 12:03:41,007", 23, INT64_C(1795262621) * NS_PER_S + 7 * NS_PER_MS},
		{"2026-11-21T12:03:41.123456789123Z", 33, INT64_C(1795262621123456789)},
		{"2026-11-21T13:03:41+01:00", 25, INT64_C(1795262621) * NS_PER_S},
		{"2026-11-21T13:03:41+0100", 24, INT64_C(1795262621) * NS_PER_S},
		{"2026-11-21T13:03:41+01", 22, INT64_C(1795262621) * NS_PER_S},
		{"2026-11-21 06:33:41 -0530 x", 25, INT64_C(1795262621) * NS_PER_S},
		{"2026-11-21 12:03:41 -05", 19, INT64_C(1795262621) * NS_PER_S},
		{"2026-11-21T12:03:41.", 19, INT64_C(1795262621) * NS_PER_S},
		{"2026-11-21T12:03", 16, INT64_C(1795262580) * NS_PER_S},
		{"2016-12-31T23:59:60Z", 20, INT64_C(1483228800) * NS_PER_S},
		{"2024-02-29T00:00:00Z", 20, INT64_C(1709164800) * NS_PER_S},
		{"2023-02-29T00:00:00Z", 0, 0},
		{"2100-02-29T00:00:00Z", 0, 0},
		{"2026-04-31T00:00:00Z", 0, 0},
		{"2026-13-01T00:00:00Z", 0, 0},
		{"2026-00-01T00:00:00Z", 0, 0},
		{"2026-11-21T24:00:00Z", 0, 0},
		{"2026-11-21T12:60:00Z", 0, 0},
		{"2026-11-21T12:00:61Z", 0, 0},
		{"0001-01-01T00:00:00Z", 0, 0},
		{"9999-01-01T00:00:00Z", 0, 0},
		{"2026-11-21", 0, 0},
		{"2026-11-21x12:00:00", 0, 0},
		{"2026-11-21T12:0", 0, 0},
		{"+026-11-21T12:00:00", 0, 0},
		{"", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct wall_time at = {0};
		/* Exactly the bytes, so that the address sanitizer sees a read past the end. */
		size_t len = strlen(rows[i].text);
		char *copy = xmemdup(rows[i].text, len);
		size_t used = wall_parse(copy, len, 0, &at);

		free(copy);
		if (used != rows[i].used || at.ns != rows[i].ns)
			fail_msg("%s: %zu bytes, %lld ns", rows[i].text, used, (long long)at.ns);
	}
}

static void test_default_offset(void **state)
{
	struct wall_time at;

	(void)state;
	assert_int_equal(wall_parse("2026-11-21 13:03:41", 19, 3600, &at), 19);
	assert_true(at.ns == INT64_C(1795262621) * NS_PER_S);
	assert_int_equal(wall_parse("2026-11-21 12:03:41Z", 20, 3600, &at), 20);
	assert_true(at.ns == INT64_C(1795262621) * NS_PER_S);
}

/* Every third day of 400 years, with an odd time and offset: to civil and back. */
static void test_civil_round_trip(void **state)
{
	(void)state;
	for (int64_t day = -100000; day < 100000; day += 3) {
		struct wall_time at = {.ns = (day * 86400 + 54321) * NS_PER_S + 42};
		struct civil_time civil = civil_from_wall(at, -12600);

		assert_true(civil_to_wall(&civil, -12600).ns == at.ns);
		assert_in_range(civil.month, 1, 12);
		assert_in_range(civil.day, 1, 31);
		assert_int_equal(civil.weekday, ((day + 4) % 7 + 7) % 7);
	}
}

static void test_utc_offset(void **state)
{
	(void)state;
	assert_int_equal(setenv("TZ", "TST-05:30", 1), 0);
	tzset();
	assert_int_equal(clock_utc_offset((struct wall_time){.ns = NS_PER_S}), 19800);
}

static void test_clocks(void **state)
{
	struct mono_time before = clock_mono();

	(void)state;
	assert_true(clock_mono().ns >= before.ns);
	assert_true(clock_wall().ns > INT64_C(1700000000) * NS_PER_S);
	assert_true(clock_suspended_ns() > -NS_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_default_offset),
		cmocka_unit_test(test_civil_round_trip),
		cmocka_unit_test(test_utc_offset),
		cmocka_unit_test(test_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
