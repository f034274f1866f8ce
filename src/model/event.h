/* What happens to a fleet, as plain, versioned, numbered records: engine/ is a fold over them, a
 * recording is a list of them, and replay feeds the same ones again. */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include "model/log.h"
#include "model/sample.h"
#include "model/state.h"

#define EVENT_VERSION 1

enum event_kind {
	EVENT_SAMPLE,    /* an answer came */
	EVENT_TICK,      /* time passed: staleness, maintenance */
	EVENT_LOG_MATCH, /* a pattern of a rule was seen in a service's log */
	EVENT_ACK,       /* somebody took a service; `on` false gives it back */
	EVENT_MUTE,
	EVENT_SILENCE,   /* Alertmanager has a silence that speaks of a service, or has none any more */
	EVENT_NOTE,
	EVENT_RELOAD,    /* another fleet from here on */
	EVENT_SUSPENDED, /* this machine slept */
	EVENT_EDGE,      /* out of the engine, never in: a state changed */
	EVENT_KIND_COUNT
};

struct event {
	uint64_t number;          /* 1, 2, 3 … in the order the engine took them */
	struct mono_time mono;
	struct wall_time wall;
	enum event_kind kind;
	uint64_t service_id;      /* LOG_MATCH, ACK, MUTE, SILENCE, NOTE, EDGE */
	union {
		const struct sample *sample;
		const struct log_match *match;
		struct {
			bool on;
			const char *who;
			const char *text;
		} word;           /* ACK, MUTE, NOTE */
		struct {
			struct wall_time until; /* 0: lifted */
			const char *who;        /* made it */
			const char *text;       /* its comment */
		} silence;
		struct {
			uint64_t check_id; /* 0: the service itself changed */
			int from, to;      /* enum check_state, or enum service_state */
			const char *why;
		} edge;
		struct fleet *fleet;   /* RELOAD; borrowed */
	} as;
};

#endif
