/* One check over time: which state it is in after `rise` and `fall`, whether it flaps, whether it
 * fails now and then, and the median of its last latencies. A fixed number of bytes. */
#ifndef JUDGE_SERIES_H
#define JUDGE_SERIES_H

#include "base/base.h"
#include "model/state.h"

#define SERIES_FLAP_SAMPLES 21
#define SERIES_FLAP_ON 20 /* per cent of changes above which it flaps */
#define SERIES_FLAP_OFF 5 /* … and below which it does not any more */
#define SERIES_RECENT 30
#define SERIES_RECENT_FAILS 6 /* 20% of them */
#define SERIES_LATENCIES 5

struct series {
	uint8_t state; /* enum check_state; CHECK_PENDING before the first result */
	uint8_t last;  /* the newest result */
	bool flapping;
	uint8_t flap_len;
	uint8_t latency_len, latency_at;
	/* Results in a row, saturating; an unknown one interrupts none of them. */
	uint16_t fails, not_pass, passes, not_fail, unknowns;
	uint32_t streak; /* equal results in a row */
	uint32_t recent; /* a bit a result since it last recovered, newest lowest: 1 = failed */
	uint64_t flap_states; /* 2 bits a result, newest lowest */
	uint32_t latency_us[SERIES_LATENCIES];
};

void series_init(struct series *series);
/* Takes a result (never CHECK_PENDING). True where the state changed. The first result decides
 * at once; later ones need `fall` in a row for the worse and `rise` for the better. */
bool series_feed(struct series *series, enum check_state result, int fall, int rise);
void series_add_latency(struct series *series, int64_t latency_ns);
/* Median of the last five in ns; -1 where there is none. */
int64_t series_median(const struct series *series);
/* How many of the last 30 results failed though `fall` was never reached. */
int series_recent_fails(const struct series *series);

#endif
