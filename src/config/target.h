/* Where a check goes: URLs, paths, host:port. Inside config/. */
#ifndef CONFIG_TARGET_H
#define CONFIG_TARGET_H

#include "config/build.h"

/* What the value of `http:` or `route:` says. */
struct web_target {
	const char *method; /* a literal */
	const char *rest;   /* path or URL, inside the text that was read; "" = the service's url */
	bool writes;	    /* POST, PUT, PATCH, DELETE */
};
/* ws and wss are URLs of the types that open a WebSocket. */
bool target_read_web(struct builder *builder, const struct node *node, enum check_type type,
		     struct web_target *target);
/* Complains and answers false where `url` is no absolute http(s) URL (RFC 3986). */
bool target_url_is_sound(struct builder *builder, const struct node *node, const char *url);
/* Whether both URLs, which are sound, have scheme, host and port in common (RFC 6454 section 5). */
bool target_same_origin(const char *a, const char *b);
/* Whether the URL's host is `host`, written without brackets. */
bool target_is_on(const char *url, const char *host);
/* "host:port", "[::1]:443", "unix:PATH", "rediss://host", into the check. */
bool target_read_address(struct builder *builder, const struct node *node, struct check *check);
/* `base` and a path as one URL: the base's own path stays in front. In the fleet's
 * arena; `base` itself where there is no path. */
const char *target_join(struct builder *builder, const char *base, const char *path);

#endif
