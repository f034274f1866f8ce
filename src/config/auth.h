/* `auth:`: who we are to a service. Inside config/. */
#ifndef CONFIG_AUTH_H
#define CONFIG_AUTH_H

#include "config/build.h"

/* Reads the value of `auth` into the options; mtls becomes the client certificate of `tls`. */
void auth_read(struct builder *builder, struct options *options, const struct node *value);
/* What a service with a URL says of who asks is for its own places: `url` and `direct`, and by other
 * protocols than HTTP for the hosts of these. Takes it out of the options where the check goes elsewhere;
 * `own_url` is the whole URL that the check itself says, NULL where there is none. */
void auth_keep_home(struct builder *builder, const struct scope *scope, const struct check *check,
		    const char *own_url, struct options *options);
/* A URL that names a user is nearer than what was said further out: leaves that out of the options. */
void auth_leave_for(struct builder *builder, struct options *options, const char *url);
/* Whether a check of this type can use such credentials. */
bool auth_fits(enum check_type type, enum auth_kind kind);
/* The check types, a bit each, that a way of `auth` is for, like "basic". */
uint32_t auth_types(const char *way);
/* Complains about credentials that a check of this type cannot use. */
void auth_complain(struct builder *builder, const struct node *node, enum check_type type,
		   enum auth_kind kind);

#endif
