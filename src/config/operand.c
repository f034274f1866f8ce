/* The right side of an assertion: typed values, ranges, patterns. Invariant: what is accepted fits
 * the subject and the operator, so that judging needs no types of its own. See assertion.h. */
#include "config/assertion.h"

#include "base/units.h"

/* What is left, without blanks around it. */
static const char *rest(struct assertion_reading *reading)
{
	const char *from = reading->at + strspn(reading->at, " \t");
	size_t len = strlen(from);

	while (len != 0 && (from[len - 1] == ' ' || from[len - 1] == '\t'))
		len--;
	reading->at = from + len;
	return arena_strndup(&reading->builder->scratch, from, len);
}

/* Without its quotes where it has some: "…" with \" and \\ inside, '…' as it is. */
static bool unquote(struct assertion_reading *reading, const char *text, const char **out)
{
	size_t len = strlen(text);
	char *plain;
	size_t used = 0;

	*out = text;
	if (text[0] != '"' && text[0] != '\'')
		return true;
	if (len < 2 || text[len - 1] != text[0]) {
		build_complain(reading->builder, reading->node, "a quote %c without its end",
			       text[0]);
		return false;
	}
	plain = arena_alloc(&reading->builder->scratch, len);
	for (size_t i = 1; i < len - 1; i++) {
		if (text[0] == '"' && text[i] == '\\' && i + 1 < len - 1)
			i++;
		plain[used++] = text[i];
	}
	*out = plain;
	return true;
}

static bool is_quoted(const char *text)
{
	return text[0] == '"' || text[0] == '\'';
}

/* A bare word by its looks: true, false, null, a number, a duration, else a text. */
static struct value typed(struct assertion_reading *reading, const char *text)
{
	double number;
	int64_t ns;

	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return value_bool(text[0] == 't');
	if (strcmp(text, "null") == 0)
		return value_null();
	if (number_parse(text, strlen(text), &number))
		return value_number(number);
	if (duration_parse(text, strlen(text), &ns))
		return value_duration(ns);
	return value_string(build_keep(reading->builder, text));
}

static void complain_value(struct assertion_reading *reading, const char *text, const char *wanted)
{
	build_complain(reading->builder, reading->node, "'%s' is compared with %s, not '%.80s'",
		       subject_info(reading->out->subject)->name, wanted, text);
}

static bool read_number(struct assertion_reading *reading, const char *text, double *number)
{
	uint64_t bytes;
	bool size = reading->out->subject == SUBJECT_SIZE || reading->out->subject == SUBJECT_MEMORY;

	if (number_parse(text, strlen(text), number))
		return true;
	if (size && bytes_parse(text, strlen(text), &bytes)) {
		*number = (double)bytes;
		return true;
	}
	complain_value(reading, text, size ? "a size like 64k or 1MB" : "a number");
	return false;
}

/* The unit that a bare number most likely means. */
static const char *usual_unit(enum subject subject)
{
	switch (subject) {
	case SUBJECT_CERT:
	case SUBJECT_CERT_CHAIN:
	case SUBJECT_IMAGE_AGE:
		return "d";
	case SUBJECT_UPTIME:
	case SUBJECT_OPEN_FOR:
	case SUBJECT_REPLICATION_LAG:
	case SUBJECT_TTL:
	case SUBJECT_AGE:
		return "s";
	default:
		return "ms";
	}
}

static bool read_duration(struct assertion_reading *reading, const char *text, int64_t *ns)
{
	double number;

	if (duration_parse(text, strlen(text), ns))
		return true;
	if (number_parse(text, strlen(text), &number))
		build_complain(reading->builder, reading->node,
			       "'%s' is a duration: give %s a unit, like %s%s",
			       subject_info(reading->out->subject)->name, text, text,
			       usual_unit(reading->out->subject));
	else
		complain_value(reading, text, "a duration like 300ms or 14d");
	return false;
}

static bool is_order(enum op op)
{
	return op == OP_LT || op == OP_LE || op == OP_GT || op == OP_GE;
}

/* JSON has its own types; a text can look like a duration there, so it has to be quoted. */
static bool read_json_operand(struct assertion_reading *reading, const char *text)
{
	struct assertion *out = reading->out;
	const char *plain;

	if (!unquote(reading, text, &plain))
		return false;
	out->operand = is_quoted(text) ? value_string(build_keep(reading->builder, plain))
				       : typed(reading, text);
	if (out->operand.type == VALUE_DURATION) {
		build_complain(reading->builder, reading->node,
			       "JSON has no durations; quote '%s' to compare it as a text", text);
		return false;
	}
	if (is_order(out->op) && out->operand.type != VALUE_NUMBER) {
		build_complain(reading->builder, reading->node,
			       "< <= > >= compare numbers, not '%.80s'", text);
		return false;
	}
	return true;
}

static bool read_bool(struct assertion_reading *reading, const char *text)
{
	struct value value = typed(reading, text);

	if (value.type == VALUE_BOOL && (reading->out->op == OP_EQ || reading->out->op == OP_NE)) {
		reading->out->operand = value;
		return true;
	}
	complain_value(reading, text, "== or != and true or false");
	return false;
}

static bool read_operand(struct assertion_reading *reading, const char *text)
{
	struct assertion *out = reading->out;
	const struct subject_info *info = subject_info(out->subject);
	const char *plain;

	if (out->subject == SUBJECT_JSON)
		return read_json_operand(reading, text);
	switch (info->type) {
	case VALUE_NUMBER:
		out->operand.type = VALUE_NUMBER;
		return read_number(reading, text, &out->operand.as.number);
	case VALUE_DURATION:
		out->operand.type = VALUE_DURATION;
		return read_duration(reading, text, &out->operand.as.duration_ns);
	case VALUE_BOOL:
		return read_bool(reading, text);
	case VALUE_STRING:
	case VALUE_LIST: /* of texts: what one of them is compared with */
	case VALUE_NULL:
		break;
	}
	if (is_order(out->op)) {
		build_complain(reading->builder, reading->node,
			       "'%s' is %s; it takes == != ~ !~ in exists absent", info->name,
			       info->type == VALUE_LIST ? "a list of texts" : "a text");
		return false;
	}
	if (!unquote(reading, text, &plain))
		return false;
	out->operand = value_string(build_keep(reading->builder, plain));
	return true;
}

/* One alternative of `in` as numbers: `404`, `500..599`, `5xx`, `100ms..2s` (in ns). */
static bool read_range(struct assertion_reading *reading, char *text, struct operand_range *range)
{
	bool duration = subject_info(reading->out->subject)->type == VALUE_DURATION;
	char *dots = strstr(text, "..");
	const char *last = text;
	int64_t ns[2] = {0, 0};

	if (reading->out->subject == SUBJECT_STATUS && strlen(text) == 3 && text[0] >= '1' &&
	    text[0] <= '5' && strcmp(text + 1, "xx") == 0) {
		range->first = (text[0] - '0') * 100;
		range->last = range->first + 99;
		return true;
	}
	if (dots != NULL) {
		*dots = '\0';
		last = dots + 2;
	}
	if (duration) {
		if (!read_duration(reading, text, &ns[0]) || !read_duration(reading, last, &ns[1]))
			return false;
		range->first = (double)ns[0];
		range->last = (double)ns[1];
	} else if (!read_number(reading, text, &range->first) ||
		   !read_number(reading, last, &range->last)) {
		return false;
	}
	if (range->first > range->last) {
		build_complain(reading->builder, reading->node, "the range %s..%s is empty", text,
			       last);
		return false;
	}
	return true;
}

/* What a bare word means elsewhere, and what no alternative can be. */
static bool is_other_type(const char *text)
{
	int64_t ns;

	return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ||
	       strcmp(text, "null") == 0 || duration_parse(text, strlen(text), &ns);
}

static bool read_alternative(struct assertion_reading *reading, char *text,
			     struct operand_range *range)
{
	enum value_type type = subject_info(reading->out->subject)->type;
	const char *plain;
	double number;

	if (reading->out->subject == SUBJECT_JSON && !is_quoted(text) && is_other_type(text)) {
		build_complain(reading->builder, reading->node,
			       "'in' takes numbers and texts; quote '%s' or use 'any of'", text);
		return false;
	}
	if (reading->out->subject == SUBJECT_JSON)
		type = is_quoted(text) || (!number_parse(text, strcspn(text, "."), &number) &&
					   !number_parse(text, strlen(text), &number))
			       ? VALUE_STRING
			       : VALUE_NUMBER;
	if (type == VALUE_NUMBER || type == VALUE_DURATION)
		return read_range(reading, text, range);
	if (!unquote(reading, text, &plain))
		return false;
	range->text = build_keep(reading->builder, plain);
	return true;
}

/* The length of one alternative: up to a `|` outside of quotes. */
static size_t alternative_len(const char *text)
{
	char quote = '\0';
	size_t len = 0;

	for (; text[len] != '\0'; len++) {
		if (quote == '\0' && text[len] == '|')
			break;
		if (quote == '\0' && is_quoted(text + len))
			quote = text[len];
		else if (text[len] == quote)
			quote = '\0';
	}
	return len;
}

static bool read_alternatives(struct assertion_reading *reading, const char *text)
{
	struct builder *builder = reading->builder;
	struct operand_range *ranges;
	size_t room = 1;

	for (const char *at = text; *at != '\0'; at++)
		room += *at == '|';
	ranges = arena_array(&builder->fleet->arena, room, sizeof(*ranges));
	reading->out->ranges = ranges;
	for (const char *at = text;; at++) {
		size_t len = alternative_len(at);
		struct assertion_reading part = *reading;
		const char *word;

		part.at = arena_strndup(&builder->scratch, at, len);
		word = rest(&part);
		if (word[0] == '\0') {
			build_complain(builder, reading->node,
				       "an alternative is missing: \"in 401|403|500..599\"");
			return false;
		}
		if (!read_alternative(reading, (char *)word, &ranges[reading->out->range_count++]))
			return false;
		at += len;
		if (*at == '\0')
			return true;
	}
}

struct pattern *assertion_pattern(struct builder *builder, const struct node *node, const char *text)
{
	struct pattern *pattern = map_get(builder->pattern_of, text);
	struct strbuf err;

	if (pattern != NULL)
		return pattern;
	strbuf_init(&err, 200);
	pattern = pattern_new(text, PATTERN_BODY, &err);
	if (pattern == NULL) {
		build_complain(builder, node, "%s", err.data);
	} else {
		vec_push(&builder->patterns, pattern);
		map_put(builder->pattern_of, text, pattern);
	}
	strbuf_release(&err);
	return pattern;
}

static bool read_pattern(struct assertion_reading *reading, const char *text)
{
	struct builder *builder = reading->builder;
	const struct subject_info *info = subject_info(reading->out->subject);
	const char *plain;

	if (info->type == VALUE_NUMBER || info->type == VALUE_DURATION ||
	    info->type == VALUE_BOOL) {
		build_complain(builder, reading->node, "'%s' is %s; ~ and !~ look at texts",
			       info->name, value_type_name(info->type));
		return false;
	}
	if (!unquote(reading, text, &plain))
		return false;
	reading->out->pattern = assertion_pattern(builder, reading->node, plain);
	return reading->out->pattern != NULL;
}

bool assertion_read_value(struct assertion_reading *reading)
{
	const char *name = subject_info(reading->out->subject)->name;
	enum op op = reading->out->op;
	const char *text = rest(reading);

	if (op == OP_EXISTS || op == OP_ABSENT) {
		if (text[0] == '\0')
			return true;
		build_complain(reading->builder, reading->node,
			       "nothing comes after '%s', not '%.80s'",
			       op == OP_EXISTS ? "exists" : "absent", text);
		return false;
	}
	if (text[0] == '\0') {
		build_complain(reading->builder, reading->node,
			       "'%s' is compared with nothing here", name);
		return false;
	}
	if (op == OP_MATCH || op == OP_NOT_MATCH)
		return read_pattern(reading, text);
	if (op == OP_IN && subject_info(reading->out->subject)->type != VALUE_BOOL)
		return read_alternatives(reading, text);
	return read_operand(reading, text);
}
