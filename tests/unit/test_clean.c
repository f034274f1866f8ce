/* Measured values leave the probes harmless and without secrets; what is clean is not copied. */
#include "probe/run.h"

#include "unit.h"

static void test_clean(void **state)
{
	static const char *const items[] = {"ok", "the \033[2Jtoken s3cr3t-value", "one\nUP  all"};
	const struct sample_value values[] = {
		{.subject = SUBJECT_ROLE, .value = value_string("master")},
		{.subject = SUBJECT_HEALTH_OUTPUT, .value = value_string("a\nb s3cr3t-value \033]0;x\007")},
		{.subject = SUBJECT_ANSWER, .value = {.type = VALUE_LIST, .as.list = {items, 3}}},
		{.subject = SUBJECT_SIZE, .value = value_number(3)},
	};
	struct sample sample = {.values = values, .value_count = BASE_LEN(values)};
	struct redactor *redactor = redactor_new();
	struct arena arena;

	(void)state;
	arena_init(&arena);
	sample_clean(&sample, redactor, &arena);
	assert_ptr_equal(sample.values[0].value.as.string.bytes, values[0].value.as.string.bytes);
	/* An item cannot make a line of its own. */
	assert_string_equal(sample.values[2].value.as.list.items[2], "one UP  all");
	redactor_add(redactor, "s3cr3t-value");
	sample_clean(&sample, redactor, &arena);
	assert_string_equal(sample.values[0].value.as.string.bytes, "master");
	assert_null(strstr(sample.values[1].value.as.string.bytes, "s3cr3t-value"));
	assert_null(strchr(sample.values[1].value.as.string.bytes, '\033'));
	assert_int_equal(strlen(sample.values[1].value.as.string.bytes),
			 sample.values[1].value.as.string.len);
	assert_ptr_equal(strchr(sample.values[1].value.as.string.bytes, '\n'),
			 sample.values[1].value.as.string.bytes + 1);
	assert_string_equal(sample.values[2].value.as.list.items[0], "ok");
	assert_null(strstr(sample.values[2].value.as.list.items[1], "s3cr3t-value"));
	assert_null(strchr(sample.values[2].value.as.list.items[1], '\033'));
	assert_true(sample.values[3].value.as.number == 3);
	/* Who lent the values still has them as they were. */
	assert_string_equal(items[1], "the \033[2Jtoken s3cr3t-value");
	redactor_free(redactor);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_clean)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
