/* MQTT: the bytes of CONNECT, and answers whole, cut and wrong. */
#include "probe/mqtt_wire.h"

#include "unit.h"

static void test_connect(void **state)
{
	struct strbuf out;
	char *longest = xmalloc(70000);

	(void)state;
	memset(longest, 'x', 69999);
	longest[69999] = '\0';
	strbuf_init(&out, 300000);
	assert_true(mqtt_connect(&out, MQTT_3_1_1, "me", NULL, NULL));
	assert_int_equal(out.len, 16);
	assert_memory_equal(out.data, "\x10\x0e\0\4MQTT\4\2\0\x3c\0\2me", 16);
	strbuf_reset(&out);
	assert_true(mqtt_connect(&out, MQTT_5, "me", "u", "p"));
	assert_int_equal(out.len, 23);
	assert_memory_equal(out.data, "\x10\x15\0\4MQTT\5\xc2\0\x3c\0\0\2me\0\1u\0\1p", 23);
	/* A length of two bytes. */
	strbuf_reset(&out);
	longest[200] = '\0';
	assert_true(mqtt_connect(&out, MQTT_3_1_1, longest, NULL, NULL));
	assert_memory_equal(out.data, "\x10\xd4\x01\0\4MQTT", 9);
	longest[200] = 'x';
	assert_false(mqtt_connect(&out, MQTT_3_1_1, "me", longest, "p"));
	strbuf_reset(&out);
	mqtt_disconnect(&out);
	assert_memory_equal(out.data, "\xe0\0", 2);
	strbuf_release(&out);
	free(longest);
}

static void test_connack(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum mqtt_level level;
		enum mqtt_fit fit;
		uint8_t code;
		const char *reason;
		size_t used;
	} rows[] = {
		{"\x20\2\0\0", 4, MQTT_3_1_1, MQTT_WHOLE, 0, NULL, 4},
		{"\x20\2\0\5xy", 6, MQTT_3_1_1, MQTT_WHOLE, 5, NULL, 4},
		{"\x20\2\1\0", 4, MQTT_5, MQTT_WHOLE, 0, NULL, 4},
		{"\x20\3\0\x86\0", 5, MQTT_5, MQTT_WHOLE, 0x86, NULL, 5},
		{"\x20\x0b\0\x87\x08\x1f\0\5no go", 13, MQTT_5, MQTT_WHOLE, 0x87, "no go", 13},
		{"\x20\x11\0\0\x0e\x24\1\x21\0\x0a\x27\0\0\1\0\x12\0\1z", 19, MQTT_5, MQTT_WHOLE, 0, NULL, 19},
		{"\x20\x0a\0\0\7\x26\0\1k\0\1v", 12, MQTT_5, MQTT_WHOLE, 0, NULL, 12},
		{"", 0, MQTT_5, MQTT_PARTIAL, 0, NULL, 0},
		{"\x20", 1, MQTT_5, MQTT_PARTIAL, 0, NULL, 0},
		{"\x20\2\0", 3, MQTT_5, MQTT_PARTIAL, 0, NULL, 0},
		{"\x20\x80", 2, MQTT_5, MQTT_PARTIAL, 0, NULL, 0},
		{"\x20\x80\x80\x80\x80\1", 6, MQTT_5, MQTT_GARBAGE, 0, NULL, 0},
		{"\x20\xff\xff\xff\x7f", 5, MQTT_5, MQTT_GARBAGE, 0, NULL, 0},
		{"\x20\0", 2, MQTT_5, MQTT_GARBAGE, 0, NULL, 0},
		{"\x20\2\2\0", 4, MQTT_3_1_1, MQTT_GARBAGE, 0, NULL, 4},
		{"\x20\3\0\0\0", 5, MQTT_3_1_1, MQTT_GARBAGE, 0, NULL, 5},
		{"\x20\3\0\0\1", 5, MQTT_5, MQTT_GARBAGE, 0, NULL, 5},
		{"\x20\5\0\0\2\x1f\0", 7, MQTT_5, MQTT_GARBAGE, 0, NULL, 7},
		{"\x20\6\0\0\3\x1f\0\2", 8, MQTT_5, MQTT_GARBAGE, 0, NULL, 8},
		{"\x20\4\0\0\1\x77", 6, MQTT_5, MQTT_GARBAGE, 0, NULL, 6},
		{"\x30\2\0\0", 4, MQTT_3_1_1, MQTT_GARBAGE, 0, NULL, 0},
		{"HTTP/1.1", 8, MQTT_3_1_1, MQTT_GARBAGE, 0, NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		char *exact = xmemdup(rows[i].bytes, rows[i].len + (rows[i].len == 0));
		struct mqtt_connack connack;
		size_t used = 0;
		enum mqtt_fit fit =
			mqtt_read_connack(exact, rows[i].len, rows[i].level, &connack, &used);

		if (fit != rows[i].fit || (fit == MQTT_WHOLE && (connack.code != rows[i].code ||
								 used != rows[i].used)))
			fail_msg("row %zu: fit %d, code %u, used %zu", i, fit, connack.code, used);
		if (rows[i].reason != NULL)
			assert_memory_equal(connack.reason, rows[i].reason, strlen(rows[i].reason));
		else if (fit == MQTT_WHOLE)
			assert_null(connack.reason);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_connack),
	};

	return cmocka_run_group_tests_name("mqtt_wire", tests, NULL, NULL);
}
