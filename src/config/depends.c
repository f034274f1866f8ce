/* `depends_on`: names become services once all are known. Invariant: what the fleet holds has no
 * circle; the edge that would close one is left out and told with the whole way round. */
#include "config/build.h"

static const struct service *find(struct builder *builder, const struct node *item)
{
	const struct service *service;

	if (build_text(builder, item, "a service's name", NULL) == NULL)
		return NULL;
	service = map_get(builder->services, item->text);
	if (service == NULL && map_get(builder->left_out, item->text) == NULL)
		build_complain(builder, item, "there is no service '%.80s'%s", item->text,
			       build_suggest(builder, item->text, builder->service_names.at,
					     builder->service_names.len));
	return service;
}

static bool holds(const struct service *const *list, size_t count, const struct service *service)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i] == service)
			return true;
	}
	return false;
}

static void resolve(struct builder *builder, struct service *service, const struct node *node)
{
	size_t len = build_list_len(node);
	const struct service **list;

	if (len == 0)
		return;
	list = arena_array(&builder->fleet->arena, len, sizeof(*list));
	for (size_t i = 0; i < len; i++) {
		const struct node *item = build_list_at(node, i);
		const struct service *other = find(builder, item);

		if (other == service)
			build_complain(builder, item, "'%s' depends on itself", service->name);
		else if (other != NULL && !holds(list, service->depends_count, other))
			list[service->depends_count++] = other;
	}
	service->depends_on = list;
}

/* One service on the way down, and which of its edges is next. */
struct step {
	struct service *service;
	size_t next;
};
struct way {
	struct step_vec VEC_OF(struct step) steps;
	unsigned char *seen; /* by service: 0 new, 1 on the way, 2 done */
};

#define NAMES_SHOWN 12

/* "a → b → c → a" for the part of the way that is the circle; of a long one its beginning. */
static void complain_circle(struct builder *builder, const struct way *way,
			    const struct service *again)
{
	struct service *last = way->steps.at[way->steps.len - 1].service;
	const struct node *node = builder->depends[last->index];
	struct build_mark mark = build_mark(builder);
	struct strbuf names;
	size_t at = 0;

	strbuf_init(&names, 4096);
	while (way->steps.at[at].service != again)
		at++;
	for (size_t shown = 0; at < way->steps.len; at++, shown++) {
		if (shown == NAMES_SHOWN) {
			strbuf_addf(&names, "… %zu more → ", way->steps.len - at);
			break;
		}
		strbuf_addf(&names, "%s → ", way->steps.at[at].service->name);
	}
	strbuf_adds(&names, again->name);
	build_complain(builder, node, "'depends_on' goes in a circle: %s", names.data);
	strbuf_release(&names);
	if (last->error == NULL)
		last->error = build_error_since(builder, mark);
}

static void drop_edge(struct service *service, size_t at)
{
	const struct service **list = (const struct service **)service->depends_on;

	memmove(list + at, list + at + 1, (service->depends_count - at - 1) * sizeof(*list));
	service->depends_count--;
}

/* Depth first without recursion: a chain may be as long as the fleet. */
static void walk_from(struct builder *builder, struct way *way, struct service *start)
{
	vec_push(&way->steps, ((struct step){.service = start}));
	way->seen[start->index] = 1;
	while (way->steps.len != 0) {
		struct step *step = &way->steps.at[way->steps.len - 1];
		struct service *service = step->service;
		struct service *other;

		if (step->next == service->depends_count) {
			way->seen[service->index] = 2;
			way->steps.len--;
			continue;
		}
		other = (struct service *)service->depends_on[step->next];
		if (way->seen[other->index] == 1) {
			complain_circle(builder, way, other);
			drop_edge(service, step->next);
			continue;
		}
		step->next++;
		if (way->seen[other->index] == 0) {
			way->seen[other->index] = 1;
			vec_push(&way->steps, ((struct step){.service = other}));
		}
	}
}

void build_dependencies(struct builder *builder)
{
	struct fleet *fleet = builder->fleet;
	struct service *services = (struct service *)fleet->services;
	struct way way = {.seen = xcalloc(fleet->service_count, 1)};

	for (size_t i = 0; i < fleet->service_count; i++) {
		struct build_mark mark = build_mark(builder);

		resolve(builder, &services[i], builder->depends[i]);
		if (services[i].error == NULL)
			services[i].error = build_error_since(builder, mark);
		build_drop_repeats(builder, mark);
	}
	for (size_t i = 0; i < fleet->service_count; i++) {
		if (way.seen[i] == 0)
			walk_from(builder, &way, &services[i]);
	}
	vec_release(&way.steps);
	free(way.seen);
}
