/* What an AMQP broker sends, frame by frame: each is inside what came, and so are its texts. */
#include "fuzz.h"

#include "probe/amqp_wire.h"

static bool inside(const struct amqp_text *text, const char *bytes, size_t len)
{
	return text->at == NULL || (text->at >= bytes && text->at + text->len <= bytes + len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;

	while (size != 0) {
		struct amqp_frame frame;
		size_t used = amqp_read(bytes, size, &frame);

		PROMISE(used <= size && used <= AMQP_FRAME_MOST + 8);
		PROMISE((used == 0) == (frame.kind == AMQP_PARTIAL || frame.kind == AMQP_GARBAGE));
		PROMISE(inside(&frame.product, bytes, used) && inside(&frame.server_version, bytes, used) &&
			inside(&frame.mechanisms, bytes, used) && inside(&frame.reason, bytes, used));
		(void)amqp_has_word(&frame.mechanisms, "PLAIN");
		if (used == 0)
			break;
		bytes += used;
		size -= used;
	}
	return 0;
}
