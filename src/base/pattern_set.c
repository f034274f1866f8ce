/* Many patterns over many lines at once. literal_search.c looks for texts without which the patterns
 * cannot match (pattern_literals.c), PCRE2 then decides on the lines that have one, so the answer
 * is that of PCRE2 whichever way the line was found. Invariants: no line is overlooked (a pattern
 * without such texts is tried on every line), and a (line, pattern) is asked once. */
#include "base/pattern_set.h"

#include "base/literal_search.h"
#include "base/xalloc.h"

#include <stdatomic.h>

#define GIVE_UP_AFTER 8

struct pattern_set {
	atomic_size_t refs;
	size_t len;
	struct pattern **patterns;
	size_t *slow; /* indices that PCRE2 tries on every line, ascending */
	size_t slow_len;
	struct literal_search *search; /* for the others */
};

struct pattern_scratch {
	const struct pattern_set *set; /* counted by the caller */
	struct pattern_room *room;
	size_t *asked;   /* by pattern: 1 + offset of the last line it was noted for */
	size_t *pending; /* patterns noted for the current line */
	size_t pending_len;
	unsigned char *limit_hits; /* by pattern */
	struct pattern **fast;     /* by pattern, once it was asked: a copy with machine code */
};

static void find_literals(struct pattern_set *set, const struct pattern_spec *specs)
{
	struct literals *lists = xcalloc(set->len, sizeof(*lists));

	for (size_t i = 0; i < set->len; i++) {
		if (!pattern_literals(&lists[i], specs[i].regex, specs[i].flags)) {
			lists[i].len = 0;
			set->slow[set->slow_len++] = i;
		}
	}
	set->search = literal_search_new(lists, set->len);
	free(lists);
}

struct pattern_set *pattern_set_new(const struct pattern_spec *specs, size_t count,
				    struct strbuf *err)
{
	struct pattern_set *set = xcalloc(1, sizeof(*set));

	atomic_init(&set->refs, 1);
	set->patterns = xcalloc(count, sizeof(struct pattern *));
	set->slow = xcalloc(count, sizeof(*set->slow));
	for (size_t i = 0; i < count; i++) {
		set->patterns[i] = pattern_new(specs[i].regex, specs[i].flags | PATTERN_PLAIN, err);
		if (set->patterns[i] == NULL) {
			pattern_set_unref(set);
			return NULL;
		}
		set->len++;
	}
	find_literals(set, specs);
	return set;
}

struct pattern_set *pattern_set_ref(struct pattern_set *set)
{
	atomic_fetch_add(&set->refs, 1);
	return set;
}

void pattern_set_unref(struct pattern_set *set)
{
	if (set == NULL || atomic_fetch_sub(&set->refs, 1) != 1)
		return;
	for (size_t i = 0; i < set->len; i++)
		pattern_free(set->patterns[i]);
	literal_search_free(set->search);
	free(set->patterns);
	free(set->slow);
	free(set);
}

size_t pattern_set_len(const struct pattern_set *set)
{
	return set->len;
}

const struct pattern *pattern_set_at(const struct pattern_set *set, size_t index)
{
	if (index >= set->len)
		BUG("pattern %zu of %zu", index, set->len);
	return set->patterns[index];
}

size_t pattern_set_slow(const struct pattern_set *set)
{
	return set->slow_len;
}

struct pattern_scratch *pattern_scratch_new(const struct pattern_set *set)
{
	struct pattern_scratch *scratch = xcalloc(1, sizeof(*scratch));

	scratch->set = set;
	scratch->room = pattern_room_new();
	scratch->asked = xcalloc(set->len, sizeof(*scratch->asked));
	scratch->pending = xcalloc(set->len, sizeof(*scratch->pending));
	scratch->limit_hits = xcalloc(set->len, 1);
	scratch->fast = xcalloc(set->len, sizeof(struct pattern *));
	return scratch;
}

void pattern_scratch_free(struct pattern_scratch *scratch)
{
	if (scratch == NULL)
		return;
	pattern_room_free(scratch->room);
	free(scratch->asked);
	free(scratch->pending);
	for (size_t i = 0; i < scratch->set->len; i++)
		pattern_free(scratch->fast[i]);
	free(scratch->fast);
	free(scratch->limit_hits);
	free(scratch);
}

bool pattern_scratch_gave_up(const struct pattern_scratch *scratch, size_t pattern)
{
	return pattern < scratch->set->len && scratch->limit_hits[pattern] >= GIVE_UP_AFTER;
}

struct scan {
	const struct pattern_set *set;
	struct pattern_scratch *scratch;
	const char *bytes;
	size_t len;
	size_t next;       /* lines before this offset are done */
	size_t line;       /* the line that `pending` is about */
	size_t line_end;   /* its newline, or the end of the bytes */
	bool stopped;
	bool (*hit)(void *context, const struct pattern_hit *hit);
	void *context;
};

static size_t line_end(const struct scan *scan, size_t at)
{
	const char *newline = memchr(scan->bytes + at, '\n', scan->len - at);

	return newline != NULL ? (size_t)(newline - scan->bytes) : scan->len;
}

/* The pattern with machine code, made when it is first asked: of the thousand patterns of a set a
 * few dozen ever are, and the code of all would hold 4 MB. Always with it, since PCRE2's two ways
 * differ in what \z means next to invalid UTF-8. */
static const struct pattern *to_ask(struct pattern_scratch *scratch, size_t pattern)
{
	if (scratch->fast[pattern] == NULL)
		scratch->fast[pattern] = pattern_fast_copy(scratch->set->patterns[pattern]);
	return scratch->fast[pattern];
}

/* Asks PCRE2 about one pattern on one line. */
static void confirm(struct scan *scan, size_t pattern, size_t start, size_t end)
{
	struct pattern_hit hit = {.pattern = pattern, .line = scan->bytes + start};
	unsigned char *limit_hits = &scan->scratch->limit_hits[pattern];
	int found;

	if (*limit_hits >= GIVE_UP_AFTER || scan->stopped)
		return;
	if (end > start && end < scan->len && scan->bytes[end - 1] == '\r')
		end--;
	hit.line_len = end - start;
	found = pattern_find_in(to_ask(scan->scratch, pattern), scan->scratch->room, hit.line,
				hit.line_len, 0, &hit.match);
	if (found < 0)
		(*limit_hits)++;
	else if (found > 0)
		scan->stopped = !scan->hit(scan->context, &hit);
}

/* The patterns noted for a line and those tried on each, in the order of their indices. */
static void finish_line(struct scan *scan, size_t start, size_t end, const size_t *noted,
			size_t noted_len)
{
	size_t i = 0;

	for (size_t s = 0; s < scan->set->slow_len; s++) {
		while (i < noted_len && noted[i] < scan->set->slow[s])
			confirm(scan, noted[i++], start, end);
		confirm(scan, scan->set->slow[s], start, end);
	}
	while (i < noted_len)
		confirm(scan, noted[i++], start, end);
	scan->next = end + 1;
}

/* Lines in which no literal is, up to `until`. */
static void finish_quiet(struct scan *scan, size_t until)
{
	while (scan->set->slow_len != 0 && scan->next < until && !scan->stopped)
		finish_line(scan, scan->next, line_end(scan, scan->next), NULL, 0);
	if (scan->next < until)
		scan->next = until;
}

/* Closes the line that `pending` is about. */
static void flush(struct scan *scan)
{
	struct pattern_scratch *scratch = scan->scratch;

	if (scratch->pending_len == 0)
		return;
	finish_quiet(scan, scan->line);
	finish_line(scan, scan->line, scan->line_end, scratch->pending, scratch->pending_len);
	scratch->pending_len = 0;
}

static void note(struct pattern_scratch *scratch, size_t pattern)
{
	size_t at = scratch->pending_len++;

	for (; at != 0 && scratch->pending[at - 1] > pattern; at--)
		scratch->pending[at] = scratch->pending[at - 1];
	scratch->pending[at] = pattern;
}

/* A literal of `pattern` is at `offset`: notes the line for it. Lines come in their order. */
static bool on_literal(void *context, size_t pattern, size_t offset)
{
	struct scan *scan = context;
	struct pattern_scratch *scratch = scan->scratch;

	if (scratch->pending_len == 0 || offset >= scan->line_end) {
		const char *newline;

		flush(scan);
		if (scan->stopped)
			return false;
		newline = memrchr(scan->bytes + scan->next, '\n', offset - scan->next);
		scan->line = newline != NULL ? (size_t)(newline - scan->bytes) + 1 : scan->next;
		scan->line_end = line_end(scan, offset);
	}
	if (scratch->asked[pattern] != scan->line + 1) {
		scratch->asked[pattern] = scan->line + 1;
		note(scratch, pattern);
	}
	return true;
}

void pattern_set_scan(const struct pattern_set *set, struct pattern_scratch *scratch,
		      const char *bytes, size_t len,
		      bool (*hit)(void *context, const struct pattern_hit *hit), void *context)
{
	struct scan scan = {
		.set = set,
		.scratch = scratch,
		.bytes = bytes,
		.len = len,
		.hit = hit,
		.context = context,
	};

	if (scratch->set != set)
		BUG("scratch of another pattern set");
	if (set->len != 0)
		memset(scratch->asked, 0, set->len * sizeof(*scratch->asked));
	scratch->pending_len = 0;
	literal_search_run(set->search, bytes, len, on_literal, &scan);
	flush(&scan);
	finish_quiet(&scan, len);
}
