/* Diagnosis, kept with the service: a case is opened when a fact of an unwell service may have changed,
 * and closed at the end of the event that did it. What merely moves (latencies, ages) is no fact; the
 * digest over the facts says whether there is anything new to think about. */
#include "engine/state.h"

#include "base/digest.h"

#define MATCHES_MAX 12
#define MATCH_TEXT_MAX 1024
#define MATCH_BEFORE_NS (900 * NS_PER_S) /* a line this long before the edge may belong to it */
#define MATCH_OLDEST_NS (86400 * NS_PER_S)
/* Ages and latencies are no facts, but a rule may look at them: think again after this long. */
#define CASE_AGE_NS (60 * NS_PER_S)
/* A thousand services that fail together must not stop the loop: so many an event are thought about,
 * the others wait in line. */
#define CASES_AN_EVENT 8
#define CASES_A_TICK 64

static bool is_unwell(const struct engine *engine, const struct service_node *node)
{
	return node->state == SERVICE_DOWN || node->state == SERVICE_DEGRADED ||
	       (node->state == SERVICE_UNKNOWN && !engine->offline && !node->stale);
}

/* --- what is found out ----------------------------------------------------------------------- */

const struct service_trouble *service_trouble(const struct service_node *node)
{
	static const struct service_trouble none;

	return node->trouble != NULL ? node->trouble : &none;
}

struct service_trouble *service_trouble_begin(struct service_node *node)
{
	if (node->trouble == NULL)
		node->trouble = xcalloc(1, sizeof(*node->trouble));
	return node->trouble;
}

static void drop_matches(struct service_trouble *trouble)
{
	for (size_t i = 0; i < trouble->matches.len; i++)
		free((char *)(uintptr_t)trouble->matches.at[i].last.text);
	vec_release(&trouble->matches);
}

void service_trouble_free(struct service_trouble *trouble)
{
	if (trouble == NULL)
		return;
	drop_matches(trouble);
	arena_release(&trouble->causes);
	free(trouble);
}

static void forget_causes(struct service_node *node)
{
	struct service_trouble *trouble = node->trouble;

	if (trouble == NULL)
		return;
	arena_release(&trouble->causes);
	trouble->diagnoses = NULL;
	trouble->diagnosis_count = 0;
	trouble->case_digest = 0;
	trouble->diagnosed_at.ns = 0;
	trouble->since_evidence = NULL;
	trouble->since_evidence_at.ns = 0;
}

void service_open_case(struct engine *engine, struct service_node *node)
{
	if (node->case_open)
		return;
	node->case_open = true;
	vec_push(&engine->open_cases, node);
}

void service_facts_changed(struct engine *engine, struct service_node *node)
{
	if (is_unwell(engine, node))
		service_open_case(engine, node);
	else
		forget_causes(node);
	service_find_causes(engine, node);
}

void service_parent_changed(struct engine *engine, struct service_node *node)
{
	if (!is_unwell(engine, node))
		return;
	service_find_causes(engine, node);
	service_open_case(engine, node);
}

/* --- log matches ----------------------------------------------------------------------------- */

static struct seen_match *match_place(struct service_trouble *trouble,
				      const struct log_match *match)
{
	struct seen_match *oldest = NULL;

	for (size_t i = 0; i < trouble->matches.len; i++) {
		struct seen_match *seen = &trouble->matches.at[i];

		if (seen->pattern == match->pattern && seen->source == match->source)
			return seen;
		if (oldest == NULL || seen->last.time.ns < oldest->last.time.ns)
			oldest = seen;
	}
	if (trouble->matches.len < MATCHES_MAX) {
		oldest = vec_add(&trouble->matches);
		*oldest = (struct seen_match){0};
	}
	free((char *)(uintptr_t)oldest->last.text);
	*oldest = (struct seen_match){.pattern = match->pattern,
				      .source = match->source,
				      .first_time = match->time,
				      .first_number = match->number};
	return oldest;
}

static void cut_captures(struct pattern_match *captures, size_t len)
{
	for (size_t i = 0; i < captures->groups; i++) {
		struct span *span = &captures->group[i];

		if (span->start == SIZE_MAX)
			continue;
		if (span->start > len)
			*span = (struct span){SIZE_MAX, SIZE_MAX};
		else if (span->end > len)
			span->end = len;
	}
}

void engine_take_match(struct engine *engine, uint64_t service_id, const struct log_match *match)
{
	struct service_node *node = engine_service(engine, service_id);
	struct seen_match *seen;

	if (node == NULL)
		return;
	seen = match_place(service_trouble_begin(node), match);
	if (seen->count > 0 && match->time.ns < seen->first_time.ns && match->time.ns != 0) {
		seen->first_time = match->time;
		seen->first_number = match->number;
	}
	seen->count++;
	/* Lines of before may be scanned after newer ones; the newest stays the one that is cited. */
	if (seen->last.text != NULL && match->time.ns < seen->last.time.ns)
		return;
	free((char *)(uintptr_t)seen->last.text);
	seen->last = *match;
	if (seen->last.len > MATCH_TEXT_MAX)
		seen->last.len = MATCH_TEXT_MAX;
	seen->last.text = xstrndup(match->text, seen->last.len);
	cut_captures(&seen->last.captures, seen->last.len);
	service_facts_changed(engine, node);
}

static bool match_belongs(const struct engine *engine, const struct service_node *node,
			  const struct seen_match *seen)
{
	int64_t at = seen->last.time.ns;

	if (at == 0)
		return true;
	if (node->since_at_least)
		return at >= engine->wall.ns - MATCH_OLDEST_NS;
	return at >= node->since.ns - MATCH_BEFORE_NS;
}

/* --- the case -------------------------------------------------------------------------------- */

static const char *source_name(const struct service *service, uint64_t source)
{
	for (size_t i = 0; i < service->log_count; i++)
		if (service->logs[i].id == source)
			return service->logs[i].name;
	return "log";
}

static void fill_checks(struct case_file *file, const struct service_node *node,
			struct arena *arena)
{
	struct case_check *checks = arena_array(arena, node->check_count, sizeof(*checks));

	for (size_t i = 0; i < node->check_count; i++) {
		const struct check_node *check = node->checks[i];

		checks[i] = (struct case_check){
			.check = check->check,
			.state = (enum check_state)check->series.state,
			.failure = (enum failure)check->failure,
			.failed_phase = (enum phase)check->failed_phase,
			.message = kept_verdict_message(check->verdict),
			.values = check->values != NULL ? check->values->at : NULL,
			.value_count = check->values != NULL ? check->values->count : 0,
			.exchange = check->newest,
		};
	}
	file->checks = checks;
	file->check_count = node->check_count;
}

static void fill_logs(struct case_file *file, const struct engine *engine,
		      const struct service_node *node, struct arena *arena)
{
	const struct service_trouble *trouble = service_trouble(node);
	struct case_log *logs = arena_array(arena, trouble->matches.len, sizeof(*logs));

	for (size_t i = 0; i < trouble->matches.len; i++) {
		const struct seen_match *seen = &trouble->matches.at[i];

		if (match_belongs(engine, node, seen))
			logs[file->log_count++] =
				(struct case_log){.match = seen->last,
						  .source_name =
							  source_name(node->service, seen->source)};
	}
	file->logs = logs;
}

static const char *top_cause(const struct service_node *node)
{
	const struct service_trouble *trouble = service_trouble(node);

	return trouble->diagnosis_count > 0 ? trouble->diagnoses[0].id : NULL;
}

static void fill_dependencies(struct case_file *file, const struct service_node *node,
			      struct arena *arena)
{
	struct case_dependency *list = arena_array(arena, node->parent_count, sizeof(*list));

	for (size_t i = 0; i < node->parent_count; i++) {
		const struct service_node *parent = node->parents[i];

		list[i] = (struct case_dependency){
			.service = parent->service,
			.state = parent->state,
			.since = parent->since,
			.why = parent->why != NULL ? parent->why : "",
			.top_cause = top_cause(parent),
		};
	}
	file->dependencies = list;
	file->dependency_count = node->parent_count;
}

/* --- is it another case than before? --------------------------------------------------------- */

static void add_number(struct strbuf *facts, uint64_t number)
{
	strbuf_add(facts, &number, sizeof(number));
}

static void add_text(struct strbuf *facts, const char *text)
{
	add_number(facts, text != NULL ? digest_fast(text, strlen(text)) : 0);
}

static void add_value(struct strbuf *facts, const struct sample_value *value)
{
	if (value->value.type == VALUE_DURATION || value->subject == SUBJECT_SIZE)
		return;
	add_number(facts, (uint64_t)value->subject);
	add_text(facts, value->argument);
	switch (value->value.type) {
	case VALUE_NULL:
	case VALUE_DURATION:
		break;
	case VALUE_BOOL:
		add_number(facts, value->value.as.boolean);
		break;
	case VALUE_NUMBER:
		strbuf_add(facts, &value->value.as.number, sizeof(value->value.as.number));
		break;
	case VALUE_STRING:
		add_text(facts, value->value.as.string.bytes);
		break;
	case VALUE_LIST:
		for (size_t i = 0; i < value->value.as.list.len; i++)
			add_text(facts, value->value.as.list.items[i]);
		break;
	}
}

static uint64_t case_digest(const struct case_file *file)
{
	struct strbuf facts;
	uint64_t digest;

	strbuf_init(&facts, 1u << 20);
	add_number(&facts, (uint64_t)file->state);
	add_number(&facts, (uint64_t)file->since.ns);
	for (size_t i = 0; i < file->check_count; i++) {
		const struct case_check *check = &file->checks[i];

		add_number(&facts, check->check->id);
		add_number(&facts, (uint64_t)check->state << 32 | (uint64_t)check->failure << 8 |
					   (uint64_t)check->failed_phase);
		for (size_t k = 0; k < check->value_count; k++)
			add_value(&facts, &check->values[k]);
		if (check->exchange != NULL && check->exchange->body != NULL)
			add_number(&facts,
				   digest_fast(check->exchange->body, check->exchange->body_len));
	}
	for (size_t i = 0; i < file->log_count; i++) {
		add_number(&facts, file->logs[i].match.pattern);
		add_number(&facts, file->logs[i].match.source);
		add_number(&facts, file->logs[i].match.number);
	}
	for (size_t i = 0; i < file->dependency_count; i++) {
		add_number(&facts, file->dependencies[i].service->id);
		add_number(&facts, (uint64_t)file->dependencies[i].state);
		add_number(&facts, (uint64_t)file->dependencies[i].since.ns);
		add_text(&facts, file->dependencies[i].top_cause);
	}
	digest = digest_fast(facts.data, facts.len) | 1; /* 0 says "none yet" */
	strbuf_release(&facts);
	return digest;
}

/* --- closing --------------------------------------------------------------------------------- */

/* Since when the line that is cited has been seen. Several patterns may have hit it, and a broad one
 * has hit harmless lines long before: the one that was seen last for the first time means this. */
static struct wall_time first_seen(const struct service_trouble *trouble,
				   const struct evidence *evidence)
{
	struct wall_time first = {0};

	for (size_t i = 0; i < trouble->matches.len; i++) {
		const struct seen_match *seen = &trouble->matches.at[i];

		if (seen->source == evidence->log_source &&
		    seen->last.number == evidence->log_line && seen->first_time.ns > first.ns)
			first = seen->first_time;
	}
	return first;
}

/* How long the best diagnosis's log lines say that it has been so. */
static void find_since_evidence(struct service_trouble *trouble, struct wall_time since)
{
	const struct diagnosis *best =
		trouble->diagnosis_count > 0 ? &trouble->diagnoses[0] : NULL;

	trouble->since_evidence = NULL;
	trouble->since_evidence_at.ns = 0;
	for (size_t i = 0; best != NULL && i < best->evidence_count; i++) {
		const struct evidence *evidence = &best->evidence[i];
		struct wall_time first;

		if (evidence->kind != EVIDENCE_LOG || evidence->weight <= 0)
			continue;
		first = first_seen(trouble, evidence);
		if (first.ns == 0 || since.ns - first.ns > MATCH_OLDEST_NS)
			continue;
		if (trouble->since_evidence == NULL || first.ns < trouble->since_evidence_at.ns) {
			trouble->since_evidence = evidence->source;
			trouble->since_evidence_at = first;
		}
	}
}

static void diagnose_service(struct engine *engine, struct service_node *node)
{
	struct service_trouble *trouble = service_trouble_begin(node);
	struct case_file file = {.service = node->service,
				 .state = node->state,
				 .now = engine->wall,
				 .since = node->since};
	struct arena scratch;
	uint64_t digest;

	arena_init(&scratch);
	fill_checks(&file, node, &scratch);
	fill_logs(&file, engine, node, &scratch);
	fill_dependencies(&file, node, &scratch);
	digest = case_digest(&file);
	if (digest != trouble->case_digest ||
	    engine->wall.ns - trouble->diagnosed_at.ns >= CASE_AGE_NS) {
		forget_causes(node);
		trouble->case_digest = digest;
		trouble->diagnosed_at = engine->wall;
		trouble->diagnosis_count =
			diagnose(engine->rules, &file, &trouble->causes, &trouble->diagnoses);
		find_since_evidence(trouble, node->since);
		engine->dirty = true;
	}
	arena_release(&scratch);
}

static void settle_case(struct engine *engine, struct service_node *node)
{
	char *before = NULL;
	const char *after;

	node->case_open = false;
	if (!is_unwell(engine, node))
		return;
	if (engine->rules != NULL) {
		if (top_cause(node) != NULL)
			before = xstrdup(top_cause(node));
		diagnose_service(engine, node);
	}
	service_find_causes(engine, node);
	after = top_cause(node);
	if ((before == NULL) != (after == NULL) || (before != NULL && strcmp(before, after) != 0))
		for (size_t i = 0; i < node->child_count; i++)
			service_parent_changed(engine, node->children[i]);
	free(before);
}

void engine_settle_cases(struct engine *engine, enum event_kind kind)
{
	size_t most = kind == EVENT_TICK ? CASES_A_TICK : CASES_AN_EVENT;

	if (engine->options.keeps_answers)
		most = SIZE_MAX; /* nobody waits for a key, and all is wanted at the end */
	for (; most > 0 && engine->next_case < engine->open_cases.len; most--)
		settle_case(engine, engine->open_cases.at[engine->next_case++]);
	if (engine->next_case == engine->open_cases.len)
		engine->next_case = engine->open_cases.len = 0;
}

void engine_set_rules(struct engine *engine, struct ruleset *rules)
{
	struct ruleset *old = engine->rules;

	engine->rules = rules != NULL ? ruleset_ref(rules) : NULL;
	ruleset_unref(old);
	/* Numbers of patterns are another set's now. */
	for (size_t i = 0; i < engine->service_count; i++) {
		struct service_node *node = &engine->services[i];

		if (node->trouble != NULL)
			drop_matches(node->trouble);
		forget_causes(node);
		service_facts_changed(engine, node);
	}
	engine_settle_cases(engine, EVENT_TICK);
	engine->dirty = true;
}
