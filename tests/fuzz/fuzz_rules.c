/* Rules: any YAML as a rule file. What is wrong with it is said; what compiles can be described. */
#include "fuzz.h"

#include "config/config.h"
#include "diagnose/diagnose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct diags diags;
	const struct node *node;

	arena_init(&arena);
	diags_init(&diags);
	node = config_read_yaml(&arena, "rules.yaml", (const char *)data, size, &diags);
	if (node != NULL) {
		struct ruleset *rules = ruleset_new(&node, 1, &diags);
		struct strbuf out;

		PROMISE(rules != NULL || diags.errors != 0);
		strbuf_init(&out, 1 << 20);
		if (rules != NULL) {
			(void)ruleset_describe(rules, NULL, &out);
			(void)ruleset_describe(rules, "no-such-rule", &out);
		}
		ruleset_unref(rules);
		strbuf_release(&out);
	}
	diags_release(&diags);
	arena_release(&arena);
	return 0;
}
