/* An OpenAPI document against the routes that are wanted, and against an older one. Path parameters are
 * equal whatever their names are. Pure. */
#ifndef PROBE_OPENAPI_COMPARE_H
#define PROBE_OPENAPI_COMPARE_H

#include "base/arena.h"
#include "probe/openapi.h"

struct wanted_route {
	const char *method;
	const char *path;
	const char *inner; /* the path behind what stands before all paths of the service; or `path` */
};

/* True where the document has the route; else `where` gets what became of it: "served at /x", "other
 * method: GET", "gone". */
bool openapi_has(const struct routes *routes, const struct wanted_route *wanted, struct strbuf *where);

/* Routes of `routes` that `other` lacks, in the order of the document; borrowed from `routes`, the list
 * lives in the arena. */
const char **openapi_lacking(const struct routes *routes, const struct routes *other,
			     struct arena *arena, size_t *count);

#endif
