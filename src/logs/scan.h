/* The search for the rules' patterns. Lines that are kept are scanned clean, as they are shown;
 * lines that are passed over (a file that grew by more than is held) are scanned raw, and only
 * those that hit are cleaned and asked again. */
#ifndef LOGS_SCAN_H
#define LOGS_SCAN_H

#include "logs/feed.h"

/* One scanning caller; `set` NULL: there are no patterns. The scratch is made when it is needed. */
struct scanner {
	struct pattern_set *set; /* a reference */
	struct pattern_scratch *scratch;
};
void scanner_release(struct scanner *scanner);
/* The batch's lines from an index on. */
void scan_lines(struct scanner *scanner, struct batch *batch, size_t from);
/* Whole raw lines, which are counted as skipped; `*number` goes up by their count. `ours` is the
 * time of a match whose line and the lines before it say none. */
void scan_skipped(struct scanner *scanner, struct feed *feed,
		  const struct feed_context *context, struct wall_time ours, const char *bytes,
		  size_t len, uint64_t *number, struct batch *batch);

#endif
