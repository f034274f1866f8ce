/* The folder of a test goes with its process, with all that is in it: at its end, and where it is killed. */
#include "temp_folder.h"

#include <poll.h>
#include <sys/stat.h>

#define WAIT_MS 10000

/* In a process of its own, which a signal to its group ends, as timeout(1) and a terminal send it; 0: by itself. */
static void live_and_die(char *folder, int signum)
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setpgid(0, 0);
		temp_folder(folder);
		if (chdir(folder) != 0 || mkdir("inside", 0700) != 0 || mkfifo("inside/file", 0600) != 0)
			_exit(1);
		if (signum != 0) {
			(void)signal(signum, SIG_DFL);
			(void)kill(0, signum);
		}
		_exit(signum);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, signum);
}

static void test_goes(void **state)
{
	static const int ends[] = {0, SIGTERM, SIGINT, SIGHUP, SIGKILL};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(ends); i++) {
		char parent[] = "/tmp/sitrep-parent-XXXXXX";
		char folder[64];
		int left = WAIT_MS;

		temp_folder(parent);
		(void)snprintf(folder, sizeof(folder), "%s/XXXXXX", parent);
		live_and_die(folder, ends[i]);
		/* An empty folder can be removed. */
		while (rmdir(parent) != 0 && left-- > 0)
			poll(NULL, 0, 1);
		assert_true(left > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
