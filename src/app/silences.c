/* Alertmanager's word about each service, kept to tell only what changes. See silences.h. */
#include "app/silences.h"

#include "base/xalloc.h"
#include "probe/alertmanager.h"

struct silencing {
	struct fleet *fleet;
	struct alertmanager_poll *poll;
	struct wall_time *until; /* of each service, as it was told last; 0 none */
	bool all;                /* the next word is told of every service */
	char *problem;
	void (*tell)(void *context, struct event *event);
	void (*changed)(void *context);
	void *context;
};

static void tell_service(struct silencing *silencing, size_t index, const struct silence *silence)
{
	struct wall_time until = silence != NULL ? silence->ends : (struct wall_time){0};

	if (silencing->until[index].ns == until.ns && !silencing->all)
		return;
	silencing->until[index] = until;
	silencing->tell(silencing->context,
			&(struct event){.kind = EVENT_SILENCE,
					.service_id = silencing->fleet->services[index].id,
					.as.silence = {.until = until,
						       .who = silence != NULL ? silence->by : NULL,
						       .text = silence != NULL ? silence->comment : NULL}});
}

static void on_silences(void *context, const struct silences *silences, const char *problem)
{
	struct silencing *silencing = context;
	struct wall_time now = clock_wall();

	free(silencing->problem);
	silencing->problem = problem != NULL ? xstrdup(problem) : NULL;
	for (size_t i = 0; silences != NULL && i < silencing->fleet->service_count; i++)
		tell_service(silencing, i,
			     silences_find(silences, silencing->fleet,
					   &silencing->fleet->services[i], now));
	silencing->all &= silences == NULL;
	silencing->changed(silencing->context);
}

struct silencing *silencing_new(struct net *net, struct fleet *fleet, bool again,
				void (*tell)(void *context, struct event *event),
				void (*changed)(void *context), void *context)
{
	struct silencing *silencing;

	if (fleet->alertmanager == NULL)
		return NULL;
	silencing = xcalloc(1, sizeof(*silencing));
	silencing->fleet = fleet_ref(fleet);
	silencing->until = xcalloc(fleet->service_count, sizeof(*silencing->until));
	silencing->all = again;
	silencing->tell = tell;
	silencing->changed = changed;
	silencing->context = context;
	silencing->poll = alertmanager_poll_new(net, fleet, on_silences, silencing);
	return silencing;
}

void silencing_free(struct silencing *silencing)
{
	if (silencing == NULL)
		return;
	alertmanager_poll_free(silencing->poll);
	fleet_unref(silencing->fleet);
	free(silencing->until);
	free(silencing->problem);
	free(silencing);
}

void silencing_lift(struct silencing *silencing)
{
	for (size_t i = 0; silencing != NULL && i < silencing->fleet->service_count; i++)
		tell_service(silencing, i, NULL);
}

bool silencing_settled(const struct silencing *silencing)
{
	return silencing == NULL || alertmanager_poll_settled(silencing->poll);
}

const char *silencing_problem(const struct silencing *silencing)
{
	return silencing != NULL ? silencing->problem : NULL;
}
