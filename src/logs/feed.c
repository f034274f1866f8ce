/* The splitter and cleaner. Invariant: every byte read belongs to exactly one line of a batch, to
 * the waiting rest, or to the dropped tail of a line that was too long. */
#include "logs/feed.h"

#include "base/scrub.h"

#include <string.h>

void batch_init(struct batch *batch)
{
	*batch = (struct batch){.number = 0};
	strbuf_init(&batch->text, BATCH_TEXT_MAX);
	strbuf_init(&batch->match_text, BATCH_TEXT_MAX);
}

void batch_release(struct batch *batch)
{
	strbuf_release(&batch->text);
	strbuf_release(&batch->match_text);
	vec_release(&batch->lines);
	vec_release(&batch->matches);
}

void feed_init(struct feed *feed)
{
	*feed = (struct feed){.cutting = false};
	strbuf_init(&feed->partial, LIMIT_LOG_LINE);
	strbuf_init(&feed->clean, LIMIT_LOG_LINE);
	strbuf_init(&feed->scratch, LIMIT_LOG_LINE);
}

void feed_release(struct feed *feed)
{
	strbuf_release(&feed->partial);
	strbuf_release(&feed->clean);
	strbuf_release(&feed->scratch);
}

void feed_clean(struct feed *feed, const struct feed_context *context, const char *bytes,
		size_t len, bool cut, struct strbuf *out)
{
	const char *text;

	/* A file that was truncated under its writer starts with zeros, page after page. */
	while (len > 0 && *bytes == '\0')
		bytes++, len--;
	if (len > 0 && bytes[len - 1] == '\r')
		len--;
	if (context->redactor == NULL || redactor_empty(context->redactor)) {
		scrub(out, bytes, len, SCRUB_LINE | SCRUB_SGR);
		return;
	}
	strbuf_reset(&feed->scratch);
	scrub(&feed->scratch, bytes, len, SCRUB_LINE | SCRUB_SGR);
	text = feed->scratch.len > 0 ? feed->scratch.data : "";
	len = feed->scratch.len;
	if (cut || feed->scratch.truncated)
		len = redact_whole(context->redactor, text, len);
	redact(context->redactor, out, text, len);
	out->truncated |= feed->scratch.truncated;
}

/* Time as it is told, and as it is searched by: nothing is from the future, nothing goes back. */
static void set_time(struct feed *feed, const struct feed_context *context, struct wall_time ours,
		     const struct log_line *line, bool continues, struct ring_line *out)
{
	int64_t time_ns = feed->time_ns != 0 ? feed->time_ns : ours.ns;

	if (feed->live && !continues && ours.ns > time_ns)
		time_ns = ours.ns;
	if (!continues && !line->time_is_ours) {
		time_ns = line->time.ns;
		feed->time_ns = time_ns;
	} else {
		out->flags |= RING_TIME_OURS;
	}
	out->time_ns = time_ns;
	if (time_ns > context->now.ns)
		time_ns = context->now.ns;
	if (time_ns > feed->order_ns)
		feed->order_ns = time_ns;
	out->order_ns = feed->order_ns;
}

static void add_line(struct feed *feed, const struct feed_context *context, struct wall_time ours,
		     const char *bytes, size_t len, bool cut, uint64_t *number, struct batch *batch)
{
	struct ring_line *out = vec_add(&batch->lines);
	struct log_line line = {.time = ours};

	strbuf_reset(&feed->clean);
	feed_clean(feed, context, bytes, len, cut, &feed->clean);
	line.text = feed->clean.len > 0 ? feed->clean.data : "";
	line.len = feed->clean.len;
	*out = (struct ring_line){.offset = (uint32_t)batch->text.len, .len = (uint16_t)line.len};
	if (cut || feed->clean.truncated)
		out->flags |= RING_CUT;
	if (line_joint_add(&feed->joint, line.text, line.len)) {
		out->flags |= RING_CONTINUES;
		out->level = (uint8_t)feed->joint.level;
		set_time(feed, context, ours, &line, true, out);
	} else {
		log_line_parse(&line, context->now, context->utc_offset_s);
		line_joint_begin(&feed->joint, &line);
		out->level = (uint8_t)line.level;
		out->message = (uint16_t)line.message;
		set_time(feed, context, ours, &line, false, out);
	}
	if (batch->lines.len == 1)
		batch->number = *number;
	out->number = (uint32_t)(*number - batch->number);
	++*number;
	strbuf_add(&batch->text, line.text, line.len);
	strbuf_addc(&batch->text, '\n');
}

/* Where a cut went through a character, its first bytes go as well. */
static size_t whole_characters(const char *text, size_t len)
{
	size_t start = len;
	unsigned char lead;

	while (start > 0 && len - start < 4 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return len;
	lead = (unsigned char)text[start - 1];
	if ((lead >= 0xf0 && len - start < 3) || (lead >= 0xe0 && lead < 0xf0 && len - start < 2) ||
	    (lead >= 0xc0 && lead < 0xe0 && len - start < 1))
		return start - 1;
	return len;
}

/* What was waiting, with what came to its end. */
static void end_partial(struct feed *feed, const struct feed_context *context,
			struct wall_time ours, uint64_t *number, struct batch *batch)
{
	const char *text = feed->partial.data != NULL ? feed->partial.data : "";
	size_t len = feed->partial.len;

	add_line(feed, context, ours, text, feed->cutting ? whole_characters(text, len) : len,
		 feed->cutting, number, batch);
	strbuf_reset(&feed->partial);
	feed->cutting = false;
}

static void keep_partial(struct feed *feed, const char *bytes, size_t len)
{
	if (len > LIMIT_LOG_LINE - feed->partial.len)
		feed->cutting = true;
	strbuf_add(&feed->partial, bytes, len);
}

void feed_bytes(struct feed *feed, const struct feed_context *context, struct wall_time ours,
		const char *bytes, size_t len, uint64_t *number, struct batch *batch)
{
	const char *end = bytes + len, *newline;

	for (; bytes < end; bytes = newline + 1) {
		newline = memchr(bytes, '\n', (size_t)(end - bytes));
		if (newline == NULL) {
			keep_partial(feed, bytes, (size_t)(end - bytes));
			return;
		}
		if (feed->partial.len == 0 && !feed->cutting &&
		    newline - bytes <= (ptrdiff_t)LIMIT_LOG_LINE) {
			add_line(feed, context, ours, bytes, (size_t)(newline - bytes), false,
				 number, batch);
		} else {
			keep_partial(feed, bytes, (size_t)(newline - bytes));
			end_partial(feed, context, ours, number, batch);
		}
	}
}

void feed_flush(struct feed *feed, const struct feed_context *context, struct wall_time ours,
		uint64_t *number, struct batch *batch)
{
	if (feed->partial.len > 0 || feed->cutting)
		end_partial(feed, context, ours, number, batch);
}
