/* The grammar of RFC 8259 over bytes, without building anything: the gate before cJSON. */
#ifndef BASE_JSON_CHECK_H
#define BASE_JSON_CHECK_H

#include "base/strbuf.h"

/* True where the bytes are exactly one JSON document of at most LIMIT_JSON_DEPTH levels; bytes
 * inside strings need not be UTF-8. `err` (may be NULL) gets a sentence. */
bool json_check(const char *bytes, size_t len, struct strbuf *err);

#endif
