/* Assertions that hold without being written (HELD in check_types.def), put in front of a check's own
 * unless those speak of the same subject: who writes `role == slave` knows what to expect, and who writes
 * `rcode == NXDOMAIN` expects no answer. */
#include "config/settings.h"

#define HELD_MOST 6 /* lines of one type in one list */

static bool speaks_of(const struct assertion *list, size_t count, enum subject subject)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].any_count != 0 ? speaks_of(list[i].any, list[i].any_count, subject)
					   : list[i].subject == subject)
			return true;
	}
	return false;
}

/* Parsed once a fleet: the list is found again by the place of its line. */
static const struct assertion *parsed(struct builder *builder, const struct held_line *held)
{
	uint64_t id = (uint64_t)(uintptr_t)held << 5 | (uint64_t)held->type;
	const struct assertion_list *list = idmap_get(builder->assertions, id);
	struct node *node;

	if (list != NULL)
		return list->at;
	node = arena_alloc(&builder->scratch, sizeof(*node));
	*node = (struct node){.kind = NODE_SCALAR, .quoted = true, .text = held->line,
			      .text_len = (uint32_t)strlen(held->line)};
	list = build_assertions(builder, held->type, node);
	if (!list->sound || list->len != 1)
		BUG("the line '%s' does not parse", held->line);
	idmap_put(builder->assertions, id, (void *)(uintptr_t)list);
	return list->at;
}

/* Who says with which words the server refuses does not wait for an answer. */
static bool is_refused(const struct assertion *line, const struct assertion *list, size_t count)
{
	return line->op == OP_EXISTS && (speaks_of(list, count, SUBJECT_RCODE) ||
					 speaks_of(list, count, SUBJECT_REFUSAL));
}

static void hold(struct builder *builder, enum check_type type, bool warn,
		 const struct assertion **list, size_t *count)
{
	struct assertion *all = NULL;
	size_t held_count, found = 0;
	const struct held_line *held = held_lines(&held_count);

	for (size_t i = 0; i < held_count; i++) {
		const struct assertion *line;

		if (held[i].type != type || held[i].warn != warn)
			continue;
		line = parsed(builder, &held[i]);
		if (speaks_of(*list, *count, line->subject) || is_refused(line, *list, *count))
			continue;
		if (all == NULL)
			all = arena_array(&builder->fleet->arena, *count + HELD_MOST, sizeof(*all));
		if (found == HELD_MOST)
			BUG("more than %d lines hold for one type", HELD_MOST);
		all[found] = *line;
		all[found++].held = true;
	}
	if (found == 0)
		return;
	if (*count != 0)
		memcpy(all + found, *list, *count * sizeof(*all));
	*list = all;
	*count += found;
}

void settings_hold(struct builder *builder, struct check *check)
{
	hold(builder, check->type, false, &check->expect, &check->expect_count);
	hold(builder, check->type, true, &check->warn, &check->warn_count);
}
