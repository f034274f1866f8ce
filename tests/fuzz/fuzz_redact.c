/* Masking: a first line that is a secret, then a text. Nothing of the secret is left, and what has
 * nothing to do with it stays. */
#include "fuzz.h"

#include "base/redact.h"
#include "base/xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *newline = size != 0 ? memchr(text, '\n', size) : NULL;
	struct redactor *redactor = redactor_new();
	struct strbuf out;
	char *secret;
	size_t from, len;

	if (newline == NULL) {
		redactor_free(redactor);
		return 0;
	}
	secret = xstrndup(text, (size_t)(newline - text));
	len = strlen(secret);
	from = (size_t)(newline - text) + 1;
	redactor_add(redactor, secret);
	strbuf_init(&out, SIZE_MAX / 4);
	redact(redactor, &out, text + from, size - from);
	/* A mask next to other text may spell a secret that has a star in it. */
	if (len >= 4 && secret[len - 1] != '\r' && strchr(secret, '*') == NULL)
		PROMISE(memmem(out.data, out.len, secret, len) == NULL);
	if (redactor_empty(redactor))
		PROMISE(out.len == size - from && memcmp(out.data, text + from, out.len) == 0);
	strbuf_release(&out);
	redactor_free(redactor);
	free(secret);
	return 0;
}
