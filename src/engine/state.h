/* The fleet as it stands, in memory; shared by the files of engine/ and nobody else. Everything here is
 * a function of the events so far: no clock, no address and no hash order shows in it. */
#ifndef ENGINE_STATE_H
#define ENGINE_STATE_H

#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "engine/engine.h"
#include "judge/judge.h"
#include "judge/series.h"
#include "judge/standing.h"
#include "judge/window.h"

#define TIMELINE_SHOWN 64

/* A verdict as it is kept between samples, in one allocation: the message, then for each result a byte
 * of flags and two strings, all with their NUL. */
struct kept_verdict {
	uint32_t cap, len;
	uint16_t count;
	char bytes[];
};

/* The newest sample's values, in one allocation; what they point to lies behind them. */
struct kept_values {
	size_t size;
	size_t count;
	struct sample_value at[];
};

struct service_node;

struct check_node {
	uint64_t id;
	const struct check *check;
	struct service_node *service; /* NULL: an observer */
	struct series series;
	struct window window;
	struct wall_time since;	      /* of series.state */
	struct wall_time observed_at; /* of the newest sample; 0 none yet */
	int64_t answered_ns;	      /* engine time of the newest sample */
	int64_t last_latency_ns;
	int64_t p95_ns; /* as of the newest sample */
	struct phases phases;
	uint8_t failure, failed_phase;
	bool stale;
	bool answered; /* the newest sample had an answer, so a latency */
	bool speaks;   /* its verdict has a message; each snapshot asks, so it is not looked up there */
	struct kept_verdict *verdict;
	struct kept_values *values;
	struct judge_memo *memo;
	/* Evidence: references. */
	struct exchange *newest, *last_failure, *last_success;
	struct wall_time last_failure_at, last_success_at;
	char *last_failure_message;
};

/* A pattern of the rules as seen in one service's logs. */
struct seen_match {
	size_t pattern;
	uint64_t source;
	uint64_t count;
	struct log_match last; /* `text` is owned */
	struct wall_time first_time;
	uint64_t first_number;
};

/* What takes work to find for a row, as of the last snapshot. */
struct service_measures {
	int64_t latency_ns, p95_ns;
	uint8_t history[HISTORY_CELLS];
};

/* What has been found out about a service in trouble. */
struct service_trouble {
	struct VEC_OF(struct seen_match) matches;
	/* Diagnosis; everything in `causes`. */
	struct arena causes;
	const struct diagnosis *diagnoses;
	size_t diagnosis_count;
	uint64_t case_digest;
	struct wall_time diagnosed_at;
	const char *since_evidence; /* in `causes`: what tells of a time before we watched */
	struct wall_time since_evidence_at;
};

struct service_node {
	uint64_t id;
	const struct service *service;
	struct check_node **checks;
	size_t check_count;
	struct service_node **parents, **children; /* depends_on, and who depends on this */
	size_t parent_count, child_count;
	enum service_state state;
	enum service_state last_state; /* before it went stale or offline */
	bool known;		       /* had a state other than PENDING */
	bool complete;		       /* every check has answered since it was loaded first */
	bool stale, maintenance, flapping, muted;
	bool since_at_least; /* the state was there when we began to watch */
	bool case_open;	     /* its facts changed since the last diagnosis */
	bool measures_dirty;
	struct wall_time silenced_until; /* by Alertmanager; 0 not */
	struct wall_time since;
	struct service_standing standing;
	char *why;		   /* owned; NULL = "" */
	char *acked_by, *ack_text; /* owned; acked where acked_by is set */
	struct strip strip;
	int64_t deadline_ns; /* engine time of the next thing that time alone changes */
	/* Who is to blame, of its parents; owned. */
	uint64_t *caused_by;
	size_t caused_count;
	struct service_trouble *trouble; /* owned; NULL: never any, see service_trouble() */
	struct service_measures measures; /* valid unless `measures_dirty` */
};

struct timeline_node {
	struct wall_time at;
	uint64_t service_id, check_id;
	enum event_kind kind;
	char *text; /* owned */
};

/* Hosts that only gave local errors lately. */
#define LOCAL_HOSTS 3
struct local_host {
	uint64_t host;
	int64_t at_ns;
};

struct engine {
	struct fleet *fleet;
	struct ruleset *rules;
	struct engine_options options;
	uint64_t number;       /* of the newest event */
	struct mono_time mono; /* of the newest event */
	struct wall_time wall;
	struct wall_time watched_since;
	struct mono_time
		awake_since; /* of the last sleep's end; runs begun before it say nothing */
	int64_t slept_ns;    /* engine time = mono + this */
	int64_t slot_ns;     /* of the history strip */
	bool recut;	     /* while loading: slots have another length than before */
	struct service_node *services;
	size_t service_count;
	struct check_node *checks; /* in the fleet's order */
	size_t check_count;
	struct check_node *observers;
	size_t observer_count;
	struct idmap *by_check, *by_service;
	bool offline;
	bool quiet; /* edges go out, but not into the timeline */
	bool offline_by_errors;
	struct local_host local_hosts[LOCAL_HOSTS];
	struct wall_time newest_sample;
	int64_t deadline_ns;		/* the earliest of all services' */
	struct timeline_node *timeline; /* a ring of timeline_cap */
	size_t timeline_cap, timeline_len, timeline_at;
	struct VEC_OF(struct service_node *) open_cases; /* in line from `next_case` on */
	size_t next_case;
	bool dirty;
	int64_t shown_slot; /* history slot of the last snapshot */
};

/* --- engine.c: what every part needs */
int64_t engine_time(const struct engine *engine);
struct service_node *engine_service(const struct engine *engine, uint64_t service_id);
/* Hands an event out with the next number. */
void engine_emit(struct engine *engine, const struct event *event);
void engine_log(struct engine *engine, enum event_kind kind, uint64_t service_id, uint64_t check_id,
		struct wall_time at, const char *text);

/* --- load.c */
void engine_load_fleet(struct engine *engine, struct fleet *fleet);
void engine_unload(struct engine *engine);
void check_node_release(struct check_node *node);
void service_node_release(struct service_node *node);

/* --- sample.c */
void engine_take_sample(struct engine *engine, const struct sample *sample);
/* A check that cannot be put as configured: unknown, with the config's sentence. */
void engine_take_config_error(struct engine *engine, struct check_node *node, const char *error);

/* --- kept.c */
void check_keep_verdict(struct check_node *node, const struct verdict *verdict);
const char *kept_verdict_message(const struct kept_verdict *kept);
/* Results in `arena`. */
const struct assertion_result *kept_verdict_results(const struct kept_verdict *kept,
						    struct arena *arena, size_t *count);
void kept_values_set(struct kept_values **kept, const struct sample_value *values, size_t count);

/* --- service.c */
/* Works out a service's state anew and tells the edge, if there is one. */
void service_settle(struct engine *engine, struct service_node *node, struct wall_time at);
void service_fill_strip(const struct engine *engine, const struct service_node *node,
			struct strip *strip);
void service_put_answer(struct engine *engine, struct check_node *check, enum check_state result);
/* What time alone changes: staleness, maintenance. */
void engine_pass_time(struct engine *engine);
/* Every service anew: the observer's word changed. */
void engine_settle_all(struct engine *engine);

/* --- cause.c */
void service_find_causes(struct engine *engine, struct service_node *node);
bool service_is_incident(const struct service_node *node);

/* --- cases.c */
/* Never NULL. */
const struct service_trouble *service_trouble(const struct service_node *node);
/* To be written to; made where there is none yet. */
struct service_trouble *service_trouble_begin(struct service_node *node);
void service_trouble_free(struct service_trouble *trouble);
/* Something that a diagnosis of this service hangs on may have changed. */
void service_facts_changed(struct engine *engine, struct service_node *node);
void service_parent_changed(struct engine *engine, struct service_node *node);
void engine_take_match(struct engine *engine, uint64_t service_id, const struct log_match *match);
/* Diagnoses what is open, some of it; at the end of every event. */
void engine_settle_cases(struct engine *engine, enum event_kind kind);
void service_open_case(struct engine *engine, struct service_node *node);

/* --- observer.c */
void observer_note(struct engine *engine, const struct check_node *node,
		   const struct sample *sample);
/* True while answers may be the fault of this host: they are shown, but count for nothing. */
bool observer_doubts(const struct engine *engine);
void observer_settle(struct engine *engine);

#endif
