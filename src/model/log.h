/* Log lines as data: what the pipeline makes of bytes, what a scan finds, what the pane shows. */
#ifndef MODEL_LOG_H
#define MODEL_LOG_H

#include "base/clock.h"
#include "base/pattern.h"

enum log_level { LOG_UNKNOWN, LOG_TRACE, LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_FATAL, LOG_LEVEL_COUNT };
const char *log_level_name(enum log_level level);

/* One event: usually a line, or several that belong together (a traceback). */
struct log_line {
	uint64_t source;
	uint64_t number;        /* of its first line in the source, from 1 as far as we watched */
	struct wall_time time;  /* from the line itself, else when it was read */
	bool time_is_ours;      /* the line had none */
	enum log_level level;
	const char *text;       /* scrubbed, redacted; several lines are joined with \n */
	size_t len;
	size_t message;         /* where the message starts, behind time and level */
	bool cut;               /* was longer than LIMIT_LOG_LINE */
};

/* A pattern of the rules was seen. */
struct log_match {
	size_t pattern;         /* index into the pattern set */
	uint64_t source;
	uint64_t number;
	struct wall_time time;
	enum log_level level;   /* the line's own */
	bool settled;           /* of a document: a later line says that the same thing works */
	const char *text;       /* scrubbed line */
	size_t len;
	struct pattern_match captures; /* spans of text */
};

/* What the pane asks for (ui state), and what it gets (part of the snapshot). */
struct log_query {
	uint64_t service_id;
	bool follow;            /* anchor is the end */
	struct wall_time at;    /* else: the line at or after this time stands at `row` … */
	uint64_t anchor_source, anchor_number; /* … or this very line, where number != 0 */
	int row;                /* row of the anchor in the window, 0 = top */
	int scroll;             /* rows to move from the anchor, + = down */
	int rows;               /* height wanted, bounded by the caller */
	const char *filter_in;  /* regex or NULL */
	const char *filter_out;
	const char *search;     /* to count and highlight; NULL */
	enum log_level min_level; /* LOG_UNKNOWN = all */
};

struct log_window {
	const struct log_line *lines;
	size_t line_count;
	bool at_top, at_end;
	uint64_t total;         /* lines held for this service */
	uint64_t dropped;       /* lines that the ring had to give up */
	uint64_t filtered;      /* lines hidden by the filters */
	uint64_t search_hits;
	const char *error;      /* why there is nothing to show: a sentence, else NULL */
	const char *note;       /* "rotated 12:03:41", a bad filter's complaint; NULL */
	int failure_row;        /* row of the marker "failed here", -1 */
};

#endif
