/* Which rows of the logs pane an event of the window takes: several where it has several lines or
 * wraps. The view draws by it and the mouse finds by it. */
#ifndef UI_LOG_ROWS_H
#define UI_LOG_ROWS_H

#include "ui/layout.h"

#define LOG_TIME_CELLS 13 /* "12:03:41.123 " */
#define LOG_LEVEL_CELLS 6 /* "error " */
#define LOG_EVENT_ROWS 12 /* lines of one event that are shown; the rest is a "…" */

/* Where the text starts in the pane, behind the columns that are shown, and its room. */
int log_text_x(const struct ui_state *ui);
int log_text_width(const struct ui_state *ui, struct rect pane);
/* The text without what stands in the time and level columns already. */
const char *log_shown_text(const struct ui_state *ui, const struct log_line *line, size_t *len);
/* The line before which the service failed; the number of lines where it failed after all of them,
 * SIZE_MAX where that is not in the window. */
size_t log_failure_marker(const struct ui_state *ui, const struct snapshot *snapshot);
/* The line of the cursor; the window must have one. */
size_t log_cursor(const struct ui_state *ui, const struct snapshot *snapshot);
/* First event to draw so that the cursor's is whole in the pane, with as many before it as fit. */
size_t log_first_event(const struct ui_state *ui, const struct snapshot *snapshot,
		       struct rect pane);
bool log_is_marked(const struct log_state *logs, const struct log_line *line);
/* The event in a row of the pane, SIZE_MAX below the last one. */
size_t log_event_at(const struct ui_state *ui, const struct snapshot *snapshot, struct rect pane,
		    int row);

#endif
