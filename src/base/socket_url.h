/* A URL whose server listens on a unix socket, in nginx's form: "http://unix:/run/app.sock:/health". The
 * socket's path ends at the first ":/" in it. */
#ifndef BASE_SOCKET_URL_H
#define BASE_SOCKET_URL_H

#include "base/base.h"

#define SOCKET_HOST "localhost" /* who such a server is, in Host and in its certificate */

struct socket_url {
	const char *path; /* of the socket; inside the URL */
	size_t path_len;
	const char *rest; /* "/health?full=1", inside the URL; "" */
};
/* False where the URL's host is no socket. */
bool socket_url_read(const char *url, struct socket_url *parts);
/* Where the path begins behind the socket, or behind the host of any other URL. */
const char *socket_url_path(const char *url);

#endif
