/* Histograms and strips; see window.h. Bins of slots that left the hour are dropped when the next
 * slot begins, so a window never holds more than six slots' bins. */
#include "judge/window.h"

#include "base/clock.h"

#define BUCKETS 256
#define BINS_MAX 4096
/* What is nearer to the usual than this is the network's noise, not news. */
#define NOISE_NS (2 * NS_PER_MS)

void window_release(struct window *window)
{
	free(window->at);
	*window = (struct window){0};
}

static uint8_t bucket_of(int64_t latency_ns)
{
	uint64_t us = latency_ns > 0 ? (uint64_t)latency_ns / NS_PER_US : 0;
	unsigned octave, bucket;

	if (us < 8)
		return (uint8_t)us;
	octave = 63u - (unsigned)__builtin_clzll(us);
	bucket = (octave - 2) * 8 + (unsigned)((us >> (octave - 3)) & 7);
	return bucket < BUCKETS ? (uint8_t)bucket : BUCKETS - 1;
}

/* The middle of a bucket in ns. */
static int64_t bucket_middle(unsigned bucket)
{
	unsigned shift = bucket / 8;

	if (bucket < 8)
		return (int64_t)bucket * NS_PER_US;
	shift -= 1;
	return ((int64_t)(8 + bucket % 8) * 2 + 1) * (INT64_C(1) << shift) * NS_PER_US / 2;
}

static bool in_hour(const struct window *window, const struct window_bin *bin, int64_t slot)
{
	int64_t age = slot - window->newest + (uint8_t)((uint8_t)window->newest - bin->slot);

	return age >= 0 && age < WINDOW_SLOTS;
}

static void drop_old(struct window *window, int64_t slot)
{
	uint16_t kept = 0;

	for (uint16_t i = 0; i < window->len; i++)
		if (in_hour(window, &window->at[i], slot))
			window->at[kept++] = window->at[i];
	window->len = kept;
}

void window_add(struct window *window, int64_t now_ns, int64_t latency_ns)
{
	int64_t slot = now_ns / WINDOW_SLOT_NS;
	uint8_t bucket = bucket_of(latency_ns);

	if (!window->used || slot != window->newest) {
		if (window->used)
			drop_old(window, slot);
		window->newest = slot;
		window->used = true;
	}
	for (uint16_t i = window->len; i > 0; i--) {
		struct window_bin *bin = &window->at[i - 1];

		if (bin->slot == (uint8_t)slot && bin->bucket == bucket) {
			if (bin->count < UINT16_MAX)
				bin->count++;
			return;
		}
	}
	if (window->len == window->cap) {
		if (window->cap >= BINS_MAX)
			return;
		window->cap = (uint16_t)(window->cap < 8 ? 8 : window->cap + window->cap / 2);
		window->at = xreallocarray(window->at, window->cap, sizeof(*window->at));
	}
	window->at[window->len++] =
		(struct window_bin){.slot = (uint8_t)slot, .bucket = bucket, .count = 1};
}

int64_t window_p95(const struct window *window, int64_t now_ns)
{
	int64_t slot = now_ns / WINDOW_SLOT_NS;
	uint32_t counts[BUCKETS] = {0};
	uint64_t total = 0, passed = 0;
	unsigned lowest = BUCKETS, highest = 0;

	for (uint16_t i = 0; i < window->len; i++) {
		const struct window_bin *bin = &window->at[i];

		if (!in_hour(window, bin, slot))
			continue;
		counts[bin->bucket] += bin->count;
		total += bin->count;
		lowest = bin->bucket < lowest ? bin->bucket : lowest;
		highest = bin->bucket > highest ? bin->bucket : highest;
	}
	if (total == 0)
		return -1;
	for (unsigned b = lowest; b < highest; b++) {
		passed += counts[b];
		if (passed * 20 >= total * 19)
			return bucket_middle(b);
	}
	return bucket_middle(highest);
}

void strip_advance(struct strip *strip, int64_t slot, enum history_cell fill)
{
	int64_t ahead = slot - strip->slot;
	size_t move;

	if (ahead <= 0)
		return;
	move = ahead < HISTORY_CELLS ? (size_t)ahead : HISTORY_CELLS;
	memmove(strip->cells, strip->cells + move, HISTORY_CELLS - move);
	memset(strip->cells + HISTORY_CELLS - move, (int)fill, move);
	strip->slot = slot;
	strip->measured = false;
}

static int cell_rank(enum history_cell cell)
{
	static const int ranks[] = {
		[HISTORY_NONE] = 0,    [HISTORY_LEVEL1] = 1, [HISTORY_LEVEL2] = 2,
		[HISTORY_LEVEL3] = 3,  [HISTORY_LEVEL4] = 4, [HISTORY_DEGRADED] = 5,
		[HISTORY_UNKNOWN] = 6, [HISTORY_FAIL] = 7,
	};

	return ranks[cell];
}

void strip_put(struct strip *strip, enum history_cell cell)
{
	uint8_t *newest = &strip->cells[HISTORY_CELLS - 1];

	if (!strip->measured || cell_rank(cell) > cell_rank((enum history_cell) * newest))
		*newest = (uint8_t)cell;
	strip->measured = true;
}

enum history_cell strip_level(int64_t latency_ns, int64_t p95_ns)
{
	if (p95_ns < 0 || latency_ns <= p95_ns + p95_ns / 4 || latency_ns <= p95_ns + NOISE_NS)
		return HISTORY_LEVEL1;
	if (latency_ns <= p95_ns * 2)
		return HISTORY_LEVEL2;
	if (latency_ns <= p95_ns * 4)
		return HISTORY_LEVEL3;
	return HISTORY_LEVEL4;
}
