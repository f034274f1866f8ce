/* UTF-8: well-formed and broken sequences, widths, clipping, and every code point both ways. */
#include "base/utf8.h"

#include "unit.h"

static void test_every_code_point(void **state)
{
	(void)state;
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		char bytes[4];
		size_t len = utf8_encode(bytes, cp);
		uint32_t back;

		assert_int_equal(utf8_decode(bytes, len, &back), len);
		assert_true(utf8_valid(bytes, len));
		if (cp >= 0xd800 && cp <= 0xdfff)
			assert_int_equal(back, UTF8_REPLACEMENT);
		else
			assert_int_equal(back, cp);
		assert_in_range(utf8_cp_width(cp), 0, 2);
	}
	assert_int_equal(utf8_encode((char[4]){0}, 0x110000), 3);
}

/* What decoding gives, as code points in hex; the broken examples are those of the standard's
 * section 3.9 (tables 3-8 to 3-11). */
static void test_broken(void **state)
{
	static const struct {
		const char *bytes;
		const char *want;
	} rows[] = {
		{"\x41\xc0\xaf\x41", "41 fffd fffd 41"},
		{"\xe0\x80\xaf", "fffd fffd fffd"},
		{"\xf0\x9f\x98", "fffd"},
		{"\xf0\x9f\x41", "fffd 41"},
		{"\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", "fffd fffd fffd fffd fffd 41 fffd fffd 42"},
		{"\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41",
		 "fffd fffd fffd fffd fffd fffd fffd fffd 41"},
		{"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", "fffd fffd fffd fffd 41"},
		{"\xf5\x80", "fffd fffd"},
		{"\xf8\x88\x80\x80\x80", "fffd fffd fffd fffd fffd"},
		{"\xef\xbf\xbd", "fffd"},
		{"\xf0\x9f\x98\x80", "1f600"},
		{"\xfe\xff", "fffd fffd"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		size_t len = strlen(rows[i].bytes);
		char *copy = xmemdup(rows[i].bytes, len);
		char got[128] = "";
		size_t used = 0;

		for (size_t at = 0; at < len;) {
			uint32_t cp;

			at += utf8_decode(copy + at, len - at, &cp);
			used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%x",
						 used != 0 ? " " : "", cp);
		}
		assert_string_equal(got, rows[i].want);
		free(copy);
	}
}

static void test_valid(void **state)
{
	(void)state;
	assert_true(utf8_valid("", 0));
	assert_true(utf8_valid("a\0b", 3));
	assert_true(utf8_valid("\xef\xbf\xbd", 3)); /* a written U+FFFD is no error */
	assert_false(utf8_valid("\xef\xbf", 2));
	assert_false(utf8_valid("\xc0\x80", 2));
	assert_false(utf8_valid("\xed\xa0\x80", 3));
	assert_false(utf8_valid("\x80", 1));
}

static void test_cp_width(void **state)
{
	static const struct {
		uint32_t cp;
		int width;
	} rows[] = {
		{0x00, 1},    {'a', 1},     {0xad, 1},     {0x301, 0},   {0x200b, 0},
		{0x200d, 0},  {0x20dd, 0},  {0xfe0f, 0},   {0xe0101, 0}, {0x1160, 0},
		{0x1100, 2},  {0x2026, 1},  {0x25b2, 1},   {0x2716, 1},  {0x2714, 1},
		{0x26a0, 1},  {0x26a1, 2},  {0x3042, 2},   {0x302a, 0},  {0x4e2d, 2},
		{0xac00, 2},  {0xff21, 2},  {0xff71, 1},   {0xfffd, 1},  {0x1f534, 2},
		{0x1f600, 2}, {0x1fae8, 2}, {0x1f6dc, 2},  {0x1f1e6, 1}, {0x20000, 2},
		{0x31350, 2}, {0x600, 1},   {0x10efd, 0},  {0xe000, 1},  {0x10ffff, 1},
		{0xd800, 1},  {0x2581, 1},  {0x110000, 1}, {0xd7, 1},    {UINT32_MAX, 1},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		if (utf8_cp_width(rows[i].cp) != rows[i].width)
			fail_msg("U+%04X: %d", rows[i].cp, utf8_cp_width(rows[i].cp));
	}
}

static void test_clip(void **state)
{
	static const struct {
		const char *text;
		size_t cells, bytes, used;
	} rows[] = {
		{"", 5, 0, 0},
		{"abc", 0, 0, 0},
		{"abc", 2, 2, 2},
		{"abc", 9, 3, 3},
		{"\xe4\xb8\xad\xe6\x96\x87", 3, 3, 2}, /* two wide: the second would be halved */
		{"\xe4\xb8\xad\xe6\x96\x87", 4, 6, 4},
		{"e\xcc\x81x", 1, 3, 1}, /* an accent goes with its letter */
		{"\xff\xff", 1, 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		size_t used = 99;
		size_t len = strlen(rows[i].text);

		assert_int_equal(utf8_clip(rows[i].text, len, rows[i].cells, &used), rows[i].bytes);
		assert_int_equal(used, rows[i].used);
		assert_int_equal(utf8_width(rows[i].text, rows[i].bytes), rows[i].used);
	}
	assert_int_equal(utf8_clip("ab", 2, 1, NULL), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code_point), cmocka_unit_test(test_broken),
		cmocka_unit_test(test_valid),            cmocka_unit_test(test_cp_width),
		cmocka_unit_test(test_clip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
