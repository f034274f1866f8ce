/* The routes that a server says it has: its OpenAPI document (OpenAPI 3, Swagger 2), looked for in
 * the usual places once and kept for a while, also that there is none. */
#ifndef PROBE_OPENAPI_H
#define PROBE_OPENAPI_H

#include "net/http.h"

#define OPENAPI_TTL (300 * NS_PER_S)

/* "METHOD path" each; counted, immutable. */
struct routes {
	unsigned refs;
	size_t count;
	const char **at; /* strings live behind */
};
/* Reads a document; NULL where it is none. */
struct routes *routes_read(const char *bytes, size_t len);
struct routes *routes_ref(struct routes *routes);
void routes_unref(struct routes *routes);

/* The places in which the document for `url` may lie, best first; the caller frees each. */
#define OPENAPI_PLACES 6
size_t openapi_places(const char *url, char *places[OPENAPI_PLACES]);

#endif
