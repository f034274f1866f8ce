/* Snapshots for tests of ui/ and view/, built by hand: the same every time, with everything that a
 * screen can show. */
#ifndef TESTS_FIXTURE_SNAPSHOT_H
#define TESTS_FIXTURE_SNAPSHOT_H

#include "model/snapshot.h"

enum fixture_kind {
	FIXTURE_NEXUS, /* one down, its victim, one degraded, one unknown, the rest up */
	FIXTURE_HEALTHY,
	FIXTURE_PENDING, /* nobody has answered yet */
	FIXTURE_EMPTY,	 /* a fleet without services */
	FIXTURE_WIDE,	 /* names and reasons in CJK, with combining marks and emoji */
	FIXTURE_OUTAGE,	 /* all down, stale data, a banner */
	FIXTURE_LARGE,	 /* five hundred services */
	FIXTURE_COUNT
};
/* One reference. */
struct snapshot *fixture_snapshot(enum fixture_kind kind);
/* `count` services in states that a seed decides; names may be odd. */
struct snapshot *fixture_random(unsigned seed, size_t count);
/* The same fleet `seconds` later; only the clocks have moved. */
void fixture_later(struct snapshot *snapshot, int64_t seconds);
/* Fills snapshot->logs as logs/ would, from sixty lines around the failure. */
void fixture_logs(struct snapshot *snapshot, const struct log_query *query);
struct wall_time fixture_now(void);

#endif
