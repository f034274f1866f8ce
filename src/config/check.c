/* One check: its type and target, its keys, its assertions, and the rules that keep it safe to
 * point at production. A check that is wrong is kept with `error`, so that its place in the table
 * says why nobody asks. Invariant: names are unique inside their service. */
#include "config/auth.h"
#include "config/build.h"
#include "config/settings.h"
#include "config/target.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "base/userinfo.h"
#include "model/ids.h"

#include <strings.h>

#define CHECKS_MOST 2000 /* of one service, all instances together */

/* A check while its keys are read. */
struct reading {
	struct builder *builder;
	const struct scope *scope;
	struct check check;
	struct options options;
	const char
		*path; /* http, route: what is put after the service's url; NULL for a whole URL */
	struct setting settings[CHECK_KEY_COUNT];
	size_t setting_count;
	bool writing_method;
	bool own_credentials; /* a header, `auth` or user of its own that proves who we are */
};

static void read_severity(struct reading *reading, const struct node *value)
{
	const char *text = build_text(reading->builder, value, "'severity'", "");

	if (strcmp(text, "down") == 0)
		reading->check.severity = SEVERITY_DOWN;
	else if (strcmp(text, "degraded") == 0)
		reading->check.severity = SEVERITY_DEGRADED;
	else if (text[0] != '\0')
		build_complain(reading->builder, value, "'severity' is down or degraded, not %s",
			       build_shown(reading->builder, value));
}

static void read_health(struct reading *reading, const struct node *value)
{
	const char *text = build_text(reading->builder, value, "'health'", "");

	if (strcmp(text, "ignore") == 0)
		reading->check.ignore_health = true;
	else if (text[0] != '\0' && strcmp(text, "auto") != 0)
		build_complain(reading->builder, value, "'health' is auto or ignore, not %s",
			       build_shown(reading->builder, value));
}

static void read_http_version(struct reading *reading, const struct node *value)
{
	const char *text = build_text(reading->builder, value, "'http_version'", "");

	if (strcmp(text, "2") == 0)
		reading->check.http2 = true;
	else if (text[0] != '\0' && strcmp(text, "1.1") != 0)
		build_complain(reading->builder, value, "'http_version' is 1.1 or 2, not %s",
			       build_shown(reading->builder, value));
}

static void read_body(struct reading *reading, const struct node *value)
{
	if (node_is_null(value))
		build_complain(reading->builder, value, "'body' has no value");
	else if (value->kind != NODE_SCALAR)
		build_complain(reading->builder, value, "'body' is a text, not %s; quote it",
			       node_kind_name(value->kind));
	else
		reading->check.body = build_keep(reading->builder, value->text);
}

static void read_writes(struct reading *reading, const struct node *value)
{
	reading->check.writes = build_bool(reading->builder, value, false);
}

static void read_keepalive(struct reading *reading, const struct node *value)
{
	reading->check.keepalive = build_bool(reading->builder, value, true);
}

static void read_expect(struct reading *reading, const struct node *value)
{
	const struct assertion_list *list =
		build_assertions(reading->builder, reading->check.type, value);

	reading->check.expect = list->at;
	reading->check.expect_count = list->len;
	reading->check.own_status = list->asks_status;
}

static void read_warn(struct reading *reading, const struct node *value)
{
	const struct assertion_list *list =
		build_assertions(reading->builder, reading->check.type, value);

	reading->check.warn = list->at;
	reading->check.warn_count = list->len;
}

/* Read before the others, by check_name() and build_check(). */
static void read_nothing(struct reading *reading, const struct node *value)
{
	(void)reading;
	(void)value;
}

static const struct {
	const char *name;
	void (*read)(struct reading *reading, const struct node *value);
} readers[] = {
	{"name", read_nothing},	       {"only", read_nothing},
	{"expect", read_expect},       {"warn", read_warn},
	{"severity", read_severity},   {"body", read_body},
	{"writes", read_writes},       {"health", read_health},
	{"keepalive", read_keepalive}, {"http_version", read_http_version},
};

/* A key that this type does not take: of another type, or of none. */
static void complain_key(struct builder *builder, enum check_type type, const struct node *key)
{
	const struct check_key_info *keys;
	const char *names[64];
	size_t count, known = 0;

	keys = check_keys(&count);
	for (size_t i = 0; i < count && known < BASE_LEN(names); i++) {
		if (strcmp(keys[i].name, key->text) == 0) {
			build_complain(builder, key, "a %s check takes no '%s'",
				       check_type_info(type)->name, key->text);
			return;
		}
		if ((keys[i].types & 1u << type) != 0)
			names[known++] = keys[i].name;
	}
	if (builder->in_flow && known < BASE_LEN(names))
		names[known++] = "capture";
	if (check_type_find(key->text) != CHECK_TYPE_COUNT)
		build_complain(builder, key, "this %s is '%s' already; put '%s' into a %s of its own",
			       builder->in_flow ? "step" : "check", check_type_info(type)->name,
			       key->text, builder->in_flow ? "step" : "check");
	else
		build_complain(builder, key, "unknown key '%.80s'%s", key->text,
			       build_suggest(builder, key->text, names, known));
}

bool build_is_check_key(const char *key)
{
	return check_key_find(key) != CHECK_KEY_COUNT;
}

static bool type_takes(enum check_type type, const char *name)
{
	enum check_key key = check_key_find(name);
	size_t count;

	return key != CHECK_KEY_COUNT && (check_keys(&count)[key].types & 1u << type) != 0;
}

static void note_credentials(struct reading *reading, const struct node *headers)
{
	for (size_t i = 0; headers->kind == NODE_MAP && i < headers->len; i++) {
		const char *name = headers->keys[i]->text;

		if (strcasecmp(name, "authorization") == 0 || strcasecmp(name, "cookie") == 0 ||
		    strcasecmp(name, "proxy-authorization") == 0)
			reading->own_credentials = true;
	}
}

static bool check_key_is_setting(const char *name)
{
	enum check_key key = check_key_find(name);
	size_t count;

	return key != CHECK_KEY_COUNT && check_keys(&count)[key].kind != KEY_OPTION;
}

/* `tls: true` of what is spoken to at an address: TLS with the options it has. False: `tls` is a map of
 * options still to be read. */
static bool read_secure(struct reading *reading, const struct node *value)
{
	const struct check_type_info *info = check_type_info(reading->check.type);

	if (info->target != FORM_ADDRESS)
		return false;
	reading->check.secure =
		value->kind == NODE_MAP || build_bool(reading->builder, value, false);
	return value->kind != NODE_MAP;
}

static void read_key(struct reading *reading, const struct node *key, const struct node *value)
{
	struct builder *builder = reading->builder;

	if (!type_takes(reading->check.type, key->text)) {
		complain_key(builder, reading->check.type, key);
		return;
	}
	for (size_t i = 0; i < BASE_LEN(readers); i++) {
		if (strcmp(readers[i].name, key->text) == 0) {
			if (!build_broken(value))
				readers[i].read(reading, value);
			return;
		}
	}
	if (build_broken(value))
		return;
	if (check_key_is_setting(key->text)) {
		if (setting_read(builder, key, value, &reading->settings[reading->setting_count]))
			reading->setting_count++;
		return;
	}
	if (strcmp(key->text, "headers") == 0)
		note_credentials(reading, value);
	if (strcmp(key->text, "tls") == 0 && read_secure(reading, value))
		return;
	if (strcmp(key->text, "auth") == 0)
		reading->own_credentials = true;
	if (!build_option(builder, &reading->options, key, value))
		BUG("no reader for the key %s", key->text);
}

static bool asked_bare(const struct reading *reading)
{
	enum check_type type = reading->check.type;

	return reading->writing_method && (type == CHECK_TYPE_ROUTE || type == CHECK_TYPE_CORS);
}

/* The URL without its user and password where it is asked without credentials. */
static const char *without_credentials(struct reading *reading, const char *url)
{
	const char *bare;
	char *text;

	if (!asked_bare(reading) || userinfo_len(url) == 0)
		return url;
	text = userinfo_drop(url);
	bare = build_copy(reading->builder, text);
	free(text);
	return bare;
}

/* `base` and the check's own path. */
static const char *web_url(struct reading *reading, const char *base)
{
	const char *url = without_credentials(reading, base);

	return socket_url(reading->builder, reading->check.type,
			  target_join(reading->builder, url, reading->path));
}

static bool read_web_target(struct reading *reading, const struct node *value)
{
	struct builder *builder = reading->builder;
	struct web_target target;

	if (!target_read_web(builder, value, reading->check.type, &target))
		return false;
	reading->check.method = target.method;
	reading->writing_method = target.writes;
	if (target.rest[0] != '\0' && target.rest[0] != '/') {
		const char *url = without_credentials(reading, target.rest);

		if (url != target.rest)
			reading->own_credentials = true;
		reading->check.url =
			build_keep(builder, socket_url(builder, reading->check.type, url));
		return true;
	}
	reading->path = target.rest;
	if (reading->scope->url == NULL) {
		if (!reading->scope->broken)
			build_complain(builder, value,
				       "a path needs the service's 'url' in front of it");
		return false;
	}
	reading->check.url = web_url(reading, reading->scope->url);
	return true;
}

/* A URL as it is shown. */
static const char *shown_target(struct reading *reading, const char *url)
{
	struct builder *builder = reading->builder;

	if (check_type_info(reading->check.type)->target == FORM_SOCKET)
		url = socket_target(builder, url);
	return build_masked(builder, url);
}

static void read_words(struct reading *reading, const struct node *value)
{
	struct builder *builder = reading->builder;
	size_t len = build_list_len(value);
	const char **words = arena_array(&builder->fleet->arena, len, sizeof(*words));
	struct strbuf shown;

	if (len == 0 || (value->kind == NODE_SCALAR && strchr(value->text, ' ') != NULL))
		build_complain(builder, value,
			       "wanted a command as a list of words, like [check_disk, -w, 10%%]; no shell reads it");
	strbuf_init(&shown, LIMIT_CONFIG_SCALAR);
	for (size_t i = 0; i < len; i++) {
		const struct node *item = build_list_at(value, i);
		bool empty = item->kind == NODE_SCALAR && item->quoted && item->text_len == 0;
		const char *word = empty ? "" : build_text(builder, item, "a word", NULL);

		if (word == NULL)
			continue;
		if (item->secret)
			build_complain(builder, item,
				       "everybody on this host can read the arguments of a command; give the "
				       "secret by 'env:'");
		words[reading->check.word_count++] = build_keep(builder, word);
		strbuf_addf(&shown, "%s%s", i != 0 ? " " : "", word);
	}
	reading->check.words = words;
	reading->check.target = build_shown_text(builder, shown.data);
	strbuf_release(&shown);
}

static void read_target(struct reading *reading, const struct node *value)
{
	struct builder *builder = reading->builder;
	struct check *check = &reading->check;

	switch (check_type_info(check->type)->target) {
	case FORM_WEB:
	case FORM_SOCKET:
		if (read_web_target(reading, value))
			check->target = shown_target(reading, check->url);
		break;
	case FORM_ADDRESS:
		if (target_read_address(builder, value, check))
			check->target = build_shown_text(builder, value->text);
		break;
	case FORM_NAME:
	case FORM_TEXT:
		check->target = build_shown_text(
			builder, build_line(builder, value, "the target", LIMIT_CONFIG_SCALAR));
		break;
	case FORM_WORDS:
		read_words(reading, value);
		break;
	case FORM_STEPS: /* read when it is known whether it writes */
		break;
	}
}

/* A route or a page's request that may write is asked without what its service sends elsewhere. */
static void leave_credentials(struct options *options)
{
	options->auth = (struct auth){.kind = AUTH_NONE};
	options->headers = NULL;
	options->header_count = 0;
}

/* Credentials that the type cannot use are a mistake where the check itself gives them; those of its
 * service are for its other checks. */
static void apply_auth(struct reading *reading, const struct node *auth)
{
	enum check_type type = reading->check.type;
	struct options *options = &reading->options;

	if (auth_fits(type, options->auth.kind))
		return;
	if (auth != NULL)
		auth_complain(reading->builder, auth, type, options->auth.kind);
	options->auth = (struct auth){.kind = AUTH_NONE};
}

/* The header by which many servers take another method than the request line's; NULL where none is sent. */
static const char *override_header(const struct options *options)
{
	static const char *const names[] = {"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"};

	for (size_t i = 0; i < options->header_count; i++)
		for (size_t j = 0; j < BASE_LEN(names); j++)
			if (strcasecmp(options->headers[i].name, names[j]) == 0)
				return names[j];
	return NULL;
}

/* What may change something has to say so. */
static void apply_safety(struct reading *reading, const struct node *node)
{
	struct builder *builder = reading->builder;
	struct check *check = &reading->check;
	const char *override = override_header(&reading->options);

	if (asked_bare(reading)) {
		if (reading->own_credentials)
			build_complain(builder, node,
				       "%s asks with %s without credentials; "
				       "use an http check with 'writes: true'",
				       check_type_info(check->type)->name, check->method);
		return;
	}
	if (check->writes)
		return;
	if (reading->writing_method)
		build_complain(builder, node, "%s may change something there: say 'writes: true'%s",
			       check->method,
			       builder->in_flow ? " of the flow" : ", or ask with 'route'");
	else if (check->body != NULL && check->body[0] != '\0')
		build_complain(builder, node,
			       "a body may change something there, whatever the method: say 'writes: true', "
			       "or leave 'body' out");
	else if (override != NULL)
		build_complain(builder, node,
			       "the header %s asks for another method, which may change something there: %s",
			       override,
			       type_takes(check->type, "writes")
				       ? "say 'writes: true', or leave it out"
				       : "leave it out, or use an http check with 'writes: true'");
}

/* Checks in a row have the same ones, by far most of them none. */
static const struct auth *keep_auth(struct builder *builder, const struct auth *auth)
{
	if (auth->kind == AUTH_NONE)
		return NULL;
	if (builder->auth == NULL || !auth_same(builder->auth, auth))
		builder->auth = arena_memdup(&builder->fleet->arena, auth, sizeof(*auth));
	return builder->auth;
}

static const struct tls_options *keep_tls(struct builder *builder, const struct tls_options *tls)
{
	if (tls_options_same(tls, &(struct tls_options){.verify = true}))
		return NULL;
	if (builder->tls == NULL || !tls_options_same(builder->tls, tls))
		builder->tls = arena_memdup(&builder->fleet->arena, tls, sizeof(*tls));
	return builder->tls;
}

static void take_options(struct builder *builder, struct check *check,
			 const struct options *options)
{
	check->interval_ns = options->interval_ns;
	check->cron = build_cron(builder, options);
	check->timeout_ns = options->timeout_ns;
	check->fall = options->fall;
	check->rise = options->rise;
	check->tls = keep_tls(builder, &options->tls);
	check->proxy = options->proxy;
	check->auth = keep_auth(builder, &options->auth);
	check->headers = options->headers;
	check->header_count = options->header_count;
	if (check->type == CHECK_TYPE_HTTP)
		check->follow = options->follow;
}

#define INSTANCE "${instance}"

/* The text with the instance in place of its variable, or behind it where it does not name it. */
static const char *name_of_instance(struct builder *builder, const char *text)
{
	const char *at = text, *found;
	const char *name;
	struct strbuf out;

	if (strstr(text, INSTANCE) == NULL)
		return arena_printf(&builder->scratch, "%s [%s]", text, builder->instance);
	strbuf_init(&out, LIMIT_CONFIG_SCALAR);
	while ((found = strstr(at, INSTANCE)) != NULL) {
		strbuf_add(&out, at, (size_t)(found - at));
		strbuf_adds(&out, builder->instance);
		at = found + strlen(INSTANCE);
	}
	strbuf_adds(&out, at);
	name = arena_strdup(&builder->scratch, out.data);
	strbuf_release(&out);
	return name;
}

/* Type and unexpanded target without its passwords, or what `name:` says; told apart for instances. */
static const char *check_name(struct builder *builder, const struct scope *scope,
			      enum check_type type, const struct node *raw,
			      const struct node *target)
{
	const struct node *given = node_get(raw, "name");
	const char *type_name = check_type_info(type)->name;
	struct strbuf masked;
	const char *text;

	if (given != NULL) {
		text = build_name(builder, build_expand(builder, given), "'name'");
		if (text == NULL)
			return NULL;
		if (given->kind == NODE_SCALAR && strstr(given->text, INSTANCE) != NULL)
			return text;
	} else if (node_is_null(target) || target->kind != NODE_SCALAR) {
		text = type_name;
	} else if (!scrub_is_clean(target->text, target->text_len)) {
		build_complain(builder, target, "the target holds control bytes");
		return NULL;
	} else {
		strbuf_init(&masked, 2 * target->text_len + 1);
		userinfo_mask(&masked, target->text);
		text = arena_printf(&builder->scratch, "%s %s", type_name,
				    masked.data != NULL ? masked.data : "");
		strbuf_release(&masked);
	}
	return scope->instance < 0 ? text : name_of_instance(builder, text);
}

static bool name_is_free(const struct scope *scope, const char *name)
{
	for (size_t i = scope->first; i < scope->checks->len; i++) {
		if (strcmp(scope->checks->at[i].name, name) == 0)
			return false;
	}
	return true;
}

static void add_check(struct builder *builder, const struct scope *scope, const struct node *node,
		      const struct check *check)
{
	struct check *added;

	if (scope->checks->len - scope->first >= CHECKS_MOST) {
		if (builder->overfull != scope->service)
			build_complain(builder, node, "more than %d checks in one service",
				       CHECKS_MOST);
		builder->overfull = scope->service;
		return;
	}
	if (!name_is_free(scope, check->name)) {
		build_complain(builder, node,
			       "two checks of this service are called '%s'; give one a 'name'",
			       check->name);
		return;
	}
	added = vec_add(scope->checks);
	*added = *check;
	added->name = build_keep(builder, check->name);
	added->id = check_id_of(scope->service->id, check->name);
}

/* The same question put past the proxy. */
static void add_twin(struct reading *reading, const struct node *node)
{
	struct builder *builder = reading->builder;
	const char *direct = reading->scope->direct;
	struct check twin = reading->check;

	if (direct == NULL || reading->path == NULL)
		return;
	twin.via = VIA_DIRECT;
	twin.name = arena_printf(&builder->scratch, "%s (direct)", reading->check.name);
	twin.url = web_url(reading, direct);
	twin.target = shown_target(reading, twin.url);
	twin.unix_path = NULL;
	target_settle(builder, &twin);
	add_check(builder, reading->scope, node, &twin);
}

static void finish_check(struct reading *reading, const struct node *node, struct build_mark mark)
{
	struct builder *builder = reading->builder;
	struct check *check = &reading->check;

	take_options(builder, check, &reading->options);
	settings_keep(builder, reading->settings, reading->setting_count, check);
	settings_complete(builder, node, check, &reading->options);
	settings_hold(builder, check);
	check->error = build_error_since(builder, mark);
	if (check->error == NULL && reading->scope->broken)
		check->error = reading->scope->service->error;
	if (check->error == NULL && check->writes && builder->request->read_only)
		check->error = "not asked: it writes, and --read-only is set";
	if (check->target == NULL)
		check->target = "";
	target_settle(builder, check);
	add_check(builder, reading->scope, node, check);
	add_twin(reading, node);
}

static struct reading reading_begin(struct builder *builder, const struct scope *scope,
				    enum check_type type, struct srcpos pos)
{
	return (struct reading){
		.builder = builder,
		.scope = scope,
		.options = scope->options,
		.check =
			{
				.service = scope->service,
				.type = type,
				.via = VIA_URL,
				.instance = scope->instance,
				.pos = pos,
				.keepalive = true,
				.severity = check_type_info(type)->degraded ? SEVERITY_DEGRADED
									    : SEVERITY_DOWN,
			},
	};
}

static void complain_type(struct builder *builder, const struct node *node)
{
	const char *names[CHECK_TYPE_COUNT];
	struct strbuf known;
	const struct node *odd = NULL;
	const char *suggestion = "";

	strbuf_init(&known, 1000);
	for (size_t i = 0; i < CHECK_TYPE_COUNT; i++) {
		names[i] = check_type_info((enum check_type)i)->name;
		strbuf_addf(&known, "%s%s", i != 0 ? ", " : "; known: ", names[i]);
	}
	for (size_t i = 0; odd == NULL && i < node->len; i++) {
		if (!build_is_check_key(node->keys[i]->text))
			odd = node->keys[i];
	}
	if (builder->in_flow)
		build_complain(builder, odd != NULL ? odd : node,
			       "a step is {http: …} or {websocket: …}%s%.80s%s",
			       odd != NULL ? ", not '" : "", odd != NULL ? odd->text : "",
			       odd != NULL ? "'" : "");
	else if (odd != NULL)
		suggestion = build_suggest(builder, odd->text, names, CHECK_TYPE_COUNT);
	if (odd != NULL && !builder->in_flow)
		build_complain(builder, odd, "unknown check type '%.80s'%s", odd->text,
			       suggestion[0] != '\0' ? suggestion : known.data);
	else if (!builder->in_flow)
		build_complain(builder, node, "this check has no type%s", known.data);
	strbuf_release(&known);
}

/* `tls: {ca: …}` and `tls: true` are options, `tls: host:443` is a check. */
static bool is_tls_option(const struct node *key, const struct node *value)
{
	const char *text = node_text(value);

	return strcmp(key->text, "tls") == 0 &&
	       (value->kind == NODE_MAP ||
		(text != NULL && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)));
}

/* Which key of the map names the type; complains where none does. */
static bool find_type(struct builder *builder, const struct node *node, size_t *index)
{
	for (*index = 0; *index < node->len; (*index)++) {
		if (check_type_find(node->keys[*index]->text) != CHECK_TYPE_COUNT &&
		    !is_tls_option(node->keys[*index], node->items[*index]))
			return true;
	}
	complain_type(builder, node);
	return false;
}

static bool is_map(struct builder *builder, const struct node *node)
{
	if (node->kind == NODE_MAP)
		return true;
	build_complain(builder, node, "a check is a map like {http: /health}, not %s",
		       build_shown(builder, node));
	return false;
}

void build_check_keys(struct builder *builder, const struct node *node)
{
	enum check_type type;
	size_t at;

	if (!is_map(builder, node) || !find_type(builder, node, &at))
		return;
	type = check_type_find(node->keys[at]->text);
	for (size_t i = 0; i < node->len; i++) {
		if (i != at && !type_takes(type, node->keys[i]->text))
			complain_key(builder, type, node->keys[i]);
	}
}

/* The URL that the check itself says; NULL where it goes by its service's. */
static const char *own_url(const struct reading *reading, const struct node *expanded)
{
	if (reading->check.type == CHECK_TYPE_PROMETHEUS) {
		const char *server = node_text(node_get(expanded, "server"));

		server = server != NULL ? target_whole(reading->builder, server) : NULL;
		return server != NULL && strstr(server, "://") != NULL ? server : NULL;
	}
	return reading->path == NULL ? reading->check.url : NULL;
}

static void read_keys(struct reading *reading, const struct node *expanded, size_t type_at)
{
	const char *url;

	read_target(reading, expanded->items[type_at]);
	url = own_url(reading, expanded);
	if (asked_bare(reading))
		leave_credentials(&reading->options);
	if (!asked_bare(reading))
		auth_keep_home(reading->builder, reading->scope, &reading->check, url, &reading->options);
	auth_leave_for(reading->builder, &reading->options, url);
	for (size_t i = 0; i < expanded->len; i++) {
		if (i != type_at)
			read_key(reading, expanded->keys[i], expanded->items[i]);
	}
	apply_auth(reading, node_get(expanded, "auth"));
	apply_safety(reading, expanded->items[type_at]);
}

void build_check(struct builder *builder, const struct scope *scope, const struct node *node)
{
	struct build_mark mark = build_mark(builder);
	const struct node *expanded;
	struct reading reading;
	size_t at;

	if (!is_map(builder, node) || !find_type(builder, node, &at) ||
	    !build_only(builder, node_get(node, "only")))
		return;
	reading = reading_begin(builder, scope, check_type_find(node->keys[at]->text), node->pos);
	reading.check.name = check_name(builder, scope, reading.check.type, node, node->items[at]);
	builder->in_flow = reading.check.type == CHECK_TYPE_FLOW;
	expanded = build_expand(builder, node);
	builder->in_flow = false;
	read_keys(&reading, expanded, at);
	if (reading.check.type == CHECK_TYPE_FLOW) {
		reading.check.timeout_ns = reading.options.timeout_ns;
		builder->in_flow = true;
		build_flow(builder, scope, expanded->items[at], &reading.check);
		builder->in_flow = false;
	}
	build_one_rhythm(builder, expanded);
	settings_query(builder, expanded, scope->url, &reading.check);
	if (reading.check.name != NULL)
		finish_check(&reading, node, mark);
}

const struct check *build_step(struct builder *builder, const struct scope *scope,
			       const struct node *node, const struct check *flow)
{
	struct reading reading;
	struct check *check;
	size_t at;

	if (!is_map(builder, node) || !find_type(builder, node, &at))
		return NULL;
	reading = reading_begin(builder, scope, check_type_find(node->keys[at]->text), node->pos);
	if ((TYPES_STEP & 1u << reading.check.type) == 0) {
		build_complain(builder, node->keys[at], "a step is http or websocket, not %s",
			       node->keys[at]->text);
		return NULL;
	}
	reading.check.name = build_masked(
		builder,
		build_keep(builder, check_name(builder, scope, reading.check.type, node, node->items[at])));
	reading.check.writes = flow->writes;
	read_keys(&reading, node, at);
	check = arena_memdup(&builder->fleet->arena, &reading.check, sizeof(reading.check));
	take_options(builder, check, &reading.options);
	settings_keep(builder, reading.settings, reading.setting_count, check);
	settings_complete(builder, node, check, &reading.options);
	settings_hold(builder, check);
	target_settle(builder, check);
	return check->name != NULL && check->url != NULL ? check : NULL;
}

void build_implied_check(struct builder *builder, const struct scope *scope)
{
	struct reading reading =
		reading_begin(builder, scope, CHECK_TYPE_HTTP, scope->service->pos);
	struct build_mark mark = build_mark(builder);

	reading.check.name = scope->instance < 0 ? "http"
						 : arena_printf(&builder->scratch, "http [%s]",
								builder->instance);
	reading.check.method = "GET";
	reading.path = "";
	reading.check.url = scope->url;
	reading.check.target = build_masked(builder, scope->url);
	apply_safety(&reading, scope->url_node);
	finish_check(&reading, scope->url_node, mark);
}
