/* The gate for measured values: they go to screens, facts and outputs, so none leaves the probes raw
 * or with a secret in it. See run.h. */
#include "probe/run.h"

#include "base/limits.h"
#include "base/scrub.h"

/* A foreign text, harmless and redacted: the same bytes where there is nothing to do. `flags` as for
 * scrub(). */
static const char *clean_text(const struct redactor *redactor, struct arena *arena, const char *text,
			      size_t *len, unsigned flags)
{
	struct strbuf redacted, clean;
	const char *kept;

	if ((redactor == NULL || redactor_empty(redactor)) && scrub_is_clean(text, *len) &&
	    (flags == SCRUB_TEXT || memchr(text, '\n', *len) == NULL))
		return text;
	strbuf_init(&redacted, LIMIT_BODY);
	strbuf_init(&clean, LIMIT_BODY);
	if (redactor != NULL && !redactor_empty(redactor))
		redact(redactor, &redacted, text, *len);
	else
		strbuf_add(&redacted, text, *len);
	scrub(&clean, redacted.data, redacted.len, flags);
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

const char *probe_quote(const struct probe *probe, struct arena *arena, const char *bytes, size_t len,
			size_t most)
{
	const char *kept;
	struct strbuf quoted;

	strbuf_init(&quoted, most + 8);
	redact_quote(probe_redactor(probe), &quoted, bytes, len, most);
	kept = arena_strndup(arena, quoted.data, quoted.len);
	strbuf_release(&quoted);
	return kept;
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
							    &value->as.string.len, SCRUB_TEXT);
		} else if (value->type == VALUE_LIST) {
			const char **items = arena_array(arena, value->as.list.len, sizeof(*items));

			for (size_t j = 0; j < value->as.list.len; j++) {
				size_t len = strlen(value->as.list.items[j]);

				/* An item is one line of what is shown. */
				items[j] = clean_text(redactor, arena, value->as.list.items[j], &len,
						      SCRUB_LINE);
			}
			value->as.list.items = items;
		}
	}
	sample->values = values;
}
