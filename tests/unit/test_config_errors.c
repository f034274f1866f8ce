/* What a wrong services.yaml is told: every case of tests/fixtures/config_errors.txt, word for
 * word, with the place of each complaint. */
#include "config_dir.h"

#include "config/file.h"

static struct strbuf cases;

static int setup(void **state)
{
	const char *srcdir = getenv("srcdir");
	char *path =
		xasprintf("%s/tests/fixtures/config_errors.txt", srcdir != NULL ? srcdir : ".");
	struct strbuf err;
	bool ok;

	strbuf_init(&cases, 1 << 20);
	strbuf_init(&err, 200);
	ok = file_read(path, &cases, NULL, &err);
	strbuf_release(&err);
	free(path);
	return ok ? config_dir_setup(state) : -1;
}

static int teardown(void **state)
{
	(void)state;
	strbuf_release(&cases);
	return 0;
}

/* One case: its file is read, its complaints are compared. */
static bool case_holds(const char *name, const char *yaml, const char *wanted)
{
	struct config_request request = {0};
	struct diags diags;
	struct fleet *fleet;
	char *words;
	bool same;

	config_dir_write("services.yaml", yaml);
	diags_init(&diags);
	fleet = config_load(&request, &diags);
	words = config_dir_words(&diags);
	same = strcmp(words, wanted) == 0 && diags.errors != 0;
	if (!same)
		print_error("case '%s'\nwanted:\n%sgot:\n%s", name, wanted, words);
	free(words);
	fleet_unref(fleet);
	diags_release(&diags);
	return same;
}

static void test_cases(void **state)
{
	char *text = xstrdup(cases.data);
	char *at = strstr(text, "\n=== ");
	size_t count = 0, failed = 0;

	(void)state;
	while (at != NULL) {
		char *name = at + strlen("\n=== ");
		char *yaml = strchr(name, '\n');
		char *wanted = strstr(yaml, "\n---\n");
		char *next = strstr(wanted, "\n=== ");
		char *end = next != NULL ? next : text + strlen(text);

		*yaml++ = '\0';
		wanted[1] = '\0';
		wanted += strlen("\n---\n");
		while (end > wanted && end[-1] == '\n')
			end--;
		/* One newline ends the last complaint; what follows is between the cases. */
		end[1 * (*end == '\n')] = '\0';
		failed += !case_holds(name, yaml, wanted);
		count++;
		at = next;
	}
	free(text);
	assert_int_equal(failed, 0);
	assert_true(count >= 37);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
