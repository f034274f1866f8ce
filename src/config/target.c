/* Where a check goes. Only what would send a request to a wrong place, or bytes that no URL can
 * hold, is refused here; the rest is libcurl's business. See target.h. */
#include "config/target.h"

#include "base/socket_url.h"
#include "base/units.h"
#include "base/userinfo.h"

#include <strings.h>
#include <sys/un.h>

#define SOCKET_PATH_MOST (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

static const struct {
	const char *name;
	bool writes;
} methods[] = {
	{"GET", false}, {"HEAD", false}, {"OPTIONS", false}, {"POST", true},
	{"PUT", true},	{"PATCH", true}, {"DELETE", true},
};

/* A WebSocket begins as a request of HTTP (RFC 6455 section 4.1). */
static const char *without_ws(struct builder *builder, const char *url)
{
	if (strncasecmp(url, "ws://", 5) == 0)
		return arena_printf(&builder->scratch, "http://%s", url + 5);
	if (strncasecmp(url, "wss://", 6) == 0)
		return arena_printf(&builder->scratch, "https://%s", url + 6);
	return url;
}

static bool has_scheme(const char *url)
{
	return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

static bool method_read(struct builder *builder, const struct node *node, const char *word,
			struct web_target *target)
{
	const char *names[BASE_LEN(methods)];

	for (size_t i = 0; i < BASE_LEN(methods); i++) {
		names[i] = methods[i].name;
		if (strcasecmp(methods[i].name, word) != 0)
			continue;
		target->method = methods[i].name;
		target->writes = methods[i].writes;
		return true;
	}
	build_complain(
		builder, node,
		"'%.40s' is no method; wanted GET, HEAD, OPTIONS, POST, PUT, PATCH or DELETE%s",
		word, build_suggest(builder, word, names, BASE_LEN(names)));
	return false;
}

bool target_read_web(struct builder *builder, const struct node *node, enum check_type type,
		     struct web_target *target)
{
	bool socket = check_type_info(type)->target == FORM_SOCKET;
	const char *blank;

	*target = (struct web_target){.method = socket ? NULL : "GET", .rest = ""};
	if (node_is_null(node) || build_broken(node))
		return !build_broken(node);
	if (node->kind != NODE_SCALAR) {
		build_complain(builder, node, "wanted [METHOD] and a path or URL, not %s",
			       node_kind_name(node->kind));
		return false;
	}
	target->rest = node->text;
	blank = strchr(node->text, ' ');
	if (blank != NULL && !socket && node->text[0] == '/') {
		build_complain(builder, node, "%s has a blank; in a path it is %%20%s",
			       build_shown(builder, node),
			       strstr(node->text, "{{") != NULL ? ", and a name in braces has none: {{name}}" : "");
		return false;
	}
	if (blank != NULL && !socket) {
		if (!method_read(builder, node,
				 arena_strndup(&builder->scratch, node->text,
					       (size_t)(blank - node->text)),
				 target))
			return false;
		target->rest = blank + strspn(blank, " ");
	}
	if (blank != NULL && socket) {
		build_complain(builder, node, "%s has a blank; wanted a path or a ws, wss, http or https URL",
			       build_shown(builder, node));
		return false;
	}
	if (target->rest[0] == '/')
		return true;
	if (socket)
		target->rest = without_ws(builder, target->rest);
	target->rest = target_whole(builder, target->rest);
	if (has_scheme(target->rest))
		return target_url_is_sound(builder, node, target->rest);
	build_complain(builder, node,
		       "%s is neither a path that begins with '/' nor an http(s) URL nor unix:/PATH",
		       build_shown(builder, node));
	return false;
}

/* One byte that no URL holds raw (RFC 3986 section 2); UTF-8 is sent as it is. */
static const char *odd_byte(const char *url)
{
	while (*url != '\0' && (unsigned char)*url > ' ' && *url != 0x7f &&
	       strchr("\"<>\\^`", *url) == NULL)
		url++;
	return *url != '\0' ? url : NULL;
}

static bool port_is_sound(const char *digits, size_t len, int *port)
{
	*port = 0;
	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return false;
		*port = *port * 10 + (digits[i] - '0');
	}
	return *port > 0 && *port <= 65535;
}

/* Splits "host", "host:port", "[::1]:port"; the host without its brackets. */
static bool authority_split(const char *text, size_t len, const char **host, size_t *host_len,
			    const char **port, size_t *port_len)
{
	const char *end = text + len;
	const char *colon;

	*port = NULL;
	*port_len = 0;
	if (len != 0 && text[0] == '[') {
		const char *bracket = memchr(text, ']', len);

		if (bracket == NULL || (bracket + 1 != end && bracket[1] != ':'))
			return false;
		*host = text + 1;
		*host_len = (size_t)(bracket - text) - 1;
		colon = bracket + 1 != end ? bracket + 1 : NULL;
	} else {
		colon = memchr(text, ':', len);
		*host = text;
		*host_len = colon != NULL ? (size_t)(colon - text) : len;
		if (colon != NULL && memchr(colon + 1, ':', (size_t)(end - colon) - 1) != NULL)
			return false;
	}
	if (colon != NULL) {
		*port = colon + 1;
		*port_len = (size_t)(end - colon) - 1;
	}
	return *host_len != 0;
}

const char *target_whole(struct builder *builder, const char *text)
{
	const char *scheme = strncmp(text, "unix:", 5) == 0 ? "http://" : "";
	const char *url = arena_printf(&builder->scratch, "%s%s", scheme, text);
	struct socket_url parts;

	if (!socket_url_read(url, &parts))
		return scheme[0] != '\0' ? url : text;
	if (parts.rest[0] != '\0')
		return url;
	return arena_printf(&builder->scratch, "%s%s", url,
			    parts.path[parts.path_len - 1] == ':' ? "/" : ":/");
}

static bool socket_is_sound(struct builder *builder, const struct node *node, const char *path, size_t len)
{
	if (len > SOCKET_PATH_MOST) {
		build_complain(builder, node,
			       "the path of a unix socket has at most %zu bytes, this one %zu",
			       SOCKET_PATH_MOST, len);
		return false;
	}
	if (builder->in_flow && memmem(path, len, "{{", 2) != NULL) {
		build_complain(builder, node, "the path of a unix socket takes nothing that a step captures");
		return false;
	}
	return true;
}

bool target_url_is_sound(struct builder *builder, const struct node *node, const char *url)
{
	struct socket_url parts;
	const char *authority, *host, *port, *at;
	size_t len, host_len, port_len;
	int number;

	if (!has_scheme(url)) {
		build_complain(builder, node,
			       "'%.80s' is no URL that begins with http:// or https://", url);
		return false;
	}
	if (odd_byte(url) != NULL) {
		build_complain(builder, node,
			       "a URL cannot hold the byte 0x%02x; write it as %%%02X",
			       (unsigned char)*odd_byte(url), (unsigned char)*odd_byte(url));
		return false;
	}
	if (socket_url_read(url, &parts))
		return socket_is_sound(builder, node, parts.path, parts.path_len);
	authority = strstr(url, "://") + 3;
	len = strcspn(authority, "/?#");
	at = memrchr(authority, '@', len);
	if (at != NULL) {
		len -= (size_t)(at + 1 - authority);
		authority = at + 1;
	}
	if (!authority_split(authority, len, &host, &host_len, &port, &port_len)) {
		build_complain(builder, node, "the URL '%.80s' has no host", url);
		return false;
	}
	if (port != NULL && !port_is_sound(port, port_len, &number)) {
		build_complain(builder, node, "'%.*s' is no port; wanted 1 to 65535%s", (int)port_len, port,
			       host_len == 4 && memcmp(host, "unix", 4) == 0
				       ? ", or a socket's absolute path as in unix:/run/app.sock"
				       : "");
		return false;
	}
	return true;
}

bool target_url_has_host(struct builder *builder, const struct node *node, const char *url)
{
	struct socket_url parts;

	if (!socket_url_read(url, &parts))
		return true;
	build_complain(builder, node, "wanted a URL with a host; no unix socket is asked for this");
	return false;
}

struct origin {
	const char *host; /* or a socket, which begins with '/' */
	size_t host_len;
	bool secure;
	int port;
};

static struct origin origin_of(const char *url)
{
	struct origin origin = {.secure = strncasecmp(url, "https:", 6) == 0};
	const char *authority = strstr(url, "://") + 3, *port;
	size_t len = strcspn(authority, "/?#"), user = userinfo_len(url), port_len;
	struct socket_url parts;

	if (socket_url_read(url, &parts)) {
		origin.host = parts.path;
		origin.host_len = parts.path_len;
		return origin;
	}
	origin.port = origin.secure ? 443 : 80;
	if (authority_split(authority + user, len - user, &origin.host, &origin.host_len, &port, &port_len) &&
	    port != NULL)
		(void)port_is_sound(port, port_len, &origin.port);
	return origin;
}

/* Sockets are files, and their names have a case. */
static bool same_host(const struct origin *origin, const char *host, size_t len)
{
	if (len != origin->host_len)
		return false;
	return len != 0 && host[0] == '/' ? memcmp(origin->host, host, len) == 0
					  : strncasecmp(origin->host, host, len) == 0;
}

bool target_same_origin(const char *a, const char *b)
{
	struct origin one = origin_of(a), other = origin_of(b);

	return one.secure == other.secure && one.port == other.port && same_host(&one, other.host, other.host_len);
}

bool target_is_on(const char *url, const struct check *check)
{
	const char *host = check->unix_path != NULL ? check->unix_path : check->host;
	struct origin origin = origin_of(url);

	return host != NULL && same_host(&origin, host, strlen(host));
}

void target_settle(struct builder *builder, struct check *check)
{
	struct socket_url parts;

	if (check->url == NULL || !socket_url_read(check->url, &parts))
		return;
	check->unix_path = arena_strndup(&builder->fleet->arena, parts.path, parts.path_len);
	/* A user stays in front of the host. */
	check->url = arena_printf(&builder->fleet->arena, "%.*s" SOCKET_HOST "%s",
				  (int)(parts.path - strlen("unix:") - check->url), check->url, parts.rest);
}

/* Schemes that may stand in front of an address: what a client library would be given. */
static const struct {
	const char *scheme;
	enum check_type type;
	int port; /* 0: the type's */
	bool secure;
} schemes[] = {
	{"postgres://", CHECK_TYPE_POSTGRES, 0, false}, {"postgresql://", CHECK_TYPE_POSTGRES, 0, false},
	{"mysql://", CHECK_TYPE_MYSQL, 0, false},	{"redis://", CHECK_TYPE_REDIS, 0, false},
	{"rediss://", CHECK_TYPE_REDIS, 0, true},	{"amqp://", CHECK_TYPE_AMQP, 0, false},
	{"amqps://", CHECK_TYPE_AMQP, 5671, true},	{"mqtt://", CHECK_TYPE_MQTT, 0, false},
	{"mqtts://", CHECK_TYPE_MQTT, 8883, true},	{"grpc://", CHECK_TYPE_GRPC, 0, false},
	{"grpcs://", CHECK_TYPE_GRPC, 443, true},
};

static const char *skip_scheme(const char *text, struct check *check)
{
	check->secure = check->type == CHECK_TYPE_TLS;
	check->port = check_type_info(check->type)->port;
	for (size_t i = 0; i < BASE_LEN(schemes); i++) {
		size_t len = strlen(schemes[i].scheme);

		if (schemes[i].type != check->type || strncasecmp(text, schemes[i].scheme, len) != 0)
			continue;
		check->secure = schemes[i].secure;
		if (schemes[i].port != 0)
			check->port = schemes[i].port;
		return text + len;
	}
	return text;
}

bool target_read_address(struct builder *builder, const struct node *node, struct check *check)
{
	const char *wanted = check_type_info(check->type)->argument;
	bool socket = strstr(wanted, "unix:") != NULL;
	const char *text = build_text(builder, node, "the target", NULL);
	const char *host, *port, *at;
	size_t host_len, port_len;

	if (text == NULL)
		return false;
	if (socket && strncmp(text, "unix:", 5) == 0 && text[5] != '\0') {
		if (!socket_is_sound(builder, node, text + 5, strlen(text + 5)))
			return false;
		check->unix_path = build_keep(builder, text + 5);
		check->secure = check->type == CHECK_TYPE_TLS;
		return true;
	}
	text = skip_scheme(text, check);
	at = strrchr(text, '@');
	if (at != NULL) {
		const char *colon = memchr(text, ':', (size_t)(at - text));

		if (colon != NULL && at > colon + 1)
			redactor_add(builder->fleet->redactor,
				     arena_strndup(&builder->scratch, colon + 1,
						   (size_t)(at - colon) - 1));
		build_complain(builder, node,
			       "credentials do not belong into an address; say auth: {basic: {user: …, "
			       "password: \"${env:NAME}\"}}");
		return false;
	}
	if (strpbrk(text, "/@ \t") != NULL || odd_byte(text) != NULL ||
	    !authority_split(text, strlen(text), &host, &host_len, &port, &port_len)) {
		build_complain(builder, node, "%s is not %s", build_shown(builder, node), wanted);
		return false;
	}
	check->host = intern_len(&builder->strings, host, host_len);
	if (port == NULL && check->port == 0) {
		build_complain(builder, node, "%s has no port; wanted %s",
			       build_shown(builder, node), wanted);
		return false;
	}
	if (port != NULL && !port_is_sound(port, port_len, &check->port)) {
		build_complain(builder, node, "'%.*s' is no port; wanted 1 to 65535", (int)port_len,
			       port);
		return false;
	}
	return true;
}

const char *target_join(struct builder *builder, const char *base, const char *path)
{
	size_t len = strlen(base);

	while (path[0] == '/' && len != 0 && base[len - 1] == '/')
		len--;
	if (path[0] == '\0')
		return base;
	return arena_printf(&builder->fleet->arena, "%.*s%s", (int)len, base, path);
}
