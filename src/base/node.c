/* Reading the node tree. Every reader takes NULL for "not there" and gives the fallback without
 * a complaint; what is there and wrong is complained about at its place. See node.h. */
#include "base/node.h"

#include "base/units.h"

#include <strings.h>

const struct node *node_get(const struct node *node, const char *key)
{
	if (node == NULL || node->kind != NODE_MAP)
		return NULL;
	for (size_t i = 0; i < node->len; i++) {
		if (node->keys[i]->text[0] == key[0] && strcmp(node->keys[i]->text, key) == 0)
			return node->items[i];
	}
	return NULL;
}

const char *node_text(const struct node *node)
{
	return node != NULL && node->kind == NODE_SCALAR ? node->text : NULL;
}

bool node_is_null(const struct node *node)
{
	if (node == NULL)
		return true;
	if (node->kind != NODE_SCALAR || node->quoted)
		return false;
	return node->text_len == 0 || strcmp(node->text, "~") == 0 ||
	       strcasecmp(node->text, "null") == 0;
}

/* "'abc'" for a scalar, "a list" for others: what stands where something else was wanted. */
static void complain(const struct node *node, struct diags *diags, const char *wanted)
{
	if (node->kind == NODE_SCALAR)
		diags_add(diags, DIAG_ERROR, node->pos, "wanted %s, got '%.80s'", wanted, node->text);
	else
		diags_add(diags, DIAG_ERROR, node->pos, "wanted %s, got %s", wanted,
			  node_kind_name(node->kind));
}

/* Quoted texts are accepted here and below: `"${name}"` has to be quoted in YAML. */
bool node_bool(const struct node *node, bool fallback, struct diags *diags)
{
	static const char *const yes[] = {"true", "yes", "on"};
	static const char *const no[] = {"false", "no", "off"};
	const char *text = node_text(node);

	if (node == NULL)
		return fallback;
	for (size_t i = 0; text != NULL && i < BASE_LEN(yes); i++) {
		if (strcasecmp(text, yes[i]) == 0)
			return true;
		if (strcasecmp(text, no[i]) == 0)
			return false;
	}
	complain(node, diags, "true or false");
	return fallback;
}

double node_number(const struct node *node, double fallback, struct diags *diags)
{
	double number;

	if (node == NULL)
		return fallback;
	if (node->kind == NODE_SCALAR && number_parse(node->text, node->text_len, &number))
		return number;
	complain(node, diags, "a number");
	return fallback;
}

int64_t node_duration(const struct node *node, int64_t fallback_ns, struct diags *diags)
{
	int64_t ns;

	if (node == NULL)
		return fallback_ns;
	if (node->kind == NODE_SCALAR && duration_parse(node->text, node->text_len, &ns))
		return ns;
	complain(node, diags, "a duration with its unit, like 10s or 250ms");
	return fallback_ns;
}

void node_check_keys(const struct node *map, const char *const *known, size_t count,
		     struct diags *diags)
{
	if (map == NULL || map->kind != NODE_MAP)
		return;
	for (size_t i = 0; i < map->len; i++) {
		const struct node *key = map->keys[i];
		const char *near;
		size_t k = 0;

		while (k < count &&
		       (known[k][0] != key->text[0] || strcmp(known[k], key->text) != 0))
			k++;
		if (k < count)
			continue;
		near = diags_suggest(key->text, known, count);
		if (near != NULL)
			diags_add(diags, DIAG_ERROR, key->pos,
				  "unknown key '%.80s'; did you mean '%s'?", key->text, near);
		else
			diags_add(diags, DIAG_ERROR, key->pos, "unknown key '%.80s'", key->text);
	}
}

const char *node_kind_name(enum node_kind kind)
{
	switch (kind) {
	case NODE_SCALAR:
		return "a text";
	case NODE_LIST:
		return "a list";
	case NODE_MAP:
		return "a map";
	}
	BUG("node kind %d", (int)kind);
}
