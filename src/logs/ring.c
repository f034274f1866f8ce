/* Blocks of lines. Invariant: serials are contiguous over the blocks, numbers and orders never
 * fall, so every search is a binary one. */
#include "logs/ring.h"

#include <string.h>

#define TEXT_FIRST 1024

void ring_init(struct ring *ring, size_t block_bytes)
{
	*ring = (struct ring){.block_bytes = block_bytes};
}

static void block_free(struct ring_block *block)
{
	vec_release(&block->lines);
	free(block->text);
	free(block);
}

void ring_release(struct ring *ring)
{
	for (size_t i = ring->head; i < ring->blocks.len; i++)
		block_free(ring->blocks.at[i]);
	vec_release(&ring->blocks);
}

static size_t block_bytes(const struct ring_block *block)
{
	return sizeof(*block) + block->cap + block->lines.cap * sizeof(*block->lines.at);
}

static struct ring_block *block_for(struct ring *ring, uint64_t number, size_t len)
{
	struct ring_block *block;

	if (ring->blocks.len > ring->head) {
		block = ring->blocks.at[ring->blocks.len - 1];
		/* Lines take room too: many short ones must not grow a block without end. */
		if (block->used + len + block->lines.len * sizeof(*block->lines.at) <=
			    ring->block_bytes &&
		    number - block->number <= UINT32_MAX)
			return block;
	}
	block = xcalloc(1, sizeof(*block));
	block->serial = ring->next;
	block->number = number;
	ring->bytes += block_bytes(block);
	vec_push(&ring->blocks, block);
	return block;
}

void ring_add(struct ring *ring, uint64_t number, const struct ring_line *line, const char *text)
{
	struct ring_block *block = block_for(ring, number, line->len);
	struct ring_line *added;

	ring->bytes -= block_bytes(block);
	if (block->used + line->len > block->cap) {
		size_t cap = block->cap == 0 ? TEXT_FIRST : block->cap * 2;

		while (cap < block->used + line->len)
			cap *= 2;
		block->text = xrealloc(block->text, cap);
		block->cap = cap;
	}
	added = vec_add(&block->lines);
	*added = *line;
	added->number = (uint32_t)(number - block->number);
	added->offset = (uint32_t)block->used;
	if (line->len > 0)
		memcpy(block->text + block->used, text, line->len);
	block->used += line->len;
	ring->bytes += block_bytes(block);
	ring->next++;
}

size_t ring_drop(struct ring *ring, void (*visit)(void *context, const struct ring_line *line),
		 void *context)
{
	struct ring_block *block;
	size_t count;

	if (ring->blocks.len - ring->head < 2)
		return 0;
	block = ring->blocks.at[ring->head++];
	count = block->lines.len;
	for (size_t i = 0; visit != NULL && i < count; i++)
		visit(context, &block->lines.at[i]);
	ring->first += count;
	ring->bytes -= block_bytes(block);
	block_free(block);
	if (ring->head > 64 && ring->head > ring->blocks.len / 2) {
		ring->blocks.len -= ring->head;
		memmove(ring->blocks.at, ring->blocks.at + ring->head,
			ring->blocks.len * sizeof(*ring->blocks.at));
		ring->head = 0;
	}
	return count;
}

/* The block that holds the serial, which is held. */
static struct ring_block *block_of(const struct ring *ring, uint64_t serial)
{
	size_t low = ring->head, high = ring->blocks.len - 1;

	while (low < high) {
		size_t middle = low + (high - low + 1) / 2;

		if (ring->blocks.at[middle]->serial <= serial)
			low = middle;
		else
			high = middle - 1;
	}
	return ring->blocks.at[low];
}

struct ring_line *ring_at(const struct ring *ring, uint64_t serial, const char **text,
			  uint64_t *number)
{
	struct ring_block *block;
	struct ring_line *line;

	if (serial < ring->first || serial >= ring->next)
		BUG("log line %llu is not held", (unsigned long long)serial);
	block = block_of(ring, serial);
	line = &block->lines.at[serial - block->serial];
	if (text != NULL)
		*text = block->text != NULL ? block->text + line->offset : "";
	if (number != NULL)
		*number = block->number + line->number;
	return line;
}

uint64_t ring_seek_number(const struct ring *ring, uint64_t number)
{
	uint64_t low = ring->first, high = ring->next;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2, have;

		ring_at(ring, middle, NULL, &have);
		if (have < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t ring_seek_order(const struct ring *ring, int64_t order_ns)
{
	uint64_t low = ring->first, high = ring->next;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (ring_at(ring, middle, NULL, NULL)->order_ns < order_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
