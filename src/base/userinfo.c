/* The user and password of a URL. Invariant: the authority ends where libcurl ends it, at the first of
 * "/?#" (or a blank, in a longer text), and its userinfo at the last '@' in it. See userinfo.h. */
#include "base/userinfo.h"

#include "base/xalloc.h"

#include <string.h>

size_t userinfo_len(const char *url)
{
	const char *scheme = strstr(url, "://");
	const char *at;

	if (scheme == NULL)
		return 0;
	at = memrchr(scheme + 3, '@', strcspn(scheme + 3, "/?# \t\""));
	return at != NULL ? (size_t)(at - scheme) - 2 : 0;
}

char *userinfo_drop(const char *url)
{
	size_t len = userinfo_len(url);
	size_t start = len != 0 ? (size_t)(strstr(url, "://") - url) + 3 : 0;

	return xasprintf("%.*s%s", (int)start, url, url + start + len);
}

/* Where the password begins, behind the first colon that is in no "${…}"; `len` where there is none. */
static size_t password_at(const char *userinfo, size_t len)
{
	int depth = 0;

	for (size_t i = 0; i + 1 < len; i++) {
		if (userinfo[i] == '$' && userinfo[i + 1] == '{')
			depth++;
		else if (userinfo[i] == '}' && depth > 0)
			depth--;
		else if (userinfo[i] == ':' && depth == 0)
			return i + 1;
	}
	return len;
}

void userinfo_mask(struct strbuf *out, const char *text)
{
	const char *scheme;

	while ((scheme = strstr(text, "://")) != NULL) {
		size_t len = userinfo_len(text);
		size_t from = password_at(scheme + 3, len);

		strbuf_add(out, text, (size_t)(scheme - text) + 3 + from);
		if (from + 1 < len)
			strbuf_adds(out, "***");
		if (from < len)
			strbuf_addc(out, '@');
		text = scheme + 3 + len;
	}
	strbuf_adds(out, text);
}
