/* Two pipes tie the processes together: over `ready` the child says "ready" or why not, and closes
 * it by ending; the other never carries a byte, its end of file tells the child that the parent is
 * gone. PR_SET_PDEATHSIG says the same where the parent was killed. The child has a session of its
 * own, so that Ctrl-C and Ctrl-Z at the terminal reach the console alone. */
#include "app/demo_child.h"

#include "base/clock.h"
#include "base/scrub.h"
#include "base/xalloc.h"
#include "demo/demo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_OPTION "--demo-child" /* NAME FOLDER READY_FD PARENT_FD; for ourselves alone */
#define START_MS 10000
#define STOP_MS 3000
#define WORDS_MAX 512

struct demo_child {
	pid_t pid;
	char *folder;
	char *config;
	int ready_fd;  /* reads; its end of file is the end of the child */
	int parent_fd; /* closing it ends the child */
};

/* The name of a folder that does not exist yet; the child makes it, so that whoever makes it is the
 * one that removes it and no moment is left in which a killed parent leaves it behind. */
static char *name_folder(struct strbuf *err)
{
	const char *base = getenv("TMPDIR");
	char *whole = realpath(base != NULL && *base != '\0' ? base : "/tmp", NULL), *folder;
	uint64_t random = 0;

	if (whole == NULL || getrandom(&random, sizeof(random), 0) != sizeof(random)) {
		strbuf_addf(err, "no place for the demo's files in $TMPDIR: %s", strerror(errno));
		free(whole);
		return NULL;
	}
	folder = xasprintf("%s/sitrep-demo-%016llx", whole, (unsigned long long)random);
	free(whole);
	return folder;
}

/* In the new process: only what is safe between fork and exec. SIGTERM waits until demo_main()
 * can clean up behind itself. */
static _Noreturn void run_child(const char *program, char *const *argv, int ready_fd, int parent_fd,
				pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	setsid();
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
	    fcntl(ready_fd, F_SETFD, 0) != 0 || fcntl(parent_fd, F_SETFD, 0) != 0)
		_exit(1);
	execv(program, argv);
	_exit(127);
}

/* This program's file. By its name, which a tool that runs us (valgrind) knows to answer; where the
 * file was replaced meanwhile, by the link that still leads to it. */
static void name_program(char *path, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", path, size - 1);

	path[len > 0 ? len : 0] = '\0';
	if (access(path, X_OK) != 0)
		snprintf(path, size, "/proc/self/exe");
}

/* Forks; the child gets ready[1] and parent[0], this process keeps the other ends. */
static pid_t spawn(const char *name, const char *folder, const int ready[2], const int parent[2])
{
	char ready_text[16], parent_text[16], program[PATH_MAX];
	char *argv[] = {(char *)"sitrep", (char *)CHILD_OPTION, (char *)name, (char *)folder,
			ready_text, parent_text, NULL};
	pid_t self = getpid(), pid;

	snprintf(ready_text, sizeof(ready_text), "%d", ready[1]);
	snprintf(parent_text, sizeof(parent_text), "%d", parent[0]);
	name_program(program, sizeof(program));
	pid = fork();
	if (pid == 0)
		run_child(program, argv, ready[1], parent[0], self);
	return pid;
}

/* Waits until `fd` can be read, at most until `until`; false where the time is over. */
static bool wait_readable(int fd, struct mono_time until)
{
	struct pollfd poller = {.fd = fd, .events = POLLIN};

	for (;;) {
		int64_t left = (until.ns - clock_mono().ns) / NS_PER_MS;
		int count = poll(&poller, 1, left > 0 ? (int)left : 0);

		if (count > 0)
			return true;
		if (count == 0 || errno != EINTR)
			return false;
	}
}

static struct mono_time in_ms(int64_t ms)
{
	struct mono_time at = {clock_mono().ns + ms * NS_PER_MS};

	return at;
}

/* Reads the child's line; true where it is "ready", else `err` has the sentence. */
static bool hear_ready(const struct demo_child *child, struct strbuf *err)
{
	struct mono_time until = in_ms(START_MS);
	char words[WORDS_MAX + 1];
	size_t len = 0;

	while (len < WORDS_MAX && memchr(words, '\n', len) == NULL) {
		ssize_t got;

		if (!wait_readable(child->ready_fd, until)) {
			strbuf_addf(err, "the demo fleet was not ready within %d s", START_MS / 1000);
			return false;
		}
		got = read(child->ready_fd, words + len, WORDS_MAX - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		len += (size_t)got;
	}
	while (len > 0 && words[len - 1] == '\n')
		len--;
	if (len == strlen("ready") && memcmp(words, "ready", len) == 0)
		return true;
	strbuf_adds(err, "the demo fleet did not start: ");
	if (len > 0)
		scrub(err, words, len, SCRUB_LINE);
	else
		strbuf_adds(err, "its process ended at once");
	return false;
}

static void close_both(const int fds[2])
{
	if (fds[0] >= 0)
		close(fds[0]);
	if (fds[1] >= 0)
		close(fds[1]);
}

struct demo_child *demo_child_start(const char *name, struct strbuf *err)
{
	int ready[2] = {-1, -1}, parent[2] = {-1, -1};
	struct demo_child *child;
	char *folder = name_folder(err);
	pid_t pid = -1;

	if (folder == NULL)
		return NULL;
	if (pipe2(ready, O_CLOEXEC) == 0 && pipe2(parent, O_CLOEXEC) == 0)
		pid = spawn(name, folder, ready, parent);
	if (pid < 0) {
		strbuf_addf(err, "cannot start the demo fleet: %s", strerror(errno));
		close_both(ready);
		close_both(parent);
		free(folder);
		return NULL;
	}
	close(ready[1]);
	close(parent[0]);
	child = xcalloc(1, sizeof(*child));
	child->pid = pid;
	child->folder = folder;
	child->config = xasprintf("%s/%s", folder, DEMO_CONFIG_NAME);
	child->ready_fd = ready[0];
	child->parent_fd = parent[1];
	if (!hear_ready(child, err)) {
		demo_child_stop(child);
		return NULL;
	}
	return child;
}

const char *demo_child_config(const struct demo_child *child)
{
	return child->config;
}

void demo_child_stop(struct demo_child *child)
{
	int status;

	if (child == NULL)
		return;
	close(child->parent_fd);
	/* Nothing more is written to `ready`: readable means that the child has ended. */
	if (!wait_readable(child->ready_fd, in_ms(STOP_MS)))
		kill(child->pid, SIGKILL);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	close(child->ready_fd);
	demo_clean(child->folder);
	free(child->config);
	free(child->folder);
	free(child);
}

bool demo_child_main(int argc, char **argv, int *code)
{
	if (argc != 6 || strcmp(argv[1], CHILD_OPTION) != 0)
		return false;
	*code = demo_main(argv[2], argv[3], (int)strtol(argv[4], NULL, 10),
			  (int)strtol(argv[5], NULL, 10));
	return true;
}
