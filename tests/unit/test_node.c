/* Reading the node tree: absent, wrong and right values, and what is complained about. */
#include "base/node.h"

#include "base/clock.h"

#include "unit.h"

#define SCALAR(value)                                                                          \
	(&(struct node){.kind = NODE_SCALAR, .pos = {"f", 1, 2}, .text = (value),              \
			.text_len = strlen(value)})

static void test_get(void **state)
{
	struct node *keys[] = {SCALAR("a"), SCALAR("b")};
	struct node *items[] = {SCALAR("1"), SCALAR("2")};
	struct node map = {.kind = NODE_MAP, .items = items, .keys = keys, .len = 2};

	(void)state;
	assert_ptr_equal(node_get(&map, "b"), items[1]);
	assert_null(node_get(&map, "c"));
	assert_null(node_get(NULL, "a"));
	assert_null(node_get(items[0], "a"));
	assert_string_equal(node_text(items[0]), "1");
	assert_null(node_text(&map));
	assert_null(node_text(NULL));
}

static void test_is_null(void **state)
{
	struct node quoted = *SCALAR("null");

	(void)state;
	quoted.quoted = true;
	assert_true(node_is_null(NULL));
	assert_true(node_is_null(SCALAR("")));
	assert_true(node_is_null(SCALAR("~")));
	assert_true(node_is_null(SCALAR("Null")));
	assert_false(node_is_null(SCALAR("nil")));
	assert_false(node_is_null(&quoted));
	assert_false(node_is_null(&(struct node){.kind = NODE_MAP}));
}

static void test_values(void **state)
{
	struct node list = {.kind = NODE_LIST, .pos = {"f", 4, 5}};
	struct diags diags;

	(void)state;
	diags_init(&diags);
	assert_true(node_bool(SCALAR("Yes"), false, &diags));
	assert_false(node_bool(SCALAR("off"), true, &diags));
	assert_true(node_bool(NULL, true, &diags));
	assert_true(node_number(SCALAR("1.5"), 0, &diags) > 1.4);
	assert_true(node_number(NULL, 7, &diags) > 6);
	assert_true(node_duration(SCALAR("2m"), 0, &diags) == 120 * NS_PER_S);
	assert_true(node_duration(NULL, 3, &diags) == 3);
	assert_int_equal(diags.len, 0);

	assert_true(node_bool(SCALAR("1"), true, &diags));
	assert_true(node_number(SCALAR("ten"), 7, &diags) > 6);
	assert_true(node_duration(SCALAR("10"), 3, &diags) == 3);
	assert_true(node_duration(&list, 3, &diags) == 3);
	assert_int_equal(diags.len, 4);
	assert_string_equal(diags.at[0].message, "wanted true or false, got '1'");
	assert_string_equal(diags.at[2].message,
			    "wanted a duration with its unit, like 10s or 250ms, got '10'");
	assert_string_equal(diags.at[3].message,
			    "wanted a duration with its unit, like 10s or 250ms, got a list");
	assert_int_equal(diags.at[3].line, 4);
	diags_release(&diags);
}

static void test_check_keys(void **state)
{
	static const char *const known[] = {"expect", "warn"};
	struct node *keys[] = {SCALAR("expcet"), SCALAR("warn"), SCALAR("zzzzz")};
	struct node *items[] = {SCALAR("1"), SCALAR("2"), SCALAR("3")};
	struct node map = {.kind = NODE_MAP, .items = items, .keys = keys, .len = 3};
	struct diags diags;

	(void)state;
	diags_init(&diags);
	node_check_keys(&map, known, 2, &diags);
	node_check_keys(NULL, known, 2, &diags);
	node_check_keys(keys[0], known, 2, &diags);
	assert_int_equal(diags.len, 2);
	assert_string_equal(diags.at[0].message, "unknown key 'expcet'; did you mean 'expect'?");
	assert_string_equal(diags.at[1].message, "unknown key 'zzzzz'");
	diags_release(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_is_null),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_check_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
