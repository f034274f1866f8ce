/* UTF-8 from strangers. Invariant: decoding always moves forward and never fails; what is broken
 * becomes U+FFFD, once for each maximal part, as the Unicode standard advises. See utf8.h. */
#include "base/utf8.h"

/* The well-formed byte sequences of Unicode 15, table 3-7: for each range of lead bytes the
 * number of bytes, and the range of the second one; all further bytes are 80..BF. */
struct lead {
	unsigned char first, last;
	unsigned char len;
	unsigned char second_first, second_last;
};

static const struct lead leads[] = {
	{0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf},
	{0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf}, {0xf0, 0xf0, 4, 0x90, 0xbf},
	{0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

/* As below, and says whether the sequence was well formed. */
static size_t decode(const char *text, size_t len, uint32_t *code_point, bool *valid)
{
	const unsigned char *bytes = (const unsigned char *)text;
	const struct lead *lead = leads;
	uint32_t cp;
	size_t at;

	*valid = true;
	if (bytes[0] < 0x80) {
		*code_point = bytes[0];
		return 1;
	}
	while (lead < leads + BASE_LEN(leads) && bytes[0] > lead->last)
		lead++;
	*valid = false;
	*code_point = UTF8_REPLACEMENT;
	if (lead == leads + BASE_LEN(leads) || bytes[0] < lead->first)
		return 1;
	if (len < 2 || bytes[1] < lead->second_first || bytes[1] > lead->second_last)
		return 1;
	cp = bytes[0] & (0x7fu >> lead->len);
	for (at = 1; at < lead->len; at++) {
		if (at == len || (bytes[at] & 0xc0) != 0x80)
			return at;
		cp = cp << 6 | (bytes[at] & 0x3fu);
	}
	*valid = true;
	*code_point = cp;
	return at;
}

size_t utf8_decode(const char *text, size_t len, uint32_t *code_point)
{
	bool valid;

	return decode(text, len, code_point, &valid);
}

size_t utf8_encode(char out[4], uint32_t code_point)
{
	if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point <= 0xdfff))
		code_point = UTF8_REPLACEMENT;
	if (code_point < 0x80) {
		out[0] = (char)code_point;
		return 1;
	}
	if (code_point < 0x800) {
		out[0] = (char)(0xc0 | code_point >> 6);
		out[1] = (char)(0x80 | (code_point & 0x3f));
		return 2;
	}
	if (code_point < 0x10000) {
		out[0] = (char)(0xe0 | code_point >> 12);
		out[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code_point & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code_point >> 18);
	out[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code_point & 0x3f));
	return 4;
}

size_t utf8_clip(const char *text, size_t len, size_t cells, size_t *used)
{
	size_t at = 0, taken = 0;

	while (at < len) {
		uint32_t cp;
		size_t bytes = utf8_decode(text + at, len - at, &cp);
		size_t width = (size_t)utf8_cp_width(cp);

		if (width > cells - taken)
			break;
		taken += width;
		at += bytes;
	}
	if (used != NULL)
		*used = taken;
	return at;
}

size_t utf8_width(const char *text, size_t len)
{
	size_t width;

	(void)utf8_clip(text, len, SIZE_MAX, &width);
	return width;
}

size_t utf8_valid_len(const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		uint64_t word;
		uint32_t cp;
		bool valid;
		size_t used;

		/* Logs are mostly ASCII: eight bytes a step. */
		if (len - at >= sizeof(word)) {
			memcpy(&word, text + at, sizeof(word));
			if ((word & UINT64_C(0x8080808080808080)) == 0) {
				at += sizeof(word);
				continue;
			}
		}
		used = decode(text + at, len - at, &cp, &valid);
		if (!valid)
			return at;
		at += used;
	}
	return len;
}

bool utf8_valid(const char *text, size_t len)
{
	return utf8_valid_len(text, len) == len;
}
