/* -o table and -o wide against goldens (tests/golden/report-*.txt; GOLDEN_UPDATE=1 writes them
 * anew), and what holds at every width: no line is wider, none ends in a blank, no row is lost. */
#include "report_fixture.h"
#include "unit.h"

#include "base/utf8.h"
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>

static void write_table(struct report_fixture *fix, enum report_format format, int width,
			bool ascii, bool color, struct strbuf *out)
{
	struct report_options options = {
		.format = format, .width = width, .ascii = ascii, .color = color};

	strbuf_reset(out);
	report_write(&fix->snapshot, &options, out);
}

static void golden(const char *name, const struct strbuf *text)
{
	const char *srcdir = getenv("srcdir");
	char path[512], bytes[16384];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/golden/report-%s.txt", srcdir != NULL ? srcdir : ".",
		 name);
	if (getenv("GOLDEN_UPDATE") != NULL) {
		file = fopen(path, "we");
		assert_non_null(file);
		assert_int_equal(fwrite(text->data, 1, text->len, file), text->len);
		assert_int_equal(fclose(file), 0);
		return;
	}
	file = fopen(path, "re");
	if (file == NULL)
		fail_msg("no golden %s", path);
	len = fread(bytes, 1, sizeof(bytes) - 1, file);
	bytes[len] = '\0';
	fclose(file);
	assert_string_equal(text->data, bytes);
}

static void test_goldens(void **state)
{
	static const struct {
		const char *name;
		enum report_format format;
		int width;
		bool ascii, color;
	} cases[] = {
		{"table-80", REPORT_TABLE, 80, false, false},
		{"table-80-ascii", REPORT_TABLE, 80, true, false},
		{"table-80-color", REPORT_TABLE, 80, false, true},
		{"table-40", REPORT_TABLE, 40, false, false},
		{"table-120", REPORT_TABLE, 120, false, false},
		{"wide-80", REPORT_WIDE, 80, false, false},
		{"wide-120", REPORT_WIDE, 120, false, false},
		{"wide-80-ascii-color", REPORT_WIDE, 80, true, true},
	};
	struct report_fixture fix;
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 1u << 20);
	fixture_init(&fix);
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		write_table(&fix, cases[i].format, cases[i].width, cases[i].ascii, cases[i].color,
			    &out);
		golden(cases[i].name, &out);
	}
	strbuf_release(&out);
}

static void assert_lines(const char *text, int width, bool ascii)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		assert_true(utf8_width(text, len) <= (size_t)width);
		assert_true(len == 0 || text[len - 1] != ' ');
		for (size_t i = 0; ascii && i < len; i++)
			assert_true((unsigned char)text[i] < 0x80);
		assert_int_equal(text[len], '\n');
		text += len + 1;
	}
}

static void test_every_width(void **state)
{
	struct report_fixture fix;
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 1u << 20);
	fixture_init(&fix);
	fix.rows[FIX_AUTH].why = "語語語語語語語語語語語語語語語語語語語語語語語語語語語語語語語語";
	for (int width = 1; width <= 240; width++) {
		for (int variant = 0; variant < 4; variant++) {
			bool ascii = (variant & 1) != 0;

			write_table(&fix, (variant & 2) != 0 ? REPORT_WIDE : REPORT_TABLE, width,
				    ascii, false, &out);
			assert_lines(out.data, width < 8 ? 8 : width, ascii);
			if (width < 20)
				continue;
			assert_non_null(strstr(out.data, "voice"));
			assert_non_null(strstr(out.data, "postgres"));
			assert_non_null(strstr(out.data, "kafka"));
		}
	}
	strbuf_release(&out);
}

static void test_problems_come_first(void **state)
{
	static const char *const order[] = {"voice", "transcripts", "kafka", "gateway", "postgres",
					    "auth"};
	struct report_fixture fix;
	struct strbuf out;
	const char *last;

	(void)state;
	strbuf_init(&out, 1u << 20);
	fixture_init(&fix);
	write_table(&fix, REPORT_TABLE, 200, false, false, &out);
	last = strstr(out.data, "SERVICE");
	assert_non_null(last);
	for (size_t i = 0; i < BASE_LEN(order); i++) {
		const char *row = strstr(last, order[i]);

		assert_non_null(row);
		last = strchr(row, '\n');
		assert_non_null(last);
	}
	strbuf_release(&out);
}

static void test_colour_is_only_added(void **state)
{
	struct report_fixture fix;
	struct strbuf plain, color, stripped;

	(void)state;
	strbuf_init(&plain, 1u << 20);
	strbuf_init(&color, 1u << 20);
	strbuf_init(&stripped, 1u << 20);
	fixture_init(&fix);
	write_table(&fix, REPORT_WIDE, 100, false, false, &plain);
	write_table(&fix, REPORT_WIDE, 100, false, true, &color);
	assert_null(strchr(plain.data, '\033'));
	assert_non_null(strchr(color.data, '\033'));
	for (const char *at = color.data; *at != '\0'; at++) {
		if (*at == '\033')
			at += strcspn(at, "m");
		else
			strbuf_addc(&stripped, *at);
	}
	assert_string_equal(stripped.data, plain.data);
	strbuf_release(&plain);
	strbuf_release(&color);
	strbuf_release(&stripped);
}

static void test_deadline_is_said(void **state)
{
	struct report_options options = {.format = REPORT_TABLE, .width = 80, .deadline_hit = true};
	struct report_fixture fix;
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 1u << 20);
	fixture_init(&fix);
	report_write(&fix.snapshot, &options, &out);
	assert_non_null(strstr(out.data, "deadline"));
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_every_width),
		cmocka_unit_test(test_problems_come_first),
		cmocka_unit_test(test_colour_is_only_added),
		cmocka_unit_test(test_deadline_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
