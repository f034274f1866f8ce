/* The requests of kafka_wire.h. Invariant: each is whole, its length in front, or `truncated` is
 * set. */
#include "config.h"

#include "probe/kafka_wire.h"

#define CLIENT_ID "sitrep"

struct api_row {
	const char *name;
	int min, max; /* the versions that are spoken here */
};

static const struct api_row *api_row(enum kafka_api api)
{
	static const struct api_row rows[KAFKA_API_KEYS] = {
		[KAFKA_LIST_OFFSETS] = {"ListOffsets", 1, 3},
		[KAFKA_METADATA] = {"Metadata", 1, 7},
		[KAFKA_OFFSET_FETCH] = {"OffsetFetch", 1, 5},
		[KAFKA_FIND_COORDINATOR] = {"FindCoordinator", 0, 2},
		[KAFKA_SASL_HANDSHAKE] = {"SaslHandshake", 1, 1},
		[KAFKA_API_VERSIONS] = {"ApiVersions", 0, 3},
		[KAFKA_SASL_AUTHENTICATE] = {"SaslAuthenticate", 0, 0},
	};

	return &rows[api];
}

const char *kafka_api_name(enum kafka_api api)
{
	return api_row(api)->name;
}

int kafka_version(const struct kafka_versions *versions, enum kafka_api api)
{
	const struct api_row *row = api_row(api);
	int min = versions->of[api].min > row->min ? versions->of[api].min : row->min;
	int max = versions->of[api].max < row->max ? versions->of[api].max : row->max;

	return max >= min ? max : -1;
}

/* --- primitive types ------------------------------------------------------------------------ */

static void put_int(struct strbuf *out, int64_t value, size_t bytes)
{
	while (bytes-- != 0)
		strbuf_addc(out, (char)((uint64_t)value >> (8 * bytes)));
}

static void put_string(struct strbuf *out, const char *text)
{
	size_t len = strnlen(text, INT16_MAX);

	put_int(out, (int64_t)len, 2);
	strbuf_add(out, text, len);
}

static void put_bytes(struct strbuf *out, const struct strbuf *bytes)
{
	put_int(out, (int64_t)bytes->len, 4);
	strbuf_add(out, bytes->data, bytes->len);
}

/* Of less than 127 bytes, so that the length is one byte. */
static void put_compact(struct strbuf *out, const char *text)
{
	size_t len = strlen(text);

	strbuf_addc(out, (char)(len + 1));
	strbuf_add(out, text, len);
}

static size_t begin(struct strbuf *out, enum kafka_api api, int version, int32_t id)
{
	size_t from = out->len;

	put_int(out, 0, 4);
	put_int(out, api, 2);
	put_int(out, version, 2);
	put_int(out, id, 4);
	put_string(out, CLIENT_ID);
	return from;
}

static void patch(struct strbuf *out, size_t at, int64_t value)
{
	if (out->truncated)
		return;
	for (size_t i = 0; i < 4; i++)
		out->data[at + i] = (char)((uint64_t)value >> (8 * (3 - i)));
}

static void end(struct strbuf *out, size_t from)
{
	patch(out, from, (int64_t)(out->len - from - 4));
}

/* --- requests ------------------------------------------------------------------------------- */

void kafka_ask_versions(struct strbuf *out, int version, int32_t id)
{
	size_t from = begin(out, KAFKA_API_VERSIONS, version, id);

	if (version >= 3) {
		strbuf_addc(out, 0); /* no tagged fields in the header */
		put_compact(out, CLIENT_ID);
		put_compact(out, PACKAGE_VERSION);
		strbuf_addc(out, 0);
	}
	end(out, from);
}

void kafka_ask_sasl(struct strbuf *out, int32_t id, const char *mechanism)
{
	size_t from = begin(out, KAFKA_SASL_HANDSHAKE, 1, id);

	put_string(out, mechanism);
	end(out, from);
}

void kafka_ask_login(struct strbuf *out, int32_t id, const struct strbuf *token)
{
	size_t from = begin(out, KAFKA_SASL_AUTHENTICATE, 0, id);

	put_bytes(out, token);
	end(out, from);
}

void kafka_ask_metadata(struct strbuf *out, int version, int32_t id, const char *const *topics,
			size_t count)
{
	size_t from = begin(out, KAFKA_METADATA, version, id);

	/* A null list is all topics; before version 4 a topic that is named may be created. */
	if (count == 0 || version < 4) {
		put_int(out, -1, 4);
	} else {
		put_int(out, (int64_t)count, 4);
		for (size_t i = 0; i < count; i++)
			put_string(out, topics[i]);
	}
	if (version >= 4)
		strbuf_addc(out, 0); /* allow_auto_topic_creation */
	end(out, from);
}

void kafka_ask_coordinator(struct strbuf *out, int version, int32_t id, const char *group)
{
	size_t from = begin(out, KAFKA_FIND_COORDINATOR, version, id);

	put_string(out, group);
	if (version >= 1)
		strbuf_addc(out, 0); /* the key is a group's */
	end(out, from);
}

/* Topics, each with its partitions: all that are known, or of those that `leader` leads and the group
 * has committed in, with the time that ListOffsets is asked for. Returns how many partitions. */
static size_t put_partitions(struct strbuf *out, const struct kafka_metadata *metadata,
			     const int32_t *leader)
{
	size_t topics_at = out->len, in_topic_at = 0, topics = 0, in_topic = 0, all = 0;
	const char *topic = NULL;

	put_int(out, 0, 4);
	for (size_t i = 0; i < metadata->all_count; i++) {
		const struct kafka_partition *partition = &metadata->all[i];

		if (leader != NULL && (partition->leader != *leader || partition->committed < 0))
			continue;
		if (partition->topic != topic) {
			topic = partition->topic;
			put_string(out, topic);
			in_topic_at = out->len;
			put_int(out, 0, 4);
			in_topic = 0;
			patch(out, topics_at, (int64_t)++topics);
		}
		put_int(out, partition->index, 4);
		if (leader != NULL)
			put_int(out, -1, 8); /* the latest */
		patch(out, in_topic_at, (int64_t)++in_topic);
		all++;
	}
	return all;
}

void kafka_ask_committed(struct strbuf *out, int version, int32_t id,
			 const struct kafka_metadata *metadata, const char *group)
{
	size_t from = begin(out, KAFKA_OFFSET_FETCH, version, id);

	put_string(out, group);
	(void)put_partitions(out, metadata, NULL);
	end(out, from);
}

size_t kafka_ask_ends(struct strbuf *out, int version, int32_t id, const struct kafka_metadata *metadata,
		      int32_t leader)
{
	size_t from = begin(out, KAFKA_LIST_OFFSETS, version, id), count;

	put_int(out, -1, 4); /* as a consumer asks */
	if (version >= 2)
		strbuf_addc(out, 0); /* all messages, also of open transactions */
	count = put_partitions(out, metadata, &leader);
	end(out, from);
	return count;
}
