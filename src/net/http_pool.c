/* Pooled easy handles. A handle costs libcurl 8 KB, so there are as many as run at once, not one
 * a target; the hottest is taken first. `struct applied` says what a handle is set to: invariant:
 * it is true of every handle, idle or not. */
#include "config.h"

#include "net/http_pool.h"

#include "base/limits.h"
#include "base/xalloc.h"

#define IDLE_MAX 64
#define BUFFER 8192L /* libcurl's for reading; a handle keeps it: health answers are small */
#define BODY_KEPT (64u << 10) /* bytes of buffer that an idle run keeps */
#define HEAD_KEPT (4u << 10)
#define MESSAGE_MAX 1024

struct http_pool {
	struct net *net;
	struct http_run *idle, *running;
	size_t idle_len;
	struct profile *profiles;
	uint64_t profile_number;
	bool proxies; /* the environment names one */
	CURLSH *share; /* of handles that have not spoken TLS yet */
};

static size_t on_body(char *bytes, size_t one, size_t len, void *user)
{
	struct http_run *run = user;

	(void)one;
	CHECK_MAGIC(run, RUN_MAGIC);
	run->body_came += len;
	strbuf_add(&run->body, bytes, len);
	/* A short count ends the transfer: more would be read for nothing. */
	return run->body.truncated ? 0 : len;
}

size_t http_on_header(char *line, size_t one, size_t len, void *user)
{
	struct http_run *run = user;

	(void)one;
	CHECK_MAGIC(run, RUN_MAGIC);
	/* Trailers come this way too, behind the end. */
	if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {
		run->headers_ended = false;
		strbuf_reset(&run->head);
	} else if (len <= 2 && (line[0] == '\r' || line[0] == '\n')) {
		if (!run->headers_ended)
			run->head_len = run->head.len;
		run->headers_ended = true;
	} else {
		strbuf_add(&run->head, line, len);
	}
	return len;
}

static struct http_run *run_new(struct http_pool *pool)
{
	struct net *net = pool->net;
	struct http_run *run = xcalloc(1, sizeof(*run));
	CURL *easy = curl_easy_init();

	if (easy == NULL)
		BUG("out of memory");
	run->magic = RUN_MAGIC;
	run->easy = easy;
	run->owner.magic = OWNER_MAGIC;
	run->owner.net = net;
	run->applied.plain_get = true;
	net_timer_init(&run->timer, net, NULL, run);
	strbuf_init(&run->head, LIMIT_HEAD);
	strbuf_init(&run->body, 0);
	strbuf_init(&run->message, MESSAGE_MAX);
	multi_prepare(&run->owner, easy);
	/* Before its first transfer: 7.88 loses the session table that a handle without a share has
	 * made for itself when it is given one. */
	curl_easy_setopt(easy, CURLOPT_SHARE, pool->share);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, run->error);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, BUFFER);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, run);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, http_on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, run);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	return run;
}

static void run_free(struct http_run *run)
{
	curl_easy_cleanup(run->easy);
	strbuf_release(&run->head);
	strbuf_release(&run->body);
	strbuf_release(&run->message);
	free(run);
}

struct http_run *http_pool_take(struct http_pool *pool)
{
	struct http_run *run = pool->idle;

	if (run != NULL) {
		pool->idle = run->next;
		pool->idle_len--;
	} else {
		run = run_new(pool);
	}
	run->next = pool->running;
	run->previous = NULL;
	if (run->next != NULL)
		run->next->previous = run;
	pool->running = run;
	return run;
}

static void unlink_run(struct http_pool *pool, struct http_run *run)
{
	*(run->previous != NULL ? &run->previous->next : &pool->running) = run->next;
	if (run->next != NULL)
		run->next->previous = run->previous;
}

void http_pool_give_back(struct http_pool *pool, struct http_run *run)
{
	unlink_run(pool, run);
	if (pool->idle_len >= IDLE_MAX) {
		run_free(run);
		return;
	}
	if (run->body.cap > BODY_KEPT)
		strbuf_release(&run->body);
	if (run->head.cap > HEAD_KEPT)
		strbuf_release(&run->head);
	run->next = pool->idle;
	pool->idle = run;
	pool->idle_len++;
}

/* --- profiles ----------------------------------------------------------------------------- */

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static char *copy(const char *text)
{
	return text != NULL ? xstrdup(text) : NULL;
}

bool http_uses_proxy(const struct http_pool *pool, const char *proxy)
{
	return proxy != NULL ? proxy[0] != '\0' : pool->proxies;
}

struct profile *http_profile(struct http_pool *pool, const struct http_options *options, bool secure)
{
	static const struct tls_options none = {.verify = true};
	const struct tls_options *tls = secure && options->tls != NULL ? options->tls : &none;
	bool proxied = options->unix_path == NULL && http_uses_proxy(pool, options->proxy);
	const char *proxy = proxied ? options->proxy : "";
	struct profile *profile;

	for (profile = pool->profiles; profile != NULL; profile = profile->next)
		if (profile->secure == secure && profile->verify == tls->verify &&
		    profile->http2 == options->http2 &&
		    profile->http2_prior == options->http2_prior && same(profile->ca, tls->ca) &&
		    same(profile->cert, tls->cert) && same(profile->key, tls->key) &&
		    same(profile->proxy, proxy) && same(profile->unix_path, options->unix_path))
			break;
	if (profile != NULL) {
		profile->refs++;
		return profile;
	}
	profile = xcalloc(1, sizeof(*profile));
	*profile = (struct profile){.refs = 1, .number = ++pool->profile_number,
		.next = pool->profiles, .secure = secure, .verify = tls->verify,
		.http2 = options->http2, .http2_prior = options->http2_prior, .ca = copy(tls->ca), .cert = copy(tls->cert),
		.key = copy(tls->key), .proxy = copy(proxy),
		.unix_path = copy(options->unix_path)};
	if (secure)
		profile->trust = trust_get(pool->net->tls, tls->ca);
	pool->profiles = profile;
	return profile;
}

void http_profile_unref(struct http_pool *pool, struct profile *profile)
{
	struct profile **at = &pool->profiles;

	if (--profile->refs != 0)
		return;
	while (*at != profile)
		at = &(*at)->next;
	*at = profile->next;
	trust_unref(profile->trust);
	free(profile->ca);
	free(profile->cert);
	free(profile->key);
	free(profile->proxy);
	free(profile->unix_path);
	free(profile);
}

static long http_version(const struct profile *profile)
{
	if (profile->http2_prior && !profile->secure)
		return CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
	return profile->http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;
}

static void apply_profile(CURL *easy, const struct profile *profile)
{
	/* The store is ours (tls.c), but libcurl has to know that connections and sessions under
	 * one CA are nothing to another: a path is compared and costs nothing. */
	curl_easy_setopt(easy, CURLOPT_CAPATH, profile->ca);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, profile->verify ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, profile->verify ? 2L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSLCERT, profile->cert);
	curl_easy_setopt(easy, CURLOPT_SSLKEY, profile->key);
	curl_easy_setopt(easy, CURLOPT_KEYPASSWD, ""); /* else OpenSSL asks at the terminal */
	/* NULL makes libcurl read six environment variables a transfer. */
	curl_easy_setopt(easy, CURLOPT_PROXY, profile->proxy);
	curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, profile->unix_path);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, http_version(profile));
}

/* --- options of one hop ------------------------------------------------------------------- */

static bool sends_body(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
	       strcmp(method, "PATCH") == 0;
}

static void apply_method(CURL *easy, const struct http_options *options, bool as_get, bool foreign)
{
	const char *method = as_get ? "GET" : options->method;
	const char *body = as_get || foreign ? NULL : options->body;

	curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL);
	if (strcmp(method, "HEAD") == 0) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	} else if (body != NULL || sends_body(method)) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE,
				 body != NULL && options->body_len != 0 ? (long)options->body_len : -1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body != NULL ? body : "");
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	} else if (strcmp(method, "GET") != 0) {
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	}
}

static void apply_auth(struct http_run *run)
{
	const struct auth *auth = run->target->options.auth;
	bool basic = auth != NULL && auth->kind == AUTH_BASIC && !run->foreign;

	if (!basic && !run->applied.auth)
		return;
	curl_easy_setopt(run->easy, CURLOPT_USERNAME, basic ? auth->user : NULL);
	curl_easy_setopt(run->easy, CURLOPT_PASSWORD, basic ? auth->secret : NULL);
	run->applied.auth = basic;
}

static void apply_lists(struct http_run *run)
{
	struct applied *applied = &run->applied;
	const struct http_target *target = run->target;
	struct curl_slist *headers = run->foreign ? NULL : target->headers;
	struct curl_slist *connect_to = run->hop_url != NULL ? NULL : target->connect_to;

	if (applied->headers != headers)
		curl_easy_setopt(run->easy, CURLOPT_HTTPHEADER, headers);
	if (applied->connect_to != connect_to)
		curl_easy_setopt(run->easy, CURLOPT_CONNECT_TO, connect_to);
	/* Its entries are told to the shard's name cache again whenever it is set. */
	if (run->resolve != NULL || applied->resolve != NULL)
		curl_easy_setopt(run->easy, CURLOPT_RESOLVE, run->resolve);
	applied->headers = headers;
	applied->connect_to = connect_to;
	applied->resolve = run->resolve;
}

static void apply_tls(struct http_run *run)
{
	const struct http_target *target = run->target;
	struct applied *applied = &run->applied;
	struct tls_place *place = run->hop_url == NULL ? target->place : NULL;
	bool no_session = place != NULL && tls_place_is_old(place);

	if (applied->shard != target->shard)
		curl_easy_setopt(run->easy, CURLOPT_SHARE, target->shard->share);
	if (applied->no_session != no_session)
		curl_easy_setopt(run->easy, CURLOPT_SSL_SESSIONID_CACHE, no_session ? 0L : 1L);
	applied->shard = target->shard;
	applied->no_session = no_session;
	run->owner.tls.trust = target->profile->trust;
	run->owner.tls.place = place;
	run->owner.tls.verify = target->profile->verify;
}

void http_apply(struct http_run *run)
{
	struct applied *applied = &run->applied;
	const struct http_target *target = run->target;
	const struct http_options *options = &target->options;
	int64_t left_ns = run->deadline.ns - net_now(target->net).ns;
	long timeout_ms = left_ns > 0 ? (long)((left_ns + NS_PER_MS - 1) / NS_PER_MS) : 1;
	bool fresh = run->anew || (target->fresh && (run->redirects == 0 || !options->keepalive));
	bool plain_get = strcmp(options->method, "GET") == 0 && options->body == NULL;
	CURL *easy = run->easy;

	curl_easy_setopt(easy, CURLOPT_URL, run->url);
	if (applied->profile != target->profile->number)
		apply_profile(easy, target->profile);
	if (run->secure)
		apply_tls(run);
	if (!plain_get || !applied->plain_get)
		apply_method(easy, options, run->as_get, run->foreign);
	apply_auth(run);
	apply_lists(run);
	if (applied->timeout_ms != timeout_ms)
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
	if (applied->lifetime_s != (long)target->lifetime_s)
		curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, (long)target->lifetime_s);
	if (applied->fresh != fresh)
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
	if (applied->forbid_reuse == options->keepalive)
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, options->keepalive ? 0L : 1L);
	applied->profile = target->profile->number;
	applied->plain_get = plain_get;
	applied->timeout_ms = timeout_ms;
	applied->lifetime_s = (long)target->lifetime_s;
	applied->fresh = fresh;
	applied->forbid_reuse = !options->keepalive;
	run->error[0] = '\0';
}

/* --- life --------------------------------------------------------------------------------- */

static bool environment_has_proxy(void)
{
	static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
					    "ALL_PROXY"};

	for (size_t i = 0; i < BASE_LEN(names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0')
			return true;
	}
	return false;
}

struct http_pool *http_pool_new(struct net *net)
{
	struct http_pool *pool = xcalloc(1, sizeof(*pool));

	pool->net = net;
	pool->proxies = environment_has_proxy();
	pool->share = curl_share_init();
	if (pool->share == NULL)
		BUG("out of memory");
	curl_share_setopt(pool->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	return pool;
}

void http_pool_free(struct http_pool *pool)
{
	if (pool == NULL)
		return;
	while (pool->running != NULL)
		http_cancel(pool->running);
	while (pool->idle != NULL) {
		struct http_run *run = pool->idle;

		pool->idle = run->next;
		run_free(run);
	}
	curl_share_cleanup(pool->share);
	while (pool->profiles != NULL) {
		pool->profiles->refs = 1;
		http_profile_unref(pool, pool->profiles);
	}
	free(pool);
}
