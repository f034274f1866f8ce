/* The 13 services of the demo fleet: names, who needs whom, and how their logs look. */
#ifndef DEMO_SERVICES_H
#define DEMO_SERVICES_H

#include "base/base.h"

enum demo_service {
	DEMO_GATEWAY,
	DEMO_AUTH,
	DEMO_USER,
	DEMO_SCRAPING,
	DEMO_VOICE,
	DEMO_ANALYTICS,
	DEMO_POSTGRES,
	DEMO_REDIS,
	DEMO_KAFKA,
	DEMO_ZOOKEEPER,
	DEMO_GRAFANA,
	DEMO_PROMETHEUS,
	DEMO_KAFKA_UI,
	DEMO_SERVICE_COUNT
};

/* What speaks on the port. */
enum demo_protocol { DEMO_HTTP, DEMO_PROXY, DEMO_STORE };

/* How a log line looks. */
enum demo_format {
	DEMO_FORMAT_UVICORN,
	DEMO_FORMAT_GUNICORN,
	DEMO_FORMAT_NGINX,
	DEMO_FORMAT_POSTGRES,
	DEMO_FORMAT_REDIS,
	DEMO_FORMAT_KAFKA,
	DEMO_FORMAT_ZOOKEEPER,
	DEMO_FORMAT_GRAFANA,
	DEMO_FORMAT_PROMETHEUS,
	DEMO_FORMAT_SPRING
};

/* How a service is at the moment. */
enum demo_condition {
	DEMO_RUNS,
	DEMO_STOPPED, /* no process: its port refuses */
	DEMO_SLOW,    /* answers, but late */
	DEMO_STALE,   /* an old image: its API routes lack the prefix /api */
	DEMO_NO_WEBSOCKET, /* no WebSocket library: the handshake is a plain request, and 404 */
	DEMO_UNAWAITED,    /* a route fails past its CORS middleware: 500 without its headers */
	DEMO_DEAF,         /* its speech provider takes the WebSocket's connection and says nothing */
	DEMO_LOCKED        /* a store that wants another password */
};

struct demo_service_info {
	const char *name;
	const char *title;        /* of its OpenAPI document; NULL without one */
	const char *version;
	const char *server;       /* Server header */
	enum demo_protocol protocol;
	enum demo_format format;
	unsigned needs;           /* bit per demo_service */
};

const struct demo_service_info *demo_service_info(enum demo_service service);
/* DEMO_SERVICE_COUNT where there is none of that name. */
enum demo_service demo_service_find(const char *name, size_t len);

#endif
