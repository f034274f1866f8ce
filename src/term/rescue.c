/* Puts a terminal back from inside a signal handler. Invariant: only tcsetattr and write are
 * called (both on the list of signal-safety(7)), and `armed` is set last and cleared first, so
 * that a handler never sees half of it. */
#include "term/rescue.h"
#include "term/term.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t armed;
static int rescue_fd;
static struct termios rescue_modes;

/* CAN ends a sequence that was cut short; then mouse, paste and attributes off, ASCII character set, cursor on, main screen. One constant for
 * all terminals: those that do not know a private mode ignore it (ECMA-48, DEC STD 070). */
static const char rescue_bytes[] = "\x18\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b(B\x0f"
				   "\x1b[?25h\x1b[?1049l\r";

void rescue_arm(int fd, const struct termios *saved)
{
	armed = 0;
	rescue_fd = fd;
	rescue_modes = *saved;
	armed = 1;
}

void rescue_disarm(void)
{
	armed = 0;
}

void term_rescue(void)
{
	int saved_errno = errno;
	ssize_t written;

	if (!armed)
		return;
	armed = 0;
	written = write(rescue_fd, rescue_bytes, sizeof(rescue_bytes) - 1);
	(void)written; /* there is nobody left to tell */
	tcsetattr(rescue_fd, TCSANOW, &rescue_modes);
	errno = saved_errno;
}
