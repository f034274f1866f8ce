/* The ASCII twins of our glyphs (glyphs.def): one cell for one cell, so that a screen has the same
 * layout with and without UTF-8. */
#ifndef DRAW_GLYPH_H
#define DRAW_GLYPH_H

#include "base/base.h"

/* The twin of a code point, '?' for one that is not ours; ASCII stands for itself. */
char glyph_ascii(uint32_t code_point);
/* Whether it is ASCII or in the table. */
bool glyph_known(uint32_t code_point);

#endif
