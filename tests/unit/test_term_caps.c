/* What terminals can show, and what they are told to put on the clipboard. */
#include "term/caps.h"
#include "term/clipboard.h"

#include "unit.h"

#include <string.h>

static void test_ascii(void **state)
{
	static const struct {
		const char *term, *codeset;
		bool ascii;
	} cases[] = {
		{"xterm-256color", "UTF-8", false},
		{"xterm-256color", "utf8", false},
		{"xterm-256color", "ANSI_X3.4-1968", true},
		{"xterm", "ISO-8859-1", true},
		{"linux", "UTF-8", false},
		{"screen", "UTF-8", false},
		{"tmux-256color", "UTF-8", false},
		{"vt100", "UTF-8", true},
		{"vt220", "UTF-8", true},
		{"vte-256color", "UTF-8", false},
		{"ansi", "UTF-8", true},
		{NULL, "UTF-8", true},
		{"xterm", NULL, true},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		if (caps_want_ascii(cases[i].term, cases[i].codeset) != cases[i].ascii)
			fail_msg("%s in %s", cases[i].term, cases[i].codeset);
	}
}

static void test_colors(void **state)
{
	(void)state;
	assert_int_equal(caps_nearest_256(0x000000), 16);
	assert_int_equal(caps_nearest_256(0xffffff), 231);
	assert_int_equal(caps_nearest_256(0xff0000), 196);
	assert_int_equal(caps_nearest_256(0x808080), 244);
	assert_int_equal(caps_nearest_256(0x5f87af), 67);
	for (int i = 16; i < 256; i++) /* each entry is its own nearest, or of the same colour */
		assert_int_equal(caps_palette_rgb(caps_nearest_256(caps_palette_rgb(i))),
				 caps_palette_rgb(i));
}

static void test_console(void **state)
{
	static const uint32_t pairs[][2] = {
		{'A', 'A'},	  {'~', '~'},	    {0x7f, '?'},      {0x2502, 0x2502},
		{0x2588, 0x2588}, {0x2581, '_'},    {0x2714, 0x221a}, {0x2716, 'x'},
		{0x25b8, 0x25ba}, {0x2026, '~'},    {0x1f525, '?'},   {0x4e2d, '?'},
		{0x00a0, 0x00a0}, {0x266b, 0x266b}, {0x2190, 0x2190},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(pairs); i++)
		assert_int_equal(caps_console_glyph(pairs[i][0]), pairs[i][1]);
	/* A stand-in is itself there. */
	for (uint32_t cp = 0x80; cp < 0x10000; cp++)
		assert_int_equal(caps_console_glyph(caps_console_glyph(cp)),
				 caps_console_glyph(cp));
}

static void test_clipboard(void **state)
{
	static const struct {
		const char *text;
		enum clipboard_via via;
		const char *wanted;
	} cases[] = {
		{"", CLIPBOARD_PLAIN, "\x1b]52;c;\a"},
		{"f", CLIPBOARD_PLAIN, "\x1b]52;c;Zg==\a"},
		{"fo", CLIPBOARD_PLAIN, "\x1b]52;c;Zm8=\a"},
		{"foo", CLIPBOARD_PLAIN, "\x1b]52;c;Zm9v\a"},
		{"\xff\xfe\a\x1b\\", CLIPBOARD_PLAIN, "\x1b]52;c;//4HG1w=\a"},
		{"f", CLIPBOARD_TMUX, "\x1b]52;c;Zg==\a\x1bPtmux;\x1b\x1b]52;c;Zg==\a\x1b\\"},
		{"f", CLIPBOARD_SCREEN, "\x1bP\x1b]52;c;Zg==\a\x1b\\"},
	};
	struct strbuf out;
	char *large = xcalloc(CLIPBOARD_MAX + 1, 1);

	(void)state;
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		strbuf_init(&out, 1000);
		assert_true(clipboard_sequence(&out, cases[i].via, cases[i].text,
					       strlen(cases[i].text)));
		assert_string_equal(out.data, cases[i].wanted);
		strbuf_release(&out);
	}
	strbuf_init(&out, 1u << 20);
	assert_false(clipboard_sequence(&out, CLIPBOARD_PLAIN, large, CLIPBOARD_MAX + 1));
	assert_int_equal(out.len, 0);
	assert_true(clipboard_sequence(&out, CLIPBOARD_SCREEN, large, CLIPBOARD_MAX));
	assert_false(out.truncated);
	/* No string between ESC P and ESC \ is longer than screen passes on. */
	for (const char *at = out.data; (at = strstr(at, "\x1bP")) != NULL; at++)
		assert_true(strstr(at, "\x1b\\") - at <= 80);
	strbuf_release(&out);
	free(large);
	assert_int_equal(clipboard_via_of("xterm", NULL, NULL), CLIPBOARD_PLAIN);
	assert_int_equal(clipboard_via_of("screen", "/tmp/tmux-0/default,1,0", ""), CLIPBOARD_TMUX);
	assert_int_equal(clipboard_via_of("tmux-256color", NULL, NULL), CLIPBOARD_TMUX);
	assert_int_equal(clipboard_via_of("screen", NULL, "123.pts"), CLIPBOARD_SCREEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_colors),
		cmocka_unit_test(test_console),
		cmocka_unit_test(test_clipboard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
