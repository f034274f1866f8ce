/* Memory that is freed all at once: a list of blocks that double up to 64 KB. See arena.h. */
#include "base/arena.h"

#include "base/xalloc.h"

#include <stdalign.h>
#include <stdarg.h>
#include <sys/mman.h>

/* Most of what lies in arenas is short text and small nodes: 16 would waste a sixth of a large
 * fleet. */
#define ARENA_ALIGN 8
#define BLOCK_MIN 1024
#define BLOCK_MAX 65536
#define BULK_MIN (256u << 10)
#define BULK_MAX (4u << 20)
#define HUGE_PAGE (2u << 20)
#define PAGES (64u << 10) /* whole pages on every machine */

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

void arena_init_bulk(struct arena *arena)
{
	*arena = (struct arena){.bulk = true};
}

void arena_release(struct arena *arena)
{
	struct arena_block *block = arena->head;

	while (block != NULL) {
		struct arena_block *next = block->next;

		if (arena->bulk)
			(void)munmap(block, block->size + sizeof(*block));
		else
			free(block);
		block = next;
	}
	*arena = (struct arena){.bulk = arena->bulk};
}

/* Large blocks lie on the bounds of huge pages: page faults were a fifth of the loading of a
 * large fleet. */
static void *bulk_new(size_t size)
{
	size_t slack = size >= HUGE_PAGE ? HUGE_PAGE : 0;
	char *memory = mmap(NULL, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	size_t before;

	if (memory == MAP_FAILED)
		BUG("out of memory");
	if (slack == 0)
		return memory;
	before = -(uintptr_t)memory & (HUGE_PAGE - 1);
	if (before != 0)
		(void)munmap(memory, before);
	if (slack != before)
		(void)munmap(memory + before + size, slack - before);
	(void)madvise(memory + before, size, MADV_HUGEPAGE);
	return memory + before;
}

static struct arena_block *block_add(struct arena *arena, size_t need)
{
	size_t least = arena->bulk ? BULK_MIN : BLOCK_MIN;
	size_t most = arena->bulk ? BULK_MAX : BLOCK_MAX;
	size_t size = arena->head != NULL ? (arena->head->size + sizeof(struct arena_block)) * 2
					  : least;
	struct arena_block *block;

	if (size > most)
		size = most;
	if (size < need + sizeof(*block))
		size = need + sizeof(*block);
	if (arena->bulk)
		size = (size + PAGES - 1) & ~(size_t)(PAGES - 1);
	block = arena->bulk ? bulk_new(size) : xmalloc(size);
	*block = (struct arena_block){.next = arena->head, .size = size - sizeof(*block)};
	arena->head = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t aligned = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
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
	char small[256];
	char *copy;
	int len;

	va_start(args, fmt);
	len = vsnprintf(small, sizeof(small), fmt, args);
	va_end(args);
	if (len < 0)
		BUG("bad format: %s", fmt);
	if ((size_t)len < sizeof(small))
		return arena_strndup(arena, small, (size_t)len);
	copy = arena_alloc(arena, (size_t)len + 1);
	va_start(args, fmt);
	(void)vsnprintf(copy, (size_t)len + 1, fmt, args);
	va_end(args);
	return copy;
}
