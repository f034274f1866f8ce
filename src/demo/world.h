/* What all parts of the demo share: the loop, the servers, their conditions and their logs. One
 * per process, made and ended by demo_main(). */
#ifndef DEMO_WORLD_H
#define DEMO_WORLD_H

#include "demo/journal.h"
#include "demo/server.h"
#include "demo/services.h"

#include <uv.h>

#define DEMO_TOKEN_LEN 32

struct world {
	uv_loop_t loop;
	struct server servers[DEMO_SERVICE_COUNT];
	enum demo_condition conditions[DEMO_SERVICE_COUNT];
	struct journal journal;
	char token[DEMO_TOKEN_LEN + 1]; /* the bearer token that the user service wants */
};

/* Whether a client gets anything out of it. */
bool world_serves(const struct world *world, enum demo_service service);
/* The first service that `service` needs and that does not serve; DEMO_SERVICE_COUNT if all do. */
enum demo_service world_missing(const struct world *world, enum demo_service service);
/* How a client's library words it that `missing` refuses its connection. */
void world_refusal(const struct world *world, enum demo_service missing, struct strbuf *out);
/* Appends `text` with @name@ replaced by the port of that service. */
void world_expand(const struct world *world, const char *text, struct strbuf *out);

#endif
