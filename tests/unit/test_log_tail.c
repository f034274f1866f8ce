/* Following real files: what is read is what was written, through growth, rotation, truncation,
 * vanishing and partial lines; and the whole of logs/ on a real loop. */
#include "logs/logs.h"
#include "logs/tail.h"

#include "temp_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test-log-tail-XXXXXX";

static char *path_of(const char *name)
{
	return xasprintf("%s/%s", folder, name);
}

static void write_file(const char *path, const char *text, size_t len, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	close(fd);
}

static void append(const char *path, const char *text)
{
	write_file(path, text, strlen(text), O_APPEND);
}

/* --- one tail, no loop -------------------------------------------------------------------- */

struct tail_rig {
	struct tail tail;
	struct tail_sweep sweep;
	struct scanner scanner;
	uint64_t number;
	char *path;
	struct VEC_OF(char *) lines; /* all that came, in order */
	uint64_t last_number;
	struct batch batch; /* of the newest sweep */
};

static void rig_open(struct tail_rig *rig, const char *name)
{
	memset(rig, 0, sizeof(*rig));
	rig->path = path_of(name);
	rig->number = 1;
	rig->sweep.context.now = clock_wall();
	rig->sweep.now.ns = NS_PER_S;
	rig->sweep.scanner = &rig->scanner;
	rig->sweep.keep_bytes = 1u << 20;
	rig->sweep.buffer = xmalloc(TAIL_BUFFER);
	tail_init(&rig->tail, rig->path, false);
	batch_init(&rig->batch);
}

static bool sweep(struct tail_rig *rig)
{
	bool more;

	batch_release(&rig->batch);
	batch_init(&rig->batch);
	rig->sweep.budget = 8u << 20;
	more = tail_sweep(&rig->tail, &rig->sweep, &rig->number, &rig->batch);
	for (size_t i = 0; i < rig->batch.lines.len; i++) {
		const struct ring_line *line = &rig->batch.lines.at[i];
		uint64_t number = rig->batch.number + line->number;

		assert_true(number > rig->last_number);
		rig->last_number = number;
		vec_push(&rig->lines, xstrndup(rig->batch.text.data + line->offset, line->len));
	}
	return more;
}

static void sweep_at(struct tail_rig *rig, int64_t seconds)
{
	rig->sweep.now.ns = seconds * NS_PER_S;
	while (sweep(rig))
		continue;
}

static void rig_forget(struct tail_rig *rig)
{
	for (size_t i = 0; i < rig->lines.len; i++)
		free(rig->lines.at[i]);
	rig->lines.len = 0;
}

static void rig_close(struct tail_rig *rig)
{
	rig_forget(rig);
	vec_release(&rig->lines);
	batch_release(&rig->batch);
	tail_release(&rig->tail);
	scanner_release(&rig->scanner);
	free(rig->sweep.buffer);
	unlink(rig->path);
	free(rig->path);
}

/* The lines since the last call, joined by '|'. */
static void assert_came(struct tail_rig *rig, const char *wanted)
{
	struct strbuf text;

	strbuf_init(&text, 100000);
	for (size_t i = 0; i < rig->lines.len; i++) {
		strbuf_adds(&text, rig->lines.at[i]);
		strbuf_addc(&text, '|');
	}
	assert_string_equal(text.len > 0 ? text.data : "", wanted);
	strbuf_release(&text);
	rig_forget(rig);
}

static void test_growth(void **state)
{
	struct tail_rig rig;

	(void)state;
	rig_open(&rig, "growth.log");
	sweep(&rig);
	assert_string_equal(rig.tail.error, "there is no such file");
	append(rig.path, "one\ntwo\nthr");
	sweep(&rig);
	assert_null(rig.tail.error);
	assert_came(&rig, "one|two|");
	append(rig.path, "ee\r\n");
	sweep(&rig);
	assert_came(&rig, "three|");
	sweep(&rig);
	assert_came(&rig, "");
	/* A character of four bytes in four reads, a line in pieces. */
	for (const char *c = "a\xf0\x9f\x94\xa5z\n"; *c != '\0'; c++) {
		write_file(rig.path, c, 1, O_APPEND);
		sweep(&rig);
	}
	assert_came(&rig, "a\U0001f525z|");
	/* Broken bytes, colours, a title: harmless. */
	append(rig.path, "\x1b[31mred\x1b[0m \xff\xfe \x1b]0;own\a b\x07l\n");
	sweep(&rig);
	assert_came(&rig, "red \uFFFD\uFFFD  b\u2407l|");
	/* The last words without an end come when they have waited. */
	append(rig.path, "Segmentation fault");
	sweep_at(&rig, 2);
	sweep_at(&rig, 6);
	assert_came(&rig, "");
	sweep_at(&rig, 8);
	assert_came(&rig, "Segmentation fault|");
	append(rig.path, "\nnext\n");
	sweep_at(&rig, 9);
	assert_came(&rig, "|next|");
	rig_close(&rig);
}

static void test_long_lines(void **state)
{
	char *text = xmalloc(20001);
	struct tail_rig rig;

	(void)state;
	rig_open(&rig, "long.log");
	memset(text, 'x', 20000);
	text[20000] = '\n';
	/* A character of four bytes across the cut. */
	memcpy(text + LIMIT_LOG_LINE - 3, "\xf0\x9f\x94\xa5", 4);
	write_file(rig.path, text, 20001, O_APPEND);
	append(rig.path, "short\n");
	sweep(&rig);
	assert_int_equal(rig.lines.len, 2);
	assert_int_equal(strlen(rig.lines.at[0]), LIMIT_LOG_LINE - 3);
	assert_true((rig.batch.lines.at[0].flags & RING_CUT) != 0);
	assert_string_equal(rig.lines.at[1], "short");
	rig_close(&rig);
	free(text);
}

static void test_backlog(void **state)
{
	struct strbuf text;
	struct tail_rig rig;

	(void)state;
	rig_open(&rig, "backlog.log");
	strbuf_init(&text, 1u << 20);
	for (int i = 0; i < 5000; i++)
		strbuf_addf(&text, "line %d\n", i);
	write_file(rig.path, text.data, text.len, O_APPEND);
	sweep(&rig);
	assert_int_equal(rig.lines.len, 1000);
	assert_string_equal(rig.lines.at[0], "line 4000");
	assert_string_equal(rig.lines.at[999], "line 4999");
	rig_close(&rig);
	/* Long lines: a quarter of a megabyte of them, from a line's start. */
	rig_open(&rig, "backlog.log");
	strbuf_reset(&text);
	for (int i = 0; i < 500; i++)
		strbuf_addf(&text, "%04d %2000d\n", i, 0);
	write_file(rig.path, text.data, text.len, O_APPEND);
	sweep(&rig);
	assert_in_range(rig.lines.len, 120, 131);
	for (size_t i = 0; i < rig.lines.len; i++)
		assert_int_equal(strlen(rig.lines.at[i]), 2005);
	strbuf_release(&text);
	rig_close(&rig);
	/* One line, no newline at all. */
	rig_open(&rig, "backlog.log");
	append(rig.path, "alone");
	rig.sweep.context.now.ns += 60 * NS_PER_S;
	sweep(&rig);
	assert_came(&rig, "alone|");
	rig_close(&rig);
}

static void test_rotation(void **state)
{
	struct tail_rig rig;
	char *old = path_of("rotation.log.1");

	(void)state;
	rig_open(&rig, "rotation.log");
	append(rig.path, "a1\na2\n");
	sweep(&rig);
	/* Renamed; the writer has not noticed yet, then it has. */
	assert_int_equal(rename(rig.path, old), 0);
	append(old, "a3\n");
	sweep(&rig);
	assert_string_equal(rig.tail.event, "vanished");
	append(old, "a4\n");
	append(rig.path, "b1\n");
	sweep(&rig);
	assert_string_equal(rig.tail.event, "rotated");
	assert_came(&rig, "a1|a2|a3|a4|b1|");
	append(old, "a5\na6");
	append(rig.path, "b2\n");
	sweep(&rig);
	assert_came(&rig, "a5|b2|");
	sweep_at(&rig, 15);
	assert_came(&rig, "a6|");
	assert_int_equal(rig.tail.leaving.fd, -1);
	/* Truncated: what stood unfinished is told, then it begins anew. */
	append(rig.path, "b3");
	sweep(&rig);
	assert_int_equal(truncate(rig.path, 0), 0);
	append(rig.path, "c1\n");
	sweep(&rig);
	assert_string_equal(rig.tail.event, "truncated");
	assert_came(&rig, "b3|c1|");
	/* Copied, truncated and longer than before between two looks: its head gives it away. */
	assert_int_equal(truncate(rig.path, 0), 0);
	append(rig.path, "d1\nd2\nd3\n");
	sweep(&rig);
	assert_came(&rig, "d1|d2|d3|");
	/* Zeros that truncation under a writer without O_APPEND leaves. */
	assert_int_equal(truncate(rig.path, 0), 0);
	write_file(rig.path, "\0\0\0\0\0\0\0\0\0\0\0\0e1\n", 15, 0);
	sweep(&rig);
	assert_came(&rig, "e1|");
	/* Gone for good, and back. */
	unlink(rig.path);
	sweep(&rig);
	assert_string_equal(rig.tail.error, "there is no such file");
	append(rig.path, "f1\n");
	sweep(&rig);
	assert_came(&rig, "f1|");
	unlink(rig.path);
	assert_int_equal(mkdir(rig.path, 0700), 0);
	sweep(&rig);
	assert_string_equal(rig.tail.error, "it is no regular file");
	rmdir(rig.path);
	unlink(old);
	free(old);
	rig_close(&rig);
}

/* --- property: read = written ------------------------------------------------------------- */

struct writer {
	struct tail_rig rig;
	uint32_t seed;
	int fd;		       /* current incarnation */
	struct strbuf written; /* of it */
	struct VEC_OF(char *) expected;
	unsigned serial;
	char *rotated;
};

static uint32_t dice(struct writer *writer, uint32_t sides)
{
	writer->seed = writer->seed * 1664525u + 1013904223u;
	return (writer->seed >> 16) % sides;
}

/* What was written to one file becomes the lines that must come. */
static void end_incarnation(struct writer *writer)
{
	const char *at = writer->written.data, *end = at + writer->written.len;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline != NULL ? newline : end;

		vec_push(&writer->expected, xstrndup(at, (size_t)(stop - at)));
		at = newline != NULL ? newline + 1 : end;
	}
	strbuf_reset(&writer->written);
}

static void open_new(struct writer *writer)
{
	writer->fd = open(writer->rig.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(writer->fd >= 0);
}

static void write_some(struct writer *writer)
{
	uint32_t pieces = 1 + dice(writer, 6);

	for (uint32_t i = 0; i < pieces; i++) {
		char text[64];
		int len = snprintf(text, sizeof(text), "%u \xf0\x9f\x94\xa5 %.*s", writer->serial++,
				   (int)dice(writer, 20), "abcdefghijklmnopqrst");
		size_t split = dice(writer, (uint32_t)len);

		if (dice(writer, 4) != 0)
			text[len++] = '\n';
		assert_int_equal(write(writer->fd, text, split), (ssize_t)split);
		if (dice(writer, 3) == 0)
			sweep(&writer->rig);
		assert_int_equal(write(writer->fd, text + split, (size_t)len - split),
				 (ssize_t)((size_t)len - split));
		strbuf_add(&writer->written, text, (size_t)len);
	}
}

static void rotate(struct writer *writer)
{
	bool by_name = dice(writer, 2) == 0;

	if (by_name)
		assert_int_equal(rename(writer->rig.path, writer->rotated), 0);
	else
		assert_int_equal(unlink(writer->rig.path), 0);
	if (dice(writer, 2) == 0)
		sweep(&writer->rig);
	write_some(writer); /* it has not noticed */
	close(writer->fd);
	end_incarnation(writer);
	open_new(writer);
	write_some(writer);
	sweep(&writer->rig);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void test_read_is_written(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 40; seed++) {
		struct writer writer = {.seed = seed};

		rig_open(&writer.rig, "random.log");
		writer.rotated = path_of("random.log.1");
		strbuf_init(&writer.written, 1u << 20);
		open_new(&writer);
		for (int step = 0; step < 60; step++) {
			uint32_t what = dice(&writer, 10);

			if (what < 7) {
				write_some(&writer);
			} else if (what < 9) {
				sweep(&writer.rig);
				rotate(&writer);
			} else {
				sweep(&writer.rig);
				end_incarnation(&writer);
				assert_int_equal(ftruncate(writer.fd, 0), 0);
				if (dice(&writer, 2) == 0)
					sweep(&writer.rig);
			}
			if (dice(&writer, 2) == 0)
				sweep(&writer.rig);
		}
		sweep_at(&writer.rig, 2);
		sweep_at(&writer.rig, 30);
		end_incarnation(&writer);
		assert_int_equal(writer.rig.lines.len, writer.expected.len);
		qsort(writer.rig.lines.at, writer.rig.lines.len, sizeof(char *), compare);
		qsort(writer.expected.at, writer.expected.len, sizeof(char *), compare);
		for (size_t i = 0; i < writer.expected.len; i++) {
			assert_string_equal(writer.rig.lines.at[i], writer.expected.at[i]);
			free(writer.expected.at[i]);
		}
		vec_release(&writer.expected);
		strbuf_release(&writer.written);
		close(writer.fd);
		unlink(writer.rotated);
		free(writer.rotated);
		rig_close(&writer.rig);
	}
}

/* Growth above what can be held: every line is scanned and counted, the last ones are kept. */
static void test_skipped(void **state)
{
	static const struct pattern_spec specs[] = {{"needle (\\d+)", 0}};
	struct tail_rig rig;
	struct strbuf text;
	uint64_t kept = 0, skipped = 0;
	size_t matches = 0;

	(void)state;
	rig_open(&rig, "skipped.log");
	rig.scanner.set = pattern_set_new(specs, 1, NULL);
	rig.sweep.keep_bytes = 100000;
	append(rig.path, "first\nhal");
	sweep(&rig);
	strbuf_init(&text, 4u << 20);
	strbuf_adds(&text, "f a line\n");
	for (int i = 0; i < 40000; i++)
		strbuf_addf(&text, "2026-11-21T12:03:%02dZ \x1b[1m%s %d\x1b[0m\n", i % 60,
			    i % 1000 == 0 ? "INFO needle" : "hay", i);
	write_file(rig.path, text.data, text.len, O_APPEND);
	while (sweep(&rig) || rig.batch.lines.len > 0 || rig.batch.skipped > 0) {
		kept += rig.batch.lines.len;
		skipped += rig.batch.skipped;
		for (size_t i = 0; i < rig.batch.matches.len; i++) {
			const struct batch_match *match = &rig.batch.matches.at[i];
			const char *line =
				(match->skipped ? rig.batch.match_text.data : rig.batch.text.data) +
				match->offset;
			char wanted[64];

			snprintf(wanted, sizeof(wanted), "2026-11-21T12:03:%02dZ INFO needle %zu",
				 (int)(matches * 1000 % 60), matches * 1000);
			assert_int_equal(match->len, strlen(wanted));
			assert_memory_equal(line, wanted, match->len);
			assert_int_equal(match->number, 3 + matches * 1000);
			assert_int_equal(match->level, LOG_INFO);
			assert_int_equal(match->captures.group[1].end, match->len);
			assert_int_equal(match->time_ns % (60 * NS_PER_S),
					 (int64_t)(matches * 1000 % 60) * NS_PER_S);
			matches++;
		}
	}
	assert_int_equal(kept + skipped, 40001);
	assert_in_range(skipped, 30000, 40000);
	assert_int_equal(matches, 40);
	assert_string_equal(rig.lines.at[1], "half a line");
	strbuf_release(&text);
	rig_close(&rig);
}

/* --- the whole, on a loop ----------------------------------------------------------------- */

struct loop_rig {
	struct net *net;
	struct net_timer *timer;
	struct fleet *fleet;
	struct logs *logs;
	struct arena arena;
	struct log_query query;
	struct log_window window;
	char *path;
	unsigned grew, matches;
	struct log_match match;
	char *match_text;
	bool (*wanted)(struct loop_rig *rig);
	uint64_t wanted_number;
	struct mono_time give_up;
	bool met;
};

static void on_match(void *context, uint64_t service_id, const struct log_match *match)
{
	struct loop_rig *rig = context;

	assert_int_equal(service_id, 7);
	rig->matches++;
	rig->match = *match;
	free(rig->match_text);
	rig->match_text = xstrndup(match->text, match->len);
}

static void on_grew(void *context, uint64_t service_id)
{
	struct loop_rig *rig = context;

	assert_int_equal(service_id, 7);
	rig->grew++;
}

static void look(struct loop_rig *rig)
{
	arena_release(&rig->arena);
	arena_init(&rig->arena);
	logs_window(rig->logs, &rig->query, &rig->arena, &rig->window);
}

static void on_tick(void *context)
{
	struct loop_rig *rig = context;

	look(rig);
	rig->met = rig->wanted(rig);
	if (rig->met || net_now(rig->net).ns > rig->give_up.ns)
		net_stop(rig->net);
	else
		net_timer_set(rig->timer, (struct mono_time){net_now(rig->net).ns + 2 * NS_PER_MS});
}

static void wait_for(struct loop_rig *rig, bool (*wanted)(struct loop_rig *rig))
{
	rig->wanted = wanted;
	rig->give_up.ns = clock_mono().ns + 20 * NS_PER_S;
	net_timer_set(rig->timer, (struct mono_time){0});
	net_run(rig->net);
	assert_true(rig->met);
}

static struct fleet *fleet_of(const char *path, const char *second)
{
	struct fleet *fleet = xcalloc(1, sizeof(*fleet));
	struct service *service;
	struct log_source *source;

	fleet->refs = 1;
	arena_init(&fleet->arena);
	fleet->name = fleet->environment = "";
	service = arena_alloc(&fleet->arena, sizeof(*service));
	source = arena_array(&fleet->arena, 2, sizeof(*source));
	service->id = 7;
	service->name = "voice";
	service->logs = source;
	service->log_count = second != NULL ? 2 : 1;
	source[0] = (struct log_source){.id = 71, .path = arena_strdup(&fleet->arena, path)};
	if (second != NULL)
		source[1] =
			(struct log_source){.id = 72, .path = arena_strdup(&fleet->arena, second)};
	fleet->services = service;
	fleet->service_count = 1;
	fleet->redactor = redactor_new();
	redactor_add(fleet->redactor, "hunter2hunter2");
	return fleet;
}

static void loop_open(struct loop_rig *rig, const char *name, const char *second)
{
	struct logs_events events = {.match = on_match, .grew = on_grew, .context = rig};
	char *other = second != NULL ? path_of(second) : NULL;

	memset(rig, 0, sizeof(*rig));
	rig->path = path_of(name);
	rig->net = net_new(NULL);
	rig->timer = net_timer_new(rig->net, on_tick, rig);
	rig->fleet = fleet_of(rig->path, other);
	rig->logs = logs_new(rig->net, rig->fleet, &events);
	rig->query = (struct log_query){.service_id = 7, .follow = true, .rows = 10};
	arena_init(&rig->arena);
	free(other);
}

static void loop_close(struct loop_rig *rig)
{
	net_timer_free(rig->timer);
	logs_free(rig->logs);
	net_free(rig->net);
	fleet_unref(rig->fleet);
	arena_release(&rig->arena);
	free(rig->match_text);
	unlink(rig->path);
	free(rig->path);
}

static bool last_is(struct loop_rig *rig, const char *text)
{
	return rig->window.line_count > 0 &&
	       strcmp(rig->window.lines[rig->window.line_count - 1].text, text) == 0;
}

static bool sees_missing(struct loop_rig *rig)
{
	return rig->window.error != NULL && strstr(rig->window.error, "no such file") != NULL;
}

static bool sees_one(struct loop_rig *rig)
{
	return last_is(rig, "one");
}

static bool sees_rotated(struct loop_rig *rig)
{
	return last_is(rig, "two") && rig->window.note != NULL &&
	       strstr(rig->window.note, "rotated") != NULL;
}

static bool sees_match(struct loop_rig *rig)
{
	return rig->matches == 1;
}

static bool sees_second_match(struct loop_rig *rig)
{
	return rig->matches == 2;
}

static bool sees_three(struct loop_rig *rig)
{
	return last_is(rig, "three");
}

static void test_loop(void **state)
{
	static const struct pattern_spec specs[] = {{"nothing", 0}, {"refused by (\\S+)", 0}};
	struct pattern_set *patterns = pattern_set_new(specs, BASE_LEN(specs), NULL);
	struct loop_rig rig;
	char *old = path_of("loop.log.1");
	struct fleet *fleet;

	(void)state;
	loop_open(&rig, "loop.log", NULL);
	wait_for(&rig, sees_missing);
	append(rig.path, "2026-11-21T12:03:41Z ERROR refused by hunter2hunter2\none\n");
	wait_for(&rig, sees_one);
	assert_true(rig.grew > 0);
	assert_int_equal(rig.window.total, 2);
	assert_string_equal(rig.window.lines[0].text, "2026-11-21T12:03:41Z ERROR refused by ***");
	assert_int_equal(rig.window.lines[0].level, LOG_ERROR);
	assert_int_equal(rig.window.lines[0].number, 1);
	/* The pattern comes later than its line. */
	logs_set_patterns(rig.logs, patterns);
	wait_for(&rig, sees_match);
	assert_int_equal(rig.match.pattern, 1);
	assert_int_equal(rig.match.source, 71);
	assert_int_equal(rig.match.number, 1);
	assert_int_equal(rig.match.level, LOG_ERROR);
	assert_string_equal(rig.match_text, "2026-11-21T12:03:41Z ERROR refused by ***");
	assert_string_equal(rig.match_text + rig.match.captures.group[1].start, "***");
	/* Rotation. */
	assert_int_equal(rename(rig.path, old), 0);
	append(rig.path, "refused by nobody\ntwo\n");
	wait_for(&rig, sees_rotated);
	wait_for(&rig, sees_second_match);
	assert_int_equal(rig.match.number, 3);
	/* A reload keeps the lines and the place. */
	fleet = fleet_of(rig.path, NULL);
	logs_reload(rig.logs, fleet);
	fleet_unref(fleet);
	append(rig.path, "three\n");
	wait_for(&rig, sees_three);
	assert_int_equal(rig.window.total, 5);
	assert_int_equal(rig.matches, 2);
	/* Freed while a look is under way. */
	logs_set_patterns(rig.logs, NULL);
	pattern_set_unref(patterns);
	unlink(old);
	free(old);
	loop_close(&rig);
}

/* Patterns that come while the first look is under way: scanned once, and once only. */
static void test_patterns_during_sweep(void **state)
{
	static const struct pattern_spec specs[] = {{"boom", 0}};
	struct pattern_set *patterns = pattern_set_new(specs, 1, NULL);
	struct loop_rig rig;

	(void)state;
	for (int round = 0; round < 3; round++) {
		char *path = path_of("during.log");

		append(path, "boom\none\n");
		loop_open(&rig, "during.log", NULL);
		for (int i = 0; i < round; i++)
			logs_set_patterns(rig.logs, NULL);
		logs_set_patterns(rig.logs, patterns);
		wait_for(&rig, sees_one);
		wait_for(&rig, sees_match);
		append(path, "three\n");
		wait_for(&rig, sees_three);
		assert_int_equal(rig.matches, 1);
		free(path);
		loop_close(&rig);
	}
	pattern_set_unref(patterns);
}

static bool sees_number(struct loop_rig *rig)
{
	return rig->window.line_count > 0 &&
	       rig->window.lines[rig->window.line_count - 1].number == rig->wanted_number;
}

/* What is looked at comes at once, not with the next look at all files; after a rotation too. */
static void test_hints(void **state)
{
	int64_t quickest[2] = {INT64_MAX, INT64_MAX};
	char *old = path_of("hints.log.1");
	struct loop_rig rig;

	(void)state;
	loop_open(&rig, "hints.log", NULL);
	logs_set_patterns(rig.logs, NULL);
	for (int part = 0; part < 2; part++) {
		for (int i = 0; i < 6; i++) {
			struct mono_time start = clock_mono();

			append(rig.path, "line\n");
			rig.wanted_number++;
			wait_for(&rig, sees_number);
			if (i > 0 && clock_mono().ns - start.ns < quickest[part])
				quickest[part] = clock_mono().ns - start.ns;
		}
		assert_true(quickest[part] < 500 * NS_PER_MS);
		assert_int_equal(rename(rig.path, old), 0);
	}
	unlink(old);
	free(old);
	loop_close(&rig);
}

static bool sees_six(struct loop_rig *rig)
{
	return rig->window.total == 6;
}

/* A glob over two files and a third by name: merged by time. */
static void test_merge(void **state)
{
	static const char *const wanted[] = {"1", "2", "3", "4", "5", "6"};
	char *a = path_of("merge-a.log"), *b = path_of("merge-b.log"), *c = path_of("third.log");
	char *packed = path_of("merge-c.log.gz");
	struct loop_rig rig;

	(void)state;
	append(a, "2025-11-21T12:00:01Z 1\n2025-11-21T12:00:04Z 4\n");
	append(b, "2025-11-21T12:00:02Z 2\n2025-11-21T12:00:05Z 5\n");
	append(c, "2025-11-21T12:00:03Z 3\n2025-11-21T12:00:06Z 6\n");
	append(packed, "x\n");
	loop_open(&rig, "merge-*.log*", "third.log");
	wait_for(&rig, sees_six);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(rig.window.lines[i].text + rig.window.lines[i].message,
				    wanted[i]);
	rig.query = (struct log_query){.service_id = 8, .rows = 10};
	look(&rig);
	assert_non_null(rig.window.error);
	assert_int_equal(rig.window.line_count, 0);
	loop_close(&rig);
	unlink(a);
	unlink(b);
	unlink(c);
	unlink(packed);
	free(a);
	free(b);
	free(c);
	free(packed);
}

static int make_folder(void **state)
{
	(void)state;
	temp_folder(folder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_backlog),
		cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_read_is_written),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_patterns_during_sweep),
		cmocka_unit_test(test_hints),
	};

	return cmocka_run_group_tests(tests, make_folder, NULL);
}
