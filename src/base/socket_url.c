/* A socket in a URL. Invariant: what is read lies inside the URL. See socket_url.h. */
#include "base/socket_url.h"

#include "base/userinfo.h"

#include <string.h>

bool socket_url_read(const char *url, struct socket_url *parts)
{
	const char *at = strstr(url, "://");
	const char *end;

	if (at == NULL)
		return false;
	at += 3 + userinfo_len(url);
	if (strncmp(at, "unix:/", 6) != 0)
		return false;
	parts->path = at + 5;
	end = strstr(parts->path, ":/");
	parts->rest = end != NULL ? end + 1 : parts->path + strlen(parts->path);
	parts->path_len = end != NULL ? (size_t)(end - parts->path) : strlen(parts->path);
	return true;
}

const char *socket_url_path(const char *url)
{
	const char *authority = strstr(url, "://");
	struct socket_url parts;

	if (socket_url_read(url, &parts))
		return parts.rest;
	authority = authority != NULL ? authority + 3 : url;
	return authority + strcspn(authority, "/?#");
}
