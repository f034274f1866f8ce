/* The line editor by key scripts: what stands in the line and where the cursor is ("|"). */
#include "unit.h"

#include "ui/prompt.h"

static enum prompt_result press(struct prompt *prompt, const char *name)
{
	struct key key;

	if (!key_parse(name, &key))
		fail_msg("'%s' is no key", name);
	return prompt_key(prompt, &key);
}

/* Keys apart by blanks. */
static enum prompt_result script(struct prompt *prompt, const char *keys)
{
	enum prompt_result result = PROMPT_UNCHANGED;

	while (*keys != '\0') {
		char name[16] = {0};
		size_t len = strcspn(keys, " ");

		memcpy(name, keys, len);
		result = press(prompt, name);
		keys += len + (keys[len] == ' ');
	}
	return result;
}

static void expect(const struct prompt *prompt, const char *want)
{
	char *got = xasprintf("%.*s|%s", (int)prompt->cursor, prompt->text.data,
			      prompt->text.data + prompt->cursor);

	assert_string_equal(got, want);
	free(got);
}

static void test_editing(void **state)
{
	static const struct {
		const char *start, *keys, *want;
	} rows[] = {
		{"", "a b c", "abc|"},
		{"abc", "Left Left x", "ax|bc"},
		{"abc", "Ctrl-A x", "x|abc"},
		{"abc", "Home Del", "|bc"},
		{"abc", "Home Backspace", "|abc"},
		{"one two  ", "Ctrl-W", "one |"},
		{"one two", "Ctrl-W Ctrl-W Ctrl-W", "|"},
		{"abcd", "Left Left Ctrl-U", "|cd"},
		{"abcd", "Left Left Ctrl-K", "ab|"},
		{"決済x", "Left Left", "決|済x"},
		{"決済x", "Left Backspace", "決|x"},
		{"e\xCC\x81"
		 "f",
		 "Left Left",
		 "|e\xCC\x81"
		 "f"},
		{"e\xCC\x81", "Backspace", "|"},
		{"e\xCC\x81"
		 "f",
		 "Home Right", "e\xCC\x81|f"},
		{"a", "Space é", "a é|"},
		{"a", "Ctrl-Y Alt-x", "a|"},
		{"", "Right Del Ctrl-K Ctrl-E", "|"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct prompt prompt;

		prompt_init(&prompt);
		prompt_open(&prompt, PROMPT_NOTE, rows[i].start);
		script(&prompt, rows[i].keys);
		expect(&prompt, rows[i].want);
		prompt_release(&prompt);
	}
}

static void test_history(void **state)
{
	struct prompt prompt;

	(void)state;
	prompt_init(&prompt);
	for (int i = 0; i < 60; i++) {
		char *line = xasprintf("line %d", i);

		prompt_open(&prompt, PROMPT_COMMAND, line);
		prompt_close(&prompt, true);
		free(line);
	}
	prompt_open(&prompt, PROMPT_COMMAND, "line 59");
	prompt_close(&prompt, true); /* the same twice is kept once */
	prompt_open(&prompt, PROMPT_COMMAND, "draft");
	script(&prompt, "Up");
	expect(&prompt, "line 59|");
	script(&prompt, "Up Up");
	expect(&prompt, "line 57|");
	script(&prompt, "Down Down Down Down");
	expect(&prompt, "draft|");
	for (int i = 0; i < 100; i++)
		script(&prompt, "Up");
	expect(&prompt, "line 10|"); /* fifty are kept */
	prompt_close(&prompt, false);
	prompt_open(&prompt, PROMPT_NOTE, NULL); /* each kind has its own */
	assert_int_equal(script(&prompt, "Up"), PROMPT_UNCHANGED);
	prompt_release(&prompt);
}

static void test_ends(void **state)
{
	struct prompt prompt;
	struct key begin = {.code = KEY_CODE_PASTE_BEGIN}, end = {.code = KEY_CODE_PASTE_END};

	(void)state;
	prompt_init(&prompt);
	prompt_open(&prompt, PROMPT_NOTE, "x");
	assert_int_equal(script(&prompt, "Enter"), PROMPT_ACCEPTED);
	assert_int_equal(script(&prompt, "Esc"), PROMPT_CANCELLED);
	assert_int_equal(script(&prompt, "Tab"), PROMPT_COMPLETE);
	/* A pasted newline is no Enter. */
	prompt_key(&prompt, &begin);
	assert_int_equal(script(&prompt, "a Enter b"), PROMPT_EDITED);
	prompt_key(&prompt, &end);
	expect(&prompt, "xa b|");
	for (int i = 0; i < PROMPT_BYTES + 10; i++)
		script(&prompt, "é");
	assert_true(prompt.text.len <= PROMPT_BYTES);
	assert_int_equal(prompt.cursor, prompt.text.len);
	prompt_release(&prompt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_editing),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
