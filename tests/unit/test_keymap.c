/* The tables of keys, actions and hints agree with each other. */
#include "unit.h"

#include "ui/keymap.h"

static bool same(const struct key *a, const struct key *b)
{
	return a->code == b->code && a->mods == b->mods && a->cp == b->cp;
}

/* Views in which a key means the same thing: LOGS, PAGE and ALL. */
static bool on_the_way(enum key_view from, enum key_view to)
{
	for (; from != KEYS_COUNT; from = key_view_next(from)) {
		if (from == to)
			return true;
	}
	return false;
}

static void test_no_key_twice(void **state)
{
	size_t count;
	const struct key_binding *bindings = keymap_bindings(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct key one, other;

		if (!key_parse(bindings[i].key, &one))
			fail_msg("'%s' is no key", bindings[i].key);
		for (size_t at = i + 1; at < count; at++) {
			assert_true(key_parse(bindings[at].key, &other));
			if (same(&one, &other) &&
			    (on_the_way(bindings[i].view, bindings[at].view) ||
			     on_the_way(bindings[at].view, bindings[i].view)))
				fail_msg("%s is bound in %s and in %s", bindings[i].key,
					 key_view_title(bindings[i].view),
					 key_view_title(bindings[at].view));
		}
	}
}

static void test_every_action_has_a_key_and_a_doc(void **state)
{
	size_t count;
	const struct key_binding *bindings = keymap_bindings(&count);
	bool bound[ACTION_COUNT] = {false};

	(void)state;
	for (size_t i = 0; i < count; i++)
		bound[bindings[i].action] = true;
	for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		if (!bound[action])
			fail_msg("nothing does %s", action_name((enum action)action));
		assert_true(action_doc((enum action)action)[0] != '\0');
		for (int other = ACTION_NONE + 1; other < action; other++)
			assert_string_not_equal(action_name((enum action)action),
						action_name((enum action)other));
	}
}

static void test_hints_have_keys(void **state)
{
	static const struct {
		enum key_view view;
		enum action action;
	} hints[] = {
#define HINT(view, action, label) {KEYS_##view, ACTION_##action},
#include "ui/hints.def"
#undef HINT
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(hints); i++) {
		if (keymap_key(hints[i].view, hints[i].action) == NULL)
			fail_msg("the hint for %s has no key in %s", action_name(hints[i].action),
				 key_view_title(hints[i].view));
	}
}

static void test_lookup(void **state)
{
	static const struct {
		enum key_view view;
		const char *key;
		enum action action;
	} rows[] = {
		{KEYS_TABLE, "w", ACTION_WALL},	   {KEYS_LOGS, "w", ACTION_NEXT_WARNING},
		{KEYS_CHECKS, "w", ACTION_NONE},   {KEYS_LOGS, "z", ACTION_ZOOM},
		{KEYS_TABLE, "z", ACTION_FAILING}, {KEYS_LOGS, "Ctrl-W", ACTION_WRAP},
		{KEYS_PROMPT, "j", ACTION_NONE},   {KEYS_DIAGNOSIS, "F1", ACTION_HELP},
		{KEYS_TABLE, "F2", ACTION_NONE},   {KEYS_PAGE, "Shift-Tab", ACTION_PREVIOUS_PANE},
		{KEYS_WALL, "w", ACTION_BACK},	   {KEYS_PROMPT, "Ctrl-W", ACTION_EDIT_KILL_WORD},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct key key;

		assert_true(key_parse(rows[i].key, &key));
		if (keymap_find(rows[i].view, &key) != rows[i].action)
			fail_msg("%s in %s", rows[i].key, key_view_title(rows[i].view));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_key_twice),
		cmocka_unit_test(test_every_action_has_a_key_and_a_doc),
		cmocka_unit_test(test_hints_have_keys),
		cmocka_unit_test(test_lookup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
