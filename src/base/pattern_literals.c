/* Required literals. A sequence needs each of its parts, so the best part will do; alternatives
 * need one each. A recursive reader of PCRE2's syntax (pcre2pattern(3)) collects the runs of plain
 * characters. Invariant: it may give up, it may overlook, but it never takes a text for required
 * that is not; whatever it does not know for certain ends a run or the whole attempt. */
#include "base/pattern_literals.h"

#include "base/pattern.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <strings.h>

#define DEPTH_MAX 30
#define LITERAL_MIN 2

struct reader {
	const char *at;
	bool caseless;
	bool quoting; /* inside \Q...\E */
	bool lost;    /* something that is not understood: no literals at all */
	int depth;
};

/* One part of a sequence. */
struct item {
	enum { ITEM_CHAR, ITEM_NOTHING, ITEM_UNKNOWN, ITEM_GROUP } kind;
	char bytes[4]; /* ITEM_CHAR */
	size_t len;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What stands in every other line of a log says little about it. */
static const char *const common[] = {
	"http",	 "/1.1",  "://",    "error",   "info",	 "warn",   "debug", "status",  "request", "respon",
	"connec", "server", "client", "get",     "post",   "host",   "user",	 "time",    "code",	 "fail",
	"port",	 "name",  "file",   "path",    "from",	 "with",   "health", "probe",  "accept",  "servic",
	"messag", "level", "api",    " on ",    "to ",	 "no ",	   "not ",  "200",     "ing",	 "tion",
	"work",	 "trace", "cache",  "session", "start",  "0.0",	   "load",
};

/* How much of a text is not common; at least 1. */
static size_t rareness(const struct literal *text)
{
	size_t rare = text->len;

	for (size_t i = 0; i < BASE_LEN(common); i++) {
		size_t len = strlen(common[i]);

		for (size_t at = 0; at + len <= text->len; at++) {
			if ((text->bytes[at] | 0x20) == (common[i][0] | 0x20) &&
			    strncasecmp(text->bytes + at, common[i], len) == 0)
				rare = len < rare ? rare - len : 1;
		}
	}
	return rare < 12 ? rare : 12;
}

/* Rare texts first, then few of them; 0: of no use. */
static size_t worth(const struct literals *set)
{
	size_t least = LITERAL_BYTES;

	for (size_t i = 0; i < set->len; i++) {
		size_t rare = rareness(&set->at[i]);

		if (set->at[i].len < LITERAL_MIN)
			return 0;
		least = rare < least ? rare : least;
	}
	return set->len == 0 ? 0 : 2 * least * LITERALS_MAX - set->len;
}

static void keep_better(struct literals *best, const struct literals *candidate)
{
	size_t value = worth(candidate);

	if (value > best->worth) {
		best->len = candidate->len;
		memcpy(best->at, candidate->at, candidate->len * sizeof(candidate->at[0]));
		best->worth = value;
	}
}

static void end_run(struct literals *best, struct literal *run)
{
	struct literals candidate;

	if (run->len >= LITERAL_MIN) {
		candidate.len = 1;
		candidate.at[0] = *run;
		keep_better(best, &candidate);
	}
	run->len = 0;
}

static void add_char(struct literals *best, struct literal *run, const struct item *item)
{
	if (run->len + item->len > LITERAL_BYTES)
		end_run(best, run);
	memcpy(run->bytes + run->len, item->bytes, item->len);
	run->len = (unsigned char)(run->len + item->len);
}

/* A plain character; without regard to case only those of ASCII, as the search knows no others. */
static struct item plain(const struct reader *in, uint32_t cp)
{
	struct item item = {.kind = ITEM_CHAR};

	if (cp == 0 || cp == '\n' || (in->caseless && cp >= 0x80))
		item.kind = ITEM_UNKNOWN;
	else
		item.len = utf8_encode(item.bytes, cp);
	return item;
}

static struct item take_plain(struct reader *in)
{
	uint32_t cp;

	in->at += utf8_decode(in->at, strlen(in->at), &cp);
	return plain(in, cp);
}

static void skip_past(struct reader *in, char c)
{
	const char *end = strchr(in->at, c);

	if (end == NULL)
		in->lost = true;
	else
		in->at = end + 1;
}

static struct item unknown(void)
{
	return (struct item){.kind = ITEM_UNKNOWN};
}

static struct item nothing(void)
{
	return (struct item){.kind = ITEM_NOTHING};
}

/* Behind `\x`: up to two digits, or any number in braces. */
static struct item take_hex(struct reader *in)
{
	bool braces = *in->at == '{';
	uint32_t cp = 0;

	if (braces)
		in->at++;
	for (int i = 0; hex_digit(*in->at) >= 0 && i < (braces ? 6 : 2); i++)
		cp = cp << 4 | (uint32_t)hex_digit(*in->at++);
	if (braces) {
		if (*in->at != '}')
			in->lost = true;
		else
			in->at++;
	}
	return plain(in, cp);
}

/* Behind `\g`, `\k`, `\o`, `\p`, `\N`: a name in brackets, else a number or a letter. */
static struct item take_reference(struct reader *in)
{
	char open = *in->at;

	if (open == '{' || open == '<' || open == '\'') {
		in->at++;
		skip_past(in, open == '{' ? '}' : open == '<' ? '>' : '\'');
		return unknown();
	}
	if (open == '+' || open == '-')
		in->at++;
	while (is_digit(*in->at))
		in->at++;
	return unknown();
}

/* Behind a backslash. */
static struct item take_escape(struct reader *in)
{
	char c = *in->at;

	if (!is_letter(c) && !is_digit(c)) {
		if (c != '\0')
			return take_plain(in);
		in->lost = true;
		return unknown();
	}
	in->at++;
	if (is_digit(c)) { /* a back-reference or an octal number */
		while (is_digit(*in->at))
			in->at++;
		return unknown();
	}
	switch (c) {
	case 't':
		return plain(in, '\t');
	case 'x':
		return take_hex(in);
	case 'b': case 'B': case 'A': case 'z': case 'Z': case 'G': case 'K': case 'E':
		return nothing();
	case 'Q':
		in->quoting = true;
		return nothing();
	case 'd': case 'D': case 'w': case 'W': case 's': case 'S': case 'h': case 'H': case 'v':
	case 'V': case 'R': case 'X': case 'n': case 'r': case 'f': case 'a': case 'e':
		return unknown();
	case 'p': case 'P':
		if (is_letter(*in->at)) {
			in->at++;
			return unknown();
		}
		return take_reference(in);
	case 'N': case 'g': case 'k': case 'o':
		return take_reference(in);
	default:
		in->lost = true;
		return unknown();
	}
}

/* The class whose '[' is next; a first ']' (after an optional '^') is a member. */
static struct item take_class(struct reader *in)
{
	in->at++;
	if (*in->at == '^')
		in->at++;
	if (*in->at == ']')
		in->at++;
	while (*in->at != '\0' && *in->at != ']') {
		if (in->at[0] == '\\' && in->at[1] == 'Q') {
			in->lost = true;
			break;
		}
		if (in->at[0] == '\\' && in->at[1] != '\0') {
			in->at += 2;
		} else if (in->at[0] == '[' && strchr(":.=", in->at[1]) != NULL && in->at[1] != '\0') {
			/* A name like [:alpha:], or just two members. */
			const char *end = in->at + 2 + strspn(in->at + 2, "^abcdefghijklmnopqrstuvwxyz<>");

			in->at = end[0] == in->at[1] && end[1] == ']' ? end + 2 : in->at + 1;
		} else {
			in->at++;
		}
	}
	if (*in->at == ']')
		in->at++;
	return unknown();
}

static bool take_alternatives(struct reader *in, struct literals *out);

/* The inside of a group, up to and with its ')'. */
static struct item take_inside(struct reader *in, struct literals *group)
{
	if (!take_alternatives(in, group) || *in->at != ')') {
		in->lost = true;
		return unknown();
	}
	in->at++;
	return (struct item){.kind = ITEM_GROUP};
}

/* Behind "(?". */
static struct item take_special(struct reader *in, struct literals *group)
{
	struct literals ignored;
	char c = *in->at;

	if (c == ':' || c == '|' || c == '>') {
		in->at++;
		return take_inside(in, group);
	}
	if (c == '=' || c == '!' || (c == '<' && (in->at[1] == '=' || in->at[1] == '!'))) {
		in->at += c == '<' ? 2 : 1;
		(void)take_inside(in, &ignored);
		return unknown();
	}
	if (c == 'P' && in->at[1] == '<')
		c = *++in->at;
	if (c == '<' || c == '\'') {
		in->at++;
		skip_past(in, c == '<' ? '>' : '\'');
		return in->lost ? unknown() : take_inside(in, group);
	}
	if (c == '#' || c == 'R' || c == '&' || c == 'P' || c == '+' || is_digit(c) ||
	    (c == '-' && is_digit(in->at[1]))) {
		skip_past(in, ')');
		return unknown();
	}
	for (; is_letter(*in->at) || *in->at == '-' || *in->at == '^'; in->at++)
		in->lost = in->lost || *in->at == 'x' || *in->at == 'C';
	if (*in->at == ':') {
		in->at++;
		return take_inside(in, group);
	}
	if (*in->at != ')')
		in->lost = true;
	else
		in->at++;
	return nothing();
}

static struct item take_group(struct reader *in, struct literals *group)
{
	in->at++;
	if (*in->at == '*') { /* verbs, and words for what "(?" says */
		in->lost = true;
		return unknown();
	}
	if (*in->at != '?')
		return take_inside(in, group);
	in->at++;
	return take_special(in, group);
}

static struct item take_item(struct reader *in, struct literals *group)
{
	if (in->quoting) {
		if (in->at[0] != '\\' || in->at[1] != 'E')
			return take_plain(in);
		in->quoting = false;
		in->at += 2;
		return nothing();
	}
	switch (*in->at) {
	case '\\':
		in->at++;
		return take_escape(in);
	case '[':
		return take_class(in);
	case '(':
		return take_group(in, group);
	case '.':
		in->at++;
		return unknown();
	case '^':
	case '$':
		in->at++;
		return nothing();
	default:
		return take_plain(in);
	}
}

/* `{2}`, `{2,}`, `{2,5}`: its length, 0 where the brace is a plain character. */
static size_t braces_len(const char *text)
{
	size_t at = 1;

	if (text[0] != '{' || !is_digit(text[1]))
		return 0;
	while (is_digit(text[at]))
		at++;
	if (text[at] == ',')
		at++;
	while (is_digit(text[at]))
		at++;
	return text[at] == '}' ? at + 1 : 0;
}

enum times { TIMES_ONE, TIMES_SOME, TIMES_PERHAPS };

/* How often the item before must be there; several quantifiers may follow each other. */
static enum times take_times(struct reader *in)
{
	enum times times = TIMES_ONE;
	size_t len;

	while (!in->quoting) {
		if (*in->at == '*' || *in->at == '?') {
			times = TIMES_PERHAPS;
			in->at++;
		} else if (*in->at == '+') {
			times = times == TIMES_PERHAPS ? times : TIMES_SOME;
			in->at++;
		} else if ((len = braces_len(in->at)) != 0) {
			bool zero = strtol(in->at + 1, NULL, 10) == 0;

			times = zero || times == TIMES_PERHAPS ? TIMES_PERHAPS : TIMES_SOME;
			in->at += len;
		} else {
			break;
		}
		/* "a+?" is lazy, not optional; "a++" possessive. */
		if (*in->at == '?' || *in->at == '+')
			in->at++;
	}
	return times;
}

static void take_sequence(struct reader *in, struct literals *best)
{
	struct literal run = {0};

	best->len = 0;
	best->worth = 0;
	while (*in->at != '\0' && !in->lost && (in->quoting || (*in->at != '|' && *in->at != ')'))) {
		struct literals group;
		struct item item = take_item(in, &group);
		enum times times = take_times(in);

		switch (item.kind) {
		case ITEM_NOTHING:
			/* A quantifier behind `\E` or a comment means what is before it. */
			in->lost = in->lost || times != TIMES_ONE;
			break;
		case ITEM_CHAR:
			if (times != TIMES_PERHAPS)
				add_char(best, &run, &item);
			if (times != TIMES_ONE)
				end_run(best, &run);
			break;
		case ITEM_GROUP:
			end_run(best, &run);
			if (times != TIMES_PERHAPS)
				keep_better(best, &group);
			break;
		case ITEM_UNKNOWN:
			end_run(best, &run);
			break;
		}
	}
	end_run(best, &run);
}

/* False when lost; no literals in `out` where an alternative has none. */
static bool take_alternatives(struct reader *in, struct literals *out)
{
	bool all = true;

	out->len = 0;
	out->worth = 0;
	if (++in->depth > DEPTH_MAX)
		in->lost = true;
	while (!in->lost) {
		struct literals branch;

		take_sequence(in, &branch);
		all = all && branch.len != 0 && out->len + branch.len + 2 <= LITERALS_MAX;
		for (size_t i = 0; all && i < branch.len; i++)
			out->at[out->len++] = branch.at[i];
		if (*in->at != '|')
			break;
		in->at++;
	}
	in->depth--;
	if (!all)
		out->len = 0;
	return !in->lost;
}

/* True where some `(?flags` may say `i`: then all of it is taken without regard to case. */
static bool may_fold(const char *regex)
{
	for (; (regex = strstr(regex, "(?")) != NULL; regex += 2) {
		for (const char *c = regex + 2; is_letter(*c) || *c == '-' || *c == '^'; c++) {
			if (*c == 'i')
				return true;
		}
	}
	return false;
}

/* Without regard to case k is also the Kelvin sign and s the long s, which a search by bytes does
 * not see: so a line with one of these is worth asking about, too. */
static void add_partners(struct literals *out)
{
	bool k = false, s = false;

	for (size_t i = 0; i < out->len; i++) {
		for (size_t c = 0; c < out->at[i].len; c++) {
			k = k || (out->at[i].bytes[c] | 0x20) == 'k';
			s = s || (out->at[i].bytes[c] | 0x20) == 's';
		}
	}
	if (k)
		out->at[out->len++] = (struct literal){.len = 3, .bytes = "\xe2\x84\xaa"};
	if (s)
		out->at[out->len++] = (struct literal){.len = 2, .bytes = "\xc5\xbf"};
}

bool pattern_literals(struct literals *out, const char *regex, unsigned flags)
{
	struct reader in = {.at = regex};
	bool literal = (flags & PATTERN_LITERAL) != 0;

	in.caseless = (flags & PATTERN_CASELESS) != 0 || (!literal && may_fold(regex));
	out->len = 0;
	out->worth = 0;
	if (literal) {
		struct literal run = {0};

		while (*in.at != '\0') {
			struct item item = take_plain(&in);

			if (item.kind == ITEM_CHAR)
				add_char(out, &run, &item);
			else
				end_run(out, &run);
		}
		end_run(out, &run);
	} else if (!take_alternatives(&in, out) || *in.at != '\0') {
		out->len = 0;
	}
	out->caseless = in.caseless;
	if (worth(out) == 0)
		return false;
	if (in.caseless)
		add_partners(out);
	return true;
}
