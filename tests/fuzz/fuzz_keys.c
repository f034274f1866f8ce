/* The key decoder: bytes from a terminal in pieces of any size; every key it gives has a sound
 * form, and it never stops in the middle for good. */
#include "fuzz.h"

#include "term/decode.h"

static void drain(struct decoder *decoder, struct mono_time now)
{
	struct key key;

	for (int keys = 0; decoder_next(decoder, now, &key); keys++) {
		struct strbuf name;

		PROMISE(keys <= DECODER_BYTES);
		PROMISE(key.cp <= 0x10ffff);
		PROMISE(key.code != KEY_CODE_MOUSE || (key.x >= 0 && key.y >= 0));
		strbuf_init(&name, 64);
		key_format(&name, &key);
		strbuf_release(&name);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mono_time now = {.ns = NS_PER_S};
	struct decoder decoder;
	size_t at = 0;

	decoder_init(&decoder);
	while (at < size) {
		size_t piece = 1 + data[at] % 17;

		if (piece > size - at)
			piece = size - at;
		if (piece > decoder_room(&decoder))
			piece = decoder_room(&decoder);
		PROMISE(piece != 0);
		decoder_feed(&decoder, now, data + at, piece);
		at += piece;
		drain(&decoder, now);
		now.ns += NS_PER_MS;
	}
	for (int waits = 0; decoder_wake(&decoder).ns != INT64_MAX; waits++) {
		PROMISE(waits <= DECODER_BYTES);
		now.ns = decoder_wake(&decoder).ns > now.ns ? decoder_wake(&decoder).ns : now.ns;
		drain(&decoder, now);
	}
	return 0;
}
