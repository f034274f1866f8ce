/* Builds OSC 52 sequences. Invariant: the text is base64 on the way out, so no byte of it can end
 * or extend the sequence. */
#include "term/clipboard.h"

#include "base/digest.h"

#include <string.h>

#define SCREEN_CHUNK 76

enum clipboard_via clipboard_via_of(const char *term, const char *tmux, const char *sty)
{
	if (tmux != NULL && tmux[0] != '\0')
		return CLIPBOARD_TMUX;
	if (sty != NULL && sty[0] != '\0')
		return CLIPBOARD_SCREEN;
	/* tmux reached over ssh: its variables did not come along, its TERM did. */
	if (term != NULL && strncmp(term, "tmux", 4) == 0)
		return CLIPBOARD_TMUX;
	return CLIPBOARD_PLAIN;
}

bool clipboard_sequence(struct strbuf *out, enum clipboard_via via, const char *text, size_t len)
{
	struct strbuf plain;

	if (len > CLIPBOARD_MAX)
		return false;
	strbuf_init(&plain, CLIPBOARD_MAX * 2);
	strbuf_adds(&plain, "\x1b]52;c;");
	base64_add(&plain, text, len);
	strbuf_addc(&plain, '\a');
	switch (via) {
	case CLIPBOARD_TMUX:
		strbuf_add(out, plain.data, plain.len);
		strbuf_adds(out, "\x1bPtmux;\x1b"); /* ESC inside is doubled */
		strbuf_add(out, plain.data, plain.len);
		strbuf_adds(out, "\x1b\\");
		break;
	case CLIPBOARD_SCREEN:
		for (size_t i = 0; i < plain.len; i += SCREEN_CHUNK) {
			size_t left = plain.len - i;

			strbuf_adds(out, "\x1bP");
			strbuf_add(out, plain.data + i, left < SCREEN_CHUNK ? left : SCREEN_CHUNK);
			strbuf_adds(out, "\x1b\\");
		}
		break;
	case CLIPBOARD_PLAIN:
		strbuf_add(out, plain.data, plain.len);
		break;
	}
	strbuf_release(&plain);
	return true;
}
