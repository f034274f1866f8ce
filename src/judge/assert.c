/* One assertion against one sample. An absent value or one of another type never holds, whatever the
 * operator, and says so; only `exists` and `absent` speak about presence. What was not measured on
 * purpose (phases of a reused connection, the certificate of a plain one) is skipped, not failed. */
#include "judge/judging.h"

#include "base/scrub.h"
#include "base/units.h"
#include "base/utf8.h"

#include <math.h>
#include <strings.h>

#define SHOWN_MAX 240

enum outcome { OUTCOME_HOLDS, OUTCOME_DIFFERS, OUTCOME_WRONG_TYPE, OUTCOME_GAVE_UP };

const char *judging_take(struct judging *judging, struct strbuf *text)
{
	/* A ceiling may have halved a character. */
	const char *copy =
		arena_strndup(judging->arena, text->data, utf8_valid_len(text->data, text->len));

	strbuf_release(text);
	return copy;
}

const char *judging_clean(struct judging *judging, const char *text, size_t len)
{
	struct strbuf redacted, clean;

	strbuf_init(&redacted, LIMIT_BODY);
	strbuf_init(&clean, SHOWN_MAX);
	/* Before it is cut, so that no part of a secret is left. */
	if (judging->redactor != NULL && !redactor_empty(judging->redactor))
		redact(judging->redactor, &redacted, text, len);
	else
		strbuf_add(&redacted, text, len);
	scrub(&clean, redacted.data, redacted.len, SCRUB_LINE);
	strbuf_release(&redacted);
	return judging_take(judging, &clean);
}

const char *judging_show(struct judging *judging, const struct value *value)
{
	struct value shown = *value;
	struct strbuf out;

	strbuf_init(&out, LIMIT_MESSAGE);
	if (value->type == VALUE_STRING) {
		shown = value_string(
			judging_clean(judging, value->as.string.bytes, value->as.string.len));
	} else if (value->type == VALUE_LIST) {
		const char **items =
			arena_array(judging->arena, value->as.list.len, sizeof(*items));

		for (size_t i = 0; i < value->as.list.len; i++)
			items[i] = judging_clean(judging, value->as.list.items[i],
						 strlen(value->as.list.items[i]));
		shown.as.list.items = items;
	}
	value_format(&out, &shown);
	return judging_take(judging, &out);
}

const struct json *judging_json(struct judging *judging)
{
	const struct sample *sample = judging->sample;
	struct strbuf err;

	if (!judging->parsed) {
		judging->parsed = true;
		strbuf_init(&err, LIMIT_MESSAGE);
		if (sample->body == NULL || sample->body_len == 0)
			strbuf_adds(&err, "there is no body");
		else
			judging->doc = json_parse(sample->body, sample->body_len, &err);
		if (judging->doc == NULL)
			judging->parse_error = judging_clean(judging, err.data, err.len);
		strbuf_release(&err);
	}
	return judging->doc != NULL ? json_root(judging->doc) : NULL;
}

/* --- words ------------------------------------------------------------------------------- */

static const char *skip_blanks(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

static const char *skip_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0 ? skip_blanks(text + len) : NULL;
}

/* Operator and operand as written: what the line says behind its subject. */
static const char *wanted(const struct assertion *assertion)
{
	const char *at = skip_blanks(assertion->text);
	const char *rest = at;

	if (assertion->negate) {
		at = skip_word(at, "not");
		rest = at;
	}
	if (at != NULL)
		at = skip_word(at, subject_info(assertion->subject)->name);
	if (at != NULL && assertion->argument != NULL)
		at = skip_word(at, assertion->argument);
	if (at != NULL && *at != '\0')
		return at;
	return rest != NULL ? rest : assertion->text;
}

static const char *subject_words(struct judging *judging, const struct assertion *assertion)
{
	const char *name = subject_info(assertion->subject)->name;

	if (assertion->argument == NULL)
		return name;
	return arena_printf(judging->arena, "%s %s", name, assertion->argument);
}

static const char *operand_type(const struct assertion *assertion)
{
	switch (assertion->op) {
	case OP_MATCH:
	case OP_NOT_MATCH:
		return value_type_name(VALUE_STRING);
	case OP_IN:
		return assertion->range_count > 0 && assertion->ranges[0].text != NULL
			       ? value_type_name(VALUE_STRING)
			       : value_type_name(VALUE_NUMBER);
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
	case OP_EXISTS:
	case OP_ABSENT:
		break;
	}
	return value_type_name(assertion->operand.type);
}

static void say(struct judging *judging, const struct assertion *assertion, struct finding *finding,
		const char *what)
{
	finding->said =
		arena_printf(judging->arena, "%s %s", subject_words(judging, assertion), what);
}

/* What a line of the type's own wants, in plain words; NULL. */
static const char *held_words(const struct judging *judging, const struct assertion *assertion)
{
	size_t count;
	const struct held_line *lines = held_lines(&count);

	for (size_t i = 0; assertion->held && i < count; i++)
		if (lines[i].type == judging->check->type && strcmp(lines[i].line, assertion->text) == 0)
			return lines[i].says;
	return NULL;
}

static void say_differs(struct judging *judging, const struct assertion *assertion,
			struct finding *finding, bool is)
{
	finding->said =
		arena_printf(judging->arena, "%s%s %s, wanted %s%s",
			     subject_words(judging, assertion), is ? " is" : "", finding->got,
			     assertion->negate ? "not " : "", wanted(assertion));
}

/* --- comparing --------------------------------------------------------------------------- */

static bool ordered(enum op op, int order)
{
	switch (op) {
	case OP_EQ:
		return order == 0;
	case OP_NE:
		return order != 0;
	case OP_LT:
		return order < 0;
	case OP_LE:
		return order <= 0;
	case OP_GT:
		return order > 0;
	case OP_GE:
		return order >= 0;
	case OP_MATCH:
	case OP_NOT_MATCH:
	case OP_IN:
	case OP_EXISTS:
	case OP_ABSENT:
		break;
	}
	return false;
}

static int order_numbers(double a, double b)
{
	return a < b ? -1 : a > b;
}

static int order_texts(const struct value *a, const struct value *b)
{
	size_t len = a->as.string.len < b->as.string.len ? a->as.string.len : b->as.string.len;
	int order = memcmp(a->as.string.bytes, b->as.string.bytes, len);

	return order != 0 ? order
			  : order_numbers((double)a->as.string.len, (double)b->as.string.len);
}

static enum outcome compare_operand(const struct assertion *assertion, const struct value *value)
{
	const struct value *operand = &assertion->operand;
	int order = 0;

	/* Any value can be asked whether it is null. */
	if (operand->type == VALUE_NULL)
		order = value->type != VALUE_NULL;
	else if (operand->type != value->type)
		return OUTCOME_WRONG_TYPE;
	else if (value->type == VALUE_BOOL)
		order = (int)value->as.boolean - (int)operand->as.boolean;
	else if (value->type == VALUE_NUMBER && isnan(value->as.number))
		return assertion->op == OP_NE ? OUTCOME_HOLDS : OUTCOME_DIFFERS;
	else if (value->type == VALUE_NUMBER)
		order = order_numbers(value->as.number, operand->as.number);
	else if (value->type == VALUE_DURATION)
		order = value->as.duration_ns < operand->as.duration_ns
				? -1
				: value->as.duration_ns > operand->as.duration_ns;
	else if (value->type == VALUE_STRING)
		order = order_texts(value, operand);
	else
		return OUTCOME_WRONG_TYPE;
	return ordered(assertion->op, order) ? OUTCOME_HOLDS : OUTCOME_DIFFERS;
}

static enum outcome compare_ranges(const struct assertion *assertion, const struct value *value)
{
	bool comparable = false;

	for (size_t i = 0; i < assertion->range_count; i++) {
		const struct operand_range *range = &assertion->ranges[i];
		double number = value->type == VALUE_DURATION ? (double)value->as.duration_ns
							      : value->as.number;

		if (range->text != NULL && value->type == VALUE_STRING) {
			comparable = true;
			if (strlen(range->text) == value->as.string.len &&
			    memcmp(range->text, value->as.string.bytes, value->as.string.len) == 0)
				return OUTCOME_HOLDS;
		} else if (range->text == NULL &&
			   (value->type == VALUE_NUMBER || value->type == VALUE_DURATION)) {
			comparable = true;
			if (number >= range->first && number <= range->last)
				return OUTCOME_HOLDS;
		}
	}
	return comparable ? OUTCOME_DIFFERS : OUTCOME_WRONG_TYPE;
}

/* A pattern that gives up has said nothing: neither `~` nor `!~` holds. */
static enum outcome compare_pattern(const struct assertion *assertion, const struct value *value)
{
	int found;

	if (value->type != VALUE_STRING)
		return OUTCOME_WRONG_TYPE;
	found = pattern_find(assertion->pattern, value->as.string.bytes, value->as.string.len, 0,
			     NULL);
	if (found < 0)
		return OUTCOME_GAVE_UP;
	return (found == 1) == (assertion->op == OP_MATCH) ? OUTCOME_HOLDS : OUTCOME_DIFFERS;
}

static enum outcome compare_one(const struct assertion *assertion, const struct value *value)
{
	switch (assertion->op) {
	case OP_MATCH:
	case OP_NOT_MATCH:
		return compare_pattern(assertion, value);
	case OP_IN:
		return compare_ranges(assertion, value);
	case OP_EXISTS:
		return OUTCOME_HOLDS;
	case OP_ABSENT:
		break;
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return compare_operand(assertion, value);
	}
	return OUTCOME_DIFFERS;
}

/* A list holds where one of its items does; `!=` and `!~` where every one does; an empty one is as good
 * as absent. */
static enum outcome compare_list(const struct assertion *assertion, const struct value *list)
{
	bool every = assertion->op == OP_NE || assertion->op == OP_NOT_MATCH;
	enum outcome outcome = every ? OUTCOME_HOLDS : OUTCOME_DIFFERS;
	size_t len = list->as.list.len;

	if (assertion->op == OP_EXISTS || assertion->op == OP_ABSENT)
		return (assertion->op == OP_EXISTS) == (len != 0) ? OUTCOME_HOLDS : OUTCOME_DIFFERS;
	for (size_t i = 0; i < len; i++) {
		struct value item = value_string(list->as.list.items[i]);
		enum outcome one = compare_one(assertion, &item);

		if (one == (every ? OUTCOME_DIFFERS : OUTCOME_HOLDS))
			return one;
		if (one == OUTCOME_GAVE_UP)
			outcome = one;
	}
	return outcome;
}

static enum outcome compare(const struct assertion *assertion, const struct value *value)
{
	bool list = value->type == VALUE_LIST && assertion->subject != SUBJECT_JSON;
	enum outcome outcome = list ? compare_list(assertion, value) : compare_one(assertion, value);

	if (assertion->negate && (outcome == OUTCOME_HOLDS || outcome == OUTCOME_DIFFERS))
		outcome = outcome == OUTCOME_HOLDS ? OUTCOME_DIFFERS : OUTCOME_HOLDS;
	return outcome;
}

/* `type_name` is what the value is called where its type does not fit. */
static void judge_value(struct judging *judging, const struct assertion *assertion,
			const struct value *value, const char *type_name, struct finding *finding)
{
	bool words = value->type == VALUE_STRING || value->type == VALUE_LIST ||
		     assertion->subject == SUBJECT_JSON;
	bool empty = value->type == VALUE_LIST && finding->got[0] == '\0';

	if (empty)
		finding->got = "empty";

	switch (compare(assertion, value)) {
	case OUTCOME_HOLDS:
		finding->pass = true;
		break;
	case OUTCOME_DIFFERS:
		if (empty && (assertion->op == OP_EXISTS || assertion->op == OP_ABSENT))
			say(judging, assertion, finding, "is empty");
		/* What must not be there by the type's own rule is a finding: the probe says it best. */
		else if (assertion->held && assertion->op == OP_ABSENT &&
			 judging->sample->message != NULL)
			finding->said = judging_clean(judging, judging->sample->message,
						      strlen(judging->sample->message));
		else if (held_words(judging, assertion) != NULL && value->type == VALUE_LIST)
			finding->said = arena_printf(judging->arena, "not %s: %s",
						     held_words(judging, assertion), finding->got);
		/* A list that should not be there is one of findings; they are the sentence. */
		else if (assertion->op == OP_ABSENT && value->type == VALUE_LIST &&
			 subject_info(assertion->subject)->type == VALUE_LIST)
			say(judging, assertion, finding, finding->got);
		else if (assertion->op == OP_EXISTS || assertion->op == OP_ABSENT)
			say(judging, assertion, finding,
			    arena_printf(judging->arena, "is there (%s), wanted it absent",
					 finding->got));
		else
			say_differs(judging, assertion, finding, words);
		break;
	case OUTCOME_WRONG_TYPE:
		say(judging, assertion, finding,
		    arena_printf(judging->arena, "is %s, wanted %s", type_name,
				 operand_type(assertion)));
		break;
	case OUTCOME_GAVE_UP:
		say(judging, assertion, finding,
		    "cannot be told: the pattern needs too many steps on this text");
		break;
	}
}

static void judge_absent(struct judging *judging, const struct assertion *assertion,
			 struct finding *finding)
{
	finding->got = "absent";
	/* What holds without being written cannot be told where it was not measured. */
	if (assertion->held && assertion->op != OP_EXISTS && assertion->op != OP_ABSENT) {
		finding->pass = finding->skipped = true;
		return;
	}
	finding->pass = assertion->negate ? assertion->op == OP_EXISTS : assertion->op == OP_ABSENT;
	if (finding->pass)
		return;
	/* A probe that has an answer without this may say why. */
	if (judging->sample->failure == FAILURE_NONE && judging->sample->message != NULL)
		say(judging, assertion, finding,
		    arena_printf(judging->arena, "is absent: %s", judging->sample->message));
	else
		say(judging, assertion, finding, "is absent");
}

/* --- subjects ---------------------------------------------------------------------------- */

struct json_walk {
	struct judging *judging;
	const struct assertion *assertion;
	struct finding *finding;
	size_t seen;
};

static const char *json_type_words(enum json_type type)
{
	return type == JSON_LIST ? "a list" : type == JSON_MAP ? "a map" : NULL;
}

static struct value json_value(const struct json *json)
{
	switch (json_type(json)) {
	case JSON_NULL:
		break;
	case JSON_BOOL:
		return value_bool(json_bool(json, false));
	case JSON_NUMBER:
		return value_number(json_number(json, 0));
	case JSON_STRING:
		return value_string(json_string(json));
	case JSON_LIST:
	case JSON_MAP:
		return (struct value){.type = VALUE_LIST};
	}
	return value_null();
}

/* Goes on while the assertion holds: with `[*]` every value has to. */
static bool visit_json(void *context, const struct json *json)
{
	struct json_walk *walk = context;
	struct value value = json_value(json);
	const char *type_name = json_type_words(json_type(json));

	walk->seen++;
	walk->finding->pass = false;
	walk->finding->got = type_name != NULL ? type_name : judging_show(walk->judging, &value);
	judge_value(walk->judging, walk->assertion, &value,
		    type_name != NULL ? type_name : value_type_name(value.type), walk->finding);
	return walk->finding->pass;
}

static void judge_json(struct judging *judging, const struct assertion *assertion,
		       struct finding *finding)
{
	const struct json *root = judging_json(judging);
	struct json_walk walk = {.judging = judging, .assertion = assertion, .finding = finding};

	if (judging->doc == NULL) {
		finding->got = "no JSON";
		finding->said = arena_printf(judging->arena, "the body is not JSON: %s",
					     judging->parse_error);
		return;
	}
	json_path_each(assertion->path, root, visit_json, &walk);
	if (walk.seen == 0)
		judge_absent(judging, assertion, finding);
}

static void judge_body(struct judging *judging, const struct assertion *assertion,
		       struct finding *finding)
{
	const struct sample *sample = judging->sample;
	struct value value = {.type = VALUE_STRING};

	if (sample->body == NULL) {
		judge_absent(judging, assertion, finding);
		return;
	}
	value.as.string.bytes = sample->body;
	value.as.string.len = sample->body_len;
	finding->got = judging_show(judging, &value);
	judge_value(judging, assertion, &value, value_type_name(VALUE_STRING), finding);
}

static void judge_duration(struct judging *judging, const struct assertion *assertion, int64_t ns,
			   struct finding *finding)
{
	struct value value = value_duration(ns);
	struct strbuf shown;

	strbuf_init(&shown, 64);
	latency_format(&shown, ns);
	finding->got = judging_take(judging, &shown);
	judge_value(judging, assertion, &value, value_type_name(VALUE_DURATION), finding);
}

static void judge_phase(struct judging *judging, const struct assertion *assertion, int64_t ns,
			struct finding *finding)
{
	if (ns >= 0) {
		judge_duration(judging, assertion, ns, finding);
		return;
	}
	finding->got = "not measured";
	finding->pass = finding->skipped = true;
}

static bool is_plain(const struct check *check)
{
	return check->url != NULL ? strncasecmp(check->url, "http://", 7) == 0 : !check->secure;
}

static bool is_of_certificate(enum subject subject)
{
	return subject == SUBJECT_CERT || subject == SUBJECT_CERT_CHAIN ||
	       subject == SUBJECT_CERT_NAMES || subject == SUBJECT_CERT_ISSUER;
}

/* A subject that the sample carries as a value: status, size, redirects, cert … */
static void judge_measured(struct judging *judging, const struct assertion *assertion,
			   struct finding *finding)
{
	const struct sample *sample = judging->sample;
	const struct value *value = sample_value(sample, assertion->subject, assertion->argument);

	if (value == NULL && is_of_certificate(assertion->subject) && is_plain(judging->check)) {
		finding->got = "plain connection";
		finding->pass = finding->skipped = true;
		return;
	}
	if (value == NULL) {
		judge_absent(judging, assertion, finding);
		return;
	}
	finding->got = judging_show(judging, value);
	judge_value(judging, assertion, value, value_type_name(value->type), finding);
}

/* Of the answer itself where it is there. One that came several times is a list of texts. */
static void judge_header(struct judging *judging, const struct assertion *assertion,
			 struct finding *finding)
{
	const struct sample *sample = judging->sample;
	const struct exchange *kept = sample->exchange;
	const struct exchange_header *headers = sample->headers;
	size_t count = sample->header_count, found = 0;
	const char **values;
	struct value value;

	if (headers == NULL && kept != NULL) {
		headers = kept->headers;
		count = kept->header_count;
	}
	values = arena_array(judging->arena, count, sizeof(*values));
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(headers[i].name, assertion->argument) == 0)
			values[found++] = headers[i].value;
	if (found == 0) {
		judge_absent(judging, assertion, finding);
		return;
	}
	value = found == 1 ? value_string(values[0])
			   : (struct value){.type = VALUE_LIST, .as.list = {values, found}};
	finding->got = judging_show(judging, &value);
	judge_value(judging, assertion, &value, value_type_name(value.type), finding);
}

static void judge_message(struct judging *judging, const struct assertion *assertion,
			  struct finding *finding)
{
	struct value value;

	if (judging->sample->message == NULL) {
		judge_absent(judging, assertion, finding);
		return;
	}
	value = value_string(judging->sample->message);
	finding->got = judging_show(judging, &value);
	judge_value(judging, assertion, &value, value_type_name(VALUE_STRING), finding);
}

static void judge_subject(struct judging *judging, const struct assertion *assertion,
			  struct finding *finding)
{
	const struct sample *sample = judging->sample;

	switch (assertion->subject) {
	case SUBJECT_LATENCY:
		judge_phase(judging, assertion, sample->latency_ns, finding);
		return;
	case SUBJECT_DNS:
		judge_phase(judging, assertion, sample->phases.ns[PHASE_DNS], finding);
		return;
	case SUBJECT_CONNECT:
		judge_phase(judging, assertion, sample->phases.ns[PHASE_CONNECT], finding);
		return;
	case SUBJECT_TLS:
		judge_phase(judging, assertion, sample->phases.ns[PHASE_TLS], finding);
		return;
	case SUBJECT_SEND:
		judge_phase(judging, assertion, sample->phases.ns[PHASE_SEND], finding);
		return;
	case SUBJECT_WAIT:
		judge_phase(judging, assertion, sample->phases.ns[PHASE_WAIT], finding);
		return;
	case SUBJECT_RECEIVE:
		judge_phase(judging, assertion, sample->phases.ns[PHASE_RECEIVE], finding);
		return;
	case SUBJECT_BODY:
		judge_body(judging, assertion, finding);
		return;
	case SUBJECT_JSON:
		judge_json(judging, assertion, finding);
		return;
	case SUBJECT_HEADER:
		judge_header(judging, assertion, finding);
		return;
	case SUBJECT_MESSAGE:
		judge_message(judging, assertion, finding);
		return;
	default: /* measured by the probe */
		break;
	}
	judge_measured(judging, assertion, finding);
}

static void judge_leaf(struct judging *judging, const struct assertion *assertion,
		       struct finding *finding)
{
	bool about_body = assertion->subject == SUBJECT_BODY || assertion->subject == SUBJECT_JSON;

	if (about_body && judging->remembered != NULL &&
	    memo_finding(judging->remembered, judging->next_finding++, finding))
		return;
	if (judging->sample->failure != FAILURE_NONE && assertion->subject != SUBJECT_MESSAGE) {
		finding->got = "no answer";
		finding->said = "there is no answer";
		return;
	}
	judge_subject(judging, assertion, finding);
	if (about_body) {
		struct body_findings *list = &judging->findings;

		if (list->len == list->cap) {
			list->cap = list->cap != 0 ? list->cap * 2 : 8;
			list->at = xreallocarray(list->at, list->cap, sizeof(*list->at));
		}
		list->at[list->len++] = *finding;
	}
}

static void judge_any(struct judging *judging, const struct assertion *assertion,
		      struct finding *finding)
{
	struct strbuf said;
	size_t skipped = 0;

	strbuf_init(&said, LIMIT_MESSAGE);
	/* Every alternative is judged, also behind one that holds: the memo counts them. */
	for (size_t i = 0; i < assertion->any_count; i++) {
		struct finding one = {.got = "", .said = ""};

		judge_leaf(judging, &assertion->any[i], &one);
		skipped += one.skipped;
		if (one.pass && !finding->pass) {
			finding->pass = true;
			finding->got = one.got;
		}
		strbuf_addf(&said, "%s%s", said.len == 0 ? "" : "; ", one.said);
	}
	finding->skipped = skipped > 0 && skipped == assertion->any_count;
	if (!finding->pass) {
		finding->got = judging_take(judging, &said);
		finding->said = arena_printf(judging->arena, "none of %zu holds: %s",
					     assertion->any_count, finding->got);
	}
	strbuf_release(&said);
}

void assertion_judge(struct judging *judging, const struct assertion *assertion,
		     struct finding *finding)
{
	*finding = (struct finding){.got = "", .said = ""};
	if (assertion->any_count != 0)
		judge_any(judging, assertion, finding);
	else
		judge_leaf(judging, assertion, finding);
}
