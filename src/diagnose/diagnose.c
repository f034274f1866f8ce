/* The ranking, and what a person gets to see of a judgement: sentences with the captures filled
 * in, quoted evidence, steps. Invariants: the same case gives the same diagnoses in the same
 * order (confidence, then the rules' order); a symptom that a surer cause explains stands behind
 * it; all of the result lives in the caller's arena. */
#include "diagnose/diagnose.h"
#include "base/socket_url.h"
#include "base/utf8.h"
#include "diagnose/evaluate.h"

/* Below this a cause is not worth a line. */
#define CONFIDENCE_SHOWN 0.15
/* Beside a cause as sure as the first of these, others need the second. */
#define CONFIDENCE_CLEAR 0.8
#define CONFIDENCE_BESIDE 0.3
/* A symptom of a sure cause keeps this much less for each bit of the cause's confidence. */
#define SYMPTOM_LOSS 0.5
#define EVIDENCE_MAX 8
#define EVIDENCE_TEXT 400 /* bytes of one quoted line */
#define HARMLESS_CONFIDENCE 0.7
#define VERIFY_MAX 8
#define SENTENCE_MAX 2000

struct work {
	const struct ruleset *rules;
	const struct case_file *file;
	struct arena *arena;   /* the result's */
	struct arena *scratch; /* ends with the call */
	struct facts facts;
	struct hits hits;
	struct judgement *judgements;
	size_t count;
};

static int compare_judgements(const void *left, const void *right)
{
	const struct judgement *a = left, *b = right;

	if (a->confidence != b->confidence)
		return a->confidence < b->confidence ? 1 : -1;
	if (a->finding_count != b->finding_count)
		return a->finding_count < b->finding_count ? 1 : -1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static void judge_all(struct work *work)
{
	work->judgements =
		arena_array(work->scratch, work->rules->rules.len + 1, sizeof(*work->judgements));
	for (size_t i = 0; i < work->rules->rules.len; i++) {
		struct judgement *judgement = &work->judgements[work->count];

		if (work->rules->rules.at[i].replaced)
			continue;
		rule_judge(&work->rules->rules.at[i], &work->facts, &work->hits, judgement);
		judgement->order = i;
		work->count += judgement->confidence >= CONFIDENCE_SHOWN;
	}
}

/* Sure causes push their symptoms behind themselves. */
static void put_causes_first(struct work *work)
{
	for (size_t i = 0; i < work->count; i++) {
		const struct judgement *cause = &work->judgements[i];

		if (cause->confidence < DIAGNOSIS_SURE)
			continue;
		for (size_t k = 0; k < cause->rule->outranks_count; k++) {
			for (size_t j = 0; j < work->count; j++) {
				struct judgement *symptom = &work->judgements[j];

				if (j == i ||
				    strcmp(symptom->rule->id, cause->rule->outranks[k]) != 0)
					continue;
				symptom->confidence *= 1 - SYMPTOM_LOSS * cause->confidence;
				if (symptom->confidence >= cause->confidence)
					symptom->confidence = cause->confidence * 0.99;
			}
		}
	}
	qsort(work->judgements, work->count, sizeof(*work->judgements), compare_judgements);
}

static const char *fill(struct work *work, const char *text, const struct bindings *bindings,
			bool argument)
{
	struct strbuf out;
	const char *result;

	strbuf_init(&out, SENTENCE_MAX);
	if (argument)
		template_fill_argument(&out, text, bindings);
	else
		template_fill(&out, text, bindings);
	result = arena_strndup(work->arena, out.data, out.len);
	strbuf_release(&out);
	return result;
}

static void bind_captures(struct work *work, const struct hit *hit, struct bindings *bindings)
{
	const struct pattern *pattern = work->rules->patterns.at[hit->pattern].compiled;

	for (size_t group = 1; group < hit->captures->groups && group < PATTERN_GROUPS; group++) {
		const char *name = pattern_group_name(pattern, group);
		struct span span = hit->captures->group[group];
		struct binding binding;

		if (name == NULL || span.start == SIZE_MAX || span.end > hit->len ||
		    span.end <= span.start)
			continue;
		binding.name = name;
		binding.value =
			arena_strndup(work->scratch, hit->text + span.start, span.end - span.start);
		vec_push(&bindings->list, binding);
	}
}

/* A check of the type that the evidence says it is about. Who is asked by a check of another type is not
 * where that program listens. */
static size_t scope_about(const struct work *work, const char *about)
{
	for (size_t i = 0; i < work->facts.list.len; i++) {
		const struct fact *fact = &work->facts.list.at[i];

		if (fact->id == FACT_CHECK_TYPE && strcmp(fact->value.as.string.bytes, about) == 0)
			return fact->scope;
	}
	return SCOPE_NOWHERE;
}

static void bind_findings(struct work *work, const struct judgement *judgement,
			  struct bindings *bindings)
{
	*bindings = (struct bindings){.facts = &work->facts};
	for (size_t i = 0; i < judgement->finding_count; i++) {
		const struct finding *finding = &judgement->findings[i];

		if (finding->list == CLUES_AGAINST)
			continue;
		for (size_t part = 0; part < finding->parts; part++) {
			const struct fact *fact = finding->facts[part];

			if (finding->hits[part] != NULL)
				bind_captures(work, finding->hits[part], bindings);
			if (fact != NULL && bindings->scope[fact_info(fact->id)->scope] == 0)
				bindings->scope[fact_info(fact->id)->scope] = fact->scope;
		}
		if (finding->clue->about != NULL && bindings->scope[FACT_OF_CHECK] == 0)
			bindings->scope[FACT_OF_CHECK] = scope_about(work, finding->clue->about);
	}
}

/* Conditions that only say where a rule applies are not evidence that a person needs to see. */
static bool worth_quoting(const struct fact *fact)
{
	if (fact->id == FACT_VANTAGE || fact->id == FACT_CHECK_TYPE)
		return false;
	if (fact->value.type == VALUE_BOOL)
		return fact->value.as.boolean;
	return fact->value.type != VALUE_NULL || fact->argument != NULL;
}

static void quote_fact(struct work *work, const struct fact *fact, struct evidence *evidence)
{
	const struct scope *scope =
		&work->facts.scopes.at[fact->cited != 0 ? fact->cited : fact->scope];
	const struct fact_info *info = fact_info(fact->id);
	struct strbuf text;

	strbuf_init(&text, EVIDENCE_TEXT);
	strbuf_adds(&text, info->label);
	if (fact->argument != NULL)
		strbuf_addf(&text, " %s", fact->argument);
	if (fact->value.type != VALUE_BOOL)
		strbuf_addc(&text, ' ');
	if (fact->value.type == VALUE_NULL)
		strbuf_adds(&text, "absent");
	else if (fact->value.type == VALUE_STRING)
		strbuf_adds(&text, fact->value.as.string.bytes);
	else if (fact->value.type != VALUE_BOOL)
		value_format(&text, &fact->value);
	evidence->kind = scope->evidence;
	evidence->source = arena_strdup(work->arena, scope->source);
	evidence->check_id = scope->check_id;
	evidence->service_id = scope->service_id;
	evidence->at = scope->at;
	if (fact->id >= FACT_ROUTE_ELSEWHERE && fact->id <= FACT_ROUTE_GONE &&
	    work->file->service != NULL)
		evidence->source = "openapi";
	evidence->text = arena_strndup(work->arena, text.data,
				       utf8_clip(text.data, text.len, EVIDENCE_TEXT, NULL));
	strbuf_release(&text);
}

static void quote_hit(struct work *work, const struct hit *hit, struct evidence *evidence)
{
	evidence->text = arena_strndup(work->arena, hit->text,
				       utf8_clip(hit->text, hit->len, EVIDENCE_TEXT, NULL));
	if (hit->log == NULL) {
		const struct scope *scope = &work->facts.scopes.at[hit->scope];

		evidence->kind = scope->evidence;
		evidence->source = arena_strdup(work->arena, scope->source);
		evidence->check_id = scope->check_id;
		evidence->at = scope->at;
		return;
	}
	evidence->kind = EVIDENCE_LOG;
	evidence->source = arena_printf(work->arena, "log %s", hit->log->source_name);
	evidence->log_source = hit->log->match.source;
	evidence->log_line = hit->log->match.number;
	evidence->at = hit->log->match.time;
}

static void quote_finding(struct work *work, const struct finding *finding,
			  struct diagnosis *diagnosis, struct evidence *list)
{
	for (size_t part = 0; part < finding->parts && diagnosis->evidence_count < EVIDENCE_MAX;
	     part++) {
		struct evidence evidence = {.weight = finding->weight};
		const char *why =
			finding->clue->kind == CLUE_ALL && finding->clue->parts[part].why != NULL
				? finding->clue->parts[part].why
				: finding->clue->why;

		if (finding->hits[part] == NULL && !worth_quoting(finding->facts[part]))
			continue;
		if (finding->list == CLUES_AGAINST)
			evidence.weight = -finding->weight;
		if (finding->hits[part] != NULL)
			quote_hit(work, finding->hits[part], &evidence);
		else
			quote_fact(work, finding->facts[part], &evidence);
		for (size_t i = 0; i < diagnosis->evidence_count; i++) {
			if (strcmp(list[i].text, evidence.text) == 0 &&
			    strcmp(list[i].source, evidence.source) == 0)
				goto known;
		}
		if (why != NULL && part + 1 == finding->parts)
			evidence.text = arena_printf(work->arena, "%s (%s)", evidence.text, why);
		if (finding->hits[part] != NULL && finding->hits[part]->why != NULL)
			evidence.text = arena_printf(work->arena, "%s (%s)", evidence.text,
						     finding->hits[part]->why);
		list[diagnosis->evidence_count++] = evidence;
	known:;
	}
}

static int compare_findings(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;
	bool against_a = a->list == CLUES_AGAINST, against_b = b->list == CLUES_AGAINST;

	if (against_a != against_b)
		return against_a - against_b;
	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	return a->clue < b->clue ? -1 : a->clue > b->clue;
}

static bool holds_for(const struct condition *when, const char *word)
{
	struct value value = value_string(word);

	return condition_holds(when, &value);
}

/* The type of the check that a finding rests on; NULL where it rests on none. */
static const char *finding_type(const struct work *work, const struct finding *finding)
{
	for (size_t part = 0; part < finding->parts; part++) {
		const struct fact *fact = finding->facts[part];
		const struct hit *hit = finding->hits[part];
		size_t scope = 0;

		if (fact != NULL)
			scope = fact->scope;
		else if (hit != NULL && hit->log == NULL)
			scope = hit->scope;
		fact = scope != 0 ? facts_get(&work->facts, FACT_CHECK_TYPE, scope) : NULL;
		if (fact != NULL)
			return fact->value.as.string.bytes;
	}
	return NULL;
}

/* What the evidence says that it is about, or the check that it rests on; where neither says a
 * thing, what the service's checks ask. */
static bool is_about(const struct work *work, const struct judgement *judgement,
		     const struct condition *when)
{
	bool said = false, typed = false, known = false;

	for (size_t i = 0; i < judgement->finding_count; i++) {
		const struct finding *finding = &judgement->findings[i];
		const char *about = finding->clue->about;
		const char *type = finding_type(work, finding);

		if (finding->list == CLUES_AGAINST)
			continue;
		if (about != NULL && holds_for(when, about))
			return true;
		said = said || about != NULL;
		known = known || type != NULL;
		typed = typed || (type != NULL && holds_for(when, type));
	}
	if (said || known)
		return !said && typed;
	for (size_t i = 0; i < work->facts.list.len; i++) {
		const struct fact *fact = &work->facts.list.at[i];

		if ((fact->id == FACT_CHECK_TYPE || fact->id == FACT_PASSING_TYPE) &&
		    condition_holds(when, &fact->value))
			return true;
	}
	return false;
}

static bool when_holds(const struct work *work, const struct judgement *judgement,
		       const struct condition *when)
{
	if (when->fact == FACT_ABOUT)
		return is_about(work, judgement, when);
	for (size_t i = 0; i < work->facts.list.len; i++) {
		const struct fact *fact = &work->facts.list.at[i];

		if (fact->id == when->fact && condition_holds(when, &fact->value))
			return true;
	}
	return when->op == ABSENT && !work->facts.present[when->fact];
}

static bool step_shown(const struct work *work, const struct judgement *judgement,
		       const struct rule_step *step)
{
	const struct rule *rule = judgement->rule;

	if (step->shown == STEP_WHEN)
		return when_holds(work, judgement, &step->when);
	for (size_t i = 0; step->shown == STEP_ELSE && i < rule->step_count; i++) {
		if (rule->steps[i].shown == STEP_WHEN &&
		    when_holds(work, judgement, &rule->steps[i].when))
			return false;
	}
	return true;
}

/* curl has a socket apart from the URL, three words in place of one. */
static size_t add_words(struct work *work, const char **argv, size_t count, const char *word)
{
	struct socket_url parts;

	argv[count] = word;
	if (count == 0 || strcmp(argv[0], "curl") != 0 || !socket_url_read(word, &parts))
		return 1;
	/* A path that was put behind the service's URL has two. */
	parts.rest += parts.rest[0] == '/' && parts.rest[1] == '/';
	argv[count] = "--unix-socket";
	argv[count + 1] = arena_strndup(work->arena, parts.path, parts.path_len);
	argv[count + 2] = arena_printf(work->arena, "%s://" SOCKET_HOST "%s",
				       strncmp(word, "https", 5) == 0 || strncmp(word, "wss", 3) == 0 ? "https"
												      : "http",
				       parts.rest);
	return 3;
}

static void fill_steps(struct work *work, const struct judgement *judgement,
		       const struct bindings *bindings, struct diagnosis *diagnosis)
{
	const struct rule *rule = judgement->rule;
	struct remedy_step *steps = arena_array(work->arena, rule->step_count + 1, sizeof(*steps));

	for (size_t i = 0; i < rule->step_count; i++) {
		const struct rule_step *from = &rule->steps[i];
		struct remedy_step *step = &steps[diagnosis->step_count];
		const char **argv;
		size_t argc = 0;
		struct strbuf command;

		if (!step_shown(work, judgement, from))
			continue;
		argv = arena_array(work->arena, 3 * from->argc + 1, sizeof(*argv));
		strbuf_init(&command, SENTENCE_MAX);
		for (size_t k = 0; k < from->argc; k++)
			argc += add_words(work, argv, argc, fill(work, from->argv[k], bindings, true));
		for (size_t k = 0; k < argc; k++) {
			if (k > 0)
				strbuf_addc(&command, ' ');
			shell_quote(&command, argv[k]);
		}
		step->text = fill(work, from->text, bindings, false);
		step->risk = from->risk;
		if (from->argc > 0) {
			step->argv = argv;
			step->argc = argc;
			step->command = arena_strndup(work->arena, command.data, command.len);
		}
		diagnosis->step_count++;
		strbuf_release(&command);
	}
	diagnosis->steps = steps;
}

/* What proves the remedy: the rule's own list, else every check that fails now. */
static void fill_verify(struct work *work, const struct rule *rule, const struct bindings *bindings,
			struct diagnosis *diagnosis)
{
	const char **verify = arena_array(work->arena, VERIFY_MAX, sizeof(*verify));

	for (size_t i = 0; i < rule->verify_count && i < VERIFY_MAX; i++)
		verify[diagnosis->verify_count++] = fill(work, rule->verify[i], bindings, false);
	for (size_t i = 0; rule->verify_count == 0 && i < work->file->check_count; i++) {
		const struct case_check *one = &work->file->checks[i];

		if (one->state != CHECK_PASS && one->state != CHECK_PENDING &&
		    diagnosis->verify_count < VERIFY_MAX)
			verify[diagnosis->verify_count++] =
				arena_printf(work->arena, "%s/%s", work->file->service->name,
					     one->check->name);
	}
	diagnosis->verify = verify;
}

static void write_diagnosis(struct work *work, struct judgement *judgement,
			    struct diagnosis *diagnosis)
{
	const struct rule *rule = judgement->rule;
	struct evidence evidence[EVIDENCE_MAX];
	struct bindings bindings;

	qsort(judgement->findings, judgement->finding_count, sizeof(*judgement->findings),
	      compare_findings);
	bind_findings(work, judgement, &bindings);
	diagnosis->id = arena_strdup(work->arena, rule->id);
	diagnosis->title = fill(work, rule->title, &bindings, false);
	diagnosis->explanation = fill(work, rule->explanation, &bindings, false);
	diagnosis->confidence = judgement->confidence;
	for (size_t i = 0; i < judgement->finding_count; i++)
		quote_finding(work, &judgement->findings[i], diagnosis, evidence);
	diagnosis->evidence =
		arena_memdup(work->arena, evidence, diagnosis->evidence_count * sizeof(*evidence));
	fill_steps(work, judgement, &bindings, diagnosis);
	fill_verify(work, rule, &bindings, diagnosis);
	if (rule->link_count > 0) {
		const char **links = arena_array(work->arena, rule->link_count, sizeof(*links));

		for (size_t i = 0; i < rule->link_count; i++)
			links[i] = arena_strdup(work->arena, rule->links[i]);
		diagnosis->links = links;
		diagnosis->link_count = rule->link_count;
	}
	if (work->file->service != NULL)
		diagnosis->runbook = work->file->service->runbook;
	vec_release(&bindings.list);
}

/* Nothing is wrong, and a line that looks as if there were is explained: only for documents, whose
 * service nobody reports as failing. */
static bool write_harmless(struct work *work, struct diagnosis *diagnosis)
{
	const struct hit *hit = NULL;
	const struct harmless *entry = NULL;
	struct evidence *evidence;
	struct remedy_step *step;

	if (work->file->service != NULL)
		return false;
	for (size_t i = 0; i < work->hits.list.len && entry == NULL; i++) {
		hit = &work->hits.list.at[i];
		for (size_t k = 0; k < work->rules->harmless.len && entry == NULL; k++) {
			if (work->rules->harmless.at[k].pattern == hit->pattern)
				entry = &work->rules->harmless.at[k];
		}
	}
	if (entry == NULL)
		return false;
	evidence = arena_array(work->arena, 1, sizeof(*evidence));
	step = arena_array(work->arena, 1, sizeof(*step));
	evidence->weight = HARMLESS_CONFIDENCE;
	quote_hit(work, hit, evidence);
	step->text = arena_strdup(work->arena,
				  entry->advice != NULL
					  ? entry->advice
					  : "Nothing to repair; filter the line if it disturbs.");
	step->risk = RISK_READ;
	*diagnosis = (struct diagnosis){
		.id = "none",
		.title = "Nothing wrong in this line: it looks alarming and is harmless",
		.confidence = HARMLESS_CONFIDENCE,
		.explanation = arena_strdup(work->arena, entry->why),
		.evidence = evidence,
		.evidence_count = 1,
		.steps = step,
		.step_count = 1,
	};
	return true;
}

size_t diagnose(const struct ruleset *rules, const struct case_file *file, struct arena *arena,
		const struct diagnosis **diagnoses)
{
	struct arena scratch;
	struct work work = {.rules = rules, .file = file, .arena = arena, .scratch = &scratch};
	struct diagnosis *list;
	double least = CONFIDENCE_SHOWN;
	size_t count = 0;

	*diagnoses = NULL;
	if (file->service != NULL && (file->state == SERVICE_UP || file->state == SERVICE_PENDING))
		return 0;
	arena_init(&scratch);
	facts_collect(&work.facts, file, &scratch);
	hits_collect(&work.hits, rules, file, &work.facts);
	judge_all(&work);
	put_causes_first(&work);
	if (work.count > 0 && work.judgements[0].confidence >= CONFIDENCE_CLEAR)
		least = CONFIDENCE_BESIDE;
	list = arena_array(arena, DIAGNOSES_MAX, sizeof(*list));
	if ((work.count == 0 || work.judgements[0].confidence < DIAGNOSIS_SURE) &&
	    write_harmless(&work, &list[0]))
		count = 1;
	for (size_t i = 0; i < work.count && count < DIAGNOSES_MAX; i++) {
		if (work.judgements[i].confidence >= least)
			write_diagnosis(&work, &work.judgements[i], &list[count++]);
	}
	*diagnoses = list;
	hits_release(&work.hits);
	facts_release(&work.facts);
	arena_release(&scratch);
	return count;
}
