/* The inside of struct logs. Who may touch what: `held` and the lists are the loop's; a tail and a
 * source's `next_number` are the sweep's while one runs. */
#ifndef LOGS_STATE_H
#define LOGS_STATE_H

#include "logs/held.h"
#include "logs/logs.h"
#include "logs/tail.h"

struct log_service;
struct source;

/* One file: a path of a source. */
struct stream {
	struct source *source;
	struct held_stream held;
	struct tail tail;
	/* The hint, while somebody looks at the service: of this very file. */
	struct net_file_watch *watch;
	dev_t watched_device;
	ino_t watched_inode;
	/* Serials that the current patterns have not seen: rescan_from <= … < rescan_to. */
	uint64_t rescan_from, rescan_to;
};

/* One entry of `logs:`. */
struct source {
	struct log_service *service;
	uint64_t id;
	char *path; /* or glob */
	bool is_glob;
	bool globbed; /* at least once: what it finds from now on is new from its first byte */
	struct mono_time glob_due;
	uint64_t next_number;
	struct VEC_OF(struct stream *) streams;
};

struct log_service {
	uint64_t id;
	struct VEC_OF(struct source *) sources;
	struct held held;
	char *note;
	struct wall_time note_at;
	struct mono_time looked; /* when a window was last asked for; 0 never */
};

struct sweep;
struct rescan;
struct logs {
	unsigned magic;
	struct net *net;
	struct fleet *fleet;
	struct fleet *next_fleet; /* a reload that waits for the sweep to end */
	struct logs_events events;
	struct idmap *by_id;
	struct VEC_OF(struct log_service *) services;
	size_t service_bytes; /* what one service may hold */
	struct pattern_set *patterns;
	unsigned generation;      /* of the patterns */
	struct mono_time patience; /* until then growth waits for the patterns */
	struct net_timer *timer;  /* the next sweep … */
	struct mono_time due;     /* … is due then; INT64_MAX: it is under way */
	bool hinted;              /* meanwhile */
	struct scanner scanner;   /* the sweep's */
	struct net_timer *examine_timer; /* filters go on looking */
	struct log_service *examined;
	struct sweep *sweep;      /* under way */
	struct rescan *rescan;
	struct net_job *sweep_job, *rescan_job;
	char *buffer;             /* the sweep's */
	bool swept;               /* the backlogs are there */
	bool closing;             /* logs_free() was called, a job is still to come back */
};

/* sources.c */
void logs_build(struct logs *logs, struct fleet *fleet);
void logs_clear(struct logs *logs);
/* Hints for the files that somebody looks at, no others. Not while a sweep runs. */
void logs_tend_watches(struct logs *logs);
/* Ends the hints: no callback of theirs after this. */
void logs_unwatch(struct logs *logs);
struct stream *source_add_stream(struct source *source, const char *path, bool from_start);
void source_drop_stream(struct source *source, size_t index);
/* sweep.c */
void sweep_start(struct logs *logs);
/* Something may have changed. */
void sweep_hint(struct logs *logs);
/* What the jobs share: hands a batch's matches to the owner. */
void deliver_matches(struct logs *logs, uint64_t service_id, uint64_t source,
		     const struct batch *batch);
/* rescan.c */
void rescan_start(struct logs *logs);
/* logs.c */
void logs_end(struct logs *logs);

#endif
