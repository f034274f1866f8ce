/* The body's own verdict: the health formats that people really serve, told by their shape, never by
 * configuration. Known: a `status` word; Spring Boot Actuator (`components`, nested), ASP.NET Core
 * (`results` or `entries`), MicroProfile (`checks` as a list with names), draft-inadarei-api-health-check-06
 * (`checks` as a map of lists), and plain maps of name -> word or true/false. A word that is not known
 * says nothing. The word at the top outranks its parts; a bad part below a good top makes it a warning. */
#include "judge/judging.h"

#include <strings.h>

#define PARTS_MAX 256
#define PARTS_DEPTH 4
#define PARTS_SHOWN 3

enum word { WORD_NONE, WORD_GOOD, WORD_FAIR, WORD_BAD };

struct parts {
	struct judging *judging;
	size_t seen;
	size_t bad, fair;
	struct strbuf said; /* the worst ones, in words */
	size_t shown;
};

static enum word word_of(const char *text)
{
	static const struct {
		const char *text;
		enum word word;
	} words[] = {
		{"ok", WORD_GOOD},	 {"healthy", WORD_GOOD},       {"up", WORD_GOOD},
		{"pass", WORD_GOOD},	 {"passed", WORD_GOOD},	       {"passing", WORD_GOOD},
		{"degraded", WORD_FAIR}, {"warn", WORD_FAIR},	       {"warning", WORD_FAIR},
		{"unhealthy", WORD_BAD}, {"down", WORD_BAD},	       {"fail", WORD_BAD},
		{"failed", WORD_BAD},	 {"failing", WORD_BAD},	       {"error", WORD_BAD},
		{"critical", WORD_BAD},	 {"out_of_service", WORD_BAD},
	};

	if (text == NULL)
		return WORD_NONE;
	for (size_t i = 0; i < BASE_LEN(words); i++)
		if (strcasecmp(words[i].text, text) == 0)
			return words[i].word;
	return WORD_NONE;
}

/* The word of a part: itself, or its status; true and false count as words. */
static enum word part_word(const struct json *part, const char **shown)
{
	const struct json *status = part;

	if (json_type(part) == JSON_MAP) {
		status = json_get(part, "status");
		if (status == NULL)
			status = json_get(part, "state");
		if (status == NULL)
			status = json_get(part, "healthy");
	}
	if (json_type(status) == JSON_BOOL) {
		*shown = json_bool(status, false) ? "true" : "false";
		return json_bool(status, false) ? WORD_GOOD : WORD_BAD;
	}
	*shown = json_string(status);
	return word_of(*shown);
}

/* Why a part is not well, where it says so. */
static const char *part_reason(const struct json *part)
{
	static const char *const keys[] = {"error", "output", "message", "description", "detail"};
	const struct json *details = json_get(part, "details");
	const char *text = NULL;

	for (size_t i = 0; i < BASE_LEN(keys) && text == NULL; i++) {
		text = json_string(json_get(part, keys[i]));
		if (text == NULL)
			text = json_string(json_get(details, keys[i]));
	}
	return text;
}

static void part_say(struct parts *parts, const char *name, const char *word, const char *reason)
{
	struct judging *judging = parts->judging;

	if (parts->shown++ >= PARTS_SHOWN)
		return;
	strbuf_addf(&parts->said, "%s%s is \"%s\"", parts->said.len != 0 ? ", " : "",
		    judging_clean(judging, name, strlen(name)),
		    judging_clean(judging, word, strlen(word)));
	if (reason != NULL && reason[0] != '\0')
		strbuf_addf(&parts->said, " (%s)", judging_clean(judging, reason, strlen(reason)));
}

static const struct json *parts_of(const struct json *map, size_t index)
{
	static const char *const keys[] = {"checks", "components", "dependencies", "entries",
					   "results"};

	return index < BASE_LEN(keys) ? json_get(map, keys[index]) : NULL;
}
#define PARTS_KEYS 5

static void judge_parts(struct parts *parts, const struct json *list, const char *owner, int depth);

static void judge_part(struct parts *parts, const struct json *part, const char *name, int depth)
{
	const char *shown = NULL;
	enum word word = part_word(part, &shown);
	size_t worse = parts->bad + parts->fair;

	if (parts->seen++ >= PARTS_MAX)
		return;
	/* The innermost part that is not well says more than what is around it. */
	if (json_type(part) == JSON_LIST)
		judge_parts(parts, part, name, depth + 1);
	for (size_t i = 0; json_type(part) == JSON_MAP && i < PARTS_KEYS; i++)
		judge_parts(parts, parts_of(part, i), NULL, depth + 1);
	if (parts->bad + parts->fair > worse)
		return;
	if (word == WORD_BAD)
		parts->bad++;
	else if (word == WORD_FAIR)
		parts->fair++;
	else
		return;
	part_say(parts, name, shown, part_reason(part));
}

/* `owner` names entries that have no name of their own (a list below a key). */
static void judge_parts(struct parts *parts, const struct json *list, const char *owner, int depth)
{
	if (depth > PARTS_DEPTH || (json_type(list) != JSON_MAP && json_type(list) != JSON_LIST))
		return;
	for (const struct json *part = json_first(list); part != NULL; part = json_next(part)) {
		const char *name = json_key(part);

		if (json_type(list) == JSON_LIST) {
			name = json_string(json_get(part, "name"));
			if (name == NULL)
				name = owner != NULL ? owner : "a part";
		}
		judge_part(parts, part, name, depth);
	}
}

static const char *features_off(struct judging *judging, const struct json *features)
{
	struct strbuf names;

	if (json_type(features) != JSON_MAP)
		return "";
	strbuf_init(&names, LIMIT_MESSAGE);
	for (const struct json *one = json_first(features); one != NULL; one = json_next(one)) {
		const char *key = json_key(one);

		if (json_type(one) == JSON_BOOL && !json_bool(one, true))
			strbuf_addf(&names, "%s%s", names.len != 0 ? ", " : "",
				    judging_clean(judging, key, strlen(key)));
	}
	return judging_take(judging, &names);
}

static void conclude(struct parts *parts, enum word top, const char *top_shown,
		     struct health *health)
{
	struct judging *judging = parts->judging;
	struct strbuf said;

	health->spoke = top != WORD_NONE || parts->seen != 0;
	health->state = CHECK_PASS;
	if (top == WORD_BAD || (top == WORD_NONE && parts->bad != 0))
		health->state = CHECK_FAIL;
	else if (top == WORD_FAIR || parts->bad != 0 || parts->fair != 0)
		health->state = CHECK_WARN;
	strbuf_init(&said, LIMIT_MESSAGE);
	/* Which part is not well says more than the word on top, unless the two differ. */
	if (parts->said.len != 0 && top == WORD_GOOD)
		strbuf_addf(&said, "the body says \"%s\", but ",
			    judging_clean(judging, top_shown, strlen(top_shown)));
	else if (parts->said.len != 0)
		strbuf_adds(&said, "the body says ");
	else if (top != WORD_NONE)
		strbuf_addf(&said, "the body says \"%s\"",
			    judging_clean(judging, top_shown, strlen(top_shown)));
	strbuf_add(&said, parts->said.data, parts->said.len);
	if (parts->shown > PARTS_SHOWN)
		strbuf_addf(&said, " and %zu more", parts->shown - PARTS_SHOWN);
	health->said = judging_take(judging, &said);
}

void health_judge(struct judging *judging, struct health *health)
{
	const struct sample *sample = judging->sample;
	struct parts parts = {.judging = judging};
	const struct json *root;
	const char *shown = NULL;
	size_t at = 0;
	enum word top;

	*health = (struct health){.state = CHECK_PASS, .said = "", .features = ""};
	while (at < sample->body_len && strchr(" \t\r\n", sample->body[at]) != NULL)
		at++;
	if (at == sample->body_len || sample->body[at] != '{')
		return;
	root = judging_json(judging);
	if (json_type(root) != JSON_MAP)
		return;
	top = part_word(root, &shown);
	strbuf_init(&parts.said, LIMIT_MESSAGE);
	for (size_t i = 0; i < PARTS_KEYS; i++)
		judge_parts(&parts, parts_of(root, i), NULL, 0);
	conclude(&parts, top, shown, health);
	health->features = features_off(judging, json_get(root, "features"));
	strbuf_release(&parts.said);
}
