/* Worker jobs: at most two on uv's threads, the others wait in order. Cancelling is a request that
 * the work looks at; `done` runs on the loop whatever happens. See net.h. */
#include "net/loop.h"

#include "base/xalloc.h"

#include <stdatomic.h>

#define JOBS_AT_ONCE 2

struct net_job {
	struct net *net;
	uv_work_t uv;
	void (*work)(void *context, const struct net_job *job);
	void (*done)(void *context, bool cancelled);
	void *context;
	atomic_bool cancelled;
	bool running;
	struct net_job *next, *previous;
	struct net_timer skipped; /* reports a job that was cancelled before it ran */
};

static void unlink_job(struct net_job *job)
{
	struct net *net = job->net;

	*(job->previous != NULL ? &job->previous->next : &net->first_job) = job->next;
	*(job->next != NULL ? &job->next->previous : &net->last_job) = job->previous;
}

static void finish(struct net_job *job)
{
	bool cancelled = atomic_load(&job->cancelled);

	net_timer_stop(&job->skipped);
	unlink_job(job);
	job->done(job->context, cancelled);
	free(job);
}

static void finish_skipped(void *context)
{
	finish(context);
}

static void run_work(uv_work_t *uv)
{
	struct net_job *job = uv->data;

	job->work(job->context, job);
}

static void start_next(struct net *net);

static void on_worked(uv_work_t *uv, int status)
{
	struct net_job *job = uv->data;
	struct net *net = job->net;

	(void)status;
	net->jobs_running--;
	finish(job);
	start_next(net);
}

static void start_next(struct net *net)
{
	for (struct net_job *job = net->first_job;
	     job != NULL && net->jobs_running < JOBS_AT_ONCE; job = job->next) {
		if (job->running || atomic_load(&job->cancelled))
			continue;
		job->running = true;
		net->jobs_running++;
		net->stats.jobs++;
		if (uv_queue_work(&net->loop, &job->uv, run_work, on_worked) != 0)
			BUG("no worker thread");
	}
}

struct net_job *net_job_start(struct net *net, void (*work)(void *context, const struct net_job *job),
			      void (*done)(void *context, bool cancelled), void *context)
{
	struct net_job *job = xcalloc(1, sizeof(*job));

	job->net = net;
	job->work = work;
	job->done = done;
	job->context = context;
	job->uv.data = job;
	job->previous = net->last_job;
	*(net->last_job != NULL ? &net->last_job->next : &net->first_job) = job;
	net->last_job = job;
	net_timer_init(&job->skipped, net, finish_skipped, job);
	start_next(net);
	return job;
}

void net_job_cancel(struct net_job *job)
{
	atomic_store(&job->cancelled, true);
	if (!job->running)
		net_timer_set(&job->skipped, (struct mono_time){0});
}

bool net_job_cancelled(const struct net_job *job)
{
	return atomic_load(&job->cancelled);
}

bool net_jobs_cancel_all(struct net *net)
{
	struct net_job *next;

	for (struct net_job *job = net->first_job; job != NULL; job = next) {
		next = job->next;
		atomic_store(&job->cancelled, true);
		if (!job->running)
			finish(job);
	}
	return net->first_job != NULL;
}
