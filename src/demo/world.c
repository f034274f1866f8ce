/* Who depends on whom at this moment, and how a client library says so. */
#include "demo/world.h"

bool world_serves(const struct world *world, enum demo_service service)
{
	return world->conditions[service] != DEMO_STOPPED &&
	       world->conditions[service] != DEMO_LOCKED;
}

enum demo_service world_missing(const struct world *world, enum demo_service service)
{
	unsigned needs = demo_service_info(service)->needs;

	for (int i = 0; i < DEMO_SERVICE_COUNT; i++) {
		if ((needs & (1u << i)) != 0 && !world_serves(world, (enum demo_service)i))
			return (enum demo_service)i;
	}
	return DEMO_SERVICE_COUNT;
}

void world_refusal(const struct world *world, enum demo_service missing, struct strbuf *out)
{
	int port = world->servers[missing].port;

	switch (missing) {
	case DEMO_POSTGRES:
		strbuf_addf(out,
			    "connection to server at \"127.0.0.1\", port %d failed: Connection refused",
			    port);
		return;
	case DEMO_REDIS:
		if (world->conditions[missing] == DEMO_LOCKED)
			strbuf_adds(out, "invalid username-password pair or user is disabled.");
		else
			strbuf_addf(out, "Error 111 connecting to 127.0.0.1:%d. Connection refused.",
				    port);
		return;
	case DEMO_KAFKA:
		strbuf_addf(out, "NoBrokersAvailable: 127.0.0.1:%d: Connection refused", port);
		return;
	case DEMO_GATEWAY:
	case DEMO_AUTH:
	case DEMO_USER:
	case DEMO_SCRAPING:
	case DEMO_VOICE:
	case DEMO_ANALYTICS:
	case DEMO_ZOOKEEPER:
	case DEMO_GRAFANA:
	case DEMO_PROMETHEUS:
	case DEMO_KAFKA_UI:
	case DEMO_SERVICE_COUNT:
		break;
	}
	strbuf_addf(out, "connect to 127.0.0.1:%d: Connection refused", port);
}

/* The service whose name stands between `at`, an '@', and the next one. */
static enum demo_service named_at(const char *at, const char **end)
{
	*end = strchr(at + 1, '@');
	if (*end == NULL)
		return DEMO_SERVICE_COUNT;
	return demo_service_find(at + 1, (size_t)(*end - at - 1));
}

void world_expand(const struct world *world, const char *text, struct strbuf *out)
{
	while (*text != '\0') {
		const char *end;
		enum demo_service service = *text == '@' ? named_at(text, &end) : DEMO_SERVICE_COUNT;

		if (service == DEMO_SERVICE_COUNT) {
			strbuf_addc(out, *text++);
			continue;
		}
		strbuf_addf(out, "%d", world->servers[service].port);
		text = end + 1;
	}
}
