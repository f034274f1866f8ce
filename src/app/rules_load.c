/* Gathers the rule documents (built in, then $XDG_CONFIG_HOME/sitrep/rules/ *.yaml in name order)
 * and compiles them. Own files that do not compile never cost the built-in rules. */
#include "app/rules_load.h"

#include "base/arena.h"
#include "base/vec.h"
#include "config/config.h"

#include <glob.h>

struct document_vec VEC_OF(const struct node *);

static void add_builtin(struct document_vec *documents, struct arena *arena, struct diags *diags)
{
	for (const struct builtin_file *file = builtin_files; file->name != NULL; file++) {
		const struct node *node;

		if (strncmp(file->name, "rules/", strlen("rules/")) != 0)
			continue;
		node = config_read_yaml(arena, file->name, file->bytes, file->len, diags);
		if (node != NULL)
			vec_push(documents, node);
	}
}

static void add_own(struct document_vec *documents, struct arena *arena, struct diags *diags)
{
	const char *base = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	char *pattern;
	glob_t found;

	if (base != NULL && base[0] == '/')
		pattern = xasprintf("%s/sitrep/rules/*.yaml", base);
	else if (home != NULL)
		pattern = xasprintf("%s/.config/sitrep/rules/*.yaml", home);
	else
		return;
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			const struct node *node = config_read_file(arena, found.gl_pathv[i], diags);

			if (node != NULL)
				vec_push(documents, node);
		}
		globfree(&found);
	}
	free(pattern);
}

struct ruleset *rules_load(bool with_patterns, struct diags *diags)
{
	struct document_vec documents = {0};
	struct strbuf err;
	struct arena arena;
	struct ruleset *rules;
	size_t own;

	arena_init(&arena);
	add_builtin(&documents, &arena, diags);
	own = documents.len;
	add_own(&documents, &arena, diags);
	rules = ruleset_new(documents.at, documents.len, diags);
	if (rules == NULL && documents.len > own)
		rules = ruleset_new(documents.at, own, diags);
	if (rules != NULL && with_patterns) {
		strbuf_init(&err, 1024);
		if (ruleset_patterns(rules, &err) == NULL)
			diags_add(diags, DIAG_ERROR, (struct srcpos){.file = "rules"}, "%s", err.data);
		strbuf_release(&err);
	}
	vec_release(&documents);
	arena_release(&arena);
	return rules;
}
