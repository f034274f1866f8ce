/* Bytes from a terminal -> keys, without curses and without terminfo: the sequences of xterm,
 * the Linux console, rxvt, VT100, screen and tmux are one closed family (xterm's ctlseqs,
 * ECMA-48). Pure: `now` is given, nothing is read here. */
#ifndef TERM_DECODE_H
#define TERM_DECODE_H

#include "base/clock.h"
#include "model/key.h"

#define DECODER_BYTES 4096
struct decoder {
	unsigned char bytes[DECODER_BYTES];
	size_t len;
	struct mono_time arrived; /* when the newest bytes came: a lone Esc is decided from here */
	bool pasting;
	/* The last press, to tell a double click. */
	struct mono_time pressed;
	int press_x, press_y;
	bool press_valid;
};

void decoder_init(struct decoder *decoder);
/* How many more bytes it takes now. */
size_t decoder_room(const struct decoder *decoder);
/* Takes bytes, at most decoder_room(). */
void decoder_feed(struct decoder *decoder, struct mono_time now, const void *bytes, size_t len);
/* The next key, false where there is none or it is not complete. Unknown sequences and the
 * terminal's own answers are swallowed. */
bool decoder_next(struct decoder *decoder, struct mono_time now, struct key *key);
/* When decoder_next() must be asked again though no byte came: an Esc that may still become a
 * sequence, or a broken one. INT64_MAX: never. */
struct mono_time decoder_wake(const struct decoder *decoder);

#endif
