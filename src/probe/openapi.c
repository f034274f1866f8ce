/* Reading of OpenAPI documents: only the methods and paths, bounded. See openapi.h. */
#include "probe/openapi.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/scrub.h"
#include "base/vec.h"

#define ROUTE_MAX 512
#define PLACE_SEGMENTS 3

struct text_list VEC_OF(char *);

struct routes *routes_ref(struct routes *routes)
{
	if (routes != NULL)
		routes->refs++;
	return routes;
}

void routes_unref(struct routes *routes)
{
	if (routes == NULL || --routes->refs != 0)
		return;
	for (size_t i = 0; i < routes->count; i++)
		free((char *)routes->at[i]);
	free(routes->at);
	free(routes);
}

/* OpenAPI 3.1 section 4.8.9: the fields of a path item that are operations. */
static bool is_method(const char *key)
{
	static const char *const methods[] = {"get", "post", "put", "delete",
					      "patch", "head", "options", "trace"};

	for (size_t i = 0; i < BASE_LEN(methods); i++)
		if (strcmp(key, methods[i]) == 0)
			return true;
	return false;
}

/* What stands before all paths: `servers[0].url` where it is a path, or Swagger's `basePath`. */
static const char *base_path(const struct json *root)
{
	const char *base = json_string(json_get(root, "basePath"));

	if (base == NULL)
		base = json_string(json_get(json_first(json_get(root, "servers")), "url"));
	return base != NULL && base[0] == '/' ? base : "";
}

static void add_route(struct text_list *list, const char *method, const char *base, const char *path)
{
	size_t base_len = strlen(base);
	struct strbuf raw, clean;

	if (base_len != 0 && base[base_len - 1] == '/')
		base_len--;
	strbuf_init(&raw, ROUTE_MAX);
	strbuf_init(&clean, ROUTE_MAX);
	for (const char *at = method; *at != '\0'; at++)
		strbuf_addc(&raw, (char)(*at - 'a' + 'A'));
	strbuf_addf(&raw, " %.*s%s", (int)base_len, base, path);
	scrub(&clean, raw.data, raw.len, SCRUB_LINE);
	if (!raw.truncated && !clean.truncated)
		vec_push(list, strbuf_detach(&clean));
	strbuf_release(&raw);
	strbuf_release(&clean);
}

struct routes *routes_read(const char *bytes, size_t len)
{
	struct json_doc *doc = json_parse(bytes, len, NULL);
	const struct json *root = doc != NULL ? json_root(doc) : NULL;
	const struct json *paths = json_get(root, "paths");
	struct text_list list = {0};
	struct routes *routes;

	if (json_type(paths) != JSON_MAP) {
		json_free(doc);
		return NULL;
	}
	for (const struct json *path = json_first(paths); path != NULL; path = json_next(path))
		for (const struct json *operation = json_first(path);
		     operation != NULL && list.len < LIMIT_ROUTES; operation = json_next(operation))
			if (json_key(operation) != NULL && is_method(json_key(operation)))
				add_route(&list, json_key(operation), base_path(root), json_key(path));
	json_free(doc);
	routes = xcalloc(1, sizeof(*routes));
	routes->refs = 1;
	routes->count = list.len;
	routes->at = (const char **)list.at;
	return routes;
}

/* Where the path of a URL begins: behind "scheme://authority". */
static const char *path_of(const char *url)
{
	const char *authority = strstr(url, "://");

	authority = authority != NULL ? authority + 3 : url;
	return authority + strcspn(authority, "/?#");
}

size_t openapi_places(const char *url, char *places[OPENAPI_PLACES])
{
	const char *path = path_of(url);
	size_t path_len = strcspn(path, "?#");
	int origin_len = (int)(path - url);
	size_t count = 0, segments = 0;

	places[count++] = xasprintf("%.*s/openapi.json", origin_len, url);
	/* The document of a service behind a gateway lies below its prefix. */
	for (size_t i = 1; i < path_len && segments < PLACE_SEGMENTS; i++) {
		if (path[i] != '/')
			continue;
		segments++;
		places[count++] = xasprintf("%.*s%.*s/openapi.json", origin_len, url, (int)i, path);
	}
	places[count++] = xasprintf("%.*s/v3/api-docs", origin_len, url);
	places[count++] = xasprintf("%.*s/swagger.json", origin_len, url);
	return count;
}
