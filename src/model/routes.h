/* A route that was wanted against the routes that a server lists (OpenAPI): is it there under
 * another prefix, with another method, or gone? Pure text. */
#ifndef MODEL_ROUTES_H
#define MODEL_ROUTES_H

#include "base/base.h"

enum route_relation {
	ROUTE_UNRELATED,
	ROUTE_SAME_TAIL, /* one path ends with the other at a `/`, or both have a common tail */
	ROUTE_METHOD_DIFFERS,
	ROUTE_SAME
};

/* How a listed route ("POST /a/{id}") relates to what was wanted. `{x}` in the list stands for
 * one segment. `*tail` gets the number of equal segments from the end. */
enum route_relation route_compare(const char *listed, const char *method, const char *path,
				  size_t *tail);

#endif
