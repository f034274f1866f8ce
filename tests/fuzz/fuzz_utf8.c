/* UTF-8: decoding moves forward and agrees with validation, encoding and clipping. */
#include "fuzz.h"

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t valid_len = utf8_valid_len(text, size);
	size_t at = 0, cells = 0, used;

	PROMISE(utf8_valid(text, size) == (valid_len == size));
	PROMISE(utf8_valid(text, valid_len));
	while (at < size) {
		uint32_t cp;
		char encoded[4];
		size_t len = utf8_decode(text + at, size - at, &cp);

		PROMISE(len >= 1 && len <= 4 && len <= size - at);
		if (at < valid_len) {
			PROMISE(utf8_encode(encoded, cp) == len);
			PROMISE(memcmp(encoded, text + at, len) == 0);
		}
		if (at == valid_len)
			PROMISE(cp == UTF8_REPLACEMENT);
		cells += (size_t)utf8_cp_width(cp);
		at += len;
	}
	PROMISE(utf8_width(text, size) == cells);
	for (size_t room = 0; room <= cells && room < 40; room++) {
		size_t clipped = utf8_clip(text, size, room, &used);

		PROMISE(clipped <= size && used <= room);
		PROMISE(utf8_width(text, clipped) == used);
		PROMISE(clipped == size || room - used <= 1);
	}
	return 0;
}
