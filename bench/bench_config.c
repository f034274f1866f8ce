/* bench_config [SERVICES]: what a large services.yaml costs. A file of so many services (10,000)
 * is made, with two assertions, labels and a log source each; it is read as libyaml's events alone
 * (the yardstick) and loaded and checked. CPU ms, medians of five rounds that alternate, each in a
 * process of its own, so that every load is a first one. */
#include "config/config.h"

#include <sys/wait.h>
#include <unistd.h>
#include <yaml.h>

#define ROUNDS 5
#define GOAL 3.0

struct figures {
	double ms;
	double bytes_a_service;	 /* of the fleet's arena */
	double peak_kb, kept_kb; /* anonymous memory above that at the start */
	size_t events;
};

static double cpu_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* One line of /proc/self/status in KB. */
static double status_kb(const char *name)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[200];
	double kb = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, name, strlen(name)) == 0)
			kb = strtod(line + strlen(name), NULL);
	}
	if (file != NULL)
		(void)fclose(file);
	return kb;
}

static bool generate(const char *path, unsigned services)
{
	FILE *file = fopen(path, "w");

	if (file == NULL)
		return false;
	fputs("version: 1\nfleet: bench\ndefaults: {interval: 10s, timeout: 5s}\nservices:\n",
	      file);
	for (unsigned i = 0; i < services; i++)
		fprintf(file,
			"  - name: svc-%u\n    group: team-%u\n"
			"    url: \"http://127.%u.%u.%u:9000/svc/%u\"\n    checks:\n"
			"      - http: /health\n        interval: 10s\n"
			"        expect: [\"json .status == healthy\", \"status == 200\"]\n"
			"    labels: {env: prod, zone: \"eu-west-%u\"}\n"
			"    logs: [{file: /var/log/svc-%u/app.log}]\n",
			i, i % 40, i >> 16 & 255, i >> 8 & 255, i & 255, i, i % 3, i);
	return fclose(file) == 0;
}

static void read_events(const char *path, struct figures *figures)
{
	FILE *file = fopen(path, "r");
	yaml_parser_t parser;
	bool done = file == NULL || !yaml_parser_initialize(&parser);

	if (!done)
		yaml_parser_set_input_file(&parser, file);
	while (!done) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser, &event))
			break;
		done = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
		figures->events++;
	}
	yaml_parser_delete(&parser);
	if (file != NULL)
		(void)fclose(file);
}

static void load(const char *path, struct figures *figures)
{
	const struct config_request request = {.paths = &path, .path_count = 1};
	struct diags diags;
	struct fleet *fleet;

	diags_init(&diags);
	fleet = config_load(&request, &diags);
	if (fleet == NULL || diags.errors != 0)
		_exit(1);
	figures->bytes_a_service = (double)fleet->arena.bytes / (double)fleet->service_count;
}

/* Runs one of the two in a child; false where it failed. */
static bool measure(void (*work)(const char *path, struct figures *figures), const char *path,
		    struct figures *figures)
{
	int ends[2], status = 1;
	bool ok;
	pid_t child;

	if (pipe(ends) != 0)
		return false;
	child = fork();
	if (child == 0) {
		double kept = status_kb("RssAnon:"), peak = status_kb("VmHWM:");
		double from = cpu_ms();

		work(path, figures);
		figures->ms = cpu_ms() - from;
		figures->kept_kb = status_kb("RssAnon:") - kept;
		figures->peak_kb = status_kb("VmHWM:") - peak;
		_exit(write(ends[1], figures, sizeof(*figures)) != sizeof(*figures));
	}
	(void)close(ends[1]);
	ok = child > 0 && read(ends[0], figures, sizeof(*figures)) == sizeof(*figures);
	(void)close(ends[0]);
	(void)waitpid(child, &status, 0);
	return ok && status == 0;
}

static int by_ms(const void *a, const void *b)
{
	const struct figures *x = a, *y = b;

	return (x->ms > y->ms) - (x->ms < y->ms);
}

int main(int argc, char **argv)
{
	unsigned services = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10000;
	struct figures events[ROUNDS] = {0}, loads[ROUNDS] = {0};
	char path[] = "/tmp/sitrep-bench-XXXXXX";
	int fd = mkstemp(path);
	bool ok = fd >= 0 && close(fd) == 0 && generate(path, services);
	double ratio;

	for (int i = 0; ok && i < ROUNDS; i++)
		ok = measure(read_events, path, &events[i]) && measure(load, path, &loads[i]);
	(void)unlink(path);
	if (!ok) {
		fprintf(stderr, "bench_config: a round failed\n");
		return 1;
	}
	qsort(events, ROUNDS, sizeof(events[0]), by_ms);
	qsort(loads, ROUNDS, sizeof(loads[0]), by_ms);
	ratio = loads[ROUNDS / 2].ms / events[ROUNDS / 2].ms;
	printf("config   %u services: libyaml's events %.1f ms (%zu events), loaded and checked "
	       "%.1f ms,"
	       " ratio %.2f (goal %.2f)%s\n",
	       services, events[ROUNDS / 2].ms, events[ROUNDS / 2].events, loads[ROUNDS / 2].ms,
	       ratio, GOAL, ratio <= GOAL ? "" : " MISSED");
	printf("config   memory: %.0f B of arena a service, %.1f MB kept, %.1f MB at the peak\n",
	       loads[ROUNDS / 2].bytes_a_service, loads[ROUNDS / 2].kept_kb / 1024,
	       loads[ROUNDS / 2].peak_kb / 1024);
	return 0;
}
