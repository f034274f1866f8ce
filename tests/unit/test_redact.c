/* Secrets are masked in every form their bytes take on the wire, and nothing of them is left. */
#include "base/redact.h"

#include "unit.h"

static void test_forms(void **state)
{
	/* "s3cr/t k%y" and "tok" are the secrets; base64 below was made by base64(1). */
	static const struct {
		const char *in, *want;
	} rows[] = {
		{"", ""},
		{"nothing here", "nothing here"},
		{"s3cr/t k%y", "***"},
		{"a s3cr/t k%y b s3cr/t k%y", "a *** b ***"},
		{"xs3cr/t k%yx", "x***x"},
		{"?t=s3cr%2Ft%20k%25y&u=1", "?t=***&u=1"},
		{"?t=s3cr%2ft+k%25y", "?t=***"},
		{"?t=%73%33%63%72%2F%74%20%6b%25%79", "?t=***"},
		{"{\"p\":\"s3cr\\/t k%y\"}", "{\"p\":\"***\"}"},
		{"s3cr/t k%", "s3cr/t k%"},
		{"S3CR/T K%Y", "S3CR/T K%Y"},
		{"Basic czNjci90IGsleQ==", "Basic ***=="},     /* itself */
		{"Basic dTpzM2NyL3QgayV5", "Basic dT***"},     /* u:secret */
		{"Basic eDpzM2NyL3QgayV5", "Basic eD***"},
		{"Basic dXM6czNjci90IGsleQ==", "Basic dXM6***=="},
		{"Basic YXBpOnMzY3IvdCBrJXk=", "Basic YXBpO***="},
		{"tok", "***"},
		{"a=tok;b", "a=***;b"},
		{"token stok tok_", "token stok tok_"},
		{"t%6Fk", "***"},
	};
	struct redactor *redactor = redactor_new();

	(void)state;
	assert_true(redactor_empty(redactor));
	redactor_add(redactor, "");
	redactor_add(redactor, "\n");
	assert_true(redactor_empty(redactor));
	redactor_add(redactor, "s3cr/t k%y\n");
	redactor_add(redactor, "s3cr/t k%y");
	redactor_add(redactor, "tok");
	assert_false(redactor_empty(redactor));
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		char *got = redact_dup(redactor, rows[i].in);

		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: %s, not %s", rows[i].in, got, rows[i].want);
		free(got);
	}
	redactor_free(redactor);
	redactor_free(NULL);
}

static void test_overlap(void **state)
{
	struct redactor *redactor = redactor_new();
	char *got;

	(void)state;
	redactor_add(redactor, "abcdef");
	redactor_add(redactor, "defghi");
	redactor_add(redactor, "abcd");
	got = redact_dup(redactor, "-abcdefghi-abcd-");
	assert_string_equal(got, "-***-***-");
	free(got);
	redactor_free(redactor);
}

/* A text that was cut ends before what may be the beginning of a secret, in every form of it. */
static void test_whole(void **state)
{
	static const struct {
		const char *in;
		size_t whole;
	} rows[] = {
		{"", 0},
		{"nothing", 7},
		{"a s3cr/t k%y", 12}, /* whole: it is masked */
		{"a s3cr/t k%", 2},
		{"a s3c", 2},
		{"a s", 2},
		{"a s3c.", 6},
		{"a s3cr%2", 2},
		{"a %73%33%6", 2},
		{"a s3cr\\", 2},
		{"a %", 2},
		{"Basic dTpzM2NyL3Qga", 8}, /* u:secret */
		{"Basic czNjci90IG", 6},
		{"a abcdef", 8},
		{"a abcdefgh", 2}, /* another whole one reaches into it */
	};
	struct redactor *redactor = redactor_new();

	(void)state;
	assert_int_equal(redact_whole(NULL, "s3cr", 4), 4);
	assert_int_equal(redact_whole(redactor, "s3cr", 4), 4);
	redactor_add(redactor, "s3cr/t k%y");
	redactor_add(redactor, "abcdef");
	redactor_add(redactor, "efghij");
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		size_t whole = redact_whole(redactor, rows[i].in, strlen(rows[i].in));

		if (whole != rows[i].whole)
			fail_msg("%s: %zu, not %zu", rows[i].in, whole, rows[i].whole);
	}
	redactor_free(redactor);
}

static void test_none(void **state)
{
	struct strbuf out;

	(void)state;
	assert_true(redactor_empty(NULL));
	strbuf_init(&out, 3);
	redact(NULL, &out, "abcdef", 6);
	assert_string_equal(out.data, "abc");
	assert_true(out.truncated);
	strbuf_release(&out);
}

static char base64_char(unsigned value)
{
	static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	return url[value & 63];
}

/* Random secrets behind random prefixes of all alignments, URL-safe base64: of the characters
 * that carry bits of the secret none is left. */
static void test_base64_property(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		unsigned char raw[48] = {0};
		char secret[32], text[80] = "", *got;
		size_t prefix, secret_len, len, chars;
		struct redactor *redactor = redactor_new();

		for (size_t i = 0; i < sizeof(raw) - 4; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
			raw[i] = (unsigned char)(33 + (seed >> 40) % 90);
		}
		prefix = (size_t)round % 7;
		secret_len = 4 + (size_t)(round / 7) % 20;
		len = prefix + secret_len + (size_t)(round / 140) % 5;
		memcpy(secret, raw + prefix, secret_len);
		secret[secret_len] = '\0';
		for (size_t i = len; i < sizeof(raw); i++)
			raw[i] = 0;
		chars = (8 * len + 5) / 6;
		for (size_t i = 0; i < chars; i++) {
			unsigned two = (unsigned)raw[6 * i / 8] << 8 | raw[6 * i / 8 + 1];

			text[i] = base64_char(two >> (10 - 6 * i % 8));
		}
		redactor_add(redactor, secret);
		got = redact_dup(redactor, text);
		/* First and last character with a bit of the secret, and what is around them. */
		assert_memory_equal(got, text, 8 * prefix / 6);
		assert_memory_equal(got + 8 * prefix / 6, "***", 3);
		assert_string_equal(got + 8 * prefix / 6 + 3,
				    text + (8 * (prefix + secret_len) + 5) / 6);
		free(got);
		redactor_free(redactor);
	}
}

/* Of secrets that pass, the latest are known; the others are never forgotten. */
static void test_passing(void **state)
{
	struct redactor *redactor = redactor_new();
	char token[40], *shown;

	(void)state;
	redactor_add(redactor, "stays-for-ever");
	for (int i = 0; i < 3 * REDACT_PASSING; i++) {
		(void)snprintf(token, sizeof(token), "token-%04d-abc", i);
		redactor_add_passing(redactor, token);
		redactor_add_passing(redactor, token);
	}
	shown = redact_dup(redactor, "stays-for-ever token-0191-abc token-0128-abc token-0127-abc");
	assert_string_equal(shown, "*** *** *** token-0127-abc");
	free(shown);
	redactor_free(redactor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passing),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_base64_property),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
