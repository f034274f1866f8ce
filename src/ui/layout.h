/* Where everything stands, for drawing and for the mouse alike: rectangles in cells from the top
 * left of the screen. A rectangle without width or height is not shown. */
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include "ui/rows.h"

struct rect {
	int x, y, width, height;
};
bool rect_holds(struct rect rect, int x, int y);

#define HINTS_MAX 16
struct hint_slot {
	enum action action;
	char key[16]; /* as shown: "⏎", "/" */
	const char *label;
	int x;	   /* of the key; the label stands one blank behind it */
	int width; /* of both */
};

struct layout {
	bool too_small;
	struct rect title, banner, body, footer; /* footer: hints, message or the prompt */
	struct hint_slot hints[HINTS_MAX];
	size_t hint_count;
	/* VIEW_TABLE */
	struct rect head, rows;
	/* VIEW_PAGE: the second line, the panes' titles and their insides. In tabs there is one
	 * title line, in which each pane has its part. */
	struct rect cause;
	bool tabs;
	struct rect pane_title[PANE_COUNT], pane[PANE_COUNT];
};

void layout_compute(const struct ui_state *ui, const struct snapshot *snapshot,
		    struct layout *layout);
/* The page has room for its panes side by side: there, zoom means something. */
bool layout_has_panes(const struct ui_state *ui);
/* Title of a pane: "1 checks 4/6", with what is most worth knowing about it. */
void pane_title(const struct ui_state *ui, const struct snapshot *snapshot, enum pane pane,
		struct strbuf *out);

/* What is under the mouse. */
enum hit_kind { HIT_NOTHING, HIT_ROW, HIT_PANE, HIT_PANE_TITLE, HIT_HINT };
struct hit {
	enum hit_kind kind;
	int row; /* HIT_ROW, HIT_PANE: row inside it, from 0 */
	enum pane pane;
	enum action action; /* HIT_HINT */
};
struct hit layout_hit(const struct ui_state *ui, const struct layout *layout, int x, int y);

#endif
