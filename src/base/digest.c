/* Digests. The only file that knows libcrypto; the ids made here are written to disk, so neither
 * their recipe nor their byte order may change. See digest.h. */
#include "base/digest.h"

/* The one-shot call of OpenSSL 3 looks its algorithm up under a lock each time, which took a sixth
 * of the loading of a large fleet; these have no such cost and are there for all of 3.x. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>
#include <openssl/sha.h>

void digest_sha256(const void *bytes, size_t len, unsigned char out[32])
{
	SHA256_CTX context;

	if (!SHA256_Init(&context) || !SHA256_Update(&context, bytes, len) ||
	    !SHA256_Final(out, &context))
		BUG("SHA-256 failed");
}

void digest_sha1(const void *bytes, size_t len, unsigned char out[20])
{
	SHA_CTX context;

	if (!SHA1_Init(&context) || !SHA1_Update(&context, bytes, len) || !SHA1_Final(out, &context))
		BUG("SHA-1 failed");
}

void digest_md5(const void *bytes, size_t len, unsigned char out[16])
{
	if (MD5(bytes, len, out) == NULL)
		BUG("MD5 failed");
}

void base64_add(struct strbuf *out, const void *bytes, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *at = bytes;

	for (; len != 0; at += 3) {
		size_t here = len < 3 ? len : 3;
		uint32_t word = (uint32_t)at[0] << 16 | (here > 1 ? (uint32_t)at[1] << 8 : 0) |
				(here > 2 ? (uint32_t)at[2] : 0);

		strbuf_addc(out, digits[word >> 18 & 63]);
		strbuf_addc(out, digits[word >> 12 & 63]);
		strbuf_addc(out, here > 1 ? digits[word >> 6 & 63] : '=');
		strbuf_addc(out, here > 2 ? digits[word & 63] : '=');
		len -= here;
	}
}

uint64_t digest_id(const char *const *parts, size_t count)
{
	unsigned char hash[32];
	SHA256_CTX context;
	uint64_t id = 0;
	bool ok = SHA256_Init(&context) != 0;

	for (size_t i = 0; i < count; i++)
		ok = ok && SHA256_Update(&context, parts[i], strlen(parts[i]) + 1) != 0;
	if (!ok || !SHA256_Final(hash, &context))
		BUG("SHA-256 failed");
	for (size_t i = 0; i < 8; i++)
		id = id << 8 | hash[i];
	return id != 0 ? id : 1;
}

/* Eight bytes a step: a multiplication spreads the bits upwards, the shift brings them back. */
static uint64_t mix(uint64_t state, uint64_t word)
{
	state = (state ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return state ^ state >> 32;
}

uint64_t digest_fast(const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	uint64_t state = mix(UINT64_C(0x243f6a8885a308d3), len);
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		state = mix(state, word);
	}
	if (len != 0) {
		word = 0;
		memcpy(&word, at, len);
		state = mix(state, word);
	}
	return mix(state, 0);
}
