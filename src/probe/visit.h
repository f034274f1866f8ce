/* One visit to a WebSocket, as `websocket` checks and steps of a `flow` make it: open, ping, send, wait
 * for the message that is expected, hold, close. It ends in one sample, and measures only. */
#ifndef PROBE_VISIT_H
#define PROBE_VISIT_H

#include "base/redact.h"
#include "probe/run.h"

struct visit;
struct visit_question {
	const struct check *check; /* its keys, credentials, TLS and what it expects */
	const char *url;           /* in place of the check's own, as what follows */
	const struct name_value *headers;
	size_t header_count;
	const char *const *sends;
	size_t send_count;
	int64_t timeout_ns;
	const struct probe *probe;        /* its fleet's secrets are masked in the evidence */
	const struct redactor *secrets;   /* further ones; NULL */
};
/* Borrows all until `done`, which comes once on a later turn; the visit is gone after it. The sample has
 * all but the check's id and its times; its message begins with a verb: "answered 404 …". */
struct visit *visit_start(const struct visit_question *question,
			  void (*done)(void *context, struct sample *sample), void *context);
/* `done` will not come. */
void visit_cancel(struct visit *visit);

#endif
