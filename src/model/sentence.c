/* See sentence.h. Sentences have one build: the check's type, what was asked, what came of it. */
#include "model/sentence.h"

#include "base/utf8.h"
#include "model/check_type.h"

#define PATH_LEAST 16 /* a cell narrower than this shows a beginning all the same */

/* Bytes of the HTTP method at the start, its blank included; 0 where there is none. */
static size_t method_len(const char *text)
{
	size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return len >= 3 && text[len] == ' ' ? len + 1 : 0;
}

static size_t word_len(const char *text)
{
	return strcspn(text, " ");
}

/* A URL, host:port or a unix socket. */
static bool is_address(const char *word, size_t len)
{
	size_t digits = 0;

	if (len > 5 && strncmp(word, "unix:", 5) == 0)
		return true;
	for (size_t i = 0; i + 2 < len; i++) {
		if (strncmp(word + i, "://", 3) == 0)
			return true;
	}
	while (digits < len && word[len - 1 - digits] >= '0' && word[len - 1 - digits] <= '9')
		digits++;
	return digits > 0 && digits + 1 < len && word[len - 1 - digits] == ':';
}

/* "(GET http://…)" behind a blank: its bytes, the blank included; 0 for anything else. */
static size_t aside_len(const char *text)
{
	size_t method, address, len;

	if (strncmp(text, " (", 2) != 0 || (method = method_len(text + 2)) == 0)
		return 0;
	len = strcspn(text, ")");
	address = 2 + method;
	if (text[len] != ')' || len <= address || !is_address(text + address, len - address))
		return 0;
	return len + 1;
}

/* Words that a sentence can spare: " of 3 steps" of a flow, who it is that refuses a page. */
static size_t spare_len(const char *text)
{
	static const char browser[] = " would be stopped by a browser";
	size_t digits;

	if (strncmp(text, browser, sizeof(browser) - 1) == 0)
		return sizeof(browser) - 1;
	if (strncmp(text, " of ", 4) != 0)
		return 0;
	digits = strspn(text + 4, "0123456789");
	return digits > 0 && strncmp(text + 4 + digits, " steps", 6) == 0 ? 10 + digits : 0;
}

/* What to leave out behind the first word: "POST http://host/path " or "host:port ". */
static size_t asked_len(const char *text)
{
	size_t method = method_len(text), word = word_len(text + method);

	if (text[method + word] != ' ' || !is_address(text + method, word))
		return 0;
	return method + word + 1;
}

static bool is_check_type(const char *word, size_t len)
{
	char name[16];

	if (len >= sizeof(name))
		return false;
	memcpy(name, word, len);
	name[len] = '\0';
	return check_type_find(name) != CHECK_TYPE_COUNT;
}

/* The sentence of a check without what was asked; any other text as it is. */
static void spare_sentence(struct strbuf *out, const char *text)
{
	size_t first = word_len(text);

	if (text[first] != ' ' || !is_check_type(text, first)) {
		strbuf_adds(out, text);
		return;
	}
	strbuf_add(out, text, first);
	text += first;
	text += asked_len(text + 1);
	while (*text != '\0') {
		size_t spare = aside_len(text);

		if (spare == 0)
			spare = spare_len(text);
		if (spare == 0)
			strbuf_addc(out, *text);
		text += spare > 0 ? spare : 1;
	}
}

/* "POST /api/voice/session is …" -> "…/session is …", where the path has more than one part. */
static void with_short_path(struct strbuf *out, const char *text, int width)
{
	const char *path = text + method_len(text), *end = path + word_len(path), *last = end;

	while (last > path && *--last != '/')
		;
	if (*path != '/' || last == path || width < PATH_LEAST ||
	    utf8_width(text, (size_t)(end - text)) <= (size_t)width / 2)
		strbuf_adds(out, text);
	else
		strbuf_addf(out, "…%s", last);
}

void sentence_fit(struct strbuf *out, const char *text, int width)
{
	struct strbuf plain;

	if (width < 0 || utf8_width(text, strlen(text)) <= (size_t)width) {
		strbuf_adds(out, text);
		return;
	}
	strbuf_init(&plain, strlen(text) + 1);
	spare_sentence(&plain, text);
	if (utf8_width(plain.data, plain.len) <= (size_t)width)
		strbuf_adds(out, plain.data);
	else
		with_short_path(out, plain.data, width);
	strbuf_release(&plain);
}
