/* What a monitoring plugin prints (monitoring-plugins.org, developer guidelines: "Plugin Output for
 * Nagios" and "Performance data"): a line of text, further lines, and performance data behind `|`. */
#ifndef PROBE_PERFDATA_H
#define PROBE_PERFDATA_H

#include "base/arena.h"

#define PERFDATA_MOST 100  /* values of one output */
#define PERFDATA_LABEL 200 /* bytes of a label; a longer one is none */

struct perfdatum {
	const char *label; /* without its quotes, one harmless line */
	double value;      /* in the plugin's own unit */
};
struct plugin_output {
	const char *line;  /* the first line of the text, one harmless line; "" */
	const char *text;  /* all of it without performance data; raw */
	size_t text_len;
	const struct perfdatum *data; /* in the order printed; a label once, by its first value */
	size_t count;
};
/* Everything lives in the arena. What is no performance data is left out; `U` is no value. */
void plugin_output_read(struct plugin_output *output, const char *bytes, size_t len,
			struct arena *arena);

#endif
