/* HTTP/1.1 (RFC 9112) and, by ALPN, HTTP/2: one request, its redirects and the answer, with the
 * phases and, where it failed, which one and why. */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/arena.h"
#include "model/fleet.h"
#include "model/sample.h"
#include "net/net.h"

/* A question that is put again and again: keeps what its next run needs (its shard, whether the
 * connection must be new, the certificates of the last handshake). */
struct http_target;
#define NET_GROUP_TARGETS 120
struct http_options {
	const char *method;
	const char *url;         /* absolute, http or https */
	const char *unix_path;   /* connects there, whatever the URL's host; NULL. No redirects to other hosts */
	const struct name_value *headers;
	size_t header_count;
	const struct auth *auth; /* NULL: none */
	const char *body;        /* NULL: none */
	size_t body_len;         /* of a body that holds NUL bytes; 0: up to its NUL */
	const struct tls_options *tls;
	const char *proxy;       /* NULL = from the environment, "" = none */
	bool proxy_of_web;       /* a token is asked for through the environment's proxy, whatever that is */
	bool http2;
	/* A plain URL is asked in HTTP/2 from the first byte on (RFC 9113 section 3.3), in a multi handle
	 * of its own; needs keepalive false: libcurl 7.88 loses a second request on that connection. */
	bool http2_prior;
	/* A connection is kept for the next run. A request on a kept one that ends without an answer is
	 * sent again, on a new one: not for what must not be done twice. */
	bool keepalive;
	int follow;              /* redirects at most; never from https to http */
	size_t body_max;         /* bytes read at most, then the connection is closed */
	unsigned renew_s;        /* a connection lives so long at most; 0: about a minute */
	uint64_t spread;         /* any steady number; spreads the renewal of connections */
	/* Targets of one group share a multi handle: about NET_GROUP_TARGETS of them, best those
	 * that are asked at about the same time. 0 is a group like any other. */
	size_t group;
};
/* Borrows all strings of `options`. NULL with a sentence in `err` where the URL is none. */
struct http_target *http_target_new(struct net *net, const struct http_options *options,
				    struct strbuf *err);
/* The same question in other memory: takes over the strings of `options`, which are equal to
 * those it has; its group stays. Between runs only. */
void http_target_rebind(struct http_target *target, const struct http_options *options);
/* Its run must be over. */
void http_target_free(struct http_target *target);

struct http_result {
	enum failure failure;
	enum phase failed_phase;
	const char *message;     /* the failure: "timed out after 3s in phase tls: …"; raw bytes */
	int64_t latency_ns;      /* all hops, name lookup included */
	struct phases phases;    /* of the last hop */
	int status;              /* 0: none came */
	int redirects;
	const char *body;        /* raw bytes, without their content coding where that is gzip or deflate */
	size_t body_len;
	uint64_t body_size;      /* bytes that came or were announced */
	bool body_cut;
	bool reused;             /* the connection was open already */
	bool secure;
	const struct certificate *certs; /* of the last handshake there, leaf first */
	size_t cert_count;
	const char *tls_version; /* "TLSv1.3"; NULL unknown */
};

/* One run; all of it is gone after `done`. */
struct http_run;
struct http_run *http_start(struct http_target *target, int64_t timeout_ns,
			    void (*done)(void *context, struct http_run *run,
					 const struct http_result *result),
			    void *context);
/* `done` will not come. */
void http_cancel(struct http_run *run);
/* Appends the value of a header or trailer of the answer, raw, several of one name with ", " between (RFC 9110 section
 * 5.3); false where there is none. Inside `done` only. */
bool http_header(const struct http_run *run, const char *name, struct strbuf *value);
/* The headers of the answer as they came, without trailers, at most LIMIT_HEAD bytes; copies live in the
 * arena. Inside `done` only. */
const struct exchange_header *http_headers(const struct http_run *run, struct arena *arena, size_t *count);
/* The evidence, redacted and scrubbed; inside `done` only. One reference. */
struct exchange *http_evidence(const struct http_run *run, const struct http_result *result,
			       const struct redactor *redactor);

#endif
