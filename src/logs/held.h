/* All lines held for one service: the rings of its files, merged by time as they are read, and
 * what the pane's filters make of them. Owned by the loop's thread; no I/O. */
#ifndef LOGS_HELD_H
#define LOGS_HELD_H

#include "base/arena.h"
#include "logs/feed.h"
#include "logs/ring.h"

#define HELD_STREAMS 32 /* files of one service */

struct held_stream {
	uint64_t source;
	struct ring ring;
	uint64_t examined; /* all lines before this serial went through the filters */
};

struct held {
	struct held_stream *streams[HELD_STREAMS];
	size_t count;
	uint64_t dropped; /* lines given up or never kept */
	/* The filters of the newest query, and what they made of the lines examined so far. */
	char *keep, *drop, *search;
	enum log_level min_level;
	struct pattern *keep_pattern, *drop_pattern, *search_pattern;
	char *complaint; /* about a filter that does not compile; NULL */
	uint64_t hidden, hits;
	size_t budget;   /* bytes that the filters may still look at in this turn */
};

void held_init(struct held *held);
void held_release(struct held *held);
/* Adds a ring; it stays the caller's, who takes it out before it ends. */
void held_add(struct held *held, struct held_stream *stream);
void held_remove(struct held *held, struct held_stream *stream);
/* Takes over the batch's lines, and gives up the oldest blocks above `max_bytes`. */
void held_take(struct held *held, struct held_stream *stream, const struct batch *batch,
	       size_t max_bytes);
/* Makes the query's filters the current ones. */
void held_filter(struct held *held, const struct log_query *query);
/* Puts lines through the filters, as far as the budget reaches; true where some are left. */
bool held_examine(struct held *held);
bool held_visible(struct held *held, struct held_stream *stream, uint64_t serial);

/* A place between two lines of the merged order. */
struct held_place {
	uint64_t at[HELD_STREAMS]; /* the next serial of each stream */
};
struct held_place held_place_end(const struct held *held);
/* Just before the first line that is not older. */
struct held_place held_place_time(const struct held *held, struct wall_time at);
/* Just before this line, or the one that followed it where it is gone. */
struct held_place held_place_line(const struct held *held, uint64_t source, uint64_t number);
/* Steps over one line, which is told by its stream (index) and serial; false at the end. */
bool held_forward(const struct held *held, struct held_place *place, size_t *stream,
		  uint64_t *serial);
bool held_backward(const struct held *held, struct held_place *place, size_t *stream,
		   uint64_t *serial);

/* Fills everything but `error` and `note`, which are the sources' matter. */
void held_window(struct held *held, const struct log_query *query, struct arena *arena,
		 struct log_window *window);
bool held_find(struct held *held, const struct log_query *query, bool backward,
	       enum log_level at_least, uint64_t *source, uint64_t *number);

#endif
