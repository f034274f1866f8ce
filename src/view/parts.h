/* What view.c puts together: each part draws one rectangle of the layout. */
#ifndef VIEW_PARTS_H
#define VIEW_PARTS_H

#include "draw/canvas.h"
#include "ui/doc.h"
#include "ui/layout.h"
#include "view/view.h"

struct frame {
	const struct snapshot *snapshot;
	const struct ui_state *ui;
	struct canvas *canvas;
	int utc_offset_s;
	struct layout layout;
};

struct area frame_area(const struct frame *frame, struct rect rect);

/* Draws from right to left: the text ends at *end, which moves before it; false where it would
 * start left of `least`. */
bool draw_right(struct area area, int least, int *end, int y, enum style style, const char *text);

void view_title(const struct frame *frame);
void view_banner(const struct frame *frame, struct rect rect);
void view_footer(const struct frame *frame);
/* "10 up  1 degraded  2 down", coloured; returns the cells used. */
int view_counts(struct area area, int x, int y, const struct snapshot_counts *counts);
/* "12:03:41 UTC", or a shorter form; returns what fits `width`, "" for nothing. */
void view_clock(const struct frame *frame, int width, struct strbuf *out);

void view_table(const struct frame *frame);
void view_page(const struct frame *frame);
void view_logs(const struct frame *frame, struct rect rect, bool focus);
void view_wall(const struct frame *frame);
void view_copy(const struct frame *frame);
void view_small(const struct frame *frame);
/* A document in a rectangle; the cursor is shown where `focus`. */
void view_doc(const struct frame *frame, struct rect rect, const struct doc *doc,
	      const struct scroll *scroll, bool focus);

#endif
