/* Many patterns over many lines: the set finds exactly what PCRE2 finds when it is asked about
 * every pattern on every line, in line order, for random lines rich in what could go wrong. */
#include "base/pattern_set.h"

#include "base/pattern_literals.h"

#include "unit.h"

struct log {
	struct strbuf text; /* "line:pattern:start-end " a hit */
	const char *bytes;
	size_t stop_after, hits;
};

static bool record(void *context, const struct pattern_hit *hit)
{
	struct log *log = context;

	strbuf_addf(&log->text, "%zu+%zu:%zu:%zu-%zu ", (size_t)(hit->line - log->bytes),
		    hit->line_len, hit->pattern, hit->match.group[0].start,
		    hit->match.group[0].end);
	return ++log->hits != log->stop_after;
}

/* The same by the book: every pattern on every line. */
static void by_the_book(struct log *log, struct pattern **patterns, size_t count, const char *bytes,
			size_t len)
{
	for (size_t at = 0; at < len;) {
		const char *newline = memchr(bytes + at, '\n', len - at);
		size_t end = newline != NULL ? (size_t)(newline - bytes) : len;
		size_t line_len = end - at;

		if (newline != NULL && line_len != 0 && bytes[end - 1] == '\r')
			line_len--;
		for (size_t i = 0; i < count; i++) {
			struct pattern_hit hit = {i, bytes + at, line_len, {0}};

			if (pattern_find(patterns[i], bytes + at, line_len, 0, &hit.match) == 1)
				record(log, &hit);
		}
		at = end + 1;
	}
}

static void compare(const struct pattern_set *set, struct pattern_scratch *scratch,
		    const char *bytes, size_t len)
{
	struct log got = {.bytes = bytes}, want = {.bytes = bytes};
	struct pattern *patterns[100];
	size_t count = pattern_set_len(set);

	assert_true(count <= BASE_LEN(patterns));
	for (size_t i = 0; i < count; i++)
		patterns[i] = pattern_fast_copy(pattern_set_at(set, i));
	strbuf_init(&got.text, 64u << 20);
	strbuf_init(&want.text, 64u << 20);
	pattern_set_scan(set, scratch, bytes, len, record, &got);
	by_the_book(&want, patterns, count, bytes, len);
	for (size_t i = 0; i < count; i++)
		pattern_free(patterns[i]);
	if (strcmp(got.text.data, want.text.data) != 0) {
		size_t at = 0;

		while (got.text.data[at] == want.text.data[at])
			at++;
		at = at > 20 ? at - 20 : 0;
		fail_msg("got %.60s, wanted %.60s", got.text.data + at, want.text.data + at);
	}
	strbuf_release(&got.text);
	strbuf_release(&want.text);
}

static const struct pattern_spec specs[] = {
	{"ERROR", 0},
	{"error", PATTERN_CASELESS},
	{"a.c", PATTERN_LITERAL},
	{"a.c", 0},
	{"^abc", 0},
	{"abc$", 0},
	{"\\Aabc\\z", 0},
	{"^$", 0},
	{"x*", 0},
	{"ab.*", 0},
	{"ab.+", 0},
	{"b.*?", 0},
	{"a\\.*", 0},
	{"a(?=b)", 0},
	{"a(?!b)", 0},
	{"(?<=a)b", 0},
	{"(?<!a)b", 0},
	{"(a|b)\\1", 0},
	{"\\babc\\b", 0},
	{"\\Bb", 0},
	{"c\\s+a", 0},
	{"a\\s*b", 0},
	{"[^a]b", 0},
	{"[^\\n]{3}c", 0},
	{"\\xe9", 0},
	{"[\xc3\xa9\xc3\xa8]+b", 0},
	{"\xc3\x89", PATTERN_CASELESS},
	{"a\\Wb", 0},
	{"(?:a|ab)++c", 0},
	{"(?>a|ab)c", 0},
	{"(?i)ERR(?-i)OR", 0},
	{"(?x) a b # c", 0},
	{"\\Qa.c\\E$", 0},
	{"(?<n>a)(?<m>b)?c", 0},
	{"[]a]c", 0},
	{"[[:alpha:]]\\d", 0},
	{"a{2,3}b", 0},
	{"k", PATTERN_CASELESS}, /* also U+212A, the Kelvin sign */
	{"(?m)^c", 0},
	{"\\r", 0},
	{"c\\R?a", 0},
	{"(?s)a.b", 0},
	{"a$|^b", 0},
	{"(?!$)c", 0},
	{"\\Ga", 0},
	{"(*UCP)\\w9", 0},
	{"\\h+b", 0},
	{"a\\Kb", 0},
	{"\\x{1F600}", 0},
	{".", 0},
	{".+$", 0},
	{"^.{2}$", 0},
};

static const char *const pieces[] = {
	"a",    "b",   "c",      "abc", "ERROR", "error",    "ErRoR",    "\n",       "\n",
	"\r\n", " ",   "\t",     ".",   "a.c",   "1",        "9",        "\xc3\xa9", "\xc3\xa8",
	"\xff", "\xc3", "\xe2\x84\xaa", "x",  "\r",    "\xf0\x9f\x98\x80", "\x80", "aa", "ab",
	"\xe9", "\xc3\x89", "\x01", "_",
};

static void test_random(void **state)
{
	struct pattern_set *set = pattern_set_new(specs, BASE_LEN(specs), NULL);
	struct pattern_scratch *scratch = pattern_scratch_new(set);
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 400; round++) {
		struct strbuf text;
		char *exact;

		strbuf_init(&text, 1 << 16);
		for (int i = 0; i < 300; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
			strbuf_adds(&text, pieces[(seed >> 33) % BASE_LEN(pieces)]);
		}
		exact = xmemdup(text.data, text.len);
		compare(set, scratch, exact, text.len);
		free(exact);
		strbuf_release(&text);
	}
	pattern_scratch_free(scratch);
	pattern_set_unref(set);
}

/* Lines around and across the chunks that a long block is cut into. */
static void test_long_block(void **state)
{
	static const struct pattern_spec some[] = {
		{"needle", 0}, {"^start", 0}, {"end$", 0}, {"(?<=x)y", 0}, {"e.*", 0}};
	struct pattern_set *set = pattern_set_new(some, BASE_LEN(some), NULL);
	struct pattern_scratch *scratch = pattern_scratch_new(set);
	size_t len = (3u << 20) + 17;
	char *bytes = xmalloc(len);

	(void)state;
	for (size_t line = 1; line < len; line *= 7) {
		memset(bytes, '.', len);
		for (size_t at = line; at < len; at += line + at % 5)
			bytes[at] = '\n';
		for (size_t at = 0; at + 40 < len; at += 100003) {
			memcpy(bytes + at, "start", 5);
			memcpy(bytes + at + 10, "xy needle\xff", 10);
			memcpy(bytes + at + 30, "end\r\n", 5);
		}
		compare(set, scratch, bytes, len);
	}
	free(bytes);
	pattern_scratch_free(scratch);
	pattern_set_unref(set);
}

/* U+212A and U+017F equal k and s where case does not count. */
static void test_folding(void **state)
{
	static const struct pattern_spec some[] = {
		{"(?i)disk full", 0}, {"disk full", 0}, {"kiosk", PATTERN_CASELESS}};
	static const char text[] = "DI\xc5\xbf\xe2\x84\xaa FULL\ndisk full\n\xe2\x84\xaaiosk\n";
	struct pattern_set *set = pattern_set_new(some, BASE_LEN(some), NULL);
	struct pattern_scratch *scratch = pattern_scratch_new(set);
	struct log got = {.bytes = text};

	(void)state;
	strbuf_init(&got.text, 1000);
	pattern_set_scan(set, scratch, text, strlen(text), record, &got);
	assert_int_equal(got.hits, 4);
	compare(set, scratch, text, strlen(text));
	strbuf_release(&got.text);
	pattern_scratch_free(scratch);
	pattern_set_unref(set);
}

static void test_edges(void **state)
{
	static const char *const texts[] = {"", "\n", "\n\n", "abc", "abc\n", "\nabc", "abc\r\n",
					    "abc\r", "\r\n\r\n", "\xff\n\xff", "a\nb\nc"};
	struct pattern_set *set = pattern_set_new(specs, BASE_LEN(specs), NULL);
	struct pattern_set *none = pattern_set_new(NULL, 0, NULL);
	struct pattern_scratch *scratch = pattern_scratch_new(set);
	struct pattern_scratch *no_scratch = pattern_scratch_new(none);

	(void)state;
	for (size_t i = 0; i < BASE_LEN(texts); i++) {
		size_t len = strlen(texts[i]);
		char *exact = xmemdup(texts[i], len);

		compare(set, scratch, exact, len);
		compare(none, no_scratch, exact, len);
		free(exact);
	}
	assert_int_equal(pattern_set_len(none), 0);
	pattern_scratch_free(scratch);
	pattern_scratch_free(no_scratch);
	pattern_scratch_free(NULL);
	pattern_set_unref(pattern_set_ref(set));
	pattern_set_unref(set);
	pattern_set_unref(none);
	pattern_set_unref(NULL);
}

static void test_stop(void **state)
{
	static const struct pattern_spec some[] = {{"a", 0}, {"x*", 0}};
	struct pattern_set *set = pattern_set_new(some, 2, NULL);
	struct pattern_scratch *scratch = pattern_scratch_new(set);

	(void)state;
	for (size_t stop = 1; stop <= 5; stop++) {
		struct log log = {.bytes = "a\nb\na\nb\na\n", .stop_after = stop};

		strbuf_init(&log.text, 4096);
		pattern_set_scan(set, scratch, log.bytes, strlen(log.bytes), record, &log);
		assert_int_equal(log.hits, stop);
		strbuf_release(&log.text);
	}
	pattern_scratch_free(scratch);
	pattern_set_unref(set);
}

static void test_bad_pattern(void **state)
{
	static const struct pattern_spec bad[] = {{"fine", 0}, {"a(b", 0}};
	struct strbuf err;

	(void)state;
	strbuf_init(&err, 200);
	assert_null(pattern_set_new(bad, 2, &err));
	assert_non_null(strstr(err.data, "'a(b'"));
	strbuf_release(&err);
}

/* A pattern that runs into its limit is dropped after a few lines, the others go on. */
static void test_gives_up(void **state)
{
	static const struct pattern_spec some[] = {{"^(\\w+\\s?)*$", 0}, {"tail", 0}};
	struct pattern_set *set = pattern_set_new(some, 2, NULL);
	struct pattern_scratch *scratch = pattern_scratch_new(set);
	struct log log = {.bytes = ""};
	struct strbuf text;

	(void)state;
	strbuf_init(&text, 1 << 20);
	for (int i = 0; i < 1000; i++)
		strbuf_adds(&text, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!tail\n");
	strbuf_init(&log.text, 1 << 20);
	log.bytes = text.data;
	assert_false(pattern_scratch_gave_up(scratch, 0));
	pattern_set_scan(set, scratch, text.data, text.len, record, &log);
	assert_int_equal(log.hits, 1000);
	assert_true(pattern_scratch_gave_up(scratch, 0));
	assert_false(pattern_scratch_gave_up(scratch, 1));
	strbuf_release(&log.text);
	strbuf_release(&text);
	pattern_scratch_free(scratch);
	pattern_set_unref(set);
}

/* What a pattern cannot match without, as "text|text", in the order of the expression. */
static void test_literals(void **state)
{
	static const struct {
		const char *regex, *want; /* NULL: none */
		unsigned flags;
	} rows[] = {
		{"abc", "abc", 0},
		{"a", NULL, 0},
		{"", NULL, 0},
		{"ab.*cdef", "cdef", 0},
		{"ab[cd]efg", "efg", 0},
		{"abc|de", "abc|de", 0},
		{"abc|d", NULL, 0},
		{"abc|", NULL, 0},
		{"(?:JWT|jwt) (?:expired|malformed)", "expired|malformed", 0},
		{"abc?", "ab", 0},
		{"abc*d", "ab", 0},
		{"abc+de", "abc", 0},
		{"ab{0,3}cd", "cd", 0},
		{"ab{2}c", "ab", 0},
		{"ab{2}?c", "ab", 0},
		{"a{x}b", "a{x}b", 0},
		{"a{,2}b", "a{,2}b", 0},
		{"(abc)?de", "de", 0},
		{"(abc)+d", "abc", 0},
		{"(abc)*", NULL, 0},
		{"(?<name>abc)", "abc", 0},
		{"(?P<name>abc)", "abc", 0},
		{"(?'name'abc)", "abc", 0},
		{"(?>abc|de)", "abc|de", 0},
		{"x(?=abc)y", NULL, 0},
		{"(?!abc)de", "de", 0},
		{"(?<=abc)de", "de", 0},
		{"(?<!abc)de", "de", 0},
		{"^abc$", "abc", 0},
		{"\\babc\\b", "abc", 0},
		{"a\\.b", "a.b", 0},
		{"a\\x41b\\x{42}", "aAbB", 0},
		{"a\\tb", "a\tb", 0},
		{"ab\\ncd", "ab", 0},
		{"ab\\1cde", "cde", 0},
		{"ab\\012cde", "cde", 0},
		{"ab\\g{1}cde", "cde", 0},
		{"ab\\k<n>cde", "cde", 0},
		{"ab\\p{Lu}cde", "cde", 0},
		{"ab\\pLcde", "cde", 0},
		{"\\Qa.b\\Ecd", "a.bcd", 0},
		{"\\Qab\\E?cd", NULL, 0},
		{"\\Qab*", "ab*", 0},
		{"ab(?#note)cd", "ab", 0},
		{"[]a]bcd", "bcd", 0},
		{"[^]a]bcd", "bcd", 0},
		{"[[:alpha:]]bcd", "bcd", 0},
		{"[[:]bcd", "bcd", 0},
		{"[a\\]x]bcd", "bcd", 0},
		{"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9", 0},
		{"ab\xc3\xa9?", "ab", 0},
		{"\xc3\xa9tat", "tat", PATTERN_CASELESS},
		{"refused", "refused|\xc5\xbf", PATTERN_CASELESS},
		{"(?i)bacKend", "bacKend|\xe2\x84\xaa", 0},
		{"sk", "sk|\xe2\x84\xaa|\xc5\xbf", PATTERN_CASELESS},
		{"http .* abcd", " abcd", 0},
		{"(?:http|status) 403", " 403", 0},
		{"a.b*", "a.b*", PATTERN_LITERAL},
		{"\xc3\xa9" "abc", "abc", PATTERN_CASELESS | PATTERN_LITERAL},
		{"abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwx", 0},
		{"(?x)abc", NULL, 0},
		{"(*UCP)abc", NULL, 0},
		{"(?(1)abc|de)", NULL, 0},
		{"a1|b2|c3|d4|e5|f6|g7|h8|i9|j1|k2|l3|m4|n5|o6|p7|q8|"
		 "a1|b2|c3|d4|e5|f6|g7|h8|i9|j1|k2|l3|m4|n5|o6|p7|q8|"
		 "a1|b2|c3|d4|e5|f6|g7|h8|i9|j1|k2|l3|m4|n5|o6|p7|q8", NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct literals got;
		char text[500] = "";
		size_t used = 0;
		bool ok = pattern_literals(&got, rows[i].regex, rows[i].flags);

		for (size_t k = 0; ok && k < got.len; k++)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.*s",
						 k != 0 ? "|" : "", got.at[k].len, got.at[k].bytes);
		if (ok != (rows[i].want != NULL) || (ok && strcmp(text, rows[i].want) != 0))
			fail_msg("%s: %s", rows[i].regex, ok ? text : "none");
	}
}

/* Short and long lines with the text at every place: what a vector holds, and across its ends. */
static void test_every_offset(void **state)
{
	static const struct pattern_spec some[] = {
		{"needle", 0}, {".dle", 0}, {"ne[^x]d", 0}, {"(?>n..d)le$", 0}, {"LE", PATTERN_CASELESS}};
	struct pattern_set *set = pattern_set_new(some, BASE_LEN(some), NULL);
	struct pattern_scratch *scratch = pattern_scratch_new(set);
	char line[300];

	(void)state;
	for (size_t len = 6; len < sizeof(line); len += len < 140 ? 1 : 13) {
		for (size_t at = 0; at + 6 <= len; at++) {
			memset(line, 'x', len);
			memcpy(line + at, "needle", 6);
			compare(set, scratch, line, len);
		}
	}
	pattern_scratch_free(scratch);
	pattern_set_unref(set);
}

/* Ordinary signatures must not fall back to one PCRE2 call a line. */
static void test_ordinary_are_fast(void **state)
{
	static const struct pattern_spec some[] = {
		{"ModuleNotFoundError: No module named '(?<lib>[\\w.]+)'", 0},
		{"(?i)connection refused$", 0},
		{"(?<!no )error: .*", 0},
		{"(['\"])x\\1 is missing", 0},
		{"(?i)(?:cannot|can't) (?:open|find) \\S+", 0},
		{"\\bOOM(?:Killed)?\\b", 0},
	};
	struct pattern_set *set = pattern_set_new(some, BASE_LEN(some), NULL);

	(void)state;
	assert_int_equal(pattern_set_slow(set), 0);
	pattern_set_unref(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_every_offset),
		cmocka_unit_test(test_folding),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_long_block),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_bad_pattern),
		cmocka_unit_test(test_gives_up),
		cmocka_unit_test(test_ordinary_are_fast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
