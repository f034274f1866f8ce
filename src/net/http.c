/* HTTP runs: name, transfer, redirects, result. A run is a small state machine: waiting for a name
 * (its own deadline) or in a multi (libcurl's TIMEOUT_MS); each hop gets what is left of the time.
 * Redirects are followed here, not by libcurl, so that what belongs to one origin never reaches
 * another. See http.h. */
#include "net/http.h"

#include "base/limits.h"
#include "base/socket_url.h"
#include "base/units.h"
#include "base/xalloc.h"
#include "net/failure.h"
#include "net/http_pool.h"
#include "net/inflate.h"

#define LIFETIME_S 60u
#define LIFETIME_SPREAD_S 31u

/* --- targets ------------------------------------------------------------------------------ */

static bool has_line_break(const char *text)
{
	return strpbrk(text, "\r\n") != NULL;
}

static void add_header(struct curl_slist **list, const char *name, const char *value)
{
	/* "Name;" is libcurl's way to send a header without a value. */
	char *line = xasprintf(value[0] != '\0' ? "%s: %s" : "%s;", name, value);
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer == NULL)
		BUG("out of memory");
	*list = longer;
	free(line);
}

static bool has_header(const struct http_options *options, const char *name)
{
	for (size_t i = 0; i < options->header_count; i++)
		if (strcasecmp(options->headers[i].name, name) == 0)
			return true;
	return false;
}

/* What looks like JSON is called so; of anything else nothing is said ("Name:" takes it away). */
static void add_content_type(struct http_target *target)
{
	const char *body = target->options.body;

	if (has_header(&target->options, "Content-Type"))
		return;
	if (body != NULL && (body[0] == '{' || body[0] == '['))
		add_header(&target->headers, "Content-Type", "application/json");
	else
		target->headers = curl_slist_append(target->headers, "Content-Type:");
}

static bool make_headers(struct http_target *target, struct strbuf *err)
{
	const struct http_options *options = &target->options;
	const struct auth *auth = options->auth;

	for (size_t i = 0; i < options->header_count; i++) {
		const struct name_value *header = &options->headers[i];

		if (has_line_break(header->name) || has_line_break(header->value)) {
			strbuf_addf(err, "the header %s holds a line break", header->name);
			return false;
		}
		add_header(&target->headers, header->name, header->value);
	}
	if (target->token != NULL || (auth != NULL && auth->kind == AUTH_BEARER)) {
		char *value = xasprintf("Bearer %s", target->token != NULL ? target->token
									   : auth->secret);
		bool bad = has_line_break(value);

		add_header(&target->headers, "Authorization", bad ? "" : value);
		free(value);
		if (bad) {
			strbuf_adds(err, "the bearer token holds a line break");
			return false;
		}
	}
	/* libcurl would call any body a form. */
	if (strcmp(options->method, "GET") != 0 || options->body != NULL)
		add_content_type(target);
	return true;
}

/* The host of an authority without brackets. */
static char *bare_host(const char *host)
{
	size_t len = strlen(host);

	return host[0] == '[' && len > 2 ? xstrndup(host + 1, len - 2) : xstrdup(host);
}

static bool url_part(CURLU *url, CURLUPart part, char **text)
{
	return curl_url_get(url, part, text, CURLU_DEFAULT_PORT) == CURLUE_OK;
}

/* A server_name is asked for as the host, and connected to at the real one. */
static void stand_in(struct http_target *target, CURLU *url, const char *host, const char *port)
{
	char *line = xasprintf("%s:%s:%s:%s", target->options.tls->server_name, port, host, port);
	char *text = NULL;

	curl_url_set(url, CURLUPART_HOST, target->options.tls->server_name, 0);
	if (curl_url_get(url, CURLUPART_URL, &text, 0) != CURLUE_OK)
		BUG("out of memory");
	target->own_url = xstrdup(text);
	curl_free(text);
	target->connect_to = curl_slist_append(NULL, line);
	if (!has_header(&target->options, "Host"))
		add_header(&target->headers, "Host", host);
	free(line);
}

static bool read_url(struct http_target *target, struct strbuf *err)
{
	struct net *net = target->net;
	const struct http_options *options = &target->options;
	CURLU *url = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL;
	bool good = url != NULL && curl_url_set(url, CURLUPART_URL, options->url, 0) == CURLUE_OK &&
		    url_part(url, CURLUPART_SCHEME, &scheme) && url_part(url, CURLUPART_HOST, &host) &&
		    url_part(url, CURLUPART_PORT, &port) &&
		    (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);

	if (good) {
		char *bare = bare_host(host);

		target->secure = strcmp(scheme, "https") == 0;
		target->port = (int)strtol(port, NULL, 10);
		if (options->unix_path == NULL && !http_uses_proxy(net->http, options->proxy))
			target->name = name_get(net->resolver, bare);
		if (target->secure)
			target->place = tls_place_get(net->tls, options->unix_path != NULL ? options->unix_path : bare, target->port,
				options->tls != NULL ? options->tls->server_name : NULL);
		if (target->secure && options->tls != NULL && options->tls->server_name != NULL)
			stand_in(target, url, host, port);
		free(bare);
	} else {
		strbuf_adds(err, "is no http or https URL");
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(url);
	return good;
}

/* Whether it has a multi handle of its own. */
static bool is_alone(const struct http_target *target)
{
	return target->options.http2_prior && !target->secure;
}

struct http_target *http_target_new(struct net *net, const struct http_options *options,
				    struct strbuf *err)
{
	struct http_target *target = xcalloc(1, sizeof(*target));

	target->net = net;
	target->options = *options;
	target->fresh = !options->keepalive;
	target->lifetime_s = options->renew_s != 0
				     ? options->renew_s
				     : LIFETIME_S - LIFETIME_SPREAD_S / 2 +
					       (unsigned)(options->spread % LIFETIME_SPREAD_S);
	if (!make_headers(target, err) || !read_url(target, err)) {
		http_target_free(target);
		return NULL;
	}
	if (options->auth != NULL && options->auth->kind == AUTH_OAUTH2)
		target->oauth = oauth_client_get(net->oauth, options);
	/* A plain target may be redirected to TLS. */
	target->profile = http_profile(net->http, options, target->secure || options->follow > 0);
	target->shard = is_alone(target) ? shard_take_private(net->multis)
					 : shard_of(net->multis, options->group);
	return target;
}

void http_target_rebind(struct http_target *target, const struct http_options *options)
{
	size_t group = target->options.group;

	if (target->running)
		BUG("a target is rebound while it is asked");
	target->options = *options;
	target->options.group = group;
}

void http_target_free(struct http_target *target)
{
	if (target == NULL)
		return;
	if (target->running)
		BUG("a target is freed while it is asked");
	if (target->profile != NULL)
		http_profile_unref(target->net->http, target->profile);
	if (target->shard != NULL && is_alone(target))
		shard_give_back(target->net->multis, target->shard);
	name_unref(target->name);
	tls_place_unref(target->place);
	oauth_client_unref(target->oauth);
	if (target->token != NULL)
		explicit_bzero(target->token, strlen(target->token));
	free(target->token);
	curl_slist_free_all(target->headers);
	curl_slist_free_all(target->connect_to);
	free(target->own_url);
	free(target);
}

/* --- results ------------------------------------------------------------------------------ */

static int64_t since(curl_off_t later_us, curl_off_t earlier_us)
{
	return later_us > earlier_us ? (later_us - earlier_us) * NS_PER_US : 0;
}

static curl_off_t info_time(CURL *easy, CURLINFO info)
{
	curl_off_t us = 0;

	curl_easy_getinfo(easy, info, &us);
	return us;
}

static void read_phases(const struct http_run *run, struct http_result *result)
{
	CURL *easy = run->easy;
	curl_off_t name = info_time(easy, CURLINFO_NAMELOOKUP_TIME_T);
	curl_off_t connect = info_time(easy, CURLINFO_CONNECT_TIME_T);
	curl_off_t tls = info_time(easy, CURLINFO_APPCONNECT_TIME_T);
	curl_off_t sent = info_time(easy, CURLINFO_PRETRANSFER_TIME_T);
	curl_off_t first = info_time(easy, CURLINFO_STARTTRANSFER_TIME_T);
	curl_off_t total = info_time(easy, CURLINFO_TOTAL_TIME_T);
	long connects = 0;
	int64_t *ns = result->phases.ns;

	curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
	result->reused = sent > 0 && connects == 0;
	if (run->dns_ns >= 0)
		ns[PHASE_DNS] = run->dns_ns;
	else if (!result->reused && name > 0 && run->target->options.unix_path == NULL)
		ns[PHASE_DNS] = name * NS_PER_US;
	if (!result->reused && connect > 0)
		ns[PHASE_CONNECT] = since(connect, name);
	if (!result->reused && tls > 0)
		ns[PHASE_TLS] = since(tls, connect);
	if (first > 0)
		ns[PHASE_WAIT] = since(first, sent);
	if (first > 0)
		ns[PHASE_RECEIVE] = since(total, first);
}

static void forget_hops(struct http_run *run)
{
	curl_slist_free_all(run->resolve);
	run->resolve = NULL;
	free(run->hop_url);
	run->hop_url = NULL;
	name_unref(run->hop_name);
	run->hop_name = NULL;
}

/* The target is free before the caller hears of it, so that it may be asked again at once. */
static void finish(struct http_run *run, struct http_result *result)
{
	struct http_target *target = run->target;
	struct net *net = target->net;

	result->redirects = run->redirects;
	result->secure = run->secure;
	if (run->hop_url == NULL && target->place != NULL) {
		const struct cert_chain *chain = tls_place_chain(target->place);

		result->certs = chain != NULL ? chain->at : NULL;
		result->cert_count = chain != NULL ? chain->count : 0;
		result->tls_version = tls_place_version(target->place);
	}
	result->latency_ns = net_now(net).ns - run->began.ns;
	if (result->failure != FAILURE_NONE) {
		result->message = run->message.data;
		name_expire(target->name);
	}
	/* A connection that failed once is not trusted with the next question. */
	target->fresh = result->failure != FAILURE_NONE || !target->options.keepalive;
	target->running = false;
	net->stats.exchanges++;
	run->done(run->context, run, result);
	forget_hops(run);
	http_pool_give_back(net->http, run);
}

static const char *shown_host(struct http_run *run, char *buffer, size_t size)
{
	CURLU *url = curl_url();
	char *host = NULL;

	if (run->target->options.unix_path != NULL) {
		(void)snprintf(buffer, size, "unix:%s", run->target->options.unix_path);
		curl_url_cleanup(url);
		return buffer;
	}
	(void)snprintf(buffer, size, "the server");
	if (url != NULL && curl_url_set(url, CURLUPART_URL, run->url, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK)
		(void)snprintf(buffer, size, "%s:%d", host, run->port);
	curl_free(host);
	curl_url_cleanup(url);
	return buffer;
}

static void fail_lookup(struct http_run *run, int eai, int os_error)
{
	struct http_result result = {.phases = phases_unmeasured()};
	const struct name *name = run->hop_url != NULL ? run->hop_name : run->target->name;
	struct failure_found found =
		failure_explain_lookup(name->host, eai, os_error, run->timeout_ns, &run->message);

	result.failure = found.failure;
	result.failed_phase = found.phase;
	finish(run, &result);
}

static bool asks_proxy(const struct http_run *run)
{
	const struct http_options *options = &run->target->options;

	return options->unix_path == NULL && http_uses_proxy(run->target->net->http, options->proxy);
}

/* A proxy that wants credentials answers a plain request itself. */
static void fail_proxy(struct http_run *run, struct http_result *result)
{
	failure_show_proxy(run->target->options.proxy, &run->message);
	strbuf_adds(&run->message, " " FAILURE_PROXY_WANTS);
	result->failure = FAILURE_PROXY;
	result->failed_phase = PHASE_RECEIVE;
}

static void fail_transfer(struct http_run *run, CURLcode code, struct http_result *result)
{
	const struct http_options *options = &run->target->options;
	char host[300];
	struct strbuf proxy;
	struct failure_facts facts = {.easy = run->easy, .code = code, .owner = &run->owner,
		.error = run->error, .host = shown_host(run, host, sizeof(host)),
		.secure = run->secure, .timeout_ns = run->timeout_ns, .body_came = run->body_came};
	struct failure_found found;

	if (options->unix_path != NULL)
		facts.server_name = options->tls != NULL && options->tls->server_name != NULL
					    ? options->tls->server_name
					    : SOCKET_HOST;
	strbuf_init(&proxy, 300);
	if (asks_proxy(run)) {
		failure_show_proxy(run->target->options.proxy, &proxy);
		facts.proxy = proxy.data;
	}
	found = failure_explain(&facts, &run->message);
	result->failure = found.failure;
	result->failed_phase = found.phase;
	strbuf_release(&proxy);
}

/* --- one hop ------------------------------------------------------------------------------ */

static void begin_transfer(struct http_run *run)
{
	struct http_target *target = run->target;
	struct name *name = run->hop_url != NULL ? run->hop_name : target->name;

	curl_slist_free_all(run->resolve);
	run->resolve = NULL;
	if (name != NULL && (run->hop_url != NULL || target->name_generation != name->generation)) {
		char *line = xasprintf("%s:%d:%s", name->host, run->port, name->addresses);

		run->resolve = curl_slist_append(NULL, line);
		free(line);
		if (run->hop_url == NULL)
			target->name_generation = name->generation;
	}
	http_apply(run);
	run->started = run->asked = true;
	shard_start(target->shard, &run->owner, run->easy);
}

static void on_name(void *context)
{
	struct http_run *run = context;
	const struct name *name;

	CHECK_MAGIC(run, RUN_MAGIC);
	name = run->hop_url != NULL ? run->hop_name : run->target->name;
	net_timer_stop(&run->timer);
	run->dns_ns += net_now(run->target->net).ns;
	if (name->error != 0)
		fail_lookup(run, name->error, name->os_error);
	else
		begin_transfer(run);
}

static void on_deadline(void *context)
{
	struct http_run *run = context;

	CHECK_MAGIC(run, RUN_MAGIC);
	lookup_cancel(&run->lookup);
	fail_lookup(run, 0, 0);
}

static void begin_hop(struct http_run *run, struct name *name)
{
	struct mono_time now = net_now(run->target->net);

	run->started = run->headers_ended = false;
	run->dns_ns = -1;
	run->body_came = 0;
	strbuf_reset(&run->head);
	strbuf_reset(&run->body);
	if (name == NULL || name_fresh(name, now)) {
		begin_transfer(run);
		return;
	}
	run->dns_ns = -now.ns;
	net_timer_init(&run->timer, run->target->net, on_deadline, run);
	net_timer_set(&run->timer, run->deadline);
	lookup_start(&run->lookup, name, on_name, run);
}

/* --- redirects ---------------------------------------------------------------------------- */

struct location {
	char *url;
	char *host; /* bare */
	int port;
	bool secure;
	bool foreign;
};

static bool read_location(const struct http_run *run, const char *text, struct location *location)
{
	CURLU *to = curl_url(), *from = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL, *old_host = NULL;
	bool good = to != NULL && from != NULL &&
		    curl_url_set(to, CURLUPART_URL, text, 0) == CURLUE_OK &&
		    curl_url_set(from, CURLUPART_URL, run->target->options.url, 0) == CURLUE_OK &&
		    url_part(to, CURLUPART_SCHEME, &scheme) && url_part(to, CURLUPART_HOST, &host) &&
		    url_part(to, CURLUPART_PORT, &port) && url_part(from, CURLUPART_HOST, &old_host) &&
		    (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);

	if (good) {
		location->secure = strcmp(scheme, "https") == 0;
		location->port = (int)strtol(port, NULL, 10);
		location->host = bare_host(host);
		location->url = xstrdup(text);
		location->foreign = strcasecmp(host, old_host) != 0 ||
				    location->port != run->target->port ||
				    location->secure != run->target->secure;
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(old_host);
	curl_url_cleanup(to);
	curl_url_cleanup(from);
	return good;
}

/* RFC 9110 section 15.4: 303 asks again by GET, 301 and 302 do so for POST by custom. */
static bool becomes_get(const char *method, int status)
{
	return (status == 303 && strcmp(method, "HEAD") != 0) ||
	       ((status == 301 || status == 302) && strcmp(method, "POST") == 0);
}

/* Starts the next hop where the answer leads to one that may be taken; false: this is the answer.
 * Never from https to http, never from a unix socket to another host, and a body never to another
 * origin. */
static bool follow(struct http_run *run, int status, struct http_result *result)
{
	const struct http_options *options = &run->target->options;
	struct location location = {0};
	char *text = NULL;
	bool as_get = run->as_get || becomes_get(options->method, status);

	curl_easy_getinfo(run->easy, CURLINFO_REDIRECT_URL, &text);
	if (text == NULL || options->follow == 0)
		return false;
	if (run->redirects == options->follow) {
		strbuf_addf(&run->message, "redirected more than %d times, at last to %s",
			    options->follow, text);
		result->failure = FAILURE_REDIRECTS;
		result->failed_phase = PHASE_RECEIVE;
		return false;
	}
	if (!read_location(run, text, &location) || (run->secure && !location.secure) ||
	    (location.foreign && (options->unix_path != NULL || (options->body != NULL && !as_get)))) {
		free(location.url);
		free(location.host);
		return false;
	}
	run->redirects++;
	run->anew = false;
	run->as_get = as_get;
	run->foreign = location.foreign;
	run->secure = location.secure;
	run->port = location.port;
	free(run->hop_url);
	run->url = run->hop_url = location.url;
	name_unref(run->hop_name);
	run->hop_name = NULL;
	if (options->unix_path == NULL && !asks_proxy(run))
		run->hop_name = name_get(run->target->net->resolver, location.host);
	free(location.host);
	begin_hop(run, run->hop_name);
	return true;
}

/* --- tokens ------------------------------------------------------------------------------- */

/* Puts the client's present token into the headers; false where there is none. */
static bool use_token(struct http_target *target)
{
	const char *token = oauth_token(target->oauth);
	struct strbuf err;

	if (token == NULL)
		return false;
	if (target->token != NULL && strcmp(target->token, token) == 0)
		return true;
	free(target->token);
	target->token = xstrdup(token);
	curl_slist_free_all(target->headers);
	target->headers = NULL;
	strbuf_init(&err, 0);
	/* It worked with these headers before, and the token is one that a header can hold. */
	if (!make_headers(target, &err))
		BUG("headers that were sound are not");
	strbuf_release(&err);
	return true;
}

static void fail_token(struct http_run *run, enum failure failure, const char *said)
{
	struct http_result result = {.failure = failure, .failed_phase = PHASE_NONE,
				     .phases = phases_unmeasured()};

	strbuf_adds(&run->message, said);
	finish(run, &result);
}

static void on_token(void *context, enum failure failure, const char *said)
{
	struct http_run *run = context;

	CHECK_MAGIC(run, RUN_MAGIC);
	run->token_new = true;
	if (failure == FAILURE_NONE && use_token(run->target))
		begin_hop(run, run->target->name);
	else
		fail_token(run, failure != FAILURE_NONE ? failure : FAILURE_TOKEN,
			   said != NULL ? said : "got a token that had ended already");
}

/* From the first hop on, once there is a token where one is needed. */
static void begin_run(struct http_run *run)
{
	struct http_target *target = run->target;

	run->url = target->own_url != NULL ? target->own_url : target->options.url;
	run->foreign = run->as_get = run->started = run->anew = false;
	run->secure = target->secure;
	run->port = target->port;
	run->redirects = 0;
	if (target->oauth == NULL || use_token(target)) {
		begin_hop(run, target->name);
		return;
	}
	run->token_wait.done = on_token;
	run->token_wait.context = run;
	oauth_wait_start(&run->token_wait, target->oauth, run->deadline, run->timeout_ns);
}

/* 401, or what gRPC says in its place (UNAUTHENTICATED). */
static bool refuses_token(const struct http_run *run, long status)
{
	struct strbuf text;
	bool refuses = status == 401;

	if (run->target->oauth == NULL || refuses)
		return refuses;
	strbuf_init(&text, 40);
	refuses = http_header(run, "grpc-status", &text) && strcmp(text.data, "16") == 0;
	strbuf_release(&text);
	return refuses;
}

/* A token that was got earlier and is refused now may have been revoked: the question is put once more
 * with another one. */
static bool ask_anew(struct http_run *run)
{
	struct http_target *target = run->target;

	if (target->oauth == NULL || run->foreign || run->token_new || target->token == NULL ||
	    run->deadline.ns <= net_now(target->net).ns ||
	    !oauth_refused(target->oauth, target->token))
		return false;
	run->token_new = true;
	forget_hops(run);
	begin_run(run);
	return true;
}

/* A kept connection that ends under the next question before a byte has come says nothing of the
 * server: the question is put once more on a new one. libcurl does so too, until it met five such
 * in a row, which it counts over all transfers of a handle (7.88, Curl_retry_request). */
static bool ask_on_new_connection(struct http_run *run, CURLcode code, long connects)
{
	long head = 0;

	curl_easy_getinfo(run->easy, CURLINFO_HEADER_SIZE, &head);
	if ((code != CURLE_RECV_ERROR && code != CURLE_SEND_ERROR && code != CURLE_GOT_NOTHING) ||
	    connects != 0 || run->anew || head != 0 || run->body_came != 0 ||
	    run->deadline.ns <= net_now(run->target->net).ns)
		return false;
	run->anew = true;
	begin_hop(run, run->hop_url != NULL ? run->hop_name : run->target->name);
	return true;
}

/* A body in a coding becomes what it stands for; `body_size` stays what came. */
static void undo_coding(struct http_run *run, struct http_result *result)
{
	struct strbuf coding, plain;
	enum inflated inflated = INFLATED_NOTHING;

	strbuf_init(&coding, 100);
	strbuf_init(&plain, run->body.max);
	if (run->body.len != 0 && result->failure == FAILURE_NONE &&
	    http_header(run, "Content-Encoding", &coding))
		inflated = inflate_body(coding.data, run->body.data, run->body.len, &plain);
	if (inflated == INFLATED_BROKEN || (inflated == INFLATED_PART && !plain.truncated && !result->body_cut)) {
		strbuf_addf(&run->message, "answered %d with a body that is %s %s, which its Content-Encoding says",
			    result->status, inflated == INFLATED_BROKEN ? "no" : "not the whole of a",
			    coding.data);
		result->failure = FAILURE_PROTOCOL;
		result->failed_phase = PHASE_RECEIVE;
	} else if (inflated != INFLATED_NOTHING) {
		result->body_cut |= plain.truncated;
		strbuf_release(&run->body);
		run->body = plain;
		strbuf_init(&plain, 0);
	}
	result->body = run->body.data;
	result->body_len = run->body.len;
	strbuf_release(&coding);
	strbuf_release(&plain);
}

static void on_done(struct owner *owner, CURLcode code)
{
	struct http_run *run = (struct http_run *)owner;
	struct http_target *target = run->target;
	struct http_result result = {.failed_phase = PHASE_NONE, .phases = phases_unmeasured()};
	bool cut = run->body.truncated;
	long status = 0, connects = 0;
	curl_off_t announced = -1;

	shard_end(target->shard, owner, run->easy);
	run->started = false;
	curl_easy_getinfo(run->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(run->easy, CURLINFO_NUM_CONNECTS, &connects);
	target->net->stats.connects += (uint64_t)connects;
	if (ask_on_new_connection(run, code, connects))
		return;
	if (code == CURLE_WRITE_ERROR && cut)
		code = CURLE_OK;
	if (code == CURLE_OK && !run->headers_ended)
		code = CURLE_PARTIAL_FILE;
	if (code == CURLE_OK && status >= 300 && status < 400 && follow(run, (int)status, &result))
		return;
	if (code == CURLE_OK && refuses_token(run, status) && ask_anew(run))
		return;
	read_phases(run, &result);
	target->net->stats.reused += result.reused ? 1 : 0;
	if (code != CURLE_OK)
		fail_transfer(run, code, &result);
	else if (status == 407 && !run->secure && asks_proxy(run))
		fail_proxy(run, &result);
	result.status = (int)status;
	result.body_cut = cut;
	undo_coding(run, &result);
	if (cut)
		curl_easy_getinfo(run->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
	result.body_size = announced > 0 ? (uint64_t)announced : run->body_came;
	finish(run, &result);
}

struct http_run *http_start(struct http_target *target, int64_t timeout_ns,
			    void (*done)(void *context, struct http_run *run,
					 const struct http_result *result),
			    void *context)
{
	struct http_run *run = http_pool_take(target->net->http);

	if (target->running)
		BUG("a target is asked twice at once");
	target->running = true;
	run->owner.done = on_done;
	run->target = target;
	run->done = done;
	run->context = context;
	run->asked = run->token_new = false;
	run->began = net_now(target->net);
	run->deadline.ns = run->began.ns + timeout_ns;
	run->timeout_ns = timeout_ns;
	run->body.max = target->options.body_max;
	strbuf_reset(&run->message);
	begin_run(run);
	return run;
}

void http_cancel(struct http_run *run)
{
	struct http_target *target = run->target;

	CHECK_MAGIC(run, RUN_MAGIC);
	if (run->started)
		shard_end(target->shard, &run->owner, run->easy);
	else {
		oauth_wait_stop(&run->token_wait);
		lookup_cancel(&run->lookup);
		net_timer_stop(&run->timer);
	}
	forget_hops(run);
	target->fresh = true;
	target->running = false;
	http_pool_give_back(target->net->http, run);
}
