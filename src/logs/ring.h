/* The lines of one file that are held: the newest, in blocks of a few kB, so that memory follows
 * what is there and the oldest go a block at a time. A line is named by its serial: 0, 1, 2 … in
 * the order they came, never reused. Owned by the loop's thread. */
#ifndef LOGS_RING_H
#define LOGS_RING_H

#include "base/vec.h"
#include "model/log.h"

enum ring_flag {
	RING_CONTINUES = 1 << 0, /* belongs to the event of the line before */
	RING_TIME_OURS = 1 << 1,
	RING_CUT = 1 << 2,
	/* What the window's filters made of it; see window.c. */
	RING_EXAMINED = 1 << 3,
	RING_HIDDEN = 1 << 4,
	RING_HIT = 1 << 5
};

struct ring_line {
	int64_t time_ns;
	int64_t order_ns; /* never less than that of the line before: what is searched by time */
	uint32_t number;  /* above the block's */
	uint32_t offset;  /* in the block's text */
	uint16_t len, message;
	uint8_t level, flags;
};

struct ring_block {
	uint64_t serial, number; /* of its first line */
	struct VEC_OF(struct ring_line) lines;
	char *text;
	size_t used, cap;
};

struct ring {
	struct VEC_OF(struct ring_block *) blocks; /* oldest first */
	size_t head;     /* blocks[head] is the oldest that is held */
	size_t block_bytes;
	size_t bytes;    /* all memory of the blocks */
	uint64_t first, next; /* serials held: first <= serial < next */
};

/* `block_bytes`: text of one block; a line is never split over two. */
void ring_init(struct ring *ring, size_t block_bytes);
void ring_release(struct ring *ring);
/* Adds the newest line; its number is above that of the line before. */
void ring_add(struct ring *ring, uint64_t number, const struct ring_line *line, const char *text);
/* Gives up the oldest block, after `visit` (may be NULL) has seen each of its lines; returns how
 * many lines that were, 0 where only the newest block is left. */
size_t ring_drop(struct ring *ring, void (*visit)(void *context, const struct ring_line *line),
		 void *context);
/* A line that is held: a borrow up to the next ring_add() or ring_drop(). */
struct ring_line *ring_at(const struct ring *ring, uint64_t serial, const char **text,
			  uint64_t *number);
/* The first serial whose line has at least that number, or that order; ring->next if none has. */
uint64_t ring_seek_number(const struct ring *ring, uint64_t number);
uint64_t ring_seek_order(const struct ring *ring, int64_t order_ns);

#endif
