/* Snapshots: what stands, copied so that it stays as it was. What a service measures is worked out
 * anew only where it changed or a slot of the strips ended; details (exchanges, diagnoses) are carried only for the
 * service that is open. Strings come from the snapshot's arena or from the fleet it holds. */
#include "engine/state.h"

struct build {
	const struct engine *engine;
	const struct snapshot_request *request;
	struct snapshot *snapshot;
	struct arena *arena;
	size_t held_cap;
};

/* A reference that lives as long as the snapshot. */
static const struct exchange *hold(struct build *build, struct exchange *exchange)
{
	struct snapshot *snapshot = build->snapshot;

	if (exchange == NULL)
		return NULL;
	if (snapshot->held_count == build->held_cap) {
		build->held_cap = build->held_cap != 0 ? build->held_cap * 2 : 16;
		snapshot->held =
			xreallocarray(snapshot->held, build->held_cap, sizeof(*snapshot->held));
	}
	snapshot->held[snapshot->held_count++] = exchange_ref(exchange);
	return exchange;
}

static const char *copy_text(struct build *build, const char *text)
{
	return text == NULL || text[0] == '\0' ? "" : arena_strdup(build->arena, text);
}

static const char *copy_or_null(struct build *build, const char *text)
{
	return text != NULL ? arena_strdup(build->arena, text) : NULL;
}

static const char *const *copy_texts(struct build *build, const char *const *texts, size_t count)
{
	const char **copy = arena_array(build->arena, count, sizeof(*copy));

	for (size_t i = 0; i < count; i++)
		copy[i] = copy_text(build, texts[i]);
	return copy;
}

/* --- checks ---------------------------------------------------------------------------------- */

static void build_check(struct build *build, const struct check_node *node, struct check_row *row)
{
	*row = (struct check_row){
		.id = node->id,
		.check = node->check,
		.state = (enum check_state)node->series.state,
		.last_result = (enum check_state)node->series.last,
		.since = node->since,
		.streak = (int)node->series.streak,
		.latency_ns = node->answered ? series_median(&node->series) : -1,
		.last_latency_ns = node->last_latency_ns,
		.message = node->speaks ? copy_text(build, kept_verdict_message(node->verdict)) : "",
		.observed_at = node->observed_at,
		.stale = node->stale,
		.phases = node->phases,
		.failure = (enum failure)node->failure,
		.failed_phase = (enum phase)node->failed_phase,
	};
}

static void copy_values(struct build *build, const struct check_node *node, struct check_row *row)
{
	const struct kept_values *kept = node->values;
	struct sample_value *copy;

	if (kept == NULL || kept->count == 0)
		return;
	copy = arena_memdup(build->arena, kept->at, kept->count * sizeof(*copy));
	for (size_t i = 0; i < kept->count; i++) {
		struct value *value = &copy[i].value;

		copy[i].argument = copy_or_null(build, copy[i].argument);
		if (value->type == VALUE_STRING)
			value->as.string.bytes = arena_memdup(build->arena, value->as.string.bytes,
							      value->as.string.len + 1);
		else if (value->type == VALUE_LIST)
			value->as.list.items = copy_texts(build, value->as.list.items,
							  value->as.list.len);
	}
	row->values = copy;
	row->value_count = kept->count;
}

static void build_check_details(struct build *build, const struct check_node *node,
				struct check_row *row)
{
	row->assertions = kept_verdict_results(node->verdict, build->arena, &row->assertion_count);
	copy_values(build, node, row);
	row->exchange = hold(build, node->newest);
	row->last_failure = hold(build, node->last_failure);
	row->last_failure_at = node->last_failure_at;
	row->last_failure_message = copy_or_null(build, node->last_failure_message);
	row->last_success = hold(build, node->last_success);
	row->last_success_at = node->last_success_at;
}

/* --- diagnoses ------------------------------------------------------------------------------- */

static const struct evidence *copy_evidence(struct build *build, const struct diagnosis *diagnosis)
{
	struct evidence *copy = arena_array(build->arena, diagnosis->evidence_count, sizeof(*copy));

	for (size_t i = 0; i < diagnosis->evidence_count; i++) {
		copy[i] = diagnosis->evidence[i];
		copy[i].source = copy_text(build, copy[i].source);
		copy[i].text = copy_text(build, copy[i].text);
	}
	return copy;
}

static const struct remedy_step *copy_steps(struct build *build, const struct diagnosis *diagnosis)
{
	struct remedy_step *copy = arena_array(build->arena, diagnosis->step_count, sizeof(*copy));

	for (size_t i = 0; i < diagnosis->step_count; i++) {
		copy[i] = diagnosis->steps[i];
		copy[i].text = copy_text(build, copy[i].text);
		if (copy[i].argv != NULL)
			copy[i].argv = copy_texts(build, copy[i].argv, copy[i].argc);
		copy[i].command = copy_or_null(build, copy[i].command);
	}
	return copy;
}

static const struct diagnosis *copy_diagnoses(struct build *build, const struct service_node *node)
{
	const struct service_trouble *trouble = service_trouble(node);
	struct diagnosis *copy = arena_array(build->arena, trouble->diagnosis_count, sizeof(*copy));

	for (size_t i = 0; i < trouble->diagnosis_count; i++) {
		const struct diagnosis *from = &trouble->diagnoses[i];

		copy[i] = *from;
		copy[i].id = copy_text(build, from->id);
		copy[i].title = copy_text(build, from->title);
		copy[i].explanation = copy_text(build, from->explanation);
		copy[i].evidence = copy_evidence(build, from);
		copy[i].steps = copy_steps(build, from);
		copy[i].verify = copy_texts(build, from->verify, from->verify_count);
		copy[i].links = copy_texts(build, from->links, from->link_count);
		copy[i].runbook = copy_or_null(build, from->runbook);
	}
	return copy;
}

/* --- rows ------------------------------------------------------------------------------------ */

static unsigned marks_of(const struct service_node *node)
{
	return (node->flapping ? MARK_FLAPPING : 0u) | (node->acked_by != NULL ? MARK_ACKED : 0u) |
	       (node->muted ? MARK_MUTED : 0u) |
	       (node->silenced_until.ns != 0 ? MARK_SILENCED : 0u) | (node->stale ? MARK_STALE : 0u) |
	       (node->maintenance ? MARK_MAINTENANCE : 0u);
}

/* The state's age by the best evidence: what we saw, or what a cited log line tells of before. */
static void build_since(const struct service_node *node, struct service_row *row)
{
	const struct service_trouble *trouble = service_trouble(node);
	bool better = node->since_at_least && trouble->since_evidence != NULL &&
		      trouble->since_evidence_at.ns < node->since.ns;

	row->since = better ? trouble->since_evidence_at : node->since;
	row->since_at_least = node->since_at_least && !better;
}

static void measure(const struct engine *engine, struct service_node *node)
{
	struct service_measures *measures = &node->measures;
	struct strip strip = node->strip;

	measures->latency_ns = measures->p95_ns = -1;
	for (size_t i = 0; i < node->check_count; i++) {
		const struct check_node *check = node->checks[i];
		int64_t median = check->answered ? series_median(&check->series) : -1;

		if (median > measures->latency_ns)
			measures->latency_ns = median;
		if (check->p95_ns > measures->p95_ns)
			measures->p95_ns = check->p95_ns;
	}
	service_fill_strip(engine, node, &strip);
	memcpy(measures->history, strip.cells, sizeof(measures->history));
	node->measures_dirty = false;
}

static void build_details(struct build *build, const struct service_node *node,
			  struct service_row *row, struct check_row *checks)
{
	for (size_t i = 0; i < node->check_count; i++)
		build_check_details(build, node->checks[i], &checks[i]);
	row->diagnoses = copy_diagnoses(build, node);
	row->diagnosis_count = service_trouble(node)->diagnosis_count;
}

static void build_row(struct build *build, const struct service_node *node, struct service_row *row,
		      struct check_row *checks)
{
	bool details = build->request->detail_all || build->request->detail_service == node->id;

	*row = (struct service_row){
		.id = node->id,
		.service = node->service,
		.state = node->state,
		.last_state = node->last_state,
		.marks = marks_of(node),
		.checks_passing = node->standing.passing,
		.checks_total = (int)node->check_count,
		.latency_ns = node->measures.latency_ns,
		.p95_ns = node->measures.p95_ns,
		.why = copy_text(build, node->why),
	};
	memcpy(row->history, node->measures.history, sizeof(row->history));
	build_since(node, row);
	row->since_evidence =
		row->since.ns != node->since.ns
			? copy_or_null(build, service_trouble(node)->since_evidence)
			: NULL;
	if (node->caused_count > 0)
		row->caused_by = arena_memdup(build->arena, node->caused_by,
					      node->caused_count * sizeof(*node->caused_by));
	row->caused_count = node->caused_count;
	if (node->acked_by != NULL) {
		row->acked_by = copy_text(build, node->acked_by);
		row->ack_text = copy_text(build, node->ack_text);
	}
	for (size_t i = 0; i < node->check_count; i++)
		build_check(build, node->checks[i], &checks[i]);
	row->checks = checks;
	row->check_count = node->check_count;
	if (details)
		build_details(build, node, row, checks);
}

/* --- the whole ------------------------------------------------------------------------------- */

static void count_row(struct snapshot *snapshot, const struct service_node *node,
		      const struct service_row *row)
{
	snapshot_counts_add(&snapshot->counts, node->state, node->maintenance);
	if (!node->maintenance)
		snapshot->state = service_state_worse(node->state, snapshot->state);
	if (!service_is_incident(node))
		return;
	snapshot->incidents++;
	if (snapshot->incident_since.ns == 0 || row->since.ns < snapshot->incident_since.ns)
		snapshot->incident_since = row->since;
}

static void build_rows(struct build *build)
{
	const struct engine *engine = build->engine;
	struct snapshot *snapshot = build->snapshot;
	struct service_row *rows = arena_array(build->arena, engine->service_count, sizeof(*rows));
	struct check_row *checks = arena_array(build->arena, engine->check_count, sizeof(*checks));
	bool slot_ended = engine_time(engine) / engine->slot_ns != engine->shown_slot;

	snapshot->state = SERVICE_UP;
	for (size_t i = 0; i < engine->service_count; i++) {
		struct service_node *node = &engine->services[i];

		if (node->measures_dirty || slot_ended)
			measure(engine, node);
		build_row(build, node, &rows[i], checks);
		checks += node->check_count;
		count_row(snapshot, node, &rows[i]);
	}
	snapshot->rows = rows;
	snapshot->row_count = engine->service_count;
}

/* The newest first: of the open service and of the fleet itself, or of all where none is open. */
static void build_timeline(struct build *build)
{
	const struct engine *engine = build->engine;
	uint64_t open = build->request->detail_service;
	struct timeline_entry *entries =
		arena_array(build->arena, TIMELINE_SHOWN, sizeof(*entries));
	size_t count = 0;

	for (size_t i = 1; i <= engine->timeline_len && count < TIMELINE_SHOWN; i++) {
		const struct timeline_node *node =
			&engine->timeline[(engine->timeline_at + engine->timeline_cap - i) %
					  engine->timeline_cap];

		if (open != 0 && node->service_id != 0 && node->service_id != open)
			continue;
		entries[count++] = (struct timeline_entry){.at = node->at,
							   .service_id = node->service_id,
							   .check_id = node->check_id,
							   .kind = node->kind,
							   .text = copy_text(build, node->text)};
	}
	build->snapshot->timeline = entries;
	build->snapshot->timeline_count = count;
}

static void build_logs(struct build *build)
{
	const struct log_window *from = build->request->logs;
	struct log_window *logs = &build->snapshot->logs;
	struct log_line *lines;

	if (from == NULL)
		return;
	*logs = *from;
	lines = arena_array(build->arena, from->line_count, sizeof(*lines));
	for (size_t i = 0; i < from->line_count; i++) {
		lines[i] = from->lines[i];
		lines[i].text = arena_strndup(build->arena, lines[i].text, lines[i].len);
	}
	logs->lines = lines;
	logs->error = copy_or_null(build, from->error);
	logs->note = copy_or_null(build, from->note);
}

struct snapshot *engine_snapshot(struct engine *engine, const struct snapshot_request *request)
{
	struct snapshot *snapshot = xcalloc(1, sizeof(*snapshot));
	struct build build = {.engine = engine,
			      .request = request,
			      .snapshot = snapshot,
			      .arena = &snapshot->arena};

	snapshot->refs = 1;
	arena_init(&snapshot->arena);
	snapshot->fleet = fleet_ref(engine->fleet);
	snapshot->mono_now = request->mono;
	snapshot->wall_now = request->wall;
	snapshot->watched_since = engine->watched_since;
	snapshot->newest_sample = engine->newest_sample;
	snapshot->skipped_runs = request->skipped_runs;
	snapshot->offline = engine->offline;
	snapshot->banner = copy_or_null(&build, request->banner);
	if (engine->offline && request->banner == NULL)
		snapshot->banner = "this host is offline";
	build_rows(&build);
	build_timeline(&build);
	build_logs(&build);
	engine->dirty = false;
	engine->shown_slot = engine_time(engine) / engine->slot_ns;
	return snapshot;
}
