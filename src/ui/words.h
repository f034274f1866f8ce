/* Times, ages and states as the screens word them. Ages tick coarsely, since each tick costs
 * bytes on a slow line and moves the eye: whole minutes, and steps of ten seconds only for
 * young troubles and where there are few of them. */
#ifndef UI_WORDS_H
#define UI_WORDS_H

#include "model/snapshot.h"
#include "model/theme.h"

enum age_step {
	AGE_FINE,  /* 10 s steps below 10 minutes: "<10s", "40s", "4m10s", "14m", "1h4m" */
	AGE_COARSE /* whole minutes: "<1m", "4m", "1h4m" */
};
void age_words(struct strbuf *out, int64_t age_ns, enum age_step step);
/* From `since` to the snapshot's now; "–" where it is not known. */
void since_format(struct strbuf *out, const struct snapshot *snapshot, struct wall_time since,
		  bool at_least, enum age_step step);
/* The step for a row of the table: fine for problems, as long as they are few. */
enum age_step age_step_of(const struct snapshot *snapshot, const struct service_row *row);

/* "12:03:41" / "12:03" */
void clock_format(struct strbuf *out, struct wall_time at, int utc_offset_s, bool seconds);
/* " UTC", " +02:00" */
void zone_format(struct strbuf *out, int utc_offset_s);
/* "12ms", "–" for -1 */
void latency_words(struct strbuf *out, int64_t ns);

enum style service_style(enum service_state state);
enum style tile_style(enum service_state state);
enum style check_style(enum check_state state);
const char *check_glyph(enum check_state state);
enum style level_style(enum log_level level);
/* At most five cells: "warn", "error"; "" for unknown. */
const char *level_word(enum log_level level);
/* The marks of a row, joined by ", "; "" for none. */
void marks_format(struct strbuf *out, unsigned marks);

/* How old the newest answer is, in ns; -1 where there is none yet. */
int64_t data_age(const struct snapshot *snapshot);
/* The data is older than the fleet's interval can explain. */
bool data_is_stale(const struct snapshot *snapshot);
/* "← voice, redis" / "← 3 others" of a row that another one brought down; "" else. */
void cause_format(struct strbuf *out, const struct snapshot *snapshot,
		  const struct service_row *row);

#endif
