/* A log-in to Kafka by SASL, as messages: PLAIN (RFC 4616), SCRAM-SHA-256 and SCRAM-SHA-512 (KIP-84). The
 * caller puts each into a SaslAuthenticate and hands in what comes back; no socket is seen here. */
#ifndef PROBE_KAFKA_LOGIN_H
#define PROBE_KAFKA_LOGIN_H

#include "probe/kafka_wire.h"
#include "probe/scram.h"

struct kafka_mechanism;
/* By the value of the key `sasl`, which is the name in small letters. */
const struct kafka_mechanism *kafka_mechanism_find(const char *key);
const char *kafka_mechanism_name(const struct kafka_mechanism *mechanism);
/* The best of those that a broker offers; NULL where it has none of these. */
const struct kafka_mechanism *kafka_mechanism_offered(const struct kafka_said *said);

/* All zero before the first log-in. */
struct kafka_login {
	const struct kafka_mechanism *mechanism;
	bool proving;           /* SCRAM: our proof is sent, the broker's is due */
	struct strbuf token;    /* the message to be sent next */
	struct scram scram;
	struct scram_keys keys; /* of the last log-in; kept between log-ins */
};
/* Makes the first message. */
void kafka_login_begin(struct kafka_login *login, const struct kafka_mechanism *mechanism, const char *user,
		       const char *password);

enum kafka_login_state {
	KAFKA_LOGIN_GOES_ON, /* the next message waits in `token` */
	KAFKA_LOGIN_DONE,
	KAFKA_LOGIN_REFUSED, /* by the mechanism itself: `words` are the broker's own, raw */
	KAFKA_LOGIN_WRONG    /* no such mechanism answers so: `words` are the end of a sentence */
};
/* Whether what the broker says next is SCRAM's challenge. */
bool kafka_login_is_challenged(const struct kafka_login *login);
/* Takes what the broker says to a message, where that is no error of Kafka's. */
enum kafka_login_state kafka_login_take(struct kafka_login *login, const char *password,
					const struct kafka_said *said, const char **words, size_t *len);
/* Forgets the messages; the keys stay. */
void kafka_login_end(struct kafka_login *login);

#endif
