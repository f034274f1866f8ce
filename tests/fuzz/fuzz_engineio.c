/* Engine.IO packets and errors: a session id that gets out is bounded and stands in a URL as it is, and a
 * sentence about an error has one of its codes. */
#include "fuzz.h"

#include "base/limits.h"
#include "probe/engineio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct engineio_open open;
	struct strbuf out;

	if (engineio_open_read(bytes, size, &open) == ENGINEIO_OPEN) {
		size_t len = strlen(open.sid);

		PROMISE(len != 0 && len <= 3 * ENGINEIO_SID);
		for (size_t i = 0; i < len; i++)
			PROMISE((unsigned char)open.sid[i] > ' ' && (unsigned char)open.sid[i] < 0x7f &&
				strchr("&#?/\"<>", open.sid[i]) == NULL);
	}
	strbuf_init(&out, LIMIT_MESSAGE);
	if (engineio_error(bytes, size, &out))
		PROMISE(strstr(out.data, "(code ") != NULL && !out.truncated);
	else
		PROMISE(out.len == 0);
	strbuf_release(&out);
	return 0;
}
