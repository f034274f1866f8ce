/* Silences and their matchers. Invariant: what cannot be read silences nothing. See silences.h. */
#include "probe/silences.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/vec.h"

#define SILENCES_MOST 5000
#define MATCHERS_MOST 100

struct matcher {
	const char *name, *value;
	struct pattern *pattern; /* NULL: compared as text */
	bool equal;              /* false: must not */
};

struct entry {
	struct silence silence;
	const struct matcher *matchers;
	size_t matcher_count;
};

struct silences {
	struct arena arena;
	struct VEC_OF(struct entry) entries;
	struct VEC_OF(struct pattern *) patterns;
	size_t odd;
	const char *odd_first;
};

/* --- reading --------------------------------------------------------------------------------- */

static const char *clean(struct silences *silences, const struct redactor *redactor, const char *text)
{
	const char *kept;
	struct strbuf line;

	strbuf_init(&line, LIMIT_MESSAGE);
	redact_quote(redactor, &line, text != NULL ? text : "", text != NULL ? strlen(text) : 0,
		     LIMIT_MESSAGE / 2);
	kept = arena_strndup(&silences->arena, line.len != 0 ? line.data : "", line.len);
	strbuf_release(&line);
	return kept;
}

static bool read_time(const struct json *value, struct wall_time *at)
{
	const char *text = json_string(value);

	return text != NULL && wall_parse(text, strlen(text), 0, at) != 0;
}

static void note_odd(struct silences *silences, const char *expression)
{
	if (silences->odd++ == 0)
		silences->odd_first = arena_strdup(&silences->arena, expression);
}

static struct pattern *compile(struct silences *silences, const char *expression)
{
	struct strbuf anchored;
	struct pattern *pattern;

	strbuf_init(&anchored, LIMIT_PATTERN_SUBJECT);
	strbuf_addf(&anchored, "\\A(?:%s)\\z", expression);
	pattern = anchored.truncated ? NULL : pattern_new(anchored.data, PATTERN_PLAIN, NULL);
	strbuf_release(&anchored);
	if (pattern != NULL)
		vec_push(&silences->patterns, pattern);
	else
		note_odd(silences, expression);
	return pattern;
}

/* False where it cannot be told what it matches. */
static bool read_matcher(struct silences *silences, const struct json *json, struct matcher *matcher)
{
	const char *name = json_string(json_get(json, "name"));
	const char *value = json_string(json_get(json, "value"));

	if (name == NULL || value == NULL)
		return false;
	*matcher = (struct matcher){
		.name = arena_strdup(&silences->arena, name),
		.value = arena_strdup(&silences->arena, value),
		.equal = json_bool(json_get(json, "isEqual"), true),
	};
	if (!json_bool(json_get(json, "isRegex"), false))
		return true;
	matcher->pattern = compile(silences, value);
	return matcher->pattern != NULL;
}

static void read_entry(struct silences *silences, const struct redactor *redactor, const struct json *json)
{
	const char *state = json_string(json_get(json_get(json, "status"), "state"));
	const struct json *list = json_get(json, "matchers");
	struct entry entry = {.matcher_count = 0};
	size_t len = json_len(list);
	struct matcher *matchers;

	if ((state != NULL && strcmp(state, "expired") == 0) || len == 0 || len > MATCHERS_MOST ||
	    !read_time(json_get(json, "startsAt"), &entry.silence.starts) ||
	    !read_time(json_get(json, "endsAt"), &entry.silence.ends))
		return;
	matchers = arena_array(&silences->arena, len, sizeof(*matchers));
	for (const struct json *one = json_first(list); one != NULL; one = json_next(one))
		if (!read_matcher(silences, one, &matchers[entry.matcher_count++]))
			return;
	entry.matchers = matchers;
	entry.silence.by = clean(silences, redactor, json_string(json_get(json, "createdBy")));
	entry.silence.comment = clean(silences, redactor, json_string(json_get(json, "comment")));
	vec_push(&silences->entries, entry);
}

struct silences *silences_read(const char *bytes, size_t len, const struct redactor *redactor,
			       struct strbuf *err)
{
	struct json_doc *doc = json_parse(bytes, len, NULL);
	struct silences *silences;

	if (doc == NULL || json_type(json_root(doc)) != JSON_LIST) {
		strbuf_adds(err, doc == NULL ? "no JSON" : "JSON that is no list of silences");
		json_free(doc);
		return NULL;
	}
	silences = xcalloc(1, sizeof(*silences));
	arena_init(&silences->arena);
	for (const struct json *one = json_first(json_root(doc));
	     one != NULL && silences->entries.len < SILENCES_MOST; one = json_next(one))
		read_entry(silences, redactor, one);
	json_free(doc);
	return silences;
}

void silences_free(struct silences *silences)
{
	if (silences == NULL)
		return;
	for (size_t i = 0; i < silences->patterns.len; i++)
		pattern_free(silences->patterns.at[i]);
	vec_release(&silences->patterns);
	vec_release(&silences->entries);
	arena_release(&silences->arena);
	free(silences);
}

size_t silences_count(const struct silences *silences)
{
	return silences->entries.len;
}

size_t silences_odd(const struct silences *silences, const char **first)
{
	*first = silences->odd_first;
	return silences->odd;
}

/* --- matching -------------------------------------------------------------------------------- */

struct text {
	const char *at;
	size_t len;
};

static struct text text_of(const char *at)
{
	return (struct text){at != NULL ? at : "", at != NULL ? strlen(at) : 0};
}

/* Host and port of a URL, without a user. */
static struct text authority_of(const char *url)
{
	const char *start = url != NULL ? strstr(url, "://") : NULL;
	const char *at;
	size_t len;

	if (start == NULL)
		return text_of(NULL);
	start += 3;
	len = strcspn(start, "/?#");
	at = memrchr(start, '@', len);
	if (at != NULL) {
		len -= (size_t)(at + 1 - start);
		start = at + 1;
	}
	return (struct text){start, len};
}

static struct text label_of(const struct fleet *fleet, const struct service *service, const char *name)
{
	for (size_t i = 0; i < service->label_count; i++)
		if (strcmp(service->labels[i].name, name) == 0)
			return text_of(service->labels[i].value);
	if (strcmp(name, "service") == 0 || strcmp(name, "job") == 0)
		return text_of(service->name);
	if (strcmp(name, "instance") == 0)
		return authority_of(service->url);
	if (strcmp(name, "group") == 0)
		return text_of(service->group);
	if (strcmp(name, "fleet") == 0)
		return text_of(fleet->name);
	if (strcmp(name, "env") == 0)
		return text_of(fleet->environment);
	return text_of(NULL);
}

static bool holds(const struct matcher *matcher, struct text label)
{
	int found;

	if (matcher->pattern == NULL)
		return (label.len == strlen(matcher->value) &&
			memcmp(label.at, matcher->value, label.len) == 0) == matcher->equal;
	found = pattern_find(matcher->pattern, label.at, label.len, 0, NULL);
	return found >= 0 && (found == 1) == matcher->equal;
}

static bool speaks_of(const struct entry *entry, const struct fleet *fleet,
		      const struct service *service)
{
	for (size_t i = 0; i < entry->matcher_count; i++)
		if (!holds(&entry->matchers[i], label_of(fleet, service, entry->matchers[i].name)))
			return false;
	return true;
}

const struct silence *silences_find(const struct silences *silences, const struct fleet *fleet,
				    const struct service *service, struct wall_time now)
{
	const struct silence *found = NULL;

	for (size_t i = 0; i < silences->entries.len; i++) {
		const struct entry *entry = &silences->entries.at[i];

		if (entry->silence.starts.ns > now.ns || entry->silence.ends.ns <= now.ns ||
		    (found != NULL && entry->silence.ends.ns <= found->ends.ns))
			continue;
		if (speaks_of(entry, fleet, service))
			found = &entry->silence;
	}
	return found;
}
