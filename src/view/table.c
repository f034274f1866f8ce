/* The fleet table. WHY takes what the other columns leave; they give way by priority. The cursor's
 * row is one quiet bar with the state as a badge in it. */
#include "base/utf8.h"
#include "draw/bar.h"
#include "draw/columns.h"
#include "model/sentence.h"
#include "ui/words.h"
#include "view/parts.h"

enum table_column {
	COLUMN_NAME,
	COLUMN_GROUP,
	COLUMN_STATE,
	COLUMN_SINCE,
	COLUMN_CHECKS,
	COLUMN_LATENCY,
	COLUMN_P95,
	COLUMN_HISTORY,
	COLUMN_WHY,
	COLUMN_COUNT
};

/* Cells before the first column: the cursor's mark, the state's glyph, a blank. */
#define LEAD 3
#define GAP 1

static const struct {
	const char *head;
	bool right; /* numbers end at the same cell */
	enum sort_key sort;
} heads[COLUMN_COUNT] = {
	[COLUMN_NAME] = {"SERVICE", false, SORT_NAME},
	[COLUMN_GROUP] = {"GROUP", false, SORT_GROUP},
	[COLUMN_STATE] = {"STATE", false, SORT_PROBLEMS},
	[COLUMN_SINCE] = {"SINCE", false, SORT_SINCE},
	[COLUMN_CHECKS] = {"CHECKS", false, SORT_CHECKS},
	[COLUMN_LATENCY] = {"LAT", true, SORT_LATENCY},
	[COLUMN_P95] = {"P95", true, SORT_P95},
	[COLUMN_HISTORY] = {"HISTORY", false, SORT_COUNT},
	[COLUMN_WHY] = {"WHY", false, SORT_COUNT},
};

/* Column places: widths come from the whole fleet, not from the rows in view, so that nothing
 * moves while one scrolls. */
struct table_layout {
	int x[COLUMN_COUNT], width[COLUMN_COUNT];
};

static int longest(const struct snapshot *snapshot, bool group, int least, int most)
{
	int width = least;

	for (size_t i = 0; i < snapshot->row_count && width < most; i++) {
		const struct service *service = snapshot->rows[i].service;
		const char *text = group ? service->group : service->name;
		size_t len = strlen(text);
		int cells;

		/* No character takes more cells than bytes: most names need no closer look. */
		if (len <= (size_t)width)
			continue;
		cells = (int)utf8_width(text, len);
		if (cells > width)
			width = cells;
	}
	return width < most ? width : most;
}

static struct table_layout table_layout(const struct frame *frame, int width)
{
	const struct ui_state *ui = frame->ui;
	int name = longest(frame->snapshot, false, 8, width / 4 > 12 ? width / 4 : 12);
	int group = longest(frame->snapshot, true, 5, 14), tree = ui->table.tree ? 4 : 0;
	struct column columns[COLUMN_COUNT] = {
		[COLUMN_NAME] = {(name < 14 ? name : 14) + tree, name + tree, 0, false},
		[COLUMN_GROUP] = {group, group, ui->table.grouped ? 99 : 6, false},
		[COLUMN_STATE] = {8, 9, 1, false},
		[COLUMN_SINCE] = {6, 6, 3, false},
		[COLUMN_CHECKS] = {6, 6, 4, false},
		[COLUMN_LATENCY] = {5, 6, 5, false},
		[COLUMN_P95] = {5, 6, 8, false},
		[COLUMN_HISTORY] = {12, HISTORY_CELLS, 7, false},
		[COLUMN_WHY] = {width >= 78 ? 30 : 8, width / 3, 2, true},
	};
	struct table_layout layout;
	int x = LEAD;

	columns_fit(columns, COLUMN_COUNT, width - LEAD, GAP, layout.width);
	for (int i = 0; i < COLUMN_COUNT; i++) {
		layout.x[i] = x;
		x += layout.width[i] > 0 ? layout.width[i] + GAP : 0;
	}
	return layout;
}

static void cell(struct area area, const struct table_layout *layout, enum table_column column,
		 int y, enum style style, const char *text)
{
	int width = layout->width[column], cells;

	if (width == 0)
		return;
	cells = (int)utf8_width(text, strlen(text));
	area_fit(area,
		 layout->x[column] + (heads[column].right && cells < width ? width - cells : 0), y,
		 width, style, text);
}

static void draw_head(const struct frame *frame, const struct table_layout *layout)
{
	struct area area = frame_area(frame, frame->layout.head);
	const struct table_state *table = &frame->ui->table;

	for (int i = 0; i < COLUMN_COUNT; i++) {
		struct strbuf text;

		strbuf_init(&text, 64);
		strbuf_adds(&text, heads[i].head);
		if (heads[i].sort == table->sort &&
		    (table->sort != SORT_PROBLEMS || table->reverse))
			strbuf_adds(&text, table->reverse ? "↑" : "↓");
		cell(area, layout, (enum table_column)i, 0, STYLE_HEADER, text.data);
		strbuf_release(&text);
	}
}

/* WHY: the parent that brought it down, else the sentence; marks before either. */
static void draw_why(const struct frame *frame, struct area area, const struct table_layout *layout,
		     int y, const struct service_row *row)
{
	struct area cells = area_sub(area, layout->x[COLUMN_WHY], y, layout->width[COLUMN_WHY], 1);
	struct strbuf text;
	int x = 0;

	if (layout->width[COLUMN_WHY] == 0)
		return;
	strbuf_init(&text, 512);
	marks_format(&text, row->marks);
	if (text.len > 0)
		x = area_text(cells, 0, 0, STYLE_MARK, text.data) + 1;
	strbuf_reset(&text);
	cause_format(&text, frame->snapshot, row);
	if (text.len > 0) {
		area_fit(cells, x, 0, cells.width - x, STYLE_CAUSE, text.data);
	} else {
		sentence_fit(&text, row->why, cells.width - x);
		area_fit(cells, x, 0, cells.width - x,
			 row->state == SERVICE_UP ? STYLE_DIM : STYLE_TEXT, text.data);
	}
	strbuf_release(&text);
}

static void draw_numbers(const struct frame *frame, struct area area,
			 const struct table_layout *layout, int y, const struct service_row *row)
{
	enum style quiet = row->state == SERVICE_UP ? STYLE_DIM : STYLE_TEXT;
	struct strbuf text;

	strbuf_init(&text, 64);
	since_format(&text, frame->snapshot, row->since, row->since_at_least,
		     age_step_of(frame->snapshot, row));
	cell(area, layout, COLUMN_SINCE, y, quiet, text.data);
	strbuf_reset(&text);
	strbuf_addf(&text, "%d/%d", row->checks_passing, row->checks_total);
	cell(area, layout, COLUMN_CHECKS, y,
	     row->checks_passing < row->checks_total ? service_style(row->state) : quiet,
	     text.data);
	strbuf_reset(&text);
	latency_words(&text, row->latency_ns);
	cell(area, layout, COLUMN_LATENCY, y, STYLE_TEXT, text.data);
	strbuf_reset(&text);
	latency_words(&text, row->p95_ns);
	cell(area, layout, COLUMN_P95, y, STYLE_DIM, text.data);
	strbuf_release(&text);
}

/* Stale is not up: what it last was stands dim, with a question mark. */
static void draw_state(struct area area, const struct table_layout *layout, int y,
		       const struct service_row *row)
{
	struct strbuf text;

	if ((row->marks & MARK_STALE) == 0 || row->state != SERVICE_UNKNOWN) {
		cell(area, layout, COLUMN_STATE, y, service_style(row->state),
		     service_state_name(row->state));
		return;
	}
	strbuf_init(&text, 32);
	strbuf_addf(&text, "%s?", service_state_name(row->last_state));
	cell(area, layout, COLUMN_STATE, y, STYLE_DIM, text.data);
	strbuf_release(&text);
}

static void draw_service(const struct frame *frame, struct area area,
			 const struct table_layout *layout, int y,
			 const struct table_row *table_row)
{
	const struct service_row *row = table_row->service;
	int indent = table_row->depth < 8 ? 2 * table_row->depth : 16;

	area_text(area, 1, y, service_style(row->state),
		  service_state_glyph(row->state, area.canvas->ascii));
	if (indent > 0 && layout->width[COLUMN_NAME] > indent + 2)
		area_text(area, layout->x[COLUMN_NAME] + indent - 2, y, STYLE_DIM, "└");
	else
		indent = 0;
	area_fit(area, layout->x[COLUMN_NAME] + indent, y, layout->width[COLUMN_NAME] - indent,
		 row->state == SERVICE_UP ? STYLE_TEXT : STYLE_STRONG, row->service->name);
	cell(area, layout, COLUMN_GROUP, y, STYLE_DIM, row->service->group);
	draw_state(area, layout, y, row);
	if (row->state == SERVICE_PENDING) {
		cell(area, layout, COLUMN_SINCE, y, STYLE_PENDING, "…");
		return;
	}
	draw_numbers(frame, area, layout, y, row);
	if (layout->width[COLUMN_HISTORY] > 0)
		bar_history(area, layout->x[COLUMN_HISTORY], y, layout->width[COLUMN_HISTORY],
			    row->history);
	draw_why(frame, area, layout, y, row);
}

static void draw_group(struct area area, int y, const struct table_row *row)
{
	int x = area_printf(area, 1, y, STYLE_HEADER, "%s %s", row->folded ? "▸" : "▾",
			    row->group[0] != '\0' ? row->group : "no group");

	view_counts(area, x + 3, y, &row->counts);
}

/* One quiet bar; the state keeps its colour, turned round. */
static void draw_cursor(struct area area, const struct table_layout *layout, int y,
			const struct table_row *row)
{
	area_restyle(area_sub(area, 0, y, area.width, 1), STYLE_CURSOR);
	area_text(area, 0, y, STYLE_CURSOR, "▸");
	if (row->kind == ROW_GROUP)
		return;
	if (layout->width[COLUMN_STATE] > 0) {
		const char *word = service_state_name(row->service->state);
		struct area badge = area_sub(area, layout->x[COLUMN_STATE], y,
					     (int)utf8_width(word, strlen(word)), 1);

		area_restyle(badge, service_style(row->service->state));
		area_reverse(badge);
	}
}

static void draw_empty(const struct frame *frame, struct area area)
{
	const struct table_state *table = &frame->ui->table;

	if (frame->snapshot->row_count == 0)
		area_fit(area, LEAD, 0, area.width - LEAD, STYLE_DIM, "No services in this fleet.");
	else if (table->filter != NULL)
		area_fit(area, LEAD, 0, area.width - LEAD, STYLE_DIM,
			 "No service matches the filter. Esc clears it.");
	else
		area_fit(area, LEAD, 0, area.width - LEAD, STYLE_OK,
			 "Nothing is failing. z shows all.");
}

/* Says in the head what is not shown, and why. */
static void draw_filters(const struct frame *frame, const struct table_rows *rows)
{
	struct area area = frame_area(frame, frame->layout.head);
	const struct table_state *table = &frame->ui->table;
	int end = area.width - 1;
	struct strbuf text;

	if (rows->hidden == 0 && table->filter == NULL)
		return;
	strbuf_init(&text, 256);
	if (table->filter != NULL)
		strbuf_addf(&text, " /%.40s", table->filter);
	if (table->failing)
		strbuf_adds(&text, " failing only");
	strbuf_addf(&text, ", %zu hidden ", rows->hidden);
	draw_right(area, area.width / 3, &end, 0, STYLE_MARK, text.data);
	strbuf_release(&text);
}

void view_table(const struct frame *frame)
{
	struct area area = frame_area(frame, frame->layout.rows);
	struct table_layout layout = table_layout(frame, area.width);
	struct table_rows rows;
	size_t top, cursor;

	rows_build(frame->ui, frame->snapshot, &rows);
	top = rows_top(frame->ui, &rows, area.height);
	cursor = rows_cursor(frame->ui, &rows);
	draw_head(frame, &layout);
	draw_filters(frame, &rows);
	if (rows.len == 0)
		draw_empty(frame, area);
	for (int y = 0; y < area.height && top + (size_t)y < rows.len; y++) {
		const struct table_row *row = &rows.at[top + (size_t)y];

		if (row->kind == ROW_GROUP)
			draw_group(area, y, row);
		else
			draw_service(frame, area, &layout, y, row);
		if (top + (size_t)y == cursor)
			draw_cursor(area, &layout, y, row);
	}
	rows_release(&rows);
}
