/* Times as crontab(5) writes them, compiled. All within a zone whose clocks may jump: a time that a
 * jump leaves out is due when it would have been without the jump, a time that comes twice is due
 * once; with `*` in the field of hours the hours themselves count, so that "every 5 minutes" stays so. */
#ifndef MODEL_CRON_H
#define MODEL_CRON_H

#include "base/clock.h"

/* From here on a zone is this far from UTC. */
struct zone_shift {
	struct wall_time from;
	int offset_s;
};

struct cron {
	const char *text;    /* as written */
	uint64_t minutes;    /* a bit each, as below */
	uint32_t hours;
	uint32_t days;       /* of the month, 1..31 */
	uint16_t months;     /* 1..12 */
	uint8_t weekdays;    /* 0 = Sunday */
	bool every_hour;     /* the field is a star */
	/* Where neither begins with a star, one of both suffices (crontab(5)). */
	bool either_day;
	const struct zone_shift *shifts; /* oldest first; none: UTC */
	size_t shift_count;
};

/* The first due time after `after`; INT64_MAX where there is none in the next nine years. */
struct wall_time cron_next(const struct cron *cron, struct wall_time after);
/* Until the next but one is due: an answer of `at` is good for so long. */
int64_t cron_two_ns(const struct cron *cron, struct wall_time at);

#endif
