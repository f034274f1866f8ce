/* Keys of a check that its type alone understands. Inside config/. */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include "config/build.h"

/* False where the key is read elsewhere (KEY_OPTION) or its value was complained about. */
bool setting_read(struct builder *builder, const struct node *key, const struct node *value,
		  struct setting *setting);
/* Into the check, sorted, in the fleet's arena. */
void settings_keep(struct builder *builder, const struct setting *settings, size_t count,
		   struct check *check);
/* held.c: puts what always holds for the type in front of the check's own assertions. */
void settings_hold(struct builder *builder, struct check *check);
/* web.c: complains about keys that are wrong or missing for the check's type. */
void settings_complete(struct builder *builder, const struct node *node, const struct check *check,
		       const struct options *options);
/* query.c: the URL of a `prometheus` check (`node`, expanded), at its own server or the service's url. */
void settings_query(struct builder *builder, const struct node *node, const char *service_url,
		    struct check *check);
/* RFC 9110 section 5.6.2: a token, what methods and header names are made of. */
bool web_is_token(const char *text, size_t len);
/* socket.c: the same for WebSocket and Socket.IO, how their URL is shown (ws, wss), and where it leads
 * when it has no path. */
void socket_complete(struct builder *builder, const struct node *node, const struct check *check);
const char *socket_target(struct builder *builder, const char *url);
const char *socket_url(struct builder *builder, enum check_type type, const char *url);

#endif
