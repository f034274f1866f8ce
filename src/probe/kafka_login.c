/* The messages of kafka_login.h. Invariant: SCRAM is done only when the broker has proven that it knows
 * the password too. */
#include "probe/kafka_login.h"

#include "base/limits.h"

#include <errno.h>
#include <strings.h>
#include <sys/random.h>

#define TOKEN_MOST (4 * LIMIT_CONFIG_SCALAR)

/* The better ones first. */
static const struct kafka_mechanism {
	const char *name;
	bool scram;
	enum scram_hash hash;
} mechanisms[] = {
	{"SCRAM-SHA-512", true, SCRAM_SHA_512},
	{"SCRAM-SHA-256", true, SCRAM_SHA_256},
	{"PLAIN", false, SCRAM_SHA_256},
};

const struct kafka_mechanism *kafka_mechanism_find(const char *key)
{
	for (size_t i = 0; i < BASE_LEN(mechanisms); i++)
		if (strcasecmp(mechanisms[i].name, key) == 0)
			return &mechanisms[i];
	BUG("no mechanism %s", key);
}

const char *kafka_mechanism_name(const struct kafka_mechanism *mechanism)
{
	return mechanism->name;
}

/* Whether it is one of "PLAIN, GSSAPI". */
static bool offers(const char *names, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = names; at != NULL && *at != '\0'; at += strspn(at, ", ")) {
		size_t word = strcspn(at, ", ");

		if (word == len && strncasecmp(at, name, len) == 0)
			return true;
		at += word;
	}
	return false;
}

const struct kafka_mechanism *kafka_mechanism_offered(const struct kafka_said *said)
{
	for (size_t i = 0; i < BASE_LEN(mechanisms); i++)
		if (offers(said->text, mechanisms[i].name))
			return &mechanisms[i];
	return NULL;
}

/* RFC 4616: no authorization identity of its own. */
static void put_plain(struct strbuf *token, const char *user, const char *password)
{
	strbuf_addc(token, 0);
	strbuf_adds(token, user);
	strbuf_addc(token, 0);
	strbuf_adds(token, password);
}

void kafka_login_begin(struct kafka_login *login, const struct kafka_mechanism *mechanism, const char *user,
		       const char *password)
{
	unsigned char nonce[18];

	kafka_login_end(login);
	login->mechanism = mechanism;
	strbuf_init(&login->token, TOKEN_MOST);
	if (!mechanism->scram) {
		put_plain(&login->token, user, password);
		return;
	}
	/* As many bytes as this never come in parts (getrandom(2)). */
	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		BUG("no random bytes: %s", strerror(errno));
	scram_init(&login->scram, mechanism->hash);
	scram_begin(&login->scram, user, nonce, sizeof(nonce), &login->token);
}

bool kafka_login_is_challenged(const struct kafka_login *login)
{
	return login->mechanism->scram && !login->proving;
}

enum kafka_login_state kafka_login_take(struct kafka_login *login, const char *password,
					const struct kafka_said *said, const char **words, size_t *len)
{
	bool proving = login->proving;

	if (!login->mechanism->scram)
		return KAFKA_LOGIN_DONE;
	/* RFC 5802 section 7: "e=invalid-proof". */
	if (said->token_len > 2 && memcmp(said->token, "e=", 2) == 0) {
		*words = said->token + 2;
		*len = said->token_len - 2;
		return KAFKA_LOGIN_REFUSED;
	}
	strbuf_reset(&login->token);
	*words = proving ? scram_verify(&login->scram, said->token, said->token_len) :
			   scram_answer(&login->scram, &login->keys, password, said->token, said->token_len,
					&login->token);
	login->proving = true;
	if (*words != NULL) {
		*len = strlen(*words);
		return KAFKA_LOGIN_WRONG;
	}
	return proving ? KAFKA_LOGIN_DONE : KAFKA_LOGIN_GOES_ON;
}

void kafka_login_end(struct kafka_login *login)
{
	scram_release(&login->scram);
	strbuf_release(&login->token);
	login->proving = false;
}
