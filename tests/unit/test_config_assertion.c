/* Lines of `expect:`: what each means once it is read. The wrong ones are in
 * tests/fixtures/config_errors.txt. */
#include "config_dir.h"

/* A fleet of one check with one line under `expect:`; NULL where the line is wrong. */
static struct fleet *load_check(const char *type, const char *expect)
{
	struct config_request request = {0};
	char *yaml =
		xasprintf("services:\n  - name: a\n    url: http://h\n    checks:\n      - %s\n"
			  "        expect: %s\n",
			  type, expect);
	struct diags diags;
	struct fleet *fleet;

	config_dir_write("services.yaml", yaml);
	diags_init(&diags);
	fleet = config_load(&request, &diags);
	if (diags.errors != 0) {
		char *words = config_dir_words(&diags);

		print_error("%s: %s", expect, words);
		free(words);
	}
	assert_int_equal(diags.errors, 0);
	assert_true(fleet->checks[0].expect_count >= 1);
	diags_release(&diags);
	free(yaml);
	return fleet;
}

/* The operand as value_format() shows it. */
static void test_operands(void **state)
{
	static const struct {
		const char *line;
		enum subject subject;
		enum op op;
		bool negate;
		const char *argument, *operand;
	} rows[] = {
		{"[status == 200]", SUBJECT_STATUS, OP_EQ, false, NULL, "200"},
		{"status != 404", SUBJECT_STATUS, OP_NE, false, NULL, "404"},
		{"[not status == 200]", SUBJECT_STATUS, OP_EQ, true, NULL, "200"},
		{"[\"  latency   <  2s \"]", SUBJECT_LATENCY, OP_LT, false, NULL, "2s"},
		{"[latency <= 1.5s]", SUBJECT_LATENCY, OP_LE, false, NULL, "1.5s"},
		{"[cert > 14d]", SUBJECT_CERT, OP_GT, false, NULL, "14d"},
		{"[wait >= 10ms]", SUBJECT_WAIT, OP_GE, false, NULL, "10ms"},
		{"[size < 64k]", SUBJECT_SIZE, OP_LT, false, NULL, "64000"},
		{"[size < 64KiB]", SUBJECT_SIZE, OP_LT, false, NULL, "65536"},
		{"[redirects == 0]", SUBJECT_REDIRECTS, OP_EQ, false, NULL, "0"},
		{"[json .status == healthy]", SUBJECT_JSON, OP_EQ, false, ".status", "\"healthy\""},
		{"[json .status == 'healthy']", SUBJECT_JSON, OP_EQ, false, ".status",
		 "\"healthy\""},
		{"['json .a == \"12\"']", SUBJECT_JSON, OP_EQ, false, ".a", "\"12\""},
		{"['json .a == \"a \\\"b\\\" \\\\\"']", SUBJECT_JSON, OP_EQ, false, ".a",
		 "\"a \"b\" \\\""},
		{"[json .a == 12]", SUBJECT_JSON, OP_EQ, false, ".a", "12"},
		{"[json .a == -1.5e3]", SUBJECT_JSON, OP_EQ, false, ".a", "-1500"},
		{"[json .a == true]", SUBJECT_JSON, OP_EQ, false, ".a", "true"},
		{"[json .a == null]", SUBJECT_JSON, OP_EQ, false, ".a", "null"},
		{"[\"json .a[0].b == x\"]", SUBJECT_JSON, OP_EQ, false, ".a[0].b", "\"x\""},
		{"[\"json .a[*] == x\"]", SUBJECT_JSON, OP_EQ, false, ".a[*]", "\"x\""},
		{"['json .\"odd key\".b == x y']", SUBJECT_JSON, OP_EQ, false, ".\"odd key\".b",
		 "\"x y\""},
		{"[header Content-Type == text/html]", SUBJECT_HEADER, OP_EQ, false, "Content-Type",
		 "\"text/html\""},
		{"[header X-Version == 2]", SUBJECT_HEADER, OP_EQ, false, "X-Version", "\"2\""},
		{"[body == pong]", SUBJECT_BODY, OP_EQ, false, NULL, "\"pong\""},
		{"[json .a exists]", SUBJECT_JSON, OP_EXISTS, false, ".a", "null"},
		{"[header Server absent]", SUBJECT_HEADER, OP_ABSENT, false, "Server", "null"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct fleet *fleet = load_check("http: /", rows[i].line);
		const struct assertion *at = fleet->checks[0].expect;
		struct strbuf out;

		strbuf_init(&out, 200);
		value_format(&out, &at->operand);
		assert_int_equal(at->subject, rows[i].subject);
		assert_int_equal(at->op, rows[i].op);
		assert_int_equal(at->negate, rows[i].negate);
		if (rows[i].argument != NULL)
			assert_string_equal(at->argument, rows[i].argument);
		else
			assert_null(at->argument);
		assert_string_equal(out.data, rows[i].operand);
		assert_int_equal(at->path != NULL, rows[i].subject == SUBJECT_JSON);
		assert_int_equal(fleet->checks[0].own_status, rows[i].subject == SUBJECT_STATUS);
		strbuf_release(&out);
		fleet_unref(fleet);
	}
}

static void test_ranges(void **state)
{
	static const struct {
		const char *line;
		bool negate;
		size_t count;
		struct operand_range ranges[3];
	} rows[] = {
		{"[\"status in 401|403|500..599\"]",
		 false,
		 3,
		 {{401, 401, NULL}, {403, 403, NULL}, {500, 599, NULL}}},
		{"[\"status not in 404 | 5xx\"]", true, 2, {{404, 404, NULL}, {500, 599, NULL}}},
		{"[\"latency in 10ms..2s\"]", false, 1, {{1e7, 2e9, NULL}}},
		{"[\"json .a in ok|up\"]", false, 2, {{0, 0, "ok"}, {0, 0, "up"}}},
		{"['json .a in 1|\"1\"|2..3']",
		 false,
		 3,
		 {{1, 1, NULL}, {0, 0, "1"}, {2, 3, NULL}}},
		{"['header A in \"a|b\"|c']", false, 2, {{0, 0, "a|b"}, {0, 0, "c"}}},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct fleet *fleet = load_check("http: /", rows[i].line);
		const struct assertion *at = fleet->checks[0].expect;

		assert_int_equal(at->op, OP_IN);
		assert_int_equal(at->negate, rows[i].negate);
		assert_int_equal(at->range_count, rows[i].count);
		for (size_t j = 0; j < rows[i].count; j++) {
			assert_true(at->ranges[j].first >= rows[i].ranges[j].first &&
				    at->ranges[j].first <= rows[i].ranges[j].first);
			assert_true(at->ranges[j].last >= rows[i].ranges[j].last &&
				    at->ranges[j].last <= rows[i].ranges[j].last);
			if (rows[i].ranges[j].text != NULL)
				assert_string_equal(at->ranges[j].text, rows[i].ranges[j].text);
			else
				assert_null(at->ranges[j].text);
		}
		fleet_unref(fleet);
	}
}

static void test_patterns(void **state)
{
	struct fleet *fleet = load_check("http: /", "['body !~ \"(?i)error: .*\"']");
	const struct assertion *at = fleet->checks[0].expect;

	(void)state;
	assert_int_equal(at->op, OP_NOT_MATCH);
	assert_string_equal(pattern_text(at->pattern), "(?i)error: .*");
	fleet_unref(fleet);
}

static void test_any(void **state)
{
	struct fleet *fleet =
		load_check("http: /", "[any of: [\"status == 204\", \"json .a == 1\"]]");
	const struct check *check = &fleet->checks[0];

	(void)state;
	assert_string_equal(check->expect->text, "any of: status == 204, json .a == 1");
	assert_int_equal(check->expect->any_count, 2);
	assert_int_equal(check->expect->any[1].subject, SUBJECT_JSON);
	assert_true(check->own_status);
	fleet_unref(fleet);
}

/* Equal paths and patterns are compiled once in a fleet, and a template's list is one list. */
static void test_shared(void **state)
{
	struct config_request request = {0};
	struct diags diags;
	struct fleet *fleet;

	(void)state;
	config_dir_write("services.yaml",
			 "templates: {t: {checks: [{http: /, expect: [json .a == 1, body ~ x]}]}}\n"
			 "services:\n  - {name: a, use: t, url: http://h}\n  - {name: b, use: t, "
			 "url: http://h}\n"
			 "  - {name: c, url: http://h, checks: [{http: /, expect: [json .a == 2, "
			 "not body ~ x]}]}\n");
	diags_init(&diags);
	fleet = config_load(&request, &diags);
	assert_int_equal(diags.errors, 0);
	assert_ptr_equal(fleet->checks[0].expect, fleet->checks[1].expect);
	assert_ptr_equal(fleet->checks[0].expect[0].path, fleet->checks[2].expect[0].path);
	assert_ptr_equal(fleet->checks[0].expect[1].pattern, fleet->checks[2].expect[1].pattern);
	assert_int_equal(fleet->path_count, 1);
	assert_int_equal(fleet->pattern_count, 1);
	fleet_unref(fleet);
	diags_release(&diags);
}

/* Every subject of every type can be asked for. */
static void test_every_subject(void **state)
{
	static const char *const targets[] = {
		[FORM_WEB] = "/", [FORM_SOCKET] = "/", [FORM_ADDRESS] = "\"h:1\"", [FORM_NAME] = "n",
		[FORM_TEXT] = "t", [FORM_WORDS] = "[w]", [FORM_STEPS] = "[{http: /}]",
	};

	(void)state;
	for (int type = 0; type < CHECK_TYPE_COUNT; type++) {
		for (int subject = 0; subject < SUBJECT_COUNT; subject++) {
			const struct subject_info *info = subject_info((enum subject)subject);
			const char *argument =
				(enum subject)subject == SUBJECT_JSON ? " .a" : " Server";
			const struct check_type_info *asked = check_type_info((enum check_type)type);
			char *line, *check;

			if ((info->types & 1u << type) == 0)
				continue;
			line = xasprintf("[%s%s exists]", info->name,
					 info->argument != NULL ? argument : "");
			check = xasprintf("%s: %s%s", asked->name, targets[asked->target],
					  type == CHECK_TYPE_CORS ? "\n        origin: https://x.example" : "");
			if (asked->target != FORM_STEPS)
				fleet_unref(load_check(check, line));
			free(check);
			free(line);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operands), cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_patterns), cmocka_unit_test(test_any),
		cmocka_unit_test(test_shared),	 cmocka_unit_test(test_every_subject),
	};

	return cmocka_run_group_tests(tests, config_dir_setup, NULL);
}
