/* What defaults, services and checks may all say: times, fall and rise, request headers, TLS,
 * proxy, redirects, credentials. One reader a key; a key without a reader is no option. */
#include "config/build.h"

#include "base/limits.h"
#include "config/auth.h"
#include "config/cron.h"
#include "config/keys.h"
#include "config/settings.h"
#include "config/zone.h"

#include <strings.h>

#define INTERVAL_LEAST (100 * NS_PER_MS)
#define INTERVAL_MOST (24 * 3600 * NS_PER_S)
#define TIMEOUT_LEAST (10 * NS_PER_MS)
#define TIMEOUT_MOST (600 * NS_PER_S)
#define ZONE_AHEAD (10 * 366 * INT64_C(24) * 3600 * NS_PER_S)
#define FOLLOW_MOST 20
#define HEADERS_MOST 64

static void read_interval(struct builder *builder, struct options *options,
			  const struct node *value)
{
	int64_t ns =
		build_duration(builder, value, options->interval_ns, INTERVAL_LEAST, INTERVAL_MOST);

	if (builder->request->interval_ns == 0)
		options->interval_ns = ns;
	options->every = NULL;
}

static void read_every(struct builder *builder, struct options *options, const struct node *value)
{
	const char *text = build_text(builder, value, "'every'", NULL);
	struct cron cron;
	struct strbuf err;

	if (text == NULL)
		return;
	strbuf_init(&err, LIMIT_MESSAGE);
	if (!cron_parse(text, &cron, &err))
		build_complain(builder, value, "%s %s", build_shown(builder, value), err.data);
	else
		options->every = build_keep(builder, text);
	strbuf_release(&err);
}

/* Zones hold a thousand changes: each is read once. */
static const struct zone_shift *load_zone(struct builder *builder, const char *name, size_t *count,
					  struct strbuf *err)
{
	struct wall_time until = clock_wall();

	until.ns += ZONE_AHEAD;
	return zone_load(&builder->fleet->arena, name, until, count, err);
}

static void read_timezone(struct builder *builder, struct options *options,
			  const struct node *value)
{
	const char *text = build_text(builder, value, "'timezone'", NULL);
	const struct cron *known;
	struct cron *zone;
	struct strbuf err;

	if (text == NULL)
		return;
	options->timezone = build_keep(builder, text);
	known = map_get(builder->cron_of, text);
	if (known != NULL)
		return;
	zone = arena_alloc(&builder->fleet->arena, sizeof(*zone));
	strbuf_init(&err, LIMIT_MESSAGE);
	zone->shifts = load_zone(builder, text, &zone->shift_count, &err);
	if (zone->shifts == NULL)
		build_complain(builder, value, "%s", err.data);
	else
		map_put(builder->cron_of, text, zone);
	strbuf_release(&err);
}

const struct cron *build_cron(struct builder *builder, const struct options *options)
{
	const struct cron *zone = NULL;
	struct cron *cron;
	const char *key;
	struct strbuf err;

	if (options->every == NULL)
		return NULL;
	if (options->timezone != NULL)
		zone = map_get(builder->cron_of, options->timezone);
	key = arena_printf(&builder->scratch, "%s %s",
			   options->timezone != NULL ? options->timezone : "UTC", options->every);
	cron = map_get(builder->cron_of, key);
	if (cron != NULL)
		return cron;
	cron = arena_alloc(&builder->fleet->arena, sizeof(*cron));
	strbuf_init(&err, LIMIT_MESSAGE);
	if (!cron_parse(options->every, cron, &err))
		BUG("'%s' was read before and now %s", options->every, err.data);
	strbuf_release(&err);
	cron->text = options->every;
	if (zone != NULL) {
		cron->shifts = zone->shifts;
		cron->shift_count = zone->shift_count;
	}
	map_put(builder->cron_of, key, cron);
	return cron;
}

void build_one_rhythm(struct builder *builder, const struct node *node)
{
	const struct node *every = node_get(node, "every");

	if (every != NULL && node_get(node, "interval") != NULL)
		build_complain(builder, every, "say either 'every' or 'interval'");
}

static void read_timeout(struct builder *builder, struct options *options, const struct node *value)
{
	int64_t ns =
		build_duration(builder, value, options->timeout_ns, TIMEOUT_LEAST, TIMEOUT_MOST);

	if (builder->request->timeout_ns == 0)
		options->timeout_ns = ns;
}

static void read_fall(struct builder *builder, struct options *options, const struct node *value)
{
	options->fall = build_int(builder, value, options->fall, 1, 100);
}

static void read_rise(struct builder *builder, struct options *options, const struct node *value)
{
	options->rise = build_int(builder, value, options->rise, 1, 100);
}

/* true, false or how many redirects at most. */
static void read_follow(struct builder *builder, struct options *options, const struct node *value)
{
	if (value->kind == NODE_SCALAR && value->text_len != 0 &&
	    strspn(value->text, "0123456789") == value->text_len)
		options->follow = build_int(builder, value, 0, 0, FOLLOW_MOST);
	else
		options->follow = build_bool(builder, value, false) ? LIMIT_REDIRECTS : 0;
}

static void read_proxy(struct builder *builder, struct options *options, const struct node *value)
{
	static const char *const schemes[] = {"http://",    "https://",	 "socks4://",
					      "socks4a://", "socks5://", "socks5h://"};
	const char *text = build_text(builder, value, "a proxy", NULL);

	if (text == NULL)
		return;
	if (strcmp(text, "none") == 0) {
		options->proxy = "";
		return;
	}
	for (size_t i = 0; i < BASE_LEN(schemes); i++) {
		if (strncasecmp(text, schemes[i], strlen(schemes[i])) == 0 &&
		    text[strlen(schemes[i])] != '\0') {
			options->proxy = build_keep(builder, text);
			return;
		}
	}
	build_complain(
		builder, value,
		"a proxy is a URL like http://proxy:3128 or socks5://proxy:1080, or 'none'; got %s",
		build_shown(builder, value));
}

/* A map of options; of a check of a store, whether it speaks TLS is read by its own reader. */
static void read_tls(struct builder *builder, struct options *options, const struct node *value)
{
	struct tls_options *tls = &options->tls;

	if (value->kind != NODE_MAP) {
		build_complain(builder, value,
			       "'tls' is a map like {ca: FILE, server_name: NAME}, not %s",
			       build_shown(builder, value));
		return;
	}
	config_check_keys(value, 1u << KEY_SCOPE_TLS, builder->diags);
	for (size_t i = 0; i < value->len; i++) {
		const char *key = value->keys[i]->text;
		const struct node *item = value->items[i];

		if (strcmp(key, "ca") == 0)
			tls->ca = build_file(builder, item, "'ca'");
		else if (strcmp(key, "cert") == 0)
			tls->cert = build_file(builder, item, "'cert'");
		else if (strcmp(key, "key") == 0)
			tls->key = build_key_file(builder, item);
		else if (strcmp(key, "server_name") == 0)
			tls->server_name = build_keep(builder, build_text(builder, item,
									  "'server_name'", NULL));
		else if (strcmp(key, "verify") == 0)
			tls->verify = build_bool(builder, item, true);
	}
	if ((tls->cert == NULL) != (tls->key == NULL))
		build_complain(builder, value,
			       "'cert' and 'key' of a client certificate come together");
}

static bool header_is_sound(struct builder *builder, const struct node *name,
			    const struct node *value)
{
	if (!web_is_token(name->text, strlen(name->text))) {
		build_complain(builder, name, "'%.80s' is no header name", name->text);
		return false;
	}
	/* They say where a request ends (RFC 9112 section 6); wrong ones make the server wait, or read the
	 * next request as this one's body. */
	if (strcasecmp(name->text, "Content-Length") == 0 || strcasecmp(name->text, "Transfer-Encoding") == 0) {
		build_complain(builder, name, "'%s' follows from the request's body and is not said by hand; leave it out",
			       name->text);
		return false;
	}
	if (value->kind != NODE_SCALAR) {
		build_complain(builder, value, "the value of a header is a text, not %s",
			       node_kind_name(value->kind));
		return false;
	}
	/* A line break would begin a header that nobody asked for (RFC 9110 section 5.5). */
	if (strpbrk(value->text, "\r\n") != NULL) {
		build_complain(builder, value, "the value of a header is one line");
		return false;
	}
	return !build_broken(value);
}

/* The headers so far with these put in their place or at the end; names are caseless. */
static void read_headers(struct builder *builder, struct options *options, const struct node *value)
{
	struct name_value *all;
	size_t count = options->header_count;

	if (value->kind != NODE_MAP) {
		build_complain(builder, value, "'headers' is a map of names and values, not %s",
			       build_shown(builder, value));
		return;
	}
	if (count + value->len > HEADERS_MOST) {
		build_complain(builder, value, "more than %d headers", HEADERS_MOST);
		return;
	}
	all = arena_array(&builder->fleet->arena, count + value->len, sizeof(*all));
	for (size_t i = 0; i < count; i++)
		all[i] = options->headers[i];
	for (size_t i = 0; i < value->len; i++) {
		size_t at = 0;

		if (!header_is_sound(builder, value->keys[i], value->items[i]))
			continue;
		while (at < count && strcasecmp(all[at].name, value->keys[i]->text) != 0)
			at++;
		all[at].name = build_keep(builder, value->keys[i]->text);
		all[at].value = build_keep(builder, value->items[i]->text);
		if (at == count)
			count++;
	}
	options->headers = all;
	options->header_count = count;
}

static const struct {
	const char *name;
	void (*read)(struct builder *builder, struct options *options, const struct node *value);
} readers[] = {
	{"interval", read_interval}, {"every", read_every},
	{"timezone", read_timezone}, {"timeout", read_timeout}, {"fall", read_fall},
	{"rise", read_rise},	     {"headers", read_headers}, {"tls", read_tls},
	{"proxy", read_proxy},	     {"follow", read_follow},	{"auth", auth_read},
};

bool build_is_option(const char *key)
{
	for (size_t i = 0; i < BASE_LEN(readers); i++) {
		if (strcmp(readers[i].name, key) == 0)
			return true;
	}
	return false;
}

bool build_option(struct builder *builder, struct options *options, const struct node *key,
		  const struct node *value)
{
	for (size_t i = 0; i < BASE_LEN(readers); i++) {
		if (strcmp(readers[i].name, key->text) != 0)
			continue;
		if (!build_broken(value))
			readers[i].read(builder, options, value);
		return true;
	}
	return false;
}

/* Environments that `only` names must be there, else a typing error silences a check. */
static void check_environment(struct builder *builder, const struct node *item)
{
	const struct fleet *fleet = builder->fleet;

	for (size_t i = 0; i < fleet->environment_count; i++) {
		if (strcmp(fleet->environments[i], item->text) == 0)
			return;
	}
	build_complain(builder, item, "there is no environment '%.80s'%s", item->text,
		       build_suggest(builder, item->text, fleet->environments,
				     fleet->environment_count));
}

bool build_only(struct builder *builder, const struct node *only)
{
	bool meant = node_is_null(only);

	if (!meant && build_list_len(only) == 0) {
		build_complain(builder, only, "'only' is empty; wanted names of environments");
		return true;
	}
	for (size_t i = 0; i < build_list_len(only); i++) {
		const struct node *item = build_list_at(only, i);

		if (build_text(builder, item, "an environment", NULL) == NULL)
			continue;
		check_environment(builder, item);
		if (strcmp(item->text, builder->fleet->environment) == 0)
			meant = true;
	}
	return meant;
}
