/* Kafka's bytes: requests as the protocol guide writes them, and answers of librdkafka's mock cluster and
 * of a broker written from the guide (the fuzzer's corpus: a byte that chooses the reader, a byte for the
 * version, then a frame). */
#include "unit.h"

#include "base/strbuf.h"
#include "probe/kafka_login.h"

#define FILE_MOST 4096

static char bytes[FILE_MOST];

/* Reads tests/fuzz/corpus/kafka/NAME; its frame, and the frame's size. */
static const char *corpus(const char *name, size_t *size)
{
	const char *top = getenv("srcdir");
	char *path = xasprintf("%s/tests/fuzz/corpus/kafka/%s", top != NULL ? top : ".", name);
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		fail_msg("no %s", path);
	*size = fread(bytes, 1, sizeof(bytes), file) - 2;
	(void)fclose(file);
	free(path);
	return bytes + 2;
}

static void same_bytes(struct strbuf *got, const char *wanted, size_t len)
{
	assert_int_equal(got->len, len);
	assert_memory_equal(got->data, wanted, len);
	strbuf_reset(got);
}
#define SAME(got, wanted) same_bytes(got, wanted, sizeof(wanted) - 1)

static void test_requests(void **state)
{
	static const char *const topics[] = {"pay"};
	struct strbuf out, token;

	(void)state;
	strbuf_init(&out, 1000);
	kafka_ask_versions(&out, 0, 1);
	SAME(&out, "\0\0\0\x10\0\x12\0\0\0\0\0\1\0\6sitrep");
	kafka_ask_versions(&out, 3, 2);
	assert_memory_equal(out.data + 4, "\0\x12\0\3\0\0\0\2\0\6sitrep\0\7sitrep", 24);
	assert_int_equal(out.data[out.len - 1], 0);
	strbuf_reset(&out);
	strbuf_init(&token, 100);
	strbuf_add(&token, "\0me\0pw", 6);
	kafka_ask_login(&out, 3, &token);
	strbuf_release(&token);
	SAME(&out, "\0\0\0\x1a\0\x24\0\0\0\0\0\3\0\6sitrep\0\0\0\6\0me\0pw");
	/* A topic is named only where creating it can be declined. */
	kafka_ask_metadata(&out, 3, 4, topics, 1);
	SAME(&out, "\0\0\0\x14\0\3\0\3\0\0\0\4\0\6sitrep\xff\xff\xff\xff");
	kafka_ask_metadata(&out, 4, 4, topics, 1);
	SAME(&out, "\0\0\0\x1a\0\3\0\4\0\0\0\4\0\6sitrep\0\0\0\1\0\3pay\0");
	kafka_ask_metadata(&out, 7, 4, NULL, 0);
	SAME(&out, "\0\0\0\x15\0\3\0\7\0\0\0\4\0\6sitrep\xff\xff\xff\xff\0");
	kafka_ask_coordinator(&out, 0, 5, "g");
	SAME(&out, "\0\0\0\x13\0\x0a\0\0\0\0\0\5\0\6sitrep\0\1g");
	strbuf_release(&out);
	strbuf_init(&out, 20);
	kafka_ask_metadata(&out, 4, 4, topics, 1);
	assert_true(out.truncated);
	strbuf_release(&out);
}

static void test_group_requests(void **state)
{
	struct kafka_partition all[] = {{"a", 0, 1, 5, -1}, {"b", 0, 2, 5, -1}, {"b", 1, 1, -1, -1},
					{"b", 2, 1, 9, -1}};
	const struct kafka_metadata metadata = {.all = all, .all_count = BASE_LEN(all)};
	struct strbuf out;

	(void)state;
	all[2].topic = all[3].topic = all[1].topic;
	strbuf_init(&out, 1000);
	kafka_ask_committed(&out, 5, 1, &metadata, "g");
	SAME(&out, "\0\0\0\x35\0\x09\0\5\0\0\0\1\0\6sitrep\0\1g\0\0\0\2\0\1a\0\0\0\1\0\0\0\0"
		   "\0\1b\0\0\0\3\0\0\0\0\0\0\0\1\0\0\0\2");
	/* Led by 1 and committed: a-0 and b-2. */
	assert_int_equal(kafka_ask_ends(&out, 1, 1, &metadata, 1), 2);
	SAME(&out, "\0\0\0\x3e\0\2\0\1\0\0\0\1\0\6sitrep\xff\xff\xff\xff\0\0\0\2"
		   "\0\1a\0\0\0\1\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"
		   "\0\1b\0\0\0\1\0\0\0\2\xff\xff\xff\xff\xff\xff\xff\xff");
	assert_int_equal(kafka_ask_ends(&out, 3, 1, &metadata, 7), 0);
	strbuf_release(&out);
}

static void test_frames(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum kafka_frame frame;
	} rows[] = {
		{"", 0, KAFKA_FRAME_PART},
		{"\0\0\0", 3, KAFKA_FRAME_PART},
		{"\0\0\0\6\0\0", 6, KAFKA_FRAME_PART},
		{"\0\0\0\6\0\0\0\1\0", 9, KAFKA_FRAME_PART},
		{"\0\0\0\6\0\0\0\1\0\0", 10, KAFKA_FRAME_WHOLE},
		{"\0\0\0\6\0\0\0\1\0\0more", 14, KAFKA_FRAME_WHOLE},
		{"\0\0\0\6\0\0\0\2", 8, KAFKA_FRAME_GARBAGE}, /* the answer to another question */
		{"\0\0\0\5\0\0\0\1\0", 9, KAFKA_FRAME_GARBAGE},
		{"\xff\xff\xff\xff", 4, KAFKA_FRAME_GARBAGE},
		{"HTTP/1.1 400", 12, KAFKA_FRAME_GARBAGE},
		{"\x15\3\3\0\2\2\x0a", 7, KAFKA_FRAME_GARBAGE}, /* a TLS alert */
		{"\2\0\0\0\0\0\0\1", 8, KAFKA_FRAME_LARGE},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		size_t size = 0;

		if (kafka_frame(rows[i].bytes, rows[i].len, 1, &size) != rows[i].frame)
			fail_msg("row %zu", i);
		if (rows[i].frame == KAFKA_FRAME_WHOLE)
			assert_int_equal(size, 10);
	}
}

static void test_versions(void **state)
{
	struct kafka_versions versions;
	const char *frame;
	size_t size;
	int error;

	(void)state;
	frame = corpus("versions-v0-mock", &size);
	assert_true(kafka_read_versions(frame, size, 0, &versions, &error));
	assert_int_equal(error, KAFKA_OK);
	assert_int_equal(kafka_version(&versions, KAFKA_METADATA), 2);
	assert_int_equal(kafka_version(&versions, KAFKA_LIST_OFFSETS), 3);
	assert_int_equal(kafka_version(&versions, KAFKA_SASL_HANDSHAKE), -1);
	frame = corpus("versions-v3-refused-mock", &size);
	assert_true(kafka_read_versions(frame, size, 3, &versions, &error));
	assert_int_equal(error, KAFKA_UNSUPPORTED_VERSION);
	frame = corpus("versions-v3", &size);
	assert_true(kafka_read_versions(frame, size, 3, &versions, &error));
	assert_int_equal(error, KAFKA_OK);
	assert_int_equal(kafka_version(&versions, KAFKA_METADATA), 7);
	assert_int_equal(kafka_version(&versions, KAFKA_SASL_AUTHENTICATE), 0);
	versions.of[KAFKA_METADATA].min = 8;
	assert_int_equal(kafka_version(&versions, KAFKA_METADATA), -1);
}

static void test_metadata(void **state)
{
	static const char *const wanted[] = {"orders", "nowhere"};
	static const struct {
		const char *file;
		int version;
	} rows[] = {{"metadata-v1", 1}, {"metadata-v4", 4}, {"metadata-v5", 5}, {"metadata-v7", 7}};
	struct arena arena;
	struct kafka_metadata metadata;
	const char *frame;
	size_t size;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		frame = corpus(rows[i].file, &size);
		assert_true(kafka_read_metadata(frame, size, rows[i].version, NULL, 0, false, &arena, &metadata));
		assert_int_equal(metadata.broker_count, 2);
		assert_string_equal(metadata.brokers[1].host, "kafka-2.internal");
		assert_int_equal(metadata.brokers[1].port, 9092);
		assert_int_equal(metadata.controller, 1);
		assert_int_equal(metadata.cluster_id != NULL, rows[i].version >= 2);
		assert_int_equal(metadata.partitions, 2);
		assert_int_equal(metadata.leaderless, 1);
		assert_string_equal(metadata.leaderless_examples[0], "orders-1");
		assert_int_equal(metadata.under_replicated, 2);
		assert_int_equal(metadata.unknown_count, 0);
		assert_string_equal(metadata.forbidden, "secret");
	}
	frame = corpus("metadata-v2-mock", &size);
	assert_true(kafka_read_metadata(frame, size, 2, wanted, 2, true, &arena, &metadata));
	assert_int_equal(metadata.broker_count, 3);
	assert_int_equal(kafka_broker_index(&metadata, 3), 2);
	assert_int_equal(kafka_broker_index(&metadata, 4), 3);
	assert_int_equal(metadata.partitions, 4);
	assert_int_equal(metadata.leaderless, 0); /* pay-1 has none, and is not wanted */
	assert_int_equal(metadata.all_count, 4);
	assert_int_equal(metadata.unknown_count, 1);
	assert_string_equal(metadata.unknown[0], "nowhere");
	frame = corpus("metadata-v7-wanted", &size);
	assert_true(kafka_read_metadata(frame, size, 7, wanted, 2, false, &arena, &metadata));
	assert_int_equal(metadata.unknown_count, 1);
	/* What ends too early is no answer, wherever it ends. */
	for (size_t len = 8; len < size; len++)
		assert_false(kafka_read_metadata(frame, len, 7, wanted, 2, false, &arena, &metadata));
	arena_release(&arena);
}

static void test_addresses(void **state)
{
	static const struct {
		const char *host;
		bool good;
	} rows[] = {{"kafka-1", true}, {"10.0.0.1", true}, {"fe80::1", true}, {"a b", false}, {"a/b", false},
		    {"u@h", false}, {"-x", false}, {"", false}, {"h\n", false}, {"\xc3\xa4", false}};
	struct kafka_coordinator coordinator;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		size_t len = strlen(rows[i].host);
		char frame[64] = "\0\0\0\0\0\0\0\1\0\0\0\0\0\2";

		frame[15] = (char)len;
		memcpy(frame + 16, rows[i].host, len);
		memcpy(frame + 16 + len, "\0\0\x23\x84", 4);
		assert_true(kafka_read_coordinator(frame, 20 + len, 0, &arena, &coordinator));
		assert_string_equal(coordinator.broker.host, rows[i].good ? rows[i].host : "");
	}
	arena_release(&arena);
}

static void test_group(void **state)
{
	struct kafka_partition all[] = {{"orders", 0, 1, -1, -1}, {"orders", 1, 1, -1, -1}};
	struct kafka_metadata metadata = {.all = all, .all_count = BASE_LEN(all)};
	const char *frame;
	size_t size;
	int error;

	(void)state;
	frame = corpus("committed-v5-mock", &size);
	assert_true(kafka_read_committed(frame, size, 5, &metadata, &error));
	assert_int_equal(error, KAFKA_OK);
	assert_int_equal(all[0].committed, 3);
	assert_int_equal(all[1].committed, -1);
	frame = corpus("ends-v3-mock", &size);
	assert_true(kafka_read_ends(frame, size, 3, &metadata, &error));
	assert_int_equal(error, KAFKA_OK);
	assert_int_equal(all[0].end, 7);
	assert_int_equal(all[1].end, -1);
	assert_false(kafka_read_ends(frame, size - 1, 3, &metadata, &error));
}

static void test_login(void **state)
{
	struct kafka_said said;
	struct arena arena;
	const char *frame;
	size_t size;
	char room[24];

	(void)state;
	arena_init(&arena);
	frame = corpus("sasl-refused", &size);
	assert_true(kafka_read_sasl(frame, size, &arena, &said));
	assert_int_equal(said.error, KAFKA_UNSUPPORTED_SASL_MECHANISM);
	assert_string_equal(said.text, "PLAIN");
	frame = corpus("login-refused", &size);
	assert_true(kafka_read_login(frame, size, &arena, &said));
	assert_string_equal(kafka_error_name(said.error, room), "SASL_AUTHENTICATION_FAILED");
	assert_string_equal(said.text, "Authentication failed: Invalid username or password");
	assert_string_equal(kafka_error_name(1234, room), "error 1234");
	frame = corpus("login-scram", &size);
	assert_true(kafka_read_login(frame, size, &arena, &said));
	assert_int_equal(said.error, KAFKA_OK);
	assert_null(said.text);
	assert_int_equal(said.token_len, 38);
	assert_memory_equal(said.token, "r=@x,s=W22Z", 11);
	arena_release(&arena);
}

static const char *offered(const char *names)
{
	const struct kafka_said said = {.text = names};
	const struct kafka_mechanism *found = kafka_mechanism_offered(&said);

	return found != NULL ? kafka_mechanism_name(found) : "none";
}

static void test_mechanisms(void **state)
{
	(void)state;
	assert_string_equal(kafka_mechanism_name(kafka_mechanism_find("plain")), "PLAIN");
	assert_string_equal(kafka_mechanism_name(kafka_mechanism_find("scram-sha-512")), "SCRAM-SHA-512");
	assert_string_equal(offered("PLAIN, GSSAPI, SCRAM-SHA-256"), "SCRAM-SHA-256");
	assert_string_equal(offered("GSSAPI, PLAIN"), "PLAIN");
	assert_string_equal(offered("GSSAPI, SCRAM-SHA-512-PLUS, XPLAIN"), "none");
	assert_string_equal(offered(NULL), "none");
}

static void test_scram_login(void **state)
{
	struct kafka_login login = {0};
	struct kafka_said said = {.token = "r=x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", .token_len = 37};
	const char *words;
	size_t len;

	(void)state;
	kafka_login_begin(&login, kafka_mechanism_find("plain"), "me", "pw");
	assert_int_equal(login.token.len, 6);
	assert_memory_equal(login.token.data, "\0me\0pw", 6);
	assert_int_equal(kafka_login_take(&login, "pw", &said, &words, &len), KAFKA_LOGIN_DONE);
	kafka_login_begin(&login, kafka_mechanism_find("scram-sha-256"), "me", "pw");
	assert_memory_equal(login.token.data, "n,,n=me,r=", 10);
	assert_int_equal(kafka_login_take(&login, "pw", &said, &words, &len), KAFKA_LOGIN_WRONG);
	assert_string_equal(words, "does not repeat the nonce");
	kafka_login_begin(&login, kafka_mechanism_find("scram-sha-512"), "me", "pw");
	said = (struct kafka_said){.token = "e=unknown-user", .token_len = 14};
	assert_int_equal(kafka_login_take(&login, "pw", &said, &words, &len), KAFKA_LOGIN_REFUSED);
	assert_int_equal(len, 12);
	assert_memory_equal(words, "unknown-user", len);
	kafka_login_end(&login);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),  cmocka_unit_test(test_group_requests),
		cmocka_unit_test(test_frames),	  cmocka_unit_test(test_versions),
		cmocka_unit_test(test_metadata),  cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_group),	  cmocka_unit_test(test_login),
		cmocka_unit_test(test_mechanisms), cmocka_unit_test(test_scram_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
