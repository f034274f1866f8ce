/* The bytes of PostgreSQL: what real servers sent is read as it was meant, and every way to cut or bend
 * it is refused or waited for, never read past. */
#include "unit.h"

#include "probe/postgres_wire.h"

#define BYTES(text) (text), sizeof(text) - 1

/* A frame around the body, in memory that lasts until the next. */
static struct postgres_message whole(char type, const char *body, size_t body_len)
{
	static char bytes[1024];
	struct postgres_message message;
	struct strbuf frame;
	size_t len;

	strbuf_init(&frame, sizeof(bytes));
	postgres_put(&frame, type, body, body_len);
	memcpy(bytes, frame.data, frame.len);
	len = frame.len;
	strbuf_release(&frame);

	assert_int_equal(postgres_read(bytes, len, &message), POSTGRES_WHOLE);
	assert_int_equal(message.used, len);
	/* Any part of it is waited for. */
	for (size_t part = 0; part < len; part++) {
		struct postgres_message cut;

		assert_int_equal(postgres_read(bytes, part, &cut), POSTGRES_MORE);
	}
	return message;
}

static void test_errors(void **state)
{
	static const char refused[] =
		"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"app\"\0"
		"Fauth.c\0L326\0Rauth_failed\0\0";
	static const char old[] = "EFATAL:  sorry, too many clients already\n";
	struct postgres_message message = whole('E', BYTES(refused));
	struct postgres_error error;

	(void)state;
	assert_int_equal(message.type, 'E');
	assert_true(postgres_read_error(&message, &error));
	assert_string_equal(error.severity, "FATAL");
	assert_string_equal(error.code, "28P01");
	assert_string_equal(error.message, "password authentication failed for user \"app\"");
	assert_string_equal(error.detail, "");
	/* Without its last NUL, and with bytes behind it. */
	message.len--;
	assert_false(postgres_read_error(&message, &error));
	message = whole('E', BYTES("Mwords\0\0xx"));
	assert_false(postgres_read_error(&message, &error));
	message = whole('E', BYTES("C\0\0x"));
	assert_false(postgres_read_error(&message, &error));
	/* Protocol 2. */
	assert_int_equal(postgres_read(old, sizeof(old) - 1, &message), POSTGRES_MORE);
	assert_int_equal(postgres_read(old, sizeof(old), &message), POSTGRES_WHOLE);
	assert_true(message.old);
	assert_true(postgres_read_error(&message, &error));
	assert_string_equal(error.message, "FATAL:  sorry, too many clients already\n");
}

static void test_frames(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} garbage[] = {
		{BYTES("HTTP/1.1 400 Bad Request")},
		{BYTES("\0\0\0\0\0")},
		{BYTES("R\0\0\0\x03")},
		{BYTES("R\0\x01\0\x01")},
		{BYTES("S\xff\xff\xff\xff")},
		{BYTES("-ERR unknown command")},
	};
	struct postgres_message message;
	char endless[4096];

	(void)state;
	for (size_t i = 0; i < BASE_LEN(garbage); i++)
		if (postgres_read(garbage[i].bytes, garbage[i].len, &message) != POSTGRES_GARBAGE)
			fail_msg("taken: %s", garbage[i].bytes);
	/* An old error that never ends. */
	memset(endless, 'E', sizeof(endless));
	assert_int_equal(postgres_read(endless, 100, &message), POSTGRES_MORE);
	assert_int_equal(postgres_read(endless, sizeof(endless), &message), POSTGRES_GARBAGE);
}

static void test_requests(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool sound, scram;
		const char *name;
	} rows[] = {
		{BYTES("\0\0\0\0"), true, false, "no password"},
		{BYTES("\0\0\0\x03"), true, false, "a password in clear text"},
		{BYTES("\0\0\0\x05salt"), true, false, "MD5"},
		{BYTES("\0\0\0\x05sal"), false, false, NULL},
		{BYTES("\0\0\0"), false, false, NULL},
		{BYTES("\0\0\0\x07"), true, false, "GSSAPI"},
		{BYTES("\0\0\0\x09"), true, false, "SSPI"},
		{BYTES("\0\0\0\x63"), true, false, "log-in method 99"},
		{BYTES("\xff\xff\xff\xff"), true, false, "log-in method -1"},
		{BYTES("\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"), true, true,
		 "SCRAM-SHA-256"},
		{BYTES("\0\0\0\x0aSCRAM-SHA-256-PLUS\0\0"), true, false,
		 "a SASL mechanism other than SCRAM-SHA-256"},
		{BYTES("\0\0\0\x0aSCRAM-SHA-256"), false, false, NULL},
		{BYTES("\0\0\0\x0aSCRAM-SHA-256\0"), false, false, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct postgres_message message = whole('R', rows[i].bytes, rows[i].len);
		struct postgres_request request;
		struct strbuf name;

		assert_int_equal(postgres_read_request(&message, &request), rows[i].sound);
		if (!rows[i].sound)
			continue;
		assert_int_equal(request.scram, rows[i].scram);
		strbuf_init(&name, 100);
		postgres_name_request(&name, &request);
		assert_string_equal(name.data, rows[i].name);
		strbuf_release(&name);
	}
}

static void test_parameters(void **state)
{
	struct postgres_message message =
		whole('S', BYTES("server_version\00015.18\0"));
	const char *name, *value;

	(void)state;
	assert_true(postgres_read_parameter(&message, &name, &value));
	assert_string_equal(name, "server_version");
	assert_string_equal(value, "15.18");
	message.len--;
	assert_false(postgres_read_parameter(&message, &name, &value));
	message = whole('S', BYTES(""));
	assert_false(postgres_read_parameter(&message, &name, &value));
	message = whole('S', BYTES("a\0"));
	assert_false(postgres_read_parameter(&message, &name, &value));
}

#define NULL_FIELD "\xff\xff\xff\xff"
#define FIELD(len, text) "\0\0\0" len text

static void test_rows(void **state)
{
	static const char standby[] = "\0\x05" FIELD("\x01", "t") FIELD("\x01", "t")
		FIELD("\x08", "0.012345") FIELD("\x01", "7") FIELD("\x02", "50");
	static const char primary[] = "\0\x05" FIELD("\x01", "f") FIELD("\x01", "f")
		NULL_FIELD FIELD("\x01", "7") FIELD("\x02", "50");
	static const char early[] = "\0\x05" FIELD("\x01", "t") FIELD("\x01", "t")
		FIELD("\x02", "-3") NULL_FIELD NULL_FIELD;
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
		{BYTES("\0\x05")},
		{BYTES("\0\x01" FIELD("\x01", "t"))},
		{BYTES("\0\x05" FIELD("\x01", "x") FIELD("\x01", "t") NULL_FIELD NULL_FIELD)},
		{BYTES("\0\x05" FIELD("\x01", "x") FIELD("\x01", "t") NULL_FIELD NULL_FIELD
		       NULL_FIELD)},
		{BYTES("\0\x05" FIELD("\x01", "t") FIELD("\x01", "t") NULL_FIELD NULL_FIELD
		       FIELD("\x01", "x"))},
		{BYTES("\0\x05" FIELD("\x01", "t") FIELD("\x01", "t") NULL_FIELD NULL_FIELD
		       FIELD("\x02", "1"))},
		{BYTES("\0\x05" FIELD("\x01", "t") FIELD("\x01", "t") NULL_FIELD NULL_FIELD
		       NULL_FIELD "x")},
	};
	struct postgres_vitals vitals;
	struct postgres_message message;

	(void)state;
	message = whole('D', BYTES(standby));
	assert_true(postgres_read_vitals(&message, &vitals));
	assert_true(vitals.in_recovery && vitals.read_only);
	assert_true(vitals.lag_s == 0.012345);
	assert_true(vitals.connections == 7 && vitals.allowed == 50);
	message = whole('D', BYTES(primary));
	assert_true(postgres_read_vitals(&message, &vitals));
	assert_false(vitals.in_recovery || vitals.read_only);
	assert_true(vitals.read_only_known && vitals.lag_s == -1);
	message = whole('D', BYTES("\0\x05" FIELD("\x01", "f") NULL_FIELD NULL_FIELD NULL_FIELD NULL_FIELD));
	assert_true(postgres_read_vitals(&message, &vitals));
	assert_false(vitals.in_recovery || vitals.read_only || vitals.read_only_known);
	/* The clock of the primary is ahead of ours. */
	message = whole('D', BYTES(early));
	assert_true(postgres_read_vitals(&message, &vitals));
	assert_true(vitals.lag_s == 0 && vitals.connections == -1 && vitals.allowed == -1);
	for (size_t i = 0; i < BASE_LEN(bad); i++) {
		message = whole('D', bad[i].bytes, bad[i].len);
		if (postgres_read_vitals(&message, &vitals))
			fail_msg("row %zu is taken", i);
	}
}

static void test_what_is_sent(void **state)
{
	static const char *const pairs[] = {"user", "app", "database", "db", NULL};
	static const char startup[] = "\0\0\0\x1e\0\x03\0\0user\0app\0database\0db\0";
	static const char md5[] = "p\0\0\0\x28md5";
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 1000);
	postgres_put_ssl_request(&out);
	assert_int_equal(out.len, 8);
	assert_memory_equal(out.data, "\0\0\0\x08\x04\xd2\x16\x2f", 8);
	strbuf_reset(&out);
	postgres_put_startup(&out, pairs);
	assert_int_equal(out.len, sizeof(startup));
	assert_memory_equal(out.data, startup, sizeof(startup));
	strbuf_reset(&out);
	postgres_put_md5(&out, "app", "s3cret", "\1\2\3\4");
	assert_int_equal(out.len, 5 + 35 + 1);
	assert_memory_equal(out.data, md5, sizeof(md5) - 1);
	assert_string_equal(out.data + 8, "1460f94130eb931937bbd6439ee8ab57");
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_what_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
