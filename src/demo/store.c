/* As much as a person with nc finds: Redis answers PING, ZooKeeper ruok, PostgreSQL refuses TLS
 * politely. Everything else is read and ignored, as a server does that waits for more. */
#include "demo/store.h"

/* SSLRequest of PostgreSQL's protocol 3.0: length 8, code 80877103. */
static const char ssl_request[8] = {0, 0, 0, 8, 0x04, (char)0xd2, 0x16, 0x2f};

static bool starts(const struct strbuf *in, const void *bytes, size_t len)
{
	return in->len >= len && memcmp(in->data, bytes, len) == 0;
}

static void answer(struct client *client, const char *bytes, size_t len, bool last)
{
	strbuf_reset(&client->in);
	client_send(client, bytes, len, last);
}

void store_on_data(struct client *client)
{
	enum demo_service service = client->server->service;
	const struct strbuf *in = &client->in;

	if (service == DEMO_REDIS &&
	    (starts(in, "PING\r\n", 6) || starts(in, "*1\r\n$4\r\nPING\r\n", 14)))
		answer(client, "+PONG\r\n", 7, false);
	else if (service == DEMO_ZOOKEEPER && starts(in, "ruok", 4))
		answer(client, "imok", 4, true);
	else if (service == DEMO_POSTGRES && starts(in, ssl_request, sizeof(ssl_request)))
		answer(client, "N", 1, false);
}
