/* OSC 52: the terminal, not this host, owns the clipboard a person pastes from (xterm ctlseqs,
 * "Manipulate Selection Data"). Pure. */
#ifndef TERM_CLIPBOARD_H
#define TERM_CLIPBOARD_H

#include "base/strbuf.h"

/* Terminals refuse longer sequences (xterm's and tmux's limits are near this). */
#define CLIPBOARD_MAX 74994u

enum clipboard_via {
	CLIPBOARD_PLAIN,
	CLIPBOARD_TMUX,  /* for tmux itself (set-clipboard) and past it (allow-passthrough) */
	CLIPBOARD_SCREEN /* in DCS strings of at most 76 bytes, which is what screen passes on */
};
enum clipboard_via clipboard_via_of(const char *term, const char *tmux, const char *sty);
/* Appends the sequence; false and nothing appended where `len` is above CLIPBOARD_MAX. */
bool clipboard_sequence(struct strbuf *out, enum clipboard_via via, const char *text, size_t len);

#endif
