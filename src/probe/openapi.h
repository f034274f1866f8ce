/* The routes that a server says it has: its OpenAPI document (OpenAPI 3, Swagger 2; JSON). For `route`
 * and `http` it is looked for in the usual places once and kept for a while, also that there is none. */
#ifndef PROBE_OPENAPI_H
#define PROBE_OPENAPI_H

#include "net/http.h"

#define OPENAPI_TTL (300 * NS_PER_S)

/* "METHOD path" each, the path with what stands before all paths (`servers`, `basePath`); counted,
 * immutable. */
struct routes {
	unsigned refs;
	size_t base_len; /* bytes of each path that stand before all of them */
	size_t count;
	const char **at; /* strings live behind */
};
/* Reads a document. NULL where it is none, with what it is instead in `err` (may be NULL), behind a
 * verb: "is an HTML page". May run on a worker thread. */
struct routes *routes_read(const char *bytes, size_t len, struct strbuf *err);
struct routes *routes_ref(struct routes *routes);
void routes_unref(struct routes *routes);

/* Where the path of a URL begins: behind "scheme://authority". */
const char *url_path(const char *url);

/* The places in which the document for `url` may lie, best first; the caller frees each. */
#define OPENAPI_PLACES 6
size_t openapi_places(const char *url, char *places[OPENAPI_PLACES]);

#endif
