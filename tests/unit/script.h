/* A console without a terminal: a ui state, a snapshot and a canvas, driven by key scripts. */
#ifndef TESTS_SCRIPT_H
#define TESTS_SCRIPT_H

#include "draw/canvas.h"
#include "fixture_snapshot.h"
#include "ui/state.h"
#include "view/view.h"

struct script {
	struct ui_state *ui;
	struct snapshot *snapshot;
	struct canvas canvas;
	struct effects effects; /* of the last script_keys() */
};
void script_init(struct script *script, enum fixture_kind kind, int width, int height, bool ascii);
void script_init_with(struct script *script, struct snapshot *snapshot, int width, int height,
		      bool ascii, bool wall);
void script_release(struct script *script);
/* Keys apart by blanks, as key_parse() reads them; 'text' in quotes is typed. The snapshot is
 * observed after each, with the log window that was asked for. */
void script_keys(struct script *script, const char *keys);
void script_observe(struct script *script);
/* The screen as text; the caller frees. */
char *script_screen(struct script *script);
bool script_shows(struct script *script, const char *text);

#endif
