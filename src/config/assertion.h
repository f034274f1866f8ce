/* An assertion while it is read, shared by the file that reads its left side and the one that
 * reads its value. Inside config/. */
#ifndef CONFIG_ASSERTION_H
#define CONFIG_ASSERTION_H

#include "config/build.h"

/* One assertion while it is read; `at` is what is left of its text. */
struct assertion_reading {
	struct builder *builder;
	const struct node *node;
	enum check_type type;
	const char *at;
	struct assertion *out;
};

/* operand.c: what is left after the operator, as the subject and the operator want it; false
 * after a complaint. */
bool assertion_read_value(struct assertion_reading *reading);

/* Compiled once in a fleet, which owns them; NULL after a complaint. */
struct json_path *assertion_path(struct builder *builder, const struct node *node, const char *text);
struct pattern *assertion_pattern(struct builder *builder, const struct node *node, const char *text);

#endif
