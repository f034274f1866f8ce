/* The reducer of the service page: panes, zoom, borders, the scrolled documents, and where their
 * lines lead. The logs pane has a file of its own. */
#include "ui/turn.h"

#define SERVICE_LINE_MARGIN 2 /* cells left and right of a document: the cursor's mark and air */

void page_init(struct page_state *page)
{
	*page = (struct page_state){.logs_percent = 45, .checks_percent = 50};
	logs_init(&page->logs);
}

void page_release(struct page_state *page)
{
	logs_release(&page->logs);
}

const struct service_row *ui_page_row(const struct ui_state *ui, const struct snapshot *snapshot)
{
	return ui->page.service_id != 0 ? snapshot_row(snapshot, ui->page.service_id) : NULL;
}

void ui_open_service(struct ui_state *ui, const struct snapshot *snapshot, uint64_t service_id)
{
	const struct service_row *row = snapshot_row(snapshot, service_id);
	struct page_state *page = &ui->page;

	if (row == NULL)
		return;
	if (page->service_id != service_id) {
		page->checks = page->diagnosis = (struct scroll){0};
		page->open_check = 0;
		page->all_folded = false;
		page->verify_at = (struct wall_time){0};
		page->focus = PANE_CHECKS;
		logs_open(&page->logs, row);
	}
	page->service_id = service_id;
	ui->table.cursor = service_id;
	if (ui_view(ui) != VIEW_PAGE)
		ui_push(ui, VIEW_PAGE);
}

void page_doc(struct doc *doc, const struct ui_state *ui, const struct snapshot *snapshot,
	      enum pane pane, struct rect room, int utc_offset_s)
{
	doc_init(doc, room.width - 2 * SERVICE_LINE_MARGIN, utc_offset_s);
	if (pane == PANE_CHECKS)
		doc_checks(doc, ui, snapshot);
	else if (pane == PANE_DIAGNOSIS)
		doc_diagnosis(doc, ui, snapshot);
}

static struct scroll *focus_scroll(struct ui_state *ui)
{
	return ui->page.focus == PANE_CHECKS ? &ui->page.checks : &ui->page.diagnosis;
}

struct target ui_target(const struct ui_state *ui, const struct snapshot *snapshot)
{
	struct target target = {0};
	const struct scroll *scroll = &ui->incidents;
	struct layout layout;
	struct doc doc;

	layout_compute(ui, snapshot, &layout);
	if (ui_view(ui) == VIEW_INCIDENTS) {
		doc_init(&doc, layout.body.width - 2 * SERVICE_LINE_MARGIN, 0);
		doc_incidents(&doc, snapshot);
	} else if (ui_view(ui) == VIEW_PAGE && ui->page.focus != PANE_LOGS) {
		page_doc(&doc, ui, snapshot, ui->page.focus, layout.pane[ui->page.focus], 0);
		scroll = ui->page.focus == PANE_CHECKS ? &ui->page.checks : &ui->page.diagnosis;
	} else {
		return target;
	}
	if (scroll->cursor >= 0 && (size_t)scroll->cursor < doc.lines.len)
		target = doc.lines.at[scroll->cursor].target;
	doc_release(&doc);
	return target;
}

static void unfold(struct page_state *page, const struct snapshot *snapshot, uint64_t check_id)
{
	const struct service_row *row = snapshot_row(snapshot, page->service_id);

	if (row == NULL || service_row_check(row, check_id) == NULL)
		return;
	page->open_check = check_id;
	page->all_folded = false;
}

/* The cursor of the checks pane onto the head of a check. */
static void checks_cursor_to(struct ui_state *ui, const struct snapshot *snapshot,
			     uint64_t check_id)
{
	struct layout layout;
	struct doc doc;

	layout_compute(ui, snapshot, &layout);
	page_doc(&doc, ui, snapshot, PANE_CHECKS, layout.pane[PANE_CHECKS], 0);
	for (size_t i = 0; i < doc.lines.len; i++) {
		if (doc.lines.at[i].target.kind == TARGET_CHECK &&
		    doc.lines.at[i].target.id == check_id) {
			ui->page.checks.cursor = (int)i;
			/* What is under the head is why one came: it stands near the top. */
			ui->page.checks.top = (int)i;
			break;
		}
	}
	scroll_clamp(&ui->page.checks, doc.lines.len, layout.pane[PANE_CHECKS].height);
	doc_release(&doc);
}

void page_show_proof(struct ui_state *ui, const struct snapshot *snapshot)
{
	struct scroll *scroll = &ui->page.diagnosis;
	struct layout layout;
	struct doc doc;

	layout_compute(ui, snapshot, &layout);
	if (layout.tabs) {
		ui->page.focus = PANE_DIAGNOSIS;
		layout_compute(ui, snapshot, &layout);
	}
	page_doc(&doc, ui, snapshot, PANE_DIAGNOSIS, layout.pane[PANE_DIAGNOSIS], 0);
	if (doc.proof_end > 0) {
		scroll->cursor = (int)doc.proof_end - 1;
		scroll_clamp(scroll, doc.lines.len, layout.pane[PANE_DIAGNOSIS].height);
		if (scroll->top > (int)doc.proof) {
			scroll->top = (int)doc.proof;
			scroll->cursor = (int)doc.proof + 1;
		}
	}
	doc_release(&doc);
}

void page_follow_target(struct turn *turn, struct target target)
{
	struct page_state *page = &turn->ui->page;

	switch (target.kind) {
	case TARGET_CHECK:
		if (page->focus == PANE_CHECKS) {
			const struct service_row *row = ui_page_row(turn->ui, turn->snapshot);
			bool open = row != NULL && doc_open_check(turn->ui, row) == target.id;

			unfold(page, turn->snapshot, target.id);
			page->all_folded = open;
		} else {
			page->focus = PANE_CHECKS;
			unfold(page, turn->snapshot, target.id);
		}
		checks_cursor_to(turn->ui, turn->snapshot, target.id);
		break;
	case TARGET_SERVICE:
		ui_open_service(turn->ui, turn->snapshot, target.id);
		break;
	case TARGET_LOG:
		page->focus = PANE_LOGS;
		logs_jump(&page->logs, target.source, target.number);
		break;
	case TARGET_TEXT:
		service_action(turn, ACTION_COPY);
		break;
	case TARGET_NONE:
		break;
	}
}

static void resize_pane(struct page_state *page, int step)
{
	int *percent = page->focus == PANE_LOGS ? &page->logs_percent : &page->checks_percent;

	if (page->focus == PANE_DIAGNOSIS)
		step = -step;
	*percent += step;
	if (*percent < 10)
		*percent = 10;
	if (*percent > 90)
		*percent = 90;
}

/* Steps through the services in the order of the table, without going back to it. */
static void next_service(struct turn *turn, bool back)
{
	struct table_rows rows;
	uint64_t found = 0;
	bool passed = false;

	rows_build(turn->ui, turn->snapshot, &rows);
	for (size_t step = 0; step < rows.len; step++) {
		const struct table_row *row = &rows.at[back ? rows.len - 1 - step : step];

		if (row->kind != ROW_SERVICE)
			continue;
		if (passed) {
			found = row->key;
			break;
		}
		passed = row->key == turn->ui->page.service_id;
	}
	rows_release(&rows);
	if (found != 0)
		ui_open_service(turn->ui, turn->snapshot, found);
	else
		turn_message(turn, back ? "this is the first service" : "this is the last service");
}

static bool scroll_pane(struct turn *turn, enum action action)
{
	struct layout layout;
	enum pane pane = turn->ui->page.focus;
	struct doc doc;
	bool moved;

	layout_compute(turn->ui, turn->snapshot, &layout);
	page_doc(&doc, turn->ui, turn->snapshot, pane, layout.pane[pane], 0);
	moved = scroll_apply(focus_scroll(turn->ui), action, doc.lines.len,
			     layout.pane[pane].height);
	doc_release(&doc);
	return moved;
}

static bool pane_action(struct ui_state *ui, enum action action)
{
	struct page_state *page = &ui->page;
	int focus = (int)page->focus;

	if (action == ACTION_NEXT_PANE)
		page->focus = (enum pane)((focus + 1) % PANE_COUNT);
	else if (action == ACTION_PREVIOUS_PANE)
		page->focus = (enum pane)((focus + PANE_COUNT - 1) % PANE_COUNT);
	else if (action == ACTION_PANE_CHECKS)
		page->focus = PANE_CHECKS;
	else if (action == ACTION_PANE_LOGS)
		page->focus = PANE_LOGS;
	else if (action == ACTION_PANE_DIAGNOSIS)
		page->focus = PANE_DIAGNOSIS;
	else if (action == ACTION_ZOOM)
		page->zoom = !page->zoom;
	else if (action == ACTION_CANCEL && page->zoom && layout_has_panes(ui))
		page->zoom = false;
	else if (action == ACTION_GROW)
		resize_pane(page, 5);
	else if (action == ACTION_SHRINK)
		resize_pane(page, -5);
	else
		return false;
	return true;
}

bool page_action(struct turn *turn, enum action action)
{
	if (pane_action(turn->ui, action))
		return true;
	if (action == ACTION_NEXT_SERVICE || action == ACTION_PREVIOUS_SERVICE) {
		next_service(turn, action == ACTION_PREVIOUS_SERVICE);
		return true;
	}
	if (turn->ui->page.focus == PANE_LOGS)
		return logs_action(turn, action);
	if (action == ACTION_OPEN) {
		page_follow_target(turn, ui_target(turn->ui, turn->snapshot));
		return true;
	}
	return scroll_pane(turn, action);
}
