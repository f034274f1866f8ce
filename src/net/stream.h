/* A byte stream to one place: TCP or a unix socket, TLS on top or put on later, through a proxy where
 * one is set. libcurl's CONNECT_ONLY, in a multi handle of its own (a shared one would prune it). */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "model/fleet.h"
#include "model/sample.h"
#include "net/net.h"

struct stream;
struct stream_options {
	const char *host;      /* name or address without brackets */
	int port;
	const char *unix_path; /* in place of host and port; NULL */
	bool secure;
	const struct tls_options *tls; /* may be NULL */
	const char *proxy;     /* NULL = from the environment, "" = none */
	int64_t timeout_ns;    /* until it is open */
};
struct stream_result {
	enum failure failure;  /* FAILURE_NONE: it is open */
	enum phase failed_phase;
	const char *message;   /* as in struct http_result */
	int64_t latency_ns;
	struct phases phases;
	const char *peer;      /* "127.0.0.1:5432", "unix:/run/x"; NULL unknown */
	const struct certificate *certs; /* leaf first, also of a refused chain */
	size_t cert_count;
	const char *tls_version;
};
/* Borrows what `options` points to until `done`, which comes once, never before this returns. The
 * stream is the caller's to close, whatever became of it. */
struct stream *stream_open(struct net *net, const struct stream_options *options,
			   void (*done)(void *context, struct stream *stream,
					const struct stream_result *result),
			   void *context);

/* Who listens to an open stream. */
struct stream_listener {
	/* Bytes that came, those that were not used before in front; returns how many are used up.
	 * Called again at once while it uses some of them and some are left. May write, secure or
	 * close the stream. */
	size_t (*received)(void *context, const char *bytes, size_t len);
	/* All that was written is on its way; may be NULL. */
	void (*sent)(void *context);
	/* Nothing more will come: CLOSED by the peer, RESET, TIMEOUT at the deadline, TOO_LARGE where
	 * more than `most` bytes wait to be used, TLS_FAILED. `message` as in struct stream_result. */
	void (*ended)(void *context, enum failure failure, const char *message);
	void *context;
	size_t most;
};
/* From inside `done` on, once; the listener is borrowed until the stream is closed. Callbacks come
 * on later turns. */
void stream_listen(struct stream *stream, const struct stream_listener *listener,
		   struct mono_time deadline);
/* Copies; sent behind what waits already, at once where the peer takes it. At most STREAM_UNSENT bytes
 * may wait; more ends it as TOO_LARGE. */
#define STREAM_UNSENT (1u << 20)
void stream_write(struct stream *stream, const void *bytes, size_t len);
/* When the last of what was written went out; 0 while some of it waits. */
struct mono_time stream_sent_at(const struct stream *stream);
/* TLS from here on, after a greeting (PostgreSQL's SSLRequest, MySQL's capability): the handshake with
 * the options of stream_open(), then `done` again with the phase tls and the certificates. Bytes that
 * came and were not used are an error there (CVE-2021-23222). Within the deadline of the listener,
 * which is asleep meanwhile. */
void stream_secure(struct stream *stream);
/* At any time, inside `done` and the listener's calls too; nothing is called any more. */
void stream_close(struct stream *stream);
void stream_close_all(struct net *net);

#endif
