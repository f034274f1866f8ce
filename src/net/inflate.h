/* Content codings of HTTP undone (RFC 9110 section 8.4.1): gzip, and deflate as servers mean it. */
#ifndef NET_INFLATE_H
#define NET_INFLATE_H

#include "base/strbuf.h"

enum inflated {
	INFLATED_NOTHING, /* another coding, or none: nothing was added */
	INFLATED_WHOLE,
	INFLATED_PART,    /* the bytes end before the data does, or `out` is full */
	INFLATED_BROKEN,
};
/* Adds what `bytes` are in the coding that a Content-Encoding names, at most as much as `out` takes. */
enum inflated inflate_body(const char *coding, const char *bytes, size_t len, struct strbuf *out);

#endif
