/* What a certificate chain says, as values: how long the leaf and the whole chain still hold, for whom,
 * by whom. All that shake hands by TLS use this. See run.h. */
#include "probe/run.h"

static struct sample_value left(enum subject subject, struct wall_time end)
{
	return (struct sample_value){.subject = subject,
				     .value = value_duration(end.ns - clock_wall().ns)};
}

/* "a.example, b.example" as a list; false where there is no name. */
static bool split_names(const char *names, struct arena *arena, struct value *value)
{
	char *text = arena_strdup(arena, names);
	const char **items;
	size_t count = text[0] != '\0';

	for (const char *at = text; (at = strstr(at, ", ")) != NULL; at += 2)
		count++;
	items = arena_array(arena, count, sizeof(*items));
	*value = (struct value){.type = VALUE_LIST, .as.list = {items, 0}};
	while (value->as.list.len < count) {
		char *comma = strstr(text, ", ");

		items[value->as.list.len++] = text;
		if (comma == NULL)
			break;
		*comma = '\0';
		text = comma + 2;
	}
	return count != 0;
}

size_t probe_cert_values(const struct certificate *certs, size_t count, struct sample_value *values,
			 struct arena *arena)
{
	struct wall_time first = {INT64_MAX};
	struct value names;
	size_t added = 0;

	if (count == 0)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (certs[i].not_after.ns < first.ns)
			first = certs[i].not_after;
	values[added++] = left(SUBJECT_CERT, certs[0].not_after);
	values[added++] = left(SUBJECT_CERT_CHAIN, first);
	if (split_names(certs[0].names, arena, &names))
		values[added++] = (struct sample_value){.subject = SUBJECT_CERT_NAMES, .value = names};
	values[added++] = (struct sample_value){
		.subject = SUBJECT_CERT_ISSUER,
		.value = value_string(arena_strdup(arena, certs[0].issuer))};
	return added;
}
