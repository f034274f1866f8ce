/* Where the rules' patterns were seen in one case: in log lines (scanned before, by logs/) and in
 * the texts among the facts (bodies, messages: scanned here). */
#ifndef DIAGNOSE_HITS_H
#define DIAGNOSE_HITS_H

#include "diagnose/rule.h"

#define HITS_MAX 1000

struct hit {
	size_t pattern;
	const char *text; /* the line */
	size_t len;
	const struct pattern_match *captures; /* spans of text */
	const struct case_log *log;	      /* NULL: a text among the facts */
	size_t scope;			      /* of that text; else 0 */
	bool harmless;			      /* a line that looks alarming and is not */
	double worth;			      /* 1; less for what it says of itself, or its age */
	const char *why;		      /* it counts less; NULL */
};
struct hits {
	const bool *seen; /* by pattern: it has a hit */
	struct VEC_OF(struct hit) list;
};

void hits_collect(struct hits *hits, const struct ruleset *rules, const struct case_file *file,
		  const struct facts *facts);
void hits_release(struct hits *hits);
/* Both quote the same line. */
bool hit_same_line(const struct hit *a, const struct hit *b);

#endif
