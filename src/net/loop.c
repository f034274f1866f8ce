/* The loop: one uv loop, its life and its end. Before each wait the curl handles that were given
 * work in this turn are kicked and then the painters run, so that a start costs no timer and a
 * turn's changes are painted once. See net.h. */
#include "net/loop.h"

#include "base/xalloc.h"
#include "net/http_pool.h"
#include "net/multi.h"
#include "net/oauth.h"
#include "net/resolver.h"
#include "net/stream.h"
#include "net/tls.h"

/* The time since the last wait ended, for net_take_stall(): prepare runs right before a wait, and
 * uv says how long it has waited since. */
static void measure_turn(struct net *net)
{
	int64_t now = net_now(net).ns;
	uint64_t idle = uv_metrics_idle_time(&net->loop);
	int64_t turn = now - net->turn_began_ns - (int64_t)(idle - net->idle_ns);

	if (net->turn_began_ns != 0 && turn > net->stall_ns)
		net->stall_ns = turn;
	net->turn_began_ns = now;
	net->idle_ns = idle;
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct net *net = prepare->data;

	CHECK_MAGIC(net, NET_MAGIC);
	net_timers_arm(net);
	multi_kick_all(net->multis);
	for (size_t i = 0; i < net->before_wait.len; i++)
		net->before_wait.at[i].run(net->before_wait.at[i].context);
	/* Painters may have started something. */
	multi_kick_all(net->multis);
	measure_turn(net);
}

struct net *net_new(struct strbuf *err)
{
	struct net *net = xcalloc(1, sizeof(*net));
	int rc = uv_loop_init(&net->loop);

	if (rc != 0) {
		strbuf_addf(err, "the event loop cannot start: %s", uv_strerror(rc));
		free(net);
		return NULL;
	}
	net->magic = NET_MAGIC;
	net->wake_at_ms = UINT64_MAX;
	(void)uv_loop_configure(&net->loop, UV_METRICS_IDLE_TIME);
	uv_prepare_init(&net->loop, &net->prepare);
	uv_timer_init(&net->loop, &net->wake);
	net->prepare.data = net->wake.data = net;
	uv_prepare_start(&net->prepare, on_prepare);
	net_processes_init(net);
	net->resolver = resolver_new(net);
	net->multis = multi_set_new(net, err);
	net->tls = net->multis != NULL ? tls_room_new(net) : NULL;
	net->http = net->multis != NULL ? http_pool_new(net) : NULL;
	net->oauth = oauth_room_new(net);
	if (net->http == NULL) {
		net_free(net);
		return NULL;
	}
	return net;
}

static void close_handle(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void net_free(struct net *net)
{
	if (net == NULL)
		return;
	net->closing = true;
	oauth_room_free(net->oauth);
	http_pool_free(net->http);
	stream_close_all(net);
	net_processes_end(net);
	multi_set_free(net->multis);
	tls_room_free(net->tls);
	resolver_free(net->resolver);
	uv_prepare_stop(&net->prepare);
	uv_timer_stop(&net->wake);
	/* A job on a thread is waited for: it was told, and its `done` is owed. */
	while (net_jobs_cancel_all(net))
		uv_run(&net->loop, UV_RUN_ONCE);
	uv_walk(&net->loop, close_handle, NULL);
	while (uv_run(&net->loop, UV_RUN_DEFAULT) != 0)
		;
	if (uv_loop_close(&net->loop) != 0)
		BUG("the event loop ends with open handles");
	vec_release(&net->heap);
	vec_release(&net->before_wait);
	net->magic = 0;
	free(net);
}

void net_plan(struct net *net, size_t groups)
{
	multi_plan(net->multis, groups);
}

void net_run(struct net *net)
{
	uv_run(&net->loop, UV_RUN_DEFAULT);
}

void net_stop(struct net *net)
{
	uv_stop(&net->loop);
	net_wake_now(net);
}

struct mono_time net_now(const struct net *net)
{
	(void)net;
	return clock_mono();
}

void net_before_wait(struct net *net, void (*run)(void *context), void *context)
{
	vec_push(&net->before_wait, ((struct before_wait){.run = run, .context = context}));
}

int64_t net_take_stall(struct net *net)
{
	int64_t stall = net->stall_ns;

	net->stall_ns = 0;
	return stall;
}

struct net_stats net_stats(const struct net *net)
{
	return net->stats;
}
