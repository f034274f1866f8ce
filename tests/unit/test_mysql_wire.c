/* The bytes of MySQL and MariaDB: what real servers sent is read as it was meant, and every way to cut or
 * bend it is refused or waited for, never read past. */
#include "unit.h"

#include "probe/mysql_wire.h"

#define BYTES(text) (text), sizeof(text) - 1

/* MariaDB 10.11.19 and MySQL 8.0.36. */
#define MARIADB                                                                                    \
	"\x0a" "5.5.5-10.11.19-MariaDB-0+deb12u1\0\x1f\0\0\0" "ABCDEFGH\0\xfe\xf7\x2d\x02\0" \
	"\xff\x81\x15\0\0\0\0\0\0\x1d\0\0\0" "IJKLMNOPQRST\0mysql_native_password\0"
#define MYSQL                                                                                      \
	"\x0a" "8.0.36\0\x08\0\0\0" "ABCDEFGH\0\xff\xff\xff\x02\0\xff\xdf\x15"              \
	"\0\0\0\0\0\0\0\0\0\0" "IJKLMNOPQRST\0caching_sha2_password\0"

/* A packet around the body, in memory that lasts until the next. */
static struct mysql_packet whole(const char *body, size_t body_len)
{
	static char bytes[1024];
	struct mysql_packet packet;
	struct strbuf frame;
	size_t len;

	strbuf_init(&frame, sizeof(bytes));
	mysql_put(&frame, 2, body, body_len);
	memcpy(bytes, frame.data, frame.len);
	len = frame.len;
	strbuf_release(&frame);

	assert_int_equal(mysql_read(bytes, len, &packet), MYSQL_WHOLE);
	assert_int_equal(packet.used, len);
	for (size_t part = 0; part < len; part++) {
		struct mysql_packet cut;

		assert_int_equal(mysql_read(bytes, part, &cut), MYSQL_MORE);
	}
	return packet;
}

static void test_greetings(void **state)
{
	struct mysql_packet packet = whole(BYTES(MARIADB));
	struct mysql_greeting greeting;

	(void)state;
	assert_true(mysql_read_greeting(&packet, &greeting));
	assert_int_equal(greeting.protocol, 10);
	assert_string_equal(greeting.product, "MariaDB");
	assert_int_equal(greeting.version_len, 8);
	assert_memory_equal(greeting.version, "10.11.19", 8);
	assert_string_equal(greeting.plugin, "mysql_native_password");
	assert_memory_equal(greeting.salt, "ABCDEFGHIJKLMNOPQRST", MYSQL_SALT);
	assert_int_equal(greeting.capabilities & MYSQL_SSL, 0);
	assert_int_equal(greeting.capabilities & MYSQL_LONG_PASSWORD, 0);
	/* Any part of it is no greeting, but for the plugin's name. */
	for (size_t cut = 1; cut < packet.len - 22; cut++) {
		struct mysql_packet part = {.body = packet.body, .len = cut};

		assert_false(mysql_read_greeting(&part, &greeting));
	}
	packet = whole(BYTES(MYSQL));
	assert_true(mysql_read_greeting(&packet, &greeting));
	assert_string_equal(greeting.product, "MySQL");
	assert_memory_equal(greeting.version, "8.0.36", greeting.version_len);
	assert_string_equal(greeting.plugin, "caching_sha2_password");
	assert_int_not_equal(greeting.capabilities & MYSQL_SSL, 0);
	packet = whole(BYTES("\x09" "3.21"));
	assert_true(mysql_read_greeting(&packet, &greeting));
	assert_int_equal(greeting.protocol, 9);
	packet = whole(BYTES("\x0b" "3.21"));
	assert_false(mysql_read_greeting(&packet, &greeting));
}

static void test_errors(void **state)
{
	static const char plain[] = "\xff\x10\x04Too many connections";
	static const char marked[] = "\xff\x15\x04#28000Access denied for user";
	struct mysql_packet packet = whole(BYTES(plain));
	struct mysql_error error;

	(void)state;
	assert_true(mysql_read_error(&packet, &error));
	assert_int_equal(error.code, 1040);
	assert_string_equal(error.state, "");
	assert_memory_equal(error.message, "Too many connections", error.message_len);
	packet = whole(BYTES(marked));
	assert_int_equal(packet.sequence, 2);
	assert_true(mysql_read_error(&packet, &error));
	assert_int_equal(error.code, 1045);
	assert_string_equal(error.state, "28000");
	assert_int_equal(error.message_len, 22);
	packet = whole(BYTES("\xff\x10"));
	assert_false(mysql_read_error(&packet, &error));
	packet = whole(BYTES("\xff\0\0"));
	assert_false(mysql_read_error(&packet, &error));
	packet = whole(BYTES("\xff\x10\x04#2"));
	assert_true(mysql_read_error(&packet, &error));
	assert_memory_equal(error.message, "#2", error.message_len);
}

static void test_frames(void **state)
{
	struct mysql_packet packet;

	(void)state;
	assert_int_equal(mysql_read(BYTES("HTTP/1.1 400 Bad Request"), &packet), MYSQL_GARBAGE);
	assert_int_equal(mysql_read(BYTES("SSH-2.0-OpenSSH_9.2p1"), &packet), MYSQL_GARBAGE);
	assert_int_equal(mysql_read(BYTES("\0\0\0\0"), &packet), MYSQL_GARBAGE);
	assert_int_equal(mysql_read(BYTES("\x01\0\x01\0"), &packet), MYSQL_GARBAGE);
}

static void test_switches(void **state)
{
	struct mysql_packet packet =
		whole(BYTES("\xfemysql_native_password\0abcdefghijklmnopqrst\0"));
	struct mysql_switch wanted;

	(void)state;
	assert_true(mysql_read_switch(&packet, &wanted));
	assert_string_equal(wanted.plugin, "mysql_native_password");
	assert_int_equal(wanted.salt_len, 20);
	assert_memory_equal(wanted.salt, "abcdefghijklmnopqrst", 20);
	packet = whole(BYTES("\xfe"));
	assert_true(mysql_read_switch(&packet, &wanted));
	assert_string_equal(wanted.plugin, "mysql_old_password");
	packet = whole(BYTES("\xfe" "client_ed25519"));
	assert_false(mysql_read_switch(&packet, &wanted));
	packet = whole(BYTES("\xfe" "client_ed25519\0"));
	assert_true(mysql_read_switch(&packet, &wanted));
	assert_int_equal(wanted.salt_len, 0);
}

static void test_rows(void **state)
{
	struct mysql_packet packet = whole(BYTES("\x01" "0\x03" "151"));
	struct mysql_field fields[2];
	bool flag;
	static const struct {
		const char *text;
		bool known, flag;
	} flags[] = {{"0", true, false}, {"1", true, true},   {"OFF", true, false},
		     {"ON", true, true}, {"off", true, false}, {"NO_LOCK", true, true},
		     {"", false, false}};

	(void)state;
	assert_true(mysql_read_row(&packet, fields, 2));
	assert_true(mysql_read_flag(&fields[0], &flag));
	assert_false(flag);
	assert_true(mysql_read_number(&fields[1]) == 151);
	assert_true(mysql_read_number(&fields[0]) == 0);
	/* Too few, too many, and a length that lies. */
	assert_false(mysql_read_row(&packet, fields, 1));
	packet = whole(BYTES("\x01" "0"));
	assert_false(mysql_read_row(&packet, fields, 2));
	packet = whole(BYTES("\xfe\xff\xff\xff\xff\xff\xff\xff\xff" "0"));
	assert_false(mysql_read_row(&packet, fields, 2));
	packet = whole(BYTES("\xff\0\0"));
	assert_false(mysql_read_row(&packet, fields, 2));
	packet = whole(BYTES("\xfb\xfb"));
	assert_true(mysql_read_row(&packet, fields, 2));
	assert_true(mysql_read_number(&fields[0]) == -1);
	assert_false(mysql_read_flag(&fields[0], &flag));
	for (size_t i = 0; i < BASE_LEN(flags); i++) {
		struct mysql_field field = {flags[i].text, strlen(flags[i].text)};

		assert_int_equal(mysql_read_flag(&field, &flag), flags[i].known);
		assert_int_equal(flags[i].known && flag, flags[i].flag);
	}
	packet = whole(BYTES("\x02"));
	assert_int_equal(mysql_read_columns(&packet), 2);
	packet = whole(BYTES("\x02\0"));
	assert_int_equal(mysql_read_columns(&packet), 0);
}

/* The proofs for password "s3cret" and the salt above, computed apart. */
static void test_proofs(void **state)
{
	static const unsigned char native[] = {
		0x3a, 0x3d, 0x62, 0xd9, 0xef, 0x9b, 0x39, 0x99, 0xec, 0xcc, 0x71, 0xfb,
		0x46, 0xe6, 0x3b, 0x44, 0x60, 0x14, 0xee, 0xab};
	static const unsigned char sha2[] = {
		0xcc, 0x59, 0xec, 0xda, 0x83, 0x9e, 0x95, 0x02, 0xb4, 0xa3, 0xe8, 0x8f,
		0x2a, 0xc1, 0x8e, 0x0e, 0xf8, 0xbe, 0x67, 0xf0, 0x56, 0x9c, 0x11, 0xeb,
		0x98, 0x12, 0xae, 0x49, 0xf1, 0x6c, 0xdf, 0xc3};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 100);
	mysql_prove_native(&out, "s3cret", "ABCDEFGHIJKLMNOPQRST");
	assert_int_equal(out.len, sizeof(native));
	assert_memory_equal(out.data, native, sizeof(native));
	strbuf_reset(&out);
	mysql_prove_sha2(&out, "s3cret", "ABCDEFGHIJKLMNOPQRST");
	assert_int_equal(out.len, sizeof(sha2));
	assert_memory_equal(out.data, sha2, sizeof(sha2));
	strbuf_reset(&out);
	mysql_prove_native(&out, "", "ABCDEFGHIJKLMNOPQRST");
	mysql_prove_sha2(&out, "", "ABCDEFGHIJKLMNOPQRST");
	assert_int_equal(out.len, 0);
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_greetings),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_switches),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_proofs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
