/* Searching for many literals: of each text, the pair of neighbouring bytes that is rarest in logs
 * goes into a table of all 65,536 pairs; the scan looks up every pair of the block, four at a time
 * and without a branch between them, and compares texts only where the table says so. Portable,
 * and no state but the position: a gigabyte a second where a signature is one line in hundreds.
 * Invariant: every text of two bytes and more is found at every place. See literal_search.h. */
#include "base/literal_search.h"

#include "base/vec.h"

#define PAIRS 65536
#define BUCKETS 256

struct entry {
	const struct literal *text; /* of the search's own lists */
	size_t list;
	size_t pair; /* offset of the rare pair inside the text */
	bool caseless;
	size_t next; /* 1 + index in the bucket's chain, 0 = last */
};

struct literal_search {
	unsigned char bucket[PAIRS]; /* 0: no text has its pair here */
	size_t chain[BUCKETS];       /* 1 + index of the first entry */
	struct entry *at;
	size_t len;
	size_t cap;
	struct literals *lists;
	unsigned buckets;
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

/* Words that stand in every other line of a log; their pairs are no rare ones. */
static bool in_common_word(const char *pair)
{
	static const char *const words[] = {"ERROR", "INFO", "DEBUG", "WARNING", "GET", "POST",
					    "HTTP",  "UTC",  "FATAL", "TRACE"};

	for (size_t i = 0; i < BASE_LEN(words); i++) {
		for (const char *at = words[i]; at[1] != '\0'; at++) {
			if (memcmp(at, pair, 2) == 0)
				return true;
		}
	}
	return false;
}

static size_t rarest_pair(const struct literal *text)
{
	unsigned least = UINT32_MAX;
	size_t best = 0;

	for (size_t i = 0; i + 1 < text->len; i++) {
		unsigned common = commonness((unsigned char)text->bytes[i]) *
				  commonness((unsigned char)text->bytes[i + 1]);

		if (in_common_word(text->bytes + i))
			common += 60;
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

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void add_entry(struct literal_search *search, const char pair[2], struct entry entry)
{
	unsigned char *bucket = &search->bucket[load_pair(pair)];

	/* With more pairs than buckets some share one, which costs comparisons only. */
	if (*bucket == 0)
		*bucket = (unsigned char)(1 + search->buckets++ % (BUCKETS - 1));
	entry.next = search->chain[*bucket];
	vec_push(search, entry);
	search->chain[*bucket] = search->len;
}

static void add_text(struct literal_search *search, struct entry entry)
{
	const char *pair;

	entry.pair = rarest_pair(entry.text);
	pair = entry.text->bytes + entry.pair;
	/* Without regard to case a pair of letters is up to four pairs. */
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
			add_entry(search, other, entry);
	}
}

struct literal_search *literal_search_new(const struct literals *lists, size_t count)
{
	struct literal_search *search = xcalloc(1, sizeof(*search));

	search->lists = xcalloc(count, sizeof(*lists));
	for (size_t i = 0; i < count; i++) {
		search->lists[i] = lists[i];
		for (size_t k = 0; k < lists[i].len; k++) {
			if (lists[i].at[k].len < 2)
				BUG("a literal of %d bytes", lists[i].at[k].len);
			add_text(search, (struct entry){.text = &search->lists[i].at[k],
							.list = i,
							.caseless = lists[i].caseless});
		}
	}
	return search;
}

void literal_search_free(struct literal_search *search)
{
	if (search == NULL)
		return;
	free(search->lists);
	free(search->at);
	free(search);
}

static bool is_equal(const struct entry *entry, const char *bytes)
{
	const struct literal *text = entry->text;

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

/* Compares the texts of a bucket with what is around the pair at `at`; false to stop. */
static bool look(const struct run *run, size_t at)
{
	size_t link = run->search->chain[run->search->bucket[load_pair(run->bytes + at)]];

	while (link != 0) {
		const struct entry *entry = &run->search->at[link - 1];

		if (at >= entry->pair && entry->text->len - entry->pair <= run->len - at &&
		    is_equal(entry, run->bytes + at - entry->pair) &&
		    !run->found(run->context, entry->list, at))
			return false;
		link = entry->next;
	}
	return true;
}

void literal_search_run(const struct literal_search *search, const char *bytes, size_t len,
			bool (*found)(void *context, size_t list, size_t offset), void *context)
{
	const struct run run = {search, bytes, len, found, context};
	const unsigned char *bucket = search->bucket;
	size_t at = 0;

	if (search->len == 0)
		return;
	while (at + 1 < len) {
		/* Four lookups that do not wait for each other. */
		while (at + 5 <= len && (bucket[load_pair(bytes + at)] | bucket[load_pair(bytes + at + 1)] |
					 bucket[load_pair(bytes + at + 2)] |
					 bucket[load_pair(bytes + at + 3)]) == 0)
			at += 4;
		for (size_t end = at + 4; at < end && at + 1 < len; at++) {
			if (bucket[load_pair(bytes + at)] != 0 && !look(&run, at))
				return;
		}
	}
}
