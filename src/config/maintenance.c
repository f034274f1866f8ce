/* `maintenance:`: planned windows. See model/fleet.h for what is made of them. */
#include "config/build.h"
#include "config/keys.h"
#include "config/zone.h"

#define DURATION_MOST (365 * INT64_C(24) * 3600 * NS_PER_S)
#define EVERY_LEAST (60 * NS_PER_S)

#define DAY (24 * 3600 * NS_PER_S)
#define YEARS_AHEAD 10

/* Puts `start` into its zone where it names no offset itself, and keeps the zone's changes. */
static void read_zone(struct builder *builder, const struct node *zone, const char *start,
		      struct maintenance *window)
{
	const char *name = build_text(builder, zone, "'timezone'", NULL);
	struct wall_time until = clock_wall(), other;
	const struct zone_shift *shifts;
	struct strbuf err;
	size_t count;

	if (name == NULL)
		return;
	if (window->start.ns > until.ns)
		until = window->start;
	until.ns += YEARS_AHEAD * 366 * DAY;
	strbuf_init(&err, 200);
	shifts = zone_load(&builder->fleet->arena, name, until, &count, &err);
	if (shifts == NULL)
		build_complain(builder, zone, "%s", err.data);
	strbuf_release(&err);
	(void)wall_parse(start, strlen(start), 3600, &other);
	if (other.ns != window->start.ns) {
		struct maintenance zoned = {.shifts = shifts, .shift_count = count};

		window->start = maintenance_local(&zoned, window->start);
	}
	if (window->every_ns % DAY == 0) {
		window->shifts = shifts;
		window->shift_count = count;
	}
}

static bool read_window(struct builder *builder, const struct node *node,
			struct maintenance *window)
{
	const struct node *start = node_get(node, "start");
	const struct node *duration = node_get(node, "duration");
	const struct node *every = node_get(node, "every");
	const char *text;

	if (node->kind != NODE_MAP) {
		build_complain(
			builder, node,
			"a window is a map like {start: 2026-11-22T02:00, duration: 1h}, not %s",
			build_shown(builder, node));
		return false;
	}
	config_check_keys(node, 1u << KEY_SCOPE_MAINTENANCE, builder->diags);
	if (start == NULL || duration == NULL) {
		build_complain(builder, node, "a window needs its 'start' and 'duration'");
		return false;
	}
	text = build_text(builder, start, "'start'", NULL);
	if (text == NULL)
		return false;
	if (wall_parse(text, strlen(text), 0, &window->start) != strlen(text)) {
		build_complain(builder, start, "%s is no date and time like 2026-11-22T02:00",
			       build_shown(builder, start));
		return false;
	}
	window->duration_ns = build_duration(builder, duration, 0, NS_PER_S, DURATION_MOST);
	window->every_ns = build_duration(builder, every, 0, EVERY_LEAST, DURATION_MOST);
	read_zone(builder, node_get(node, "timezone"), text, window);
	return window->duration_ns != 0;
}

const struct maintenance *build_maintenance(struct builder *builder, const struct node *node,
					    size_t *count)
{
	size_t len = build_list_len(node);
	struct maintenance *windows = arena_array(&builder->fleet->arena, len, sizeof(*windows));

	*count = 0;
	for (size_t i = 0; i < len; i++) {
		if (read_window(builder, build_list_at(node, i), &windows[*count]))
			(*count)++;
	}
	return windows;
}
