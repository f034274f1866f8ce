/* gRPC's health check: the bytes of the question, answers whole and broken, trailers. */
#include "probe/grpc_wire.h"

#include "unit.h"

static void test_request(void **state)
{
	struct strbuf out;
	char name[301];

	(void)state;
	strbuf_init(&out, 1000);
	grpc_health_request(&out, "");
	assert_int_equal(out.len, 5);
	assert_memory_equal(out.data, "\0\0\0\0\0", 5);
	strbuf_reset(&out);
	grpc_health_request(&out, "voice");
	assert_int_equal(out.len, 12);
	assert_memory_equal(out.data, "\0\0\0\0\7\x0a\5voice", 12);
	strbuf_reset(&out);
	memset(name, 'x', 300);
	name[300] = '\0';
	grpc_health_request(&out, name);
	assert_int_equal(out.len, 5 + 3 + 300);
	assert_memory_equal(out.data, "\0\0\0\1\x2f\x0a\xac\x02x", 9);
	strbuf_release(&out);
}

static void test_response(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int serving; /* -1: a fault */
	} rows[] = {
		{"\0\0\0\0\0", 5, 0},
		{"\0\0\0\0\2\x08\1", 7, 1},
		{"\0\0\0\0\2\x08\2", 7, 2},
		{"\0\0\0\0\7\x12\3abc\x08\1", 12, 1},
		{"\0\0\0\0\x10\x0d\1\2\3\4\x11\1\2\3\4\5\6\7\x08\x08\1", 21, 1},
		{"\0\0\0\0\4\x08\1\x08\2", 9, 2},
		{"\0\0\0\0\6\x08\xff\xff\xff\xff\x7f", 11, INT32_MAX},
		{"", 0, -1},
		{"\0\0\0\0", 4, -1},
		{"\1\0\0\0\2\x08\1", 7, -1},
		{"\0\0\0\0\3\x08\1", 7, -1},
		{"\0\0\0\0\1\x08\1", 7, -1},
		{"\0\xff\xff\xff\xff\x08\1", 7, -1},
		{"\0\0\0\0\1\x08", 6, -1},
		{"\0\0\0\0\2\x08\x80", 7, -1},
		{"\0\0\0\0\3\x12\4z", 8, -1},
		{"\0\0\0\0\1\x0b", 6, -1},
		{"\0\0\0\0\x0b\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", 16, -1},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		char *exact = xmemdup(rows[i].bytes, rows[i].len + (rows[i].len == 0));
		const char *fault;
		int serving = grpc_health_read(exact, rows[i].len, &fault);

		if (serving != rows[i].serving || (serving < 0) != (fault != NULL))
			fail_msg("row %zu: %d (%s)", i, serving, fault != NULL ? fault : "no fault");
		free(exact);
	}
	assert_string_equal(grpc_serving_name(1), "SERVING");
	assert_null(grpc_serving_name(4));
	assert_null(grpc_serving_name(-1));
}

static void test_trailers(void **state)
{
	struct strbuf out;

	(void)state;
	assert_int_equal(grpc_status_read("0"), 0);
	assert_int_equal(grpc_status_read("16"), 16);
	assert_int_equal(grpc_status_read(""), -1);
	assert_int_equal(grpc_status_read("-1"), -1);
	assert_int_equal(grpc_status_read("5 "), -1);
	assert_int_equal(grpc_status_read("12345678901234567890"), -1);
	assert_string_equal(grpc_status_name(16), "UNAUTHENTICATED");
	assert_null(grpc_status_name(17));
	strbuf_init(&out, 100);
	grpc_message_decode(&out, "50%25 of %C3%bc, %zz %4", 23);
	assert_string_equal(out.data, "50% of \xc3\xbc, %zz %4");
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_trailers),
	};

	return cmocka_run_group_tests_name("grpc_wire", tests, NULL, NULL);
}
