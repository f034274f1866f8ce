/* Columns that give way: which of them a width has room for, and how wide each becomes. */
#ifndef DRAW_COLUMNS_H
#define DRAW_COLUMNS_H

#include "base/base.h"

struct column {
	int min, want; /* cells; a column is never narrower than `min`, it goes instead */
	int priority;  /* 0 = stays longest; equal ones go from the right */
	bool grows;    /* takes what is left over; at most one */
};

/* Sets widths[i] to cells, 0 for a column that has given way. Between two columns stand `gap`
 * blanks. The first column (by priority) always stays, cut to `width` if need be. */
void columns_fit(const struct column *columns, size_t count, int width, int gap, int *widths);

#endif
