/* The wire of WebSockets and Engine.IO without a server: the handshake's two sides, frames in pieces, open
 * packets and errors; and the placeholders of a flow. */
#include "base/limits.h"
#include "base/placeholder.h"
#include "net/upgrade.h"
#include "net/websocket.h"
#include "net/websocket_frames.h"
#include "probe/engineio.h"

#include "unit.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define GOOD "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nconnection: keep-alive, Upgrade\r\n"

static void test_request(void **state)
{
	static const char *const protocols[] = {"a", "b"};
	static const struct exchange_header headers[] = {{"X-A", "1"}, {"host", "other"}, {"Accept", ""}};
	const struct upgrade_request request = {
		.target = "/ws?x=1", .authority = "h:81", .key = KEY, .protocols = protocols,
		.protocol_count = 2, .origin = "https://app", .authorization = "Bearer t",
		.headers = headers, .header_count = 3};
	char key[UPGRADE_KEY], other[UPGRADE_KEY];
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 4096);
	upgrade_write(&request, &out);
	assert_string_equal(out.data, "GET /ws?x=1 HTTP/1.1\r\nUpgrade: websocket\r\n"
				      "Connection: Upgrade\r\nSec-WebSocket-Key: " KEY "\r\n"
				      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: a, b\r\n"
				      "Origin: https://app\r\nAuthorization: Bearer t\r\n"
				      "X-A: 1\r\nhost: other\r\n\r\n");
	strbuf_release(&out);
	upgrade_key(key);
	upgrade_key(other);
	assert_int_equal(strlen(key), 24);
	assert_string_not_equal(key, other);
}

static const struct {
	const char *bytes;
	enum upgrade_read read;
	const char *why; /* NULL: sound */
} answers[] = {
	{GOOD ACCEPT "\r\n", UPGRADE_WHOLE, NULL},
	{GOOD ACCEPT "\n", UPGRADE_WHOLE, NULL},
	{GOOD ACCEPT, UPGRADE_MORE, NULL},
	{"", UPGRADE_MORE, NULL},
	{"HTT", UPGRADE_MORE, NULL},
	{"220 mail", UPGRADE_NOT_HTTP, NULL},
	{"HTTP/2 200\r\n\r\n", UPGRADE_NOT_HTTP, NULL},
	{"HTTP/1.1 99 x\r\n\r\n", UPGRADE_NOT_HTTP, NULL},
	{"HTTP/1.1 1010\r\n\r\n", UPGRADE_NOT_HTTP, NULL},
	{"HTTP/1.1 101\r\n\r\n", UPGRADE_WHOLE, "without the header 'Upgrade"},
	{GOOD "\r\n", UPGRADE_WHOLE, "without the header Sec-WebSocket-Accept"},
	{GOOD "Sec-WebSocket-Accept: x\r\n\r\n", UPGRADE_WHOLE, "does not belong"},
	{"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgraded\r\n" ACCEPT "\r\n", UPGRADE_WHOLE,
	 "without the header 'Connection"},
	{GOOD ACCEPT "Sec-WebSocket-Protocol: a\r\n\r\n", UPGRADE_WHOLE, "was not offered"},
	{GOOD ACCEPT "Sec-WebSocket-Extensions: x\r\n\r\n", UPGRADE_WHOLE, "the extension 'x'"},
};

static void test_answer(void **state)
{
	const struct upgrade_request request = {.target = "/", .authority = "h", .key = KEY};
	struct upgrade_answer answer;
	struct arena arena;
	struct strbuf why;

	(void)state;
	for (size_t i = 0; i < BASE_LEN(answers); i++) {
		const char *bytes = answers[i].bytes;
		struct upgrade_reader reader = {.left = LIMIT_HEAD};

		arena_init(&arena);
		strbuf_init(&why, 500);
		assert_int_equal(upgrade_read(&reader, bytes, strlen(bytes), &arena, &answer), answers[i].read);
		if (answers[i].read == UPGRADE_WHOLE) {
			bool sound = upgrade_is_sound(&answer, &request, &why);

			assert_int_equal(answer.len, strlen(bytes));
			assert_int_equal(sound, answers[i].why == NULL);
			if (!sound)
				assert_non_null(strstr(why.data, answers[i].why));
		}
		strbuf_release(&why);
		arena_release(&arena);
	}
}

static void test_too_large(void **state)
{
	char *bytes = xasprintf("HTTP/1.1 101 x\r\nX: %0*d", LIMIT_HEAD, 1);
	struct upgrade_reader reader = {.left = LIMIT_HEAD};
	struct upgrade_answer answer;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	assert_int_equal(upgrade_read(&reader, bytes, strlen(bytes), &arena, &answer), UPGRADE_TOO_LARGE);
	arena_release(&arena);
	free(bytes);
}

/* Headers are counted in bytes alone, and it does not matter how these come. */
static void test_many_headers(void **state)
{
	struct upgrade_reader reader = {.left = LIMIT_HEAD};
	struct upgrade_answer answer;
	struct strbuf head;
	struct arena arena;
	size_t came = 1;

	(void)state;
	arena_init(&arena);
	strbuf_init(&head, LIMIT_HEAD);
	strbuf_adds(&head, "HTTP/1.1 101 x\r\n");
	for (int i = 0; i < 5000; i++)
		strbuf_addf(&head, "X-%d: v%d\r\n", i, i);
	strbuf_adds(&head, "Last:\tyes \r\n\r\n");
	while (upgrade_read(&reader, head.data, came, &arena, &answer) == UPGRADE_MORE)
		came++;
	assert_int_equal(came, head.len);
	assert_int_equal(answer.len, head.len);
	assert_int_equal(answer.header_count, 5001);
	assert_string_equal(answer.reason, "x");
	assert_string_equal(upgrade_header(&answer, "x-4711"), "v4711");
	assert_string_equal(upgrade_header(&answer, "last"), "yes");
	assert_true(upgrade_headers_kept(&answer) > 500 && upgrade_headers_kept(&answer) < 1000);
	assert_true(arena.bytes < 4 * head.len);
	strbuf_release(&head);
	arena_release(&arena);
}

/* All of an exchange's heads have their bytes together, and none takes more memory than it has bytes. */
static void test_interim(void **state)
{
	static const char interim[] = "HTTP/1.1 100 Continue\r\na:b\r\n\r\n";
	struct upgrade_reader reader = {.left = LIMIT_HEAD};
	struct upgrade_answer answer;
	struct arena arena;
	size_t count = 0;

	(void)state;
	arena_init(&arena);
	while (upgrade_read(&reader, interim, strlen(interim), &arena, &answer) == UPGRADE_WHOLE) {
		assert_true(upgrade_is_interim(&answer));
		count++;
	}
	assert_int_equal(count, LIMIT_HEAD / strlen(interim));
	assert_int_equal(upgrade_read(&reader, interim, strlen(interim), &arena, &answer), UPGRADE_TOO_LARGE);
	assert_true(arena.bytes < 2 * LIMIT_HEAD);
	arena_release(&arena);
}

static void test_body(void **state)
{
	static const struct {
		const char *head, *bytes, *body;
		bool whole;
	} bodies[] = {
		{"Content-Length: 3", "abcdef", "abc", true},
		{"Content-Length: 3", "ab", "ab", false},
		{"X: y", "abc", "abc", false},
		{"Transfer-Encoding: chunked", "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", "abcde", true},
		{"Transfer-Encoding: gzip, chunked", "3\r\nab", "ab", false},
		{"Transfer-Encoding: chunked", "zz\r\nabc", "", true},
		{"Transfer-Encoding: chunked", "ffffffffffffffff\r\nabc", "", true},
		{"Content-Length: 99999999999999999999", "abc", "abc", false},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(bodies); i++) {
		char *head = xasprintf("HTTP/1.1 404 x\r\n%s\r\n\r\n", bodies[i].head);
		struct upgrade_reader reader = {.left = LIMIT_HEAD};
		struct upgrade_answer answer;
		struct arena arena;
		struct strbuf body;

		arena_init(&arena);
		strbuf_init(&body, 100);
		assert_int_equal(upgrade_read(&reader, head, strlen(head), &arena, &answer), UPGRADE_WHOLE);
		assert_int_equal(upgrade_body(&answer, bodies[i].bytes, strlen(bodies[i].bytes), &body),
				 bodies[i].whole);
		assert_string_equal(body.data, bodies[i].body);
		strbuf_release(&body);
		arena_release(&arena);
		free(head);
	}
}

/* A ping is answered, a message in two pieces comes as one, a close tells its code. */
static void test_frames(void **state)
{
	static const char bytes[] = "\x89\x02hi" "\x01\x03" "abc" "\x80\x02" "de" "\x8a\x00" "\x88\x07\x03\xf0" "gone!";
	static const enum frame_kind kinds[] = {FRAME_TEXT, FRAME_PONG, FRAME_CLOSE};
	static const char *const texts[] = {"abcde", "", "gone!"};
	struct frames *frames = frames_new();
	struct frame_message message;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes) - 1; i++)
		frames_in(frames, bytes + i, 1);
	for (; frames_next(frames, &message); count++) {
		assert_true(count < BASE_LEN(kinds));
		assert_int_equal(message.kind, kinds[count]);
		assert_string_equal(message.bytes, texts[count]);
		if (message.kind == FRAME_CLOSE)
			assert_int_equal(message.code, 1008);
		free(message.bytes);
	}
	assert_int_equal(count, BASE_LEN(kinds));
	assert_null(frames_broken(frames));
	/* The pong: masked, with the ping's payload; then the close is echoed. */
	assert_int_equal((unsigned char)frames_out(frames)->data[0], 0x8a);
	assert_int_equal((unsigned char)frames_out(frames)->data[1], 0x82);
	assert_true(frames_out(frames)->len > 8);
	frames_free(frames);
}

static void test_open_packet(void **state)
{
	struct engineio_open open;
	static const char whole[] = "0{\"sid\":\"a b/c\",\"upgrades\":[1,\"websocket\"],\"pingInterval\":25000}\x1e" "40";
	static const char old[] = "97:0{\"sid\":\"abc\"}";
	static const char *const others[] = {"", "0", "1", "0{}", "0{\"sid\":\"\"}", "0{\"sid\":5}", "{\"sid\":\"x\"}"};

	(void)state;
	assert_int_equal(engineio_open_read(whole, strlen(whole), &open), ENGINEIO_OPEN);
	assert_string_equal(open.sid, "a%20b%2Fc");
	assert_true(open.upgrades_websocket);
	assert_int_equal(engineio_open_read(old, strlen(old), &open), ENGINEIO_OLD);
	for (size_t i = 0; i < BASE_LEN(others); i++)
		assert_int_equal(engineio_open_read(others[i], strlen(others[i]), &open), ENGINEIO_OTHER);
}

static void test_engineio_error(void **state)
{
	static const char *const errors[] = {"{\"code\":1,\"message\":\"Session ID unknown\"}", "Session ID unknown"};
	static const char *const others[] = {"", "{\"code\":1}", "{\"code\":9,\"message\":\"x\"}", "{\"code\":0.5,\"message\":\"x\"}", "Session"};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 500);
	for (size_t i = 0; i < BASE_LEN(errors); i++) {
		strbuf_reset(&out);
		assert_true(engineio_error(errors[i], strlen(errors[i]), &out));
		assert_non_null(strstr(out.data, "(code 1)"));
		assert_non_null(strstr(out.data, "sticky"));
	}
	strbuf_reset(&out);
	for (size_t i = 0; i < BASE_LEN(others); i++)
		assert_false(engineio_error(others[i], strlen(others[i]), &out));
	assert_int_equal(out.len, 0);
	strbuf_release(&out);
}

/* A part a line: its kind's letter and its text. */
static void test_placeholders(void **state)
{
	static const struct {
		const char *text, *parts;
	} cases[] = {
		{"", ""},
		{"a", "T:a "},
		{"/x/{{id}}/y{{b-2}}", "T:/x/ N:id T:/y N:b-2 "},
		{"{{{{x}}", "T:{{ T:x}} "},
		{"{\"a\":{\"b\":\"{{c}}\"}}", "T:{\"a\":{\"b\":\" N:c T:\"}} "},
		{"{{", "W: "},
		{"{{1}}", "W:1 "},
		{"{{a b}}c", "W:a b T:c "},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		const char *at = cases[i].text;
		struct placeholder part;
		struct strbuf out;

		strbuf_init(&out, 200);
		while ((part = placeholder_next(&at)).kind != PLACEHOLDER_END)
			strbuf_addf(&out, "%c:%.*s ", " TNW"[part.kind], (int)part.len, part.text);
		assert_string_equal(out.data, cases[i].parts);
		strbuf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),	     cmocka_unit_test(test_answer),
		cmocka_unit_test(test_too_large),    cmocka_unit_test(test_body),
		cmocka_unit_test(test_many_headers), cmocka_unit_test(test_interim),
		cmocka_unit_test(test_frames),	     cmocka_unit_test(test_open_packet),
		cmocka_unit_test(test_engineio_error), cmocka_unit_test(test_placeholders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
