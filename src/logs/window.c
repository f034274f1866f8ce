/* What the pane shows: a window of visible lines around an anchor, and the next line that matches.
 * Invariant: the anchor's row is kept while lines arrive, whichever file they arrive in. */
#include "logs/held.h"

/* Steps over visible lines only. */
static bool forward(struct held *held, struct held_place *place, size_t *stream, uint64_t *serial)
{
	while (held_forward(held, place, stream, serial)) {
		if (held_visible(held, held->streams[*stream], *serial))
			return true;
	}
	return false;
}

static bool backward(struct held *held, struct held_place *place, size_t *stream, uint64_t *serial)
{
	while (held_backward(held, place, stream, serial)) {
		if (held_visible(held, held->streams[*stream], *serial))
			return true;
	}
	return false;
}

/* Moves by that many visible lines, as far as there are; returns how many it went. */
static int move(struct held *held, struct held_place *place, int by)
{
	uint64_t serial;
	size_t stream;
	int went = 0;

	while (went < by && forward(held, place, &stream, &serial))
		went++;
	while (-went < -by && backward(held, place, &stream, &serial))
		went--;
	return went;
}

static struct held_place anchor(const struct held *held, const struct log_query *query)
{
	if (query->follow)
		return held_place_end(held);
	if (query->anchor_number != 0)
		return held_place_line(held, query->anchor_source, query->anchor_number);
	return held_place_time(held, query->at);
}

static void fill_line(const struct held *held, size_t stream, uint64_t serial, struct arena *arena,
		      struct log_line *out)
{
	const struct ring_line *line;
	const char *text;

	line = ring_at(&held->streams[stream]->ring, serial, &text, &out->number);
	out->source = held->streams[stream]->source;
	out->time.ns = line->time_ns;
	out->time_is_ours = (line->flags & RING_TIME_OURS) != 0;
	out->level = (enum log_level)line->level;
	out->text = arena_strndup(arena, text, line->len);
	out->len = line->len;
	out->message = line->message;
	out->cut = (line->flags & RING_CUT) != 0;
}

/* The first row that is not older than `at`, where the line before it is. */
static int failure_row(struct held *held, const struct held_place *top, int rows,
		       struct wall_time at)
{
	struct held_place place = *top;
	int64_t before_ns = INT64_MAX;
	uint64_t serial;
	size_t stream;

	if (at.ns <= 1)
		return -1;
	if (backward(held, &place, &stream, &serial)) {
		before_ns = ring_at(&held->streams[stream]->ring, serial, NULL, NULL)->order_ns;
		forward(held, &place, &stream, &serial);
	}
	for (int row = 0; row < rows && forward(held, &place, &stream, &serial); row++) {
		int64_t order_ns =
			ring_at(&held->streams[stream]->ring, serial, NULL, NULL)->order_ns;

		if (order_ns >= at.ns && before_ns < at.ns)
			return row;
		before_ns = order_ns;
	}
	return -1;
}

void held_window(struct held *held, const struct log_query *query, struct arena *arena,
		 struct log_window *window)
{
	int rows = query->rows > 0 ? query->rows : 0;
	struct log_line *lines;
	struct held_place top, place;
	uint64_t serial;
	size_t stream;
	int have;

	for (size_t i = 0; i < held->count; i++)
		window->total += held->streams[i]->ring.next - held->streams[i]->ring.first;
	if ((uint64_t)rows > window->total)
		rows = (int)window->total;
	lines = arena_array(arena, (size_t)rows, sizeof(*lines));
	held_filter(held, query);
	top = anchor(held, query);
	move(held, &top, query->follow ? -rows : query->scroll - query->row);
	place = top;
	have = move(held, &place, rows);
	if (have < rows)
		have -= move(held, &top, have - rows);
	place = top;
	for (int row = 0; row < have && forward(held, &place, &stream, &serial); row++)
		fill_line(held, stream, serial, arena, &lines[window->line_count++]);
	window->lines = lines;
	window->at_end = !forward(held, &place, &stream, &serial);
	window->failure_row = failure_row(held, &top, have, query->at);
	window->at_top = !backward(held, &top, &stream, &serial);
	held_examine(held);
	window->dropped = held->dropped;
	window->filtered = held->hidden;
	window->search_hits = held->hits;
}

static bool is_wanted(const struct held *held, size_t stream, uint64_t serial,
		      enum log_level at_least)
{
	const struct ring_line *line;
	const char *text;

	line = ring_at(&held->streams[stream]->ring, serial, &text, NULL);
	if (at_least != LOG_UNKNOWN)
		return line->level >= at_least && (line->flags & RING_CONTINUES) == 0;
	return held->search_pattern != NULL &&
	       pattern_find(held->search_pattern, text, line->len, 0, NULL) == 1;
}

bool held_find(struct held *held, const struct log_query *query, bool back, enum log_level at_least,
	       uint64_t *source, uint64_t *number)
{
	struct held_place place;
	uint64_t serial;
	size_t stream;

	held_filter(held, query);
	place = anchor(held, query);
	/* The cursor's own line is not the next one. */
	if (!back && !query->follow && query->anchor_number != 0)
		held_forward(held, &place, &stream, &serial);
	while (back ? backward(held, &place, &stream, &serial)
		    : forward(held, &place, &stream, &serial)) {
		if (is_wanted(held, stream, serial, at_least)) {
			*source = held->streams[stream]->source;
			ring_at(&held->streams[stream]->ring, serial, NULL, number);
			return true;
		}
	}
	return false;
}
