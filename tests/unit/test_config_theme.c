/* Themes: every built-in one is whole; a wrong line says what is wrong with it. */
#include "temp_folder.h"

#include "config/config.h"

#include <sys/stat.h>
#include <unistd.h>

/* A theme of the user's own, as $XDG_CONFIG_HOME/sitrep/themes/own.yaml. */
static struct theme *load_own(const char *text, struct diags *diags)
{
	char folder[] = "/tmp/sitrep-theme-XXXXXX";
	struct theme *theme;
	char *path;
	FILE *file;

	temp_folder(folder);
	path = xasprintf("%s/sitrep", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
	path = xasprintf("%s/sitrep/themes", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
	path = xasprintf("%s/sitrep/themes/own.yaml", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	setenv("XDG_CONFIG_HOME", folder, 1);
	theme = config_load_theme("own", diags);
	free(path);
	return theme;
}

static void test_builtin(void **state)
{
	size_t count = 0;

	(void)state;
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	for (const struct builtin_file *file = builtin_files; file->name != NULL; file++) {
		struct diags diags;
		struct theme *theme;
		char *name;

		if (strncmp(file->name, "themes/", 7) != 0)
			continue;
		name = xstrndup(file->name + 7, strlen(file->name) - 7 - strlen(".yaml"));
		diags_init(&diags);
		theme = config_load_theme(name, &diags);
		assert_non_null(theme);
		assert_int_equal(diags.len, 0);
		assert_string_equal(theme->name, name);
		theme_unref(theme);
		diags_release(&diags);
		free(name);
		count++;
	}
	assert_true(count >= 3);
}

static void test_base(void **state)
{
	struct diags diags;
	struct theme *theme, *dark;

	(void)state;
	diags_init(&diags);
	theme = load_own("base: dark\ncolors: {sun: {full: \"#ffd75f\", eight: yellow}}\n"
			 "styles:\n  state-down: {full: sun on 236 bold, eight: sun on 236,"
			 " mono: underline}\n",
			 &diags);
	assert_null(theme);
	assert_string_equal(
		diags.at[0].message,
		"say what terminals with eight colours show: {full: LOOK, eight: LOOK}");
	diags_release(&diags);
	diags_init(&diags);
	theme = load_own("base: dark\ncolors: {sun: {full: \"#ffd75f\", eight: yellow}}\n"
			 "styles:\n  state-down: {full: sun on 236 bold, eight: sun on black,"
			 " mono: underline}\n",
			 &diags);
	assert_non_null(theme);
	dark = config_load_theme("dark", &diags);
	assert_int_equal(theme->style[STYLE_DOWN].full.fg, COLOR_RGB(0xff, 0xd7, 0x5f));
	assert_int_equal(theme->style[STYLE_DOWN].full.bg, 236);
	assert_int_equal(theme->style[STYLE_DOWN].full.attributes, ATTR_BOLD);
	assert_int_equal(theme->style[STYLE_DOWN].eight.fg, 3);
	assert_int_equal(theme->style[STYLE_DOWN].eight.bg, 0);
	assert_int_equal(theme->style[STYLE_DOWN].mono, ATTR_UNDERLINE);
	assert_memory_equal(&theme->style[STYLE_UP], &dark->style[STYLE_UP],
			    sizeof(dark->style[0]));
	theme_unref(theme);
	theme_unref(dark);
	diags_release(&diags);
}

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		const char *message;
		int line, col;
	} rows[] = {
		{"base: dark\nstyles: {state-dwon: red}\n",
		 "unknown key 'state-dwon'; did you mean 'state-down'?", 2, 10},
		{"base: dark\nstyles: {ok: redd}\n", "no colour and no attribute: 'redd'", 2, 14},
		{"base: dark\nstyles: {ok: red on}\n", "a colour is missing after 'on': 'red on'",
		 2, 14},
		{"base: dark\nstyles: {ok: 240}\n",
		 "say what terminals with eight colours show: {full: LOOK, eight: LOOK}", 2, 14},
		{"base: dark\ncolors: {x: \"#12345\"}\n",
		 "no colour; wanted #rrggbb, 0 to 255, or a name like red: '#12345'", 2, 13},
		{"styles: {}\n", "no look for 'text'; name it, or begin with 'base: dark'", 1, 1},
		{"base: own\n", "too many themes on top of each other", 1, 7},
		{"- x\n", "a theme is a map with 'styles', not: 'a list'", 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct diags diags;

		diags_init(&diags);
		assert_null(load_own(rows[i].text, &diags));
		assert_true(diags.len > 0);
		assert_string_equal(diags.at[0].message, rows[i].message);
		assert_int_equal(diags.at[0].line, rows[i].line);
		assert_int_equal(diags.at[0].col, rows[i].col);
		diags_release(&diags);
	}
}

static void test_unknown(void **state)
{
	struct diags diags;

	(void)state;
	diags_init(&diags);
	assert_null(config_load_theme("drak", &diags));
	assert_non_null(strstr(diags.at[0].message, "did you mean 'dark'"));
	assert_null(config_load_theme("../dark", &diags));
	diags_release(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_base),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
