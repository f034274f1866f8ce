/* --plain: the fleet under watch without a screen, one line a change; also what TERM=dumb gets. */
#ifndef APP_PLAIN_H
#define APP_PLAIN_H

#include "app/options.h"
#include "app/watch.h"

/* Runs until a signal or a reader that has gone; returns the exit code. */
int plain_run(struct net *net, struct fleet *fleet, const struct options *options,
	      const struct config_request *request);

#endif
