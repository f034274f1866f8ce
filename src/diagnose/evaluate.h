/* One rule against one case: which of its clues hold, where, and how sure that makes it. */
#ifndef DIAGNOSE_EVALUATE_H
#define DIAGNOSE_EVALUATE_H

#include "diagnose/hits.h"

/* A clue that holds, with what it was found in: a fact or a hit for each of its parts. */
struct finding {
	const struct clue *clue;
	enum clue_list list;
	const struct fact *facts[CLUE_PARTS_MAX];
	const struct hit *hits[CLUE_PARTS_MAX];
	size_t parts;
	double weight; /* what it counts, after the worth of its lines */
};
#define FINDINGS_MAX (CLUE_LISTS * CLUES_MAX)

struct judgement {
	const struct rule *rule;
	size_t order; /* in the ruleset, for ties */
	double confidence;
	struct finding *findings;
	size_t finding_count;
};

/* No finding of `for`: confidence 0 and nothing is allocated. */
void rule_judge(const struct rule *rule, const struct facts *facts, const struct hits *hits,
		struct judgement *judgement);

#endif
