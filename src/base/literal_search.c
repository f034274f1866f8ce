/* Searching for many literals: of each text, the four neighbouring bytes that are rarest in logs go
 * into a hashed bitmap (case folded), of texts too short for that the rarest pair into a table of
 * all 65,536 pairs. The scan looks up every position of the block in both, four at a time without
 * a branch between them, and compares texts only where one of them says so. Portable, and no state
 * but the position: a gigabyte a second where a signature is one line in hundreds.
 * Invariant: every text of two bytes and more is found at every place. See literal_search.h. */
#include "base/literal_search.h"

#include "base/vec.h"

#include <strings.h>

#define PAIRS 65536
#define HASH_BITS 18 /* 32 KB of bitmap: it stays in the first cache */
#define CHAINS 4096

/* Small and all in one place, for the cache's sake. */
struct entry {
	struct literal text;
	unsigned char window; /* offset of the rare bytes inside the text */
	bool caseless;
	uint32_t list;
	uint32_t next; /* 1 + index in the chain, 0 = last */
};

struct literal_search {
	uint64_t bits[(1u << HASH_BITS) / 64]; /* by hash of four bytes */
	unsigned char pairs[PAIRS];            /* texts of two or three bytes: 1 */
	uint32_t four_chain[CHAINS];           /* 1 + index of the first entry */
	uint32_t pair_chain[CHAINS];
	struct entry *at;
	size_t len;
	size_t cap;
	bool has_pairs;
};

/* How common a byte is in logs, by rough classes; a rare pair means fewer comparisons. */
static unsigned commonness(unsigned char c)
{
	if (c != '\0' && strchr(" etaonirs", c) != NULL)
		return 12;
	if (c >= 'a' && c <= 'z')
		return 7;
	if ((c >= '0' && c <= '9') || (c != '\0' && strchr("\"-:.,/=[]_", c) != NULL))
		return 8;
	return c >= 'A' && c <= 'Z' ? 4 : 2;
}

/* Words that stand in every other line of a log: what is inside of them is not rare. */
static const char *const common_words[] = {
	"error",  "info",   "debug",   "warning", "http/",  "get",    "post",	 "trace",  "request",
	"server", "client", "service", "connect", "status", "worker", "user",	 "access", "accept",
	"cache",  "load",   "chrome",  "complet", "schedul", "start",  "message", "session", "time",
	"tion",	  "ing",    "level",   "health",  "host",   "file",   "from",	 "with",   "0.0.",
	"by p",	  "d by",   "disk",    "model",   "token",  "refresh", "peer",
};

/* Sets a bit in `covered` for each byte of `text` that is inside of a common word. */
static uint32_t cover(const struct literal *text)
{
	uint32_t covered = 0;

	for (size_t i = 0; i < BASE_LEN(common_words); i++) {
		size_t len = strlen(common_words[i]);

		for (size_t at = 0; at + len <= text->len; at++) {
			if (strncasecmp(text->bytes + at, common_words[i], len) == 0)
				covered |= ((UINT32_C(1) << len) - 1) << at;
		}
	}
	return covered;
}

/* Where the rarest `width` neighbours of a text are. */
static unsigned char rarest(const struct literal *text, size_t width)
{
	uint32_t covered = cover(text);
	uint64_t least = UINT64_MAX;
	unsigned char best = 0;

	for (unsigned char i = 0; i + width <= text->len; i++) {
		uint64_t common = 1;

		for (size_t k = i; k < i + width; k++)
			common *= commonness((unsigned char)text->bytes[k]) *
				  ((covered >> k & 1) != 0 ? 4 : 1);
		if (common < least) {
			least = common;
			best = i;
		}
	}
	return best;
}

static uint16_t load_pair(const char *bytes)
{
	uint16_t pair;

	memcpy(&pair, bytes, sizeof(pair));
	return pair;
}

/* Four bytes, letters without their case (and some other bytes with a stranger, which costs a
 * comparison), spread over HASH_BITS. */
static uint32_t hash_four(const char *bytes)
{
	uint32_t four;

	memcpy(&four, bytes, sizeof(four));
	return ((four | 0x20202020u) * 0x9e3779b1u) >> (32 - HASH_BITS);
}

/* 0 or 1, to be combined without a branch. */
static uint64_t has_four(const struct literal_search *search, const char *bytes)
{
	uint32_t hash = hash_four(bytes);

	return search->bits[hash / 64] >> hash % 64 & 1;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void link_entry(struct literal_search *search, uint32_t *chain, struct entry entry)
{
	entry.next = *chain;
	vec_push(search, entry);
	*chain = (uint32_t)search->len;
}

static void add_pair(struct literal_search *search, const char pair[2], struct entry entry)
{
	search->has_pairs = true;
	search->pairs[load_pair(pair)] = 1;
	link_entry(search, &search->pair_chain[load_pair(pair) % CHAINS], entry);
}

/* A text of two or three bytes. Without regard to case a pair of letters is up to four pairs. */
static void add_short(struct literal_search *search, struct entry entry)
{
	const char *pair;

	entry.window = rarest(&entry.text, 2);
	pair = entry.text.bytes + entry.window;
	for (unsigned variant = 0; variant < 4; variant++) {
		char other[2] = {pair[0], pair[1]};
		bool distinct = true;

		for (unsigned i = 0; i < 2; i++) {
			if ((variant >> i & 1) == 0)
				continue;
			distinct = distinct && entry.caseless && is_letter(other[i]);
			other[i] = (char)(other[i] ^ 0x20);
		}
		if (distinct)
			add_pair(search, other, entry);
	}
}

static void add_text(struct literal_search *search, struct entry entry)
{
	uint32_t hash;

	if (entry.text.len < 4) {
		add_short(search, entry);
		return;
	}
	entry.window = rarest(&entry.text, 4);
	hash = hash_four(entry.text.bytes + entry.window);
	search->bits[hash / 64] |= UINT64_C(1) << hash % 64;
	link_entry(search, &search->four_chain[hash % CHAINS], entry);
}

struct literal_search *literal_search_new(const struct literals *lists, size_t count)
{
	struct literal_search *search = xcalloc(1, sizeof(*search));

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < lists[i].len; k++) {
			if (lists[i].at[k].len < 2)
				BUG("a literal of %d bytes", lists[i].at[k].len);
			add_text(search, (struct entry){.text = lists[i].at[k],
							.list = (uint32_t)i,
							.caseless = lists[i].caseless});
		}
	}
	return search;
}

void literal_search_free(struct literal_search *search)
{
	if (search == NULL)
		return;
	free(search->at);
	free(search);
}

static bool is_equal(const struct entry *entry, const char *bytes)
{
	const struct literal *text = &entry->text;

	if (!entry->caseless)
		return memcmp(bytes, text->bytes, text->len) == 0;
	for (size_t i = 0; i < text->len; i++) {
		char a = bytes[i], b = text->bytes[i];

		if (a != b && ((a ^ b) != 0x20 || !is_letter(a)))
			return false;
	}
	return true;
}

struct run {
	const struct literal_search *search;
	const char *bytes;
	size_t len;
	bool (*found)(void *context, size_t list, size_t offset);
	void *context;
};

/* Compares the texts of a chain with what is around `at`; false to stop. */
static bool look(const struct run *run, size_t link, size_t at)
{
	while (link != 0) {
		const struct entry *entry = &run->search->at[link - 1];

		if (at >= entry->window && entry->text.len <= run->len - at + entry->window &&
		    is_equal(entry, run->bytes + at - entry->window) &&
		    !run->found(run->context, entry->list, at))
			return false;
		link = entry->next;
	}
	return true;
}

/* One position with all that may be there; false to stop. */
static bool look_at(const struct run *run, size_t at)
{
	const struct literal_search *search = run->search;
	const char *bytes = run->bytes + at;

	if (run->len - at >= 4 && has_four(search, bytes) != 0 &&
	    !look(run, search->four_chain[hash_four(bytes) % CHAINS], at))
		return false;
	return search->pairs[load_pair(bytes)] == 0 ||
	       look(run, search->pair_chain[load_pair(bytes) % CHAINS], at);
}

/* The first position from `at` on where a text may be, or one of the last few. The lookups of a
 * round do not wait for each other. */
static size_t skip(const struct literal_search *search, const char *bytes, size_t at, size_t len)
{
	const unsigned char *pairs = search->pairs;

	if (search->has_pairs) {
		for (; at + 7 <= len; at += 4) {
			const char *b = bytes + at;

			if ((has_four(search, b) | has_four(search, b + 1) | has_four(search, b + 2) |
			    has_four(search, b + 3) | pairs[load_pair(b)] | pairs[load_pair(b + 1)] |
			    pairs[load_pair(b + 2)] | pairs[load_pair(b + 3)]) != 0)
				break;
		}
		return at;
	}
	for (; at + 7 <= len; at += 4) {
		const char *b = bytes + at;

		if ((has_four(search, b) | has_four(search, b + 1) | has_four(search, b + 2) |
		     has_four(search, b + 3)) != 0)
			break;
	}
	return at;
}

void literal_search_run(const struct literal_search *search, const char *bytes, size_t len,
			bool (*found)(void *context, size_t list, size_t offset), void *context)
{
	const struct run run = {search, bytes, len, found, context};
	size_t at = 0;

	if (search->len == 0)
		return;
	while (at + 1 < len) {
		at = skip(search, bytes, at, len);
		for (size_t end = at + 4; at < end && at + 1 < len; at++) {
			if (!look_at(&run, at))
				return;
		}
	}
}
