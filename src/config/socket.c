/* What WebSocket and Socket.IO checks want beyond what check_types.def says of their keys, and how their
 * targets are shown. Complaints stand at the key. See settings.h. */
#include "config/settings.h"

#include "base/socket_url.h"
#include "base/units.h"

#include <strings.h>

const char *socket_target(struct builder *builder, const char *url)
{
	const char *rest = strstr(url, "://");

	return arena_printf(&builder->fleet->arena, "%s%s",
			    strncasecmp(url, "https", 5) == 0 ? "wss" : "ws", rest);
}

const char *socket_url(struct builder *builder, enum check_type type, const char *url)
{
	const char *path = socket_url_path(url);

	if (type != CHECK_TYPE_SOCKETIO || (path[0] != '\0' && strcmp(path, "/") != 0))
		return url;
	return arena_printf(&builder->fleet->arena, "%.*s/socket.io/", (int)(path - url), url);
}

static void check_protocols(struct builder *builder, const struct node *node,
			    const struct check *check)
{
	size_t count;
	const char *const *names = check_texts(check, CHECK_KEY_SUBPROTOCOLS, &count);

	for (size_t i = 0; i < count; i++)
		if (!web_is_token(names[i], strlen(names[i])))
			build_complain(builder, node, "'%.80s' is no name of a subprotocol", names[i]);
}

static void check_transports(struct builder *builder, const struct node *node,
			     const struct check *check)
{
	static const char *const known[] = {"polling", "websocket"};
	size_t count;
	const char *const *names = check_texts(check, CHECK_KEY_TRANSPORTS, &count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], known[0]) != 0 && strcmp(names[i], known[1]) != 0)
			build_complain(builder, node, "'%.80s' is no transport; wanted polling, websocket%s",
				       names[i],
				       build_suggest(builder, names[i], known, BASE_LEN(known)));
	if (node != NULL && count == 0)
		build_complain(builder, node, "'transports' is empty; wanted polling, websocket");
}

void socket_complete(struct builder *builder, const struct node *node, const struct check *check)
{
	const struct node *send = node_get(node, "send"), *hold = node_get(node, "hold");
	int64_t hold_ns = check_number(check, CHECK_KEY_HOLD, 0);
	struct strbuf shown;

	if (send != NULL && !check->writes)
		build_complain(builder, send, "a message may change something there: say 'writes: true'%s",
			       builder->in_flow ? " of the flow" : "");
	if (hold != NULL && hold_ns >= check->timeout_ns && hold_ns > 0) {
		strbuf_init(&shown, 40);
		duration_format(&shown, check->timeout_ns);
		build_complain(builder, hold,
			       "'hold' is a part of the run: it has to be shorter than the timeout, "
			       "which is %s",
			       shown.data);
		strbuf_release(&shown);
	}
	check_protocols(builder, node_get(node, "subprotocols"), check);
	check_transports(builder, node_get(node, "transports"), check);
}
