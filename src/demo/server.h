/* A service's port and whoever is connected to it. The port is the service's for the whole run: a
 * second socket holds it, bound but not listening, so that a stopped service refuses (and nobody
 * else gets the port) and a started one is found where it was. */
#ifndef DEMO_SERVER_H
#define DEMO_SERVER_H

#include "base/clock.h"
#include "demo/services.h"

#include <uv.h>

struct world;
struct client;
struct gateway_request;
struct demo_socket;

struct server {
	struct world *world;
	enum demo_service service;
	int holder; /* descriptor */
	int port;
	uv_tcp_t listener;
	enum { SERVER_CLOSED, SERVER_OPEN, SERVER_CLOSING } state;
	struct client *clients;
	/* Called when bytes have come into client->in. */
	void (*on_data)(struct client *client);
};

struct client {
	unsigned magic;
	struct server *server;
	struct client *prev, *next;
	uv_tcp_t tcp;
	uv_timer_t timer; /* holds an answer back */
	int open_handles;
	bool closing;
	int port; /* the peer's */
	bool trusted; /* it gave the store's password */
	struct strbuf in;
	/* The request that is being answered, see http.c. */
	bool answering;
	bool keep_alive;
	struct mono_time started;
	char *method, *path;
	char *origin;                     /* of a page that asks; NULL */
	struct strbuf held;               /* the answer that waits for the timer */
	struct gateway_request *upstream; /* owned by gateway.c; NULL */
	struct demo_socket *socket;       /* it became a WebSocket; owned by websocket.c; NULL */
};

/* Finds a free port on 127.0.0.1 and holds it; false with a sentence. */
bool server_init(struct server *server, struct world *world, enum demo_service service,
		 void (*on_data)(struct client *client), struct strbuf *err);
/* Listens; false where it cannot right now (then call again later). */
bool server_open(struct server *server);
/* Stops listening and drops everybody. */
void server_close(struct server *server);
/* Lets go of the port; after server_close() and once the loop has ended. */
void server_release(struct server *server);
/* Sends a copy of the bytes, then closes where `last` is set. */
void client_send(struct client *client, const void *bytes, size_t len, bool last);
void client_close(struct client *client);

#endif
