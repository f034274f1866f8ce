/* Which services the command line asks for: everything is read and checked, then the others leave
 * the fleet. Invariant: nothing in the fleet points at what has left; a dependency that was not
 * asked for is none. */
#include "config/build.h"

#include <fnmatch.h>

static bool is_asked_for(const struct config_request *request, const struct service *service)
{
	if (request->group != NULL && fnmatch(request->group, service->group, 0) != 0)
		return false;
	for (size_t i = 0; i < request->service_count; i++) {
		if (fnmatch(request->services[i], service->name, 0) == 0)
			return true;
	}
	return request->service_count == 0;
}

/* A glob that matches nothing is most likely a typing error, whatever the others match. */
static void complain_unmatched(struct builder *builder)
{
	const struct config_request *request = builder->request;
	const struct fleet *fleet = builder->fleet;

	for (size_t i = 0; i < request->service_count; i++) {
		const char *glob = request->services[i];
		size_t at = 0;

		while (at < fleet->service_count && fnmatch(glob, fleet->services[at].name, 0) != 0)
			at++;
		if (at == fleet->service_count)
			diags_add(builder->diags, DIAG_ERROR, (struct srcpos){0},
				  "no service is called '%.80s'%s", glob,
				  build_suggest(builder, glob, builder->service_names.at,
						builder->service_names.len));
	}
}

/* Dependencies that stay, at their new places. */
static void keep_depends(struct service *service, struct service *const *moved)
{
	const struct service **list = (const struct service **)service->depends_on;
	size_t kept = 0;

	for (size_t i = 0; i < service->depends_count; i++) {
		const struct service *other = moved[list[i]->index];

		if (other != NULL)
			list[kept++] = other;
	}
	service->depends_count = kept;
}

/* Checks of services that stay, in their order. */
static void keep_checks(struct builder *builder, struct service *const *moved)
{
	size_t kept = 0;

	for (size_t i = 0; i < builder->checks.len; i++) {
		struct check check = builder->checks.at[i];

		check.service = moved[check.service->index];
		if (check.service != NULL)
			builder->checks.at[kept++] = check;
	}
	builder->checks.len = kept;
}

bool build_select(struct builder *builder)
{
	const struct config_request *request = builder->request;
	struct fleet *fleet = builder->fleet;
	struct service **moved, *services;
	size_t kept = 0;

	if (request->group == NULL && request->service_count == 0)
		return true;
	complain_unmatched(builder);
	services = arena_array(&fleet->arena, fleet->service_count, sizeof(*services));
	moved = arena_array(&builder->scratch, fleet->service_count, sizeof(*moved));
	for (size_t i = 0; i < fleet->service_count; i++) {
		if (!is_asked_for(request, &fleet->services[i]))
			continue;
		services[kept] = fleet->services[i];
		moved[i] = &services[kept++];
	}
	keep_checks(builder, moved);
	for (size_t i = 0; i < kept; i++)
		keep_depends(&services[i], moved);
	for (size_t i = 0; i < kept; i++)
		services[i].index = i;
	fleet->services = services;
	fleet->service_count = kept;
	if (kept == 0 && request->group != NULL)
		diags_add(builder->diags, DIAG_ERROR, (struct srcpos){0},
			  "no service that was asked for is in a group '%.80s'", request->group);
	return kept != 0;
}
