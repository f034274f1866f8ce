/* The one gate for bytes from outside. Whatever a server, a log, a file name or a config file
 * says passes through here before it is stored for showing: invalid UTF-8, C0 and C1 controls,
 * DEL, bidirectional controls and other invisible formatting become visible replacements, so
 * that no byte of theirs can command a terminal. */
#ifndef BASE_SCRUB_H
#define BASE_SCRUB_H

#include "base/strbuf.h"

enum scrub_flags {
	SCRUB_LINE = 0,       /* one line: newlines and tabs become a blank */
	SCRUB_TEXT = 1 << 0,  /* several lines: \n stays, \r\n becomes \n, tabs go to 8 columns */
	SCRUB_SGR = 1 << 1,   /* drop complete ANSI escape sequences in place of showing them */
};

/* Appends the harmless form of `bytes` to `out`. */
void scrub(struct strbuf *out, const void *bytes, size_t len, unsigned flags);
/* Same, as a new string of at most `max` bytes; the caller frees it. */
char *scrub_dup(const void *bytes, size_t len, size_t max, unsigned flags);
/* True where scrub() would change nothing; the canvas asserts it. */
bool scrub_is_clean(const char *text, size_t len);

#endif
