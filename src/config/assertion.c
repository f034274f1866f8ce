/* One line of `expect:` or `warn:`: `[not] subject [argument] operator value`. Invariant: what
 * comes out can be judged without looking at the text again: the subject belongs to the check's
 * type, the value fits the subject, paths and patterns are compiled, each once in a fleet. */
#include "config/assertion.h"

#include "base/limits.h"
#include "base/scrub.h"

static const struct {
	const char *name;
	enum op op;
} operators[] = {
	{"==", OP_EQ}, {"!=", OP_NE},	      {"<", OP_LT},	     {"<=", OP_LE},
	{">", OP_GT},  {">=", OP_GE},	      {"~", OP_MATCH},	     {"!~", OP_NOT_MATCH},
	{"in", OP_IN}, {"exists", OP_EXISTS}, {"absent", OP_ABSENT},
};
#define OPERATORS "== != < <= > >= ~ !~ in exists absent"

static const char *next_word(struct assertion_reading *reading)
{
	size_t len;
	const char *word;

	reading->at += strspn(reading->at, " \t");
	len = strcspn(reading->at, " \t");
	word = arena_strndup(&reading->builder->scratch, reading->at, len);
	reading->at += len;
	return word;
}

static void complain_subject(struct assertion_reading *reading, const char *word)
{
	struct builder *builder = reading->builder;
	const char *type = check_type_info(reading->type)->name;
	const char *names[SUBJECT_COUNT];
	size_t glued = strcspn(word, "=!<>~");
	struct strbuf list;
	size_t count = 0;

	strbuf_init(&list, 1000);
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
		build_complain(builder, reading->node, "%s checks have no '%s'; they have %s%s", type,
			       word, list.data,
			       reading->type == CHECK_TYPE_FLOW ? "; each step has an 'expect' of its own"
								: "");
	else if (build_suggest(builder, word, names, count)[0] != '\0')
		build_complain(builder, reading->node, "unknown subject '%.40s'%s", word,
			       build_suggest(builder, word, names, count));
	else
		build_complain(builder, reading->node,
			       "unknown subject '%.40s'; %s checks have %s", word, type, list.data);
	strbuf_release(&list);
}

static bool read_subject(struct assertion_reading *reading)
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

struct json_path *assertion_path(struct builder *builder, const struct node *node, const char *text)
{
	struct json_path *path = map_get(builder->path_of, text);
	struct strbuf err;

	if (path != NULL)
		return path;
	strbuf_init(&err, 200);
	path = json_path_new(text, &err);
	if (path == NULL) {
		build_complain(builder, node, "%s", err.data);
	} else {
		vec_push(&builder->paths, path);
		map_put(builder->path_of, text, path);
	}
	strbuf_release(&err);
	return path;
}

static bool read_argument(struct assertion_reading *reading)
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
	} else if (reading->at[0] == '"') {
		size_t len = path_len(reading->at);

		text = arena_strndup(&reading->builder->scratch, reading->at + 1,
				     len > 1 && reading->at[len - 1] == '"' ? len - 2 : len - 1);
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
	return reading->out->subject != SUBJECT_JSON || (reading->out->path = assertion_path(reading->builder, reading->node, text)) != NULL;
}

static bool read_operator(struct assertion_reading *reading)
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

static bool read_line(struct builder *builder, enum check_type type, const struct node *node,
		      struct assertion *out)
{
	struct assertion_reading reading = {
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
	       assertion_read_value(&reading);
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
