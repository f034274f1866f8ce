/* Digests. The only file that knows libcrypto; the ids made here are written to disk, so neither
 * their recipe nor their byte order may change. See digest.h. */
#include "base/digest.h"

#include "base/strbuf.h"

#include <openssl/sha.h>

void digest_sha256(const void *bytes, size_t len, unsigned char out[32])
{
	if (SHA256(bytes, len, out) == NULL)
		BUG("SHA-256 failed");
}

uint64_t digest_id(const char *const *parts, size_t count)
{
	unsigned char hash[32];
	struct strbuf all;
	uint64_t id = 0;

	strbuf_init(&all, SIZE_MAX / 4);
	for (size_t i = 0; i < count; i++)
		strbuf_add(&all, parts[i], strlen(parts[i]) + 1);
	digest_sha256(all.data, all.len, hash);
	strbuf_release(&all);
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
