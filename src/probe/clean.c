/* The gate for measured values: they go to screens, facts and outputs, so none leaves the probes raw
 * or with a secret in it. See run.h. */
#include "probe/run.h"

#include "base/limits.h"
#include "base/scrub.h"

/* A foreign text, harmless and redacted: the same bytes where there is nothing to do. */
static const char *clean_text(const struct redactor *redactor, struct arena *arena, const char *text,
			      size_t *len)
{
	struct strbuf redacted, clean;
	const char *kept;

	if ((redactor == NULL || redactor_empty(redactor)) && scrub_is_clean(text, *len))
		return text;
	strbuf_init(&redacted, LIMIT_BODY);
	strbuf_init(&clean, LIMIT_BODY);
	if (redactor != NULL && !redactor_empty(redactor))
		redact(redactor, &redacted, text, *len);
	else
		strbuf_add(&redacted, text, *len);
	scrub(&clean, redacted.data, redacted.len, SCRUB_TEXT);
	kept = arena_strndup(arena, clean.data, clean.len);
	*len = clean.len;
	strbuf_release(&redacted);
	strbuf_release(&clean);
	return kept;
}

char *probe_shown(const struct probe *probe, const char *bytes, size_t len, size_t max)
{
	const struct redactor *redactor = probe_redactor(probe);
	struct strbuf redacted;
	char *text;

	if (redactor == NULL || redactor_empty(redactor))
		return scrub_dup(bytes, len, max, SCRUB_TEXT);
	strbuf_init(&redacted, LIMIT_BODY);
	redact(redactor, &redacted, bytes, len);
	text = scrub_dup(redacted.data, redacted.len, max, SCRUB_TEXT);
	strbuf_release(&redacted);
	return text;
}

static bool holds_text(const struct sample *sample)
{
	for (size_t i = 0; i < sample->value_count; i++)
		if (sample->values[i].value.type == VALUE_STRING ||
		    sample->values[i].value.type == VALUE_LIST)
			return true;
	return false;
}

void sample_clean(struct sample *sample, const struct redactor *redactor, struct arena *arena)
{
	struct sample_value *values;

	if (!holds_text(sample))
		return;
	values = arena_memdup(arena, sample->values, sample->value_count * sizeof(*values));
	for (size_t i = 0; i < sample->value_count; i++) {
		struct value *value = &values[i].value;

		if (value->type == VALUE_STRING) {
			value->as.string.bytes = clean_text(redactor, arena, value->as.string.bytes,
							    &value->as.string.len);
		} else if (value->type == VALUE_LIST) {
			const char **items = arena_array(arena, value->as.list.len, sizeof(*items));

			for (size_t j = 0; j < value->as.list.len; j++) {
				size_t len = strlen(value->as.list.items[j]);

				items[j] = clean_text(redactor, arena, value->as.list.items[j], &len);
			}
			value->as.list.items = items;
		}
	}
	sample->values = values;
}
