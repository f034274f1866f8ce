/* A growing byte string with a ceiling. What does not fit is dropped, never a crash: the first
 * add that would pass the ceiling keeps what fits and sets `truncated`. `data` is always
 * terminated by a NUL that is not counted in `len`. */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include "base/base.h"

#include <stdarg.h>

struct strbuf {
	char *data;
	size_t len;
	size_t cap;
	size_t max; /* ceiling of len, in bytes */
	bool truncated;
};

void strbuf_init(struct strbuf *sb, size_t max);
void strbuf_release(struct strbuf *sb);
/* Empties it and keeps the memory. */
void strbuf_reset(struct strbuf *sb);
void strbuf_add(struct strbuf *sb, const void *bytes, size_t len);
void strbuf_adds(struct strbuf *sb, const char *text);
void strbuf_addc(struct strbuf *sb, char c);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) BASE_PRINTF(2, 3);
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list args) BASE_PRINTF(2, 0);
/* Shortens to `len` bytes; longer is a bug. */
void strbuf_cut(struct strbuf *sb, size_t len);
/* The string, which the caller frees; the buffer is empty afterwards. */
char *strbuf_detach(struct strbuf *sb);
/* Whether two texts are equal; NULL equals NULL alone. */
bool same_text(const char *a, const char *b);
/* The value of a hexadecimal digit, -1 where it is none. */
int hex_digit(char c);

#endif
