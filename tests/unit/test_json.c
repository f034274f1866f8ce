/* JSON: the grammar and its limits, reading, paths, writing, and that what is written is read. */
#include "base/json.h"

#include "base/limits.h"

#include "unit.h"

#include <math.h>

static struct json_doc *parse(const char *text)
{
	size_t len = strlen(text);
	char *copy = xmemdup(text, len);
	struct json_doc *doc = json_parse(copy, len, NULL);

	free(copy);
	return doc;
}

static void test_grammar(void **state)
{
	static const char *const good[] = {
		"null", " true ", "0", "-0.5e+10", "\"\"", "[]", "{}", "[[],{}]", "\t[1 , 2]\r\n",
		"{\"a\":{\"b\":[1,\"x\"]}}", "\"\\u00e9\\n\\\"\\/\"", "\"\xff raw\"", "1e999",
		"{\"a\":1,\"a\":2}", "\"\\ud83d\\ude00\"",
	};
	static const char *const bad[] = {
		"", " ", "nul", "nulll", "True", "01", "+1", "1.", ".5", "1e", "-", "0x1", "NaN",
		"'a'", "\"a", "\"\\x\"", "\"\\u12g4\"", "\"a\nb\"", "[", "]", "[1,]", "[,1]", "[1 2]",
		"{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:2}", "[1}", "{\"a\":1]",
		"1 2", "[] x", "\xef\xbb\xbf{}", "// c\n1", "\"\\ud800\"", "\"\\", "\"\\u12",
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(good); i++) {
		struct json_doc *doc = parse(good[i]);

		if (doc == NULL)
			fail_msg("refused: %s", good[i]);
		json_free(doc);
	}
	for (size_t i = 0; i < BASE_LEN(bad); i++) {
		if (parse(bad[i]) != NULL)
			fail_msg("accepted: %s", bad[i]);
	}
	assert_null(json_parse("1\0", 2, NULL));
}

static void test_depth(void **state)
{
	char text[4 * LIMIT_JSON_DEPTH + 8];
	struct strbuf err;

	(void)state;
	for (int depth = LIMIT_JSON_DEPTH; depth <= LIMIT_JSON_DEPTH + 1; depth++) {
		struct json_doc *doc;

		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		strbuf_init(&err, 200);
		doc = json_parse(text, 2 * (size_t)depth, &err);
		assert_int_equal(doc != NULL, depth == LIMIT_JSON_DEPTH);
		if (doc == NULL)
			assert_string_equal(err.data, "no JSON: wanted less nesting at byte 64");
		json_free(doc);
		strbuf_release(&err);
	}
	/* A megabyte of openings is refused at once and does not touch the stack. */
	{
		char *deep = xmalloc(1 << 20);

		memset(deep, '[', 1 << 20);
		assert_null(json_parse(deep, 1 << 20, NULL));
		free(deep);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"", "JSON ends early: wanted a value at byte 0"},
		{"{\"a\":", "JSON ends early: wanted a value at byte 5"},
		{"<html>", "no JSON: wanted a value at byte 0"},
		{"[1 2]", "no JSON: wanted ',' or ']' at byte 3"},
		{"{\"a\" 1}", "no JSON: wanted ':' at byte 5"},
		{"\"\\ud800\"", "JSON with half a surrogate pair or an endless number"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct strbuf err;

		strbuf_init(&err, 200);
		assert_null(json_parse(rows[i].text, strlen(rows[i].text), &err));
		assert_string_equal(err.data, rows[i].want);
		strbuf_release(&err);
	}
}

static void test_read(void **state)
{
	struct json_doc *doc = parse("{\"s\":\"x\",\"n\":1.5,\"t\":true,\"z\":null,\"l\":[1,2,3],"
				     "\"S\":\"upper\",\"\":0}");
	const struct json *root = json_root(doc);
	const struct json *list = json_get(root, "l");

	(void)state;
	assert_int_equal(json_type(root), JSON_MAP);
	assert_int_equal(json_len(root), 7);
	assert_string_equal(json_string(json_get(root, "s")), "x");
	assert_string_equal(json_string(json_get(root, "S")), "upper");
	assert_true(json_number(json_get(root, "n"), 0) > 1.4);
	assert_true(json_bool(json_get(root, "t"), false));
	assert_int_equal(json_type(json_get(root, "z")), JSON_NULL);
	assert_non_null(json_get(root, "z"));
	assert_null(json_get(root, "nope"));
	assert_int_equal(json_type(list), JSON_LIST);
	assert_int_equal(json_len(list), 3);
	assert_true(json_number(json_next(json_first(list)), 0) > 1.9);
	assert_null(json_key(json_first(list)));
	assert_string_equal(json_key(json_first(root)), "s");
	/* Wrong types and NULL */
	assert_null(json_string(list));
	assert_true(json_number(root, 7) > 6);
	assert_true(json_bool(list, true));
	assert_null(json_get(list, "a"));
	assert_null(json_first(NULL));
	assert_null(json_next(NULL));
	assert_null(json_key(NULL));
	assert_null(json_string(NULL));
	assert_null(json_root(NULL));
	assert_int_equal(json_type(NULL), JSON_NULL);
	assert_int_equal(json_len(NULL), 0);
	json_free(doc);
	json_free(NULL);
}

struct found {
	char text[200];
	size_t stop_after;
	size_t seen;
};

static bool collect(void *context, const struct json *value)
{
	struct found *found = context;
	size_t used = strlen(found->text);

	(void)snprintf(found->text + used, sizeof(found->text) - used, "%s%s",
		       used != 0 ? " " : "",
		       json_string(value) != NULL ? json_string(value)
		       : json_type(value) == JSON_MAP ? "{}" : "?");
	return ++found->seen != found->stop_after;
}

static void test_paths(void **state)
{
	static const char text[] =
		"{\"a\":{\"b\":\"ab\",\"l\":[\"0\",\"1\",[\"x\",\"y\"]]},\"odd key\":\"odd\","
		"\"q\\\"\\\\\":\"quote\",\"dot.ted\":\"dotted\",\"m\":{\"p\":{\"s\":\"1\"},"
		"\"q\":{\"s\":\"2\"},\"r\":{}}}";
	static const struct {
		const char *path, *want;
	} rows[] = {
		{".", "{}"},
		{".a.b", "ab"},
		{".a.l[0]", "0"},
		{".a.l[1]", "1"},
		{".a.l[3]", ""},
		{".a.l[2][*]", "x y"},
		{".a.l[*]", "0 1 ?"},
		{".\"odd key\"", "odd"},
		{".\"dot.ted\"", "dotted"},
		{".\"q\\\"\\\\\"", "quote"},
		{".\"a\".\"b\"", "ab"},
		{".m[*].s", "1 2"},
		{".a.b.c", ""},
		{".a[0]", ""},
		{".a.b[*]", ""},
		{".nope", ""},
		{".[0]", ""},
	};
	struct json_doc *doc = parse(text);

	(void)state;
	assert_non_null(doc);
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct json_path *path = json_path_new(rows[i].path, NULL);
		struct found found = {.text = ""};
		size_t count;

		if (path == NULL)
			fail_msg("refused: %s", rows[i].path);
		count = json_path_each(path, json_root(doc), collect, &found);
		if (strcmp(found.text, rows[i].want) != 0 || count != found.seen)
			fail_msg("%s: %s", rows[i].path, found.text);
		assert_int_equal(json_path_first(path, json_root(doc)) != NULL, found.seen != 0);
		assert_int_equal(json_path_each(path, NULL, collect, &found), 0);
		json_path_free(path);
	}
	{
		struct json_path *path = json_path_new(".a.l[*]", NULL);
		struct found found = {.stop_after = 2};

		assert_int_equal(json_path_each(path, json_root(doc), collect, &found), 2);
		assert_string_equal(found.text, "0 1");
		json_path_free(path);
	}
	json_free(doc);
	json_path_free(NULL);
}

static void test_root_list(void **state)
{
	struct json_doc *doc = parse("[\"a\",\"b\"]");
	struct json_path *path = json_path_new(".[1]", NULL);

	(void)state;
	assert_string_equal(json_string(json_path_first(path, json_root(doc))), "b");
	json_path_free(path);
	json_free(doc);
}

static void test_bad_paths(void **state)
{
	static const char *const bad[] = {
		"", "a", "a.b", "..", ".a.", ".a[", ".a[]", ".a[x]", ".a[-1]", ".a[1", ".a[*",
		".\"a", ".a b", ".a]", ".a[99999999999999999999]", "[0]", ".a\"b\"", ".a..b",
		".a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g.h",
	};
	struct strbuf err;

	(void)state;
	for (size_t i = 0; i < BASE_LEN(bad); i++) {
		if (json_path_new(bad[i], NULL) != NULL)
			fail_msg("accepted: %s", bad[i]);
	}
	strbuf_init(&err, 200);
	assert_null(json_path_new(".a[x]", &err));
	assert_string_equal(err.data, "path '.a[x]': wanted [N] or [*] at character 4");
	strbuf_release(&err);
}

static void write_all(struct strbuf *out, bool pretty)
{
	struct json_writer w;

	json_writer_init(&w, out, pretty);
	json_open_map(&w);
	json_add_key(&w, "a \"b\"");
	json_add_string(&w, "x\n\x01\x7f\xc2\x9b\xff\xc3\xa9\\");
	json_add_key(&w, "n");
	json_open_list(&w);
	json_add_number(&w, 12.1);
	json_add_number(&w, NAN);
	json_add_int(&w, INT64_MIN);
	json_add_bool(&w, false);
	json_add_null(&w);
	json_add_string(&w, NULL);
	json_add_bytes(&w, "a\0b", 3);
	json_open_map(&w);
	json_close_map(&w);
	json_open_list(&w);
	json_close_list(&w);
	json_close_list(&w);
	json_close_map(&w);
}

static void test_write(void **state)
{
	struct strbuf out;
	struct json_doc *doc;

	(void)state;
	strbuf_init(&out, 4096);
	write_all(&out, false);
	assert_string_equal(out.data,
			    "{\"a \\\"b\\\"\":\"x\\n\\u0001\\u007f\\u009b\xef\xbf\xbd\xc3\xa9\\\\\","
			    "\"n\":[12.1,null,-9223372036854775808,false,null,null,\"a\\u0000b\","
			    "{},[]]}");
	doc = json_parse(out.data, out.len, NULL);
	assert_non_null(doc);
	json_free(doc);
	strbuf_reset(&out);
	write_all(&out, true);
	assert_string_equal(out.data,
			    "{\n"
			    "  \"a \\\"b\\\"\": \"x\\n\\u0001\\u007f\\u009b\xef\xbf\xbd\xc3\xa9\\\\\",\n"
			    "  \"n\": [\n"
			    "    12.1,\n"
			    "    null,\n"
			    "    -9223372036854775808,\n"
			    "    false,\n"
			    "    null,\n"
			    "    null,\n"
			    "    \"a\\u0000b\",\n"
			    "    {},\n"
			    "    []\n"
			    "  ]\n"
			    "}");
	strbuf_release(&out);
}

/* Every byte value, alone in a string, comes back as itself where it is ASCII. */
static void test_string_round_trip(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		char text[2] = {(char)c, '\0'};
		struct json_writer w;
		struct strbuf out;
		struct json_doc *doc;

		strbuf_init(&out, 64);
		json_writer_init(&w, &out, false);
		json_add_string(&w, text);
		doc = json_parse(out.data, out.len, NULL);
		assert_non_null(doc);
		assert_string_equal(json_string(json_root(doc)), c < 0x80 ? text : "\xef\xbf\xbd");
		json_free(doc);
		strbuf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_root_list),
		cmocka_unit_test(test_bad_paths),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_string_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
