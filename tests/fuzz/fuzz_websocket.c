/* What a WebSocket server may answer: a first byte `h`, then the answer to the handshake; any other, and the
 * rest is frames, read in pieces of that many bytes. A head is bounded and clean of line breaks, a good
 * handshake has its accept key, a message is bounded and whole. */
#include "fuzz.h"

#include "base/limits.h"
#include "base/xalloc.h"
#include "net/upgrade.h"
#include "net/websocket.h"
#include "net/websocket_frames.h"

static const char *const protocols[] = {"chat", "chat.v2"};
static const struct upgrade_request request = {.target = "/", .authority = "h", .key = "dGhlIHNhbXBsZSBub25jZQ==",
					       .protocols = protocols, .protocol_count = 2};

static void try_handshake(const char *bytes, size_t len)
{
	struct upgrade_reader reader = {.left = LIMIT_HEAD}, pieces = reader;
	struct upgrade_answer answer, other;
	enum upgrade_read read;
	struct strbuf out;
	struct arena arena;

	arena_init(&arena);
	strbuf_init(&out, LIMIT_BODY_KEPT);
	read = upgrade_read(&reader, bytes, len, &arena, &answer);
	PROMISE(arena.bytes <= 9 * len + 16);
	/* It is the same where it comes byte by byte. */
	if (read == UPGRADE_WHOLE) {
		size_t came = 1;

		while (upgrade_read(&pieces, bytes, came, &arena, &other) == UPGRADE_MORE)
			came++;
		PROMISE(came == answer.len && other.len == came && other.header_count == answer.header_count);
	}
	if (read == UPGRADE_WHOLE) {
		PROMISE(answer.status >= 100 && answer.status <= 599);
		PROMISE(answer.len <= len && answer.len + reader.left == LIMIT_HEAD);
		PROMISE(answer.header_count <= answer.len / 3);
		PROMISE(upgrade_headers_kept(&answer) <= answer.header_count);
		for (size_t i = 0; i < answer.header_count; i++) {
			PROMISE(answer.headers[i].name[0] != '\0');
			PROMISE(strpbrk(answer.headers[i].name, "\r\n: ") == NULL);
			PROMISE(strchr(answer.headers[i].value, '\n') == NULL);
		}
		if (upgrade_is_sound(&answer, &request, &out))
			PROMISE(strcmp(upgrade_header(&answer, "sec-websocket-accept"),
				       "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == 0);
		else
			PROMISE(out.len != 0);
		strbuf_reset(&out);
		(void)upgrade_body(&answer, bytes + answer.len, len - answer.len, &out);
		PROMISE(out.len <= LIMIT_BODY_KEPT && out.len <= len - answer.len);
	}
	strbuf_release(&out);
	arena_release(&arena);
}

static void try_frames(const char *bytes, size_t len, size_t piece)
{
	struct frames *frames = frames_new();
	struct frame_message message;

	for (size_t at = 0; at < len; at += piece) {
		frames_in(frames, bytes + at, len - at < piece ? len - at : piece);
		strbuf_reset(frames_out(frames));
		while (frames_next(frames, &message)) {
			PROMISE(message.len <= WEBSOCKET_MESSAGE && message.len <= len);
			PROMISE(message.bytes[message.len] == '\0');
			free(message.bytes);
		}
	}
	frames_close(frames, WEBSOCKET_NORMAL);
	frames_free(frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;

	if (size == 0)
		return 0;
	if (bytes[0] == 'h') {
		try_handshake(bytes + 1, size - 1);
	} else {
		try_frames(bytes + 1, size - 1, size);
		try_frames(bytes + 1, size - 1, data[0] != 0 ? data[0] : 1);
	}
	return 0;
}
