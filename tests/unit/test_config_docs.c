/* What the documents show can be copied: every services.yaml in README, docs and manual pages,
 * and the one that is shipped, is read without a complaint in each of its environments. */
#include "config_dir.h"

#include "config/file.h"

#include <glob.h>

static char srcdir[4096];

static int setup(void **state)
{
	const char *given = getenv("srcdir");

	if (realpath(given != NULL ? given : ".", srcdir) == NULL)
		return -1;
	setenv("VOICE_TOKEN", "a-token", 1);
	return config_dir_setup(state);
}

static void check_environment(const char *where, const char *environment)
{
	const struct config_request request = {.environment = environment};
	struct diags diags;
	struct fleet *fleet;
	char *words;

	diags_init(&diags);
	fleet = config_load(&request, &diags);
	words = config_dir_words(&diags);
	if (words[0] != '\0')
		print_error("%s: %s", where, words);
	assert_string_equal(words, "");
	assert_non_null(fleet);
	for (size_t i = 0; environment == NULL && i < fleet->environment_count; i++)
		check_environment(where, fleet->environments[i]);
	free(words);
	fleet_unref(fleet);
	diags_release(&diags);
}

static char *read_whole(const char *path)
{
	struct strbuf bytes, err;

	strbuf_init(&bytes, 1 << 20);
	strbuf_init(&err, 200);
	if (!file_read(path, &bytes, NULL, &err))
		print_error("%s %s\n", path, err.data);
	strbuf_release(&err);
	return strbuf_detach(&bytes);
}

/* Blocks between `open` and `close` lines that describe a fleet. */
static size_t check_blocks(const char *path, const char *open, const char *close)
{
	char *text = read_whole(path);
	char *at = text;
	size_t count = 0;

	while ((at = strstr(at, open)) != NULL) {
		char *block = strchr(at + 1, '\n') + 1;
		char *end = strstr(block, close);

		assert_non_null(end);
		end[1] = '\0';
		/* roff reads a backslash as its own. */
		if (open[1] == '.')
			assert_null(strchr(block, '\\'));
		if (strncmp(block, "services:", 9) == 0 || strstr(block, "\nservices:") != NULL) {
			config_dir_write("services.yaml", block);
			check_environment(path, NULL);
			count++;
		}
		at = end + 2;
	}
	free(text);
	return count;
}

static size_t check_all(const char *pattern, const char *open, const char *close)
{
	char *whole = xasprintf("%s/%s", srcdir, pattern);
	glob_t found;
	size_t count = 0;

	if (glob(whole, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			count += check_blocks(found.gl_pathv[i], open, close);
		globfree(&found);
	}
	free(whole);
	return count;
}

static void test_documents(void **state)
{
	(void)state;
	assert_true(check_all("README.md", "\n```yaml\n", "\n```\n") >= 1);
	(void)check_all("docs/*.md", "\n```yaml\n", "\n```\n");
}

static void test_manual(void **state)
{
	(void)state;
	assert_true(check_all("man/*.in", "\n.Bd -literal", "\n.Ed\n") >= 3);
	assert_true(check_all("man/checks/*.in", "\n.Bd -literal", "\n.Ed\n") >= CHECK_TYPE_COUNT);
}

static void test_whole_files(void **state)
{
	static const char *const files[] = {"services.yaml", "tests/fixtures/design.yaml"};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(files); i++) {
		char *path = xasprintf("%s/%s", srcdir, files[i]);
		char *text = read_whole(path);

		config_dir_write("services.yaml", text);
		check_environment(path, NULL);
		free(text);
		free(path);
	}
}

/* The thirteen services that the shipped file is about. */
static void test_shipped(void **state)
{
	static const struct {
		const char *name;
		int port;
	} rows[] = {
		{"gateway", 8080},  {"auth", 8000},	 {"user", 8001},     {"scraping", 8002},
		{"voice", 8003},    {"analytics", 9090}, {"postgres", 5432}, {"redis", 6379},
		{"kafka", 9092},    {"zookeeper", 2181}, {"grafana", 3000},  {"prometheus", 9091},
		{"kafka-ui", 8090},
	};
	const struct config_request request = {0};
	struct diags diags;
	struct fleet *fleet;

	(void)state;
	config_dir_write("services.yaml", builtin_find("services.yaml")->bytes);
	diags_init(&diags);
	fleet = config_load(&request, &diags);
	assert_non_null(fleet);
	assert_int_equal(fleet->service_count, BASE_LEN(rows));
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		const struct service *service = fleet_service_named(fleet, rows[i].name);
		char *port = xasprintf(":%d", rows[i].port);

		assert_non_null(service);
		assert_true(service->check_count >= 1);
		assert_non_null(strstr(service->checks[0]->target, port));
		free(port);
	}
	fleet_unref(fleet);
	diags_release(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_whole_files),
		cmocka_unit_test(test_shipped),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
