/* Each store by its own protocol, as far as a health check goes: PostgreSQL refuses TLS politely and asks
 * who starts up for a password; ZooKeeper has its three words. Everything else is read and ignored, as a
 * server does that waits for more. */
#include "demo/store.h"

#include "demo/kafka.h"
#include "demo/redis.h"

/* PostgreSQL's protocol 3.0: SSLRequest is length 8, code 80877103; a start-up is a length and 3.0. */
static const char ssl_request[8] = {0, 0, 0, 8, 0x04, (char)0xd2, 0x16, 0x2f};
static const char protocol_3[4] = {0, 3, 0, 0};
/* AuthenticationSASL with SCRAM-SHA-256. */
static const char ask_password[] = "R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0";

static const char srvr[] = "Zookeeper version: 3.8.3-6ad6d364c7c0bcf0de452d54ebefa3058098ab56, built on "
			   "2023-10-05 10:34 UTC\n"
			   "Latency min/avg/max: 0/0.4/12\nReceived: 18420\nSent: 18419\nConnections: 2\n"
			   "Outstanding: 0\nZxid: 0x4f2\nMode: standalone\nNode count: 138\n";
static const char mntr[] = "zk_version\t3.8.3-6ad6d364c7c0bcf0de452d54ebefa3058098ab56, built on "
			   "2023-10-05 10:34 UTC\n"
			   "zk_server_state\tstandalone\nzk_num_alive_connections\t2\n"
			   "zk_outstanding_requests\t0\nzk_znode_count\t138\nzk_watch_count\t11\n";

static bool starts(const struct strbuf *in, const void *bytes, size_t len)
{
	return in->len >= len && memcmp(in->data, bytes, len) == 0;
}

static void answer(struct client *client, const char *bytes, size_t len, bool last)
{
	strbuf_reset(&client->in);
	client_send(client, bytes, len, last);
}

static void on_postgres(struct client *client)
{
	const struct strbuf *in = &client->in;

	if (starts(in, ssl_request, sizeof(ssl_request)))
		answer(client, "N", 1, false);
	else if (in->len >= 8 && memcmp(in->data + 4, protocol_3, sizeof(protocol_3)) == 0)
		answer(client, ask_password, sizeof(ask_password), false);
}

static void on_zookeeper(struct client *client)
{
	const struct strbuf *in = &client->in;

	if (starts(in, "ruok", 4))
		answer(client, "imok", 4, true);
	else if (starts(in, "srvr", 4))
		answer(client, srvr, sizeof(srvr) - 1, true);
	else if (starts(in, "mntr", 4))
		answer(client, mntr, sizeof(mntr) - 1, true);
}

void store_on_data(struct client *client)
{
	switch (client->server->service) {
	case DEMO_POSTGRES:
		on_postgres(client);
		return;
	case DEMO_REDIS:
		demo_redis_on_data(client);
		return;
	case DEMO_KAFKA:
		demo_kafka_on_data(client);
		return;
	case DEMO_ZOOKEEPER:
		on_zookeeper(client);
		return;
	default:
		BUG("no store: %d", (int)client->server->service);
	}
}
