/* An answer enters the fleet: judged, counted, kept as evidence, and only then allowed to change a
 * state. What came while this host could not be trusted is shown and counts for nothing. */
#include "engine/state.h"

static void tell_check_edge(struct engine *engine, struct check_node *node, enum check_state from)
{
	enum check_state to = (enum check_state)node->series.state;
	const char *why = kept_verdict_message(node->verdict);
	uint64_t service_id = node->service != NULL ? node->service->id : 0;
	struct strbuf text;

	node->since = node->observed_at.ns != 0 ? node->observed_at : engine->wall;
	engine_emit(engine, &(struct event){.kind = EVENT_EDGE,
					    .mono = engine->mono,
					    .wall = node->since,
					    .service_id = service_id,
					    .as.edge = {.check_id = node->id,
							.from = (int)from,
							.to = (int)to,
							.why = why}});
	if (from == CHECK_PENDING && to == CHECK_PASS)
		return;
	strbuf_init(&text, LIMIT_MESSAGE);
	strbuf_addf(&text, "%s: %s%s%s", node->check->name, check_state_name(to),
		    why[0] != '\0' ? ": " : "", why);
	engine_log(engine, EVENT_EDGE, service_id, node->id, node->since, text.data);
	strbuf_release(&text);
}

static void replace_exchange(struct exchange **place, struct exchange *exchange)
{
	exchange_ref(exchange);
	exchange_unref(*place);
	*place = exchange;
}

static void keep_evidence(struct check_node *node, const struct sample *sample,
			  const struct verdict *verdict)
{
	if (sample->exchange != NULL)
		replace_exchange(&node->newest, sample->exchange);
	if (verdict->state == CHECK_PASS) {
		replace_exchange(&node->last_success, sample->exchange);
		node->last_success_at = sample->observed_at;
		return;
	}
	if (verdict->state == CHECK_UNKNOWN)
		return;
	replace_exchange(&node->last_failure, sample->exchange);
	node->last_failure_at = sample->observed_at;
	if (node->last_failure_message == NULL ||
	    strcmp(node->last_failure_message, verdict->message) != 0) {
		free(node->last_failure_message);
		node->last_failure_message = xstrdup(verdict->message);
	}
}

/* What was measured, whatever it was judged to be. */
static void keep_measures(struct engine *engine, struct check_node *node,
			  const struct sample *sample)
{
	node->observed_at = sample->observed_at.ns != 0 ? sample->observed_at : engine->wall;
	node->answered_ns = engine_time(engine);
	node->stale = false;
	node->failure = (uint8_t)sample->failure;
	node->failed_phase = (uint8_t)sample->failed_phase;
	node->phases = sample->phases;
	node->last_latency_ns = sample->latency_ns;
	node->answered = sample->failure == FAILURE_NONE && sample->latency_ns >= 0;
	kept_values_set(&node->values, sample->values, sample->value_count);
	if (node->observed_at.ns > engine->newest_sample.ns)
		engine->newest_sample = node->observed_at;
}

/* After the strip has been told, so that a height is against what was usual before. */
static void keep_latency(struct engine *engine, struct check_node *node)
{
	if (!node->answered)
		return;
	series_add_latency(&node->series, node->last_latency_ns);
	window_add(&node->window, engine_time(engine), node->last_latency_ns);
	node->p95_ns = window_p95(&node->window, engine_time(engine));
}

/* Whether a result may move a state. A run that began before this machine slept says nothing, and
 * neither does a failure while the observers fail too. */
static bool result_counts(const struct engine *engine, const struct check_node *node,
			  const struct sample *sample, enum check_state result)
{
	if (sample->failure == FAILURE_SUSPENDED)
		return false;
	return !(result == CHECK_FAIL && node->service != NULL && observer_doubts(engine));
}

static void feed(struct engine *engine, struct check_node *node, enum check_state result)
{
	enum check_state from = (enum check_state)node->series.state;

	/* One round has no time for `rise`: an answer that is good after a repeat is the answer. */
	if (series_feed(&node->series, result, node->check->fall,
			engine->options.keeps_answers ? 1 : node->check->rise))
		tell_check_edge(engine, node, from);
}

static void take(struct engine *engine, struct check_node *node, const struct sample *sample)
{
	struct arena arena;
	struct verdict verdict;
	bool counts;

	arena_init(&arena);
	judge_sample(node->check, engine->fleet->redactor, sample, &node->memo, &arena, &verdict);
	keep_measures(engine, node, sample);
	check_keep_verdict(node, &verdict);
	keep_evidence(node, sample, &verdict);
	counts = result_counts(engine, node, sample, verdict.state);
	if (counts)
		feed(engine, node, verdict.state);
	else
		node->series.last = CHECK_UNKNOWN;
	if (node->service != NULL) {
		service_put_answer(engine, node, counts ? verdict.state : CHECK_UNKNOWN);
		keep_latency(engine, node);
		service_settle(engine, node->service, node->observed_at);
	}
	arena_release(&arena);
}

void engine_take_sample(struct engine *engine, const struct sample *sample)
{
	struct check_node *node = idmap_get(engine->by_check, sample->check_id);
	struct sample slept;

	if (node == NULL)
		return; /* its check was in an older fleet */
	if (sample->failure != FAILURE_NONE &&
	    sample->delivered_at.ns - (sample->latency_ns > 0 ? sample->latency_ns : 0) <
		    engine->awake_since.ns) {
		slept = *sample;
		slept.failure = FAILURE_SUSPENDED;
		slept.message = failure_words(FAILURE_SUSPENDED);
		sample = &slept;
	}
	if (node->service != NULL)
		observer_note(engine, node, sample);
	take(engine, node, sample);
	observer_settle(engine);
}

void engine_take_config_error(struct engine *engine, struct check_node *node, const char *error)
{
	struct sample sample = {.check_id = node->id,
				.observed_at = engine->wall,
				.delivered_at = engine->mono,
				.failure = FAILURE_CONFIG,
				.failed_phase = PHASE_NONE,
				.latency_ns = -1,
				.phases = phases_unmeasured(),
				.message = error};

	take(engine, node, &sample);
}
