/* Hits of the pattern set as matches of a batch. Invariant: the text and captures of a match are
 * always of the cleaned line, so nothing raw and no secret leaves through a capture. */
#include "logs/scan.h"

#include <string.h>

#define TIME_LOOK_BACK 8192 /* bytes before a hit in which its event's time is looked for */

void scanner_release(struct scanner *scanner)
{
	pattern_scratch_free(scanner->scratch);
	if (scanner->set != NULL)
		pattern_set_unref(scanner->set);
	*scanner = (struct scanner){.set = NULL};
}

static struct pattern_scratch *scratch_of(struct scanner *scanner)
{
	if (scanner->scratch == NULL)
		scanner->scratch = pattern_scratch_new(scanner->set);
	return scanner->scratch;
}

struct kept_scan {
	struct batch *batch;
	size_t line; /* index of the line that the newest hit is in, or before it */
};

static bool kept_hit(void *context, const struct pattern_hit *hit)
{
	struct kept_scan *scan = context;
	struct batch *batch = scan->batch;
	size_t offset = (size_t)(hit->line - batch->text.data);
	struct batch_match *match;

	while (scan->line + 1 < batch->lines.len && batch->lines.at[scan->line].offset < offset)
		scan->line++;
	match = vec_add(&batch->matches);
	*match = (struct batch_match){
		.pattern = hit->pattern,
		.number = batch->number + batch->lines.at[scan->line].number,
		.time_ns = batch->lines.at[scan->line].time_ns,
		.level = (enum log_level)batch->lines.at[scan->line].level,
		.offset = offset,
		.len = hit->line_len,
		.captures = hit->match,
	};
	return true;
}

void scan_lines(struct scanner *scanner, struct batch *batch, size_t from)
{
	struct kept_scan scan = {batch, from};
	size_t start;

	if (scanner->set == NULL || from >= batch->lines.len)
		return;
	start = batch->lines.at[from].offset;
	pattern_set_scan(scanner->set, scratch_of(scanner), batch->text.data + start,
			 batch->text.len - start, kept_hit, &scan);
}

struct skipped_scan {
	const struct scanner *scanner;
	struct feed *feed;
	const struct feed_context *context;
	struct wall_time ours;
	const char *bytes;   /* all that is scanned */
	const char *counted; /* newlines up to here are in `number` */
	uint64_t number;
	struct batch *batch;
	struct strbuf line;
};

static uint64_t count_lines(const char *from, const char *to)
{
	uint64_t lines = 0;

	while (from < to && (from = memchr(from, '\n', (size_t)(to - from))) != NULL) {
		lines++;
		from++;
	}
	return lines;
}

/* The time that the line says, or the nearest one before it. */
static int64_t time_of(struct skipped_scan *scan, const char *line, size_t len)
{
	const char *limit =
		line - scan->bytes > TIME_LOOK_BACK ? line - TIME_LOOK_BACK : scan->bytes;

	for (;;) {
		struct log_line parsed = {.text = line, .len = len};
		const char *before;

		log_line_parse(&parsed, scan->context->now, scan->context->utc_offset_s);
		if (!parsed.time_is_ours)
			return parsed.time.ns;
		if (line == scan->bytes)
			break;
		before = memrchr(scan->bytes, '\n', (size_t)(line - 1 - scan->bytes));
		len = (size_t)(line - 1 - (before != NULL ? before + 1 : scan->bytes));
		line = before != NULL ? before + 1 : scan->bytes;
		if (line < limit)
			break;
	}
	return scan->feed->time_ns != 0 ? scan->feed->time_ns : scan->ours.ns;
}

static bool skipped_hit(void *context, const struct pattern_hit *hit)
{
	struct skipped_scan *scan = context;
	const struct pattern *pattern = pattern_set_at(scan->scanner->set, hit->pattern);
	struct pattern_match captures;
	struct batch_match *match;
	struct log_line parsed;

	scan->number += count_lines(scan->counted, hit->line);
	scan->counted = hit->line;
	strbuf_reset(&scan->line);
	feed_clean(scan->feed, scan->context, hit->line, hit->line_len, false, &scan->line);
	/* Cleaned, it may read otherwise: then the line is not what the rule means. */
	if (scan->line.len == 0 ||
	    pattern_find(pattern, scan->line.data, scan->line.len, 0, &captures) != 1)
		return true;
	parsed = (struct log_line){.text = scan->line.data, .len = scan->line.len};
	log_line_parse(&parsed, scan->context->now, scan->context->utc_offset_s);
	match = vec_add(&scan->batch->matches);
	*match = (struct batch_match){
		.pattern = hit->pattern,
		.number = scan->number,
		.level = parsed.level,
		.time_ns = time_of(scan, hit->line, hit->line_len),
		.offset = scan->batch->match_text.len,
		.len = scan->line.len,
		.captures = captures,
		.skipped = true,
	};
	strbuf_add(&scan->batch->match_text, scan->line.data, scan->line.len);
	return true;
}

void scan_skipped(struct scanner *scanner, struct feed *feed, const struct feed_context *context,
		  struct wall_time ours, const char *bytes, size_t len, uint64_t *number,
		  struct batch *batch)
{
	struct skipped_scan scan = {.scanner = scanner,
				    .feed = feed,
				    .context = context,
				    .ours = ours,
				    .bytes = bytes,
				    .counted = bytes,
				    .number = *number,
				    .batch = batch};
	uint64_t lines;

	strbuf_init(&scan.line, LIMIT_LOG_LINE);
	if (scanner->set != NULL)
		pattern_set_scan(scanner->set, scratch_of(scanner), bytes, len, skipped_hit, &scan);
	lines = count_lines(bytes, bytes + len);
	*number += lines;
	batch->skipped += lines;
	strbuf_release(&scan.line);
}
