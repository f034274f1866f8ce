/* Lookup in glyphs.def; the table is sorted, so a binary search finds a twin. */
#include "draw/glyph.h"

struct glyph {
	uint32_t code_point;
	char ascii;
};

static const struct glyph glyphs[] = {
#define GLYPH(code_point, ascii) {code_point, ascii},
#include "draw/glyphs.def"
#undef GLYPH
};

static const struct glyph *find(uint32_t code_point)
{
	size_t low = 0, high = BASE_LEN(glyphs);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (glyphs[middle].code_point == code_point)
			return &glyphs[middle];
		if (glyphs[middle].code_point < code_point)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

char glyph_ascii(uint32_t code_point)
{
	const struct glyph *glyph;

	if (code_point < 0x80)
		return (char)code_point;
	glyph = find(code_point);
	return glyph != NULL ? glyph->ascii : '?';
}

bool glyph_known(uint32_t code_point)
{
	return code_point < 0x80 || find(code_point) != NULL;
}
