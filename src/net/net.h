/* The only transport: one loop, timers on the monotonic clock, HTTP exchanges over sharded
 * libcurl multi handles, streams, child processes and worker jobs. No other layer sees uv_* or
 * CURL*. Callbacks run on the loop's thread; an object may be freed inside its own callback. */
#ifndef NET_NET_H
#define NET_NET_H

#include "base/clock.h"
#include "base/strbuf.h"

struct net;
/* Raises the soft limit of open files as far as it may: each kept connection is one. */
struct net *net_new(struct strbuf *err);
/* Cancels whatever is under way, closes all handles, ends the loop. */
void net_free(struct net *net);
/* How many groups of targets (struct http_options) there will be, so that their idle connections
 * together fit into the descriptors that this process may have. */
void net_plan(struct net *net, size_t groups);
/* Runs until net_stop(). */
void net_run(struct net *net);
void net_stop(struct net *net);
/* The time of this turn of the loop. */
struct mono_time net_now(const struct net *net);

/* A timer; re-arming replaces, due in the past fires on the next turn. */
struct net_timer;
struct net_timer *net_timer_new(struct net *net, void (*fire)(void *context), void *context);
void net_timer_set(struct net_timer *timer, struct mono_time due);
void net_timer_stop(struct net_timer *timer);
void net_timer_free(struct net_timer *timer);

/* Calls `run` on the loop just before it waits, once a turn (the place to paint). */
void net_before_wait(struct net *net, void (*run)(void *context), void *context);

/* A signal as a loop event. */
struct net_signal;
struct net_signal *net_signal_new(struct net *net, int signum, void (*fire)(void *context, int signum),
				  void *context);
void net_signal_free(struct net_signal *signal);

/* A descriptor that becomes readable (the terminal, a pipe). The caller keeps owning `fd` and
 * frees the watch before closing it. `closed` is true on hang-up or error with nothing left to
 * read. NULL where `fd` can never be waited for: a plain file. */
struct net_watch;
struct net_watch *net_watch_new(struct net *net, int fd, void (*ready)(void *context, bool closed),
				void *context);
void net_watch_free(struct net_watch *watch);

/* A hint that something in the folder of `path` changed; never the truth, stat() is. */
struct net_file_watch;
struct net_file_watch *net_file_watch_new(struct net *net, const char *path,
					  void (*changed)(void *context), void *context);
/* The entries of a folder whose names end in one of `ends`, which has a NULL at its end and outlives the watch. */
struct net_file_watch *net_file_watch_folder(struct net *net, const char *path, const char *const *ends,
					     void (*changed)(void *context), void *context);
/* The file alone, not its folder: no event of its neighbours wakes the loop. Once another file
 * stands at the path, it says nothing any more. */
struct net_file_watch *net_file_watch_itself(struct net *net, const char *path,
					     void (*changed)(void *context), void *context);
void net_file_watch_free(struct net_file_watch *watch);

/* A job on a worker thread, at most two at a time, the others queue. `work` may look at
 * net_job_cancelled(); `done` always runs on the loop, once, then the job is gone. */
struct net_job;
struct net_job *net_job_start(struct net *net, void (*work)(void *context, const struct net_job *job),
			      void (*done)(void *context, bool cancelled), void *context);
void net_job_cancel(struct net_job *job);
bool net_job_cancelled(const struct net_job *job);

/* How many access tokens were had so far; `each` (may be NULL) gets those that are used now: secrets that
 * no configuration names. */
uint64_t net_tokens(const struct net *net, void (*each)(void *context, const char *token), void *context);

/* Counters for tests, bench and :debug. */
struct net_stats {
	uint64_t exchanges, connects, reused, streams, jobs;
	size_t in_flight;
};
struct net_stats net_stats(const struct net *net);
/* The longest turn of the loop, waiting left out, since the last call. */
int64_t net_take_stall(struct net *net);

#endif
