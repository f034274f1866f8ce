/* Figures and names that are read from across a room: digits, Latin letters and a few signs, of
 * three by five blocks or a little more. */
#ifndef DRAW_BLOCK_H
#define DRAW_BLOCK_H

#include "draw/canvas.h"

#define BLOCK_HEIGHT 5
/* Cells that `text` takes, one blank between two signs; 0 where a sign of it is not in the font. */
int block_width(const char *text);
/* Draws it, clipped; returns its width. */
int block_text(struct area area, int x, int y, enum style style, const char *text);

#endif
