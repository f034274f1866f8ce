/* The inside of `struct net`, for the files of net/ alone: the uv loop, the due heap of timers,
 * the queue of worker jobs and the lists that http, streams and the resolver hang on it. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/vec.h"
#include "net/net.h"

#include <uv.h>

#define NET_MAGIC 0x6e657431u

/* A timer inside another object; net_timer_new() makes one on the heap. `slot` is its place in
 * the heap, SIZE_MAX while it is not armed. */
struct net_timer {
	struct net *net;
	void (*fire)(void *context);
	void *context;
	struct mono_time due;
	size_t slot;
	uint64_t armed_turn;
};

struct before_wait {
	void (*run)(void *context);
	void *context;
};

struct multi_set;
struct resolver;
struct http_pool;
struct tls_room;
struct stream;
struct process;

struct net {
	uint32_t magic;
	bool closing;
	uv_loop_t loop;
	uv_prepare_t prepare;
	uv_timer_t wake;
	/* What `wake` is armed for, in ms of uv's clock; UINT64_MAX while it is not. It may be
	 * early (its timer was stopped meanwhile), never late. */
	uint64_t wake_at_ms;
	bool firing;
	uint64_t turn;
	struct VEC_OF(struct net_timer *) heap;
	struct VEC_OF(struct before_wait) before_wait;
	/* Jobs: `running` are on a thread, the others wait in order. */
	struct net_job *first_job, *last_job;
	size_t jobs_running;
	struct multi_set *multis;
	struct resolver *resolver;
	struct http_pool *http;
	struct tls_room *tls;
	struct oauth_room *oauth;
	struct stream *streams; /* open ones */
	struct process *processes; /* not reaped or not let go of yet */
	struct process *first_unborn, *last_unborn; /* that wait to be started */
	struct net_timer births;
	struct net_stats stats;
	int64_t stall_ns;
	int64_t turn_began_ns; /* the end of the last wait */
	uint64_t idle_ns;      /* uv's idle time when the turn began */
};

void net_timer_init(struct net_timer *timer, struct net *net, void (*fire)(void *context),
		    void *context);
/* Fires what is due; the callback of `wake`. */
void net_timers_fire(uv_timer_t *wake);
/* Before a wait: arms for the first one. */
void net_timers_arm(struct net *net);
/* Makes the next turn come without waiting. */
void net_wake_now(struct net *net);

void net_processes_init(struct net *net);
/* Kills all child processes, and waits for none. */
void net_processes_end(struct net *net);

/* Cancels all jobs; true while one is on a thread still. */
bool net_jobs_cancel_all(struct net *net);

#endif
