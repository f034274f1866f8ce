/* OpenAPI documents, and the URL they are looked for at: a first line that is a URL, then a
 * document. Routes are bounded, "METHOD path", and harmless; places are URLs of the same origin. */
#include "fuzz.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "base/xalloc.h"
#include "probe/openapi_compare.h"

static void check_places(const char *url)
{
	char *places[OPENAPI_PLACES];
	size_t count = openapi_places(url, places);

	PROMISE(count >= 3 && count <= OPENAPI_PLACES);
	for (size_t i = 0; i < count; i++) {
		PROMISE(strlen(places[i]) <= strlen(url) + strlen("/openapi.json"));
		free(places[i]);
	}
}

/* A list lacks nothing of its own; each of its routes is found in it. */
static void check_compare(const struct routes *routes)
{
	struct arena arena;
	struct strbuf where;
	size_t lacking;

	arena_init(&arena);
	strbuf_init(&where, 300);
	(void)openapi_lacking(routes, routes, &arena, &lacking);
	PROMISE(lacking == 0);
	for (size_t i = 0; i < routes->count && i < 20; i++) {
		const char *blank = strchr(routes->at[i], ' ');
		struct wanted_route wanted = {
			.method = arena_strndup(&arena, routes->at[i], (size_t)(blank - routes->at[i])),
			.path = blank + 1, .inner = blank + 1};

		strbuf_reset(&where);
		PROMISE(openapi_has(routes, &wanted, &where));
		wanted.method = "NONE";
		PROMISE(!openapi_has(routes, &wanted, &where) && where.len != 0);
	}
	strbuf_release(&where);
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *newline = size != 0 ? memchr(text, '\n', size) : NULL;
	size_t url_len = newline != NULL ? (size_t)(newline - text) : 0;
	size_t from = newline != NULL ? url_len + 1 : 0;
	char *url = xstrndup(text, url_len);
	struct routes *routes = routes_read(text + from, size - from, NULL);

	check_places(url);
	for (size_t i = 0; routes != NULL && i < routes->count; i++) {
		PROMISE(strchr(routes->at[i], ' ') != NULL);
		PROMISE(scrub_is_clean(routes->at[i], strlen(routes->at[i])));
	}
	PROMISE(routes == NULL || routes->count <= LIMIT_ROUTES);
	if (routes != NULL)
		check_compare(routes);
	routes_unref(routes);
	free(url);
	return 0;
}
