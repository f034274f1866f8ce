/* CPU per check. Puts rounds of health checks to a fleet_server, flat out or paced, with sitrep's
 * prober (and engine) or with the yardstick: libcurl used well and nothing else.
 *   bench_poll [options] PORT
 *   -y        the yardstick          -e        prober and engine: judged, recorded
 *   -n N      services (1000)        -r N      rounds (10)
 *   -c N      in flight (64)         -F        a new connection a check
 *   -R RATE   paced, checks a second
 * The yardstick keeps an easy handle a target with its options set once, in multi handles of 60,
 * NOSIGNAL, no pruning of names, and parses each body and looks at `status`: what the prober and
 * the engine have to be measured against. One unmeasured round first, so that connections stand.
 * Prints us_check (user + system), checks_s, stall_ms (longest turn of the loop), kb (RssAnon). */
#include "config.h"

#include "base/digest.h"
#include "base/map.h"
#include "base/vec.h"
#include "engine/engine.h"
#include "model/ids.h"
#include "probe/probe.h"

#include "measure.h"

#include <curl/curl.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <uv.h>

#define SHARD 60

struct target {
	CURL *easy;
	size_t index;
	size_t len;
	char body[512];
};

struct shard {
	CURLM *multi;
	uv_timer_t timer;
};

struct watched {
	uv_poll_t poll;
	curl_socket_t fd;
	struct shard *shard;
};

static struct options {
	size_t count, rounds, in_flight;
	double rate;
	int port;
	bool yardstick, engine, fresh;
} options = {.count = 1000, .rounds = 10, .in_flight = 64};

/* The run: `started` and `done` of `goal`; `idle` is a ring of those that are not asked now, the
 * longest idle first. */
static struct {
	size_t started, done, goal, good;
	size_t *idle, idle_at, idle_end;
	int64_t began_ns;
	struct net *net;
	struct prober *prober;
	struct engine *engine;
	struct fleet *fleet;
	struct idmap *numbers; /* check id -> place in `order` + 1 */
	struct check **order;
	struct net_timer *pace;
	uv_loop_t loop;
	uv_timer_t tick;
	struct shard *shards;
	struct target *targets;
	uint64_t idle_ns;
	int64_t turn_ns, stall_ns;
} run;

static size_t may_start(void)
{
	size_t can = run.goal;

	if (options.rate > 0)
		can = (size_t)((double)(clock_mono().ns - run.began_ns) * options.rate / 1e9) + 1;
	if (can > run.goal)
		can = run.goal;
	if (can > run.done + options.in_flight)
		can = run.done + options.in_flight;
	return can;
}

static size_t take_idle(void)
{
	return run.idle[run.idle_at++ % options.count];
}

static void put_idle(size_t index)
{
	run.idle[run.idle_end++ % options.count] = index;
}

static void url_of(char *url, size_t size, size_t i)
{
	(void)snprintf(url, size, "http://127.1.%zu.%zu:%d/svc/%zu/health", i / 250, i % 250 + 1,
		       options.port, i);
}

/* --- the yardstick ------------------------------------------------------------------------- */

static void start_targets(void);

static size_t on_body(char *bytes, size_t one, size_t len, void *user)
{
	struct target *target = user;
	size_t room = sizeof(target->body) - 1 - target->len;

	(void)one;
	memcpy(target->body + target->len, bytes, len < room ? len : room);
	target->len += len < room ? len : room;
	return len;
}

static void reap(struct shard *shard)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(shard->multi, &left)) != NULL) {
		CURL *easy = message->easy_handle;
		struct target *target;
		long status = 0;
		struct json_doc *doc;
		const char *word;

		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&target);
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		doc = json_parse(target->body, target->len, NULL);
		word = doc != NULL ? json_string(json_get(json_root(doc), "status")) : NULL;
		run.good += status == 200 && word != NULL && strcmp(word, "healthy") == 0;
		json_free(doc);
		curl_multi_remove_handle(shard->multi, easy);
		put_idle(target->index);
		run.done++;
	}
	if (run.done == run.goal)
		uv_stop(&run.loop);
	start_targets();
}

static void act(struct shard *shard, curl_socket_t fd, int what)
{
	int running;

	curl_multi_socket_action(shard->multi, fd, what, &running);
	reap(shard);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct watched *watched = poll->data;

	act(watched->shard, watched->fd,
	    status < 0 ? CURL_CSELECT_ERR
		       : ((events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
				 ((events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0));
}

static void free_watched(uv_handle_t *handle)
{
	free(handle->data);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
	struct shard *shard = user;
	struct watched *watched = known;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (watched == NULL)
			return 0;
		curl_multi_assign(shard->multi, fd, NULL);
		uv_poll_stop(&watched->poll);
		uv_close((uv_handle_t *)&watched->poll, free_watched);
		return 0;
	}
	if (watched == NULL) {
		watched = xcalloc(1, sizeof(*watched));
		watched->fd = fd;
		watched->shard = shard;
		watched->poll.data = watched;
		uv_poll_init_socket(&run.loop, &watched->poll, fd);
		curl_multi_assign(shard->multi, fd, watched);
	}
	uv_poll_start(&watched->poll, ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
					      ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0), on_poll);
	return 0;
}

static void on_shard_timer(uv_timer_t *timer)
{
	act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long ms, void *user)
{
	struct shard *shard = user;

	(void)multi;
	if (ms < 0)
		uv_timer_stop(&shard->timer);
	else
		uv_timer_start(&shard->timer, on_shard_timer, (uint64_t)ms, 0);
	return 0;
}

static CURL *easy_new(struct target *target)
{
	CURL *easy = curl_easy_init();
	char url[128];

	url_of(url, sizeof(url), target->index);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, target);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, target);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 5000L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 2000L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "yardstick");
	curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, options.fresh ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, options.fresh ? 1L : 0L);
	return easy;
}

static void start_targets(void)
{
	for (size_t can = may_start(); run.started < can; run.started++) {
		struct target *target = &run.targets[take_idle()];

		if (target->easy == NULL)
			target->easy = easy_new(target);
		target->len = 0;
		curl_multi_add_handle(run.shards[target->index / SHARD].multi, target->easy);
	}
}

static void on_tick(uv_timer_t *timer)
{
	(void)timer;
	start_targets();
}

static void on_prepare(uv_prepare_t *prepare)
{
	int64_t now = clock_mono().ns;
	uint64_t idle = uv_metrics_idle_time(prepare->loop);
	int64_t turn = now - run.turn_ns - (int64_t)(idle - run.idle_ns);

	if (run.turn_ns != 0 && turn > run.stall_ns)
		run.stall_ns = turn;
	run.turn_ns = now;
	run.idle_ns = idle;
}

static void yardstick_init(void)
{
	static uv_prepare_t prepare;
	size_t shards = options.count / SHARD + 1;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	uv_loop_init(&run.loop);
	uv_loop_configure(&run.loop, UV_METRICS_IDLE_TIME);
	uv_timer_init(&run.loop, &run.tick);
	uv_prepare_init(&run.loop, &prepare);
	uv_prepare_start(&prepare, on_prepare);
	run.shards = xcalloc(shards, sizeof(*run.shards));
	run.targets = xcalloc(options.count, sizeof(*run.targets));
	for (size_t i = 0; i < options.count; i++)
		run.targets[i].index = i;
	for (size_t i = 0; i < shards; i++) {
		struct shard *shard = &run.shards[i];

		shard->multi = curl_multi_init();
		uv_timer_init(&run.loop, &shard->timer);
		shard->timer.data = shard;
		curl_multi_setopt(shard->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
		curl_multi_setopt(shard->multi, CURLMOPT_SOCKETDATA, shard);
		curl_multi_setopt(shard->multi, CURLMOPT_TIMERFUNCTION, on_timer);
		curl_multi_setopt(shard->multi, CURLMOPT_TIMERDATA, shard);
		curl_multi_setopt(shard->multi, CURLMOPT_MAXCONNECTS, SHARD + 64L);
	}
}

/* --- sitrep -------------------------------------------------------------------------------- */

static void start_checks(void)
{
	for (size_t can = may_start(); run.started < can; run.started++)
		prober_start(run.prober, run.order[take_idle()]);
}

static void on_sample(void *context, const struct sample *sample)
{
	(void)context;
	run.good += sample->failure == FAILURE_NONE;
	if (run.engine != NULL) {
		const struct event event = {.kind = EVENT_SAMPLE, .mono = sample->delivered_at,
					    .wall = sample->observed_at, .as.sample = sample};

		engine_apply(run.engine, &event);
	}
}

static void on_finished(void *context, uint64_t id)
{
	(void)context;
	put_idle((size_t)idmap_get(run.numbers, id) - 1);
	if (++run.done == run.goal)
		net_stop(run.net);
	start_checks();
}

static void on_pace(void *context)
{
	(void)context;
	start_checks();
	if (run.started < run.goal)
		net_timer_set(run.pace,
			      paced(run.began_ns + (int64_t)((double)run.started * 1e9 / options.rate)));
}

static int by_grid(const void *a, const void *b)
{
	const struct check *one = *(struct check *const *)a, *two = *(struct check *const *)b;
	uint64_t interval = (uint64_t)one->interval_ns;
	uint64_t x = one->id % interval, y = two->id % interval;

	return x < y ? -1 : x > y;
}

static void fleet_init(void)
{
	struct fleet *fleet = xcalloc(1, sizeof(*fleet));
	struct arena *arena = &fleet->arena;
	struct check *checks;
	struct service *services;
	struct assertion *healthy;

	arena_init(arena);
	fleet->refs = 1;
	fleet->name = fleet->environment = "bench";
	fleet->redactor = redactor_new();
	fleet->check_count = fleet->service_count = options.count;
	fleet->interval_ns = 10 * NS_PER_S;
	checks = arena_array(arena, options.count, sizeof(*checks));
	services = arena_array(arena, options.count, sizeof(*services));
	fleet->checks = checks;
	fleet->services = services;
	healthy = arena_alloc(arena, sizeof(*healthy));
	fleet->paths = xcalloc(1, sizeof(*fleet->paths));
	fleet->paths[fleet->path_count++] = json_path_new(".status", NULL);
	*healthy = (struct assertion){.text = "json .status == healthy", .subject = SUBJECT_JSON,
		.argument = ".status", .path = fleet->paths[0], .op = OP_EQ,
		.operand = value_string("healthy")};
	run.order = xcalloc(options.count, sizeof(*run.order));
	for (size_t i = 0; i < options.count; i++) {
		char url[128];
		const struct check **list = arena_alloc(arena, sizeof(*list));

		url_of(url, sizeof(url), i);
		list[0] = run.order[i] = &checks[i];
		services[i] = (struct service){.index = i, .name = arena_printf(arena, "svc-%zu", i),
			.group = "", .checks = list, .check_count = 1};
		services[i].id = service_id_of("bench", "bench", services[i].name);
		checks[i] = (struct check){.id = check_id_of(services[i].id, "http /health"),
			.index = i, .service = &services[i], .name = "http /health", .instance = -1,
			.method = "GET", .url = arena_strdup(arena, url), .proxy = "",
			.keepalive = !options.fresh, .interval_ns = 10 * NS_PER_S,
			.timeout_ns = 3 * NS_PER_S, .fall = 2, .rise = 1,
			.expect = healthy, .expect_count = 1};
		checks[i].target = checks[i].url;
	}
	/* Checks come in the order of the schedule's grid. */
	qsort(run.order, options.count, sizeof(*run.order), by_grid);
	run.numbers = idmap_new();
	for (size_t i = 0; i < options.count; i++)
		idmap_put(run.numbers, run.order[i]->id, (void *)(i + 1));
	run.fleet = fleet;
}

static void sitrep_init(void)
{
	const struct prober_events events = {.deliver = on_sample, .finished = on_finished};
	const struct engine_options engine = {0};
	struct strbuf err;

	strbuf_init(&err, 200);
	run.net = net_new(&err);
	fleet_init();
	run.prober = prober_new(run.net, run.fleet, &events);
	if (options.engine)
		run.engine = engine_new(run.fleet, NULL, clock_mono(), clock_wall(), &engine);
	run.pace = net_timer_new(run.net, on_pace, NULL);
}

/* --- measuring ----------------------------------------------------------------------------- */

static void go(size_t goal)
{
	run.goal = goal;
	run.started = run.done = run.good = 0;
	run.began_ns = clock_mono().ns;
	run.stall_ns = run.turn_ns = 0;
	if (options.yardstick) {
		if (options.rate > 0)
			uv_timer_start(&run.tick, on_tick, 2, 2);
		start_targets();
		uv_run(&run.loop, UV_RUN_DEFAULT);
		return;
	}
	if (options.rate > 0)
		net_timer_set(run.pace, (struct mono_time){0});
	start_checks();
	net_run(run.net);
}

static bool read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "yen:r:c:FR:")) != -1)
		switch (option) {
		case 'y': options.yardstick = true; break;
		case 'e': options.engine = true; break;
		case 'n': options.count = (size_t)atol(optarg); break;
		case 'r': options.rounds = (size_t)atol(optarg); break;
		case 'c': options.in_flight = (size_t)atol(optarg); break;
		case 'F': options.fresh = true; break;
		case 'R': options.rate = atof(optarg); break;
		default: return false;
		}
	if (options.in_flight > options.count)
		options.in_flight = options.count;
	options.port = optind + 1 == argc ? atoi(argv[optind]) : 0;
	return options.port > 0;
}

int main(int argc, char **argv)
{
	struct rlimit files = {65536, 65536};
	double rate;
	int64_t cpu, wall;
	size_t goal;

	if (!read_options(argc, argv)) {
		(void)fprintf(stderr, "usage: bench_poll [-yeF] [-n N] [-r N] [-c N] [-R RATE] PORT\n");
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	run.idle = xcalloc(options.count, sizeof(*run.idle));
	for (size_t i = 0; i < options.count; i++)
		put_idle(i);
	if (options.yardstick)
		yardstick_init();
	else
		sitrep_init();
	rate = options.rate;
	options.rate = 0;
	go(options.count);
	options.rate = rate;
	goal = options.count * options.rounds;
	if (!options.yardstick)
		(void)net_take_stall(run.net);
	cpu = cpu_ns();
	wall = clock_mono().ns;
	go(goal);
	cpu = cpu_ns() - cpu;
	wall = clock_mono().ns - wall;
	if (!options.yardstick)
		run.stall_ns = net_take_stall(run.net);
	printf("us_check=%.2f checks_s=%.0f stall_ms=%.1f kb=%ld good=%zu bad=%zu\n",
	       (double)cpu / (double)goal / 1e3, (double)goal * 1e9 / (double)wall,
	       (double)run.stall_ns / 1e6, rss_anon_kb(), run.good, goal - run.good);
	return run.good == goal ? 0 : 1;
}
