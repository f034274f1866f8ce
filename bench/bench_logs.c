/* bench_logs [MB [PATTERNS-FILE]]: what following log files costs, on files in /tmp.
 *   tail_ms    the last 1,000 lines of a file of so many megabytes (1,000): from logs_new() on a
 *              running loop to the window with them; beside it `tail -n 1000`, whole process
 *   scan_MB_s  200 MB that are new at once, read, cut, matched, confirmed and counted by the
 *              follower; beside it `rg -j1 -c`. The lines must be the same
 *   feed_MB_s  the way of lines that are kept: cleaned, time and level read, scanned
 *   window_us  a window of 50 rows out of 2 MB of lines; filter_ms: the first with a new filter
 * Medians of five rounds that alternate with their yardstick. */
#include "log_bench.h"

#include "base/xalloc.h"
#include "logs/held.h"
#include "logs/logs.h"
#include "logs/tail.h"

#include <fcntl.h>

#define SCAN_BYTES ((size_t)200 * 1000000)
#define SERVICE 7

static double seconds(void)
{
	return (double)clock_mono().ns / 1e9;
}

/* --- the last lines of a large file ------------------------------------------------------- */

struct first_look {
	struct net *net;
	struct logs *logs;
	struct log_query query;
	struct log_window window;
	struct arena arena;
	double done;
};

static void look(void *context, uint64_t service_id)
{
	struct first_look *first = context;

	(void)service_id;
	logs_window(first->logs, &first->query, &first->arena, &first->window);
	if (first->window.line_count == (size_t)first->query.rows) {
		first->done = seconds();
		net_stop(first->net);
	}
}

static void ignore_match(void *context, uint64_t service_id, const struct log_match *match)
{
	(void)context;
	(void)service_id;
	(void)match;
}

static struct fleet *fleet_of(const char *path)
{
	struct fleet *fleet = xcalloc(1, sizeof(*fleet));
	struct service *service;
	struct log_source *source;

	fleet->refs = 1;
	arena_init(&fleet->arena);
	service = arena_alloc(&fleet->arena, sizeof(*service));
	source = arena_alloc(&fleet->arena, sizeof(*source));
	*source = (struct log_source){.id = 1, .path = path, .name = path};
	*service = (struct service){.id = SERVICE, .name = "bench", .logs = source, .log_count = 1};
	fleet->services = service;
	fleet->service_count = 1;
	fleet->redactor = redactor_new();
	return fleet;
}

static double first_look_ms(const char *path)
{
	struct first_look first = {.query = {.service_id = SERVICE, .follow = true, .rows = 1000}};
	struct logs_events events = {.match = ignore_match, .grew = look, .context = &first};
	struct fleet *fleet = fleet_of(path);
	double start;

	arena_init(&first.arena);
	first.net = net_new(NULL);
	start = seconds();
	first.logs = logs_new(first.net, fleet, &events);
	net_run(first.net);
	logs_free(first.logs);
	net_free(first.net);
	fleet_unref(fleet);
	arena_release(&first.arena);
	return (first.done - start) * 1e3;
}

static double tail_ms(const char *path)
{
	double start = seconds();
	int status;
	pid_t child = fork();

	if (child == 0) {
		int null = open("/dev/null", O_WRONLY);

		(void)dup2(null, STDOUT_FILENO);
		(void)execlp("tail", "tail", "-n", "1000", path, (char *)NULL);
		_exit(127);
	}
	return waitpid(child, &status, 0) == child && status == 0 ? (seconds() - start) * 1e3 : 0;
}

static void bench_tail(const struct strbuf *log, size_t size)
{
	char path[] = "/tmp/bench_logs.XXXXXX";
	int fd = mkstemp(path);
	double ours[ROUNDS], tails[ROUNDS];

	for (size_t have = 0; fd >= 0 && have < size; have += log->len) {
		if (write(fd, log->data, log->len) != (ssize_t)log->len)
			break;
	}
	(void)close(fd);
	(void)first_look_ms(path); /* warms the page cache */
	for (int i = 0; i < ROUNDS; i++) {
		ours[i] = first_look_ms(path);
		tails[i] = tail_ms(path);
	}
	(void)unlink(path);
	printf("file_MB=%zu tail_ms=%.2f tail_command_ms=%.2f\n", size / 1000000, median(ours),
	       median(tails));
}

/* --- scanning ----------------------------------------------------------------------------- */

struct follower {
	struct tail tail;
	struct tail_sweep sweep;
	uint64_t number;
};

static void follower_init(struct follower *follower, const char *path, struct scanner *scanner,
			  size_t keep_bytes)
{
	*follower = (struct follower){.number = 1};
	follower->sweep.context.now = clock_wall();
	follower->sweep.scanner = scanner;
	follower->sweep.keep_bytes = keep_bytes;
	follower->sweep.buffer = xmalloc(TAIL_BUFFER);
	tail_init(&follower->tail, path, true);
}

/* Reads the whole file; MB/s of CPU, and how many lines had a match. */
static double follow(const char *path, size_t len, struct scanner *scanner, size_t keep_bytes,
		     size_t *lines)
{
	struct follower follower;
	double start = cpu_s(RUSAGE_SELF);
	uint64_t last = 0;
	bool more = true;

	follower_init(&follower, path, scanner, keep_bytes);
	*lines = 0;
	while (more) {
		struct batch batch;

		batch_init(&batch);
		follower.sweep.budget = (size_t)32 << 20;
		more = tail_sweep(&follower.tail, &follower.sweep, &follower.number, &batch);
		for (size_t i = 0; i < batch.matches.len; i++) {
			*lines += batch.matches.at[i].number != last;
			last = batch.matches.at[i].number;
		}
		batch_release(&batch);
	}
	start = cpu_s(RUSAGE_SELF) - start;
	tail_release(&follower.tail);
	free(follower.sweep.buffer);
	return (double)len / 1e6 / start;
}

static bool bench_scan(const struct strbuf *log, struct scanner *scanner, const char *patterns)
{
	char path[] = "/tmp/bench_logs.XXXXXX";
	double scan[ROUNDS], feed[ROUNDS], rg[ROUNDS];
	size_t lines = 0, feed_lines = 0, rg_lines = 0;

	if (!save(log, path))
		return false;
	for (int i = 0; i < ROUNDS; i++) {
		scan[i] = follow(path, log->len, scanner, (size_t)2 << 20, &lines);
		rg[i] = by_ripgrep(patterns, path, log->len, &rg_lines);
	}
	if (truncate(path, (off_t)log->len / 10) != 0)
		return false;
	for (int i = 0; i < ROUNDS; i++)
		feed[i] = follow(path, log->len / 10, scanner, SIZE_MAX / 2, &feed_lines);
	(void)unlink(path);
	printf("scan_MB_s=%.0f lines=%zu feed_MB_s=%.0f\n", median(scan), lines, median(feed));
	if (median(rg) > 0)
		printf("rg_MB_s=%.0f ratio=%.2f rg_lines=%zu\n", median(rg),
		       median(scan) / median(rg), rg_lines);
	return rg_lines == 0 || rg_lines == lines;
}

/* --- windows ------------------------------------------------------------------------------ */

static void bench_window(const struct strbuf *log)
{
	struct log_query query = {.follow = true, .rows = 50};
	struct held_stream stream = {.source = 1};
	struct feed_context context = {.now = clock_wall()};
	struct held held;
	struct feed feed;
	struct batch batch;
	uint64_t number = 1;
	double start, plain, filtered;

	held_init(&held);
	ring_init(&stream.ring, (size_t)16 << 10);
	held_add(&held, &stream);
	feed_init(&feed);
	batch_init(&batch);
	feed_bytes(&feed, &context, context.now, log->data, (size_t)4 << 20, &number, &batch);
	held_take(&held, &stream, &batch, (size_t)2 << 20);
	held.budget = SIZE_MAX;
	start = seconds();
	for (int i = 0; i < 1000; i++) {
		struct log_window window = {.line_count = 0};
		struct arena arena;

		arena_init(&arena);
		held_window(&held, &query, &arena, &window);
		arena_release(&arena);
	}
	plain = (seconds() - start) * 1e3;
	query.filter_in = "connect.*refused|timed out";
	query.search = "worker";
	start = seconds();
	{
		struct log_window window = {.line_count = 0};
		struct arena arena;

		arena_init(&arena);
		held_window(&held, &query, &arena, &window);
		arena_release(&arena);
	}
	filtered = (seconds() - start) * 1e3;
	printf("held_lines=%llu window_us=%.1f filter_ms=%.1f\n",
	       (unsigned long long)(stream.ring.next - stream.ring.first), plain, filtered);
	batch_release(&batch);
	feed_release(&feed);
	ring_release(&stream.ring);
	held_release(&held);
}

int main(int argc, char **argv)
{
	size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1000) * 1000000;
	const char *patterns = argc > 2 ? argv[2] : "bench/patterns.txt";
	struct texts texts = read_patterns(patterns);
	struct scanner scanner = {.set = NULL};
	struct strbuf log, err;
	uint64_t seed = 1;
	bool same;

	strbuf_init(&err, 500);
	strbuf_init(&log, SCAN_BYTES + 1000);
	for (unsigned number = 0; log.len < SCAN_BYTES; number++)
		add_line(&log, &seed, number);
	scanner.set = pattern_set_new(texts.at, texts.len, &err);
	if (scanner.set == NULL) {
		(void)fprintf(stderr, "bench_logs: %s\n", err.data);
		return 1;
	}
	bench_tail(&log, size);
	same = bench_scan(&log, &scanner, patterns);
	bench_window(&log);
	scanner_release(&scanner);
	for (size_t i = 0; i < texts.len; i++)
		free((char *)(uintptr_t)texts.at[i].regex);
	vec_release(&texts);
	strbuf_release(&log);
	strbuf_release(&err);
	return same ? 0 : 1;
}
