/* Scrubbing: whatever comes in, what goes out is valid, clean, within its ceiling, and stays as it
 * is when it is scrubbed again. */
#include "fuzz.h"

#include "base/scrub.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned flags = 0; flags < 4; flags++) {
		size_t max = size != 0 && (data[0] & 1) != 0 ? size / 2 : 4 * size + 8 * size;
		char *once = scrub_dup(data, size, max, flags);
		char *again = scrub_dup(once, strlen(once), SIZE_MAX / 4, flags);

		PROMISE(strlen(once) <= max);
		PROMISE(utf8_valid(once, strlen(once)));
		PROMISE(strcmp(once, again) == 0);
		for (const char *c = once; *c != '\0'; c++)
			PROMISE((unsigned char)*c >= 0x20 || (*c == '\n' && (flags & SCRUB_TEXT) != 0));
		if ((flags & SCRUB_TEXT) == 0)
			PROMISE(scrub_is_clean(once, strlen(once)));
		free(again);
		free(once);
	}
	return 0;
}
