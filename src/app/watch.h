/* The fleet under watch: the straight line config -> due list -> probe -> sample -> engine, with
 * logs and rules beside it. What --once, the console, the wall and --plain have in common. */
#ifndef APP_WATCH_H
#define APP_WATCH_H

#include "config/config.h"
#include "engine/engine.h"
#include "logs/logs.h"
#include "net/net.h"

struct watch;

struct watch_events {
	/* Something that a frame could show has changed. */
	void (*changed)(void *context);
	/* Every event in order, edges included; NULL where nobody listens. */
	void (*event)(void *context, const struct event *event);
	/* A run of a check is over. NULL where nobody listens. */
	void (*finished)(void *context, uint64_t check_id);
	void *context;
};

struct watch_options {
	struct config_request config; /* for reloads; borrowed */
	bool live;                    /* rounds, ticks, reloads: --once has none of them */
	bool logs;                    /* follow the services' logs */
	const char *record;           /* append every event here as JSON lines; NULL */
};

/* Takes a reference to `fleet`. NULL with a sentence where it cannot (the record file). */
struct watch *watch_new(struct net *net, struct fleet *fleet, const struct watch_options *options,
			const struct watch_events *events, struct strbuf *err);
void watch_free(struct watch *watch);
/* The first round. */
void watch_start(struct watch *watch);

struct fleet *watch_fleet(const struct watch *watch);
struct logs *watch_logs(const struct watch *watch);
struct ruleset *watch_rules(const struct watch *watch);
/* Compiles the rules in a worker job, once; a live watch does so at its start, --once only where
 * something is wrong. */
void watch_need_rules(struct watch *watch);
/* True once the rules have compiled, or could not. */
bool watch_rules_ready(const struct watch *watch);
/* Alertmanager, where the fleet names one, has answered or failed to. */
bool watch_silences_settled(const struct watch *watch);
struct snapshot *watch_snapshot(struct watch *watch, uint64_t detail_service, bool detail_all,
				const struct log_window *logs);
/* What is wrong with the files (the configuration of the last reload, the rules) or with Alertmanager;
 * NULL: nothing. */
const char *watch_banner(const struct watch *watch);

/* Runs checks now: one, all of a service (check 0), or all (both 0), after `delay_ns`. */
void watch_recheck(struct watch *watch, uint64_t service_id, uint64_t check_id, int64_t delay_ns);
/* The same for "service/check", as diagnoses name what verifies them; how many were found. */
size_t watch_recheck_named(struct watch *watch, const char *name);
/* Starts no more checks and takes no more answers, for the end of --once. */
void watch_stop(struct watch *watch);
/* Every check without an answer becomes unknown: the deadline passed. */
void watch_give_up(struct watch *watch, int64_t deadline_ns);
/* Reads the files again in a worker job; a bad one keeps what runs and sets the banner. */
void watch_reload(struct watch *watch);
/* EVENT_ACK, EVENT_MUTE or EVENT_NOTE by this user. */
void watch_word(struct watch *watch, enum event_kind kind, uint64_t service_id, bool on,
		const char *text);

#endif
