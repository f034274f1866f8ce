/* Durations, latencies, sizes and numbers: what is read, what is refused, what is written. */
#include "base/units.h"

#include "base/clock.h"

#include "unit.h"

#include <locale.h>
#include <math.h>

static void test_duration_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t ns; /* -1: refused */
	} rows[] = {
		{"10s", 10 * NS_PER_S},
		{"1.5s", 1500 * NS_PER_MS},
		{"0.000000001s", 1},
		{"4m12s", 252 * NS_PER_S},
		{"3d4h", 273600 * NS_PER_S},
		{"250ms", 250 * NS_PER_MS},
		{"2w", 1209600 * NS_PER_S},
		{"1y", 31536000 * NS_PER_S},
		{"1us5ns", 1005},
		{"0s", 0},
		{"292y", INT64_C(292) * 31536000 * NS_PER_S},
		{"293y", -1},
		{"292y200d", -1},
		{"99999999999999999999s", -1},
		{"10", -1},
		{"0", -1},
		{"", -1},
		{"s", -1},
		{"-5s", -1},
		{"+5s", -1},
		{" 5s", -1},
		{"5s ", -1},
		{"5 s", -1},
		{"5S", -1},
		{"5sec", -1},
		{"1s4m", -1},
		{"1s1s", -1},
		{"1.s", -1},
		{".5s", -1},
		{"1e3s", -1},
		{"1m\xff", -1},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		int64_t ns = -1;
		size_t len = strlen(rows[i].text);
		char *copy = xmemdup(rows[i].text, len);
		bool ok = duration_parse(copy, len, &ns);

		free(copy);
		if (ok != (rows[i].ns >= 0) || ns != rows[i].ns)
			fail_msg("%s: %lld", rows[i].text, (long long)ns);
	}
	assert_false(duration_parse("5s\0", 3, &(int64_t){0}));
}

struct format_row {
	int64_t ns;
	const char *want;
};

static void check_format(void (*format)(struct strbuf *, int64_t), const struct format_row *rows,
			 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct strbuf out;

		strbuf_init(&out, 64);
		format(&out, rows[i].ns);
		if (strcmp(out.data, rows[i].want) != 0)
			fail_msg("%lld ns: '%s', not '%s'", (long long)rows[i].ns, out.data,
				 rows[i].want);
		strbuf_release(&out);
	}
}

static void test_duration_format(void **state)
{
	static const struct format_row rows[] = {
		{0, "0s"},
		{1, "0.0ms"},
		{400 * NS_PER_US, "0.4ms"},
		{999999, "0.9ms"},
		{1500 * NS_PER_US, "1.5ms"},
		{250 * NS_PER_MS, "250ms"},
		{NS_PER_S - 1, "999ms"},
		{1500 * NS_PER_MS, "1.5s"},
		{45 * NS_PER_S + 700 * NS_PER_MS, "45s"},
		{180 * NS_PER_S, "3m"},
		{252 * NS_PER_S, "4m12s"},
		{273600 * NS_PER_S, "3d4h"},
		{31536000 * NS_PER_S - 1, "364d23h"},
		{INT64_MAX, "292y171d"},
		{INT64_MIN, "-292y171d"},
		{-45 * NS_PER_S, "-45s"},
	};

	(void)state;
	check_format(duration_format, rows, BASE_LEN(rows));
}

static void test_age_format(void **state)
{
	static const struct format_row rows[] = {
		{0, "0s"},
		{999 * NS_PER_MS, "0s"},
		{2300 * NS_PER_MS, "2s"},
		{60 * NS_PER_S, "1m"},
		{252 * NS_PER_S, "4m12s"},
		{INT64_MIN, "-292y171d"},
	};

	(void)state;
	check_format(age_format, rows, BASE_LEN(rows));
}

static void test_latency_format(void **state)
{
	static const struct format_row rows[] = {
		{0, "0.0ms"},
		{400 * NS_PER_US, "0.4ms"},
		{949 * NS_PER_US, "0.9ms"},
		{950 * NS_PER_US, "1ms"},
		{9 * NS_PER_MS, "9ms"},
		{12 * NS_PER_MS, "12ms"},
		{99 * NS_PER_MS + 600 * NS_PER_US, "100ms"},
		{843 * NS_PER_MS, "840ms"},
		{995 * NS_PER_MS, "1.0s"},
		{1234 * NS_PER_MS, "1.2s"},
		{9960 * NS_PER_MS, "10s"},
		{12 * NS_PER_S, "12s"},
		{90 * NS_PER_S, "1m30s"},
		{INT64_MAX, "292y171d"},
		{-12 * NS_PER_MS, "-12ms"},
	};

	(void)state;
	check_format(latency_format, rows, BASE_LEN(rows));
}

static void test_bytes(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t bytes;
		const char *back;
	} rows[] = {
		{"512", true, 512, "512B"},
		{"999b", true, 999, "999B"},
		{"64k", true, 64000, "64kB"},
		{"10MB", true, 10000000, "10MB"},
		{"1.5GiB", true, 1610612736, "1.6GB"},
		{"1kib", true, 1024, "1kB"},
		{"999499", true, 999499, "999kB"},
		{"999500", true, 999500, "1MB"},
		{"9.96kB", true, 9960, "10kB"},
		{"18446744073709551615", true, UINT64_MAX, "18EB"},
		{"18446744073709551616", false, 0, NULL},
		{"18446744073709551615k", false, 0, NULL},
		{"", false, 0, NULL},
		{"k", false, 0, NULL},
		{"-1", false, 0, NULL},
		{"1 k", false, 0, NULL},
		{"1x", false, 0, NULL},
		{"1mibs", false, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		uint64_t bytes = 0;
		struct strbuf out;
		bool ok = bytes_parse(rows[i].text, strlen(rows[i].text), &bytes);

		if (ok != rows[i].ok || (ok && bytes != rows[i].bytes))
			fail_msg("%s: %llu", rows[i].text, (unsigned long long)bytes);
		if (!ok)
			continue;
		strbuf_init(&out, 64);
		bytes_format(&out, bytes);
		assert_string_equal(out.data, rows[i].back);
		strbuf_release(&out);
	}
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* written again; NULL: refused */
	} rows[] = {
		{"0", "0"},
		{"-0", "0"},
		{"12", "12"},
		{"-12.50", "-12.5"},
		{"0.1", "0.1"},
		{"1e3", "1000"},
		{"1E+21", "1e21"},
		{"123456789012345678", "1.2345678901234568e17"},
		{"1.5e-7", "1.5e-7"},
		{"5e-324", "5e-324"},
		{"1.7976931348623157e308", "1.7976931348623157e308"},
		{"0.30000000000000004", "0.30000000000000004"},
		{"0.000000000000000000000000000000000000000000000000000000000000000000001", "1e-69"},
		{"1e999", NULL},
		{"01", NULL},
		{"+1", NULL},
		{"1.", NULL},
		{".1", NULL},
		{"1e", NULL},
		{"1e+", NULL},
		{"-", NULL},
		{"", NULL},
		{" 1", NULL},
		{"1 ", NULL},
		{"0x10", NULL},
		{"nan", NULL},
		{"inf", NULL},
		{"1,5", NULL},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		double number = 0;
		struct strbuf out;
		bool ok = number_parse(rows[i].text, strlen(rows[i].text), &number);

		if (ok != (rows[i].want != NULL))
			fail_msg("%s: %d", rows[i].text, ok);
		if (!ok)
			continue;
		strbuf_init(&out, 64);
		number_format(&out, number);
		assert_string_equal(out.data, rows[i].want);
		strbuf_release(&out);
	}
}

/* Any double survives the way out and in, and a comma locale changes nothing. */
static void test_number_round_trip(void **state)
{
	uint64_t seed = 42;

	(void)state;
	(void)setlocale(LC_ALL, "de_DE.UTF-8"); /* where it is installed */
	for (int i = 0; i < 20000; i++) {
		double number, back;
		struct strbuf out;

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		memcpy(&number, &seed, sizeof(number));
		if (!isfinite(number))
			continue;
		strbuf_init(&out, 64);
		number_format(&out, number);
		assert_true(number_parse(out.data, out.len, &back));
		assert_memory_equal(&number, &back, sizeof(number));
		strbuf_release(&out);
	}
	(void)setlocale(LC_ALL, "C");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_duration_parse),
		cmocka_unit_test(test_duration_format),
		cmocka_unit_test(test_age_format),
		cmocka_unit_test(test_latency_format),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_number_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
