/* `alertmanager:`, a URL or a map. See build.h. */
#include "config/build.h"
#include "config/keys.h"
#include "config/target.h"

#include "base/limits.h"

#define INTERVAL_DEFAULT (30 * NS_PER_S)
#define TIMEOUT_DEFAULT (3 * NS_PER_S)

static void read_map(struct builder *builder, const struct node *node, struct options *options)
{
	const char *names[16];
	size_t count = config_key_names(1u << KEY_SCOPE_ALERTMANAGER, names, BASE_LEN(names));

	node_check_keys(node, names, count, builder->diags);
	for (size_t i = 0; i < node->len; i++)
		for (size_t k = 0; k < count; k++)
			if (strcmp(names[k], node->keys[i]->text) == 0)
				(void)build_option(builder, options, node->keys[i], node->items[i]);
}

void build_alertmanager(struct builder *builder, const struct node *given)
{
	const struct node *node = given != NULL ? build_expand(builder, given) : NULL, *place = node;
	struct options options = {.interval_ns = INTERVAL_DEFAULT,
				  .timeout_ns = TIMEOUT_DEFAULT,
				  .tls = builder->defaults.tls,
				  .proxy = builder->defaults.proxy};
	struct fleet *fleet = builder->fleet;
	struct alertmanager *from;
	const char *url;

	if (node_is_null(node) || build_broken(node))
		return;
	if (node->kind == NODE_MAP) {
		read_map(builder, node, &options);
		place = node_get(node, "url");
	}
	if (place == NULL) {
		build_complain(builder, node, "'alertmanager' needs its 'url'");
		return;
	}
	url = build_line(builder, place, "'alertmanager'", LIMIT_CONFIG_SCALAR);
	if (url == NULL || !target_url_is_sound(builder, place, url) ||
	    !target_url_has_host(builder, place, url))
		return;
	from = arena_alloc(&fleet->arena, sizeof(*from));
	*from = (struct alertmanager){
		.shown = build_shown_text(builder, url),
		.url = target_join(builder, build_copy(builder, url), "/api/v2/silences"),
		.headers = options.headers,
		.header_count = options.header_count,
		.auth = options.auth,
		.tls = options.tls,
		.proxy = options.proxy,
		.interval_ns = options.interval_ns,
		.timeout_ns = options.timeout_ns,
	};
	fleet->alertmanager = from;
}
