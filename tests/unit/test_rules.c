/* The shipped rules against cases of tests/rules/ *.yaml: lines as real programs print them and
 * answers as sitrep's checks see them. `expect` has to be the first diagnosis with a confidence in
 * its band (0.5 and up where none is given), `never` must not come with a confidence of 0.5, `quiet`
 * means no cause of 0.5 at all, `nothing` none however unsure; a command or sentence of the first
 * diagnosis' steps has `step` in it, and none has `no_step`. Every rule has a case for it and one
 * against it. */
#include "unit.h"

#include "base/map.h"
#include "base/pattern_literals.h"
#include "base/pattern_set.h"
#include "base/units.h"
#include "base/vec.h"
#include "config/config.h"
#include "diagnose/rule.h"
#include "logs/line.h"

#include <glob.h>

#define CHECKS_MAX 8

/* A case made ready for diagnose(); all in its arena. */
struct ready {
	struct arena arena;
	struct service service;
	struct check checks[CHECKS_MAX];
	struct case_check answers[CHECKS_MAX];
	struct case_dependency dependencies[CHECKS_MAX];
	struct VEC_OF(struct case_symptom) symptoms;
	struct VEC_OF(struct case_log) logs;
	struct strbuf text;
	struct case_file file;
};

struct shipped {
	struct ruleset *rules;
	struct arena arena;
	struct map *for_rule, *against_rule;
	size_t cases;
};

static struct ruleset *load_rules(struct arena *arena)
{
	struct VEC_OF(const struct node *) documents = {0};
	struct ruleset *rules;
	struct strbuf text;
	struct diags diags;

	diags_init(&diags);
	strbuf_init(&text, 1u << 16);
	for (const struct builtin_file *file = builtin_files; file->name != NULL; file++) {
		if (strncmp(file->name, "rules/", 6) == 0)
			vec_push(&documents, config_read_yaml(arena, file->name, file->bytes,
							      file->len, &diags));
	}
	rules = ruleset_new(documents.at, documents.len, &diags);
	diags_print(&diags, &text);
	if (diags.len > 0 || ruleset_patterns(rules, &text) == NULL)
		fail_msg("%s", text.data);
	vec_release(&documents);
	strbuf_release(&text);
	diags_release(&diags);
	return rules;
}

/* --- from YAML to a case ------------------------------------------------------------------- */

static struct value value_of(const struct node *node)
{
	double number;

	if (node_is_null(node))
		return value_null();
	if (!node->quoted && number_parse(node->text, node->text_len, &number))
		return value_number(number);
	if (!node->quoted && (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0))
		return value_bool(node->text[0] == 't');
	return value_string(node->text);
}

static void add_symptoms(struct ready *ready, const char *prefix, const struct node *map)
{
	for (size_t i = 0; map != NULL && i < map->len; i++) {
		struct case_symptom one = {
			.key = arena_printf(&ready->arena, "%s%s", prefix, map->keys[i]->text)};

		if (map->items[i]->kind == NODE_MAP) {
			add_symptoms(ready, "header.", map->items[i]);
			continue;
		}
		one.value = value_of(map->items[i]);
		vec_push(&ready->symptoms, one);
	}
}

static bool add_hit(void *context, const struct pattern_hit *hit)
{
	struct ready *ready = context;
	struct case_log log = {.source_name = "case"};
	struct log_line line = {.text = hit->line, .len = hit->line_len};

	log.match.pattern = hit->pattern;
	log.match.source = 1;
	log.match.text = hit->line;
	log.match.len = hit->line_len;
	log.match.captures = hit->match;
	log.match.number = 1;
	log_line_parse(&line, (struct wall_time){0}, 0);
	log.match.level = line.level;
	log.match.settled = log_line_settled(&line, hit->line + hit->line_len,
					     strlen(hit->line + hit->line_len));
	for (const char *at = ready->text.data; at < hit->line; at++)
		log.match.number += *at == '\n';
	vec_push(&ready->logs, log);
	return true;
}

static void add_logs(struct ready *ready, const struct node *lines, struct ruleset *rules)
{
	struct pattern_set *set = ruleset_patterns(rules, NULL);
	struct pattern_scratch *scratch = pattern_scratch_new(set);

	strbuf_init(&ready->text, 1u << 16);
	for (size_t i = 0; lines != NULL && i < lines->len; i++)
		strbuf_addf(&ready->text, "%s\n", lines->items[i]->text);
	if (ready->text.len > 0)
		pattern_set_scan(set, scratch, ready->text.data, ready->text.len, add_hit, ready);
	pattern_scratch_free(scratch);
}

static const char *text_or(const struct node *map, const char *key, const char *fallback)
{
	const char *text = node_text(node_get(map, key));

	return text != NULL ? text : fallback;
}

static enum failure failure_of(const char *name)
{
	for (int i = 0; i < FAILURE_COUNT; i++) {
		if (strcmp(failure_name((enum failure)i), name) == 0)
			return (enum failure)i;
	}
	fail_msg("no failure '%s'", name);
	return FAILURE_NONE;
}

static enum phase phase_of(const char *name)
{
	for (int i = 0; i < PHASE_COUNT; i++) {
		if (strcmp(phase_name((enum phase)i), name) == 0)
			return (enum phase)i;
	}
	return PHASE_NONE;
}

static struct value routes_of(struct ready *ready, const struct node *list)
{
	const char **items = arena_array(&ready->arena, list->len + 1, sizeof(*items));
	struct value value = {.type = VALUE_LIST};

	for (size_t i = 0; i < list->len; i++)
		items[i] = list->items[i]->text;
	value.as.list.items = items;
	value.as.list.len = list->len;
	return value;
}

static const struct exchange *exchange_of(struct ready *ready, const struct node *node,
					  double status, struct wall_time now)
{
	struct exchange *exchange = arena_alloc(&ready->arena, sizeof(*exchange));
	const struct node *headers = node_get(node, "headers");
	struct exchange_header *list = arena_array(&ready->arena, CHECKS_MAX, sizeof(*list));
	const char *left = node_text(node_get(node, "cert_left"));
	int64_t ns;

	exchange->http_status = (int)status;
	exchange->peer = node_text(node_get(node, "peer"));
	exchange->body = text_or(node, "body", "");
	exchange->body_len = strlen(exchange->body);
	for (size_t i = 0; headers != NULL && i < headers->len; i++)
		list[i] = (struct exchange_header){headers->keys[i]->text, headers->items[i]->text};
	exchange->headers = list;
	exchange->header_count = headers != NULL ? headers->len : 0;
	if (left != NULL && duration_parse(left, strlen(left), &ns)) {
		struct certificate *leaf = arena_alloc(&ready->arena, sizeof(*leaf));

		leaf->not_after.ns = now.ns + ns;
		leaf->subject = "CN=a";
		leaf->issuer = text_or(node, "issuer", "CN=ca");
		exchange->certificates = leaf;
		exchange->certificate_count = 1;
	}
	return exchange;
}

/* What a check measured, by the words of an assertion: {rule: "…", preflight_status: 405, missing: [x]}. */
static void add_values(struct ready *ready, struct case_check *answer, struct sample_value *values,
		       const struct node *map)
{
	for (size_t i = 0; map != NULL && i < map->len && answer->value_count < CHECKS_MAX; i++) {
		const char *name = map->keys[i]->text;
		enum subject subject = subject_find(name, strlen(name));

		const char *text = node_text(map->items[i]);
		struct sample_value *value = &values[answer->value_count++];
		int64_t ns;

		if (subject == SUBJECT_COUNT)
			fail_msg("no subject '%s'", name);
		value->subject = subject;
		value->value = map->items[i]->kind == NODE_LIST ? routes_of(ready, map->items[i])
								: value_of(map->items[i]);
		if (subject_info(subject)->type == VALUE_DURATION && text != NULL &&
		    duration_parse(text, strlen(text), &ns))
			value->value = value_duration(ns);
	}
}

static const char *const *words_of(struct ready *ready, const struct node *list)
{
	const char **words = arena_array(&ready->arena, CHECKS_MAX, sizeof(*words));

	for (size_t i = 0; list != NULL && i < list->len && i < CHECKS_MAX; i++)
		words[i] = list->items[i]->text;
	return words;
}

static void add_check(struct ready *ready, const struct node *node, size_t at)
{
	struct check *check = &ready->checks[at];
	struct case_check *answer = &ready->answers[at];
	struct sample_value *values = arena_array(&ready->arena, CHECKS_MAX + 2, sizeof(*values));
	double status = node_number(node_get(node, "status"), 0, NULL);
	const char *type = text_or(node, "type", "http");

	*check = (struct check){
		.id = at + 1,
		.service = &ready->service,
		.name = arena_printf(&ready->arena, "%s %zu", type, at),
		.type = check_type_find(type),
		.via = strcmp(text_or(node, "via", "url"), "direct") == 0 ? VIA_DIRECT : VIA_URL,
		.target = text_or(node, "url", "127.0.0.1:8003"),
		.url = text_or(node, "url",
			       check_type_find(type) == CHECK_TYPE_HTTP ? "http://a/" : NULL),
		.method = text_or(node, "method", "GET"),
		.host = text_or(node, "host", "127.0.0.1"),
		.port = 8003,
		.words = words_of(ready, node_get(node, "words")),
		.word_count = node_get(node, "words") != NULL ? node_get(node, "words")->len : 0,
	};
	*answer = (struct case_check){
		.check = check,
		.state = strcmp(text_or(node, "state", "fail"), "pass") == 0 ? CHECK_PASS
									     : CHECK_FAIL,
		.failure = failure_of(text_or(node, "failure", "none")),
		.failed_phase = phase_of(text_or(node, "phase", "")),
		.message = text_or(node, "message", ""),
		.values = values,
		.exchange = exchange_of(ready, node, status, ready->file.now),
	};
	if (status != 0)
		values[answer->value_count++] =
			(struct sample_value){.subject = SUBJECT_STATUS,
					      .value = value_number(status)};
	if (node_get(node, "routes") != NULL)
		values[answer->value_count++] =
			(struct sample_value){.subject = SUBJECT_ROUTES,
					      .value = routes_of(ready, node_get(node, "routes"))};
	add_values(ready, answer, values, node_get(node, "values"));
}

static void add_live(struct ready *ready, const struct node *live)
{
	const struct node *checks = node_get(live, "checks"),
			  *parents = node_get(live, "dependencies");

	ready->service = (struct service){.id = 1, .name = "voice", .check_count = checks->len};
	ready->service.checks = arena_array(&ready->arena, CHECKS_MAX, sizeof(struct check *));
	ready->file.service = &ready->service;
	ready->file.state = SERVICE_DOWN;
	ready->file.now.ns = 1700000000 * NS_PER_S;
	ready->file.since.ns = ready->file.now.ns - 60 * NS_PER_S;
	for (size_t i = 0; i < checks->len && i < CHECKS_MAX; i++) {
		add_check(ready, checks->items[i], i);
		((const struct check **)ready->service.checks)[i] = &ready->checks[i];
	}
	for (size_t i = 0; parents != NULL && i < parents->len && i < CHECKS_MAX; i++) {
		const struct node *node = parents->items[i];
		struct service *parent = arena_alloc(&ready->arena, sizeof(*parent));

		parent->id = 100 + i;
		parent->name = text_or(node, "name", "db");
		parent->external = node_get(node, "external") != NULL;
		ready->dependencies[i] = (struct case_dependency){
			.service = parent,
			.state = strcmp(text_or(node, "state", "UP"), "DOWN") == 0 ? SERVICE_DOWN
										   : SERVICE_UP,
			.since = ready->file.since,
			.why = "it fails",
			.top_cause = node_text(node_get(node, "cause")),
		};
		ready->file.dependency_count++;
	}
	ready->file.checks = ready->answers;
	ready->file.check_count = checks->len;
	ready->file.dependencies = ready->dependencies;
}

static void make_ready(struct ready *ready, const struct node *node, struct ruleset *rules)
{
	*ready = (struct ready){0};
	arena_init(&ready->arena);
	if (node_get(node, "live") != NULL)
		add_live(ready, node_get(node, "live"));
	add_symptoms(ready, "", node_get(node, "symptoms"));
	add_symptoms(ready, "container.", node_get(node, "container"));
	add_logs(ready, node_get(node, "logs"), rules);
	ready->file.symptoms = ready->symptoms.at;
	ready->file.symptom_count = ready->symptoms.len;
	ready->file.logs = ready->logs.at;
	ready->file.log_count = ready->logs.len;
}

static void ready_release(struct ready *ready)
{
	vec_release(&ready->symptoms);
	vec_release(&ready->logs);
	strbuf_release(&ready->text);
	arena_release(&ready->arena);
}

/* --- what came out --------------------------------------------------------------------------- */

static void complain(const struct node *node, const char *what, const struct diagnosis *list,
		     size_t count)
{
	print_error("%s:%d: %s; got", node->pos.file, node->pos.line, what);
	for (size_t i = 0; i < count; i++)
		print_error(" %s %.2f", list[i].id, list[i].confidence);
	print_error("%s\n", count == 0 ? " nothing" : "");
}

static bool well_formed(const struct diagnosis *one)
{
	enum risk risk = RISK_READ;

	for (size_t i = 0; i < one->step_count; i++) {
		if (one->steps[i].text[0] == '\0' || one->steps[i].risk < risk)
			return false;
		risk = one->steps[i].risk;
	}
	return one->evidence_count > 0 && one->step_count > 0 && one->title[0] != '\0' &&
	       strchr(one->title, '{') == NULL && strchr(one->explanation, '{') == NULL;
}

static bool has_command(const struct diagnosis *one, const char *words)
{
	for (size_t i = 0; i < one->step_count; i++) {
		if (strstr(one->steps[i].text, words) != NULL)
			return true;
		if (one->steps[i].command != NULL && strstr(one->steps[i].command, words) != NULL)
			return true;
	}
	return false;
}

static bool steps_fit(const struct node *node, const struct diagnosis *one)
{
	const char *step = node_text(node_get(node, "step")),
		   *no_step = node_text(node_get(node, "no_step"));

	return (step == NULL || has_command(one, step)) &&
	       (no_step == NULL || !has_command(one, no_step));
}

static bool holds(const struct node *node, const struct diagnosis *list, size_t count)
{
	const char *expect = node_text(node_get(node, "expect")),
		   *never = node_text(node_get(node, "never"));
	double least = node_number(node_get(node, "least"), 0.5, NULL);
	double most = node_number(node_get(node, "most"), 1, NULL);

	if (node_get(node, "most") != NULL && node_get(node, "least") == NULL)
		least = 0;
	if (node_get(node, "nothing") != NULL)
		return count == 0;
	for (size_t i = 0; i < count; i++) {
		if (!well_formed(&list[i]))
			return false;
		if (list[i].confidence < DIAGNOSIS_SURE)
			continue;
		if (never != NULL && strcmp(never, list[i].id) == 0)
			return false;
		if (node_get(node, "quiet") != NULL && strcmp(list[i].id, "none") != 0)
			return false;
	}
	if (expect == NULL)
		return true;
	return count > 0 && strcmp(list[0].id, expect) == 0 && list[0].confidence >= least &&
	       list[0].confidence <= most && steps_fit(node, &list[0]);
}

static bool run_case(struct shipped *shipped, const struct node *node)
{
	const char *expect = node_text(node_get(node, "expect")),
		   *never = node_text(node_get(node, "never"));
	const struct diagnosis *list;
	struct ready ready;
	size_t count;
	bool good;

	make_ready(&ready, node, shipped->rules);
	count = diagnose(shipped->rules, &ready.file, &ready.arena, &list);
	good = holds(node, list, count);
	if (!good)
		complain(node,
			 expect != NULL	 ? expect
			 : never != NULL ? never
					 : "quiet",
			 list, count);
	if (expect != NULL)
		map_put(shipped->for_rule, expect, shipped);
	if (never != NULL)
		map_put(shipped->against_rule, never, shipped);
	shipped->cases++;
	ready_release(&ready);
	return good;
}

static size_t run_file(struct shipped *shipped, const char *path)
{
	const struct node *root, *cases;
	struct diags diags;
	struct strbuf text;
	size_t failures = 0;

	diags_init(&diags);
	root = config_read_file(&shipped->arena, path, &diags);
	if (root == NULL) {
		strbuf_init(&text, 1u << 16);
		diags_print(&diags, &text);
		fail_msg("%s", text.data);
	}
	cases = node_get(root, "cases");
	for (size_t i = 0; i < cases->len; i++)
		failures += !run_case(shipped, cases->items[i]);
	diags_release(&diags);
	return failures;
}

static size_t run_files(struct shipped *shipped)
{
	const char *srcdir = getenv("srcdir");
	char *pattern = xasprintf("%s/tests/rules/*.yaml", srcdir != NULL ? srcdir : ".");
	size_t failures = 0;
	glob_t found;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		failures += run_file(shipped, found.gl_pathv[i]);
	globfree(&found);
	free(pattern);
	return failures;
}

static void test_cases(void **state)
{
	struct shipped *shipped = *state;

	assert_int_equal(run_files(shipped), 0);
	assert_true(shipped->cases > 200);
}

/* After test_cases: every rule has a case for it, and one against it. */
static void test_covered(void **state)
{
	struct shipped *shipped = *state;
	size_t missing = 0;

	for (size_t i = 0; i < shipped->rules->rules.len; i++) {
		const char *id = shipped->rules->rules.at[i].id;

		if (map_get(shipped->for_rule, id) == NULL)
			print_error("no case for %s (%zu)\n", id, ++missing);
		if (map_get(shipped->against_rule, id) == NULL)
			print_error("no case against %s (%zu)\n", id, ++missing);
	}
	assert_int_equal(missing, 0);
}

/* Every pattern has words that a scan can look for, and no shorter ones than three letters: those
 * are in every other line. Letters beyond ASCII are there for the other case of `k` and `s`. */
static void test_patterns_are_fast(void **state)
{
	struct shipped *shipped = *state;
	size_t found = 0;

	assert_int_equal(pattern_set_slow(ruleset_patterns(shipped->rules, NULL)), 0);
	for (size_t i = 0; i < shipped->rules->patterns.len; i++) {
		const char *regex = shipped->rules->patterns.at[i].regex;
		struct literals literals = {0};

		assert_true(pattern_literals(&literals, regex, PATTERN_PLAIN));
		for (size_t k = 0; k < literals.len; k++) {
			const struct literal *one = &literals.at[k];

			if (one->len < 3 && (unsigned char)one->bytes[0] < 0x80)
				print_error("too short a word '%.*s' in %s (%zu)\n", one->len,
					    one->bytes, regex, ++found);
		}
	}
	assert_int_equal(found, 0);
}

static int setup(void **state)
{
	struct shipped *shipped = xcalloc(1, sizeof(*shipped));

	arena_init(&shipped->arena);
	shipped->rules = load_rules(&shipped->arena);
	shipped->for_rule = map_new();
	shipped->against_rule = map_new();
	*state = shipped;
	return 0;
}

static int teardown(void **state)
{
	struct shipped *shipped = *state;

	ruleset_unref(shipped->rules);
	map_free(shipped->for_rule);
	map_free(shipped->against_rule);
	arena_release(&shipped->arena);
	free(shipped);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_covered),
		cmocka_unit_test(test_patterns_are_fast),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
