/* The node tree: what a YAML or JSON document says, with the place of every value, and no
 * meaning yet. Made by config/ from YAML; owners of meaning (services, themes,
 * rules, keys) read it with these calls. Immutable once made. */
#ifndef BASE_NODE_H
#define BASE_NODE_H

#include "base/arena.h"
#include "base/diags.h"

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	bool quoted;       /* '…' or "…" or block: a string whatever it looks like */
	bool secret;       /* a scalar that a secret was expanded into */
	struct srcpos pos;
	/* NODE_SCALAR */
	const char *text;  /* NUL-terminated; may hold any other byte but NUL */
	uint32_t text_len; /* at most LIMIT_CONFIG_SCALAR */
	/* NODE_LIST: items[0..len); NODE_MAP: keys[i] -> items[i], keys unique, in file order */
	uint32_t len;
	struct node **items;
	struct node **keys; /* scalars */
};

/* The value of `key` in a map, NULL where absent or `node` is NULL or no map. */
const struct node *node_get(const struct node *node, const char *key);
/* The text of a scalar, NULL for anything else. */
const char *node_text(const struct node *node);
bool node_is_null(const struct node *node); /* absent, empty unquoted, ~ or null */
/* `true/false/yes/no/on/off`; complains and gives `fallback` otherwise. */
bool node_bool(const struct node *node, bool fallback, struct diags *diags);
double node_number(const struct node *node, double fallback, struct diags *diags);
int64_t node_duration(const struct node *node, int64_t fallback_ns, struct diags *diags);
/* Complains about keys of a map that are not in `known`, with a suggestion. */
void node_check_keys(const struct node *map, const char *const *known, size_t count,
		     struct diags *diags);
/* What a kind is called in a complaint: "a text", "a list", "a map". */
const char *node_kind_name(enum node_kind kind);

#endif
