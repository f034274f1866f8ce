/* bench_patterns [MB [PATTERNS-FILE]]: how fast the signatures of a log are found. A mixed log of
 * so many megabytes (200) is made in memory, about one line in 200 an error; the patterns are put
 * to it by base/pattern_set as --explain and the followers do, then by PCRE2 alone, a pattern a
 * line (on a tenth of the log), then by `rg -j1` where it is installed. MB/s of CPU time, medians
 * of five rounds that alternate; the lines that match must be the same for all. */
#include "base/pattern_set.h"
#include "base/vec.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 5

static const char *const errors[] = {
	"ModuleNotFoundError: No module named 'torchaudio'",
	"Error: connect ECONNREFUSED 127.0.0.1:5432",
	"RuntimeWarning: coroutine 'Worker.run' was never awaited",
	"Out of memory: Killed process 4123 (python3)",
	"FATAL: password authentication failed for user \"app\"",
	"OSError: [Errno 98] Address already in use",
	"java.lang.NullPointerException: Cannot invoke \"String.length()\"",
	"panic: runtime error: invalid memory address or nil pointer dereference",
	"ENOSPC: no space left on device, write",
	"upstream timed out (110: Connection timed out) while reading response header",
	"x509: certificate has expired or is not yet valid",
	"CUDA error: an illegal memory access was encountered at kernel 12 of stream 3",
};
static const char *const messages[] = {
	"request completed",   "cache refreshed",         "connection accepted from peer",
	"job 17 on worker",    "model loaded from disk",  "session token renewed",
	"flushed the batch",   "no error was reported",   "caf\xc3\xa9 opened, \xe4\xb8\xad\xe6\x96\x87 page",
};

static uint32_t roll(uint64_t *seed, uint32_t sides)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % sides;
}

static void add_line(struct strbuf *log, uint64_t *seed, unsigned number)
{
	bool bad = roll(seed, 200) == 0;
	const char *text = bad ? errors[roll(seed, BASE_LEN(errors))]
			       : messages[roll(seed, BASE_LEN(messages))];
	unsigned second = number / 200 % 60, minute = number / 12000 % 60;
	unsigned ms = roll(seed, 1000), service = roll(seed, 40);

	switch (roll(seed, 3)) {
	case 0:
		strbuf_addf(log,
			    "{\"ts\":\"2026-11-21T12:%02u:%02u.%03uZ\",\"level\":\"%s\","
			    "\"service\":\"svc-%u\",\"msg\":\"%s\",\"trace\":\"%08x%08x\"}\n",
			    minute, second, ms, bad ? "ERROR" : "INFO", service, text,
			    roll(seed, UINT32_MAX), roll(seed, UINT32_MAX));
		break;
	case 1:
		strbuf_addf(log, "2026-11-21 12:%02u:%02u,%03u %s [svc-%u.worker.%u] %s id=%08x\n",
			    minute, second, ms, bad ? "ERROR" : "DEBUG", service, roll(seed, 16),
			    text, roll(seed, UINT32_MAX));
		break;
	default:
		strbuf_addf(log, "Nov 21 12:%02u:%02u node-%u svc-%u[%u]: %s\n", minute, second,
			    service % 12, service, 1000 + service, text);
		break;
	}
}

struct texts VEC_OF(struct pattern_spec);

static struct texts read_patterns(const char *path)
{
	FILE *file = fopen(path, "r");
	struct texts texts = {0};
	char line[512];

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		vec_push(&texts, ((struct pattern_spec){.regex = xstrdup(line)}));
	}
	(void)fclose(file);
	return texts;
}

static double cpu_s(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage) != 0)
		return 0;
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

struct tally {
	const char *last;
	size_t lines, hits;
};

static bool on_hit(void *context, const struct pattern_hit *hit)
{
	struct tally *tally = context;

	tally->hits++;
	if (hit->line != tally->last)
		tally->lines++;
	tally->last = hit->line;
	return true;
}

static double by_set(const struct pattern_set *set, const struct strbuf *log, size_t *lines)
{
	struct pattern_scratch *scratch = pattern_scratch_new(set);
	struct tally tally = {0};
	double start = cpu_s(RUSAGE_SELF);

	pattern_set_scan(set, scratch, log->data, log->len, on_hit, &tally);
	start = cpu_s(RUSAGE_SELF) - start;
	pattern_scratch_free(scratch);
	*lines = tally.lines;
	return (double)log->len / 1e6 / start;
}

static double by_pcre2(const struct pattern_set *set, const struct strbuf *log, size_t len,
		       size_t *lines)
{
	struct pattern_room *room = pattern_room_new();
	double start = cpu_s(RUSAGE_SELF);

	*lines = 0;
	for (size_t at = 0; at < len;) {
		const char *newline = memchr(log->data + at, '\n', len - at);
		size_t end = newline != NULL ? (size_t)(newline - log->data) : len;
		bool any = false;

		for (size_t i = 0; i < pattern_set_len(set); i++)
			any |= pattern_find_in(pattern_set_at(set, i), room, log->data + at, end - at,
					       0, NULL) == 1;
		*lines += any ? 1 : 0;
		at = end + 1;
	}
	start = cpu_s(RUSAGE_SELF) - start;
	pattern_room_free(room);
	return (double)len / 1e6 / start;
}

/* MB/s of `rg -j1 -c`, 0 where there is no rg. */
static double by_ripgrep(const char *patterns, const char *file, size_t len, size_t *lines)
{
	double start = cpu_s(RUSAGE_CHILDREN);
	char answer[64] = "";
	int pipes[2];
	ssize_t got;
	int status;
	pid_t child;

	if (pipe(pipes) != 0 || (child = fork()) < 0)
		return 0;
	if (child == 0) {
		(void)dup2(pipes[1], STDOUT_FILENO);
		(void)execlp("rg", "rg", "-j1", "-c", "--no-config", "-f", patterns, file, (char *)NULL);
		_exit(127);
	}
	(void)close(pipes[1]);
	got = read(pipes[0], answer, sizeof(answer) - 1);
	(void)close(pipes[0]);
	if (waitpid(child, &status, 0) != child || got <= 0 || status != 0)
		return 0;
	*lines = strtoul(answer, NULL, 10);
	return (double)len / 1e6 / (cpu_s(RUSAGE_CHILDREN) - start);
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median(double values[ROUNDS])
{
	qsort(values, ROUNDS, sizeof(*values), compare);
	return values[ROUNDS / 2];
}

/* A temporary file with the log, for ripgrep; the caller removes it. */
static bool save(const struct strbuf *log, char *path)
{
	int fd = mkstemp(path);
	FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;
	bool whole = file != NULL && fwrite(log->data, 1, log->len, file) == log->len;

	if (file != NULL && fclose(file) != 0)
		whole = false;
	return whole;
}

int main(int argc, char **argv)
{
	size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 200) * 1000000;
	const char *patterns = argc > 2 ? argv[2] : "bench/patterns.txt";
	struct texts texts = read_patterns(patterns);
	char file[] = "/tmp/bench_patterns.XXXXXX";
	double set_speed[ROUNDS], pcre2_speed[ROUNDS], rg_speed[ROUNDS];
	size_t lines = 0, part_lines = 0, rg_lines = 0, part;
	struct pattern_set *set;
	struct strbuf log, err;
	uint64_t seed = 1;
	double start;

	strbuf_init(&err, 500);
	strbuf_init(&log, size + 1000);
	for (unsigned number = 0; log.len < size; number++)
		add_line(&log, &seed, number);
	part = log.len / 10;
	start = cpu_s(RUSAGE_SELF);
	set = pattern_set_new(texts.at, texts.len, &err);
	start = cpu_s(RUSAGE_SELF) - start;
	if (set == NULL || !save(&log, file)) {
		(void)fprintf(stderr, "bench_patterns: %s\n", set == NULL ? err.data : file);
		return 1;
	}
	for (int i = 0; i < ROUNDS; i++) {
		set_speed[i] = by_set(set, &log, &lines);
		pcre2_speed[i] = by_pcre2(set, &log, part, &part_lines);
		rg_speed[i] = by_ripgrep(patterns, file, log.len, &rg_lines);
	}
	(void)unlink(file);
	printf("patterns=%zu slow=%zu log_MB=%zu compile_ms=%.1f lines=%zu\n", texts.len,
	       pattern_set_slow(set), log.len / 1000000, start * 1e3, lines);
	printf("set_MB_s=%.0f pcre2_MB_s=%.0f ratio=%.1f\n", median(set_speed), median(pcre2_speed),
	       median(set_speed) / median(pcre2_speed));
	if (median(rg_speed) > 0)
		printf("rg_MB_s=%.0f ratio=%.2f rg_lines=%zu\n", median(rg_speed),
		       median(set_speed) / median(rg_speed), rg_lines);
	for (size_t i = 0; i < texts.len; i++)
		free((char *)(uintptr_t)texts.at[i].regex);
	vec_release(&texts);
	pattern_set_unref(set);
	strbuf_release(&log);
	strbuf_release(&err);
	return rg_lines != 0 && rg_lines != lines ? 1 : 0;
}
