/* Memory that is freed all at once: a list of blocks that double up to 64 KB. See arena.h. */
#include "base/arena.h"

#include "base/xalloc.h"

#include <stdalign.h>
#include <stdarg.h>

#define BLOCK_MIN 1024
#define BLOCK_MAX 65536

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

void arena_release(struct arena *arena)
{
	struct arena_block *block = arena->head;

	while (block != NULL) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena_init(arena);
}

static struct arena_block *block_add(struct arena *arena, size_t need)
{
	size_t size = arena->head != NULL ? arena->head->size * 2 : BLOCK_MIN;
	struct arena_block *block;

	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	if (size < need)
		size = need;
	block = xmalloc(sizeof(*block) + size);
	*block = (struct arena_block){.next = arena->head, .size = size};
	arena->head = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t aligned = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct arena_block *block = arena->head;
	void *memory;

	if (aligned < size)
		BUG("arena object of %zu bytes", size);
	if (block == NULL || block->size - block->used < aligned)
		block = block_add(arena, aligned);
	memory = block->bytes + block->used;
	block->used += aligned;
	arena->bytes += aligned;
	return memset(memory, 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		BUG("arena array of %zu x %zu bytes", count, size);
	return arena_alloc(arena, bytes);
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (len != 0)
		memcpy(copy, text, len);
	return copy;
}

void *arena_memdup(struct arena *arena, const void *bytes, size_t len)
{
	void *copy = arena_alloc(arena, len);

	if (len != 0)
		memcpy(copy, bytes, len);
	return copy;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args;
	char *text = NULL;
	char *copy;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		BUG("out of memory");
	va_end(args);
	copy = arena_strdup(arena, text);
	free(text);
	return copy;
}
