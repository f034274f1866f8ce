/* `tcp`: opens a connection and closes it; `tls`: does the handshake too and looks at the
 * certificate. Not a byte is sent to the service behind. See run.h. */
#include "probe/run.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "net/stream.h"

struct stream_probe {
	struct probe probe;
	struct stream *stream;     /* while it is being opened */
	struct exchange *exchange; /* of the last run */
};

static char *request_of(const struct probe *probe)
{
	const struct check *check = probe->check;
	const struct redactor *redactor = probe_redactor(probe);
	struct strbuf shown, out;

	strbuf_init(&shown, LIMIT_MESSAGE);
	strbuf_init(&out, LIMIT_MESSAGE);
	strbuf_addf(&shown, "%s %s", check_type_info(check->type)->name, check->target);
	if (check->type == CHECK_TYPE_TLS && check_tls(check)->server_name != NULL)
		strbuf_addf(&shown, " as %s", check_tls(check)->server_name);
	if (redactor != NULL && !redactor_empty(redactor)) {
		struct strbuf clear = shown;

		strbuf_init(&shown, LIMIT_MESSAGE);
		redact(redactor, &shown, clear.data, clear.len);
		strbuf_release(&clear);
	}
	scrub(&out, shown.data, shown.len, SCRUB_LINE);
	strbuf_release(&shown);
	return strbuf_detach(&out);
}

/* The same evidence as before is handed on as it is; a healthy port looks the same for days. */
static struct exchange *evidence(struct stream_probe *probe, const struct stream_result *result)
{
	const struct exchange *last = probe->exchange;
	struct exchange draft = {.peer = result->peer, .certificates = result->certs,
				 .certificate_count = result->cert_count,
				 .tls_version = result->tls_version};
	char *request;
	bool same = last != NULL && last->certificate_count == draft.certificate_count &&
		    (last->peer == NULL) == (draft.peer == NULL) &&
		    (draft.peer == NULL || strcmp(last->peer, draft.peer) == 0) &&
		    (draft.certificate_count == 0 ||
		     strcmp(last->certificates[0].serial, draft.certificates[0].serial) == 0);

	if (same)
		return probe->exchange;
	exchange_unref(probe->exchange);
	request = request_of(&probe->probe);
	draft.request = request;
	probe->exchange = exchange_new(&draft);
	free(request);
	return probe->exchange;
}

static void on_done(void *context, struct stream *stream, const struct stream_result *result)
{
	struct stream_probe *probe = context;
	struct sample_value values[PROBE_CERT_VALUES];
	struct arena arena;
	struct strbuf message;
	struct sample sample = {.failure = result->failure,
				.failed_phase = result->failed_phase,
				.latency_ns = result->latency_ns,
				.phases = result->phases,
				.values = values};

	CHECK_MAGIC(&probe->probe, PROBE_MAGIC);
	arena_init(&arena);
	strbuf_init(&message, LIMIT_MESSAGE);
	if (result->message != NULL) {
		probe_sentence(&probe->probe, result->message, &message);
		sample.message = message.data;
	}
	sample.value_count = probe_cert_values(result->certs, result->cert_count, values, &arena);
	sample.exchange = evidence(probe, result);
	stream_close(stream);
	probe->stream = NULL;
	probe_finish(&probe->probe, &sample);
	strbuf_release(&message);
	arena_release(&arena);
}

static void start(struct probe *probe)
{
	const struct check *check = probe->check;
	const struct stream_options options = {
		.host = check->host,
		.port = check->port,
		.unix_path = check->unix_path,
		.secure = check->type == CHECK_TYPE_TLS,
		.tls = check_tls(check),
		/* A proxy of the environment is for the web. */
		.proxy = check->proxy != NULL || check->type == CHECK_TYPE_TLS ? check->proxy : "",
		.timeout_ns = probe_time_left(probe),
	};

	((struct stream_probe *)probe)->stream =
		stream_open(probe->prober->net, &options, on_done, probe);
}

static void cancel(struct probe *probe)
{
	struct stream_probe *mine = (struct stream_probe *)probe;

	stream_close(mine->stream);
	mine->stream = NULL;
}

static void release(struct probe *probe)
{
	exchange_unref(((struct stream_probe *)probe)->exchange);
}

const struct probe_type probe_tcp = {
	.size = sizeof(struct stream_probe),
	.start = start,
	.cancel = cancel,
	.release = release,
};

const struct probe_type probe_tls = {
	.size = sizeof(struct stream_probe),
	.start = start,
	.cancel = cancel,
	.release = release,
};
