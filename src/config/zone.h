/* Time zones by name, for `maintenance:`. Inside config/. */
#ifndef CONFIG_ZONE_H
#define CONFIG_ZONE_H

#include "base/arena.h"
#include "model/fleet.h"

/* The changes of a zone's offset up to `until`, oldest first; the first entry's `from` is before
 * everything. In `arena`. NULL with a sentence in `err` where there is no such zone. Reads the
 * system's TZif files (RFC 8536), their rule for the future included. */
const struct zone_shift *zone_load(struct arena *arena, const char *name, struct wall_time until,
				   size_t *count, struct strbuf *err);

#endif
