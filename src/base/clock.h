/* Time, in types that cannot be mixed up. The only file that reads a clock is clock.c;
 * everything else is given `now`. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/strbuf.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

struct mono_time {
	int64_t ns; /* CLOCK_MONOTONIC: schedules and durations */
};
struct wall_time {
	int64_t ns; /* since 1970-01-01T00:00:00Z; 0 = not known */
};

struct mono_time clock_mono(void);
struct wall_time clock_wall(void);
/* CLOCK_BOOTTIME - CLOCK_MONOTONIC in ns: it grows while the machine sleeps. */
int64_t clock_suspended_ns(void);
/* Offset of local time from UTC in seconds at `at` (TZ as set). */
int clock_utc_offset(struct wall_time at);

/* A calendar date and time; no leap seconds, proleptic Gregorian. */
struct civil_time {
	int year, month, day; /* month 1..12, day 1..31 */
	int hour, minute, second;
	int weekday; /* 0 = Sunday */
	int64_t nanosecond;
};
struct civil_time civil_from_wall(struct wall_time at, int utc_offset_s);
struct wall_time civil_to_wall(const struct civil_time *civil, int utc_offset_s);
/* RFC 3339 in UTC, whole seconds ("2026-11-21T12:03:41Z"), or with milliseconds. */
void wall_format(struct strbuf *out, struct wall_time at, bool milliseconds);
/* RFC 3339 / ISO 8601 with 'T' or blank, optional fraction (., or ,), optional offset (then
 * `default_offset_s`). Returns the bytes consumed, 0 where there is no such time. */
size_t wall_parse(const char *text, size_t len, int default_offset_s, struct wall_time *out);

#endif
