/* Answers by the table of routes. A service that needs another which does not run says so in its
 * health body and in its log, as its client library would word it. */
#include "demo/answers.h"

#include "base/json.h"
#include "demo/routes.h"
#include "demo/websocket.h"
#include "demo/world.h"

#define BODY_MAX (256u << 10)
#define SLOW_MS 780        /* a slow service answers so late … */
#define SLOW_SPREAD_MS 130 /* … and up to so much later */

static int delay_of(const struct client *client)
{
	const struct server *server = client->server;

	if (server->world->conditions[server->service] != DEMO_SLOW)
		return 0;
	/* Spread by the peer's port: steady for a kept connection, the same in every run. */
	return SLOW_MS + client->port * 7 % SLOW_SPREAD_MS;
}

static void answer(struct client *client, int status, const char *type, const char *headers,
		   const struct strbuf *body)
{
	struct http_answer reply = {.status = status, .type = type, .headers = headers,
				    .body = body->data, .body_len = body->len,
				    .delay_ms = delay_of(client)};

	http_answer(client, &reply);
}

static void answer_text(struct client *client, int status, const char *headers, const char *text)
{
	bool json = *text == '{' || *text == '[';
	struct http_answer reply = {.status = status, .headers = headers, .body = text,
				    .type = json ? "application/json" :
						   "text/plain; charset=utf-8",
				    .body_len = strlen(text), .delay_ms = delay_of(client)};

	http_answer(client, &reply);
}

static void add_text(struct json_writer *out, const char *key, const char *text)
{
	json_add_key(out, key);
	json_add_string(out, text);
}

/* {"status":"healthy","latency_ms":1.4} or {"status":"unhealthy","error":"…"} */
static void add_dependency(struct json_writer *out, const struct world *world,
			   enum demo_service needed)
{
	struct strbuf words;

	json_add_key(out, demo_service_info(needed)->name);
	json_open_map(out);
	if (!world_serves(world, needed)) {
		strbuf_init(&words, 512);
		world_refusal(world, needed, &words);
		add_text(out, "status", "unhealthy");
		add_text(out, "error", words.data);
		strbuf_release(&words);
	} else {
		add_text(out, "status", "healthy");
	}
	json_close_map(out);
}

static void log_refusal(struct world *world, enum demo_service service, enum demo_service missing)
{
	struct strbuf line;

	strbuf_init(&line, 1024);
	strbuf_addf(&line, "health: %s: ", demo_service_info(missing)->name);
	if (missing == DEMO_POSTGRES)
		strbuf_adds(&line, "sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) ");
	else if (missing == DEMO_REDIS)
		strbuf_adds(&line, world->conditions[missing] == DEMO_LOCKED
					   ? "redis.exceptions.AuthenticationError: "
					   : "redis.exceptions.ConnectionError: ");
	else if (missing == DEMO_KAFKA)
		strbuf_adds(&line, "kafka.errors.");
	world_refusal(world, missing, &line);
	journal_write(&world->journal, service, clock_wall(), JOURNAL_ERROR, line.data);
	strbuf_release(&line);
}

static void answer_health(struct client *client, enum demo_service service)
{
	struct world *world = client->server->world;
	const struct demo_service_info *info = demo_service_info(service);
	/* The gateway is well as long as it can say so; what is behind it has checks of its own. */
	bool proxy = info->protocol == DEMO_PROXY;
	enum demo_service missing = proxy ? DEMO_SERVICE_COUNT : world_missing(world, service);
	struct json_writer out;
	struct strbuf body;

	strbuf_init(&body, BODY_MAX);
	json_writer_init(&out, &body, false);
	json_open_map(&out);
	add_text(&out, "status", missing == DEMO_SERVICE_COUNT ? "healthy" : "unhealthy");
	add_text(&out, "service", info->name);
	add_text(&out, "version", demo_version(service, world->conditions[service]));
	json_add_key(&out, "checks");
	json_open_map(&out);
	for (int i = 0; i < DEMO_SERVICE_COUNT && !proxy; i++) {
		if ((info->needs & (1u << i)) != 0)
			add_dependency(&out, world, (enum demo_service)i);
	}
	json_close_map(&out);
	json_close_map(&out);
	if (missing != DEMO_SERVICE_COUNT)
		log_refusal(world, service, missing);
	answer(client, missing == DEMO_SERVICE_COUNT ? 200 : 503, "application/json", NULL, &body);
	strbuf_release(&body);
}

static void answer_ready(struct client *client, enum demo_service service)
{
	bool ready = world_missing(client->server->world, service) == DEMO_SERVICE_COUNT;

	if (!ready)
		answer_text(client, 503, NULL, "{\"status\":\"unhealthy\",\"ready\":false}");
	else if (client->server->world->conditions[service] == DEMO_DEAF)
		answer_text(client, 503, NULL,
			    "{\"status\":\"unhealthy\",\"ready\":false,\"checks\":{\"deepgram\":"
			    "{\"status\":\"unhealthy\",\"error\":\"wss://api.deepgram.com/v1/listen: timed "
			    "out during opening handshake\"}}}");
	else if (service == DEMO_VOICE)
		answer_text(client, 200, NULL,
			    "{\"status\":\"healthy\",\"ready\":true,"
			    "\"features\":{\"stt\":true,\"tts\":true,\"realtime\":true}}");
	else
		answer_text(client, 200, NULL, "{\"status\":\"healthy\",\"ready\":true}");
}

static void answer_bearer(struct client *client, const struct demo_route *route,
			  const struct http_request *request)
{
	const struct world *world = client->server->world;
	static const char scheme[] = "Bearer ";

	if (request->authorization == NULL ||
	    strncmp(request->authorization, scheme, strlen(scheme)) != 0)
		answer_text(client, 401, "www-authenticate: Bearer\r\n",
			    "{\"detail\":\"Not authenticated\"}");
	else if (strcmp(request->authorization + strlen(scheme), world->token) != 0)
		answer_text(client, 401, "www-authenticate: Bearer error=\"invalid_token\"\r\n",
			    "{\"detail\":\"Invalid token\"}");
	else if (world_missing(world, route->service) != DEMO_SERVICE_COUNT)
		answer_text(client, 500, NULL, "{\"detail\":\"Internal Server Error\"}");
	else
		answer_text(client, route->status, NULL, route->body);
}

/* The handler forgets an await: the exception passes the CORS middleware by, so the browser shows
 * the page an error of CORS in place of the 500. */
static void answer_unawaited(struct client *client)
{
	static const char body[] = "Internal Server Error";
	struct http_answer reply = {.status = 500, .type = "text/plain; charset=utf-8", .body = body,
				    .body_len = sizeof(body) - 1, .bare = true};
	struct world *world = client->server->world;

	journal_write(&world->journal, client->server->service, clock_wall(), JOURNAL_ERROR,
		      "Exception in ASGI application");
	journal_write(&world->journal, client->server->service, clock_wall(), JOURNAL_RAW,
		      "Traceback (most recent call last):\n"
		      "  File \"/app/nexus/voice/routes.py\", line 61, in realtime_session\n"
		      "    return {\"client_secret\": session[\"client_secret\"]}\n"
		      "TypeError: 'coroutine' object is not subscriptable\n"
		      "/app/nexus/voice/routes.py:61: RuntimeWarning: coroutine "
		      "'create_realtime_session' was never awaited");
	http_answer(client, &reply);
}

static void answer_socket(struct client *client, const struct http_request *request)
{
	struct world *world = client->server->world;
	enum demo_service service = client->server->service;
	bool wanted = demo_socket_wanted(request);

	if (wanted && world->conditions[service] != DEMO_NO_WEBSOCKET) {
		demo_socket_open(client, request);
		return;
	}
	if (wanted) {
		journal_write(&world->journal, service, clock_wall(), JOURNAL_WARNING,
			      "Unsupported upgrade request.");
		journal_write(&world->journal, service, clock_wall(), JOURNAL_WARNING,
			      "No supported WebSocket library detected. Please use \"pip install "
			      "'uvicorn[standard]'\", or install 'websockets' or 'wsproto' manually.");
	}
	answer_text(client, 404, NULL, "{\"detail\":\"Not Found\"}");
}

/* What Starlette's CORSMiddleware answers to a preflight. */
static void answer_preflight(struct client *client)
{
	bool known = client->origin != NULL;
	struct http_answer reply = {
		.status = known ? 200 : 400,
		.type = "text/plain; charset=utf-8",
		.headers = "access-control-allow-methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n"
			   "access-control-allow-headers: Authorization, Content-Type\r\n"
			   "access-control-max-age: 600\r\n",
		.body = known ? "OK" : "Disallowed CORS origin",
		.body_len = strlen(known ? "OK" : "Disallowed CORS origin")};

	http_answer(client, &reply);
}

static void answer_route(struct client *client, const struct demo_route *route,
			 const struct http_request *request)
{
	enum demo_service service = client->server->service;
	struct strbuf body;

	switch (route->kind) {
	case ROUTE_FIXED:
		if (client->server->world->conditions[service] == DEMO_UNAWAITED &&
		    strstr(route->path, "/realtime-session") != NULL)
			answer_unawaited(client);
		else
			answer_text(client, route->status, NULL, route->body);
		return;
	case ROUTE_SOCKET:
		answer_socket(client, request);
		return;
	case ROUTE_HEALTH:
		answer_health(client, service);
		return;
	case ROUTE_READY:
		answer_ready(client, service);
		return;
	case ROUTE_OPENAPI:
		strbuf_init(&body, BODY_MAX);
		demo_openapi(service, client->server->world->conditions, &body);
		answer(client, 200, "application/json", NULL, &body);
		strbuf_release(&body);
		return;
	case ROUTE_BEARER:
		answer_bearer(client, route, request);
		return;
	}
	BUG("no such kind of route: %d", (int)route->kind);
}

void answers_handle(struct client *client, const struct http_request *request)
{
	enum demo_service service = client->server->service;
	enum demo_condition condition = client->server->world->conditions[service];
	bool python = demo_service_info(service)->title != NULL, other_method = false;
	size_t count;
	const struct demo_route *routes = demo_routes(&count);

	for (size_t i = 0; i < count; i++) {
		if (routes[i].service != service ||
		    strcmp(demo_route_path(&routes[i], condition), request->path) != 0)
			continue;
		if (strcmp(routes[i].method, request->method) == 0 ||
		    (strcmp(request->method, "HEAD") == 0 && strcmp(routes[i].method, "GET") == 0)) {
			answer_route(client, &routes[i], request);
			return;
		}
		other_method = true;
	}
	if (other_method && python && strcmp(request->method, "OPTIONS") == 0)
		answer_preflight(client);
	else if (other_method)
		answer_text(client, 405, NULL, "{\"detail\":\"Method Not Allowed\"}");
	else
		answer_text(client, 404, NULL,
			    python ? "{\"detail\":\"Not Found\"}" : "404 page not found\n");
}
