/* A validating scanner for JSON. It does not recurse: the open lists and maps are bits of one
 * word, which is why LIMIT_JSON_DEPTH is 64. See json_check.h. */
#include "base/json_check.h"

#include "base/limits.h"

_Static_assert(LIMIT_JSON_DEPTH <= 64, "the open containers are the bits of one word");

struct scanner {
	const unsigned char *at;
	const unsigned char *end;
	uint64_t maps; /* bit 0 is the innermost container: set for a map */
	int depth;
	const char *wrong; /* what was wanted, where it failed */
};

static bool fail(struct scanner *in, const char *wanted)
{
	in->wrong = wanted;
	return false;
}

static void skip_blanks(struct scanner *in)
{
	while (in->at < in->end &&
	       (*in->at == ' ' || *in->at == '\n' || *in->at == '\r' || *in->at == '\t'))
		in->at++;
}

static int peek(const struct scanner *in)
{
	return in->at < in->end ? *in->at : -1;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(int c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool take_escape(struct scanner *in)
{
	int c = peek(in);

	if (c < 0 || strchr("\"\\/bfnrtu", c) == NULL || c == '\0')
		return fail(in, "an escape");
	in->at++;
	for (int i = 0; c == 'u' && i < 4; i++, in->at++) {
		if (!is_hex(peek(in)))
			return fail(in, "four hex digits");
	}
	return true;
}

/* After the opening quote. */
static bool take_string(struct scanner *in)
{
	while (in->at < in->end) {
		unsigned char c = *in->at++;

		if (c == '"')
			return true;
		if (c < 0x20) {
			in->at--;
			return fail(in, "no control character");
		}
		if (c == '\\' && !take_escape(in))
			return false;
	}
	return fail(in, "the end of a string");
}

static bool take_digits(struct scanner *in)
{
	if (!is_digit(peek(in)))
		return fail(in, "a digit");
	while (is_digit(peek(in)))
		in->at++;
	return true;
}

static bool take_number(struct scanner *in)
{
	if (peek(in) == '-')
		in->at++;
	if (peek(in) == '0')
		in->at++;
	else if (!take_digits(in))
		return false;
	if (peek(in) == '.') {
		in->at++;
		if (!take_digits(in))
			return false;
	}
	if (peek(in) == 'e' || peek(in) == 'E') {
		in->at++;
		if (peek(in) == '+' || peek(in) == '-')
			in->at++;
		return take_digits(in);
	}
	return true;
}

static bool take_word(struct scanner *in, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(in->end - in->at) < len || memcmp(in->at, word, len) != 0)
		return fail(in, "a value");
	in->at += len;
	return true;
}

/* A key and its colon. */
static bool take_key(struct scanner *in)
{
	if (peek(in) != '"')
		return fail(in, "a key");
	in->at++;
	if (!take_string(in))
		return false;
	skip_blanks(in);
	if (peek(in) != ':')
		return fail(in, "':'");
	in->at++;
	skip_blanks(in);
	return true;
}

/* Opens a list or map; `*value` says whether a value must follow (it is not empty). */
static bool open_container(struct scanner *in, bool *value)
{
	bool map = *in->at == '{';

	if (in->depth == LIMIT_JSON_DEPTH)
		return fail(in, "less nesting");
	in->at++;
	in->depth++;
	in->maps = in->maps << 1 | (map ? 1 : 0);
	skip_blanks(in);
	*value = peek(in) != (map ? '}' : ']');
	return !*value || !map || take_key(in);
}

/* A scalar, or the opening of a container. */
static bool take_value(struct scanner *in, bool *value)
{
	*value = false;
	switch (peek(in)) {
	case '{':
	case '[':
		return open_container(in, value);
	case '"':
		in->at++;
		return take_string(in);
	case 't':
		return take_word(in, "true");
	case 'f':
		return take_word(in, "false");
	case 'n':
		return take_word(in, "null");
	default:
		if (peek(in) != '-' && !is_digit(peek(in)))
			return fail(in, "a value");
		return take_number(in);
	}
}

/* After a value: closes containers; `*value` says whether a comma announced another value. */
static bool take_separator(struct scanner *in, bool *value)
{
	bool map = (in->maps & 1) != 0;

	skip_blanks(in);
	if (peek(in) == ',') {
		in->at++;
		skip_blanks(in);
		*value = true;
		return !map || take_key(in);
	}
	if (peek(in) != (map ? '}' : ']'))
		return fail(in, map ? "',' or '}'" : "',' or ']'");
	in->at++;
	in->depth--;
	in->maps >>= 1;
	return true;
}

static bool take_document(struct scanner *in)
{
	bool value = true;

	skip_blanks(in);
	while (value || in->depth != 0) {
		if (value ? !take_value(in, &value) : !take_separator(in, &value))
			return false;
	}
	skip_blanks(in);
	return in->at == in->end || fail(in, "the end");
}

bool json_check(const char *bytes, size_t len, struct strbuf *err)
{
	struct scanner in = {.at = (const unsigned char *)bytes};

	in.end = in.at + len;
	if (take_document(&in))
		return true;
	if (err != NULL && in.at == in.end)
		strbuf_addf(err, "JSON ends early: wanted %s at byte %zu", in.wrong, len);
	else if (err != NULL)
		strbuf_addf(err, "no JSON: wanted %s at byte %zu", in.wrong,
			    (size_t)(in.at - (const unsigned char *)bytes));
	return false;
}
