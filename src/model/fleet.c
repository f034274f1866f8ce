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

/* --- credentials, transport ------------------------------------------------------------------ */

const struct auth *check_auth(const struct check *check)
{
	static const struct auth none = {.kind = AUTH_NONE};

	return check->auth != NULL ? check->auth : &none;
}

const struct tls_options *check_tls(const struct check *check)
{
	static const struct tls_options usual = {.verify = true};

	return check->tls != NULL ? check->tls : &usual;
}

/* --- settings -------------------------------------------------------------------------------- */

static const struct setting *find_setting(const struct check *check, enum check_key key)
{
	for (size_t i = 0; i < check->setting_count; i++)
		if (check->settings[i].key == key)
			return &check->settings[i];
	return NULL;
}

const char *check_text(const struct check *check, enum check_key key, const char *fallback)
{
	const struct setting *setting = find_setting(check, key);

	return setting != NULL ? setting->as.text : fallback;
}

bool check_flag(const struct check *check, enum check_key key, bool fallback)
{
	const struct setting *setting = find_setting(check, key);

	return setting != NULL ? setting->as.flag : fallback;
}

int64_t check_number(const struct check *check, enum check_key key, int64_t fallback)
{
	const struct setting *setting = find_setting(check, key);

	return setting != NULL ? setting->as.number : fallback;
}

const char *const *check_texts(const struct check *check, enum check_key key, size_t *count)
{
	const struct setting *setting = find_setting(check, key);

	*count = setting != NULL ? setting->as.texts.count : 0;
	return setting != NULL ? setting->as.texts.at : NULL;
}

const struct name_value *check_pairs(const struct check *check, enum check_key key, size_t *count)
{
	const struct setting *setting = find_setting(check, key);

	*count = setting != NULL ? setting->as.pairs.count : 0;
	return setting != NULL ? setting->as.pairs.at : NULL;
}

/* --- maintenance ----------------------------------------------------------------------------- */

/* The offset at a moment; `until` gets the next change of it. */
static int offset_at(const struct maintenance *window, struct wall_time at, struct wall_time *until)
{
	int offset = 0;

	until->ns = INT64_MAX;
	for (size_t i = 0; i < window->shift_count; i++) {
		if (window->shifts[i].from.ns > at.ns) {
			*until = window->shifts[i].from;
			break;
		}
		offset = window->shifts[i].offset_s;
	}
	return offset;
}

struct wall_time maintenance_local(const struct maintenance *window, struct wall_time local)
{
	struct wall_time at = local, ignored;

	/* The second round is right unless `local` lies in a gap of the zone's clock. */
	for (int i = 0; i < 2; i++)
		at.ns = local.ns - offset_at(window, at, &ignored) * NS_PER_S;
	return at;
}

bool maintenance_open(const struct maintenance *window, struct wall_time at, int64_t *next_ns)
{
	struct wall_time shift, ignored;
	int64_t moved_s = offset_at(window, at, &shift) - offset_at(window, window->start, &ignored);
	int64_t past = at.ns - window->start.ns + moved_s * NS_PER_S;
	bool open = false;

	*next_ns = INT64_MAX;
	if (past >= 0 && window->every_ns > 0) {
		past %= window->every_ns;
		*next_ns = window->every_ns - past;
	}
	if (past < 0) {
		*next_ns = -past;
	} else if (past < window->duration_ns) {
		open = true;
		*next_ns = window->duration_ns - past;
	}
	if (shift.ns != INT64_MAX && shift.ns - at.ns < *next_ns)
		*next_ns = shift.ns - at.ns;
	return open;
}

bool check_holds(const struct check *check, enum subject subject)
{
	for (size_t i = 0; i < check->expect_count; i++)
		if (check->expect[i].held && check->expect[i].subject == subject)
			return true;
	return false;
}

bool check_speaks_of(const struct check *check, enum subject subject)
{
	const struct {
		const struct assertion *at;
		size_t count;
	} lists[] = {{check->expect, check->expect_count}, {check->warn, check->warn_count}};

	for (size_t i = 0; i < BASE_LEN(lists); i++)
		for (size_t j = 0; j < lists[i].count; j++) {
			const struct assertion *line = &lists[i].at[j];

			if (line->any_count == 0 && line->subject == subject)
				return true;
			for (size_t k = 0; k < line->any_count; k++)
				if (line->any[k].subject == subject)
					return true;
		}
	return false;
}
