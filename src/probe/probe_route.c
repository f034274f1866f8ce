/* `route`: asks whether a route is there. The question is put bare where it could change something:
 * no service headers, no auth, no body. Two more questions make the answer worth something: once a
 * load a random path beside it (a server that answers every path alike proves nothing), and where
 * the route is missing, the server's own list of routes. All of it within one time-out. */
#include "probe/route_list.h"

#include "base/limits.h"

#include <sys/random.h>

#define VALUES_MAX (3 + PROBE_CERT_VALUES)
/* What is left of the time must be worth a question. */
#define LEFT_MIN_NS (20 * NS_PER_MS)

struct route_probe {
	struct probe probe;
	struct http_target *target; /* of the route; NULL before the first run */
	struct http_run *run;       /* of the route or its sibling, while one is asked */
	struct http_target *sibling;
	char *sibling_url;
	struct mono_time deadline;
	int sibling_status;         /* 0: not known yet */
	struct route_list list;
	/* The route's answer, while more is asked. */
	struct sample answer;
	int status;
	struct sample_value certs[PROBE_CERT_VALUES];
	size_t cert_count;
	struct arena arena; /* of their strings */
	struct strbuf message;
	struct exchange *exchange;
};

static void deliver(void *context)
{
	struct route_probe *route = context;
	struct sample_value values[VALUES_MAX];
	struct sample *sample = &route->answer;

	CHECK_MAGIC(&route->probe, PROBE_MAGIC);
	sample->values = values;
	sample->value_count = 0;
	sample->message = route->message.len != 0 ? route->message.data : NULL;
	sample->exchange = route->exchange;
	if (route->status != 0)
		values[sample->value_count++] = (struct sample_value){
			.subject = SUBJECT_STATUS, .value = value_number(route->status)};
	for (size_t i = 0; i < route->cert_count; i++)
		values[sample->value_count++] = route->certs[i];
	if (route->sibling_status != 0)
		values[sample->value_count++] = (struct sample_value){
			.subject = SUBJECT_SIBLING_STATUS,
			.value = value_number(route->sibling_status)};
	if (route_list_value(&route->list, &values[sample->value_count]))
		sample->value_count++;
	probe_finish(&route->probe, sample);
}

/* --- the sibling -------------------------------------------------------------------------- */

static void drop_sibling(struct route_probe *route)
{
	http_target_free(route->sibling);
	free(route->sibling_url);
	route->sibling = NULL;
	route->sibling_url = NULL;
	route->run = NULL;
}

static void on_sibling(void *context, struct http_run *run, const struct http_result *result)
{
	struct route_probe *route = context;

	(void)run;
	CHECK_MAGIC(&route->probe, PROBE_MAGIC);
	route->sibling_status = result->status;
	drop_sibling(route);
	deliver(route);
}

/* The URL with another last segment, which nobody has. */
static char *sibling_of(const char *url)
{
	size_t end = strcspn(url, "?#");
	const char *authority = strstr(url, "://");
	size_t from = end;
	uint64_t noise = 0x5a5a;

	(void)!getrandom(&noise, sizeof(noise), 0);
	while (from > 0 && url[from - 1] != '/')
		from--;
	if (authority != NULL && url + from <= authority + 3)
		return xasprintf("%.*s/sitrep-%016llx", (int)end, url, (unsigned long long)noise);
	return xasprintf("%.*ssitrep-%016llx", (int)from, url, (unsigned long long)noise);
}

/* False where there is no time for it. */
static bool ask_sibling(struct route_probe *route)
{
	const struct check *check = route->probe.check;
	struct net *net = route->probe.prober->net;
	int64_t left_ns = route->deadline.ns - net_now(net).ns;
	struct http_options options = probe_http_options(&route->probe, check->method);
	struct strbuf err;

	if (left_ns < LEFT_MIN_NS)
		return false;
	strbuf_init(&err, LIMIT_MESSAGE);
	options.url = route->sibling_url = sibling_of(check->url);
	route->sibling = http_target_new(net, &options, &err);
	strbuf_release(&err);
	if (route->sibling == NULL) {
		drop_sibling(route);
		return false;
	}
	route->run = http_start(route->sibling, left_ns, on_sibling, route);
	return true;
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
	arena_release(&route->arena);
	arena_init(&route->arena);
	if (check_speaks_of(route->probe.check, SUBJECT_HEADER))
		route->answer.headers =
			http_headers(run, &route->arena, &route->answer.header_count);
	route->cert_count = probe_cert_values(result->certs, result->cert_count, route->certs,
					      &route->arena);
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
	bool there = result->failure == FAILURE_NONE && result->status < 500;

	CHECK_MAGIC(&route->probe, PROBE_MAGIC);
	route->run = NULL;
	keep_answer(route, run, result);
	if (route_list_wanted(result)) {
		if (route_list_look(&route->list, route->deadline, deliver, route))
			return;
	} else if (there && route->sibling_status == 0 && ask_sibling(route)) {
		return;
	}
	deliver(route);
}

static void start(struct probe *probe)
{
	struct route_probe *route = (struct route_probe *)probe;
	const struct check *check = probe->check;

	if (route->target == NULL) {
		struct http_options options = probe_http_options(probe, check->method);
		struct strbuf err;

		strbuf_init(&err, LIMIT_MESSAGE);
		strbuf_init(&route->message, LIMIT_MESSAGE);
		arena_init(&route->arena);
		route_list_init(&route->list, probe);
		route->target = http_target_new(probe->prober->net, &options, &err);
		if (route->target == NULL)
			probe_fail_soon(probe, FAILURE_CONFIG, err.data);
		strbuf_release(&err);
		if (route->target == NULL)
			return;
	}
	route->deadline = probe->deadline;
	route->run = http_start(route->target, probe_time_left(probe), on_route, route);
}

static void cancel(struct probe *probe)
{
	struct route_probe *route = (struct route_probe *)probe;

	if (route->run != NULL)
		http_cancel(route->run);
	drop_sibling(route);
	route_list_cancel(&route->list);
}

static void rebind(struct probe *probe)
{
	struct route_probe *route = (struct route_probe *)probe;
	struct http_options options = probe_http_options(probe, probe->check->method);

	if (route->target != NULL)
		http_target_rebind(route->target, &options);
	/* A load asks for both anew. */
	route->sibling_status = 0;
	route_list_forget(&route->list);
}

static void release(struct probe *probe)
{
	struct route_probe *route = (struct route_probe *)probe;

	drop_sibling(route);
	route_list_release(&route->list);
	http_target_free(route->target);
	exchange_unref(route->exchange);
	strbuf_release(&route->message);
	arena_release(&route->arena);
}

const struct probe_type probe_route = {
	.size = sizeof(struct route_probe),
	.start = start,
	.cancel = cancel,
	.rebind = rebind,
	.release = release,
};
