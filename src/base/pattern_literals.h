/* What a regular expression cannot match without: literal texts, for a fast search that says which
 * lines are worth asking the expression about. */
#ifndef BASE_PATTERN_LITERALS_H
#define BASE_PATTERN_LITERALS_H

#include "base/base.h"

#define LITERAL_BYTES 24
#define LITERALS_MAX 48

struct literal {
	unsigned char len;
	char bytes[LITERAL_BYTES];
};
struct literals {
	size_t len;
	size_t worth;  /* how rare these are in logs, to choose between several lists */
	bool caseless; /* in ASCII */
	struct literal at[LITERALS_MAX];
};

/* Texts of at least two bytes, none with a newline, of which one at least is in every line that
 * `regex` (which compiles) matches. False where none are known. */
bool pattern_literals(struct literals *out, const char *regex, unsigned flags);

#endif
