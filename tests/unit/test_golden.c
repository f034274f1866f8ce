/* Every screen, byte for byte, text and styles, at four sizes with and without UTF-8. With
 * GOLDEN_UPDATE set (make golden-update) the goldens are written anew; the review reads the diff. */
#include "unit.h"

#include "script.h"

#include <errno.h>

struct golden {
	const char *name;
	enum fixture_kind kind;
	const char *keys;
	bool wall;
};

static const struct golden goldens[] = {
	{"table", FIXTURE_NEXUS, "", false},
	{"table-moved", FIXTURE_NEXUS, "j j", false},
	{"table-filter", FIXTURE_NEXUS, "/ '!core'", false},
	{"table-groups", FIXTURE_NEXUS, "o j j Right", false},
	{"table-failing", FIXTURE_NEXUS, "z", false},
	{"table-tree", FIXTURE_NEXUS, "T", false},
	{"table-sorted", FIXTURE_NEXUS, "s s S", false},
	{"table-pending", FIXTURE_PENDING, "", false},
	{"table-empty", FIXTURE_EMPTY, "", false},
	{"table-wide-names", FIXTURE_WIDE, "j", false},
	{"table-outage", FIXTURE_OUTAGE, "", false},
	{"table-large", FIXTURE_LARGE, "PgDn", false},
	{"page-checks", FIXTURE_NEXUS, "Enter", false},
	{"page-logs", FIXTURE_NEXUS, "Enter 2", false},
	{"page-logs-search", FIXTURE_NEXUS, "Enter 2 / 'redis' Enter Ctrl-W", false},
	{"page-diagnosis", FIXTURE_NEXUS, "Enter 3", false},
	{"page-zoomed", FIXTURE_NEXUS, "Enter 3 z G", false},
	{"page-victim", FIXTURE_NEXUS, "j Enter 3", false},
	{"page-up", FIXTURE_NEXUS, "G k Enter", false},
	{"page-up-unfolded", FIXTURE_NEXUS, "G k Enter Enter", false},
	{"help", FIXTURE_NEXUS, "Enter 2 ?", false},
	{"incidents", FIXTURE_NEXUS, "I j", false},
	{"wall", FIXTURE_NEXUS, "", true},
	{"wall-healthy", FIXTURE_HEALTHY, "", true},
	{"wall-outage", FIXTURE_OUTAGE, "", true},
	{"wall-large", FIXTURE_LARGE, "", true},
	{"prompt-ack", FIXTURE_NEXUS, "j a 'it is the proxy' Left", false},
	{"prompt-command", FIXTURE_NEXUS, ": 'the' Tab", false},
	{"prompt-bad-filter", FIXTURE_NEXUS, "/ '(a' Enter", false},
	{"copy", FIXTURE_NEXUS, "Enter y", false},
};
static const struct {
	int width, height;
} sizes[] = {{200, 50}, {120, 40}, {80, 24}, {40, 12}};

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct strbuf text;
	char buffer[8192];
	size_t len;

	if (file == NULL)
		return NULL;
	strbuf_init(&text, 1u << 22);
	while ((len = fread(buffer, 1, sizeof(buffer), file)) > 0)
		strbuf_add(&text, buffer, len);
	fclose(file);
	return strbuf_detach(&text);
}

static void render_all(const struct golden *golden, bool ascii, struct strbuf *out)
{
	for (size_t i = 0; i < BASE_LEN(sizes); i++) {
		struct script script;

		script_init_with(&script, fixture_snapshot(golden->kind), sizes[i].width,
				 sizes[i].height, ascii, golden->wall);
		script_keys(&script, golden->keys);
		view_render(script.snapshot, script.ui, &script.canvas, 0);
		canvas_dump(&script.canvas, out);
		strbuf_addc(out, '\n');
		script_release(&script);
	}
}

/* Line of the first difference, from 1. */
static int first_difference(const char *a, const char *b)
{
	int line = 1;

	for (; *a != '\0' && *a == *b; a++, b++)
		line += *a == '\n';
	return line;
}

static void compare(const struct golden *golden, bool ascii)
{
	const char *folder = getenv("srcdir") != NULL ? getenv("srcdir") : ".";
	char *path =
		xasprintf("%s/tests/golden/%s.%s", folder, golden->name, ascii ? "ascii" : "utf-8");
	char *want = read_file(path);
	struct strbuf got;

	strbuf_init(&got, 1u << 22);
	render_all(golden, ascii, &got);
	if (getenv("GOLDEN_UPDATE") != NULL) {
		FILE *file = fopen(path, "wb");

		if (file == NULL)
			fail_msg("%s: %s", path, strerror(errno));
		fwrite(got.data, 1, got.len, file);
		fclose(file);
	} else if (want == NULL || strcmp(want, got.data) != 0) {
		if (want != NULL)
			print_error("%s differs from line %d on\n", path,
				    first_difference(want, got.data));
		fail_msg("%s: not as the golden; make golden-update, then read the diff", path);
	}
	strbuf_release(&got);
	free(want);
	free(path);
}

static void test_utf8(void **state)
{
	(void)state;
	for (size_t i = 0; i < BASE_LEN(goldens); i++)
		compare(&goldens[i], false);
}

static void test_ascii(void **state)
{
	(void)state;
	for (size_t i = 0; i < BASE_LEN(goldens); i++)
		compare(&goldens[i], true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
