/* `auth:` — a map of one: who we are, in the way that the service asks for it. Invariant: every secret
 * is known to the redactor before anything can show it. See auth.h. */
#include "config/auth.h"

#include "config/keys.h"
#include "config/target.h"

#include "base/userinfo.h"

#include <strings.h>

#define WEB_TYPES (TYPES_URL | TYPES_FLOW)

/* The ways, and the check types whose protocol has them. */
static const struct {
	const char *name;
	uint32_t types;
} kinds[] = {
	[AUTH_NONE] = {"none", TYPES_ALL},
	[AUTH_BASIC] = {"basic", WEB_TYPES | TYPES_GRPC | (TYPES_STORE & ~(TYPES_MEMCACHED | TYPES_ZOOKEEPER))},
	[AUTH_BEARER] = {"bearer", WEB_TYPES | TYPES_GRPC},
	[AUTH_PASSWORD] = {"password", TYPES_REDIS},
	[AUTH_OAUTH2] = {"oauth2", WEB_TYPES | TYPES_GRPC},
};

/* A secret in the file itself is masked like one from outside. */
static const char *keep_secret(struct builder *builder, const char *text)
{
	if (text != NULL)
		redactor_add(builder->fleet->redactor, text);
	return build_keep(builder, text);
}

static void read_basic(struct builder *builder, struct auth *auth, const struct node *value)
{
	const char *user = NULL, *password = NULL;

	if (value->kind == NODE_MAP) {
		config_check_keys(value, 1u << KEY_SCOPE_BASIC, builder->diags);
		user = build_text(builder, node_get(value, "user"), "'user'", NULL);
		password = build_text(builder, node_get(value, "password"), "'password'", NULL);
	} else if (node_text(value) != NULL && strchr(value->text, ':') != NULL) {
		const char *colon = strchr(value->text, ':');

		user = arena_strndup(&builder->scratch, value->text, (size_t)(colon - value->text));
		password = colon + 1;
	}
	if (user == NULL || password == NULL) {
		build_complain(builder, value,
			       "'basic' wants {user: NAME, password: \"${env:NAME}\"}");
		return;
	}
	*auth = (struct auth){.kind = AUTH_BASIC,
			      .user = build_keep(builder, user),
			      .secret = keep_secret(builder, password)};
}

/* `bearer: TOKEN`, `password: PASSWORD`. */
static void read_secret(struct builder *builder, struct auth *auth, const struct node *value,
			enum auth_kind kind)
{
	const char *secret = build_text(builder, value,
					kind == AUTH_BEARER ? "'bearer'" : "'password'", NULL);

	if (secret != NULL)
		*auth = (struct auth){.kind = kind, .secret = keep_secret(builder, secret)};
}

static void read_oauth2(struct builder *builder, struct auth *auth, const struct node *value)
{
	static const char *const names[] = {"token_url", "client_id", "client_secret", "scope",
					    "audience"};
	struct auth read = {.kind = AUTH_OAUTH2};
	const char *texts[BASE_LEN(names)] = {NULL};
	const struct node *url = node_get(value, "token_url");

	if (value->kind != NODE_MAP || url == NULL || node_get(value, "client_id") == NULL ||
	    node_get(value, "client_secret") == NULL) {
		build_complain(builder, value,
			       "'oauth2' wants {token_url: URL, client_id: NAME, client_secret: "
			       "\"${env:NAME}\"}, and may have 'scope' and 'audience'");
		return;
	}
	config_check_keys(value, 1u << KEY_SCOPE_OAUTH2, builder->diags);
	for (size_t i = 0; i < BASE_LEN(names); i++)
		if (node_get(value, names[i]) != NULL)
			texts[i] = build_text(builder, node_get(value, names[i]),
					      arena_printf(&builder->scratch, "'%s'", names[i]), NULL);
	if (texts[0] == NULL || texts[1] == NULL || texts[2] == NULL ||
	    !target_url_is_sound(builder, url, texts[0]) ||
	    !target_url_has_host(builder, url, texts[0]))
		return;
	read.token_url = build_keep(builder, texts[0]);
	read.user = build_keep(builder, texts[1]);
	read.secret = keep_secret(builder, texts[2]);
	read.scope = build_keep(builder, texts[3]);
	read.audience = build_keep(builder, texts[4]);
	*auth = read;
}

static void read_mtls(struct builder *builder, struct options *options, const struct node *value)
{
	const char *cert, *key;

	if (value->kind != NODE_MAP || node_get(value, "cert") == NULL ||
	    node_get(value, "key") == NULL) {
		build_complain(builder, value, "'mtls' wants {cert: FILE, key: FILE}");
		return;
	}
	config_check_keys(value, 1u << KEY_SCOPE_MTLS, builder->diags);
	cert = build_file(builder, node_get(value, "cert"), "'cert'");
	key = build_key_file(builder, node_get(value, "key"));
	options->auth = (struct auth){.kind = AUTH_NONE};
	options->tls.cert = cert;
	options->tls.key = key;
}

static void read_way(struct builder *builder, struct options *options, const struct node *value)
{
	const struct node *item;
	const char *way;

	if (value->kind != NODE_MAP || value->len != 1) {
		build_complain(builder, value,
			       "'auth' is a map of one, like {bearer: \"${env:TOKEN}\"}, or "
			       "'none'; got %s",
			       build_shown(builder, value));
		return;
	}
	way = value->keys[0]->text;
	item = value->items[0];
	if (build_broken(item))
		return;
	if (strcmp(way, "basic") == 0)
		read_basic(builder, &options->auth, item);
	else if (strcmp(way, "bearer") == 0)
		read_secret(builder, &options->auth, item, AUTH_BEARER);
	else if (strcmp(way, "password") == 0)
		read_secret(builder, &options->auth, item, AUTH_PASSWORD);
	else if (strcmp(way, "oauth2") == 0)
		read_oauth2(builder, &options->auth, item);
	else if (strcmp(way, "mtls") == 0)
		read_mtls(builder, options, item);
	else
		config_check_keys(value, 1u << KEY_SCOPE_AUTH, builder->diags);
}

void auth_read(struct builder *builder, struct options *options, const struct node *value)
{
	size_t before = builder->diags->len;

	if (node_text(value) != NULL && strcmp(value->text, "none") == 0)
		options->auth = (struct auth){.kind = AUTH_NONE};
	else
		read_way(builder, options, value);
	options->auth_broken = builder->diags->len != before;
}

static bool is_home(const struct scope *scope, const struct check *check, const char *own_url,
		    const struct options *options)
{
	const char *const places[] = {scope->url, scope->direct};

	/* Only stores know one without a user. */
	if (own_url == NULL && (check_type_info(check->type)->target != FORM_ADDRESS ||
				options->auth.kind == AUTH_PASSWORD))
		return true;
	for (size_t i = 0; i < BASE_LEN(places); i++)
		if (places[i] != NULL &&
		    (own_url != NULL ? target_same_origin(places[i], own_url)
				     : target_is_on(places[i], check)))
			return true;
	return scope->url == NULL;
}

void auth_keep_home(struct builder *builder, const struct scope *scope, const struct check *check,
		    const char *own_url, struct options *options)
{
	if (is_home(scope, check, own_url, options))
		return;
	options->auth = builder->defaults.auth;
	options->headers = builder->defaults.headers;
	options->header_count = builder->defaults.header_count;
}

void auth_leave_for(struct builder *builder, struct options *options, const char *url)
{
	struct name_value *rest;
	size_t count = 0;

	if (url == NULL || userinfo_len(url) == 0)
		return;
	options->auth = (struct auth){.kind = AUTH_NONE};
	rest = arena_array(&builder->fleet->arena, options->header_count, sizeof(*rest));
	for (size_t i = 0; i < options->header_count; i++)
		if (strcasecmp(options->headers[i].name, "Authorization") != 0)
			rest[count++] = options->headers[i];
	options->headers = rest;
	options->header_count = count;
}

bool auth_fits(enum check_type type, enum auth_kind kind)
{
	return (kinds[kind].types & 1u << type) != 0;
}

uint32_t auth_types(const char *way)
{
	for (size_t i = 0; i < BASE_LEN(kinds); i++)
		if (strcmp(kinds[i].name, way) == 0)
			return kinds[i].types;
	return TYPES_ALL; /* mtls */
}

void auth_complain(struct builder *builder, const struct node *node, enum check_type type,
		   enum auth_kind kind)
{
	struct strbuf ways;

	strbuf_init(&ways, 200);
	for (size_t i = AUTH_BASIC; i < BASE_LEN(kinds); i++)
		if (auth_fits(type, (enum auth_kind)i))
			strbuf_addf(&ways, "%s'%s'", ways.len != 0 ? ", " : "", kinds[i].name);
	build_complain(builder, node, "%s has no use for '%s'; wanted %s%s'mtls'",
		       check_type_info(type)->name, kinds[kind].name, ways.data, ways.len != 0 ? " or " : "");
	strbuf_release(&ways);
}
