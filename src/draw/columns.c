/* Columns are taken in by priority at their least width, as long as they fit; then they widen to
 * what they want in the same order; the one that grows takes the rest. So no column is ever cut
 * to make room for a less important one. */
#include "draw/columns.h"

/* The most important column that is not yet in; count where all are. */
static size_t next_column(const struct column *columns, size_t count, const bool *tried)
{
	size_t best = count;

	for (size_t i = 0; i < count; i++) {
		if (!tried[i] && (best == count || columns[i].priority < columns[best].priority))
			best = i;
	}
	return best;
}

#define COLUMNS_MAX 32

void columns_fit(const struct column *columns, size_t count, int width, int gap, int *widths)
{
	bool tried[COLUMNS_MAX] = {false};
	size_t order[COLUMNS_MAX], kept = 0, i;
	int left = width + gap; /* each column is counted with the gap behind it */

	if (count > COLUMNS_MAX)
		BUG("%zu columns", count);
	for (i = 0; i < count; i++)
		widths[i] = 0;
	while ((i = next_column(columns, count, tried)) < count) {
		int least = columns[i].min;

		tried[i] = true;
		if (kept == 0 && least > width)
			least = width;
		if (least + gap > left)
			continue;
		widths[i] = least;
		left -= least + gap;
		order[kept++] = i;
	}
	for (size_t at = 0; at < kept; at++) {
		int more = columns[order[at]].want - widths[order[at]];

		if (more > left)
			more = left;
		if (more > 0) {
			widths[order[at]] += more;
			left -= more;
		}
	}
	for (i = 0; i < count; i++) {
		if (columns[i].grows && widths[i] > 0)
			widths[i] += left;
	}
}
