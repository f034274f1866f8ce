/* The terminal: canvas -> screen, bytes -> keys, and a sane terminal afterwards however the
 * program ends. The only curses in the tree is term.c. It opens its own descriptors of /dev/tty,
 * so that no flag leaks to the shell, and never waits for a terminal that does not take its
 * bytes. One terminal at a time. Callers have set the locale (setlocale(LC_CTYPE, "")). */
#ifndef TERM_TERM_H
#define TERM_TERM_H

#include "base/clock.h"
#include "draw/canvas.h"
#include "model/key.h"
#include "model/theme.h"

struct term;
struct term_options {
	bool color;    /* false: NO_COLOR, --no-color */
	bool mouse;
};
/* What a person is never asked for and no sane screen has; sizes are clamped to it. */
#define TERM_WIDTH_MAX 1000
#define TERM_HEIGHT_MAX 500

/* NULL with a sentence where there is no usable terminal. Ctrl-C stays SIGINT; Ctrl-Z, Ctrl-S and
 * the like are keys. */
struct term *term_open(const struct term_options *options, struct strbuf *err);
/* The same on a terminal by its path (of a pty, in tests); TERM says its kind. */
struct term *term_open_path(const char *path, const struct term_options *options,
			    struct strbuf *err);
/* Puts the terminal back as it was. */
void term_close(struct term *term);
/* TERM=dumb, no terminfo entry, no tty: sentence why the console cannot be shown; NULL it can. */
const char *term_unusable(void);
bool term_wants_ascii(void); /* the locale is no UTF-8, or TERM cannot show more */
int term_fd(const struct term *term);
void term_size(const struct term *term, int *width, int *height);
void term_resized(struct term *term);
/* Takes a reference. */
void term_set_theme(struct term *term, struct theme *theme);
void term_set_mouse(struct term *term, bool on);
/* Shows the canvas; only what changed is sent. */
void term_draw(struct term *term, const struct canvas *canvas);
void term_redraw(struct term *term); /* all of it next time */
/* The next key that is there already; false where there is none. KEY_CODE_CLOSED (once): gone. */
bool term_key(struct term *term, struct key *key);
/* When term_key() must be called though its descriptor is not readable: an Esc waits to be told
 * from a sequence, or the terminal has not taken all bytes. INT64_MAX: never. */
struct mono_time term_wake(const struct term *term);
/* Puts the terminal back, stops the job as Ctrl-Z does, and returns when it is continued, with
 * the terminal taken again; draw next. Needs no handler of SIGTSTP or SIGCONT. */
void term_suspend(struct term *term);
/* Takes the terminal again after a stop from outside (SIGCONT); draw next. */
void term_resume(struct term *term);
void term_bell(struct term *term);
/* OSC 52 (base64, through tmux and screen as well); false where the text is too long for it or
 * the terminal has no such thing. */
bool term_copy(struct term *term, const char *text, size_t len);
/* Bytes that the terminal has taken so far (bench, :debug). */
uint64_t term_bytes(const struct term *term);
/* Async-signal-safe: saved modes and one constant string, nothing else. */
void term_rescue(void);

#endif
