/* Replies of Redis: read one after the other as they would come; and INFO. What is found lies inside
 * the bytes, what is whole has a length, and what is whole at the end is whole with more behind it. */
#include "fuzz.h"

#include "probe/redis_wire.h"

static void check_line(void *context, const char *line, size_t len)
{
	const struct redis_text *all = context;

	PROMISE(line >= all->at && line + len <= all->at + all->len);
}

static void check_text(const struct redis_text *all, const struct redis_text *part)
{
	PROMISE(part->at == NULL || (part->at >= all->at && part->at + part->len <= all->at + all->len));
}

static void check_info(const char *text, size_t len)
{
	struct redis_text all = {text, len};
	struct redis_info info;

	redis_info_read(text, len, &info, check_line, &all);
	check_text(&all, &info.version);
	check_text(&all, &info.role);
	check_text(&all, &info.link);
	check_text(&all, &info.master_host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t at = 0;

	while (at < size) {
		struct redis_reply reply, shorter;
		size_t used = redis_read(text + at, size - at, &reply);

		PROMISE(used <= size - at);
		PROMISE((used == 0) == (reply.type == REDIS_PARTIAL || reply.type == REDIS_GARBAGE));
		if (used == 0)
			break;
		PROMISE(redis_read(text + at, used, &shorter) == used && shorter.type == reply.type);
		PROMISE(redis_read(text + at, used - 1, &shorter) == 0);
		if (reply.type == REDIS_STATUS || reply.type == REDIS_ERROR || reply.type == REDIS_BULK) {
			PROMISE(reply.text >= text + at && reply.text + reply.len <= text + at + used);
			check_info(reply.text, reply.len);
			(void)redis_error_is(&reply, "NOAUTH");
		}
		at += used;
	}
	check_info(text, size);
	return 0;
}
