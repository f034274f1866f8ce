/* Small pictures of numbers in one row of cells: the history strip and the phases of a request. */
#ifndef DRAW_BAR_H
#define DRAW_BAR_H

#include "draw/canvas.h"
#include "model/phase.h"
#include "model/snapshot.h"

/* The newest `width` cells of a history, oldest left. Each kind of cell has a glyph of its own, so
 * that the strip reads without colours. */
void bar_history(struct area area, int x, int y, int width, const unsigned char *history);
/* The measured phases, each as wide as its part of the whole; one that took any time at all has at
 * least one cell, as long as there are as many. Returns the cells used, at most `width`. */
int bar_phases(struct area area, int x, int y, int width, const struct phases *phases);

#endif
