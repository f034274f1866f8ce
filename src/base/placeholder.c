/* Cuts a text at its placeholders; nothing is copied. See placeholder.h. */
#include "base/placeholder.h"

#include <ctype.h>

bool placeholder_is_name(const char *text, size_t len)
{
	if (len == 0 || (!isalpha((unsigned char)text[0]) && text[0] != '_'))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '_' && text[i] != '-')
			return false;
	return true;
}

struct placeholder placeholder_next(const char **at)
{
	struct placeholder part = {.kind = PLACEHOLDER_TEXT, .text = *at};
	const char *open = strstr(*at, "{{"), *close;

	if (**at == '\0') {
		part.kind = PLACEHOLDER_END;
		return part;
	}
	if (open != *at) {
		part.len = open != NULL ? (size_t)(open - *at) : strlen(*at);
		*at += part.len;
		return part;
	}
	if (strncmp(open, "{{{{", 4) == 0) {
		part.len = 2;
		*at += 4;
		return part;
	}
	part.text = open + 2;
	close = strstr(part.text, "}}");
	part.len = close != NULL ? (size_t)(close - part.text) : strlen(part.text);
	part.kind = close != NULL && placeholder_is_name(part.text, part.len) ? PLACEHOLDER_NAME
									      : PLACEHOLDER_WRONG;
	*at = part.text + part.len + (close != NULL ? 2 : 0);
	return part;
}
