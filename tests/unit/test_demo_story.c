/* The story by a clock of its own, without a socket: what is broken when, that it comes back to
 * its beginning, and that the logs hold the past in the right order. */
#include "temp_folder.h"

#include "base/strbuf.h"
#include "demo/demo.h"
#include "demo/story.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct wall_time start = {1795262621 * NS_PER_S};

struct telling {
	char folder[64];
	struct world world;
	struct story story;
};

static void begin(struct telling *t, const char *name)
{
	const struct scenario *scenario = scenario_find(name);
	struct strbuf err;
	int fd;

	memset(t, 0, sizeof(*t));
	snprintf(t->folder, sizeof(t->folder), "/tmp/sitrep-test-story-XXXXXX");
	temp_folder(t->folder);
	fd = open(t->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	strbuf_init(&err, 256);
	assert_true(journal_init(&t->world.journal, fd, &err));
	strbuf_release(&err);
	close(fd);
	assert_non_null(scenario);
	story_begin(&t->story, &t->world, scenario, start);
}

static void end(struct telling *t)
{
	journal_release(&t->world.journal);
	demo_clean(t->folder);
	assert_int_equal(access(t->folder, F_OK), -1);
}

static void tell_to(struct telling *t, int64_t second)
{
	struct wall_time at = {start.ns + second * NS_PER_S};

	story_tell(&t->story, at);
}

static void read_log(const struct telling *t, size_t file, struct strbuf *out)
{
	char path[128], bytes[4096];
	size_t len;
	FILE *from;

	snprintf(path, sizeof(path), "%s/%s", t->folder, journal_file_name(file));
	from = fopen(path, "re");
	assert_non_null(from);
	strbuf_reset(out);
	while ((len = fread(bytes, 1, sizeof(bytes), from)) > 0)
		strbuf_add(out, bytes, len);
	fclose(from);
}

static size_t count_of(const struct telling *t, enum demo_condition condition)
{
	size_t count = 0;

	for (int i = 0; i < DEMO_SERVICE_COUNT; i++)
		count += t->world.conditions[i] == condition;
	return count;
}

static void test_story(void **state)
{
	static const struct {
		int64_t at;
		enum demo_service service;
		enum demo_condition condition;
		const char *log; /* a line that says so, in that service's file */
	} cases[] = {
		{0, DEMO_VOICE, DEMO_STALE, "nexus/voice:3.0.2"},
		{39, DEMO_ANALYTICS, DEMO_SLOW, "slow query"},
		{41, DEMO_VOICE, DEMO_RUNS, "nexus/voice:3.1.0"},
		{41, DEMO_ANALYTICS, DEMO_SLOW, "slow query"},
		{61, DEMO_ANALYTICS, DEMO_RUNS, NULL},
		{81, DEMO_POSTGRES, DEMO_STOPPED, "No space left on device"},
		{121, DEMO_POSTGRES, DEMO_RUNS, "ready to accept connections"},
		{147, DEMO_SCRAPING, DEMO_STOPPED, "No module named 'playwright'"},
		{187, DEMO_SCRAPING, DEMO_RUNS, "Application startup complete."},
		{206, DEMO_REDIS, DEMO_STOPPED, "OUT OF MEMORY"},
		{241, DEMO_REDIS, DEMO_RUNS, NULL},
		{266, DEMO_VOICE, DEMO_STALE, NULL},
		{266, DEMO_ANALYTICS, DEMO_SLOW, NULL},
	};
	struct telling t;
	struct strbuf log;

	(void)state;
	strbuf_init(&log, 1u << 20);
	begin(&t, "");
	assert_int_equal(count_of(&t, DEMO_RUNS), DEMO_SERVICE_COUNT - 2);
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		tell_to(&t, cases[i].at);
		if (t.world.conditions[cases[i].service] != cases[i].condition)
			fail_msg("case %zu: %d", i, (int)t.world.conditions[cases[i].service]);
		read_log(&t, cases[i].service, &log);
		if (cases[i].log != NULL)
			assert_non_null(strstr(log.data, cases[i].log));
	}
	end(&t);
	strbuf_release(&log);
}

static void test_ports_in_lines(void **state)
{
	struct telling t;
	struct strbuf log;

	(void)state;
	strbuf_init(&log, 1u << 20);
	begin(&t, "healthy");
	read_log(&t, DEMO_ZOOKEEPER, &log);
	/* An '@' of the log's own stays. */
	assert_non_null(strstr(log.data, "NIOServerCnxnFactory@660] - binding to port 127.0.0.1:0\n"));
	end(&t);
	strbuf_release(&log);
}

static void test_still_scenarios_hold(void **state)
{
	static const struct {
		const char *name;
		size_t stopped, stale, other;
	} cases[] = {{"healthy", 0, 0, 0}, {"route-404", 0, 1, 0}, {"module-missing", 1, 0, 0},
		     {"cors-500", 0, 0, 1}, {"upstream-ws", 0, 0, 1}, {"websocket-404", 0, 0, 1}, {"redis-auth", 0, 0, 1},
		     {"outage", 1, 0, 0}};
	const char *const *names = demo_scenarios();
	struct telling t;

	(void)state;
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		assert_string_equal(names[i], cases[i].name);
		begin(&t, cases[i].name);
		for (int64_t second = 0; second < 3600; second += 60) {
			tell_to(&t, second);
			assert_int_equal(count_of(&t, DEMO_STOPPED), cases[i].stopped);
			assert_int_equal(count_of(&t, DEMO_STALE), cases[i].stale);
			assert_int_equal(count_of(&t, DEMO_NO_WEBSOCKET) +
						 count_of(&t, DEMO_UNAWAITED) +
						 count_of(&t, DEMO_DEAF) +
						 count_of(&t, DEMO_LOCKED),
					 cases[i].other);
		}
		end(&t);
	}
	assert_null(names[BASE_LEN(cases)]);
	assert_null(scenario_find("no-such"));
}

/* Lines of the voice service that begin with a time never go back, and the failure stands at its
 * own time, 250 s before the start. */
static void test_logs_are_in_order(void **state)
{
	char last[20] = "";
	struct telling t;
	struct strbuf log;
	const char *stale;

	(void)state;
	strbuf_init(&log, 1u << 20);
	begin(&t, "route-404");
	tell_to(&t, 100);
	read_log(&t, DEMO_VOICE, &log);
	for (const char *line = log.data; *line != '\0';) {
		if (strncmp(line, "2026-", 5) == 0) {
			assert_true(strncmp(line, last, 19) >= 0);
			memcpy(last, line, 19);
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	/* One line of its own each 26 s, the past and the present alike. */
	assert_true(strcmp(last, "2026-11-21 12:04:54") > 0);
	stale = strstr(log.data, "INFO     image nexus/voice:3.0.2");
	assert_non_null(stale);
	/* 12:03:41 - 250 s + 1 s, "2026-11-21 11:59:32,000 " before it. */
	assert_memory_equal(stale - 24, "2026-11-21 11:59:32,000 ", 24);
	end(&t);
	strbuf_release(&log);
}

/* After a night in which the machine slept the story goes on, it does not make up the night. */
static void test_a_long_sleep_is_not_made_up(void **state)
{
	struct telling t;
	struct strbuf log;
	size_t before;

	(void)state;
	strbuf_init(&log, 1u << 20);
	begin(&t, "healthy");
	read_log(&t, DEMO_VOICE, &log);
	before = log.len;
	tell_to(&t, INT64_C(8) * 3600);
	read_log(&t, DEMO_VOICE, &log);
	assert_true(log.len < before + 500);
	end(&t);
	strbuf_release(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_story),
		cmocka_unit_test(test_ports_in_lines),
		cmocka_unit_test(test_still_scenarios_hold),
		cmocka_unit_test(test_logs_are_in_order),
		cmocka_unit_test(test_a_long_sleep_is_not_made_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
