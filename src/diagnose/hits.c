/* Collecting hits. Invariants: at most HITS_MAX; a line that a harmless pattern knows is evidence
 * for nothing, whatever else matches in it; a line counts less for the way it says a thing, or its age. */
#include "diagnose/hits.h"
#include "base/pattern_set.h"
#include "diagnose/doubt.h"

/* What was logged this much earlier than the failure is rather history than its cause. */
#define STALE_LOG_NS (15 * 60 * NS_PER_S)
#define STALE_LOG_WORTH 0.4

struct collector {
	struct hits *hits;
	struct arena *arena;
	size_t scope;
};

static bool add_text_hit(void *context, const struct pattern_hit *found)
{
	struct collector *collector = context;
	struct hit hit = {
		.pattern = found->pattern,
		.text = found->line,
		.len = found->line_len,
		.captures = arena_memdup(collector->arena, &found->match, sizeof(found->match)),
		.scope = collector->scope,
		.worth = 1,
	};

	if (collector->hits->list.len >= HITS_MAX)
		return false;
	vec_push(&collector->hits->list, hit);
	return true;
}

/* Without a compiled set (only in a ruleset that never scans logs): one pattern after the other. */
static void scan_slowly(struct collector *collector, const struct ruleset *rules,
			const struct fact_text *text)
{
	for (size_t at = 0; at < text->len;) {
		const char *line = text->text + at;
		const char *end = memchr(line, '\n', text->len - at);
		struct pattern_hit found = {.line = line};

		found.line_len = end != NULL ? (size_t)(end - line) : text->len - at;
		for (size_t i = 0; i < rules->patterns.len; i++) {
			found.pattern = i;
			if (pattern_find(rules->patterns.at[i].compiled, line, found.line_len, 0,
					 &found.match) == 1 &&
			    !add_text_hit(collector, &found))
				return;
		}
		at += found.line_len + 1;
	}
}

static void scan_texts(struct hits *hits, const struct ruleset *rules, const struct facts *facts)
{
	struct collector collector = {.hits = hits, .arena = facts->arena};
	struct pattern_scratch *scratch = NULL;

	if (facts->texts.len == 0 || rules->patterns.len == 0)
		return;
	if (rules->set != NULL)
		scratch = pattern_scratch_new(rules->set);
	for (size_t i = 0; i < facts->texts.len; i++) {
		const struct fact_text *text = &facts->texts.at[i];

		collector.scope = text->scope;
		if (scratch != NULL)
			pattern_set_scan(rules->set, scratch, text->text, text->len, add_text_hit,
					 &collector);
		else
			scan_slowly(&collector, rules, text);
	}
	if (scratch != NULL)
		pattern_scratch_free(scratch);
}

bool hit_same_line(const struct hit *a, const struct hit *b)
{
	if (a->log != NULL && b->log != NULL)
		return a->log->match.source == b->log->match.source &&
		       a->log->match.number == b->log->match.number;
	return a->text == b->text;
}

static void mark_harmless(struct hits *hits, const struct ruleset *rules)
{
	for (size_t i = 0; i < hits->list.len; i++) {
		struct hit *hit = &hits->list.at[i];

		if (!ruleset_harmless(rules, hit->pattern))
			continue;
		for (size_t k = 0; k < hits->list.len; k++) {
			if (hit_same_line(hit, &hits->list.at[k]))
				hits->list.at[k].harmless = true;
		}
	}
}

static bool is_stale(const struct case_file *file, const struct hit *hit)
{
	const struct case_log *log = hit->log;

	return log != NULL && file->since.ns != 0 && log->match.time.ns != 0 &&
	       log->match.time.ns < file->since.ns - STALE_LOG_NS;
}

/* Something beside the texts says that the service fails: every case of sitrep's own, and a document
 * with a symptom that no healthy service has. */
static bool is_failing(const struct case_file *file, const struct facts *facts)
{
	static const char *const well[] = {"running", "healthy", "created", "starting"};
	const struct fact *status = facts_get(facts, FACT_HTTP_STATUS, SIZE_MAX);
	const struct fact *exit_code = facts_get(facts, FACT_CONTAINER_EXIT, SIZE_MAX);
	const struct fact *killed = facts_get(facts, FACT_CONTAINER_OOM, SIZE_MAX);
	const struct fact *state = facts_get(facts, FACT_CONTAINER_STATE, SIZE_MAX);

	if (file->service != NULL || facts->present[FACT_CHECK_MESSAGE] ||
	    facts->present[FACT_CLOSES_AFTER] || facts->present[FACT_FAILS_AFTER] ||
	    facts->present[FACT_CONTAINER_REASON])
		return true;
	if ((status != NULL && status->value.as.number >= 400) ||
	    (exit_code != NULL && exit_code->value.as.number != 0) ||
	    (killed != NULL && killed->value.as.boolean))
		return true;
	if (state == NULL || (exit_code != NULL && exit_code->value.as.number == 0))
		return false;
	for (size_t i = 0; i < BASE_LEN(well); i++) {
		if (strcmp(state->value.as.string.bytes, well[i]) == 0)
			return false;
	}
	return true;
}

static void weigh(struct hits *hits, const struct case_file *file, const struct facts *facts)
{
	bool failing = is_failing(file, facts);

	for (size_t i = 0; i < hits->list.len; i++) {
		struct hit *hit = &hits->list.at[i];
		struct statement line = {
			.text = hit->text,
			.len = hit->len,
			.start = hit->captures->group[0].start,
			.end = hit->captures->group[0].end,
			.failing = failing,
		};
		struct doubt doubt;

		if (hit->log != NULL) {
			line.level = hit->log->match.level;
			line.settled = hit->log->match.settled;
		}
		if (line.end > line.len || line.start > line.end)
			continue;
		doubt = doubt_of(&line);
		hit->worth = doubt.worth;
		hit->why = doubt.why;
		if (is_stale(file, hit) && STALE_LOG_WORTH < hit->worth) {
			hit->worth = STALE_LOG_WORTH;
			hit->why = "counts less: from long before the failure";
		}
	}
}

void hits_collect(struct hits *hits, const struct ruleset *rules, const struct case_file *file,
		  const struct facts *facts)
{
	bool *seen;

	*hits = (struct hits){0};
	/* The newest lines are the ones that count where there are too many. */
	for (size_t i = file->log_count > HITS_MAX / 2 ? file->log_count - HITS_MAX / 2 : 0;
	     i < file->log_count; i++) {
		const struct log_match *match = &file->logs[i].match;
		struct hit hit = {
			.pattern = match->pattern,
			.text = match->text,
			.len = match->len,
			.captures = &match->captures,
			.log = &file->logs[i],
			.worth = 1,
		};

		/* A match from before the rules were replaced may name a pattern that is gone. */
		if (match->pattern < rules->patterns.len)
			vec_push(&hits->list, hit);
	}
	scan_texts(hits, rules, facts);
	mark_harmless(hits, rules);
	weigh(hits, file, facts);
	seen = arena_array(facts->arena, rules->patterns.len + 1, sizeof(*seen));
	for (size_t i = 0; i < hits->list.len; i++)
		seen[hits->list.at[i].pattern] = true;
	hits->seen = seen;
}

void hits_release(struct hits *hits)
{
	vec_release(&hits->list);
}
