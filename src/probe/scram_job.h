/* The rounds of SCRAM on a worker, where they are so many that the loop would stand still meanwhile. */
#ifndef PROBE_SCRAM_JOB_H
#define PROBE_SCRAM_JOB_H

#include "net/net.h"
#include "probe/scram.h"

struct scram_job;
/* NULL where scram_answer() to these bytes costs the loop little: it refuses them, `keys` are theirs, or the
 * rounds are few. Else `done` comes once on a later turn, when `keys` are theirs. `keys` are borrowed until
 * then; the texts are copied. */
struct scram_job *scram_job_start(struct net *net, const struct scram *scram, struct scram_keys *keys,
				  const char *password, const char *bytes, size_t len,
				  void (*done)(void *context), void *context);
/* At any time before `done`, which comes no more: nothing that was borrowed is touched. A worker that has begun
 * ends its rounds, SCRAM_ROUNDS_MOST at most. NULL does nothing. */
void scram_job_drop(struct scram_job *job);

#endif
