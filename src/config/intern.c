/* Equal strings once: open addressing over pointers into the arena, at most half full. */
#include "config/intern.h"

#include "base/digest.h"
#include "base/xalloc.h"

void interner_init(struct interner *interner, struct arena *arena)
{
	*interner = (struct interner){.arena = arena};
}

void interner_release(struct interner *interner)
{
	free(interner->slots);
	interner_init(interner, interner->arena);
}

static size_t slot_of(const struct interner *interner, const char *text, size_t len)
{
	size_t slot = (size_t)digest_fast(text, len) & (interner->cap - 1);

	while (interner->slots[slot] != NULL && (strncmp(interner->slots[slot], text, len) != 0 ||
						 interner->slots[slot][len] != '\0'))
		slot = (slot + 1) & (interner->cap - 1);
	return slot;
}

static void grow(struct interner *interner)
{
	struct interner old = *interner;

	interner->cap = old.cap != 0 ? old.cap * 2 : 256;
	interner->slots = xcalloc(interner->cap, sizeof(*interner->slots));
	for (size_t i = 0; i < old.cap; i++) {
		if (old.slots[i] != NULL)
			interner->slots[slot_of(interner, old.slots[i], strlen(old.slots[i]))] =
				old.slots[i];
	}
	free(old.slots);
}

const char *intern_len(struct interner *interner, const char *text, size_t len)
{
	size_t slot;

	if (interner->len * 2 >= interner->cap)
		grow(interner);
	slot = slot_of(interner, text, len);
	if (interner->slots[slot] == NULL) {
		interner->slots[slot] = arena_strndup(interner->arena, text, len);
		interner->len++;
	}
	return interner->slots[slot];
}

const char *intern(struct interner *interner, const char *text)
{
	return intern_len(interner, text, strlen(text));
}
