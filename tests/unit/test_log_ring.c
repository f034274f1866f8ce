/* Rings, the merged order of several, filters, windows, the search: on blocks of a few bytes, so
 * that each boundary is met. */
#include "logs/feed.h"
#include "logs/held.h"

#include "base/redact.h"

#include "unit.h"

#include <string.h>

#define SOURCE_A 11
#define SOURCE_B 22
#define S(n) ((n)*NS_PER_S)

static void add(struct ring *ring, uint64_t number, int64_t time_ns, const char *text)
{
	struct ring_line line = {.time_ns = time_ns,
				 .order_ns = time_ns,
				 .len = (uint16_t)strlen(text)};

	ring_add(ring, number, &line, text);
}

static void test_ring(void **state)
{
	struct ring ring;
	uint64_t dropped = 0;

	(void)state;
	ring_init(&ring, 100);
	assert_int_equal(ring_drop(&ring, NULL, NULL), 0);
	for (uint64_t i = 0; i < 1000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "%.*s", (int)(i % 20), "abcdefghijklmnopqrst");
		add(&ring, 3 * i + 1, S((int64_t)(i / 2)), text);
	}
	for (int round = 0; round < 3; round++) {
		for (uint64_t i = ring.first; i < ring.next; i++) {
			const char *text;
			uint64_t number;
			const struct ring_line *line = ring_at(&ring, i, &text, &number);

			assert_int_equal(number, 3 * i + 1);
			assert_int_equal(line->len, i % 20);
			assert_memory_equal(text, "abcdefghijklmnopqrst", line->len);
			assert_int_equal(ring_seek_number(&ring, number), i);
			assert_int_equal(ring_seek_number(&ring, number - 1), i);
			assert_int_equal(ring_seek_number(&ring, number + 1), i + 1);
		}
		assert_int_equal(ring_seek_order(&ring, S(400)), 800);
		assert_int_equal(ring_seek_order(&ring, S(400) - 1), 800);
		assert_int_equal(ring_seek_order(&ring, S(10000)), ring.next);
		for (int i = 0; i < 40; i++)
			dropped += ring_drop(&ring, NULL, NULL);
		assert_int_equal(ring.first, dropped);
	}
	while (ring_drop(&ring, NULL, NULL) > 0)
		continue;
	assert_true(ring.next > ring.first);
	assert_true(ring.bytes < 1500);
	ring_release(&ring);
}

/* Lines "<source><time> <text>" as batches of one. */
struct rig {
	struct held held;
	struct held_stream a, b;
	uint64_t next_a, next_b;
	struct arena arena;
};

static void rig_init(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	held_init(&rig->held);
	rig->a.source = SOURCE_A;
	rig->b.source = SOURCE_B;
	rig->next_a = rig->next_b = 1;
	ring_init(&rig->a.ring, 200);
	ring_init(&rig->b.ring, 200);
	held_add(&rig->held, &rig->a);
	held_add(&rig->held, &rig->b);
	arena_init(&rig->arena);
	rig->held.budget = SIZE_MAX;
}

static void rig_release(struct rig *rig)
{
	ring_release(&rig->a.ring);
	ring_release(&rig->b.ring);
	held_release(&rig->held);
	arena_release(&rig->arena);
}

static void take(struct rig *rig, struct held_stream *stream, int64_t second, enum log_level level,
		 unsigned flags, const char *text, size_t max)
{
	uint64_t *next = stream == &rig->a ? &rig->next_a : &rig->next_b;
	struct batch batch;
	struct ring_line *line;

	batch_init(&batch);
	batch.number = (*next)++;
	line = vec_add(&batch.lines);
	*line = (struct ring_line){.time_ns = S(second),
				   .order_ns = S(second),
				   .len = (uint16_t)strlen(text),
				   .level = (uint8_t)level,
				   .flags = (uint8_t)flags};
	strbuf_adds(&batch.text, text);
	held_take(&rig->held, stream, &batch, max);
	batch_release(&batch);
}

static void take_many(struct rig *rig)
{
	/* a at even seconds, b at odd ones, at 20 both */
	for (int i = 0; i < 20; i++) {
		char text[32];

		snprintf(text, sizeof(text), "line %d", i);
		take(rig, i % 2 == 0 ? &rig->a : &rig->b, i + 1, i % 5 == 0 ? LOG_ERROR : LOG_INFO,
		     0, text, SIZE_MAX);
	}
}

static struct log_window ask(struct rig *rig, const struct log_query *query)
{
	struct log_window window = {.failure_row = -1};

	held_window(&rig->held, query, &rig->arena, &window);
	return window;
}

static void assert_lines(const struct log_window *window, int first, int last)
{
	assert_int_equal(window->line_count, last - first + 1);
	for (int i = first; i <= last; i++) {
		char text[32];

		snprintf(text, sizeof(text), "line %d", i);
		assert_string_equal(window->lines[i - first].text, text);
	}
}

static void test_windows(void **state)
{
	struct rig rig;
	struct log_query query = {.follow = true, .rows = 5};
	struct log_window window;

	(void)state;
	rig_init(&rig);
	window = ask(&rig, &query);
	assert_int_equal(window.line_count, 0);
	assert_true(window.at_top && window.at_end);
	take_many(&rig);
	window = ask(&rig, &query);
	assert_lines(&window, 15, 19);
	assert_true(window.at_end && !window.at_top);
	assert_int_equal(window.total, 20);
	query.rows = 100;
	window = ask(&rig, &query);
	assert_lines(&window, 0, 19);
	assert_true(window.at_end && window.at_top);
	/* By time: the line at or after 11 s (line 10) stands in row 2. */
	query = (struct log_query){.at = {S(11)}, .row = 2, .rows = 5};
	window = ask(&rig, &query);
	assert_lines(&window, 8, 12);
	assert_int_equal(window.failure_row, 2);
	query.at.ns = S(11) - 1;
	window = ask(&rig, &query);
	assert_lines(&window, 8, 12);
	assert_int_equal(window.failure_row, 2);
	/* Out of the window there is no marker; before all lines neither. */
	query.scroll = 5;
	window = ask(&rig, &query);
	assert_lines(&window, 13, 17);
	assert_int_equal(window.failure_row, -1);
	query = (struct log_query){.at = {1}, .row = 2, .rows = 5};
	window = ask(&rig, &query);
	assert_lines(&window, 0, 4);
	assert_true(window.at_top && !window.at_end);
	assert_int_equal(window.failure_row, -1);
	/* By line, scrolled past both ends. */
	query = (struct log_query){.anchor_source = SOURCE_B,
				   .anchor_number = 5,
				   .row = 1,
				   .rows = 5};
	window = ask(&rig, &query);
	assert_lines(&window, 8, 12);
	assert_int_equal(window.lines[1].source, SOURCE_B);
	assert_int_equal(window.lines[1].number, 5);
	query.scroll = 1000;
	window = ask(&rig, &query);
	assert_lines(&window, 15, 19);
	query.scroll = -1000;
	window = ask(&rig, &query);
	assert_lines(&window, 0, 4);
	rig_release(&rig);
}

/* While one reads, lines arrive at both ends of time: the anchor's row stays. */
static void test_reading_stays(void **state)
{
	struct rig rig;
	struct log_query query = {.anchor_source = SOURCE_A,
				  .anchor_number = 6,
				  .row = 2,
				  .rows = 5};
	struct log_window window;

	(void)state;
	rig_init(&rig);
	take_many(&rig);
	for (int i = 0; i < 50; i++) {
		window = ask(&rig, &query);
		assert_string_equal(window.lines[2].text, "line 10");
		take(&rig, i % 2 == 0 ? &rig.a : &rig.b, 100 + i, LOG_INFO, 0, "new", SIZE_MAX);
	}
	/* Until the line itself is given up; then the nearest stands there. */
	while (rig.held.dropped < 30)
		take(&rig, &rig.a, 200, LOG_INFO, 0, "newest", 1500);
	window = ask(&rig, &query);
	assert_int_equal(window.line_count, 5);
	assert_true(window.dropped >= 30);
	assert_true(window.total + window.dropped == (rig.next_a - 1) + (rig.next_b - 1));
	rig_release(&rig);
}

static void test_filters(void **state)
{
	struct rig rig;
	struct log_query query = {.follow = true, .rows = 100};
	struct log_window window;

	(void)state;
	rig_init(&rig);
	take_many(&rig);
	query.filter_in = "line 1";
	window = ask(&rig, &query);
	assert_int_equal(window.line_count, 11);
	assert_int_equal(window.filtered, 9);
	query.filter_out = "[02468]$";
	query.search = "LINE .[357]";
	window = ask(&rig, &query);
	assert_int_equal(window.line_count, 6);
	assert_string_equal(window.lines[0].text, "line 1");
	assert_int_equal(window.filtered, 14);
	assert_int_equal(window.search_hits, 3);
	/* Lines that come are counted too. */
	take(&rig, &rig.a, 30, LOG_INFO, 0, "line 13", SIZE_MAX);
	take(&rig, &rig.a, 31, LOG_INFO, 0, "other", SIZE_MAX);
	window = ask(&rig, &query);
	assert_int_equal(window.line_count, 7);
	assert_int_equal(window.filtered, 15);
	assert_int_equal(window.search_hits, 4);
	query = (struct log_query){.follow = true, .rows = 100, .min_level = LOG_ERROR};
	window = ask(&rig, &query);
	assert_int_equal(window.line_count, 4);
	assert_int_equal(window.search_hits, 0);
	/* A filter that does not compile filters nothing, and says so. */
	query = (struct log_query){.follow = true, .rows = 100, .filter_in = "(["};
	window = ask(&rig, &query);
	assert_int_equal(window.line_count, 22);
	assert_non_null(rig.held.complaint);
	query.filter_in = NULL;
	window = ask(&rig, &query);
	assert_null(rig.held.complaint);
	assert_int_equal(window.filtered, 0);
	rig_release(&rig);
}

/* Lines of one moment in two files: one order, from whichever line it is looked at. */
static void test_ties(void **state)
{
	struct rig rig;
	struct log_query query = {.follow = true, .rows = 100};
	struct log_window all;

	(void)state;
	rig_init(&rig);
	for (int i = 0; i < 12; i++)
		take(&rig, i % 3 == 0 ? &rig.a : &rig.b, 1 + i / 6, LOG_INFO, 0, "x", SIZE_MAX);
	all = ask(&rig, &query);
	assert_int_equal(all.line_count, 12);
	for (size_t i = 0; i < 12; i++) {
		size_t first = i < 2 ? 0 : i > 9 ? 7 : i - 2;
		struct log_window window;

		query = (struct log_query){.anchor_source = all.lines[i].source,
					   .anchor_number = all.lines[i].number,
					   .row = 2,
					   .rows = 5};
		window = ask(&rig, &query);
		assert_int_equal(window.line_count, 5);
		for (size_t k = 0; k < 5; k++) {
			assert_int_equal(window.lines[k].source, all.lines[first + k].source);
			assert_int_equal(window.lines[k].number, all.lines[first + k].number);
		}
	}
	rig_release(&rig);
}

/* A traceback stands or goes as one, also where its last line comes later. */
static void test_events(void **state)
{
	struct rig rig;
	struct log_query query = {.follow = true, .rows = 100, .filter_in = "KeyError"};
	struct log_window window;

	(void)state;
	rig_init(&rig);
	take(&rig, &rig.a, 1, LOG_INFO, 0, "before", SIZE_MAX);
	take(&rig, &rig.a, 2, LOG_ERROR, 0, "Traceback (most recent call last):", SIZE_MAX);
	take(&rig, &rig.a, 2, LOG_ERROR, RING_CONTINUES, "  File \"x\"", SIZE_MAX);
	window = ask(&rig, &query);
	assert_int_equal(window.line_count, 0);
	assert_int_equal(window.filtered, 3);
	take(&rig, &rig.a, 2, LOG_ERROR, RING_CONTINUES, "KeyError: 'x'", SIZE_MAX);
	/* Read from the top, its first line is met before the one that decides. */
	query.follow = false;
	query.at.ns = 1;
	window = ask(&rig, &query);
	assert_int_equal(window.line_count, 3);
	take(&rig, &rig.a, 3, LOG_INFO, 0, "after", SIZE_MAX);
	window = ask(&rig, &query);
	assert_int_equal(window.line_count, 3);
	assert_int_equal(window.filtered, 2);
	query = (struct log_query){.follow = true, .rows = 100, .filter_out = "KeyError"};
	window = ask(&rig, &query);
	assert_int_equal(window.line_count, 2);
	rig_release(&rig);
}

static void test_find(void **state)
{
	struct rig rig;
	struct log_query query = {.follow = true, .rows = 5};
	uint64_t source, number;

	(void)state;
	rig_init(&rig);
	take_many(&rig); /* errors: lines 0, 5, 10, 15 */
	assert_false(held_find(&rig.held, &query, false, LOG_ERROR, &source, &number));
	assert_true(held_find(&rig.held, &query, true, LOG_ERROR, &source, &number));
	assert_int_equal(source, SOURCE_B);
	assert_int_equal(number, 8); /* line 15 */
	query = (struct log_query){.anchor_source = source, .anchor_number = number, .rows = 5};
	assert_true(held_find(&rig.held, &query, true, LOG_ERROR, &source, &number));
	assert_int_equal(source, SOURCE_A);
	assert_int_equal(number, 6); /* line 10 */
	query = (struct log_query){.anchor_source = source, .anchor_number = number, .rows = 5};
	assert_true(held_find(&rig.held, &query, false, LOG_ERROR, &source, &number));
	assert_int_equal(number, 8);
	query.search = "line 1[13]";
	assert_true(held_find(&rig.held, &query, false, LOG_UNKNOWN, &source, &number));
	assert_int_equal(source, SOURCE_B);
	assert_int_equal(number, 6); /* line 11 */
	query.filter_out = "11";
	assert_true(held_find(&rig.held, &query, false, LOG_UNKNOWN, &source, &number));
	assert_int_equal(number, 7); /* line 13 */
	rig_release(&rig);
}

/* Random lines, filters and drops: the counts are those of a count by hand. */
static void test_counts(void **state)
{
	static const char *const filters[] = {NULL, "1", "x", "[a-m]"};
	struct rig rig;
	uint32_t seed = 7;

	(void)state;
	rig_init(&rig);
	for (int round = 0; round < 3000; round++) {
		struct log_query query = {.follow = true, .rows = 3};
		struct log_window window;
		char text[16];

		seed = seed * 1664525u + 1013904223u;
		snprintf(text, sizeof(text), "%x", seed >> 20);
		take(&rig, (seed >> 8) % 3 == 0 ? &rig.a : &rig.b, round,
		     (seed >> 9) % LOG_LEVEL_COUNT, (seed >> 12) % 4 == 0 ? RING_CONTINUES : 0,
		     text, 4000);
		if (round % 7 != 0)
			continue;
		query.filter_in = filters[(seed >> 16) % 4];
		query.search = filters[(seed >> 18) % 4];
		window = ask(&rig, &query);
		query.rows = 100000;
		window = ask(&rig, &query);
		assert_int_equal(window.line_count + window.filtered, window.total);
		if (query.search != NULL) {
			struct pattern *pattern = pattern_new(query.search, PATTERN_CASELESS, NULL);
			uint64_t hits = 0;

			for (size_t i = 0; i < window.line_count; i++)
				hits += pattern_find(pattern, window.lines[i].text,
						     window.lines[i].len, 0, NULL) == 1;
			assert_int_equal(hits, window.search_hits);
			pattern_free(pattern);
		}
	}
	rig_release(&rig);
}

/* With a small budget a turn looks at little, and many turns at all. */
static void test_budget(void **state)
{
	struct rig rig;
	struct log_query query = {.follow = true, .rows = 5, .filter_in = "nothing has this"};
	int turns = 0;

	(void)state;
	rig_init(&rig);
	for (int i = 0; i < 1000; i++)
		take(&rig, &rig.a, i, LOG_INFO, 0, "some words", SIZE_MAX);
	do {
		rig.held.budget = 4000;
		assert_int_equal(ask(&rig, &query).line_count, 0);
		assert_true(++turns < 100);
	} while (rig.held.budget == 0);
	assert_int_equal(rig.held.hidden, 1000);
	assert_true(turns > 5);
	rig_release(&rig);
}

/* The cut of a long line goes through a secret: nothing of it stays. */
static void test_cut_secret(void **state)
{
	struct redactor *redactor = redactor_new();
	struct feed_context context = {.redactor = redactor, .now = clock_wall()};
	char text[3 * LIMIT_LOG_LINE];

	(void)state;
	redactor_add(redactor, "hunter2hunter2");
	for (size_t at = LIMIT_LOG_LINE - 14; at <= LIMIT_LOG_LINE; at++) {
		struct batch batch;
		struct feed feed;
		uint64_t number = 1;

		batch_init(&batch);
		feed_init(&feed);
		memset(text, 'x', sizeof(text));
		memcpy(text + at, "hunter2hunter2", 14);
		text[sizeof(text) - 1] = '\n';
		feed_bytes(&feed, &context, context.now, text, sizeof(text), &number, &batch);
		assert_int_equal(batch.lines.len, 1);
		assert_int_equal(batch.lines.at[0].len, at == LIMIT_LOG_LINE - 14 ? at + 3 : at);
		assert_null(strchr(batch.text.data, 'h'));
		assert_true((batch.lines.at[0].flags & RING_CUT) != 0);
		feed_release(&feed);
		batch_release(&batch);
	}
	redactor_free(redactor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_secret),
		cmocka_unit_test(test_ring),	      cmocka_unit_test(test_windows),
		cmocka_unit_test(test_reading_stays), cmocka_unit_test(test_filters),
		cmocka_unit_test(test_events),	      cmocka_unit_test(test_find),
		cmocka_unit_test(test_counts),	      cmocka_unit_test(test_budget),
		cmocka_unit_test(test_ties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
