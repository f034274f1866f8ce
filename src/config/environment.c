/* `environments:`: which one holds, and its variables. A value may take something from the
 * process environment, never from another variable: everything is expanded once. */
#include "config/build.h"

static bool is_default(struct builder *builder, const struct node *variables)
{
	return build_bool(builder, node_get(variables, "default"), false);
}

static void each_environment(struct builder *builder,
			     void (*visit)(struct builder *builder, const struct node *name,
					   const struct node *variables))
{
	for (size_t i = 0; i < builder->sources.len; i++) {
		const struct node *map = node_get(builder->sources.at[i].root, "environments");

		for (size_t j = 0; map != NULL && map->kind == NODE_MAP && j < map->len; j++)
			visit(builder, map->keys[j], map->items[j]);
	}
}

static void check_map(struct builder *builder, const struct node *name,
		      const struct node *variables)
{
	if (variables->kind == NODE_MAP || node_is_null(variables))
		return;
	build_complain(builder, variables, "the environment '%.80s' is a map of variables, not %s",
		       name->text, build_shown(builder, variables));
}

static void add_name(struct builder *builder, const struct node *name, const struct node *variables)
{
	struct fleet *fleet = builder->fleet;
	const char **names = (const char **)fleet->environments;

	(void)variables;
	for (size_t i = 0; i < fleet->environment_count; i++) {
		if (strcmp(names[i], name->text) == 0)
			return;
	}
	names[fleet->environment_count++] = build_keep(builder, name->text);
}

static void find_default(struct builder *builder, const struct node *name,
			 const struct node *variables)
{
	struct fleet *fleet = builder->fleet;

	if (!is_default(builder, variables))
		return;
	if (fleet->environment == NULL)
		fleet->environment = build_keep(builder, name->text);
	else if (strcmp(fleet->environment, name->text) != 0)
		build_complain(builder, node_get(variables, "default"),
			       "'%s' is the default environment already", fleet->environment);
}

static void count_one(struct builder *builder, const struct node *name,
		      const struct node *variables)
{
	(void)name;
	(void)variables;
	builder->fleet->environment_count++;
}

static void add_variables(struct builder *builder, const struct node *name,
			  const struct node *variables)
{
	struct map *known = builder->variables;

	if (strcmp(name->text, builder->fleet->environment) != 0 || variables->kind != NODE_MAP)
		return;
	for (size_t i = 0; i < variables->len; i++) {
		const struct node *key = variables->keys[i];
		const struct node *value;

		if (strcmp(key->text, "default") == 0)
			continue;
		if (variables->items[i]->kind != NODE_SCALAR) {
			build_complain(builder, variables->items[i], "a variable is a text, not %s",
				       node_kind_name(variables->items[i]->kind));
			continue;
		}
		if (map_get(known, key->text) != NULL) {
			build_complain(builder, key,
				       "the variable '%.80s' has a value in another file already",
				       key->text);
			continue;
		}
		builder->variables = NULL;
		value = build_expand(builder, variables->items[i]);
		builder->variables = known;
		map_put(known, key->text, (char *)value->text);
		vec_push(&builder->variable_names, key->text);
	}
}

static void list_names(struct builder *builder, struct strbuf *out)
{
	const struct fleet *fleet = builder->fleet;

	for (size_t i = 0; i < fleet->environment_count; i++)
		strbuf_addf(out, "%s%s", i != 0 ? ", " : "", fleet->environments[i]);
}

/* The environment that was asked for; NULL where there is none such. */
static const char *asked_for(struct builder *builder, const char *asked)
{
	const struct fleet *fleet = builder->fleet;
	struct strbuf names;

	for (size_t i = 0; i < fleet->environment_count; i++) {
		if (strcmp(fleet->environments[i], asked) == 0)
			return fleet->environments[i];
	}
	strbuf_init(&names, 400);
	list_names(builder, &names);
	diags_add(builder->diags, DIAG_ERROR, (struct srcpos){0},
		  "there is no environment '%.80s'%s%s%s", asked,
		  names.len != 0 ? "; known: " : "; the file names none", names.data,
		  build_suggest(builder, asked, fleet->environments, fleet->environment_count));
	strbuf_release(&names);
	return NULL;
}

static bool choose(struct builder *builder)
{
	struct fleet *fleet = builder->fleet;
	const char *asked = builder->request->environment;
	struct strbuf names;

	if (asked == NULL || asked[0] == '\0')
		asked = getenv("SITREP_ENV");
	each_environment(builder, find_default);
	if (asked != NULL && asked[0] != '\0')
		fleet->environment = asked_for(builder, asked);
	else if (fleet->environment == NULL && fleet->environment_count == 1)
		fleet->environment = fleet->environments[0];
	else if (fleet->environment == NULL && fleet->environment_count == 0)
		fleet->environment = "";
	if (fleet->environment != NULL || (asked != NULL && asked[0] != '\0'))
		return fleet->environment != NULL;
	strbuf_init(&names, 400);
	list_names(builder, &names);
	diags_add(builder->diags, DIAG_ERROR, (struct srcpos){0},
		  "choose an environment with -e or SITREP_ENV (%s), or give one 'default: true'",
		  names.data);
	strbuf_release(&names);
	return false;
}

bool build_environment(struct builder *builder)
{
	struct fleet *fleet = builder->fleet;

	each_environment(builder, check_map);
	each_environment(builder, count_one);
	fleet->environments =
		arena_array(&fleet->arena, fleet->environment_count, sizeof(*fleet->environments));
	fleet->environment_count = 0;
	each_environment(builder, add_name);
	if (!choose(builder))
		return false;
	each_environment(builder, add_variables);
	return true;
}
