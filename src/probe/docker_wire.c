/* Reads the engine's JSON. Invariant: a missing key is an empty text, 0 or false, never an error; only
 * an answer without a state is none. See docker_wire.h. */
#include "probe/docker_wire.h"

#include "base/json.h"

#define REVISION "org.opencontainers.image.revision"

static const char *text_of(struct arena *arena, const struct json *map, const char *key)
{
	const char *text = json_string(json_get(map, key));

	return text != NULL ? arena_strdup(arena, text) : "";
}

/* Times before 1971 stand for "never" (0001-01-01) or are made up for reproducible builds. */
static struct wall_time time_of(const struct json *map, const char *key)
{
	const char *text = json_string(json_get(map, key));
	struct wall_time at = {0};
	int64_t year_ns = (int64_t)365 * 24 * 3600 * NS_PER_S;

	if (text == NULL || text[0] == '0' || wall_parse(text, strlen(text), 0, &at) == 0 ||
	    at.ns < year_ns)
		return (struct wall_time){0};
	return at;
}

static unsigned count_of(const struct json *map, const char *key)
{
	double number = json_number(json_get(map, key), 0);

	return number > 0 && number < 1e9 ? (unsigned)number : 0;
}

/* Engines give any number of 32 bits: -1, and on Windows a status like 3221225477. */
static int exit_code_of(const struct json *state)
{
	double number = json_number(json_get(state, "ExitCode"), 0);

	return number >= INT32_MIN && number <= UINT32_MAX ? (int32_t)(uint32_t)(int64_t)number : 0;
}

static const char *without_digest_name(const char *id)
{
	const char *colon = strchr(id, ':');

	return colon != NULL ? colon + 1 : id;
}

/* Podman has a few names of its own. */
static const char *state_name(const char *state)
{
	if (strcmp(state, "configured") == 0 || strcmp(state, "initialized") == 0)
		return "created";
	return strcmp(state, "stopped") == 0 ? "exited" : state;
}

static const char *trimmed(struct arena *arena, const char *text)
{
	size_t len = strlen(text);

	while (len != 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	return arena_strndup(arena, text, len);
}

static void read_health(struct arena *arena, const struct json *health,
			struct docker_container *container)
{
	const struct json *entry, *last = NULL;
	bool runs = strcmp(container->state, "running") == 0 || strcmp(container->state, "paused") == 0;

	container->health = container->health_output = "";
	if (runs) {
		container->health = text_of(arena, health, "Status");
		container->health_streak = count_of(health, "FailingStreak");
		for (entry = json_first(json_get(health, "Log")); entry != NULL;
		     entry = json_next(entry))
			last = entry;
		container->health_output = trimmed(arena, text_of(arena, last, "Output"));
	}
	if (container->health[0] == '\0')
		container->health = "none";
}

bool docker_read_container(const char *bytes, size_t len, struct arena *arena,
			   struct docker_container *container)
{
	struct json_doc *doc = json_parse(bytes, len, NULL);
	const struct json *root = doc != NULL ? json_root(doc) : NULL;
	const struct json *state = json_get(root, "State"), *config = json_get(root, "Config");
	bool good = json_string(json_get(state, "Status")) != NULL;

	*container = (struct docker_container){0};
	if (good) {
		const char *name = text_of(arena, root, "Name");

		container->id = text_of(arena, root, "Id");
		container->name = name[0] == '/' ? name + 1 : name;
		container->state = state_name(text_of(arena, state, "Status"));
		container->error = text_of(arena, state, "Error");
		container->exit_code = exit_code_of(state);
		container->oom_killed = json_bool(json_get(state, "OOMKilled"), false);
		container->created = time_of(root, "Created");
		container->started = time_of(state, "StartedAt");
		container->finished = time_of(state, "FinishedAt");
		container->restarts = count_of(root, "RestartCount");
		container->image = text_of(arena, config, "Image");
		container->image_id = without_digest_name(text_of(arena, root, "Image"));
		container->tty = json_bool(json_get(config, "Tty"), false);
		container->revision = text_of(arena, json_get(config, "Labels"), REVISION);
		read_health(arena, json_get(state, "Health"), container);
	}
	json_free(doc);
	return good;
}

bool docker_read_image(const char *bytes, size_t len, struct arena *arena, struct docker_image *image)
{
	struct json_doc *doc = json_parse(bytes, len, NULL);
	const struct json *root = doc != NULL ? json_root(doc) : NULL;
	bool good = json_string(json_get(root, "Id")) != NULL;

	*image = (struct docker_image){.revision = ""};
	if (good) {
		image->created = time_of(root, "Created");
		image->revision = text_of(arena, json_get(json_get(root, "Config"), "Labels"), REVISION);
	}
	json_free(doc);
	return good;
}

/* Compose has joined names by `_` once and by `-` since. */
static bool same_letter(char a, char b)
{
	return a == b || (a == '_' && b == '-') || (a == '-' && b == '_');
}

/* Bytes of the longest run of characters that both names have. */
static size_t likeness(const char *a, const char *b)
{
	size_t best = 0;

	for (const char *from = a; *from != '\0'; from++)
		for (const char *at = b; *at != '\0'; at++) {
			size_t run = 0;

			while (from[run] != '\0' && same_letter(from[run], at[run]))
				run++;
			best = run > best ? run : best;
		}
	return best;
}

struct likely {
	size_t score;
	const char *shown;
};

/* Keeps the best of them in front. */
static void consider(struct likely *list, size_t most, size_t *found, struct likely one)
{
	size_t at = *found;

	if (*found == most && list[most - 1].score >= one.score)
		return;
	if (*found < most)
		(*found)++;
	else
		at = most - 1;
	for (; at > 0 && list[at - 1].score < one.score; at--)
		list[at] = list[at - 1];
	list[at] = one;
}

#define SIMILAR_MOST 8
#define SIMILAR_LEAST 3 /* shorter common parts are chance */
#define NAME_LOOKED_AT 128
#define STATE_SHOWN 20

static const char *quoted(const struct redactor *redactor, struct arena *arena, const char *text,
			  size_t most)
{
	const char *kept;
	struct strbuf out;

	strbuf_init(&out, most + 8);
	redact_quote(redactor, &out, text, strlen(text), most);
	kept = arena_strndup(arena, out.data, out.len);
	strbuf_release(&out);
	return kept;
}

size_t docker_read_similar(const char *bytes, size_t len, const char *wanted,
			   const struct redactor *redactor, struct arena *arena,
			   const char **similar, size_t most, size_t *found)
{
	struct json_doc *doc = json_parse(bytes, len, NULL);
	const struct json *list = doc != NULL ? json_root(doc) : NULL;
	struct likely best[SIMILAR_MOST];
	size_t count = 0;

	*found = 0;
	if (json_type(list) != JSON_LIST) {
		json_free(doc);
		return SIZE_MAX;
	}
	most = most < SIMILAR_MOST ? most : SIMILAR_MOST;
	wanted = arena_strndup(arena, wanted, strnlen(wanted, NAME_LOOKED_AT));
	for (const struct json *one = json_first(list); one != NULL && count < DOCKER_NAMES_MOST;
	     one = json_next(one)) {
		const char *name = json_string(json_first(json_get(one, "Names")));
		struct likely likely;

		count++;
		if (name == NULL)
			continue;
		name = quoted(redactor, arena, name + (name[0] == '/'), NAME_LOOKED_AT);
		likely = (struct likely){
			likeness(name, wanted),
			arena_printf(arena, "%s (%s)", name,
				     quoted(redactor, arena, text_of(arena, one, "State"), STATE_SHOWN))};
		if (likely.score >= SIMILAR_LEAST)
			consider(best, most, found, likely);
	}
	for (size_t i = 0; i < *found; i++)
		similar[i] = best[i].shown;
	json_free(doc);
	return count;
}

/* One event, a JSON object on a line of its own. */
static bool read_end(const char *line, size_t len, struct wall_time *at)
{
	struct json_doc *doc = json_parse(line, len, NULL);
	const struct json *event = doc != NULL ? json_root(doc) : NULL;
	const char *action = json_string(json_get(event, "Action"));
	double seconds = json_number(json_get(event, "time"), 0);
	bool ended = action != NULL && (strcmp(action, "die") == 0 || strcmp(action, "died") == 0) &&
		     seconds > 0 && seconds < 9e9;

	if (ended)
		at->ns = (int64_t)seconds * NS_PER_S;
	json_free(doc);
	return ended;
}

size_t docker_read_ends(const char *bytes, size_t len, struct wall_time *ends, size_t most)
{
	size_t count = 0;

	for (size_t at = 0; at < len;) {
		const char *end = memchr(bytes + at, '\n', len - at);
		size_t line = end != NULL ? (size_t)(end - bytes) - at : len - at;
		struct wall_time time;

		if (read_end(bytes + at, line, &time)) {
			if (count == most)
				memmove(ends, ends + 1, --count * sizeof(*ends));
			ends[count++] = time;
		}
		at += line + 1;
	}
	return count;
}

const char *docker_read_message(const char *bytes, size_t len, struct arena *arena)
{
	struct json_doc *doc = json_parse(bytes, len, NULL);
	const char *text = json_string(json_get(doc != NULL ? json_root(doc) : NULL, "message"));

	text = text != NULL ? arena_strdup(arena, text) : NULL;
	json_free(doc);
	return text;
}
