/* Verdicts and values packed for keeping: one allocation each, written again in place while the shape
 * stays the same, which it does from one sample of a healthy check to the next. */
#include "engine/state.h"

#define FLAG_PASS 1
#define FLAG_WARN 2
#define FLAG_SKIPPED 4

static size_t verdict_size(const struct verdict *verdict)
{
	size_t size = strlen(verdict->message) + 1;

	for (size_t i = 0; i < verdict->assertion_count; i++)
		size += 3 + strlen(verdict->assertions[i].expected) +
			strlen(verdict->assertions[i].got);
	return size;
}

static char *put_text(char *at, const char *text)
{
	size_t len = strlen(text) + 1;

	memcpy(at, text, len);
	return at + len;
}

static void kept_verdict_set(struct kept_verdict **kept, const struct verdict *verdict)
{
	size_t size = verdict_size(verdict);
	char *at;

	/* Shrinks too: a long failure must not be paid for during the healthy time after it. */
	if (*kept == NULL || size > (*kept)->cap || size + 128 < (*kept)->cap) {
		*kept = xrealloc(*kept, sizeof(**kept) + size);
		(*kept)->cap = (uint32_t)size;
	}
	(*kept)->len = (uint32_t)size;
	(*kept)->count = (uint16_t)verdict->assertion_count;
	at = put_text((*kept)->bytes, verdict->message);
	for (size_t i = 0; i < verdict->assertion_count; i++) {
		const struct assertion_result *result = &verdict->assertions[i];

		*at++ = (char)((result->pass ? FLAG_PASS : 0) | (result->warn ? FLAG_WARN : 0) |
			       (result->skipped ? FLAG_SKIPPED : 0));
		at = put_text(at, result->expected);
		at = put_text(at, result->got);
	}
}

void check_keep_verdict(struct check_node *node, const struct verdict *verdict)
{
	kept_verdict_set(&node->verdict, verdict);
	node->speaks = verdict->message[0] != '\0';
}

const char *kept_verdict_message(const struct kept_verdict *kept)
{
	return kept != NULL ? kept->bytes : "";
}

const struct assertion_result *kept_verdict_results(const struct kept_verdict *kept,
						    struct arena *arena, size_t *count)
{
	struct assertion_result *results;
	const char *at;

	*count = kept != NULL ? kept->count : 0;
	if (*count == 0)
		return NULL;
	results = arena_array(arena, *count, sizeof(*results));
	at = kept->bytes + strlen(kept->bytes) + 1;
	for (size_t i = 0; i < *count; i++) {
		unsigned flags = (unsigned char)*at++;

		results[i].pass = (flags & FLAG_PASS) != 0;
		results[i].warn = (flags & FLAG_WARN) != 0;
		results[i].skipped = (flags & FLAG_SKIPPED) != 0;
		results[i].expected = arena_strdup(arena, at);
		at += strlen(at) + 1;
		results[i].got = arena_strdup(arena, at);
		at += strlen(at) + 1;
	}
	return results;
}

/* --- values -------------------------------------------------------------------------------- */

static size_t value_size(const struct sample_value *value)
{
	size_t size = value->argument != NULL ? strlen(value->argument) + 1 : 0;

	if (value->value.type == VALUE_STRING)
		size += value->value.as.string.len + 1;
	if (value->value.type == VALUE_LIST) {
		size += value->value.as.list.len * sizeof(char *);
		for (size_t i = 0; i < value->value.as.list.len; i++)
			size += strlen(value->value.as.list.items[i]) + 1;
	}
	return size;
}

static bool same_value(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case VALUE_NULL:
		return true;
	case VALUE_BOOL:
		return a->as.boolean == b->as.boolean;
	case VALUE_NUMBER:
		return a->as.number == b->as.number;
	case VALUE_DURATION:
		return a->as.duration_ns == b->as.duration_ns;
	case VALUE_STRING:
		return a->as.string.len == b->as.string.len &&
		       memcmp(a->as.string.bytes, b->as.string.bytes, a->as.string.len) == 0;
	case VALUE_LIST:
		if (a->as.list.len != b->as.list.len)
			return false;
		for (size_t i = 0; i < a->as.list.len; i++)
			if (strcmp(a->as.list.items[i], b->as.list.items[i]) != 0)
				return false;
		return true;
	}
	return false;
}

static bool plain_value(const struct value *value)
{
	return value->type != VALUE_STRING && value->type != VALUE_LIST;
}

/* The usual case: the same subjects, and at most numbers that moved. */
static bool update_in_place(struct kept_values *kept, const struct sample_value *values,
			    size_t count)
{
	if (kept == NULL || kept->count != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (kept->at[i].subject != values[i].subject ||
		    !same_text(kept->at[i].argument, values[i].argument))
			return false;
		if (!same_value(&kept->at[i].value, &values[i].value) &&
		    !(plain_value(&values[i].value) && plain_value(&kept->at[i].value)))
			return false;
	}
	for (size_t i = 0; i < count; i++)
		if (plain_value(&values[i].value))
			kept->at[i].value = values[i].value;
	return true;
}

static char *put_bytes(char **at, const char *bytes, size_t len)
{
	char *copy = *at;

	memcpy(copy, bytes, len);
	copy[len] = '\0';
	*at += len + 1;
	return copy;
}

void kept_values_set(struct kept_values **kept, const struct sample_value *values, size_t count)
{
	size_t size = sizeof(**kept) + count * sizeof(*values);
	const char **items;
	char *at;

	if (update_in_place(*kept, values, count))
		return;
	free(*kept);
	*kept = NULL;
	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		size += value_size(&values[i]);
	*kept = xmalloc(size);
	(*kept)->size = size;
	(*kept)->count = count;
	/* Lists of pointers first, so that they stay aligned; then all bytes. */
	items = (const char **)(void *)&(*kept)->at[count];
	for (size_t i = 0; i < count; i++) {
		struct sample_value *copy = &(*kept)->at[i];

		*copy = values[i];
		if (copy->value.type == VALUE_LIST) {
			copy->value.as.list.items = items;
			items += copy->value.as.list.len;
		}
	}
	at = (char *)items;
	for (size_t i = 0; i < count; i++) {
		struct value *copy = &(*kept)->at[i].value;

		if (values[i].argument != NULL)
			(*kept)->at[i].argument =
				put_bytes(&at, values[i].argument, strlen(values[i].argument));
		if (copy->type == VALUE_STRING)
			copy->as.string.bytes =
				put_bytes(&at, copy->as.string.bytes, copy->as.string.len);
		for (size_t k = 0; copy->type == VALUE_LIST && k < copy->as.list.len; k++) {
			const char *item = values[i].value.as.list.items[k];

			((const char **)(uintptr_t)copy->as.list.items)[k] =
				put_bytes(&at, item, strlen(item));
		}
	}
}
