/* `route`: asks whether a route is there. The question is put bare where it could change something:
 * no service headers, no auth, no body. Two more questions make the answer worth something: once a
 * load a random path beside it (a server that answers every path alike proves nothing), and where
 * the route is missing, the server's own list of routes. All of it within one time-out. */
#include "probe/openapi.h"
#include "probe/run.h"

#include "base/limits.h"

#include <sys/random.h>

#define VALUES_MAX 5
/* What is left for a further question must be worth asking. */
#define LEFT_MIN_NS (20 * NS_PER_MS)

struct route_probe {
	struct probe probe;
	struct http_target *target; /* of the route; NULL before the first run */
	struct http_run *run;       /* of whatever is asked now */
	struct http_target *extra;  /* the further question's */
	struct mono_time began;
	int sibling_status;         /* 0: not known yet */
	struct routes *routes;      /* NULL: none found, or not looked for */
	struct mono_time looked;    /* for the routes; 0 never */
	char *places[OPENAPI_PLACES];
	size_t place, place_count;
	/* The route's answer, while more is asked. */
	struct sample answer;
	int status;
	struct certificate leaf;
	bool has_leaf;
	struct strbuf message;
	struct exchange *exchange;
};

static bool may_change(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
	       strcmp(method, "PATCH") == 0 || strcmp(method, "DELETE") == 0;
}

static struct http_options options_of(const struct probe *probe, const char *method, const char *url)
{
	const struct check *check = probe->check;
	bool bare = may_change(method);

	return (struct http_options){
		.method = method,
		.url = url,
		.headers = bare ? NULL : check->headers,
		.header_count = bare ? 0 : check->header_count,
		.auth = bare ? NULL : &check->auth,
		.tls = &check->tls,
		.proxy = check->proxy,
		.http2 = check->http2,
		.keepalive = check->keepalive,
		.body_max = LIMIT_BODY,
		.spread = check->id,
		.group = probe_group(probe),
	};
}

static int64_t left_ns(const struct route_probe *route)
{
	return route->began.ns + route->probe.check->timeout_ns -
	       net_now(route->probe.prober->net).ns;
}

static void deliver(struct route_probe *route)
{
	struct sample_value values[VALUES_MAX];
	struct sample *sample = &route->answer;

	sample->values = values;
	sample->value_count = 0;
	sample->message = route->message.len != 0 ? route->message.data : NULL;
	sample->exchange = route->exchange;
	if (route->status != 0)
		values[sample->value_count++] = (struct sample_value){
			.subject = SUBJECT_STATUS, .value = value_number(route->status)};
	if (route->has_leaf)
		values[sample->value_count++] = probe_cert_value(&route->leaf);
	if (route->sibling_status != 0)
		values[sample->value_count++] = (struct sample_value){
			.subject = SUBJECT_SIBLING_STATUS,
			.value = value_number(route->sibling_status)};
	if (route->routes != NULL)
		values[sample->value_count++] = (struct sample_value){
			.subject = SUBJECT_ROUTES,
			.value = {.type = VALUE_LIST,
				  .as.list = {route->routes->at, route->routes->count}}};
	probe_finish(&route->probe, sample);
}

/* --- further questions -------------------------------------------------------------------- */

static void drop_places(struct route_probe *route)
{
	for (size_t i = 0; i < route->place_count; i++)
		free(route->places[i]);
	route->place_count = route->place = 0;
}

static void drop_extra(struct route_probe *route)
{
	http_target_free(route->extra);
	route->extra = NULL;
	route->run = NULL;
}

/* False where there is no time left for it. */
static bool ask_extra(struct route_probe *route, const char *method, const char *url, size_t body_max,
		      void (*done)(void *context, struct http_run *run,
				   const struct http_result *result))
{
	struct http_options options = options_of(&route->probe, method, url);
	int64_t left = left_ns(route);
	struct strbuf err;

	options.body_max = body_max;
	if (left < LEFT_MIN_NS)
		return false;
	strbuf_init(&err, LIMIT_MESSAGE);
	route->extra = http_target_new(route->probe.prober->net, &options, &err);
	strbuf_release(&err);
	if (route->extra == NULL)
		return false;
	route->run = http_start(route->extra, left, done, route);
	return true;
}

static void on_document(void *context, struct http_run *run, const struct http_result *result);

static void ask_next_place(struct route_probe *route)
{
	while (route->place < route->place_count)
		if (ask_extra(route, "GET", route->places[route->place++], LIMIT_OPENAPI, on_document))
			return;
	drop_places(route);
	deliver(route);
}

static void on_document(void *context, struct http_run *run, const struct http_result *result)
{
	struct route_probe *route = context;

	(void)run;
	CHECK_MAGIC(&route->probe, PROBE_MAGIC);
	if (result->failure == FAILURE_NONE && result->status == 200)
		route->routes = routes_read(result->body, result->body_len);
	drop_extra(route);
	if (route->routes != NULL)
		drop_places(route);
	ask_next_place(route);
}

static void look_for_routes(struct route_probe *route)
{
	struct mono_time now = net_now(route->probe.prober->net);

	if (route->looked.ns != 0 && now.ns - route->looked.ns < OPENAPI_TTL) {
		deliver(route);
		return;
	}
	route->looked = now;
	routes_unref(route->routes);
	route->routes = NULL;
	route->place = 0;
	route->place_count = openapi_places(route->probe.check->url, route->places);
	ask_next_place(route);
}

static void on_sibling(void *context, struct http_run *run, const struct http_result *result)
{
	struct route_probe *route = context;

	(void)run;
	CHECK_MAGIC(&route->probe, PROBE_MAGIC);
	route->sibling_status = result->status;
	drop_extra(route);
	drop_places(route);
	deliver(route);
}

/* The URL with another last segment, which nobody has. */
static char *sibling_of(const char *url)
{
	size_t end = strcspn(url, "?#");
	const char *authority = strstr(url, "://");
	size_t from = end;
	unsigned char noise[8];
	uint64_t number;

	if (getrandom(noise, sizeof(noise), 0) != (ssize_t)sizeof(noise))
		memset(noise, 0x5a, sizeof(noise));
	memcpy(&number, noise, sizeof(number));
	while (from > 0 && url[from - 1] != '/')
		from--;
	if (authority != NULL && url + from <= authority + 3)
		return xasprintf("%.*s/sitrep-%016llx", (int)end, url, (unsigned long long)number);
	return xasprintf("%.*ssitrep-%016llx", (int)from, url, (unsigned long long)number);
}

static void ask_sibling(struct route_probe *route)
{
	const struct check *check = route->probe.check;
	char *url = sibling_of(check->url);

	/* `extra` borrows the URL for as long as it is asked. */
	drop_places(route);
	route->places[route->place_count++] = url;
	if (!ask_extra(route, check->method, url, LIMIT_BODY, on_sibling))
		deliver(route);
}

/* --- the route itself --------------------------------------------------------------------- */

static void keep_answer(struct route_probe *route, struct http_run *run,
			const struct http_result *result)
{
	const struct exchange *last = route->exchange;

	route->answer = (struct sample){.failure = result->failure,
					.failed_phase = result->failed_phase,
					.latency_ns = result->latency_ns,
					.phases = result->phases};
	route->status = result->status;
	route->has_leaf = result->cert_count != 0;
	if (route->has_leaf)
		route->leaf = (struct certificate){.not_after = result->certs[0].not_after};
	strbuf_reset(&route->message);
	if (result->message != NULL)
		probe_sentence(&route->probe, result->message, &route->message);
	if (last == NULL || result->failure != FAILURE_NONE || last->http_status != result->status ||
	    last->reused != result->reused || last->body_size != result->body_size) {
		exchange_unref(route->exchange);
		route->exchange = http_evidence(run, result, probe_redactor(&route->probe));
	}
}

static void on_route(void *context, struct http_run *run, const struct http_result *result)
{
	struct route_probe *route = context;

	CHECK_MAGIC(&route->probe, PROBE_MAGIC);
	route->run = NULL;
	keep_answer(route, run, result);
	if (result->failure != FAILURE_NONE || result->status >= 500)
		deliver(route);
	else if (result->status == 404 || result->status == 405 || result->status == 410)
		look_for_routes(route);
	else if (route->sibling_status == 0)
		ask_sibling(route);
	else
		deliver(route);
}

static void start(struct probe *probe)
{
	struct route_probe *route = (struct route_probe *)probe;
	const struct check *check = probe->check;

	if (route->target == NULL) {
		struct http_options options = options_of(probe, check->method, check->url);
		struct strbuf err;

		strbuf_init(&err, LIMIT_MESSAGE);
		strbuf_init(&route->message, LIMIT_MESSAGE);
		route->target = http_target_new(probe->prober->net, &options, &err);
		if (route->target == NULL)
			probe_fail_soon(probe, FAILURE_CONFIG, err.data);
		strbuf_release(&err);
		if (route->target == NULL)
			return;
	}
	route->began = net_now(probe->prober->net);
	route->run = http_start(route->target, check->timeout_ns, on_route, route);
}

static void cancel(struct probe *probe)
{
	struct route_probe *route = (struct route_probe *)probe;

	http_cancel(route->run);
	route->run = NULL;
	drop_extra(route);
	drop_places(route);
}

static void rebind(struct probe *probe)
{
	struct route_probe *route = (struct route_probe *)probe;
	struct http_options options = options_of(probe, probe->check->method, probe->check->url);

	if (route->target != NULL)
		http_target_rebind(route->target, &options);
	/* A load asks for both anew. */
	route->sibling_status = 0;
	route->looked.ns = 0;
}

static void release(struct probe *probe)
{
	struct route_probe *route = (struct route_probe *)probe;

	drop_extra(route);
	drop_places(route);
	http_target_free(route->target);
	routes_unref(route->routes);
	exchange_unref(route->exchange);
	strbuf_release(&route->message);
}

const struct probe_type probe_route = {
	.size = sizeof(struct route_probe),
	.start = start,
	.cancel = cancel,
	.rebind = rebind,
	.release = release,
};
