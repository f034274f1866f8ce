/* Complaints: collected, sorted, quoted with a caret, bounded; and suggestions for typos. */
#include "base/diags.h"

#include "base/limits.h"

#include "unit.h"

static void test_print(void **state)
{
	static const char file[] = "version: 1\r\nservices:\n  - \xe4\xb8\xad\tname: x\n";
	struct diags diags;
	struct strbuf out;

	(void)state;
	diags_init(&diags);
	diags_add(&diags, DIAG_WARNING, (struct srcpos){"b.yaml", 3, 7}, "late");
	diags_add(&diags, DIAG_ERROR, (struct srcpos){"a.yaml", 9, 1}, "past the end");
	diags_add(&diags, DIAG_ERROR, (struct srcpos){"b.yaml", 1, 0}, "no column %d", 7);
	diags_add(&diags, DIAG_ERROR, (struct srcpos){NULL, 0, 0}, "no file \x1b[31m");
	diags_quote(&diags, "b.yaml", file, sizeof(file) - 1);
	diags_quote(&diags, "a.yaml", file, sizeof(file) - 1);
	assert_int_equal(diags.errors, 3);
	assert_int_equal(diags.len, 4);
	strbuf_init(&out, 4096);
	diags_print(&diags, &out);
	assert_string_equal(out.data, "no file \xe2\x90\x9b[31m\n"
				      "a.yaml:9:1: past the end\n"
				      "b.yaml:1: no column 7\n"
				      "  version: 1\n"
				      "b.yaml:3:7: warning: late\n"
				      "    - \xe4\xb8\xad name: x\n"
				      "         ^\n");
	strbuf_release(&out);
	diags_release(&diags);
}

static void test_flood(void **state)
{
	struct diags diags;
	struct strbuf out;

	(void)state;
	diags_init(&diags);
	for (int i = 0; i < LIMIT_DIAGS + 5; i++)
		diags_add(&diags, DIAG_ERROR, (struct srcpos){"f", LIMIT_DIAGS + 5 - i, 1}, "%0600d", i);
	assert_int_equal(diags.len, LIMIT_DIAGS);
	assert_int_equal(diags.dropped, 5);
	assert_int_equal(diags.errors, LIMIT_DIAGS + 5);
	assert_true(strlen(diags.at[0].message) <= LIMIT_MESSAGE);
	strbuf_init(&out, 1 << 20);
	diags_print(&diags, &out);
	assert_non_null(strstr(out.data, "\nand 5 more\n"));
	strbuf_release(&out);
	diags_release(&diags);
}

static void test_empty(void **state)
{
	struct diags diags;
	struct strbuf out;

	(void)state;
	diags_init(&diags);
	strbuf_init(&out, 100);
	diags_quote(&diags, "x", "", 0);
	diags_print(&diags, &out);
	assert_int_equal(out.len, 0);
	diags_release(&diags);
}

static void test_suggest(void **state)
{
	static const char *const words[] = {"expect", "interval", "timeout", "http", "url"};
	static const struct {
		const char *word, *want;
	} rows[] = {
		{"expcet", "expect"},   {"Expect", "expect"}, {"intervall", "interval"},
		{"tiemout", "timeout"}, {"htp", "http"},      {"htpp", "http"},
		{"ulr", "url"},         {"xyz", NULL},        {"ur", NULL},
		{"", NULL},             {"except", "expect"}, {"banana", NULL},
	};
	char longest[300];

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		const char *got = diags_suggest(rows[i].word, words, BASE_LEN(words));

		if ((got == NULL) != (rows[i].want == NULL) ||
		    (got != NULL && strcmp(got, rows[i].want) != 0))
			fail_msg("%s: %s", rows[i].word, got != NULL ? got : "nothing");
	}
	memset(longest, 'e', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_null(diags_suggest(longest, words, BASE_LEN(words)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_suggest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
