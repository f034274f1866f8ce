/* A folder of its own for tests of config/: files in it, the working folder is there, HOME and
 * the SITREP_* variables are out of the way. */
#ifndef TESTS_CONFIG_DIR_H
#define TESTS_CONFIG_DIR_H

#include "temp_folder.h"

#include "config/config.h"

#include <sys/stat.h>
#include <unistd.h>

static char config_dir_path[] = "/tmp/sitrep-config-XXXXXX";

static int config_dir_setup(void **state)
{
	(void)state;
	temp_folder(config_dir_path);
	assert_int_equal(chdir(config_dir_path), 0);
	unsetenv("SITREP_ENV");
	unsetenv("SITREP_CONFIG");
	setenv("HOME", "/nonexistent", 1);
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	return 0;
}

static void config_dir_write(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Every complaint as "line:col: message" (without line where it has none), sorted by place. */
BASE_UNUSED static char *config_dir_words(const struct diags *diags)
{
	struct strbuf printed, words;
	char *line, *rest;

	strbuf_init(&printed, 1 << 20);
	strbuf_init(&words, 1 << 20);
	diags_print(diags, &printed);
	rest = printed.data;
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[0] == ' ' || line[0] == '\0')
			continue;
		strbuf_adds(&words, strncmp(line, "services.yaml:", 14) == 0 ? line + 14 : line);
		strbuf_addc(&words, '\n');
	}
	strbuf_release(&printed);
	return strbuf_detach(&words);
}

/* A fleet of the files that are there, after so many errors. */
BASE_UNUSED static struct fleet *load_request(const struct config_request *request, size_t errors)
{
	struct diags diags;
	struct fleet *fleet;

	diags_init(&diags);
	fleet = config_load(request, &diags);
	if (diags.errors != errors) {
		char *words = config_dir_words(&diags);

		print_error("%s", words);
		free(words);
	}
	assert_int_equal(diags.errors, errors);
	diags_release(&diags);
	return fleet;
}

BASE_UNUSED static struct fleet *load(const char *yaml, size_t errors)
{
	struct config_request request = {0};

	config_dir_write("services.yaml", yaml);
	return load_request(&request, errors);
}

BASE_UNUSED static const struct check *check_of(const struct fleet *fleet, const char *service,
						const char *check)
{
	const struct service *found = fleet_service_named(fleet, service);

	assert_non_null(found);
	for (size_t i = 0; i < found->check_count; i++) {
		assert_ptr_equal(found->checks[i]->service, found);
		if (strcmp(found->checks[i]->name, check) == 0)
			return found->checks[i];
	}
	fail_msg("no check '%s' in '%s'", check, service);
	return NULL;
}

#endif
