/* From a sample to a verdict: assertions, the body's own verdict, the route rule. Pure. States
 * over time (rise, fall, flapping, windows) are judge/'s too, see judge/series.h and
 * judge/window.h; from checks to their service: judge/standing.h. */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include "base/arena.h"
#include "model/fleet.h"
#include "model/sample.h"
#include "model/snapshot.h"
#include "model/state.h"

struct verdict {
	enum check_state state;
	const char *message; /* one sentence: what was wanted, what came; "" where all is well */
	const struct assertion_result *assertions;
	size_t assertion_count;
};

/* What a body of certain bytes led to, so that the same bytes are not parsed again. One a check,
 * owned by whoever judges it repeatedly; void as soon as the check is another. */
struct judge_memo;
void judge_memo_free(struct judge_memo *memo);
/* Bytes it takes, for reports. */
size_t judge_memo_size(const struct judge_memo *memo);

/* Strings of the verdict live in `arena`, redacted with the fleet's redactor. `memo` points to
 * NULL at first and is replaced when the body's bytes changed; it may be NULL itself. */
void judge_sample(const struct check *check, const struct redactor *redactor,
		  const struct sample *sample, struct judge_memo **memo, struct arena *arena,
		  struct verdict *verdict);

#endif
