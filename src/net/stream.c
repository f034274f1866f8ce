/* Streams: an easy handle with CONNECT_ONLY in a private multi handle. The handle stays in it until
 * the end: taking it out closes the connection. What is said over it: stream_listen.c. See stream.h. */
#include "net/stream_state.h"

#include "base/socket_url.h"
#include "net/failure.h"
#include "net/http_pool.h"

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

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
	if (stream->securing) /* it was connected before */
		ns[PHASE_DNS] = ns[PHASE_CONNECT] = PHASE_UNMEASURED;
}

static void read_peer(struct stream *stream, struct stream_result *result)
{
	char *ip = NULL;
	long port = 0;

	curl_easy_getinfo(stream->easy, CURLINFO_PRIMARY_IP, &ip);
	curl_easy_getinfo(stream->easy, CURLINFO_PRIMARY_PORT, &port);
	if (stream->peer[0] != '\0')
		; /* known since it was opened */
	else if (stream->options.unix_path != NULL)
		(void)snprintf(stream->peer, sizeof(stream->peer), "unix:%s",
			       stream->options.unix_path);
	else if (ip != NULL && ip[0] != '\0')
		(void)snprintf(stream->peer, sizeof(stream->peer),
			       strchr(ip, ':') != NULL ? "[%s]:%ld" : "%s:%ld", ip, port);
	if (stream->peer[0] != '\0')
		result->peer = stream->peer;
}

/* `done` may close the stream; where it does not, the listener wakes up again. */
static void tell_secured(struct stream *stream, struct stream_result *result)
{
	bool gone = false;
	bool good = result->failure == FAILURE_NONE;

	stream->securing = false;
	stream->options.secure = good;
	stream->gone = &gone;
	tell(stream, result);
	if (gone)
		return;
	stream->gone = NULL;
	if (good)
		stream_listen_again(stream);
}

/* Once it is open, a plain connection needs libcurl no more: the multi, which would be 35 KB and three
 * descriptors a stream, goes to the next one. */
static void leave_libcurl(struct stream *stream)
{
	curl_easy_getinfo(stream->easy, CURLINFO_ACTIVESOCKET, &stream->fd);
	if (stream->fd == CURL_SOCKET_BAD)
		return;
	stream->plain = true;
	multi_keep(stream->net, stream->fd);
	shard_end(stream->shard, &stream->owner, stream->easy);
	shard_give_back(stream->net->multis, stream->shard);
	stream->in_multi = false;
	stream->shard = NULL;
}

static void on_done(struct owner *owner, CURLcode code)
{
	struct stream *stream = (struct stream *)owner;
	struct stream_result result = {.failed_phase = PHASE_NONE, .phases = phases_unmeasured()};

	CHECK_MAGIC(stream, STREAM_MAGIC);
	read_phases(stream, &result);
	read_peer(stream, &result);
	if (code != CURLE_OK) {
		const struct tls_options *tls = stream->options.tls;
		struct failure_facts facts = {.easy = stream->easy, .code = code,
			.owner = owner, .error = stream->error, .host = stream->shown,
			.server_name = tls != NULL && tls->server_name != NULL ? tls->server_name
				       : stream->options.unix_path != NULL	? SOCKET_HOST
										: NULL,
			.peer = stream->securing && stream->peer[0] != '\0' ? stream->peer : NULL,
			.secure = stream->options.secure || stream->securing, .stream = true,
			.timeout_ns = stream->options.timeout_ns};
		struct failure_found found;
		struct strbuf proxy;

		strbuf_init(&proxy, 300);
		if (stream->options.unix_path == NULL &&
		    http_uses_proxy(stream->net->http, stream->options.proxy)) {
			failure_show_proxy(stream->options.proxy, &proxy);
			facts.proxy = proxy.data;
		}
		found = failure_explain(&facts, &stream->message);
		strbuf_release(&proxy);
		result.failure = found.failure;
		result.failed_phase = found.phase;
	} else if (!stream->options.secure && !stream->securing &&
		   !http_uses_proxy(stream->net->http, stream->options.proxy)) {
		leave_libcurl(stream);
	}
	if (stream->securing)
		tell_secured(stream, &result);
	else
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
	stream->owner.tls.place = tls_place_get(stream->net->tls,
		stream->options.unix_path != NULL ? stream->options.unix_path : stream->options.host,
		stream->options.port, tls != NULL ? tls->server_name : NULL);
	/* What is spoken inside is not HTTP, and a certificate is asked for each time. */
	curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
	if (tls != NULL) {
		curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->cert);
		curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key);
		curl_easy_setopt(easy, CURLOPT_KEYPASSWD, ""); /* else OpenSSL asks at the terminal */
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

static void add_handle(struct stream *stream, struct mono_time deadline)
{
	int64_t left_ns = deadline.ns - net_now(stream->net).ns;
	long left_ms = left_ns > 0 ? (long)((left_ns + NS_PER_MS - 1) / NS_PER_MS) : 1;

	curl_easy_setopt(stream->easy, CURLOPT_TIMEOUT_MS, left_ms);
	stream->in_multi = true;
	shard_start(stream->shard, &stream->owner, stream->easy);
}

static void begin(struct stream *stream)
{
	const struct stream_options *options = &stream->options;

	if (stream->name != NULL) {
		char *line = xasprintf("%s:%d:%s", stream->name->host, options->port,
				       stream->name->addresses);

		stream->resolve = curl_slist_append(NULL, line);
		curl_easy_setopt(stream->easy, CURLOPT_RESOLVE, stream->resolve);
		free(line);
	}
	stream->shard = shard_take_private(stream->net->multis);
	add_handle(stream, (struct mono_time){stream->began.ns + options->timeout_ns});
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

/* The options of both handles that a stream may have one after the other. */
static void prepare(struct stream *stream, CURL *easy)
{
	if (easy == NULL)
		BUG("out of memory");
	multi_prepare(&stream->owner, easy);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, stream->error);
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	/* Only a proxy's answer goes there; 16 KB a stream would be the default. */
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 1024L);
}

/* A unix socket has no name: the certificate is compared with the one that is configured. */
static void set_unix_url(struct stream *stream, bool secure)
{
	const struct tls_options *tls = stream->options.tls;
	char *url = xasprintf("%s://%s/", secure ? "https" : "http",
			      tls != NULL && tls->server_name != NULL ? tls->server_name : SOCKET_HOST);

	curl_easy_setopt(stream->easy, CURLOPT_URL, url);
	free(url);
}

struct stream *stream_open(struct net *net, const struct stream_options *options,
			   void (*done)(void *context, struct stream *stream,
					const struct stream_result *result),
			   void *context)
{
	struct stream *stream = xcalloc(1, sizeof(*stream));
	const char *path = options->unix_path;
	CURL *easy = curl_easy_init();

	*stream = (struct stream){.magic = STREAM_MAGIC, .net = net, .options = *options,
		.done = done, .context = context, .easy = easy, .began = net_now(net),
		.dns_ns = -1, .fd = CURL_SOCKET_BAD, .spare_fd = -1,
		.owner = {.magic = OWNER_MAGIC, .net = net, .done = on_done}};
	link_stream(stream);
	strbuf_init(&stream->message, STREAM_MESSAGE);
	net_timer_init(&stream->timer, net, on_bad_path, stream);
	net_timer_init(&stream->turn, net, NULL, stream);
	strbuf_init(&stream->out, STREAM_UNSENT);
	strbuf_init(&stream->queued, STREAM_UNSENT);
	strbuf_init(&stream->in, 0);
	prepare(stream, easy);
	/* A plain stream through an HTTP proxy would speak to the proxy itself. */
	curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY,
			 path == NULL && http_uses_proxy(net->http, options->proxy) ? options->proxy : "");
	if (path != NULL && strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		net_timer_set(&stream->timer, (struct mono_time){0});
	} else if (path != NULL) {
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, path);
		set_unix_url(stream, options->secure);
		(void)snprintf(stream->shown, sizeof(stream->shown), "unix:%s", path);
		if (options->secure)
			set_tls(stream);
		begin(stream);
	} else {
		if (options->secure)
			set_tls(stream);
		set_address(stream);
		begin_with_name(stream);
	}
	return stream;
}

/* --- TLS later on ------------------------------------------------------------------------- */

static curl_socket_t open_spare(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct stream *stream = user;
	int fd = stream->spare_fd;

	(void)purpose;
	(void)address;
	CHECK_MAGIC(stream, STREAM_MAGIC);
	stream->spare_fd = -1;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	multi_adopt(&stream->owner, fd);
	return fd;
}

static int is_connected(void *user, curl_socket_t fd, curlsocktype purpose)
{
	(void)user;
	(void)fd;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

void stream_refuse_surplus(struct stream *stream, size_t len)
{
	struct stream_result result = {.failure = FAILURE_PROTOCOL, .failed_phase = PHASE_TLS,
				       .phases = phases_unmeasured()};

	strbuf_reset(&stream->message);
	strbuf_addf(&stream->message, "sent %zu byte%s in plain text where TLS had to begin; they may "
		    "come from somebody in between", len, len == 1 ? "" : "s");
	read_peer(stream, &result);
	tell_secured(stream, &result);
}

/* The connection's descriptor (behind a proxy a copy, since the plain handle closes its own) goes to a
 * new handle, which is told that it is connected already. Wherever CONNECT_TO points, nobody is
 * called there. */
void stream_begin_tls(struct stream *stream)
{
	const struct stream_options *options = &stream->options;
	const struct tls_options *tls = options->tls;
	const char *name = tls != NULL && tls->server_name != NULL ? tls->server_name
			   : options->host != NULL ? options->host : "localhost";
	char *url = xasprintf(strchr(name, ':') != NULL ? "https://[%s]:%d/" : "https://%s:%d/", name,
			      options->port > 0 ? options->port : 443);

	multi_poll(stream->net, stream->fd, 0);
	if (stream->plain) {
		stream->spare_fd = stream->fd;
		stream->shard = shard_take_private(stream->net->multis);
	} else {
		stream->spare_fd = fcntl(stream->fd, F_DUPFD_CLOEXEC, 0);
		shard_end(stream->shard, &stream->owner, stream->easy);
	}
	curl_easy_cleanup(stream->easy);
	stream->plain = false;
	stream->fd = CURL_SOCKET_BAD;
	stream->easy = curl_easy_init();
	prepare(stream, stream->easy);
	curl_easy_setopt(stream->easy, CURLOPT_OPENSOCKETFUNCTION, open_spare);
	curl_easy_setopt(stream->easy, CURLOPT_OPENSOCKETDATA, stream);
	curl_easy_setopt(stream->easy, CURLOPT_SOCKOPTFUNCTION, is_connected);
	curl_easy_setopt(stream->easy, CURLOPT_PROXY, "");
	curl_slist_free_all(stream->connect_to);
	stream->connect_to = curl_slist_append(NULL, "::127.0.0.1:443");
	curl_easy_setopt(stream->easy, CURLOPT_CONNECT_TO, stream->connect_to);
	curl_easy_setopt(stream->easy, CURLOPT_URL, url);
	free(url);
	set_tls(stream);
	strbuf_reset(&stream->message);
	stream->error[0] = '\0';
	add_handle(stream, stream->deadline);
}

void stream_close(struct stream *stream)
{
	struct net *net = stream->net;

	CHECK_MAGIC(stream, STREAM_MAGIC);
	if (stream->gone != NULL)
		*stream->gone = true;
	lookup_cancel(&stream->lookup);
	net_timer_stop(&stream->timer);
	net_timer_stop(&stream->turn);
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
	strbuf_release(&stream->in);
	strbuf_release(&stream->out);
	strbuf_release(&stream->queued);
	if (stream->plain)
		multi_close(net, stream->fd);
	if (stream->spare_fd >= 0)
		multi_close(net, stream->spare_fd);
	stream->magic = 0;
	free(stream);
}

void stream_close_all(struct net *net)
{
	while (net->streams != NULL)
		stream_close(net->streams);
}
