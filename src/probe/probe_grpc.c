/* `grpc`: one call of grpc.health.v1.Health/Check. Plain connections speak HTTP/2 at once and are made
 * anew each run; over TLS, ALPN chooses and the connection is kept. What a server or a proxy in front of
 * it says in place of an answer has its own sentence. See run.h, grpc_wire.h. */
#include "probe/run.h"

#include "base/limits.h"
#include "base/socket_url.h"
#include "base/units.h"
#include "probe/grpc_look.h"
#include "probe/grpc_wire.h"

#define METHOD_PATH "/grpc.health.v1.Health/Check"
#define ANSWER_MOST 8192
#define HEADERS_MOST 64
#define VALUES_MAX (2 + PROBE_CERT_VALUES)
#define SHOWN_MOST 200
#define FIRST_SHOWN 40

struct grpc_probe {
	struct probe probe;
	struct http_target *target; /* NULL before the first run */
	struct http_run *run;
	struct grpc_look *look;     /* behind an end without an answer */
	struct {                    /* that end; the message is owned */
		enum failure failure;
		int64_t latency_ns;
		struct phases phases;
		char *message;
	} lost;
	struct exchange *exchange;  /* of the last answer */
	struct strbuf request;
	char *url;
	struct name_value headers[HEADERS_MOST];
};

/* What is said of one answer. */
struct grpc_answer {
	struct sample sample;
	struct sample_value values[VALUES_MAX];
	struct strbuf message;  /* for probe_sentence() */
	struct strbuf details;  /* grpc-message */
};

static void add_value(struct grpc_answer *answer, enum subject subject, struct value value)
{
	answer->values[answer->sample.value_count++] =
		(struct sample_value){.subject = subject, .value = value};
}

static const char *service_of(const struct grpc_probe *grpc)
{
	return check_text(grpc->probe.check, CHECK_KEY_SERVICE, "");
}

static void refuse(struct grpc_answer *answer, enum failure failure)
{
	answer->sample.failure = failure;
	answer->sample.failed_phase = PHASE_RECEIVE;
}

/* As refuse(), by a status of gRPC's own. */
static void refuse_status(struct grpc_answer *answer, enum failure failure)
{
	refuse(answer, failure);
	answer->sample.refused = true;
	answer->sample.refused_as = SUBJECT_GRPC_STATUS;
}

/* --- what came ------------------------------------------------------------------------------ */

static void add_details(const struct grpc_probe *grpc, struct grpc_answer *answer)
{
	if (answer->details.len == 0)
		return;
	strbuf_adds(&answer->message, ": ");
	redact_quote(probe_redactor(&grpc->probe), &answer->message, answer->details.data,
		     answer->details.len, SHOWN_MOST);
}

/* An error of gRPC in place of a message. */
static void read_error(const struct grpc_probe *grpc, int status, struct grpc_answer *answer)
{
	const char *name = grpc_status_name(status);
	const char *service = service_of(grpc);
	struct strbuf *out = &answer->message;

	switch (status) {
	case GRPC_NOT_FOUND:
		add_value(answer, SUBJECT_HEALTH, value_string("SERVICE_UNKNOWN"));
		strbuf_addf(out, "does not know the service \"%s\" (NOT_FOUND): its health service was "
				 "told of other names", service);
		return;
	case GRPC_UNIMPLEMENTED:
		refuse_status(answer, FAILURE_SERVER);
		strbuf_adds(out, "serves no health service (UNIMPLEMENTED): register grpc.health.v1 in "
				 "the server");
		return;
	case GRPC_UNAUTHENTICATED:
	case GRPC_PERMISSION_DENIED:
		refuse_status(answer, FAILURE_CREDENTIALS);
		strbuf_addf(out, "%s (%s), check auth of this service",
			    check_auth(grpc->probe.check)->kind == AUTH_NONE ? "wants credentials"
								       : "refuses the credentials",
			    name);
		break;
	default:
		refuse_status(answer, FAILURE_SERVER);
		strbuf_addf(out, "answers with the error %s (%d)", name != NULL ? name : "of number", status);
		break;
	}
	add_details(grpc, answer);
}

static void read_message(const struct grpc_probe *grpc, const struct http_result *result,
			 struct grpc_answer *answer)
{
	const char *fault;
	int serving = grpc_health_read(result->body, result->body_len, &fault);
	const char *name = grpc_serving_name(serving);
	const char *service = service_of(grpc);

	if (serving < 0) {
		refuse(answer, FAILURE_PROTOCOL);
		strbuf_addf(&answer->message, "answered OK with no HealthCheckResponse: %s", fault);
		return;
	}
	add_value(answer, SUBJECT_HEALTH, value_string(name != NULL ? name : "UNKNOWN"));
	if (serving != 1)
		strbuf_addf(&answer->message, "says %s of %s%s%s", name != NULL ? name : "UNKNOWN",
			    service[0] != '\0' ? "the service \"" : "the server as a whole", service,
			    service[0] != '\0' ? "\"" : "");
}

/* No grpc-status came: what speaks there is no gRPC server, or something in front of it. */
static void read_http(const struct http_result *result, const struct exchange *exchange,
		      struct grpc_answer *answer)
{
	struct strbuf *out = &answer->message;
	const char *server = exchange_header(exchange, "server");
	bool old = exchange->http_version != NULL && exchange->http_version[0] == '1';

	refuse(answer, result->status == 401 || result->status == 403 ? FAILURE_CREDENTIALS
			: result->status >= 500			       ? FAILURE_SERVER
								       : FAILURE_PROTOCOL);
	strbuf_addf(out, "answered HTTP/%s %d without grpc-status%s%s",
		    exchange->http_version != NULL ? exchange->http_version : "?", result->status,
		    server != NULL ? ", as " : "", server != NULL ? server : "");
	if (old)
		strbuf_adds(out, ": that port does not offer HTTP/2, which gRPC needs");
	else if (result->status >= 502 && result->status <= 504)
		strbuf_adds(out, ": a proxy does not reach the gRPC server behind it");
	else if (result->status == 404)
		strbuf_adds(out, ": no gRPC service has this path; does a proxy route it (" METHOD_PATH ")?");
	else if (result->status == 200)
		strbuf_adds(out, ": the call was cut off, or that is a web server");
}

/* "127.0.0.1:50051 closed the connection …": the sentence names the target already. */
static const char *without_target(const struct check *check, const char *message)
{
	size_t len = strlen(check->target);

	return strncmp(message, check->target, len) == 0 && message[len] == ' ' ? message + len + 1 : message;
}

/* Where only a second look tells what speaks at that port. */
static bool is_unclear(const struct grpc_probe *grpc, const struct http_result *result)
{
	return !grpc->probe.check->secure && result->status == 0 &&
	       (result->failure == FAILURE_PROTOCOL || result->failure == FAILURE_CLOSED ||
		result->failure == FAILURE_RESET);
}

/* libcurl takes the preface of HTTP/2 for the answer's beginning: without a status, none has begun. */
static void read_failure(const struct grpc_probe *grpc, const struct http_result *result,
			 struct grpc_answer *answer)
{
	struct strbuf *out = &answer->message;

	answer->sample.failure = result->failure;
	answer->sample.failed_phase = result->failed_phase;
	if (result->failure == FAILURE_TIMEOUT && result->failed_phase == PHASE_RECEIVE &&
	    result->status == 0) {
		answer->sample.failed_phase = PHASE_WAIT;
		strbuf_adds(out, "timed out after ");
		duration_format(out, grpc->probe.check->timeout_ns);
		strbuf_adds(out, " in phase wait: Health/Check got no answer; the server accepts but hangs");
	} else {
		strbuf_adds(out, without_target(grpc->probe.check, result->message));
	}
}

static void add_port(const struct grpc_probe *grpc, enum grpc_port port, const char *bytes, size_t len,
		     struct strbuf *out)
{
	const struct redactor *redactor = probe_redactor(&grpc->probe);
	size_t line = 0;

	switch (port) {
	case GRPC_PORT_UNKNOWN:
		strbuf_adds(out, grpc->lost.message);
		break;
	case GRPC_PORT_CLOSES:
		strbuf_addf(out, "%s; it says nothing to a client of HTTP/2: does it want TLS (grpcs:// or "
				 "tls: true)?", grpc->lost.message);
		break;
	case GRPC_PORT_HTTP2:
		strbuf_adds(out, "speaks HTTP/2, and broke off before it answered the call; see the server's "
				 "log");
		break;
	case GRPC_PORT_TLS:
		strbuf_adds(out, "does not speak HTTP/2 there without TLS: say grpcs:// or tls: true");
		break;
	case GRPC_PORT_HTTP1:
	case GRPC_PORT_OTHER:
		while (line < len && bytes[line] != '\r' && bytes[line] != '\n')
			line++;
		strbuf_adds(out, "does not speak HTTP/2 there: it answers \"");
		redact_quote(redactor, out, bytes, line != 0 ? line : len, FIRST_SHOWN);
		strbuf_adds(out, port == GRPC_PORT_HTTP1 ? "\", as an HTTP/1.1 server does"
							 : "\"; another service uses that port");
		break;
	}
}

static void make_evidence(struct grpc_probe *grpc, const struct http_run *run,
			  const struct http_result *result)
{
	struct http_result shown = *result;
	const char *fault;
	const char *name;

	/* A message of protobuf is shown by what it says. */
	if (result->failure == FAILURE_NONE && result->status == 200 && result->body_len != 0) {
		name = grpc_serving_name(grpc_health_read(result->body, result->body_len, &fault));
		if (name != NULL) {
			shown.body = name;
			shown.body_len = strlen(name);
		}
	}
	exchange_unref(grpc->exchange);
	grpc->exchange = http_evidence(run, &shown, probe_redactor(&grpc->probe));
}

static void read_answer(struct grpc_probe *grpc, const struct http_run *run,
			const struct http_result *result, struct grpc_answer *answer)
{
	struct strbuf text;
	int status;

	strbuf_init(&text, PROBE_RAW);
	if (result->failure != FAILURE_NONE) {
		read_failure(grpc, result, answer);
	} else if (!http_header(run, "grpc-status", &text)) {
		read_http(result, grpc->exchange, answer);
	} else {
		status = grpc_status_read(text.data);
		strbuf_reset(&text);
		if (http_header(run, "grpc-message", &text))
			grpc_message_decode(&answer->details, text.data, text.len);
		if (status >= 0)
			add_value(answer, SUBJECT_GRPC_STATUS, value_number(status));
		if (status == GRPC_OK)
			read_message(grpc, result, answer);
		else
			read_error(grpc, status, answer);
	}
	strbuf_release(&text);
}

static void keep_lost(struct grpc_probe *grpc, const struct http_result *result)
{
	bool closed = result->failure == FAILURE_CLOSED;

	grpc->lost.failure = result->failure;
	grpc->lost.latency_ns = result->latency_ns;
	grpc->lost.phases = result->phases;
	free(grpc->lost.message);
	if (closed || result->failure == FAILURE_RESET)
		grpc->lost.message = xasprintf("%s the connection before it answered the call",
					       closed ? "closed" : "reset");
	else
		grpc->lost.message =
			xstrdup(without_target(grpc->probe.check, result->message));
}

static void on_looked(struct probe *probe, enum grpc_port port, const char *bytes, size_t len)
{
	struct grpc_probe *grpc = (struct grpc_probe *)probe;
	struct sample sample = {.failure = grpc->lost.failure, .failed_phase = PHASE_WAIT,
				.latency_ns = grpc->lost.latency_ns, .phases = grpc->lost.phases,
				.exchange = grpc->exchange};
	struct strbuf rest, sentence;

	grpc->look = NULL;
	if (port == GRPC_PORT_HTTP2 && sample.failure == FAILURE_PROTOCOL)
		sample.failure = FAILURE_CLOSED;
	else if (port == GRPC_PORT_TLS || port == GRPC_PORT_HTTP1 || port == GRPC_PORT_OTHER)
		sample.failure = FAILURE_PROTOCOL;
	strbuf_init(&rest, PROBE_RAW);
	strbuf_init(&sentence, LIMIT_MESSAGE);
	add_port(grpc, port, bytes, len, &rest);
	probe_sentence(probe, rest.data, &sentence);
	sample.message = sentence.data;
	strbuf_release(&rest);
	probe_finish(probe, &sample);
	strbuf_release(&sentence);
}

static void on_done(void *context, struct http_run *run, const struct http_result *result)
{
	struct grpc_probe *grpc = context;
	struct grpc_answer answer = {.sample = {.failed_phase = PHASE_NONE,
						.latency_ns = result->latency_ns,
						.phases = result->phases}};
	struct strbuf sentence;
	struct arena arena;

	CHECK_MAGIC(&grpc->probe, PROBE_MAGIC);
	grpc->run = NULL;
	make_evidence(grpc, run, result);
	if (is_unclear(grpc, result)) {
		keep_lost(grpc, result);
		grpc->look = grpc_look_start(&grpc->probe, on_looked);
		return;
	}
	arena_init(&arena);
	strbuf_init(&answer.message, PROBE_RAW);
	strbuf_init(&answer.details, PROBE_RAW);
	strbuf_init(&sentence, LIMIT_MESSAGE);
	answer.sample.value_count = probe_cert_values(result->certs, result->cert_count, answer.values, &arena);
	read_answer(grpc, run, result, &answer);
	if (answer.message.len != 0) {
		probe_sentence(&grpc->probe, answer.message.data, &sentence);
		answer.sample.message = sentence.data;
	}
	answer.sample.values = answer.values;
	answer.sample.exchange = grpc->exchange;
	strbuf_release(&answer.message);
	strbuf_release(&answer.details);
	probe_finish(&grpc->probe, &answer.sample);
	arena_release(&arena);
	strbuf_release(&sentence);
}

/* --- life ----------------------------------------------------------------------------------- */

/* The check's headers are metadata; the last two are the protocol's. */
static struct http_options options_of(struct grpc_probe *grpc)
{
	const struct check *check = grpc->probe.check;
	size_t count = check->header_count < HEADERS_MOST - 2 ? check->header_count : HEADERS_MOST - 2;

	for (size_t i = 0; i < count; i++)
		grpc->headers[i] = check->headers[i];
	grpc->headers[count++] = (struct name_value){"Content-Type", "application/grpc"};
	grpc->headers[count++] = (struct name_value){"TE", "trailers"};
	return (struct http_options){
		.method = "POST",
		.url = grpc->url,
		.unix_path = check->unix_path,
		.headers = grpc->headers,
		.header_count = count,
		.auth = check_auth(check),
		.body = grpc->request.data,
		.body_len = grpc->request.len,
		.tls = check_tls(check),
		/* A proxy of the environment is for the web. */
		.proxy = check->proxy != NULL ? check->proxy : "",
		.proxy_of_web = check->proxy == NULL,
		.http2 = check->secure,
		.http2_prior = !check->secure,
		.keepalive = check->secure,
		.body_max = ANSWER_MOST,
		.spread = check->id,
		.group = probe_group(&grpc->probe),
	};
}

/* Over a unix socket the server is "localhost", to it and to its certificate. */
static char *url_of(const struct check *check)
{
	const char *scheme = check->secure ? "https" : "http";

	if (check->unix_path != NULL)
		return xasprintf("%s://" SOCKET_HOST METHOD_PATH, scheme);
	return xasprintf(strchr(check->host, ':') != NULL ? "%s://[%s]:%d" METHOD_PATH
							   : "%s://%s:%d" METHOD_PATH,
			 scheme, check->host, check->port);
}

static bool make_target(struct grpc_probe *grpc)
{
	const struct check *check = grpc->probe.check;
	const char *service = service_of(grpc);
	struct http_options options;
	struct strbuf err;

	grpc->url = url_of(check);
	strbuf_init(&grpc->request, strlen(service) + 32);
	grpc_health_request(&grpc->request, service);
	options = options_of(grpc);
	strbuf_init(&err, LIMIT_MESSAGE);
	grpc->target = http_target_new(grpc->probe.prober->net, &options, &err);
	if (grpc->target == NULL)
		probe_fail_soon(&grpc->probe, FAILURE_CONFIG, err.data);
	strbuf_release(&err);
	return grpc->target != NULL;
}

static void forget(struct grpc_probe *grpc)
{
	strbuf_release(&grpc->request);
	free(grpc->url);
	grpc->url = NULL;
}

static void start(struct probe *probe)
{
	struct grpc_probe *grpc = (struct grpc_probe *)probe;

	if (grpc->target == NULL && !make_target(grpc)) {
		forget(grpc);
		return;
	}
	grpc->run = http_start(grpc->target, probe_time_left(probe), on_done, grpc);
}

static void cancel(struct probe *probe)
{
	struct grpc_probe *grpc = (struct grpc_probe *)probe;

	http_cancel(grpc->run);
	grpc_look_cancel(grpc->look);
	grpc->run = NULL;
	grpc->look = NULL;
}

static void rebind(struct probe *probe)
{
	struct grpc_probe *grpc = (struct grpc_probe *)probe;
	struct http_options options;

	if (grpc->target == NULL)
		return;
	options = options_of(grpc);
	http_target_rebind(grpc->target, &options);
}

static void release(struct probe *probe)
{
	struct grpc_probe *grpc = (struct grpc_probe *)probe;

	grpc_look_cancel(grpc->look);
	http_target_free(grpc->target);
	free(grpc->lost.message);
	forget(grpc);
	exchange_unref(grpc->exchange);
}

const struct probe_type probe_grpc = {
	.size = sizeof(struct grpc_probe),
	.start = start,
	.cancel = cancel,
	.rebind = rebind,
	.release = release,
};
