/* What every file of the program may rely on: attributes, array lengths, magic numbers for
 * opaque pointers that travel through callbacks, and the calls that are banned. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BASE_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define BASE_LEN(array) (sizeof(array) / sizeof((array)[0]))
#define BASE_UNUSED __attribute__((unused))

/* A bug in sitrep itself: says where and why on stderr, then aborts. */
_Noreturn void base_bug(const char *file, int line, const char *fmt, ...) BASE_PRINTF(3, 4);
#define BUG(...) base_bug(__FILE__, __LINE__, __VA_ARGS__)

/* First line of every callback that receives a `void *`: turns a stale pointer into an abort. */
#define CHECK_MAGIC(object, number)                                                            \
	do {                                                                                   \
		if ((object) == NULL || (object)->magic != (number))                           \
			BUG("bad object: %s", #number);                                        \
	} while (0)

#include "base/banned.h"

#endif
