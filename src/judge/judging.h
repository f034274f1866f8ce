/* What the files of judge/ share while one sample is judged. Not for other layers. */
#ifndef JUDGE_JUDGING_H
#define JUDGE_JUDGING_H

#include "base/json.h"
#include "base/limits.h"
#include "judge/judge.h"

/* How one assertion came out. */
struct finding {
	bool pass;
	bool skipped;
	const char *got;  /* what came, as shown */
	const char *said; /* the sentence where it does not hold; "" */
};

/* What the body's own words say about the service. */
struct health {
	bool spoke;		/* there was a verdict at all */
	enum check_state state; /* PASS, WARN or FAIL */
	const char *said;	/* `the body says "unhealthy"; db is "down"` */
	const char *features;	/* names of features that are off; "" */
};

/* Findings about the body, in the order in which they were asked for. */
struct body_findings {
	struct finding *at;
	size_t len, cap;
};

struct judging {
	const struct check *check;
	const struct redactor *redactor;
	const struct sample *sample;
	struct arena *arena;
	struct json_doc *doc;
	bool parsed;
	const char *parse_error; /* why there is no document */
	/* Answers about the same bytes from an earlier sample; NULL where they must be found. */
	const struct judge_memo *remembered;
	size_t next_finding;
	struct body_findings findings;
};

/* The body as JSON, parsed on the first call; NULL where it is none. */
const struct json *judging_json(struct judging *judging);
/* The text as a string of the verdict, whole characters alone; the buffer is empty afterwards. */
const char *judging_take(struct judging *judging, struct strbuf *text);
/* Text from a stranger as one harmless, redacted, bounded line. */
const char *judging_clean(struct judging *judging, const char *text, size_t len);
/* A value as it is shown. */
const char *judging_show(struct judging *judging, const struct value *value);

void assertion_judge(struct judging *judging, const struct assertion *assertion,
		     struct finding *finding);
void health_judge(struct judging *judging, struct health *health);
/* The route rule; `state` is PASS, FAIL or UNKNOWN. */
enum check_state route_judge(struct judging *judging, struct finding *finding);

bool memo_finding(const struct judge_memo *memo, size_t index, struct finding *finding);

#endif
