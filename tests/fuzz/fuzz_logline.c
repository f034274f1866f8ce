/* Log lines: time, level and message of any scrubbed line; nothing is read that is not there. */
#include "fuzz.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "base/xalloc.h"
#include "logs/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wall_time now = {.ns = INT64_C(1795262621) * NS_PER_S};
	char *text = scrub_dup(data, size, LIMIT_LOG_LINE, SCRUB_LINE | SCRUB_SGR);
	size_t len = strlen(text);
	/* Of exactly its length: a read past the end is seen. */
	char *exact = xmemdup(text, len);
	struct log_line line = {.text = exact, .len = len};
	struct log_line event = {.text = "Traceback (most recent call last):", .len = 34};

	log_line_parse(&line, now, 3600);
	PROMISE(line.message <= line.len);
	PROMISE(line.level < LOG_LEVEL_COUNT);
	PROMISE(line.text == exact && line.len == len);
	(void)log_line_continues(&event, exact, len);
	(void)log_line_continues(&line, exact, len);
	free(exact);
	free(text);
	return 0;
}
