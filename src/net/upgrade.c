/* The opening handshake as bytes. Invariant: nothing is read past `len`, no header without its name
 * or with a line break inside gets through, and what is allocated for a head is a small multiple of
 * the bytes it came in. See upgrade.h. */
#include "net/upgrade.h"

#include "base/digest.h"
#include "base/limits.h"

#include <errno.h>
#include <strings.h>
#include <sys/random.h>

static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455 section 1.3 */

void upgrade_key(char key[UPGRADE_KEY])
{
	unsigned char nonce[16];
	struct strbuf text;

	/* As many bytes as this never come in parts (getrandom(2)). */
	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		BUG("no random bytes: %s", strerror(errno));
	strbuf_init(&text, UPGRADE_KEY);
	base64_add(&text, nonce, sizeof(nonce));
	memcpy(key, text.data, UPGRADE_KEY);
	strbuf_release(&text);
}

void upgrade_accept(const char *key, struct strbuf *out)
{
	unsigned char hash[20];
	struct strbuf text;

	strbuf_init(&text, 200);
	strbuf_addf(&text, "%s%s", key, guid);
	digest_sha1(text.data, text.len, hash);
	base64_add(out, hash, sizeof(hash));
	strbuf_release(&text);
}

/* --- the request --------------------------------------------------------------------------- */

static bool has_own(const struct upgrade_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (strcasecmp(request->headers[i].name, name) == 0)
			return true;
	return false;
}

static void add_header(const struct upgrade_request *request, struct strbuf *out, const char *name,
		       const char *value)
{
	if (value != NULL && value[0] != '\0' && !has_own(request, name))
		strbuf_addf(out, "%s: %s\r\n", name, value);
}

void upgrade_write(const struct upgrade_request *request, struct strbuf *out)
{
	strbuf_addf(out, "GET %s HTTP/1.1\r\n", request->target);
	add_header(request, out, "Host", request->authority);
	if (request->key[0] != '\0') {
		add_header(request, out, "Upgrade", "websocket");
		add_header(request, out, "Connection", "Upgrade");
		add_header(request, out, "Sec-WebSocket-Key", request->key);
		add_header(request, out, "Sec-WebSocket-Version", "13");
	}
	if (request->protocol_count != 0 && !has_own(request, "Sec-WebSocket-Protocol")) {
		for (size_t i = 0; i < request->protocol_count; i++)
			strbuf_addf(out, "%s%s", i == 0 ? "Sec-WebSocket-Protocol: " : ", ",
				    request->protocols[i]);
		strbuf_adds(out, "\r\n");
	}
	add_header(request, out, "Origin", request->origin);
	add_header(request, out, "Authorization", request->authorization);
	for (size_t i = 0; i < request->header_count; i++)
		if (request->headers[i].value[0] != '\0')
			strbuf_addf(out, "%s: %s\r\n", request->headers[i].name,
				    request->headers[i].value);
	strbuf_adds(out, "\r\n");
}

/* --- the answer's head --------------------------------------------------------------------- */

static bool is_token_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* "HTTP/1.1 101 Switching Protocols"; ends with a NUL, and the reason points into it. */
static bool read_status_line(const char *line, size_t len, struct upgrade_answer *answer)
{
	const size_t fixed = strlen("HTTP/1.1 101");

	if (len < fixed || memcmp(line, "HTTP/1.", 7) != 0 || line[7] < '0' || line[7] > '9' ||
	    line[8] != ' ' || (len > fixed && line[fixed] != ' '))
		return false;
	for (size_t i = 9; i < fixed; i++) {
		if (line[i] < '0' || line[i] > '9')
			return false;
		answer->status = answer->status * 10 + (line[i] - '0');
	}
	memcpy(answer->version, line + 5, 3);
	answer->version[3] = '\0';
	answer->reason = len > fixed ? line + fixed + 1 : "";
	return answer->status >= 100 && answer->status <= 599;
}

/* Ends name and value with a NUL in place. A line that is no header (a folded one, RFC 9112 section 5.2)
 * is passed over. */
static void read_header(char *line, size_t len, struct upgrade_answer *answer)
{
	size_t name = 0, from;

	while (name < len && is_token_byte(line[name]))
		name++;
	if (name == 0 || name == len || line[name] != ':')
		return;
	for (from = name + 1; from < len && (line[from] == ' ' || line[from] == '\t'); from++)
		;
	while (len > from && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	line[name] = line[len] = '\0';
	answer->headers[answer->header_count++] =
		(struct exchange_header){.name = line, .value = line + from};
}

bool upgrade_is_interim(const struct upgrade_answer *answer)
{
	return answer->status < 200 && answer->status != 101;
}

/* Takes a whole head apart, in place; false where it is none of HTTP. */
static bool read_head(char *head, struct arena *arena, struct upgrade_answer *answer)
{
	char *at = head, *newline;
	size_t lines = 0;

	for (const char *c = head; c < head + answer->len; c++)
		lines += *c == '\n';
	while ((newline = memchr(at, '\n', (size_t)(head + answer->len - at))) != NULL) {
		size_t len = (size_t)(newline - at);

		if (len != 0 && at[len - 1] == '\r')
			len--;
		if (at != head) {
			read_header(at, len, answer);
		} else {
			at[len] = '\0';
			if (!read_status_line(at, len, answer))
				return false;
			if (upgrade_is_interim(answer))
				return true;
			answer->headers = arena_array(arena, lines, sizeof(*answer->headers));
		}
		at = newline + 1;
	}
	return true;
}

/* Whether what came can still become a status line. */
static bool may_be_http(const char *bytes, size_t len)
{
	static const char beginning[] = "HTTP/1.";
	size_t here = len < strlen(beginning) ? len : strlen(beginning);

	return memcmp(bytes, beginning, here) == 0;
}

/* Bytes of the head with its empty line; 0 where that has not come. */
static size_t head_len(const char *bytes, size_t len, size_t from)
{
	const char *at = bytes + from, *end = bytes + len;

	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		size_t empty = end - at > 2 && at[1] == '\r' ? 2 : 1;

		at++;
		if (at + empty <= end && at[empty - 1] == '\n')
			return (size_t)(at + empty - bytes);
	}
	return 0;
}

enum upgrade_read upgrade_read(struct upgrade_reader *reader, const char *bytes, size_t len,
			       struct arena *arena, struct upgrade_answer *answer)
{
	size_t seen = len < reader->left ? len : reader->left;

	*answer = (struct upgrade_answer){.reason = ""};
	if (len != 0 && !may_be_http(bytes, len))
		return UPGRADE_NOT_HTTP;
	answer->len = head_len(bytes, seen, reader->looked);
	if (answer->len == 0) {
		/* The last two bytes may be the beginning of its end. */
		reader->looked = seen > 2 ? seen - 2 : 0;
		return len >= reader->left ? UPGRADE_TOO_LARGE : UPGRADE_MORE;
	}
	reader->left -= answer->len;
	reader->looked = 0;
	return read_head(arena_memdup(arena, bytes, answer->len), arena, answer) ? UPGRADE_WHOLE
									       : UPGRADE_NOT_HTTP;
}

const struct exchange_header *upgrade_headers(const struct upgrade_answer *answer, struct arena *arena)
{
	struct exchange_header *headers = arena_array(arena, answer->header_count, sizeof(*headers));

	for (size_t i = 0; i < answer->header_count; i++)
		headers[i] = (struct exchange_header){arena_strdup(arena, answer->headers[i].name),
						      arena_strdup(arena, answer->headers[i].value)};
	return headers;
}

size_t upgrade_headers_kept(const struct upgrade_answer *answer)
{
	size_t count = 0;

	for (size_t room = LIMIT_HEADERS; count < answer->header_count; count++) {
		size_t size = strlen(answer->headers[count].name) + strlen(answer->headers[count].value);

		if (size > room)
			break;
		room -= size;
	}
	return count;
}

const char *upgrade_header(const struct upgrade_answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->header_count; i++)
		if (strcasecmp(answer->headers[i].name, name) == 0)
			return answer->headers[i].value;
	return NULL;
}

/* Whether one of the comma-separated words of a header, in all its lines, is this one. */
static bool header_lists(const struct upgrade_answer *answer, const char *name, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < answer->header_count; i++) {
		const char *at = answer->headers[i].value;

		if (strcasecmp(answer->headers[i].name, name) != 0)
			continue;
		for (; *at != '\0'; at += strcspn(at, ",")) {
			at += strspn(at, ", \t");
			if (strncasecmp(at, word, len) == 0 && strchr(", \t", at[len]) != NULL)
				return true;
		}
	}
	return false;
}

static bool protocol_is_sound(const struct upgrade_answer *answer,
			      const struct upgrade_request *request, struct strbuf *why)
{
	const char *chosen = upgrade_header(answer, "Sec-WebSocket-Protocol");

	for (size_t i = 0; chosen != NULL && i < request->protocol_count; i++)
		if (strcmp(chosen, request->protocols[i]) == 0)
			return true;
	if (chosen == NULL && request->protocol_count == 0)
		return true;
	if (chosen == NULL)
		strbuf_addf(why, "and chose no subprotocol of those offered (%s%s); see which the "
				 "server knows, or leave 'subprotocols' out",
			    request->protocols[0], request->protocol_count > 1 ? " …" : "");
	else
		strbuf_addf(why, "and chose the subprotocol '%s', which was not offered", chosen);
	return false;
}

bool upgrade_is_sound(const struct upgrade_answer *answer, const struct upgrade_request *request,
		      struct strbuf *why)
{
	const char *accept = upgrade_header(answer, "Sec-WebSocket-Accept");
	const char *extensions = upgrade_header(answer, "Sec-WebSocket-Extensions");
	struct strbuf wanted;
	bool same;

	if (!header_lists(answer, "Upgrade", "websocket")) {
		strbuf_adds(why, "without the header 'Upgrade: websocket'; a proxy on the way drops it");
		return false;
	}
	if (!header_lists(answer, "Connection", "upgrade")) {
		strbuf_adds(why, "without the header 'Connection: Upgrade'; a proxy on the way drops it");
		return false;
	}
	strbuf_init(&wanted, 64);
	upgrade_accept(request->key, &wanted);
	same = accept != NULL && strcmp(accept, wanted.data) == 0;
	strbuf_release(&wanted);
	if (!same) {
		strbuf_adds(why, accept == NULL
				? "without the header Sec-WebSocket-Accept"
				: "with a Sec-WebSocket-Accept that does not belong to the key that "
				  "was sent: something between caches or repeats an answer");
		return false;
	}
	if (extensions != NULL && extensions[0] != '\0') {
		strbuf_addf(why, "and uses the extension '%s', which was not offered", extensions);
		return false;
	}
	return protocol_is_sound(answer, request, why);
}

/* --- the body of a refusal ----------------------------------------------------------------- */

/* True at the last chunk, and where it is none any more. */
static bool read_chunks(const char *bytes, size_t len, struct strbuf *body)
{
	const char *at = bytes, *end = bytes + len;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t size = 0, here;

		if (newline == NULL)
			return false;
		if (hex_digit(*at) < 0)
			return true;
		for (; hex_digit(*at) >= 0; at++) {
			if (size > LIMIT_BODY)
				return true;
			size = size * 16 + (size_t)hex_digit(*at);
		}
		if (size == 0)
			return true;
		at = newline + 1;
		here = (size_t)(end - at) < size ? (size_t)(end - at) : size;
		strbuf_add(body, at, here);
		at += here;
		if (at < end && *at == '\r')
			at++;
		if (at < end && *at == '\n')
			at++;
	}
	return false;
}

bool upgrade_body(const struct upgrade_answer *answer, const char *bytes, size_t len,
		  struct strbuf *body)
{
	const char *length = upgrade_header(answer, "Content-Length");
	size_t wanted = 0;

	if (answer->status < 200 || answer->status == 204 || answer->status == 304)
		return true;
	if (header_lists(answer, "Transfer-Encoding", "chunked"))
		return read_chunks(bytes, len, body) || body->truncated;
	if (length == NULL) {
		strbuf_add(body, bytes, len);
		return body->truncated;
	}
	for (; *length >= '0' && *length <= '9' && wanted <= LIMIT_BODY; length++)
		wanted = wanted * 10 + (size_t)(*length - '0');
	strbuf_add(body, bytes, len < wanted ? len : wanted);
	return len >= wanted || body->truncated;
}
