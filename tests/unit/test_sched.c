/* Due times, spread, limits and their lines, on a clock of the test's own. */
#include "fleets.h"

#include "sched/sched.h"

#define MS NS_PER_MS
#define S NS_PER_S

static struct fleet *fleet_many(size_t count, const char *host, const char *more)
{
	struct strbuf yaml;
	struct fleet *fleet;

	strbuf_init(&yaml, 16u << 20);
	strbuf_adds(&yaml, "version: 1\nfleet: t\ndefaults: {interval: 10s, timeout: 3s}\nservices:\n");
	for (size_t i = 0; i < count; i++) {
		strbuf_addf(&yaml, "  - {name: s%zu, checks: [{tcp: \"", i);
		if (strchr(host, '%') != NULL)
			strbuf_addf(&yaml, "h%zu.example:%d", i, 80);
		else
			strbuf_addf(&yaml, "%s", host);
		strbuf_adds(&yaml, "\"}]}\n");
	}
	strbuf_adds(&yaml, more);
	fleet = fleet_of(yaml.data);
	strbuf_release(&yaml);
	return fleet;
}

static struct fleet *fleet_ports(size_t count)
{
	struct strbuf yaml;
	struct fleet *fleet;

	strbuf_init(&yaml, 16u << 20);
	strbuf_adds(&yaml, "version: 1\nfleet: t\ndefaults: {interval: 10s, timeout: 3s}\nservices:\n");
	for (size_t i = 0; i < count; i++)
		strbuf_addf(&yaml, "  - {name: s%zu, checks: [{tcp: \"127.0.0.1:%zu\"}]}\n", i, i + 1);
	fleet = fleet_of(yaml.data);
	strbuf_release(&yaml);
	return fleet;
}

static struct mono_time at(int64_t ns)
{
	return (struct mono_time){ns};
}

/* Starts whatever may start; the ids land in `ids`. */
static size_t start_all(struct sched *sched, int64_t now, uint64_t *ids)
{
	const struct check *check;
	size_t count = 0;

	while ((check = sched_next(sched, at(now))) != NULL)
		ids[count++] = check->id;
	return count;
}

static void test_first_round_at_once(void **state)
{
	struct fleet *fleet = fleet_ports(40);
	struct sched *sched = sched_new(NULL);
	uint64_t ids[64];

	(void)state;
	sched_load(sched, fleet, at(5 * S));
	assert_int_equal(start_all(sched, 5 * S, ids), 40);
	assert_int_equal(sched_wake(sched, at(5 * S)).ns, INT64_MAX);
	sched_free(sched);
	fleet_unref(fleet);
}

/* The second round is spread, each half to one and a half intervals after the first; from then on every
 * check keeps its own grid exactly. */
static void test_spread_and_grid(void **state)
{
	struct fleet *fleet = fleet_ports(60);
	struct sched *sched = sched_new(NULL);
	int64_t last[60] = {0};
	size_t runs[60] = {0}, tenths[10] = {0};

	(void)state;
	sched_load(sched, fleet, at(0));
	for (int64_t now = 0; now < 60 * S; now += 10 * MS) {
		const struct check *check;

		while ((check = sched_next(sched, at(now))) != NULL) {
			size_t i = check->index;

			if (runs[i] == 1) {
				assert_in_range(now, 5 * S - 20 * MS, 15 * S + 20 * MS);
				tenths[(now % (10 * S)) / S]++;
			}
			if (runs[i] > 1)
				assert_in_range(now - last[i], 10 * S - 20 * MS, 10 * S + 20 * MS);
			last[i] = now;
			runs[i]++;
			sched_done(sched, check->id, at(now + MS));
		}
	}
	for (size_t i = 0; i < 60; i++)
		assert_in_range(runs[i], 5, 7);
	for (size_t i = 0; i < 10; i++)
		assert_true(tenths[i] > 0 && tenths[i] < 20);
	assert_int_equal(sched_skipped(sched), 0);
	sched_free(sched);
	fleet_unref(fleet);
}

static void test_late_runs_are_skipped_not_bursted(void **state)
{
	struct fleet *fleet = fleet_ports(1);
	struct sched *sched = sched_new(NULL);
	uint64_t id = fleet->checks[0].id;
	size_t starts = 0;

	(void)state;
	sched_load(sched, fleet, at(0));
	assert_non_null(sched_next(sched, at(0)));
	sched_done(sched, id, at(MS));
	/* Nobody asked for 100 s: one run, the nine or so others are counted. */
	while (sched_next(sched, at(100 * S)) != NULL) {
		starts++;
		sched_done(sched, id, at(100 * S + MS));
	}
	assert_int_equal(starts, 1);
	assert_in_range(sched_skipped(sched), 8, 10);
	sched_free(sched);
	fleet_unref(fleet);
}

static void test_young_limit_then_ages(void **state)
{
	struct fleet *fleet = fleet_ports(200);
	struct sched *sched = sched_new(NULL);
	uint64_t ids[256];

	(void)state;
	sched_load(sched, fleet, at(0));
	assert_int_equal(start_all(sched, 0, ids), 64);
	assert_int_equal(sched_wake(sched, at(0)).ns, 250 * MS);
	assert_int_equal(start_all(sched, 249 * MS, ids + 64), 0);
	assert_int_equal(start_all(sched, 250 * MS, ids + 64), 64);
	/* One that ends gives its place at once. */
	sched_done(sched, ids[100], at(251 * MS));
	assert_int_equal(start_all(sched, 251 * MS, ids + 128), 1);
	sched_free(sched);
	fleet_unref(fleet);
}

/* 30% of a fleet hang until their time-out. Once known as slow they wait in a class of their own, and
 * the others start within 100 ms of their time. */
static void test_dead_group_delays_nobody(void **state)
{
	enum { COUNT = 10000 };
	struct fleet *fleet = fleet_ports(COUNT);
	struct sched *sched = sched_new(NULL);
	int64_t *ends = xcalloc(COUNT, sizeof(*ends));
	int64_t *starts = xcalloc(COUNT, sizeof(*starts));
	int64_t worst = 0;
	size_t runs = 0;

	(void)state;
	sched_load(sched, fleet, at(0));
	for (int64_t now = 0; now < 60 * S; now += 5 * MS) {
		const struct check *check;

		for (size_t i = 0; i < COUNT; i++)
			if (ends[i] != 0 && ends[i] <= now) {
				ends[i] = 0;
				sched_done(sched, fleet->checks[i].id, at(now));
			}
		while ((check = sched_next(sched, at(now))) != NULL) {
			size_t i = check->index;
			bool hangs = i % 10 < 3;

			if (now > 40 * S && !hangs) {
				int64_t late = (now - starts[i]) - 10 * S;

				worst = late > worst ? late : worst;
				runs++;
			}
			starts[i] = now;
			ends[i] = now + (hangs ? 3 * S : 5 * MS);
		}
	}
	assert_true(runs > 12000);
	assert_in_range(worst, 0, 100 * MS);
	free(ends);
	free(starts);
	sched_free(sched);
	fleet_unref(fleet);
}

static void test_per_host(void **state)
{
	struct fleet *fleet = fleet_many(40, "127.0.0.1:80", "");
	struct sched *sched = sched_new(NULL);
	uint64_t ids[64];

	(void)state;
	sched_load(sched, fleet, at(0));
	assert_int_equal(start_all(sched, 0, ids), 16);
	assert_int_equal(sched_wake(sched, at(0)).ns, INT64_MAX);
	sched_done(sched, ids[3], at(MS));
	sched_done(sched, ids[4], at(MS));
	assert_int_equal(start_all(sched, MS, ids + 16), 2);
	sched_free(sched);
	fleet_unref(fleet);
}

/* Commands and containers name no host: each kind has a limit of its own, and waits for no name. */
static void test_per_kind(void **state)
{
	struct fleet *fleet;
	struct sched *sched = sched_new(NULL);
	struct strbuf yaml;
	uint64_t ids[64];

	(void)state;
	strbuf_init(&yaml, 1u << 20);
	strbuf_adds(&yaml, "version: 1\nfleet: t\nservices:\n");
	for (int i = 0; i < 20; i++)
		strbuf_addf(&yaml, "  - {name: s%d, checks: [{command: [true]}, {container: c%d}]}\n", i,
			    i);
	fleet = fleet_of(yaml.data);
	sched_load(sched, fleet, at(0));
	assert_int_equal(start_all(sched, 0, ids), 32);
	strbuf_release(&yaml);
	sched_free(sched);
	fleet_unref(fleet);
}

static void test_unresolved_names(void **state)
{
	struct fleet *fleet = fleet_many(200, "%", "");
	struct sched *sched = sched_new(NULL);
	uint64_t ids[256];
	size_t started;

	(void)state;
	sched_load(sched, fleet, at(0));
	assert_int_equal(start_all(sched, 0, ids), 16);
	sched_done(sched, ids[0], at(MS));
	assert_int_equal(start_all(sched, MS, ids + 16), 1);
	/* Names that hang grow old and let others pass, but not without end. */
	started = 17;
	for (int64_t now = 250 * MS; now < 10 * S; now += 250 * MS) {
		assert_true(sched_wake(sched, at(now - 1)).ns <= now || started == 129);
		started += start_all(sched, now, ids + started);
	}
	assert_int_equal(started, 1 + 16 * 8);
	sched_free(sched);
	fleet_unref(fleet);
}

static void test_hurry(void **state)
{
	struct fleet *fleet = fleet_ports(1);
	struct sched *sched = sched_new(NULL);
	uint64_t id = fleet->checks[0].id;
	int64_t grid;

	(void)state;
	sched_load(sched, fleet, at(0));
	assert_non_null(sched_next(sched, at(0)));
	/* While it is under way: again when it is over. */
	sched_hurry(sched, id, at(2 * S));
	sched_hurry(sched, id, at(S));
	sched_done(sched, id, at(MS));
	assert_int_equal(sched_wake(sched, at(MS)).ns, S);
	assert_null(sched_next(sched, at(S - 1)));
	assert_non_null(sched_next(sched, at(S)));
	sched_done(sched, id, at(S + MS));
	/* The grid has not moved. */
	grid = sched_wake(sched, at(S + MS)).ns;
	sched_hurry(sched, id, at(3 * S));
	assert_non_null(sched_next(sched, at(3 * S)));
	sched_done(sched, id, at(3 * S + MS));
	assert_int_equal(sched_wake(sched, at(4 * S)).ns, grid);
	assert_int_equal(sched_skipped(sched), 0);
	sched_free(sched);
	fleet_unref(fleet);
}

static void test_rest(void **state)
{
	struct fleet *fleet = fleet_ports(1);
	struct sched *sched = sched_new(NULL);
	uint64_t id = fleet->checks[0].id;

	(void)state;
	sched_load(sched, fleet, at(0));
	assert_non_null(sched_next(sched, at(0)));
	sched_done(sched, id, at(MS));
	sched_rest(sched, id);
	assert_null(sched_next(sched, at(100 * S)));
	sched_hurry(sched, id, at(101 * S));
	assert_non_null(sched_next(sched, at(101 * S)));
	sched_done(sched, id, at(101 * S + MS));
	assert_null(sched_next(sched, at(200 * S)));
	assert_int_equal(sched_skipped(sched), 0);
	sched_free(sched);
	fleet_unref(fleet);
}

static void test_reload(void **state)
{
	struct fleet *first = fleet_ports(3), *second = fleet_ports(2);
	struct sched *sched = sched_new(NULL);
	uint64_t ids[8], gone = first->checks[2].id;
	int64_t wake;

	(void)state;
	sched_load(sched, first, at(0));
	assert_int_equal(start_all(sched, 0, ids), 3);
	sched_done(sched, first->checks[0].id, at(MS));
	sched_done(sched, first->checks[1].id, at(MS));
	wake = sched_wake(sched, at(MS)).ns;
	/* s2 goes while it is under way, s0 and s1 keep their time. */
	sched_load(sched, second, at(2 * S));
	fleet_unref(first);
	assert_int_equal(sched_wake(sched, at(2 * S)).ns, wake);
	sched_done(sched, gone, at(3 * S));
	sched_done(sched, gone, at(3 * S));
	assert_int_equal(start_all(sched, 16 * S, ids), 2);
	/* It comes back as a new one, due at once. */
	first = fleet_ports(3);
	sched_load(sched, first, at(17 * S));
	assert_int_equal(start_all(sched, 17 * S, ids), 1);
	assert_true(ids[0] == gone);
	sched_free(sched);
	fleet_unref(first);
	fleet_unref(second);
}

/* Random starts, ends, hurries and reloads: nothing starts twice, and all runs come. The two fleets
 * have no check in common; what flies while its fleet is gone still flies when it comes back. */
static void test_random(void **state)
{
	struct fleet *fleets[2] = {fleet_ports(50), fleet_many(50, "127.0.0.1:80", "")};
	struct sched *sched = sched_new(NULL);
	bool flying[2][50] = {{false}};
	uint64_t seed = 7;
	int64_t now = 0;
	int which = 0;
	size_t runs = 0;

	(void)state;
	sched_load(sched, fleets[0], at(0));
	for (size_t step = 0; step < 20000; step++) {
		const struct check *check;
		size_t i;

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		i = (seed >> 33) % 50;
		now += (int64_t)((seed >> 50) % (40 * MS));
		while ((check = sched_next(sched, at(now))) != NULL) {
			assert_false(flying[which][check->index]);
			flying[which][check->index] = true;
			runs++;
		}
		switch ((seed >> 40) % 8) {
		case 0:
			sched_hurry(sched, fleets[which]->checks[i].id, at(now + S));
			break;
		case 1:
			if (step % 50 == 0) {
				which = !which;
				sched_load(sched, fleets[which], at(now));
			}
			break;
		default:
			sched_done(sched, fleets[which]->checks[i].id, at(now));
			flying[which][i] = false;
			break;
		}
	}
	assert_true(runs > 500);
	sched_free(sched);
	fleet_unref(fleets[0]);
	fleet_unref(fleets[1]);
}

/* 2026-11-21T02:59:00Z at 100 s of the monotonic clock: asked at once, then at 03:00, in 60 s; a step of
 * the wall clock moves the due time with it, and over it. */
static void test_cron(void **state)
{
	const int64_t wall = INT64_C(1795229940) * S;
	struct fleet *fleet = fleet_of("version: 1\nservices:\n"
				       "  - {name: a, checks: [{tcp: '127.0.0.1:1', every: 0 3 * * *}]}\n");
	struct sched *sched = sched_new(NULL);
	uint64_t id = fleet->checks[0].id, ids[4];

	(void)state;
	sched_set_wall(sched, at(100 * S), (struct wall_time){wall});
	sched_load(sched, fleet, at(100 * S));
	assert_int_equal(start_all(sched, 100 * S, ids), 1);
	sched_done(sched, id, at(101 * S));
	assert_int_equal(sched_wake(sched, at(101 * S)).ns, 160 * S);
	assert_int_equal(start_all(sched, 160 * S - 1, ids), 0);
	/* Half a minute back, then forth again; less than that is no jump. */
	sched_set_wall(sched, at(110 * S), (struct wall_time){wall - 20 * S});
	assert_int_equal(sched_wake(sched, at(110 * S)).ns, 190 * S);
	sched_set_wall(sched, at(120 * S), (struct wall_time){wall + 20 * S});
	sched_set_wall(sched, at(121 * S), (struct wall_time){wall + 21 * S + S / 10});
	assert_int_equal(sched_wake(sched, at(121 * S)).ns, 160 * S);
	assert_int_equal(sched_skipped(sched), 0);
	/* Over it: what was due then is skipped and counted, and due again tomorrow. */
	sched_set_wall(sched, at(130 * S), (struct wall_time){wall + 130 * S});
	assert_int_equal(sched_skipped(sched), 1);
	assert_int_equal(start_all(sched, 1000 * S, ids), 0);
	assert_int_equal(sched_wake(sched, at(130 * S)).ns, (60 + 86400) * S);
	/* Late by three days: once, and the others are counted. */
	assert_int_equal(start_all(sched, (100 + 3 * 86400) * S, ids), 1);
	assert_int_equal(sched_skipped(sched), 3);
	sched_done(sched, id, at((100 + 3 * 86400) * S));
	assert_int_equal(sched_wake(sched, at((100 + 3 * 86400) * S)).ns, (60 + 4 * 86400) * S);
	/* A hurry is not moved. */
	sched_hurry(sched, id, at((200 + 3 * 86400) * S));
	sched_set_wall(sched, at((150 + 3 * 86400) * S), (struct wall_time){wall});
	assert_int_equal(sched_wake(sched, at((150 + 3 * 86400) * S)).ns, (200 + 3 * 86400) * S);
	sched_free(sched);
	fleet_unref(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_round_at_once),
		cmocka_unit_test(test_spread_and_grid),
		cmocka_unit_test(test_late_runs_are_skipped_not_bursted),
		cmocka_unit_test(test_young_limit_then_ages),
		cmocka_unit_test(test_dead_group_delays_nobody),
		cmocka_unit_test(test_per_host),
		cmocka_unit_test(test_per_kind),
		cmocka_unit_test(test_unresolved_names),
		cmocka_unit_test(test_hurry),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_cron),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
