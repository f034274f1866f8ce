/* A fleet comes in, at the start or later. What did not change keeps everything that is known about it;
 * a check whose question changed begins anew, even under its old name. */
#include "engine/state.h"

void check_node_release(struct check_node *node)
{
	window_release(&node->window);
	free(node->verdict);
	free(node->values);
	judge_memo_free(node->memo);
	exchange_unref(node->newest);
	exchange_unref(node->last_failure);
	exchange_unref(node->last_success);
	free(node->last_failure_message);
}

void service_node_release(struct service_node *node)
{
	service_trouble_free(node->trouble);
	free(node->checks);
	free(node->parents);
	free(node->children);
	free(node->why);
	free(node->acked_by);
	free(node->ack_text);
	free(node->caused_by);
}

static void check_begin(struct check_node *node, const struct check *check)
{
	*node = (struct check_node){.id = check->id,
				    .check = check,
				    .last_latency_ns = -1,
				    .p95_ns = -1,
				    .failed_phase = PHASE_NONE,
				    .phases = phases_unmeasured()};
	series_init(&node->series);
}

/* Another question under an old name: back to no answer. */
static void tell_restart(struct engine *engine, const struct check_node *old)
{
	if (old->series.state == CHECK_PENDING)
		return;
	engine_emit(engine,
		    &(struct event){.kind = EVENT_EDGE,
				    .mono = engine->mono,
				    .wall = engine->wall,
				    .service_id = old->service != NULL ? old->service->id : 0,
				    .as.edge = {.check_id = old->id,
						.from = old->series.state,
						.to = CHECK_PENDING,
						.why = "the check was changed"}});
}

/* Takes over what is known of the same check, and leaves an empty node behind. */
static void check_adopt(struct engine *engine, struct check_node *node, struct check_node *old,
			const struct check *check)
{
	if (old == NULL || !check_same_question(old->check, check) ||
	    !check_same_demands(old->check, check)) {
		if (old != NULL)
			tell_restart(engine, old);
		check_begin(node, check);
		return;
	}
	*node = *old;
	node->check = check;
	node->service = NULL;
	check_begin(old, old->check);
}

static void service_begin(const struct engine *engine, struct service_node *node,
			  const struct service *service)
{
	*node = (struct service_node){.id = service->id,
				      .service = service,
				      .state = SERVICE_PENDING,
				      .last_state = SERVICE_PENDING};
	node->strip.slot = engine_time(engine) / engine->slot_ns;
}

static void service_adopt(const struct engine *engine, struct service_node *node,
			  struct service_node *old, const struct service *service)
{
	if (old == NULL) {
		service_begin(engine, node, service);
	} else {
		*node = *old;
		node->service = service;
		free(node->checks);
		free(node->parents);
		free(node->children);
		node->checks = NULL;
		node->parents = node->children = NULL;
		node->parent_count = node->child_count = 0;
		node->case_open = false;
		service_begin(engine, old, old->service);
	}
	/* Slots are counted in this fleet's interval. */
	if (engine->recut)
		node->strip.slot = engine_time(engine) / engine->slot_ns;
	node->measures_dirty = true;
}

static void link_checks(struct engine *engine, struct service_node *node)
{
	const struct service *service = node->service;

	node->check_count = service->check_count;
	node->checks = xcalloc(service->check_count + 1, sizeof(*node->checks));
	for (size_t i = 0; i < service->check_count; i++) {
		size_t index = (size_t)(service->checks[i] - engine->fleet->checks);

		if (index >= engine->check_count)
			BUG("a check outside its fleet");
		node->checks[i] = &engine->checks[index];
		node->checks[i]->service = node;
	}
}

static void link_parents(struct engine *engine)
{
	for (size_t i = 0; i < engine->service_count; i++) {
		struct service_node *node = &engine->services[i];

		if (node->service->depends_count > 0)
			node->parents =
				xcalloc(node->service->depends_count, sizeof(*node->parents));
		for (size_t k = 0; k < node->service->depends_count; k++) {
			struct service_node *parent =
				engine_service(engine, node->service->depends_on[k]->id);

			if (parent == NULL)
				continue;
			node->parents[node->parent_count++] = parent;
			parent->child_count++;
		}
	}
	for (size_t i = 0; i < engine->service_count; i++) {
		struct service_node *node = &engine->services[i];

		if (node->child_count > 0)
			node->children = xcalloc(node->child_count, sizeof(*node->children));
		node->child_count = 0;
	}
	for (size_t i = 0; i < engine->service_count; i++) {
		struct service_node *node = &engine->services[i];

		for (size_t k = 0; k < node->parent_count; k++) {
			struct service_node *parent = node->parents[k];

			parent->children[parent->child_count++] = node;
		}
	}
}

static void unload_old(struct check_node *checks, size_t check_count, struct check_node *observers,
		       size_t observer_count, struct service_node *services, size_t service_count)
{
	for (size_t i = 0; i < check_count; i++)
		check_node_release(&checks[i]);
	for (size_t i = 0; i < observer_count; i++)
		check_node_release(&observers[i]);
	for (size_t i = 0; i < service_count; i++)
		service_node_release(&services[i]);
	free(checks);
	free(observers);
	free(services);
}

void engine_unload(struct engine *engine)
{
	unload_old(engine->checks, engine->check_count, engine->observers, engine->observer_count,
		   engine->services, engine->service_count);
	idmap_free(engine->by_check);
	idmap_free(engine->by_service);
	fleet_unref(engine->fleet);
	vec_release(&engine->open_cases);
}

static void build_nodes(struct engine *engine, struct fleet *fleet, const struct engine *old)
{
	engine->checks = xcalloc(fleet->check_count + 1, sizeof(*engine->checks));
	engine->check_count = fleet->check_count;
	engine->observers = xcalloc(fleet->observer_count + 1, sizeof(*engine->observers));
	engine->observer_count = fleet->observer_count;
	engine->services = xcalloc(fleet->service_count + 1, sizeof(*engine->services));
	engine->service_count = fleet->service_count;
	for (size_t i = 0; i < fleet->check_count + fleet->observer_count; i++) {
		bool observer = i >= fleet->check_count;
		size_t at = observer ? i - fleet->check_count : i;
		const struct check *check = observer ? &fleet->observers[at] : &fleet->checks[at];
		struct check_node *node = observer ? &engine->observers[at] : &engine->checks[at];

		check_adopt(engine, node,
			    old->by_check != NULL ? idmap_get(old->by_check, check->id) : NULL,
			    check);
		idmap_put(engine->by_check, check->id, node);
	}
	for (size_t i = 0; i < fleet->service_count; i++) {
		const struct service *service = &fleet->services[i];

		service_adopt(engine, &engine->services[i],
			      old->by_service != NULL ? idmap_get(old->by_service, service->id)
						      : NULL,
			      service);
		idmap_put(engine->by_service, service->id, &engine->services[i]);
	}
}

/* Sentences of the config are known before any answer. */
static void settle_loaded(struct engine *engine)
{
	for (size_t i = 0; i < engine->check_count; i++) {
		struct check_node *node = &engine->checks[i];
		const char *error = node->check->error;

		if (error != NULL && node->observed_at.ns == 0 && node->service != NULL)
			engine_take_config_error(engine, node, error);
	}
	for (size_t i = 0; i < engine->service_count; i++) {
		struct service_node *node = &engine->services[i];

		if (node->known || node->service->error != NULL)
			service_settle(engine, node, engine->wall);
	}
	observer_settle(engine);
}

void engine_load_fleet(struct engine *engine, struct fleet *fleet)
{
	struct engine old = *engine;

	engine->fleet = fleet_ref(fleet);
	engine->by_check = idmap_new();
	engine->by_service = idmap_new();
	engine->slot_ns = fleet->interval_ns > 0 ? fleet->interval_ns : 10 * NS_PER_S;
	engine->recut = old.slot_ns != engine->slot_ns;
	engine->deadline_ns = INT64_MAX;
	engine->dirty = true;
	engine->open_cases.at = NULL;
	engine->open_cases.len = engine->open_cases.cap = 0;
	engine->next_case = 0;
	build_nodes(engine, fleet, &old);
	for (size_t i = 0; i < engine->service_count; i++)
		link_checks(engine, &engine->services[i]);
	link_parents(engine);
	engine_unload(&old);
	settle_loaded(engine);
}
