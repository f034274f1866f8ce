/* An address with a port that may be left out. Names are refused: who asks a name server cannot ask
 * another one first. See name_server.h. */
#include "model/name_server.h"

#include <arpa/inet.h>

#define PORT 53

/* ":5353" behind an address; nothing is the port of DNS. */
static bool read_port(const char *text, int *port)
{
	char *rest = NULL;
	long number = PORT;

	if (text[0] != '\0') {
		if (text[0] != ':' || text[1] < '0' || text[1] > '9')
			return false;
		number = strtol(text + 1, &rest, 10);
		if (*rest != '\0' || number < 1 || number > 65535)
			return false;
	}
	*port = (int)number;
	return true;
}

bool name_server_read(const char *text, struct name_server *server)
{
	unsigned char address[16];
	bool brackets = text[0] == '[';
	const char *colon = strchr(text, ':');
	const char *end = text + strlen(text);

	if (brackets)
		end = strchr(text, ']');
	else if (colon != NULL && strchr(colon + 1, ':') == NULL)
		end = colon; /* one colon: behind IPv4 */
	if (end == NULL || !read_port(end + brackets, &server->port))
		return false;
	text += brackets;
	if ((size_t)(end - text) >= sizeof(server->address))
		return false;
	(void)snprintf(server->address, sizeof(server->address), "%.*s", (int)(end - text), text);
	return (!brackets && inet_pton(AF_INET, server->address, address) == 1) ||
	       inet_pton(AF_INET6, server->address, address) == 1;
}
