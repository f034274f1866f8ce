/* CPU per check of each type, and the stalls of the loop with all of them at once. The checks are those
 * of a services.yaml, by default the demo fleet's, whose servers are a process of their own; each is
 * copied until every row has N of them. A row is a type, or with -l a check's name.
 *   bench_checks [-l] [-n N] [-r ROUNDS] [-c IN_FLIGHT] [-p SECONDS] [-o ROW] [FILE]
 * First row by row, flat out, ROUNDS rounds after one that is not measured: us_check (user + system
 * of this process), whether connections were kept, the latency's median, memory that the checks have
 * taken (RssAnon; worth something with -o and many). What is asked by HTTP and may keep its connection
 * comes twice: with the connection kept and with a new one each time. With -p: N checks of all types
 * mixed, each every 10 s, for so long: the turns of the loop by their length (net_take_stall), and CPU
 * as a share of a core. */
#include "config.h"

#include "app/demo_child.h"
#include "base/map.h"
#include "base/vec.h"
#include "config/config.h"
#include "engine/engine.h"
#include "model/ids.h"
#include "probe/probe.h"

#include "measure.h"

#include <getopt.h>
#include <signal.h>

#define INTERVAL (10 * NS_PER_S)
#define STALLS_MAX (1u << 20)

static struct options {
	bool by_name;
	size_t count, rounds, in_flight;
	int seconds;
	const char *only;
	const char *file;
} options = {.count = 200, .rounds = 10, .in_flight = 32};

static struct {
	struct net *net;
	struct prober *prober;
	struct engine *engine;
	struct fleet *fleet;
	struct net_timer *pace;
	const char **rows;	   /* by the check's index: what it counts for */
	const struct check **list; /* of this run, asked in order and from the front again */
	size_t len;
	size_t started, done, goal, good, kept, running;
	int64_t began_ns, ends_ns;
	struct VEC_OF(int64_t) latencies, stalls;
	char complaint[400];
} run;

/* --- asking ------------------------------------------------------------------------------- */

static void start_flat_out(void)
{
	while (run.started < run.goal && run.running < options.in_flight) {
		size_t before = prober_in_flight(run.prober);

		/* One that still runs is left alone: it goes on when an end makes room. */
		prober_start(run.prober, run.list[run.started % run.len]);
		if (prober_in_flight(run.prober) == before)
			return;
		run.started++;
		run.running++;
	}
}

static void on_sample(void *context, const struct sample *sample)
{
	const struct event event = {.kind = EVENT_SAMPLE, .mono = sample->delivered_at,
				    .wall = sample->observed_at, .as.sample = sample};

	(void)context;
	if (sample->failure == FAILURE_NONE)
		run.good++;
	else if (run.complaint[0] == '\0')
		(void)snprintf(run.complaint, sizeof(run.complaint), "%s",
			       sample->message != NULL ? sample->message : "");
	if (sample->phases.ns[PHASE_CONNECT] < 0)
		run.kept++;
	vec_push(&run.latencies, sample->latency_ns);
	engine_apply(run.engine, &event);
}

static void on_finished(void *context, uint64_t id)
{
	(void)context;
	(void)id;
	run.running--;
	run.done++;
	if (run.ends_ns == 0)
		start_flat_out();
	if (run.done == run.goal || (run.ends_ns != 0 && run.running == 0 &&
				     clock_mono().ns >= run.ends_ns))
		net_stop(run.net);
}

/* Each check at its place in the interval. */
static void on_pace(void *context)
{
	int64_t now = clock_mono().ns;
	int64_t step = INTERVAL / (int64_t)run.len;

	(void)context;
	if (now >= run.ends_ns) {
		run.goal = run.started;
		if (run.running == 0)
			net_stop(run.net);
		return;
	}
	for (; run.began_ns + (int64_t)run.started * step <= now; run.started++) {
		run.running++;
		prober_start(run.prober, run.list[run.started % run.len]);
	}
	net_timer_set(run.pace, paced(run.began_ns + (int64_t)run.started * step));
}

static void on_turn(void *context)
{
	int64_t stall = net_take_stall(run.net);

	(void)context;
	if (run.ends_ns != 0 && run.stalls.len < STALLS_MAX)
		vec_push(&run.stalls, stall);
}

/* --- the fleet ---------------------------------------------------------------------------- */

/* Those that honour the key `keepalive`. */
static bool may_keep(const struct check *check)
{
	return check->type == CHECK_TYPE_HTTP || check->type == CHECK_TYPE_ROUTE ||
	       check->type == CHECK_TYPE_OPENAPI || check->type == CHECK_TYPE_CORS ||
	       check->type == CHECK_TYPE_PROMETHEUS;
}

static const char *row_of(const struct check *check)
{
	return options.by_name ? check->name : check_type_info(check->type)->name;
}

/* How often each check is needed so that its row has `options.count` of them. */
static size_t copies_of(const struct fleet *from, const struct check *check)
{
	size_t peers = 0;

	for (size_t i = 0; i < from->check_count; i++)
		peers += strcmp(row_of(&from->checks[i]), row_of(check)) == 0 ? 1 : 0;
	return options.count / peers + 1;
}

/* `copies` of each check of `from`, or as many as its row needs, a service each; what may keep its
 * connection a second time without. */
static struct fleet *multiply(const struct fleet *from, size_t copies)
{
	struct fleet *fleet = xcalloc(1, sizeof(*fleet));
	struct arena *arena = &fleet->arena;
	size_t rounds = copies != 0 ? copies : options.count + 1;
	size_t most = 2 * from->check_count * rounds;
	size_t *wanted = xcalloc(from->check_count, sizeof(*wanted));
	struct check *checks;
	struct service *services;

	arena_init(arena);
	fleet->refs = 1;
	fleet->name = fleet->environment = "bench";
	fleet->redactor = redactor_new();
	fleet->interval_ns = INTERVAL;
	fleet->checks = checks = arena_array(arena, most, sizeof(*checks));
	fleet->services = services = arena_array(arena, most, sizeof(*services));
	run.rows = xcalloc(most, sizeof(*run.rows));
	for (size_t i = 0; i < from->check_count; i++) {
		const struct check *check = &from->checks[i];

		if (check->error != NULL)
			(void)fprintf(stderr, "%s is not asked: %s\n", row_of(check), check->error);
		wanted[i] = copies != 0 ? copies : copies_of(from, check);
	}
	for (size_t i = 0; i < most; i++) {
		size_t which = i % from->check_count;
		const struct check *original = &from->checks[which];
		bool again = i >= most / 2;
		size_t at = fleet->check_count;
		const struct check **list;

		if (i / from->check_count % rounds >= wanted[which] || original->error != NULL ||
		    (again && !may_keep(original)))
			continue;
		run.rows[at] = row_of(original);
		list = arena_alloc(arena, sizeof(*list));
		list[0] = &checks[at];
		checks[at] = *original;
		services[at] = (struct service){.index = at, .group = "", .checks = list,
			.check_count = 1, .name = arena_printf(arena, "svc-%zu", at)};
		services[at].id = service_id_of("bench", "bench", services[at].name);
		checks[at].service = &services[at];
		checks[at].index = at;
		checks[at].id = check_id_of(services[at].id, original->name);
		checks[at].interval_ns = INTERVAL;
		if (again)
			checks[at].keepalive = false;
		fleet->check_count = fleet->service_count = at + 1;
	}
	free(wanted);
	return fleet;
}

/* --- measuring ---------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The value that `share` of the list does not exceed, in ms. */
static double quantile_ms(int64_t *at, size_t len, double share)
{
	if (len == 0)
		return 0;
	qsort(at, len, sizeof(*at), by_size);
	return (double)at[(size_t)((double)(len - 1) * share)] / 1e6;
}

static void begin(size_t goal)
{
	run.goal = goal;
	run.started = run.done = run.good = run.kept = 0;
	run.latencies.len = run.stalls.len = 0;
	run.complaint[0] = '\0';
	run.began_ns = clock_mono().ns;
}

/* What most samples of this run had. */
static const char *connection(enum check_type type)
{
	if (type == CHECK_TYPE_DNS || type == CHECK_TYPE_COMMAND)
		return "none";
	return run.kept * 2 > run.goal ? "kept" : "fresh";
}

static void measure_row(const char *row, bool keepalive)
{
	long before = rss_anon_kb();
	int64_t cpu;

	run.len = 0;
	for (size_t i = 0; i < run.fleet->check_count && run.len < options.count; i++)
		if (strcmp(run.rows[i], row) == 0 && run.fleet->checks[i].keepalive == keepalive)
			run.list[run.len++] = &run.fleet->checks[i];
	if (run.len == 0)
		return;
	begin(run.len);
	start_flat_out();
	net_run(run.net);
	begin(run.len * options.rounds);
	cpu = cpu_ns();
	start_flat_out();
	net_run(run.net);
	cpu = cpu_ns() - cpu;
	printf("%-24s %-5s n=%zu us_check=%.1f p50_ms=%.2f kb_check=%.2f good=%zu bad=%zu %s\n", row,
	       connection(run.list[0]->type), run.len,
	       (double)cpu / (double)run.goal / 1e3,
	       quantile_ms(run.latencies.at, run.latencies.len, 0.5),
	       (double)(rss_anon_kb() - before) / (double)run.len, run.good, run.goal - run.good,
	       run.complaint);
	(void)fflush(stdout);
}

static void measure_mix(void)
{
	int64_t cpu;

	run.len = 0;
	for (size_t i = 0; i < run.fleet->check_count && run.len < options.count; i++)
		run.list[run.len++] = &run.fleet->checks[i];
	begin(SIZE_MAX);
	run.ends_ns = run.began_ns + options.seconds * NS_PER_S;
	cpu = cpu_ns();
	net_timer_set(run.pace, (struct mono_time){0});
	net_run(run.net);
	cpu = cpu_ns() - cpu;
	printf("mixed n=%zu checks=%zu us_check=%.1f core=%.1f%% bad=%zu %s\n", run.len, run.done,
	       (double)cpu / (double)run.done / 1e3,
	       100 * (double)cpu / ((double)options.seconds * 1e9), run.done - run.good, run.complaint);
	printf("stalls turns=%zu p50_ms=%.2f p99_ms=%.2f p99.9_ms=%.2f longest_ms=%.2f\n", run.stalls.len,
	       quantile_ms(run.stalls.at, run.stalls.len, 0.5),
	       quantile_ms(run.stalls.at, run.stalls.len, 0.99),
	       quantile_ms(run.stalls.at, run.stalls.len, 0.999),
	       quantile_ms(run.stalls.at, run.stalls.len, 1));
}

static bool read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "ln:r:c:p:o:")) != -1)
		switch (option) {
		case 'l': options.by_name = true; break;
		case 'n': options.count = (size_t)atol(optarg); break;
		case 'r': options.rounds = (size_t)atol(optarg); break;
		case 'c': options.in_flight = (size_t)atol(optarg); break;
		case 'p': options.seconds = atoi(optarg); break;
		case 'o': options.only = optarg; break;
		default: return false;
		}
	options.file = optind < argc ? argv[optind] : NULL;
	return optind + 1 >= argc && options.count > 0 && options.rounds > 0 && options.in_flight > 0;
}

static void measure(void)
{
	for (size_t i = 0; options.seconds == 0 && i < run.fleet->check_count; i++) {
		const char *row = run.rows[i];
		size_t first = 0;

		while (strcmp(run.rows[first], row) != 0)
			first++;
		if (first < i || (options.only != NULL && strcmp(options.only, row) != 0))
			continue;
		measure_row(row, true);
		measure_row(row, false);
	}
	if (options.seconds != 0)
		measure_mix();
}

int main(int argc, char **argv)
{
	const struct prober_events events = {.deliver = on_sample, .finished = on_finished};
	struct demo_child *servers = NULL;
	struct config_request request = {.path_count = 1};
	struct strbuf text;
	struct diags diags;
	struct fleet *from;
	int code;

	if (demo_child_main(argc, argv, &code))
		return code;
	if (!read_options(argc, argv)) {
		(void)fprintf(stderr, "usage: bench_checks [-l] [-n N] [-r ROUNDS] [-c IN_FLIGHT] [-p SECONDS] "
				      "[-o ROW] [FILE]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	strbuf_init(&text, 1u << 16);
	diags_init(&diags);
	if (options.file == NULL) {
		servers = demo_child_start("healthy", &text);
		options.file = servers != NULL ? demo_child_config(servers) : "";
	}
	request.paths = &options.file;
	from = servers != NULL || text.len == 0 ? config_load(&request, &diags) : NULL;
	diags_print(&diags, &text);
	if (from == NULL) {
		(void)fprintf(stderr, "%s\n", text.data);
		demo_child_stop(servers);
		return 1;
	}
	run.fleet = multiply(from, options.seconds != 0 ? options.count / from->check_count + 1 : 0);
	run.list = xcalloc(run.fleet->check_count, sizeof(*run.list));
	run.net = net_new(&text);
	run.prober = prober_new(run.net, run.fleet, &events);
	run.engine = engine_new(run.fleet, NULL, clock_mono(), clock_wall(), &(struct engine_options){0});
	run.pace = net_timer_new(run.net, on_pace, NULL);
	net_before_wait(run.net, on_turn, NULL);
	measure();
	prober_free(run.prober);
	net_free(run.net);
	demo_child_stop(servers);
	return 0;
}
