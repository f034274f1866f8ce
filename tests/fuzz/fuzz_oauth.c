/* Answers of a token endpoint: a first byte `s` for 200, any other for 400, then the body. A token that gets out is one
 * line of visible ASCII with a life of at most a day, and without one there is a sentence. */
#include "fuzz.h"

#include "base/limits.h"
#include "base/xalloc.h"
#include "net/oauth_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *body = size != 0 ? (const char *)data + 1 : NULL;
	struct oauth_answer answer;
	enum failure failure;
	struct strbuf said;

	strbuf_init(&said, LIMIT_BODY);
	failure = oauth_answer_read(size != 0 && data[0] == 's' ? 200 : 400, body, size != 0 ? size - 1 : 0, &answer,
				    &said);
	PROMISE((failure == FAILURE_NONE) == (answer.token != NULL));
	PROMISE((failure == FAILURE_NONE) == (said.len == 0));
	if (answer.token != NULL) {
		size_t len = strlen(answer.token);

		PROMISE(len != 0 && len <= OAUTH_TOKEN_MAX && len < size);
		for (size_t i = 0; i < len; i++)
			PROMISE(answer.token[i] > ' ' && answer.token[i] <= '~');
		PROMISE(answer.usable_ns > 0 && answer.usable_ns <= 24 * 3600 * NS_PER_S);
	}
	free(answer.token);
	strbuf_release(&said);
	return 0;
}
