/* Every service hangs under one of its dependencies: the one that its trouble is blamed on, else
 * the first that is shown. config/ refuses cycles; a bound on the way up keeps a foreign snapshot
 * from looping. */
#include "ui/tree.h"

#include "base/map.h"
#include "base/xalloc.h"

#define NOBODY SIZE_MAX
#define DEPTH_MAX 32

/* Children as linked lists of positions in `order`. */
struct builder {
	const struct service_row *const *order;
	size_t len;
	size_t *parent, *child, *sibling;
	int *worst; /* rank of the worst state in the tree below */
	struct tree *tree;
};

static size_t parent_of(const struct idmap *positions, const struct service_row *row)
{
	size_t *position = NULL;

	for (size_t i = 0; i < row->caused_count && position == NULL; i++)
		position = idmap_get(positions, row->caused_by[i]);
	for (size_t i = 0; i < row->service->depends_count && position == NULL; i++)
		position = idmap_get(positions, row->service->depends_on[i]->id);
	return position != NULL ? *position : NOBODY;
}

static bool leads_to(const struct builder *builder, size_t from, size_t to)
{
	for (int step = 0; step < DEPTH_MAX && from != NOBODY; step++) {
		if (from == to)
			return true;
		from = builder->parent[from];
	}
	return from != NOBODY; /* too deep: treated as a loop */
}

static void link_all(struct builder *builder)
{
	struct idmap *positions = idmap_new();
	size_t *numbers = xcalloc(builder->len + 1, sizeof(*numbers));

	for (size_t i = 0; i < builder->len; i++) {
		numbers[i] = i;
		idmap_put(positions, builder->order[i]->id, &numbers[i]);
		builder->parent[i] = builder->child[i] = builder->sibling[i] = NOBODY;
	}
	for (size_t i = 0; i < builder->len; i++) {
		size_t parent = parent_of(positions, builder->order[i]);

		if (parent != NOBODY && !leads_to(builder, parent, i))
			builder->parent[i] = parent;
	}
	/* From the back, so that each list is in the given order. */
	for (size_t i = builder->len; i-- > 0;) {
		size_t parent = builder->parent[i];

		if (parent != NOBODY) {
			builder->sibling[i] = builder->child[parent];
			builder->child[parent] = i;
		}
	}
	idmap_free(positions);
	free(numbers);
}

static void rank_all(struct builder *builder)
{
	for (size_t i = 0; i < builder->len; i++) {
		int rank = service_state_rank(builder->order[i]->state);
		size_t at = i;

		/* leads_to() has kept the way up short and without loops. */
		while (at != NOBODY) {
			if (builder->worst[at] < rank)
				builder->worst[at] = rank;
			at = builder->parent[at];
		}
	}
}

/* Depth first, without recursion: down to the child, else to the sibling, else up. */
static void walk(struct builder *builder, size_t root)
{
	size_t at = root;
	int depth = 0;

	while (at != NOBODY) {
		builder->tree->at[builder->tree->len++] =
			(struct tree_node){.row = builder->order[at], .depth = depth};
		if (builder->child[at] != NOBODY) {
			at = builder->child[at];
			depth++;
			continue;
		}
		while (at != root && builder->sibling[at] == NOBODY) {
			at = builder->parent[at];
			depth--;
		}
		at = at == root ? NOBODY : builder->sibling[at];
	}
}

void tree_build(const struct service_row *const *order, size_t len, struct tree *tree)
{
	struct builder builder = {.order = order, .len = len, .tree = tree};

	*tree = (struct tree){.at = xcalloc(len + 1, sizeof(*tree->at))};
	builder.parent = xcalloc(len + 1, sizeof(size_t));
	builder.child = xcalloc(len + 1, sizeof(size_t));
	builder.sibling = xcalloc(len + 1, sizeof(size_t));
	builder.worst = xcalloc(len + 1, sizeof(int));
	link_all(&builder);
	rank_all(&builder);
	/* The trees with the worst trouble in them come first. */
	for (int rank = SERVICE_STATE_COUNT - 1; rank >= 0; rank--) {
		for (size_t i = 0; i < len; i++) {
			if (builder.parent[i] == NOBODY && builder.worst[i] == rank)
				walk(&builder, i);
		}
	}
	free(builder.worst);
	free(builder.parent);
	free(builder.child);
	free(builder.sibling);
}

void tree_release(struct tree *tree)
{
	free(tree->at);
	*tree = (struct tree){0};
}
