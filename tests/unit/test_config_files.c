/* From which files a fleet is read, what of it is asked for, and what its ids and digest hang on. */
#include "config_dir.h"

static void test_files(void **state)
{
	const char *const both[] = {"one.yaml", "dir"};
	const char *const twice[] = {"one.yaml", "one.yaml"};
	struct config_request request = {.paths = both, .path_count = 2};
	struct fleet *fleet;

	(void)state;
	assert_int_equal(mkdir("dir", 0700), 0);
	config_dir_write("one.yaml", "fleet: f\ndefaults: {fall: 5}\nservices: [{name: a, url: "
				     "http://h, depends_on: [c]}]\n");
	config_dir_write("dir/b.yaml", "services: [{name: c, use: t, url: http://h}]\n");
	config_dir_write("dir/a.yml", "fleet: f\ntemplates: {t: {group: g}}\nservices: [{name: b, "
				      "url: http://h, logs: {file: x.log}}]\n");
	config_dir_write("dir/.hidden.yaml", "[");
	config_dir_write("dir/readme.txt", "[");
	fleet = load_request(&request, 0);
	assert_int_equal(fleet->service_count, 3);
	assert_string_equal(fleet->services[1].name, "b");
	assert_string_equal(fleet->services[1].logs[0].path, "dir/x.log");
	assert_string_equal(fleet->services[2].group, "g");
	assert_int_equal(fleet->checks[2].fall, 5);
	assert_int_equal(fleet->file_count, 4);
	assert_string_equal(fleet->files[1], "dir/a.yml");
	assert_string_equal(fleet->files[3], "dir");
	fleet_unref(fleet);
	request.paths = twice;
	fleet_unref(load_request(&request, 2));
	request.path_count = 0;
	setenv("SITREP_CONFIG", "dir/b.yaml", 1);
	fleet_unref(load_request(&request, 1));
	unsetenv("SITREP_CONFIG");
}

static void test_select(void **state)
{
	static const struct {
		const char *group;
		const char *globs[2];
		size_t services, checks, errors;
	} rows[] = {
		{NULL, {"b"}, 1, 2, 0},	   {NULL, {"?", "dd"}, 4, 5, 0},
		{"g*", {NULL}, 2, 3, 0},   {"g1", {"b", "c"}, 1, 1, 0},
		{"nope", {NULL}, 0, 0, 1}, {NULL, {"b", "dx"}, 1, 2, 1},
		{NULL, {"nope"}, 0, 0, 1},
	};

	(void)state;
	config_dir_write("services.yaml",
			 "services:\n  - {name: a, url: http://h, depends_on: [b, c]}\n"
			 "  - {name: b, group: g2, url: http://h, depends_on: [c], checks: [{http: "
			 "/x}, {http: /y}]}\n"
			 "  - {name: c, group: g1, url: http://h, depends_on: [dd]}\n"
			 "  - {name: dd, url: http://h}\n");
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct config_request request = {.group = rows[i].group, .services = rows[i].globs};
		struct fleet *fleet;

		while (request.service_count < 2 && rows[i].globs[request.service_count] != NULL)
			request.service_count++;
		fleet = load_request(&request, rows[i].errors);
		assert_int_equal(fleet != NULL ? fleet->service_count : 0, rows[i].services);
		assert_int_equal(fleet != NULL ? fleet->check_count : 0, rows[i].checks);
		for (size_t j = 0; j < rows[i].services; j++) {
			const struct service *service = &fleet->services[j];

			assert_int_equal(service->index, j);
			for (size_t k = 0; k < service->depends_count; k++)
				assert_ptr_equal(fleet_service(fleet, service->depends_on[k]->id),
						 service->depends_on[k]);
			for (size_t k = 0; k < service->check_count; k++)
				assert_ptr_equal(service->checks[k]->service, service);
		}
		fleet_unref(fleet);
	}
}

static void test_not_found(void **state)
{
	const struct config_request request = {0};
	struct diags diags;

	(void)state;
	(void)unlink("services.yaml");
	diags_init(&diags);
	assert_null(config_load(&request, &diags));
	assert_int_equal(diags.errors, 1);
	assert_non_null(strstr(diags.at[0].message, "/nonexistent/sitrep/services.yaml"));
	assert_non_null(strstr(diags.at[0].message, "--demo"));
	diags_release(&diags);
}

/* Ids hang on names alone, and the digest on everything that was read. */
static void test_ids_and_digest(void **state)
{
	static const char one[] =
		"fleet: f\nservices:\n  - {name: a, url: \"http://${SITREP_TEST_V}\"}\n"
		"  - {name: b, url: http://h, checks: [{http: /x}]}\n";
	static const char two[] = "fleet: f\nservices:\n  - {name: b, url: http://other, checks: "
				  "[{tcp: \"h:1\"}, {http: /x}]}\n";
	struct fleet *first, *second;
	uint64_t digest;

	(void)state;
	setenv("SITREP_TEST_V", "v1", 1);
	first = load(one, 0);
	second = load(one, 0);
	assert_true(first->digest == second->digest);
	digest = first->digest;
	fleet_unref(second);
	setenv("SITREP_TEST_V", "v2", 1);
	second = load(one, 0);
	assert_true(second->digest != digest);
	fleet_unref(second);
	second = load(two, 0);
	assert_true(second->services[0].id == first->services[1].id);
	assert_true(check_of(second, "b", "http /x")->id == check_of(first, "b", "http /x")->id);
	fleet_unref(first);
	fleet_unref(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_select),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_ids_and_digest),
	};

	return cmocka_run_group_tests(tests, config_dir_setup, NULL);
}
