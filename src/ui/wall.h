/* How the wall divides the screen: a head, troubles in large tiles, the rest in small ones; what
 * does not fit is on further pages, on each of which the troubles stay. */
#ifndef UI_WALL_H
#define UI_WALL_H

#include "ui/layout.h"

struct wall_tile {
	const struct service_row *row;
	struct rect rect;
	bool large;
};
struct wall {
	struct rect head;
	bool big_head;		 /* block digits */
	struct wall_tile *tiles; /* of the page that is shown */
	size_t count;
	int page, pages; /* page < pages */
};
void wall_layout(const struct ui_state *ui, const struct snapshot *snapshot, struct wall *wall);
void wall_release(struct wall *wall);

#endif
