/* The bytes of AMQP 0-9-1 (https://www.rabbitmq.com/amqp-0-9-1-reference.html, frames: section 4.2 of the
 * specification) up to connection.tune, as a client meets them. Pure: no socket, no copy; what is found
 * points into the bytes. */
#ifndef PROBE_AMQP_WIRE_H
#define PROBE_AMQP_WIRE_H

#include "base/strbuf.h"

#define AMQP_FRAME_MOST 65536u /* of a peer that has not agreed on a size yet */

struct amqp_text {
	const char *at; /* NULL: not there; not terminated */
	size_t len;
};

enum amqp_kind {
	AMQP_PARTIAL,
	AMQP_GARBAGE,
	AMQP_VERSION, /* a protocol header in place of an answer: the version that the server speaks */
	AMQP_START,
	AMQP_SECURE,  /* the mechanism wants another step */
	AMQP_TUNE,
	AMQP_CLOSE,
	AMQP_OTHER    /* a whole frame, not one of these */
};
struct amqp_frame {
	enum amqp_kind kind;
	unsigned char version[4];   /* AMQP_VERSION: protocol id, major, minor, revision */
	/* AMQP_START */
	struct amqp_text product, server_version, mechanisms;
	/* AMQP_TUNE */
	unsigned channels, heartbeat_s;
	uint32_t frame_max;
	/* AMQP_CLOSE */
	unsigned code;
	struct amqp_text reason;
};
/* The first frame or header; returns the bytes that it takes, 0 where it is PARTIAL or GARBAGE. */
size_t amqp_read(const char *bytes, size_t len, struct amqp_frame *frame);
/* Whether a list of words between blanks has this one. */
bool amqp_has_word(const struct amqp_text *list, const char *word);

/* Append what a client sends. start_ok: SASL PLAIN (RFC 4616). */
void amqp_header(struct strbuf *out);
void amqp_start_ok(struct strbuf *out, const char *user, const char *password);
void amqp_close_ok(struct strbuf *out);

#endif
