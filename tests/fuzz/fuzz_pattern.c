/* Patterns: a first byte of flags, a line that is an expression, then the lines it is put to. The
 * set over the whole block must find exactly what the pattern finds line by line. */
#include "fuzz.h"

#include "base/pattern_set.h"
#include "base/xalloc.h"

/* Longer ones make the compilers slow, which is no bug: they come from the user's own files. */
#define REGEX_MAX 48

struct seen {
	const char *bytes;
	uint64_t sum; /* of where the hits are */
	size_t hits;
	bool gave_up;
};

static void add(struct seen *seen, const char *line, const struct pattern_match *match)
{
	PROMISE(match->groups >= 1 && match->groups <= PATTERN_GROUPS);
	seen->hits++;
	seen->sum = seen->sum * 31 + (size_t)(line - seen->bytes);
	seen->sum = seen->sum * 31 + match->group[0].start;
	seen->sum = seen->sum * 31 + match->group[0].end;
}

static bool on_hit(void *context, const struct pattern_hit *hit)
{
	add(context, hit->line, &hit->match);
	return true;
}

static void by_line(struct seen *seen, const struct pattern *pattern, const char *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		const char *newline = memchr(bytes + at, '\n', len - at);
		size_t end = newline != NULL ? (size_t)(newline - bytes) : len;
		size_t line_len = end - at;
		struct pattern_match match;
		int found;

		if (newline != NULL && line_len != 0 && bytes[end - 1] == '\r')
			line_len--;
		found = pattern_find(pattern, bytes + at, line_len, 0, &match);
		if (found == 1)
			add(seen, bytes + at, &match);
		seen->gave_up = seen->gave_up || found < 0;
		at = end + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	const char *newline = size > 1 ? memchr(text, '\n', size - 1) : NULL;
	struct pattern_spec spec = {.flags = size != 0 ? data[0] & 7u : 0};
	struct pattern_set *set;
	char *regex;

	if (newline == NULL || newline - text > REGEX_MAX)
		return 0;
	regex = xstrndup(text, (size_t)(newline - text));
	spec.regex = regex;
	set = pattern_set_new(&spec, 1, NULL);
	if (set != NULL) {
		struct pattern_scratch *scratch = pattern_scratch_new(set);
		const char *bytes = newline + 1;
		size_t len = size - (size_t)(bytes - (const char *)data);
		struct seen by_set = {.bytes = bytes}, by_book = {.bytes = bytes};

		struct pattern *pattern = pattern_fast_copy(pattern_set_at(set, 0));

		by_line(&by_book, pattern, bytes, len);
		pattern_free(pattern);
		pattern_set_scan(set, scratch, bytes, len, on_hit, &by_set);
		if (!by_book.gave_up)
			PROMISE(by_set.hits == by_book.hits && by_set.sum == by_book.sum);
		pattern_scratch_free(scratch);
	}
	pattern_set_unref(set);
	free(regex);
	return 0;
}
