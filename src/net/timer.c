/* Timers: a binary heap by due time feeds the one uv timer. uv is re-armed only when an earlier
 * time comes in, never when one is stopped: an early wake-up finds nothing due and re-arms, which
 * is cheaper than moving uv's timer at each check. A timer armed while timers fire waits for the
 * next turn, so that none can keep the loop from its descriptors. See net.h. */
#include "net/loop.h"

#include "base/xalloc.h"

#define NOT_ARMED SIZE_MAX

static void heap_place(struct net *net, size_t slot, struct net_timer *timer)
{
	net->heap.at[slot] = timer;
	timer->slot = slot;
}

static void heap_up(struct net *net, size_t slot)
{
	struct net_timer *timer = net->heap.at[slot];

	while (slot > 0) {
		size_t parent = (slot - 1) / 2;

		if (net->heap.at[parent]->due.ns <= timer->due.ns)
			break;
		heap_place(net, slot, net->heap.at[parent]);
		slot = parent;
	}
	heap_place(net, slot, timer);
}

static void heap_down(struct net *net, size_t slot)
{
	struct net_timer *timer = net->heap.at[slot];

	for (;;) {
		size_t child = 2 * slot + 1;

		if (child >= net->heap.len)
			break;
		if (child + 1 < net->heap.len &&
		    net->heap.at[child + 1]->due.ns < net->heap.at[child]->due.ns)
			child++;
		if (timer->due.ns <= net->heap.at[child]->due.ns)
			break;
		heap_place(net, slot, net->heap.at[child]);
		slot = child;
	}
	heap_place(net, slot, timer);
}

static void heap_remove(struct net *net, size_t slot)
{
	struct net_timer *last = net->heap.at[--net->heap.len];

	net->heap.at[slot]->slot = NOT_ARMED;
	if (slot == net->heap.len)
		return;
	heap_place(net, slot, last);
	heap_up(net, slot);
	heap_down(net, last->slot);
}

static void arm(struct net *net, uint64_t at_ms)
{
	uint64_t now_ms = uv_now(&net->loop);

	/* uv runs a timer that is armed for now within the same pass: net_timers_arm() is later. */
	if (at_ms >= net->wake_at_ms || net->closing || net->firing)
		return;
	net->wake_at_ms = at_ms;
	uv_timer_start(&net->wake, net_timers_fire, at_ms > now_ms ? at_ms - now_ms : 0, 0);
}

static uint64_t due_ms(struct mono_time due)
{
	return due.ns <= 0 ? 0 : (uint64_t)((due.ns - 1) / NS_PER_MS) + 1;
}

void net_wake_now(struct net *net)
{
	arm(net, 0);
}

void net_timers_fire(uv_timer_t *wake)
{
	struct net *net = wake->data;
	struct mono_time now;

	CHECK_MAGIC(net, NET_MAGIC);
	net->wake_at_ms = UINT64_MAX;
	net->turn++;
	net->firing = true;
	now = net_now(net);
	while (net->heap.len != 0) {
		struct net_timer *first = net->heap.at[0];

		if (first->due.ns > now.ns || first->armed_turn == net->turn)
			break;
		heap_remove(net, 0);
		first->fire(first->context);
	}
}

void net_timers_arm(struct net *net)
{
	net->firing = false;
	if (net->heap.len != 0)
		arm(net, due_ms(net->heap.at[0]->due));
}

void net_timer_init(struct net_timer *timer, struct net *net, void (*fire)(void *context),
		    void *context)
{
	*timer = (struct net_timer){
		.net = net, .fire = fire, .context = context, .slot = NOT_ARMED};
}

struct net_timer *net_timer_new(struct net *net, void (*fire)(void *context), void *context)
{
	struct net_timer *timer = xmalloc(sizeof(*timer));

	net_timer_init(timer, net, fire, context);
	return timer;
}

void net_timer_set(struct net_timer *timer, struct mono_time due)
{
	struct net *net = timer->net;

	timer->due = due;
	timer->armed_turn = net->turn;
	if (timer->slot == NOT_ARMED) {
		vec_push(&net->heap, timer);
		timer->slot = net->heap.len - 1;
	}
	heap_up(net, timer->slot);
	heap_down(net, timer->slot);
	arm(net, due_ms(due));
}

void net_timer_stop(struct net_timer *timer)
{
	if (timer->slot != NOT_ARMED)
		heap_remove(timer->net, timer->slot);
}

void net_timer_free(struct net_timer *timer)
{
	if (timer == NULL)
		return;
	net_timer_stop(timer);
	free(timer);
}
