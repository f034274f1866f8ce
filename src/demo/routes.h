/* The routes of the demo's HTTP services, in the order of their OpenAPI documents. */
#ifndef DEMO_ROUTES_H
#define DEMO_ROUTES_H

#include "base/strbuf.h"
#include "demo/services.h"

enum route_kind {
	ROUTE_FIXED,   /* `status` and `body`, whatever is asked */
	ROUTE_HEALTH,  /* says how the service and what it needs are */
	ROUTE_READY,
	ROUTE_OPENAPI,
	ROUTE_BEARER,  /* as ROUTE_FIXED with the token, 401 without */
	ROUTE_SOCKET   /* becomes a WebSocket; 404 for a plain request */
};

struct demo_route {
	enum demo_service service;
	enum route_kind kind;
	const char *method, *path;
	int status;
	const char *body; /* JSON, or text where it starts with no brace */
	const char *summary;
};

const struct demo_route *demo_routes(size_t *count);
/* The path at which a service has `route` now: an old image has its API without the prefix. */
const char *demo_route_path(const struct demo_route *route, enum demo_condition condition);
/* The version that runs. */
const char *demo_version(enum demo_service service, enum demo_condition condition);
/* The service's OpenAPI 3.1 document; `conditions` are those of all services, since the gateway's
 * has the API of each service behind it that runs. */
void demo_openapi(enum demo_service service, const enum demo_condition *conditions,
		  struct strbuf *out);

#endif
