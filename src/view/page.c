/* The service page: the top cause, then three panes under rules (or one under tabs). The pane in
 * focus has a heavy rule, so it is known without colours. */
#include "base/utf8.h"
#include "model/sentence.h"
#include "ui/turn.h"
#include "ui/words.h"
#include "view/parts.h"

static void draw_why(struct area area, int x, const char *why)
{
	struct strbuf text;

	strbuf_init(&text, 1024);
	sentence_fit(&text, why, area.width - x - 1);
	area_fit(area, x, 0, area.width - x - 1, STYLE_TEXT, text.data);
	strbuf_release(&text);
}

/* The second line: the top cause and how sure it is, always. */
static void draw_cause(const struct frame *frame, const struct service_row *row)
{
	struct area area = frame_area(frame, frame->layout.cause);
	struct strbuf text;
	int x = 1;

	strbuf_init(&text, 1024);
	cause_format(&text, frame->snapshot, row);
	if (row->diagnosis_count > 0) {
		const struct diagnosis *top = &row->diagnoses[0];

		x += area_printf(area, x, 0, STYLE_STRONG, "%.0f%%", top->confidence * 100) + 1;
		if (top->confidence < DIAGNOSIS_SURE)
			x += area_text(area, x, 0, STYLE_MARK, "not sure:") + 1;
		x += area_fit(area, x, 0, area.width - x - 1, STYLE_STRONG, top->title);
		if (row->why[0] != '\0' && x + 12 < area.width) {
			x += area_text(area, x, 0, STYLE_DIM, "  ");
			draw_why(area, x, row->why);
		}
	} else if (text.len > 0) {
		x += area_fit(area, x, 0, area.width - 2, STYLE_CAUSE, text.data) + 2;
		draw_why(area, x, row->why);
	} else if (row->why[0] != '\0') {
		if (row->state != SERVICE_UP)
			x += area_text(area, x, 0, STYLE_DIM, "cause not known:") + 1;
		draw_why(area, x, row->why);
	} else if (row->state == SERVICE_PENDING) {
		area_fit(area, x, 0, area.width - 2, STYLE_PENDING, "… no answer yet");
	} else {
		area_fit(area, x, 0, area.width - 2, STYLE_OK, "all checks pass");
	}
	strbuf_release(&text);
}

static void draw_title(const struct frame *frame, enum pane pane)
{
	struct area area = frame_area(frame, frame->layout.pane_title[pane]);
	bool focus = frame->ui->page.focus == pane;
	enum style style = focus ? STYLE_BORDER_FOCUS : STYLE_BORDER;
	struct strbuf text;

	if (area.width == 0)
		return;
	strbuf_init(&text, 256);
	pane_title(frame->ui, frame->snapshot, pane, &text);
	if (frame->layout.tabs) {
		area_fit(area, 0, 0, area.width, style, text.data);
	} else {
		area_fill(area, style, focus ? "━" : "─");
		strbuf_addc(&text, ' ');
		area_text(area, 1, 0, style, " ");
		area_fit(area, 2, 0, area.width - 3, style, text.data);
	}
	strbuf_release(&text);
}

/* In tabs: one rule with the three titles in it, heavy under the one that is shown. */
static void draw_tab_rule(const struct frame *frame)
{
	struct rect first = frame->layout.pane_title[PANE_CHECKS];
	struct area line = frame_area(frame, (struct rect){0, first.y, frame->ui->width, 1});

	area_fill(line, STYLE_BORDER, "─");
	for (int pane = 0; pane < PANE_COUNT; pane++) {
		struct rect title = frame->layout.pane_title[pane];
		bool focus = frame->ui->page.focus == (enum pane)pane;

		area_text(line, title.x - 1, 0, STYLE_BORDER, focus ? "▸" : " ");
		area_fill(area_sub(line, title.x, 0, title.width, 1), STYLE_BORDER, " ");
		area_text(line, title.x + title.width, 0, STYLE_BORDER, " ");
		draw_title(frame, (enum pane)pane);
	}
}

static void draw_divider(const struct frame *frame)
{
	struct rect checks = frame->layout.pane[PANE_CHECKS];
	struct rect divider = {checks.x + checks.width, checks.y - 1, 1, checks.height + 1};

	area_fill(frame_area(frame, divider), STYLE_BORDER, "│");
	area_text(frame_area(frame, divider), 0, 0, STYLE_BORDER, "┬");
	area_text(frame_area(frame, frame->layout.pane_title[PANE_LOGS]), divider.x, 0,
		  STYLE_BORDER, "┴");
}

static void draw_pane(const struct frame *frame, enum pane pane)
{
	struct rect rect = frame->layout.pane[pane];
	bool focus = frame->ui->page.focus == pane;
	struct doc doc;

	if (rect.width == 0 || rect.height == 0)
		return;
	if (pane == PANE_LOGS) {
		view_logs(frame, rect, focus);
		return;
	}
	page_doc(&doc, frame->ui, frame->snapshot, pane, rect, frame->utc_offset_s);
	view_doc(frame, rect, &doc,
		 pane == PANE_CHECKS ? &frame->ui->page.checks : &frame->ui->page.diagnosis, focus);
	doc_release(&doc);
}

void view_page(const struct frame *frame)
{
	const struct service_row *row = ui_page_row(frame->ui, frame->snapshot);

	if (row == NULL) {
		area_fit(frame_area(frame, frame->layout.body), 1, 0, frame->ui->width - 2,
			 STYLE_DIM, "This service is no longer in the configuration. q goes back.");
		return;
	}
	draw_cause(frame, row);
	if (frame->layout.tabs) {
		draw_tab_rule(frame);
	} else {
		for (int pane = 0; pane < PANE_COUNT; pane++)
			draw_title(frame, (enum pane)pane);
		draw_divider(frame);
	}
	for (int pane = 0; pane < PANE_COUNT; pane++)
		draw_pane(frame, (enum pane)pane);
}
