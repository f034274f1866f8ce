/* One line of `expect:` or `warn:`: `[not] subject [argument] operator value`. Invariant: what
 * comes out can be judged without looking at the text again: the subject belongs to the check's
 * type, the value fits the subject, paths and patterns are compiled, each once in a fleet. */
#include "config/build.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "base/units.h"

static const struct {
	const char *name;
	enum op op;
} operators[] = {
	{"==", OP_EQ}, {"!=", OP_NE},	      {"<", OP_LT},	     {"<=", OP_LE},
	{">", OP_GT},  {">=", OP_GE},	      {"~", OP_MATCH},	     {"!~", OP_NOT_MATCH},
	{"in", OP_IN}, {"exists", OP_EXISTS}, {"absent", OP_ABSENT},
};
#define OPERATORS "== != < <= > >= ~ !~ in exists absent"

/* One assertion while it is read; `at` is what is left of its text. */
struct reading {
	struct builder *builder;
	const struct node *node;
	enum check_type type;
	const char *at;
	struct assertion *out;
};

static const char *next_word(struct reading *reading)
{
	size_t len;
	const char *word;

	reading->at += strspn(reading->at, " \t");
	len = strcspn(reading->at, " \t");
	word = arena_strndup(&reading->builder->scratch, reading->at, len);
	reading->at += len;
	return word;
}

/* What is left, without blanks around it. */
static const char *rest(struct reading *reading)
{
	const char *from = reading->at + strspn(reading->at, " \t");
	size_t len = strlen(from);

	while (len != 0 && (from[len - 1] == ' ' || from[len - 1] == '\t'))
		len--;
	reading->at = from + len;
	return arena_strndup(&reading->builder->scratch, from, len);
}

static void complain_subject(struct reading *reading, const char *word)
{
	struct builder *builder = reading->builder;
	const char *type = check_type_info(reading->type)->name;
	const char *names[SUBJECT_COUNT];
	size_t glued = strcspn(word, "=!<>~");
	struct strbuf list;
	size_t count = 0;

	strbuf_init(&list, 400);
	for (size_t i = 0; i < SUBJECT_COUNT; i++) {
		const struct subject_info *info = subject_info((enum subject)i);

		if ((info->types & 1u << reading->type) == 0)
			continue;
		names[count++] = info->name;
		strbuf_addf(&list, "%s%s", count != 1 ? ", " : "", info->name);
	}
	if (word[glued] != '\0' && subject_find(word, glued) != SUBJECT_COUNT)
		build_complain(builder, reading->node,
			       "put blanks around the operator: '%.*s %.20s'", (int)glued, word,
			       word + glued);
	else if (subject_find(word, strlen(word)) != SUBJECT_COUNT)
		build_complain(builder, reading->node, "%s checks have no '%s'; they have %s", type,
			       word, list.data);
	else
		build_complain(builder, reading->node,
			       "unknown subject '%.40s'; %s checks have %s%s", word, type,
			       list.data, build_suggest(builder, word, names, count));
	strbuf_release(&list);
}

static bool read_subject(struct reading *reading)
{
	const char *word = next_word(reading);

	if (strcmp(word, "not") == 0) {
		reading->out->negate = true;
		word = next_word(reading);
	}
	if (word[0] == '\0') {
		build_complain(
			reading->builder, reading->node,
			"an assertion reads like \"status == 200\" or \"json .status == ok\"");
		return false;
	}
	reading->out->subject = subject_find(word, strlen(word));
	if (reading->out->subject == SUBJECT_COUNT ||
	    (subject_info(reading->out->subject)->types & 1u << reading->type) == 0) {
		complain_subject(reading, word);
		return false;
	}
	return true;
}

/* A JSON path ends at a blank outside of `"…"` and `[…]`. */
static size_t path_len(const char *text)
{
	bool quoted = false;
	size_t len = 0;

	for (; text[len] != '\0'; len++) {
		if (text[len] == '\\' && quoted && text[len + 1] != '\0')
			len++;
		else if (text[len] == '"')
			quoted = !quoted;
		else if (!quoted && (text[len] == ' ' || text[len] == '\t'))
			break;
	}
	return len;
}

static bool compile_path(struct reading *reading, const char *text)
{
	struct builder *builder = reading->builder;
	struct json_path *path = map_get(builder->path_of, text);
	struct strbuf err;

	if (path == NULL) {
		strbuf_init(&err, 200);
		path = json_path_new(text, &err);
		if (path == NULL) {
			build_complain(builder, reading->node, "%s", err.data);
			strbuf_release(&err);
			return false;
		}
		strbuf_release(&err);
		vec_push(&builder->paths, path);
		map_put(builder->path_of, text, path);
	}
	reading->out->path = path;
	return true;
}

static bool read_argument(struct reading *reading)
{
	const struct subject_info *info = subject_info(reading->out->subject);
	const char *text;

	if (info->argument == NULL)
		return true;
	reading->at += strspn(reading->at, " \t");
	if (reading->out->subject == SUBJECT_JSON) {
		size_t len = path_len(reading->at);

		text = arena_strndup(&reading->builder->scratch, reading->at, len);
		reading->at += len;
	} else {
		text = next_word(reading);
	}
	if (text[0] == '\0' || (reading->out->subject == SUBJECT_JSON && text[0] != '.')) {
		build_complain(reading->builder, reading->node,
			       "'%s' wants a %s after it, like \"%s\"", info->name, info->argument,
			       reading->out->subject == SUBJECT_JSON ? "json .status == ok"
								     : "header Server exists");
		return false;
	}
	reading->out->argument = build_keep(reading->builder, text);
	return reading->out->subject != SUBJECT_JSON || compile_path(reading, text);
}

static bool read_operator(struct reading *reading)
{
	const char *word = next_word(reading);

	if (strcmp(word, "not") == 0) {
		reading->out->negate = !reading->out->negate;
		word = next_word(reading);
	}
	for (size_t i = 0; i < BASE_LEN(operators); i++) {
		if (strcmp(operators[i].name, word) == 0) {
			reading->out->op = operators[i].op;
			return true;
		}
	}
	if (word[0] == '\0')
		build_complain(reading->builder, reading->node,
			       "an operator is missing here: " OPERATORS);
	else if (strcmp(word, "=") == 0 || strcmp(word, "is") == 0)
		build_complain(reading->builder, reading->node,
			       "'%s' is no operator; did you mean '=='?", word);
	else
		build_complain(reading->builder, reading->node,
			       "'%.40s' is no operator; wanted " OPERATORS, word);
	return false;
}

/* Without its quotes where it has some: "…" with \" and \\ inside, '…' as it is. */
static bool unquote(struct reading *reading, const char *text, const char **out)
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
static struct value typed(struct reading *reading, const char *text)
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

static void complain_value(struct reading *reading, const char *text, const char *wanted)
{
	build_complain(reading->builder, reading->node, "'%s' is compared with %s, not '%.80s'",
		       subject_info(reading->out->subject)->name, wanted, text);
}

static bool read_number(struct reading *reading, const char *text, double *number)
{
	uint64_t bytes;

	if (number_parse(text, strlen(text), number))
		return true;
	if (reading->out->subject == SUBJECT_SIZE && bytes_parse(text, strlen(text), &bytes)) {
		*number = (double)bytes;
		return true;
	}
	complain_value(reading, text,
		       reading->out->subject == SUBJECT_SIZE ? "a size like 64k or 1MB"
							     : "a number");
	return false;
}

static bool read_duration(struct reading *reading, const char *text, int64_t *ns)
{
	double number;

	if (duration_parse(text, strlen(text), ns))
		return true;
	if (number_parse(text, strlen(text), &number))
		build_complain(reading->builder, reading->node,
			       "'%s' is a duration: give %s a unit, like %sms",
			       subject_info(reading->out->subject)->name, text, text);
	else
		complain_value(reading, text, "a duration like 300ms or 14d");
	return false;
}

static bool is_order(enum op op)
{
	return op == OP_LT || op == OP_LE || op == OP_GT || op == OP_GE;
}

/* JSON has its own types; a text can look like a duration there, so it has to be quoted. */
static bool read_json_operand(struct reading *reading, const char *text)
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

static bool read_operand(struct reading *reading, const char *text)
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
	case VALUE_STRING:
	case VALUE_LIST:
	case VALUE_BOOL:
	case VALUE_NULL:
		break;
	}
	if (is_order(out->op)) {
		build_complain(reading->builder, reading->node,
			       "'%s' is a text; it takes == != ~ !~ in exists absent", info->name);
		return false;
	}
	if (!unquote(reading, text, &plain))
		return false;
	out->operand = value_string(build_keep(reading->builder, plain));
	return true;
}

/* One alternative of `in` as numbers: `404`, `500..599`, `5xx`, `100ms..2s` (in ns). */
static bool read_range(struct reading *reading, char *text, struct operand_range *range)
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

static bool read_alternative(struct reading *reading, char *text, struct operand_range *range)
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

static bool read_alternatives(struct reading *reading, const char *text)
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
		struct reading part = *reading;
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

static bool read_pattern(struct reading *reading, const char *text)
{
	struct builder *builder = reading->builder;
	const struct subject_info *info = subject_info(reading->out->subject);
	struct pattern *pattern;
	struct strbuf err;
	const char *plain;

	if (info->type == VALUE_NUMBER || info->type == VALUE_DURATION) {
		build_complain(builder, reading->node, "'%s' is %s; ~ and !~ look at texts",
			       info->name, value_type_name(info->type));
		return false;
	}
	if (!unquote(reading, text, &plain))
		return false;
	pattern = map_get(builder->pattern_of, plain);
	if (pattern == NULL) {
		strbuf_init(&err, 200);
		pattern = pattern_new(plain, PATTERN_BODY, &err);
		if (pattern == NULL) {
			build_complain(builder, reading->node, "%s", err.data);
			strbuf_release(&err);
			return false;
		}
		strbuf_release(&err);
		vec_push(&builder->patterns, pattern);
		map_put(builder->pattern_of, plain, pattern);
	}
	reading->out->pattern = pattern;
	return true;
}

static bool read_value(struct reading *reading)
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
	if (subject_info(reading->out->subject)->type == VALUE_LIST) {
		build_complain(reading->builder, reading->node,
			       "'%s' is a list; it takes exists and absent", name);
		return false;
	}
	if (op == OP_MATCH || op == OP_NOT_MATCH)
		return read_pattern(reading, text);
	return op == OP_IN ? read_alternatives(reading, text) : read_operand(reading, text);
}

static bool read_line(struct builder *builder, enum check_type type, const struct node *node,
		      struct assertion *out)
{
	struct reading reading = {
		.builder = builder, .node = node, .type = type, .at = node->text, .out = out};

	if (build_broken(node))
		return false;
	if (!scrub_is_clean(node->text, node->text_len)) {
		build_complain(builder, node, "an assertion is one line without control bytes");
		return false;
	}
	out->text = build_shown_text(builder, node->text);
	out->pos = node->pos;
	return read_subject(&reading) && read_argument(&reading) && read_operator(&reading) &&
	       read_value(&reading);
}

static bool read_item(struct builder *builder, enum check_type type, const struct node *node,
		      bool nested, struct assertion *out, bool *asks_status);

/* `any of: […]` */
static bool read_any(struct builder *builder, enum check_type type, const struct node *node,
		     struct assertion *out, bool *asks_status)
{
	const struct node *list = node->items[0];
	size_t len = build_list_len(list);
	struct assertion *any = arena_array(&builder->fleet->arena, len, sizeof(*any));
	struct strbuf text;
	bool sound = true;

	if (len == 0) {
		build_complain(builder, node, "'any of' wants a list of assertions");
		return false;
	}
	strbuf_init(&text, LIMIT_MESSAGE);
	strbuf_adds(&text, "any of: ");
	for (size_t i = 0; i < len; i++) {
		if (!read_item(builder, type, build_list_at(list, i), true, &any[i], asks_status)) {
			sound = false;
			continue;
		}
		strbuf_addf(&text, "%s%s", i != 0 ? ", " : "", any[i].text);
	}
	out->text = build_keep(builder, text.data);
	out->pos = node->pos;
	out->any = any;
	out->any_count = len;
	strbuf_release(&text);
	return sound;
}

static bool read_item(struct builder *builder, enum check_type type, const struct node *node,
		      bool nested, struct assertion *out, bool *asks_status)
{
	if (node->kind == NODE_SCALAR) {
		if (!read_line(builder, type, node, out))
			return false;
		*asks_status |= out->subject == SUBJECT_STATUS;
		return true;
	}
	if (!nested && node->kind == NODE_MAP && node->len == 1 &&
	    strcmp(node->keys[0]->text, "any of") == 0)
		return read_any(builder, type, node, out, asks_status);
	if (node->kind == NODE_MAP)
		build_complain(builder, node, "YAML reads a map here; quote this line");
	else
		build_complain(builder, node,
			       "an assertion is a line like \"status == 200\", not %s",
			       node_kind_name(node->kind));
	return false;
}

const struct assertion_list *build_assertions(struct builder *builder, enum check_type type,
					      const struct node *node)
{
	uint64_t id = (uint64_t)(uintptr_t)node << 5 | (uint64_t)type;
	struct assertion_list *list = idmap_get(builder->assertions, id);
	size_t len = build_list_len(node);
	struct assertion *at;

	if (list != NULL)
		return list;
	list = arena_alloc(&builder->scratch, sizeof(*list));
	at = arena_array(&builder->fleet->arena, len, sizeof(*at));
	*list = (struct assertion_list){.at = at, .sound = true};
	for (size_t i = 0; i < len; i++) {
		if (read_item(builder, type, build_list_at(node, i), false, &at[list->len],
			      &list->asks_status)) {
			list->len++;
		} else {
			list->sound = false;
			at[list->len] = (struct assertion){0};
		}
	}
	/* A list with a mistake is read again for the next service, which needs the mistake too. */
	if (list->sound)
		idmap_put(builder->assertions, id, list);
	return list;
}
