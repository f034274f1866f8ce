/* The frames of an open WebSocket (RFC 6455 section 5), by wslay: bytes in, messages out, and the
 * other way round. Sees no socket, so that it can be fuzzed. Inside net/. */
#ifndef NET_WEBSOCKET_FRAMES_H
#define NET_WEBSOCKET_FRAMES_H

#include "base/strbuf.h"

enum frame_kind { FRAME_TEXT, FRAME_BINARY, FRAME_PONG, FRAME_CLOSE };
struct frame_message {
	enum frame_kind kind;
	char *bytes;   /* ends with a NUL that is not counted; of FRAME_CLOSE the reason */
	size_t len;
	int code;      /* of FRAME_CLOSE; 0 where the frame has none */
};

struct frames;
struct frames *frames_new(void);
void frames_free(struct frames *frames);
/* Takes all bytes. What is sent in answer (pongs, the close) waits in frames_out(). */
void frames_in(struct frames *frames, const char *bytes, size_t len);
/* The next whole message; the caller frees its bytes. False where there is none. */
bool frames_next(struct frames *frames, struct frame_message *message);
/* Why no more is read: bytes that break the protocol or its bounds, as a sentence's end; NULL. */
const char *frames_broken(const struct frames *frames);

void frames_text(struct frames *frames, const char *text, size_t len);
void frames_ping(struct frames *frames);
/* Whether a pong is the answer to that ping: it has its bytes (RFC 6455 section 5.5.3). */
bool frames_is_answer(const struct frame_message *pong);
void frames_close(struct frames *frames, int code);
/* What is to be sent; the caller sends and resets it. */
struct strbuf *frames_out(struct frames *frames);

#endif
