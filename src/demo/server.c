/* Sockets of the demo, by libuv. A client is freed when both its handles are closed, never before;
 * what it holds open elsewhere (an upstream request) is told first. */
#include "demo/server.h"

#include "base/xalloc.h"
#include "demo/gateway.h"
#include "demo/websocket.h"
#include "demo/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENT_MAGIC 0xde30c11eu
#define CLIENT_IN_MAX (64u << 10)
#define CLIENT_HELD_MAX (1u << 20)
#define BACKLOG 128

bool server_init(struct server *server, struct world *world, enum demo_service service,
		 void (*on_data)(struct client *client), struct strbuf *err)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int on = 1;

	memset(server, 0, sizeof(*server));
	server->world = world;
	server->service = service;
	server->on_data = on_data;
	server->holder = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* With SO_REUSEADDR on both, the listener may bind beside the holder. */
	if (server->holder < 0 ||
	    setsockopt(server->holder, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(server->holder, (struct sockaddr *)&address, len) != 0 ||
	    getsockname(server->holder, (struct sockaddr *)&address, &len) != 0) {
		strbuf_addf(err, "no free port on 127.0.0.1: %s", strerror(errno));
		return false;
	}
	server->port = ntohs(address.sin_port);
	return true;
}

void server_release(struct server *server)
{
	if (server->holder >= 0)
		close(server->holder);
	server->holder = -1;
}

static void on_client_closed(uv_handle_t *handle)
{
	struct client *client = handle->data;

	CHECK_MAGIC(client, CLIENT_MAGIC);
	if (--client->open_handles > 0)
		return;
	strbuf_release(&client->in);
	strbuf_release(&client->held);
	free(client->method);
	free(client->path);
	free(client->origin);
	demo_socket_free(client->socket);
	client->magic = 0;
	free(client);
}

void client_close(struct client *client)
{
	if (client->closing)
		return;
	client->closing = true;
	if (client->upstream != NULL)
		gateway_abandon(client->upstream);
	client->upstream = NULL;
	if (client->prev != NULL)
		client->prev->next = client->next;
	else
		client->server->clients = client->next;
	if (client->next != NULL)
		client->next->prev = client->prev;
	uv_close((uv_handle_t *)&client->tcp, on_client_closed);
	uv_close((uv_handle_t *)&client->timer, on_client_closed);
}

struct sending {
	uv_write_t request;
	bool last;
	char bytes[];
};

static void on_sent(uv_write_t *request, int status)
{
	struct sending *sending = request->data;
	struct client *client = request->handle->data;

	CHECK_MAGIC(client, CLIENT_MAGIC);
	if (status < 0 || sending->last)
		client_close(client);
	free(sending);
}

void client_send(struct client *client, const void *bytes, size_t len, bool last)
{
	struct sending *sending;
	uv_buf_t buf;

	if (client->closing)
		return;
	sending = xmalloc(sizeof(*sending) + len);
	memcpy(sending->bytes, bytes, len);
	sending->last = last;
	sending->request.data = sending;
	buf = uv_buf_init(sending->bytes, (unsigned)len);
	if (uv_write(&sending->request, (uv_stream_t *)&client->tcp, &buf, 1, on_sent) != 0) {
		free(sending);
		client_close(client);
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	(void)handle;
	(void)suggested;
	*buf = uv_buf_init(xmalloc(4096), 4096);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	struct client *client = stream->data;

	CHECK_MAGIC(client, CLIENT_MAGIC);
	if (len > 0)
		strbuf_add(&client->in, buf->base, (size_t)len);
	free(buf->base);
	if (len < 0 || client->in.truncated)
		client_close(client);
	else if (len > 0)
		client->server->on_data(client);
}

static int peer_port(const uv_tcp_t *tcp)
{
	struct sockaddr_in peer;
	int len = sizeof(peer);

	if (uv_tcp_getpeername(tcp, (struct sockaddr *)&peer, &len) != 0)
		return 0;
	return ntohs(peer.sin_port);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct server *server = listener->data;
	struct client *client;

	if (status < 0)
		return;
	client = xcalloc(1, sizeof(*client));
	client->magic = CLIENT_MAGIC;
	client->server = server;
	strbuf_init(&client->in, CLIENT_IN_MAX);
	strbuf_init(&client->held, CLIENT_HELD_MAX);
	uv_tcp_init(listener->loop, &client->tcp);
	uv_timer_init(listener->loop, &client->timer);
	client->open_handles = 2;
	client->tcp.data = client->timer.data = client;
	client->next = server->clients;
	if (client->next != NULL)
		client->next->prev = client;
	server->clients = client;
	if (uv_accept(listener, (uv_stream_t *)&client->tcp) != 0 ||
	    uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read) != 0) {
		client_close(client);
		return;
	}
	uv_tcp_nodelay(&client->tcp, 1);
	client->port = peer_port(&client->tcp);
}

static void on_listener_closed(uv_handle_t *handle)
{
	struct server *server = handle->data;

	server->state = SERVER_CLOSED;
}

bool server_open(struct server *server)
{
	struct sockaddr_in address;

	if (server->state == SERVER_OPEN)
		return true;
	if (server->state == SERVER_CLOSING)
		return false;
	uv_ip4_addr("127.0.0.1", server->port, &address);
	uv_tcp_init(&server->world->loop, &server->listener);
	server->listener.data = server;
	server->state = SERVER_OPEN;
	if (uv_tcp_bind(&server->listener, (const struct sockaddr *)&address, 0) != 0 ||
	    uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_connection) != 0) {
		server_close(server);
		return false;
	}
	return true;
}

void server_close(struct server *server)
{
	while (server->clients != NULL)
		client_close(server->clients);
	if (server->state != SERVER_OPEN)
		return;
	server->state = SERVER_CLOSING;
	uv_close((uv_handle_t *)&server->listener, on_listener_closed);
}
