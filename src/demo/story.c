/* Time goes in steps of a second, the past before the start as well as the present, so that the
 * logs of a scenario are the same in every run but for their times. */
#include "demo/story.h"

#define LINE_MAX_BYTES 4096
#define IDLE_EVERY_S 2 /* one idle line of some service each so often */

static void say(struct story *story, enum demo_service service, struct wall_time at,
		enum journal_level level, const char *text)
{
	struct strbuf line;

	strbuf_init(&line, LINE_MAX_BYTES);
	world_expand(story->world, text, &line);
	journal_write(&story->world->journal, service, at, level, line.data);
	strbuf_release(&line);
}

static void say_boot(struct story *story, enum demo_service service, struct wall_time at)
{
	for (const char *const *line = scenario_boot_lines(service); *line != NULL; line++)
		say(story, service, at, JOURNAL_INFO, *line);
}

static enum demo_condition condition_in(const struct scenario_phase *phase,
					enum demo_service service)
{
	for (size_t i = 0; i < phase->change_count; i++) {
		if (phase->changes[i].service == service)
			return phase->changes[i].condition;
	}
	return DEMO_RUNS;
}

static void enter(struct story *story, size_t index, struct wall_time at)
{
	const struct scenario_phase *phase = &story->scenario->phases[index];

	story->phase = index;
	story->phase_at = at;
	story->phase_ends.ns = at.ns + phase->seconds * NS_PER_S;
	for (int i = 0; i < DEMO_SERVICE_COUNT; i++) {
		enum demo_condition old = story->world->conditions[i];
		enum demo_condition new = condition_in(phase, (enum demo_service)i);

		story->world->conditions[i] = new;
		/* An old image does not come by itself: somebody has started another one. */
		if (old != new && (old == DEMO_STOPPED || old == DEMO_STALE))
			say_boot(story, (enum demo_service)i, at);
	}
}

/* The lines of the phase that fall on this second of it. */
static void tell_phase(struct story *story, struct wall_time at)
{
	const struct scenario_phase *phase = &story->scenario->phases[story->phase];
	int64_t second = (at.ns - story->phase_at.ns) / NS_PER_S;

	if (phase->repeat_s > 0)
		second %= phase->repeat_s;
	for (size_t i = 0; i < phase->line_count; i++) {
		const struct scenario_line *line = &phase->lines[i];

		if (line->at_s == second)
			say(story, line->service, at, line->level, line->text);
	}
}

static void tell_idle(struct story *story, struct wall_time at)
{
	uint64_t turn = story->seconds / IDLE_EVERY_S;
	enum demo_service service = (enum demo_service)(turn % DEMO_SERVICE_COUNT);
	const char *const *lines = scenario_idle_lines(service);
	size_t count = 0;

	if (story->seconds % IDLE_EVERY_S != 0 ||
	    story->world->conditions[service] == DEMO_STOPPED)
		return;
	while (lines[count] != NULL)
		count++;
	if (count > 0)
		say(story, service, at, JOURNAL_INFO, lines[turn / DEMO_SERVICE_COUNT % count]);
}

static void tell_second(struct story *story, struct wall_time at)
{
	const struct scenario *scenario = story->scenario;

	if (story->phase < scenario->phase_count) {
		bool ends = scenario->phases[story->phase].seconds > 0;

		if (ends && at.ns >= story->phase_ends.ns)
			enter(story, (story->phase + 1) % scenario->phase_count, at);
		tell_phase(story, at);
	}
	tell_idle(story, at);
	story->seconds++;
}

void story_begin(struct story *story, struct world *world, const struct scenario *scenario,
		 struct wall_time now)
{
	struct wall_time begin = {now.ns - STORY_BEFORE_S * NS_PER_S};
	struct wall_time failure = {now.ns - scenario->age_s * NS_PER_S};

	*story = (struct story){.world = world, .scenario = scenario, .told = begin,
				.phase = scenario->phase_count};
	for (int i = 0; i < DEMO_SERVICE_COUNT; i++)
		say_boot(story, (enum demo_service)i, begin);
	story_tell(story, failure);
	enter(story, 0, failure);
	tell_phase(story, failure);
	/* Its age comes on top of its length. */
	story->phase_ends.ns += scenario->age_s * NS_PER_S;
	story_tell(story, now);
}

void story_tell(struct story *story, struct wall_time now)
{
	/* After a long sleep of the machine the past is not made up. */
	if (now.ns - story->told.ns > 2 * STORY_BEFORE_S * NS_PER_S)
		story->told.ns = now.ns - NS_PER_S;
	while (story->told.ns + NS_PER_S <= now.ns) {
		story->told.ns += NS_PER_S;
		tell_second(story, story->told);
	}
}
