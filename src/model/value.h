/* A typed value: what a probe measured, what an assertion compares, what a fact holds. Strings
 * and lists are borrowed from whatever carries the value. */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include "base/strbuf.h"

enum value_type { VALUE_NULL, VALUE_BOOL, VALUE_NUMBER, VALUE_DURATION, VALUE_STRING, VALUE_LIST };

struct value {
	enum value_type type;
	union {
		bool boolean;
		double number;
		int64_t duration_ns;
		struct {
			const char *bytes; /* NUL-terminated */
			size_t len;
		} string;
		struct {
			const char *const *items; /* NUL-terminated strings */
			size_t len;
		} list;
	} as;
};

struct value value_null(void);
struct value value_bool(bool boolean);
struct value value_number(double number);
struct value value_duration(int64_t ns);
struct value value_string(const char *text);
/* As a person reads it: `404`, `840ms`, `"healthy"`, `true`, `null`. Strings quoted and cut. */
void value_format(struct strbuf *out, const struct value *value);
const char *value_type_name(enum value_type type); /* "a number", "a text" */

#endif
