/* Datagrams: a connected UDP socket a question, so that the kernel drops what comes from elsewhere and
 * tells of ICMP errors. Invariant: `done` is called from the loop alone, and never again once it said
 * true, heard a failure, or the datagram was closed. See datagram.h. */
#include "net/datagram.h"

#include "base/units.h"
#include "base/xalloc.h"
#include "net/failure.h"
#include "net/loop.h"

#define DATAGRAM_MAGIC 0x64617461u
#define MESSAGE_MOST 512

struct datagram {
	uv_udp_t uv;
	uint32_t magic;
	bool opened; /* uv knows the handle */
	bool over;
	struct net *net;
	struct net_timer timer; /* the deadline, or an end that is known at once */
	struct mono_time began;
	int64_t timeout_ns;
	int error;              /* why it could not be asked: -errno; 0 */
	bool (*done)(void *context, const struct datagram_result *result);
	void *context;
	struct strbuf message;
	char peer[80];
	char bytes[DATAGRAM_MOST];
};

static void finish(struct datagram *datagram, enum failure failure)
{
	struct datagram_result result = {.failure = failure,
					 .message = datagram->message.data,
					 .peer = datagram->peer,
					 .latency_ns = net_now(datagram->net).ns -
						       datagram->began.ns};

	datagram->over = true;
	net_timer_stop(&datagram->timer);
	(void)datagram->done(datagram->context, &result);
}

static void fail_errno(struct datagram *datagram, int error)
{
	if (error == ECONNREFUSED) {
		strbuf_addf(&datagram->message, "%s: %s; nothing listens on that UDP port",
			    failure_words(FAILURE_REFUSED), datagram->peer);
		finish(datagram, FAILURE_REFUSED);
		return;
	}
	finish(datagram, failure_explain_errno(error, datagram->peer, &datagram->message));
}

static void on_deadline(void *context)
{
	struct datagram *datagram = context;

	CHECK_MAGIC(datagram, DATAGRAM_MAGIC);
	if (datagram->error != 0) {
		fail_errno(datagram, -datagram->error);
		return;
	}
	strbuf_adds(&datagram->message, "timed out after ");
	duration_format(&datagram->message, datagram->timeout_ns);
	strbuf_addf(&datagram->message, " in phase wait: no answer came from %s by UDP",
		    datagram->peer);
	finish(datagram, FAILURE_TIMEOUT);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct datagram *datagram = handle->data;

	(void)suggested;
	*buffer = uv_buf_init(datagram->bytes, sizeof(datagram->bytes));
}

static void on_received(uv_udp_t *uv, ssize_t len, const uv_buf_t *buffer,
			const struct sockaddr *from, unsigned flags)
{
	struct datagram *datagram = uv->data;
	struct datagram_result result = {.failure = FAILURE_NONE};

	(void)flags;
	CHECK_MAGIC(datagram, DATAGRAM_MAGIC);
	if (datagram->over || (len == 0 && from == NULL))
		return;
	if (len < 0) {
		fail_errno(datagram, (int)-len);
		return;
	}
	result.peer = datagram->peer;
	result.bytes = (const unsigned char *)buffer->base;
	result.len = (size_t)len;
	result.latency_ns = net_now(datagram->net).ns - datagram->began.ns;
	/* The caller may close it in there; what is left is for the close callback. */
	if (datagram->done(datagram->context, &result)) {
		datagram->over = true;
		net_timer_stop(&datagram->timer);
	}
}

static int send_question(struct datagram *datagram, const struct sockaddr *to, const void *bytes,
			 size_t len)
{
	uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)len);
	int rc = uv_udp_init(&datagram->net->loop, &datagram->uv);

	if (rc != 0)
		return rc;
	datagram->opened = true;
	datagram->uv.data = datagram;
	rc = uv_udp_connect(&datagram->uv, to);
	if (rc == 0)
		rc = uv_udp_recv_start(&datagram->uv, on_room, on_received);
	if (rc == 0)
		rc = uv_udp_try_send(&datagram->uv, &buffer, 1, NULL);
	/* A full send buffer is a lost packet, as on the wire. */
	return rc < 0 && rc != UV_EAGAIN ? rc : 0;
}

struct datagram *datagram_ask(struct net *net, const char *address, int port, const void *bytes,
			      size_t len, int64_t timeout_ns,
			      bool (*done)(void *context, const struct datagram_result *result),
			      void *context)
{
	struct datagram *datagram = xcalloc(1, sizeof(*datagram));
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	datagram->magic = DATAGRAM_MAGIC;
	datagram->net = net;
	datagram->done = done;
	datagram->context = context;
	datagram->timeout_ns = timeout_ns;
	datagram->began = net_now(net);
	strbuf_init(&datagram->message, MESSAGE_MOST);
	net_timer_init(&datagram->timer, net, on_deadline, datagram);
	(void)snprintf(datagram->peer, sizeof(datagram->peer),
		       strchr(address, ':') != NULL ? "[%s]:%d" : "%s:%d", address, port);
	if (uv_ip4_addr(address, port, &v4) == 0)
		datagram->error = send_question(datagram, (struct sockaddr *)&v4, bytes, len);
	else if (uv_ip6_addr(address, port, &v6) == 0)
		datagram->error = send_question(datagram, (struct sockaddr *)&v6, bytes, len);
	else
		BUG("%s is no address", address);
	net_timer_set(&datagram->timer,
		      (struct mono_time){datagram->error != 0 ? 0 : datagram->began.ns + timeout_ns});
	return datagram;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void datagram_close(struct datagram *datagram)
{
	if (datagram == NULL)
		return;
	CHECK_MAGIC(datagram, DATAGRAM_MAGIC);
	datagram->over = true;
	net_timer_stop(&datagram->timer);
	strbuf_release(&datagram->message);
	datagram->magic = 0;
	if (datagram->opened)
		uv_close((uv_handle_t *)&datagram->uv, on_closed);
	else
		free(datagram);
}
