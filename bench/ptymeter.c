/* ptymeter: runs a program in a pseudo-terminal and measures what its user would feel.
 *   ptymeter [-W COLS] [-H ROWS] [-w WARM_S] [-t SECONDS] [-k KEYS -i MS] [-q QUIT] COMMAND...
 * Prints one line of `name value` pairs: first_frame_ms (fork to the last byte of the first frame
 * of 800 bytes or more, which ends when 4 ms pass in silence), frame_bytes, bytes_per_s and
 * cpu_percent over SECONDS after WARM_S, key_p50_ms and key_p99_ms (key written to the last byte of
 * the answer, 5 ms of silence), rss_anon_kb. A yardstick, not a judge. */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KEYS_MAX 4096

struct meter {
	int fd;
	pid_t pid;
	uint64_t bytes;
};

static double now_ms(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

/* Answers the questions a terminal is asked at start, so that no program waits for them. */
static void answer_queries(const struct meter *meter, const char *bytes, size_t len)
{
	static const struct {
		const char *question, *answer;
	} pairs[] = {{"\033[c", "\033[?62;22c"}, {"\033[6n", "\033[1;1R"}};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (memmem(bytes, len, pairs[i].question, strlen(pairs[i].question)) != NULL)
			(void)!write(meter->fd, pairs[i].answer, strlen(pairs[i].answer));
}

/* Reads until `until`, or until `quiet` ms pass after a byte; the time of the last byte, 0 none,
 * -1 where the program has gone. */
static double drain(struct meter *meter, double until, double quiet)
{
	char bytes[65536];
	double last = 0;

	for (;;) {
		double now = now_ms();
		double stop = last > 0 && quiet > 0 && last + quiet < until ? last + quiet : until;
		struct pollfd poll_fd = {.fd = meter->fd, .events = POLLIN};
		struct timespec wait;
		ssize_t got;

		if (now >= stop)
			return last;
		wait.tv_sec = (time_t)((stop - now) / 1e3);
		wait.tv_nsec = (long)((stop - now - (double)wait.tv_sec * 1e3) * 1e6);
		if (ppoll(&poll_fd, 1, &wait, NULL) <= 0)
			continue;
		got = read(meter->fd, bytes, sizeof(bytes));
		if (got <= 0)
			return -1;
		last = now_ms();
		meter->bytes += (uint64_t)got;
		answer_queries(meter, bytes, (size_t)got);
	}
}

static double cpu_ms(pid_t pid)
{
	char path[64];
	unsigned long user = 0;
	unsigned long sys = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &sys) != 2)
		user = sys = 0;
	fclose(file);
	return (double)(user + sys) * 1e3 / (double)sysconf(_SC_CLK_TCK);
}

static long rss_anon_kb(pid_t pid)
{
	char path[64];
	char line[256];
	long kb = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "RssAnon: %ld", &kb) == 1)
			break;
	fclose(file);
	return kb;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Types the keys in turn for `seconds`, one each `interval_ms`; prints the percentiles. */
static void measure_keys(struct meter *meter, const char *keys, double interval_ms, double seconds)
{
	static double times[KEYS_MAX];
	size_t count = 0;
	double end = now_ms() + seconds * 1e3;

	for (size_t i = 0; now_ms() < end && count < KEYS_MAX; i++) {
		double typed = now_ms();
		double last;

		if (write(meter->fd, &keys[i % strlen(keys)], 1) != 1)
			break;
		last = drain(meter, typed + interval_ms, 5);
		if (last > typed)
			times[count++] = last - typed;
		if (drain(meter, typed + interval_ms, 0) < 0)
			break;
	}
	if (count == 0)
		return;
	qsort(times, count, sizeof(times[0]), compare);
	printf(" keys %zu key_p50_ms %.2f key_p99_ms %.2f", count, times[count / 2],
	       times[(size_t)((double)count * 0.99)]);
}

static void measure(struct meter *meter, double started, double warm, double seconds,
		    const char *keys, double interval_ms)
{
	double last = 0;
	double cpu;
	uint64_t bytes;

	while (meter->bytes < 800 && last >= 0 && now_ms() < started + 30000)
		last = drain(meter, now_ms() + 30000, 4);
	printf("first_frame_ms %.1f frame_bytes %llu", last - started, (unsigned long long)meter->bytes);
	if (last < 0 || drain(meter, now_ms() + warm * 1e3, 0) < 0) {
		printf(" gone 1\n");
		return;
	}
	bytes = meter->bytes;
	cpu = cpu_ms(meter->pid);
	if (keys != NULL)
		measure_keys(meter, keys, interval_ms, seconds);
	else if (drain(meter, now_ms() + seconds * 1e3, 0) < 0)
		printf(" gone 1");
	printf(" bytes_per_s %.1f cpu_percent %.2f rss_anon_kb %ld\n",
	       (double)(meter->bytes - bytes) / seconds, (cpu_ms(meter->pid) - cpu) / seconds / 10,
	       rss_anon_kb(meter->pid));
}

int main(int argc, char **argv)
{
	struct winsize size = {.ws_row = 50, .ws_col = 200};
	struct meter meter = {0};
	double warm = 1;
	double seconds = 5;
	double interval_ms = 100;
	const char *keys = NULL;
	const char *quit = "q";
	double started;
	int option;

	while ((option = getopt(argc, argv, "+W:H:w:t:k:i:q:")) != -1) {
		switch (option) {
		case 'W': size.ws_col = (unsigned short)atoi(optarg); break;
		case 'H': size.ws_row = (unsigned short)atoi(optarg); break;
		case 'w': warm = atof(optarg); break;
		case 't': seconds = atof(optarg); break;
		case 'k': keys = optarg; break;
		case 'i': interval_ms = atof(optarg); break;
		case 'q': quit = optarg; break;
		default: return 2;
		}
	}
	if (optind >= argc)
		return 2;
	started = now_ms();
	meter.pid = forkpty(&meter.fd, NULL, NULL, &size);
	if (meter.pid < 0)
		return 1;
	if (meter.pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		execvp(argv[optind], argv + optind);
		_exit(127);
	}
	measure(&meter, started, warm, seconds, keys, interval_ms);
	(void)!write(meter.fd, quit, strlen(quit));
	(void)drain(&meter, now_ms() + 2000, 0);
	(void)kill(meter.pid, SIGTERM);
	close(meter.fd);
	(void)waitpid(meter.pid, NULL, 0);
	return 0;
}
