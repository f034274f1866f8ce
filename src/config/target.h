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
/* ws and wss are URLs of the types that open a WebSocket. A URL comes whole, see target_whole(). */
bool target_read_web(struct builder *builder, const struct node *node, enum check_type type,
		     struct web_target *target);
/* The one form of a URL inside config/: "unix:/run/app.sock" and "http://unix:/run/app.sock" become
 * "http://unix:/run/app.sock:/"; any other text stays. In the scratch arena. */
const char *target_whole(struct builder *builder, const char *text);
/* Complains and answers false where `url`, which is whole, is no absolute http(s) URL (RFC 3986). */
bool target_url_is_sound(struct builder *builder, const struct node *node, const char *url);
/* Complains and answers false where its server is behind a socket, for those that are asked over the network
 * alone. */
bool target_url_has_host(struct builder *builder, const struct node *node, const char *url);
/* Puts the socket of the check's URL beside it: "http://localhost/health" and "/run/app.sock". */
void target_settle(struct builder *builder, struct check *check);
/* Whether both URLs, which are sound, have scheme, host and port in common (RFC 6454 section 5), or the
 * socket in place of host and port. */
bool target_same_origin(const char *a, const char *b);
/* Whether the URL's host, or socket, is that of a check that has no URL. */
bool target_is_on(const char *url, const struct check *check);
/* "host:port", "[::1]:443", "unix:PATH", "rediss://host", into the check. */
bool target_read_address(struct builder *builder, const struct node *node, struct check *check);
/* `base` and a path as one URL: the base's own path stays in front. In the fleet's
 * arena; `base` itself where there is no path. */
const char *target_join(struct builder *builder, const char *base, const char *path);

#endif
