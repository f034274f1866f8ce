/* Templates: `use: NAME` or a list of them. The template's lists come first and the service's
 * are added, maps are joined, and what the service says itself wins. A template may use others;
 * each is put together once. */
#include "config/build.h"

struct template
{
	const struct node *node;
	const struct node *whole; /* with what it uses itself; NULL until it is needed */
	bool open;		  /* being put together: meeting it again is a circle */
};

static const struct node *join(struct builder *builder, const char *key, const struct node *below,
			       const struct node *own);

static struct node *copy_kind(struct builder *builder, const struct node *from, enum node_kind kind,
			      size_t room)
{
	struct node *node = arena_alloc(&builder->scratch, sizeof(*node));

	node->kind = kind;
	node->pos = from->pos;
	node->items = arena_array(&builder->scratch, room, sizeof(struct node *));
	if (kind == NODE_MAP)
		node->keys = arena_array(&builder->scratch, room, sizeof(struct node *));
	return node;
}

static const struct node *join_lists(struct builder *builder, const struct node *below,
				     const struct node *own)
{
	size_t room = build_list_len(below) + build_list_len(own);
	struct node *list = copy_kind(builder, own, NODE_LIST, room);

	for (size_t i = 0; i < build_list_len(below); i++)
		list->items[list->len++] = (struct node *)build_list_at(below, i);
	for (size_t i = 0; i < build_list_len(own); i++)
		list->items[list->len++] = (struct node *)build_list_at(own, i);
	return list;
}

static const struct node *join_maps(struct builder *builder, const struct node *below,
				    const struct node *own)
{
	struct node *map = copy_kind(builder, own, NODE_MAP, below->len + own->len);

	for (size_t i = 0; i < own->len; i++) {
		map->keys[map->len] = own->keys[i];
		map->items[map->len++] =
			(struct node *)join(builder, own->keys[i]->text,
					    node_get(below, own->keys[i]->text), own->items[i]);
	}
	for (size_t i = 0; i < below->len; i++) {
		if (node_get(own, below->keys[i]->text) != NULL)
			continue;
		map->keys[map->len] = below->keys[i];
		map->items[map->len++] = below->items[i];
	}
	return map;
}

static const struct node *join(struct builder *builder, const char *key, const struct node *below,
			       const struct node *own)
{
	if (below == NULL || strcmp(key, "use") == 0)
		return own;
	if (below->kind == NODE_LIST || own->kind == NODE_LIST)
		return join_lists(builder, below, own);
	/* Credentials are of one kind: a service's own take the place of the template's. */
	if (below->kind == NODE_MAP && own->kind == NODE_MAP && strcmp(key, "auth") != 0)
		return join_maps(builder, below, own);
	return own;
}

/* The template with what it uses; NULL after a complaint at `use`. */
static const struct node *template_whole(struct builder *builder, const struct node *use)
{
	struct template *template = map_get(builder->templates, use->text);

	if (template == NULL) {
		build_complain(builder, use, "there is no template '%.80s'%s", use->text,
			       build_suggest(builder, use->text, builder->template_names.at,
					     builder->template_names.len));
		return NULL;
	}
	if (template->open) {
		build_complain(builder, use, "the template '%.80s' uses itself", use->text);
		return NULL;
	}
	if (template->whole == NULL) {
		template->open = true;
		template->whole = build_use_templates(builder, template->node);
		template->open = false;
	}
	return template->whole;
}

const struct node *build_use_templates(struct builder *builder, const struct node *service)
{
	const struct node *use = node_get(service, "use");
	const struct node *below = NULL;

	for (size_t i = 0; i < build_list_len(use); i++) {
		const struct node *name = build_list_at(use, i);
		const struct node *template;

		if (build_text(builder, name, "a template's name", NULL) == NULL)
			continue;
		template = template_whole(builder, name);
		if (template == NULL)
			continue;
		below = below == NULL ? template : join_maps(builder, below, template);
	}
	return below == NULL ? service : join_maps(builder, below, service);
}

void build_template_add(struct builder *builder, const struct node *key, const struct node *node)
{
	struct template *template;

	if (node->kind != NODE_MAP) {
		build_complain(builder, node, "a template is a map of a service's keys, not %s",
			       build_shown(builder, node));
		return;
	}
	if (map_get(builder->templates, key->text) != NULL) {
		build_complain(builder, key, "the template '%.80s' is here twice", key->text);
		return;
	}
	template = arena_alloc(&builder->scratch, sizeof(*template));
	template->node = node;
	map_put(builder->templates, key->text, template);
	vec_push(&builder->template_names, key->text);
	build_template_keys(builder, node);
}
