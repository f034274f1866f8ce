/* Clues to confidence. Evidence adds up as independent reasons do (noisy or: 1 - product of
 * (1 - weight)), contrary evidence takes its share away (times 1 - weight), and nothing that was
 * only observed is ever certain. Invariants: conditions of one `all` about checks hold in one and
 * the same check (about dependencies in one dependency); one line counts once, by its strongest
 * clue; `support` counts only beside a clue of `for`. */
#include "diagnose/evaluate.h"

#define CONFIDENCE_MAX 0.98

static const struct hit *find_hit(const struct hits *hits, const struct clue *clue)
{
	const struct hit *best = NULL;

	for (size_t i = 0; i < hits->list.len; i++) {
		const struct hit *hit = &hits->list.at[i];

		if (hit->pattern != clue->pattern || hit->harmless ||
		    (clue->kind == CLUE_LOG && hit->log == NULL))
			continue;
		/* The newest of the lines that count most; logs come in their order. */
		if (best == NULL || hit->worth >= best->worth)
			best = hit;
	}
	return best;
}

/* A fact made up of a header that the exchange has, or lacks. */
static const struct fact *find_header(const struct facts *facts, const struct condition *condition,
				      size_t scope)
{
	bool known;
	const char *value = facts_header(facts, scope, condition->argument, &known);
	struct fact fact = {.id = FACT_HTTP_HEADER,
			    .argument = condition->argument,
			    .scope = scope};

	if (!known)
		return NULL;
	if (value != NULL)
		fact.value = value_string(value);
	return condition_holds(condition, &fact.value)
		       ? arena_memdup(facts->arena, &fact, sizeof(fact))
		       : NULL;
}

/* A fact in `scope` for which the condition holds; `absent` without a fact gives one of its own. */
static const struct fact *find_fact(const struct facts *facts, const struct condition *condition,
				    size_t scope)
{
	struct fact none = {.id = condition->fact, .scope = scope};
	bool seen = false;

	if (condition->fact == FACT_HTTP_HEADER)
		return find_header(facts, condition, scope);
	for (size_t i = 0; i < facts->list.len; i++) {
		const struct fact *fact = &facts->list.at[i];

		if (fact->id != condition->fact || fact->scope != scope)
			continue;
		seen = true;
		if (condition_holds(condition, &fact->value))
			return fact;
	}
	return !seen && condition->op == ABSENT ? arena_memdup(facts->arena, &none, sizeof(none))
						: NULL;
}

/* All parts of the clue that are about `kind` hold in this scope. */
static bool holds_in(const struct facts *facts, const struct clue *parts, size_t count,
		     enum fact_scope kind, size_t scope, struct finding *finding)
{
	for (size_t i = 0; i < count; i++) {
		if (parts[i].kind != CLUE_FACT || fact_info(parts[i].condition.fact)->scope != kind)
			continue;
		finding->facts[i] = find_fact(facts, &parts[i].condition, scope);
		if (finding->facts[i] == NULL)
			return false;
	}
	return true;
}

static bool concerns(const struct clue *parts, size_t count, enum fact_scope kind)
{
	for (size_t i = 0; i < count; i++) {
		if (parts[i].kind == CLUE_FACT && fact_info(parts[i].condition.fact)->scope == kind)
			return true;
	}
	return false;
}

static bool holds_somewhere(const struct facts *facts, const struct clue *parts, size_t count,
			    enum fact_scope kind, struct finding *finding)
{
	if (!concerns(parts, count, kind))
		return true;
	for (size_t scope = 0; scope < facts->scopes.len; scope++) {
		if (facts->scopes.at[scope].kind == kind &&
		    holds_in(facts, parts, count, kind, scope, finding))
			return true;
	}
	return false;
}

/* Most clues of most rules speak of what this case has nothing of. */
static bool may_hold(const struct clue *clue, const struct facts *facts, const struct hits *hits)
{
	const struct condition *condition = &clue->condition;

	switch (clue->kind) {
	case CLUE_TEXT:
	case CLUE_LOG:
		return hits->seen[clue->pattern];
	case CLUE_FACT:
		/* Headers are looked up in the exchange. */
		return facts->present[condition->fact] || condition->op == ABSENT ||
		       condition->fact == FACT_HTTP_HEADER;
	case CLUE_ALL:
		for (size_t i = 0; i < clue->part_count; i++) {
			if (!may_hold(&clue->parts[i], facts, hits))
				return false;
		}
		return true;
	}
	BUG("clue kind %d", (int)clue->kind);
}

static bool clue_holds(const struct clue *clue, const struct facts *facts, const struct hits *hits,
		       struct finding *finding)
{
	const struct clue *parts = clue->kind == CLUE_ALL ? clue->parts : clue;
	size_t count = clue->kind == CLUE_ALL ? clue->part_count : 1;

	*finding = (struct finding){.clue = clue, .parts = count, .weight = clue->weight};
	for (size_t i = 0; i < count; i++) {
		if (parts[i].kind == CLUE_FACT)
			continue;
		finding->hits[i] = find_hit(hits, &parts[i]);
		if (finding->hits[i] == NULL)
			return false;
		finding->weight *= finding->hits[i]->worth;
	}
	return holds_somewhere(facts, parts, count, FACT_OF_CASE, finding) &&
	       holds_somewhere(facts, parts, count, FACT_OF_CHECK, finding) &&
	       holds_somewhere(facts, parts, count, FACT_OF_DEPENDENCY, finding);
}

/* A finding of the same list that rests on the same single line, SIZE_MAX where there is none. */
static size_t same_line(const struct judgement *judgement, const struct finding *finding)
{
	if (finding->parts != 1 || finding->hits[0] == NULL)
		return SIZE_MAX;
	for (size_t i = 0; i < judgement->finding_count; i++) {
		const struct finding *other = &judgement->findings[i];

		if (other->list == finding->list && other->parts == 1 && other->hits[0] != NULL &&
		    hit_same_line(other->hits[0], finding->hits[0]))
			return i;
	}
	return SIZE_MAX;
}

static void add_finding(struct judgement *judgement, const struct finding *finding,
			struct arena *arena)
{
	size_t same = same_line(judgement, finding);

	if (judgement->findings == NULL)
		judgement->findings = arena_array(arena, FINDINGS_MAX, sizeof(*finding));
	if (same == SIZE_MAX)
		judgement->findings[judgement->finding_count++] = *finding;
	else if (judgement->findings[same].weight < finding->weight)
		judgement->findings[same] = *finding;
}

static void judge_list(const struct rule *rule, enum clue_list list, const struct facts *facts,
		       const struct hits *hits, struct judgement *judgement)
{
	for (size_t i = 0; i < rule->clue_counts[list]; i++) {
		struct finding finding;

		if (!may_hold(&rule->clues[list][i], facts, hits) ||
		    !clue_holds(&rule->clues[list][i], facts, hits, &finding))
			continue;
		finding.list = list;
		add_finding(judgement, &finding, facts->arena);
	}
}

void rule_judge(const struct rule *rule, const struct facts *facts, const struct hits *hits,
		struct judgement *judgement)
{
	double doubt = 1, kept = 1;

	*judgement = (struct judgement){.rule = rule};
	judge_list(rule, CLUES_FOR, facts, hits, judgement);
	if (judgement->finding_count == 0)
		return;
	judge_list(rule, CLUES_SUPPORT, facts, hits, judgement);
	judge_list(rule, CLUES_AGAINST, facts, hits, judgement);
	for (size_t i = 0; i < judgement->finding_count; i++) {
		const struct finding *finding = &judgement->findings[i];

		if (finding->list == CLUES_AGAINST)
			kept *= 1 - finding->weight;
		else
			doubt *= 1 - finding->weight;
	}
	judgement->confidence = (1 - doubt) * kept;
	if (judgement->confidence > CONFIDENCE_MAX)
		judgement->confidence = CONFIDENCE_MAX;
}
