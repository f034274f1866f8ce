/* Streams: an easy handle with CONNECT_ONLY in a private multi handle. The handle stays in it until
 * the end: taking it out closes the connection. See stream.h. */
#include "net/stream.h"

#include "base/xalloc.h"
#include "net/failure.h"
#include "net/http_pool.h"

#include <sys/un.h>

#define STREAM_MAGIC 0x73747231u
#define STREAM_MESSAGE 1024

struct stream {
	struct owner owner;
	uint32_t magic;
	struct net *net;
	struct stream *next, *previous;
	struct stream_options options;
	void (*done)(void *context, struct stream *stream, const struct stream_result *result);
	void *context;
	CURL *easy;
	struct shard *shard;    /* NULL until it is in a multi */
	bool in_multi;
	struct curl_slist *resolve, *connect_to;
	struct name *name;
	struct lookup lookup;
	struct net_timer timer; /* the deadline of the lookup, or an end that is known at once */
	struct mono_time began;
	int64_t dns_ns;
	struct strbuf message;
	char error[CURL_ERROR_SIZE];
	char shown[320]; /* host:port as in sentences */
	char peer[128];
};

static void tell(struct stream *stream, struct stream_result *result)
{
	const struct cert_chain *chain = tls_place_chain(stream->owner.tls.place);

	result->latency_ns = net_now(stream->net).ns - stream->began.ns;
	if (chain != NULL) {
		result->certs = chain->at;
		result->cert_count = chain->count;
	}
	result->tls_version = tls_place_version(stream->owner.tls.place);
	if (result->failure != FAILURE_NONE) {
		result->message = stream->message.data;
		name_expire(stream->name);
	}
	stream->done(stream->context, stream, result);
}

static curl_off_t info_time(CURL *easy, CURLINFO info)
{
	curl_off_t us = 0;

	curl_easy_getinfo(easy, info, &us);
	return us;
}

static void read_phases(struct stream *stream, struct stream_result *result)
{
	curl_off_t name = info_time(stream->easy, CURLINFO_NAMELOOKUP_TIME_T);
	curl_off_t connect = info_time(stream->easy, CURLINFO_CONNECT_TIME_T);
	curl_off_t tls = info_time(stream->easy, CURLINFO_APPCONNECT_TIME_T);
	int64_t *ns = result->phases.ns;

	if (stream->dns_ns >= 0)
		ns[PHASE_DNS] = stream->dns_ns;
	else if (name > 0 && stream->options.unix_path == NULL)
		ns[PHASE_DNS] = name * NS_PER_US;
	if (connect > 0)
		ns[PHASE_CONNECT] = (connect - name) * NS_PER_US;
	if (tls > 0)
		ns[PHASE_TLS] = (tls - connect) * NS_PER_US;
}

static void read_peer(struct stream *stream, struct stream_result *result)
{
	char *ip = NULL;
	long port = 0;

	curl_easy_getinfo(stream->easy, CURLINFO_PRIMARY_IP, &ip);
	curl_easy_getinfo(stream->easy, CURLINFO_PRIMARY_PORT, &port);
	if (stream->options.unix_path != NULL)
		(void)snprintf(stream->peer, sizeof(stream->peer), "unix:%s",
			       stream->options.unix_path);
	else if (ip != NULL && ip[0] != '\0')
		(void)snprintf(stream->peer, sizeof(stream->peer),
			       strchr(ip, ':') != NULL ? "[%s]:%ld" : "%s:%ld", ip, port);
	if (stream->peer[0] != '\0')
		result->peer = stream->peer;
}

static void on_done(struct owner *owner, CURLcode code)
{
	struct stream *stream = (struct stream *)owner;
	struct stream_result result = {.failed_phase = PHASE_NONE, .phases = phases_unmeasured()};

	CHECK_MAGIC(stream, STREAM_MAGIC);
	read_phases(stream, &result);
	read_peer(stream, &result);
	if (code != CURLE_OK) {
		struct failure_facts facts = {.easy = stream->easy, .code = code,
			.owner = owner, .error = stream->error, .host = stream->shown,
			.secure = stream->options.secure, .stream = true,
			.timeout_ns = stream->options.timeout_ns};
		struct failure_found found = failure_explain(&facts, &stream->message);

		result.failure = found.failure;
		result.failed_phase = found.phase;
	}
	tell(stream, &result);
}

static void fail_lookup(struct stream *stream, int eai, int os_error)
{
	struct stream_result result = {.phases = phases_unmeasured()};
	struct failure_found found = failure_explain_lookup(stream->name->host, eai, os_error,
		stream->options.timeout_ns, &stream->message);

	result.failure = found.failure;
	result.failed_phase = found.phase;
	tell(stream, &result);
}

static void set_tls(struct stream *stream)
{
	const struct tls_options *tls = stream->options.tls;
	CURL *easy = stream->easy;
	bool verify = tls == NULL || tls->verify;

	stream->owner.tls.verify = verify;
	stream->owner.tls.trust = trust_get(stream->net->tls, tls != NULL ? tls->ca : NULL);
	stream->owner.tls.place = tls_place_get(stream->net->tls, stream->options.host,
		stream->options.port, tls != NULL ? tls->server_name : NULL);
	/* What is spoken inside is not HTTP, and a certificate is asked for each time. */
	curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
	if (tls != NULL) {
		curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->cert);
		curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key);
	}
}

/* The host of the URL is the name that is verified; where the two differ, CONNECT_TO leads to the
 * real one. */
static void set_address(struct stream *stream)
{
	const struct stream_options *options = &stream->options;
	const char *name = options->tls != NULL && options->secure ? options->tls->server_name : NULL;
	bool literal = strchr(options->host, ':') != NULL;
	char *real = xasprintf(literal ? "[%s]:%d" : "%s:%d", options->host, options->port);
	char *url = name != NULL ? xasprintf("https://%s:%d/", name, options->port)
				 : xasprintf("%s://%s/", options->secure ? "https" : "http", real);

	if (name != NULL) {
		char *line = xasprintf("%s:%d:%s", name, options->port, real);

		stream->connect_to = curl_slist_append(NULL, line);
		curl_easy_setopt(stream->easy, CURLOPT_CONNECT_TO, stream->connect_to);
		free(line);
	}
	curl_easy_setopt(stream->easy, CURLOPT_URL, url);
	(void)snprintf(stream->shown, sizeof(stream->shown), "%s", real);
	free(real);
	free(url);
}

static void begin(struct stream *stream)
{
	const struct stream_options *options = &stream->options;
	int64_t left_ns = stream->began.ns + options->timeout_ns - net_now(stream->net).ns;
	long left_ms = left_ns > 0 ? (long)((left_ns + NS_PER_MS - 1) / NS_PER_MS) : 1;
	CURL *easy = stream->easy;

	if (stream->name != NULL) {
		char *line = xasprintf("%s:%d:%s", stream->name->host, options->port,
				       stream->name->addresses);

		stream->resolve = curl_slist_append(NULL, line);
		curl_easy_setopt(easy, CURLOPT_RESOLVE, stream->resolve);
		free(line);
	}
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, left_ms);
	stream->shard = shard_take_private(stream->net->multis);
	stream->in_multi = true;
	shard_start(stream->shard, &stream->owner, easy);
}

static void on_name(void *context)
{
	struct stream *stream = context;

	CHECK_MAGIC(stream, STREAM_MAGIC);
	net_timer_stop(&stream->timer);
	stream->dns_ns = net_now(stream->net).ns - stream->began.ns;
	if (stream->name->error != 0)
		fail_lookup(stream, stream->name->error, stream->name->os_error);
	else
		begin(stream);
}

static void on_deadline(void *context)
{
	struct stream *stream = context;

	CHECK_MAGIC(stream, STREAM_MAGIC);
	lookup_cancel(&stream->lookup);
	fail_lookup(stream, 0, 0);
}

static void on_bad_path(void *context)
{
	struct stream *stream = context;
	struct stream_result result = {.failure = FAILURE_CONFIG, .failed_phase = PHASE_NONE,
				       .phases = phases_unmeasured()};

	CHECK_MAGIC(stream, STREAM_MAGIC);
	strbuf_addf(&stream->message, "the path of the unix socket is longer than %zu bytes",
		    sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
	tell(stream, &result);
}

static void link_stream(struct stream *stream)
{
	stream->next = stream->net->streams;
	if (stream->next != NULL)
		stream->next->previous = stream;
	stream->net->streams = stream;
	stream->net->stats.streams++;
}

static void begin_with_name(struct stream *stream)
{
	struct mono_time deadline = {stream->began.ns + stream->options.timeout_ns};

	if (!http_uses_proxy(stream->net->http, stream->options.proxy))
		stream->name = name_get(stream->net->resolver, stream->options.host);
	if (stream->name == NULL || name_fresh(stream->name, stream->began)) {
		begin(stream);
		return;
	}
	net_timer_init(&stream->timer, stream->net, on_deadline, stream);
	net_timer_set(&stream->timer, deadline);
	lookup_start(&stream->lookup, stream->name, on_name, stream);
}

struct stream *stream_open(struct net *net, const struct stream_options *options,
			   void (*done)(void *context, struct stream *stream,
					const struct stream_result *result),
			   void *context)
{
	struct stream *stream = xcalloc(1, sizeof(*stream));
	const char *path = options->unix_path;
	CURL *easy = curl_easy_init();

	if (easy == NULL)
		BUG("out of memory");
	*stream = (struct stream){.magic = STREAM_MAGIC, .net = net, .options = *options,
		.done = done, .context = context, .easy = easy, .began = net_now(net),
		.dns_ns = -1,
		.owner = {.magic = OWNER_MAGIC, .net = net, .done = on_done}};
	link_stream(stream);
	strbuf_init(&stream->message, STREAM_MESSAGE);
	net_timer_init(&stream->timer, net, on_bad_path, stream);
	multi_prepare(&stream->owner, easy);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, stream->error);
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	/* A plain stream through an HTTP proxy would speak to the proxy itself. */
	curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY,
			 http_uses_proxy(net->http, options->proxy) ? options->proxy : "");
	if (path != NULL && strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		net_timer_set(&stream->timer, (struct mono_time){0});
	} else if (path != NULL) {
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, path);
		curl_easy_setopt(easy, CURLOPT_URL, "http://localhost/");
		(void)snprintf(stream->shown, sizeof(stream->shown), "unix:%s", path);
		begin(stream);
	} else {
		if (options->secure)
			set_tls(stream);
		set_address(stream);
		begin_with_name(stream);
	}
	return stream;
}

void stream_close(struct stream *stream)
{
	struct net *net = stream->net;

	CHECK_MAGIC(stream, STREAM_MAGIC);
	lookup_cancel(&stream->lookup);
	net_timer_stop(&stream->timer);
	*(stream->previous != NULL ? &stream->previous->next : &net->streams) = stream->next;
	if (stream->next != NULL)
		stream->next->previous = stream->previous;
	if (stream->in_multi)
		shard_end(stream->shard, &stream->owner, stream->easy);
	curl_easy_cleanup(stream->easy);
	if (stream->shard != NULL)
		shard_give_back(net->multis, stream->shard);
	curl_slist_free_all(stream->resolve);
	curl_slist_free_all(stream->connect_to);
	name_unref(stream->name);
	tls_place_unref(stream->owner.tls.place);
	trust_unref(stream->owner.tls.trust);
	strbuf_release(&stream->message);
	stream->magic = 0;
	free(stream);
}

void stream_close_all(struct net *net)
{
	while (net->streams != NULL)
		stream_close(net->streams);
}
