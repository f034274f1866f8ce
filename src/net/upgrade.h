/* The opening handshake of a WebSocket (RFC 6455 section 4) as bytes: the request out, the answer in,
 * and whether it is the one that was due. Pure: sees no socket. */
#ifndef NET_UPGRADE_H
#define NET_UPGRADE_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "model/sample.h"

#define UPGRADE_KEY 25 /* with its NUL */

/* Everything of the request that is not the same each time. */
struct upgrade_request {
	const char *target;        /* path and query: "/ws?token=…" */
	const char *authority;     /* Host: "example.com:8080" */
	const char *key;           /* Sec-WebSocket-Key; "" sends no upgrade at all */
	const char *const *protocols;
	size_t protocol_count;
	const char *origin;        /* NULL */
	const char *authorization; /* "Bearer …"; NULL */
	const struct exchange_header *headers; /* in place of those above where the name is the same */
	size_t header_count;
};
void upgrade_write(const struct upgrade_request *request, struct strbuf *out);

/* 16 random bytes in base64. */
void upgrade_key(char key[UPGRADE_KEY]);
/* What the server has to make of it. */
void upgrade_accept(const char *key, struct strbuf *out);

/* The answer's head (RFC 9112 section 2.1); strings live in the arena it was read into. Of an interim
 * answer (RFC 9110 section 15.2) the status alone is read. */
struct upgrade_answer {
	int status;
	const char *reason; /* "Not Found"; "" */
	char version[4];    /* "1.1" */
	struct exchange_header *headers;
	size_t header_count;
	size_t len;         /* bytes of the head */
};
enum upgrade_read {
	UPGRADE_MORE,      /* not whole yet */
	UPGRADE_WHOLE,
	UPGRADE_NOT_HTTP,  /* no status line of HTTP/1 */
	UPGRADE_TOO_LARGE, /* no end within the bytes that are left to it */
};
/* Of all heads that come one behind the other. */
struct upgrade_reader {
	size_t left;   /* bytes they may still have: LIMIT_HEAD at first */
	size_t looked; /* at the present one, which had no end there */
};
/* `bytes` begins with the head each time, until it is whole. */
enum upgrade_read upgrade_read(struct upgrade_reader *reader, const char *bytes, size_t len,
			       struct arena *arena, struct upgrade_answer *answer);
bool upgrade_is_interim(const struct upgrade_answer *answer);
/* Copies that live in the arena. */
const struct exchange_header *upgrade_headers(const struct upgrade_answer *answer, struct arena *arena);
/* How many of them are evidence: the first ones, at most LIMIT_HEADERS bytes. */
size_t upgrade_headers_kept(const struct upgrade_answer *answer);
/* Caseless; NULL where there is none. The first of several. */
const char *upgrade_header(const struct upgrade_answer *answer, const char *name);

/* True where it is a 101 to this key that chose one of `protocols` (or none where none was offered);
 * else says why not: "without the header 'Upgrade: websocket'". */
bool upgrade_is_sound(const struct upgrade_answer *answer, const struct upgrade_request *request,
		      struct strbuf *why);

/* The body behind the head of an answer that is no 101, as far as it came (RFC 9112 section 6, chunks
 * included): adds to `body`; true where it is whole. Without a length only the end of the connection
 * ends it. */
bool upgrade_body(const struct upgrade_answer *answer, const char *bytes, size_t len,
		  struct strbuf *body);

#endif
