/* What the benches of logs share: a mixed log of any size, the patterns, CPU time, medians, and
 * ripgrep as the yardstick of searching files. */
#ifndef BENCH_LOG_BENCH_H
#define BENCH_LOG_BENCH_H

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

static inline uint32_t roll(uint64_t *seed, uint32_t sides)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % sides;
}

static inline void add_line(struct strbuf *log, uint64_t *seed, unsigned number)
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

static inline struct texts read_patterns(const char *path)
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

static inline double cpu_s(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage) != 0)
		return 0;
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* MB/s of `rg -j1 -c`, 0 where there is no rg. */
static inline double by_ripgrep(const char *patterns, const char *file, size_t len, size_t *lines)
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

static inline int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static inline double median(double values[ROUNDS])
{
	qsort(values, ROUNDS, sizeof(*values), compare);
	return values[ROUNDS / 2];
}

/* A temporary file with the log, for ripgrep; the caller removes it. */
static inline bool save(const struct strbuf *log, char *path)
{
	int fd = mkstemp(path);
	FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;
	bool whole = file != NULL && fwrite(log->data, 1, log->len, file) == log->len;

	if (file != NULL && fclose(file) != 0)
		whole = false;
	return whole;
}

#endif
