/* A byte stream to one place: TCP or a unix socket, TLS on top, through a proxy where one is set.
 * libcurl's CONNECT_ONLY, in a multi handle of its own (a shared one would prune it). */
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
/* At any time, inside `done` too; `done` does not come any more. */
void stream_close(struct stream *stream);
void stream_close_all(struct net *net);

#endif
