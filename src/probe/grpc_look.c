/* One short connection. Invariant: `done` is called once, and nothing of the look is touched after it.
 * See grpc_look.h. */
#include "probe/grpc_look.h"

#include "base/units.h"
#include "net/stream.h"
#include "probe/talk.h"

#define LOOK_MOST_NS (500 * NS_PER_MS)
#define FIRST_BYTES 64
#define FRAME_HEAD 9

struct grpc_look {
	struct probe *probe;
	void (*done)(struct probe *probe, enum grpc_port port, const char *bytes, size_t len);
	struct stream *stream;
	struct stream_listener ear;
	struct mono_time deadline;
	char first[FIRST_BYTES];
	size_t len;
};

/* A server's first frame is SETTINGS: its length in steps of six, its type 4, on the connection itself. */
static bool is_settings(const unsigned char *head)
{
	return head[0] == 0 && head[1] == 0 && head[2] % 6 == 0 && head[3] == 4 &&
	       (head[5] | head[6] | head[7] | head[8]) == 0;
}

enum grpc_port grpc_port_of(const char *bytes, size_t len)
{
	if (len == 0)
		return GRPC_PORT_CLOSES;
	if (talk_is_tls_alert(bytes, len))
		return GRPC_PORT_TLS;
	if (len >= 7 && memcmp(bytes, "HTTP/1.", 7) == 0)
		return GRPC_PORT_HTTP1;
	if (len >= FRAME_HEAD && is_settings((const unsigned char *)bytes))
		return GRPC_PORT_HTTP2;
	return len >= FRAME_HEAD ? GRPC_PORT_OTHER : GRPC_PORT_UNKNOWN;
}

void grpc_look_cancel(struct grpc_look *look)
{
	if (look == NULL)
		return;
	stream_close(look->stream);
	free(look);
}

static void end(struct grpc_look *look, enum grpc_port port)
{
	struct grpc_look kept = *look;

	grpc_look_cancel(look);
	kept.done(kept.probe, port, kept.first, kept.len);
}

static size_t on_received(void *context, const char *bytes, size_t len)
{
	struct grpc_look *look = context;

	look->len = len < FIRST_BYTES ? len : FIRST_BYTES;
	memcpy(look->first, bytes, look->len);
	if (len < FRAME_HEAD)
		return 0;
	end(look, grpc_port_of(look->first, look->len));
	return len;
}

static void on_ended(void *context, enum failure failure, const char *message)
{
	struct grpc_look *look = context;
	bool ended = failure == FAILURE_CLOSED || failure == FAILURE_RESET;

	(void)message;
	end(look, ended || look->len != 0 ? grpc_port_of(look->first, look->len) : GRPC_PORT_UNKNOWN);
}

static void on_opened(void *context, struct stream *stream, const struct stream_result *result)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";
	struct grpc_look *look = context;

	if (result->failure != FAILURE_NONE) {
		end(look, GRPC_PORT_UNKNOWN);
		return;
	}
	look->ear = (struct stream_listener){.received = on_received, .ended = on_ended, .context = look,
					     .most = FRAME_HEAD};
	stream_listen(stream, &look->ear, look->deadline);
	/* The array's own NUL is the last byte of an empty SETTINGS. */
	stream_write(stream, preface, sizeof(preface));
}

struct grpc_look *grpc_look_start(struct probe *probe,
				  void (*done)(struct probe *probe, enum grpc_port port,
					       const char *bytes, size_t len))
{
	const struct check *check = probe->check;
	struct grpc_look *look = xcalloc(1, sizeof(*look));
	int64_t left_ns = probe_time_left(probe);
	struct stream_options options = {.host = check->host, .port = check->port,
					 .unix_path = check->unix_path,
					 .proxy = check->proxy != NULL ? check->proxy : "",
					 .timeout_ns = left_ns < LOOK_MOST_NS ? left_ns : LOOK_MOST_NS};

	look->probe = probe;
	look->done = done;
	look->deadline.ns = net_now(probe->prober->net).ns + options.timeout_ns;
	look->stream = stream_open(probe->prober->net, &options, on_opened, look);
	return look;
}
