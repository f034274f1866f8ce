/* A frame: the layout, then each part in its rectangle. See view.h. */
#include "view/view.h"

#include "base/utf8.h"
#include "ui/words.h"
#include "view/parts.h"

struct area frame_area(const struct frame *frame, struct rect rect)
{
	return area_sub(area_of(frame->canvas), rect.x, rect.y, rect.width, rect.height);
}

/* A screen that is too small for anything still says how things are: the worst first. */
void view_small(const struct frame *frame)
{
	struct area area = area_of(frame->canvas);
	const struct snapshot_counts *counts = &frame->snapshot->counts;
	const struct {
		enum service_state state;
		int count;
	} parts[] = {
		{SERVICE_DOWN, counts->down},	      {SERVICE_UNKNOWN, counts->unknown},
		{SERVICE_DEGRADED, counts->degraded}, {SERVICE_UP, counts->up},
		{SERVICE_PENDING, counts->pending},
	};
	int x = 0;

	for (size_t i = 0; i < BASE_LEN(parts); i++) {
		if (parts[i].count == 0)
			continue;
		x += area_printf(area, x, 0, service_style(parts[i].state), "%s%d",
				 service_state_glyph(parts[i].state, frame->canvas->ascii),
				 parts[i].count) +
		     1;
	}
	if (counts->maintenance != 0)
		(void)area_printf(area, x, 0, STYLE_MARK, "m%d", counts->maintenance);
	if (area.height > 1)
		area_fit(area, 0, 1, area.width, STYLE_DIM, "terminal too small");
}

/* The whole text without borders, each line from the left edge, longer ones going on in the next
 * row, as one selects it by hand. */
void view_copy(const struct frame *frame)
{
	struct area area = area_of(frame->canvas);
	const char *text = frame->ui->copied != NULL ? frame->ui->copied : "";
	int y = 0;

	while (*text != '\0' && y < area.height - 1) {
		size_t len = strcspn(text, "\n"),
		       fits = utf8_clip(text, len, (size_t)area.width, NULL);

		if (fits == 0 && len > 0)
			fits = len;
		area_textn(area, 0, y++, STYLE_TEXT, text, fits);
		text += fits;
		if (*text == '\n')
			text++;
	}
	if (*text != '\0' && y > 0)
		area_fit(area, 0, y - 1, area.width, STYLE_DIM, "… more than fits this screen");
	area_fit(area, 0, area.height - 1, area.width, STYLE_HINT,
		 frame->ui->message != NULL ? frame->ui->message : "any key goes back");
}

static void view_texts(const struct frame *frame)
{
	const struct ui_state *ui = frame->ui;
	struct rect body = frame->layout.body;
	struct doc doc;

	if (ui_view(ui) == VIEW_HELP) {
		doc_init(&doc, body.width - 2, frame->utc_offset_s);
		doc_help(&doc, ui);
		view_doc(frame, body, &doc, &ui->help, false);
	} else {
		doc_init(&doc, body.width - 4, frame->utc_offset_s);
		doc_incidents(&doc, frame->snapshot);
		view_doc(frame, body, &doc, &ui->incidents, true);
	}
	doc_release(&doc);
}

void view_render(const struct snapshot *snapshot, const struct ui_state *ui, struct canvas *canvas,
		 int utc_offset_s)
{
	struct frame frame = {.snapshot = snapshot,
			      .ui = ui,
			      .canvas = canvas,
			      .utc_offset_s = utc_offset_s};

	canvas_clear(canvas);
	layout_compute(ui, snapshot, &frame.layout);
	if (ui_view(ui) == VIEW_COPY) {
		view_copy(&frame);
		return;
	}
	if (frame.layout.too_small) {
		view_small(&frame);
		return;
	}
	if (ui_view(ui) == VIEW_WALL) {
		view_wall(&frame);
		return;
	}
	view_title(&frame);
	view_banner(&frame, frame.layout.banner);
	if (ui_view(ui) == VIEW_TABLE)
		view_table(&frame);
	else if (ui_view(ui) == VIEW_PAGE)
		view_page(&frame);
	else
		view_texts(&frame);
	view_footer(&frame);
}
