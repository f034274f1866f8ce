/* An engine with a clock of its own. It records every event as a JSON line, and holds each edge against
 * the states it has seen so far: a state that changes without an edge fails the test that did it. */
#ifndef TESTS_ENGINE_RIG_H
#define TESTS_ENGINE_RIG_H

#include "fleets.h"

#include "base/limits.h"
#include "base/map.h"
#include "engine/engine.h"

#define MS NS_PER_MS
#define SEC NS_PER_S
#define MIN (60 * NS_PER_S)
#define HOUR (3600 * NS_PER_S)
#define RIG_WALL (INT64_C(1795262621) * NS_PER_S) /* 2026-11-21T12:03:41Z */

struct rig {
	struct fleet *fleet;
	struct engine *engine;
	int64_t mono, wall;
	struct strbuf lines; /* all events */
	size_t edges, service_edges;
	struct idmap *states; /* id -> state + 1 */
	char last_why[LIMIT_MESSAGE + 1];
	struct snapshot *snapshot;
};

static void rig_check_edge(struct rig *rig, const struct event *event)
{
	uint64_t id = event->as.edge.check_id != 0 ? event->as.edge.check_id : event->service_id;
	uintptr_t known = (uintptr_t)idmap_get(rig->states, id);
	int pending = event->as.edge.check_id != 0 ? (int)CHECK_PENDING : (int)SERVICE_PENDING;
	int from = known != 0 ? (int)known - 1 : pending;

	if (from != event->as.edge.from || event->as.edge.from == event->as.edge.to)
		fail_msg("edge %d -> %d, but it was %d", event->as.edge.from, event->as.edge.to, from);
	idmap_put(rig->states, id, (void *)((uintptr_t)event->as.edge.to + 1));
	rig->edges++;
	if (event->as.edge.check_id == 0) {
		rig->service_edges++;
		(void)snprintf(rig->last_why, sizeof(rig->last_why), "%s", event->as.edge.why);
	}
}

static void rig_on_event(void *context, const struct event *event)
{
	struct rig *rig = context;
	struct json_writer out;

	if (event->kind == EVENT_EDGE)
		rig_check_edge(rig, event);
	json_writer_init(&out, &rig->lines, false);
	event_write(event, &out);
	strbuf_addc(&rig->lines, '\n');
}

BASE_UNUSED static void rig_start(struct rig *rig, struct fleet *fleet, struct ruleset *rules)
{
	struct engine_options options = {.on_event = rig_on_event, .context = rig};

	*rig = (struct rig){.fleet = fleet, .mono = 1000 * SEC, .wall = RIG_WALL};
	strbuf_init(&rig->lines, 256u << 20);
	rig->states = idmap_new();
	rig->engine = engine_new(fleet, rules, (struct mono_time){rig->mono},
				 (struct wall_time){rig->wall}, &options);
}

BASE_UNUSED static void rig_init(struct rig *rig, const char *yaml)
{
	rig_start(rig, fleet_of(yaml), NULL);
}

BASE_UNUSED static void rig_release(struct rig *rig)
{
	snapshot_unref(rig->snapshot);
	engine_free(rig->engine);
	fleet_unref(rig->fleet);
	idmap_free(rig->states);
	strbuf_release(&rig->lines);
}

BASE_UNUSED static void rig_apply(struct rig *rig, struct event *event)
{
	event->mono.ns = rig->mono;
	event->wall.ns = rig->wall;
	engine_apply(rig->engine, event);
}

BASE_UNUSED static void rig_answer(struct rig *rig, const char *check, struct answer answer)
{
	struct answer_sample made;
	uint64_t id = strcmp(check, "observer") == 0 ? rig->fleet->observers[0].id
						     : check_of(rig->fleet, check)->id;

	answer_make(&made, &answer, id, rig->mono, rig->wall);
	rig_apply(rig, &(struct event){.kind = EVENT_SAMPLE, .as.sample = &made.sample});
	answer_release(&made);
}

/* Lets time go by, with a tick each second as the program has it. */
BASE_UNUSED static void rig_wait(struct rig *rig, int64_t ns)
{
	while (ns > 0) {
		int64_t step = ns < SEC ? ns : SEC;

		rig->mono += step;
		rig->wall += step;
		ns -= step;
		rig_apply(rig, &(struct event){.kind = EVENT_TICK});
	}
}

BASE_UNUSED static const struct snapshot *rig_look(struct rig *rig, bool details)
{
	struct snapshot_request request = {.mono = {rig->mono},
					   .wall = {rig->wall},
					   .detail_all = details};

	snapshot_unref(rig->snapshot);
	rig->snapshot = engine_snapshot(rig->engine, &request);
	for (size_t i = 0; i < rig->snapshot->row_count; i++) {
		const struct service_row *row = &rig->snapshot->rows[i];
		uintptr_t known = (uintptr_t)idmap_get(rig->states, row->id);
		int seen = known != 0 ? (int)known - 1 : (int)SERVICE_PENDING;

		if (seen != (int)row->state)
			fail_msg("%s is %s without an edge", row->service->name,
				 service_state_name(row->state));
	}
	return rig->snapshot;
}

BASE_UNUSED static const struct service_row *rig_row(struct rig *rig, const char *name)
{
	const struct snapshot *snapshot = rig_look(rig, true);
	const struct service *service = fleet_service_named(snapshot->fleet, name);

	assert_non_null(service);
	return snapshot_row(snapshot, service->id);
}

BASE_UNUSED static void rig_expect(struct rig *rig, const char *name, enum service_state state,
				   const char *why)
{
	const struct service_row *row = rig_row(rig, name);

	if (row->state != state || strcmp(row->why, why) != 0)
		fail_msg("%s is %s \"%s\", wanted %s \"%s\"", name, service_state_name(row->state),
			 row->why, service_state_name(state), why);
}

#define OK_ANSWER ((struct answer){.status = 200})
#define REFUSED ((struct answer){.failure = FAILURE_REFUSED, .message = "connection refused"})
#define BAD_STATUS(code) ((struct answer){.status = (code)})

#endif
