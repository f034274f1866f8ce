/* The life of a ruleset: made once, counted, immutable but for the pattern set, which is compiled
 * on the first call, before the ruleset is shared. */
#include "base/pattern_set.h"
#include "diagnose/compile.h"

struct ruleset *ruleset_new(const struct node *const *documents, size_t count, struct diags *diags)
{
	struct ruleset *rules = xcalloc(1, sizeof(*rules));

	rules->refs = 1;
	arena_init(&rules->arena);
	for (size_t i = 0; i < count; i++)
		rules_compile(rules, documents[i], diags);
	rules_check_ranks(rules, diags);
	return rules;
}

struct ruleset *ruleset_ref(struct ruleset *rules)
{
	if (rules != NULL)
		rules->refs++;
	return rules;
}

void ruleset_unref(struct ruleset *rules)
{
	if (rules == NULL || --rules->refs > 0)
		return;
	for (size_t i = 0; i < rules->patterns.len; i++)
		pattern_free(rules->patterns.at[i].compiled);
	for (size_t i = 0; i < rules->owned.len; i++)
		pattern_free(rules->owned.at[i]);
	if (rules->set != NULL)
		pattern_set_unref(rules->set);
	vec_release(&rules->patterns);
	vec_release(&rules->owned);
	vec_release(&rules->rules);
	vec_release(&rules->harmless);
	arena_release(&rules->arena);
	free(rules);
}

struct pattern_set *ruleset_patterns(struct ruleset *rules, struct strbuf *err)
{
	struct pattern_spec *specs;

	if (rules->set != NULL)
		return rules->set;
	specs = xcalloc(rules->patterns.len + 1, sizeof(*specs));
	for (size_t i = 0; i < rules->patterns.len; i++)
		specs[i] = (struct pattern_spec){.regex = rules->patterns.at[i].regex};
	rules->set = pattern_set_new(specs, rules->patterns.len, err);
	free(specs);
	return rules->set;
}

size_t ruleset_len(const struct ruleset *rules)
{
	size_t count = 0;

	for (size_t i = 0; i < rules->rules.len; i++)
		count += !rules->rules.at[i].replaced;
	return count;
}

bool ruleset_harmless(const struct ruleset *rules, size_t pattern)
{
	for (size_t i = 0; i < rules->harmless.len; i++) {
		if (rules->harmless.at[i].pattern == pattern)
			return true;
	}
	return false;
}
