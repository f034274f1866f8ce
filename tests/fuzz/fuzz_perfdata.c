/* What a plugin prints. Labels are harmless and bounded, come once, and values are numbers; the text
 * is a part of the output and holds none of its performance data. */
#include "fuzz.h"

#include "base/scrub.h"
#include "base/xalloc.h"
#include "probe/perfdata.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plugin_output output;
	struct arena arena;

	arena_init(&arena);
	plugin_output_read(&output, (const char *)data, size, &arena);
	PROMISE(output.text_len <= size);
	PROMISE(memchr(output.text, '|', output.text_len) == NULL);
	PROMISE(scrub_is_clean(output.line, strlen(output.line)) && strchr(output.line, '\n') == NULL);
	PROMISE(output.count <= PERFDATA_MOST);
	for (size_t i = 0; i < output.count; i++) {
		const char *label = output.data[i].label;

		PROMISE(label[0] != '\0' && strlen(label) <= 4 * PERFDATA_LABEL);
		PROMISE(scrub_is_clean(label, strlen(label)) && isfinite(output.data[i].value));
		for (size_t j = 0; j < i; j++)
			PROMISE(strcmp(output.data[j].label, label) != 0);
	}
	arena_release(&arena);
	return 0;
}
