/* The end of the road for a bug in sitrep itself. */
#include "base/base.h"

#include <stdarg.h>

void base_bug(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	(void)fprintf(stderr, "sitrep: bug at %s:%d: ", file, line);
	va_start(args, fmt);
	(void)vfprintf(stderr, fmt, args);
	va_end(args);
	(void)fputc('\n', stderr);
	abort();
}
