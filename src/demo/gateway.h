/* The API gateway: what comes under /api/… goes over a connection of its own to the service behind
 * it, and 502 comes back where that one refuses. */
#ifndef DEMO_GATEWAY_H
#define DEMO_GATEWAY_H

#include "demo/http.h"

/* Takes the request if it is for a service behind; false leaves it to the gateway's own routes. */
bool gateway_takes(struct client *client, const struct http_request *request);
/* The client is gone: the upstream request ends without an answer. */
void gateway_abandon(struct gateway_request *request);

#endif
