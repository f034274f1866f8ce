/* A service's state from its checks, and every way in which it changes: an answer, time, the observer.
 * There is one door, service_settle(): a state never changes without an edge going out. */
#include "engine/state.h"

#include "base/units.h"
#include "base/utf8.h"

#define STANDINGS_INLINE 16

/* --- time alone ------------------------------------------------------------------------------ */

/* How long the newest answer is good for. */
static int64_t stale_after(const struct engine *engine, const struct check_node *node)
{
	const struct check *check = node->check;
	int64_t answered = engine->wall.ns - (engine_time(engine) - node->answered_ns);
	int64_t two_ns = check->cron != NULL
				 ? cron_two_ns(check->cron, (struct wall_time){answered})
				 : 2 * check->interval_ns;

	return two_ns + check->timeout_ns;
}

/* Whether `at` lies in a window, and when that changes next (INT64_MAX never). */
static bool in_maintenance(const struct service *service, struct wall_time at, int64_t *change_ns)
{
	bool in = false;

	*change_ns = INT64_MAX;
	for (size_t i = 0; i < service->maintenance_count; i++) {
		int64_t next;

		in |= maintenance_open(&service->maintenance[i], at, &next);
		*change_ns = next < *change_ns ? next : *change_ns;
	}
	return in;
}

/* Marks what grew stale and finds when the next thing will. */
static void watch_time(struct engine *engine, struct service_node *node)
{
	int64_t now = engine_time(engine);
	int64_t change;

	node->deadline_ns = INT64_MAX;
	for (size_t i = 0; i < node->check_count; i++) {
		struct check_node *check = node->checks[i];
		int64_t due = check->answered_ns + stale_after(engine, check);

		if (check->observed_at.ns == 0 || engine->options.keeps_answers)
			continue;
		check->stale = now > due;
		if (!check->stale && due + 1 < node->deadline_ns)
			node->deadline_ns = due + 1;
	}
	if (node->silenced_until.ns != 0 && node->silenced_until.ns <= engine->wall.ns) {
		node->silenced_until.ns = 0;
		engine_log(engine, EVENT_SILENCE, node->id, 0, engine->wall,
			   "alertmanager's silence has ended");
	}
	change = node->silenced_until.ns - engine->wall.ns;
	if (node->silenced_until.ns != 0 && now + change < node->deadline_ns)
		node->deadline_ns = now + change;
	node->maintenance = in_maintenance(node->service, engine->wall, &change);
	if (change != INT64_MAX && now + change < node->deadline_ns)
		node->deadline_ns = now + change;
}

/* --- the strip ------------------------------------------------------------------------------- */

/* What a slot without an answer of its own shows. */
static enum history_cell fill_of(const struct service_node *node, const struct strip *strip)
{
	enum history_cell newest = (enum history_cell)strip->cells[HISTORY_CELLS - 1];

	switch (node->state) {
	case SERVICE_DOWN:
		return HISTORY_FAIL;
	case SERVICE_DEGRADED:
		return HISTORY_DEGRADED;
	case SERVICE_UNKNOWN:
		return HISTORY_UNKNOWN;
	case SERVICE_UP:
		return newest >= HISTORY_LEVEL1 && newest <= HISTORY_LEVEL4 ? newest
									    : HISTORY_LEVEL1;
	case SERVICE_PENDING:
	case SERVICE_STATE_COUNT:
		break;
	}
	return HISTORY_NONE;
}

void service_fill_strip(const struct engine *engine, const struct service_node *node,
			struct strip *strip)
{
	strip_advance(strip, engine_time(engine) / engine->slot_ns, fill_of(node, strip));
}

void service_put_answer(struct engine *engine, struct check_node *check, enum check_state result)
{
	struct service_node *node = check->service;
	enum history_cell cell = HISTORY_UNKNOWN;

	service_fill_strip(engine, node, &node->strip);
	switch (result) {
	case CHECK_PASS:
		cell = strip_level(check->answered ? check->last_latency_ns : 0, check->p95_ns);
		break;
	case CHECK_WARN:
		cell = HISTORY_DEGRADED;
		break;
	case CHECK_FAIL:
		cell = check->check->severity == SEVERITY_DOWN ? HISTORY_FAIL : HISTORY_DEGRADED;
		break;
	case CHECK_UNKNOWN:
	case CHECK_PENDING:
		break;
	}
	strip_put(&node->strip, cell);
}

static void put_state(struct engine *engine, struct service_node *node)
{
	service_fill_strip(engine, node, &node->strip);
	if (node->state == SERVICE_DOWN || node->state == SERVICE_DEGRADED ||
	    node->state == SERVICE_UNKNOWN)
		strip_put(&node->strip, fill_of(node, &node->strip));
}

/* --- why ------------------------------------------------------------------------------------- */

static void say_check(const struct engine *engine, const struct check_node *check,
		      struct strbuf *why)
{
	const char *message = kept_verdict_message(check->verdict);

	if (check->stale) {
		strbuf_adds(why, "no answer for more than ");
		duration_format(why, stale_after(engine, check));
	} else if (check->series.state == CHECK_PASS) {
		strbuf_addf(why, "%d of the last %d runs failed",
			    series_recent_fails(&check->series), SERIES_RECENT);
	} else if (message[0] != '\0' && check->series.last != CHECK_PASS) {
		strbuf_adds(why, message);
	} else if (check->last_failure_message != NULL) {
		/* It passes again, but not often enough yet. */
		strbuf_adds(why, check->last_failure_message);
	} else {
		strbuf_addf(why, "%s: %s", check->check->name,
			    check_state_name((enum check_state)check->series.state));
	}
}

/* What has an answer, be it one that did not count, is UNKNOWN while this host is offline; what has none stays
 * PENDING. */
static bool hidden_by_offline(const struct engine *engine, const struct service_node *node)
{
	bool answered = node->standing.state != SERVICE_PENDING;

	for (size_t i = 0; engine->offline && !answered && i < node->check_count; i++)
		answered = node->checks[i]->observed_at.ns != 0;
	return engine->offline && answered;
}

static void say_why(const struct engine *engine, const struct service_node *node,
		    struct strbuf *why)
{
	const struct service_standing *standing = &node->standing;

	if (node->service->error != NULL) {
		strbuf_adds(why, node->service->error);
		return;
	}
	if (hidden_by_offline(engine, node)) {
		strbuf_adds(why, "this host is offline");
		return;
	}
	if (node->state == SERVICE_UP || node->state == SERVICE_PENDING)
		return;
	if (node->state != standing->state) {
		strbuf_adds(why, "a check was changed and has no answer yet");
		return;
	}
	if (standing->decides == node->check_count)
		return;
	if (standing->instances_total > 0 && standing->instances_well < standing->instances_total) {
		strbuf_addf(why, "%d of %d instances %s well", standing->instances_well,
			    standing->instances_total,
			    standing->instances_well == 1 ? "is" : "are");
		if (standing->instances_wanted < standing->instances_total)
			strbuf_addf(why, ", %d wanted", standing->instances_wanted);
		strbuf_adds(why, ": ");
	}
	say_check(engine, node->checks[standing->decides], why);
	if (standing->others > 0)
		strbuf_addf(why, " (+%zu more)", standing->others);
}

static void set_why(const struct engine *engine, struct service_node *node)
{
	struct strbuf why;

	strbuf_init(&why, LIMIT_MESSAGE);
	say_why(engine, node, &why);
	strbuf_cut(&why, utf8_valid_len(why.data, why.len));
	if (strcmp(why.data, node->why != NULL ? node->why : "") != 0) {
		free(node->why);
		node->why = why.len != 0 ? xstrdup(why.data) : NULL;
	}
	strbuf_release(&why);
}

/* --- the one door ---------------------------------------------------------------------------- */

/* True where every check has an answer. */
static bool judge_standing(struct service_node *node)
{
	struct check_standing inline_standings[STANDINGS_INLINE] = {{0}};
	struct check_standing *standings = inline_standings;
	bool answered = true;

	if (node->check_count > STANDINGS_INLINE)
		standings = xcalloc(node->check_count, sizeof(*standings));
	node->flapping = false;
	for (size_t i = 0; i < node->check_count; i++) {
		const struct check_node *check = node->checks[i];

		standings[i] = (struct check_standing){
			.check = check->check,
			.state = (enum check_state)check->series.state,
			.stale = check->stale,
			.recent_fails = series_recent_fails(&check->series),
		};
		node->flapping |= check->series.flapping;
		answered = answered && check->series.state != CHECK_PENDING;
	}
	node->complete = node->complete || answered;
	service_judge(node->service, standings, node->check_count, node->complete, &node->standing);
	if (standings != inline_standings)
		free(standings);
	return answered;
}

static void forget_ack(struct service_node *node)
{
	free(node->acked_by);
	free(node->ack_text);
	node->acked_by = node->ack_text = NULL;
}

static void tell_edge(struct engine *engine, struct service_node *node, enum service_state from,
		      struct wall_time at)
{
	const char *why = node->why != NULL ? node->why : "";
	struct strbuf text;

	engine_emit(engine, &(struct event){.kind = EVENT_EDGE,
					    .mono = engine->mono,
					    .wall = at,
					    .service_id = node->id,
					    .as.edge = {.from = (int)from,
							.to = (int)node->state,
							.why = why}});
	if (engine->quiet || (from == SERVICE_PENDING && node->state == SERVICE_UP))
		return;
	strbuf_init(&text, LIMIT_MESSAGE);
	strbuf_addf(&text, "%s%s%s", service_state_name(node->state), why[0] != '\0' ? ": " : "",
		    why);
	engine_log(engine, EVENT_EDGE, node->id, 0, at, text.data);
	strbuf_release(&text);
}

static void change_state(struct engine *engine, struct service_node *node, enum service_state state,
			 struct wall_time at)
{
	enum service_state from = node->state;

	node->since_at_least = !node->known;
	node->since = at;
	node->state = state;
	node->known = node->known || state != SERVICE_PENDING;
	if (state == SERVICE_UP)
		forget_ack(node);
	set_why(engine, node);
	tell_edge(engine, node, from, at);
	for (size_t i = 0; i < node->child_count; i++)
		service_parent_changed(engine, node->children[i]);
}

void service_settle(struct engine *engine, struct service_node *node, struct wall_time at)
{
	enum service_state state;
	bool answered, stale;

	watch_time(engine, node);
	if (node->deadline_ns < engine->deadline_ns)
		engine->deadline_ns = node->deadline_ns;
	answered = judge_standing(node);
	state = node->standing.state;
	stale = node->standing.decides < node->check_count &&
		node->checks[node->standing.decides]->stale && state == SERVICE_UNKNOWN;
	if (node->service->error != NULL)
		state = SERVICE_UNKNOWN;
	else if (hidden_by_offline(engine, node))
		state = SERVICE_UNKNOWN;
	else if (!answered) /* a question that was changed proves no recovery before its answer */
		state = service_state_worse(state, node->last_state);
	node->stale = stale;
	if (!stale && !hidden_by_offline(engine, node))
		node->last_state = state;
	if (state != node->state)
		change_state(engine, node, state, at);
	else
		set_why(engine, node);
	put_state(engine, node);
	node->measures_dirty = true;
	engine->dirty = true;
	service_facts_changed(engine, node);
}

void engine_settle_all(struct engine *engine)
{
	for (size_t i = 0; i < engine->service_count; i++)
		service_settle(engine, &engine->services[i], engine->wall);
}

void engine_pass_time(struct engine *engine)
{
	int64_t now = engine_time(engine);

	if (now < engine->deadline_ns)
		return;
	engine->deadline_ns = INT64_MAX;
	for (size_t i = 0; i < engine->service_count; i++) {
		struct service_node *node = &engine->services[i];

		if (node->deadline_ns <= now)
			service_settle(engine, node, engine->wall);
		if (node->deadline_ns < engine->deadline_ns)
			engine->deadline_ns = node->deadline_ns;
	}
}
