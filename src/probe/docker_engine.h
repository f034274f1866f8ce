/* Where the container engine is: what the check says, else DOCKER_HOST (with DOCKER_TLS_VERIFY and
 * DOCKER_CERT_PATH, as the docker command reads them), else the usual sockets of Docker and Podman. */
#ifndef PROBE_DOCKER_ENGINE_H
#define PROBE_DOCKER_ENGINE_H

#include "model/fleet.h"
#include "model/sample.h"

struct docker_engine {
	const char *unix_path; /* NULL: over the network */
	const char *base;      /* "http://localhost", "https://host:2376": a path goes behind it */
	struct tls_options tls;
	const char *shown;     /* "unix:/var/run/docker.sock" */
};
/* Strings live in the arena. FAILURE_NONE, or why there is none and a sentence. */
enum failure docker_engine_find(const struct check *check, struct arena *arena,
				struct docker_engine *engine, struct strbuf *sentence);
/* What to do about a connection that the engine's socket did not take; "" where nothing is known. */
const char *docker_engine_advice(const struct docker_engine *engine, enum failure failure);

#endif
