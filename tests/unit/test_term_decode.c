/* Keys from bytes: every sequence, whole, a byte at a time and with another key behind it. */
#include "term/decode.h"

#include "unit.h"

#include <string.h>

#define MS(n) ((struct mono_time){(n)*NS_PER_MS})

struct key_case {
	const char *bytes;
	struct key key;
};
#define CHAR(c, m)                                                                                 \
	{                                                                                          \
		.code = KEY_CODE_CHAR, .mods = (m), .cp = (c)                                      \
	}
#define CODE(c, m)                                                                                 \
	{                                                                                          \
		.code = KEY_CODE_##c, .mods = (m)                                                  \
	}
#define FN(n, m)                                                                                   \
	{                                                                                          \
		.code = KEY_CODE_F, .mods = (m), .cp = (n)                                         \
	}

static const struct key_case cases[] = {
	{"a", CHAR('a', 0)},
	{"\xc3\xa9", CHAR(0xe9, 0)},
	{"\xe4\xb8\xad", CHAR(0x4e2d, 0)},
	{"\xf0\x9f\x94\xa5", CHAR(0x1f525, 0)},
	{"\r", CODE(ENTER, 0)},
	{"\n", CODE(ENTER, 0)},
	{"\t", CODE(TAB, 0)},
	{"\x7f", CODE(BACKSPACE, 0)},
	{"\b", CODE(BACKSPACE, 0)},
	{"\x17", CHAR('w', KEY_MOD_CTRL)},
	{"\x1d", CHAR(']', KEY_MOD_CTRL)},
	{"\x1b[A", CODE(UP, 0)},
	{"\x1bOB", CODE(DOWN, 0)},
	{"\x1b[1;5C", CODE(RIGHT, KEY_MOD_CTRL)},
	{"\x1b[1;4D", CODE(LEFT, KEY_MOD_SHIFT | KEY_MOD_ALT)},
	{"\x1b[H", CODE(HOME, 0)},
	{"\x1b[1~", CODE(HOME, 0)},
	{"\x1b[7~", CODE(HOME, 0)},
	{"\x1b[F", CODE(END, 0)},
	{"\x1b[4~", CODE(END, 0)},
	{"\x1b[3~", CODE(DELETE, 0)},
	{"\x1b[5~", CODE(PAGE_UP, 0)},
	{"\x1b[6;5~", CODE(PAGE_DOWN, KEY_MOD_CTRL)},
	{"\x1b[6^", CODE(PAGE_DOWN, KEY_MOD_CTRL)},
	{"\x1b[Z", CODE(TAB, KEY_MOD_SHIFT)},
	{"\x1bOP", FN(1, 0)},
	{"\x1b[11~", FN(1, 0)},
	{"\x1b[[A", FN(1, 0)},
	{"\x1b[[E", FN(5, 0)},
	{"\x1b[15~", FN(5, 0)},
	{"\x1b[17;2~", FN(6, KEY_MOD_SHIFT)},
	{"\x1b[24~", FN(12, 0)},
	{"\x1b[1;2P", FN(1, KEY_MOD_SHIFT)},
	{"\x1bOM", CODE(ENTER, 0)},
	{"\x1bq", CHAR('q', KEY_MOD_ALT)},
	{"\x1b\xc3\xa9", CHAR(0xe9, KEY_MOD_ALT)},
	{"\x1b\x7f", CODE(BACKSPACE, KEY_MOD_ALT)},
	{"\x1b[97;5u", CHAR('a', KEY_MOD_CTRL)},
	{"\x1b[27u", CODE(ESCAPE, 0)},
	{"\x1b[<0;11;6M", {.code = KEY_CODE_MOUSE, .button = MOUSE_LEFT, .x = 10, .y = 5}},
	{"\x1b[<64;1;1M", {.code = KEY_CODE_MOUSE, .button = MOUSE_WHEEL_UP, .x = 0, .y = 0}},
	{"\x1b[<65;300;100M",
	 {.code = KEY_CODE_MOUSE, .button = MOUSE_WHEEL_DOWN, .x = 299, .y = 99}},
	{"\x1b[<16;2;3M",
	 {.code = KEY_CODE_MOUSE, .mods = KEY_MOD_CTRL, .button = MOUSE_LEFT, .x = 1, .y = 2}},
	{"\x1b[M !!", {.code = KEY_CODE_MOUSE, .button = MOUSE_LEFT, .x = 0, .y = 0}},
	/* Swallowed, then a key: releases, motion, answers, focus, unknown keys. */
	{"\x1b[<0;11;6mx", CHAR('x', 0)},
	{"\x1b[<35;11;6Mx", CHAR('x', 0)},
	{"\x1b[?1;2cx", CHAR('x', 0)},
	{"\x1b[>0;276;0cx", CHAR('x', 0)},
	{"\x1b[Ix", CHAR('x', 0)},
	{"\x1b[99~x", CHAR('x', 0)},
	{"\x1b]11;rgb:0000/0000/0000\x1b\\x", CHAR('x', 0)},
	{"\x1b]11;rgb:0000/0000/0000\ax", CHAR('x', 0)},
	{"\x1bP1$r0m\x1b\\x", CHAR('x', 0)},
	{"\x1b[1;2\x01", CHAR('a', KEY_MOD_CTRL)},
};

static void assert_key(const char *what, const struct key *got, const struct key *wanted)
{
	if (got->code != wanted->code || got->mods != wanted->mods || got->cp != wanted->cp ||
	    got->button != wanted->button || got->x != wanted->x || got->y != wanted->y)
		fail_msg("%s: code %d mods %u cp %u", what, (int)got->code, got->mods, got->cp);
}

static void test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		struct decoder decoder;
		struct key key;

		decoder_init(&decoder);
		decoder_feed(&decoder, MS(1), cases[i].bytes, strlen(cases[i].bytes));
		decoder_feed(&decoder, MS(1), "Z", 1);
		if (!decoder_next(&decoder, MS(1), &key))
			fail_msg("case %zu: no key", i);
		assert_key(cases[i].bytes + 1, &key, &cases[i].key);
		assert_true(decoder_next(&decoder, MS(1), &key));
		assert_key("the key behind", &key, &(struct key)CHAR('Z', 0));
		assert_false(decoder_next(&decoder, MS(1), &key));
		assert_true(decoder_wake(&decoder).ns == INT64_MAX);
	}
}

static void test_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		size_t len = strlen(cases[i].bytes);
		struct decoder decoder;
		struct key key;

		decoder_init(&decoder);
		for (size_t k = 0; k < len; k++) {
			decoder_feed(&decoder, MS(20 * (int64_t)k), cases[i].bytes + k, 1);
			if (decoder_next(&decoder, MS(20 * (int64_t)k), &key) != (k + 1 == len))
				fail_msg("case %zu: byte %zu decided it", i, k);
		}
		assert_key(cases[i].bytes + 1, &key, &cases[i].key);
	}
}

static void test_escape_waits(void **state)
{
	struct decoder decoder;
	struct key key;

	(void)state;
	decoder_init(&decoder);
	decoder_feed(&decoder, MS(100), "\x1b", 1);
	assert_false(decoder_next(&decoder, MS(100), &key));
	assert_true(decoder_wake(&decoder).ns == MS(125).ns);
	assert_false(decoder_next(&decoder, MS(124), &key));
	assert_true(decoder_next(&decoder, MS(125), &key));
	assert_key("Esc", &key, &(struct key)CODE(ESCAPE, 0));
	/* Half a sequence is not told as keys; the next key is not eaten by it. */
	decoder_feed(&decoder, MS(200), "\x1b[1;", 4);
	assert_false(decoder_next(&decoder, MS(400), &key));
	assert_false(decoder_next(&decoder, MS(450), &key));
	decoder_feed(&decoder, MS(500), "q", 1);
	assert_true(decoder_next(&decoder, MS(500), &key));
	assert_key("q", &key, &(struct key)CHAR('q', 0));
	/* Esc Esc is two of them, the second after its time. */
	decoder_feed(&decoder, MS(600), "\x1b\x1b", 2);
	assert_true(decoder_next(&decoder, MS(600), &key));
	assert_false(decoder_next(&decoder, MS(600), &key));
	assert_true(decoder_next(&decoder, MS(625), &key));
	/* Alt and a bracket. */
	decoder_feed(&decoder, MS(700), "\x1b[", 2);
	assert_true(decoder_next(&decoder, MS(950), &key));
	assert_key("Alt-[", &key, &(struct key)CHAR('[', KEY_MOD_ALT));
}

static void test_double_click(void **state)
{
	static const char click[] = "\x1b[<0;5;5M\x1b[<0;5;5m";
	static const int64_t at[] = {0, 200, 300, 1000, 1500};
	static const enum mouse_button wanted[] = {MOUSE_LEFT, MOUSE_DOUBLE, MOUSE_LEFT, MOUSE_LEFT,
						   MOUSE_LEFT};
	struct decoder decoder;
	struct key key;

	(void)state;
	decoder_init(&decoder);
	for (size_t i = 0; i < BASE_LEN(at); i++) {
		decoder_feed(&decoder, MS(at[i]), click, sizeof(click) - 1);
		assert_true(decoder_next(&decoder, MS(at[i]), &key));
		assert_int_equal(key.button, wanted[i]);
		assert_false(decoder_next(&decoder, MS(at[i]), &key));
	}
}

static void test_paste(void **state)
{
	static const char bytes[] = "\x1b[200~q\x1b[A\r\x1b[201~x";
	static const struct key wanted[] = {CODE(PASTE_BEGIN, 0), CHAR('q', 0),
					    CHAR('[', 0),	  CHAR('A', 0),
					    CODE(ENTER, 0),	  CODE(PASTE_END, 0),
					    CHAR('x', 0)};
	struct decoder decoder;
	struct key key;

	(void)state;
	decoder_init(&decoder);
	decoder_feed(&decoder, MS(1), bytes, sizeof(bytes) - 1);
	for (size_t i = 0; i < BASE_LEN(wanted); i++) {
		assert_true(decoder_next(&decoder, MS(1), &key));
		assert_key("paste", &key, &wanted[i]);
	}
	assert_false(decoder_next(&decoder, MS(1), &key));
}

/* Noise of any kind ends, and what is typed afterwards arrives. */
static void test_noise(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct decoder decoder;
		struct key key;
		unsigned char bytes[64];
		int guard = 0;

		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1664525u + 1013904223u;
			bytes[i] = seed >> 29 == 0 ? 0x1b : (unsigned char)(seed >> 16);
		}
		decoder_init(&decoder);
		decoder_feed(&decoder, MS(1), bytes, sizeof(bytes));
		while (decoder_wake(&decoder).ns != INT64_MAX) {
			while (decoder_next(&decoder, MS(1000), &key))
				assert_true(key.code != KEY_CODE_CLOSED);
			assert_true(++guard < 100);
		}
		assert_int_equal(decoder.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),	     cmocka_unit_test(test_split),
		cmocka_unit_test(test_escape_waits), cmocka_unit_test(test_double_click),
		cmocka_unit_test(test_paste),	     cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
