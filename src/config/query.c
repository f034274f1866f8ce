/* The URL of a `prometheus` check. See settings.h. */
#include "config/settings.h"
#include "config/target.h"

#include "base/limits.h"
#include "model/promql.h"

void settings_query(struct builder *builder, const struct node *node, const char *service_url,
		    struct check *check)
{
	const struct node *query = node_get(node, "prometheus");
	const struct node *own = node_get(node, "server");
	const struct node *stale = node_get(node, "stale");
	const char *server = own != NULL && node_text(own) != NULL ? target_whole(builder, node_text(own))
			     : own == NULL			   ? service_url
								   : NULL;
	struct strbuf url;

	if (check->type != CHECK_TYPE_PROMETHEUS || query == NULL || node_text(query) == NULL ||
	    build_broken(query) || (own != NULL && (server == NULL || build_broken(own))))
		return;
	if (server == NULL) {
		build_complain(builder, query,
			       "a query needs a 'server', or the service's 'url', to be put to");
		return;
	}
	if (own != NULL && !target_url_is_sound(builder, own, server))
		return;
	strbuf_init(&url, LIMIT_CONFIG_SCALAR);
	promql_url(&url, server, query->text);
	check->url = build_copy(builder, url.data);
	strbuf_release(&url);
	if (stale != NULL && !promql_is_selector(query->text))
		build_complain(builder, stale,
			       "only a plain selector like up{job=\"api\"} has an age; of what is "
			       "computed ask 'time() - timestamp(…)'");
}
