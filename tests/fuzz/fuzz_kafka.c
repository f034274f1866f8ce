/* Answers of Kafka: a byte that chooses the reader, a byte for the version, then a frame. What is read is
 * bounded, an address is harmless, and what is asked next about it is a whole request. */
#include "fuzz.h"

#include "base/scrub.h"
#include "base/xalloc.h"
#include "probe/kafka_wire.h"

static const char *const wanted[] = {"orders", "nowhere"};

static void check_request(const struct strbuf *out)
{
	const unsigned char *at = (const unsigned char *)out->data;

	PROMISE(!out->truncated && out->len > 12);
	PROMISE(((size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]) + 4 == out->len);
}

static void check_broker(const struct kafka_broker *broker)
{
	if (broker->host[0] == '\0')
		return;
	PROMISE(scrub_is_clean(broker->host, strlen(broker->host)) && strpbrk(broker->host, " /@?#\\%") == NULL);
	PROMISE(broker->port > 0 && broker->port < 65536);
}

static void check_metadata(const struct kafka_metadata *metadata)
{
	PROMISE(metadata->broker_count <= KAFKA_BROKERS_MOST && metadata->broker_count <= metadata->brokers_said);
	for (size_t i = 0; i < metadata->broker_count; i++) {
		check_broker(&metadata->brokers[i]);
		PROMISE(metadata->brokers[kafka_broker_index(metadata, metadata->brokers[i].id)].id ==
			metadata->brokers[i].id);
	}
	PROMISE(metadata->all_count <= metadata->partitions);
	PROMISE(metadata->under_replicated <= metadata->partitions);
	PROMISE(metadata->unknown_count <= BASE_LEN(wanted));
	for (size_t i = 1; i < metadata->all_count; i++) {
		const struct kafka_partition *before = &metadata->all[i - 1], *at = &metadata->all[i];

		PROMISE(strcmp(before->topic, at->topic) <= 0);
		PROMISE(before->topic != at->topic || before->index <= at->index);
	}
}

/* What a group's answers fill in, and what is asked then. */
static void check_group(const char *frame, size_t size, int version, struct kafka_metadata *metadata)
{
	struct strbuf out;
	int error;

	for (size_t i = 0; i < metadata->all_count; i++)
		metadata->all[i].committed = (int64_t)i;
	strbuf_init(&out, KAFKA_REQUEST_MOST);
	kafka_ask_committed(&out, 5, 7, metadata, "billing");
	check_request(&out);
	strbuf_reset(&out);
	PROMISE(kafka_ask_ends(&out, 3, 7, metadata, 1) <= metadata->all_count);
	check_request(&out);
	strbuf_release(&out);
	(void)kafka_read_committed(frame, size, version, metadata, &error);
	(void)kafka_read_ends(frame, size, version, metadata, &error);
	for (size_t i = 0; i < metadata->all_count; i++)
		PROMISE(metadata->all[i].committed >= 0 && metadata->all[i].end >= -1);
}

static void read_metadata(const char *frame, size_t size, int version, struct arena *arena)
{
	struct kafka_metadata metadata;

	if (kafka_read_metadata(frame, size, version, wanted, (version & 8) != 0 ? 2 : 0, true, arena, &metadata)) {
		check_metadata(&metadata);
		check_group(frame, size, version, &metadata);
	}
}

/* Answers about a group are about partitions that are known. */
static void read_group(const char *frame, size_t size, int version)
{
	struct kafka_partition all[] = {{"orders", 0, 1, -1, -1}, {"orders", 1, 2, -1, -1},
					{"pay", 1, 1, -1, -1}, {"payments", 1, 1, -1, -1}};
	struct kafka_metadata metadata = {.all = all, .all_count = BASE_LEN(all), .partitions = BASE_LEN(all)};

	check_group(frame, size, version, &metadata);
}

static void read_said(const char *frame, size_t size, int version, struct arena *arena)
{
	struct kafka_versions versions;
	struct kafka_coordinator coordinator;
	struct kafka_said said;
	int error;

	if (kafka_read_versions(frame, size, version, &versions, &error))
		PROMISE(kafka_version(&versions, KAFKA_METADATA) <= 7);
	(void)kafka_read_sasl(frame, size, arena, &said);
	(void)kafka_read_login(frame, size, arena, &said);
	if (kafka_read_coordinator(frame, size, version, arena, &coordinator))
		check_broker(&coordinator.broker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	const char *frame = (const char *)data + 2;
	size_t whole = 0;
	int version;

	if (size < 2)
		return 0;
	version = data[1] & 15;
	arena_init(&arena);
	if (kafka_frame(frame, size - 2, 1, &whole) == KAFKA_FRAME_WHOLE)
		PROMISE(whole <= size - 2 && whole >= 10);
	switch (data[0] % 3) {
	case 0:
		read_metadata(frame, size - 2, version, &arena);
		break;
	case 1:
		read_group(frame, size - 2, version);
		break;
	default:
		read_said(frame, size - 2, version, &arena);
		break;
	}
	arena_release(&arena);
	return 0;
}
