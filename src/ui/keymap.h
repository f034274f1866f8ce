/* Which key does what where: keys.def as data. */
#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

#include "ui/ui.h"

/* Where keys are bound. A pane's keys come before its page's, and those before ALL. */
enum key_view {
	KEYS_ALL,
	KEYS_TABLE,
	KEYS_PAGE,
	KEYS_CHECKS,
	KEYS_LOGS,
	KEYS_DIAGNOSIS,
	KEYS_WALL,
	KEYS_HELP,
	KEYS_INCIDENTS,
	KEYS_PROMPT,
	KEYS_COUNT
};
const char *key_view_title(enum key_view view); /* "Logs" */
/* The view whose keys hold as well, KEYS_COUNT for the last: LOGS -> PAGE -> ALL. */
enum key_view key_view_next(enum key_view view);

struct key_binding {
	enum key_view view;
	const char *key; /* as key_parse() reads it */
	enum action action;
};
const struct key_binding *keymap_bindings(size_t *count);
/* ACTION_NONE where the key does nothing in `view` or in those behind it. */
enum action keymap_find(enum key_view view, const struct key *key);
/* The first key of an action in a view or those behind it, NULL for none. */
const char *keymap_key(enum key_view view, enum action action);

const char *action_name(enum action action);
const char *action_doc(enum action action);

#endif
