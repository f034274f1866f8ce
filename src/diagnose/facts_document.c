/* Facts of what somebody wrote down: the symptoms of an incident document of --explain. Keys that
 * are not known are ignored, values of another type than the fact's are read as far as it makes
 * sense ("137" is 137). */
#include "base/units.h"
#include "diagnose/facts.h"

#include <strings.h>

enum reading { AS_FACT, AS_TEXT_TOO };

/* Keys of documents, and the fact each one is. */
static const struct {
	const char *key;
	enum fact_id fact;
	enum reading reading;
} symptoms[] = {
	{"check_type", FACT_CHECK_TYPE, AS_FACT},
	{"http_status", FACT_HTTP_STATUS, AS_FACT},
	{"method", FACT_HTTP_METHOD, AS_FACT},
	{"path", FACT_HTTP_PATH, AS_FACT},
	{"response_body_excerpt", FACT_HTTP_BODY, AS_TEXT_TOO},
	{"closes_after_s", FACT_CLOSES_AFTER, AS_FACT},
	{"fails_after_s", FACT_FAILS_AFTER, AS_FACT},
	{"curl_error", FACT_CHECK_MESSAGE, AS_TEXT_TOO},
	{"tls_error", FACT_CHECK_MESSAGE, AS_TEXT_TOO},
	{"container.state", FACT_CONTAINER_STATE, AS_FACT},
	{"container.exit_code", FACT_CONTAINER_EXIT, AS_FACT},
	{"container.reason", FACT_CONTAINER_REASON, AS_FACT},
	{"container.oom_killed", FACT_CONTAINER_OOM, AS_FACT},
};

/* The value as the fact's type; false where it is none. */
static bool convert(struct value value, enum value_type type, struct value *out)
{
	double number;

	*out = value;
	if (value.type == type)
		return true;
	if (type == VALUE_NUMBER && value.type == VALUE_STRING &&
	    number_parse(value.as.string.bytes, value.as.string.len, &number)) {
		*out = value_number(number);
		return true;
	}
	if (type == VALUE_BOOL && value.type == VALUE_STRING) {
		*out = value_bool(strcasecmp(value.as.string.bytes, "true") == 0);
		return true;
	}
	return false;
}

static size_t scope_for(struct facts *facts, enum fact_id id, size_t *check_scope)
{
	if (fact_info(id)->scope != FACT_OF_CHECK)
		return 0;
	if (*check_scope == 0) {
		struct scope scope = {.kind = FACT_OF_CHECK,
				      .evidence = EVIDENCE_DOCUMENT,
				      .source = "symptoms"};

		*check_scope = facts_add_scope(facts, &scope);
	}
	return *check_scope;
}

static void add_header(struct facts *facts, const struct case_symptom *one, size_t *check_scope)
{
	struct fact fact = {
		.id = FACT_HTTP_HEADER,
		.argument = one->key + strlen("header."),
		.value = one->value,
		.scope = scope_for(facts, FACT_HTTP_HEADER, check_scope),
	};

	vec_push(&facts->list, fact);
	facts->present[fact.id] = true;
}

static void add_symptom(struct facts *facts, const struct case_symptom *one, size_t *check_scope)
{
	for (size_t i = 0; i < BASE_LEN(symptoms); i++) {
		enum fact_id id = symptoms[i].fact;
		struct value value;
		size_t scope;

		if (strcmp(symptoms[i].key, one->key) != 0 ||
		    !convert(one->value, fact_info(id)->type, &value))
			continue;
		scope = scope_for(facts, id, check_scope);
		facts_add(facts, id, scope, value);
		if (symptoms[i].reading == AS_TEXT_TOO) {
			struct fact_text text = {value.as.string.bytes, value.as.string.len, scope};

			vec_push(&facts->texts, text);
		}
	}
}

/* The application's own log shows it answering 404 or 405 to the very path. */
static void add_logged_route(struct facts *facts, const struct case_file *file, size_t scope,
			     const char *path)
{
	for (size_t i = 0; i < file->log_count; i++) {
		const struct log_match *match = &file->logs[i].match;
		const char *at = memmem(match->text, match->len, path, strlen(path));
		const char *end = match->text + match->len;

		if (at == NULL || strlen(path) < 2)
			continue;
		at += strlen(path);
		if (memmem(at, (size_t)(end - at), " 404", 4) != NULL ||
		    memmem(at, (size_t)(end - at), " 405", 4) != NULL) {
			facts_add_text(facts, FACT_ROUTE_LOGGED, scope,
				       arena_strndup(facts->arena, match->text, match->len));
			return;
		}
	}
}

static void complete_check(struct facts *facts, const struct case_file *file, size_t scope)
{
	const struct fact *status = facts_get(facts, FACT_HTTP_STATUS, scope);
	const struct fact *path = facts_get(facts, FACT_HTTP_PATH, scope);
	const struct fact *method = facts_get(facts, FACT_HTTP_METHOD, scope);
	const struct fact *body = facts_get(facts, FACT_HTTP_BODY, scope);
	double code = status != NULL ? status->value.as.number : 0;
	const char *path_text = path != NULL ? path->value.as.string.bytes : NULL;
	const char *body_text = body != NULL ? body->value.as.string.bytes : NULL;
	bool known;

	facts_add_proxy(facts, scope, facts_header(facts, scope, "server", &known), body_text,
			code);
	if (path_text != NULL && (code == 404 || code == 405 || code == 410)) {
		facts_add_text(facts, FACT_ROUTE_WANTED, scope,
			       arena_printf(facts->arena, "%s %s",
					    method != NULL ? method->value.as.string.bytes : "GET",
					    path_text));
		add_logged_route(facts, file, scope, path_text);
	}
}

void facts_collect_document(struct facts *facts, const struct case_file *file)
{
	size_t check_scope = 0;

	if (file->service == NULL)
		facts_add_text(facts, FACT_VANTAGE, 0, "document");
	for (size_t i = 0; i < file->symptom_count; i++) {
		if (strncmp(file->symptoms[i].key, "header.", strlen("header.")) == 0)
			add_header(facts, &file->symptoms[i], &check_scope);
		else
			add_symptom(facts, &file->symptoms[i], &check_scope);
	}
	if (check_scope != 0)
		complete_check(facts, file, check_scope);
}
