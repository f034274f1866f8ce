/* One regular expression: finding, groups, hostile subjects and patterns. */
#include "base/pattern.h"

#include "base/limits.h"

#include "unit.h"

static void test_find(void **state)
{
	static const struct {
		const char *regex;
		unsigned flags;
		const char *subject;
		size_t from;
		size_t start, end; /* SIZE_MAX: no match */
	} rows[] = {
		{"b+", 0, "abbc", 0, 1, 3},
		{"b+", 0, "abbc", 2, 2, 3},
		{"b+", 0, "abbc", 3, SIZE_MAX, 0},
		{"b+", 0, "abbc", 9, SIZE_MAX, 0},
		{"", 0, "abc", 1, 1, 1},
		{"^b", 0, "ab", 1, SIZE_MAX, 0},
		{"ERROR", PATTERN_CASELESS, "an error", 0, 3, 8},
		{"\xc3\x89t", PATTERN_CASELESS, "\xc3\xa9T", 0, 0, 3},
		{"a.c", PATTERN_LITERAL, "abc a.c", 0, 4, 7},
		{"[(", PATTERN_LITERAL, "x[(", 0, 1, 3},
		{"^.$", 0, "\xc3\xa9", 0, 0, 2},
		{"a.b", 0, "a\xff" "b aXb", 0, 4, 7}, /* a broken byte is no character */
		{"b", 0, "\xc3\x28\xff" "b", 0, 3, 4},
		{"(?=x)", 0, "ax", 0, 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct pattern *pattern = pattern_new(rows[i].regex, rows[i].flags, NULL);
		size_t len = strlen(rows[i].subject);
		char *subject = xmemdup(rows[i].subject, len);
		struct pattern_match match;
		int found;

		assert_non_null(pattern);
		assert_string_equal(pattern_text(pattern), rows[i].regex);
		found = pattern_find(pattern, subject, len, rows[i].from, &match);
		if (found != (rows[i].start != SIZE_MAX))
			fail_msg("row %zu: %d", i, found);
		if (found == 1) {
			assert_int_equal(match.group[0].start, rows[i].start);
			assert_int_equal(match.group[0].end, rows[i].end);
		}
		assert_int_equal(pattern_find(pattern, subject, len, rows[i].from, NULL), found);
		free(subject);
		pattern_free(pattern);
	}
	pattern_free(NULL);
}

static void test_groups(void **state)
{
	struct pattern *pattern = pattern_new("(?<lib>a+)|(?<other>b)(c)?", 0, NULL);
	struct pattern_match match;

	(void)state;
	assert_int_equal(pattern_group_count(pattern), 4);
	assert_int_equal(pattern_group(pattern, "lib"), 1);
	assert_int_equal(pattern_group(pattern, "other"), 2);
	assert_int_equal(pattern_group(pattern, "nope"), -1);
	assert_string_equal(pattern_group_name(pattern, 2), "other");
	assert_null(pattern_group_name(pattern, 3));
	assert_null(pattern_group_name(pattern, 0));
	assert_int_equal(pattern_find(pattern, "xb", 2, 0, &match), 1);
	assert_int_equal(match.group[2].start, 1);
	for (size_t i = 1; i < PATTERN_GROUPS; i++) {
		if (i != 2) {
			assert_true(match.group[i].start == SIZE_MAX);
			assert_true(match.group[i].end == SIZE_MAX);
		}
	}
	pattern_free(pattern);
	pattern = pattern_new("(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)", 0, NULL);
	assert_int_equal(pattern_group_count(pattern), 19);
	assert_int_equal(pattern_find(pattern, "aaaaaaaaaaaaaaaaaaaa", 20, 0, &match), 1);
	assert_int_equal(match.groups, PATTERN_GROUPS);
	assert_int_equal(match.group[15].start, 14);
	pattern_free(pattern);
}

static void test_errors(void **state)
{
	static const char *const bad[] = {"(", "[a", "a{2,1}", "(?<n>a)(?<n>b)", "\\C", "*", "\xff"};
	struct strbuf err;

	(void)state;
	for (size_t i = 0; i < BASE_LEN(bad); i++)
		assert_null(pattern_new(bad[i], 0, NULL));
	strbuf_init(&err, 200);
	assert_null(pattern_new("a(b", 0, &err));
	assert_string_equal(err.data, "pattern 'a(b': missing closing parenthesis at offset 3");
	strbuf_release(&err);
}

/* Patterns that backtrack without end give up, whatever the subject. */
static void test_limit(void **state)
{
	static const char *const slow[] = {"^(\\w+\\s?)*$", "(a+)+$", "(a|a)*$", "^(([a-z])+.)+[A-Z]"};
	char subject[200];

	(void)state;
	memset(subject, 'a', sizeof(subject));
	subject[sizeof(subject) - 1] = '!';
	for (size_t i = 0; i < BASE_LEN(slow); i++) {
		struct pattern *pattern = pattern_new(slow[i], 0, NULL);

		assert_int_equal(pattern_find(pattern, subject, sizeof(subject), 0, NULL), -1);
		pattern_free(pattern);
	}
}

static void test_long_subject(void **state)
{
	size_t len = LIMIT_BODY + 10;
	char *subject = xmalloc(len);
	struct pattern *line = pattern_new("x", 0, NULL);
	struct pattern *body = pattern_new("x", PATTERN_BODY, NULL);

	(void)state;
	memset(subject, 'a', len);
	subject[LIMIT_PATTERN_SUBJECT] = 'x';
	assert_int_equal(pattern_find(line, subject, len, 0, NULL), 0);
	assert_int_equal(pattern_find(body, subject, len, 0, NULL), 1);
	subject[LIMIT_PATTERN_SUBJECT] = 'a';
	subject[LIMIT_BODY] = 'x';
	assert_int_equal(pattern_find(body, subject, len, 0, NULL), 0);
	subject[LIMIT_BODY - 1] = 'x';
	assert_int_equal(pattern_find(body, subject, len, 0, NULL), 1);
	pattern_free(line);
	pattern_free(body);
	free(subject);
}

/* Nesting deeper than the compiled code's stack is left to the interpreter. */
static void test_deep(void **state)
{
	struct pattern *pattern = pattern_new("(?:(\\((?:[^()]|(?1))*\\)))", 0, NULL);
	char subject[2000];

	(void)state;
	memset(subject, '(', 1000);
	memset(subject + 1000, ')', 1000);
	assert_int_not_equal(pattern_find(pattern, subject, sizeof(subject), 0, NULL), 0);
	pattern_free(pattern);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),   cmocka_unit_test(test_groups),
		cmocka_unit_test(test_errors), cmocka_unit_test(test_limit),
		cmocka_unit_test(test_long_subject), cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
