/* What a container engine's answers mean: states to sentences, log streams to lines, looks to restarts.
 * The engines themselves are asked in tests/servers/test_container.sh. */
#include "probe/container_answer.h"

#include "unit.h"

#include "base/limits.h"
#include "probe/docker_stream.h"

static const struct wall_time now = {1700000100LL * NS_PER_S};
#define AGO_40S {1700000060LL * NS_PER_S}
#define PLAIN .id = "a", .name = "x", .health = "none", .health_output = "", .error = "", \
	      .image = "", .image_id = "", .revision = ""

static void test_sentences(void **state)
{
	static const struct {
		struct docker_container box;
		const char *lines;
		unsigned rate;
		const char *says;
	} rows[] = {
		{{PLAIN, .state = "running"}, NULL, 0, ""},
		{{PLAIN, .state = "exited", .exit_code = 1, .finished = AGO_40S},
		 "Traceback\nModuleNotFoundError: No module named 'uvicorn'\n", 0,
		 "exited with code 1, 40s ago: ModuleNotFoundError: No module named 'uvicorn'"},
		{{PLAIN, .state = "exited", .exit_code = 0, .finished = AGO_40S}, "", 0, "exited with code 0, 40s ago"},
		{{PLAIN, .state = "exited", .exit_code = 137, .oom_killed = true, .finished = AGO_40S},
		 "Killed", 0, "was killed for memory (OOM), exit code 137, 40s ago"},
		{{PLAIN, .state = "exited", .exit_code = 137, .finished = AGO_40S}, NULL, 0,
		 "was killed (SIGKILL, exit code 137) 40s ago"},
		{{PLAIN, .state = "exited", .exit_code = 143, .finished = AGO_40S}, NULL, 0,
		 "was stopped (SIGTERM, exit code 143) 40s ago"},
		{{PLAIN, .state = "exited", .exit_code = 139, .finished = AGO_40S}, NULL, 0,
		 "died of signal 11 (Segmentation fault, exit code 139) 40s ago"},
		{{PLAIN, .state = "restarting", .exit_code = 3, .restarts = 7, .finished = AGO_40S},
		 "hello", 0, "restarts again and again (7 times): it exited with code 3, 40s ago: hello"},
		{{PLAIN, .state = "restarting", .exit_code = 3, .restarts = 7, .finished = AGO_40S},
		 "hello", 4, "restarts again and again (4 times in the last hour, 7 in all): it exited with code 3, 40s ago: hello"},
		{{PLAIN, .state = "running", .restarts = 7, .started = AGO_40S}, "hello", 4,
		 "restarts again and again (4 times in the last hour, 7 in all): it was started 40s ago: hello"},
		{{PLAIN, .state = "created", .created = AGO_40S}, NULL, 0,
		 "was created 40s ago and never started"},
		{{PLAIN, .state = "paused"}, NULL, 0, "is paused"},
		{{PLAIN, .state = "dead", .exit_code = -1}, NULL, 0, "is dead (exit code -1)"},
		{{PLAIN, .state = "exited", .exit_code = -1}, NULL, 0, "exited with code -1"},
		{{PLAIN, .state = "running", .restarts = 9}, "fatal: no config", 3,
		 "runs, but was restarted 3 times in the last hour (9 in all): fatal: no config"},
		{{PLAIN, .state = "running", .restarts = 9}, "fatal: no config", 3,
		 "runs, but was restarted at least 3 times in the last hour (9 in all): fatal: no config"},
		{{PLAIN, .state = "running", .restarts = 7, .started = AGO_40S}, "hello", 4,
		 "restarts again and again (at least 4 times in the last hour, 7 in all): it was started 40s ago: hello"},
		{{PLAIN, .state = "exited", .exit_code = 3}, "hello", 0, "exited with code 3: hello"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct container_answer answer = {.box = &rows[i].box, .lines = rows[i].lines,
			.restart_rate = rows[i].rate, .rate_is_least = strstr(rows[i].says, "at least") != NULL, .now = now,
			.lines_len = rows[i].lines != NULL ? strlen(rows[i].lines) : 0};
		struct strbuf said;

		strbuf_init(&said, LIMIT_MESSAGE);
		container_sentence(&answer, &said);
		assert_string_equal(said.data, rows[i].says);
		strbuf_release(&said);
	}
}

/* As engines give it, whatever a process of theirs can end with. */
static void test_exit_codes(void **state)
{
	static const struct {
		const char *text;
		int code;
	} rows[] = {
		{"0", 0}, {"137", 137}, {"-1", -1}, {"3221225477", -1073741819}, {"1e300", 0}, {"-1e300", 0}, {"null", 0},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		char *body = xasprintf("{\"State\": {\"Status\": \"exited\", \"ExitCode\": %s}}", rows[i].text);
		struct docker_container box;
		struct arena arena;

		arena_init(&arena);
		assert_true(docker_read_container(body, strlen(body), &arena, &box));
		assert_int_equal(box.exit_code, rows[i].code);
		arena_release(&arena);
		free(body);
	}
}

static void test_health(void **state)
{
	struct docker_container box = {PLAIN, .state = "running", .health_streak = 3};
	struct container_answer answer = {.box = &box, .now = now};
	struct strbuf said;

	(void)state;
	box.health = "unhealthy";
	box.health_output = "checking\ncurl: (7) connection refused\n";
	strbuf_init(&said, LIMIT_MESSAGE);
	container_sentence(&answer, &said);
	assert_string_equal(said.data, "runs, but its health check fails (3 in a row): "
				       "curl: (7) connection refused");
	strbuf_release(&said);
	box.state = "created";
	box.error = "exec: \"/x\": no such file or directory";
	box.exit_code = 127;
	strbuf_init(&said, LIMIT_MESSAGE);
	container_sentence(&answer, &said);
	assert_string_equal(said.data, "could not be started (exit code 127): "
				       "exec: \"/x\": no such file or directory");
	strbuf_release(&said);
}

static struct mono_time minute(int64_t at)
{
	return (struct mono_time){at * 60 * NS_PER_S};
}

/* A look at `at` minutes since the machine started, which was at START by the wall clock. True where the
 * engine's events are wanted. */
#define START (INT64_C(1700000000) * NS_PER_S)
static struct restart_look look_at(const struct docker_container *box, int64_t at)
{
	return (struct restart_look){box, {START + minute(at).ns}, minute(at)};
}

static int64_t since, until;

static bool note(struct restart_history *history, const struct docker_container *box, int64_t at)
{
	struct restart_look look = look_at(box, at);

	return restart_history_note(history, &look, &since, &until);
}

static void test_restarts(void **state)
{
	struct restart_history history = {0};
	struct docker_container box = {PLAIN, .restarts = 5, .started = {100}};

	(void)state;
	assert_false(note(&history, &box, 10));
	assert_int_equal(restart_history_rate(&history, minute(10)), 0); /* it runs for longer than the hour */
	box.restarts = 7;
	box.started.ns = 200;
	note(&history, &box, 11);
	assert_int_equal(restart_history_rate(&history, minute(11)), 2);
	box.started.ns = 300; /* by hand */
	note(&history, &box, 30);
	assert_int_equal(restart_history_rate(&history, minute(30)), 3);
	note(&history, &box, 31); /* nothing happened */
	assert_int_equal(restart_history_rate(&history, minute(70)), 3);
	assert_int_equal(restart_history_rate(&history, minute(71)), 1);
	assert_int_equal(restart_history_rate(&history, minute(90)), 0);
	box.restarts = 8;
	note(&history, &box, 91); /* the slot of an hour ago is used again */
	assert_int_equal(restart_history_rate(&history, minute(91)), 1);
	box.id = "another";
	box.restarts = 20;
	note(&history, &box, 92); /* what was seen of the one before is not its own */
	assert_int_equal(restart_history_rate(&history, minute(92)), 0);
}

/* Younger than an hour: the engine's count is exact, and gone when the first may be an hour old. */
static void test_restarts_of_a_young_one(void **state)
{
	struct restart_history history = {0};
	struct docker_container box = {PLAIN, .restarts = 4, .created = {START - minute(20).ns},
				       .started = {START + minute(4).ns}};

	(void)state;
	assert_false(note(&history, &box, 5)); /* made before the machine's clock began */
	assert_int_equal(restart_history_rate(&history, minute(5)), 4);
	box.restarts = 6;
	note(&history, &box, 6);
	assert_int_equal(restart_history_rate(&history, minute(6)), 6);
	assert_int_equal(restart_history_rate(&history, minute(39)), 6);
	assert_int_equal(restart_history_rate(&history, minute(40)), 2);
}

/* Older: the engine's events say when it ended, of which no more led to restarts than it counts. */
static void test_restarts_of_an_old_one(void **state)
{
	static const char stream[] =
		"{\"Action\":\"die\",\"time\":1700002000}\n{\"Action\":\"exec_die\",\"time\":1700002100}\n"
		"{\"Action\":\"died\",\"time\":1700005700}\n\n{\"Action\":\"die\",\"time\":1700005800}\nnot JSON\n"
		"{\"Action\":\"die\",\"time\":1700005900}\n{\"Action\":\"die\",\"time\":17000";
	struct restart_history history = {0};
	struct docker_container box = {PLAIN, .state = "exited", .restarts = 9, .created = {START - minute(2000).ns},
				       .finished = {START + minute(95).ns}};
	struct restart_look look = look_at(&box, 100);
	struct wall_time ends[8], newest[2];

	(void)state;
	assert_true(note(&history, &box, 100));
	assert_int_equal(since, 1700000000 + 40 * 60);
	assert_int_equal(until, 1700000000 + 95 * 60 + 1);
	assert_int_equal(docker_read_ends(stream, strlen(stream), ends, 8), 4);
	restart_history_add_ends(&history, &look, ends, 4);
	assert_int_equal(restart_history_rate(&history, minute(100)), 3); /* one is older than the hour */
	assert_int_equal(restart_history_rate(&history, minute(156)), 1);
	assert_true(restart_history_is_least(&history, minute(100))); /* of nine; the engine tells of its last ends */
	assert_false(restart_history_is_least(&history, minute(161)));
	assert_false(note(&history, &box, 101)); /* asked once */
	assert_int_equal(docker_read_ends(stream, strlen(stream), newest, 2), 2);
	assert_int_equal(newest[1].ns, INT64_C(1700005900) * NS_PER_S);

	history = (struct restart_history){0};
	box.restarts = 2; /* the third end was the last */
	assert_true(note(&history, &box, 100));
	restart_history_add_ends(&history, &look, ends, 4);
	assert_int_equal(restart_history_rate(&history, minute(100)), 2);
	assert_false(restart_history_is_least(&history, minute(100)));

	history = (struct restart_history){0};
	box.state = "running";
	assert_true(note(&history, &box, 100));
	restart_history_add_ends(&history, &look, ends, 0); /* the engine keeps few events */
	assert_int_equal(restart_history_rate(&history, minute(100)), 1);

	history = (struct restart_history){0};
	box.finished.ns = START + minute(5).ns;
	assert_false(note(&history, &box, 100)); /* nothing happened within the hour */
	box.finished.ns = START + minute(500).ns; /* a clock that is ahead */
	history = (struct restart_history){0};
	assert_true(note(&history, &box, 100));
	assert_int_equal(until, 1700000000 + 100 * 60 + 1);
}

static void test_stream(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool framed;
		const char *text;
	} rows[] = {
		{"\1\0\0\0\0\0\0\3ab\n\2\0\0\0\0\0\0\2c\n", 21, true, "ab\nc\n"},
		{"\1\0\0\0\0\0\0\11ab", 10, true, "ab"},        /* cut */
		{"\1\0\0\0\377\377\377\377ab", 10, true, "ab"},   /* a length that cannot be */
		{"\1\0\0\0\0\0\0\1a\2\0\0", 12, true, "a"},        /* half a head */
		{"plain words\n", 12, false, ""},
		{"\1\0\0\0\0\0\0\1aplain words", 20, false, ""},
		{"", 0, true, ""},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct strbuf text;

		strbuf_init(&text, 100);
		assert_int_equal(docker_stream_read(rows[i].bytes, rows[i].len, &text), rows[i].framed);
		assert_string_equal(text.data != NULL ? text.data : "", rows[i].text);
		strbuf_release(&text);
	}
}

static void test_telling_line(void **state)
{
	static const struct {
		const char *text, *line;
	} rows[] = {
		{"start\nError: Cannot find module 'x'\n    at error handler\n  code: 1\n}\n\nNode.js v20\n",
		 "Error: Cannot find module 'x'"},
		{"one\ntwo\n\n \n", "two"},
		{"panic: runtime error: x\n\ngoroutine 1 [running]:\nmain.main()\n", "panic: runtime error: x"},
		{"KeyError: 'A'", "KeyError: 'A'"},
		{" \n\n", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		size_t len = 0;
		const char *line = docker_telling_line(rows[i].text, strlen(rows[i].text), &len);

		if (rows[i].line == NULL) {
			assert_null(line);
			continue;
		}
		assert_int_equal(len, strlen(rows[i].line));
		assert_memory_equal(line, rows[i].line, len);
	}
}

static void test_last_lines(void **state)
{
	struct strbuf text;

	(void)state;
	strbuf_init(&text, 100);
	strbuf_adds(&text, "first\nsecond\nthird\n\n");
	docker_last_lines(&text, 14);
	assert_string_equal(text.data, "second\nthird");
	strbuf_reset(&text);
	strbuf_adds(&text, "averylonglinewithoutend");
	docker_last_lines(&text, 6);
	assert_string_equal(text.data, "outend");
	strbuf_release(&text);
}

static void test_similar(void **state)
{
	static const char list[] =
		"[{\"Names\":[\"/nexus-voice-1\"],\"State\":\"exited\"},{\"Names\":[\"/nexus-auth-1\"],"
		"\"State\":\"running\"},{\"Names\":null},{\"Names\":[\"/db\"],\"State\":\"running\"}]";
	/* A secret where the state is cut. */
	static const char told[] = "[{\"Names\":[\"/nexus\"],\"State\":\"aaaaaaaaaaaaaaaaTr0ub4dor\"}]";
	struct redactor *redactor = redactor_new();
	const char *similar[2];
	struct arena arena;
	size_t found;

	(void)state;
	arena_init(&arena);
	assert_int_equal(docker_read_similar(list, sizeof(list) - 1, "voice", NULL, &arena, similar, 2, &found), 4);
	assert_int_equal(found, 1);
	assert_string_equal(similar[0], "nexus-voice-1 (exited)");
	docker_read_similar(list, sizeof(list) - 1, "nexus_auth_1", NULL, &arena, similar, 2, &found);
	assert_int_equal(found, 2);
	assert_string_equal(similar[0], "nexus-auth-1 (running)"); /* as Compose joins them today */
	redactor_add(redactor, "Tr0ub4dor");
	docker_read_similar(told, sizeof(told) - 1, "nexus", redactor, &arena, similar, 2, &found);
	assert_int_equal(found, 1);
	assert_string_equal(similar[0], "nexus (aaaaaaaaaaaaaaaa***)");
	redactor_free(redactor);
	assert_int_equal(docker_read_similar("{}", 2, "x", NULL, &arena, similar, 2, &found), SIZE_MAX);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences), cmocka_unit_test(test_exit_codes), cmocka_unit_test(test_health),
		cmocka_unit_test(test_restarts), cmocka_unit_test(test_restarts_of_a_young_one),
		cmocka_unit_test(test_restarts_of_an_old_one),  cmocka_unit_test(test_stream),
		cmocka_unit_test(test_telling_line), cmocka_unit_test(test_last_lines),
		cmocka_unit_test(test_similar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
