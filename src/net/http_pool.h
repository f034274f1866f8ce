/* The inside of http for its own files: runs with their easy handles, pooled and reused hot, and
 * the options each handle has at the moment, so that a run sets only what differs. */
#ifndef NET_HTTP_POOL_H
#define NET_HTTP_POOL_H

#include "net/http.h"
#include "net/multi.h"
#include "net/oauth.h"
#include "net/resolver.h"

#define RUN_MAGIC 0x72756e31u

/* What costs libcurl a copy or a new SSL context; shared by all targets that have the same. */
struct profile {
	struct profile *next;
	uint64_t number; /* never used twice */
	unsigned refs;
	char *ca, *cert, *key, *proxy, *unix_path;
	struct trust *trust;
	bool verify, http2, http2_prior, secure;
};

struct http_target {
	struct net *net;
	struct http_options options;
	struct profile *profile;
	struct shard *shard;
	struct name *name;            /* NULL: needs no lookup, or a proxy does it */
	struct tls_place *place;      /* NULL: plain */
	struct oauth_client *oauth;   /* NULL: needs no token */
	char *token;                  /* the one in `headers`; NULL */
	char *own_url;                /* where `tls.server_name` stands in for the host */
	struct curl_slist *headers;   /* NULL: libcurl's own */
	struct curl_slist *connect_to;
	unsigned name_generation;     /* that the shard's name cache was told */
	unsigned lifetime_s;
	int port;
	bool fresh;                   /* the next run takes a new connection */
	bool secure;
	bool running;
};

/* The options of an easy handle that change from run to run. */
struct applied {
	uint64_t profile; /* its number */
	const struct curl_slist *headers, *connect_to, *resolve;
	const struct shard *shard; /* whose session cache */
	long timeout_ms, lifetime_s;
	bool auth, plain_get, fresh, forbid_reuse, no_session;
};

struct http_run {
	struct owner owner;
	uint32_t magic;
	struct http_run *next, *previous; /* of those under way; `next` of the idle ones */
	CURL *easy;
	struct applied applied;
	char error[CURL_ERROR_SIZE];
	struct http_target *target;
	void (*done)(void *context, struct http_run *run, const struct http_result *result);
	void *context;
	/* The hop under way. */
	const char *url;
	char *hop_url;         /* owned; NULL on the first hop */
	struct name *hop_name; /* counted; of a hop that left the target's host */
	bool foreign;          /* another origin than the target's: no headers, auth or body */
	bool as_get;
	bool anew;             /* on a new connection, since a kept one ended */
	bool secure;
	bool started;          /* in a multi */
	bool headers_ended;    /* of the newest answer: libcurl takes an end inside them for theirs */
	bool asked;            /* was in one in this run: the handle tells of it */
	int port;
	struct curl_slist *resolve;
	struct lookup lookup;
	struct oauth_wait token_wait;
	bool token_new;         /* the token was got in this run */
	struct net_timer timer; /* the deadline, while a name is looked up */
	/* The whole run. */
	struct mono_time began, deadline;
	int64_t timeout_ns;
	int64_t dns_ns;        /* waited for the name of this hop; -1 */
	int redirects;
	const char *redirected_to;
	struct strbuf head;    /* of the newest answer: its header lines, then its trailers */
	size_t head_len;       /* of those without trailers, once they have ended */
	struct strbuf body;
	uint64_t body_came;
	struct strbuf message;
};

struct http_pool *http_pool_new(struct net *net);
void http_pool_free(struct http_pool *pool);
struct http_run *http_pool_take(struct http_pool *pool);
void http_pool_give_back(struct http_pool *pool, struct http_run *run);
/* libcurl's callback for each line of an answer's head; `user` is the run. */
size_t http_on_header(char *line, size_t one, size_t len, void *user);
/* Sets what the run's handle needs for its present hop. */
void http_apply(struct http_run *run);

struct profile *http_profile(struct http_pool *pool, const struct http_options *options, bool secure);
void http_profile_unref(struct http_pool *pool, struct profile *profile);
/* True where a proxy would be asked for `url`. */
bool http_uses_proxy(const struct http_pool *pool, const char *proxy);

#endif
