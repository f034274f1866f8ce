/* Equal strings once: a fleet repeats its groups, paths and methods thousands of times. */
#ifndef CONFIG_INTERN_H
#define CONFIG_INTERN_H

#include "base/arena.h"

struct interner {
	struct arena *arena; /* where the strings live; outlives the interner */
	const char **slots;
	size_t cap; /* a power of two, or 0 */
	size_t len;
};

void interner_init(struct interner *interner, struct arena *arena);
void interner_release(struct interner *interner);
/* The one copy of this text. */
const char *intern(struct interner *interner, const char *text);
const char *intern_len(struct interner *interner, const char *text, size_t len);

#endif
