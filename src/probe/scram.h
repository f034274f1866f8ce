/* SCRAM-SHA-256 and SCRAM-SHA-512 as a client without channel binding (RFC 5802, RFC 7677; KIP-84): texts
 * in, texts out. The caller brings the nonce, carries the messages, and keeps `struct scram_keys` between log-ins, so that
 * the rounds are done once for a salt and not in each run.
 *
 * A password is used as its bytes are: SASLprep (RFC 4013) leaves printable ASCII alone, and composed
 * letters too; what it would change is refused by the server as any wrong password. */
#ifndef PROBE_SCRAM_H
#define PROBE_SCRAM_H

#include "base/strbuf.h"

/* Rounds that a server may ask for, about 25 ms of a core (SHA-512: 55 ms). */
#define SCRAM_ROUNDS_MOST 100000
/* Rounds that the loop does itself, about 1 ms (SHA-512: 2 ms): what PostgreSQL and Kafka ask for. A stranger's
 * number must not stop the loop: more are a worker's, see scram_job.h. */
#define SCRAM_ROUNDS_AT_ONCE 4096
#define SCRAM_SALT_MOST 128
#define SCRAM_DIGEST_MOST 64

enum scram_hash { SCRAM_SHA_256, SCRAM_SHA_512 };
/* "SCRAM-SHA-256", as SASL calls it. */
const char *scram_name(enum scram_hash hash);

struct scram_keys {
	bool known;
	enum scram_hash hash;
	uint32_t rounds;
	size_t salt_len;
	unsigned char salt[SCRAM_SALT_MOST];
	unsigned char password[32]; /* SHA-256 of the password they were made of */
	unsigned char salted[SCRAM_DIGEST_MOST];
};

/* The server's first message, taken apart. */
struct scram_challenge {
	const char *nonce; /* inside the message */
	size_t nonce_len;
	unsigned char salt[SCRAM_SALT_MOST];
	size_t salt_len;
	uint32_t rounds;
};
/* False where it is not of the form `r=…,s=…,i=…`, or asks for an extension. */
bool scram_read_challenge(const char *bytes, size_t len, struct scram_challenge *out);

struct scram {
	enum scram_hash hash;
	struct strbuf bare;    /* client-first-message-bare */
	size_t nonce_at;       /* in it */
	struct strbuf covered; /* what both signatures are over */
	unsigned char server_signature[SCRAM_DIGEST_MOST];
};
void scram_init(struct scram *scram, enum scram_hash hash);
/* Once more, or of one that is all zero, does nothing. */
void scram_release(struct scram *scram);
/* Appends the client's first message. `user` may be "" where the protocol carries the name itself; the
 * nonce is random bytes, 18 are enough. */
void scram_begin(struct scram *scram, const char *user, const void *nonce, size_t nonce_len,
		 struct strbuf *out);
/* Whether scram_answer() to these bytes would do the rounds, that is takes them and has no keys for them: then
 * for which challenge. */
bool scram_wants_rounds(const struct scram *scram, const struct scram_keys *keys, const char *password,
			const char *bytes, size_t len, struct scram_challenge *challenge);
/* The rounds, where `keys` are not those already. On any thread. */
void scram_make_keys(struct scram_keys *keys, enum scram_hash hash, const char *password,
		     const struct scram_challenge *challenge);
/* Appends the client's final message, once. NULL where that went well, else what is wrong with the server's
 * first message, as the end of a sentence that begins with "the server". */
const char *scram_answer(struct scram *scram, struct scram_keys *keys, const char *password,
			 const char *bytes, size_t len, struct strbuf *out);
/* NULL where the server's final message proves that it knows the password too, else the sentence as above. */
const char *scram_verify(const struct scram *scram, const char *bytes, size_t len);

#endif
