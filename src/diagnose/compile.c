/* Node trees -> rules. All complaints are collected, each at its place; a rule with an error is
 * left out and the rest stands. Invariants of what comes out: every clue's pattern is in the
 * ruleset's list once, every `{name}` is a fact or a capture of its rule, steps go from safe to
 * destructive, and a rule with `vantage: service` has no contrary evidence that was seen from
 * this host (DESIGN section 6). */
#include "base/pattern_set.h"
#include "diagnose/compile.h"

static const char *const rule_keys[] = {"id",	   "title",    "explain", "for",
					"support", "against",  "steps",	  "verify",
					"links",   "outranks", "vantage"};
static const char *const file_keys[] = {"rules", "harmless"};
static const char *const step_keys[] = {"text", "argv", "risk", "when"};
static const char *const harmless_keys[] = {"text", "why", "advice"};
static const char *const clue_keys[] = {"fact", "text", "log", "all", "weight", "why", "about"};

struct compiler {
	struct ruleset *rules;
	struct diags *diags;
	const struct rule *rule; /* the one being compiled */
	const struct node *node; /* where to complain about a placeholder */
	size_t used[CLUE_LISTS * CLUES_MAX * CLUE_PARTS_MAX]; /* patterns of this rule */
	size_t used_count;
};

/* A text that has to be there; "" with a complaint where it is not. */
static const char *need_text(struct compiler *compiler, const struct node *map, const char *key)
{
	const struct node *node = node_get(map, key);
	const char *text = node_text(node);

	if (text == NULL || text[0] == '\0') {
		diags_add(compiler->diags, DIAG_ERROR, node != NULL ? node->pos : map->pos,
			  "'%s' has to be a text", key);
		return "";
	}
	return arena_strdup(&compiler->rules->arena, text);
}

/* The index of a regular expression in the ruleset's list; SIZE_MAX with a complaint. */
static size_t add_pattern(struct compiler *compiler, const struct node *node)
{
	struct ruleset *rules = compiler->rules;
	const char *text = node_text(node);
	struct rule_pattern pattern = {0};
	struct strbuf err;

	if (text == NULL || text[0] == '\0' || strlen(text) > RULE_PATTERN_MAX) {
		diags_add(compiler->diags, DIAG_ERROR, node->pos,
			  "a pattern has to be a regular expression of at most %d bytes",
			  RULE_PATTERN_MAX);
		return SIZE_MAX;
	}
	for (size_t i = 0; i < rules->patterns.len; i++) {
		if (strcmp(rules->patterns.at[i].regex, text) == 0)
			return i;
	}
	strbuf_init(&err, 500);
	pattern.regex = arena_strdup(&rules->arena, text);
	pattern.compiled = pattern_new(text, PATTERN_PLAIN, &err);
	if (pattern.compiled == NULL)
		diags_add(compiler->diags, DIAG_ERROR, node->pos, "not a regular expression: %s",
			  err.data);
	else
		vec_push(&rules->patterns, pattern);
	strbuf_release(&err);
	return pattern.compiled != NULL ? rules->patterns.len - 1 : SIZE_MAX;
}

static bool compile_clue(struct compiler *compiler, const struct node *node, bool inside,
			 struct clue *clue);

static bool compile_all(struct compiler *compiler, const struct node *list, struct clue *clue)
{
	struct clue *parts;
	bool good = true;

	if (list->kind != NODE_LIST || list->len < 2 || list->len > CLUE_PARTS_MAX) {
		diags_add(compiler->diags, DIAG_ERROR, list->pos,
			  "'all' has to be a list of 2 to %d items", CLUE_PARTS_MAX);
		return false;
	}
	parts = arena_array(&compiler->rules->arena, list->len, sizeof(*parts));
	for (size_t i = 0; i < list->len; i++)
		good = compile_clue(compiler, list->items[i], true, &parts[i]) && good;
	clue->kind = CLUE_ALL;
	clue->parts = parts;
	clue->part_count = list->len;
	return good;
}

static bool compile_weight(struct compiler *compiler, const struct node *node, struct clue *clue)
{
	const struct node *weight = node_get(node, "weight");

	clue->weight = node_number(weight, 0, compiler->diags);
	if (weight != NULL && clue->weight > 0 && clue->weight <= 1)
		return true;
	diags_add(compiler->diags, DIAG_ERROR, weight != NULL ? weight->pos : node->pos,
		  "evidence needs a 'weight' above 0, at most 1");
	return false;
}

/* `inside` an `all` there are no weights and no further `all`. */
static bool compile_clue(struct compiler *compiler, const struct node *node, bool inside,
			 struct clue *clue)
{
	const struct node *fact = node_get(node, "fact"), *all = node_get(node, "all");
	const struct node *text = node_get(node, "text"), *log = node_get(node, "log");
	const char *why = node_text(node_get(node, "why"));
	const char *about = node_text(node_get(node, "about"));
	bool good = true;

	if (node->kind != NODE_MAP ||
	    (fact != NULL) + (text != NULL) + (log != NULL) + (all != NULL) != 1) {
		diags_add(compiler->diags, DIAG_ERROR, node->pos,
			  "evidence has to be a map with one of 'fact', 'text', 'log'%s",
			  inside ? "" : ", 'all'");
		return false;
	}
	node_check_keys(node, clue_keys, BASE_LEN(clue_keys), compiler->diags);
	if (!inside)
		good = compile_weight(compiler, node, clue);
	clue->why = why != NULL ? arena_strdup(&compiler->rules->arena, why) : NULL;
	clue->about = about != NULL ? arena_strdup(&compiler->rules->arena, about) : NULL;
	if (fact != NULL) {
		clue->kind = CLUE_FACT;
		return condition_parse(compiler->rules, &clue->condition, fact, compiler->diags) &&
		       good;
	}
	if (all != NULL && !inside)
		return compile_all(compiler, all, clue) && good;
	if (all != NULL) {
		diags_add(compiler->diags, DIAG_ERROR, all->pos, "'all' cannot stand inside 'all'");
		return false;
	}
	clue->kind = text != NULL ? CLUE_TEXT : CLUE_LOG;
	clue->pattern = add_pattern(compiler, text != NULL ? text : log);
	if (clue->pattern == SIZE_MAX)
		return false;
	if (compiler->used_count < BASE_LEN(compiler->used))
		compiler->used[compiler->used_count++] = clue->pattern;
	return good;
}

static bool compile_clues(struct compiler *compiler, const struct node *node, const char *key,
			  enum clue_list which, struct rule *rule)
{
	const struct node *list = node_get(node, key);
	struct clue *clues;
	bool good = true;

	if (list == NULL && which != CLUES_FOR)
		return true;
	if (list == NULL || list->kind != NODE_LIST || list->len == 0 || list->len > CLUES_MAX) {
		diags_add(compiler->diags, DIAG_ERROR, list != NULL ? list->pos : node->pos,
			  "'%s' has to be a list of 1 to %d items of evidence", key, CLUES_MAX);
		return false;
	}
	clues = arena_array(&compiler->rules->arena, list->len, sizeof(*clues));
	for (size_t i = 0; i < list->len; i++)
		good = compile_clue(compiler, list->items[i], false, &clues[i]) && good;
	rule->clues[which] = clues;
	rule->clue_counts[which] = list->len;
	return good;
}

static bool seen_from_here(const struct clue *clue)
{
	if (clue->kind == CLUE_FACT)
		return fact_info(clue->condition.fact)->scope != FACT_OF_CASE ||
		       clue->condition.fact == FACT_PASSING_TYPE ||
		       clue->condition.fact == FACT_CHECKS_PASSING;
	for (size_t i = 0; i < clue->part_count; i++) {
		if (seen_from_here(&clue->parts[i]))
			return true;
	}
	return false;
}

static bool check_vantage(struct compiler *compiler, const struct node *node,
			  const struct rule *rule)
{
	const struct node *vantage = node_get(node, "vantage");
	const struct node *list = node_get(node, "against");

	if (vantage == NULL)
		return true;
	if (node_text(vantage) == NULL || strcmp(node_text(vantage), "service") != 0) {
		diags_add(compiler->diags, DIAG_ERROR, vantage->pos,
			  "'vantage' can only be 'service'");
		return false;
	}
	for (size_t i = 0; i < rule->clue_counts[CLUES_AGAINST]; i++) {
		if (!seen_from_here(&rule->clues[CLUES_AGAINST][i]))
			continue;
		diags_add(compiler->diags, DIAG_ERROR, list->items[i]->pos,
			  "what this host sees cannot speak against what the service sees");
		return false;
	}
	return true;
}

/* True to go on with the next placeholder. */
static bool check_name(void *context, const char *name, size_t len)
{
	struct compiler *compiler = context;
	const struct ruleset *rules = compiler->rules;
	char shown[64];

	if (fact_find(name, len) != FACT_COUNT)
		return true;
	if (len >= sizeof(shown))
		len = sizeof(shown) - 1;
	memcpy(shown, name, len);
	shown[len] = '\0';
	for (size_t i = 0; i < compiler->used_count; i++) {
		if (pattern_group(rules->patterns.at[compiler->used[i]].compiled, shown) > 0)
			return true;
	}
	diags_add(compiler->diags, DIAG_ERROR, compiler->node->pos,
		  "'{%s}' is no fact and no capture of this rule's patterns", shown);
	return true;
}

/* A text with placeholders: they must be known. */
static void check_template(struct compiler *compiler, const struct node *node, const char *text)
{
	compiler->node = node;
	if (!template_names(text, check_name, compiler))
		diags_add(compiler->diags, DIAG_ERROR, node->pos, "'{' without '}'");
}

static const char *const *compile_texts(struct compiler *compiler, const struct node *list,
					bool templates, size_t *count)
{
	const char **texts;

	*count = 0;
	if (list == NULL)
		return NULL;
	if (list->kind != NODE_LIST || list->len > CLUES_MAX) {
		diags_add(compiler->diags, DIAG_ERROR, list->pos, "has to be a list of texts");
		return NULL;
	}
	texts = arena_array(&compiler->rules->arena, list->len + 1, sizeof(*texts));
	for (size_t i = 0; i < list->len; i++) {
		const char *text = node_text(list->items[i]);

		if (text == NULL || text[0] == '\0') {
			diags_add(compiler->diags, DIAG_ERROR, list->items[i]->pos,
				  "has to be a text");
			continue;
		}
		texts[(*count)++] = arena_strdup(&compiler->rules->arena, text);
		if (templates)
			check_template(compiler, list->items[i], text);
	}
	return texts;
}

static enum risk find_risk(struct compiler *compiler, const struct node *node)
{
	const char *text = node_text(node);

	for (int risk = 0; text != NULL && risk < RISK_COUNT; risk++) {
		if (strcmp(risk_name((enum risk)risk), text) == 0)
			return (enum risk)risk;
	}
	diags_add(compiler->diags, DIAG_ERROR, node->pos,
		  "'risk' is one of read, restart, change, destructive");
	return RISK_READ;
}

/* True where evidence of the rule, or a check, can be about `word`. */
static bool can_be_about(const struct rule *rule, const char *word)
{
	for (int list = 0; list < CLUE_LISTS; list++) {
		for (size_t i = 0; i < rule->clue_counts[list]; i++) {
			const char *about = rule->clues[list][i].about;

			if (about != NULL && strcmp(about, word) == 0)
				return true;
		}
	}
	return check_type_find(word) != CHECK_TYPE_COUNT;
}

/* `when: 'about == mysql'`, or `when: else`. */
static void compile_when(struct compiler *compiler, const struct node *when,
			 const struct rule *rule, struct rule_step *step)
{
	if (node_text(when) != NULL && strcmp(node_text(when), "else") == 0) {
		step->shown = STEP_ELSE;
		return;
	}
	step->shown = STEP_WHEN;
	if (!condition_parse(compiler->rules, &step->when, when, compiler->diags) ||
	    step->when.fact != FACT_ABOUT)
		return;
	for (size_t i = 0; i < step->when.alternative_count; i++) {
		const char *word = step->when.alternatives[i].text;

		if (!can_be_about(rule, word))
			diags_add(compiler->diags, DIAG_ERROR, when->pos,
				  "nothing is about '%s': it is no check type and no 'about' of "
				  "this rule's evidence",
				  word);
	}
}

static void compile_step(struct compiler *compiler, const struct node *node,
			 const struct rule *rule, struct rule_step *step)
{
	const struct node *risk = node_get(node, "risk"), *argv = node_get(node, "argv");
	const struct node *when = node_get(node, "when");

	if (node->kind != NODE_MAP) {
		diags_add(compiler->diags, DIAG_ERROR, node->pos,
			  "a step is a map of text, argv and risk");
		return;
	}
	node_check_keys(node, step_keys, BASE_LEN(step_keys), compiler->diags);
	step->text = need_text(compiler, node, "text");
	check_template(compiler, node, step->text);
	step->argv = compile_texts(compiler, argv, true, &step->argc);
	if (when != NULL)
		compile_when(compiler, when, rule, step);
	if (risk != NULL)
		step->risk = find_risk(compiler, risk);
	else if (argv != NULL)
		diags_add(compiler->diags, DIAG_ERROR, node->pos,
			  "a step with a command says its 'risk'");
}

static void compile_steps(struct compiler *compiler, const struct node *node, struct rule *rule)
{
	const struct node *list = node_get(node, "steps");
	struct rule_step *steps;

	if (list == NULL || list->kind != NODE_LIST || list->len == 0 || list->len > CLUES_MAX) {
		diags_add(compiler->diags, DIAG_ERROR, list != NULL ? list->pos : node->pos,
			  "'steps' has to be a list of 1 to %d steps", CLUES_MAX);
		return;
	}
	steps = arena_array(&compiler->rules->arena, list->len, sizeof(*steps));
	for (size_t i = 0; i < list->len; i++) {
		compile_step(compiler, list->items[i], rule, &steps[i]);
		if (i > 0 && steps[i].risk < steps[i - 1].risk)
			diags_add(compiler->diags, DIAG_ERROR, list->items[i]->pos,
				  "safest first: '%s' cannot come after '%s'",
				  risk_name(steps[i].risk), risk_name(steps[i - 1].risk));
	}
	rule->steps = steps;
	rule->step_count = list->len;
}

/* True where the id was free, or an earlier file's rule gives way to this one. */
static bool claim_id(struct compiler *compiler, const struct rule *rule, const struct node *at)
{
	for (size_t i = 0; i < compiler->rules->rules.len; i++) {
		struct rule *other = &compiler->rules->rules.at[i];

		if (other->replaced || strcmp(other->id, rule->id) != 0)
			continue;
		if (strcmp(other->pos.file, rule->pos.file) == 0) {
			diags_add(compiler->diags, DIAG_ERROR, at->pos,
				  "a rule '%s' stands at line %d already", rule->id,
				  other->pos.line);
			return false;
		}
		other->replaced = true;
	}
	return true;
}

static void compile_rule(struct compiler *compiler, const struct node *node)
{
	struct rule rule = {.pos = node->pos};
	size_t errors = compiler->diags->errors;
	const struct node *title = node_get(node, "title"), *explain = node_get(node, "explain");

	compiler->used_count = 0;
	if (node->kind != NODE_MAP) {
		diags_add(compiler->diags, DIAG_ERROR, node->pos, "a rule has to be a map");
		return;
	}
	rule.pos.file = arena_strdup(&compiler->rules->arena, node->pos.file);
	node_check_keys(node, rule_keys, BASE_LEN(rule_keys), compiler->diags);
	rule.id = need_text(compiler, node, "id");
	rule.title = need_text(compiler, node, "title");
	rule.explanation = need_text(compiler, node, "explain");
	compile_clues(compiler, node, "for", CLUES_FOR, &rule);
	compile_clues(compiler, node, "support", CLUES_SUPPORT, &rule);
	/* Captures of contrary evidence are never filled in. */
	if (title != NULL)
		check_template(compiler, title, rule.title);
	if (explain != NULL)
		check_template(compiler, explain, rule.explanation);
	compile_steps(compiler, node, &rule);
	rule.verify = compile_texts(compiler, node_get(node, "verify"), true, &rule.verify_count);
	rule.links = compile_texts(compiler, node_get(node, "links"), false, &rule.link_count);
	rule.outranks =
		compile_texts(compiler, node_get(node, "outranks"), false, &rule.outranks_count);
	compile_clues(compiler, node, "against", CLUES_AGAINST, &rule);
	if (compiler->diags->errors == errors && check_vantage(compiler, node, &rule) &&
	    claim_id(compiler, &rule, node))
		vec_push(&compiler->rules->rules, rule);
}

static void compile_harmless(struct compiler *compiler, const struct node *node)
{
	size_t errors = compiler->diags->errors;
	struct harmless one = {0};

	if (node->kind != NODE_MAP || node_get(node, "text") == NULL) {
		diags_add(compiler->diags, DIAG_ERROR, node->pos,
			  "a harmless line has a 'text' and a 'why'");
		return;
	}
	node_check_keys(node, harmless_keys, BASE_LEN(harmless_keys), compiler->diags);
	one.pattern = add_pattern(compiler, node_get(node, "text"));
	one.why = need_text(compiler, node, "why");
	one.advice = node_get(node, "advice") != NULL ? need_text(compiler, node, "advice") : NULL;
	if (compiler->diags->errors == errors)
		vec_push(&compiler->rules->harmless, one);
}

static void compile_list(struct compiler *compiler, const struct node *list,
			 void (*compile)(struct compiler *compiler, const struct node *node))
{
	if (list == NULL)
		return;
	if (list->kind != NODE_LIST || list->len > RULES_MAX) {
		diags_add(compiler->diags, DIAG_ERROR, list->pos,
			  "has to be a list of at most %d items", RULES_MAX);
		return;
	}
	for (size_t i = 0; i < list->len; i++)
		compile(compiler, list->items[i]);
}

void rules_compile(struct ruleset *rules, const struct node *document, struct diags *diags)
{
	struct compiler *compiler = xcalloc(1, sizeof(*compiler));

	compiler->rules = rules;
	compiler->diags = diags;
	if (document->kind != NODE_MAP) {
		diags_add(diags, DIAG_ERROR, document->pos,
			  "a rule file is a map with 'rules' and 'harmless'");
	} else {
		node_check_keys(document, file_keys, BASE_LEN(file_keys), diags);
		compile_list(compiler, node_get(document, "rules"), compile_rule);
		compile_list(compiler, node_get(document, "harmless"), compile_harmless);
	}
	free(compiler);
}

void rules_check_ranks(struct ruleset *rules, struct diags *diags)
{
	const char **ids = xcalloc(rules->rules.len + 1, sizeof(*ids));

	for (size_t i = 0; i < rules->rules.len; i++)
		ids[i] = rules->rules.at[i].id;
	for (size_t i = 0; i < rules->rules.len; i++) {
		const struct rule *rule = &rules->rules.at[i];

		for (size_t k = 0; k < rule->outranks_count; k++) {
			const char *near;
			bool known = false;

			for (size_t j = 0; j < rules->rules.len && !known; j++)
				known = strcmp(ids[j], rule->outranks[k]) == 0;
			if (known)
				continue;
			near = diags_suggest(rule->outranks[k], ids, rules->rules.len);
			diags_add(diags, DIAG_ERROR, rule->pos,
				  "rule '%s' outranks '%s', which is no rule%s%s%s", rule->id,
				  rule->outranks[k], near != NULL ? "; did you mean '" : "",
				  near != NULL ? near : "", near != NULL ? "'?" : "");
		}
	}
	free(ids);
}
