/* Time zones of maintenance windows: offsets as libc knows them, far into what only the rule in
 * the file's footer says, and windows that stay at their hour when the clocks change. */
#include "config_dir.h"

#include "config/zone.h"

#include <time.h>

static int offset_of(const struct zone_shift *shifts, size_t count, time_t at)
{
	int offset = 0;

	for (size_t i = 0; i < count && shifts[i].from.ns <= at * NS_PER_S; i++)
		offset = shifts[i].offset_s;
	return offset;
}

static void test_like_libc(void **state)
{
	static const char *const zones[] = {"Europe/Vienna",	 "America/New_York",
					    "Australia/Sydney",	 "Asia/Kolkata",
					    "America/Sao_Paulo", "UTC",
					    "America/Nuuk",	 "Pacific/Chatham"};
	const struct wall_time until = {.ns = INT64_C(3155760000) * NS_PER_S}; /* 2070 */

	(void)state;
	for (size_t i = 0; i < BASE_LEN(zones); i++) {
		const struct zone_shift *shifts;
		struct strbuf err;
		struct arena arena;
		size_t count;

		arena_init(&arena);
		strbuf_init(&err, 200);
		shifts = zone_load(&arena, zones[i], until, &count, &err);
		if (shifts == NULL) {
			print_message("%s\n", err.data);
			skip();
		}
		setenv("TZ", zones[i], 1);
		tzset();
		/* Every 3 days and 7 hours from 1990 to 2069. */
		for (time_t at = 631152000; at < 3124224000; at += 284400) {
			struct tm tm;

			assert_non_null(localtime_r(&at, &tm));
			if (tm.tm_gmtoff != offset_of(shifts, count, at))
				print_error("%s at %lld\n", zones[i], (long long)at);
			assert_int_equal(tm.tm_gmtoff, offset_of(shifts, count, at));
		}
		arena_release(&arena);
		strbuf_release(&err);
	}
	unsetenv("TZ");
	tzset();
}

static void test_errors(void **state)
{
	static const char *const names[] = {
		"", "/etc/passwd", "../../../etc/passwd", "Europe/Viena", "Europe", "tzdata.zi"};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(names); i++) {
		struct strbuf err;
		struct arena arena;
		size_t count;

		arena_init(&arena);
		strbuf_init(&err, 200);
		assert_null(zone_load(&arena, names[i], (struct wall_time){0}, &count, &err));
		assert_true(err.len != 0);
		arena_release(&arena);
		strbuf_release(&err);
	}
}

static bool open_at(const struct fleet *fleet, const char *when, int64_t *next_ns)
{
	struct wall_time at;

	assert_int_equal(wall_parse(when, strlen(when), 0, &at), strlen(when));
	return maintenance_open(&fleet->services[0].maintenance[0], at, next_ns);
}

static struct fleet *load_window(const char *window)
{
	struct config_request request = {0};
	char *yaml = xasprintf("services: [{name: a, url: http://h, maintenance: [%s]}]\n", window);
	struct diags diags;
	struct fleet *fleet;

	config_dir_write("services.yaml", yaml);
	diags_init(&diags);
	fleet = config_load(&request, &diags);
	assert_int_equal(diags.errors, 0);
	diags_release(&diags);
	free(yaml);
	return fleet;
}

/* 02:00 in Vienna is 01:00Z in winter and 00:00Z in summer. */
static void test_windows(void **state)
{
	static const struct {
		const char *window, *at;
		bool open;
	} rows[] = {
		{"{start: 2026-01-10T02:00, duration: 1h, every: 1d, timezone: Europe/Vienna}",
		 "2026-02-01T01:00Z", true},
		{"{start: 2026-01-10T02:00, duration: 1h, every: 1d, timezone: Europe/Vienna}",
		 "2026-02-01T00:59Z", false},
		{"{start: 2026-01-10T02:00, duration: 1h, every: 1d, timezone: Europe/Vienna}",
		 "2026-07-01T00:30Z", true},
		{"{start: 2026-01-10T02:00, duration: 1h, every: 1d, timezone: Europe/Vienna}",
		 "2026-07-01T01:00Z", false},
		{"{start: 2026-07-10T02:00, duration: 1h, every: 1w, timezone: Europe/Vienna}",
		 "2026-12-04T01:30Z", true},
		{"{start: 2026-01-10T02:00, duration: 1h, every: 1d}", "2026-07-01T02:30Z", true},
		{"{start: \"2026-01-10T02:00+01:00\", duration: 1h, every: 1d}",
		 "2026-07-01T01:30Z", true},
		{"{start: \"2026-01-10T02:00Z\", duration: 1h, timezone: Europe/Vienna}",
		 "2026-01-10T02:30Z", true},
		{"{start: 2026-01-10T02:00, duration: 1h, timezone: Europe/Vienna}",
		 "2026-01-10T00:59:59Z", false},
		{"{start: 2026-01-10T02:00, duration: 1h, timezone: Europe/Vienna}",
		 "2026-01-11T01:30Z", false},
		{"{start: 2026-01-10T02:00, duration: 1h, every: 12h, timezone: Europe/Vienna}",
		 "2026-07-01T01:30Z", true},
	};

	(void)state;
	if (access("/usr/share/zoneinfo/Europe/Vienna", R_OK) != 0)
		skip();
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct fleet *fleet = load_window(rows[i].window);
		int64_t next;

		if (open_at(fleet, rows[i].at, &next) != rows[i].open)
			print_error("row %zu\n", i);
		assert_int_equal(open_at(fleet, rows[i].at, &next), rows[i].open);
		fleet_unref(fleet);
	}
}

/* Whoever sleeps for `next` never misses a change. */
static void test_next(void **state)
{
	struct fleet *fleet = load_window(
		"{start: 2026-03-01T02:30, duration: 1h, every: 1d, timezone: Europe/Vienna}");
	const struct maintenance *window = &fleet->services[0].maintenance[0];
	struct wall_time at = {.ns = window->start.ns - 3 * 3600 * NS_PER_S};

	(void)state;
	for (int i = 0; i < 2000; i++) {
		int64_t next, ignored;
		bool open = maintenance_open(window, at, &next);

		assert_true(next > 0 && next != INT64_MAX);
		for (int64_t part = 1; part < 8; part++)
			assert_int_equal(open, maintenance_open(window,
								(struct wall_time){at.ns +
										   next / 8 * part},
								&ignored));
		at.ns += next;
	}
	fleet_unref(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_like_libc),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_next),
	};

	return cmocka_run_group_tests(tests, config_dir_setup, NULL);
}
