/* Reads a plugin's output. Invariant: every byte is looked at once, from left to right; a label or
 * value that is not of the grammar ends at the next blank and costs nothing else. See perfdata.h. */
#include "probe/perfdata.h"

#include "base/scrub.h"
#include "base/units.h"
#include "base/xalloc.h"

#include <ctype.h>

struct reading {
	struct arena *arena;
	const char *at, *end;
	struct perfdatum *data;
	size_t count;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* `'it''s'=` or `load1=`; NULL where no label stands here. The raw label is cleaned for showing. */
static const char *read_label(struct reading *reading)
{
	struct strbuf label, clean;
	const char *text = NULL;
	bool quoted = *reading->at == '\'';
	const char *at = reading->at + (quoted ? 1 : 0);

	strbuf_init(&label, PERFDATA_LABEL);
	for (; at < reading->end; at++) {
		if (quoted && *at == '\'' && (at + 1 == reading->end || at[1] != '\''))
			break;
		if (!quoted && (*at == '=' || is_blank(*at)))
			break;
		at += quoted && *at == '\'' ? 1 : 0;
		strbuf_addc(&label, *at);
	}
	at += quoted && at < reading->end ? 1 : 0;
	if (at < reading->end && *at == '=' && label.len != 0 && !label.truncated) {
		strbuf_init(&clean, 4 * PERFDATA_LABEL);
		scrub(&clean, label.data, label.len, SCRUB_LINE);
		text = arena_strndup(reading->arena, clean.data, clean.len);
		strbuf_release(&clean);
		at++;
	}
	reading->at = at;
	strbuf_release(&label);
	return text;
}

/* A number as plugins print it: also `.5`, `5.` and `+3`; "U" (undetermined) is none. */
static bool read_number(struct reading *reading, double *value)
{
	char text[64] = "";
	size_t len = 0;
	const char *at = reading->at;

	if (at < reading->end && (*at == '+' || *at == '-')) {
		if (*at == '-')
			text[len++] = '-';
		at++;
	}
	if (at < reading->end && *at == '.')
		text[len++] = '0';
	while (at < reading->end && len < sizeof(text) - 2 &&
	       (isdigit((unsigned char)*at) || *at == '.'))
		text[len++] = *at++;
	if (len != 0 && text[len - 1] == '.')
		len--;
	/* An exponent, not the unit E. */
	if (at + 1 < reading->end && (*at == 'e' || *at == 'E') &&
	    (isdigit((unsigned char)at[1]) || at[1] == '-' || at[1] == '+')) {
		size_t mark = len;

		text[len++] = *at++;
		while (at < reading->end && len < sizeof(text) - 1 &&
		       (isdigit((unsigned char)*at) ||
			((*at == '-' || *at == '+') && len == mark + 1)))
			text[len++] = *at++;
	}
	reading->at = at;
	return number_parse(text, len, value);
}

static bool is_known(const struct reading *reading, const char *label)
{
	for (size_t i = 0; i < reading->count; i++)
		if (strcmp(reading->data[i].label, label) == 0)
			return true;
	return false;
}

static void read_data(struct reading *reading)
{
	while (reading->count < PERFDATA_MOST) {
		const char *label;
		double value;

		while (reading->at < reading->end && is_blank(*reading->at))
			reading->at++;
		if (reading->at == reading->end)
			return;
		label = read_label(reading);
		if (label != NULL && read_number(reading, &value) && !is_known(reading, label))
			reading->data[reading->count++] =
				(struct perfdatum){.label = label, .value = value};
		/* Unit, warning, critical, least and most; or what was not understood. */
		while (reading->at < reading->end && !is_blank(*reading->at))
			reading->at++;
	}
}

void plugin_output_read(struct plugin_output *output, const char *bytes, size_t len,
			struct arena *arena)
{
	const char *end = bytes + len;
	const char *newline = memchr(bytes, '\n', len);
	const char *line_end = newline != NULL ? newline : end;
	const char *bar = memchr(bytes, '|', (size_t)(line_end - bytes));
	const char *text_end = bar != NULL ? bar : line_end;
	const char *later = memchr(line_end, '|', (size_t)(end - line_end));
	struct strbuf text, line;
	struct reading reading = {.arena = arena,
				  .data = arena_array(arena, PERFDATA_MOST, sizeof(*reading.data))};

	strbuf_init(&text, len + 1);
	strbuf_init(&line, 4 * len + 1);
	while (text_end > bytes && is_blank(text_end[-1]))
		text_end--;
	strbuf_add(&text, bytes, (size_t)(text_end - bytes));
	scrub(&line, text.data, text.len, SCRUB_LINE);
	strbuf_add(&text, line_end, (size_t)((later != NULL ? later : end) - line_end));
	while (text.len != 0 && is_blank(text.data[text.len - 1]))
		strbuf_cut(&text, text.len - 1);
	if (bar != NULL) {
		reading.at = bar + 1;
		reading.end = line_end;
		read_data(&reading);
	}
	if (later != NULL) {
		reading.at = later + 1;
		reading.end = end;
		read_data(&reading);
	}
	*output = (struct plugin_output){.line = arena_strndup(arena, line.data, line.len),
					 .text = arena_strndup(arena, text.data, text.len),
					 .text_len = text.len, .data = reading.data,
					 .count = reading.count};
	strbuf_release(&text);
	strbuf_release(&line);
}
