/* Conditions on facts: `http.status in 500..599`, `http.header server ~ ^nginx`. The grammar is
 * that of assertions (name, argument, operator, value, with blanks around the operator), the names
 * are those of facts.def. Invariant: a parsed condition has operands that fit its fact's type. */
#include "base/pattern.h"
#include "base/units.h"
#include "diagnose/rule.h"

#include <strings.h>

static const struct {
	const char *name;
	enum condition_op op;
} operators[] = {
	{"==", IS},  {"!=", IS_NOT},	 {"<", LESS},	     {"<=", LESS_EQUAL},
	{">", MORE}, {">=", MORE_EQUAL}, {"~", MATCHES},     {"!~", MATCHES_NOT},
	{"in", IN},  {"exists", EXISTS}, {"absent", ABSENT},
};

struct word {
	const char *at;
	size_t len;
};

static struct word next_word(const char **text)
{
	struct word word;

	word.at = *text + strspn(*text, " \t");
	word.len = strcspn(word.at, " \t");
	*text = word.at + word.len;
	return word;
}

static bool find_operator(struct word word, enum condition_op *op)
{
	for (size_t i = 0; i < BASE_LEN(operators); i++) {
		if (strlen(operators[i].name) == word.len &&
		    memcmp(operators[i].name, word.at, word.len) == 0) {
			*op = operators[i].op;
			return true;
		}
	}
	return false;
}

/* A number, or a duration in ns; false where the text is neither of what the type wants. */
static bool parse_number(enum value_type type, const char *text, size_t len, double *number)
{
	int64_t ns;
	bool negative = len > 1 && text[0] == '-';

	if (type == VALUE_NUMBER)
		return number_parse(text, len, number);
	if (!duration_parse(text + negative, len - negative, &ns))
		return false;
	*number = negative ? -(double)ns : (double)ns;
	return true;
}

static bool parse_alternative(struct ruleset *rules, enum value_type type, const char *text,
			      size_t len, struct alternative *out)
{
	const char *dots = memmem(text, len, "..", 2);

	*out = (struct alternative){.text = arena_strndup(&rules->arena, text, len)};
	if (type == VALUE_BOOL)
		return strcmp(out->text, "true") == 0 || strcmp(out->text, "false") == 0;
	if (type != VALUE_NUMBER && type != VALUE_DURATION)
		return len > 0;
	out->numeric = true;
	if (dots != NULL) {
		size_t first = (size_t)(dots - text);

		return parse_number(type, text, first, &out->first) &&
		       parse_number(type, dots + 2, len - first - 2, &out->last);
	}
	if (!parse_number(type, text, len, &out->first))
		return false;
	out->last = out->first;
	return true;
}

/* `404|405|500..599` for `in`, else one operand as it stands. */
static bool parse_operands(struct ruleset *rules, struct condition *condition, const char *text)
{
	enum value_type type = fact_info(condition->fact)->type;
	struct alternative *list = arena_array(&rules->arena, CLUES_MAX, sizeof(*list));
	size_t count = 0;

	for (;;) {
		size_t len = condition->op == IN ? strcspn(text, "|") : strlen(text);

		if (count == CLUES_MAX ||
		    !parse_alternative(rules, type, text, len, &list[count++]))
			return false;
		if (text[len] == '\0')
			break;
		text += len + 1;
	}
	condition->alternatives = list;
	condition->alternative_count = count;
	return true;
}

static bool parse_pattern(struct ruleset *rules, struct condition *condition, const char *text,
			  const struct node *node, struct diags *diags)
{
	struct strbuf err;

	strbuf_init(&err, 500);
	condition->pattern =
		strlen(text) <= RULE_PATTERN_MAX ? pattern_new(text, PATTERN_PLAIN, &err) : NULL;
	if (condition->pattern == NULL)
		diags_add(diags, DIAG_ERROR, node->pos, "not a regular expression: %s",
			  err.len > 0 ? err.data : "too long");
	else
		vec_push(&rules->owned, condition->pattern);
	strbuf_release(&err);
	return condition->pattern != NULL;
}

static bool parse_fact(struct ruleset *rules, struct condition *condition, const char **rest,
		       const struct node *node, struct diags *diags)
{
	struct word name = next_word(rest);
	const char *word = arena_strndup(&rules->arena, name.at, name.len);

	condition->fact = fact_find(name.at, name.len);
	if (condition->fact == FACT_COUNT) {
		const char *near = diags_suggest(word, fact_names(), FACT_COUNT);

		if (near != NULL)
			diags_add(diags, DIAG_ERROR, node->pos,
				  "unknown fact '%s'; did you mean '%s'?", word, near);
		else
			diags_add(diags, DIAG_ERROR, node->pos, "unknown fact '%s'", word);
		return false;
	}
	if (condition->fact == FACT_HTTP_HEADER) {
		name = next_word(rest);
		condition->argument = arena_strndup(&rules->arena, name.at, name.len);
	}
	return true;
}

bool condition_parse(struct ruleset *rules, struct condition *condition, const struct node *node,
		     struct diags *diags)
{
	const char *text = node_text(node);
	const char *rest = text;
	struct word op;
	enum value_type type;

	if (text == NULL) {
		diags_add(diags, DIAG_ERROR, node->pos,
			  "a condition is a text such as 'http.status == 404'");
		return false;
	}
	condition->text = arena_strdup(&rules->arena, text);
	if (!parse_fact(rules, condition, &rest, node, diags))
		return false;
	type = fact_info(condition->fact)->type;
	op = next_word(&rest);
	if (!find_operator(op, &condition->op)) {
		diags_add(diags, DIAG_ERROR, node->pos,
			  "'%s' needs an operator: == != < <= > >= ~ !~ in exists absent", text);
		return false;
	}
	rest += strspn(rest, " \t");
	if (condition->op == EXISTS || condition->op == ABSENT) {
		if (*rest == '\0')
			return true;
		diags_add(diags, DIAG_ERROR, node->pos, "nothing may follow 'exists' and 'absent'");
		return false;
	}
	if ((condition->op == MATCHES || condition->op == MATCHES_NOT) && type == VALUE_STRING)
		return parse_pattern(rules, condition, rest, node, diags);
	if (condition->op >= LESS && condition->op <= MATCHES_NOT &&
	    (type == VALUE_STRING || type == VALUE_BOOL || condition->op >= MATCHES)) {
		diags_add(diags, DIAG_ERROR, node->pos, "'%.*s' does not fit '%s', which is %s",
			  (int)op.len, op.at, fact_info(condition->fact)->name,
			  value_type_name(type));
		return false;
	}
	if (parse_operands(rules, condition, rest))
		return true;
	diags_add(diags, DIAG_ERROR, node->pos, "'%s' is not what '%s' can be, which is %s", rest,
		  fact_info(condition->fact)->name, value_type_name(type));
	return false;
}

static bool fits(const struct alternative *one, const struct value *value)
{
	double number;

	if (!one->numeric) {
		if (value->type == VALUE_BOOL)
			return value->as.boolean == (strcmp(one->text, "true") == 0);
		return value->type == VALUE_STRING &&
		       strcasecmp(value->as.string.bytes, one->text) == 0;
	}
	if (value->type != VALUE_NUMBER && value->type != VALUE_DURATION)
		return false;
	number = value->type == VALUE_NUMBER ? value->as.number : (double)value->as.duration_ns;
	return number >= one->first && number <= one->last;
}

static bool any_fits(const struct condition *condition, const struct value *value)
{
	for (size_t i = 0; i < condition->alternative_count; i++) {
		if (fits(&condition->alternatives[i], value))
			return true;
	}
	return false;
}

static bool matches(const struct condition *condition, const struct value *value)
{
	return value->type == VALUE_STRING &&
	       pattern_find(condition->pattern, value->as.string.bytes, value->as.string.len, 0,
			    NULL) == 1;
}

bool condition_holds(const struct condition *condition, const struct value *value)
{
	double number = 0, bound = 0;

	if (value->type == VALUE_NULL)
		return condition->op == ABSENT;
	if (condition->op >= LESS && condition->op <= MORE_EQUAL) {
		if (value->type != VALUE_NUMBER && value->type != VALUE_DURATION)
			return false;
		number = value->type == VALUE_NUMBER ? value->as.number
						     : (double)value->as.duration_ns;
		bound = condition->alternatives[0].first;
	}
	switch (condition->op) {
	case IS:
	case IN:
		return any_fits(condition, value);
	case IS_NOT:
		return !any_fits(condition, value);
	case LESS:
		return number < bound;
	case LESS_EQUAL:
		return number <= bound;
	case MORE:
		return number > bound;
	case MORE_EQUAL:
		return number >= bound;
	case MATCHES:
		return matches(condition, value);
	case MATCHES_NOT:
		return !matches(condition, value);
	case EXISTS:
		return true;
	case ABSENT:
		return false;
	}
	BUG("condition operator %d", (int)condition->op);
}
