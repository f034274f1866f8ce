/* A WebSocket client (RFC 6455) on a stream: the opening handshake, then messages, pings and the
 * close. No extension is offered; a message is at most WEBSOCKET_MESSAGE bytes. Behind a proxy the
 * stream is a tunnel, so the handshake reaches the server itself. */
#ifndef NET_WEBSOCKET_H
#define NET_WEBSOCKET_H

#include "base/redact.h"
#include "net/net.h"
#include "net/stream.h"
#include "net/upgrade.h"

#define WEBSOCKET_MESSAGE (1u << 20)
#define WEBSOCKET_NORMAL 1000 /* RFC 6455 section 7.4.1 */
#define WEBSOCKET_NO_STATUS 1005
#define WEBSOCKET_ABNORMAL 1006

struct websocket;
struct websocket_options {
	const char *url;       /* absolute, http or https */
	const char *unix_path; /* connects there, whatever the URL's host; NULL */
	const struct name_value *headers; /* in place of ours where the name is the same */
	size_t header_count;
	const struct auth *auth; /* basic, bearer or oauth2; NULL */
	const char *origin;    /* NULL */
	const char *const *protocols;
	size_t protocol_count;
	const struct tls_options *tls;
	const char *proxy;     /* NULL = from the environment, "" = none */
	const struct redactor *redactor, *secrets; /* of what messages quote; NULL */
	int64_t timeout_ns;    /* of the whole: past it `closed` comes with FAILURE_TIMEOUT */
};

/* What became of the handshake. */
struct websocket_opening {
	enum failure failure;  /* FAILURE_NONE: it is open. FAILURE_UPGRADE: another answer than 101 */
	enum phase failed_phase;
	const char *message;   /* as in struct http_result: "answered 404 where 101 was due: …" */
	struct phases phases;
	const char *peer;
	const struct certificate *certs; /* leaf first */
	size_t cert_count;
	const char *tls_version;
	const char *request;   /* the head as it was sent, its secrets included; NULL: none was */
	const struct upgrade_answer *answer; /* NULL: none came */
	const char *subprotocol; /* NULL */
	const char *body;      /* of a refusal, at most LIMIT_BODY_KEPT bytes; raw */
	size_t body_len;
};
/* The end of an open one. */
struct websocket_closing {
	int code;              /* of the peer's close frame; WEBSOCKET_NO_STATUS without one in it,
	                        * WEBSOCKET_ABNORMAL where no close frame came */
	const char *reason;    /* what the frame says; "" */
	enum failure failure;  /* CLOSE_CODE: a close frame came; CLOSED, RESET, TIMEOUT, PROTOCOL … */
	const char *message;
};
struct websocket_listener {
	/* Once, never before websocket_open() returns. */
	void (*opened)(void *context, const struct websocket_opening *opening);
	void (*message)(void *context, const char *bytes, size_t len, bool text);
	/* `ours`: it answers our ping; else a server sent it unasked, or with other bytes. */
	void (*pong)(void *context, const char *bytes, size_t len, bool ours);
	/* Once after an `opened` without failure, unless it is freed before. */
	void (*closed)(void *context, const struct websocket_closing *closing);
	void *context;
};

/* Borrows what `options` points to until `opened`, the listener until it is freed. */
struct websocket *websocket_open(struct net *net, const struct websocket_options *options,
				 const struct websocket_listener *listener);
/* While it is open. */
void websocket_send(struct websocket *socket, const char *text, size_t len);
void websocket_ping(struct websocket *socket);
/* Sends the close frame; `closed` tells what the peer answers. */
void websocket_close(struct websocket *socket, int code);
/* At any time, inside the listener's calls too; nothing is called any more. NULL is nothing. */
void websocket_free(struct websocket *socket);

/* "policy violation" for 1008; NULL for codes that RFC 6455 does not name. */
const char *websocket_code_words(int code);

#endif
