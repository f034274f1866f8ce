/* One row a route; documents are written from the same rows that answer. Rows of one path stand
 * together, since a document has each path once. */
#include "demo/routes.h"

#include "base/json.h"

#define API_PREFIX "/api"
#define DETAIL(text) "{\"detail\":" text "}"
#define MISSING_BODY                                                                               \
	DETAIL("[{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\",\"input\":null}]")

static const struct demo_route routes[] = {
	{DEMO_GATEWAY, ROUTE_HEALTH, "GET", "/health", 200, NULL, "Health"},
	{DEMO_GATEWAY, ROUTE_OPENAPI, "GET", "/openapi.json", 200, NULL, NULL},

	{DEMO_AUTH, ROUTE_HEALTH, "GET", "/health", 200, NULL, "Health"},
	{DEMO_AUTH, ROUTE_READY, "GET", "/ready", 200, NULL, "Ready"},
	{DEMO_AUTH, ROUTE_OPENAPI, "GET", "/openapi.json", 200, NULL, NULL},
	{DEMO_AUTH, ROUTE_FIXED, "POST", "/api/auth/token", 422, MISSING_BODY, "Issue a token"},
	{DEMO_AUTH, ROUTE_FIXED, "POST", "/api/auth/refresh", 422, MISSING_BODY, "Refresh a token"},
	{DEMO_AUTH, ROUTE_FIXED, "GET", "/api/auth/jwks.json", 200, "{\"keys\":[]}", "Public keys"},

	{DEMO_USER, ROUTE_HEALTH, "GET", "/health", 200, NULL, "Health"},
	{DEMO_USER, ROUTE_READY, "GET", "/ready", 200, NULL, "Ready"},
	{DEMO_USER, ROUTE_OPENAPI, "GET", "/openapi.json", 200, NULL, NULL},
	{DEMO_USER, ROUTE_BEARER, "GET", "/api/users/me", 200,
	 "{\"id\":1,\"name\":\"sitrep\",\"role\":\"monitor\"}", "Who am I"},
	{DEMO_USER, ROUTE_BEARER, "GET", "/api/users", 200, "[]", "List users"},
	{DEMO_USER, ROUTE_BEARER, "POST", "/api/users", 422, MISSING_BODY, "Create a user"},

	{DEMO_SCRAPING, ROUTE_HEALTH, "GET", "/health", 200, NULL, "Health"},
	{DEMO_SCRAPING, ROUTE_READY, "GET", "/ready", 200, NULL, "Ready"},
	{DEMO_SCRAPING, ROUTE_OPENAPI, "GET", "/openapi.json", 200, NULL, NULL},
	{DEMO_SCRAPING, ROUTE_FIXED, "POST", "/api/scraping/jobs", 422, MISSING_BODY, "Start a job"},
	{DEMO_SCRAPING, ROUTE_FIXED, "GET", "/api/scraping/jobs/stats", 200,
	 "{\"queued\":3,\"running\":2,\"failed_24h\":0}", "Queue figures"},

	{DEMO_VOICE, ROUTE_HEALTH, "GET", "/health", 200, NULL, "Health"},
	{DEMO_VOICE, ROUTE_READY, "GET", "/ready", 200, NULL, "Ready"},
	{DEMO_VOICE, ROUTE_OPENAPI, "GET", "/openapi.json", 200, NULL, NULL},
	{DEMO_VOICE, ROUTE_FIXED, "POST", "/api/voice/realtime-session", 422, MISSING_BODY,
	 "Open a realtime session"},
	{DEMO_VOICE, ROUTE_FIXED, "POST", "/api/voice/transcriptions", 422, MISSING_BODY,
	 "Transcribe a recording"},
	{DEMO_VOICE, ROUTE_SOCKET, "GET", "/ws/transcriptions", 101, NULL, NULL},
	{DEMO_VOICE, ROUTE_FIXED, "GET", "/api/voice/voices", 200, "[\"alba\",\"fjord\",\"ryo\"]",
	 "List voices"},

	{DEMO_ANALYTICS, ROUTE_HEALTH, "GET", "/health", 200, NULL, "Health"},
	{DEMO_ANALYTICS, ROUTE_READY, "GET", "/ready", 200, NULL, "Ready"},
	{DEMO_ANALYTICS, ROUTE_OPENAPI, "GET", "/openapi.json", 200, NULL, NULL},
	{DEMO_ANALYTICS, ROUTE_FIXED, "POST", "/api/analytics/events", 422, MISSING_BODY,
	 "Take in events"},
	{DEMO_ANALYTICS, ROUTE_FIXED, "GET", "/api/analytics/summary", 200,
	 "{\"events_24h\":184220,\"sessions_24h\":9127}", "Figures of the day"},

	{DEMO_GRAFANA, ROUTE_FIXED, "GET", "/api/health", 200,
	 "{\"commit\":\"849c612fcb\",\"database\":\"ok\",\"version\":\"10.1.5\"}", NULL},
	{DEMO_PROMETHEUS, ROUTE_FIXED, "GET", "/-/healthy", 200, "Prometheus Server is Healthy.\n",
	 NULL},
	{DEMO_PROMETHEUS, ROUTE_FIXED, "GET", "/-/ready", 200, "Prometheus Server is Ready.\n", NULL},
	{DEMO_KAFKA_UI, ROUTE_FIXED, "GET", "/actuator/health", 200,
	 "{\"status\":\"UP\",\"groups\":[\"liveness\",\"readiness\"]}", NULL},
};

const struct demo_route *demo_routes(size_t *count)
{
	*count = BASE_LEN(routes);
	return routes;
}

const char *demo_route_path(const struct demo_route *route, enum demo_condition condition)
{
	size_t len = strlen(API_PREFIX "/");

	if (condition == DEMO_STALE && strncmp(route->path, API_PREFIX "/", len) == 0)
		return route->path + len - 1;
	return route->path;
}

const char *demo_version(enum demo_service service, enum demo_condition condition)
{
	return condition == DEMO_STALE ? "3.0.2" : demo_service_info(service)->version;
}

static void add_text(struct json_writer *out, const char *key, const char *text)
{
	json_add_key(out, key);
	json_add_string(out, text);
}

static void add_operation(struct json_writer *out, const struct demo_route *route)
{
	char status[8];

	json_add_key(out, strcmp(route->method, "POST") == 0 ? "post" : "get");
	json_open_map(out);
	add_text(out, "summary", route->summary);
	json_add_key(out, "responses");
	json_open_map(out);
	snprintf(status, sizeof(status), "%d", route->status);
	json_add_key(out, status);
	json_open_map(out);
	add_text(out, "description", route->status == 200 ? "Successful Response" : "Validation Error");
	json_close_map(out);
	json_close_map(out);
	if (route->kind == ROUTE_BEARER) {
		json_add_key(out, "security");
		json_open_list(out);
		json_open_map(out);
		json_add_key(out, "HTTPBearer");
		json_open_list(out);
		json_close_list(out);
		json_close_map(out);
		json_close_list(out);
	}
	json_close_map(out);
}

/* The gateway's document has the API of the services behind it; the others' their own routes. */
static bool documented(const struct demo_route *route, enum demo_service service,
		       const enum demo_condition *conditions)
{
	if (route->summary == NULL)
		return false;
	if (route->service == service)
		return true;
	return service == DEMO_GATEWAY && conditions[route->service] != DEMO_STOPPED &&
	       strncmp(route->path, API_PREFIX "/", strlen(API_PREFIX "/")) == 0;
}

static void add_paths(struct json_writer *out, enum demo_service service,
		      const enum demo_condition *conditions)
{
	const char *open = NULL;

	for (size_t i = 0; i < BASE_LEN(routes); i++) {
		const char *path = demo_route_path(&routes[i], conditions[routes[i].service]);

		if (!documented(&routes[i], service, conditions))
			continue;
		if (open == NULL || strcmp(open, path) != 0) {
			if (open != NULL)
				json_close_map(out);
			json_add_key(out, path);
			json_open_map(out);
			open = path;
		}
		add_operation(out, &routes[i]);
	}
	if (open != NULL)
		json_close_map(out);
}

void demo_openapi(enum demo_service service, const enum demo_condition *conditions,
		  struct strbuf *text)
{
	const struct demo_service_info *info = demo_service_info(service);
	struct json_writer out;

	json_writer_init(&out, text, false);
	json_open_map(&out);
	add_text(&out, "openapi", "3.1.0");
	json_add_key(&out, "info");
	json_open_map(&out);
	add_text(&out, "title", info->title);
	add_text(&out, "version", demo_version(service, conditions[service]));
	json_close_map(&out);
	json_add_key(&out, "paths");
	json_open_map(&out);
	add_paths(&out, service, conditions);
	json_close_map(&out);
	json_close_map(&out);
}
