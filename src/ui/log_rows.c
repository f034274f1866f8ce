/* Heights of log events. See log_rows.h. */
#include "ui/log_rows.h"

#include "base/utf8.h"

int log_text_x(const struct ui_state *ui)
{
	return 2 + (ui->page.logs.times ? LOG_TIME_CELLS + LOG_LEVEL_CELLS : 0);
}

int log_text_width(const struct ui_state *ui, struct rect pane)
{
	int width = pane.width - log_text_x(ui) - 1;

	return width > 0 ? width : 0;
}

const char *log_shown_text(const struct ui_state *ui, const struct log_line *line, size_t *len)
{
	size_t skip = ui->page.logs.times && line->message <= line->len ? line->message : 0;

	*len = line->len - skip;
	return line->text + skip;
}

size_t log_failure_marker(const struct ui_state *ui, const struct snapshot *snapshot)
{
	const struct service_row *row = ui_page_row(ui, snapshot);
	const struct log_window *window = &snapshot->logs;

	if (row == NULL || row->since.ns == 0 || row->state == SERVICE_UP ||
	    row->state == SERVICE_PENDING || row->since_at_least)
		return SIZE_MAX;
	/* Where the pane was opened; the state may have changed since. */
	if (ui->page.logs.at.ns == row->since.ns && window->failure_row >= 0 &&
	    (size_t)window->failure_row < window->line_count)
		return (size_t)window->failure_row;
	for (size_t i = 0; i < window->line_count; i++) {
		/* Only between two lines: the failure is then known to be in the window. */
		if (window->lines[i].time.ns >= row->since.ns)
			return i > 0 || window->at_top ? i : SIZE_MAX;
	}
	/* Nothing was written since: behind the last line. */
	return window->at_end && window->line_count > 0 ? window->line_count : SIZE_MAX;
}

size_t log_cursor(const struct ui_state *ui, const struct snapshot *snapshot)
{
	const struct log_state *logs = &ui->page.logs;
	size_t last = snapshot->logs.line_count - 1;

	if (logs->follow || logs->row > (int)last)
		return last;
	return logs->row > 0 ? (size_t)logs->row : 0;
}

static int line_rows(const char *text, size_t len, int width)
{
	int cells = (int)utf8_width(text, len);

	return width > 0 && cells > width ? (cells + width - 1) / width : 1;
}

/* Rows that an event takes, its marker's included. */
static int event_rows(const struct ui_state *ui, const struct snapshot *snapshot, struct rect pane,
		      size_t at, size_t marker)
{
	bool behind = at + 1 == snapshot->logs.line_count && marker == at + 1;
	int rows = at == marker || behind ? 1 : 0,
	    width = ui->page.logs.wrap ? log_text_width(ui, pane) : 0;
	size_t len;
	const char *text = log_shown_text(ui, &snapshot->logs.lines[at], &len), *end = text + len;

	for (int lines = 0; text <= end && lines < LOG_EVENT_ROWS; lines++) {
		const char *next = memchr(text, '\n', (size_t)(end - text));

		rows += line_rows(text, (size_t)((next != NULL ? next : end) - text), width);
		if (next == NULL)
			break;
		text = next + 1;
	}
	return rows;
}

size_t log_first_event(const struct ui_state *ui, const struct snapshot *snapshot, struct rect pane)
{
	size_t marker = log_failure_marker(ui, snapshot), first = log_cursor(ui, snapshot);
	int rows = event_rows(ui, snapshot, pane, first, marker);

	while (first > 0) {
		rows += event_rows(ui, snapshot, pane, first - 1, marker);
		if (rows > pane.height)
			break;
		first--;
	}
	return first;
}

size_t log_event_at(const struct ui_state *ui, const struct snapshot *snapshot, struct rect pane,
		    int row)
{
	size_t marker = log_failure_marker(ui, snapshot);

	if (snapshot->logs.line_count == 0)
		return SIZE_MAX;
	for (size_t at = log_first_event(ui, snapshot, pane); at < snapshot->logs.line_count;
	     at++) {
		row -= event_rows(ui, snapshot, pane, at, marker);
		if (row < 0)
			return at;
	}
	return SIZE_MAX;
}

bool log_is_marked(const struct log_state *logs, const struct log_line *line)
{
	for (size_t i = 0; i < logs->marks.len; i++) {
		if (logs->marks.at[i].source == line->source &&
		    logs->marks.at[i].number == line->number)
			return true;
	}
	return false;
}
