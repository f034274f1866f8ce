/* The door of logs/: what the app asks for, answered from what is held; and the timer that looks
 * at the files. Invariant: every public call returns at once, all I/O is in jobs. */
#include "logs/state.h"

#include "base/map.h"
#include "base/xalloc.h"

#include <string.h>

#define LOGS_MAGIC 0x10651065u
#define PATIENCE_NS (2 * NS_PER_S)
#define NOTE_NS (60 * NS_PER_S)
/* Bytes that the filters look at in one turn of the loop: about 5 ms. */
#define EXAMINE_BYTES ((size_t)512 << 10)

static void on_due(void *context)
{
	struct logs *logs = context;

	CHECK_MAGIC(logs, LOGS_MAGIC);
	sweep_start(logs);
}

static void on_examine(void *context)
{
	struct logs *logs = context;

	CHECK_MAGIC(logs, LOGS_MAGIC);
	if (logs->examined == NULL)
		return;
	/* The repaint asks for the window, which goes on examining. */
	logs->events.grew(logs->events.context, logs->examined->id);
}

struct logs *logs_new(struct net *net, struct fleet *fleet, const struct logs_events *events)
{
	struct logs *logs = xcalloc(1, sizeof(*logs));

	logs->magic = LOGS_MAGIC;
	logs->net = net;
	logs->events = *events;
	logs->buffer = xmalloc(TAIL_BUFFER);
	logs->timer = net_timer_new(net, on_due, logs);
	logs->examine_timer = net_timer_new(net, on_examine, logs);
	logs->patience.ns = net_now(net).ns + PATIENCE_NS;
	logs_build(logs, fleet);
	if (logs->services.len > 0)
		sweep_start(logs);
	return logs;
}

/* Once no job is under way. */
void logs_end(struct logs *logs)
{
	if (logs->sweep != NULL || logs->rescan != NULL)
		return;
	logs_clear(logs);
	if (logs->next_fleet != NULL)
		fleet_unref(logs->next_fleet);
	if (logs->patterns != NULL)
		pattern_set_unref(logs->patterns);
	scanner_release(&logs->scanner);
	free(logs->buffer);
	logs->magic = 0;
	free(logs);
}

void logs_free(struct logs *logs)
{
	if (logs == NULL)
		return;
	CHECK_MAGIC(logs, LOGS_MAGIC);
	logs->closing = true;
	net_timer_free(logs->timer);
	net_timer_free(logs->examine_timer);
	if (logs->sweep_job != NULL)
		net_job_cancel(logs->sweep_job);
	if (logs->rescan_job != NULL)
		net_job_cancel(logs->rescan_job);
	logs_unwatch(logs);
	logs_end(logs);
}

void logs_reload(struct logs *logs, struct fleet *fleet)
{
	CHECK_MAGIC(logs, LOGS_MAGIC);
	if (logs->sweep != NULL) {
		fleet_ref(fleet);
		if (logs->next_fleet != NULL)
			fleet_unref(logs->next_fleet);
		logs->next_fleet = fleet;
		return;
	}
	logs_build(logs, fleet);
	sweep_start(logs);
}

void logs_set_patterns(struct logs *logs, struct pattern_set *patterns)
{
	CHECK_MAGIC(logs, LOGS_MAGIC);
	if (patterns != NULL)
		pattern_set_ref(patterns);
	if (logs->patterns != NULL)
		pattern_set_unref(logs->patterns);
	logs->patterns = patterns;
	logs->generation++;
	for (size_t i = 0; i < logs->services.len; i++) {
		struct log_service *service = logs->services.at[i];

		for (size_t k = 0; k < service->sources.len; k++) {
			struct source *source = service->sources.at[k];

			for (size_t s = 0; s < source->streams.len; s++) {
				struct stream *stream = source->streams.at[s];

				stream->rescan_from = stream->held.ring.first;
				stream->rescan_to = stream->held.ring.next;
			}
		}
	}
	rescan_start(logs);
	if (logs->services.len > 0)
		sweep_start(logs);
}

/* Why a service has no lines: the first source that cannot be read, else that there are none. */
static const char *explain_nothing(const struct logs *logs, const struct log_service *service,
				   struct arena *arena)
{
	/* The job may be writing to the tails; it will be done soon. */
	if (logs->sweep != NULL || !logs->swept)
		return "reading …";
	for (size_t i = 0; i < service->sources.len; i++) {
		const struct source *source = service->sources.at[i];

		if (source->streams.len == 0)
			return arena_printf(arena, "no file matches %s", source->path);
		for (size_t k = 0; k < source->streams.len; k++) {
			const struct tail *tail = &source->streams.at[k]->tail;

			if (tail->error != NULL)
				return arena_printf(arena, "cannot read %s: %s", tail->path,
						    tail->error);
		}
	}
	return "the log is empty";
}

void logs_window(struct logs *logs, const struct log_query *query, struct arena *arena,
		 struct log_window *window)
{
	struct log_service *service;

	CHECK_MAGIC(logs, LOGS_MAGIC);
	*window = (struct log_window){.failure_row = -1, .at_top = true, .at_end = true};
	service = idmap_get(logs->by_id, query->service_id);
	if (service == NULL) {
		window->error = "no log source is configured for this service (logs:)";
		return;
	}
	if (service->looked.ns == 0)
		sweep_hint(logs); /* watched from then on */
	service->looked = net_now(logs->net);
	service->held.budget = EXAMINE_BYTES;
	held_window(&service->held, query, arena, window);
	if (window->total == 0)
		window->error = explain_nothing(logs, service, arena);
	if (service->held.complaint != NULL)
		window->note = arena_strdup(arena, service->held.complaint);
	else if (service->note != NULL && clock_wall().ns - service->note_at.ns < NOTE_NS)
		window->note = arena_strdup(arena, service->note);
	if (service->held.budget == 0) {
		logs->examined = service;
		net_timer_set(logs->examine_timer, net_now(logs->net));
	}
}

bool logs_find(struct logs *logs, const struct log_query *query, bool backward,
	       enum log_level at_least, uint64_t *source, uint64_t *number)
{
	struct log_service *service;

	CHECK_MAGIC(logs, LOGS_MAGIC);
	service = idmap_get(logs->by_id, query->service_id);
	if (service == NULL)
		return false;
	service->held.budget = SIZE_MAX;
	return held_find(&service->held, query, backward, at_least, source, number);
}
