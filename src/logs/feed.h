/* Raw bytes of one file -> clean lines in a batch. Runs in a worker job; knows no ring, no file
 * and no service. */
#ifndef LOGS_FEED_H
#define LOGS_FEED_H

#include "base/limits.h"
#include "base/pattern_set.h"
#include "base/redact.h"
#include "base/vec.h"
#include "logs/line.h"
#include "logs/ring.h"

/* A pattern's match in a line of the batch, or in one that was only scanned. */
struct batch_match {
	size_t pattern;
	uint64_t number;
	int64_t time_ns;
	enum log_level level;
	size_t offset, len; /* of the line, in the batch's text … */
	bool skipped;       /* … or, for lines that are not kept, in its match_text */
	struct pattern_match captures;
};

/* What one file gave in one sweep. */
struct batch {
	struct strbuf text; /* clean lines, each with its newline: one block for the scanner */
	struct VEC_OF(struct ring_line) lines; /* offset in `text`, number above `number` */
	uint64_t number;    /* of the first line */
	uint64_t skipped;   /* lines that were scanned but not kept */
	struct VEC_OF(struct batch_match) matches;
	struct strbuf match_text; /* lines of matches in skipped parts */
};
#define BATCH_TEXT_MAX (64u << 20)
void batch_init(struct batch *batch);
void batch_release(struct batch *batch);

/* What all lines of a sweep share; borrowed. */
struct feed_context {
	const struct redactor *redactor; /* NULL: nothing to hide */
	struct wall_time now;
	int utc_offset_s;
};

/* Between two reads of one file. */
struct feed {
	struct strbuf partial;  /* a line whose end has not come; at most LIMIT_LOG_LINE */
	bool cutting;           /* the rest of that line is dropped */
	struct line_joint joint;
	bool live;              /* what comes was written just now, not before we watched */
	int64_t time_ns;        /* of the newest line that said one; 0 none did */
	int64_t order_ns;
	struct strbuf clean, scratch;
};
void feed_init(struct feed *feed);
void feed_release(struct feed *feed);
/* Takes bytes as they were read; whole lines go to the batch, the rest waits. `*number` is the
 * number of the next line of the source. `ours` is for lines that say no time: when they were read
 * (live), else when the file was last written, unless a line before them said one. */
void feed_bytes(struct feed *feed, const struct feed_context *context, struct wall_time ours,
		const char *bytes, size_t len, uint64_t *number, struct batch *batch);
/* The waiting rest becomes a line: the file ended, or it has waited long enough. */
void feed_flush(struct feed *feed, const struct feed_context *context, struct wall_time ours,
		uint64_t *number, struct batch *batch);
/* Cleans one line: no control bytes, no colours, no secrets; of one that is cut, or gets too long, not the
 * beginning of one either. */
void feed_clean(struct feed *feed, const struct feed_context *context, const char *bytes,
		size_t len, bool cut, struct strbuf *out);

#endif
