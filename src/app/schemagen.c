/* schemagen > FILE: services.yaml as a JSON Schema (2020-12), for editors: completion, the words of
 * the manual beside each key, and mistakes underlined while they are typed. It comes from the
 * tables of the code, as the manual does; `sitrep --check` knows more. A build tool; it is not
 * installed. */
#include "base/json.h"
#include "config/auth.h"
#include "config/keys.h"
#include "model/check_type.h"

#include <ctype.h>

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

static void open_definition(struct json_writer *out, const char *name)
{
	json_add_key(out, name);
	json_open_map(out);
}

/* A map that knows no other keys than its properties, which are opened. */
static void open_closed_map(struct json_writer *out)
{
	add_pair(out, "type", "object");
	json_add_key(out, "additionalProperties");
	json_add_bool(out, false);
	json_add_key(out, "properties");
	json_open_map(out);
}

/* A text with a variable may become anything. */
#define VARIABLE "\\$\\{"
#define DURATION "^(([0-9]+[.]?|[0-9]*[.][0-9]+)(y|w|d|h|m|s|ms|us|ns))+$"
#define CRON "^\\s*(@[A-Za-z]+|(\\S+\\s+){4}\\S+)\\s*$"

/* What a key takes, by the words that the manual has for it. Anything may be a text: it may hold
 * a variable. */
static const struct {
	const char *value;
	const char *is, *list_of, *map_of; /* a definition, or NULL */
	const char *types[4];
} takes[] = {
	{"map of maps", NULL, NULL, "#/$defs/texts", {NULL}},
	{"map of services", NULL, NULL, "#/$defs/template", {NULL}},
	{"map of texts", NULL, NULL, "#/$defs/text", {NULL}},
	{"list of checks", NULL, "#/$defs/check", NULL, {NULL}},
	{"list of sources", NULL, "#/$defs/log", NULL, {NULL}},
	{"list of windows", NULL, "#/$defs/window", NULL, {NULL}},
	{"list of assertions", NULL, "#/$defs/assertion", NULL, {NULL}},
	{"list of environments", NULL, "#/$defs/text", NULL, {NULL}},
	{"list of texts", NULL, "#/$defs/text", NULL, {NULL}},
	{"list of names", NULL, "#/$defs/text", NULL, {NULL}},
	{"list of METHOD path", NULL, "#/$defs/text", NULL, {NULL}},
	{"template or list", NULL, "#/$defs/text", NULL, {NULL}},
	{"number", NULL, NULL, NULL, {"integer", "string"}},
	{"1", NULL, NULL, NULL, {"integer", "string"}},
	{"true|false", NULL, NULL, NULL, {"boolean", "string"}},
	{"true|false|number", NULL, NULL, NULL, {"boolean", "integer", "string"}},
	{"duration", "#/$defs/duration", NULL, NULL, {NULL}},
	{"cron expression", "#/$defs/cron", NULL, NULL, {NULL}},
	{"map", "#/$defs/tls", NULL, NULL, {NULL}},
	{"map or none", "#/$defs/auth", NULL, NULL, {NULL}},
	{"URL or map", "#/$defs/alertmanager", NULL, NULL, {NULL}},
	{"map of user and password", "#/$defs/basic", NULL, NULL, {NULL}},
	{"map of client credentials", "#/$defs/oauth2", NULL, NULL, {NULL}},
	{"map of certificate and key", "#/$defs/mtls", NULL, NULL, {NULL}},
};

static void add_pattern(struct json_writer *out, const char *pattern)
{
	json_open_map(out);
	add_pair(out, "type", "string");
	add_pair(out, "pattern", pattern);
	json_close_map(out);
}

/* "down|degraded": these words, in capital or in small letters as they are written, and as numbers
 * where they are some. */
static void add_choices(struct json_writer *out, const char *choices)
{
	json_add_key(out, "anyOf");
	json_open_list(out);
	json_open_map(out);
	json_add_key(out, "enum");
	json_open_list(out);
	for (const char *at = choices;;) {
		char word[32], small[32], *end;
		size_t len = strcspn(at, "|"), i;

		if (len >= sizeof(word))
			BUG("the choice %s is too long", at);
		for (i = 0; i < len; i++) {
			word[i] = at[i];
			small[i] = (char)tolower((unsigned char)at[i]);
		}
		word[len] = small[len] = '\0';
		json_add_string(out, word);
		if (strcmp(word, small) != 0)
			json_add_string(out, small);
		if (strtod(word, &end) != 0 && *end == '\0')
			json_add_number(out, strtod(word, NULL));
		if (at[len] == '\0')
			break;
		at += len + 1;
	}
	json_close_list(out);
	json_close_map(out);
	add_pattern(out, VARIABLE);
	json_close_list(out);
}

static void add_value(struct json_writer *out, const char *value)
{
	static const char *const text[] = {"string", "number", "boolean"};

	for (size_t i = 0; i < BASE_LEN(takes); i++) {
		size_t count = 0;

		if (strcmp(takes[i].value, value) != 0)
			continue;
		while (count < BASE_LEN(takes[i].types) && takes[i].types[count] != NULL)
			count++;
		if (takes[i].is != NULL)
			add_pair(out, "$ref", takes[i].is);
		else if (takes[i].list_of != NULL)
			add_list_of(out, takes[i].list_of);
		else if (takes[i].map_of != NULL)
			add_map_of(out, takes[i].map_of);
		else
			add_types(out, takes[i].types, count);
		return;
	}
	if (strchr(value, '|') != NULL)
		add_choices(out, value);
	else
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

/* The keys of some scopes (a bit each) as a closed map; those without which it is nothing are
 * required in a `whole` map. A file may leave some to another file, a template has no name. */
static void add_scopes(struct json_writer *out, unsigned scopes, bool whole)
{
	open_closed_map(out);
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		if ((scopes & 1u << key->scope) == 0)
			continue;
		if (strcmp(key->name, "defaults") == 0) {
			open_definition(out, key->name);
			add_pair(out, "$ref", "#/$defs/options");
			json_close_map(out);
		} else if (strcmp(key->name, "services") == 0) {
			open_definition(out, key->name);
			add_pair(out, "type", "array");
			open_definition(out, "items");
			add_pair(out, "$ref", "#/$defs/service");
			json_close_map(out);
			json_close_map(out);
		} else if (whole || strcmp(key->name, "name") != 0) {
			add_key(out, key->name, key->value, key->doc);
		}
	}
	json_close_map(out);
	if (!whole)
		return;
	json_add_key(out, "required");
	json_open_list(out);
	for (size_t i = 0; i < config_key_count; i++)
		if ((scopes & 1u << config_keys[i].scope) != 0 &&
		    strcmp(config_keys[i].fallback, "needed") == 0)
			json_add_string(out, config_keys[i].name);
	json_close_list(out);
}

static void add_scopes_as(struct json_writer *out, const char *name, unsigned scopes, bool whole)
{
	open_definition(out, name);
	add_scopes(out, scopes, whole);
	json_close_map(out);
}

/* One scope as a map, or a text in its place. */
static void add_map_or_text(struct json_writer *out, const char *name, unsigned scope,
			    const char *pattern)
{
	open_definition(out, name);
	json_add_key(out, "anyOf");
	json_open_list(out);
	add_pattern(out, pattern);
	json_open_map(out);
	add_scopes(out, scope, true);
	json_close_map(out);
	json_close_list(out);
	json_close_map(out);
}

/* --- checks -------------------------------------------------------------------------------- */

/* A map of one: the ways that some types have. */
static void add_auth(struct json_writer *out, uint32_t types)
{
	json_add_key(out, "anyOf");
	json_open_list(out);
	add_pattern(out, "^none$|" VARIABLE);
	json_open_map(out);
	open_closed_map(out);
	for (size_t i = 0; i < config_key_count; i++) {
		if (config_keys[i].scope == KEY_SCOPE_AUTH &&
		    auth_types(config_keys[i].name) & types)
			add_key(out, config_keys[i].name, config_keys[i].value, config_keys[i].doc);
	}
	json_close_map(out);
	json_add_key(out, "minProperties");
	json_add_int(out, 1);
	json_add_key(out, "maxProperties");
	json_add_int(out, 1);
	json_close_map(out);
	json_close_list(out);
}

static void add_check_key(struct json_writer *out, enum check_type type,
			  const struct check_key_info *key)
{
	if (strcmp(key->name, "auth") == 0) {
		open_definition(out, key->name);
		add_pair(out, "description", key->doc);
		add_auth(out, 1u << type);
		json_close_map(out);
	} else if (strcmp(key->name, "tls") == 0) {
		open_definition(out, key->name);
		add_pair(out, "description", key->doc);
		json_add_key(out, "anyOf");
		json_open_list(out);
		json_open_map(out);
		add_pair(out, "$ref", "#/$defs/tls");
		json_close_map(out);
		if (check_type_info(type)->target == FORM_ADDRESS) {
			json_open_map(out);
			add_value(out, "true|false");
			json_close_map(out);
		}
		json_close_list(out);
		json_close_map(out);
	} else {
		add_key(out, key->name, key->value, key->doc);
	}
}

/* What the key of the type's own name takes. */
static void add_target(struct json_writer *out, const struct check_type_info *info)
{
	json_add_key(out, info->name);
	json_open_map(out);
	add_pair(out, "description", info->doc);
	switch (info->target) {
	case FORM_WEB:
	case FORM_SOCKET:
		add_types(out, (const char *const[]){"string", "null"}, 2);
		break;
	case FORM_ADDRESS:
		add_types(out, (const char *const[]){"string"}, 1);
		break;
	case FORM_NAME:
	case FORM_TEXT:
		add_value(out, "text");
		break;
	case FORM_WORDS:
		add_list_of(out, "#/$defs/text");
		break;
	case FORM_STEPS:
		add_pair(out, "type", "array");
		json_add_key(out, "minItems");
		json_add_int(out, 1);
		open_definition(out, "items");
		add_pair(out, "$ref", "#/$defs/step");
		json_close_map(out);
		break;
	}
	json_close_map(out);
}

/* "needed by cors" */
static bool is_needed(const struct check_key_info *key, const struct check_type_info *info)
{
	static const char by[] = "needed by ";

	return strncmp(key->fallback, by, strlen(by)) == 0 &&
	       strcmp(key->fallback + strlen(by), info->name) == 0;
}

/* One check type with the keys it takes, in a service or as a step of a flow. */
static void add_check(struct json_writer *out, enum check_type type, bool step)
{
	const struct check_type_info *info = check_type_info(type);
	size_t count;
	const struct check_key_info *keys = check_keys(&count);

	json_open_map(out);
	open_closed_map(out);
	add_target(out, info);
	for (size_t i = 0; i < count; i++) {
		if ((keys[i].types & 1u << type) != 0 &&
		    (!step || check_key_is_of_step((enum check_key)i)))
			add_check_key(out, type, &keys[i]);
	}
	if (step) {
		open_definition(out, "capture");
		add_pair(out, "description",
			 "values of the answer for the steps behind: {token: json .token}, put in as {{token}}");
		add_pair(out, "type", "object");
		open_definition(out, "additionalProperties");
		add_pair(out, "type", "string");
		add_pair(out, "pattern", "^(json +\\S|header +\\S|body($| ~ ))|" VARIABLE);
		json_close_map(out);
		json_close_map(out);
	}
	json_close_map(out);
	json_add_key(out, "required");
	json_open_list(out);
	json_add_string(out, info->name);
	for (size_t i = 0; i < count; i++)
		if (is_needed(&keys[i], info))
			json_add_string(out, keys[i].name);
	json_close_list(out);
	json_close_map(out);
}

static void add_checks(struct json_writer *out, const char *name, uint32_t types, bool step)
{
	open_definition(out, name);
	json_add_key(out, "anyOf");
	json_open_list(out);
	for (int type = 0; type < CHECK_TYPE_COUNT; type++)
		if ((types & 1u << type) != 0)
			add_check(out, (enum check_type)type, step);
	json_close_list(out);
	json_close_map(out);
}

/* A line, or `any of:` with lines. */
static void add_assertion(struct json_writer *out)
{
	open_definition(out, "assertion");
	add_pair(out, "description", "[not] subject [argument] operator value, or any of: [...]");
	json_add_key(out, "anyOf");
	json_open_list(out);
	json_open_map(out);
	add_types(out, (const char *const[]){"string"}, 1);
	json_close_map(out);
	json_open_map(out);
	open_closed_map(out);
	open_definition(out, "any of");
	add_list_of(out, "#/$defs/line");
	json_close_map(out);
	json_close_map(out);
	json_add_key(out, "required");
	json_open_list(out);
	json_add_string(out, "any of");
	json_close_list(out);
	json_close_map(out);
	json_close_list(out);
	json_close_map(out);
}

static void add_pattern_as(struct json_writer *out, const char *name, const char *pattern)
{
	json_add_key(out, name);
	add_pattern(out, pattern);
}

static void add_definitions(struct json_writer *out)
{
	unsigned service = 1u << KEY_SCOPE_SERVICE | 1u << KEY_SCOPE_OPTION;

	open_definition(out, "$defs");
	open_definition(out, "text");
	add_value(out, "text");
	json_close_map(out);
	open_definition(out, "texts");
	add_map_of(out, "#/$defs/text");
	json_close_map(out);
	add_pattern_as(out, "line", "");
	add_pattern_as(out, "duration", DURATION "|" VARIABLE);
	add_pattern_as(out, "cron", CRON "|" VARIABLE);
	add_assertion(out);
	add_scopes_as(out, "options", 1u << KEY_SCOPE_OPTION, false);
	add_scopes_as(out, "template", service, false);
	add_scopes_as(out, "service", service, true);
	add_scopes_as(out, "log", 1u << KEY_SCOPE_LOG, true);
	add_scopes_as(out, "window", 1u << KEY_SCOPE_MAINTENANCE, true);
	add_scopes_as(out, "tls", 1u << KEY_SCOPE_TLS, false);
	add_scopes_as(out, "oauth2", 1u << KEY_SCOPE_OAUTH2, true);
	add_scopes_as(out, "mtls", 1u << KEY_SCOPE_MTLS, true);
	add_map_or_text(out, "basic", 1u << KEY_SCOPE_BASIC, ":|" VARIABLE);
	add_map_or_text(out, "alertmanager", 1u << KEY_SCOPE_ALERTMANAGER, "^https?://|" VARIABLE);
	open_definition(out, "auth");
	add_auth(out, TYPES_ALL);
	json_close_map(out);
	add_checks(out, "check", TYPES_ALL, false);
	add_checks(out, "step", TYPES_STEP, true);
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
	add_scopes(&out, 1u << KEY_SCOPE_FILE, false);
	add_definitions(&out);
	json_close_map(&out);
	strbuf_addc(&text, '\n');
	if (text.truncated || fwrite(text.data, 1, text.len, stdout) != text.len ||
	    fflush(stdout) != 0)
		return 1;
	strbuf_release(&text);
	return 0;
}
