/* schemagen > FILE: services.yaml as a JSON Schema (2020-12), for editors: completion, the words of
 * the manual beside each key, and mistakes underlined while they are typed. It comes from the
 * tables of the code, as the manual does; `sitrep --check` knows more. A build tool; it is not
 * installed. */
#include "base/json.h"
#include "config/keys.h"
#include "model/check_type.h"

#define SCHEMA_BYTES (1u << 20)

static void add_pair(struct json_writer *out, const char *key, const char *text)
{
	json_add_key(out, key);
	json_add_string(out, text);
}

static void add_types(struct json_writer *out, const char *const *types, size_t count)
{
	json_add_key(out, "type");
	json_open_list(out);
	for (size_t i = 0; i < count; i++)
		json_add_string(out, types[i]);
	json_close_list(out);
}

/* One or a list of what `definition` says. */
static void add_list_of(struct json_writer *out, const char *definition)
{
	json_add_key(out, "anyOf");
	json_open_list(out);
	json_open_map(out);
	add_pair(out, "$ref", definition);
	json_close_map(out);
	json_open_map(out);
	add_pair(out, "type", "array");
	json_add_key(out, "items");
	json_open_map(out);
	add_pair(out, "$ref", definition);
	json_close_map(out);
	json_close_map(out);
	json_close_list(out);
}

static void add_map_of(struct json_writer *out, const char *definition)
{
	add_pair(out, "type", "object");
	json_add_key(out, "additionalProperties");
	json_open_map(out);
	add_pair(out, "$ref", definition);
	json_close_map(out);
}

/* What a key takes, by the words that the manual has for it. Anything may be a text: it may hold
 * a variable. */
static const struct {
	const char *value;
	const char *list_of, *map_of; /* a definition, or NULL */
	const char *types[4];
} takes[] = {
	{"map of maps", NULL, "#/$defs/texts", {NULL}},
	{"map of services", NULL, "#/$defs/template", {NULL}},
	{"list of services", "#/$defs/service", NULL, {NULL}},
	{"list of checks", "#/$defs/check", NULL, {NULL}},
	{"list of sources", "#/$defs/log", NULL, {NULL}},
	{"list of windows", "#/$defs/window", NULL, {NULL}},
	{"list of assertions", "#/$defs/assertion", NULL, {NULL}},
	{"list of environments", "#/$defs/text", NULL, {NULL}},
	{"list of texts", "#/$defs/text", NULL, {NULL}},
	{"list of names", "#/$defs/text", NULL, {NULL}},
	{"list of METHOD path", "#/$defs/text", NULL, {NULL}},
	{"template or list", "#/$defs/text", NULL, {NULL}},
	{"number", NULL, NULL, {"integer", "string"}},
	{"1", NULL, NULL, {"integer", "string"}},
	{"true|false", NULL, NULL, {"boolean", "string"}},
	{"true|false|number", NULL, NULL, {"boolean", "integer", "string"}},
	{"map", NULL, NULL, {"object"}},
	{"map or true|false", NULL, NULL, {"object", "boolean", "string"}},
	{"map or none", NULL, NULL, {"object", "string"}},
};

static void add_value(struct json_writer *out, const char *value)
{
	static const char *const text[] = {"string", "number", "boolean"};

	for (size_t i = 0; i < BASE_LEN(takes); i++) {
		size_t count = 0;

		if (strcmp(takes[i].value, value) != 0)
			continue;
		while (count < BASE_LEN(takes[i].types) && takes[i].types[count] != NULL)
			count++;
		if (takes[i].list_of != NULL)
			add_list_of(out, takes[i].list_of);
		else if (takes[i].map_of != NULL)
			add_map_of(out, takes[i].map_of);
		else
			add_types(out, takes[i].types, count);
		return;
	}
	add_types(out, text, BASE_LEN(text));
}

static void add_key(struct json_writer *out, const char *name, const char *value, const char *doc)
{
	json_add_key(out, name);
	json_open_map(out);
	add_pair(out, "description", doc);
	add_value(out, value);
	json_close_map(out);
}

/* The keys of some scopes (a bit each) as a closed map. */
static void add_scopes(struct json_writer *out, unsigned scopes, const char *needed)
{
	add_pair(out, "type", "object");
	json_add_key(out, "additionalProperties");
	json_add_bool(out, false);
	if (needed != NULL) {
		json_add_key(out, "required");
		json_open_list(out);
		json_add_string(out, needed);
		json_close_list(out);
	}
	json_add_key(out, "properties");
	json_open_map(out);
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		if ((scopes & 1u << key->scope) == 0)
			continue;
		if (key->scope == KEY_SCOPE_FILE && strcmp(key->name, "defaults") == 0) {
			json_add_key(out, key->name);
			json_open_map(out);
			add_pair(out, "$ref", "#/$defs/options");
			json_close_map(out);
		} else if (needed != NULL || strcmp(key->name, "name") != 0) {
			add_key(out, key->name, key->value, key->doc);
		}
	}
	json_close_map(out);
}

static void add_scopes_as(struct json_writer *out, const char *name, unsigned scopes,
			  const char *needed)
{
	json_add_key(out, name);
	json_open_map(out);
	add_scopes(out, scopes, needed);
	json_close_map(out);
}

/* One check type with the keys it takes. */
static void add_check(struct json_writer *out, enum check_type type)
{
	static const char *const target[] = {"string", "array", "null"};
	const struct check_type_info *info = check_type_info(type);
	size_t count;
	const struct check_key_info *keys = check_keys(&count);

	json_open_map(out);
	add_pair(out, "type", "object");
	json_add_key(out, "additionalProperties");
	json_add_bool(out, false);
	json_add_key(out, "required");
	json_open_list(out);
	json_add_string(out, info->name);
	json_close_list(out);
	json_add_key(out, "properties");
	json_open_map(out);
	json_add_key(out, info->name);
	json_open_map(out);
	add_pair(out, "description", info->doc);
	add_types(out, target, BASE_LEN(target));
	json_close_map(out);
	for (size_t i = 0; i < count; i++) {
		if ((keys[i].types & 1u << type) != 0)
			add_key(out, keys[i].name, keys[i].value, keys[i].doc);
	}
	json_close_map(out);
	json_close_map(out);
}

static void add_definitions(struct json_writer *out)
{
	unsigned service = 1u << KEY_SCOPE_SERVICE | 1u << KEY_SCOPE_OPTION;

	json_add_key(out, "$defs");
	json_open_map(out);
	json_add_key(out, "text");
	json_open_map(out);
	add_value(out, "text");
	json_close_map(out);
	json_add_key(out, "texts");
	json_open_map(out);
	add_map_of(out, "#/$defs/text");
	json_close_map(out);
	json_add_key(out, "assertion");
	json_open_map(out);
	add_pair(out, "description", "[not] subject [argument] operator value, or any of: [...]");
	add_types(out, (const char *const[]){"string", "object"}, 2);
	json_close_map(out);
	add_scopes_as(out, "options", 1u << KEY_SCOPE_OPTION, NULL);
	add_scopes_as(out, "template", service, NULL);
	add_scopes_as(out, "service", service, "name");
	add_scopes_as(out, "log", 1u << KEY_SCOPE_LOG, "file");
	add_scopes_as(out, "window", 1u << KEY_SCOPE_MAINTENANCE, "start");
	json_add_key(out, "check");
	json_open_map(out);
	json_add_key(out, "anyOf");
	json_open_list(out);
	for (int type = 0; type < CHECK_TYPE_COUNT; type++)
		add_check(out, (enum check_type)type);
	json_close_list(out);
	json_close_map(out);
	json_close_map(out);
}

int main(void)
{
	struct strbuf text;
	struct json_writer out;

	strbuf_init(&text, SCHEMA_BYTES);
	json_writer_init(&out, &text, true);
	json_open_map(&out);
	add_pair(&out, "$schema", "https://json-schema.org/draft/2020-12/schema");
	add_pair(&out, "title", "services.yaml of sitrep");
	add_scopes(&out, 1u << KEY_SCOPE_FILE, "services");
	add_definitions(&out);
	json_close_map(&out);
	strbuf_addc(&text, '\n');
	if (text.truncated || fwrite(text.data, 1, text.len, stdout) != text.len ||
	    fflush(stdout) != 0)
		return 1;
	strbuf_release(&text);
	return 0;
}
