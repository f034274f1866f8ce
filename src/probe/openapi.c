/* Reading of OpenAPI documents: only the methods and paths, bounded. See openapi.h. */
#include "probe/openapi.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/scrub.h"
#include "base/socket_url.h"
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

const char *url_path(const char *url)
{
	return socket_url_path(url);
}

/* `servers[0].url` with the defaults of its variables: "https://{host}/{version}". */
static void expand_server(const struct json *server, struct strbuf *out)
{
	const struct json *variables = json_get(server, "variables");
	const char *at = json_string(json_get(server, "url"));

	while (at != NULL && *at != '\0') {
		const char *end = *at == '{' ? strchr(at, '}') : NULL;
		char *name = end != NULL ? xstrndup(at + 1, (size_t)(end - at) - 1) : NULL;
		const char *value =
			name != NULL ? json_string(json_get(json_get(variables, name), "default")) : NULL;

		free(name);
		if (value != NULL) {
			strbuf_adds(out, value);
			at = end + 1;
		} else {
			strbuf_addc(out, *at++);
		}
	}
}

/* What stands before all paths: the path of `servers[0].url`, or Swagger's `basePath`; without a slash at
 * its end. */
static void read_base(const struct json *root, struct strbuf *out)
{
	const char *base = json_string(json_get(root, "basePath"));
	struct strbuf url;

	strbuf_init(&url, ROUTE_MAX);
	if (base == NULL) {
		expand_server(json_first(json_get(root, "servers")), &url);
		base = url.data != NULL && strstr(url.data, "://") != NULL ? url_path(url.data)
									      : url.data;
	}
	if (base != NULL && base[0] == '/')
		strbuf_add(out, base, strcspn(base, "?#"));
	while (out->len != 0 && out->data[out->len - 1] == '/')
		strbuf_cut(out, out->len - 1);
	strbuf_release(&url);
}

static void add_route(struct text_list *list, const char *method, const char *base, const char *path)
{
	struct strbuf raw, clean;

	strbuf_init(&raw, ROUTE_MAX);
	strbuf_init(&clean, ROUTE_MAX);
	for (const char *at = method; *at != '\0'; at++)
		strbuf_addc(&raw, (char)(*at - 'a' + 'A'));
	strbuf_addf(&raw, " %s%s%s", base, path[0] == '/' ? "" : "/", path);
	scrub(&clean, raw.data, raw.len, SCRUB_LINE);
	if (!raw.truncated && !clean.truncated)
		vec_push(list, strbuf_detach(&clean));
	strbuf_release(&raw);
	strbuf_release(&clean);
}

/* What it is in place of an OpenAPI document in JSON. */
static void say_other(const char *bytes, size_t len, const struct json *root, const char *words,
		      struct strbuf *err)
{
	size_t at = 0;

	while (at < len && strchr(" \t\r\n", bytes[at]) != NULL && bytes[at] != '\0')
		at++;
	if (at == len)
		strbuf_adds(err, "is empty");
	else if (bytes[at] == '<')
		strbuf_adds(err, "is an HTML or XML page; does a login or a single-page application answer "
				 "there?");
	else if (root == NULL && (memmem(bytes, len, "openapi:", 8) != NULL ||
				  memmem(bytes, len, "swagger:", 8) != NULL))
		strbuf_adds(err, "is YAML; wanted JSON, which most servers have at another path, like "
				 "/openapi.json");
	else if (root == NULL)
		strbuf_addf(err, "is no JSON (%s)", words);
	else
		strbuf_adds(err, "is JSON, but no OpenAPI document: it has no 'paths'");
}

static void read_paths(const struct json *paths, const char *base, struct text_list *list)
{
	for (const struct json *path = json_first(paths); path != NULL; path = json_next(path))
		for (const struct json *operation = json_first(path);
		     operation != NULL && list->len < LIMIT_ROUTES; operation = json_next(operation))
			if (json_key(operation) != NULL && is_method(json_key(operation)))
				add_route(list, json_key(operation), base, json_key(path));
}

struct routes *routes_read(const char *bytes, size_t len, struct strbuf *err)
{
	struct strbuf words, base;
	struct json_doc *doc;
	const struct json *root, *paths;
	struct text_list list = {0};
	struct routes *routes = NULL;

	strbuf_init(&words, LIMIT_BODY); /* cut only after it was redacted */
	strbuf_init(&base, ROUTE_MAX);
	doc = json_parse(bytes, len, &words);
	root = doc != NULL ? json_root(doc) : NULL;
	paths = json_get(root, "paths");
	if (json_type(paths) == JSON_MAP) {
		read_base(root, &base);
		read_paths(paths, base.len != 0 ? base.data : "", &list);
		routes = xcalloc(1, sizeof(*routes));
		routes->refs = 1;
		routes->base_len = base.len;
		routes->count = list.len;
		routes->at = (const char **)list.at;
	} else if (err != NULL) {
		say_other(bytes, len, root, words.len != 0 ? words.data : "", err);
	}
	json_free(doc);
	strbuf_release(&words);
	strbuf_release(&base);
	return routes;
}

size_t openapi_places(const char *url, char *places[OPENAPI_PLACES])
{
	const char *path = url_path(url);
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
