/* Requests off a client's buffer, answers back to it. One request is open at a time: what comes
 * behind it waits in the buffer until it is answered, so pipelined requests keep their order. */
#include "demo/http.h"

#include "base/scrub.h"
#include "base/xalloc.h"
#include "demo/answers.h"
#include "demo/gateway.h"
#include "demo/websocket.h"
#include "demo/world.h"

#include <strings.h>

#define HEAD_MAX (16u << 10)
#define BODY_MAX (32u << 10)
#define TARGET_MAX 2048
#define ANSWER_MAX (1u << 20)

const char *http_reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 413:
		return "Content Too Large";
	case 422:
		return "Unprocessable Entity";
	case 500:
		return "Internal Server Error";
	case 502:
		return "Bad Gateway";
	case 503:
		return "Service Unavailable";
	default:
		return "Unknown";
	}
}

/* The Date field (RFC 9110 section 6.6.1). */
static void add_date(struct strbuf *out)
{
	static const char *const days[7] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct civil_time t = civil_from_wall(clock_wall(), 0);

	strbuf_addf(out, "date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", days[t.weekday], t.day,
		    months[t.month - 1], t.year, t.hour, t.minute, t.second);
}

static void note_access(struct client *client, int status, size_t bytes)
{
	struct server *server = client->server;
	struct journal_access access = {
		.method = client->method,
		.path = client->path,
		.status = status,
		.bytes = bytes,
		.client_port = client->port,
		.took_ns = clock_mono().ns - client->started.ns,
	};

	journal_access(&server->world->journal, server->service, clock_wall(), &access);
}

static void end_request(struct client *client)
{
	free(client->method);
	free(client->path);
	free(client->origin);
	client->method = client->path = client->origin = NULL;
	client->answering = false;
}

void http_became_socket(struct client *client)
{
	note_access(client, 101, 0);
	end_request(client);
}

static void on_held(uv_timer_t *timer)
{
	struct client *client = timer->data;

	client_send(client, client->held.data, client->held.len, !client->keep_alive);
	end_request(client);
	http_on_data(client);
}

void http_answer(struct client *client, const struct http_answer *answer)
{
	const char *server = demo_service_info(client->server->service)->server;
	struct strbuf *out = &client->held;

	if (!client->answering)
		BUG("an answer without a request");
	strbuf_reset(out);
	strbuf_addf(out, "HTTP/1.1 %d %s\r\n", answer->status, http_reason(answer->status));
	add_date(out);
	if (server != NULL)
		strbuf_addf(out, "server: %s\r\n", server);
	strbuf_addf(out, "content-type: %s\r\ncontent-length: %zu\r\n", answer->type,
		    answer->body_len);
	if (answer->headers != NULL)
		strbuf_adds(out, answer->headers);
	if (client->origin != NULL && !answer->bare)
		strbuf_addf(out,
			    "access-control-allow-origin: %s\r\n"
			    "access-control-allow-credentials: true\r\nvary: Origin\r\n",
			    client->origin);
	strbuf_adds(out, client->keep_alive ? "\r\n" : "connection: close\r\n\r\n");
	if (strcmp(client->method, "HEAD") != 0)
		strbuf_add(out, answer->body, answer->body_len);
	note_access(client, answer->status, answer->body_len);
	if (answer->delay_ms > 0) {
		uv_timer_start(&client->timer, on_held, (uint64_t)answer->delay_ms, 0);
		return;
	}
	client_send(client, out->data, out->len, !client->keep_alive);
	end_request(client);
}

/* The value of a field in the head (lines up to the blank one), copied; NULL where absent. */
static char *field(const char *head, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " \t");
		return xstrndup(line, strcspn(line, "\r\n"));
	}
	return NULL;
}

static void refuse(struct client *client, int status)
{
	struct http_answer answer = {.status = status, .type = "text/plain; charset=utf-8",
				     .body = http_reason(status),
				     .body_len = strlen(http_reason(status))};

	client->keep_alive = false;
	http_answer(client, &answer);
}

static void dispatch(struct client *client, const char *target, const char *head)
{
	char *authorization = field(head, "authorization");
	char *upgrade = field(head, "upgrade"), *key = field(head, "sec-websocket-key");
	struct http_request request = {.method = client->method, .target = target,
				       .path = client->path, .authorization = authorization,
				       .origin = client->origin, .upgrade = upgrade,
				       .socket_key = key};

	if (demo_service_info(client->server->service)->protocol != DEMO_PROXY ||
	    !gateway_takes(client, &request))
		answers_handle(client, &request);
	free(authorization);
	free(upgrade);
	free(key);
}

/* A page of this origin may ask; of any other the answer says nothing about origins. */
static void take_origin(struct client *client, const char *head)
{
	client->origin = field(head, "origin");
	if (client->origin != NULL && strcmp(client->origin, HTTP_PAGE_ORIGIN) != 0) {
		free(client->origin);
		client->origin = NULL;
	}
}

/* "METHOD target HTTP/1.x" into `client`; false where it is none. */
static bool read_request_line(struct client *client, const char *head, char **target)
{
	size_t line = strcspn(head, "\r\n"), method = strcspn(head, " ");
	const char *start = head + method + 1, *end;

	if (method == 0 || method >= line || method > 16)
		return false;
	end = memchr(start, ' ', line - method - 1);
	if (end == NULL || *start != '/' || end - start > TARGET_MAX ||
	    strncmp(end, " HTTP/1.", 8) != 0)
		return false;
	*target = scrub_dup(start, (size_t)(end - start), TARGET_MAX, SCRUB_LINE);
	client->method = scrub_dup(head, method, 16, SCRUB_LINE);
	client->path = xstrndup(*target, strcspn(*target, "?"));
	client->keep_alive = end[8] == '1';
	return true;
}

/* Takes one whole request off the buffer; false where it is not all there yet. */
static bool take_request(struct client *client)
{
	char *end = strstr(client->in.data, "\r\n\r\n"), *head, *length, *connection, *target = NULL;
	char *chunked;
	size_t head_len, body_len = 0;

	if (end == NULL && client->in.len < HEAD_MAX)
		return false;
	head_len = end != NULL ? (size_t)(end - client->in.data) + 4 : client->in.len;
	head = xstrndup(client->in.data, head_len);
	length = field(head, "content-length");
	if (length != NULL)
		body_len = strtoul(length, NULL, 10);
	free(length);
	if (body_len <= BODY_MAX && client->in.len < head_len + body_len) {
		free(head);
		return false;
	}
	client->answering = true;
	client->started = clock_mono();
	chunked = field(head, "transfer-encoding");
	if (end == NULL || body_len > BODY_MAX || chunked != NULL ||
	    !read_request_line(client, head, &target)) {
		if (client->method == NULL) {
			client->method = xstrdup("-");
			client->path = xstrdup("-");
		}
		strbuf_reset(&client->in);
		refuse(client, body_len > BODY_MAX ? 413 : 400);
	} else {
		connection = field(head, "connection");
		if (connection != NULL && strcasecmp(connection, "close") == 0)
			client->keep_alive = false;
		free(connection);
		take_origin(client, head);
		head_len += body_len;
		memmove(client->in.data, client->in.data + head_len, client->in.len - head_len);
		strbuf_cut(&client->in, client->in.len - head_len);
		dispatch(client, target, head);
	}
	free(chunked);
	free(target);
	free(head);
	return true;
}

void http_on_data(struct client *client)
{
	while (!client->closing && !client->answering && client->in.len > 0) {
		if (client->socket != NULL) {
			demo_socket_on_data(client);
			return;
		}
		if (!take_request(client))
			return;
	}
}
