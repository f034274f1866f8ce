/* Masking of secrets. Every position of the text is tried as the start of every form of every
 * secret, and what they cover is masked as a union, so that two secrets that overlap leave no
 * rest. The secrets are wiped when the redactor is freed. See redact.h. */
#include "base/redact.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "base/vec.h"

#include <pthread.h>

/* Shorter secrets are too common as parts of words and of base64 to be masked inside them. */
#define WHOLE_WORD_BELOW 4

struct secret {
	char *bytes;
	size_t len;
	/* What base64 makes of it when it starts 0, 1 or 2 bytes into a group of three: the
	 * characters that depend on the secret alone. */
	char *core[3];
	size_t core_len[3];
	bool passing;
};

struct redactor {
	struct secret *at;
	size_t len;
	size_t cap;
	size_t passing, oldest_passing; /* how many; which of them goes first */
	pthread_rwlock_t lock;
	bool starts[256]; /* bytes with which some form of some secret begins */
};

struct redactor *redactor_new(void)
{
	struct redactor *redactor = xcalloc(1, sizeof(*redactor));

	if (pthread_rwlock_init(&redactor->lock, NULL) != 0)
		BUG("no lock");
	return redactor;
}

static void wipe(char *bytes, size_t len)
{
	if (bytes == NULL)
		return;
	explicit_bzero(bytes, len);
	free(bytes);
}

static void secret_release(struct secret *s)
{
	wipe(s->bytes, s->len);
	for (size_t shift = 0; shift < 3; shift++)
		wipe(s->core[shift], s->core_len[shift]);
}

void redactor_free(struct redactor *redactor)
{
	if (redactor == NULL)
		return;
	for (size_t i = 0; i < redactor->len; i++)
		secret_release(&redactor->at[i]);
	vec_release(redactor);
	pthread_rwlock_destroy(&redactor->lock);
	free(redactor);
}

/* RFC 4648 section 4; the URL-safe alphabet of section 5 is folded onto it when comparing. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static unsigned bit_at(const struct secret *s, size_t bit)
{
	return (unsigned)((unsigned char)s->bytes[bit / 8] >> (7 - bit % 8)) & 1u;
}

static void make_core(struct secret *s, size_t shift)
{
	/* The secret starts 8 * shift bits into a group, so its first whole character does here: */
	size_t first = (6 - 8 * shift % 6) % 6;
	size_t count = (8 * s->len - first) / 6;

	s->core[shift] = xmalloc(count);
	s->core_len[shift] = count;
	for (size_t i = 0; i < count; i++) {
		unsigned value = 0;

		for (size_t bit = 0; bit < 6; bit++)
			value = value << 1 | bit_at(s, first + 6 * i + bit);
		s->core[shift][i] = alphabet[value];
	}
}

static char fold64(char c)
{
	return c == '-' ? '+' : c == '_' ? '/' : c;
}

/* The place of a new secret: of one that passes, that of the oldest of them where there are many. */
static struct secret *secret_place(struct redactor *redactor, bool passing)
{
	size_t number = 0;

	if (!passing || redactor->passing < REDACT_PASSING) {
		redactor->passing += passing;
		return vec_add(redactor);
	}
	for (size_t i = 0; i < redactor->len; i++) {
		if (!redactor->at[i].passing || number++ != redactor->oldest_passing)
			continue;
		redactor->oldest_passing = (redactor->oldest_passing + 1) % REDACT_PASSING;
		secret_release(&redactor->at[i]);
		return &redactor->at[i];
	}
	BUG("fewer passing secrets than counted");
}

static void add_secret(struct redactor *redactor, const char *secret, bool passing)
{
	struct secret *s;
	size_t len = strlen(secret);

	/* A file's last newline is no part of what it keeps. */
	while (len != 0 && (secret[len - 1] == '\n' || secret[len - 1] == '\r'))
		len--;
	if (len == 0)
		return;
	for (size_t i = 0; i < redactor->len; i++) {
		if (redactor->at[i].len == len && memcmp(redactor->at[i].bytes, secret, len) == 0)
			return;
	}
	s = secret_place(redactor, passing);
	*s = (struct secret){.bytes = xmemdup(secret, len), .len = len, .passing = passing};
	redactor->starts[(unsigned char)secret[0]] = true;
	redactor->starts['%'] = true;
	redactor->starts['+'] = true;
	redactor->starts['\\'] = true;
	redactor->starts[' '] = true;
	if (len < WHOLE_WORD_BELOW)
		return;
	for (size_t shift = 0; shift < 3; shift++) {
		make_core(s, shift);
		for (size_t c = 0; c < 256; c++) {
			if (fold64((char)c) == s->core[shift][0])
				redactor->starts[c] = true;
		}
	}
}

void redactor_add(struct redactor *redactor, const char *secret)
{
	pthread_rwlock_wrlock(&redactor->lock);
	add_secret(redactor, secret, false);
	pthread_rwlock_unlock(&redactor->lock);
}

void redactor_add_passing(struct redactor *redactor, const char *secret)
{
	pthread_rwlock_wrlock(&redactor->lock);
	add_secret(redactor, secret, true);
	pthread_rwlock_unlock(&redactor->lock);
}

/* The lock is no part of what a redactor knows. */
static pthread_rwlock_t *lock_of(const struct redactor *redactor)
{
	return &((struct redactor *)(uintptr_t)redactor)->lock;
}

bool redactor_empty(const struct redactor *redactor)
{
	bool empty;

	if (redactor == NULL)
		return true;
	pthread_rwlock_rdlock(lock_of(redactor));
	empty = redactor->len == 0;
	pthread_rwlock_unlock(lock_of(redactor));
	return empty;
}

/* Bytes of text that stand for the secret's byte `c`: itself, `%XX`, `+` or a blank for white
 * space (forms, scrubbed text), or JSON's `\c`; 0 where they do not. */
static size_t byte_len(char c, const char *text, size_t len)
{
	if (len == 0)
		return 0;
	if (text[0] == c && c != '%')
		return 1;
	if (text[0] == '%' && len >= 3 && hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0 &&
	    (unsigned char)(hex_digit(text[1]) << 4 | hex_digit(text[2])) == (unsigned char)c)
		return 3;
	if (text[0] == c)
		return 1;
	if ((c == ' ' || c == '\n' || c == '\t') && (text[0] == '+' || text[0] == ' '))
		return 1;
	if (text[0] == '\\' && len >= 2 &&
	    ((text[1] == c && (c == '"' || c == '/')) || (text[1] == 'n' && c == '\n')))
		return 2;
	return 0;
}

/* Bytes that the secret covers at the start of `text`, plain or percent-encoded; 0 if none. A
 * backslash in the secret may be written twice, as JSON does. */
static size_t plain_len(const struct secret *s, const char *text, size_t len)
{
	size_t at = 0;

	if (s->len <= len && memcmp(s->bytes, text, s->len) == 0)
		return s->len;
	for (size_t i = 0; i < s->len; i++) {
		size_t used = byte_len(s->bytes[i], text + at, len - at);

		if (used == 0)
			return 0;
		at += used;
		if (s->bytes[i] == '\\' && at < len && text[at] == '\\' &&
		    (i + 1 == s->len || s->bytes[i + 1] != '\\'))
			at++;
	}
	return at;
}

static bool starts_core(const struct secret *s, size_t shift, const char *text, size_t len)
{
	if (s->core_len[shift] == 0 || s->core_len[shift] > len)
		return false;
	for (size_t i = 0; i < s->core_len[shift]; i++) {
		if (fold64(text[i]) != s->core[shift][i])
			return false;
	}
	return true;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || ((unsigned char)c & 0x80) != 0;
}

static bool is_base64(char c)
{
	return c != '\0' && c != '=' && memchr(alphabet, fold64(c), sizeof(alphabet) - 1) != NULL;
}

struct span {
	size_t start, end;
};

/* Widens `mask` by what `s` covers at `at`; start == end: nothing. */
static void cover(const struct secret *s, const char *text, size_t len, size_t at,
		  struct span *mask)
{
	size_t plain = plain_len(s, text + at, len - at);

	if (plain != 0 && s->len < WHOLE_WORD_BELOW &&
	    ((at != 0 && is_word(text[at - 1])) || (at + plain < len && is_word(text[at + plain]))))
		plain = 0;
	if (at + plain > mask->end)
		mask->end = at + plain;
	for (size_t shift = 0; shift < 3; shift++) {
		size_t end = at + s->core_len[shift];

		if (!starts_core(s, shift, text + at, len - at))
			continue;
		/* The characters next to the core hold bits of the secret too. */
		if (shift != 0 && at != 0 && is_base64(text[at - 1]) && mask->start == at)
			mask->start--;
		if ((8 * (s->len + shift)) % 6 != 0 && end < len && is_base64(text[end]))
			end++;
		if (end > mask->end)
			mask->end = end;
	}
}

void redact(const struct redactor *redactor, struct strbuf *out, const char *text, size_t len)
{
	size_t plain = 0; /* text[plain..at) is shown as it is */
	size_t at = 0;
	bool full = false; /* what is behind `at` does not fit any more */

	if (redactor_empty(redactor)) {
		strbuf_add(out, text, len);
		return;
	}
	pthread_rwlock_rdlock(lock_of(redactor));
	while (at < len && !full) {
		struct span mask = {at, at};

		full = at - plain > out->max - out->len;
		if (!redactor->starts[(unsigned char)text[at]]) {
			at++;
			continue;
		}
		/* What begins inside the mask may reach past its end. */
		for (size_t inside = at; inside < len && (inside == at || inside < mask.end); inside++) {
			for (size_t i = 0; i < redactor->len; i++)
				cover(&redactor->at[i], text, len, inside, &mask);
		}
		if (mask.end == at) {
			at++;
			continue;
		}
		if (mask.start > plain)
			strbuf_add(out, text + plain, mask.start - plain);
		strbuf_adds(out, REDACT_MASK);
		at = plain = mask.end;
	}
	pthread_rwlock_unlock(lock_of(redactor));
	strbuf_add(out, text + plain, len - plain);
}

/* --- where a text was cut ------------------------------------------------------------------------- */

/* Fewer characters of base64 say nothing. */
#define CORE_LEAST 3

/* Whether all of `text` is how the secret may begin, plain or percent-encoded, and more of it would follow. */
static bool begins_plain(const struct secret *s, const char *text, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < s->len; i++) {
		size_t used = byte_len(s->bytes[i], text + at, len - at);

		if (at == len)
			return true;
		if (used == 0)
			return (text[at] == '%' && len - at < 3) || (text[at] == '\\' && len - at < 2);
		at += used;
		if (s->bytes[i] == '\\' && at < len && text[at] == '\\' &&
		    (i + 1 == s->len || s->bytes[i + 1] != '\\'))
			at++;
	}
	return false;
}

static bool begins_core(const struct secret *s, size_t shift, const char *text, size_t len)
{
	if (len < CORE_LEAST || len >= s->core_len[shift])
		return false;
	for (size_t i = 0; i < len; i++) {
		if (fold64(text[i]) != s->core[shift][i])
			return false;
	}
	return true;
}

/* Where it begins, at `at` or, in base64, a character before; SIZE_MAX where no secret does. */
static size_t beginning(const struct redactor *redactor, const char *text, size_t len, size_t at)
{
	size_t found = SIZE_MAX;

	if (!redactor->starts[(unsigned char)text[at]])
		return found;
	for (size_t i = 0; i < redactor->len; i++) {
		const struct secret *s = &redactor->at[i];

		if (begins_plain(s, text + at, len - at) && at < found)
			found = at;
		for (size_t shift = 0; shift < 3; shift++) {
			if (begins_core(s, shift, text + at, len - at))
				found = at - (shift != 0 && at != 0 && is_base64(text[at - 1]));
		}
	}
	return found;
}

/* The whole secret that reaches past `end`; start == end where none does. `reach`: of the longest. */
static struct span across(const struct redactor *redactor, const char *text, size_t len, size_t end, size_t reach)
{
	for (size_t at = reach < end ? end - reach : 0; at < end; at++) {
		struct span mask = {at, at};

		for (size_t i = 0; i < redactor->len && redactor->starts[(unsigned char)text[at]]; i++)
			cover(&redactor->at[i], text, len, at, &mask);
		if (mask.end > end)
			return mask;
	}
	return (struct span){end, end};
}

size_t redact_whole(const struct redactor *redactor, const char *text, size_t len)
{
	size_t whole = SIZE_MAX, reach = 0;
	struct span other;

	if (redactor_empty(redactor))
		return len;
	pthread_rwlock_rdlock(lock_of(redactor));
	for (size_t i = 0; i < redactor->len; i++)
		reach = redactor->at[i].len > reach ? redactor->at[i].len : reach;
	reach *= 3; /* "%41" */
	for (size_t at = reach < len ? len - reach : 0; at < len && whole == SIZE_MAX; at++)
		whole = beginning(redactor, text, len, at);
	if (whole == SIZE_MAX)
		whole = len;
	/* What goes does not cut another secret in two; what is inside one is masked with it. */
	while ((other = across(redactor, text, len, whole, reach)).end > whole)
		whole = other.end == len ? len : other.start;
	pthread_rwlock_unlock(lock_of(redactor));
	return whole;
}

void redact_quote(const struct redactor *redactor, struct strbuf *out, const char *bytes, size_t len,
		  size_t most)
{
	struct strbuf redacted, line;

	strbuf_init(&redacted, LIMIT_BODY);
	strbuf_init(&line, most);
	if (redactor != NULL)
		redact(redactor, &redacted, bytes, len);
	else
		strbuf_add(&redacted, bytes, len);
	scrub(&line, redacted.data, redacted.len, SCRUB_LINE);
	strbuf_add(out, line.data, line.len);
	if (line.truncated || redacted.truncated)
		strbuf_adds(out, "…");
	strbuf_release(&redacted);
	strbuf_release(&line);
}

char *redact_dup(const struct redactor *redactor, const char *text)
{
	struct strbuf out;

	strbuf_init(&out, SIZE_MAX / 4);
	redact(redactor, &out, text, strlen(text));
	return strbuf_detach(&out);
}
