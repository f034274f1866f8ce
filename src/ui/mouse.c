/* The mouse: a click selects, a double click opens, the wheel scrolls what is under it, hints and
 * titles do what they say. */
#include "ui/log_rows.h"
#include "ui/turn.h"

#define WHEEL_ROWS 3

static void click_row(struct turn *turn, int row, bool open)
{
	struct table_rows rows;
	size_t at;

	rows_build(turn->ui, turn->snapshot, &rows);
	at = turn->ui->table.top + (size_t)row;
	if (at < rows.len) {
		table_move_to(turn->ui, turn->snapshot, at);
		if (open || rows.at[at].kind == ROW_GROUP)
			ui_act(turn, ACTION_OPEN);
	}
	rows_release(&rows);
}

/* A click below the last line of a document is put right by the next scroll_clamp(). */
static void click_pane(struct turn *turn, const struct layout *layout, enum pane pane, int row,
		       bool open)
{
	struct page_state *page = &turn->ui->page;
	struct scroll *scroll = pane == PANE_CHECKS ? &page->checks : &page->diagnosis;

	page->focus = pane;
	if (pane == PANE_LOGS) {
		logs_click(&page->logs,
			   log_event_at(turn->ui, turn->snapshot, layout->pane[PANE_LOGS], row));
		return;
	}
	scroll->cursor = scroll->top + row;
	if (open)
		ui_act(turn, ACTION_OPEN);
}

static void click_incident(struct turn *turn, int row, bool open)
{
	turn->ui->incidents.cursor = turn->ui->incidents.top + row;
	if (open)
		ui_act(turn, ACTION_OPEN);
}

static void wheel(struct turn *turn, const struct hit *hit, enum action action)
{
	if (hit->kind == HIT_PANE)
		turn->ui->page.focus = hit->pane;
	for (int i = 0; i < WHEEL_ROWS; i++)
		ui_act(turn, action);
}

void mouse_turn(struct turn *turn, const struct key *key)
{
	struct layout layout;
	struct hit hit;
	bool open = key->button == MOUSE_DOUBLE;

	layout_compute(turn->ui, turn->snapshot, &layout);
	hit = layout_hit(turn->ui, &layout, key->x, key->y);
	if (key->button == MOUSE_WHEEL_UP || key->button == MOUSE_WHEEL_DOWN) {
		wheel(turn, &hit, key->button == MOUSE_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
		return;
	}
	if (ui_view(turn->ui) == VIEW_INCIDENTS && rect_holds(layout.body, key->x, key->y)) {
		click_incident(turn, key->y - layout.body.y, open);
		return;
	}
	switch (hit.kind) {
	case HIT_ROW:
		click_row(turn, hit.row, open);
		break;
	case HIT_PANE:
		click_pane(turn, &layout, hit.pane, hit.row, open);
		break;
	case HIT_PANE_TITLE:
		turn->ui->page.focus = hit.pane;
		if (open)
			ui_act(turn, ACTION_ZOOM);
		break;
	case HIT_HINT:
		ui_act(turn, hit.action);
		break;
	case HIT_NOTHING:
		break;
	}
}
