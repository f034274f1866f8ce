/* Figures that are read from across a room: digits and a few signs of three by five blocks. */
#ifndef DRAW_BLOCK_H
#define DRAW_BLOCK_H

#include "draw/canvas.h"

#define BLOCK_HEIGHT 5
/* Cells that `text` (digits, ':', '%', '.', blank) takes, one blank between two signs. */
int block_width(const char *text);
/* Draws it, clipped; returns its width. */
int block_text(struct area area, int x, int y, enum style style, const char *text);

#endif
