/* When each check is due, and how many may be under way. Pure: `now` in, due checks out. The
 * first round is due at once, the second is spread by hash(id) over the interval; a late run is
 * skipped and counted, never bursted. A check with a cron expression is due by the wall clock, and
 * goes by it when it jumps. */
#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

#include "model/fleet.h"

struct sched;
struct sched_limits {
	size_t young; /* in flight younger than young_ns */
	int64_t young_ns;
	size_t waiting; /* in flight and older */
	size_t per_host;
	size_t unresolved; /* names without a known address, in flight */
};
struct sched_limits sched_limits_default(void); /* 64, 250 ms, 4096, 16, 16 */

/* `limits` NULL: the default ones. */
struct sched *sched_new(const struct sched_limits *limits);
void sched_free(struct sched *sched);
/* Takes a fleet: new checks are due at `now`, kept ones keep their time, gone ones vanish. */
void sched_load(struct sched *sched, struct fleet *fleet, struct mono_time now);
/* What the wall clock shows at `mono`. Before the first load, and again as often as it may have jumped:
 * where it has, cron expressions are due anew, and what the jump passed over is skipped and counted. */
void sched_set_wall(struct sched *sched, struct mono_time mono, struct wall_time wall);
/* The next check to start now, or NULL; it counts as started. Call until NULL. */
const struct check *sched_next(struct sched *sched, struct mono_time now);
/* A started check is over: it frees its place and its next run is computed. */
void sched_done(struct sched *sched, uint64_t check_id, struct mono_time now);
/* When sched_next may have something again; INT64_MAX never (all wait for sched_done). */
struct mono_time sched_wake(const struct sched *sched, struct mono_time now);
/* No further run of this check until sched_hurry() (--once asks each check once). */
void sched_rest(struct sched *sched, uint64_t check_id);
/* Due at once (the key r, verify, retry of --once after `delay_ns`). */
void sched_hurry(struct sched *sched, uint64_t check_id, struct mono_time due);
/* It runs from now on only when it is hurried (--once asks once). */
void sched_rest(struct sched *sched, uint64_t check_id);
uint64_t sched_skipped(const struct sched *sched);

#endif
