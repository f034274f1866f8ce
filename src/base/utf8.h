/* UTF-8 as bytes from strangers (Unicode 15, RFC 3629): decoding that never fails, widths as a
 * terminal shows them, and clipping on cell boundaries. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/base.h"

#define UTF8_REPLACEMENT 0xFFFDu

/* Decodes one code point of `text[0..len)`, len > 0; returns the bytes consumed (1 to 4).
 * Overlong forms, surrogates and broken sequences give UTF8_REPLACEMENT and consume the
 * maximal invalid part (Unicode 15, section 3.9, table 3-8). */
size_t utf8_decode(const char *text, size_t len, uint32_t *code_point);
/* Writes 1 to 4 bytes, returns how many. */
size_t utf8_encode(char out[4], uint32_t code_point);
/* Cells that a code point takes: 0 (combining, joiners, variation selectors), 1 or 2. Controls
 * and unassigned code points count as 1, since they are shown as the replacement. Independent
 * of the locale. */
int utf8_cp_width(uint32_t code_point);
/* Cells of `len` bytes of text. */
size_t utf8_width(const char *text, size_t len);
/* How many bytes of `text` fit into `cells`; a wide character is never halved. `*used` (may be
 * NULL) gets the cells taken. */
size_t utf8_clip(const char *text, size_t len, size_t cells, size_t *used);
bool utf8_valid(const char *text, size_t len);
/* Bytes before the first broken one. */
size_t utf8_valid_len(const char *text, size_t len);

#endif
