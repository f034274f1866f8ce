/* A growing byte string with a ceiling. See strbuf.h. */
#include "base/strbuf.h"

#include "base/xalloc.h"

/* What `data` points at before the first byte; never written. */
static const char empty[1];

void strbuf_init(struct strbuf *sb, size_t max)
{
	*sb = (struct strbuf){.data = (char *)(uintptr_t)empty, .max = max};
}

void strbuf_release(struct strbuf *sb)
{
	if (sb->cap != 0)
		free(sb->data);
	strbuf_init(sb, sb->max);
}

void strbuf_reset(struct strbuf *sb)
{
	sb->len = 0;
	sb->truncated = false;
	if (sb->cap != 0)
		sb->data[0] = '\0';
}

static void reserve(struct strbuf *sb, size_t len)
{
	size_t cap = sb->cap != 0 ? sb->cap : 32;

	if (len < sb->cap)
		return;
	while (cap <= len)
		cap *= 2;
	if (cap > sb->max + 1)
		cap = sb->max + 1;
	sb->data = xrealloc(sb->cap != 0 ? sb->data : NULL, cap);
	sb->cap = cap;
}

void strbuf_add(struct strbuf *sb, const void *bytes, size_t len)
{
	if (len > sb->max - sb->len) {
		len = sb->max - sb->len;
		sb->truncated = true;
	}
	if (len == 0)
		return;
	reserve(sb, sb->len + len);
	memcpy(sb->data + sb->len, bytes, len);
	sb->len += len;
	sb->data[sb->len] = '\0';
}

void strbuf_adds(struct strbuf *sb, const char *text)
{
	strbuf_add(sb, text, strlen(text));
}

void strbuf_addc(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
}

void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list args)
{
	char small[256];
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(small, sizeof(small), fmt, args);
	if (len < 0)
		BUG("bad format: %s", fmt);
	if ((size_t)len < sizeof(small)) {
		strbuf_add(sb, small, (size_t)len);
	} else {
		char *large = xmalloc((size_t)len + 1);

		(void)vsnprintf(large, (size_t)len + 1, fmt, again);
		strbuf_add(sb, large, (size_t)len);
		free(large);
	}
	va_end(again);
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	strbuf_vaddf(sb, fmt, args);
	va_end(args);
}

void strbuf_cut(struct strbuf *sb, size_t len)
{
	if (len > sb->len)
		BUG("cut to %zu of %zu bytes", len, sb->len);
	sb->len = len;
	if (sb->cap != 0)
		sb->data[len] = '\0';
}

char *strbuf_detach(struct strbuf *sb)
{
	char *text = sb->cap != 0 ? sb->data : xstrdup("");

	strbuf_init(sb, sb->max);
	return text;
}

bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}
