/* Paths into a JSON document, as services.yaml writes them: `.a.b`, `.a[0]`, `.a[*]`,
 * `."odd key"`, `.`. A path is a list of steps; each turns one value into none, one or many. */
#include "base/json.h"

#include "base/vec.h"

#define STEPS_MAX 32

struct step {
	enum { STEP_KEY, STEP_INDEX, STEP_EACH } kind;
	char *key;
	size_t index;
};

struct json_path {
	struct step *at;
	size_t len;
	size_t cap;
};

/* A bare key ends at the next step; blanks and quotes belong into a quoted one. */
static bool is_bare(char c)
{
	return (unsigned char)c > ' ' && strchr(".[]\"\\", c) == NULL;
}

static char *take_bare_key(const char **text)
{
	const char *start = *text;

	while (is_bare(**text))
		(*text)++;
	return *text != start ? xstrndup(start, (size_t)(*text - start)) : NULL;
}

/* After the opening quote; `\"` and `\\` are the escapes. NULL without a closing quote. */
static char *take_quoted_key(const char **text)
{
	char *key = xmalloc(strlen(*text) + 1);
	size_t len = 0;

	for (; **text != '\0' && **text != '"'; (*text)++) {
		if (**text == '\\' && ((*text)[1] == '"' || (*text)[1] == '\\'))
			(*text)++;
		key[len++] = **text;
	}
	if (**text != '"') {
		free(key);
		return NULL;
	}
	(*text)++;
	key[len] = '\0';
	return key;
}

/* After the '[': "0]" or "*]". */
static bool take_index(const char **text, struct step *step)
{
	*step = (struct step){.kind = STEP_EACH};
	if (**text == '*') {
		(*text)++;
	} else {
		step->kind = STEP_INDEX;
		if (**text < '0' || **text > '9')
			return false;
		for (; **text >= '0' && **text <= '9'; (*text)++) {
			step->index = step->index * 10 + (size_t)(**text - '0');
			if (step->index > INT32_MAX)
				return false;
		}
	}
	return *(*text)++ == ']';
}

static const char *take_step(const char **text, struct step *step)
{
	if (**text == '[') {
		(*text)++;
		return take_index(text, step) ? NULL : "[N] or [*]";
	}
	if (**text != '.')
		return "'.' or '['";
	(*text)++;
	if (**text == '[') /* ".[0]": the document is a list */
		return take_step(text, step);
	*step = (struct step){.kind = STEP_KEY};
	if (**text == '"') {
		(*text)++;
		step->key = take_quoted_key(text);
		return step->key != NULL ? NULL : "a closing quote";
	}
	step->key = take_bare_key(text);
	return step->key != NULL ? NULL : "a key";
}

struct json_path *json_path_new(const char *text, struct strbuf *err)
{
	struct json_path *path = xcalloc(1, sizeof(*path));
	const char *at = text;
	const char *wanted = NULL;

	if (strcmp(text, ".") == 0)
		return path;
	if (*at != '.')
		wanted = "a leading '.'";
	while (wanted == NULL && *at != '\0') {
		struct step step;

		wanted = path->len == STEPS_MAX ? "fewer steps" : take_step(&at, &step);
		if (wanted == NULL)
			vec_push(path, step);
	}
	if (wanted == NULL && path->len != 0)
		return path;
	if (err != NULL)
		strbuf_addf(err, "path '%.80s': wanted %s at character %zu", text,
			    wanted != NULL ? wanted : "a leading '.'", (size_t)(at - text) + 1);
	json_path_free(path);
	return NULL;
}

void json_path_free(struct json_path *path)
{
	if (path == NULL)
		return;
	for (size_t i = 0; i < path->len; i++)
		free(path->at[i].key);
	vec_release(path);
	free(path);
}

struct walk {
	const struct json_path *path;
	bool (*visit)(void *context, const struct json *value);
	void *context;
	size_t visited;
};

/* False once `visit` wants no more. Recurses a level for each step, so at most STEPS_MAX. */
static bool walk_from(struct walk *walk, size_t step, const struct json *value)
{
	const struct step *s;
	const struct json *child;

	if (step == walk->path->len) {
		walk->visited++;
		return walk->visit(walk->context, value);
	}
	s = &walk->path->at[step];
	switch (s->kind) {
	case STEP_KEY:
		child = json_get(value, s->key);
		return child == NULL || walk_from(walk, step + 1, child);
	case STEP_INDEX:
		if (json_type(value) != JSON_LIST)
			return true;
		child = json_first(value);
		for (size_t i = 0; child != NULL && i < s->index; i++)
			child = json_next(child);
		return child == NULL || walk_from(walk, step + 1, child);
	case STEP_EACH:
		for (child = json_first(value); child != NULL; child = json_next(child)) {
			if (!walk_from(walk, step + 1, child))
				return false;
		}
		return true;
	}
	BUG("path step %d", (int)s->kind);
}

size_t json_path_each(const struct json_path *path, const struct json *root,
		      bool (*visit)(void *context, const struct json *value), void *context)
{
	struct walk walk = {.path = path, .visit = visit, .context = context};

	if (root != NULL)
		(void)walk_from(&walk, 0, root);
	return walk.visited;
}

static bool keep_first(void *context, const struct json *value)
{
	const struct json **first = context;

	*first = value;
	return false;
}

const struct json *json_path_first(const struct json_path *path, const struct json *root)
{
	const struct json *first = NULL;

	(void)json_path_each(path, root, keep_first, &first);
	return first;
}
