/* Many short texts in a block of bytes at once: where any of them is. The fast half of a pattern
 * set; immutable once made, and shared between threads. */
#ifndef BASE_LITERAL_SEARCH_H
#define BASE_LITERAL_SEARCH_H

#include "base/pattern_literals.h"

struct literal_search;
/* Searches for all texts of `lists[0..count)`; a list is known by its index. */
struct literal_search *literal_search_new(const struct literals *lists, size_t count);
void literal_search_free(struct literal_search *search);
/* Calls `found` for each place of each text, with the index of its list and the offset of a byte
 * of it; offsets of two bytes apart or more ascend, so lines do. `found` answers false to stop. */
void literal_search_run(const struct literal_search *search, const char *bytes, size_t len,
			bool (*found)(void *context, size_t list, size_t offset), void *context);

#endif
