/* Times and ages as the screens word them, and the shapes that documents take. */
#include "unit.h"

#include "fixture_snapshot.h"
#include "ui/doc.h"
#include "ui/words.h"

static void test_ages(void **state)
{
	static const struct {
		int64_t seconds;
		const char *fine, *coarse;
	} rows[] = {
		{-5, "<10s", "<1m"},	  {0, "<10s", "<1m"},	    {9, "<10s", "<1m"},
		{10, "10s", "<1m"},	  {59, "50s", "<1m"},	    {60, "1m", "1m"},
		{252, "4m10s", "4m"},	  {599, "9m50s", "9m"},	    {600, "10m", "10m"},
		{659, "10m", "10m"},	  {3659, "1h", "1h"},	    {3660, "1h1m", "1h1m"},
		{273600, "3d4h", "3d4h"}, {273659, "3d4h", "3d4h"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct strbuf text;

		strbuf_init(&text, 64);
		age_words(&text, rows[i].seconds * NS_PER_S, AGE_FINE);
		assert_string_equal(text.data, rows[i].fine);
		strbuf_reset(&text);
		age_words(&text, rows[i].seconds * NS_PER_S, AGE_COARSE);
		assert_string_equal(text.data, rows[i].coarse);
		strbuf_release(&text);
	}
}

static void test_many_troubles_tick_coarsely(void **state)
{
	struct snapshot *few = fixture_snapshot(FIXTURE_NEXUS);
	struct snapshot *many = fixture_snapshot(FIXTURE_LARGE);

	(void)state;
	assert_int_equal(age_step_of(few, &few->rows[4]), AGE_FINE);   /* voice, DOWN */
	assert_int_equal(age_step_of(few, &few->rows[1]), AGE_COARSE); /* auth, UP */
	for (size_t i = 0; i < many->row_count; i++)
		assert_int_equal(age_step_of(many, &many->rows[i]), AGE_COARSE);
	snapshot_unref(few);
	snapshot_unref(many);
}

static void test_clocks(void **state)
{
	static const struct {
		int offset_s;
		const char *want;
	} rows[] = {{0, "12:03:41 UTC"}, {7200, "14:03:41 +02:00"}, {-12600, "08:33:41 -03:30"}};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct strbuf text;

		strbuf_init(&text, 64);
		clock_format(&text, fixture_now(), rows[i].offset_s, true);
		zone_format(&text, rows[i].offset_s);
		assert_string_equal(text.data, rows[i].want);
		strbuf_release(&text);
	}
}

static void test_staleness(void **state)
{
	struct snapshot *snapshot = fixture_snapshot(FIXTURE_NEXUS);

	(void)state;
	assert_int_equal(data_age(snapshot), 4 * NS_PER_S);
	assert_false(data_is_stale(snapshot));
	snapshot->newest_sample.ns -= 40 * NS_PER_S;
	assert_true(data_is_stale(snapshot));
	snapshot->newest_sample.ns = 0; /* nothing yet is not stale */
	assert_false(data_is_stale(snapshot));
	snapshot_unref(snapshot);
}

/* One line of a document as text. */
static char *line_text(const struct doc *doc, size_t at)
{
	struct strbuf text;

	strbuf_init(&text, 4096);
	strbuf_addf(&text, "%*s", doc->lines.at[at].indent, "");
	for (size_t i = 0; i < doc->lines.at[at].count; i++) {
		const struct doc_span *span = &doc->spans.at[doc->lines.at[at].first + i];

		strbuf_add(&text, doc->text.data + span->start, span->len);
	}
	return strbuf_detach(&text);
}

static void test_wrapping(void **state)
{
	static const struct {
		int width, indent;
		const char *text, *want;
	} rows[] = {
		{20, 2, "short", "short"},
		{10, 2, "one two three", "one two |  three"},
		{10, 2, "abcdefghijklmno", "abcdefghij|  klmno"},
		{10, 2, "決済サービスの状態", "決済サービ|  スの状態"},
		{10, 0, "one\ntwo", "one|two"},
		{10, 0, "one\n\ntwo", "one||two"},
		{1, 5, "ab", "a|b"},
		{1, 0, "決済",
		 "決|済"}, /* wider than the room: one a line, clipped by the canvas */
		{16, 2, "GET http://host/a/b", "GET http://host/|  a/b"},
		{12, 2, "x abcdefghijklmno", "x abcdefghij|  klmno"},
		{12, 2, "one http://host/path", "one http://|  host/path"},
		{10, 2, "", ""},
		{6, 2, "a  b      c", "a  b  |  c"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct strbuf all;
		struct doc doc;

		doc_init(&doc, rows[i].width, 0);
		strbuf_init(&all, 4096);
		doc_line(&doc, 0);
		doc_wrap(&doc, rows[i].indent, STYLE_TEXT, rows[i].text);
		for (size_t line = 0; line < doc.lines.len; line++) {
			char *text = line_text(&doc, line);

			strbuf_addf(&all, "%s%s", line > 0 ? "|" : "", text);
			free(text);
		}
		assert_string_equal(all.data, rows[i].want);
		strbuf_release(&all);
		doc_release(&doc);
	}
}

static void test_scrolling(void **state)
{
	static const struct {
		struct scroll start;
		enum action action;
		size_t lines;
		int height;
		struct scroll want;
	} rows[] = {
		{{0, 0, 0}, ACTION_DOWN, 10, 4, {1, 0, 0}},
		{{3, 0, 0}, ACTION_DOWN, 10, 4, {4, 1, 0}},
		{{9, 6, 0}, ACTION_DOWN, 10, 4, {9, 6, 0}},
		{{0, 0, 0}, ACTION_UP, 10, 4, {0, 0, 0}},
		{{0, 0, 0}, ACTION_PAGE_DOWN, 10, 4, {3, 0, 0}},
		{{9, 6, 0}, ACTION_PAGE_UP, 10, 4, {6, 6, 0}},
		{{0, 0, 0}, ACTION_BOTTOM, 10, 4, {9, 6, 0}},
		{{9, 6, 0}, ACTION_TOP, 10, 4, {0, 0, 0}},
		{{50, 40, 0}, ACTION_UP, 10, 4, {8, 6, 0}}, /* the document has shrunk */
		{{0, 0, 0}, ACTION_BOTTOM, 0, 4, {0, 0, 0}},
		{{0, 0, 0}, ACTION_RIGHT, 10, 4, {0, 0, 8}},
		{{0, 0, 4}, ACTION_LEFT, 10, 4, {0, 0, 0}},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct scroll scroll = rows[i].start;

		assert_true(scroll_apply(&scroll, rows[i].action, rows[i].lines, rows[i].height));
		if (scroll.cursor != rows[i].want.cursor || scroll.top != rows[i].want.top ||
		    scroll.left != rows[i].want.left)
			fail_msg("row %zu: cursor %d, top %d, left %d", i, scroll.cursor,
				 scroll.top, scroll.left);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ages),	 cmocka_unit_test(test_many_troubles_tick_coarsely),
		cmocka_unit_test(test_clocks),	 cmocka_unit_test(test_staleness),
		cmocka_unit_test(test_wrapping), cmocka_unit_test(test_scrolling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
