/* Frames by wslay; bytes come from client->in and go through client_send(). See websocket.h. */
#include "demo/websocket.h"

#include "base/digest.h"
#include "base/xalloc.h"

#include <strings.h>
#include <wslay/wslay.h>

#define MESSAGE_MAX (16u << 10)
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455 section 1.3 */

struct demo_socket {
	struct client *client;
	wslay_event_context_ptr frames;
};

static ssize_t on_recv(wslay_event_context_ptr frames, uint8_t *bytes, size_t len, int flags,
		       void *context)
{
	struct demo_socket *socket = context;
	struct strbuf *in = &socket->client->in;

	(void)flags;
	if (in->len == 0) {
		wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	if (len > in->len)
		len = in->len;
	memcpy(bytes, in->data, len);
	memmove(in->data, in->data + len, in->len - len);
	strbuf_cut(in, in->len - len);
	return (ssize_t)len;
}

static ssize_t on_send(wslay_event_context_ptr frames, const uint8_t *bytes, size_t len, int flags,
		       void *context)
{
	struct demo_socket *socket = context;

	(void)frames;
	(void)flags;
	client_send(socket->client, bytes, len, false);
	return (ssize_t)len;
}

static void on_message(wslay_event_context_ptr frames, const struct wslay_event_on_msg_recv_arg *arg,
		       void *context)
{
	static const char words[] = "{\"type\":\"received\"}";
	const struct wslay_event_msg answer = {.opcode = WSLAY_TEXT_FRAME,
					       .msg = (const uint8_t *)words,
					       .msg_length = sizeof(words) - 1};

	(void)context;
	if (arg->opcode == WSLAY_TEXT_FRAME)
		wslay_event_queue_msg(frames, &answer);
}

bool demo_socket_wanted(const struct http_request *request)
{
	return request->upgrade != NULL && strcasecmp(request->upgrade, "websocket") == 0 &&
	       request->socket_key != NULL;
}

void demo_socket_open(struct client *client, const struct http_request *request)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = on_recv, .send_callback = on_send, .on_msg_recv_callback = on_message};
	struct demo_socket *socket = xcalloc(1, sizeof(*socket));
	unsigned char digest[20];
	struct strbuf key, head;

	socket->client = client;
	if (wslay_event_context_server_init(&socket->frames, &callbacks, socket) != 0)
		BUG("out of memory");
	wslay_event_config_set_max_recv_msg_length(socket->frames, MESSAGE_MAX);
	strbuf_init(&key, 1024);
	strbuf_init(&head, 1024);
	strbuf_addf(&key, "%s" GUID, request->socket_key);
	digest_sha1(key.data, key.len, digest);
	strbuf_adds(&head, "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n"
			   "connection: Upgrade\r\nsec-websocket-accept: ");
	base64_add(&head, digest, sizeof(digest));
	strbuf_adds(&head, "\r\n\r\n");
	client_send(client, head.data, head.len, false);
	client->socket = socket;
	http_became_socket(client);
	strbuf_release(&key);
	strbuf_release(&head);
}

void demo_socket_on_data(struct client *client)
{
	wslay_event_context_ptr frames = client->socket->frames;

	if (wslay_event_recv(frames) != 0 || wslay_event_send(frames) != 0 ||
	    wslay_event_get_close_received(frames) != 0)
		client_send(client, "", 0, true);
}

void demo_socket_free(struct demo_socket *socket)
{
	if (socket == NULL)
		return;
	wslay_event_context_free(socket->frames);
	free(socket);
}
