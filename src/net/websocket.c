/* The life of a WebSocket: waiting for a token where it needs one, connecting, waiting for the answer, reading the body of a refusal or open,
 * ended. Invariant: `opened` is told once, `closed` once after it, and nothing after an end; the
 * listener may free the socket inside each call. See websocket.h. */
#include "net/websocket.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/units.h"
#include "base/vec.h"
#include "net/oauth.h"
#include "net/websocket_frames.h"

#include <curl/curl.h>
#include <strings.h>

#define SOCKET_MAGIC 0x77736b31u
#define REQUEST_MOST (64u << 10)
#define BODY_SHOWN 100
#define REASON_SHOWN 123 /* a close frame holds no more (RFC 6455 section 5.5) */

enum socket_state { CONNECTING, ASKED, REFUSED, OPEN, ENDED };

struct websocket {
	uint32_t magic;
	enum socket_state state;
	struct net *net;
	struct websocket_options options;
	const struct websocket_listener *listener;
	int entered; /* calls of the stream's under way; freed at the end of the last */
	bool dead;
	/* The URL's parts. */
	struct strbuf authority, target, authorization, host;
	int port;
	bool secure;
	struct exchange_header *headers;
	char key[UPGRADE_KEY];
	struct oauth_client *oauth; /* NULL: needs no token */
	struct oauth_wait token_wait;
	char *token;                /* the one that is asked with; NULL */
	struct redactor *masks;     /* of it; NULL */
	bool token_new;             /* it was got for this socket */
	struct stream *stream;      /* NULL before it connects */
	struct stream_listener ear;
	struct mono_time began, asked_at, heard_at;
	struct arena arena; /* of the answer */
	struct upgrade_reader reader;
	struct upgrade_answer answer;
	struct strbuf request, body, message;
	struct websocket_opening opening;
	struct frames *frames;
};

/* --- life: freed inside a call of the listener's, it goes when the stream's call is over ----- */

static void enter(struct websocket *socket)
{
	CHECK_MAGIC(socket, SOCKET_MAGIC);
	socket->entered++;
}

static void release(struct websocket *socket)
{
	oauth_client_unref(socket->oauth);
	if (socket->token != NULL)
		explicit_bzero(socket->token, strlen(socket->token));
	free(socket->token);
	redactor_free(socket->masks);
	frames_free(socket->frames);
	arena_release(&socket->arena);
	strbuf_release(&socket->authority);
	strbuf_release(&socket->host);
	strbuf_release(&socket->target);
	strbuf_release(&socket->authorization);
	strbuf_release(&socket->request);
	strbuf_release(&socket->body);
	strbuf_release(&socket->message);
	socket->magic = 0;
	free(socket);
}

static void leave(struct websocket *socket)
{
	if (--socket->entered == 0 && socket->dead)
		release(socket);
}

void websocket_free(struct websocket *socket)
{
	if (socket == NULL)
		return;
	CHECK_MAGIC(socket, SOCKET_MAGIC);
	oauth_wait_stop(&socket->token_wait);
	if (socket->stream != NULL)
		stream_close(socket->stream);
	socket->stream = NULL;
	socket->dead = true;
	socket->state = ENDED;
	if (socket->entered == 0)
		release(socket);
}

/* --- telling ------------------------------------------------------------------------------- */

static void tell_opened(struct websocket *socket, enum failure failure)
{
	struct websocket_opening *opening = &socket->opening;

	opening->failure = failure;
	if (failure != FAILURE_NONE) {
		socket->state = ENDED;
		opening->message = socket->message.data;
	}
	opening->request = socket->request.len != 0 ? socket->request.data : NULL;
	opening->body = socket->body.data;
	opening->body_len = socket->body.len;
	socket->listener->opened(socket->listener->context, opening);
}

static void tell_closed(struct websocket *socket, enum failure failure, int code, const char *reason)
{
	const struct websocket_closing closing = {.code = code, .reason = reason,
						  .failure = failure,
						  .message = socket->message.data};

	socket->state = ENDED;
	socket->listener->closed(socket->listener->context, &closing);
}

static const char *peer_of(const struct websocket *socket)
{
	return socket->opening.peer != NULL ? socket->opening.peer : socket->authority.data;
}

static void flush(struct websocket *socket)
{
	struct strbuf *out = frames_out(socket->frames);

	if (out->len != 0 && socket->state == OPEN)
		stream_write(socket->stream, out->data, out->len);
	strbuf_reset(out);
}

/* --- open ---------------------------------------------------------------------------------- */

const char *websocket_code_words(int code)
{
	static const struct {
		int code;
		const char *words;
	} codes[] = {
		{1000, "normal closure"},	 {1001, "going away"},
		{1002, "protocol error"},	 {1003, "data it cannot take"},
		{1005, "no code in the frame"},	 {1006, "no close frame"},
		{1007, "text that is no UTF-8"}, {1008, "policy violation"},
		{1009, "message too big"},	 {1010, "extension wanted"},
		{1011, "server error"},		 {1012, "service restart"},
		{1013, "try again later"},	 {1014, "bad gateway"},
		{1015, "TLS failed"},
	};

	for (size_t i = 0; i < BASE_LEN(codes); i++)
		if (codes[i].code == code)
			return codes[i].words;
	return NULL;
}

static void on_close_frame(struct websocket *socket, const struct frame_message *message)
{
	int code = message->code != 0 ? message->code : WEBSOCKET_NO_STATUS;
	const char *words = websocket_code_words(code);

	strbuf_reset(&socket->message);
	strbuf_addf(&socket->message, "closed it with code %d", code);
	if (words != NULL)
		strbuf_addf(&socket->message, " (%s)", words);
	if (message->len != 0)
		strbuf_addf(&socket->message, ": \"%.*s\"",
			    (int)(message->len < REASON_SHOWN ? message->len : REASON_SHOWN),
			    message->bytes);
	tell_closed(socket, FAILURE_CLOSE_CODE, code, message->bytes);
}

static void on_frame(struct websocket *socket, const struct frame_message *message)
{
	const struct websocket_listener *listener = socket->listener;

	switch (message->kind) {
	case FRAME_TEXT:
	case FRAME_BINARY:
		listener->message(listener->context, message->bytes, message->len,
				  message->kind == FRAME_TEXT);
		break;
	case FRAME_PONG:
		listener->pong(listener->context, message->bytes, message->len,
			       frames_is_answer(message));
		break;
	case FRAME_CLOSE:
		on_close_frame(socket, message);
		break;
	}
}

static void take_frames(struct websocket *socket, const char *bytes, size_t len)
{
	struct frame_message message;

	frames_in(socket->frames, bytes, len);
	flush(socket);
	while (socket->state == OPEN && frames_next(socket->frames, &message)) {
		on_frame(socket, &message);
		free(message.bytes);
	}
	if (socket->state == OPEN && frames_broken(socket->frames) != NULL) {
		strbuf_reset(&socket->message);
		strbuf_adds(&socket->message, frames_broken(socket->frames));
		tell_closed(socket, FAILURE_PROTOCOL, WEBSOCKET_ABNORMAL, "");
	}
}

/* --- the answer ---------------------------------------------------------------------------- */

/* What a server says may hold what it was asked with. */
static void quote(const struct websocket *socket, struct strbuf *out, const char *bytes, size_t len,
		  size_t most)
{
	const struct redactor *const redactors[] = {socket->masks, socket->options.secrets};
	struct strbuf masked, text;

	strbuf_init(&masked, LIMIT_BODY);
	strbuf_add(&masked, bytes, len);
	for (size_t i = 0; i < BASE_LEN(redactors); i++) {
		if (redactors[i] == NULL)
			continue;
		text = masked;
		strbuf_init(&masked, LIMIT_BODY);
		redact(redactors[i], &masked, text.data, text.len);
		strbuf_release(&text);
	}
	redact_quote(socket->options.redactor, out, masked.data, masked.len, most);
	strbuf_release(&masked);
}

/* The server's own words, where they are no page. */
static void quote_body(const struct websocket *socket, struct strbuf *out)
{
	const struct strbuf *body = &socket->body;
	size_t len = body->len;

	while (len != 0 && (unsigned char)body->data[len - 1] <= ' ')
		len--;
	if (len == 0 || body->data[strspn(body->data, " \t\r\n")] == '<')
		return;
	strbuf_adds(out, " and \"");
	quote(socket, out, body->data, len, BODY_SHOWN);
	strbuf_addc(out, '"');
}

/* What an answer that is no 101 most likely means. */
static void explain_refusal(const struct websocket *socket, struct strbuf *out)
{
	const struct upgrade_answer *answer = &socket->answer;
	const char *version = upgrade_header(answer, "Sec-WebSocket-Version");
	const char *location = upgrade_header(answer, "Location");

	strbuf_addf(out, "answered %d%s", answer->status, answer->reason[0] != '\0' ? " " : "");
	quote(socket, out, answer->reason, strlen(answer->reason), 40);
	quote_body(socket, out);
	strbuf_adds(out, " where 101 was due: ");
	if (answer->status >= 300 && answer->status <= 399 && location != NULL) {
		strbuf_adds(out, "a WebSocket follows no redirect; put ");
		quote(socket, out, location, strlen(location), 300);
		strbuf_adds(out, " in this check");
		return;
	}
	if (version != NULL && strstr(version, "13") == NULL) {
		strbuf_adds(out, "it wants version ");
		quote(socket, out, version, strlen(version), 40);
		strbuf_adds(out, " of the protocol, and 13 is the standard's");
		return;
	}
	if (answer->status == 401)
		strbuf_adds(out, "it wants credentials; set 'auth' or the token that the page sends");
	else if (answer->status == 403)
		strbuf_adds(out, "it may not be opened so; compare 'origin', token and user with what "
				 "the page sends");
	else if (answer->status == 404 || answer->status == 405)
		strbuf_adds(out, "no WebSocket at this path, or a server that lacks its WebSocket "
				 "library; see the server's log");
	else if (answer->status == 400 || answer->status == 426)
		strbuf_adds(out, "it saw no upgrade; does a proxy drop the headers Upgrade and "
				 "Connection?");
	else if (answer->status <= 299)
		strbuf_adds(out, "something answers this path that speaks no WebSocket: a proxy that "
				 "does not pass the upgrade on, or a page for every path");
	else if (answer->status >= 502 && answer->status <= 504)
		strbuf_adds(out, "a proxy gets no good answer from the server behind it");
	else if (answer->status >= 500)
		strbuf_adds(out, "the server failed; see its log");
	else
		strbuf_adds(out, "the handshake was not accepted");
}

static bool ask_anew(struct websocket *socket);

static void refuse(struct websocket *socket)
{
	if (socket->answer.status == 401 && ask_anew(socket))
		return;
	strbuf_reset(&socket->message);
	explain_refusal(socket, &socket->message);
	socket->opening.failed_phase = PHASE_WAIT;
	tell_opened(socket, FAILURE_UPGRADE);
}

static struct upgrade_request request_of(const struct websocket *socket)
{
	return (struct upgrade_request){
		.target = socket->target.data,
		.authority = socket->authority.data,
		.key = socket->key,
		.protocols = socket->options.protocols,
		.protocol_count = socket->options.protocol_count,
		.origin = socket->options.origin,
		.authorization = socket->authorization.data,
		.headers = socket->headers,
		.header_count = socket->options.header_count,
	};
}

/* 101: either it is open now, or it says something wrong. */
static void accept_answer(struct websocket *socket)
{
	const struct upgrade_request request = request_of(socket);

	strbuf_reset(&socket->message);
	strbuf_adds(&socket->message, "answered 101 ");
	if (upgrade_is_sound(&socket->answer, &request, &socket->message)) {
		socket->state = OPEN;
		socket->frames = frames_new();
		socket->opening.subprotocol =
			upgrade_header(&socket->answer, "Sec-WebSocket-Protocol");
		tell_opened(socket, FAILURE_NONE);
	} else {
		socket->opening.failed_phase = PHASE_WAIT;
		tell_opened(socket, FAILURE_UPGRADE);
	}
}

static void not_http(struct websocket *socket, const char *bytes, size_t len)
{
	strbuf_reset(&socket->message);
	strbuf_addf(&socket->message, "is not answered in HTTP by %s, but with \"", peer_of(socket));
	quote(socket, &socket->message, bytes, len, 40);
	strbuf_adds(&socket->message, "\"; does another service use that port?");
	socket->opening.failed_phase = PHASE_RECEIVE;
	tell_opened(socket, FAILURE_PROTOCOL);
}

static void too_large(struct websocket *socket)
{
	strbuf_reset(&socket->message);
	strbuf_addf(&socket->message, "answered with more than %u KB of headers", LIMIT_HEAD >> 10);
	socket->opening.failed_phase = PHASE_RECEIVE;
	tell_opened(socket, FAILURE_TOO_LARGE);
}

/* When the request was on its way. */
static struct mono_time take_sent(struct websocket *socket)
{
	struct mono_time sent = stream_sent_at(socket->stream);

	if (sent.ns == 0)
		return socket->asked_at;
	socket->opening.phases.ns[PHASE_SEND] = sent.ns - socket->asked_at.ns;
	return sent;
}

/* How much of the answer is used up. */
static size_t take_answer(struct websocket *socket, const char *bytes, size_t len)
{
	struct mono_time now = net_now(socket->net);
	size_t head = 0;

	if (socket->heard_at.ns == 0) {
		socket->heard_at = now;
		socket->opening.phases.ns[PHASE_WAIT] = now.ns - take_sent(socket).ns;
	}
	/* Interim answers come in front of the one that counts (RFC 9110 section 15.2). */
	do {
		switch (upgrade_read(&socket->reader, bytes + head, len - head, &socket->arena,
				     &socket->answer)) {
		case UPGRADE_MORE:
			return head;
		case UPGRADE_NOT_HTTP:
			not_http(socket, bytes + head, len - head);
			return len;
		case UPGRADE_TOO_LARGE:
			too_large(socket);
			return len;
		case UPGRADE_WHOLE:
			head += socket->answer.len;
			break;
		}
	} while (upgrade_is_interim(&socket->answer));
	socket->opening.answer = &socket->answer;
	socket->opening.phases.ns[PHASE_RECEIVE] = now.ns - socket->heard_at.ns;
	if (socket->answer.status != 101) {
		socket->state = REFUSED;
		return head;
	}
	accept_answer(socket);
	if (socket->state == OPEN)
		take_frames(socket, bytes + head, len - head);
	return len;
}

static size_t on_received(void *context, const char *bytes, size_t len)
{
	struct websocket *socket = context;
	size_t used = 0;

	enter(socket);
	if (socket->state == OPEN) {
		take_frames(socket, bytes, len);
		used = len;
	} else if (socket->state == ASKED) {
		used = take_answer(socket, bytes, len);
	}
	if (socket->state == REFUSED) {
		strbuf_reset(&socket->body);
		if (upgrade_body(&socket->answer, bytes + used, len - used, &socket->body))
			refuse(socket);
	}
	leave(socket);
	return used;
}

/* --- the end ------------------------------------------------------------------------------- */

static void explain_timeout(struct websocket *socket, bool heard)
{
	struct strbuf *out = &socket->message;

	strbuf_adds(out, "timed out after ");
	duration_format(out, socket->options.timeout_ns);
	if (heard)
		strbuf_addf(out, " in phase receive: %s began to answer the upgrade and did not end",
			    peer_of(socket));
	else
		strbuf_addf(out, " in phase wait: the upgrade request went to %s, no answer came; the "
				 "service accepts but hangs",
			    peer_of(socket));
}

static void end_early(struct websocket *socket, enum failure failure, const char *message)
{
	bool heard = socket->heard_at.ns != 0;

	if (socket->state == ASKED && !heard)
		(void)take_sent(socket);
	if (failure == FAILURE_TIMEOUT)
		explain_timeout(socket, heard);
	else if (failure == FAILURE_CLOSED || failure == FAILURE_RESET)
		strbuf_addf(&socket->message, "got no %sanswer to the upgrade: %s %s the connection",
			    heard ? "whole " : "", peer_of(socket),
			    failure == FAILURE_CLOSED ? "closed" : "reset");
	else
		strbuf_adds(&socket->message, message);
	socket->opening.failed_phase = heard ? PHASE_RECEIVE : PHASE_WAIT;
	tell_opened(socket, failure);
}

static void on_ended(void *context, enum failure failure, const char *message)
{
	struct websocket *socket = context;

	enter(socket);
	strbuf_reset(&socket->message);
	switch (socket->state) {
	case CONNECTING:
	case ASKED:
		end_early(socket, failure, message);
		break;
	case REFUSED:
		refuse(socket); /* what came of its body is evidence enough */
		break;
	case OPEN:
		strbuf_adds(&socket->message,
			    failure == FAILURE_CLOSED  ? "closed the connection without a close frame"
			    : failure == FAILURE_RESET ? "reset the connection after the upgrade"
						       : message);
		tell_closed(socket, failure, WEBSOCKET_ABNORMAL, "");
		break;
	case ENDED:
		break;
	}
	leave(socket);
}

/* --- the beginning ------------------------------------------------------------------------- */

static struct mono_time deadline_of(const struct websocket *socket)
{
	return (struct mono_time){socket->began.ns + socket->options.timeout_ns};
}

static void ask(struct websocket *socket)
{
	const struct upgrade_request request = request_of(socket);

	upgrade_write(&request, &socket->request);
	socket->state = ASKED;
	socket->reader = (struct upgrade_reader){.left = LIMIT_HEAD};
	socket->asked_at = net_now(socket->net);
	socket->ear = (struct stream_listener){.received = on_received,
					       .ended = on_ended, .context = socket,
					       .most = LIMIT_HEAD + LIMIT_BODY_KEPT};
	stream_listen(socket->stream, &socket->ear, deadline_of(socket));
	stream_write(socket->stream, socket->request.data, socket->request.len);
}

static const char *keep(struct websocket *socket, const char *text)
{
	return text != NULL ? arena_strdup(&socket->arena, text) : NULL;
}

static void on_connected(void *context, struct stream *stream, const struct stream_result *result)
{
	struct websocket *socket = context;
	struct websocket_opening *opening = &socket->opening;

	(void)stream;
	enter(socket);
	opening->phases = result->phases;
	opening->peer = keep(socket, result->peer);
	opening->certs = result->certs;
	opening->cert_count = result->cert_count;
	opening->tls_version = result->tls_version;
	opening->failed_phase = result->failed_phase;
	if (result->failure == FAILURE_NONE) {
		ask(socket);
	} else {
		strbuf_adds(&socket->message, result->message);
		tell_opened(socket, result->failure);
	}
	leave(socket);
}

static void begin_stream(struct websocket *socket)
{
	int64_t left_ns = deadline_of(socket).ns - net_now(socket->net).ns;
	const struct stream_options where = {.host = socket->host.data, .port = socket->port,
					     .unix_path = socket->options.unix_path,
					     .secure = socket->secure, .tls = socket->options.tls,
					     .proxy = socket->options.proxy,
					     .timeout_ns = left_ns > 0 ? left_ns : 1};

	upgrade_key(socket->key);
	socket->stream = stream_open(socket->net, &where, on_connected, socket);
}

/* False where there is no token that holds. */
static bool use_token(struct websocket *socket)
{
	const char *token = oauth_token(socket->oauth);

	if (token == NULL)
		return false;
	free(socket->token);
	socket->token = xstrdup(token);
	if (socket->masks == NULL)
		socket->masks = redactor_new();
	redactor_add(socket->masks, token);
	strbuf_reset(&socket->authorization);
	strbuf_addf(&socket->authorization, "Bearer %s", token);
	return true;
}

static void on_token(void *context, enum failure failure, const char *said)
{
	struct websocket *socket = context;

	enter(socket);
	socket->token_new = true;
	if (failure == FAILURE_NONE && use_token(socket)) {
		begin_stream(socket);
	} else {
		strbuf_adds(&socket->message, said != NULL ? said : "got a token that had ended already");
		tell_opened(socket, failure != FAILURE_NONE ? failure : FAILURE_TOKEN);
	}
	leave(socket);
}

static void begin(struct websocket *socket)
{
	socket->opening = (struct websocket_opening){.failed_phase = PHASE_NONE,
						     .phases = phases_unmeasured()};
	if (socket->oauth == NULL || use_token(socket)) {
		begin_stream(socket);
		return;
	}
	socket->token_wait.done = on_token;
	socket->token_wait.context = socket;
	oauth_wait_start(&socket->token_wait, socket->oauth, deadline_of(socket),
			 socket->options.timeout_ns);
}

/* A token that was got earlier and is refused now may have been revoked: the handshake is tried once more
 * with another one. */
static bool ask_anew(struct websocket *socket)
{
	if (socket->oauth == NULL || socket->token_new || net_now(socket->net).ns >= deadline_of(socket).ns ||
	    !oauth_refused(socket->oauth, socket->token))
		return false;
	socket->token_new = true;
	stream_close(socket->stream);
	socket->stream = NULL;
	socket->state = CONNECTING;
	socket->heard_at.ns = 0;
	strbuf_reset(&socket->request);
	strbuf_reset(&socket->body);
	strbuf_reset(&socket->message);
	begin(socket);
	return true;
}

static void add_part(struct strbuf *out, CURLU *url, CURLUPart part, unsigned flags)
{
	char *text = NULL;

	if (curl_url_get(url, part, &text, flags) == CURLUE_OK)
		strbuf_adds(out, text);
	curl_free(text);
}

static void set_authorization(struct websocket *socket, CURLU *url)
{
	const struct auth *auth = socket->options.auth;
	struct strbuf pair;

	strbuf_init(&pair, REQUEST_MOST);
	if (auth != NULL && auth->kind == AUTH_BASIC) {
		strbuf_addf(&pair, "%s:%s", auth->user, auth->secret);
	} else if (auth != NULL && auth->kind == AUTH_BEARER) {
		strbuf_addf(&socket->authorization, "Bearer %s", auth->secret);
	} else {
		add_part(&pair, url, CURLUPART_USER, CURLU_URLDECODE);
		if (pair.len != 0) {
			strbuf_addc(&pair, ':');
			add_part(&pair, url, CURLUPART_PASSWORD, CURLU_URLDECODE);
		}
	}
	if (pair.len != 0) {
		strbuf_adds(&socket->authorization, "Basic ");
		base64_add(&socket->authorization, pair.data, pair.len);
	}
	strbuf_release(&pair);
}

/* False where the URL is none; check->url is sound, so this is libcurl's own opinion. */
static bool take_url(struct websocket *socket, const char *text)
{
	CURLU *url = curl_url();
	struct strbuf port;
	bool ok = url != NULL && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK;

	strbuf_init(&port, 8);
	if (ok) {
		socket->secure = strncasecmp(text, "https", 5) == 0;
		add_part(&socket->host, url, CURLUPART_HOST, 0);
		strbuf_adds(&socket->authority, socket->host.data);
		/* The default port is not said (RFC 9110 section 7.2). */
		add_part(&port, url, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
		if (port.len != 0)
			strbuf_addf(&socket->authority, ":%s", port.data);
		socket->port = port.len != 0 ? (int)strtol(port.data, NULL, 10)
					     : socket->secure ? 443 : 80;
		add_part(&socket->target, url, CURLUPART_PATH, 0);
		strbuf_reset(&port);
		if (strchr(text, '?') != NULL) {
			strbuf_addc(&socket->target, '?');
			add_part(&socket->target, url, CURLUPART_QUERY, 0);
		}
		set_authorization(socket, url);
	}
	if (socket->host.len > 2 && socket->host.data[0] == '[') {
		memmove(socket->host.data, socket->host.data + 1, socket->host.len);
		strbuf_cut(&socket->host, socket->host.len - 2);
	}
	strbuf_release(&port);
	curl_url_cleanup(url);
	return ok;
}

struct websocket *websocket_open(struct net *net, const struct websocket_options *options,
				 const struct websocket_listener *listener)
{
	struct websocket *socket = xcalloc(1, sizeof(*socket));
	const struct http_options web = {.auth = options->auth, .tls = options->tls, .proxy = options->proxy};

	*socket = (struct websocket){.magic = SOCKET_MAGIC, .net = net, .options = *options,
				     .listener = listener, .began = net_now(net)};
	arena_init(&socket->arena);
	strbuf_init(&socket->authority, 512);
	strbuf_init(&socket->host, 512);
	strbuf_init(&socket->target, REQUEST_MOST);
	strbuf_init(&socket->authorization, REQUEST_MOST);
	strbuf_init(&socket->request, 4 * REQUEST_MOST);
	strbuf_init(&socket->body, LIMIT_BODY_KEPT);
	strbuf_init(&socket->message, LIMIT_BODY); /* who shows it redacts it before it is cut */
	if (options->header_count != 0)
		socket->headers =
			arena_array(&socket->arena, options->header_count, sizeof(*socket->headers));
	for (size_t i = 0; i < options->header_count; i++)
		socket->headers[i] = (struct exchange_header){options->headers[i].name,
							      options->headers[i].value};
	(void)take_url(socket, options->url);
	if (options->auth != NULL && options->auth->kind == AUTH_OAUTH2)
		socket->oauth = oauth_client_get(net->oauth, &web);
	begin(socket);
	return socket;
}

void websocket_send(struct websocket *socket, const char *text, size_t len)
{
	CHECK_MAGIC(socket, SOCKET_MAGIC);
	frames_text(socket->frames, text, len);
	flush(socket);
}

void websocket_ping(struct websocket *socket)
{
	CHECK_MAGIC(socket, SOCKET_MAGIC);
	frames_ping(socket->frames);
	flush(socket);
}

void websocket_close(struct websocket *socket, int code)
{
	CHECK_MAGIC(socket, SOCKET_MAGIC);
	frames_close(socket->frames, code);
	flush(socket);
}
