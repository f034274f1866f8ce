/* Looking for the routes of a server after it said 404: asks the usual places for its OpenAPI
 * document, one after the other, and keeps what it found (also: nothing) for OPENAPI_TTL. */
#ifndef PROBE_ROUTE_LIST_H
#define PROBE_ROUTE_LIST_H

#include "probe/openapi.h"
#include "probe/run.h"

struct route_list {
	struct probe *probe;
	struct routes *routes;   /* NULL: none found, or not looked for */
	struct mono_time looked; /* 0: never */
	/* While it looks: */
	char *places[OPENAPI_PLACES];
	size_t place, place_count;
	struct mono_time deadline;
	struct http_target *target;
	struct http_run *run;
	void (*done)(void *context);
	void *context;
};

void route_list_init(struct route_list *list, struct probe *probe);
void route_list_release(struct route_list *list);
/* True for an answer after which the list is worth looking at. */
bool route_list_wanted(const struct http_result *result);
/* Looks for the list until `deadline` and calls `done` once; false: what is known is fresh, or
 * there is no time left, and `done` will not come. */
bool route_list_look(struct route_list *list, struct mono_time deadline,
		     void (*done)(void *context), void *context);
void route_list_cancel(struct route_list *list);
/* The next look asks again. */
void route_list_forget(struct route_list *list);
/* SUBJECT_ROUTES; false where there is none. */
bool route_list_value(const struct route_list *list, struct sample_value *value);

#endif
