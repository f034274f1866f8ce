/* The routes of a server, see route_list.h. Only GET is ever sent here. */
#include "probe/route_list.h"

#include "base/limits.h"

/* What is left of the time must be worth a question. */
#define LEFT_MIN_NS (20 * NS_PER_MS)

void route_list_init(struct route_list *list, struct probe *probe)
{
	*list = (struct route_list){.probe = probe};
}

static void drop_places(struct route_list *list)
{
	for (size_t i = 0; i < list->place_count; i++)
		free(list->places[i]);
	list->place_count = list->place = 0;
}

static void drop_target(struct route_list *list)
{
	http_target_free(list->target);
	list->target = NULL;
	list->run = NULL;
}

void route_list_cancel(struct route_list *list)
{
	if (list->run != NULL)
		http_cancel(list->run);
	drop_target(list);
	drop_places(list);
}

void route_list_release(struct route_list *list)
{
	route_list_cancel(list);
	routes_unref(list->routes);
	list->routes = NULL;
}

void route_list_forget(struct route_list *list)
{
	list->looked.ns = 0;
}

bool route_list_wanted(const struct http_result *result)
{
	return result->failure == FAILURE_NONE &&
	       (result->status == 404 || result->status == 405 || result->status == 410);
}

static void on_document(void *context, struct http_run *run, const struct http_result *result);

/* False where no place is left, or no time. */
static bool ask_next(struct route_list *list)
{
	struct net *net = list->probe->prober->net;

	while (list->place < list->place_count) {
		struct http_options options = probe_http_options(list->probe, "GET");
		int64_t left_ns = list->deadline.ns - net_now(net).ns;
		struct strbuf err;

		if (left_ns < LEFT_MIN_NS)
			break;
		options.url = list->places[list->place++];
		options.body_max = LIMIT_OPENAPI;
		strbuf_init(&err, LIMIT_MESSAGE);
		list->target = http_target_new(net, &options, &err);
		strbuf_release(&err);
		if (list->target == NULL)
			continue;
		list->run = http_start(list->target, left_ns, on_document, list);
		return true;
	}
	drop_places(list);
	return false;
}

static void on_document(void *context, struct http_run *run, const struct http_result *result)
{
	struct route_list *list = context;

	(void)run;
	CHECK_MAGIC(list->probe, PROBE_MAGIC);
	if (result->failure == FAILURE_NONE && result->status == 200)
		list->routes = routes_read(result->body, result->body_len, NULL);
	drop_target(list);
	if (list->routes != NULL)
		drop_places(list);
	if (!ask_next(list))
		list->done(list->context);
}

bool route_list_look(struct route_list *list, struct mono_time deadline,
		     void (*done)(void *context), void *context)
{
	struct mono_time now = net_now(list->probe->prober->net);

	if (list->looked.ns != 0 && now.ns - list->looked.ns < OPENAPI_TTL)
		return false;
	list->looked = now;
	list->deadline = deadline;
	list->done = done;
	list->context = context;
	routes_unref(list->routes);
	list->routes = NULL;
	list->place_count = openapi_places(list->probe->check->url, list->places);
	list->place = 0;
	return ask_next(list);
}

bool route_list_value(const struct route_list *list, struct sample_value *value)
{
	if (list->routes == NULL)
		return false;
	*value = (struct sample_value){
		.subject = SUBJECT_ROUTES,
		.value = {.type = VALUE_LIST, .as.list = {list->routes->at, list->routes->count}}};
	return true;
}
