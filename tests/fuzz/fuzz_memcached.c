/* Lines of memcached, read one after the other as they would come; values lie inside the line. */
#include "fuzz.h"

#include "probe/memcached_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct memcached_stats stats;
	size_t at = 0;

	memcached_stats_init(&stats);
	while (at < size) {
		struct memcached_line line;
		size_t used = memcached_read(text + at, size - at, &line);

		PROMISE(used <= size - at);
		PROMISE((used == 0) == (line.type == MEMCACHED_PARTIAL || line.type == MEMCACHED_GARBAGE));
		if (used == 0)
			break;
		PROMISE(line.text == text + at && line.len < used);
		PROMISE(line.value >= line.text && line.value + line.value_len == line.text + line.len);
		(void)memcached_stat(&line, &stats);
		at += used;
	}
	PROMISE(stats.bytes >= -1 && stats.evictions >= -1 && stats.connections >= -1);
	return 0;
}
