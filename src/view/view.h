/* A frame is a function of what is known and what a person did to the screen: total for every
 * size from 1x1 up and every state, the same input gives the same cells. */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include "draw/canvas.h"
#include "model/snapshot.h"
#include "ui/ui.h"

/* Clock, size and glyph set are in the arguments: the snapshot's wall_now, the canvas. Times are
 * shown `utc_offset_s` east of UTC (0 and "UTC" unless the person asks for local time). */
void view_render(const struct snapshot *snapshot, const struct ui_state *ui, struct canvas *canvas,
		 int utc_offset_s);

#endif
