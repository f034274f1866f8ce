/* The answer of gRPC's health check: a first line is grpc-status and grpc-message, the rest the message; and all of
 * it as the first bytes of a port that answers something else. */
#include "fuzz.h"

#include "base/xalloc.h"
#include "probe/grpc_look.h"
#include "probe/grpc_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = size != 0 ? memchr(data, '\n', size) : NULL;
	size_t len = newline != NULL ? (size_t)(newline - data) : 0;
	size_t from = newline != NULL ? len + 1 : 0;
	char *text = xstrndup((const char *)data, len);
	const char *fault;
	struct strbuf out;
	int serving = grpc_health_read(data + from, size - from, &fault);

	PROMISE((serving < 0) == (fault != NULL));
	PROMISE((grpc_port_of((const char *)data, size) == GRPC_PORT_CLOSES) == (size == 0));
	PROMISE(grpc_status_read(text) >= -1 && grpc_status_read(text) < 1000000);
	strbuf_init(&out, size + 1);
	grpc_message_decode(&out, text, strlen(text));
	PROMISE(out.len <= len);
	strbuf_release(&out);
	free(text);
	return 0;
}
