/* A conversation over one stream: its life, its phases, its evidence, its one end. Invariant: a run
 * that was started and not cancelled ends in exactly one talk_finish(), never before talk_start()
 * returned; after it nothing of the talk is touched. See talk.h. */
#include "probe/talk.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "base/units.h"

#include <stdarg.h>

#define GARBAGE_SHOWN 40

static void run_init(struct talk_run *run)
{
	*run = (struct talk_run){0};
	arena_init(&run->arena);
	strbuf_init(&run->transcript, LIMIT_BODY_KEPT);
}

static void run_release(struct talk_run *run)
{
	arena_release(&run->arena);
	vec_release(&run->values);
	strbuf_release(&run->transcript);
}

static struct talk *talk_of(struct probe *probe)
{
	struct talk *talk = (struct talk *)probe;

	CHECK_MAGIC(talk, TALK_MAGIC);
	return talk;
}

/* Closes the stream and forgets the run; the protocol forgets its own. */
static void put_down(struct talk *talk)
{
	if (talk->stream != NULL)
		stream_close(talk->stream);
	talk->stream = NULL;
	talk->moved = NULL;
	if (talk->protocol->reset != NULL)
		talk->protocol->reset(talk);
}

/* --- evidence ----------------------------------------------------------------------------- */

static void add_shown(const struct talk *talk, struct strbuf *out, const char *text, size_t len)
{
	const struct redactor *redactor = probe_redactor(&talk->probe);
	struct strbuf redacted;

	if (redactor == NULL || redactor_empty(redactor)) {
		scrub(out, text, len, SCRUB_LINE);
		return;
	}
	strbuf_init(&redacted, PROBE_RAW);
	redact(redactor, &redacted, text, len);
	scrub(out, redacted.data, redacted.len, SCRUB_LINE);
	strbuf_release(&redacted);
}

/* A line that does not fit is left out as a whole, so that no secret is cut in two. */
static void add_line(struct talk *talk, const char *mark, const char *text, size_t len)
{
	struct strbuf *transcript = &talk->run.transcript;
	struct strbuf line;

	strbuf_init(&line, LIMIT_MESSAGE);
	strbuf_adds(&line, mark);
	add_shown(talk, &line, text, len);
	if (transcript->len + line.len + 1 <= transcript->max) {
		strbuf_add(transcript, line.data, line.len);
		strbuf_addc(transcript, '\n');
	} else {
		transcript->truncated = true;
	}
	strbuf_release(&line);
}

void talk_note(struct talk *talk, const char *fmt, ...)
{
	struct strbuf text;
	va_list args;

	strbuf_init(&text, PROBE_RAW);
	va_start(args, fmt);
	strbuf_vaddf(&text, fmt, args);
	va_end(args);
	add_line(talk, "< ", text.data, text.len);
	strbuf_release(&text);
}

static char *request_of(const struct talk *talk)
{
	const struct check *check = talk->probe.check;
	struct strbuf text, shown;

	strbuf_init(&text, PROBE_RAW);
	strbuf_init(&shown, LIMIT_MESSAGE);
	strbuf_addf(&text, "%s %s", check_type_info(check->type)->name, check->target);
	add_shown(talk, &shown, text.data, text.len);
	strbuf_release(&text);
	return strbuf_detach(&shown);
}

/* The same evidence as before is handed on as it is. */
static struct exchange *evidence(struct talk *talk)
{
	const struct talk_run *run = &talk->run;
	const struct exchange *last = talk->exchange;
	struct exchange draft = {.peer = run->peer, .body = run->transcript.data,
				 .body_len = run->transcript.len,
				 .body_size = run->transcript.len,
				 .body_cut = run->transcript.truncated,
				 .certificates = run->certs, .certificate_count = run->cert_count,
				 .tls_version = run->tls_version};
	char *request;

	if (last != NULL && last->body_len == draft.body_len && last->body_cut == draft.body_cut &&
	    memcmp(last->body, draft.body, draft.body_len) == 0 &&
	    same_text(last->peer, draft.peer) && same_text(last->tls_version, draft.tls_version) &&
	    last->certificate_count == draft.certificate_count &&
	    (draft.certificate_count == 0 ||
	     strcmp(last->certificates[0].serial, draft.certificates[0].serial) == 0))
		return talk->exchange;
	exchange_unref(talk->exchange);
	request = request_of(talk);
	draft.request = request;
	talk->exchange = exchange_new(&draft);
	free(request);
	return talk->exchange;
}

/* --- phases ------------------------------------------------------------------------------- */

/* `send`, `wait` and `receive` as far as the conversation came. A peer that speaks first is waited
 * for from the moment the connection is open. */
static void measure(struct talk *talk, struct mono_time now)
{
	int64_t *ns = talk->phases.ns;
	struct mono_time sent = talk->asked ? talk->sent_at : talk->opened_at;

	if (talk->asked && sent.ns != 0)
		ns[PHASE_SEND] = sent.ns - talk->asked_at.ns;
	if (!talk->heard || sent.ns == 0)
		return;
	if (talk->heard_at.ns >= sent.ns) {
		ns[PHASE_WAIT] = talk->heard_at.ns - sent.ns;
		ns[PHASE_RECEIVE] = now.ns - talk->heard_at.ns;
	} else { /* it spoke before it was asked */
		ns[PHASE_WAIT] = 0;
		ns[PHASE_RECEIVE] = now.ns - sent.ns;
	}
}

static void take_sent(struct talk *talk)
{
	if (talk->asked && talk->sent_at.ns == 0 && talk->stream != NULL)
		talk->sent_at = stream_sent_at(talk->stream);
}

static enum phase phase_now(const struct talk *talk)
{
	if (talk->heard)
		return PHASE_RECEIVE;
	return talk->asked && talk->sent_at.ns == 0 ? PHASE_SEND : PHASE_WAIT;
}

/* --- ends --------------------------------------------------------------------------------- */

/* `said` as for probe_sentence(), NULL where it passed. */
static void finish(struct talk *talk, enum failure failure, enum phase phase, const char *said)
{
	struct mono_time now = net_now(talk->probe.prober->net);
	struct talk_run run;
	struct strbuf message;
	struct sample sample = {.failure = failure, .failed_phase = phase,
				.latency_ns = now.ns - talk->began.ns};

	CHECK_MAGIC(talk, TALK_MAGIC);
	take_sent(talk);
	measure(talk, now);
	sample.phases = talk->phases;
	strbuf_init(&message, LIMIT_MESSAGE);
	if (said != NULL) {
		probe_sentence(&talk->probe, said, &message);
		sample.message = message.data;
	} else if (talk->run.words != NULL) {
		sample.message = talk->run.words;
	}
	sample.exchange = evidence(talk);
	put_down(talk);
	/* The talk may be gone when the sample is delivered, and its next run may have begun. */
	run = talk->run;
	run_init(&talk->run);
	sample.values = run.values.at;
	sample.value_count = run.values.len;
	sample.refused = run.refused;
	sample.refused_as = run.refused_as;
	sample.body = run.body;
	sample.body_len = run.body_len;
	probe_finish(&talk->probe, &sample);
	strbuf_release(&message);
	run_release(&run);
}

void talk_pass(struct talk *talk)
{
	finish(talk, FAILURE_NONE, PHASE_NONE, NULL);
}

void talk_fail(struct talk *talk, enum failure failure, const char *fmt, ...)
{
	struct strbuf text;
	va_list args;

	strbuf_init(&text, PROBE_RAW);
	va_start(args, fmt);
	strbuf_vaddf(&text, fmt, args);
	va_end(args);
	finish(talk, failure, phase_now(talk), text.data);
	strbuf_release(&text);
}

void talk_say(struct talk *talk, const char *fmt, ...)
{
	struct strbuf text, shown;
	va_list args;

	strbuf_init(&text, PROBE_RAW);
	strbuf_init(&shown, LIMIT_MESSAGE);
	va_start(args, fmt);
	strbuf_vaddf(&text, fmt, args);
	va_end(args);
	add_shown(talk, &shown, text.data, text.len);
	talk->run.words = arena_strdup(&talk->run.arena, shown.data);
	strbuf_release(&text);
	strbuf_release(&shown);
}

void talk_refused(struct talk *talk, const char *code, size_t len)
{
	talk->run.refused = true;
	talk->run.refused_as = SUBJECT_REFUSAL;
	talk_text(talk, SUBJECT_REFUSAL, code, len);
}

void talk_refused_as(struct talk *talk, enum subject subject, unsigned number)
{
	talk->run.refused = true;
	talk->run.refused_as = subject;
	talk_value(talk, subject, value_number(number));
}

const char *talk_quote(struct talk *talk, const char *bytes, size_t len, size_t most)
{
	return probe_quote(&talk->probe, &talk->run.arena, bytes, len, most);
}

bool talk_is_tls_alert(const char *bytes, size_t len)
{
	return len >= 2 && bytes[0] == 0x15 && bytes[1] == 0x03;
}

void talk_fail_garbage(struct talk *talk, const char *protocol_name, const char *bytes, size_t len)
{
	const char *shown;

	if (talk_is_tls_alert(bytes, len)) {
		talk_note(talk, "a TLS alert");
		talk_fail(talk, FAILURE_PROTOCOL, "is not plain %s: it answered with a TLS alert; say "
			  "'tls: true'", protocol_name);
		return;
	}
	shown = talk_quote(talk, bytes, len, GARBAGE_SHOWN);
	talk_note(talk, "%s", shown);
	talk_fail(talk, FAILURE_PROTOCOL, "is not %s: it answered \"%s\"", protocol_name, shown);
}

/* A try begins some microseconds behind its run: "3s", not "2.9s". */
static int64_t round_up(int64_t ns)
{
	return (ns + NS_PER_MS - 1) / NS_PER_MS * NS_PER_MS;
}

static void fail_ended(struct talk *talk, enum failure failure, const char *message)
{
	struct strbuf said;

	strbuf_init(&said, PROBE_RAW);
	switch ((int)failure) {
	case FAILURE_TIMEOUT:
		strbuf_adds(&said, "timed out after ");
		duration_format(&said, round_up(talk->deadline.ns - talk->began.ns));
		strbuf_addf(&said, " waiting for %s%s", talk->waiting_for,
			    talk->heard ? "" : "; it accepts connections but says nothing");
		break;
	case FAILURE_CLOSED:
	case FAILURE_RESET:
		strbuf_addf(&said, "%s the connection when %s was due%s",
			    failure == FAILURE_CLOSED ? "closed" : "reset", talk->waiting_for,
			    talk->heard || talk->probe.check->secure
				    ? "" : "; does it want TLS (tls: true)?");
		break;
	default:
		strbuf_addf(&said, "%s (when %s was due)", message, talk->waiting_for);
		break;
	}
	finish(talk, failure, phase_now(talk), said.data);
	strbuf_release(&said);
}

/* --- the stream --------------------------------------------------------------------------- */

static size_t on_received(void *context, const char *bytes, size_t len)
{
	struct talk *talk = context;

	CHECK_MAGIC(talk, TALK_MAGIC);
	if (!talk->heard) {
		talk->heard = true;
		talk->heard_at = net_now(talk->probe.prober->net);
		take_sent(talk);
	}
	return talk->protocol->received(talk, bytes, len);
}

static void on_ended(void *context, enum failure failure, const char *message)
{
	struct talk *talk = context;

	CHECK_MAGIC(talk, TALK_MAGIC);
	if ((failure == FAILURE_CLOSED || failure == FAILURE_RESET) &&
	    talk->protocol->closed != NULL && talk->protocol->closed(talk))
		return;
	fail_ended(talk, failure, message);
}

static const char *arena_text(struct arena *arena, const char *text)
{
	return text != NULL ? arena_strdup(arena, text) : NULL;
}

/* What the stream shows of its peer may change under another connection to the same place. */
static void keep_peer(struct talk *talk, const struct stream_result *result)
{
	struct talk_run *run = &talk->run;
	struct sample_value values[PROBE_CERT_VALUES];
	struct certificate *certs;
	size_t count;

	if (result->peer != NULL)
		run->peer = arena_strdup(&run->arena, result->peer);
	if (result->cert_count == 0)
		return;
	certs = arena_memdup(&run->arena, result->certs, result->cert_count * sizeof(*certs));
	for (size_t i = 0; i < result->cert_count; i++) {
		certs[i].subject = arena_text(&run->arena, certs[i].subject);
		certs[i].issuer = arena_text(&run->arena, certs[i].issuer);
		certs[i].names = arena_text(&run->arena, certs[i].names);
		certs[i].serial = arena_text(&run->arena, certs[i].serial);
	}
	run->certs = certs;
	run->cert_count = result->cert_count;
	run->tls_version = result->tls_version;
	count = probe_cert_values(certs, result->cert_count, values, &run->arena);
	for (size_t i = 0; i < count; i++)
		talk_value(talk, values[i].subject, values[i].value);
}

static void take_phases(struct talk *talk, const struct phases *phases)
{
	for (int i = 0; i < PHASE_COUNT; i++)
		if (phases->ns[i] >= 0)
			talk->phases.ns[i] = phases->ns[i];
	talk->opened_at = net_now(talk->probe.prober->net);
	talk->asked = talk->heard = false;
	talk->sent_at = (struct mono_time){0};
}

static void listen_to(struct talk *talk)
{
	talk->listener = (struct stream_listener){.received = on_received, .ended = on_ended,
						  .context = talk, .most = talk->protocol->most};
	stream_listen(talk->stream, &talk->listener, talk->deadline);
}

static void on_opened(void *context, struct stream *stream, const struct stream_result *result)
{
	struct talk *talk = context;
	bool later = talk->stream == stream && talk->listener.context != NULL;

	CHECK_MAGIC(talk, TALK_MAGIC);
	keep_peer(talk, result);
	take_phases(talk, &result->phases);
	if (result->failure != FAILURE_NONE) {
		finish(talk, result->failure, result->failed_phase, result->message);
		return;
	}
	if (!later)
		listen_to(talk);
	talk->protocol->opened(talk);
}

static void on_moved(void *context, struct stream *stream, const struct stream_result *result)
{
	struct talk *talk = context;
	void (*moved)(struct talk *talk, const struct stream_result *result) = talk->moved;

	CHECK_MAGIC(talk, TALK_MAGIC);
	(void)stream;
	talk->moved = NULL;
	if (result->failure == FAILURE_NONE)
		listen_to(talk);
	moved(talk, result);
}

static void open_to(struct talk *talk, const char *host, int port, const char *unix_path,
		    int64_t timeout_ns,
		    void (*done)(void *context, struct stream *stream,
				 const struct stream_result *result))
{
	const struct check *check = talk->probe.check;
	const struct stream_options options = {
		.host = host,
		.port = port,
		.unix_path = unix_path,
		.secure = check->secure && !talk->protocol->late_tls,
		.tls = check_tls(check),
		/* A proxy of the environment is for the web. */
		.proxy = check->proxy != NULL ? check->proxy : "",
		.timeout_ns = timeout_ns,
	};

	talk->listener.context = NULL;
	talk->stream = stream_open(talk->probe.prober->net, &options, done, talk);
}

void talk_move(struct talk *talk, const char *host, int port, int64_t timeout_ns,
	       void (*done)(struct talk *talk, const struct stream_result *result))
{
	int64_t left_ns = talk->deadline.ns - net_now(talk->probe.prober->net).ns;

	if (left_ns < NS_PER_MS)
		left_ns = NS_PER_MS;
	if (timeout_ns <= 0 || timeout_ns > left_ns)
		timeout_ns = left_ns;
	stream_close(talk->stream);
	talk->moved = done;
	open_to(talk, host, port, host == NULL ? talk->probe.check->unix_path : NULL, timeout_ns, on_moved);
}

/* --- what a protocol does ------------------------------------------------------------------- */

void talk_wait_for(struct talk *talk, const char *wait_for)
{
	talk->waiting_for = wait_for;
}

void talk_ask(struct talk *talk, const void *bytes, size_t len, const char *shown,
	      const char *wait_for)
{
	if (!talk->asked) {
		talk->asked = true;
		talk->asked_at = net_now(talk->probe.prober->net);
	}
	talk->waiting_for = wait_for;
	add_line(talk, "> ", shown, strlen(shown));
	stream_write(talk->stream, bytes, len);
	take_sent(talk);
}

void talk_secure(struct talk *talk)
{
	talk->waiting_for = "the TLS handshake";
	stream_secure(talk->stream);
}

void talk_value(struct talk *talk, enum subject subject, struct value value)
{
	struct arena *arena = &talk->run.arena;
	struct sample_value *at = NULL;

	for (size_t i = 0; i < talk->run.values.len; i++)
		if (talk->run.values.at[i].subject == subject)
			at = &talk->run.values.at[i];
	if (at == NULL)
		at = vec_add(&talk->run.values);
	if (value.type == VALUE_STRING) {
		value.as.string.bytes = arena_strndup(arena, value.as.string.bytes, value.as.string.len);
	} else if (value.type == VALUE_LIST) {
		const char **items = arena_array(arena, value.as.list.len, sizeof(*items));

		for (size_t i = 0; i < value.as.list.len; i++)
			items[i] = arena_strdup(arena, value.as.list.items[i]);
		value.as.list.items = items;
	}
	*at = (struct sample_value){.subject = subject, .value = value};
}

void talk_text(struct talk *talk, enum subject subject, const char *text, size_t len)
{
	struct value value = {.type = VALUE_STRING, .as.string = {.bytes = text, .len = len}};

	talk_value(talk, subject, value);
}

/* --- life --------------------------------------------------------------------------------- */

void talk_start(struct probe *probe, const struct talk_protocol *protocol)
{
	struct talk *talk = (struct talk *)probe;
	const struct check *check = probe->check;

	talk->magic = TALK_MAGIC;
	talk->protocol = protocol;
	talk->waiting_for = "an answer";
	talk->began = net_now(probe->prober->net);
	talk->deadline = probe->deadline;
	talk->asked = talk->heard = false;
	talk->sent_at = (struct mono_time){0};
	talk->phases = phases_unmeasured();
	run_init(&talk->run);
	open_to(talk, check->host, check->port, check->unix_path, probe_time_left(probe), on_opened);
}

void talk_cancel(struct probe *probe)
{
	struct talk *talk = talk_of(probe);

	put_down(talk);
	run_release(&talk->run);
	run_init(&talk->run);
}

void talk_release(struct probe *probe)
{
	struct talk *talk = (struct talk *)probe;

	exchange_unref(talk->exchange);
	if (talk->protocol != NULL && talk->protocol->release != NULL)
		talk->protocol->release(talk);
}
