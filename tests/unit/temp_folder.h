/* A folder for a test, which goes with the test's process, however that ends. */
#ifndef TESTS_TEMP_FOLDER_H
#define TESTS_TEMP_FOLDER_H

#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Makes it in the place of a template as of mkdtemp(3). A shell that is nobody's child waits for the end of a pipe that
 * the test holds, and removes it with all that is in it. */
BASE_UNUSED static void temp_folder(char *path)
{
	int ends[2], nowhere;
	pid_t pid;

	assert_non_null(mkdtemp(path));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* What ends the tests must not end this before. */
		(void)setsid();
		(void)signal(SIGHUP, SIG_IGN);
		(void)signal(SIGINT, SIG_IGN);
		(void)signal(SIGTERM, SIG_IGN);
		if (fork() != 0)
			_exit(0);
		nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(ends[0], STDIN_FILENO);
		dup2(nowhere, STDOUT_FILENO);
		dup2(nowhere, STDERR_FILENO);
		execl("/bin/sh", "sh", "-c", "read -r _; exec rm -rf \"$1\"", "sh", path, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ends[0]);
}

#endif
