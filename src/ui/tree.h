/* The dependency tree: a service stands under what it depends on, so that a cause has its victims
 * right below it. Each service appears once. */
#ifndef UI_TREE_H
#define UI_TREE_H

#include "model/snapshot.h"

struct tree_node {
	const struct service_row *row;
	int depth;
};
struct tree {
	struct tree_node *at;
	size_t len;
};
/* `order` says which of two siblings comes first; services that are not in it are left out, and
 * what hangs under them moves up. */
void tree_build(const struct service_row *const *order, size_t len, struct tree *tree);
void tree_release(struct tree *tree);

#endif
