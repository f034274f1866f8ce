/* States over time: rise, fall, flapping, now-and-then failures, medians, percentiles, strips. */
#include "unit.h"

#include "base/clock.h"
#include "judge/series.h"
#include "judge/window.h"

static enum check_state result_of(char letter)
{
	return letter == 'p'   ? CHECK_PASS
	       : letter == 'w' ? CHECK_WARN
	       : letter == 'f' ? CHECK_FAIL
			       : CHECK_UNKNOWN;
}

static char letter_of(unsigned state)
{
	return "pwfu."[state];
}

/* Results in, the state after each out. */
static void test_rise_and_fall(void **state)
{
	static const struct {
		int fall, rise;
		const char *results, *states;
	} rows[] = {
		{2, 1, "p", "p"},
		{2, 1, "f", "f"}, /* the first result decides at once */
		{2, 1, "w", "w"},
		{2, 1, "u", "u"},
		{2, 1, "pf", "pp"},
		{2, 1, "pff", "ppf"},
		{2, 1, "pfpf", "pppp"},
		{3, 2, "pfffpp", "pppffp"},
		{3, 2, "pfffpfp", "pppffff"},
		{2, 2, "ffpfpp", "fffffp"},
		{1, 1, "pfpf", "pfpf"},
		{2, 1, "pwf", "ppw"},  /* two worse than a pass, the milder one decides */
		{2, 1, "pwff", "ppwf"},
		{2, 1, "pww", "ppw"},
		{2, 1, "pffw", "ppfw"}, /* better than a failure */
		{2, 2, "ffwp", "fffw"},
		{2, 2, "ffwpp", "fffwp"},
		{2, 1, "pu", "pp"},    /* one unknown is no state yet */
		{2, 1, "puu", "ppu"},
		{2, 1, "puup", "ppup"}, /* from unknown the next result decides */
		{2, 1, "puuf", "ppuf"},
		{2, 1, "pfuf", "pppf"}, /* an unknown one interrupts no count */
		{0, 0, "pf", "pf"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct series series;

		series_init(&series);
		for (size_t k = 0; rows[i].results[k] != '\0'; k++) {
			unsigned before = series.state;
			bool changed = series_feed(&series, result_of(rows[i].results[k]),
						   rows[i].fall, rows[i].rise);

			if (letter_of(series.state) != rows[i].states[k])
				fail_msg("%s: after %zu: %c", rows[i].results, k + 1,
					 letter_of(series.state));
			assert_int_equal(changed, before != series.state);
		}
	}
}

static void feed(struct series *series, const char *results)
{
	for (; *results != '\0'; results++)
		series_feed(series, result_of(*results), 2, 1);
}

static void test_flapping(void **state)
{
	struct series series;

	(void)state;
	series_init(&series);
	feed(&series, "pfpfp"); /* 4 changes are 20%: not above */
	assert_false(series.flapping);
	feed(&series, "f");
	assert_true(series.flapping);
	/* It stays until below 5%: not one change in 21 samples. */
	feed(&series, "fffffffffffffffffff");
	assert_true(series.flapping);
	feed(&series, "f");
	assert_false(series.flapping);
	series_init(&series);
	feed(&series, "pfpfpf");
	feed(&series, "fffffffffffffffff");
	assert_true(series.flapping);
	/* One outage is no flapping, unknown results are none either. */
	series_init(&series);
	feed(&series, "ppppppffffffffpppppuuuupupupupup");
	assert_false(series.flapping);
}

static void test_now_and_then(void **state)
{
	struct series series;

	(void)state;
	series_init(&series);
	feed(&series, "pfpfpfpfpf");
	assert_int_equal(series_recent_fails(&series), 5);
	assert_int_equal(series.state, CHECK_PASS);
	feed(&series, "pf");
	assert_int_equal(series_recent_fails(&series), SERIES_RECENT_FAILS);
	/* Thirty good ones later nothing is left of it. */
	feed(&series, "pppppppppppppppppppppppppppppp");
	assert_int_equal(series_recent_fails(&series), 0);
	/* An outage that is over does not count. */
	feed(&series, "ffffffffff");
	assert_int_equal(series.state, CHECK_FAIL);
	feed(&series, "p");
	assert_int_equal(series.state, CHECK_PASS);
	assert_int_equal(series_recent_fails(&series), 0);
}

static void test_median(void **state)
{
	static const int64_t ms[] = {10, 900, 12, 11, 13, 14, 15};
	static const int64_t medians[] = {10, 900, 12, 12, 12, 13, 13};
	struct series series;

	(void)state;
	series_init(&series);
	assert_int_equal(series_median(&series), -1);
	for (size_t i = 0; i < BASE_LEN(ms); i++) {
		series_add_latency(&series, ms[i] * NS_PER_MS);
		assert_int_equal(series_median(&series), medians[i] * NS_PER_MS);
	}
}

static void assert_near(int64_t got, int64_t wanted)
{
	if (got < wanted - wanted / 14 || got > wanted + wanted / 14)
		fail_msg("%lld, wanted about %lld", (long long)got, (long long)wanted);
}

static void test_p95(void **state)
{
	static const int64_t each[] = {5 * NS_PER_US, 100 * NS_PER_US, NS_PER_MS, 19 * NS_PER_MS,
				       840 * NS_PER_MS, 59 * NS_PER_S};
	struct window window = {0};

	(void)state;
	assert_int_equal(window_p95(&window, 0), -1);
	for (size_t i = 0; i < BASE_LEN(each); i++) {
		window_add(&window, 0, each[i]);
		assert_near(window_p95(&window, 0), each[i]);
		window_release(&window);
	}
	/* 1..100 ms: 95 of them are at most 95 ms. */
	for (int64_t i = 1; i <= 100; i++)
		window_add(&window, i, i * NS_PER_MS);
	assert_near(window_p95(&window, 100), 95 * NS_PER_MS);
	window_release(&window);
	/* Exactly one in twenty is slow: the 95th is not. */
	for (int64_t i = 0; i < 20; i++)
		window_add(&window, 0, (i == 0 ? 500 : 10) * NS_PER_MS);
	assert_near(window_p95(&window, 0), 10 * NS_PER_MS);
	window_release(&window);
}

static void test_p95_forgets_after_an_hour(void **state)
{
	struct window window = {0};

	(void)state;
	for (int64_t minute = 0; minute < 30; minute++)
		window_add(&window, minute * 60 * NS_PER_S, 900 * NS_PER_MS);
	assert_near(window_p95(&window, 59 * 60 * NS_PER_S), 900 * NS_PER_MS);
	assert_int_equal(window_p95(&window, 200 * 60 * NS_PER_S), -1);
	for (int64_t minute = 90; minute < 120; minute++)
		window_add(&window, minute * 60 * NS_PER_S, 10 * NS_PER_MS);
	assert_near(window_p95(&window, 120 * 60 * NS_PER_S), 10 * NS_PER_MS);
	/* A steady check for a day: a handful of bins. */
	for (int64_t second = 7200; second < 7200 + 86400; second += 10)
		window_add(&window, second * NS_PER_S, (10 + second / 10 % 3) * NS_PER_MS);
	assert_true(window.cap * sizeof(*window.at) <= 256);
	/* The slot number has turned over its 256 values since; nothing old comes back. */
	assert_near(window_p95(&window, (7200 + 86400) * NS_PER_S), 12 * NS_PER_MS);
	window_release(&window);
}

static void assert_strip(const struct strip *strip, const char *wanted)
{
	static const char letters[] = " 1234dfu";
	char got[HISTORY_CELLS + 1] = {0};
	size_t len = strlen(wanted);

	for (size_t i = 0; i < HISTORY_CELLS; i++)
		got[i] = letters[strip->cells[i]];
	assert_string_equal(got + HISTORY_CELLS - len, wanted);
}

static void test_strip(void **state)
{
	struct strip strip = {.slot = 100};

	(void)state;
	strip_put(&strip, HISTORY_LEVEL1);
	assert_strip(&strip, " 1");
	/* The worst of a slot stays, an answer replaces what was only carried on. */
	strip_put(&strip, HISTORY_FAIL);
	strip_put(&strip, HISTORY_LEVEL2);
	assert_strip(&strip, " f");
	strip_advance(&strip, 101, HISTORY_FAIL);
	strip_put(&strip, HISTORY_LEVEL1);
	assert_strip(&strip, " f1");
	strip_advance(&strip, 101, HISTORY_FAIL);
	strip_advance(&strip, 99, HISTORY_FAIL);
	assert_strip(&strip, " f1");
	strip_advance(&strip, 104, HISTORY_UNKNOWN);
	assert_strip(&strip, " f1uuu");
	strip_advance(&strip, 1000, HISTORY_LEVEL1);
	assert_strip(&strip, "111111111111111111111111111111");
}

static void test_levels(void **state)
{
	static const struct {
		int64_t ms, p95_ms;
		enum history_cell cell;
	} rows[] = {
		{5, -1, HISTORY_LEVEL1},   {10, 10, HISTORY_LEVEL1},   {12, 10, HISTORY_LEVEL1},
		{2, 1, HISTORY_LEVEL1},	   {3, 1, HISTORY_LEVEL1},     {4, 1, HISTORY_LEVEL3},
		{130, 100, HISTORY_LEVEL2}, {200, 100, HISTORY_LEVEL2}, {201, 100, HISTORY_LEVEL3},
		{400, 100, HISTORY_LEVEL3}, {401, 100, HISTORY_LEVEL4},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++)
		assert_int_equal(strip_level(rows[i].ms * NS_PER_MS,
					     rows[i].p95_ms < 0 ? -1 : rows[i].p95_ms * NS_PER_MS),
				 rows[i].cell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rise_and_fall),
		cmocka_unit_test(test_flapping),
		cmocka_unit_test(test_now_and_then),
		cmocka_unit_test(test_median),
		cmocka_unit_test(test_p95),
		cmocka_unit_test(test_p95_forgets_after_an_hour),
		cmocka_unit_test(test_strip),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
