/* The gate for bytes from outside: nothing that commands a terminal or hides gets through, in any
 * position, at any buffer size, and what is harmless is left alone. */
#include "base/scrub.h"

#include "base/utf8.h"

#include "unit.h"

#define FFFD "\xef\xbf\xbd"
#define ESC_PICTURE "\xe2\x90\x9b"
#define CR_PICTURE "\xe2\x90\x8d"

struct row {
	const char *in, *want;
	unsigned flags;
};

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(rows[i].in);
		char *copy = xmemdup(rows[i].in, len);
		char *out = scrub_dup(copy, len, 1000, rows[i].flags);

		if (strcmp(out, rows[i].want) != 0)
			fail_msg("row %zu: '%s', not '%s'", i, out, rows[i].want);
		free(out);
		free(copy);
	}
}

static void test_line(void **state)
{
	static const struct row rows[] = {
		{"", "", 0},
		{"plain text", "plain text", 0},
		{"a\tb\nc\r\nd", "a b c d", 0},
		{"a\rb", "a" CR_PICTURE "b", 0},
		{"\x1b[31mred\x1b[0m", ESC_PICTURE "[31mred" ESC_PICTURE "[0m", 0},
		{"\x1b]52;c;eA==\x07", ESC_PICTURE "]52;c;eA==\xe2\x90\x87", 0},
		{"\x7f", "\xe2\x90\xa1", 0},
		{"\xc2\x9b" "6n", FFFD "6n", 0},      /* CSI as one code point */
		{"\x9b" "6n", FFFD "6n", 0},           /* and as a bare byte */
		{"\xc2\x85", FFFD, 0},                 /* next line */
		{"a\xe2\x80\xae" "gpj.exe", "a" FFFD "gpj.exe", 0},
		{"\xe2\x81\xa6x\xe2\x81\xa9", FFFD "x" FFFD, 0},
		{"\xe2\x80\x8b\xef\xbb\xbf\xc2\xad", FFFD FFFD FFFD, 0},
		{"\xe2\x80\xa8", FFFD, 0},
		{"\xf3\xa0\x81\x81", FFFD, 0}, /* a tag letter */
		{"\xef\xbf\xbe\xf4\x8f\xbf\xbf", FFFD FFFD, 0},
		{"\xe1\x85\xa0", FFFD, 0}, /* Hangul filler */
		{"\xff\xc0\xaf", FFFD FFFD FFFD, 0},
		{"\xe2\x82", FFFD, 0},
		{"\xe4\xb8\xad e\xcc\x81 \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
		 "\xe4\xb8\xad e\xcc\x81 \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", 0},
	};
	char *out;

	(void)state;
	check_rows(rows, BASE_LEN(rows));
	out = scrub_dup("a\0b", 3, 100, SCRUB_LINE);
	assert_string_equal(out, "a\xe2\x90\x80" "b");
	free(out);
}

static void test_text(void **state)
{
	static const struct row rows[] = {
		{"a\nb\r\nc\rd", "a\nb\nc" CR_PICTURE "d", SCRUB_TEXT},
		{"\tx", "        x", SCRUB_TEXT},
		{"abc\tx\ty", "abc     x       y", SCRUB_TEXT},
		{"12345678\tx", "12345678        x", SCRUB_TEXT},
		{"long\nab\tx", "long\nab      x", SCRUB_TEXT},
		{"\xe4\xb8\xad\tx", "\xe4\xb8\xad      x", SCRUB_TEXT},
	};

	(void)state;
	check_rows(rows, BASE_LEN(rows));
}

static void test_sgr(void **state)
{
	static const struct row rows[] = {
		{"\x1b[31mred\x1b[0m", "red", SCRUB_SGR},
		{"\x1b[38;2;1;2;3mx\x1b[K", "x", SCRUB_SGR},
		{"\xc2\x9b" "31mred", "red", SCRUB_SGR},
		{"\x1b]0;title\x07x", "x", SCRUB_SGR},
		{"\x1b]8;;http://a\x1b\\x\x1b]8;;\x1b\\", "x", SCRUB_SGR},
		{"\x1bPdata\x1b\\x", "x", SCRUB_SGR},
		{"\x1b(Bx\x1b" "cy\x1b=z", "xyz", SCRUB_SGR},
		{"\x1b]0;never ends", ESC_PICTURE "]0;never ends", SCRUB_SGR},
		{"\x1b]0;cut\nnext", ESC_PICTURE "]0;cut next", SCRUB_SGR},
		{"\x1b[31", ESC_PICTURE "[31", SCRUB_SGR},
		{"\x1b[3\x1b[1mx", ESC_PICTURE "[3x", SCRUB_SGR},
		{"\x1b", ESC_PICTURE, SCRUB_SGR},
		{"\x1b\x1b[mx", ESC_PICTURE "x", SCRUB_SGR},
	};

	(void)state;
	check_rows(rows, BASE_LEN(rows));
}

/* Random bytes, rich in escapes: the result is always clean, valid, and fits; scrubbing what is
 * clean changes nothing. */
static void test_property(void **state)
{
	static const char rich[] = "\x1b[]P\\;0m\n\r\t\x07\x9b\xc2\xe2\x80\xae\xf0\x9f\x98\xff az";
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char in[48];
		size_t len, max;
		unsigned flags = (unsigned)round % 4;
		char *once, *again;

		for (size_t i = 0; i < sizeof(in); i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
			in[i] = seed >> 62 == 0 ? (char)(seed >> 40)
						: rich[(seed >> 33) % (sizeof(rich) - 1)];
		}
		len = (size_t)(seed >> 50) % sizeof(in);
		max = (size_t)(seed >> 40) % 64;
		once = scrub_dup(in, len, max, flags);
		assert_true(strlen(once) <= max);
		assert_true(utf8_valid(once, strlen(once)));
		again = scrub_dup(once, strlen(once), 1000, flags);
		assert_string_equal(again, once);
		if ((flags & SCRUB_TEXT) == 0)
			assert_true(scrub_is_clean(once, strlen(once)));
		free(again);
		free(once);
	}
}

static void test_is_clean(void **state)
{
	(void)state;
	assert_true(scrub_is_clean("", 0));
	assert_true(scrub_is_clean("caf\xc3\xa9 " FFFD, 9));
	assert_false(scrub_is_clean("\n", 1));
	assert_false(scrub_is_clean("\x1b", 1));
	assert_false(scrub_is_clean("\xff", 1));
	assert_false(scrub_is_clean("\xe2\x82\xff", 3)); /* broken, three bytes, decodes to U+FFFD */
	assert_false(scrub_is_clean("\xc2\x9b", 2));
}

/* A megabyte of unfinished introducers and of tabs takes no more than linear time: this would
 * run for hours otherwise. */
static void test_linear(void **state)
{
	size_t len = 1 << 20;
	char *in = xmalloc(len);
	char *out;

	(void)state;
	for (size_t i = 0; i < len; i++)
		in[i] = i % 2 == 0 ? '\x1b' : ']';
	out = scrub_dup(in, len, 8 * len, SCRUB_SGR);
	free(out);
	memset(in, '\t', len);
	out = scrub_dup(in, len, 16 * len, SCRUB_TEXT);
	assert_int_equal(strlen(out), 8 * len);
	free(out);
	free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),     cmocka_unit_test(test_text),
		cmocka_unit_test(test_sgr),      cmocka_unit_test(test_property),
		cmocka_unit_test(test_is_clean), cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
