/* JSON in. cJSON stays in this file, and sees only bytes that json_check() has found to be one
 * document by the grammar of RFC 8259 and no deeper than LIMIT_JSON_DEPTH: cJSON itself is
 * lenient and recurses. `struct json` is never defined; it stands for cJSON's item. */
#include "base/json.h"

#include "base/json_check.h"
#include "base/xalloc.h"

#include <cjson/cJSON.h>

struct json_doc {
	cJSON *root;
};

struct json_doc *json_parse(const char *bytes, size_t len, struct strbuf *err)
{
	struct json_doc *doc;
	const char *end = bytes;
	cJSON *root;

	if (!json_check(bytes, len, err))
		return NULL;
	root = cJSON_ParseWithLengthOpts(bytes, len, &end, 0);
	/* What the grammar allows and cJSON cannot hold: it fails, or (before the fix that Debian
	 * carries) stops inside a number of 63 digits. */
	if (root == NULL || (end < bytes + len && strchr(" \t\r\n", *end) == NULL)) {
		cJSON_Delete(root);
		if (err != NULL)
			strbuf_adds(err, "JSON with half a surrogate pair or an endless number");
		return NULL;
	}
	doc = xmalloc(sizeof(*doc));
	doc->root = root;
	return doc;
}

void json_free(struct json_doc *doc)
{
	if (doc == NULL)
		return;
	cJSON_Delete(doc->root);
	free(doc);
}

static const cJSON *item(const struct json *value)
{
	return (const cJSON *)(const void *)value;
}

static const struct json *wrap(const cJSON *value)
{
	return (const struct json *)(const void *)value;
}

const struct json *json_root(const struct json_doc *doc)
{
	return doc != NULL ? wrap(doc->root) : NULL;
}

enum json_type json_type(const struct json *value)
{
	if (cJSON_IsBool(item(value)))
		return JSON_BOOL;
	if (cJSON_IsNumber(item(value)))
		return JSON_NUMBER;
	if (cJSON_IsString(item(value)))
		return JSON_STRING;
	if (cJSON_IsArray(item(value)))
		return JSON_LIST;
	if (cJSON_IsObject(item(value)))
		return JSON_MAP;
	return JSON_NULL;
}

const struct json *json_get(const struct json *map, const char *key)
{
	if (!cJSON_IsObject(item(map)))
		return NULL;
	return wrap(cJSON_GetObjectItemCaseSensitive(item(map), key));
}

const struct json *json_first(const struct json *container)
{
	return container != NULL ? wrap(item(container)->child) : NULL;
}

const struct json *json_next(const struct json *child)
{
	return child != NULL ? wrap(item(child)->next) : NULL;
}

const char *json_key(const struct json *child)
{
	return child != NULL ? item(child)->string : NULL;
}

size_t json_len(const struct json *container)
{
	size_t len = 0;

	for (const struct json *child = json_first(container); child != NULL;
	     child = json_next(child))
		len++;
	return len;
}

const char *json_string(const struct json *value)
{
	return cJSON_IsString(item(value)) ? item(value)->valuestring : NULL;
}

double json_number(const struct json *value, double fallback)
{
	return cJSON_IsNumber(item(value)) ? item(value)->valuedouble : fallback;
}

bool json_bool(const struct json *value, bool fallback)
{
	return cJSON_IsBool(item(value)) ? cJSON_IsTrue(item(value)) != 0 : fallback;
}
