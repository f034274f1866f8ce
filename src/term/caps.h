/* What terminals can show, decided without curses: ASCII or not, which colour of a palette comes
 * nearest, and what the console font of Linux has. Pure. */
#ifndef TERM_CAPS_H
#define TERM_CAPS_H

#include "base/base.h"

/* True where only ASCII reaches the eye: the locale's codeset is not UTF-8, or the terminal is
 * of a kind that has no UTF-8 (VT100 and its hardware kin). */
bool caps_want_ascii(const char *term, const char *codeset);
/* The entry 16..255 of xterm's palette nearest to 0xRRGGBB. */
int caps_nearest_256(uint32_t rgb);
/* 0xRRGGBB of an entry 0..255 of xterm's palette. */
uint32_t caps_palette_rgb(int index);
/* The Linux console has 256 or 512 glyphs, in practice those of code page 437. Returns `cp` where
 * it has it, else the nearest that it has, one cell wide; '?' for all others. */
uint32_t caps_console_glyph(uint32_t cp);

#endif
