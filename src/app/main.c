/* The program's door: the command line, the mode it asks for, and the last line of defence for
 * the terminal. Everything else is in the library that the tests link too. */
#include "app/modes.h"

#include "term/term.h"

#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

/* Puts the terminal back, then dies of the same signal, so that a core is kept. */
static void on_crash(int signum)
{
	term_rescue();
	(void)signal(signum, SIG_DFL);
	(void)raise(signum);
}

static void guard_terminal(void)
{
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
	struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};

	for (size_t i = 0; i < BASE_LEN(fatal); i++)
		(void)sigaction(fatal[i], &action, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

/* Where one of 0, 1, 2 is closed, a socket of ours would take its number (and libuv aborts). The
 * places are filled so that reading ends at once and writing still fails, as it should. */
static void fill_standard_places(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}

int main(int argc, char **argv)
{
	int code;

	fill_standard_places();
	(void)setlocale(LC_CTYPE, "");
	(void)mallopt(M_ARENA_MAX, 2); /* the loop and the workers: threads are few and short */
	guard_terminal();
	if (modes_child(argc, argv, &code))
		return code;
	return modes_main(argc, argv);
}
