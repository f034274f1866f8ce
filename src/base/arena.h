/* Memory that is freed all at once: the owner of a config or a snapshot allocates from its
 * arena and frees the arena, never a part. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/base.h"

struct arena_block;
struct arena {
	struct arena_block *head;
	size_t bytes; /* handed out, for reports */
	bool bulk;
};

void arena_init(struct arena *arena);
/* For what may grow large and goes as a whole, such as a fleet and the node tree it is made from:
 * blocks come straight from the system, large ones in huge pages where it has some, and all of it
 * goes back when the arena is released. */
void arena_init_bulk(struct arena *arena);
void arena_release(struct arena *arena);
/* Zeroed and aligned for any type but long double and what is as large. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
void *arena_memdup(struct arena *arena, const void *bytes, size_t len);
char *arena_printf(struct arena *arena, const char *fmt, ...) BASE_PRINTF(2, 3);

#endif
