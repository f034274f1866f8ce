/* Log lines of services: sources, the line pipeline, the ring, search, and the scan for the
 * rules' patterns. Files are read by stat() and pread() on timers and in worker jobs, never
 * mapped; rotation, truncation and vanishing are told, not fatal. */
#ifndef LOGS_LOGS_H
#define LOGS_LOGS_H

#include "base/arena.h"
#include "base/pattern_set.h"
#include "model/fleet.h"
#include "model/log.h"
#include "net/net.h"

struct logs;
struct logs_events {
	/* A pattern of the set was seen in a line of `service_id`; borrowed for the call. */
	void (*match)(void *context, uint64_t service_id, const struct log_match *match);
	/* New lines of a service (for repainting). */
	void (*grew)(void *context, uint64_t service_id);
	void *context;
};
/* Sources are tailed from their last lines on (enough for the failure's context) and followed. */
struct logs *logs_new(struct net *net, struct fleet *fleet, const struct logs_events *events);
void logs_free(struct logs *logs);
void logs_reload(struct logs *logs, struct fleet *fleet);
/* Lines that came before are scanned too. */
void logs_set_patterns(struct logs *logs, struct pattern_set *patterns);
/* True once all that the sources held at the start has been read and, where patterns are set,
 * scanned, and no match is still to be delivered (--once waits for it). */
bool logs_settled(const struct logs *logs);
/* Fills the window from what is held; strings in `arena`. */
void logs_window(struct logs *logs, const struct log_query *query, struct arena *arena,
		 struct log_window *window);
/* The next line that matches the search (or level) from a line on: its source and number. */
bool logs_find(struct logs *logs, const struct log_query *query, bool backward,
	       enum log_level at_least, uint64_t *source, uint64_t *number);

#endif
