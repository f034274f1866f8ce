/* From a sample to a verdict: assertions, the body's own verdict, the route rule. Pure. States
 * over time (rise, fall, flapping, windows) are judge/'s too, see judge/series.h. */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include "base/arena.h"
#include "model/fleet.h"
#include "model/sample.h"
#include "model/snapshot.h"
#include "model/state.h"

struct verdict {
	enum check_state state;
	const char *message;  /* one sentence: what was wanted, what came; "" where all is well */
	const struct assertion_result *assertions;
	size_t assertion_count;
};
/* Strings of the verdict live in `arena`, redacted with the fleet's redactor. */
void judge_sample(const struct check *check, const struct redactor *redactor,
		  const struct sample *sample, struct arena *arena, struct verdict *verdict);

#endif
