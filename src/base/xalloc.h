/* Memory that is there or the program is not: every function aborts when memory is exhausted
 * or a size overflows, so callers never check. What a stranger can make large is not allocated
 * through these but collected in a `struct strbuf`, which has a ceiling. */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include "base/base.h"

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
/* count * size bytes, checked for overflow. */
void *xreallocarray(void *old, size_t count, size_t size);
char *xstrdup(const char *text);
/* At most `len` bytes of `text`, always terminated. */
char *xstrndup(const char *text, size_t len);
void *xmemdup(const void *bytes, size_t len);
char *xasprintf(const char *fmt, ...) BASE_PRINTF(1, 2);

#endif
