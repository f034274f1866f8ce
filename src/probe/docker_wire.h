/* The answers of a container engine that sitrep asks for (Docker Engine API v1.24 and later, Podman's
 * compatible one): JSON in, plain data out. Strings live in the arena and are raw. */
#ifndef PROBE_DOCKER_WIRE_H
#define PROBE_DOCKER_WIRE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/redact.h"

#define DOCKER_NAMES_MOST 2000

/* GET /containers/{name}/json. Texts are never NULL. */
struct docker_container {
	const char *id, *name; /* the name without its slash */
	const char *state;     /* created, running, paused, restarting, removing, exited, dead */
	const char *health;    /* healthy, unhealthy, starting; "none" without a check, or while it does not run */
	const char *health_output; /* of the last health check */
	const char *error;     /* why the engine could not start it */
	const char *image;     /* the name that it was made from */
	const char *image_id;  /* without sha256: */
	const char *revision;  /* the label org.opencontainers.image.revision */
	int exit_code;         /* of its last end */
	unsigned restarts;
	unsigned health_streak; /* failed health checks in a row */
	bool oom_killed;
	bool tty;
	struct wall_time created, started, finished; /* 0: never */
};
/* False where the bytes are no such answer. */
bool docker_read_container(const char *bytes, size_t len, struct arena *arena,
			   struct docker_container *container);

/* GET /images/{id}/json. */
struct docker_image {
	struct wall_time created; /* 0: not known */
	const char *revision;
};
bool docker_read_image(const char *bytes, size_t len, struct arena *arena, struct docker_image *image);

/* GET /events: the times of the newest ends ("die") in a stream of events, in the order in which they
 * came, at most `most`; lines that are no event are passed over. Returns how many. */
size_t docker_read_ends(const char *bytes, size_t len, struct wall_time *ends, size_t most);

/* GET /containers/json?all=1: "name (state)" of those whose name is most like `wanted`, at most `most`, each
 * a line that was redacted before it was cut; returns how many containers there are, SIZE_MAX where the
 * bytes are no such list. The redactor may be NULL. */
size_t docker_read_similar(const char *bytes, size_t len, const char *wanted,
			   const struct redactor *redactor, struct arena *arena,
			   const char **similar, size_t most, size_t *found);

/* `{"message": …}` of an error; NULL where there is none. */
const char *docker_read_message(const char *bytes, size_t len, struct arena *arena);

#endif
