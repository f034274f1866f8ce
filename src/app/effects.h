/* What a key asks of the world outside the ui state. */
#ifndef APP_EFFECTS_H
#define APP_EFFECTS_H

#include "app/watch.h"
#include "term/term.h"
#include "ui/ui.h"

/* Carries out each effect in order; answers come back as messages in the ui. */
void effects_run(const struct effects *effects, struct watch *watch, struct term *term,
		 struct ui_state *ui, struct net *net);

#endif
