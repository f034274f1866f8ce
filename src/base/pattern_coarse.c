/* Rewriting for the block scanner. A line is the whole subject of the exact expression, so \A is
 * the start of a line and \z its end; a line may end in CR LF, of which the exact expression sees
 * nothing, so every end may have a CR before it. A trailing `.*` is cut off: it changes no answer
 * and would report every byte of the rest of the line. Long counted repetitions are opened. */
#include "base/pattern_coarse.h"

#include "base/pattern.h"

#define LINE_END "(?:\\r?$)"
#define COUNTED_MAX 6 /* counted steps that are kept as they are */

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void add_literal(struct strbuf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (is_alnum(*text) || (unsigned char)*text >= 0x80)
			strbuf_addc(out, *text);
		else
			strbuf_addf(out, "\\x%02x", (unsigned char)*text);
	}
}

size_t pattern_class_len(const char *text)
{
	size_t at = 1;

	if (text[at] == '^')
		at++;
	if (text[at] == ']')
		at++;
	while (text[at] != '\0' && text[at] != ']') {
		if (text[at] == '\\' && text[at + 1] == 'Q') {
			const char *end = strstr(text + at, "\\E");

			if (end == NULL)
				return strlen(text);
			at = (size_t)(end - text) + 2;
		} else if (text[at] == '\\' && text[at + 1] != '\0') {
			at += 2;
		} else if (text[at] == '[' && text[at + 1] == ':') {
			const char *end = strstr(text + at, ":]");

			at = end != NULL ? (size_t)(end - text) + 2 : at + 1;
		} else {
			at++;
		}
	}
	return text[at] == ']' ? at + 1 : at;
}

/* `(*VERB)` and `(?x)` change how the rest is read. */
static bool changes_reading(const char *text)
{
	if (text[1] == '*')
		return true;
	if (text[1] != '?')
		return false;
	for (text += 2; is_alnum(*text) || *text == '^' || *text == '-'; text++) {
		if (*text == 'x')
			return true;
	}
	return false;
}

/* An escape at `text`; returns its length, 0 where it has no coarse form. */
static size_t add_escape(struct strbuf *out, const char *text)
{
	const char *end;

	switch (text[1]) {
	case 'A':
		strbuf_addc(out, '^');
		return 2;
	case 'z':
	case 'Z':
		strbuf_adds(out, LINE_END);
		return 2;
	case 'G':
	case '\0':
		return 0;
	case 'Q':
		end = strstr(text, "\\E");
		for (text += 2; *text != '\0' && text != end; text++)
			add_literal(out, (char[2]){*text, '\0'});
		return SIZE_MAX; /* the caller finds the end */
	default:
		strbuf_add(out, text, 2);
		return 2;
	}
}

static const char *after_quote(const char *text)
{
	const char *end = strstr(text, "\\E");

	return end != NULL ? end + 2 : text + strlen(text);
}

/* Cuts `.*`, `.*?` and `.*+` off the end, and the repetition off `.+`. */
static void cut_tail(struct strbuf *out)
{
	size_t len = out->len;
	size_t slashes = 0;
	char repeat;

	if (len > 2 && (out->data[len - 1] == '?' || out->data[len - 1] == '+') &&
	    (out->data[len - 2] == '*' || out->data[len - 2] == '+'))
		len--;
	if (len < 2 || out->data[len - 2] != '.')
		return;
	repeat = out->data[len - 1];
	while (slashes + 2 < len && out->data[len - 3 - slashes] == '\\')
		slashes++;
	if (slashes % 2 == 0 && repeat == '*')
		strbuf_cut(out, len - 2);
	else if (slashes % 2 == 0 && repeat == '+')
		strbuf_cut(out, len - 1);
}

/* `{m,n}` with room between: a repetition without an upper end also finds all of it, and costs the
 * compiler and the scanner nothing, while each counted step is states of its own (`.{0,160}` between
 * two words takes seconds to compile). Returns the bytes consumed, 0 where this is no such count. */
static size_t add_open_repeat(struct strbuf *out, const char *text)
{
	size_t first = strspn(text + 1, "0123456789");
	const char *comma = text + 1 + first;
	size_t second = *comma == ',' ? strspn(comma + 1, "0123456789") : 0;

	if (first == 0 || second == 0 || comma[1 + second] != '}')
		return 0;
	if (strtoul(comma + 1, NULL, 10) - strtoul(text + 1, NULL, 10) < COUNTED_MAX)
		return 0;
	strbuf_addc(out, strspn(text + 1, "0") == first ? '*' : '+');
	return 1 + first + 1 + second + 1;
}

bool pattern_coarse(struct strbuf *out, const char *regex, unsigned flags)
{
	if ((flags & PATTERN_LITERAL) != 0) {
		add_literal(out, regex);
		return !out->truncated;
	}
	while (*regex != '\0') {
		size_t used = 1, opened;

		if (*regex == '\\') {
			used = add_escape(out, regex);
			if (used == 0)
				return false;
			regex = used == SIZE_MAX ? after_quote(regex) : regex + used;
			continue;
		}
		if (*regex == '(' && changes_reading(regex))
			return false;
		if (*regex == '$') {
			strbuf_adds(out, LINE_END);
		} else {
			if (*regex == '[')
				used = pattern_class_len(regex);
			if (*regex == '{' && (opened = add_open_repeat(out, regex)) != 0)
				used = opened;
			else
				strbuf_add(out, regex, used);
		}
		regex += used;
	}
	cut_tail(out);
	return !out->truncated;
}
