/* Frames by wslay, fed from memory. Invariant: a message that came is whole and at most
 * WEBSOCKET_MESSAGE bytes; after a break of the protocol nothing more is read. See
 * websocket_frames.h. */
#include "net/websocket_frames.h"

#include "base/vec.h"
#include "net/websocket.h"

#include <errno.h>
#include <sys/random.h>
#include <wslay/wslay.h>

#define OUT_MOST (4u * WEBSOCKET_MESSAGE)
#define PING "sitrep"

struct frames {
	wslay_event_context_ptr context;
	const char *bytes; /* not read yet, during frames_in() */
	size_t len;
	struct VEC_OF(struct frame_message) came;
	size_t taken;
	struct strbuf out;
	const char *broken;
};

static ssize_t on_receive(wslay_event_context_ptr context, uint8_t *buf, size_t len, int flags,
			  void *user)
{
	struct frames *frames = user;
	size_t here = frames->len < len ? frames->len : len;

	(void)flags;
	if (here == 0) {
		wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(buf, frames->bytes, here);
	frames->bytes += here;
	frames->len -= here;
	return (ssize_t)here;
}

static ssize_t on_send(wslay_event_context_ptr context, const uint8_t *data, size_t len, int flags,
		       void *user)
{
	struct frames *frames = user;

	(void)flags;
	strbuf_add(&frames->out, data, len);
	if (frames->out.truncated) {
		wslay_event_set_error(context, WSLAY_ERR_CALLBACK_FAILURE);
		return -1;
	}
	return (ssize_t)len;
}

/* RFC 6455 section 5.3: a mask that nobody can foretell. */
static int on_mask(wslay_event_context_ptr context, uint8_t *buf, size_t len, void *user)
{
	(void)context;
	(void)user;
	if (getrandom(buf, len, 0) != (ssize_t)len)
		BUG("no random bytes: %s", strerror(errno));
	return 0;
}

static void on_message(wslay_event_context_ptr context,
		       const struct wslay_event_on_msg_recv_arg *arg, void *user)
{
	struct frames *frames = user;
	struct frame_message message = {.kind = FRAME_TEXT, .len = arg->msg_length};
	const char *bytes = (const char *)arg->msg;

	(void)context;
	switch (arg->opcode) {
	case WSLAY_TEXT_FRAME:
		break;
	case WSLAY_BINARY_FRAME:
		message.kind = FRAME_BINARY;
		break;
	case WSLAY_PONG:
		message.kind = FRAME_PONG;
		break;
	case WSLAY_CONNECTION_CLOSE:
		message.kind = FRAME_CLOSE;
		message.code = arg->status_code;
		/* The payload begins with the code (RFC 6455 section 5.5.1). */
		message.len = arg->msg_length >= 2 ? arg->msg_length - 2 : 0;
		if (message.len != 0)
			bytes += 2;
		break;
	default: /* a ping: wslay answers it */
		return;
	}
	message.bytes = xmalloc(message.len + 1);
	if (message.len != 0)
		memcpy(message.bytes, bytes, message.len);
	message.bytes[message.len] = '\0';
	vec_push(&frames->came, message);
}

struct frames *frames_new(void)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = on_receive,
		.send_callback = on_send,
		.genmask_callback = on_mask,
		.on_msg_recv_callback = on_message,
	};
	struct frames *frames = xcalloc(1, sizeof(*frames));

	strbuf_init(&frames->out, OUT_MOST);
	if (wslay_event_context_client_init(&frames->context, &callbacks, frames) != 0)
		BUG("out of memory");
	wslay_event_config_set_max_recv_msg_length(frames->context, WEBSOCKET_MESSAGE);
	return frames;
}

void frames_free(struct frames *frames)
{
	if (frames == NULL)
		return;
	wslay_event_context_free(frames->context);
	for (size_t i = frames->taken; i < frames->came.len; i++)
		free(frames->came.at[i].bytes);
	vec_release(&frames->came);
	strbuf_release(&frames->out);
	free(frames);
}

static void flush(struct frames *frames)
{
	if (wslay_event_send(frames->context) != 0 && frames->broken == NULL)
		frames->broken = "more is to be sent than it takes";
}

static const char *words_of_break(const struct frames *frames)
{
	switch (wslay_event_get_status_code_sent(frames->context)) {
	case WSLAY_CODE_MESSAGE_TOO_BIG:
		return "sent a message of more than 1 MB";
	case WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA:
		return "sent a text message that is no UTF-8 (RFC 6455 section 8.1)";
	default:
		return "sent bytes that are no WebSocket frame (RFC 6455 section 5)";
	}
}

void frames_in(struct frames *frames, const char *bytes, size_t len)
{
	int error;

	if (frames->broken != NULL)
		return;
	frames->bytes = bytes;
	frames->len = len;
	error = wslay_event_recv(frames->context);
	frames->len = 0;
	flush(frames);
	/* It stops reading after a close frame, and where the peer broke the protocol. */
	if (frames->broken == NULL &&
	    (error != 0 || (!wslay_event_get_read_enabled(frames->context) &&
			    !wslay_event_get_close_received(frames->context))))
		frames->broken = words_of_break(frames);
}

bool frames_next(struct frames *frames, struct frame_message *message)
{
	if (frames->taken == frames->came.len) {
		frames->taken = frames->came.len = 0;
		return false;
	}
	*message = frames->came.at[frames->taken++];
	return true;
}

const char *frames_broken(const struct frames *frames)
{
	return frames->broken;
}

static void queue(struct frames *frames, uint8_t opcode, const char *bytes, size_t len)
{
	const struct wslay_event_msg message = {.opcode = opcode, .msg = (const uint8_t *)bytes,
						.msg_length = len};

	/* Refused only once a close was sent. */
	if (wslay_event_queue_msg(frames->context, &message) == 0)
		flush(frames);
}

void frames_text(struct frames *frames, const char *text, size_t len)
{
	queue(frames, WSLAY_TEXT_FRAME, text, len);
}

void frames_ping(struct frames *frames)
{
	queue(frames, WSLAY_PING, PING, strlen(PING));
}

bool frames_is_answer(const struct frame_message *pong)
{
	return pong->len == strlen(PING) && memcmp(pong->bytes, PING, pong->len) == 0;
}

void frames_close(struct frames *frames, int code)
{
	if (wslay_event_queue_close(frames->context, (uint16_t)code, NULL, 0) == 0)
		flush(frames);
}

struct strbuf *frames_out(struct frames *frames)
{
	return &frames->out;
}
