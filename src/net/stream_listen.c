/* What is said over an open stream: bytes in, bytes out, an end. Invariants: reading goes on until
 * libcurl says AGAIN (decrypted bytes may be pending that no poll tells of); what libcurl took half of
 * is offered again from the same memory; the listener is told of one end at most. See stream.h. */
#include "net/failure.h"
#include "net/stream_state.h"

#include "base/units.h"

#include <errno.h>
#include <sys/socket.h>

#define READ_BYTES 16384
#define READ_ROUNDS 16 /* a turn, so that one peer cannot hold the loop */

static void wait_for_more(struct stream *stream)
{
	multi_poll(stream->net, stream->fd,
		   stream->sending ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}

static void next_turn(struct stream *stream)
{
	net_timer_set(&stream->turn, (struct mono_time){0});
}

static void end(struct stream *stream, enum failure failure)
{
	net_timer_stop(&stream->timer);
	net_timer_stop(&stream->turn);
	multi_poll(stream->net, stream->fd, 0);
	stream->listener->ended(stream->listener->context, failure, stream->message.data);
}

static void end_with_code(struct stream *stream, CURLcode code)
{
	struct failure_facts facts = {.easy = stream->easy, .code = code, .owner = &stream->owner,
		.error = stream->error, .host = stream->shown, .secure = stream->options.secure,
		.stream = true, .open = true, .timeout_ns = stream->options.timeout_ns};

	strbuf_reset(&stream->message);
	end(stream, failure_explain(&facts, &stream->message).failure);
}

static void end_too_large(struct stream *stream, const char *what, size_t most)
{
	strbuf_reset(&stream->message);
	strbuf_adds(&stream->message, what);
	bytes_format(&stream->message, most);
	end(stream, FAILURE_TOO_LARGE);
}

/* --- bytes -------------------------------------------------------------------------------- */

/* What errno says in libcurl's words: failure_explain() reads those. */
static CURLcode explain_errno(struct stream *stream, CURLcode code)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return CURLE_AGAIN;
	(void)snprintf(stream->error, sizeof(stream->error), "%s", strerror(errno));
	return code;
}

static CURLcode receive(struct stream *stream, char *bytes, size_t size, size_t *len)
{
	ssize_t got;

	stream->error[0] = '\0';
	if (!stream->plain)
		return curl_easy_recv(stream->easy, bytes, size, len);
	got = recv(stream->fd, bytes, size, 0);
	*len = got > 0 ? (size_t)got : 0;
	return got < 0 ? explain_errno(stream, CURLE_RECV_ERROR) : CURLE_OK;
}

static CURLcode send_some(struct stream *stream, const char *bytes, size_t len, size_t *sent)
{
	ssize_t went;

	stream->error[0] = '\0';
	if (!stream->plain)
		return curl_easy_send(stream->easy, bytes, len, sent);
	went = send(stream->fd, bytes, len, MSG_NOSIGNAL);
	*sent = went > 0 ? (size_t)went : 0;
	return went < 0 ? explain_errno(stream, CURLE_SEND_ERROR) : CURLE_OK;
}

/* --- in ----------------------------------------------------------------------------------- */

/* Offers what is there until nothing of it is used; false where nothing is to be read any more. */
static bool offer(struct stream *stream, const char *bytes, size_t *len)
{
	const struct stream_listener *listener = stream->listener;
	bool gone = false;

	stream->gone = &gone;
	while (*len > 0) {
		size_t used = listener->received(listener->context, bytes, *len);

		if (gone)
			return false;
		if (used > *len)
			BUG("a listener uses more than came");
		bytes += used;
		*len -= used;
		if (used == 0 || stream->securing)
			break;
	}
	stream->gone = NULL;
	return true;
}

/* Hands on what came, behind what was kept; false where nothing is to be read any more. */
static bool take(struct stream *stream, const char *bytes, size_t len)
{
	size_t left = len, most = stream->listener->most;

	if (stream->in.len != 0) {
		strbuf_add(&stream->in, bytes, len);
		bytes = stream->in.data;
		left = len = stream->in.len;
	}
	if (!offer(stream, bytes, &left))
		return false;
	bytes += len - left;
	if (stream->securing && left != 0) {
		stream_refuse_surplus(stream, left);
		return false;
	}
	if (left > most) {
		end_too_large(stream, "sent an answer that is larger than ", most);
		return false;
	}
	if (stream->in.len == 0) {
		stream->in.max = most + READ_BYTES;
		strbuf_add(&stream->in, bytes, left);
	} else {
		memmove(stream->in.data, bytes, left);
		strbuf_cut(&stream->in, left);
	}
	return !stream->securing;
}

static void read_all(struct stream *stream)
{
	char bytes[READ_BYTES];

	for (int round = 0; round < READ_ROUNDS; round++) {
		size_t len = 0;
		CURLcode code = receive(stream, bytes, sizeof(bytes), &len);

		if (code == CURLE_AGAIN) {
			wait_for_more(stream);
			return;
		}
		if (code != CURLE_OK || len == 0) {
			end_with_code(stream, code != CURLE_OK ? code : CURLE_GOT_NOTHING);
			return;
		}
		if (!take(stream, bytes, len))
			return;
	}
	next_turn(stream);
}

/* --- out ---------------------------------------------------------------------------------- */

static void send_all(struct stream *stream)
{
	while (stream->sending) {
		size_t sent = 0;

		stream->broken = send_some(stream, stream->out.data + stream->sent,
					   stream->out.len - stream->sent, &sent);
		if (stream->broken == CURLE_AGAIN) {
			stream->broken = CURLE_OK;
			return;
		}
		if (stream->broken != CURLE_OK)
			return;
		stream->sent += sent;
		if (stream->sent < stream->out.len)
			continue;
		/* What was written meanwhile is next; this memory takes what is written from now on. */
		strbuf_reset(&stream->out);
		stream->sent = 0;
		if (stream->queued.len != 0) {
			struct strbuf done = stream->out;

			stream->out = stream->queued;
			stream->queued = done;
			continue;
		}
		stream->sending = false;
		stream->sent_at = net_now(stream->net);
		stream->owes_sent = stream->listener->sent != NULL;
	}
}

void stream_write(struct stream *stream, const void *bytes, size_t len)
{
	CHECK_MAGIC(stream, STREAM_MAGIC);
	if (stream->listener == NULL || stream->securing)
		BUG("a stream is written to that nobody listens to");
	if (len == 0 || stream->broken != CURLE_OK)
		return;
	if (stream->sending) {
		strbuf_add(&stream->queued, bytes, len);
	} else {
		strbuf_add(&stream->out, bytes, len);
		stream->sending = true;
		send_all(stream);
	}
	if (stream->broken != CURLE_OK || stream->owes_sent || stream->out.truncated ||
	    stream->queued.truncated)
		next_turn(stream);
	else if (stream->sending)
		wait_for_more(stream);
}

struct mono_time stream_sent_at(const struct stream *stream)
{
	return stream->sending ? (struct mono_time){0} : stream->sent_at;
}

/* --- turns -------------------------------------------------------------------------------- */

/* True where there is still something to listen for. */
static bool tell_sent(struct stream *stream)
{
	const struct stream_listener *listener = stream->listener;
	bool gone = false;

	if (!stream->owes_sent)
		return true;
	stream->owes_sent = false;
	stream->gone = &gone;
	listener->sent(listener->context);
	if (gone)
		return false;
	stream->gone = NULL;
	return true;
}

static void begin_tls(struct stream *stream)
{
	net_timer_stop(&stream->timer); /* the handshake has the deadline as its own */
	stream_begin_tls(stream);
}

/* All that may be there to do. */
static void act(struct stream *stream)
{
	if (stream->out.truncated || stream->queued.truncated) {
		end_too_large(stream, "does not read: what waits to be sent is larger than ",
			      STREAM_UNSENT);
		return;
	}
	send_all(stream);
	/* A peer that says why and closes is read to the end in spite of that. */
	if (stream->broken != CURLE_OK)
		stream->sending = false;
	if (!tell_sent(stream))
		return;
	if (!stream->securing)
		read_all(stream);
	else if (!stream->sending)
		begin_tls(stream);
	else
		multi_poll(stream->net, stream->fd, UV_WRITABLE);
}

static void on_turn(void *context)
{
	struct stream *stream = context;

	CHECK_MAGIC(stream, STREAM_MAGIC);
	act(stream);
}

static void on_ready(void *context, int events)
{
	struct stream *stream = context;

	(void)events; /* reading and writing find out themselves */
	CHECK_MAGIC(stream, STREAM_MAGIC);
	act(stream);
}

static void on_listener_deadline(void *context)
{
	struct stream *stream = context;

	CHECK_MAGIC(stream, STREAM_MAGIC);
	strbuf_reset(&stream->message);
	strbuf_adds(&stream->message, "timed out waiting for an answer");
	end(stream, FAILURE_TIMEOUT);
}

void stream_listen_again(struct stream *stream)
{
	if (!stream->plain)
		curl_easy_getinfo(stream->easy, CURLINFO_ACTIVESOCKET, &stream->fd);
	if (stream->fd == CURL_SOCKET_BAD || !multi_take(stream->net, stream->fd, on_ready, stream))
		BUG("an open stream has no descriptor");
	net_timer_set(&stream->timer, stream->deadline);
	/* With TLS bytes may be there already that no poll tells of. */
	if (stream->options.secure)
		next_turn(stream);
	else
		wait_for_more(stream);
}

void stream_listen(struct stream *stream, const struct stream_listener *listener,
		   struct mono_time deadline)
{
	CHECK_MAGIC(stream, STREAM_MAGIC);
	if (stream->listener != NULL)
		BUG("a stream is listened to twice");
	stream->listener = listener;
	stream->deadline = deadline;
	net_timer_init(&stream->timer, stream->net, on_listener_deadline, stream);
	net_timer_init(&stream->turn, stream->net, on_turn, stream);
	stream_listen_again(stream);
}

void stream_secure(struct stream *stream)
{
	CHECK_MAGIC(stream, STREAM_MAGIC);
	if (stream->listener == NULL || stream->securing || stream->options.secure)
		BUG("a stream is secured that cannot be");
	stream->securing = true;
	next_turn(stream);
}
