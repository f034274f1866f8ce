/* AMQP 0-9-1: what a broker sends, whole, cut at each byte, and wrong; what a client sends. */
#include "probe/amqp_wire.h"

#include "unit.h"

#define START_ARGUMENTS                                                                              \
	"\0\x09\0\0\0\x44"                                                                           \
	"\x0c" "capabilities" "F\0\0\0\x0a" "\x07" "publish" "t\x01"                                 \
	"\x07" "product" "S\0\0\0\x08RabbitMQ"                                                       \
	"\x07" "version" "S\0\0\0\x06" "3.10.8"                                                      \
	"\0\0\0\x0e" "PLAIN AMQPLAIN" "\0\0\0\x05" "en_US"
static const char start[] = "\x01\0\0\0\0\0\x69\0\x0a\0\x0a" START_ARGUMENTS "\xce";

static void test_start(void **state)
{
	struct amqp_frame frame;

	(void)state;
	assert_int_equal(amqp_read(start, sizeof(start) - 1, &frame), sizeof(start) - 1);
	assert_int_equal(frame.kind, AMQP_START);
	assert_int_equal(frame.product.len, 8);
	assert_memory_equal(frame.product.at, "RabbitMQ", 8);
	assert_memory_equal(frame.server_version.at, "3.10.8", 6);
	assert_true(amqp_has_word(&frame.mechanisms, "PLAIN"));
	assert_true(amqp_has_word(&frame.mechanisms, "AMQPLAIN"));
	assert_false(amqp_has_word(&frame.mechanisms, "AMQ"));
	assert_false(amqp_has_word(&(struct amqp_text){0}, "PLAIN"));
	for (size_t len = 0; len < sizeof(start) - 1; len++) {
		char *cut = xmemdup(start, len + (len == 0));

		assert_int_equal(amqp_read(cut, len, &frame), 0);
		assert_int_equal(frame.kind, AMQP_PARTIAL);
		free(cut);
	}
}

/* A length inside that is wrong, at each byte, is never more than garbage. */
static void test_bent(void **state)
{
	(void)state;
	for (size_t at = 11; at < sizeof(start) - 2; at++) {
		char *bent = xmemdup(start, sizeof(start) - 1);
		struct amqp_frame frame;

		bent[at] = (char)(bent[at] ^ 0x7f);
		(void)amqp_read(bent, sizeof(start) - 1, &frame);
		assert_true(frame.kind == AMQP_START || frame.kind == AMQP_GARBAGE);
		free(bent);
	}
}

static void test_frames(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum amqp_kind kind;
		size_t used;
	} rows[] = {
		{"AMQP\0\1\0\0", 8, AMQP_VERSION, 8},
		{"AMQP\0\0", 6, AMQP_PARTIAL, 0},
		{"AMQX", 4, AMQP_GARBAGE, 0},
		{"\1\0\0\0\0\0\x0c\0\x0a\0\x1e\7\xff\0\2\0\0\0\x3c\xce", 20, AMQP_TUNE, 20},
		{"\1\0\0\0\0\0\x0e\0\x0a\0\x32\1\x93\3no!\0\0\0\0\xce", 22, AMQP_CLOSE, 22},
		{"\1\0\0\0\0\0\x04\0\x0a\0\x14\xce", 12, AMQP_SECURE, 12},
		{"\1\0\0\0\0\0\x04\0\x14\0\x0a\xce", 12, AMQP_OTHER, 12},
		{"\x08\0\0\0\0\0\0\xce", 8, AMQP_OTHER, 8},
		{"\1\0\0\0\0\0\x04\0\x0a\0\x14\xcd", 12, AMQP_GARBAGE, 0},
		{"\1\0\0\0\0\0\x02\0\x0a\xce", 10, AMQP_GARBAGE, 0},
		{"\1\0\0\0\1\0\1", 7, AMQP_GARBAGE, 0},
		{"\1\0\0\0\0\0\x07\0\x0a\0\x32\1\x93\x09\xce", 15, AMQP_GARBAGE, 0},
		{"HTTP/1.1", 8, AMQP_GARBAGE, 0},
		{"\x15\3\3\0\2\2\x46", 7, AMQP_GARBAGE, 0},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		char *exact = xmemdup(rows[i].bytes, rows[i].len);
		struct amqp_frame frame;
		size_t used = amqp_read(exact, rows[i].len, &frame);

		if (frame.kind != rows[i].kind || used != rows[i].used)
			fail_msg("row %zu: kind %d, used %zu", i, frame.kind, used);
		if (frame.kind == AMQP_TUNE) {
			assert_int_equal(frame.channels, 2047);
			assert_int_equal(frame.frame_max, 131072);
			assert_int_equal(frame.heartbeat_s, 60);
		}
		if (frame.kind == AMQP_CLOSE) {
			assert_int_equal(frame.code, 403);
			assert_memory_equal(frame.reason.at, "no!", 3);
		}
		free(exact);
	}
}

static void test_sent(void **state)
{
	struct strbuf out;
	struct amqp_frame frame;

	(void)state;
	strbuf_init(&out, 1000);
	amqp_header(&out);
	assert_int_equal(out.len, 8);
	assert_memory_equal(out.data, "AMQP\0\0\x09\x01", 8);
	strbuf_reset(&out);
	amqp_start_ok(&out, "u", "p");
	/* The frame holds together by our own reader, the answer is SASL PLAIN's. */
	assert_int_equal(amqp_read(out.data, out.len, &frame), out.len);
	assert_int_equal(frame.kind, AMQP_OTHER);
	assert_non_null(memmem(out.data, out.len, "\5PLAIN\0\0\0\4\0u\0p\5en_US", 19));
	assert_non_null(memmem(out.data, out.len,
			       "\x0c" "capabilities" "F\0\0\0\x1f\x1c" "authentication_failure_close" "t\x01", 49));
	strbuf_reset(&out);
	amqp_close_ok(&out);
	assert_memory_equal(out.data, "\1\0\0\0\0\0\4\0\x0a\0\x33\xce", 12);
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_bent),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_sent),
	};

	return cmocka_run_group_tests_name("amqp_wire", tests, NULL, NULL);
}
