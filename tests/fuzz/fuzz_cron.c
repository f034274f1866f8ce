/* Cron expressions. What is accepted is due, in the future, at a minute that its fields name, and again
 * later; what is not has a sentence. */
#include "fuzz.h"

#include "base/xalloc.h"
#include "config/cron.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct zone_shift shifts[] = {
		{{INT64_MIN}, 3600},
		{{INT64_C(1774746000) * NS_PER_S}, 7200}, /* 2026-03-29 */
		{{INT64_C(1792890000) * NS_PER_S}, 3600},
	};
	struct wall_time at = {INT64_C(1774700000) * NS_PER_S};
	char *text = xstrndup((const char *)data, size < 1000 ? size : 1000);
	struct cron cron;
	struct strbuf err;

	strbuf_init(&err, 1000);
	if (cron_parse(text, &cron, &err)) {
		PROMISE(err.len == 0);
		cron.shifts = shifts;
		cron.shift_count = size % 2 != 0 ? BASE_LEN(shifts) : 0;
		for (int i = 0; i < 20; i++) {
			struct wall_time next = cron_next(&cron, at);

			PROMISE(next.ns > at.ns);
			PROMISE(i != 0 || next.ns != INT64_MAX);
			if (next.ns == INT64_MAX)
				break;
			PROMISE(next.ns % (60 * NS_PER_S) == 0);
			PROMISE((cron.minutes >> (next.ns / (60 * NS_PER_S) % 60) & 1) != 0);
			at = next;
		}
	} else {
		PROMISE(err.len != 0);
	}
	strbuf_release(&err);
	free(text);
	return 0;
}
