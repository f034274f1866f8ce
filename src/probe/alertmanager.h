/* Asks the fleet's Alertmanager for its silences, again and again. Only GET is ever sent. */
#ifndef PROBE_ALERTMANAGER_H
#define PROBE_ALERTMANAGER_H

#include "net/net.h"
#include "probe/silences.h"

struct alertmanager_poll;
/* Keeps the fleet. `done` gets the silences, borrowed for the call, or NULL and a sentence. NULL where the
 * fleet names no Alertmanager. */
struct alertmanager_poll *alertmanager_poll_new(
	struct net *net, struct fleet *fleet,
	void (*done)(void *context, const struct silences *silences, const char *problem),
	void *context);
void alertmanager_poll_free(struct alertmanager_poll *poll);
/* The first answer, or that there is none, is in. */
bool alertmanager_poll_settled(const struct alertmanager_poll *poll);

#endif
