/* Evidence of an HTTP exchange: built only when somebody keeps it, from what libcurl still holds
 * inside `done`. Every byte of the peer's and every secret of ours passes redact() and scrub()
 * here, once. See http.h. */
#include "net/http.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "base/vec.h"
#include "net/http_pool.h"

#include <strings.h>

#define REQUEST_MAX 4096
/* Of what is redacted, so that what scrubbing leaves of it fills what is kept. */
#define REDACTED_MAX (4 * LIMIT_BODY_KEPT)
#define REQUEST_RAW (4 * LIMIT_BODY) /* cut only after it was redacted */

/* Texts of one draft; all are copied by exchange_new(), then it is released. */
struct draft {
	const struct redactor *redactor;
	struct strbuf redacted, text;
	struct VEC_OF(char *) texts;
};

static void draft_init(struct draft *draft, const struct redactor *redactor)
{
	*draft = (struct draft){.redactor = redactor};
	strbuf_init(&draft->redacted, REDACTED_MAX);
	strbuf_init(&draft->text, REDACTED_MAX);
}

static void draft_release(struct draft *draft)
{
	for (size_t i = 0; i < draft->texts.len; i++)
		free(draft->texts.at[i]);
	vec_release(&draft->texts);
	strbuf_release(&draft->redacted);
	strbuf_release(&draft->text);
}

static const char *clean(struct draft *draft, const char *bytes, size_t len, size_t max, unsigned flags)
{
	strbuf_reset(&draft->redacted);
	strbuf_reset(&draft->text);
	if (draft->redactor != NULL && !redactor_empty(draft->redactor)) {
		redact(draft->redactor, &draft->redacted, bytes, len);
		bytes = draft->redacted.data;
		len = draft->redacted.len;
	} else if (len > REDACTED_MAX) {
		len = REDACTED_MAX;
	}
	scrub(&draft->text, bytes, len, flags);
	if (draft->text.len > max) {
		size_t cut = max;

		while (cut > 0 && ((unsigned char)draft->text.data[cut] & 0xC0) == 0x80)
			cut--; /* never half a character */
		strbuf_cut(&draft->text, cut);
	}
	char *text = xmemdup(draft->text.data, draft->text.len + 1);

	vec_push(&draft->texts, text);
	return text;
}

static const char *clean_text(struct draft *draft, const char *text)
{
	return text != NULL ? clean(draft, text, strlen(text), LIMIT_HEADERS, SCRUB_LINE) : NULL;
}

static const char *request_text(struct draft *draft, const struct http_run *run)
{
	const struct http_options *options = &run->target->options;
	struct strbuf request;
	const char *text;

	strbuf_init(&request, REQUEST_RAW);
	strbuf_addf(&request, "%s %s", run->as_get ? "GET" : options->method,
		    run->hop_url != NULL ? run->hop_url : options->url);
	for (const struct curl_slist *header = run->foreign ? NULL : run->target->headers;
	     header != NULL; header = header->next) {
		size_t len = strlen(header->data);

		/* No configuration names the token, so no redactor may know it yet. */
		if (run->target->token != NULL && strstr(header->data, run->target->token) != NULL)
			strbuf_addf(&request, "\nAuthorization: Bearer %s", REDACT_MASK);
		else if (len != 0 && header->data[len - 1] != ':')
			strbuf_addf(&request, "\n%s", header->data);
	}
	if (!run->foreign && options->auth != NULL && options->auth->kind == AUTH_BASIC)
		strbuf_addf(&request, "\nAuthorization: Basic %s", REDACT_MASK);
	if (!run->foreign && !run->as_get && options->body != NULL && options->body_len == 0)
		strbuf_addf(&request, "\n\n%s", options->body);
	text = clean(draft, request.data, request.len, REQUEST_MAX, SCRUB_TEXT);
	strbuf_release(&request);
	return text;
}

static const char *peer_text(struct draft *draft, const struct http_run *run)
{
	const char *path = run->target->options.unix_path;
	CURL *easy = run->easy;
	char text[128];
	char *ip = NULL;
	long port = 0;

	curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
	curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
	if (ip == NULL || ip[0] == '\0')
		return NULL;
	if (path != NULL)
		(void)snprintf(text, sizeof(text), "unix:%s", path);
	else
		(void)snprintf(text, sizeof(text), strchr(ip, ':') != NULL ? "[%s]:%ld" : "%s:%ld", ip, port);
	return clean_text(draft, text);
}

static const char *version_text(CURL *easy)
{
	long version = 0;

	curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
	switch (version) {
	case CURL_HTTP_VERSION_1_0:
		return "1.0";
	case CURL_HTTP_VERSION_1_1:
		return "1.1";
	case CURL_HTTP_VERSION_2_0:
		return "2";
	default:
		return NULL;
	}
}

struct header_list VEC_OF(struct exchange_header);

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_break(char c)
{
	return c == '\r' || c == '\n';
}

/* Without blanks around it (RFC 9110 section 5.5); a line that goes on stands behind it with one blank (RFC
 * 9112 section 5.2). */
static const char *field_text(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_strndup(arena, text, len);
	size_t kept = 0;

	for (size_t i = 0; i < len; i++) {
		if (!is_break(copy[i])) {
			if (!is_blank(copy[i]) || kept != 0)
				copy[kept++] = copy[i];
			continue;
		}
		while (i + 1 < len && (is_break(copy[i + 1]) || is_blank(copy[i + 1])))
			i++;
		while (kept != 0 && is_blank(copy[kept - 1]))
			kept--;
		if (kept != 0)
			copy[kept++] = ' ';
	}
	while (kept != 0 && is_blank(copy[kept - 1]))
		kept--;
	copy[kept] = '\0';
	return copy;
}

/* The end of the field that begins at `at`: of its line and of those that it goes on with; NULL without one. */
static const char *field_end(const char *at, const char *end)
{
	do {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at != NULL ? at + 1 : NULL;
	} while (at != NULL && at < end && is_blank(*at));
	return at;
}

/* The header lines of these bytes; libcurl's own list of them costs a walk over all for each one. */
static const struct exchange_header *read_lines(const char *at, size_t len, struct arena *arena, size_t *count)
{
	const char *end = at + len, *next;
	struct exchange_header *headers;
	size_t fields = 0;

	for (const char *field = at; field < end && (field = field_end(field, end)) != NULL;)
		fields++;
	headers = arena_array(arena, fields, sizeof(*headers));
	for (*count = 0; fields-- != 0; at = next) {
		const char *colon;

		next = field_end(at, end);
		colon = memchr(at, ':', (size_t)(next - at));
		if (colon != NULL)
			headers[(*count)++] = (struct exchange_header){
				field_text(arena, at, (size_t)(colon - at)),
				field_text(arena, colon + 1, (size_t)(next - colon - 1))};
	}
	return headers;
}

/* Headers in the order they came, trailers last, at most LIMIT_HEADERS bytes of them. */
static void read_headers(struct draft *draft, const struct http_run *run, struct header_list *list)
{
	const struct exchange_header *headers;
	size_t room = LIMIT_HEADERS, count;
	struct arena arena;

	arena_init(&arena);
	headers = read_lines(run->head.data, run->head.len, &arena, &count);
	for (size_t i = 0; i < count; i++) {
		size_t size = strlen(headers[i].name) + strlen(headers[i].value);

		if (size > room)
			break;
		room -= size;
		vec_push(list, ((struct exchange_header){
				       .name = clean_text(draft, headers[i].name),
				       .value = clean_text(draft, headers[i].value)}));
	}
	arena_release(&arena);
}

struct exchange *http_evidence(const struct http_run *run, const struct http_result *result,
			       const struct redactor *redactor)
{
	struct draft draft;
	struct header_list headers = {0};
	struct exchange exchange = {.http_status = result->status, .reused = result->reused,
		.body_size = result->body_size, .tls_version = result->tls_version,
		.certificates = result->certs, .certificate_count = result->cert_count};
	char *location = NULL;
	struct exchange *made;

	draft_init(&draft, redactor);
	exchange.request = request_text(&draft, run);
	if (run->asked) {
		exchange.peer = peer_text(&draft, run);
		exchange.http_version = version_text(run->easy);
		curl_easy_getinfo(run->easy, CURLINFO_REDIRECT_URL, &location);
		read_headers(&draft, run, &headers);
	}
	exchange.redirected_to = clean_text(&draft, location != NULL ? location : run->hop_url);
	exchange.headers = headers.at;
	exchange.header_count = headers.len;
	if (result->body_len != 0) {
		exchange.body = clean(&draft, result->body, result->body_len, LIMIT_BODY_KEPT, SCRUB_TEXT);
		exchange.body_len = strlen(exchange.body);
		exchange.body_cut = result->body_cut || result->body_len > LIMIT_BODY_KEPT;
	}
	made = exchange_new(&exchange);
	vec_release(&headers);
	draft_release(&draft);
	return made;
}

bool http_header(const struct http_run *run, const char *name, struct strbuf *value)
{
	const char *at = run->head.data, *end = at + (run->asked ? run->head.len : 0), *next;
	size_t len = strlen(name), count = 0;

	for (; at < end && (next = memchr(at, '\n', (size_t)(end - at))) != NULL; at = next + 1) {
		const char *from, *to = next;

		if ((size_t)(next - at) <= len || at[len] != ':' || strncasecmp(at, name, len) != 0)
			continue;
		from = at + len + 1;
		while (from < to && strchr(" \t\r", *from) != NULL)
			from++;
		while (to > from && strchr(" \t\r", to[-1]) != NULL)
			to--;
		strbuf_addf(value, "%s%.*s", count++ != 0 ? ", " : "", (int)(to - from), from);
	}
	return count != 0;
}

const struct exchange_header *http_headers(const struct http_run *run, struct arena *arena, size_t *count)
{
	return read_lines(run->head.data, run->headers_ended ? run->head_len : run->head.len, arena, count);
}
