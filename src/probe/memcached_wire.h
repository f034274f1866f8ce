/* memcached's text protocol (https://github.com/memcached/memcached/blob/master/doc/protocol.txt), as far
 * as `version` and `stats` go. Pure: no socket, no copy; what is found points into the bytes. */
#ifndef PROBE_MEMCACHED_WIRE_H
#define PROBE_MEMCACHED_WIRE_H

#include "base/base.h"

enum memcached_type {
	MEMCACHED_PARTIAL, /* not whole yet */
	MEMCACHED_GARBAGE, /* never will be a line of this protocol */
	MEMCACHED_VERSION, /* VERSION 1.6.18 */
	MEMCACHED_STAT,    /* STAT name value */
	MEMCACHED_END,
	MEMCACHED_ERROR    /* ERROR …, CLIENT_ERROR …, SERVER_ERROR … */
};
struct memcached_line {
	enum memcached_type type;
	const char *text; /* the whole line; not terminated */
	size_t len;
	const char *value; /* the version, or what stands behind a STAT's name */
	size_t value_len;
};
/* Returns the bytes that the first line takes; 0 where it is PARTIAL or GARBAGE. */
size_t memcached_read(const char *bytes, size_t len, struct memcached_line *line);

/* -1 where the server does not say. */
struct memcached_stats {
	int64_t connections, connections_most, bytes, bytes_most, evictions, accepting;
};
void memcached_stats_init(struct memcached_stats *stats);
/* Takes over a STAT line; false where it is of no use here. */
bool memcached_stat(const struct memcached_line *line, struct memcached_stats *stats);

#endif
