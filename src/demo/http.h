/* The server side of HTTP/1.1 (RFC 9112), as little of it as health checks and people with curl
 * need: keep-alive, one request at a time, bodies with a Content-Length (read and ignored). */
#ifndef DEMO_HTTP_H
#define DEMO_HTTP_H

#include "demo/server.h"

struct http_request {
	const char *method;
	const char *path;          /* without the query */
	const char *target;        /* with it */
	/* Values of fields; NULL where they are not there. */
	const char *authorization;
	const char *origin;
	const char *upgrade;
	const char *socket_key; /* Sec-WebSocket-Key */
};

struct http_answer {
	int status;
	const char *type;    /* Content-Type */
	const char *headers; /* further lines, each with \r\n; NULL */
	const char *body;
	size_t body_len;
	int delay_ms;        /* held back so long */
	bool bare;           /* past the CORS middleware: without its headers */
};

/* For struct server's on_data: takes whole requests off client->in and puts each to handler(). */
void http_on_data(struct client *client);
/* Answers the request that is open on `client`; exactly once for each. */
void http_answer(struct client *client, const struct http_answer *answer);
/* The request that is open was answered by becoming a WebSocket. */
void http_became_socket(struct client *client);
/* The only origin whose pages may ask. */
#define HTTP_PAGE_ORIGIN "https://app.example.com"
const char *http_reason(int status);

#endif
