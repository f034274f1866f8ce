/* A key press or mouse event, as term/ reads and ui/ understands it. */
#ifndef MODEL_KEY_H
#define MODEL_KEY_H

#include "base/strbuf.h"

enum key_code {
	KEY_CODE_CHAR, /* `cp` holds the code point; Ctrl-A is 'a' with KEY_MOD_CTRL */
	KEY_CODE_ENTER, KEY_CODE_ESCAPE, KEY_CODE_TAB, KEY_CODE_BACKSPACE, KEY_CODE_DELETE,
	KEY_CODE_UP, KEY_CODE_DOWN, KEY_CODE_LEFT, KEY_CODE_RIGHT,
	KEY_CODE_PAGE_UP, KEY_CODE_PAGE_DOWN, KEY_CODE_HOME, KEY_CODE_END,
	KEY_CODE_F, /* `cp` holds 1..12 */
	KEY_CODE_MOUSE,
	KEY_CODE_RESIZE,
	KEY_CODE_PASTE_BEGIN, KEY_CODE_PASTE_END,
	KEY_CODE_CLOSED /* the terminal is gone */
};
enum key_mod { KEY_MOD_SHIFT = 1, KEY_MOD_ALT = 2, KEY_MOD_CTRL = 4 };
enum mouse_button { MOUSE_LEFT, MOUSE_DOUBLE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };
struct key {
	enum key_code code;
	unsigned mods;
	uint32_t cp;
	/* KEY_CODE_MOUSE */
	enum mouse_button button;
	int x, y; /* cells from the top left, 0-based */
};
/* "j", "Ctrl-W", "F1", "Enter", "PgDn". */
void key_format(struct strbuf *out, const struct key *key);
/* Reads what key_format writes. */
bool key_parse(const char *text, struct key *key);

#endif
