/* What happened in the last while, in little memory: latencies of one hour as mergeable log-scaled
 * histograms, and the strip of 30 fixed slots of time that a row shows. Time is the engine's: it
 * only grows, and a suspended machine's sleep is part of it. */
#ifndef JUDGE_WINDOW_H
#define JUDGE_WINDOW_H

#include "base/vec.h"
#include "model/snapshot.h"

#define WINDOW_SLOT_NS (INT64_C(600) * 1000000000)
#define WINDOW_SLOTS 6 /* an hour, the newest slot still growing */

/* How many latencies of one slot fell into one bucket: 8 buckets an octave, from 1 us on. */
struct window_bin {
	uint8_t slot; /* slot number modulo 256 */
	uint8_t bucket;
	uint16_t count; /* saturating */
};
/* Sorted by nothing, a handful of bins a slot; empty is all zero bytes. */
struct window {
	struct window_bin *at;
	uint16_t len, cap;
	bool used;
	int64_t newest; /* number of the newest slot */
};

void window_release(struct window *window);
void window_add(struct window *window, int64_t now_ns, int64_t latency_ns);
/* The latency that 95% did not pass in the last hour, within 6.25%; -1 without any. */
int64_t window_p95(const struct window *window, int64_t now_ns);

/* The newest cell is the slot that is under way. */
struct strip {
	int64_t slot;  /* its number; 0 before the first */
	bool measured; /* the newest cell holds an answer of its own, not the one before it */
	uint8_t cells[HISTORY_CELLS]; /* enum history_cell, oldest first */
};

/* Goes on to `slot`; the cells in between and the newest one become `fill`. */
void strip_advance(struct strip *strip, int64_t slot, enum history_cell fill);
/* An answer in the newest slot: the worst of a slot stays. */
void strip_put(struct strip *strip, enum history_cell cell);
/* The height for a latency against the service's own P95 (-1: none yet). */
enum history_cell strip_level(int64_t latency_ns, int64_t p95_ns);

#endif
