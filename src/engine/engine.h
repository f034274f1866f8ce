/* The fleet as it stands: a fold over events. Samples, log matches, ticks, acks and reloads go
 * in; edges and snapshots come out. Pure: no loop, no clock, no I/O. The same events give the
 * same snapshot, byte for byte; a keyframe is the whole state, written and read back. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/json.h"
#include "diagnose/diagnose.h"
#include "model/event.h"
#include "model/fleet.h"
#include "model/snapshot.h"

struct engine;

struct engine_options {
	/* Every event in the order it took effect, EDGE ones included; may be NULL. */
	void (*on_event)(void *context, const struct event *event);
	void *context;
	/* Answers never grow stale: each check is asked once (--once). */
	bool keeps_answers;
};

struct engine *engine_new(struct fleet *fleet, struct ruleset *rules, struct mono_time mono,
			  struct wall_time wall, const struct engine_options *options);
void engine_free(struct engine *engine);
/* Rules may come later (they compile in a worker job) and be replaced. */
void engine_set_rules(struct engine *engine, struct ruleset *rules);
/* Takes one event; its number is given here. */
void engine_apply(struct engine *engine, const struct event *event);

struct snapshot_request {
	struct mono_time mono;
	struct wall_time wall;
	uint64_t detail_service; /* whose details to carry; 0 none */
	bool detail_all;	 /* all of them, for --once -o json */
	const char *banner;
	uint64_t skipped_runs;	       /* sched_skipped() */
	const struct log_window *logs; /* copied into the snapshot; NULL */
};
/* One reference; the caller unrefs it. */
struct snapshot *engine_snapshot(struct engine *engine, const struct snapshot_request *request);

/* True where the state of any row may differ from the last snapshot's (time aside). */
bool engine_dirty(const struct engine *engine);

/* The whole state; reading needs the same fleet. False with a sentence where it cannot. */
void engine_write_keyframe(const struct engine *engine, struct json_writer *out);
bool engine_read_keyframe(struct engine *engine, const struct json *keyframe, struct strbuf *err);
/* One event as one JSON line, and back (into `arena`). A sample's body is written as it came, for it is
 * judged again on reading: who keeps such lines keeps them 0600. A reload carries no fleet; whoever
 * replays puts it in. */
void event_write(const struct event *event, struct json_writer *out);
bool event_read(const struct json *line, struct arena *arena, struct event *event,
		struct strbuf *err);
/* Drops the references that event_read() took; the rest goes with the arena. */
void event_release(struct event *event);
const char *event_kind_name(enum event_kind kind); /* "sample", "edge" … */
/* EVENT_KIND_COUNT where there is no such kind. */
enum event_kind event_kind_find(const char *name);

#endif
