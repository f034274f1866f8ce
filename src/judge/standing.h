/* From the states of its checks to the state of a service. Pure. */
#ifndef JUDGE_STANDING_H
#define JUDGE_STANDING_H

#include "model/fleet.h"
#include "model/state.h"

/* How one check stands. */
struct check_standing {
	const struct check *check;
	enum check_state state; /* CHECK_PENDING: no answer yet */
	bool stale;		/* its answer is too old to count */
	int recent_fails;	/* of the last SERIES_RECENT, though it never fell */
};

struct service_standing {
	enum service_state state;
	size_t decides; /* index of the check that made it so; `count` where none did */
	size_t others;	/* how many more are as bad */
	int passing, total;
	/* Instances: how many are well of how many; total 0 where the service has none. */
	int instances_well, instances_total, instances_wanted;
};

/* `known`: every check has answered before, so that one that is new to the service (a reload) does
 * not take it back to PENDING. */
void service_judge(const struct service *service, const struct check_standing *checks, size_t count,
		   bool known, struct service_standing *standing);
/* What one check alone makes of its service. */
enum service_state check_weight(const struct check_standing *standing);

#endif
