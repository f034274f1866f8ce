/* Memory that is there or the program is not. See xalloc.h. */
#include "base/xalloc.h"

#include <stdarg.h>

static void *must(void *memory)
{
	if (memory == NULL)
		BUG("out of memory");
	return memory;
}

void *xmalloc(size_t size)
{
	return must(malloc(size != 0 ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return must(calloc(count != 0 ? count : 1, size != 0 ? size : 1));
}

void *xrealloc(void *old, size_t size)
{
	return must(realloc(old, size != 0 ? size : 1));
}

void *xreallocarray(void *old, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		BUG("array of %zu x %zu bytes", count, size);
	return xrealloc(old, bytes);
}

char *xstrdup(const char *text)
{
	return must(strdup(text));
}

char *xstrndup(const char *text, size_t len)
{
	return must(strndup(text, len));
}

void *xmemdup(const void *bytes, size_t len)
{
	void *copy = xmalloc(len);

	if (len != 0)
		memcpy(copy, bytes, len);
	return copy;
}

char *xasprintf(const char *fmt, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		BUG("out of memory");
	va_end(args);
	return text;
}
