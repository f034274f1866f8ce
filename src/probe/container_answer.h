/* What a container's inspection means for a sample: its values, one sentence where it is not well, and
 * what is kept as evidence. No environment of the container is ever in it. */
#ifndef PROBE_CONTAINER_ANSWER_H
#define PROBE_CONTAINER_ANSWER_H

#include "model/sample.h"
#include "probe/docker_wire.h"

#define CONTAINER_VALUES 20
#define CONTAINER_HEADERS 6
#define RESTART_MINUTES 60
#define RESTART_ENDS 256 /* the most of an hour that are counted at the first look */

/* Restarts that are known, by the minute. Zero it before its first use. */
struct restart_history {
	char id[80];     /* of the container that is followed; another one begins anew */
	unsigned count;  /* its RestartCount */
	struct wall_time started;
	int64_t minutes[RESTART_MINUTES];
	unsigned seen[RESTART_MINUTES];
	int64_t told; /* the minute in which the engine's events were asked, which are its newest 256; 0 never */
};
/* A look at it, at one moment by two clocks. */
struct restart_look {
	const struct docker_container *box;
	struct wall_time wall;
	struct mono_time mono;
};
/* Counts what happened since the last look. At the first one, what the container tells of itself: the
 * restarts of one that is younger than an hour are counted as if they all were when it was made, so that
 * none is counted for too long. True where the engine's events would tell more, of that many seconds. */
bool restart_history_note(struct restart_history *history, const struct restart_look *look,
			  int64_t *since, int64_t *until);
/* After the first look: the ends that the engine's events tell of. The last one led to no restart where
 * the container stays down, so there are never more than the engine has counted. */
void restart_history_add_ends(struct restart_history *history, const struct restart_look *look,
			      const struct wall_time *ends, size_t count);
/* In the hour before `now`. */
unsigned restart_history_rate(const struct restart_history *history, struct mono_time now);
/* Whether there may have been more of them than are known. */
bool restart_history_is_least(const struct restart_history *history, struct mono_time now);

struct container_answer {
	const struct docker_container *box;
	struct docker_image image;
	const char *lines;         /* the last ones; NULL where they were not asked for */
	size_t lines_len;
	const char *lines_problem; /* why there are none; NULL */
	unsigned restart_rate;
	bool rate_is_least; /* it may be more */
	struct wall_time now;
};
/* Whether its last lines are worth a question: it is stopped, unhealthy or comes and goes. */
bool container_wants_lines(const struct docker_container *box, unsigned restart_rate);
size_t container_values(const struct container_answer *answer, struct sample_value *values);
/* What to say behind its name; nothing where it runs well. Raw. */
void container_sentence(const struct container_answer *answer, struct strbuf *rest);
/* What the engine says of it beside the values, a header a thing, and what it said itself (its health check, its last
 * lines); raw, and steady as long as nothing happens. Returns how many headers; strings live in the arena. */
size_t container_evidence(const struct container_answer *answer, struct exchange_header *headers,
			  struct strbuf *said, struct arena *arena);

#endif
