/* When a cron expression is due. See cron.h. */
#include "model/cron.h"

#define MINUTE (60 * NS_PER_S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
/* Two leap years are at most eight years apart. */
#define SEARCHED (9 * 366 * DAY)
/* No clock jumps further. */
#define JUMP_MOST (3 * HOUR)

static int64_t offset_ns(const struct cron *cron, int64_t at)
{
	size_t low = 0, high = cron->shift_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (cron->shifts[middle].from.ns > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low != 0 ? cron->shifts[low - 1].offset_s * NS_PER_S : 0;
}

static bool day_fits(const struct cron *cron, const struct civil_time *at)
{
	bool day = (cron->days >> at->day & 1) != 0;
	bool weekday = (cron->weekdays >> at->weekday & 1) != 0;

	return (cron->months >> at->month & 1) != 0 &&
	       (cron->either_day ? day || weekday : day && weekday);
}

/* How far it is to the next minute that is worth a look: 0 where this one fits. */
static int64_t skip(const struct cron *cron, const struct civil_time *at)
{
	if (!day_fits(cron, at))
		return at->hour < 20 ? (20 - at->hour) * HOUR - at->minute * MINUTE
				     : HOUR - at->minute * MINUTE;
	if ((cron->hours >> at->hour & 1) == 0)
		return HOUR - at->minute * MINUTE;
	if ((cron->minutes >> at->minute & 1) == 0)
		return MINUTE;
	return 0;
}

/* The first fitting minute at or after `from`, up to `until`. `zoned`: by the zone's clock, else by a
 * clock that never jumps. */
static int64_t find(const struct cron *cron, int64_t from, int64_t until, bool zoned)
{
	int64_t at = from - ((from % MINUTE) + MINUTE) % MINUTE;

	if (at < from)
		at += MINUTE;
	while (at < until) {
		int64_t offset = zoned ? offset_ns(cron, at) : 0;
		struct civil_time civil = civil_from_wall((struct wall_time){at + offset}, 0);
		int64_t step = skip(cron, &civil);

		if (step == 0)
			return at;
		at += step;
	}
	return INT64_MAX;
}

/* When the zone's clock shows `local`: the first of two moments, and what a jump leaves out as if the
 * clock had not jumped. */
static int64_t moment_of(const struct cron *cron, int64_t local)
{
	int64_t before = offset_ns(cron, local - DAY), after = offset_ns(cron, local + DAY);

	if (offset_ns(cron, local - before) != before && offset_ns(cron, local - after) == after)
		return local - after;
	return local - before;
}

struct wall_time cron_next(const struct cron *cron, struct wall_time after)
{
	int64_t local, at = after.ns;

	if (cron->every_hour || cron->shift_count == 0)
		return (struct wall_time){find(cron, after.ns + 1, after.ns + SEARCHED, true)};
	local = after.ns + offset_ns(cron, after.ns) - JUMP_MOST;
	while (at <= after.ns) {
		local = find(cron, local + 1, after.ns + SEARCHED, false);
		if (local == INT64_MAX)
			return (struct wall_time){INT64_MAX};
		at = moment_of(cron, local);
	}
	return (struct wall_time){at};
}

int64_t cron_two_ns(const struct cron *cron, struct wall_time at)
{
	struct wall_time next = cron_next(cron, at);

	if (next.ns != INT64_MAX)
		next = cron_next(cron, next);
	return next.ns != INT64_MAX ? next.ns - at.ns : SEARCHED;
}
