/* The terminal: canvas -> screen, bytes -> keys, and a sane terminal afterwards however the
 * program ends. The only curses in the tree is term.c. It opens its own descriptor of /dev/tty, so
 * that no flag leaks to the shell. */
#ifndef TERM_TERM_H
#define TERM_TERM_H

#include "draw/canvas.h"
#include "model/key.h"
#include "model/theme.h"

struct term;
struct term_options {
	bool color;    /* false: NO_COLOR, --no-color */
	bool mouse;
};
/* NULL with a sentence where there is no usable terminal. Start signal handlers before. */
struct term *term_open(const struct term_options *options, struct strbuf *err);
/* Puts the terminal back as it was. */
void term_close(struct term *term);
/* TERM=dumb, no terminfo entry, no tty: sentence why the console cannot be shown; NULL it can. */
const char *term_unusable(void);
bool term_wants_ascii(void); /* the locale is no UTF-8, or TERM cannot show more */
int term_fd(const struct term *term);
void term_size(const struct term *term, int *width, int *height);
void term_resized(struct term *term);
void term_set_theme(struct term *term, const struct theme *theme);
void term_set_mouse(struct term *term, bool on);
/* Shows the canvas; only what changed is sent. */
void term_draw(struct term *term, const struct canvas *canvas);
void term_redraw(struct term *term); /* all of it next time */
/* The next key that is there already; false where there is none. KEY_CODE_CLOSED: gone. */
bool term_key(struct term *term, struct key *key);
/* Stops and comes back (SIGTSTP, SIGCONT). */
void term_suspend(struct term *term);
void term_resume(struct term *term);
void term_bell(struct term *term);
/* OSC 52 (base64, through tmux as well); false where the text is too long for it. */
bool term_copy(struct term *term, const char *text, size_t len);
/* Async-signal-safe: saved modes and one constant string, nothing else. */
void term_rescue(void);

#endif
