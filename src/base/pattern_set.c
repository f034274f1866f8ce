/* Many patterns over many lines at once. vectorscan reports where a word that a pattern needs ends
 * (pattern_literals.c), else a coarse form of it (pattern_coarse.c); PCRE2 then decides on that line alone, so the answer is that of PCRE2
 * whichever way the line was found. Invariants: the coarse form never misses what PCRE2 would
 * find (what it cannot promise is tried on every line), and a (line, pattern) is asked once.
 *
 * The scanner works in UTF-8 mode, where `.` is a character as it is for PCRE2. Its behaviour on
 * invalid UTF-8 is undefined, so broken bytes are replaced by U+0001 in a copy first; PCRE2 never
 * matches them either. */
#include "config.h"

#include "base/pattern_set.h"

#include "base/pattern_coarse.h"
#include "base/pattern_literals.h"
#include "base/utf8.h"
#include "base/vec.h"

#include <stdatomic.h>

#ifdef HAVE_VECTORSCAN
#include <hs/hs.h>
#endif

#define CHUNK ((size_t)1 << 20)
#define CHUNK_MAX ((size_t)1 << 30) /* a longer line is cut: vectorscan counts in 32 bits */
#define COARSE_MAX ((size_t)1 << 16)
#define GIVE_UP_AFTER 8

struct pattern_set {
	atomic_size_t refs;
	size_t len;
	struct pattern **patterns;
	size_t *slow; /* indices that PCRE2 tries on every line, ascending */
	size_t slow_len;
#ifdef HAVE_VECTORSCAN
	hs_database_t *db; /* NULL: all are slow */
	size_t *folding;   /* indices of patterns with words whose case does not count */
	size_t folding_len;
#endif
};

struct pattern_scratch {
	const struct pattern_set *set; /* counted by the caller */
	struct pattern_room *room;
	size_t *asked;   /* by pattern: 1 + offset of the last line it was noted for */
	size_t *pending; /* patterns noted for the current line */
	size_t pending_len;
	unsigned char *limit_hits; /* by pattern */
	char *clean; /* a chunk without its broken bytes */
	size_t clean_cap;
#ifdef HAVE_VECTORSCAN
	hs_scratch_t *hs;
#endif
};

#ifdef HAVE_VECTORSCAN
/* What is looked for in place of a pattern, each step for those the one before cannot do. */
enum search { SEARCH_WORDS, SEARCH_EXACT, SEARCH_PREFILTER, SEARCH_NEVER };

struct candidates {
	struct arena arena;      /* of all texts */
	struct literals *words;  /* by pattern, for SEARCH_WORDS */
	const char **text;       /* by pattern, the coarse form */
	enum search *search;
	/* What goes to the compiler. */
	struct VEC_OF(const char *) chosen;
	struct VEC_OF(unsigned) flags;
	struct VEC_OF(unsigned) ids;
};

static void add_choice(struct candidates *c, const char *text, unsigned flags, size_t id)
{
	vec_push(&c->chosen, text);
	vec_push(&c->flags, flags);
	vec_push(&c->ids, (unsigned)id);
}

static const char *spelt(struct arena *arena, const char *bytes, size_t len)
{
	struct strbuf text;
	const char *kept;

	strbuf_init(&text, len * 4);
	for (size_t i = 0; i < len; i++)
		strbuf_addf(&text, "\\x%02x", (unsigned char)bytes[i]);
	kept = arena_strndup(arena, text.data, text.len);
	strbuf_release(&text);
	return kept;
}

/* Words are bytes, looked for without UTF-8 mode; for the two characters that are no ASCII but
 * equal an ASCII letter without case (U+017F s, U+212A k) every folding pattern is asked. */
static void choose_words(struct candidates *c, struct pattern_set *set, size_t pattern)
{
	const struct literals *words = &c->words[pattern];
	bool folds = false;

	for (size_t i = 0; i < words->len; i++) {
		const struct literal *word = &words->at[i];

		add_choice(c, spelt(&c->arena, word->bytes, word->len),
			   word->caseless ? HS_FLAG_CASELESS : 0, pattern);
		folds = folds || word->caseless;
	}
	if (folds)
		set->folding[set->folding_len++] = pattern;
}

static void choose(struct candidates *c, struct pattern_set *set, const struct pattern_spec *specs)
{
	c->chosen.len = c->flags.len = c->ids.len = set->folding_len = 0;
	for (size_t i = 0; i < set->len; i++) {
		unsigned flags = HS_FLAG_MULTILINE | HS_FLAG_UTF8;

		if ((specs[i].flags & PATTERN_CASELESS) != 0)
			flags |= HS_FLAG_CASELESS;
		if (c->search[i] == SEARCH_WORDS)
			choose_words(c, set, i);
		else if (c->search[i] != SEARCH_NEVER)
			add_choice(c, c->text[i],
				   flags | (c->search[i] == SEARCH_PREFILTER ? HS_FLAG_PREFILTER : 0), i);
	}
	if (set->folding_len > 0) {
		add_choice(c, "\\xc5\\xbf", 0, set->len);
		add_choice(c, "\\xe2\\x84\\xaa", 0, set->len);
	}
}

/* Compiles what can be compiled: an expression that is refused (look-around, back-references) is
 * tried as a prefilter, then left to PCRE2. */
static hs_database_t *compile(struct candidates *c, struct pattern_set *set,
			      const struct pattern_spec *specs)
{
	hs_database_t *db = NULL;
	hs_compile_error_t *error = NULL;

	for (;;) {
		int wrong;

		choose(c, set, specs);
		if (c->chosen.len == 0)
			break;
		if (hs_compile_multi(c->chosen.at, c->flags.at, c->ids.at, (unsigned)c->chosen.len,
				     HS_MODE_BLOCK, NULL, &db, &error) == HS_SUCCESS)
			return db;
		wrong = error != NULL ? error->expression : -1;
		(void)hs_free_compile_error(error);
		if (wrong < 0 || (size_t)wrong >= c->chosen.len || c->ids.at[wrong] >= set->len)
			break;
		c->search[c->ids.at[wrong]]++;
	}
	for (size_t i = 0; i < set->len; i++)
		c->search[i] = SEARCH_NEVER;
	return NULL;
}

/* How a pattern is looked for first. */
static enum search first_search(struct candidates *c, const struct pattern_set *set, size_t i,
				const struct pattern_spec *spec)
{
	struct strbuf coarse;
	bool known;

	/* One that matches the empty string is in every line. */
	if (hs_valid_platform() != HS_SUCCESS || pattern_matches_empty(set->patterns[i]))
		return SEARCH_NEVER;
	if (pattern_literals(&c->words[i], spec->regex, spec->flags, &c->arena))
		return SEARCH_WORDS;
	strbuf_init(&coarse, COARSE_MAX);
	known = pattern_coarse(&coarse, spec->regex, spec->flags);
	c->text[i] = arena_strndup(&c->arena, coarse.data, coarse.len);
	strbuf_release(&coarse);
	return known ? SEARCH_EXACT : SEARCH_NEVER;
}

static void compile_set(struct pattern_set *set, const struct pattern_spec *specs)
{
	size_t count = set->len;
	struct candidates c = {
		.words = xcalloc(count, sizeof(*c.words)),
		.text = xcalloc(count, sizeof(*c.text)),
		.search = xcalloc(count, sizeof(*c.search)),
	};

	arena_init(&c.arena);
	set->folding = xcalloc(count, sizeof(*set->folding));
	for (size_t i = 0; i < count; i++)
		c.search[i] = first_search(&c, set, i, &specs[i]);
	set->db = compile(&c, set, specs);
	for (size_t i = 0; i < count; i++) {
		if (c.search[i] == SEARCH_NEVER)
			set->slow[set->slow_len++] = i;
	}
	vec_release(&c.chosen);
	vec_release(&c.flags);
	vec_release(&c.ids);
	free(c.words);
	free(c.text);
	free(c.search);
	arena_release(&c.arena);
}
#else
static void compile_set(struct pattern_set *set, const struct pattern_spec *specs)
{
	(void)specs;
	for (size_t i = 0; i < set->len; i++)
		set->slow[set->slow_len++] = i;
}
#endif

struct pattern_set *pattern_set_new(const struct pattern_spec *specs, size_t count,
				    struct strbuf *err)
{
	struct pattern_set *set = xcalloc(1, sizeof(*set));

	atomic_init(&set->refs, 1);
	set->patterns = xcalloc(count, sizeof(struct pattern *));
	set->slow = xcalloc(count, sizeof(*set->slow));
	for (size_t i = 0; i < count; i++) {
		set->patterns[i] = pattern_new(specs[i].regex, specs[i].flags, err);
		if (set->patterns[i] == NULL) {
			pattern_set_unref(set);
			return NULL;
		}
		set->len++;
	}
	compile_set(set, specs);
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
#ifdef HAVE_VECTORSCAN
	(void)hs_free_database(set->db);
	free(set->folding);
#endif
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
#ifdef HAVE_VECTORSCAN
	if (set->db != NULL && hs_alloc_scratch(set->db, &scratch->hs) != HS_SUCCESS)
		BUG("out of memory");
#endif
	return scratch;
}

void pattern_scratch_free(struct pattern_scratch *scratch)
{
	if (scratch == NULL)
		return;
#ifdef HAVE_VECTORSCAN
	(void)hs_free_scratch(scratch->hs);
#endif
	pattern_room_free(scratch->room);
	free(scratch->asked);
	free(scratch->pending);
	free(scratch->limit_hits);
	free(scratch->clean);
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
	found = pattern_find_in(scan->set->patterns[pattern], scan->scratch->room, hit.line,
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

/* Lines of which vectorscan said nothing, up to `until`. */
static void finish_quiet(struct scan *scan, size_t until)
{
	while (scan->set->slow_len != 0 && scan->next < until && !scan->stopped)
		finish_line(scan, scan->next, line_end(scan, scan->next), NULL, 0);
	if (scan->next < until)
		scan->next = until;
}

#ifdef HAVE_VECTORSCAN
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

/* Notes a pattern for the current line, once. */
static void note(struct scan *scan, size_t pattern)
{
	struct pattern_scratch *scratch = scan->scratch;
	size_t at;

	if (scratch->asked[pattern] == scan->line + 1)
		return;
	scratch->asked[pattern] = scan->line + 1;
	at = scratch->pending_len++;
	for (; at != 0 && scratch->pending[at - 1] > pattern; at--)
		scratch->pending[at] = scratch->pending[at - 1];
	scratch->pending[at] = pattern;
}

struct chunk {
	struct scan *scan;
	size_t start; /* of the chunk in the scanned bytes */
};

/* vectorscan's call for a match that ends before `to`. Anything but 0 ends its scan. */
static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		    void *context)
{
	const struct chunk *chunk = context;
	struct scan *scan = chunk->scan;
	size_t last;

	(void)from;
	(void)flags;
	if (to == 0)
		return 0;
	last = chunk->start + (size_t)to - 1;
	/* Across a newline: whatever matches within a line is reported on its own. */
	if (scan->bytes[last] == '\n')
		return 0;
	if (scan->scratch->pending_len == 0 || last < scan->line || last >= scan->line_end) {
		const char *newline;

		flush(scan);
		/* Matches come in the order of their ends; a line that is done has been asked. */
		if (scan->stopped || last < scan->next)
			return scan->stopped ? 1 : 0;
		newline = memrchr(scan->bytes + scan->next, '\n', last - scan->next);
		scan->line = newline != NULL ? (size_t)(newline - scan->bytes) + 1 : scan->next;
		scan->line_end = line_end(scan, last);
	}
	if (id < scan->set->len)
		note(scan, id);
	for (size_t i = 0; id == scan->set->len && i < scan->set->folding_len; i++)
		note(scan, scan->set->folding[i]);
	return 0;
}

/* The chunk itself where it is valid UTF-8, else a copy with each broken byte replaced. */
static const char *cleaned(struct pattern_scratch *scratch, const char *bytes, size_t len)
{
	size_t at = 0;

	if (utf8_valid(bytes, len))
		return bytes;
	if (scratch->clean_cap < len) {
		scratch->clean = xrealloc(scratch->clean, len);
		scratch->clean_cap = len;
	}
	memcpy(scratch->clean, bytes, len);
	while ((at += utf8_valid_len(bytes + at, len - at)) < len) {
		uint32_t cp;
		size_t broken = utf8_decode(bytes + at, len - at, &cp);

		memset(scratch->clean + at, 1, broken);
		at += broken;
	}
	return scratch->clean;
}

static void scan_chunk(struct scan *scan, size_t start, size_t len)
{
	struct chunk chunk = {.scan = scan, .start = start};
	hs_error_t result;

	if (scan->set->db == NULL)
		return;
	result = hs_scan(scan->set->db, cleaned(scan->scratch, scan->bytes + start, len),
			 (unsigned)len, 0, scan->scratch->hs, on_match, &chunk);
	if (result != HS_SUCCESS && result != HS_SCAN_TERMINATED)
		BUG("vectorscan: error %d", result);
	flush(scan);
}
#else
static void scan_chunk(struct scan *scan, size_t start, size_t len)
{
	(void)scan;
	(void)start;
	(void)len;
}
#endif

/* The end of the chunk at `start`: whole lines, about CHUNK bytes. */
static size_t chunk_end(const struct scan *scan, size_t start)
{
	const char *newline;
	size_t end;

	if (scan->len - start <= CHUNK)
		return scan->len;
	newline = memrchr(scan->bytes + start, '\n', CHUNK);
	end = newline != NULL ? (size_t)(newline - scan->bytes) : line_end(scan, start + CHUNK);
	end += end < scan->len ? 1 : 0;
	return end - start > CHUNK_MAX ? start + CHUNK_MAX : end;
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
	for (size_t start = 0, end; start < len && !scan.stopped; start = end) {
		end = chunk_end(&scan, start);
		scan_chunk(&scan, start, end - start);
		finish_quiet(&scan, end);
	}
}
