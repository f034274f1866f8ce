/* The words that a line must have for an expression to match in it: a set of literals of which at
 * least one is in every match. Looking for a thousand words at once is what block scanners are
 * fastest at, to compile and to scan. */
#ifndef BASE_PATTERN_LITERALS_H
#define BASE_PATTERN_LITERALS_H

#include "base/arena.h"

#define LITERALS_MAX 64 /* in one set */
#define LITERAL_SHORTEST 3

struct literal {
	const char *bytes; /* in the arena */
	size_t len;
	bool caseless; /* of its ASCII letters */
};
struct literals {
	struct literal at[LITERALS_MAX];
	size_t len;
};

/* Reads the set off `regex` (PCRE2 syntax, `flags` of pattern_new). False where there is none that
 * is worth looking for, or the expression has something that this reader does not know. */
bool pattern_literals(struct literals *out, const char *regex, unsigned flags, struct arena *arena);

#endif
