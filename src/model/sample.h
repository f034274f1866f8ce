/* One answer to one question, in the form every layer above net/ understands: the outcome, the
 * phases, measured values by subject, and the exchange as evidence. A probe delivers zero or more
 * of these a run; it never says whether they are good. */
#ifndef MODEL_SAMPLE_H
#define MODEL_SAMPLE_H

#include "base/clock.h"
#include "model/check_type.h"
#include "model/phase.h"
#include "model/value.h"

enum failure {
#define FAILURE(id, name, local, words) FAILURE_##id,
#include "model/failures.def"
#undef FAILURE
	FAILURE_COUNT
};
const char *failure_name(enum failure failure);
const char *failure_words(enum failure failure);
bool failure_is_local(enum failure failure);

struct exchange_header {
	const char *name;
	const char *value;
};

struct certificate {
	const char *subject;
	const char *issuer;
	const char *names;           /* subjectAltName, comma-separated */
	const char *serial;
	struct wall_time not_before;
	struct wall_time not_after;
};

/* Evidence: what was sent and what came back, scrubbed and redacted, in one allocation (strings
 * live behind the struct). Counted, immutable. NULL / 0 / empty where there is none. */
struct exchange {
	unsigned refs;
	const char *request;      /* "GET http://127.0.0.1:8003/ready" and headers, a line each */
	const char *peer;         /* "127.0.0.1:8003" or "unix:/run/x" */
	const char *http_version; /* "1.1", "2" */
	int http_status;          /* 0 where no status line came */
	bool reused;              /* the connection was already open */
	const struct exchange_header *headers;
	size_t header_count;
	/* The first LIMIT_BODY_KEPT bytes, scrubbed as text. */
	const char *body;
	size_t body_len;
	uint64_t body_size;       /* bytes that came, before any cut */
	bool body_cut;
	const char *redirected_to; /* the last Location that was followed or refused */
	const char *tls_version;   /* "TLSv1.3" */
	const struct certificate *certificates; /* leaf first */
	size_t certificate_count;
};

/* Copies everything that `draft` points to; the result has one reference. */
struct exchange *exchange_new(const struct exchange *draft);
struct exchange *exchange_ref(struct exchange *exchange);
void exchange_unref(struct exchange *exchange);
/* The value of a header, compared without case; NULL where absent. */
const char *exchange_header(const struct exchange *exchange, const char *name);

struct sample_value {
	enum subject subject;
	const char *argument; /* of the subject, e.g. a header's name; NULL mostly */
	struct value value;
};

struct sample {
	uint64_t check_id;
	struct wall_time observed_at;   /* when the answer was there */
	struct mono_time delivered_at;
	enum failure failure;           /* FAILURE_NONE: there is an answer to judge */
	enum phase failed_phase;        /* PHASE_NONE where it did not fail */
	/* Of a failure that is the server's own answer: the subject whose value says which. Where the check
	 * has a line of its own in place of the one that holds about it, the prober delivers it as an answer
	 * to judge. */
	bool refused;
	enum subject refused_as;
	int64_t latency_ns;             /* whole, from the start of the run; -1 unmeasured */
	struct phases phases;
	/* A failure as a whole sentence; of an answer its own words about how it is, which are the
	 * sentence where a line that holds for the type does not hold. Scrubbed; NULL. */
	const char *message;
	const struct sample_value *values;
	size_t value_count;
	/* The body as it came (at most LIMIT_BODY), for assertions alone: judged, then dropped. */
	const char *body;
	size_t body_len;
	/* The headers of the answer as they came (at most LIMIT_HEAD bytes), like the body; NULL where no
	 * line speaks of them: then those of the exchange stand in. */
	const struct exchange_header *headers;
	size_t header_count;
	struct exchange *exchange;      /* may be NULL; borrowed by who receives the sample */
};

/* The value of a subject, NULL where the sample has none. */
const struct value *sample_value(const struct sample *sample, enum subject subject,
				 const char *argument);

#endif
