/* One regular expression (PCRE2 with JIT, RE syntax of pcre2pattern(3)). Subjects are bytes
 * from strangers: invalid UTF-8 matches as far as it can, long subjects are cut at
 * LIMIT_PATTERN_SUBJECT, and a pattern that runs into LIMIT_PATTERN_MATCH gives up. */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include "base/strbuf.h"

enum pattern_flags {
	PATTERN_CASELESS = 1 << 0,
	PATTERN_LITERAL = 1 << 1,
	PATTERN_BODY = 1 << 2, /* for whole response bodies: cut at LIMIT_BODY instead */
	PATTERN_PLAIN = 1 << 3, /* no machine code (some 4 KB): for one that is hardly ever asked */
};
#define PATTERN_GROUPS 16

struct span {
	size_t start, end; /* bytes of the subject; start == end == SIZE_MAX: not taken part */
};
struct pattern_match {
	size_t groups; /* groups filled, [0] is the whole match */
	struct span group[PATTERN_GROUPS];
};

struct pattern;
/* NULL where it does not compile; `err` gets "…: message at offset N". */
struct pattern *pattern_new(const char *regex, unsigned flags, struct strbuf *err);
/* The same pattern once more, with machine code. */
struct pattern *pattern_fast_copy(const struct pattern *pattern);
void pattern_free(struct pattern *pattern);
/* Finds the first match at or after `from`: 1 = found, 0 = not, -1 = gave up at the limit.
 * `match` may be NULL. Safe to share between threads. */
int pattern_find(const struct pattern *pattern, const char *subject, size_t len, size_t from,
		 struct pattern_match *match);
/* The same with memory for one match at a time, for callers that match often; it fits every
 * pattern and belongs to one thread. */
struct pattern_room;
struct pattern_room *pattern_room_new(void);
void pattern_room_free(struct pattern_room *room);
int pattern_find_in(const struct pattern *pattern, struct pattern_room *room, const char *subject,
		    size_t len, size_t from, struct pattern_match *match);
const char *pattern_text(const struct pattern *pattern);
/* The number of the group called `name`, or -1. */
int pattern_group(const struct pattern *pattern, const char *name);
/* How many groups there are, the whole match included; past PATTERN_GROUPS they are not filled. */
size_t pattern_group_count(const struct pattern *pattern);
const char *pattern_group_name(const struct pattern *pattern, size_t group); /* or NULL */

#endif
