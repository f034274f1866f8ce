/* The inside of the prober for its own files: what all probes have in common, and what a check
 * type must bring. A type is one file with a `struct probe_type`. */
#ifndef PROBE_RUN_H
#define PROBE_RUN_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/vec.h"
#include "net/http.h"
#include "probe/probe.h"

#define PROBE_MAGIC 0x70726f62u
/* Ceiling of words that are made of foreign bytes or of configured ones: cut only after they were redacted. */
#define PROBE_RAW LIMIT_BODY

struct probe;
struct probe_type {
	size_t size; /* of the type's own struct, which begins with a struct probe */
	/* Puts the question; never ends the run before it returns. Called again, where the check has
	 * `retries`, after a run that it ended with a failure: probe_time_left() is what it has. */
	void (*start)(struct probe *probe);
	/* Stops asking; the type calls nothing. */
	void (*cancel)(struct probe *probe);
	/* The same question, in another fleet's memory (`probe->check` is the new one). NULL where
	 * nothing is kept of the check between runs. */
	void (*rebind)(struct probe *probe);
	void (*release)(struct probe *probe);
};
extern const struct probe_type probe_cors;
extern const struct probe_type probe_flow;
extern const struct probe_type probe_http;
extern const struct probe_type probe_openapi;
extern const struct probe_type probe_prometheus;
extern const struct probe_type probe_kafka;
extern const struct probe_type probe_memcached;
extern const struct probe_type probe_redis;
extern const struct probe_type probe_route;
extern const struct probe_type probe_tcp;
extern const struct probe_type probe_tls;
extern const struct probe_type probe_zookeeper;
extern const struct probe_type probe_command;
extern const struct probe_type probe_container;
extern const struct probe_type probe_socketio;
extern const struct probe_type probe_websocket;
extern const struct probe_type probe_mysql;
extern const struct probe_type probe_postgres;
extern const struct probe_type probe_amqp;
extern const struct probe_type probe_dns;
extern const struct probe_type probe_grpc;
extern const struct probe_type probe_mqtt;

/* How a run ends that needs no answer, on a later turn. */
enum probe_end { PROBE_END_NONE, PROBE_END_FAILED, PROBE_END_CANCELLED };

struct probe {
	uint32_t magic;
	bool running;
	bool gone;          /* its check is in no fleet any more */
	enum probe_end end;
	enum failure failure; /* with PROBE_END_FAILED */
	char *sentence;       /* owned, with PROBE_END_FAILED */
	struct prober *prober;
	uint64_t id;
	const struct check *check;
	struct fleet *pinned; /* what `check` lives in, where that is not the prober's fleet */
	const struct probe_type *type;
	size_t index;         /* in prober->all */
	struct mono_time deadline; /* of the run, its tries together */
	int tries;            /* of this run so far */
	bool pausing;         /* between two tries: the type does nothing */
	struct mono_time try_at;
};

struct prober {
	struct net *net;
	struct fleet *fleet;
	struct prober_events events;
	struct idmap *by_id;
	struct VEC_OF(struct probe *) all;
	struct VEC_OF(struct probe *) ending;
	struct net_timer *ending_timer;
	struct VEC_OF(struct probe *) pausing;
	struct net_timer *try_timer;
	struct mono_time next_try;
	/* Access tokens that a redactor was told of: how many, and whose redactor. */
	uint64_t tokens;
	const struct fleet *tokens_of;
	struct map *questions; /* what several checks ask together, probe_prometheus.c's own */
	size_t running;
	size_t groups;
};

/* What is left of the time-out, more than 0; each try's own time. */
int64_t probe_time_left(const struct probe *probe);
/* Delivers the sample and ends the run, or the try where another one may follow; fills in what every
 * sample has. The probe may be gone afterwards. */
void probe_finish(struct probe *probe, struct sample *sample);
/* Ends the run on the next turn with a failure; `rest` as for probe_sentence(). */
void probe_fail_soon(struct probe *probe, enum failure failure, const char *rest);
/* "http GET http://127.0.0.1:8003/ready" + " " + what happened: redacted, scrubbed, bounded. */
void probe_sentence(const struct probe *probe, const char *rest, struct strbuf *out);
/* A refusal that the check has a line of its own about is an answer to judge: see struct sample. */
void sample_take_refusal(struct sample *sample, const struct check *check);
/* clean.c: texts and lists among the values become harmless and redacted; copies live in the arena. */
void sample_clean(struct sample *sample, const struct redactor *redactor, struct arena *arena);
/* clean.c: foreign text for showing: redacted, scrubbed, at most `max` bytes; the caller frees it. */
char *probe_shown(const struct probe *probe, const char *bytes, size_t len, size_t max);
/* clean.c: foreign bytes for a sentence, as redact_quote(); the copy lives in the arena. */
const char *probe_quote(const struct probe *probe, struct arena *arena, const char *bytes, size_t len,
			size_t most);
const struct redactor *probe_redactor(const struct probe *probe);
/* cert.c: what a chain (leaf first) says as values, at most PROBE_CERT_VALUES of them: `cert`,
 * `cert_chain`, `cert_names`, `cert_issuer`; strings live in the arena. Returns how many; none of none. */
#define PROBE_CERT_VALUES 4
size_t probe_cert_values(const struct certificate *certs, size_t count, struct sample_value *values,
			 struct arena *arena);
/* How the web checks ask, by `method`. The configured body goes with an `http` check's own method
 * alone; a `route` that could change something is asked without headers, auth and body. */
struct http_options probe_http_options(const struct probe *probe, const char *method);
/* Which group of targets this check belongs to (struct http_options). */
size_t probe_group(const struct probe *probe);

#endif
