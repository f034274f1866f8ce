/* The way out when the program dies: what term_rescue() needs is kept in plain variables that a
 * signal handler may read. */
#ifndef TERM_RESCUE_H
#define TERM_RESCUE_H

#include "base/base.h"

#include <termios.h>

/* From now on term_rescue() writes to `fd` and puts `saved` back. */
void rescue_arm(int fd, const struct termios *saved);
void rescue_disarm(void);

#endif
