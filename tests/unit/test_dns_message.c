/* Messages of DNS: the bytes of a question, what answers say, and answers that lie. */
#include "probe/dns_message.h"

#include "unit.h"

#define ID 0x1234

static const unsigned char question_a[] =
	"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01"
	"\x07" "example\x03" "com\x00\x00\x01\x00\x01"
	"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00";

static void test_question(void **state)
{
	unsigned char out[DNS_QUESTION_MAX];
	struct dns_question question = {.name = "example.com", .type = dns_type("a"), .id = ID};
	char label[80];

	(void)state;
	assert_int_equal(dns_write(&question, out), sizeof(question_a) - 1);
	assert_memory_equal(out, question_a, sizeof(question_a) - 1);
	question.plain = true;
	assert_int_equal(dns_write(&question, out), sizeof(question_a) - 1 - 11);
	assert_memory_equal(out + 10, "\0\0\7example", 10);
	question.plain = false;
	question.name = "example.com.";
	assert_int_equal(dns_write(&question, out), sizeof(question_a) - 1);
	question.name = "";
	assert_int_equal(dns_write(&question, out), 0);
	question.name = "a..b";
	assert_int_equal(dns_write(&question, out), 0);
	memset(label, 'x', sizeof(label));
	label[64] = '\0'; /* a label holds 63 bytes */
	question.name = label;
	assert_int_equal(dns_write(&question, out), 0);
	question.name = ".";
	assert_int_equal(dns_write(&question, out), 12 + 1 + 4 + 11);
}

static void test_longest_name(void **state)
{
	unsigned char out[DNS_QUESTION_MAX];
	char name[300];
	struct dns_question question = {.name = name, .type = dns_type("A")};

	(void)state;
	/* 127 labels of one byte: 255 bytes with the root. */
	for (size_t i = 0; i < 254; i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	name[253] = '\0';
	assert_int_equal(dns_write(&question, out), 12 + 255 + 4 + 11);
	(void)snprintf(name + 253, sizeof(name) - 253, ".a");
	assert_int_equal(dns_write(&question, out), 0);
}

static void test_reverse(void **state)
{
	unsigned char out[DNS_QUESTION_MAX];
	struct dns_question question = {.name = "10.1.2.3", .type = dns_type("PTR"), .id = ID};

	(void)state;
	assert_true(dns_write(&question, out) != 0);
	assert_memory_equal(out + 12, "\x01" "3\x01" "2\x01" "1\x02" "10\x07in-addr\x04" "arpa", 23);
	question.name = "::1";
	assert_true(dns_write(&question, out) != 0);
	assert_memory_equal(out + 12, "\x01" "1\x01" "0", 4);
	assert_memory_equal(out + 12 + 64, "\x03ip6\x04" "arpa", 10);
}

struct row {
	const char *name;
	const char *type;
	const char *bytes; /* behind the id */
	size_t len;
	enum dns_fit fit;
	const char *rcode;  /* NULL: none is read */
	const char *record; /* the first; NULL none */
	size_t count;
	uint32_t ttl_s;
};
#define ASKED "\x07" "example\x03" "com\x00"
#define BYTES(text) text, sizeof(text) - 1

static void test_answers(void **state)
{
	static const struct row rows[] = {
		{"A", "A",
		 BYTES("\x81\x80\0\1\0\2\0\0\0\0" ASKED "\0\1\0\1"
		       "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\x0a\0\0\2"
		       "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0\1"),
		 DNS_ANSWERS, "NOERROR", "10.0.0.1", 2, 60},
		{"an alias", "A",
		 BYTES("\x81\x80\0\1\0\1\0\0\0\0" ASKED "\0\1\0\1"
		       "\xc0\x0c\0\5\0\1\0\0\1\x2c\0\6\3www\xc0\x0c"),
		 DNS_ANSWERS, "NOERROR", NULL, 0, 300},
		{"MX", "MX",
		 BYTES("\x81\x80\0\1\0\1\0\0\0\0" ASKED "\0\x0f\0\1"
		       "\xc0\x0c\0\x0f\0\1\0\0\0\1\0\4\0\x0a\xc0\x0c"),
		 DNS_ANSWERS, "NOERROR", "10 example.com.", 1, 1},
		{"a null MX", "MX",
		 BYTES("\x81\x80\0\1\0\1\0\0\0\0" ASKED "\0\x0f\0\1"
		       "\xc0\x0c\0\x0f\0\1\0\0\0\1\0\3\0\0\0"),
		 DNS_ANSWERS, "NOERROR", "0 .", 1, 1},
		{"SRV", "SRV",
		 BYTES("\x81\x80\0\1\0\1\0\0\0\0" ASKED "\0\x21\0\1"
		       "\xc0\x0c\0\x21\0\1\0\0\0\1\0\x08\0\1\0\2\0\x50\xc0\x0c"),
		 DNS_ANSWERS, "NOERROR", "1 2 80 example.com.", 1, 1},
		{"TXT of two parts, quoted", "TXT",
		 BYTES("\x81\x80\0\1\0\1\0\0\0\0" ASKED "\0\x10\0\1"
		       "\xc0\x0c\0\x10\0\1\0\0\0\1\0\x08\3a\"b\3\x1b\\c"),
		 DNS_ANSWERS, "NOERROR", "\"a\\\"b\" \"\\027\\\\c\"", 1, 1},
		{"CAA", "CAA",
		 BYTES("\x81\x80\0\1\0\1\0\0\0\0" ASKED "\1\1\0\1"
		       "\xc0\x0c\1\1\0\1\0\0\0\1\0\x09\0\5issueca"),
		 DNS_ANSWERS, "NOERROR", "0 issue \"ca\"", 1, 1},
		{"SOA", "SOA",
		 BYTES("\x81\x80\0\1\0\1\0\0\0\0" ASKED "\0\6\0\1"
		       "\xc0\x0c\0\6\0\1\0\0\0\1\0\x18\xc0\x0c\xc0\x0c"
		       "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"),
		 DNS_ANSWERS, "NOERROR", "example.com. example.com. 1 2 3 4 5", 1, 1},
		{"NXDOMAIN, kept as its SOA says", "A",
		 BYTES("\x81\x83\0\1\0\0\0\1\0\0" ASKED "\0\1\0\1"
		       "\xc0\x0c\0\6\0\1\0\0\0\x3c\0\x18\xc0\x0c\xc0\x0c"
		       "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x0a"),
		 DNS_ANSWERS, "NXDOMAIN", NULL, 0, 10},
		{"a record that must not be kept", "A",
		 BYTES("\x81\x80\0\1\0\2\0\0\0\0" ASKED "\0\1\0\1"
		       "\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x0a\0\0\2"
		       "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0\1"),
		 DNS_ANSWERS, "NOERROR", "10.0.0.1", 2, 0},
		{"REFUSED without the question", "A", BYTES("\x81\x85\0\0\0\0\0\0\0\0"),
		 DNS_ANSWERS, "REFUSED", NULL, 0, 0},
		{"NOERROR without the question", "A", BYTES("\x81\x80\0\0\0\0\0\0\0\0"),
		 DNS_FOREIGN, NULL, NULL, 0, 0},
		{"BADVERS stands in OPT", "A",
		 BYTES("\x81\x80\0\1\0\0\0\0\0\1" ASKED "\0\1\0\1\0\0\x29\4\xd0\1\0\0\0\0\0"),
		 DNS_ANSWERS, "RCODE16", NULL, 0, 0},
		{"cut in the middle of a record", "A",
		 BYTES("\x83\x80\0\1\0\1\0\0\0\0" ASKED "\0\1\0\1\xc0\x0c\0\1"),
		 DNS_ANSWERS, NULL, NULL, 0, 0},
		{"another name", "A", BYTES("\x81\x80\0\1\0\0\0\0\0\0\3" "foo\0\0\1\0\1"), DNS_FOREIGN, NULL,
		 NULL, 0, 0},
		{"another type", "A", BYTES("\x81\x80\0\1\0\0\0\0\0\0" ASKED "\0\x1c\0\1"), DNS_FOREIGN,
		 NULL, NULL, 0, 0},
		{"the case of names", "A",
		 BYTES("\x81\x80\0\1\0\0\0\0\0\0\7" "EXAMPLE\3" "Com\0\0\1\0\1"), DNS_ANSWERS, "NOERROR",
		 NULL, 0, 0},
		{"a question", "A", BYTES("\x01\0\0\1\0\0\0\0\0\0" ASKED "\0\1\0\1"), DNS_GARBAGE, NULL, NULL,
		 0, 0},
		{"a record past the end", "A",
		 BYTES("\x81\x80\0\1\0\1\0\0\0\0" ASKED "\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\1\0\x10\x0a\0"),
		 DNS_GARBAGE, NULL, NULL, 0, 0},
		{"an address of 3 bytes", "A",
		 BYTES("\x81\x80\0\1\0\1\0\0\0\0" ASKED "\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\1\0\3\x0a\0\0"),
		 DNS_GARBAGE, "NOERROR", NULL, 0, 0},
		{"a name without bytes", "NS",
		 BYTES("\x81\x80\0\1\0\1\0\0\0\0" ASKED "\0\2\0\1\xc0\x0c\0\2\0\1\0\0\0\1\0\0"),
		 DNS_GARBAGE, "NOERROR", NULL, 0, 0},
		{"a name that points at itself", "MX",
		 BYTES("\x81\x80\0\1\0\1\0\0\0\0" ASKED "\0\x0f\0\1"
		       "\xc0\x0c\0\x0f\0\1\0\0\0\1\0\4\0\x0a\xc0\x2b"),
		 DNS_GARBAGE, "NOERROR", NULL, 0, 0},
		{"an owner that points at itself", "A",
		 BYTES("\x81\x80\0\1\0\1\0\0\0\0" ASKED "\0\1\0\1\xc0\x1d\0\1\0\1\0\0\0\1\0\4\x0a\0\0\1"),
		 DNS_GARBAGE, "NOERROR", NULL, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct dns_question question = {
			.name = "example.com", .type = dns_type(row->type), .id = ID};
		unsigned char bytes[512] = {0x12, 0x34};
		unsigned char *exact;
		struct dns_answer answer;
		struct arena arena;
		enum dns_fit fit;

		arena_init(&arena);
		memcpy(bytes + 2, row->bytes, row->len);
		exact = xmemdup(bytes, row->len + 2); /* ASan sees a read behind it */
		fit = dns_read(&question, exact, row->len + 2, &arena, &answer);
		if (fit != row->fit || (fit == DNS_GARBAGE) != (answer.fault != NULL))
			fail_msg("%s: %d (%s)", row->name, fit,
				 answer.fault != NULL ? answer.fault : "no fault");
		if (row->rcode != NULL && strcmp(answer.rcode_name, row->rcode) != 0)
			fail_msg("%s: %s", row->name, answer.rcode_name);
		if (row->rcode == NULL && answer.rcode_name != NULL)
			fail_msg("%s: %s", row->name, answer.rcode_name);
		if (fit == DNS_ANSWERS && (answer.count != row->count || answer.ttl_s != row->ttl_s))
			fail_msg("%s: %zu records, ttl %u", row->name, answer.count, answer.ttl_s);
		if (fit == DNS_ANSWERS && answer.has_ttl != (row->count != 0 || row->ttl_s != 0))
			fail_msg("%s: has_ttl %d", row->name, answer.has_ttl);
		if (row->record != NULL && strcmp(answer.records[0], row->record) != 0)
			fail_msg("%s: %s", row->name, answer.records[0]);
		if (strcmp(row->name, "an alias") == 0)
			assert_string_equal(answer.alias, "www.example.com.");
		arena_release(&arena);
		free(exact);
	}
}

static void test_wrong_id(void **state)
{
	struct dns_question question = {.name = "example.com", .type = dns_type("A"), .id = 7};
	struct dns_answer answer;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	assert_int_equal(dns_read(&question, question_a, sizeof(question_a) - 1, &arena, &answer),
			 DNS_FOREIGN);
	assert_int_equal(dns_read(&question, question_a, 11, &arena, &answer), DNS_GARBAGE);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_question), cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_reverse),	 cmocka_unit_test(test_answers),
		cmocka_unit_test(test_wrong_id),
	};

	return cmocka_run_group_tests_name("dns_message", tests, NULL, NULL);
}
