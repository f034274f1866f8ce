/* Collecting hits. Invariants: at most HITS_MAX; a line that a harmless pattern knows is evidence
 * for nothing, whatever else matches in it; lines from long before the failure count less. */
#include "diagnose/hits.h"
#include "base/pattern_set.h"

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

static double log_worth(const struct case_file *file, const struct log_match *match)
{
	if (file->since.ns == 0 || match->time.ns == 0)
		return 1;
	return match->time.ns < file->since.ns - STALE_LOG_NS ? STALE_LOG_WORTH : 1;
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
			.worth = log_worth(file, match),
		};

		/* A match from before the rules were replaced may name a pattern that is gone. */
		if (match->pattern < rules->patterns.len)
			vec_push(&hits->list, hit);
	}
	scan_texts(hits, rules, facts);
	mark_harmless(hits, rules);
	seen = arena_array(facts->arena, rules->patterns.len + 1, sizeof(*seen));
	for (size_t i = 0; i < hits->list.len; i++)
		seen[hits->list.at[i].pattern] = true;
	hits->seen = seen;
}

void hits_release(struct hits *hits)
{
	vec_release(&hits->list);
}
