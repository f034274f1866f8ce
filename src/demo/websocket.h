/* The server's side of a WebSocket (RFC 6455): the handshake, pongs, the closing handshake; texts are
 * answered by one text each. */
#ifndef DEMO_WEBSOCKET_H
#define DEMO_WEBSOCKET_H

#include "demo/http.h"

struct demo_socket;
/* True where the request wants an upgrade to a WebSocket and says its key. */
bool demo_socket_wanted(const struct http_request *request);
/* Answers the open request with 101; what comes from now on are frames. */
void demo_socket_open(struct client *client, const struct http_request *request);
void demo_socket_on_data(struct client *client);
void demo_socket_free(struct demo_socket *socket);

#endif
