/* The fleet's lifetime and lookups; config/ builds it. See fleet.h. */
#include "model/fleet.h"

#include "base/xalloc.h"

struct fleet *fleet_ref(struct fleet *fleet)
{
	if (fleet != NULL)
		fleet->refs++;
	return fleet;
}

void fleet_unref(struct fleet *fleet)
{
	if (fleet == NULL || --fleet->refs != 0)
		return;
	for (size_t i = 0; i < fleet->path_count; i++)
		json_path_free(fleet->paths[i]);
	for (size_t i = 0; i < fleet->pattern_count; i++)
		pattern_free(fleet->patterns[i]);
	free(fleet->paths);
	free(fleet->patterns);
	redactor_free(fleet->redactor);
	arena_release(&fleet->arena);
	free(fleet);
}

const struct service *fleet_service(const struct fleet *fleet, uint64_t service_id)
{
	for (size_t i = 0; i < fleet->service_count; i++)
		if (fleet->services[i].id == service_id)
			return &fleet->services[i];
	return NULL;
}

const struct service *fleet_service_named(const struct fleet *fleet, const char *name)
{
	for (size_t i = 0; i < fleet->service_count; i++)
		if (strcmp(fleet->services[i].name, name) == 0)
			return &fleet->services[i];
	return NULL;
}

const struct check *fleet_check(const struct fleet *fleet, uint64_t check_id)
{
	for (size_t i = 0; i < fleet->check_count; i++)
		if (fleet->checks[i].id == check_id)
			return &fleet->checks[i];
	for (size_t i = 0; i < fleet->observer_count; i++)
		if (fleet->observers[i].id == check_id)
			return &fleet->observers[i];
	return NULL;
}
