/* Cutting the input. A line that is a JSON object with `symptoms`, or with `logs` as a list, is an
 * incident document (so is a whole file that is one such object); every other line is log text.
 * Invariant: all text that leaves here is scrubbed, and nothing is larger than what came in. */
#include "app/explain_input.h"

#include "base/limits.h"
#include "base/scrub.h"

/* Scrubbing may spell a byte out with up to 8 columns (tabs) or 3 bytes. */
#define SCRUBBED_MAX (2u * LIMIT_EXPLAIN_BYTES)
#define SYMPTOMS_MAX 200
#define SYMPTOM_TEXT (64u << 10)

struct symptom_list {
	struct arena *arena;
	struct case_symptom *at;
	size_t len;
};

static const char *scrubbed(struct arena *arena, const char *text, size_t max, unsigned flags)
{
	char *clean = scrub_dup(text, strlen(text), max, flags);
	const char *kept = arena_strdup(arena, clean);

	free(clean);
	return kept;
}

static void add_symptom(struct symptom_list *list, const char *prefix, const struct json *value)
{
	struct case_symptom *one = &list->at[list->len];

	if (list->len == SYMPTOMS_MAX)
		return;
	switch (json_type(value)) {
	case JSON_STRING:
		one->value = value_string(scrubbed(list->arena, json_string(value), SYMPTOM_TEXT,
						   SCRUB_TEXT | SCRUB_SGR));
		break;
	case JSON_NUMBER:
		one->value = value_number(json_number(value, 0));
		break;
	case JSON_BOOL:
		one->value = value_bool(json_bool(value, false));
		break;
	case JSON_NULL:
		one->value = value_null();
		break;
	case JSON_LIST:
	case JSON_MAP:
		return;
	}
	one->key = arena_printf(list->arena, "%s%s", prefix,
				scrubbed(list->arena, json_key(value), LIMIT_NAME, SCRUB_LINE));
	list->len++;
}

static void add_symptoms(struct symptom_list *list, const char *prefix, const struct json *map)
{
	if (json_type(map) != JSON_MAP)
		return;
	for (const struct json *one = json_first(map); one != NULL; one = json_next(one)) {
		if (strcmp(json_key(one), "response_headers") == 0)
			add_symptoms(list, "header.", one);
		else
			add_symptom(list, prefix, one);
	}
}

/* A log entry is a text, or an object that has one. */
static void add_log_entry(struct strbuf *log, const struct json *entry)
{
	static const char *const keys[] = {"text", "message", "line", "msg", "log"};
	const char *text = json_string(entry);

	for (size_t i = 0; i < BASE_LEN(keys) && text == NULL; i++)
		text = json_string(json_get(entry, keys[i]));
	if (text == NULL)
		return;
	scrub(log, text, strlen(text), SCRUB_TEXT | SCRUB_SGR);
	strbuf_addc(log, '\n');
}

static struct explain_document *add_document(struct explain_documents *documents, const char *id)
{
	struct explain_document *document = vec_add(&documents->list);

	*document = (struct explain_document){
		.id = scrubbed(&documents->arena, id, LIMIT_NAME, SCRUB_LINE),
	};
	strbuf_init(&document->log, SCRUBBED_MAX);
	return document;
}

static bool is_incident(const struct json *object)
{
	return json_type(object) == JSON_MAP && (json_get(object, "symptoms") != NULL ||
						 json_type(json_get(object, "logs")) == JSON_LIST);
}

/* True where the bytes are one incident document, which is then added. */
static bool add_incident(struct explain_documents *documents, const char *bytes, size_t len)
{
	struct json_doc *doc = json_parse(bytes, len, NULL);
	const struct json *root = json_root(doc);
	struct explain_document *document;
	struct symptom_list list = {.arena = &documents->arena};
	const struct json *logs;

	if (doc == NULL)
		return false;
	if (!is_incident(root)) {
		json_free(doc);
		return false;
	}
	document = add_document(documents, json_string(json_get(root, "id")) != NULL
						   ? json_string(json_get(root, "id"))
						   : arena_printf(&documents->arena, "document %zu",
								  documents->list.len + 1));
	list.at = arena_array(&documents->arena, SYMPTOMS_MAX, sizeof(*list.at));
	add_symptoms(&list, "", json_get(root, "symptoms"));
	add_symptoms(&list, "container.", json_get(root, "container"));
	document->symptoms = list.at;
	document->symptom_count = list.len;
	logs = json_get(root, "logs");
	if (json_type(logs) == JSON_STRING)
		add_log_entry(&document->log, logs);
	for (const struct json *one = json_type(logs) == JSON_LIST ? json_first(logs) : NULL;
	     one != NULL; one = json_next(one))
		add_log_entry(&document->log, one);
	json_free(doc);
	return true;
}

/* A line worth parsing: an object, and one of the two words is in it. */
static bool may_be_incident(const char *line, size_t len)
{
	while (len > 0 && (*line == ' ' || *line == '\t' || *line == '\n' || *line == '\r')) {
		line++;
		len--;
	}
	return len > 0 && *line == '{' &&
	       (memmem(line, len, "\"symptoms\"", 10) != NULL ||
		memmem(line, len, "\"logs\"", 6) != NULL);
}

void explain_split(struct explain_documents *documents, const char *name, const char *bytes,
		   size_t len)
{
	size_t text = SIZE_MAX; /* index of the document of log text */

	*documents = (struct explain_documents){0};
	arena_init(&documents->arena);
	if (may_be_incident(bytes, len) && add_incident(documents, bytes, len))
		return;
	for (size_t at = 0; at < len;) {
		const char *line = bytes + at;
		const char *end = memchr(line, '\n', len - at);
		size_t line_len = end != NULL ? (size_t)(end - line) : len - at;

		at += line_len + 1;
		line_len -= line_len > 0 && line[line_len - 1] == '\r';
		if (may_be_incident(line, line_len) && add_incident(documents, line, line_len))
			continue;
		if (text == SIZE_MAX) {
			if (line_len == 0)
				continue;
			text = documents->list.len;
			add_document(documents, name);
		}
		scrub(&documents->list.at[text].log, line, line_len, SCRUB_TEXT | SCRUB_SGR);
		strbuf_addc(&documents->list.at[text].log, '\n');
	}
	if (documents->list.len == 0)
		add_document(documents, name);
}

void explain_documents_release(struct explain_documents *documents)
{
	for (size_t i = 0; i < documents->list.len; i++)
		strbuf_release(&documents->list.at[i].log);
	vec_release(&documents->list);
	arena_release(&documents->arena);
}
