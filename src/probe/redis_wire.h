/* Redis' serialization protocol, RESP2 and RESP3 (https://redis.io/docs/reference/protocol-spec/), as far
 * as a client that asks PING and INFO meets it; and the fields of INFO. Pure: no socket, no copy; what
 * is found points into the bytes. */
#ifndef PROBE_REDIS_WIRE_H
#define PROBE_REDIS_WIRE_H

#include "base/strbuf.h"

enum redis_type {
	REDIS_PARTIAL, /* not whole yet */
	REDIS_GARBAGE, /* never will be a reply */
	REDIS_STATUS,  /* +OK */
	REDIS_ERROR,   /* -ERR …, !21 … */
	REDIS_BULK,    /* $5 …, =15 txt:… */
	REDIS_NULL,
	REDIS_OTHER    /* numbers, lists, maps: whole, and of no use here */
};
struct redis_reply {
	enum redis_type type;
	const char *text; /* of STATUS, ERROR, BULK; not terminated */
	size_t len;
};
/* Returns the bytes that the first reply takes; 0 where it is PARTIAL or GARBAGE. */
size_t redis_read(const char *bytes, size_t len, struct redis_reply *reply);
/* The first word of an error: "WRONGPASS", "ERR". */
bool redis_error_is(const struct redis_reply *reply, const char *word);
bool redis_error_says(const struct redis_reply *reply, const char *part);
/* Appends a command as a list of bulk strings. */
void redis_command(struct strbuf *out, const char *const *words, size_t count);

struct redis_text {
	const char *at; /* NULL: INFO does not say */
	size_t len;
};
/* Numbers are -1 where INFO does not say. */
struct redis_info {
	struct redis_text version, role, link, master_host, policy;
	int64_t master_port, loading, loading_left_s, link_down_s, syncing;
	int64_t clients, clients_most, memory, memory_most, evicted, replicas;
	double loading_percent;
};
/* `each` (may be NULL) gets the lines that were of use, for evidence. */
void redis_info_read(const char *text, size_t len, struct redis_info *info,
		     void (*each)(void *context, const char *line, size_t len), void *context);

#endif
