/* All that a frame, a table or a report can show, at one moment; counted and immutable. Strings
 * come from its arena or from the fleet it holds a reference to. Built by engine_snapshot(). */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H

#include "base/arena.h"
#include "model/diagnosis.h"
#include "model/event.h"
#include "model/fleet.h"
#include "model/log.h"
#include "model/sample.h"
#include "model/state.h"

#define HISTORY_CELLS 30

/* A cell of the history strip: one fixed slot of time. */
enum history_cell {
	HISTORY_NONE,  /* not watched, or no answer */
	HISTORY_LEVEL1, /* answered; height against the service's own P95 in four steps */
	HISTORY_LEVEL2,
	HISTORY_LEVEL3,
	HISTORY_LEVEL4,
	HISTORY_DEGRADED,
	HISTORY_FAIL,
	HISTORY_UNKNOWN
};

struct assertion_result {
	const char *expected; /* as written */
	const char *got;
	bool pass;
	bool warn;            /* of the `warn:` list */
	bool skipped;         /* cert on a plain connection */
};

struct check_row {
	uint64_t id;
	const struct check *check;
	enum check_state state;         /* after rise and fall */
	enum check_state last_result;   /* of the newest sample */
	struct wall_time since;         /* of the state; 0 unknown */
	int streak;                     /* equal results in a row */
	int64_t latency_ns;             /* median of 5; -1 */
	int64_t last_latency_ns;
	const char *message;            /* one sentence about the newest result */
	struct wall_time observed_at;   /* of the newest sample; 0 none yet */
	bool stale;
	/* Details, only where the snapshot was asked for them. */
	const struct assertion_result *assertions;
	size_t assertion_count;
	const struct sample_value *values;    /* of the newest sample */
	size_t value_count;
	struct phases phases;
	enum failure failure;
	enum phase failed_phase;
	const struct exchange *exchange;      /* of the newest sample that has one */
	const struct exchange *last_failure;  /* kept apart from successes */
	struct wall_time last_failure_at;
	const char *last_failure_message;
	const struct exchange *last_success;
	struct wall_time last_success_at;
};

struct service_row {
	uint64_t id;
	const struct service *service;
	enum service_state state;
	enum service_state last_state;  /* shown dim where `stale` */
	unsigned marks;                 /* MARK_* */
	struct wall_time since;         /* of the state */
	bool since_at_least;            /* older than we watched: `≥3m` */
	const char *since_evidence;     /* what better evidence says so; NULL */
	int checks_passing, checks_total;
	int64_t latency_ns;             /* slowest check's median of 5; -1 */
	int64_t p95_ns;                 /* over 1 h; -1 */
	unsigned char history[HISTORY_CELLS]; /* enum history_cell, oldest first */
	const char *why;                /* one sentence; "" where all is well */
	const uint64_t *caused_by;      /* service ids */
	size_t caused_count;
	const struct check_row *checks;
	size_t check_count;
	const struct diagnosis *diagnoses; /* best first */
	size_t diagnosis_count;
	const char *acked_by, *ack_text;
};

/* Services by state; one that is not UP in a window of its `maintenance` counts as that alone. */
struct snapshot_counts {
	int up, degraded, down, unknown, pending, maintenance;
};
void snapshot_counts_add(struct snapshot_counts *counts, enum service_state state, bool maintenance);

/* What the ring of events says, newest first, for the page's timeline. */
struct timeline_entry {
	struct wall_time at;
	uint64_t service_id;
	uint64_t check_id;
	enum event_kind kind;
	const char *text;
};

struct snapshot {
	unsigned refs;
	struct arena arena;
	struct fleet *fleet;            /* a reference */
	struct mono_time mono_now;
	struct wall_time wall_now;
	struct wall_time watched_since;
	enum service_state state;       /* the worst, by exit order */
	struct snapshot_counts counts;
	int incidents;                  /* open, not caused by another */
	struct wall_time incident_since; /* of the oldest open one; 0 none */
	bool offline;                   /* observer: this host is offline */
	const char *banner;             /* a reload's errors, a bad theme; NULL */
	struct wall_time newest_sample; /* for "data N s old" */
	uint64_t skipped_runs;          /* late runs that were skipped */
	const struct service_row *rows; /* in the fleet's order */
	size_t row_count;
	const struct timeline_entry *timeline;
	size_t timeline_count;
	struct log_window logs;         /* of the service that is open */
	struct exchange **held;         /* references behind the rows' exchanges; owned */
	size_t held_count;
};

struct snapshot *snapshot_ref(struct snapshot *snapshot);
void snapshot_unref(struct snapshot *snapshot);
const struct service_row *snapshot_row(const struct snapshot *snapshot, uint64_t service_id);
const struct check_row *service_row_check(const struct service_row *row, uint64_t check_id);

#endif
