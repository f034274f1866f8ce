/* `http`: asks a URL and hands on status, body and what it cost. The evidence is made when
 * something in it differs from what is there already, or has grown old: a healthy service answers
 * the same bytes for days. See run.h. */
#include "probe/route_list.h"

#include "base/digest.h"
#include "base/limits.h"

#define EVIDENCE_AGE_NS (60 * NS_PER_S)
#define VALUES_MAX (4 + PROBE_CERT_VALUES)

/* An answer that waits for the server's list of routes. */
struct waiting {
	struct route_list list;
	struct sample sample;
	struct sample_value values[VALUES_MAX];
	struct arena arena; /* of their strings */
	char *body;
};

struct http_probe {
	struct probe probe;
	struct http_target *target; /* NULL before the first run */
	struct http_run *run;
	struct exchange *exchange;  /* of the last answer */
	uint64_t digest;            /* of its body */
	struct mono_time made;
	struct waiting *waiting;    /* NULL until the first 404 */
	bool wants_headers;         /* an assertion reads them: evidence shows what it saw */
};

static bool may_change(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
	       strcmp(method, "PATCH") == 0 || strcmp(method, "DELETE") == 0;
}

struct http_options probe_http_options(const struct probe *probe, const char *method)
{
	const struct check *check = probe->check;
	bool own = check->type == CHECK_TYPE_HTTP && method == check->method;
	bool bare = (check->type == CHECK_TYPE_ROUTE || check->type == CHECK_TYPE_CORS) &&
		    may_change(method);

	return (struct http_options){
		.method = method,
		.url = check->url,
		.unix_path = check->unix_path,
		.headers = bare ? NULL : check->headers,
		.header_count = bare ? 0 : check->header_count,
		.auth = bare ? NULL : check_auth(check),
		.body = own ? check->body : NULL,
		.tls = check_tls(check),
		.proxy = check->proxy,
		.http2 = check->http2,
		/* A request on a kept connection that turns out dead is sent again; what may change
		 * something must not be (RFC 9110 section 9.2.2), so it never goes over one. */
		.keepalive = check->keepalive && !check->writes && !may_change(method),
		.follow = own ? check->follow : 0,
		.body_max = LIMIT_BODY,
		.spread = check->id,
		.group = probe_group(probe),
	};
}

static struct exchange *evidence(struct http_probe *http, struct http_run *run,
				 const struct http_result *result)
{
	const struct exchange *last = http->exchange;
	struct mono_time now = net_now(http->probe.prober->net);
	uint64_t digest = digest_fast(result->body, result->body_len);
	bool same = last != NULL && !http->wants_headers && result->failure == FAILURE_NONE &&
		    last->http_status == result->status && http->digest == digest &&
		    last->certificate_count == result->cert_count &&
		    (result->cert_count == 0 || strcmp(last->certificates[0].serial,
						       result->certs[0].serial) == 0) &&
		    last->body_size == result->body_size && last->reused == result->reused &&
		    now.ns - http->made.ns < EVIDENCE_AGE_NS;

	if (!same) {
		exchange_unref(http->exchange);
		http->exchange = http_evidence(run, result, probe_redactor(&http->probe));
		http->digest = digest;
		http->made = now;
	}
	return http->exchange;
}

static void add_value(struct sample *sample, struct sample_value *values, enum subject subject,
		      struct value value)
{
	values[sample->value_count++] = (struct sample_value){.subject = subject, .value = value};
}

static void on_routes(void *context)
{
	struct http_probe *http = context;
	struct waiting *waiting;
	struct arena arena;
	char *body;

	CHECK_MAGIC(&http->probe, PROBE_MAGIC);
	waiting = http->waiting;
	body = waiting->body;
	waiting->body = NULL;
	arena = waiting->arena;
	arena_init(&waiting->arena);
	if (route_list_value(&waiting->list, &waiting->values[waiting->sample.value_count]))
		waiting->sample.value_count++;
	probe_finish(&http->probe, &waiting->sample);
	free(body);
	arena_release(&arena);
}

/* A 404 is worth a look at the server's own list of routes: the answer waits for it. */
static void wait_for_routes(struct http_probe *http, const struct sample *sample,
			    const struct arena *arena)
{
	struct waiting *waiting = http->waiting;

	if (waiting == NULL) {
		waiting = http->waiting = xcalloc(1, sizeof(*waiting));
		route_list_init(&waiting->list, &http->probe);
	}
	waiting->sample = *sample;
	waiting->arena = *arena;
	memcpy(waiting->values, sample->values, sample->value_count * sizeof(*sample->values));
	waiting->sample.values = waiting->values;
	waiting->sample.body = waiting->body = xmemdup(sample->body, sample->body_len + 1);
	if (!route_list_look(&waiting->list, http->probe.deadline, on_routes, http))
		on_routes(http);
}

static void on_done(void *context, struct http_run *run, const struct http_result *result)
{
	struct http_probe *http = context;
	struct sample_value values[VALUES_MAX];
	struct strbuf message;
	struct arena arena;
	struct sample sample = {.failure = result->failure,
				.failed_phase = result->failed_phase,
				.latency_ns = result->latency_ns,
				.phases = result->phases,
				.values = values,
				.body = result->body,
				.body_len = result->body_len};

	CHECK_MAGIC(&http->probe, PROBE_MAGIC);
	http->run = NULL;
	arena_init(&arena);
	if (result->status != 0)
		add_value(&sample, values, SUBJECT_STATUS, value_number(result->status));
	sample.value_count += probe_cert_values(result->certs, result->cert_count,
						values + sample.value_count, &arena);
	if (result->failure == FAILURE_NONE) {
		add_value(&sample, values, SUBJECT_SIZE, value_number((double)result->body_size));
		add_value(&sample, values, SUBJECT_REDIRECTS, value_number(result->redirects));
	}
	if (http->wants_headers)
		sample.headers = http_headers(run, &arena, &sample.header_count);
	sample.exchange = evidence(http, run, result);
	if (route_list_wanted(result)) {
		wait_for_routes(http, &sample, &arena);
		return;
	}
	strbuf_init(&message, LIMIT_MESSAGE);
	if (result->message != NULL) {
		probe_sentence(&http->probe, result->message, &message);
		sample.message = message.data;
	}
	probe_finish(&http->probe, &sample);
	strbuf_release(&message);
	arena_release(&arena);
}

static void start(struct probe *probe)
{
	struct http_probe *http = (struct http_probe *)probe;
	const struct check *check = probe->check;

	if (http->target == NULL) {
		struct http_options options = probe_http_options(probe, check->method);
		struct strbuf err;

		strbuf_init(&err, LIMIT_MESSAGE);
		http->wants_headers = check_speaks_of(check, SUBJECT_HEADER);
		http->target = http_target_new(probe->prober->net, &options, &err);
		if (http->target == NULL)
			probe_fail_soon(probe, FAILURE_CONFIG, err.data);
		strbuf_release(&err);
		if (http->target == NULL)
			return;
	}
	http->run = http_start(http->target, probe_time_left(probe), on_done, http);
}

static void cancel(struct probe *probe)
{
	struct http_probe *http = (struct http_probe *)probe;

	if (http->run != NULL) {
		http_cancel(http->run);
		http->run = NULL;
		return;
	}
	route_list_cancel(&http->waiting->list);
	free(http->waiting->body);
	http->waiting->body = NULL;
	arena_release(&http->waiting->arena);
	arena_init(&http->waiting->arena);
}

static void rebind(struct probe *probe)
{
	struct http_probe *http = (struct http_probe *)probe;
	const struct check *check = probe->check;
	struct http_options options = probe_http_options(probe, check->method);

	http->wants_headers = check_speaks_of(check, SUBJECT_HEADER);
	if (http->target != NULL)
		http_target_rebind(http->target, &options);
	if (http->waiting != NULL)
		route_list_forget(&http->waiting->list);
}

static void release(struct probe *probe)
{
	struct http_probe *http = (struct http_probe *)probe;

	if (http->waiting != NULL) {
		route_list_release(&http->waiting->list);
		free(http->waiting->body);
		arena_release(&http->waiting->arena);
		free(http->waiting);
	}
	http_target_free(http->target);
	exchange_unref(http->exchange);
}

const struct probe_type probe_http = {
	.size = sizeof(struct http_probe),
	.start = start,
	.cancel = cancel,
	.rebind = rebind,
	.release = release,
};
