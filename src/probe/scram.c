/* SCRAM. The invariant: nothing of the password leaves but the proof over both nonces, and a
 * server whose signature is not over the same exchange proves nothing. See scram.h. */
#include "probe/scram.h"

#include "base/digest.h"
#include "base/limits.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define TEXT_MOST 2048 /* of a server's message */
#define BARE_MOST (3 * LIMIT_CONFIG_SCALAR + TEXT_MOST) /* each byte of a name may become three */
/* "n,,": no channel binding, and no other name to act for. */
#define GS2 "n,,"
#define GS2_BASE64 "biws"

static const struct {
	const char *name;
	const EVP_MD *(*digest)(void);
	size_t len;
} hashes[] = {
	[SCRAM_SHA_256] = {"SCRAM-SHA-256", EVP_sha256, 32},
	[SCRAM_SHA_512] = {"SCRAM-SHA-512", EVP_sha512, 64},
};

const char *scram_name(enum scram_hash hash)
{
	return hashes[hash].name;
}

/* Strict base64 (RFC 4648 section 4), padded. */
static bool base64_read(const char *text, size_t len, unsigned char *out, size_t most, size_t *got)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t padding = 0, used = 0;

	while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
		padding++;
	if (len == 0 || len % 4 != 0)
		return false;
	for (size_t i = 0; i < len; i += 4) {
		uint32_t word = 0;
		size_t bytes = i + 4 == len ? 3 - padding : 3;

		for (size_t j = 0; j < 4; j++) {
			char c = text[i + j];
			const char *digit = c != '\0' ? strchr(digits, c) : NULL;
			bool pad = i + j >= len - padding;

			if (!pad && digit == NULL)
				return false;
			word = word << 6 | (pad ? 0 : (uint32_t)(digit - digits));
		}
		for (size_t j = 0; j < bytes; j++) {
			if (used == most)
				return false;
			out[used++] = (unsigned char)(word >> (16 - 8 * j));
		}
	}
	*got = used;
	return true;
}

/* One attribute `x=value` at the front of what is left; moves behind it and its comma. */
static bool take(const char **at, const char *end, char name, const char **value, size_t *len)
{
	const char *comma;

	if (end - *at < 2 || (*at)[0] != name || (*at)[1] != '=')
		return false;
	*value = *at + 2;
	comma = memchr(*value, ',', (size_t)(end - *value));
	*len = (size_t)((comma != NULL ? comma : end) - *value);
	*at = comma != NULL ? comma + 1 : end;
	return *len != 0;
}

bool scram_read_challenge(const char *bytes, size_t len, struct scram_challenge *out)
{
	const char *at = bytes, *end = bytes + len, *value;
	size_t value_len;

	*out = (struct scram_challenge){0};
	if (!take(&at, end, 'r', &out->nonce, &out->nonce_len) ||
	    !take(&at, end, 's', &value, &value_len) ||
	    !base64_read(value, value_len, out->salt, sizeof(out->salt), &out->salt_len) ||
	    !take(&at, end, 'i', &value, &value_len) || value_len > 9)
		return false;
	for (size_t i = 0; i < value_len; i++) {
		if (value[i] < '0' || value[i] > '9')
			return false;
		out->rounds = out->rounds * 10 + (uint32_t)(value[i] - '0');
	}
	return out->rounds != 0;
}

void scram_init(struct scram *scram, enum scram_hash hash)
{
	scram->hash = hash;
	strbuf_init(&scram->bare, BARE_MOST);
	strbuf_init(&scram->covered, BARE_MOST + 3 * TEXT_MOST);
}

void scram_release(struct scram *scram)
{
	strbuf_release(&scram->bare);
	strbuf_release(&scram->covered);
	OPENSSL_cleanse(scram->server_signature, sizeof(scram->server_signature));
}

void scram_begin(struct scram *scram, const char *user, const void *nonce, size_t nonce_len,
		 struct strbuf *out)
{
	strbuf_reset(&scram->bare);
	strbuf_adds(&scram->bare, "n=");
	for (; *user != '\0'; user++) {
		if (*user == '=' || *user == ',')
			strbuf_adds(&scram->bare, *user == '=' ? "=3D" : "=2C");
		else
			strbuf_addc(&scram->bare, *user);
	}
	strbuf_adds(&scram->bare, ",r=");
	scram->nonce_at = scram->bare.len;
	base64_add(&scram->bare, nonce, nonce_len);
	strbuf_adds(out, GS2);
	strbuf_add(out, scram->bare.data, scram->bare.len);
}

static void hmac(enum scram_hash hash, const unsigned char *key, const void *bytes, size_t len,
		 unsigned char *out)
{
	if (HMAC(hashes[hash].digest(), key, (int)hashes[hash].len, bytes, len, out, NULL) == NULL)
		BUG("HMAC failed");
}

static bool are_keys_of(const struct scram_keys *keys, enum scram_hash hash, const unsigned char *password,
			const struct scram_challenge *challenge)
{
	return keys->known && keys->hash == hash && keys->rounds == challenge->rounds &&
	       keys->salt_len == challenge->salt_len &&
	       memcmp(keys->salt, challenge->salt, challenge->salt_len) == 0 &&
	       memcmp(keys->password, password, sizeof(keys->password)) == 0;
}

void scram_make_keys(struct scram_keys *keys, enum scram_hash hash, const char *password,
		     const struct scram_challenge *challenge)
{
	unsigned char digest[32];

	digest_sha256(password, strlen(password), digest);
	if (are_keys_of(keys, hash, digest, challenge))
		return;
	if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password), challenge->salt,
			      (int)challenge->salt_len, (int)challenge->rounds,
			      hashes[hash].digest(), (int)hashes[hash].len, keys->salted) != 1)
		BUG("PBKDF2 failed");
	keys->known = true;
	keys->hash = hash;
	keys->rounds = challenge->rounds;
	keys->salt_len = challenge->salt_len;
	memcpy(keys->salt, challenge->salt, challenge->salt_len);
	memcpy(keys->password, digest, sizeof(digest));
}

/* ClientProof and ServerSignature (RFC 5802 section 3). */
static void sign(struct scram *scram, const struct scram_keys *keys, unsigned char *proof)
{
	unsigned char client_key[SCRAM_DIGEST_MOST], stored_key[SCRAM_DIGEST_MOST],
		signature[SCRAM_DIGEST_MOST], server_key[SCRAM_DIGEST_MOST];
	const struct strbuf *covered = &scram->covered;
	enum scram_hash hash = scram->hash;

	hmac(hash, keys->salted, "Client Key", 10, client_key);
	if (EVP_Digest(client_key, hashes[hash].len, stored_key, NULL, hashes[hash].digest(), NULL) != 1)
		BUG("a digest failed");
	hmac(hash, stored_key, covered->data, covered->len, signature);
	for (size_t i = 0; i < hashes[hash].len; i++)
		proof[i] = client_key[i] ^ signature[i];
	hmac(hash, keys->salted, "Server Key", 10, server_key);
	hmac(hash, server_key, covered->data, covered->len, scram->server_signature);
	OPENSSL_cleanse(client_key, sizeof(client_key));
	OPENSSL_cleanse(server_key, sizeof(server_key));
}

/* What is wrong with the server's first message, as scram_answer() says it; NULL nothing. */
static const char *read_first(const struct scram *scram, const char *bytes, size_t len,
			      struct scram_challenge *challenge)
{
	const char *ours = scram->bare.data + scram->nonce_at;

	if (scram->covered.len != 0)
		return "sends a second challenge in one SCRAM log-in";
	if (!scram_read_challenge(bytes, len, challenge))
		return "sends a first message that is not of SCRAM's form";
	if (challenge->nonce_len <= strlen(ours) || memcmp(challenge->nonce, ours, strlen(ours)) != 0)
		return "does not repeat the nonce";
	if (challenge->rounds > SCRAM_ROUNDS_MOST)
		return "asks for more than 100,000 rounds of SCRAM: set fewer iterations for this user";
	if (len > TEXT_MOST)
		return "sends a first message that is too long";
	return NULL;
}

bool scram_wants_rounds(const struct scram *scram, const struct scram_keys *keys, const char *password,
			const char *bytes, size_t len, struct scram_challenge *challenge)
{
	unsigned char digest[32];

	if (read_first(scram, bytes, len, challenge) != NULL)
		return false;
	digest_sha256(password, strlen(password), digest);
	return !are_keys_of(keys, scram->hash, digest, challenge);
}

const char *scram_answer(struct scram *scram, struct scram_keys *keys, const char *password,
			 const char *bytes, size_t len, struct strbuf *out)
{
	struct scram_challenge challenge;
	unsigned char proof[SCRAM_DIGEST_MOST];
	size_t from = out->len;
	const char *wrong = read_first(scram, bytes, len, &challenge);

	if (wrong != NULL)
		return wrong;
	scram_make_keys(keys, scram->hash, password, &challenge);
	strbuf_adds(out, "c=" GS2_BASE64 ",r=");
	strbuf_add(out, challenge.nonce, challenge.nonce_len);
	strbuf_reset(&scram->covered);
	strbuf_add(&scram->covered, scram->bare.data, scram->bare.len);
	strbuf_addc(&scram->covered, ',');
	strbuf_add(&scram->covered, bytes, len);
	strbuf_addc(&scram->covered, ',');
	strbuf_add(&scram->covered, out->data + from, out->len - from);
	sign(scram, keys, proof);
	strbuf_adds(out, ",p=");
	base64_add(out, proof, hashes[scram->hash].len);
	return NULL;
}

const char *scram_verify(const struct scram *scram, const char *bytes, size_t len)
{
	const char *at = bytes, *value;
	unsigned char signature[SCRAM_DIGEST_MOST];
	size_t value_len, got;

	if (take(&at, bytes + len, 'v', &value, &value_len) &&
	    base64_read(value, value_len, signature, sizeof(signature), &got) &&
	    got == hashes[scram->hash].len &&
	    CRYPTO_memcmp(signature, scram->server_signature, got) == 0)
		return NULL;
	return "does not prove that it knows the password: its SCRAM signature is wrong, so it may not be "
	       "who it says it is";
}
