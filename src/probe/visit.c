/* A visit: what is still waited for, and the transcript of it. Invariants: the sample is delivered once,
 * after the close was answered or its short time has passed; no message is kept that is not the one that
 * was waited for, or the last. See visit.h. */
#include "probe/visit.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/scrub.h"
#include "base/units.h"
#include "net/websocket.h"

#define VISIT_MAGIC 0x76697331u
#define CLOSE_WAIT_NS NS_PER_S /* for the answer to our close */
#define MESSAGES_MOST 1000
#define LINE_MOST 512          /* of the transcript */
#define RAW_MOST (4u * LIMIT_HEADERS)

struct visit {
	uint32_t magic;
	struct prober *prober;
	struct visit_question question;
	void (*done)(void *context, struct sample *sample);
	void *context;
	struct websocket *socket;
	struct websocket_listener listener;
	struct net_timer *timer;   /* the end of the hold, then of the close */
	struct mono_time began, opened_at, pinged_at, held_until;
	bool wants_pong, wants_message, wants_close;
	bool held;                 /* all is there, only the hold is waited for */
	bool closing;              /* ours; the sample is ready */
	size_t messages;
	struct strbuf message;     /* the last that came */
	struct strbuf transcript, said;
	struct arena arena;
	struct exchange draft;     /* its strings are the arena's */
	struct exchange *exchange;
	struct sample sample;
	struct sample_value values[6 + PROBE_CERT_VALUES];
};

/* --- evidence ------------------------------------------------------------------------------ */

static void add_clean(const struct visit *visit, struct strbuf *out, const char *bytes, size_t len,
		      unsigned flags)
{
	/* Asked for each time: a token may be new. */
	const struct redactor *const redactors[] = {probe_redactor(visit->question.probe),
						    visit->question.secrets};
	struct strbuf text, masked;

	strbuf_init(&text, RAW_MOST);
	strbuf_add(&text, bytes, len);
	for (size_t i = 0; i < BASE_LEN(redactors); i++) {
		if (redactors[i] == NULL || redactor_empty(redactors[i]))
			continue;
		strbuf_init(&masked, RAW_MOST);
		redact(redactors[i], &masked, text.data, text.len);
		strbuf_release(&text);
		text = masked;
	}
	scrub(out, text.data, text.len, flags);
	strbuf_release(&text);
}

static const char *clean(struct visit *visit, const char *text, unsigned flags)
{
	struct strbuf out;
	const char *kept;

	if (text == NULL)
		return NULL;
	strbuf_init(&out, RAW_MOST);
	add_clean(visit, &out, text, strlen(text), flags);
	kept = arena_strdup(&visit->arena, out.data);
	strbuf_release(&out);
	return kept;
}

static void note(struct visit *visit, const char *mark, const char *bytes, size_t len)
{
	struct strbuf line;

	strbuf_init(&line, LINE_MOST);
	/* What is longer than the line is masked before it is cut. */
	add_clean(visit, &line, bytes, len < RAW_MOST ? len : RAW_MOST, SCRUB_LINE);
	strbuf_addf(&visit->transcript, "%s%s %s%s", visit->transcript.len != 0 ? "\n" : "", mark,
		    line.data, line.truncated ? " …" : "");
	strbuf_release(&line);
}

static void take_headers(struct visit *visit, const struct upgrade_answer *answer)
{
	size_t count = upgrade_headers_kept(answer);
	struct exchange_header *headers = arena_array(&visit->arena, count, sizeof(*headers));

	for (size_t i = 0; i < count; i++)
		headers[i] = (struct exchange_header){
			clean(visit, answer->headers[i].name, SCRUB_LINE),
			clean(visit, answer->headers[i].value, SCRUB_LINE)};
	visit->draft.headers = headers;
	visit->draft.header_count = count;
	/* A step of a flow may capture them. */
	if (visit->question.secrets == NULL && !check_speaks_of(visit->question.check, SUBJECT_HEADER))
		return;
	visit->sample.headers = upgrade_headers(answer, &visit->arena);
	visit->sample.header_count = answer->header_count;
}

static void add_value(struct visit *visit, enum subject subject, struct value value)
{
	struct sample *sample = &visit->sample;

	if (sample->value_count == BASE_LEN(visit->values))
		BUG("more values than a visit has");
	visit->values[sample->value_count++] =
		(struct sample_value){.subject = subject, .value = value};
}

static void take_opening(struct visit *visit, const struct websocket_opening *opening)
{
	struct exchange *draft = &visit->draft;
	const struct upgrade_answer *answer = opening->answer;

	draft->peer = clean(visit, opening->peer, SCRUB_LINE);
	draft->request = clean(visit, opening->request, SCRUB_TEXT);
	draft->tls_version = opening->tls_version;
	draft->certificates = opening->certs;
	draft->certificate_count = opening->cert_count;
	if (answer != NULL) {
		take_headers(visit, answer);
		draft->http_status = answer->status;
		draft->http_version = arena_strdup(&visit->arena, answer->version);
		draft->redirected_to =
			clean(visit, upgrade_header(answer, "Location"), SCRUB_LINE);
		add_value(visit, SUBJECT_STATUS, value_number(answer->status));
	}
	if (opening->subprotocol != NULL)
		add_value(visit, SUBJECT_SUBPROTOCOL,
			  value_string(arena_strdup(&visit->arena, opening->subprotocol)));
	visit->sample.value_count +=
		probe_cert_values(opening->certs, opening->cert_count,
				  visit->values + visit->sample.value_count, &visit->arena);
	visit->sample.phases = opening->phases;
}

static void make_exchange(struct visit *visit)
{
	exchange_unref(visit->exchange);
	visit->exchange = exchange_new(&visit->draft);
	visit->sample.exchange = visit->exchange;
}

/* --- ends ---------------------------------------------------------------------------------- */

static void release(struct visit *visit)
{
	websocket_free(visit->socket);
	net_timer_free(visit->timer);
	exchange_unref(visit->exchange);
	arena_release(&visit->arena);
	strbuf_release(&visit->message);
	strbuf_release(&visit->transcript);
	strbuf_release(&visit->said);
	visit->magic = 0;
	free(visit);
}

static void deliver(struct visit *visit)
{
	if (visit->draft.body == NULL && visit->transcript.len != 0) {
		visit->draft.body = visit->transcript.data;
		visit->draft.body_len = visit->transcript.len;
		visit->draft.body_size = visit->transcript.len;
		visit->draft.body_cut = visit->transcript.truncated;
	}
	make_exchange(visit);
	visit->done(visit->context, &visit->sample);
	release(visit);
}

static void finish_values(struct visit *visit)
{
	struct sample *sample = &visit->sample;
	struct mono_time now = net_now(visit->prober->net);

	if (visit->held_until.ns == 0 || sample->latency_ns < 0)
		sample->latency_ns = now.ns - visit->began.ns;
	if (visit->opened_at.ns != 0 && sample->phases.ns[PHASE_RECEIVE] >= 0)
		sample->phases.ns[PHASE_RECEIVE] +=
			visit->began.ns + sample->latency_ns - visit->opened_at.ns;
	if (visit->opened_at.ns != 0)
		add_value(visit, SUBJECT_MESSAGES, value_number((double)visit->messages));
	if (visit->messages != 0) {
		sample->body = visit->message.data;
		sample->body_len = visit->message.len;
	}
}

/* The answer is whole: the sample is ready, and the server is told that we go. */
static void leave(struct visit *visit)
{
	finish_values(visit);
	visit->closing = true;
	note(visit, ">", "close 1000", strlen("close 1000"));
	net_timer_set(visit->timer,
		      (struct mono_time){net_now(visit->prober->net).ns + CLOSE_WAIT_NS});
	websocket_close(visit->socket, WEBSOCKET_NORMAL);
}

static void fail(struct visit *visit, enum failure failure, enum phase phase)
{
	visit->sample.failure = failure;
	visit->sample.failed_phase = phase;
	visit->sample.message = visit->said.data;
	finish_values(visit);
	deliver(visit);
}

/* --- what is waited for -------------------------------------------------------------------- */

static void go_on(struct visit *visit)
{
	struct mono_time now = net_now(visit->prober->net);

	if (visit->wants_pong || visit->wants_message || visit->wants_close || visit->closing)
		return;
	if (now.ns >= visit->held_until.ns) {
		leave(visit);
	} else if (!visit->held) {
		visit->held = true;
		visit->sample.latency_ns = now.ns - visit->began.ns;
		net_timer_set(visit->timer, visit->held_until);
	}
}

static void on_timer(void *context)
{
	struct visit *visit = context;

	CHECK_MAGIC(visit, VISIT_MAGIC);
	if (visit->closing)
		deliver(visit);
	else
		go_on(visit);
}

/* Whether it is the message that is waited for: the first for which all holds that is expected. */
static bool is_wanted(struct visit *visit)
{
	const struct prober_events *events = &visit->prober->events;
	struct sample sample = visit->sample;

	if (events->holds == NULL)
		return true;
	if (visit->exchange == NULL)
		make_exchange(visit);
	sample.exchange = visit->exchange;
	sample.body = visit->message.data;
	sample.body_len = visit->message.len;
	sample.latency_ns = net_now(visit->prober->net).ns - visit->began.ns;
	return events->holds(events->context, visit->question.check, &sample, NULL);
}

static void on_message(void *context, const char *bytes, size_t len, bool text)
{
	struct visit *visit = context;

	CHECK_MAGIC(visit, VISIT_MAGIC);
	if (visit->closing)
		return;
	visit->messages++;
	if (text) {
		note(visit, "<", bytes, len);
	} else {
		char shown[64];

		(void)snprintf(shown, sizeof(shown), "%zu bytes of binary data", len);
		note(visit, "<", shown, strlen(shown));
	}
	if (!visit->wants_message && visit->messages > 1)
		return;
	strbuf_reset(&visit->message);
	strbuf_add(&visit->message, bytes, len);
	if (visit->wants_message && is_wanted(visit)) {
		visit->wants_message = false;
		go_on(visit);
	} else if (visit->wants_message && visit->messages >= MESSAGES_MOST) {
		leave(visit); /* the last one is judged, and says what it lacks */
	}
}

/* One with other bytes than our ping's is no answer to it, but what came is to be seen. */
static void note_other_pong(struct visit *visit, const char *bytes, size_t len)
{
	struct strbuf line;

	strbuf_init(&line, 200);
	strbuf_adds(&line, "pong that answers no ping of ours: ");
	strbuf_add(&line, bytes, len);
	note(visit, "<", line.data, line.len);
	strbuf_release(&line);
}

static void on_pong(void *context, const char *bytes, size_t len, bool ours)
{
	struct visit *visit = context;
	int64_t ns;
	struct strbuf line;

	CHECK_MAGIC(visit, VISIT_MAGIC);
	if (!visit->wants_pong)
		return;
	if (!ours) {
		note_other_pong(visit, bytes, len);
		return;
	}
	visit->wants_pong = false;
	ns = net_now(visit->prober->net).ns - visit->pinged_at.ns;
	add_value(visit, SUBJECT_PONG, value_duration(ns));
	strbuf_init(&line, 64);
	strbuf_adds(&line, "pong after ");
	duration_format(&line, ns);
	note(visit, "<", line.data, line.len);
	strbuf_release(&line);
	go_on(visit);
}

/* Where in the visit it was cut short. */
static void add_where(struct visit *visit)
{
	struct strbuf *out = &visit->said;
	int64_t ns = net_now(visit->prober->net).ns - visit->opened_at.ns;

	if (visit->wants_message && visit->messages == 0)
		strbuf_adds(out, ", before a message came");
	else if (visit->wants_message)
		strbuf_addf(out, ", after %zu message%s of which none is the one that is expected",
			    visit->messages, visit->messages == 1 ? "" : "s");
	else if (visit->wants_pong)
		strbuf_adds(out, ", before the pong came");
	else if (visit->wants_close)
		strbuf_adds(out, ", before the close that is expected");
	else
		strbuf_adds(out, ", while it was to be held open");
	if (ns < NS_PER_MS)
		return;
	strbuf_adds(out, " (open for ");
	duration_format(out, ns);
	strbuf_addc(out, ')');
}

static void fail_timeout(struct visit *visit)
{
	struct strbuf *out = &visit->said;

	/* A message that was not the one, or a close that did not come: the assertion says so. */
	if ((visit->wants_message && visit->messages != 0) ||
	    (visit->wants_close && !visit->wants_message && !visit->wants_pong)) {
		finish_values(visit);
		deliver(visit);
		return;
	}
	strbuf_adds(out, "timed out after ");
	duration_format(out, visit->question.timeout_ns);
	if (visit->held)
		strbuf_adds(out, ", before it was held open as long as 'hold' says");
	else
		strbuf_addf(out, ": it is open, and no %s came",
			    !visit->wants_message		? "pong to the ping"
			    : visit->question.send_count != 0 ? "message in answer to what was sent"
							      : "message");
	fail(visit, FAILURE_TIMEOUT, PHASE_RECEIVE);
}

static void on_closed(void *context, const struct websocket_closing *closing)
{
	struct visit *visit = context;
	bool framed = closing->failure == FAILURE_CLOSE_CODE;

	CHECK_MAGIC(visit, VISIT_MAGIC);
	if (framed) {
		struct strbuf line;

		strbuf_init(&line, 200);
		strbuf_addf(&line, "close %d %s", closing->code, closing->reason);
		note(visit, "<", line.data, line.len);
		strbuf_release(&line);
	}
	if (visit->closing) {
		deliver(visit);
		return;
	}
	if (closing->failure == FAILURE_TIMEOUT) {
		fail_timeout(visit);
		return;
	}
	add_value(visit, SUBJECT_CLOSE_CODE, value_number(closing->code));
	add_value(visit, SUBJECT_OPEN_FOR,
		  value_duration(net_now(visit->prober->net).ns - visit->opened_at.ns));
	visit->sample.refused = framed;
	visit->sample.refused_as = SUBJECT_CLOSE_CODE;
	strbuf_adds(&visit->said, closing->message);
	add_where(visit);
	fail(visit, closing->failure, PHASE_RECEIVE);
}

/* --- the beginning ------------------------------------------------------------------------- */

static void put_questions(struct visit *visit)
{
	const struct visit_question *question = &visit->question;

	if (visit->wants_pong) {
		visit->pinged_at = net_now(visit->prober->net);
		note(visit, ">", "ping", strlen("ping"));
		websocket_ping(visit->socket);
	}
	for (size_t i = 0; i < question->send_count; i++) {
		note(visit, ">", question->sends[i], strlen(question->sends[i]));
		websocket_send(visit->socket, question->sends[i], strlen(question->sends[i]));
	}
}

static void on_opened(void *context, const struct websocket_opening *opening)
{
	struct visit *visit = context;
	const struct check *check = visit->question.check;
	struct strbuf body;

	CHECK_MAGIC(visit, VISIT_MAGIC);
	take_opening(visit, opening);
	if (opening->failure == FAILURE_NONE) {
		visit->opened_at = net_now(visit->prober->net);
		visit->held_until.ns =
			visit->opened_at.ns + check_number(check, CHECK_KEY_HOLD, 0);
		put_questions(visit);
		go_on(visit);
		return;
	}
	if (opening->body_len != 0) {
		strbuf_init(&body, LIMIT_BODY_KEPT);
		add_clean(visit, &body, opening->body, opening->body_len, SCRUB_TEXT);
		visit->draft.body = arena_strdup(&visit->arena, body.data);
		visit->draft.body_len = body.len;
		visit->draft.body_size = opening->body_len;
		visit->sample.body = opening->body;
		visit->sample.body_len = opening->body_len;
		strbuf_release(&body);
	}
	strbuf_adds(&visit->said, opening->message);
	visit->sample.refused = opening->failure == FAILURE_UPGRADE && opening->answer->status != 101;
	visit->sample.refused_as = SUBJECT_STATUS;
	fail(visit, opening->failure, opening->failed_phase);
}

struct visit *visit_start(const struct visit_question *question,
			  void (*done)(void *context, struct sample *sample), void *context)
{
	const struct check *check = question->check;
	struct prober *prober = question->probe->prober;
	struct visit *visit = xcalloc(1, sizeof(*visit));
	struct websocket_options options = {
		.url = question->url,
		.unix_path = check->unix_path,
		.headers = question->headers,
		.header_count = question->header_count,
		.auth = check_auth(check),
		.origin = check_text(check, CHECK_KEY_ORIGIN, NULL),
		.tls = check_tls(check),
		.proxy = check->proxy,
		.redactor = probe_redactor(question->probe),
		.secrets = question->secrets,
	};

	options.protocols =
		check_texts(check, CHECK_KEY_SUBPROTOCOLS, &options.protocol_count);
	*visit = (struct visit){
		.magic = VISIT_MAGIC,
		.prober = prober,
		.question = *question,
		.done = done,
		.context = context,
		.began = net_now(prober->net),
		.wants_pong = check_flag(check, CHECK_KEY_PING, true),
		.wants_message = check_speaks_of(check, SUBJECT_BODY) ||
				 check_speaks_of(check, SUBJECT_JSON),
		.wants_close = !check_holds(check, SUBJECT_CLOSE_CODE),
		.sample = {.failed_phase = PHASE_NONE, .latency_ns = -1,
			   .phases = phases_unmeasured()},
		.listener = {.opened = on_opened, .message = on_message, .pong = on_pong,
			     .closed = on_closed, .context = visit},
	};
	/* What is left of a time-out is some microseconds short of it. */
	visit->question.timeout_ns = (question->timeout_ns + 10 * NS_PER_MS - 1) / (10 * NS_PER_MS) *
				     (10 * NS_PER_MS);
	options.timeout_ns = visit->question.timeout_ns;
	visit->sample.values = visit->values;
	arena_init(&visit->arena);
	strbuf_init(&visit->message, WEBSOCKET_MESSAGE);
	strbuf_init(&visit->transcript, LIMIT_BODY_KEPT);
	strbuf_init(&visit->said, PROBE_RAW);
	visit->timer = net_timer_new(prober->net, on_timer, visit);
	visit->socket = websocket_open(prober->net, &options, &visit->listener);
	return visit;
}

void visit_cancel(struct visit *visit)
{
	if (visit == NULL)
		return;
	CHECK_MAGIC(visit, VISIT_MAGIC);
	release(visit);
}
