/* Kafka's wire protocol (https://kafka.apache.org/protocol): the few requests that only read, and
 * what is learned from their answers. Bytes in, plain data out; no socket is seen here.
 *
 * Each API is asked in a version that brokers from 0.10.0 to 4.x have in common, below the flexible
 * ones; only ApiVersions goes out as version 3 (request header 2, compact strings, tagged fields),
 * and as version 0 to those that do not know it. Nothing here can create a topic: topics are named
 * only from Metadata version 4 on, where creating them can be declined. */
#ifndef PROBE_KAFKA_WIRE_H
#define PROBE_KAFKA_WIRE_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/vec.h"

enum kafka_api {
	KAFKA_LIST_OFFSETS = 2,
	KAFKA_METADATA = 3,
	KAFKA_OFFSET_FETCH = 9,
	KAFKA_FIND_COORDINATOR = 10,
	KAFKA_SASL_HANDSHAKE = 17,
	KAFKA_API_VERSIONS = 18,
	KAFKA_SASL_AUTHENTICATE = 36
};
#define KAFKA_API_KEYS 37
const char *kafka_api_name(enum kafka_api api);

/* Error codes that mean something here; kafka_error_name() knows more. */
enum kafka_error {
	KAFKA_OK = 0,
	KAFKA_UNKNOWN_TOPIC = 3,
	KAFKA_LEADER_NOT_AVAILABLE = 5,
	KAFKA_COORDINATOR_NOT_AVAILABLE = 15,
	KAFKA_INVALID_TOPIC = 17,
	KAFKA_TOPIC_AUTHORIZATION = 29,
	KAFKA_GROUP_AUTHORIZATION = 30,
	KAFKA_UNSUPPORTED_SASL_MECHANISM = 33,
	KAFKA_ILLEGAL_SASL_STATE = 34,
	KAFKA_UNSUPPORTED_VERSION = 35,
	KAFKA_SASL_AUTHENTICATION_FAILED = 58
};
/* "LEADER_NOT_AVAILABLE"; of a code that is not known "error 93". `room` is used for the latter. */
const char *kafka_error_name(int code, char room[24]);

/* --- questions ------------------------------------------------------------------------------ */

#define KAFKA_REQUEST_MOST (8u << 20) /* ceiling for the buffer of a request */

/* Each appends one whole request to `out`; what did not fit shows as out->truncated. */
void kafka_ask_versions(struct strbuf *out, int version, int32_t id);
void kafka_ask_sasl(struct strbuf *out, int32_t id, const char *mechanism);
/* One message of the mechanism's. */
void kafka_ask_login(struct strbuf *out, int32_t id, const struct strbuf *token);
/* Where the version cannot decline to create a topic, all topics are asked for. */
void kafka_ask_metadata(struct strbuf *out, int version, int32_t id, const char *const *topics,
			size_t count);
void kafka_ask_coordinator(struct strbuf *out, int version, int32_t id, const char *group);

/* --- answers -------------------------------------------------------------------------------- */

#define KAFKA_ANSWER_MOST (16u << 20)  /* bytes of an answer that are read */

enum kafka_frame {
	KAFKA_FRAME_PART,    /* more has to come */
	KAFKA_FRAME_WHOLE,   /* `size` bytes from the start are the answer to request `id` */
	KAFKA_FRAME_LARGE,   /* an answer of more than KAFKA_ANSWER_MOST bytes */
	KAFKA_FRAME_GARBAGE  /* no answer to request `id` of Kafka */
};
enum kafka_frame kafka_frame(const char *bytes, size_t len, int32_t id, size_t *size);

/* Which versions of each API a broker has; max < min: none. */
struct kafka_versions {
	struct {
		int min, max;
	} of[KAFKA_API_KEYS];
};
/* The version in which to ask, -1 where there is none in common. */
int kafka_version(const struct kafka_versions *versions, enum kafka_api api);

/* All readers take a whole frame, return false where it is not of the format, and give strings that
 * live in `arena`, raw. */
struct kafka_said {
	int error;
	const char *text; /* what the broker says about it, or the mechanisms it has ("PLAIN, GSSAPI"); NULL */
	const char *token; /* of a login: the mechanism's own message, inside the frame */
	size_t token_len;
};
bool kafka_read_versions(const char *frame, size_t size, int version, struct kafka_versions *versions,
			 int *error);
bool kafka_read_sasl(const char *frame, size_t size, struct arena *arena, struct kafka_said *said);
bool kafka_read_login(const char *frame, size_t size, struct arena *arena, struct kafka_said *said);

#define KAFKA_BROKERS_MOST 1000
#define KAFKA_EXAMPLES 8
struct kafka_broker {
	int32_t id;
	const char *host; /* "" where it is none that can be asked */
	int port;
};
struct kafka_partition {
	const char *topic;
	int32_t index;
	int32_t leader;    /* id of a broker, -1 none */
	int64_t committed; /* offset that the group committed, -1 none */
	int64_t end;       /* offset that the next message gets, -1 not known */
};
struct kafka_metadata {
	struct kafka_broker *brokers; /* at most KAFKA_BROKERS_MOST of them, by id */
	size_t broker_count, brokers_said;
	const char *cluster_id; /* NULL: the broker has none, or is too old to say it */
	int32_t controller;     /* -1 none */
	size_t topics, partitions, leaderless, under_replicated;
	/* "orders-3", the first few. */
	const char *leaderless_examples[KAFKA_EXAMPLES];
	const char *under_replicated_examples[KAFKA_EXAMPLES];
	/* Where `keep`: each partition, sorted by topic and index. */
	struct kafka_partition *all;
	size_t all_count;
	/* Of the wanted topics. */
	const char **unknown;
	size_t unknown_count;
	const char *forbidden; /* one that this user may not see; NULL */
};
/* Looks at the topics of `wanted` alone where there are some. */
bool kafka_read_metadata(const char *frame, size_t size, int version, const char *const *wanted,
			 size_t wanted_count, bool keep, struct arena *arena,
			 struct kafka_metadata *metadata);

/* broker_count where it is not among them. */
size_t kafka_broker_index(const struct kafka_metadata *metadata, int32_t id);

struct kafka_coordinator {
	struct kafka_said said;
	struct kafka_broker broker;
};
bool kafka_read_coordinator(const char *frame, size_t size, int version, struct arena *arena,
			    struct kafka_coordinator *coordinator);
/* Asks for what the group has committed in each partition that was kept. */
void kafka_ask_committed(struct strbuf *out, int version, int32_t id,
			 const struct kafka_metadata *metadata, const char *group);
/* Fills in `committed` of the partitions. */
bool kafka_read_committed(const char *frame, size_t size, int version, struct kafka_metadata *metadata,
			  int *error);
/* Asks for the end of the partitions that broker `leader` leads and the group has committed in;
 * returns how many. */
size_t kafka_ask_ends(struct strbuf *out, int version, int32_t id, const struct kafka_metadata *metadata,
		      int32_t leader);
/* Fills in `end`; `error` gets the last one that a partition has. */
bool kafka_read_ends(const char *frame, size_t size, int version, struct kafka_metadata *metadata,
		     int *error);

#endif
