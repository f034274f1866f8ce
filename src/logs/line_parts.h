/* What line.c puts together: readers of the parts of a log line. All are pure, take bytes that
 * need no NUL at their end, and answer with the bytes consumed, 0 for "not one of mine". */
#ifndef LOGS_LINE_PARTS_H
#define LOGS_LINE_PARTS_H

#include "base/clock.h"
#include "model/log.h"

/* What completes a time that says less than all. */
struct line_clock {
	struct wall_time now;
	int utc_offset_s;
};

/* A time stamp at the start of `text`, with the brackets around it. */
size_t line_stamp(const char *text, size_t len, const struct line_clock *clock,
		  struct wall_time *out);
/* The stamp of an access log (`[21/Nov/2026:12:03:41 +0000]`) anywhere in the line. */
bool line_access_stamp(const char *text, size_t len, const struct line_clock *clock,
		       struct wall_time *out);
/* Seconds, ms, us or ns since 1970, by their size; the whole of `text` is the number. */
bool line_epoch(const char *text, size_t len, struct wall_time *out);

/* A level word that is the whole of `text`, in any case. */
enum log_level line_level_word(const char *text, size_t len);
/* A level near the start of `text`: consumed up to its end. `*level` is set where it is found. */
size_t line_level_find(const char *text, size_t len, enum log_level *level);
/* What a line without a level word says by its form: an access line's status, a traceback. */
enum log_level line_level_guess(const char *text, size_t len);

/* Time and level of a JSON object or a logfmt line; false where it is neither. */
bool line_fields(const char *text, size_t len, const struct line_clock *clock,
		 struct log_line *line);

#endif
