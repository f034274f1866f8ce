/* Comparing routes by method and by the segments of their paths. See openapi_compare.h. */
#include "probe/openapi_compare.h"

#include "base/map.h"
#include "base/vec.h"
#include "model/routes.h"

#define WHERE_MAX 300

/* How the listed route relates to the wanted one, with and without what stands before all paths. */
static enum route_relation relate(const struct routes *routes, const char *listed,
				  const struct wanted_route *wanted, size_t *tail)
{
	const char *paths[] = {wanted->path, wanted->inner};
	const char *blank = strchr(listed, ' ');
	enum route_relation best = ROUTE_UNRELATED;
	char *bare = NULL;
	size_t found;

	*tail = 0;
	if (blank == NULL)
		return best;
	if (routes->base_len != 0)
		bare = xasprintf("%.*s%s", (int)(blank + 1 - listed), listed,
				 blank + 1 + routes->base_len);
	for (size_t i = 0; i < 4; i++) {
		const char *route = i < 2 ? listed : bare;
		enum route_relation relation;

		if (route == NULL)
			break;
		relation = route_compare(route, wanted->method, paths[i % 2], &found);
		if (relation > best || (relation == best && found > *tail)) {
			best = relation;
			*tail = found;
		}
	}
	free(bare);
	return best;
}

static void add_method(struct strbuf *methods, const char *listed)
{
	strbuf_addf(methods, "%s%.*s", methods->len != 0 ? ", " : "", (int)strcspn(listed, " "), listed);
}

bool openapi_has(const struct routes *routes, const struct wanted_route *wanted, struct strbuf *where)
{
	struct strbuf methods;
	const char *elsewhere = NULL;
	size_t best = 0;
	bool there = false;

	strbuf_init(&methods, WHERE_MAX);
	for (size_t i = 0; i < routes->count && !there; i++) {
		const char *listed = routes->at[i];
		size_t tail;

		switch (relate(routes, listed, wanted, &tail)) {
		case ROUTE_SAME:
			there = true;
			break;
		case ROUTE_METHOD_DIFFERS:
			/* RFC 9110 section 9.3.2: what has GET has HEAD. */
			there = strcmp(wanted->method, "HEAD") == 0 && strncmp(listed, "GET ", 4) == 0;
			add_method(&methods, listed);
			break;
		case ROUTE_SAME_TAIL:
			if (tail > best)
				elsewhere = strchr(listed, ' ') + 1;
			if (tail > best)
				best = tail;
			break;
		case ROUTE_UNRELATED:
			break;
		}
	}
	if (!there && methods.len != 0)
		strbuf_addf(where, "other method: %s", methods.data);
	else if (!there && elsewhere != NULL)
		strbuf_addf(where, "served at %s", elsewhere);
	else if (!there)
		strbuf_adds(where, "gone");
	strbuf_release(&methods);
	return there;
}

/* "GET /a/{id}" and "GET /a/{name}" are one route: the text with "{}" for parameters. */
static char *nameless(const char *route)
{
	struct strbuf out;

	strbuf_init(&out, strlen(route) + 1);
	for (const char *at = route; *at != '\0'; at++) {
		const char *end = *at == '{' ? strchr(at, '}') : NULL;

		if (end != NULL) {
			strbuf_adds(&out, "{}");
			at = end;
		} else {
			strbuf_addc(&out, *at);
		}
	}
	return strbuf_detach(&out);
}

const char **openapi_lacking(const struct routes *routes, const struct routes *other,
			     struct arena *arena, size_t *count)
{
	struct map *known = map_new();
	const char **lacking = arena_array(arena, routes->count, sizeof(*lacking));

	*count = 0;
	for (size_t i = 0; i < other->count; i++) {
		char *key = nameless(other->at[i]);

		map_put(known, key, (void *)(uintptr_t)other->at[i]);
		free(key);
	}
	for (size_t i = 0; i < routes->count; i++) {
		char *key = nameless(routes->at[i]);

		if (map_get(known, key) == NULL)
			lacking[(*count)++] = routes->at[i];
		free(key);
	}
	map_free(known);
	return lacking;
}
