/* Redis' replies in every form and in pieces, errors by their first word, and INFO. */
#include "unit.h"

#include "probe/redis_wire.h"

static void test_replies(void **state)
{
	static const struct {
		const char *bytes;
		enum redis_type type;
		size_t used;
		const char *text;
	} cases[] = {
		{"+PONG\r\nrest", REDIS_STATUS, 7, "PONG"},
		{"-NOAUTH Authentication required.\r\n", REDIS_ERROR, 34, "NOAUTH Authentication required."},
		{"$5\r\nhello\r\n+", REDIS_BULK, 11, "hello"},
		{"$0\r\n\r\n", REDIS_BULK, 6, ""},
		{"=8\r\ntxt:some\r\n", REDIS_BULK, 14, "txt:some"},
		{"!4\r\nERR!\r\n", REDIS_ERROR, 10, "ERR!"},
		{"$-1\r\n", REDIS_NULL, 5, NULL},
		{"_\r\n", REDIS_NULL, 3, NULL},
		{":12\r\n", REDIS_OTHER, 5, NULL},
		{"#t\r\n", REDIS_OTHER, 4, NULL},
		{"*0\r\n", REDIS_OTHER, 4, NULL},
		{"*2\r\n+a\r\n*1\r\n$1\r\nb\r\n+next\r\n", REDIS_OTHER, 19, NULL},
		{"%1\r\n+key\r\n:1\r\n", REDIS_OTHER, 14, NULL},
		{"|1\r\n+k\r\n+v\r\n+OK\r\n", REDIS_OTHER, 17, NULL},
		/* In pieces. */
		{"", REDIS_PARTIAL, 0, NULL},
		{"+PO", REDIS_PARTIAL, 0, NULL},
		{"$5\r\nhel", REDIS_PARTIAL, 0, NULL},
		{"$5\r\nhello\r", REDIS_PARTIAL, 0, NULL},
		{"*2\r\n+a\r\n", REDIS_PARTIAL, 0, NULL},
		/* Never a reply. */
		{"HTTP/1.1 400 Bad Request\r\n", REDIS_GARBAGE, 0, NULL},
		{"ERROR\r\n", REDIS_GARBAGE, 0, NULL},
		{"+OK\n", REDIS_GARBAGE, 0, NULL},
		{"$x\r\n", REDIS_GARBAGE, 0, NULL},
		{"$-2\r\n", REDIS_GARBAGE, 0, NULL},
		{"$5\r\nhelloXY", REDIS_GARBAGE, 0, NULL},
		{"$99999999999999999999\r\n", REDIS_GARBAGE, 0, NULL},
		{"$536870913\r\n", REDIS_GARBAGE, 0, NULL},
		{"*1048577\r\n", REDIS_GARBAGE, 0, NULL},
		{"*1\r\nx\r\n", REDIS_GARBAGE, 0, NULL},
		{"\n", REDIS_GARBAGE, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		struct redis_reply reply;
		size_t used = redis_read(cases[i].bytes, strlen(cases[i].bytes), &reply);

		if (reply.type != cases[i].type || used != cases[i].used)
			fail_msg("%s: type %d, used %zu", cases[i].bytes, reply.type, used);
		if (cases[i].text != NULL) {
			assert_int_equal(reply.len, strlen(cases[i].text));
			assert_memory_equal(reply.text, cases[i].text, reply.len);
		}
	}
}

static void test_errors(void **state)
{
	const char bytes[] = "-WRONGPASS invalid username-password pair\r\n";
	struct redis_reply reply;

	(void)state;
	assert_true(redis_read(bytes, strlen(bytes), &reply) != 0);
	assert_true(redis_error_is(&reply, "WRONGPASS"));
	assert_false(redis_error_is(&reply, "WRONG"));
	assert_false(redis_error_is(&reply, "invalid"));
	assert_true(redis_error_says(&reply, "username-password"));
	reply.type = REDIS_STATUS;
	assert_false(redis_error_is(&reply, "WRONGPASS"));
}

static void count_line(void *context, const char *line, size_t len)
{
	(void)line;
	assert_true(len > 0);
	++*(int *)context;
}

static void test_info(void **state)
{
	const char text[] = "# Server\r\nredis_version:7.2.4\r\nvalkey_version:8.0.1\r\nos:Linux\r\n\r\n"
			    "# Replication\r\nrole:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\n"
			    "master_link_status:down\r\nused_memory:12345\r\nmaxmemory:0\r\n"
			    "maxclients:many\r\nloading:1\r\nloading_loaded_perc:43.21\r\nconnected_clients:7";
	struct redis_info info;
	int lines = 0;

	(void)state;
	redis_info_read(text, strlen(text), &info, count_line, &lines);
	assert_int_equal(lines, 12);
	assert_int_equal(info.version.len, 5);
	assert_memory_equal(info.version.at, "8.0.1", 5);
	assert_memory_equal(info.role.at, "slave", 5);
	assert_memory_equal(info.link.at, "down", 4);
	assert_int_equal(info.master_port, 6379);
	assert_int_equal(info.memory, 12345);
	assert_int_equal(info.memory_most, 0);
	assert_int_equal(info.clients_most, -1);
	assert_int_equal(info.loading, 1);
	assert_true(info.loading_percent > 43.2 && info.loading_percent < 43.22);
	assert_int_equal(info.clients, 7);
	assert_int_equal(info.evicted, -1);
	redis_info_read("", 0, &info, NULL, NULL);
	assert_null(info.role.at);
	assert_int_equal(info.loading, -1);
}

static void test_command(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 100);
	redis_command(&out, (const char *const[]){"AUTH", "a b\r\n"}, 2);
	assert_string_equal(out.data, "*2\r\n$4\r\nAUTH\r\n$5\r\na b\r\n\r\n");
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
