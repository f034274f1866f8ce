/* Log lines as real programs write them: time, level, where the message starts; and which lines
 * belong together. */
#include "logs/line.h"

#include "unit.h"

#include <string.h>

#define T "2026-11-21T12:03:41"
/* Local time of these tests: an hour ahead of UTC. */
#define OFFSET 3600

struct line_case {
	const char *text;
	const char *time; /* UTC with milliseconds; NULL: the line has none */
	enum log_level level;
	const char *message;
};

static const struct line_case cases[] = {
	/* ISO 8601 */
	{"2026-11-21T12:03:41Z ERROR boom", T ".000Z", LOG_ERROR, "boom"},
	{"2026-11-21T12:03:41.123456789Z boom", T ".123Z", LOG_UNKNOWN, "boom"},
	{"2026-11-21 13:03:41,123 - voice.api - WARNING - slow answer", T ".123Z", LOG_WARN,
	 "slow answer"},
	{"2026-11-21 13:03:41 INFO started", T ".000Z", LOG_INFO, "started"},
	{"2026-11-21T14:03:41+02:00 [error] x", T ".000Z", LOG_ERROR, "x"},
	{"2026-11-21T13:03:41.5+0100 host app[31]: hello", T ".500Z", LOG_UNKNOWN,
	 "host app[31]: hello"},
	/* gunicorn, uvicorn, Python */
	{"[2026-11-21 12:03:41 +0000] [31] [INFO] Listening at: http://0.0.0.0:8003", T ".000Z",
	 LOG_INFO, "Listening at: http://0.0.0.0:8003"},
	{"INFO:     Application startup complete.", NULL, LOG_INFO,
	 "Application startup complete."},
	{"ERROR:    Exception in ASGI application", NULL, LOG_ERROR,
	 "Exception in ASGI application"},
	{"INFO:     127.0.0.1:5124 - \"POST /api/voice HTTP/1.1\" 404 Not Found", NULL, LOG_WARN,
	 "127.0.0.1:5124 - \"POST /api/voice HTTP/1.1\" 404 Not Found"},
	{"INFO:     127.0.0.1:5124 - \"GET / HTTP/1.1\" 503 Service Unavailable", NULL, LOG_ERROR,
	 "127.0.0.1:5124 - \"GET / HTTP/1.1\" 503 Service Unavailable"},
	{"WARNING:root:disk is filling", NULL, LOG_WARN, "root:disk is filling"},
	{"ModuleNotFoundError: No module named 'websockets'", NULL, LOG_ERROR,
	 "ModuleNotFoundError: No module named 'websockets'"},
	{"Traceback (most recent call last):", NULL, LOG_ERROR,
	 "Traceback (most recent call last):"},
	{"2026-11-21 13:03:41.123 | ERROR    | app.main:run:12 - broken", T ".123Z", LOG_ERROR,
	 "app.main:run:12 - broken"},
	/* nginx, Apache, access logs, HAProxy-like syslog */
	{"2026/11/21 13:03:41 [error] 31#31: *7 connect() failed (111: Connection refused)",
	 T ".000Z", LOG_ERROR, "31#31: *7 connect() failed (111: Connection refused)"},
	{"2026/11/21 13:03:41 [warn] 31#31: a client request body is buffered", T ".000Z", LOG_WARN,
	 "31#31: a client request body is buffered"},
	{"[Sat Nov 21 13:03:41.123456 2026] [core:error] [pid 31:tid 7] AH00126: Invalid URI",
	 T ".123Z", LOG_ERROR, "[pid 31:tid 7] AH00126: Invalid URI"},
	{"127.0.0.1 - - [21/Nov/2026:12:03:41 +0000] \"GET /x HTTP/1.1\" 200 612 \"-\" \"curl\"",
	 T ".000Z", LOG_UNKNOWN, NULL},
	{"10.0.0.1 - bob [21/Nov/2026:13:03:41 +0100] \"GET /x HTTP/2.0\" 502 0", T ".000Z",
	 LOG_ERROR, NULL},
	{"Nov 21 13:03:41 host nginx[31]: started", T ".000Z", LOG_UNKNOWN,
	 "host nginx[31]: started"},
	{"Nov  1 13:03:41 host app: WARNING: low", "2026-11-01T12:03:41.000Z", LOG_WARN, "low"},
	{"Dec 31 13:03:41 host app: happy new year", "2025-12-31T12:03:41.000Z", LOG_UNKNOWN,
	 "host app: happy new year"},
	{"<11>Nov 21 13:03:41 host app: bad", T ".000Z", LOG_ERROR, "host app: bad"},
	{"<165>1 2026-11-21T12:03:41.003Z host evntslog - ID47 - hello", T ".003Z", LOG_INFO,
	 "host evntslog - ID47 - hello"},
	/* Go */
	{"2026/11/21 13:03:41 listening on :8080", T ".000Z", LOG_UNKNOWN, "listening on :8080"},
	{"2026/11/21 13:03:41.000123 main.go:12: started", T ".000Z", LOG_UNKNOWN,
	 "main.go:12: started"},
	{"panic: runtime error: index out of range", NULL, LOG_FATAL,
	 "runtime error: index out of range"},
	{"[GIN] 2026/11/21 - 13:03:41 | 200 |     1.2ms |", T ".000Z", LOG_UNKNOWN, NULL},
	{"E1121 13:03:41.123456   31 controller.go:114] boom", T ".123Z", LOG_ERROR,
	 "controller.go:114] boom"},
	{"I1121 13:03:41.000000 1 main.go:1] up", T ".000Z", LOG_INFO, "main.go:1] up"},
	/* JVM: Kafka, ZooKeeper, Spring, Tomcat, logback, Elastic */
	{"[2026-11-21 13:03:41,123] INFO [KafkaServer id=1] started (kafka.server.KafkaServer)",
	 T ".123Z", LOG_INFO, "[KafkaServer id=1] started (kafka.server.KafkaServer)"},
	{"2026-11-21 13:03:41,123 [myid:1] - WARN  [QuorumPeer:1] - Exception", T ".123Z", LOG_WARN,
	 "[QuorumPeer:1] - Exception"},
	{"2026-11-21T12:03:41.123Z  INFO 1 --- [main] c.e.App : Started", T ".123Z", LOG_INFO,
	 "1 --- [main] c.e.App : Started"},
	{"21-Nov-2026 13:03:41.123 SEVERE [main] org.apache.Server x", T ".123Z", LOG_ERROR,
	 "[main] org.apache.Server x"},
	{"13:03:41.123 [main] DEBUG c.e.App - hi", T ".123Z", LOG_DEBUG, "c.e.App - hi"},
	{"23:59:00.000 [main] INFO  c.e.App - yesterday", "2026-11-20T22:59:00.000Z", LOG_INFO,
	 "c.e.App - yesterday"},
	{"[2026-11-21T13:03:41,123][ERROR][o.e.b.Boot] node x", T ".123Z", LOG_ERROR, NULL},
	{"java.lang.NullPointerException: x is null", NULL, LOG_ERROR, NULL},
	/* Stores and brokers */
	{"2026-11-21 12:03:41.123 UTC [31] LOG:  database system is ready", T ".123Z", LOG_INFO,
	 "database system is ready"},
	{"2026-11-21 13:03:41.123 CET [31] bob@app FATAL:  password authentication failed",
	 T ".123Z", LOG_FATAL, "password authentication failed"},
	{"31:M 21 Nov 2026 13:03:41.123 * Ready to accept connections", T ".123Z", LOG_INFO,
	 "Ready to accept connections"},
	{"31:M 21 Nov 2026 13:03:41.123 # WARNING overcommit_memory is set to 0", T ".123Z",
	 LOG_WARN, NULL},
	{"31:M 21 Nov 2026 13:03:41.123 - Accepted 127.0.0.1:4", T ".123Z", LOG_DEBUG,
	 "Accepted 127.0.0.1:4"},
	{"2026-11-21T12:03:41.123456Z 0 [ERROR] [MY-010119] [Server] Aborting", T ".123Z",
	 LOG_ERROR, "[MY-010119] [Server] Aborting"},
	{"2026-11-21 12:03:41.123456+00:00 [error] <0.1.0> closing", T ".123Z", LOG_ERROR, NULL},
	/* Others */
	{"E, [2026-11-21T13:03:41.123456 #31] ERROR -- : boom", T ".123Z", LOG_ERROR, "boom"},
	{"[2026-11-21T12:03:41Z ERROR app::net] closed", T ".000Z", LOG_ERROR, NULL},
	{"1795262621.500 some proxy line", T ".500Z", LOG_UNKNOWN, "some proxy line"},
	{"1795262621123 x", T ".123Z", LOG_UNKNOWN, "x"},
	{"error: cannot bind", NULL, LOG_ERROR, "cannot bind"},
	{"2026-11-21T12:03:41.123456789Z stderr F ERROR boom", T ".123Z", LOG_ERROR, "boom"},
	/* JSON and logfmt */
	{"{\"time\":\"2026-11-21T12:03:41.123Z\",\"level\":\"error\",\"msg\":\"x\"}", T ".123Z",
	 LOG_ERROR, NULL},
	{"{\"level\":50,\"time\":1795262621123,\"pid\":1,\"msg\":\"boom {\\\"a\\\"}\"}", T ".123Z",
	 LOG_ERROR, NULL},
	{"{\"ts\":1795262621.5,\"level\":\"warn\",\"logger\":\"a\",\"nested\":{\"level\":\"info\"}"
	 "}",
	 T ".500Z", LOG_WARN, NULL},
	{"{\"@timestamp\":\"2026-11-21T12:03:41Z\",\"log.level\":\"INFO\",\"message\":\"up\"}",
	 T ".000Z", LOG_INFO, NULL},
	{"{\"log\":\"ERROR boom\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-21T12:03:41.1Z\"}",
	 T ".100Z", LOG_ERROR, NULL},
	{"{\"severity\":3,\"message\":\"x\"}", NULL, LOG_ERROR, NULL},
	{"time=\"2026-11-21T12:03:41Z\" level=error msg=\"x y\"", T ".000Z", LOG_ERROR, NULL},
	{"ts=2026-11-21T12:03:41.123Z caller=main.go:1 level=warn msg=x", T ".123Z", LOG_WARN,
	 NULL},
	{"logger=http t=2026-11-21T12:03:41Z level=info msg=\"Request\" status=200", T ".000Z",
	 LOG_INFO, NULL},
	/* Collectors' prefixes */
	{"voice-1  | 2026-11-21T12:03:41Z ERROR boom", T ".000Z", LOG_ERROR, "boom"},
	{"voice-1  | INFO:     up", NULL, LOG_INFO, "up"},
	{"[pod/voice-7d/voice] 2026-11-21T12:03:41Z WARN x", T ".000Z", LOG_WARN, "x"},
	/* What is no time and no level */
	{"no error occurred in this run", NULL, LOG_UNKNOWN, "no error occurred in this run"},
	{"see /var/log/ERROR.txt", NULL, LOG_UNKNOWN, "see /var/log/ERROR.txt"},
	{"GET /error?level=info 200", NULL, LOG_UNKNOWN, "GET /error?level=info 200"},
	{"12345 apples", NULL, LOG_UNKNOWN, "12345 apples"},
	{"9999-99-99 99:99:99 x", NULL, LOG_UNKNOWN, "9999-99-99 99:99:99 x"},
	{"{not json at all", NULL, LOG_UNKNOWN, "{not json at all"},
	{"{\"unterminated\": \"", NULL, LOG_UNKNOWN, "{\"unterminated\": \""},
	{"a=b c=d", NULL, LOG_UNKNOWN, "a=b c=d"},
	{"[", NULL, LOG_UNKNOWN, "["},
	{"<", NULL, LOG_UNKNOWN, "<"},
	{"|", NULL, LOG_UNKNOWN, "|"},
	{"", NULL, LOG_UNKNOWN, ""},
};

static struct wall_time wall(const char *text)
{
	struct wall_time time = {0};

	assert_int_equal(wall_parse(text, strlen(text), 0, &time), strlen(text));
	return time;
}

static void test_lines(void **state)
{
	struct wall_time now = wall("2026-11-21T12:10:00Z");

	(void)state;
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		size_t len = strlen(cases[i].text);
		/* In memory of its own length, so that a checker sees a read too far. */
		char *text = xmemdup(len > 0 ? cases[i].text : "x", len > 0 ? len : 1);
		struct log_line line = {.text = text, .len = len, .time = {7}};
		struct strbuf time;

		log_line_parse(&line, now, OFFSET);
		strbuf_init(&time, 64);
		if (!line.time_is_ours)
			wall_format(&time, line.time, true);
		else
			assert_true(line.time.ns == 7);
		if (line.time_is_ours != (cases[i].time == NULL) ||
		    (cases[i].time != NULL && strcmp(cases[i].time, time.data) != 0))
			fail_msg("%s: time is %s", cases[i].text,
				 line.time_is_ours ? "none" : time.data);
		if (line.level != cases[i].level)
			fail_msg("%s: level is '%s'", cases[i].text, log_level_name(line.level));
		assert_true(line.message <= len);
		if (cases[i].message != NULL &&
		    strcmp(cases[i].text + line.message, cases[i].message) != 0)
			fail_msg("%s: message is '%s'", cases[i].text,
				 cases[i].text + line.message);
		strbuf_release(&time);
		free(text);
	}
}

/* Every prefix of every line: no read past the end, no crash, message inside. */
static void test_prefixes(void **state)
{
	(void)state;
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		for (size_t len = 1; len < strlen(cases[i].text); len++) {
			char *text = xmemdup(cases[i].text, len);
			struct log_line line = {.text = text, .len = len};

			log_line_parse(&line, wall("2026-11-21T12:10:00Z"), 0);
			assert_true(line.message <= len);
			(void)log_line_continues(&line, text, len);
			free(text);
		}
	}
}

/* A line, those after it, and whether they say that it is over. */
static void test_settled(void **state)
{
	static const struct {
		const char *text, *after;
		bool settled;
	} rows[] = {
		{T "Z WARN redis: ECONNREFUSED 10.0.3.7:6379, retrying",
		 T "Z INFO redis: connected to 10.0.3.7:6379\n", true},
		{"nc: connect to postgres port 5432 (tcp) failed: Connection refused",
		 "nc: again\nConnection to postgres 5432 port [tcp/postgresql] succeeded!", true},
		{"storage-1 is gone, retrying", "storage-1 restored", true},
		/* Another thing works. */
		{T "Z WARN redis: ECONNREFUSED 10.0.3.7:6379", T "Z INFO kafka: connected", false},
		/* Only the time and words of the trade are the same. */
		{T "Z WARN connection refused", T "Z INFO connection established", false},
		/* It does not work. */
		{"redis: ECONNREFUSED", "redis: not connected", false},
		{"redis: ECONNREFUSED", "redis: waiting until connected", false},
		{"redis: ECONNREFUSED", "ERROR redis: connected to the wrong one", false},
		{"redis: ECONNREFUSED", "redis: trying again", false},
		{"redis: ECONNREFUSED", "", false},
		{"redis: ECONNREFUSED",
		 "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\nredis: connected", false},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		size_t len = strlen(rows[i].after);
		char *after = xmemdup(len > 0 ? rows[i].after : "x", len > 0 ? len : 1);
		struct log_line line = {.text = rows[i].text, .len = strlen(rows[i].text)};

		log_line_parse(&line, wall("2026-11-21T12:10:00Z"), 0);
		if (log_line_settled(&line, after, len) != rows[i].settled)
			fail_msg("%s | %s", rows[i].text, rows[i].after);
		free(after);
	}
}

/* Lines and where events begin: '>' marks a first line. */
static const char *const streams[][16] = {
	{">2026-11-21 12:03:41,123 ERROR voice: request failed",
	 "Traceback (most recent call last):", "  File \"/app/main.py\", line 12, in run",
	 "    import websockets", "ModuleNotFoundError: No module named 'websockets'",
	 ">2026-11-21 12:03:42,000 INFO voice: next", ">2026-11-21 12:03:42,000 INFO voice: next"},
	{">INFO:     started", ">Traceback (most recent call last):", "  File \"x\", line 1",
	 "    a()", "KeyError: 'x'", "",
	 "During handling of the above exception, another occurred:", "",
	 "Traceback (most recent call last):", "  File \"y\", line 2", "    b()",
	 "app.errors.Broken", ">done"},
	{">2026-11-21 12:03:41,123 ERROR [main] x", "java.lang.IllegalStateException: no",
	 "\tat com.example.App.run(App.java:12)", "\tat com.example.App.main(App.java:3)",
	 "Caused by: java.io.IOException: gone", "\t... 12 more",
	 ">2026-11-21 12:03:42,000 INFO y"},
	{">panic: runtime error: index out of range", "", "goroutine 1 [running]:", "main.main()",
	 "\t/app/main.go:12 +0x1d", "exit status 2", ">restarting"},
	{">Error: connect ECONNREFUSED 127.0.0.1:5432",
	 "    at TCPConnectWrap.afterConnect (net.js:1)", "  errno: -111", "}",
	 ">listening on 8080"},
	{">voice-1  | Traceback (most recent call last):", "voice-1  |   File \"x\", line 1",
	 "voice-1  |     run()", "voice-1  | ValueError: bad", ">voice-1  | INFO:     up"},
	{"> all lines", "> of this program", "> are indented"},
	{">plain", ">}", ">KeyError: 'x'", ">more"},
};

static void test_joining(void **state)
{
	(void)state;
	for (size_t s = 0; s < BASE_LEN(streams); s++) {
		struct log_line event = {.text = NULL};
		struct line_joint joint = {.lines = 0};
		struct strbuf text;

		strbuf_init(&text, 10000);
		for (size_t i = 0; i < 16 && streams[s][i] != NULL; i++) {
			bool first = streams[s][i][0] == '>';
			const char *line = streams[s][i] + first;
			size_t len = strlen(line);
			bool by_joint = line_joint_add(&joint, line, len);
			bool by_text = i > 0 && log_line_continues(&event, line, len);

			if (by_joint == first || by_text == first)
				fail_msg("stream %zu line %zu: %s", s, i, line);
			if (first)
				strbuf_reset(&text);
			else
				strbuf_addc(&text, '\n');
			strbuf_adds(&text, line);
			event = (struct log_line){.text = text.data, .len = text.len};
			if (first) {
				log_line_parse(&event, wall("2026-11-21T12:10:00Z"), 0);
				line_joint_begin(&joint, &event);
			} else {
				event.level = joint.level;
			}
		}
		strbuf_release(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_settled),
		cmocka_unit_test(test_joining),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
