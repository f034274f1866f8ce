/* The user and password of a URL. Invariant: the authority ends where libcurl ends it, at the first of
 * "/?#" (or a blank or a line's end, in a longer text), and its userinfo at the last '@' in it. See userinfo.h. */
#include "base/userinfo.h"

#include "base/strbuf.h"
#include "base/xalloc.h"

#include <string.h>

#define WORD_MOST 10 /* bytes of a user who is no token */

size_t userinfo_len(const char *url)
{
	const char *scheme = strstr(url, "://");
	const char *at;

	if (scheme == NULL)
		return 0;
	at = memrchr(scheme + 3, '@', strcspn(scheme + 3, "/?# \t\r\n\""));
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

/* "admin" is a name; who has no password and no such name shows a token. */
static bool is_plain_word(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < 'a' || text[i] > 'z')
			return false;
	return len <= WORD_MOST;
}

struct part {
	size_t from, len;
};

/* What is secret of a userinfo of `len` bytes, its '@' counted. */
static struct part secret_part(const char *userinfo, size_t len)
{
	size_t from = password_at(userinfo, len);
	size_t user = from < len ? from - 1 : len - (len != 0);

	if (from + 1 < len)
		return (struct part){from, len - 1 - from};
	if (is_plain_word(userinfo, user) || memmem(userinfo, user, "${", 2) != NULL)
		return (struct part){0, 0};
	return (struct part){0, user};
}

void userinfo_mask(struct strbuf *out, const char *text)
{
	const char *scheme;

	while ((scheme = strstr(text, "://")) != NULL) {
		const char *userinfo = scheme + 3;
		size_t len = userinfo_len(text);
		struct part secret = secret_part(userinfo, len);

		strbuf_add(out, text, (size_t)(userinfo - text) + secret.from);
		if (secret.len != 0)
			strbuf_adds(out, REDACT_MASK);
		text = userinfo + secret.from + secret.len;
		strbuf_add(out, text, (size_t)(userinfo + len - text));
		text = userinfo + len;
	}
	strbuf_adds(out, text);
}

static void percent_decode(char *text)
{
	char *out = text;

	for (; *text != '\0'; text++) {
		bool coded = *text == '%' && hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0;
		int byte = coded ? hex_digit(text[1]) << 4 | hex_digit(text[2]) : *text;

		*out++ = (char)byte;
		text += coded ? 2 : 0;
	}
	*out = '\0';
}

void userinfo_learn(struct redactor *redactor, const char *text)
{
	const char *scheme;

	for (; (scheme = strstr(text, "://")) != NULL; text = scheme + 3) {
		const char *userinfo = scheme + 3;
		struct part secret = secret_part(userinfo, userinfo_len(text));
		char *kept;

		/* A "${…}" is known by its value. */
		if (secret.len == 0 || memmem(userinfo + secret.from, secret.len, "${", 2) != NULL)
			continue;
		kept = xasprintf("%.*s", (int)secret.len, userinfo + secret.from);
		redactor_add(redactor, kept);
		percent_decode(kept);
		redactor_add(redactor, kept);
		free(kept);
	}
}
