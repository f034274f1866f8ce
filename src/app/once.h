/* --once: everything is asked once (a failing check up to `fall` times, a second apart), then one
 * report on stdout and an exit code that can be trusted. */
#ifndef APP_ONCE_H
#define APP_ONCE_H

#include "app/options.h"
#include "app/watch.h"

/* Returns the exit code. */
int once_run(struct net *net, struct fleet *fleet, const struct options *options,
	     const struct config_request *request);

#endif
