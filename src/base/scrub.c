/* The gate for bytes from outside. Invariant: what it appends is valid UTF-8 of which no code
 * point commands a terminal or hides; it is never cut inside a character, not even where the
 * buffer is full. See scrub.h. */
#include "base/scrub.h"

#include "base/utf8.h"
#include "base/xalloc.h"

#define ESC 0x1bu

struct range {
	uint32_t first, last;
};

/* Code points that show nothing and change how others are read. The joiners U+200C and U+200D
 * and the variation selectors stay: Persian, Indic scripts and emoji need them, and the canvas
 * binds them to the character before. */
static const struct range hidden[] = {
	{0x00ad, 0x00ad},   /* soft hyphen */
	{0x034f, 0x034f},   /* combining grapheme joiner */
	{0x061c, 0x061c},   /* Arabic letter mark */
	{0x115f, 0x1160},   /* Hangul fillers */
	{0x17b4, 0x17b5},   /* Khmer inherent vowels */
	{0x180b, 0x180f},   /* Mongolian variation and vowel separators */
	{0x200b, 0x200b},   /* zero width space */
	{0x200e, 0x200f},   /* left-to-right and right-to-left marks */
	{0x2028, 0x202e},   /* line and paragraph separators, embeddings and overrides */
	{0x2060, 0x206f},   /* word joiner, invisible operators, isolates, deprecated controls */
	{0x3164, 0x3164},   /* Hangul filler */
	{0xfdd0, 0xfdef},   /* noncharacters */
	{0xfeff, 0xfeff},   /* byte order mark */
	{0xffa0, 0xffa0},   /* halfwidth Hangul filler */
	{0xfff0, 0xfffb},   /* interlinear annotation and what is reserved next to it */
	{0x13430, 0x13440}, /* Egyptian format controls */
	{0x1bca0, 0x1bca3}, /* shorthand format controls */
	{0x1d173, 0x1d17a}, /* musical format controls */
	{0xe0000, 0xe00ff}, /* language tags */
	{0xe01f0, 0xe0fff}, /* reserved, ignorable by default */
};

static bool is_hidden(uint32_t cp)
{
	size_t low = 0, high = BASE_LEN(hidden);

	if ((cp & 0xfffeu) == 0xfffeu)
		return true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (cp > hidden[middle].last)
			low = middle + 1;
		else if (cp < hidden[middle].first)
			high = middle;
		else
			return true;
	}
	return false;
}

/* What stands for a code point that may not pass: the picture of a C0 control (U+2400...), else
 * the replacement character; a harmless one stands for itself. */
static uint32_t harmless(uint32_t cp)
{
	if (cp < 0x20)
		return 0x2400 + cp;
	if (cp == 0x7f)
		return 0x2421;
	if (cp >= 0x80 && cp < 0xa0)
		return UTF8_REPLACEMENT;
	return is_hidden(cp) ? UTF8_REPLACEMENT : cp;
}

/* Appends all bytes or none; false when the buffer is full. */
static bool add_whole(struct strbuf *out, const char *bytes, size_t len)
{
	if (len > out->max - out->len) {
		out->truncated = true;
		return false;
	}
	strbuf_add(out, bytes, len);
	return true;
}

static bool between(unsigned char c, unsigned char first, unsigned char last)
{
	return c >= first && c <= last;
}

/* Control strings (OSC, DCS, SOS, PM, APC) end with ST or BEL; any other control breaks them off,
 * which keeps the search linear: no byte is looked at twice from two introducers. */
static size_t control_string_len(const unsigned char *text, size_t len, size_t at)
{
	for (; at < len; at++) {
		if (text[at] == 0x07)
			return at + 1;
		if (text[at] == ESC)
			return at + 1 < len && text[at + 1] == '\\' ? at + 2 : 0;
		if (text[at] < 0x20 || text[at] == 0x7f)
			return 0;
	}
	return 0;
}

/* Length of the complete escape sequence at the start of `text` (ECMA-48 5.3 to 5.6; the 8-bit
 * CSI in UTF-8 too), 0 where there is none. */
static size_t escape_len(const unsigned char *text, size_t len)
{
	bool csi8 = len > 2 && text[0] == 0xc2 && text[1] == 0x9b;
	size_t at = 2;

	if (!csi8 && (len < 2 || text[0] != ESC))
		return 0;
	if (csi8 || text[1] == '[') {
		while (at < len && between(text[at], 0x30, 0x3f))
			at++;
		while (at < len && between(text[at], 0x20, 0x2f))
			at++;
		return at < len && between(text[at], 0x40, 0x7e) ? at + 1 : 0;
	}
	if (text[1] == ']' || text[1] == 'P' || text[1] == 'X' || text[1] == '^' || text[1] == '_')
		return control_string_len(text, len, at);
	at = 1;
	while (at < len && between(text[at], 0x20, 0x2f))
		at++;
	return at < len && between(text[at], 0x30, 0x7e) ? at + 1 : 0;
}

struct scrubber {
	struct strbuf *out;
	unsigned flags;
	size_t line_start; /* offset in `out` where the line began, for tabs */
};

/* Newline, CR LF and tab, which the flags give a meaning; returns the bytes consumed or 0. */
static size_t add_blank(struct scrubber *s, const unsigned char *text, size_t len)
{
	bool lines = (s->flags & SCRUB_TEXT) != 0;
	size_t newline = text[0] == '\n' ? 1 : len > 1 && text[0] == '\r' && text[1] == '\n' ? 2 : 0;

	if (newline != 0) {
		strbuf_addc(s->out, lines ? '\n' : ' ');
		s->line_start = s->out->len;
		return newline;
	}
	if (text[0] != '\t')
		return 0;
	if (lines) {
		size_t col = utf8_width(s->out->data + s->line_start, s->out->len - s->line_start);

		strbuf_add(s->out, "        ", 8 - col % 8);
		/* Counting goes on from here, a multiple of 8, else many tabs would be quadratic. */
		s->line_start = s->out->len;
	} else {
		strbuf_addc(s->out, ' ');
	}
	return 1;
}

void scrub(struct strbuf *out, const void *bytes, size_t len, unsigned flags)
{
	struct scrubber s = {.out = out, .flags = flags, .line_start = out->len};
	const unsigned char *text = bytes;
	size_t at = 0;

	while (at < len && !out->truncated) {
		size_t run = at;
		size_t used;
		uint32_t cp, shown;
		char encoded[4];

		while (run < len && between(text[run], 0x20, 0x7e))
			run++;
		if (run != at) {
			strbuf_add(out, text + at, run - at);
			at = run;
			continue;
		}
		used = add_blank(&s, text + at, len - at);
		if (used == 0 && (flags & SCRUB_SGR) != 0)
			used = escape_len(text + at, len - at);
		if (used != 0) {
			at += used;
			continue;
		}
		used = utf8_decode((const char *)text + at, len - at, &cp);
		shown = harmless(cp);
		if (!add_whole(out, encoded, utf8_encode(encoded, shown)))
			break;
		at += used;
	}
}

char *scrub_dup(const void *bytes, size_t len, size_t max, unsigned flags)
{
	struct strbuf out;

	strbuf_init(&out, max);
	scrub(&out, bytes, len, flags);
	return strbuf_detach(&out);
}

bool scrub_is_clean(const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		uint32_t cp;
		size_t used;

		if (between((unsigned char)text[at], 0x20, 0x7e)) {
			at++;
			continue;
		}
		used = utf8_decode(text + at, len - at, &cp);
		if (harmless(cp) != cp)
			return false;
		/* A replacement character is clean only where it was written as one. */
		if (cp == UTF8_REPLACEMENT && (used != 3 || memcmp(text + at, "\xef\xbf\xbd", 3) != 0))
			return false;
		at += used;
	}
	return true;
}
