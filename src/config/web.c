/* What the web checks want of their own keys, beyond what check_types.def says of each: an origin as a
 * browser writes it, routes that have a method and a path. Complaints stand at the key. See settings.h. */
#include "config/settings.h"

#include "model/name_server.h"

#include <ctype.h>
#include <strings.h>

/* RFC 9110 section 5.6.2: what methods and header names are made of. */
bool web_is_token(const char *text, size_t len)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";
	size_t at = 0;

	while (at < len && (isalnum((unsigned char)text[at]) ||
			    (text[at] != '\0' && strchr(marks, text[at]) != NULL)))
		at++;
	return at == len && len != 0;
}

/* RFC 6454 section 6.2: scheme, host and, where it is not the scheme's own, port; all in small letters,
 * nothing behind it. Servers compare it byte by byte. */
static void check_origin(struct builder *builder, const struct node *node, const char *origin)
{
	const char *host = strstr(origin, "://");
	size_t len = strlen(origin);
	const char *odd = NULL;

	if (strcmp(origin, "null") == 0)
		return;
	if (host == NULL || host == origin || host[3] == '\0')
		odd = "is no origin";
	else if (strpbrk(host + 3, "/?#@ \t") != NULL)
		odd = "has more than scheme, host and port";
	else if ((strncmp(origin, "https://", 8) == 0 && len > 12 &&
		  strcmp(origin + len - 4, ":443") == 0) ||
		 (strncmp(origin, "http://", 7) == 0 && len > 10 &&
		  strcmp(origin + len - 3, ":80") == 0))
		odd = "has the scheme's own port, which a browser leaves out";
	for (const char *at = origin; odd == NULL && *at != '\0'; at++)
		if (isupper((unsigned char)*at) || !isgraph((unsigned char)*at))
			odd = "is not in small letters of ASCII, as a browser writes it";
	if (odd != NULL)
		build_complain(builder, node, "the origin %s %s; wanted scheme://host[:port]",
			       build_shown(builder, node), odd);
}

static void check_names(struct builder *builder, const struct node *node, const struct check *check,
			enum check_key key)
{
	size_t count;
	const char *const *names = check_texts(check, key, &count);

	for (size_t i = 0; i < count; i++)
		if (!web_is_token(names[i], strlen(names[i])))
			build_complain(builder, node, "'%.80s' is no header name", names[i]);
}

/* "POST /path" or "/path", which is GET. */
static void check_routes(struct builder *builder, const struct node *node, const struct check *check)
{
	size_t count;
	const char *const *routes = check_texts(check, CHECK_KEY_ROUTES, &count);

	for (size_t i = 0; i < count; i++) {
		size_t method = strcspn(routes[i], " /");

		if (routes[i][0] == '/')
			continue;
		if (!web_is_token(routes[i], method) || routes[i][method] != ' ' ||
		    routes[i][method + strspn(routes[i] + method, " ")] != '/')
			build_complain(builder, node,
				       "'%.80s' is no route; wanted METHOD and a path, like POST /v1/calls",
				       routes[i]);
	}
}

static void check_engine(struct builder *builder, const struct node *node, const char *text)
{
	static const char *const starts[] = {"unix:/", "tcp://", "http://", "https://"};

	for (size_t i = 0; i < BASE_LEN(starts); i++)
		if (strncmp(text, starts[i], strlen(starts[i])) == 0)
			return;
	build_complain(builder, node, "'engine' is unix:PATH, tcp://host:port or an https URL, not %s",
		       build_shown(builder, node));
}

/* What Docker and Podman allow; it becomes a part of a path. */
static void check_container(struct builder *builder, const struct node *node, const char *name)
{
	bool sound = isalnum((unsigned char)name[0]);

	for (const char *at = name; *at != '\0'; at++)
		sound = sound && (isalnum((unsigned char)*at) || strchr("_.-", *at) != NULL);
	if (!sound)
		build_complain(builder, node, "no container is called '%.80s'; names are of letters, digits and _ . -",
			       name);
}

static void check_domain(struct builder *builder, const struct node *node, const char *name)
{
	for (const char *at = name; *at != '\0'; at++)
		if ((unsigned char)*at > 127) {
			build_complain(builder, node,
				       "a dns check sends a name as it stands, so write %s in its ASCII form, which "
				       "begins with xn-- (idn2 prints it)", build_shown(builder, node));
			return;
		}
}

static void check_name_server(struct builder *builder, const struct node *node, const char *text)
{
	struct name_server server;

	if (!name_server_read(text, &server))
		build_complain(builder, node,
			       "'server' of a dns check is an IP address, with :port where it is not 53, not %s",
			       build_shown(builder, node));
}

static void check_sasl(struct builder *builder, const struct node *node, const struct check *check,
		       const struct options *options)
{
	if (!options->auth_broken && check->type == CHECK_TYPE_KAFKA && node != NULL && check_auth(check)->kind != AUTH_BASIC)
		build_complain(builder, node,
			       "'sasl' is how to log in; who it is says auth: {basic: {user: NAME, "
			       "password: \"${env:NAME}\"}}");
}

void settings_complete(struct builder *builder, const struct node *node, const struct check *check,
		       const struct options *options)
{
	const struct node *origin = node_get(node, "origin");
	const struct node *engine = node_get(node, "engine");

	if (check->type == CHECK_TYPE_CORS && origin == NULL)
		build_complain(builder, node,
			       "a cors check wants the page's 'origin', like https://app.example.com");
	if (origin != NULL && check_text(check, CHECK_KEY_ORIGIN, NULL) != NULL)
		check_origin(builder, origin, check_text(check, CHECK_KEY_ORIGIN, ""));
	if (engine != NULL && check_text(check, CHECK_KEY_ENGINE, NULL) != NULL)
		check_engine(builder, engine, check_text(check, CHECK_KEY_ENGINE, ""));
	if (check->type == CHECK_TYPE_DNS && check->target != NULL)
		check_domain(builder, node_get(node, "dns"), check->target);
	if (check->type == CHECK_TYPE_DNS && check_text(check, CHECK_KEY_SERVER, NULL) != NULL)
		check_name_server(builder, node_get(node, "server"), check_text(check, CHECK_KEY_SERVER, ""));
	if (check->type == CHECK_TYPE_CONTAINER && check->target != NULL)
		check_container(builder, node_get(node, "container"), check->target);
	check_sasl(builder, node_get(node, "sasl"), check, options);
	check_names(builder, node_get(node, "request_headers"), check, CHECK_KEY_REQUEST_HEADERS);
	check_names(builder, node_get(node, "expose"), check, CHECK_KEY_EXPOSE);
	check_routes(builder, node_get(node, "routes"), check);
	socket_complete(builder, node, check);
}
