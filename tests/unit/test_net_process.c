/* Child processes: how each end is told, that output is drained and bounded, and that nothing outlives
 * its process object or the loop. Plugins as such are run in tests/servers/test_command.sh. */
#include "net/process.h"

#include "temp_folder.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct world {
	struct net *net;
	struct process *process;
	const char *argv[3];
	unsigned done;
	enum failure failure;
	int exit_code, signal;
	char message[300], out[300], err[300];
	size_t out_len;
	bool out_cut;
};

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

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

static void on_done(void *context, const struct process_result *result)
{
	struct world *world = context;

	world->done++;
	world->failure = result->failure;
	world->exit_code = result->exit_code;
	world->signal = result->signal;
	world->out_len = result->out_len;
	world->out_cut = result->out_cut;
	(void)snprintf(world->message, sizeof(world->message), "%s",
		       result->message != NULL ? result->message : "");
	(void)snprintf(world->out, sizeof(world->out), "%s", result->out != NULL ? result->out : "");
	(void)snprintf(world->err, sizeof(world->err), "%s", result->err != NULL ? result->err : "");
	net_stop(world->net);
}

static void begin(struct world *world, const char *script, int64_t timeout_ns, size_t output_max)
{
	static const struct name_value env[] = {{"GREETING", "hi there"}, {"HOME", "/elsewhere"}};
	struct process_options options = {.argv = world->argv, .argc = 3, .env = env, .env_count = 2,
					  .timeout_ns = timeout_ns, .output_max = output_max};

	world->argv[0] = "/bin/sh";
	world->argv[1] = "-c";
	world->argv[2] = script;
	world->done = 0;
	world->process = process_start(world->net, &options, on_done, world);
	assert_int_equal(world->done, 0);
}

static void run(struct world *world, const char *script, size_t output_max)
{
	begin(world, script, 20 * NS_PER_S, output_max);
	net_run(world->net);
	assert_int_equal(world->done, 1);
	process_free(world->process);
}

static void test_ends(void **state)
{
	struct world *world = *state;

	run(world, "echo out; echo err >&2; exit 7", 100);
	assert_int_equal(world->failure, FAILURE_NONE);
	assert_int_equal(world->exit_code, 7);
	assert_string_equal(world->out, "out\n");
	assert_string_equal(world->err, "err\n");
	run(world, "echo \"$GREETING $HOME\"", 100);
	assert_string_equal(world->out, "hi there /elsewhere\n");
	run(world, "kill -TERM $$", 100);
	assert_int_equal(world->signal, SIGTERM);
	assert_int_equal(world->exit_code, -1);
}

static void test_output(void **state)
{
	struct world *world = *state;

	run(world, "head -c 300000 /dev/zero | tr '\\0' x; head -c 300000 /dev/zero >&2; exit 3", 100);
	assert_int_equal(world->exit_code, 3);
	assert_int_equal(world->out_len, 100);
	assert_true(world->out_cut);
}

/* No descriptor: the question could not be put, and the next one can. */
static void test_no_descriptors(void **state)
{
	struct world *world = *state;
	struct rlimit before, few;

	run(world, "true", 100); /* what a loop opens once is open now */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = (rlim_t)dup(0) + 1;
	(void)close((int)few.rlim_cur - 1);
	few.rlim_cur -= 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	begin(world, "true", NS_PER_S, 100);
	net_run(world->net);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(world->failure, FAILURE_NO_DESCRIPTORS);
	process_free(world->process);
	run(world, "true", 100);
	assert_int_equal(world->failure, FAILURE_NONE);
}

static int lowest_free(void)
{
	int fd = dup(0);

	(void)close(fd);
	return fd;
}

static void test_no_leak(void **state)
{
	struct world *world = *state;
	int lowest;

	run(world, "true", 100);
	lowest = lowest_free();
	for (int i = 0; i < 50; i++)
		run(world, i % 2 == 0 ? "echo x" : "exit 1", 100);
	assert_int_equal(lowest_free(), lowest);
}

static bool is_gone(pid_t pid)
{
	for (int i = 0; i < 2000; i++) {
		char path[64], text[512] = "";
		int fd;
		ssize_t len;

		if (kill(pid, 0) != 0)
			return true;
		(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		len = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
		if (fd >= 0)
			(void)close(fd);
		if (len <= 0 || strstr(text, "State:\tZ") != NULL)
			return true;
		(void)poll(NULL, 0, 5);
	}
	return false;
}

static void on_ready(void *context, bool closed)
{
	(void)closed;
	net_stop(((struct world *)context)->net);
}

/* Waits for the pid that the script writes into the pipe. */
static pid_t pid_from(struct world *world, int fd)
{
	struct net_watch *watch = net_watch_new(world->net, fd, on_ready, world);
	char text[32] = "";
	ssize_t len;

	net_run(world->net);
	net_watch_free(watch);
	len = read(fd, text, sizeof(text) - 1);
	return len > 0 ? (pid_t)strtol(text, NULL, 10) : -1;
}

/* Starts `script` with the path of a fifo behind it, and waits for the pid that it writes there. */
static pid_t begin_telling(struct world *world, const char *script, int64_t timeout_ns)
{
	char folder[] = "/tmp/sitrep-process-XXXXXX";
	char *path, *whole;
	pid_t pid;
	int fd;

	temp_folder(folder);
	path = xasprintf("%s/pids", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	whole = xasprintf("fifo=%s; %s", path, script);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	begin(world, whole, timeout_ns, 100);
	pid = pid_from(world, fd);
	(void)close(fd);
	free(path);
	free(whole);
	assert_true(pid > 1);
	return pid;
}

/* Freed while it runs: the whole group ends, and nobody is called. `through_net`: by the loop's end. */
static void free_running(struct world *world, bool through_net)
{
	pid_t pid = begin_telling(world, "tail -f /dev/null & echo $! >$fifo; wait", 60 * NS_PER_S);

	if (!through_net)
		process_free(world->process);
	net_free(world->net);
	world->net = NULL;
	assert_true(is_gone(pid));
	assert_int_equal(world->done, 0);
}

/* Its leader ends at once, and its output is closed: SIGKILL comes all the same. */
static void test_stubborn_child(void **state)
{
	struct world *world = *state;
	pid_t pid = begin_telling(world,
				  "(trap '' TERM; sh -c 'echo $PPID' >$fifo; exec tail -f /dev/null >/dev/null 2>&1) & wait",
				  NS_PER_S);

	net_run(world->net);
	assert_int_equal(world->done, 1);
	assert_int_equal(world->failure, FAILURE_TIMEOUT);
	process_free(world->process);
	assert_true(is_gone(pid));
}

/* What a program leaves behind by itself stays. */
static void test_left_behind(void **state)
{
	struct world *world = *state;
	pid_t pid = begin_telling(world, "tail -f /dev/null >/dev/null 2>&1 & echo $! >$fifo", 20 * NS_PER_S);

	if (world->done == 0)
		net_run(world->net);
	assert_int_equal(world->failure, FAILURE_NONE);
	process_free(world->process);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_true(is_gone(pid));
}

/* More than a turn starts; some are freed before their turn came. */
static void test_many(void **state)
{
	struct world *world = *state;
	struct process *others[20];

	begin(world, "echo first", 20 * NS_PER_S, 100);
	others[0] = world->process;
	for (int i = 1; i < 20; i++) {
		begin(world, "echo x; exit 4", 20 * NS_PER_S, 100);
		others[i] = world->process;
	}
	for (int i = 3; i < 20; i += 2) {
		process_free(others[i]);
		others[i] = NULL;
	}
	for (int left = 11; left > 0; left -= (int)world->done) {
		world->done = 0;
		net_run(world->net);
		assert_int_equal(world->failure, FAILURE_NONE);
	}
	for (int i = 0; i < 20; i++)
		process_free(others[i]);
	begin(world, "exit 9", 20 * NS_PER_S, 100); /* waits in the queue when the loop ends */
}

static void test_freed_running(void **state)
{
	free_running(*state, false);
}

static void test_loop_ends_first(void **state)
{
	free_running(*state, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_output, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_descriptors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_leak, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_freed_running, setup, teardown),
		cmocka_unit_test_setup_teardown(test_loop_ends_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stubborn_child, setup, teardown),
		cmocka_unit_test_setup_teardown(test_left_behind, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
