/* Alertmanager's silences as events of the fleet: told to the engine where they change for a service.
 * While Alertmanager does not answer, the last word about each holds until it ends: nothing is muted,
 * nor unmuted, by an error. */
#ifndef APP_SILENCES_H
#define APP_SILENCES_H

#include "engine/engine.h"
#include "net/net.h"

struct silencing;
/* `tell` applies an event, `changed` says that silencing_problem() may be another. `again`: after a reload the engine may know silences that have ended since.
 * NULL where the fleet names no Alertmanager. */
struct silencing *silencing_new(struct net *net, struct fleet *fleet, bool again,
				void (*tell)(void *context, struct event *event),
				void (*changed)(void *context), void *context);
void silencing_free(struct silencing *silencing);
/* Takes back every silence: the fleet names no Alertmanager any more. */
void silencing_lift(struct silencing *silencing);
/* The first word is in, or an error. True of NULL. */
bool silencing_settled(const struct silencing *silencing);
/* Why nobody knows, or which silences are not understood; NULL where all is well. NULL of NULL. */
const char *silencing_problem(const struct silencing *silencing);

#endif
