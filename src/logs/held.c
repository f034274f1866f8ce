/* Rings merged by time, and the filters. Invariants: the merged order is (order, stream, serial),
 * so a line never changes its place once it is held; `hidden` and `hits` count exactly the lines
 * that carry the flags. Filters decide on whole events, so a traceback stands or goes as one. */
#include "logs/held.h"

#include <string.h>

void held_init(struct held *held)
{
	*held = (struct held){.count = 0};
}

static void forget_filter(struct held *held)
{
	free(held->keep);
	free(held->drop);
	free(held->search);
	free(held->complaint);
	pattern_free(held->keep_pattern);
	pattern_free(held->drop_pattern);
	pattern_free(held->search_pattern);
	held->keep = held->drop = held->search = held->complaint = NULL;
	held->keep_pattern = held->drop_pattern = held->search_pattern = NULL;
}

void held_release(struct held *held)
{
	forget_filter(held);
}

void held_add(struct held *held, struct held_stream *stream)
{
	if (held->count == HELD_STREAMS)
		BUG("a service has at most %d files", HELD_STREAMS);
	held->streams[held->count++] = stream;
}

/* --- filters ------------------------------------------------------------------------------ */

static bool has_filter(const struct held *held)
{
	return held->keep_pattern != NULL || held->drop_pattern != NULL ||
	       held->min_level != LOG_UNKNOWN;
}

static void uncount(void *context, const struct ring_line *line)
{
	struct held *held = context;

	if ((line->flags & RING_HIDDEN) != 0)
		held->hidden--;
	if ((line->flags & RING_HIT) != 0)
		held->hits--;
}

static void forget_line(struct held *held, struct ring_line *line)
{
	uncount(held, line);
	line->flags &= (uint8_t) ~(RING_EXAMINED | RING_HIDDEN | RING_HIT);
}

static uint64_t event_start(const struct ring *ring, uint64_t serial)
{
	while (serial > ring->first &&
	       (ring_at(ring, serial, NULL, NULL)->flags & RING_CONTINUES) != 0)
		serial--;
	return serial;
}

static uint64_t event_end(const struct ring *ring, uint64_t serial)
{
	do {
		serial++;
	} while (serial < ring->next &&
		 (ring_at(ring, serial, NULL, NULL)->flags & RING_CONTINUES) != 0);
	return serial;
}

static bool found_in(const struct pattern *pattern, const char *text, size_t len)
{
	return pattern != NULL && pattern_find(pattern, text, len, 0, NULL) == 1;
}

/* Decides on the event that the line is part of. */
static void examine_event(struct held *held, struct held_stream *stream, uint64_t serial)
{
	struct ring *ring = &stream->ring;
	uint64_t start = event_start(ring, serial), end = event_end(ring, serial);
	bool keep = held->keep_pattern == NULL, drop = false;
	struct ring_line *line = ring_at(ring, start, NULL, NULL);

	if (held->min_level != LOG_UNKNOWN && line->level < held->min_level)
		drop = true;
	for (serial = start; serial < end; serial++) {
		const char *text;

		line = ring_at(ring, serial, &text, NULL);
		forget_line(held, line);
		line->flags |= RING_EXAMINED;
		held->budget -= held->budget < line->len + 32u ? held->budget : line->len + 32u;
		keep = keep || found_in(held->keep_pattern, text, line->len);
		drop = drop || found_in(held->drop_pattern, text, line->len);
		if (found_in(held->search_pattern, text, line->len))
			line->flags |= RING_HIT;
	}
	for (serial = start; serial < end; serial++) {
		line = ring_at(ring, serial, NULL, NULL);
		if (!keep || drop) {
			line->flags |= RING_HIDDEN;
			held->hidden++;
			/* A hit that nobody can see is none. */
			line->flags &= (uint8_t)~RING_HIT;
		}
		held->hits += (line->flags & RING_HIT) != 0;
	}
}

bool held_visible(struct held *held, struct held_stream *stream, uint64_t serial)
{
	const struct ring_line *line;

	if (!has_filter(held))
		return true;
	line = ring_at(&stream->ring, serial, NULL, NULL);
	if ((line->flags & RING_EXAMINED) == 0) {
		if (held->budget == 0)
			return false;
		examine_event(held, stream, serial);
	}
	return (line->flags & RING_HIDDEN) == 0;
}

bool held_examine(struct held *held)
{
	if (!has_filter(held) && held->search_pattern == NULL)
		return false;
	for (size_t i = 0; i < held->count; i++) {
		struct held_stream *stream = held->streams[i];

		if (stream->examined < stream->ring.first)
			stream->examined = stream->ring.first;
		while (stream->examined < stream->ring.next) {
			if ((ring_at(&stream->ring, stream->examined, NULL, NULL)->flags &
			     RING_EXAMINED) == 0) {
				if (held->budget == 0)
					return true;
				examine_event(held, stream, stream->examined);
			}
			stream->examined++;
		}
	}
	return false;
}

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static struct pattern *compile(struct held *held, const char *what, const char *regex)
{
	struct pattern *pattern;
	struct strbuf err;

	if (regex == NULL)
		return NULL;
	strbuf_init(&err, LIMIT_MESSAGE);
	pattern = pattern_new(regex, PATTERN_CASELESS, &err);
	if (pattern == NULL && held->complaint == NULL)
		held->complaint = xasprintf("%s: %s", what, err.len > 0 ? err.data : "");
	strbuf_release(&err);
	return pattern;
}

static char *copy(const char *text)
{
	return text != NULL && text[0] != '\0' ? xstrdup(text) : NULL;
}

void held_filter(struct held *held, const struct log_query *query)
{
	const char *keep =
		query->filter_in != NULL && query->filter_in[0] != '\0' ? query->filter_in : NULL;
	const char *drop = query->filter_out != NULL && query->filter_out[0] != '\0'
				   ? query->filter_out
				   : NULL;
	const char *search =
		query->search != NULL && query->search[0] != '\0' ? query->search : NULL;

	if (same(held->keep, keep) && same(held->drop, drop) && same(held->search, search) &&
	    held->min_level == query->min_level)
		return;
	forget_filter(held);
	held->keep = copy(keep);
	held->drop = copy(drop);
	held->search = copy(search);
	held->min_level = query->min_level;
	held->keep_pattern = compile(held, "filter in", keep);
	held->drop_pattern = compile(held, "filter out", drop);
	held->search_pattern = compile(held, "search", search);
	for (size_t i = 0; i < held->count; i++) {
		struct held_stream *stream = held->streams[i];

		stream->examined = stream->ring.first;
		for (uint64_t serial = stream->ring.first; serial < stream->ring.next; serial++)
			forget_line(held, ring_at(&stream->ring, serial, NULL, NULL));
	}
}

/* --- lines come and go -------------------------------------------------------------------- */

void held_remove(struct held *held, struct held_stream *stream)
{
	for (size_t i = 0; i < held->count; i++) {
		if (held->streams[i] != stream)
			continue;
		for (uint64_t serial = stream->ring.first; serial < stream->ring.next; serial++)
			forget_line(held, ring_at(&stream->ring, serial, NULL, NULL));
		stream->examined = stream->ring.first;
		held->count--;
		memmove(&held->streams[i], &held->streams[i + 1],
			(held->count - i) * sizeof(*held->streams));
		return;
	}
}

/* A line more makes another event of it: the filters look again. */
static void reopen_event(struct held *held, struct held_stream *stream)
{
	struct ring *ring = &stream->ring;

	if (ring->next == ring->first)
		return;
	/* Its new line is examined next, and the whole event with it. */
	for (uint64_t serial = event_start(ring, ring->next - 1); serial < ring->next; serial++)
		forget_line(held, ring_at(ring, serial, NULL, NULL));
}

/* Gives up the block whose first line is the oldest of all. */
static bool drop_oldest(struct held *held)
{
	struct held_stream *oldest = NULL;
	int64_t order_ns = INT64_MAX;

	for (size_t i = 0; i < held->count; i++) {
		struct ring *ring = &held->streams[i]->ring;

		if (ring->blocks.len - ring->head > 1 &&
		    ring_at(ring, ring->first, NULL, NULL)->order_ns < order_ns) {
			order_ns = ring_at(ring, ring->first, NULL, NULL)->order_ns;
			oldest = held->streams[i];
		}
	}
	if (oldest == NULL)
		return false;
	held->dropped += ring_drop(&oldest->ring, uncount, held);
	return true;
}

void held_take(struct held *held, struct held_stream *stream, const struct batch *batch,
	       size_t max_bytes)
{
	struct ring *ring = &stream->ring;
	int64_t order_ns = ring->next > ring->first
				   ? ring_at(ring, ring->next - 1, NULL, NULL)->order_ns
				   : INT64_MIN;
	size_t bytes;

	held->dropped += batch->skipped;
	if (batch->lines.len > 0 && (batch->lines.at[0].flags & RING_CONTINUES) != 0)
		reopen_event(held, stream);
	for (size_t i = 0; i < batch->lines.len; i++) {
		struct ring_line line = batch->lines.at[i];

		/* Two files that followed each other at one path each have a time of their own. */
		if (line.order_ns < order_ns)
			line.order_ns = order_ns;
		order_ns = line.order_ns;
		ring_add(ring, batch->number + line.number, &line, batch->text.data + line.offset);
	}
	do {
		bytes = 0;
		for (size_t i = 0; i < held->count; i++)
			bytes += held->streams[i]->ring.bytes;
	} while (bytes > max_bytes && drop_oldest(held));
}

/* --- places ------------------------------------------------------------------------------- */

struct held_place held_place_end(const struct held *held)
{
	struct held_place place = {{0}};

	for (size_t i = 0; i < held->count; i++)
		place.at[i] = held->streams[i]->ring.next;
	return place;
}

struct held_place held_place_time(const struct held *held, struct wall_time at)
{
	struct held_place place = {{0}};

	for (size_t i = 0; i < held->count; i++)
		place.at[i] = ring_seek_order(&held->streams[i]->ring, at.ns);
	return place;
}

struct held_place held_place_line(const struct held *held, uint64_t source, uint64_t number)
{
	struct held_place place = held_place_end(held);
	size_t found = held->count;
	uint64_t best = UINT64_MAX;
	int64_t order_ns;

	/* Several files can be of one source: the line is where the next number is nearest. */
	for (size_t i = 0; i < held->count; i++) {
		const struct ring *ring = &held->streams[i]->ring;
		uint64_t serial, have;

		if (held->streams[i]->source != source)
			continue;
		serial = ring_seek_number(ring, number);
		if (serial == ring->next)
			continue;
		ring_at(ring, serial, NULL, &have);
		if (have < best) {
			best = have;
			found = i;
			place.at[i] = serial;
		}
	}
	if (found == held->count)
		return place;
	order_ns = ring_at(&held->streams[found]->ring, place.at[found], NULL, NULL)->order_ns;
	for (size_t i = 0; i < held->count; i++) {
		if (i != found)
			place.at[i] = ring_seek_order(&held->streams[i]->ring,
						      i < found ? order_ns + 1 : order_ns);
	}
	return place;
}

bool held_forward(const struct held *held, struct held_place *place, size_t *stream,
		  uint64_t *serial)
{
	int64_t least = INT64_MAX;
	bool found = false;

	for (size_t i = 0; i < held->count; i++) {
		const struct ring *ring = &held->streams[i]->ring;
		int64_t order_ns;

		if (place->at[i] >= ring->next)
			continue;
		order_ns = ring_at(ring, place->at[i], NULL, NULL)->order_ns;
		if (!found || order_ns < least) {
			least = order_ns;
			*stream = i;
			found = true;
		}
	}
	if (found)
		*serial = place->at[*stream]++;
	return found;
}

bool held_backward(const struct held *held, struct held_place *place, size_t *stream,
		   uint64_t *serial)
{
	int64_t most = INT64_MIN;
	bool found = false;

	for (size_t i = 0; i < held->count; i++) {
		const struct ring *ring = &held->streams[i]->ring;
		int64_t order_ns;

		if (place->at[i] <= ring->first)
			continue;
		order_ns = ring_at(ring, place->at[i] - 1, NULL, NULL)->order_ns;
		if (!found || order_ns >= most) {
			most = order_ns;
			*stream = i;
			found = true;
		}
	}
	if (found)
		*serial = --place->at[*stream];
	return found;
}
