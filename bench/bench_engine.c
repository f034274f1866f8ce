/* bench_engine: what the middle of the house costs, at 13, 1,000 and 10,000 services with one http
 * check and one JSON condition each, kept well. Prints one line of `name value` pairs a size:
 * sample_ns (making a sample with its exchange, as a probe does; the yardstick), apply_ns (taking it),
 * apply_new_ns (the same with another body each time), fail_ns (a failing one, past its edge), tick_us,
 * snapshot_us (after a hundredth of the services answered), snapshot_same_us (after nothing),
 * due_ns (one start and end in the schedule), edge_us (both failing samples of an edge and the
 * diagnosis by the shipped rules), bytes (heap a service holds in the engine, evidence
 * included). */
#include "base/vec.h"
#include "config/config.h"
#include "engine/engine.h"
#include "sched/sched.h"

#include <malloc.h>
#include <unistd.h>

#define WALL (INT64_C(1795262621) * NS_PER_S)

static struct fleet *make_fleet(size_t count)
{
	char path[] = "/tmp/bench-engine-XXXXXX.yaml";
	const char *const paths[] = {path};
	struct config_request request = {.paths = paths, .path_count = 1};
	int fd = mkstemps(path, 5);
	FILE *file = fdopen(fd, "w");
	struct fleet *fleet;
	struct diags diags;

	fprintf(file, "version: 1\nfleet: bench\ndefaults: {interval: 10s, timeout: 3s}\nservices:\n");
	for (size_t i = 0; i < count; i++)
		fprintf(file,
			"  - {name: service-%05zu, url: \"http://127.0.0.1:%zu\", checks: [{http: /health, "
			"expect: [\"json .status == healthy\"], warn: [\"latency < 300ms\"]}]}\n",
			i, 1 + i % 60000);
	fclose(file);
	diags_init(&diags);
	fleet = config_load(&request, &diags);
	unlink(path);
	diags_release(&diags);
	return fleet;
}

struct feed {
	struct fleet *fleet;
	struct engine *engine;
	int64_t now;
	uint64_t round;
	int status;
	bool new_body;
	bool take;
};

static void feed_one(struct feed *feed, size_t index)
{
	static const char *const headers[][2] = {{"content-type", "application/json"},
						 {"content-length", "118"},
						 {"date", "Sat, 21 Nov 2026 12:03:41 GMT"},
						 {"server", "uvicorn"}};
	char body[256];
	struct exchange_header list[4];
	struct sample_value values[] = {
		{SUBJECT_STATUS, NULL, value_number(feed->status)},
		{SUBJECT_SIZE, NULL, value_number(118)},
		{SUBJECT_REDIRECTS, NULL, value_number(0)},
	};
	int len = snprintf(body, sizeof(body),
			   "{\"status\":\"healthy\",\"version\":\"1.4.2\",\"n\":%llu,\"checks\":{\"db\":\"ok\","
			   "\"redis\":\"ok\"},\"uptime\":\"3d\"}",
			   feed->new_body ? (unsigned long long)(feed->round * 100000 + index) : 7ULL);
	struct exchange draft = {.request = "GET http://127.0.0.1:8003/health\naccept: */*",
				 .peer = "127.0.0.1:8003",
				 .http_version = "1.1",
				 .http_status = feed->status,
				 .reused = true,
				 .headers = list,
				 .header_count = 4,
				 .body = body,
				 .body_len = (size_t)len,
				 .body_size = (uint64_t)len};
	struct sample sample = {.check_id = feed->fleet->checks[index].id,
				.observed_at = {WALL + feed->now},
				.delivered_at = {feed->now},
				.failed_phase = PHASE_NONE,
				.latency_ns = (int64_t)(9 + (index * 7 + feed->round) % 5) * NS_PER_MS,
				.phases = phases_unmeasured(),
				.values = values,
				.value_count = 3,
				.body = body,
				.body_len = (size_t)len};

	for (size_t i = 0; i < 4; i++)
		list[i] = (struct exchange_header){headers[i][0], headers[i][1]};
	sample.exchange = exchange_new(&draft);
	if (feed->take)
		engine_apply(feed->engine, &(struct event){.kind = EVENT_SAMPLE,
							   .mono = {feed->now},
							   .wall = {WALL + feed->now},
							   .as.sample = &sample});
	exchange_unref(sample.exchange);
}

/* ns a sample over `rounds` rounds of the whole fleet. */
static double feed_rounds(struct feed *feed, size_t rounds)
{
	size_t count = feed->fleet->service_count;
	int64_t from = clock_mono().ns;

	for (size_t r = 0; r < rounds; r++) {
		feed->round++;
		for (size_t i = 0; i < count; i++) {
			feed->now += 10 * NS_PER_S / (int64_t)count;
			feed_one(feed, i);
		}
	}
	return (double)(clock_mono().ns - from) / (double)(rounds * count);
}

static double snapshots(struct feed *feed, size_t rounds, size_t answers)
{
	int64_t total = 0;

	for (size_t i = 0; i < rounds; i++) {
		struct snapshot_request request = {.mono = {feed->now}, .wall = {WALL + feed->now}};
		int64_t from;

		for (size_t k = 0; k < answers; k++)
			feed_one(feed, (i * answers + k) % feed->fleet->service_count);
		from = clock_mono().ns;
		snapshot_unref(engine_snapshot(feed->engine, &request));
		total += clock_mono().ns - from;
	}
	return (double)total / (double)rounds / 1e3;
}

static double ticks(struct feed *feed, size_t rounds)
{
	int64_t from = clock_mono().ns;

	for (size_t i = 0; i < rounds; i++)
		engine_apply(feed->engine, &(struct event){.kind = EVENT_TICK,
							   .mono = {feed->now},
							   .wall = {WALL + feed->now}});
	return (double)(clock_mono().ns - from) / (double)rounds / 1e3;
}

static double due(struct fleet *fleet, size_t rounds)
{
	struct sched *sched = sched_new(NULL);
	size_t runs = 0;
	int64_t from = clock_mono().ns;

	sched_load(sched, fleet, (struct mono_time){0});
	for (int64_t now = 0; now < (int64_t)rounds * 10 * NS_PER_S; now += NS_PER_MS) {
		const struct check *check;

		while ((check = sched_next(sched, (struct mono_time){now})) != NULL) {
			sched_done(sched, check->id, (struct mono_time){now + NS_PER_MS / 2});
			runs++;
		}
	}
	sched_free(sched);
	return (double)(clock_mono().ns - from) / (double)runs;
}

static struct ruleset *shipped_rules(void)
{
	const struct node *documents[64];
	struct ruleset *rules;
	struct strbuf err;
	struct arena arena;
	struct diags diags;
	size_t count = 0;

	arena_init(&arena);
	diags_init(&diags);
	for (const struct builtin_file *file = builtin_files; file->name != NULL; file++)
		if (strncmp(file->name, "rules/", 6) == 0 && count < BASE_LEN(documents))
			documents[count++] = config_read_yaml(&arena, file->name, file->bytes,
							      file->len, &diags);
	rules = ruleset_new(documents, count, &diags);
	strbuf_init(&err, 1024);
	(void)ruleset_patterns(rules, &err);
	strbuf_release(&err);
	diags_release(&diags);
	arena_release(&arena);
	return rules;
}

/* Every service fails at once: us a sample, the two of an edge and its diagnosis taken together. */
static double outage(size_t count, struct ruleset *rules)
{
	struct feed feed = {.fleet = make_fleet(count), .now = NS_PER_S, .status = 200, .take = true};
	double edge_ns;

	feed.engine = engine_new(feed.fleet, rules, (struct mono_time){feed.now},
				 (struct wall_time){WALL + feed.now}, NULL);
	(void)feed_rounds(&feed, 2);
	feed.status = 502;
	edge_ns = feed_rounds(&feed, 2) * 2;
	engine_free(feed.engine);
	fleet_unref(feed.fleet);
	return edge_ns / 1e3;
}

static void bench(size_t count, struct ruleset *rules)
{
	size_t rounds = 40000 / count + 4;
	struct feed feed = {.fleet = make_fleet(count), .now = NS_PER_S, .status = 200};
	double make_ns, apply_ns, new_ns, fail_ns, snapshot_us, same_us, tick_us;
	size_t heap = mallinfo2().uordblks + mallinfo2().hblkhd;
	size_t held;

	feed.engine = engine_new(feed.fleet, NULL, (struct mono_time){feed.now},
				 (struct wall_time){WALL + feed.now}, NULL);
	make_ns = feed_rounds(&feed, rounds);
	feed.take = true;
	(void)feed_rounds(&feed, 360 < rounds ? rounds : count > 1000 ? 40 : 360);
	malloc_trim(0);
	held = mallinfo2().uordblks + mallinfo2().hblkhd - heap;
	apply_ns = feed_rounds(&feed, rounds) - make_ns;
	snapshot_us = snapshots(&feed, 50, count / 100 + 1);
	same_us = snapshots(&feed, 50, 0);
	tick_us = ticks(&feed, 100);
	feed.new_body = true;
	new_ns = feed_rounds(&feed, rounds) - make_ns;
	feed.status = 503;
	(void)feed_rounds(&feed, 3);
	fail_ns = feed_rounds(&feed, rounds) - make_ns;
	printf("services %zu sample_ns %.0f apply_ns %.0f apply_new_ns %.0f fail_ns %.0f tick_us %.1f "
	       "snapshot_us %.1f snapshot_same_us %.1f due_ns %.0f edge_us %.1f bytes %zu\n",
	       count, make_ns, apply_ns, new_ns, fail_ns, tick_us, snapshot_us, same_us,
	       due(feed.fleet, count > 1000 ? 2 : 20), outage(count, rules), held / count);
	engine_free(feed.engine);
	fleet_unref(feed.fleet);
}

int main(void)
{
	struct ruleset *rules = shipped_rules();

	bench(13, rules);
	bench(1000, rules);
	bench(10000, rules);
	ruleset_unref(rules);
	return 0;
}
