/* The loop: timers in order and never in their own turn, jobs two at a time and cancellable,
 * signals, descriptors, files, and the place before a wait. */
#include "net/net.h"

#include "temp_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

struct world {
	struct net *net;
	char order[64];
	size_t len;
	int fired;
	int painted;
	struct net_timer *timer;
};

static struct mono_time in_ms(struct world *world, int64_t ms)
{
	return (struct mono_time){net_now(world->net).ns + ms * NS_PER_MS};
}

static void stop(void *context)
{
	struct world *world = context;

	net_stop(world->net);
}

static void say_a(void *context)
{
	struct world *world = context;

	world->order[world->len++] = 'a';
}

static void say_b(void *context)
{
	struct world *world = context;

	world->order[world->len++] = 'b';
}

static void rearm(void *context)
{
	struct world *world = context;

	if (++world->fired < 1000)
		net_timer_set(world->timer, (struct mono_time){0});
	else
		net_stop(world->net);
}

static void paint(void *context)
{
	struct world *world = context;

	world->painted++;
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->net = net_new(NULL);
	assert_non_null(world->net);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	net_free(world->net);
	free(world);
	return 0;
}

static void test_timers(void **state)
{
	struct world *world = *state;
	struct net_timer *a = net_timer_new(world->net, say_a, world);
	struct net_timer *b = net_timer_new(world->net, say_b, world);
	struct net_timer *end = net_timer_new(world->net, stop, world);
	struct mono_time began = net_now(world->net);

	net_timer_set(a, in_ms(world, 20));
	net_timer_set(b, in_ms(world, 10));
	net_timer_set(end, in_ms(world, 30));
	net_run(world->net);
	assert_string_equal(world->order, "ba");
	assert_in_range(net_now(world->net).ns - began.ns, 30 * NS_PER_MS, 30 * NS_PER_S);
	net_timer_set(a, in_ms(world, 5));
	net_timer_set(b, in_ms(world, 10));
	net_timer_set(a, in_ms(world, 15)); /* re-arming replaces */
	net_timer_set(end, in_ms(world, 20));
	net_run(world->net);
	assert_string_equal(world->order, "baba");
	net_timer_set(a, in_ms(world, 1));
	net_timer_stop(a);
	net_timer_set(end, in_ms(world, 5));
	net_run(world->net);
	assert_string_equal(world->order, "baba");
	net_timer_free(a);
	net_timer_free(b);
	net_timer_free(end);
}

static void test_timer_in_the_past_lets_the_loop_turn(void **state)
{
	struct world *world = *state;

	world->timer = net_timer_new(world->net, rearm, world);
	net_before_wait(world->net, paint, world);
	net_timer_set(world->timer, (struct mono_time){0});
	net_run(world->net);
	assert_int_equal(world->fired, 1000);
	assert_true(world->painted >= 999); /* each firing was a turn of its own */
	net_timer_free(world->timer);
}

static void test_many_timers(void **state)
{
	struct world *world = *state;
	struct net_timer *timers[500];
	struct net_timer *end = net_timer_new(world->net, stop, world);

	for (size_t i = 0; i < BASE_LEN(timers); i++) {
		timers[i] = net_timer_new(world->net, paint, world);
		net_timer_set(timers[i], in_ms(world, (int64_t)(i * 7919 % 20)));
	}
	for (size_t i = 0; i < BASE_LEN(timers); i += 2)
		net_timer_stop(timers[i]);
	net_timer_set(end, in_ms(world, 40));
	net_run(world->net);
	assert_int_equal(world->painted, BASE_LEN(timers) / 2);
	for (size_t i = 0; i < BASE_LEN(timers); i++)
		net_timer_free(timers[i]);
	net_timer_free(end);
}

struct work {
	struct world *world;
	struct net_job *job;
	atomic_int *at_once;
	atomic_int *most;
	int *left;
	bool ran, done, cancelled;
};

static void work(void *context, const struct net_job *job)
{
	struct work *mine = context;
	int now = atomic_fetch_add(mine->at_once, 1) + 1;
	struct mono_time until = {clock_mono().ns + 5 * NS_PER_MS};

	mine->ran = true;
	if (now > atomic_load(mine->most))
		atomic_store(mine->most, now);
	while (clock_mono().ns < until.ns && !net_job_cancelled(job))
		;
	atomic_fetch_sub(mine->at_once, 1);
}

static void worked(void *context, bool cancelled)
{
	struct work *mine = context;

	mine->done = true;
	mine->cancelled = cancelled;
	if (--*mine->left == 0)
		net_stop(mine->world->net);
}

static void test_jobs(void **state)
{
	struct world *world = *state;
	atomic_int at_once = 0, most = 0;
	struct work jobs[6];
	int left = BASE_LEN(jobs);

	for (size_t i = 0; i < BASE_LEN(jobs); i++) {
		jobs[i] = (struct work){.world = world, .at_once = &at_once, .most = &most,
					.left = &left};
		jobs[i].job = net_job_start(world->net, work, worked, &jobs[i]);
	}
	net_job_cancel(jobs[5].job); /* has not begun: it never runs, and is told all the same */
	assert_false(jobs[5].done);
	net_run(world->net);
	assert_int_equal(atomic_load(&most), 2);
	for (size_t i = 0; i < BASE_LEN(jobs); i++) {
		assert_true(jobs[i].done);
		assert_int_equal(jobs[i].ran, i != 5);
		assert_int_equal(jobs[i].cancelled, i == 5);
	}
	assert_int_equal(net_stats(world->net).jobs, 5);
}

static void test_free_waits_for_jobs(void **state)
{
	struct world *world = *state;
	atomic_int at_once = 0, most = 0;
	struct work jobs[4];
	int left = BASE_LEN(jobs) + 1;

	for (size_t i = 0; i < BASE_LEN(jobs); i++) {
		jobs[i] = (struct work){.world = world, .at_once = &at_once, .most = &most,
					.left = &left};
		net_job_start(world->net, work, worked, &jobs[i]);
	}
	net_free(world->net);
	for (size_t i = 0; i < BASE_LEN(jobs); i++)
		assert_true(jobs[i].done && jobs[i].cancelled);
	world->net = net_new(NULL);
}

static void on_signal(void *context, int signum)
{
	struct world *world = context;

	world->fired = signum;
	net_stop(world->net);
}

static void test_signal(void **state)
{
	struct world *world = *state;
	struct net_signal *signal = net_signal_new(world->net, SIGUSR1, on_signal, world);

	assert_int_equal(raise(SIGUSR1), 0);
	net_run(world->net);
	assert_int_equal(world->fired, SIGUSR1);
	net_signal_free(signal);
}

struct reader {
	struct world *world;
	int fd;
	char bytes[16];
	size_t len;
	bool closed;
};

static void on_readable(void *context, bool closed)
{
	struct reader *reader = context;
	ssize_t got = read(reader->fd, reader->bytes + reader->len, 1);

	if (got > 0)
		reader->len += (size_t)got;
	reader->closed = closed;
	if (got <= 0)
		net_stop(reader->world->net);
}

static void test_watch(void **state)
{
	struct world *world = *state;
	struct reader reader = {.world = world};
	struct net_watch *watch;
	int ends[2], plain;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	close(ends[1]);
	reader.fd = ends[0];
	watch = net_watch_new(world->net, ends[0], on_readable, &reader);
	net_run(world->net);
	assert_memory_equal(reader.bytes, "abc", 4); /* all of it before the end was told */
	assert_true(reader.closed);
	net_watch_free(watch);
	close(ends[0]);
	plain = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	assert_null(net_watch_new(world->net, plain, on_readable, &reader));
	close(plain);
}

static void touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

static void test_file_watch(void **state)
{
	struct world *world = *state;
	char folder[] = "/tmp/sitrep-watch-XXXXXX";
	char path[64], fresh[64];
	struct net_file_watch *watch;

	temp_folder(folder);
	(void)snprintf(path, sizeof(path), "%s/services.yaml", folder);
	(void)snprintf(fresh, sizeof(fresh), "%s/new", folder);
	touch(path);
	watch = net_file_watch_new(world->net, path, stop, world);
	touch(fresh);
	assert_int_equal(rename(fresh, path), 0); /* as editors save */
	net_run(world->net);
	net_file_watch_free(watch);
}

static void count_and_stop(void *context)
{
	struct world *world = context;

	world->fired++;
	net_stop(world->net);
}

/* Names that are not meant say nothing; both are there before the loop looks. */
static void test_folder_watch(void **state)
{
	static const char *const ends[] = {".yaml", NULL};
	struct world *world = *state;
	char folder[] = "/tmp/sitrep-watch-XXXXXX";
	char meant[64], other[64];
	struct net_file_watch *watch;

	temp_folder(folder);
	(void)snprintf(meant, sizeof(meant), "%s/b.yaml", folder);
	(void)snprintf(other, sizeof(other), "%s/app.log", folder);
	watch = net_file_watch_folder(world->net, folder, ends, count_and_stop, world);
	assert_int_equal(mkdir(other, 0700), 0);
	assert_int_equal(mkdir(meant, 0700), 0);
	net_run(world->net);
	assert_int_equal(world->fired, 1);
	net_file_watch_free(watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_timers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timer_in_the_past_lets_the_loop_turn, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_many_timers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_jobs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_free_waits_for_jobs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_signal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_file_watch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_folder_watch, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
