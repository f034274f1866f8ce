/* Texts with `{{name}}` in them, for values that are known only later. `{{{{` stands for `{{`. */
#ifndef BASE_PLACEHOLDER_H
#define BASE_PLACEHOLDER_H

#include "base/base.h"

enum placeholder_kind {
	PLACEHOLDER_END,
	PLACEHOLDER_TEXT,
	PLACEHOLDER_NAME,
	PLACEHOLDER_WRONG, /* `{{` without a name and `}}` behind it; `text` is the rest */
};
struct placeholder {
	enum placeholder_kind kind;
	const char *text; /* inside the whole */
	size_t len;
};
/* The next part of `*at`, which moves behind it. */
struct placeholder placeholder_next(const char **at);
/* Letters, digits, `_` and `-`, beginning with a letter or `_`. */
bool placeholder_is_name(const char *text, size_t len);

#endif
