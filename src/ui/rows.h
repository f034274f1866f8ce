/* The rows of the fleet table as a person sees them: filtered, sorted, grouped, folded or as a
 * tree. Built by the reducer and by the view from the same two inputs, so both agree on what
 * stands where. */
#ifndef UI_ROWS_H
#define UI_ROWS_H

#include "ui/state.h"

enum row_kind { ROW_SERVICE, ROW_GROUP };

struct table_row {
	enum row_kind kind;
	uint64_t key;			   /* a service's id, or of its group's name */
	const struct service_row *service; /* ROW_SERVICE */
	const char *group;		   /* ROW_GROUP: its name, "" for those without */
	struct snapshot_counts counts;	   /* ROW_GROUP: of its visible members */
	bool folded;
	int depth; /* in the tree; 0 elsewhere */
};

struct table_rows {
	struct table_row *at;
	size_t len;
	size_t services; /* that pass the filters, folded ones included */
	size_t hidden;	 /* services that a filter hides */
};

void rows_build(const struct ui_state *ui, const struct snapshot *snapshot,
		struct table_rows *rows);
void rows_release(struct table_rows *rows);
/* Where the cursor stands: on its own row, else on the nearest to where it was; 0 when empty. */
size_t rows_cursor(const struct ui_state *ui, const struct table_rows *rows);
/* First row to show so that the cursor is among `height` rows, moved as little as can be. */
size_t rows_top(const struct ui_state *ui, const struct table_rows *rows, int height);
/* How early a row comes: the worst states first, and in each the causes before those whom they
 * brought down; below ROWS_RANKS. */
int rows_rank(const struct service_row *row);
#define ROWS_RANKS (2 * SERVICE_STATE_COUNT)
uint64_t rows_group_key(const char *group);

#endif
