/* Reading required words off a regular expression. A part is `exact` where it matches nothing but a
 * small set of words; neighbours that are exact are joined, alternatives united, and whatever is
 * not exact ends the run. Invariant: every match of the expression contains a word of the result,
 * byte for byte, ASCII letters by case where the word says so. Anything doubtful gives no set. */
#include "base/pattern_literals.h"

#include "base/pattern.h"
#include "base/pattern_coarse.h"
#include "base/utf8.h"

#define DEPTH_MAX 40
#define WORD_MAX 48
#define WORD_ENOUGH 8 /* a word this long is not multiplied by what follows */

struct part {
	bool exact;           /* matches the words of `set` and nothing else */
	bool known;           /* every match has a word of `set` */
	struct literals set;
};

struct reader {
	const char *at;
	struct arena *arena;
	bool caseless;
	bool failed;
	int depth;
};

static const struct part nothing = {.exact = true, .known = true, .set = {.len = 1, .at = {{"", 0, false}}}};
static const struct part anything = {.exact = false};

/* What most log lines have says nothing: how much of a word is not of that kind. */
static int rareness(const struct literal *word)
{
	static const char *const common[] = {"http", "/1.1", "error", "info", "warn", "status", "request",
					     "response", "connection", "server", "client", "post /",
					     "\"get /", "get /", "host", "user", "time", "code", "failed",
					     "port ", "name", "file", "path", "not ", "from ", "health",
					     "accept", "200", "10."};
	int rare = (int)word->len;

	for (size_t i = 0; i < BASE_LEN(common); i++) {
		if (strcasestr(word->bytes, common[i]) != NULL)
			rare -= (int)strlen(common[i]);
	}
	return rare < 0 ? 0 : rare > 16 ? 16 : rare;
}

/* How good it is to look for this set; negative where it is of no use. */
static int worth(const struct literals *set)
{
	int worst = 16;

	for (size_t i = 0; i < set->len; i++) {
		int rare = rareness(&set->at[i]);

		if (set->at[i].len < LITERAL_SHORTEST)
			return -1;
		worst = rare < worst ? rare : worst;
	}
	/* Fewer words are better, but only between equally rare ones. */
	return set->len == 0 ? -1 : worst * LITERALS_MAX - (int)set->len + LITERALS_MAX;
}

static void keep_better(struct part *best, const struct part *other)
{
	int value = other->known ? worth(&other->set) : -1;

	if (value >= 0 && (!best->known || value > worth(&best->set))) {
		best->known = true;
		best->set = other->set;
	}
}

static struct literal joined(struct arena *arena, const struct literal *a, const struct literal *b)
{
	char *bytes = arena_alloc(arena, a->len + b->len + 1);

	memcpy(bytes, a->bytes, a->len);
	memcpy(bytes + a->len, b->bytes, b->len);
	return (struct literal){bytes, a->len + b->len, a->caseless || b->caseless};
}

static bool has_empty(const struct literals *set)
{
	for (size_t i = 0; i < set->len; i++) {
		if (set->at[i].len == 0)
			return true;
	}
	return false;
}

/* True where both were exact and their product is small enough to go on with. */
static bool join(struct part *run, const struct part *next, struct arena *arena)
{
	struct literals product = {.len = 0};
	bool enough = next->set.len > 1;

	if (!run->exact || !next->exact || run->set.len * next->set.len > LITERALS_MAX / 2)
		return false;
	for (size_t i = 0; i < run->set.len; i++) {
		enough = enough && run->set.at[i].len >= WORD_ENOUGH;
		if (run->set.at[i].len >= WORD_MAX)
			return false;
	}
	if (enough)
		return false;
	for (size_t i = 0; i < run->set.len; i++) {
		for (size_t k = 0; k < next->set.len; k++)
			product.at[product.len++] = joined(arena, &run->set.at[i], &next->set.at[k]);
	}
	run->set = product;
	return true;
}

static struct part one_word(struct reader *reader, const char *bytes, size_t len)
{
	struct part part = {.exact = true, .known = true};

	part.set.at[0] = (struct literal){arena_strndup(reader->arena, bytes, len), len, reader->caseless};
	part.set.len = 1;
	return part;
}

/* `\x41`; false for other forms and for bytes that are no ASCII. */
static bool read_hex(struct reader *reader, char *c)
{
	char *end;
	char digits[3] = {0};
	long value;

	memcpy(digits, reader->at, strnlen(reader->at, 2));
	value = strtol(digits, &end, 16);
	if (end != digits + 2 || value == 0 || value >= 0x80)
		return false;
	reader->at += 2;
	*c = (char)value;
	return true;
}

/* After the backslash. A character of its own goes to `*c`: true. */
static bool escaped_char(struct reader *reader, char *c)
{
	static const char from[] = "tnrfea", to[] = "\t\n\r\f\033\a";
	const char *control;

	*c = *reader->at++;
	control = strchr(from, *c);
	if (control != NULL) {
		*c = to[control - from];
		return true;
	}
	if (*c == 'x')
		return read_hex(reader, c);
	return *c > ' ' && *c < 0x7f && !((*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
					 (*c >= 'a' && *c <= 'z'));
}

static struct part read_escape(struct reader *reader)
{
	char c;

	if (escaped_char(reader, &c))
		return one_word(reader, &c, 1);
	switch (c) {
	case 'b':
	case 'B':
	case 'A':
	case 'z':
	case 'Z':
		return nothing;
	case 'd':
	case 'D':
	case 'w':
	case 'W':
	case 's':
	case 'S':
	case 'h':
	case 'H':
	case 'N':
		return anything;
	}
	reader->failed = true;
	return anything;
}

/* A class of a few plain characters is a set of words; any other may be anything. */
static struct part read_class(struct reader *reader)
{
	const char *end = reader->at + pattern_class_len(reader->at);
	struct reader inside = {.at = reader->at + 1, .arena = reader->arena, .caseless = reader->caseless};
	struct part part = {.exact = true, .known = true};

	reader->at = end;
	if (end[-1] != ']')
		reader->failed = true;
	while (inside.at < end - 1) {
		char c = *inside.at++;

		if (c == '\\' && !escaped_char(&inside, &c))
			return anything;
		if (c == '^' || c == '[' || (c == '-' && inside.at < end - 1) || (unsigned char)c >= 0x80 ||
		    part.set.len == 4)
			return anything;
		part.set.at[part.set.len++] = one_word(&inside, &c, 1).set.at[0];
	}
	return part.set.len > 0 ? part : anything;
}

static struct part read_alternation(struct reader *reader);

/* `(?i)`, `(?i:`: sets the letters; the place behind them, NULL where there is another letter. */
static const char *read_options(struct reader *reader, const char *at)
{
	bool on = true;

	for (; *at != ')' && *at != ':'; at++) {
		if (*at == '-')
			on = false;
		else if (*at == 'i')
			reader->caseless = on;
		else if (*at != 'm' && *at != 's')
			return NULL;
	}
	return at;
}

static struct part read_group(struct reader *reader)
{
	bool caseless = reader->caseless, looks = false;
	struct part part;

	reader->at++;
	if (*reader->at == '*') {
		reader->failed = true;
		return anything;
	}
	if (*reader->at == '?') {
		const char *at = reader->at + 1;

		if (*at == 'P' && at[1] == '<')
			at++;
		if (*at == '=' || *at == '!' || (*at == '<' && (at[1] == '=' || at[1] == '!'))) {
			looks = true;
			at += *at == '<' ? 2 : 1;
		} else if (*at == '<') {
			at = strchr(at, '>') != NULL ? strchr(at, '>') + 1 : NULL;
		} else if (*at == '>') {
			at++;
		} else {
			at = read_options(reader, at);
			if (at != NULL && *at == ')') {
				reader->at = at + 1;
				return nothing; /* holds up to the end of the group around it */
			}
			at += at != NULL;
		}
		if (at == NULL) {
			reader->failed = true;
			return anything;
		}
		reader->at = at;
	}
	part = read_alternation(reader);
	if (*reader->at != ')')
		reader->failed = true;
	else
		reader->at++;
	reader->caseless = caseless;
	return looks ? nothing : part;
}

static struct part read_atom(struct reader *reader)
{
	unsigned char c = (unsigned char)*reader->at;
	uint32_t cp;
	size_t len;

	switch (c) {
	case '(':
		return read_group(reader);
	case '[':
		return read_class(reader);
	case '\\':
		reader->at++;
		return read_escape(reader);
	case '.':
		reader->at++;
		return anything;
	case '^':
	case '$':
		reader->at++;
		return nothing;
	}
	len = utf8_decode(reader->at, strlen(reader->at), &cp);
	reader->at += len;
	if (len > 1 && reader->caseless)
		return anything;
	return one_word(reader, reader->at - len, len);
}

/* How often: the least number of times, and whether it is exactly once. */
static size_t read_count(struct reader *reader, bool *once)
{
	size_t least = 1;

	*once = false;
	if (*reader->at == '*' || *reader->at == '?') {
		least = 0;
		reader->at++;
	} else if (*reader->at == '+') {
		reader->at++;
	} else if (*reader->at == '{' && reader->at[1] >= '0' && reader->at[1] <= '9' &&
		   reader->at[strspn(reader->at + 1, "0123456789,") + 1] == '}') {
		least = strtoul(reader->at + 1, NULL, 10);
		reader->at += strcspn(reader->at, "}") + 1;
	} else {
		*once = true;
		return 1;
	}
	if (*reader->at == '?' || *reader->at == '+')
		reader->at++;
	return least;
}

static struct part read_counted(struct reader *reader, bool short_run)
{
	struct part part = read_atom(reader);
	bool optional = *reader->at == '?', once;
	size_t least = read_count(reader, &once);

	if (once)
		return part;
	if (least > 0) {
		part.exact = false;
		return part;
	}
	/* `s?` after a short run: both ways of going on. */
	if (optional && part.exact && short_run && part.set.len < LITERALS_MAX / 2 && !has_empty(&part.set)) {
		part.set.at[part.set.len++] = nothing.set.at[0];
		return part;
	}
	return anything;
}

static struct part read_sequence(struct reader *reader)
{
	struct part run = nothing, best = anything;
	bool broken = false;

	while (*reader->at != '\0' && *reader->at != '|' && *reader->at != ')' && !reader->failed) {
		struct part next = read_counted(reader, run.set.at[0].len < 4);

		if (join(&run, &next, reader->arena))
			continue;
		broken = true;
		keep_better(&best, &run);
		if (!next.exact)
			keep_better(&best, &next);
		run = next.exact ? next : nothing;
	}
	if (!broken)
		return run;
	keep_better(&best, &run);
	best.exact = false;
	return best;
}

static struct part read_alternation(struct reader *reader)
{
	struct part all;

	if (++reader->depth > DEPTH_MAX) {
		reader->failed = true;
		return anything;
	}
	all = read_sequence(reader);
	while (*reader->at == '|' && !reader->failed) {
		struct part other;

		reader->at++;
		other = read_sequence(reader);
		all.exact = all.exact && other.exact;
		all.known = all.known && other.known && all.set.len + other.set.len <= LITERALS_MAX;
		if (!all.known) {
			all.exact = false;
			continue;
		}
		for (size_t i = 0; i < other.set.len; i++)
			all.set.at[all.set.len++] = other.set.at[i];
	}
	reader->depth--;
	return all;
}

bool pattern_literals(struct literals *out, const char *regex, unsigned flags, struct arena *arena)
{
	struct reader reader = {.at = regex, .arena = arena, .caseless = (flags & PATTERN_CASELESS) != 0};
	struct part all;

	if ((flags & PATTERN_LITERAL) != 0) {
		all = one_word(&reader, regex, strlen(regex));
	} else {
		all = read_alternation(&reader);
		if (reader.failed || *reader.at != '\0')
			return false;
	}
	if (!all.known || worth(&all.set) < 0)
		return false;
	*out = all.set;
	return true;
}
