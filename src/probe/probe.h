/* Puts a check's question and delivers samples. Probes measure; they never say what is good. */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include "model/fleet.h"
#include "model/sample.h"
#include "net/net.h"

struct prober;
/* `deliver` gets each sample (borrowed for the call); `finished` says that a run is over, with
 * or without samples, and comes exactly once a started run, also after a cancel. */
struct prober_events {
	void (*deliver)(void *context, const struct sample *sample);
	void (*finished)(void *context, uint64_t check_id);
	void *context;
	/* Whether what `check` expects holds for this sample, for questions that depend on it: which of
	 * several messages is the one that is waited for, whether a flow goes on. `why` (may be NULL)
	 * gets what does not hold. Probes do not judge; NULL: everything holds. */
	bool (*holds)(void *context, const struct check *check, const struct sample *sample,
		      struct strbuf *why);
};
struct prober *prober_new(struct net *net, struct fleet *fleet, const struct prober_events *events);
void prober_free(struct prober *prober);
/* Takes another fleet: running probes of checks that are gone are cancelled, connections of the
 * others live on. */
void prober_reload(struct prober *prober, struct fleet *fleet);
/* Starts one run; a check that runs already is left alone. Never calls back before it returns. */
void prober_start(struct prober *prober, const struct check *check);
void prober_cancel(struct prober *prober, uint64_t check_id);
size_t prober_in_flight(const struct prober *prober);

#endif
