/* Where a name server listens, as `server:` of a dns check and resolv.conf(5) say it. */
#ifndef MODEL_NAME_SERVER_H
#define MODEL_NAME_SERVER_H

#include "base/base.h"

struct name_server {
	char address[46]; /* without brackets */
	int port;
};
/* "10.0.0.1", "10.0.0.1:5353", "::1", "[::1]:5353"; false where it is no address. */
bool name_server_read(const char *text, struct name_server *server);

#endif
