/* The user and password of a URL. Invariant: the authority ends where libcurl ends it, at the first of
 * "/?#" (or a blank or a line's end, in a longer text), and its userinfo at the last '@' in it. See userinfo.h. */
#include "base/userinfo.h"

#include "base/strbuf.h"
#include "base/xalloc.h"

#include <string.h>

#define WORD_MOST 10   /* bytes of a user who is no token */
#define TOKEN_LEAST 20 /* bytes of one who is, also with a password */

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

/* Some take a token as the user and a fixed word as the password: "TOKEN:x-oauth-basic". */
static bool is_fixed_word(const char *text, size_t len)
{
	static const char *const words[] = {"x-oauth-basic", "api_token"};

	for (size_t i = 0; i < BASE_LEN(words); i++)
		if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0)
			return true;
	return false;
}

/* As long as no name is, of letters and digits. */
static bool is_token(const char *text, size_t len)
{
	bool digits = false;

	for (size_t i = 0; i < len; i++) {
		digits |= text[i] >= '0' && text[i] <= '9';
		if (strchr(".@%", text[i]) != NULL)
			return false;
	}
	return digits && len >= TOKEN_LEAST;
}

struct part {
	size_t from, len;
};

/* What is secret of a userinfo of `len` bytes, its '@' counted: how many parts, in their order. */
static size_t secret_parts(const char *userinfo, size_t len, struct part parts[2])
{
	size_t from = password_at(userinfo, len), count = 0;
	size_t user = from < len ? from - 1 : len - (len != 0);
	size_t password = from + 1 < len ? len - 1 - from : 0;
	bool fixed = is_fixed_word(userinfo + from, password) && !is_plain_word(userinfo, user);

	if ((password == 0 || fixed || is_token(userinfo, user)) && !is_plain_word(userinfo, user) &&
	    memmem(userinfo, user, "${", 2) == NULL)
		parts[count++] = (struct part){0, user};
	if (password != 0 && !fixed)
		parts[count++] = (struct part){from, password};
	return count;
}

void userinfo_mask(struct strbuf *out, const char *text)
{
	const char *scheme;

	while ((scheme = strstr(text, "://")) != NULL) {
		const char *userinfo = scheme + 3;
		size_t len = userinfo_len(text);
		struct part secrets[2];
		size_t count = secret_parts(userinfo, len, secrets);

		for (size_t i = 0; i < count; i++) {
			strbuf_add(out, text, (size_t)(userinfo + secrets[i].from - text));
			strbuf_adds(out, REDACT_MASK);
			text = userinfo + secrets[i].from + secrets[i].len;
		}
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

static void learn(struct redactor *redactor, const char *secret, size_t len)
{
	char *kept;

	/* A "${…}" is known by its value. */
	if (memmem(secret, len, "${", 2) != NULL)
		return;
	kept = xasprintf("%.*s", (int)len, secret);
	redactor_add(redactor, kept);
	percent_decode(kept);
	redactor_add(redactor, kept);
	free(kept);
}

void userinfo_learn(struct redactor *redactor, const char *text)
{
	const char *scheme;

	for (; (scheme = strstr(text, "://")) != NULL; text = scheme + 3) {
		const char *userinfo = scheme + 3;
		struct part secrets[2];
		size_t count = secret_parts(userinfo, userinfo_len(text), secrets);

		for (size_t i = 0; i < count; i++)
			learn(redactor, userinfo + secrets[i].from, secrets[i].len);
	}
}
