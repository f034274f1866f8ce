/* `socketio`: one Engine.IO session by polling, tried to become a WebSocket, and one by WebSocket alone.
 * Only Engine.IO is spoken, so the application sees no connection of Socket.IO. Each way is measured on
 * its own; the run fails only where nothing could be asked. Invariant: a session that was opened is
 * closed by its packet (1), as far as the time lasts. See run.h. */
#include "probe/engineio.h"
#include "probe/run.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/scrub.h"
#include "base/units.h"
#include "net/websocket.h"

#include <strings.h>

#define CLOSE_WAIT_NS NS_PER_S
#define LINE_MOST 512

enum way { WAY_POLLING, WAY_UPGRADE, WAY_WEBSOCKET, WAY_COUNT };
static const struct {
	const char *name;
	enum subject subject;
} ways[] = {
	[WAY_POLLING] = {"polling", SUBJECT_POLLING},
	[WAY_UPGRADE] = {"upgrade", SUBJECT_UPGRADE},
	[WAY_WEBSOCKET] = {"websocket", SUBJECT_WEBSOCKET},
};

/* What lives no longer than a run. */
struct session {
	enum way way;
	bool leaving;                 /* this way is done; its socket is being closed */
	bool polling_open;            /* a session that polls has to be closed */
	struct engineio_open open;
	struct http_target *target;
	struct http_run *run;
	struct websocket *socket;
	struct websocket_listener listener;
	struct net_timer *timer;      /* the end of leaving */
	struct mono_time began;
	struct arena arena;
	struct strbuf transcript;
	const char *broken[WAY_COUNT];
	size_t broken_count;
	int status;                   /* of the first way that is broken, else of the last */
	struct exchange *exchange;    /* of the same */
	const struct exchange_header *headers; /* of the same, as they came */
	size_t header_count;
	enum failure failure;         /* of the first way, where not even a connection came */
	enum phase failed_phase;
	const char *message;
	struct phases phases;
	struct sample_value values[5 + PROBE_CERT_VALUES];
	size_t value_count;
};
struct socketio_probe {
	struct probe probe;
	struct session *session;      /* while it runs */
};

static void go_on(struct socketio_probe *mine);

/* --- evidence ------------------------------------------------------------------------------ */

static void add_clean(const struct probe *probe, struct strbuf *out, const char *bytes, size_t len)
{
	const struct redactor *redactor = probe_redactor(probe);
	struct strbuf masked;

	if (redactor == NULL || redactor_empty(redactor)) {
		scrub(out, bytes, len, SCRUB_LINE);
		return;
	}
	strbuf_init(&masked, 4 * LIMIT_HEADERS);
	redact(redactor, &masked, bytes, len);
	scrub(out, masked.data, masked.len, SCRUB_LINE);
	strbuf_release(&masked);
}

static const char *clean(struct socketio_probe *mine, const char *text)
{
	struct strbuf out;
	const char *kept;

	strbuf_init(&out, LIMIT_HEADERS);
	add_clean(&mine->probe, &out, text, strlen(text));
	kept = arena_strdup(&mine->session->arena, out.data);
	strbuf_release(&out);
	return kept;
}

static void note(struct socketio_probe *mine, const char *mark, const char *bytes, size_t len)
{
	struct session *session = mine->session;
	struct strbuf line;

	strbuf_init(&line, LINE_MOST);
	add_clean(&mine->probe, &line, bytes, len < LIMIT_HEADERS ? len : LIMIT_HEADERS);
	strbuf_addf(&session->transcript, "%s%s %s %s%s", session->transcript.len != 0 ? "\n" : "",
		    ways[session->way].name, mark, line.data, line.truncated ? " …" : "");
	strbuf_release(&line);
}

static void note_text(struct socketio_probe *mine, const char *mark, const char *text)
{
	note(mine, mark, text, strlen(text));
}

/* The status line and headers of the way that counts. Takes over the exchange. */
static void keep_exchange(struct session *session, struct exchange *exchange, int status,
			  const struct exchange_header *headers, size_t header_count)
{
	if (session->broken_count != 0) {
		exchange_unref(exchange);
		return;
	}
	session->headers = headers;
	session->header_count = header_count;
	exchange_unref(session->exchange);
	session->exchange = exchange;
	session->status = status;
}

static void keep_opening(struct socketio_probe *mine, const struct websocket_opening *opening)
{
	struct session *session = mine->session;
	const struct upgrade_answer *answer = opening->answer;
	struct exchange draft = {.tls_version = opening->tls_version,
				 .certificates = opening->certs,
				 .certificate_count = opening->cert_count};
	struct exchange_header *headers;
	size_t count;

	if (opening->peer != NULL)
		draft.peer = clean(mine, opening->peer);
	if (answer == NULL)
		return;
	count = upgrade_headers_kept(answer);
	headers = arena_array(&session->arena, count, sizeof(*headers));
	for (size_t i = 0; i < count; i++)
		headers[i] = (struct exchange_header){clean(mine, answer->headers[i].name),
						      clean(mine, answer->headers[i].value)};
	draft.headers = headers;
	draft.header_count = count;
	draft.http_status = answer->status;
	draft.http_version = answer->version;
	keep_exchange(session, exchange_new(&draft), answer->status,
		      upgrade_headers(answer, &session->arena), answer->header_count);
}

/* --- ends ---------------------------------------------------------------------------------- */

static void session_free(struct socketio_probe *mine)
{
	struct session *session = mine->session;

	if (session == NULL)
		return;
	mine->session = NULL;
	if (session->run != NULL)
		http_cancel(session->run);
	http_target_free(session->target);
	websocket_free(session->socket);
	net_timer_free(session->timer);
	exchange_unref(session->exchange);
	arena_release(&session->arena);
	strbuf_release(&session->transcript);
	free(session);
}

static void add_value(struct session *session, enum subject subject, struct value value)
{
	session->values[session->value_count++] =
		(struct sample_value){.subject = subject, .value = value};
}

static struct exchange *whole_exchange(struct session *session)
{
	struct exchange draft = {0};

	if (session->exchange != NULL)
		draft = *session->exchange;
	draft.body = session->transcript.data;
	draft.body_len = draft.body_size = session->transcript.len;
	draft.body_cut = session->transcript.truncated;
	return exchange_new(&draft);
}

static void finish(struct socketio_probe *mine)
{
	struct session *session = mine->session;
	struct exchange *exchange = whole_exchange(session);
	struct strbuf message;
	struct sample sample = {.failure = session->failure,
				.failed_phase = session->failed_phase,
				.latency_ns = net_now(mine->probe.prober->net).ns - session->began.ns,
				.phases = session->phases,
				.values = session->values,
				.exchange = exchange};

	if (check_speaks_of(mine->probe.check, SUBJECT_HEADER)) {
		sample.headers = session->headers;
		sample.header_count = session->header_count;
	}
	if (session->status != 0)
		add_value(session, SUBJECT_STATUS, value_number(session->status));
	if (session->broken_count != 0)
		add_value(session, SUBJECT_BROKEN,
			  (struct value){.type = VALUE_LIST,
					 .as.list = {session->broken, session->broken_count}});
	sample.value_count = session->value_count;
	strbuf_init(&message, LIMIT_MESSAGE);
	if (session->message != NULL) {
		probe_sentence(&mine->probe, session->message, &message);
		sample.message = message.data;
	}
	/* The session's strings live until the sample is delivered; its sockets do not. */
	mine->session = NULL;
	probe_finish(&mine->probe, &sample);
	strbuf_release(&message);
	exchange_unref(exchange);
	session_free(&(struct socketio_probe){.session = session});
}

/* --- one way ------------------------------------------------------------------------------- */

static void way_works(struct socketio_probe *mine)
{
	add_value(mine->session, ways[mine->session->way].subject, value_bool(true));
}

/* `said` begins with a verb. */
static void way_broken(struct socketio_probe *mine, const char *said)
{
	struct session *session = mine->session;

	session->broken[session->broken_count++] =
		arena_printf(&session->arena, "%s %s", ways[session->way].name, said);
	add_value(session, ways[session->way].subject, value_bool(false));
	note_text(mine, "!", said);
}

/* Without even a connection there is no other way either. */
static void give_up(struct socketio_probe *mine, enum failure failure, enum phase phase,
		    const char *message)
{
	struct session *session = mine->session;

	session->failure = failure;
	session->failed_phase = phase;
	session->message = arena_strdup(&session->arena, message);
	finish(mine);
}

static int64_t time_left(const struct socketio_probe *mine)
{
	return probe_time_left(&mine->probe);
}

/* The check's URL with the protocol's own query. */
static const char *way_url(struct socketio_probe *mine, const char *transport, bool with_session)
{
	struct session *session = mine->session;
	const char *url = mine->probe.check->url;

	return arena_printf(&session->arena, "%s%sEIO=4&transport=%s%s%s", url,
			    strchr(url, '?') != NULL ? "&" : "?", transport,
			    with_session ? "&sid=" : "", with_session ? session->open.sid : "");
}

/* --- polling ------------------------------------------------------------------------------- */

static bool begin_request(struct socketio_probe *mine, const char *method, const char *url,
			  const char *body, int64_t timeout_ns,
			  void (*done)(void *context, struct http_run *run,
				       const struct http_result *result))
{
	struct session *session = mine->session;
	const struct check *check = mine->probe.check;
	const char *origin = check_text(check, CHECK_KEY_ORIGIN, NULL);
	struct name_value *headers = arena_array(&session->arena, check->header_count + 2,
						 sizeof(*headers));
	struct http_options options = {.method = method, .url = url, .unix_path = check->unix_path,
				       .headers = headers,
				       .auth = check_auth(check), .body = body, .tls = check_tls(check),
				       .proxy = check->proxy, .body_max = LIMIT_BODY_KEPT,
				       .group = probe_group(&mine->probe)};
	struct strbuf err;

	for (size_t i = 0; i < check->header_count; i++)
		headers[options.header_count++] = check->headers[i];
	if (origin != NULL)
		headers[options.header_count++] = (struct name_value){"Origin", origin};
	if (body != NULL)
		headers[options.header_count++] =
			(struct name_value){"Content-Type", "text/plain;charset=UTF-8"};
	strbuf_init(&err, LIMIT_MESSAGE);
	http_target_free(session->target);
	session->target = http_target_new(mine->probe.prober->net, &options, &err);
	if (session->target != NULL)
		session->run = http_start(session->target, timeout_ns, done, mine);
	strbuf_release(&err);
	return session->target != NULL;
}

/* Says where a page on `origin` may not read the answer (the Fetch standard, CORS check); it may where it
 * lives beside the server. */
static bool is_hidden_from_page(const struct socketio_probe *mine, const struct http_run *run,
				struct strbuf *said)
{
	const struct check *check = mine->probe.check;
	const char *origin = check_text(check, CHECK_KEY_ORIGIN, NULL);
	size_t len = origin != NULL ? strlen(origin) : 0;
	struct strbuf allowed;
	bool has, hidden;

	if (origin == NULL || (strncasecmp(check->url, origin, len) == 0 &&
			       (check->url[len] == '/' || check->url[len] == '\0')))
		return false;
	strbuf_init(&allowed, LIMIT_HEAD);
	has = http_header(run, "Access-Control-Allow-Origin", &allowed);
	hidden = !has || (!same_text(allowed.data, "*") && !same_text(allowed.data, origin));
	if (hidden)
		strbuf_addf(said, "answered 200, which a browser hides from pages of %s: "
				  "Access-Control-Allow-Origin is %s", origin,
			    has ? probe_quote(&mine->probe, &mine->session->arena, allowed.data, allowed.len, 200)
				: "not there");
	strbuf_release(&allowed);
	return hidden;
}

/* What is wrong with the answer to the polling handshake; false where nothing is. */
static bool polling_is_broken(struct socketio_probe *mine, const struct http_run *run,
			      const struct http_result *result, struct strbuf *said)
{
	struct session *session = mine->session;
	enum engineio_kind kind = engineio_open_read(result->body, result->body_len, &session->open);

	if (result->status != 200) {
		strbuf_addf(said, "answered %d", result->status);
		strbuf_adds(said, ": ");
		if (!engineio_error(result->body, result->body_len, said))
			strbuf_adds(said, result->status == 404
						  ? "no Engine.IO at this path"
						  : "no handshake of Engine.IO");
		return true;
	}
	if (kind == ENGINEIO_OLD) {
		strbuf_adds(said, "answered in the framing of Engine.IO 3 (Socket.IO 2); clients of "
				  "version 3 and later cannot connect");
		return true;
	}
	if (kind == ENGINEIO_OTHER) {
		strbuf_addf(said, "answered 200 without an open packet: \"%s\"",
			    probe_quote(&mine->probe, &session->arena, result->body,
					result->body_len, 60));
		return true;
	}
	session->polling_open = true;
	return is_hidden_from_page(mine, run, said);
}

static void on_polled(void *context, struct http_run *run, const struct http_result *result)
{
	struct socketio_probe *mine = context;
	struct session *session;
	const struct exchange_header *headers;
	struct exchange *exchange;
	struct strbuf said;
	size_t header_count;
	char line[32];

	CHECK_MAGIC(&mine->probe, PROBE_MAGIC);
	session = mine->session;
	session->run = NULL;
	session->phases = result->phases;
	exchange = http_evidence(run, result, probe_redactor(&mine->probe));
	headers = http_headers(run, &session->arena, &header_count);
	keep_exchange(session, exchange, result->status, headers, header_count);
	session->value_count += probe_cert_values(result->certs, result->cert_count,
						  session->values + session->value_count,
						  &session->arena);
	if (result->failure != FAILURE_NONE) {
		give_up(mine, result->failure, result->failed_phase, result->message);
		return;
	}
	(void)snprintf(line, sizeof(line), "%d ", result->status);
	note_text(mine, "<", line);
	note(mine, "<", result->body, result->body_len);
	strbuf_init(&said, PROBE_RAW);
	if (polling_is_broken(mine, run, result, &said))
		way_broken(mine, said.data);
	else
		way_works(mine);
	strbuf_release(&said);
	go_on(mine);
}

/* Whatever is answered: the session ends by its own time-out where this did not reach it. */
static void on_closed_by_post(void *context, struct http_run *run, const struct http_result *result)
{
	struct socketio_probe *mine = context;

	(void)run;
	(void)result;
	CHECK_MAGIC(&mine->probe, PROBE_MAGIC);
	mine->session->run = NULL;
	go_on(mine);
}

/* True where there is a session to close. */
static bool close_polling(struct socketio_probe *mine)
{
	struct session *session = mine->session;
	int64_t left_ns = time_left(mine);

	if (!session->polling_open)
		return false;
	session->polling_open = false;
	return begin_request(mine, "POST", way_url(mine, "polling", true), "1",
			     left_ns < CLOSE_WAIT_NS ? left_ns : CLOSE_WAIT_NS, on_closed_by_post);
}

/* --- WebSocket ----------------------------------------------------------------------------- */

static void leave_socket(struct socketio_probe *mine)
{
	struct session *session = mine->session;
	bool upgrade = session->way == WAY_UPGRADE;

	way_works(mine);
	session->leaving = true;
	if (upgrade) {
		/* The socket takes the session over, so that its close is the session's. */
		session->polling_open = false;
		websocket_send(session->socket, "5", 1);
		note_text(mine, ">", "5");
	}
	websocket_send(session->socket, "1", 1);
	note_text(mine, ">", "1");
	websocket_close(session->socket, WEBSOCKET_NORMAL);
	net_timer_set(session->timer,
		      (struct mono_time){net_now(mine->probe.prober->net).ns + CLOSE_WAIT_NS});
}

static void end_socket(struct socketio_probe *mine)
{
	struct session *session = mine->session;

	net_timer_stop(session->timer);
	websocket_free(session->socket);
	session->socket = NULL;
	session->leaving = false;
	go_on(mine);
}

static void on_timer(void *context)
{
	struct socketio_probe *mine = context;

	CHECK_MAGIC(&mine->probe, PROBE_MAGIC);
	end_socket(mine);
}

static void on_opened(void *context, const struct websocket_opening *opening)
{
	struct socketio_probe *mine = context;
	struct session *session;
	struct strbuf said;

	CHECK_MAGIC(&mine->probe, PROBE_MAGIC);
	session = mine->session;
	keep_opening(mine, opening);
	if (session->phases.ns[PHASE_CONNECT] < 0)
		session->phases = opening->phases;
	if (opening->failure == FAILURE_NONE) {
		note_text(mine, "<", "101");
		if (session->way == WAY_UPGRADE) {
			note_text(mine, ">", "2probe");
			websocket_send(session->socket, "2probe", strlen("2probe"));
		}
		return;
	}
	if (opening->answer == NULL && session->value_count == 0) {
		give_up(mine, opening->failure, opening->failed_phase, opening->message);
		return;
	}
	strbuf_init(&said, PROBE_RAW);
	if (opening->answer != NULL && opening->answer->status != 101) {
		struct strbuf meaning;

		strbuf_init(&meaning, PROBE_RAW);
		note(mine, "<", opening->body, opening->body_len);
		if (engineio_error(opening->body, opening->body_len, &meaning))
			strbuf_addf(&said, "answered %d: %s", opening->answer->status, meaning.data);
		strbuf_release(&meaning);
	}
	way_broken(mine, said.len != 0 ? said.data : opening->message);
	strbuf_release(&said);
	end_socket(mine);
}

static void on_message(void *context, const char *bytes, size_t len, bool text)
{
	struct socketio_probe *mine = context;
	struct session *session;
	struct engineio_open open;
	bool upgrade;

	CHECK_MAGIC(&mine->probe, PROBE_MAGIC);
	session = mine->session;
	if (session->leaving)
		return;
	upgrade = session->way == WAY_UPGRADE;
	note(mine, "<", bytes, len);
	if (upgrade ? len == 6 && memcmp(bytes, "3probe", 6) == 0
		    : text && engineio_open_read(bytes, len, &open) == ENGINEIO_OPEN) {
		leave_socket(mine);
		return;
	}
	way_broken(mine, arena_printf(&session->arena, "got \"%s\" where %s was due",
				      probe_quote(&mine->probe, &session->arena, bytes, len, 60),
				      upgrade ? "3probe" : "the open packet 0{…}"));
	end_socket(mine);
}

static void on_pong(void *context, const char *bytes, size_t len, bool ours)
{
	/* None was asked for. */
	(void)context;
	(void)bytes;
	(void)len;
	(void)ours;
}

static void on_closed(void *context, const struct websocket_closing *closing)
{
	struct socketio_probe *mine = context;
	struct strbuf said;

	CHECK_MAGIC(&mine->probe, PROBE_MAGIC);
	if (!mine->session->leaving) {
		strbuf_init(&said, PROBE_RAW);
		if (closing->failure == FAILURE_TIMEOUT)
			strbuf_addf(&said, "is open, and %s did not come in time",
				    mine->session->way == WAY_UPGRADE ? "3probe" : "the open packet");
		else
			strbuf_adds(&said, closing->message);
		way_broken(mine, said.data);
		strbuf_release(&said);
	}
	end_socket(mine);
}

static void begin_socket(struct socketio_probe *mine)
{
	struct session *session = mine->session;
	const struct check *check = mine->probe.check;
	const struct websocket_options options = {
		.url = way_url(mine, "websocket", session->way == WAY_UPGRADE),
		.unix_path = check->unix_path,
		.headers = check->headers,
		.header_count = check->header_count,
		.auth = check_auth(check),
		.origin = check_text(check, CHECK_KEY_ORIGIN, NULL),
		.tls = check_tls(check),
		.proxy = check->proxy,
		.timeout_ns = time_left(mine),
		.redactor = probe_redactor(&mine->probe),
	};

	session->listener = (struct websocket_listener){.opened = on_opened, .message = on_message,
							.pong = on_pong, .closed = on_closed,
							.context = mine};
	note_text(mine, ">", "GET transport=websocket");
	session->socket = websocket_open(mine->probe.prober->net, &options, &session->listener);
}

/* --- from way to way ----------------------------------------------------------------------- */

static bool wanted(const struct check *check, const char *transport)
{
	size_t count;
	const char *const *names = check_texts(check, CHECK_KEY_TRANSPORTS, &count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], transport) == 0)
			return true;
	return count == 0;
}

/* The next way that is wanted and can be tried; without time left none is. */
static void go_on(struct socketio_probe *mine)
{
	struct session *session = mine->session;
	const struct check *check = mine->probe.check;
	bool in_time = net_now(mine->probe.prober->net).ns < mine->probe.deadline.ns;

	if (session->way == WAY_POLLING) {
		session->way = WAY_UPGRADE;
		if (in_time && session->polling_open && session->open.upgrades_websocket &&
		    wanted(check, "websocket")) {
			begin_socket(mine);
			return;
		}
	}
	if (session->way == WAY_UPGRADE) {
		if (close_polling(mine))
			return;
		session->way = WAY_WEBSOCKET;
		if (in_time && wanted(check, "websocket")) {
			begin_socket(mine);
			return;
		}
	}
	finish(mine);
}

static void start(struct probe *probe)
{
	struct socketio_probe *mine = (struct socketio_probe *)probe;
	struct session *session = xcalloc(1, sizeof(*session));

	*session = (struct session){.began = net_now(probe->prober->net),
				    .failed_phase = PHASE_NONE,
				    .phases = phases_unmeasured()};
	mine->session = session;
	arena_init(&session->arena);
	strbuf_init(&session->transcript, LIMIT_BODY_KEPT);
	session->timer = net_timer_new(probe->prober->net, on_timer, mine);
	if (!wanted(probe->check, "polling")) {
		session->way = WAY_WEBSOCKET;
		begin_socket(mine);
		return;
	}
	note_text(mine, ">", "GET transport=polling");
	if (!begin_request(mine, "GET", way_url(mine, "polling", false), NULL, time_left(mine),
			   on_polled)) {
		session_free(mine);
		probe_fail_soon(probe, FAILURE_CONFIG, "has a URL that cannot be asked");
	}
}

static void cancel(struct probe *probe)
{
	session_free((struct socketio_probe *)probe);
}

const struct probe_type probe_socketio = {
	.size = sizeof(struct socketio_probe),
	.start = start,
	.cancel = cancel,
	.release = cancel,
};
