/* What a server's CORS headers say, judged for a page. A line each: method, origin, the page's header names
 * (blanks between), "credentials" or nothing, status; then headers as they came. A rule that is broken is
 * always told, in a bounded sentence; one that holds never is. */
#include "fuzz.h"

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "probe/cors_rules.h"

#include <strings.h>

#define NAMES_MAX 16
#define SAID_MAX 512

struct input {
	char *text, *at;
};

static char *next_line(struct input *input)
{
	char *line = input->at;
	char *end = strchr(line, '\n');

	input->at = end != NULL ? end + 1 : line + strlen(line);
	if (end != NULL)
		*end = '\0';
	return line;
}

static size_t split_names(char *line, const char *names[NAMES_MAX])
{
	size_t count = 0;
	char *rest = NULL;

	for (char *name = strtok_r(line, " ", &rest); name != NULL && count < NAMES_MAX;
	     name = strtok_r(NULL, " ", &rest))
		names[count++] = name;
	return count;
}

static void read_headers(struct input *input, struct cors_answer *answer)
{
	const struct {
		const char *name;
		const char **value;
	} known[] = {
		{"Access-Control-Allow-Origin", &answer->allow_origin},
		{"Access-Control-Allow-Credentials", &answer->allow_credentials},
		{"Access-Control-Allow-Methods", &answer->allow_methods},
		{"Access-Control-Allow-Headers", &answer->allow_headers},
		{"Access-Control-Expose-Headers", &answer->expose_headers},
		{"Vary", &answer->vary},
		{"Location", &answer->location},
	};

	while (*input->at != '\0') {
		char *line = next_line(input);
		char *colon = strchr(line, ':');

		if (colon == NULL)
			continue;
		*colon++ = '\0';
		for (size_t i = 0; i < BASE_LEN(known); i++)
			if (strcasecmp(known[i].name, line) == 0)
				*known[i].value = colon + strspn(colon, " ");
	}
}

static void judge(bool (*holds)(const struct cors_question *question, const struct cors_answer *answer,
				struct strbuf *rule),
		  const struct cors_question *question, const struct cors_answer *answer)
{
	struct strbuf rule, again;
	bool good;

	strbuf_init(&rule, SAID_MAX);
	strbuf_init(&again, SAID_MAX);
	good = holds(question, answer, &rule);
	PROMISE(good == (rule.len == 0));
	PROMISE(holds(question, answer, &again) == good && again.len == rule.len);
	/* A server that says nothing allows nothing. */
	PROMISE(!good || answer->allow_origin != NULL);
	strbuf_release(&rule);
	strbuf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {.text = xstrndup((const char *)data, size)};
	const char *names[NAMES_MAX], *expose[NAMES_MAX];
	struct cors_question question = {.headers = names, .expose = expose};
	struct cors_answer answer = {0};
	struct strbuf said;

	input.at = input.text;
	question.method = next_line(&input);
	question.origin = next_line(&input);
	question.header_count = split_names(next_line(&input), names);
	question.expose_count = split_names(next_line(&input), expose);
	question.credentials = strcmp(next_line(&input), "credentials") == 0;
	answer.status = atoi(next_line(&input)) % 1000;
	read_headers(&input, &answer);
	(void)cors_needs_preflight(&question);
	judge(cors_preflight_holds, &question, &answer);
	judge(cors_answer_holds, &question, &answer);
	PROMISE(!cors_is_lost(&answer) || answer.allow_origin == NULL);
	strbuf_init(&said, SAID_MAX);
	PROMISE(!cors_is_unvaried(&question, &answer, &said) || said.len != 0);
	strbuf_release(&said);
	free(input.text);
	return 0;
}
