/* Bytes of a log file, read in pieces of any size: the lines are those of one read, clean, numbered
 * without a gap, and no byte makes a time go back. */
#include "fuzz.h"

#include "base/scrub.h"
#include "logs/feed.h"

struct side {
	struct feed feed;
	struct batch batch;
	uint64_t number;
};

static const struct feed_context context = {.now = {INT64_C(1795262621) * NS_PER_S}};
static const struct wall_time written = {INT64_C(1795262000) * NS_PER_S};

static void side_init(struct side *side)
{
	feed_init(&side->feed);
	batch_init(&side->batch);
	side->number = 1;
}

static void side_release(struct side *side)
{
	feed_release(&side->feed);
	batch_release(&side->batch);
}

static void check_lines(const struct side *side)
{
	const struct batch *batch = &side->batch;
	int64_t order_ns = INT64_MIN;

	PROMISE(side->number == batch->lines.len + 1);
	for (size_t i = 0; i < batch->lines.len; i++) {
		const struct ring_line *line = &batch->lines.at[i];

		PROMISE(line->number == i);
		PROMISE(line->len <= LIMIT_LOG_LINE && line->message <= line->len);
		PROMISE(line->order_ns >= order_ns && line->order_ns <= context.now.ns);
		PROMISE(i > 0 || (line->flags & RING_CONTINUES) == 0);
		PROMISE(scrub_is_clean(batch->text.data + line->offset, line->len));
		order_ns = line->order_ns;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct side whole, pieces;
	const char *bytes = (const char *)data;

	side_init(&whole);
	side_init(&pieces);
	feed_bytes(&whole.feed, &context, written, bytes, size, &whole.number, &whole.batch);
	feed_flush(&whole.feed, &context, written, &whole.number, &whole.batch);
	for (size_t at = 0; at < size;) {
		size_t piece = 1 + data[at] % 61;

		if (piece > size - at)
			piece = size - at;
		feed_bytes(&pieces.feed, &context, written, bytes + at, piece, &pieces.number,
			   &pieces.batch);
		at += piece;
	}
	feed_flush(&pieces.feed, &context, written, &pieces.number, &pieces.batch);
	check_lines(&whole);
	check_lines(&pieces);
	PROMISE(whole.batch.text.len == pieces.batch.text.len);
	PROMISE(whole.batch.text.len == 0 ||
		memcmp(whole.batch.text.data, pieces.batch.text.data, whole.batch.text.len) == 0);
	side_release(&whole);
	side_release(&pieces);
	return 0;
}
