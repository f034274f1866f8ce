/* Files that are compiled in: they are the files of the tree, byte for byte, and they are sound. */
#include "unit.h"

#include "config/config.h"
#include "config/file.h"

static void test_same_bytes(void **state)
{
	const char *srcdir = getenv("srcdir");

	(void)state;
	for (const struct builtin_file *file = builtin_files; file->name != NULL; file++) {
		char *path = xasprintf("%s/%s", srcdir != NULL ? srcdir : ".", file->name);
		struct strbuf bytes, err;

		strbuf_init(&bytes, 1 << 20);
		strbuf_init(&err, 200);
		assert_true(file_read(path, &bytes, NULL, &err));
		assert_int_equal(bytes.len, file->len);
		assert_memory_equal(bytes.data, file->bytes, bytes.len);
		strbuf_release(&bytes);
		strbuf_release(&err);
		free(path);
	}
}

static void test_find(void **state)
{
	(void)state;
	assert_non_null(builtin_find("services.yaml"));
	assert_null(builtin_find("services.yam"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
