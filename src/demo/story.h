/* What happens in the demo, and when: scenarios that are held still, and a story of incidents and
 * recoveries that repeats. */
#ifndef DEMO_STORY_H
#define DEMO_STORY_H

#include "demo/world.h"

struct scenario_line {
	enum demo_service service;
	int at_s; /* from the start of the phase */
	enum journal_level level;
	const char *text; /* @name@ is the port of that service */
};

struct scenario_change {
	enum demo_service service;
	enum demo_condition condition;
};

#define PHASE_CHANGES 3
/* A stretch of time in which nothing changes; services that are not named run. */
struct scenario_phase {
	int seconds;  /* 0: for ever */
	int repeat_s; /* the lines come again that often; 0: once */
	struct scenario_change changes[PHASE_CHANGES];
	size_t change_count;
	const struct scenario_line *lines; /* by time */
	size_t line_count;
};

struct scenario {
	const char *name; /* "" is the story */
	int age_s;        /* the first phase began so long before the demo */
	const struct scenario_phase *phases;
	size_t phase_count;
};

/* NULL where there is none of that name. */
const struct scenario *scenario_find(const char *name);
/* Lines of a service that starts, and of one that runs and has nothing to say; a NULL ends each. */
const char *const *scenario_boot_lines(enum demo_service service);
const char *const *scenario_idle_lines(enum demo_service service);

struct story {
	struct world *world;
	const struct scenario *scenario;
	size_t phase;              /* index; phase_count before the first one */
	struct wall_time phase_at; /* when it began */
	struct wall_time phase_ends;
	struct wall_time told;     /* all lines up to here are written */
	uint64_t seconds;          /* told since the beginning, for the idle lines' turns */
};

/* Begins STORY_BEFORE_S before `now` and tells up to it, so that the logs have a past. */
#define STORY_BEFORE_S 900
void story_begin(struct story *story, struct world *world, const struct scenario *scenario,
		 struct wall_time now);
/* Tells up to `now`: writes the lines that are due and sets world->conditions. */
void story_tell(struct story *story, struct wall_time now);

#endif
