/* Documents on the canvas: spans, phase bars, the cursor's line, and how much is out of sight. */
#include "base/utf8.h"
#include "draw/bar.h"
#include "view/parts.h"

#define MARGIN 2

static void draw_line(struct area area, int y, const struct doc *doc, const struct doc_line *line,
		      int left)
{
	struct area room = area_sub(area, 0, 0, area.width - 1, area.height);
	int x = MARGIN + line->indent - left;

	for (size_t i = 0; i < line->count; i++) {
		const struct doc_span *span = &doc->spans.at[line->first + i];

		area_textn(room, x, y, span->style, doc->text.data + span->start, span->len);
		x += (int)utf8_width(doc->text.data + span->start, span->len);
	}
	if (x > room.width && room.width > MARGIN)
		area_text(room, room.width - 1, y, STYLE_DIM, "…");
	if (line->phases != NULL)
		bar_phases(area, x, y, area.width - x - MARGIN < 60 ? area.width - x - MARGIN : 60,
			   line->phases);
}

void view_doc(const struct frame *frame, struct rect rect, const struct doc *doc,
	      const struct scroll *wanted, bool focus)
{
	struct area area = frame_area(frame, rect);
	struct scroll scroll = *wanted;

	scroll_clamp(&scroll, doc->lines.len, area.height);
	for (int y = 0; y < area.height && (size_t)(scroll.top + y) < doc->lines.len; y++) {
		const struct doc_line *line = &doc->lines.at[scroll.top + y];

		draw_line(area, y, doc, line, scroll.left);
		if (focus && scroll.top + y == scroll.cursor)
			area_text(area, 0, y, STYLE_BORDER_FOCUS, "▸");
	}
	/* There is more below than can be seen. */
	if ((size_t)(scroll.top + area.height) < doc->lines.len && area.width > 4)
		area_text(area, area.width - 1, area.height - 1, STYLE_DIM, "↓");
	if (scroll.top > 0 && area.width > 4)
		area_text(area, area.width - 1, 0, STYLE_DIM, "↑");
}
