/* Rules for tests, compiled by the real compiler. */
#ifndef TESTS_RULES_OF_H
#define TESTS_RULES_OF_H

#include "unit.h"

#include "config/config.h"
#include "diagnose/diagnose.h"

BASE_UNUSED static struct ruleset *rules_of(const char *yaml)
{
	const struct node *document;
	struct ruleset *rules;
	struct strbuf text;
	struct arena arena;
	struct diags diags;

	arena_init(&arena);
	diags_init(&diags);
	strbuf_init(&text, 4096);
	document = config_read_yaml(&arena, "rules.yaml", yaml, strlen(yaml), &diags);
	rules = document != NULL ? ruleset_new(&document, 1, &diags) : NULL;
	diags_print(&diags, &text);
	if (rules == NULL || diags.errors != 0)
		fail_msg("%s", text.data);
	/* Patterns are compiled before the rules are shared. */
	if (ruleset_patterns(rules, &text) == NULL)
		fail_msg("%s", text.data);
	strbuf_release(&text);
	diags_release(&diags);
	arena_release(&arena);
	return rules;
}

#endif
