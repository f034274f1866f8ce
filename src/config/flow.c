/* `flow`: its steps, what they capture, and that no step puts in what none before it has captured. A
 * value is a secret, so no name of one may stand where it would be shown before it is masked. See
 * build.h. */
#include "config/assertion.h"

#include "base/placeholder.h"

#define STEPS_MOST 50
#define CAPTURES_MOST 50 /* of a flow */

/* A flow while its steps are read. */
struct flow_reading {
	struct builder *builder;
	const char *known[CAPTURES_MOST]; /* names of what is captured so far */
	size_t known_count;
};

/* --- what a step captures ------------------------------------------------------------------ */

/* "json .token", "header Location", "body", each with "~ PATTERN" behind it where it wants. */
static bool read_source(struct builder *builder, const struct node *node, struct capture *capture)
{
	const char *text = build_text(builder, node, "what is captured", NULL);
	const char *tilde = text != NULL ? strstr(text, " ~ ") : NULL;
	char *source;

	if (text == NULL)
		return false;
	capture->text = build_shown_text(builder, text);
	source = arena_strndup(&builder->scratch, text,
			       tilde != NULL ? (size_t)(tilde - text) : strlen(text));
	if (tilde != NULL) {
		capture->pattern = assertion_pattern(builder, node, tilde + strlen(" ~ "));
		if (capture->pattern == NULL)
			return false;
	}
	if (strncmp(source, "json ", 5) == 0) {
		capture->from = CAPTURE_JSON;
		capture->path = assertion_path(builder, node, source + 5 + strspn(source + 5, " "));
		return capture->path != NULL;
	}
	if (strncmp(source, "header ", 7) == 0) {
		capture->from = CAPTURE_HEADER;
		capture->header = build_keep(builder, source + 7 + strspn(source + 7, " "));
		return true;
	}
	capture->from = CAPTURE_BODY;
	if (strcmp(source, "body") == 0)
		return true;
	if (text[0] == '.') {
		build_complain(builder, node, "'%s' cannot be captured; did you mean 'json %s'?",
			       capture->text, capture->text);
		return false;
	}
	build_complain(builder, node,
		       "%s cannot be captured; wanted \"json PATH\", \"header NAME\" or \"body\", and "
		       "\"~ PATTERN\" behind it for a part of it",
		       build_shown(builder, node));
	return false;
}

static bool name_is_free(struct flow_reading *reading, const struct node *key)
{
	struct builder *builder = reading->builder;

	if (!placeholder_is_name(key->text, strlen(key->text))) {
		build_complain(builder, key, "'%.80s' is no name of a captured value; wanted letters, digits, _ and -, "
			       "a letter first", key->text);
		return false;
	}
	for (size_t i = 0; i < reading->known_count; i++)
		if (strcmp(reading->known[i], key->text) == 0) {
			build_complain(builder, key, "'%s' is captured by a step before", key->text);
			return false;
		}
	if (reading->known_count == CAPTURES_MOST) {
		build_complain(builder, key, "more than %d captured values in one flow", CAPTURES_MOST);
		return false;
	}
	return true;
}

static void read_captures(struct flow_reading *reading, const struct node *node,
			  struct flow_step *step)
{
	struct builder *builder = reading->builder;
	struct capture *captures;

	if (node == NULL)
		return;
	if (node->kind != NODE_MAP) {
		build_complain(builder, node, "'capture' is a map like {token: \"json .token\"}, not %s",
			       build_shown(builder, node));
		return;
	}
	if (node->len == 0)
		build_complain(builder, node, "'capture' names nothing: write {token: \"json .token\"}, or leave it out");
	captures = arena_array(&builder->fleet->arena, node->len, sizeof(*captures));
	for (size_t i = 0; i < node->len; i++) {
		struct capture *capture = &captures[step->capture_count];

		if (!name_is_free(reading, node->keys[i]) ||
		    !read_source(builder, node->items[i], capture))
			continue;
		capture->name = build_keep(builder, node->keys[i]->text);
		reading->known[reading->known_count++] = capture->name;
		step->capture_count++;
	}
	step->captures = captures;
}

/* --- what a step puts in ------------------------------------------------------------------- */

static void check_text_of(struct flow_reading *reading, const struct node *node, const char *text)
{
	struct builder *builder = reading->builder;
	struct placeholder part;

	while (text != NULL && (part = placeholder_next(&text)).kind != PLACEHOLDER_END) {
		const char *name;
		bool known = false;

		if (part.kind == PLACEHOLDER_WRONG) {
			build_complain(builder, node,
				       "'{{' without a name and '}}'; wanted {{name}} without blanks, and '{{{{' "
				       "for '{{' itself");
			return;
		}
		if (part.kind != PLACEHOLDER_NAME)
			continue;
		name = arena_strndup(&builder->scratch, part.text, part.len);
		for (size_t i = 0; i < reading->known_count; i++)
			known |= strcmp(reading->known[i], name) == 0;
		if (!known)
			build_complain(builder, node, "no step before captures '%.80s'%s", name,
				       build_suggest(builder, name, reading->known,
						     reading->known_count));
	}
}

static void check_texts_of(struct flow_reading *reading, const struct node *node,
			   const struct check *check)
{
	size_t count;
	const char *const *sends = check_texts(check, CHECK_KEY_SEND, &count);

	check_text_of(reading, node, check->url);
	check_text_of(reading, node, check->body);
	for (size_t i = 0; i < check->header_count; i++)
		check_text_of(reading, node, check->headers[i].value);
	for (size_t i = 0; i < count; i++)
		check_text_of(reading, node, sends[i]);
}

/* --- steps --------------------------------------------------------------------------------- */

/* The step without `capture` and what belongs to the flow as a whole. */
static const struct node *own_keys(struct builder *builder, const struct node *node)
{
	struct node *copy = arena_memdup(&builder->scratch, node, sizeof(*node));

	copy->keys = arena_array(&builder->scratch, node->len, sizeof(*copy->keys));
	copy->items = arena_array(&builder->scratch, node->len, sizeof(*copy->items));
	copy->len = 0;
	for (size_t i = 0; i < node->len; i++) {
		const char *key = node->keys[i]->text;

		if (strcmp(key, "capture") == 0)
			continue;
		if (!check_key_is_of_step(check_key_find(key))) {
			build_complain(builder, node->keys[i],
				       "'%s' is said of the flow, not of a step", key);
			continue;
		}
		copy->keys[copy->len] = node->keys[i];
		copy->items[copy->len++] = node->items[i];
	}
	return copy;
}

static void read_step(struct flow_reading *reading, const struct scope *scope,
		      const struct node *node, const struct check *check, struct flow *flow)
{
	struct builder *builder = reading->builder;
	struct flow_step *step = (struct flow_step *)&flow->steps[flow->count];

	if (node->kind != NODE_MAP) {
		build_complain(builder, node, "a step is a map like {http: POST /login}, not %s",
			       build_shown(builder, node));
		return;
	}
	step->check = build_step(builder, scope, own_keys(builder, node), check);
	if (step->check == NULL)
		return;
	for (size_t i = 0; i < flow->count; i++)
		if (strcmp(flow->steps[i].check->name, step->check->name) == 0)
			build_complain(builder, node,
				       "two steps of this flow are called '%s'; give one a 'name'",
				       step->check->name);
	check_texts_of(reading, node, step->check);
	read_captures(reading, node_get(node, "capture"), step);
	flow->count++;
}

void build_flow(struct builder *builder, const struct scope *scope, const struct node *node,
		struct check *check)
{
	struct arena *arena = &builder->fleet->arena;
	struct flow *flow = arena_alloc(arena, sizeof(*flow));
	struct flow_reading reading = {.builder = builder};
	struct scope inner = *scope;

	if (node->kind != NODE_LIST || node->len == 0 || node->len > STEPS_MOST) {
		build_complain(builder, node,
			       "a flow is a list of 1 to %d steps, each {http: …} or {websocket: …}",
			       STEPS_MOST);
		return;
	}
	/* A step may take as long as the flow. */
	inner.options.timeout_ns = check->timeout_ns;
	inner.options.every = NULL;
	flow->steps = arena_array(arena, node->len, sizeof(*flow->steps));
	for (size_t i = 0; i < node->len; i++)
		read_step(&reading, &inner, node->items[i], check, flow);
	check->flow = flow;
	check->target = arena_printf(arena, "of %zu step%s", flow->count, flow->count == 1 ? "" : "s");
}
