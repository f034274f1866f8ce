/* Digests: known answers (FIPS 180-4), ids that must never change, and a hash that tells bytes
 * apart. */
#include "base/digest.h"

#include "unit.h"

static void test_sha256(void **state)
{
	static const unsigned char abc[4] = {0xba, 0x78, 0x16, 0xbf};
	static const unsigned char empty[4] = {0xe3, 0xb0, 0xc4, 0x42};
	unsigned char out[32];

	(void)state;
	digest_sha256("abc", 3, out);
	assert_memory_equal(out, abc, 4);
	digest_sha256("", 0, out);
	assert_memory_equal(out, empty, 4);
}

static void test_id(void **state)
{
	const char *one[] = {"nexus", "prod", "voice"};
	const char *moved[] = {"nexus", "prodv", "oice"};

	(void)state;
	/* printf 'nexus\0prod\0voice\0' | sha256sum: history on disk hangs on it. */
	assert_true(digest_id(one, 3) == UINT64_C(0xcc2709358d0c0f74));
	assert_true(digest_id(one, 3) != digest_id(moved, 3));
	assert_true(digest_id(one, 2) != digest_id(one, 3));
	assert_true(digest_id(NULL, 0) != 0);
}

static void test_fast(void **state)
{
	unsigned char bytes[64] = {0};
	uint64_t seen[65];

	(void)state;
	for (size_t len = 0; len <= 64; len++) {
		seen[len] = digest_fast(bytes, len);
		for (size_t i = 0; i < len; i++)
			assert_true(seen[i] != seen[len]);
	}
	for (size_t bit = 0; bit < 512; bit++) {
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_true(digest_fast(bytes, 64) != seen[64]);
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	assert_true(digest_fast(bytes, 64) == seen[64]);
}

/* The example of RFC 6455 section 1.3, and the vectors of RFC 4648 section 10. */
static void test_base64(void **state)
{
	static const char *const texts[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
	static const char *const wanted[] = {"", "Zg==", "Zm8=", "Zm9v",
					     "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
	static const char key[] = "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char hash[20];
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 100);
	for (size_t i = 0; i < BASE_LEN(texts); i++) {
		strbuf_reset(&out);
		base64_add(&out, texts[i], strlen(texts[i]));
		assert_string_equal(out.data, wanted[i]);
	}
	strbuf_reset(&out);
	digest_sha1(key, strlen(key), hash);
	base64_add(&out, hash, sizeof(hash));
	assert_string_equal(out.data, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_id),
		cmocka_unit_test(test_fast),
		cmocka_unit_test(test_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
