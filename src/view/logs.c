/* The logs pane. A line is its time, its level and its text; events of several lines show all of
 * them. The cursor's line is always in view, whatever the heights of the others. */
#include "base/utf8.h"
#include "ui/log_rows.h"
#include "ui/words.h"
#include "view/parts.h"

struct log_pane {
	const struct frame *frame;
	struct area area;
	int text_x, text_width;
	size_t marker; /* log_failure_marker() */
};

/* Marks what the search finds in a piece that was drawn at x. */
static void highlight(const struct log_pane *pane, int x, int y, const char *text, size_t len)
{
	const struct pattern *pattern = pane->frame->ui->page.logs.search_pattern;
	struct pattern_match match;
	size_t from = 0;

	while (pattern != NULL && from < len &&
	       pattern_find(pattern, text, len, from, &match) == 1) {
		size_t start = match.group[0].start, end = match.group[0].end;
		int at = x + (int)utf8_width(text, start);

		area_restyle(area_sub(pane->area, at, y, (int)utf8_width(text + start, end - start),
				      1),
			     STYLE_SEARCH);
		from = end > from ? end : from + 1;
	}
}

/* One physical line, cut or wrapped; returns the rows used. */
static int draw_piece(const struct log_pane *pane, int y, enum style style, const char *text,
		      size_t len)
{
	const struct log_state *logs = &pane->frame->ui->page.logs;
	struct area area =
		area_sub(pane->area, pane->text_x, 0, pane->text_width, pane->area.height);
	struct log_pane inner = *pane;
	int rows = 0;

	inner.area = area;
	if (!logs->wrap || area.width == 0) {
		area_textn(area, -logs->left, y, style, text, len);
		highlight(&inner, -logs->left, y, text, len);
		if ((int)utf8_width(text, len) - logs->left > area.width && area.width > 0)
			area_text(area, area.width - 1, y, STYLE_DIM, "…");
		return 1;
	}
	do {
		size_t fits = utf8_clip(text, len, (size_t)area.width, NULL);

		if (fits == 0)
			fits = len;
		area_textn(area, 0, y + rows, style, text, fits);
		highlight(&inner, 0, y + rows, text, fits);
		text += fits;
		len -= fits;
		rows++;
	} while (len > 0);
	return rows;
}

static bool is_cited(const struct frame *frame, const struct log_line *line)
{
	const struct service_row *row = ui_page_row(frame->ui, frame->snapshot);

	for (size_t i = 0; row != NULL && i < row->diagnosis_count; i++) {
		for (size_t at = 0; at < row->diagnoses[i].evidence_count; at++) {
			const struct evidence *evidence = &row->diagnoses[i].evidence[at];

			if (evidence->kind == EVIDENCE_LOG &&
			    evidence->log_source == line->source &&
			    evidence->log_line == line->number)
				return true;
		}
	}
	return false;
}

static void draw_columns(const struct log_pane *pane, int y, const struct log_line *line)
{
	struct civil_time civil = civil_from_wall(line->time, pane->frame->utc_offset_s);

	if (!pane->frame->ui->page.logs.times)
		return;
	area_printf(pane->area, 2, y, line->time_is_ours ? STYLE_DIM : STYLE_LOG_TIME,
		    "%02d:%02d:%02d.%03d", civil.hour, civil.minute, civil.second,
		    (int)(civil.nanosecond / NS_PER_MS));
	if (line->level != LOG_UNKNOWN)
		area_printf(pane->area, 2 + LOG_TIME_CELLS, y, level_style(line->level), "%s",
			    level_word(line->level));
}

static void draw_marker(const struct log_pane *pane, int y)
{
	const struct frame *frame = pane->frame;
	const struct service_row *row = ui_page_row(frame->ui, frame->snapshot);
	struct area line = area_sub(pane->area, 1, y, pane->area.width - 2, 1);
	struct strbuf text;

	if (row == NULL)
		return;
	strbuf_init(&text, 256);
	strbuf_addf(&text, " %s ", service_state_name(row->state));
	clock_format(&text, row->since, frame->utc_offset_s, true);
	strbuf_addc(&text, ' ');
	area_fill(line, service_style(row->state), "─");
	area_text(line, 2, 0, service_style(row->state), text.data);
	strbuf_release(&text);
}

static int draw_event(const struct log_pane *pane, int y, size_t at, bool cursor)
{
	const struct log_line *line = &pane->frame->snapshot->logs.lines[at];
	bool cited = is_cited(pane->frame, line);
	enum style style = cited ? STYLE_LOG_EVIDENCE : level_style(line->level);
	size_t len;
	const char *text = log_shown_text(pane->frame->ui, line, &len), *end = text + len;
	int rows = 0, lines = 0;

	if (at == pane->marker)
		draw_marker(pane, y + rows++);
	if (cursor)
		area_text(pane->area, 0, y + rows, STYLE_BORDER_FOCUS, "▸");
	if (log_is_marked(&pane->frame->ui->page.logs, line))
		area_text(pane->area, 1, y + rows, STYLE_MARK, "▌");
	else if (cited)
		area_text(pane->area, 1, y + rows, STYLE_LOG_EVIDENCE, "●");
	draw_columns(pane, y + rows, line);
	while (text <= end) {
		const char *next = memchr(text, '\n', (size_t)(end - text));
		size_t part = next != NULL ? (size_t)(next - text) : (size_t)(end - text);

		if (++lines == LOG_EVENT_ROWS && next != NULL) {
			area_text(pane->area, pane->text_x, y + rows++, STYLE_DIM, "…");
			break;
		}
		rows += draw_piece(pane, y + rows, style, text, part);
		if (next == NULL)
			break;
		text = next + 1;
	}
	return rows;
}

static void draw_nothing(const struct log_pane *pane)
{
	const struct log_window *window = &pane->frame->snapshot->logs;
	const struct service_row *row = ui_page_row(pane->frame->ui, pane->frame->snapshot);
	const char *text = "No lines yet.";

	if (window->error != NULL)
		text = window->error;
	else if (row != NULL && row->service->log_count == 0)
		text = "No log source is configured: logs: [{file: PATH}] in the service.";
	else if (window->filtered > 0)
		text = "The filters hide every line. Esc takes them back.";
	area_fit(pane->area, 2, 0, pane->area.width - 3, STYLE_DIM, text);
}

/* What filters, rotation and the ring's end did, in the last row's right corner. */
static void draw_note(const struct log_pane *pane)
{
	const struct log_window *window = &pane->frame->snapshot->logs;
	int end = pane->area.width - 1, y = pane->area.height - 1;
	struct strbuf text;

	strbuf_init(&text, 256);
	if (window->note != NULL)
		strbuf_addf(&text, " %s ", window->note);
	if (window->filtered > 0)
		strbuf_addf(&text, " %llu hidden ", (unsigned long long)window->filtered);
	if (window->dropped > 0 && window->at_top)
		strbuf_addf(&text, " %llu older lines dropped ",
			    (unsigned long long)window->dropped);
	if (text.len > 0)
		draw_right(pane->area, pane->area.width / 2, &end, y, STYLE_MARK, text.data);
	strbuf_release(&text);
}

void view_logs(const struct frame *frame, struct rect rect, bool focus)
{
	struct log_pane pane = {.frame = frame, .area = frame_area(frame, rect)};
	const struct log_window *window = &frame->snapshot->logs;
	size_t cursor = log_cursor(frame->ui, frame->snapshot);
	int y = 0;

	pane.text_x = log_text_x(frame->ui);
	pane.text_width = log_text_width(frame->ui, rect);
	if (window->line_count == 0) {
		draw_nothing(&pane);
		return;
	}
	pane.marker = log_failure_marker(frame->ui, frame->snapshot);
	for (size_t at = log_first_event(frame->ui, frame->snapshot, rect);
	     at < window->line_count && y < pane.area.height; at++)
		y += draw_event(&pane, y, at, focus && at == cursor);
	if (pane.marker == window->line_count && y < pane.area.height)
		draw_marker(&pane, y);
	draw_note(&pane);
}
