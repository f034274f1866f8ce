/* The answers of kafka_wire.h. Every count and length is checked against the bytes that are there;
 * one that lies makes the reader bad, after which it gives zeros and loops end. */
#include "probe/kafka_wire.h"

#include <limits.h>

struct reader {
	const unsigned char *at;
	size_t left;
	bool bad;
};

static const unsigned char *take(struct reader *reader, size_t len)
{
	const unsigned char *at = reader->at;

	if (reader->bad || reader->left < len) {
		reader->bad = true;
		return NULL;
	}
	reader->at += len;
	reader->left -= len;
	return at;
}

/* Two's complement, big endian, of 1 to 8 bytes. */
static int64_t get_int(struct reader *reader, size_t len)
{
	const unsigned char *at = take(reader, len);
	uint64_t value;

	if (at == NULL)
		return 0;
	value = (at[0] & 0x80) != 0 ? UINT64_MAX : 0;
	for (size_t i = 0; i < len; i++)
		value = value << 8 | at[i];
	return (int64_t)value;
}

static int16_t get_int16(struct reader *reader)
{
	return (int16_t)get_int(reader, 2);
}

static int32_t get_int32(struct reader *reader)
{
	return (int32_t)get_int(reader, 4);
}

struct text {
	const char *bytes;
	size_t len;
	bool null;
};

static struct text get_string(struct reader *reader)
{
	int16_t len = get_int16(reader);
	struct text text = {.bytes = "", .null = len < 0};

	if (len <= 0)
		return text;
	text.bytes = (const char *)take(reader, (size_t)len);
	if (text.bytes != NULL)
		text.len = (size_t)len;
	else
		text.bytes = "";
	return text;
}

/* How many elements of at least `least` bytes follow; a null list is an empty one. */
static size_t get_count(struct reader *reader, size_t least)
{
	int32_t count = get_int32(reader);

	if (count <= 0)
		return 0;
	if ((size_t)count > reader->left / least) {
		reader->bad = true;
		return 0;
	}
	return (size_t)count;
}

/* Unsigned LEB128, of 32 bits. */
static uint32_t get_varint(struct reader *reader)
{
	uint32_t value = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		const unsigned char *at = take(reader, 1);

		if (at == NULL)
			return 0;
		value |= (uint32_t)(*at & 0x7f) << shift;
		if ((*at & 0x80) == 0)
			return value;
	}
	reader->bad = true;
	return 0;
}

static void skip_tags(struct reader *reader)
{
	for (uint32_t count = get_varint(reader); count != 0 && !reader->bad; count--) {
		(void)get_varint(reader);
		(void)take(reader, get_varint(reader));
	}
}

static char *keep_text(struct arena *arena, struct text text)
{
	return text.null || text.len == 0 ? NULL : arena_strndup(arena, text.bytes, text.len);
}

static bool is_text(struct text text, const char *other)
{
	return strlen(other) == text.len && memcmp(text.bytes, other, text.len) == 0;
}

/* Behind length and correlation id, which kafka_frame() looked at. */
static struct reader reader_of(const char *frame, size_t size)
{
	struct reader reader = {(const unsigned char *)frame, size, false};

	(void)take(&reader, 8);
	return reader;
}

/* --- frames and errors ---------------------------------------------------------------------- */

enum kafka_frame kafka_frame(const char *bytes, size_t len, int32_t id, size_t *size)
{
	struct reader reader = {(const unsigned char *)bytes, len, false};
	int32_t length;

	if (len < 4)
		return KAFKA_FRAME_PART;
	length = get_int32(&reader);
	/* No cluster's answer is that large; the first letters of another protocol are. */
	if (length < 6 || length > (1 << 28))
		return KAFKA_FRAME_GARBAGE;
	if (len < 8)
		return KAFKA_FRAME_PART;
	if (get_int32(&reader) != id)
		return KAFKA_FRAME_GARBAGE;
	if ((size_t)length > KAFKA_ANSWER_MOST - 4)
		return KAFKA_FRAME_LARGE;
	*size = (size_t)length + 4;
	return len < *size ? KAFKA_FRAME_PART : KAFKA_FRAME_WHOLE;
}

const char *kafka_error_name(int code, char room[24])
{
	static const struct {
		int code;
		const char *name;
	} names[] = {
		{-1, "UNKNOWN_SERVER_ERROR"},
		{1, "OFFSET_OUT_OF_RANGE"},
		{KAFKA_UNKNOWN_TOPIC, "UNKNOWN_TOPIC_OR_PARTITION"},
		{KAFKA_LEADER_NOT_AVAILABLE, "LEADER_NOT_AVAILABLE"},
		{6, "NOT_LEADER_OR_FOLLOWER"},
		{7, "REQUEST_TIMED_OUT"},
		{8, "BROKER_NOT_AVAILABLE"},
		{9, "REPLICA_NOT_AVAILABLE"},
		{13, "NETWORK_EXCEPTION"},
		{14, "COORDINATOR_LOAD_IN_PROGRESS"},
		{KAFKA_COORDINATOR_NOT_AVAILABLE, "COORDINATOR_NOT_AVAILABLE"},
		{16, "NOT_COORDINATOR"},
		{KAFKA_INVALID_TOPIC, "INVALID_TOPIC_EXCEPTION"},
		{24, "INVALID_GROUP_ID"},
		{KAFKA_TOPIC_AUTHORIZATION, "TOPIC_AUTHORIZATION_FAILED"},
		{KAFKA_GROUP_AUTHORIZATION, "GROUP_AUTHORIZATION_FAILED"},
		{31, "CLUSTER_AUTHORIZATION_FAILED"},
		{KAFKA_UNSUPPORTED_SASL_MECHANISM, "UNSUPPORTED_SASL_MECHANISM"},
		{KAFKA_ILLEGAL_SASL_STATE, "ILLEGAL_SASL_STATE"},
		{KAFKA_UNSUPPORTED_VERSION, "UNSUPPORTED_VERSION"},
		{41, "NOT_CONTROLLER"},
		{42, "INVALID_REQUEST"},
		{56, "KAFKA_STORAGE_ERROR"},
		{KAFKA_SASL_AUTHENTICATION_FAILED, "SASL_AUTHENTICATION_FAILED"},
		{72, "LISTENER_NOT_FOUND"},
		{74, "FENCED_LEADER_EPOCH"},
		{75, "UNKNOWN_LEADER_EPOCH"},
		{78, "OFFSET_NOT_AVAILABLE"},
		{89, "THROTTLING_QUOTA_EXCEEDED"},
	};

	for (size_t i = 0; i < BASE_LEN(names); i++)
		if (names[i].code == code)
			return names[i].name;
	(void)snprintf(room, 24, "error %d", code);
	return room;
}

/* --- the way in ----------------------------------------------------------------------------- */

bool kafka_read_versions(const char *frame, size_t size, int version, struct kafka_versions *versions,
			 int *error)
{
	struct reader reader = reader_of(frame, size);
	size_t count;

	for (size_t i = 0; i < KAFKA_API_KEYS; i++) {
		versions->of[i].min = 0;
		versions->of[i].max = -1;
	}
	*error = get_int16(&reader);
	/* What follows an error has the form of version 0 at brokers (KIP-511), and not at others. */
	if (*error != KAFKA_OK)
		return !reader.bad;
	if (version >= 3) {
		count = get_varint(&reader);
		count -= count != 0;
	} else {
		count = get_count(&reader, 6);
	}
	for (; count != 0 && !reader.bad; count--) {
		int key = get_int16(&reader), min = get_int16(&reader), max = get_int16(&reader);

		if (version >= 3)
			skip_tags(&reader);
		if (reader.bad || key < 0 || key >= KAFKA_API_KEYS)
			continue;
		versions->of[key].min = min;
		versions->of[key].max = max;
	}
	return !reader.bad;
}

bool kafka_read_sasl(const char *frame, size_t size, struct arena *arena, struct kafka_said *said)
{
	struct reader reader = reader_of(frame, size);
	struct strbuf names;
	size_t count;

	*said = (struct kafka_said){.error = get_int16(&reader)};
	strbuf_init(&names, size + 1); /* not cut here: it is not redacted yet */
	count = get_count(&reader, 2);
	for (size_t i = 0; i < count && !reader.bad; i++) {
		struct text name = get_string(&reader);

		strbuf_addf(&names, "%s%.*s", i != 0 ? ", " : "", (int)name.len, name.bytes);
	}
	said->text = names.len != 0 ? arena_strndup(arena, names.data, names.len) : NULL;
	strbuf_release(&names);
	return !reader.bad;
}

bool kafka_read_login(const char *frame, size_t size, struct arena *arena, struct kafka_said *said)
{
	struct reader reader = reader_of(frame, size);

	*said = (struct kafka_said){.error = get_int16(&reader)};
	said->text = keep_text(arena, get_string(&reader));
	said->token_len = get_count(&reader, 1);
	said->token = (const char *)take(&reader, said->token_len);
	return !reader.bad;
}

/* --- metadata ------------------------------------------------------------------------------- */

/* Only what can stand in an address: it came from outside, and will be connected to. */
static bool is_host(struct text host)
{
	if (host.len == 0 || host.len > 255 || host.bytes[0] == '-')
		return false;
	for (size_t i = 0; i < host.len; i++) {
		char c = host.bytes[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '-' || c == '_' || c == ':'))
			return false;
	}
	return true;
}

static int compare_brokers(const void *a, const void *b)
{
	int32_t left = ((const struct kafka_broker *)a)->id, right = ((const struct kafka_broker *)b)->id;

	return (left > right) - (left < right);
}

size_t kafka_broker_index(const struct kafka_metadata *metadata, int32_t id)
{
	const struct kafka_broker key = {.id = id};
	const struct kafka_broker *found = bsearch(&key, metadata->brokers, metadata->broker_count,
						   sizeof(key), compare_brokers);

	return found != NULL ? (size_t)(found - metadata->brokers) : metadata->broker_count;
}

static struct kafka_broker get_broker(struct reader *reader, struct arena *arena)
{
	struct kafka_broker broker = {.id = get_int32(reader), .host = ""};
	struct text host = get_string(reader);

	broker.port = get_int32(reader);
	if (!reader->bad && is_host(host) && broker.port > 0 && broker.port <= 65535)
		broker.host = arena_strndup(arena, host.bytes, host.len);
	return broker;
}

static void get_brokers(struct reader *reader, struct arena *arena, struct kafka_metadata *metadata)
{
	size_t count = get_count(reader, 12);
	size_t most = count < KAFKA_BROKERS_MOST ? count : KAFKA_BROKERS_MOST;

	metadata->brokers_said = count;
	metadata->brokers = arena_array(arena, most != 0 ? most : 1, sizeof(*metadata->brokers));
	for (size_t i = 0; i < count && !reader->bad; i++) {
		if (i < most) {
			metadata->brokers[metadata->broker_count++] = get_broker(reader, arena);
		} else {
			(void)get_int32(reader);
			(void)get_string(reader);
			(void)get_int32(reader);
		}
		(void)get_string(reader); /* rack */
	}
	qsort(metadata->brokers, metadata->broker_count, sizeof(*metadata->brokers), compare_brokers);
}

/* The kept partitions of a topic, as they came. */
struct topic_run {
	const char *topic;
	size_t from, count;
};

/* What is kept while the topics are read. */
struct topic_reader {
	struct reader *reader;
	int version;
	const char *const *wanted;
	size_t wanted_count;
	bool *seen;
	bool keep;
	struct arena *arena;
	struct kafka_metadata *metadata;
	struct VEC_OF(struct kafka_partition) all;
	struct VEC_OF(struct topic_run) runs;
};

static void note_example(struct topic_reader *topics, const char *examples[KAFKA_EXAMPLES], size_t before,
			 struct text topic, int32_t index)
{
	if (before < KAFKA_EXAMPLES)
		examples[before] = arena_printf(topics->arena, "%.*s-%d", (int)topic.len, topic.bytes,
						(int)index);
}

static void get_partition(struct topic_reader *topics, struct text topic, const char *kept)
{
	struct kafka_metadata *metadata = topics->metadata;
	struct reader *reader = topics->reader;
	int error = get_int16(reader);
	struct kafka_partition partition = {.topic = kept, .committed = -1, .end = -1};
	size_t replicas, in_sync;

	partition.index = get_int32(reader);
	partition.leader = get_int32(reader);
	if (topics->version >= 7)
		(void)get_int32(reader); /* the leader's epoch */
	replicas = get_count(reader, 4);
	(void)take(reader, replicas * 4);
	in_sync = get_count(reader, 4);
	(void)take(reader, in_sync * 4);
	if (topics->version >= 5)
		(void)take(reader, get_count(reader, 4) * 4); /* offline replicas */
	if (reader->bad)
		return;
	metadata->partitions++;
	if (partition.leader < 0 || error == KAFKA_LEADER_NOT_AVAILABLE) {
		partition.leader = -1;
		note_example(topics, metadata->leaderless_examples, metadata->leaderless++, topic,
			     partition.index);
	}
	if (in_sync < replicas)
		note_example(topics, metadata->under_replicated_examples, metadata->under_replicated++,
			     topic, partition.index);
	if (kept != NULL)
		vec_push(&topics->all, partition);
}

/* Whether the topic is one to look at; a wanted one is seen where it is there. */
static bool is_wanted(struct topic_reader *topics, struct text name, int error)
{
	bool wanted = topics->wanted_count == 0;

	for (size_t i = 0; i < topics->wanted_count; i++) {
		if (!is_text(name, topics->wanted[i]))
			continue;
		wanted = true;
		topics->seen[i] = error != KAFKA_UNKNOWN_TOPIC && error != KAFKA_INVALID_TOPIC;
	}
	return wanted;
}

static void skip_partition(struct reader *reader, int version)
{
	(void)take(reader, version >= 7 ? 14 : 10);
	for (int lists = version >= 5 ? 3 : 2; lists != 0; lists--)
		(void)take(reader, get_count(reader, 4) * 4);
}

static void get_topic(struct topic_reader *topics)
{
	struct kafka_metadata *metadata = topics->metadata;
	struct reader *reader = topics->reader;
	int error = get_int16(reader);
	struct text name = get_string(reader);
	bool wanted = is_wanted(topics, name, error);
	const char *kept;
	size_t count, from = topics->all.len;

	(void)get_int(reader, 1); /* is it internal */
	count = get_count(reader, 18);
	if (reader->bad)
		return;
	kept = wanted && topics->keep && count != 0 ?
		       arena_strndup(topics->arena, name.bytes, name.len) : NULL;
	for (size_t i = 0; i < count && !reader->bad; i++) {
		if (wanted)
			get_partition(topics, name, kept);
		else
			skip_partition(reader, topics->version);
	}
	if (!wanted)
		return;
	if (topics->all.len != from)
		vec_push(&topics->runs, ((struct topic_run){kept, from, topics->all.len - from}));
	metadata->topics += error == KAFKA_OK;
	/* A topic as a whole: it was made just now, or none of its partitions has a leader. */
	if (error == KAFKA_LEADER_NOT_AVAILABLE && count == 0)
		note_example(topics, metadata->leaderless_examples, metadata->leaderless++, name, 0);
	if (error == KAFKA_TOPIC_AUTHORIZATION && metadata->forbidden == NULL)
		metadata->forbidden = arena_strndup(topics->arena, name.bytes, name.len);
}

static int compare_partitions(const void *a, const void *b)
{
	int32_t left = ((const struct kafka_partition *)a)->index;
	int32_t right = ((const struct kafka_partition *)b)->index;

	return (left > right) - (left < right);
}

static int compare_runs(const void *a, const void *b)
{
	return strcmp(((const struct topic_run *)a)->topic, ((const struct topic_run *)b)->topic);
}

/* Topics come in any order, their partitions mostly in the right one: sorting all of a large cluster's
 * partitions would hold up the loop. */
static void keep_all(struct topic_reader *topics)
{
	struct kafka_metadata *metadata = topics->metadata;

	if (topics->all.len == 0)
		return;
	qsort(topics->runs.at, topics->runs.len, sizeof(*topics->runs.at), compare_runs);
	metadata->all = arena_array(topics->arena, topics->all.len, sizeof(*topics->all.at));
	for (size_t i = 0; i < topics->runs.len; i++) {
		const struct topic_run *run = &topics->runs.at[i];
		struct kafka_partition *to = metadata->all + metadata->all_count;
		bool sorted = true;

		memcpy(to, topics->all.at + run->from, run->count * sizeof(*to));
		for (size_t k = 1; k < run->count && sorted; k++)
			sorted = to[k - 1].index <= to[k].index;
		if (!sorted)
			qsort(to, run->count, sizeof(*to), compare_partitions);
		metadata->all_count += run->count;
	}
}

static void keep_unknown(struct topic_reader *topics)
{
	struct kafka_metadata *metadata = topics->metadata;

	metadata->unknown = arena_array(topics->arena, topics->wanted_count + 1, sizeof(char *));
	for (size_t i = 0; i < topics->wanted_count; i++)
		if (!topics->seen[i])
			metadata->unknown[metadata->unknown_count++] =
				arena_strdup(topics->arena, topics->wanted[i]);
}

bool kafka_read_metadata(const char *frame, size_t size, int version, const char *const *wanted,
			 size_t wanted_count, bool keep, struct arena *arena,
			 struct kafka_metadata *metadata)
{
	struct reader reader = reader_of(frame, size);
	struct topic_reader topics = {.reader = &reader, .version = version, .wanted = wanted,
				      .wanted_count = wanted_count, .keep = keep, .arena = arena,
				      .metadata = metadata,
				      .seen = arena_array(arena, wanted_count + 1, sizeof(bool))};
	size_t count;

	*metadata = (struct kafka_metadata){.controller = -1};
	if (version >= 3)
		(void)get_int32(&reader); /* throttled for so long */
	get_brokers(&reader, arena, metadata);
	if (version >= 2)
		metadata->cluster_id = keep_text(arena, get_string(&reader));
	metadata->controller = get_int32(&reader);
	count = get_count(&reader, 9);
	for (size_t i = 0; i < count && !reader.bad; i++)
		get_topic(&topics);
	if (!reader.bad) {
		keep_all(&topics);
		keep_unknown(&topics);
	}
	vec_release(&topics.all);
	vec_release(&topics.runs);
	return !reader.bad;
}

/* --- a group's offsets ---------------------------------------------------------------------- */

bool kafka_read_coordinator(const char *frame, size_t size, int version, struct arena *arena,
			    struct kafka_coordinator *coordinator)
{
	struct reader reader = reader_of(frame, size);

	coordinator->said.text = NULL;
	if (version >= 1)
		(void)get_int32(&reader);
	coordinator->said.error = get_int16(&reader);
	if (version >= 1)
		coordinator->said.text = keep_text(arena, get_string(&reader));
	coordinator->broker = get_broker(&reader, arena);
	return !reader.bad;
}

static struct kafka_partition *find_partition(const struct kafka_metadata *metadata, struct text topic,
					      int32_t index)
{
	size_t low = 0, high = metadata->all_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct kafka_partition *at = &metadata->all[mid];
		size_t len = strlen(at->topic), shorter = len < topic.len ? len : topic.len;
		int order = memcmp(at->topic, topic.bytes, shorter);

		if (order == 0)
			order = (len > topic.len) - (len < topic.len);
		if (order == 0)
			order = (at->index > index) - (at->index < index);
		if (order == 0)
			return &metadata->all[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

bool kafka_read_committed(const char *frame, size_t size, int version, struct kafka_metadata *metadata,
			  int *error)
{
	struct reader reader = reader_of(frame, size);
	size_t topics;

	*error = KAFKA_OK;
	if (version >= 3)
		(void)get_int32(&reader);
	topics = get_count(&reader, 6);
	for (size_t i = 0; i < topics && !reader.bad; i++) {
		struct text topic = get_string(&reader);
		size_t count = get_count(&reader, 16);

		for (size_t k = 0; k < count && !reader.bad; k++) {
			struct kafka_partition *partition =
				find_partition(metadata, topic, get_int32(&reader));
			int64_t committed = get_int(&reader, 8);
			int said;

			if (version >= 5)
				(void)get_int32(&reader); /* the leader's epoch */
			(void)get_string(&reader);    /* the client's own words */
			said = get_int16(&reader);
			if (!reader.bad && said != KAFKA_OK)
				*error = said;
			else if (!reader.bad && partition != NULL && committed >= 0)
				partition->committed = committed;
		}
	}
	if (!reader.bad && reader.left >= 2) {
		int said = get_int16(&reader);

		*error = said != KAFKA_OK ? said : *error;
	}
	return !reader.bad;
}

bool kafka_read_ends(const char *frame, size_t size, int version, struct kafka_metadata *metadata,
		     int *error)
{
	struct reader reader = reader_of(frame, size);
	size_t topics;

	*error = KAFKA_OK;
	if (version >= 2)
		(void)get_int32(&reader);
	topics = get_count(&reader, 6);
	for (size_t i = 0; i < topics && !reader.bad; i++) {
		struct text topic = get_string(&reader);
		size_t count = get_count(&reader, 22);

		for (size_t k = 0; k < count && !reader.bad; k++) {
			struct kafka_partition *partition =
				find_partition(metadata, topic, get_int32(&reader));
			int said = get_int16(&reader);
			int64_t offset;

			(void)get_int(&reader, 8); /* time stamp */
			offset = get_int(&reader, 8);
			if (!reader.bad && said != KAFKA_OK)
				*error = said;
			else if (!reader.bad && partition != NULL && offset >= 0)
				partition->end = offset;
		}
	}
	return !reader.bad;
}
