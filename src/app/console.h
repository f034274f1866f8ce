/* The live console and the wall: terminal, ui state and view around a watch. */
#ifndef APP_CONSOLE_H
#define APP_CONSOLE_H

#include "app/options.h"
#include "app/watch.h"

/* Runs until the person leaves; returns the exit code. */
int console_run(struct net *net, struct fleet *fleet, const struct options *options,
		const struct config_request *request);

#endif
