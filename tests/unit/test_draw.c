/* The canvas keeps its promises against any text; columns give way in their order; bars and blocks
 * fill what they should. */
#include "unit.h"

#include "draw/bar.h"
#include "draw/block.h"
#include "draw/canvas.h"
#include "draw/columns.h"
#include "draw/glyph.h"
#include "model/sentence.h"

static void expect_rows(const struct canvas *canvas, const char *want)
{
	struct strbuf text;

	strbuf_init(&text, 4096);
	canvas_text(canvas, &text);
	assert_string_equal(text.data, want);
	strbuf_release(&text);
}

static void test_text(void **state)
{
	static const struct {
		int x;
		const char *text;
		int used;
		const char *utf8, *ascii;
	} rows[] = {
		{0, "plain", 5, "plain\n", "plain\n"},
		{5, "clipped", 3, "     cli\n", "     cli\n"},
		{-2, "enters", 6, "ters\n", "ters\n"},
		{0, "one\ntwo", 3, "one\n", "one\n"},
		{0, "決済", 4, "決済\n", "????\n"},
		{7, "決", 0, "\n", "\n"},
		{6, "決", 2, "      決\n", "      ??\n"},
		{0, "e\xCC\x81t", 2, "e\xCC\x81t\n", "et\n"},
		{0, "\x1b[31m", 5, "\xEF\xBF\xBD[31m\n", "?[31m\n"},
		{0,
		 "a\xC2\x9B"
		 "b",
		 3,
		 "a\xEF\xBF\xBD"
		 "b\n",
		 "a?b\n"},
		{0,
		 "a\xE2\x80\xAE"
		 "b",
		 3,
		 "a\xEF\xBF\xBD"
		 "b\n",
		 "a?b\n"},
		{0, "\xFFx", 2, "\xEF\xBF\xBDx\n", "?x\n"},
		{0, "✔ ≥…", 4, "✔ ≥…\n", "+ >~\n"},
		{8, "out", 0, "\n", "\n"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		for (int ascii = 0; ascii < 2; ascii++) {
			struct canvas canvas;

			canvas_init(&canvas, 8, 1, ascii == 1);
			if (area_text(area_of(&canvas), rows[i].x, 0, STYLE_TEXT, rows[i].text) !=
			    rows[i].used)
				print_error("row %zu: cells used\n", i);
			expect_rows(&canvas, ascii == 1 ? rows[i].ascii : rows[i].utf8);
			canvas_release(&canvas);
		}
	}
}

static void test_wide_halves(void **state)
{
	struct canvas canvas;
	struct area area;

	(void)state;
	canvas_init(&canvas, 4, 1, false);
	area = area_of(&canvas);
	area_text(area, 0, 0, STYLE_TEXT, "決済");
	area_text(area, 1, 0, STYLE_TEXT, "x"); /* the right half of the first */
	expect_rows(&canvas, " x済\n");
	area_text(area, 2, 0, STYLE_TEXT, "y"); /* the left half of the second */
	expect_rows(&canvas, " xy\n");
	area_text(area, 0, 0, STYLE_TEXT, "a");
	area_text(area, 1, 0, STYLE_TEXT, "決"); /* over two single ones */
	expect_rows(&canvas, "a決\n");
	canvas_release(&canvas);
}

static void test_marks_fill_a_cell(void **state)
{
	struct canvas canvas;
	char text[128] = "a";

	(void)state;
	for (int i = 0; i < 40; i++)
		memcpy(text + 1 + 2 * i, "\xCC\x81", 3);
	canvas_init(&canvas, 3, 1, false);
	assert_int_equal(area_text(area_of(&canvas), 0, 0, STYLE_TEXT, text), 1);
	assert_true(strlen(canvas.cells[0].text) <= CELL_BYTES);
	assert_string_equal(canvas.cells[1].text, " ");
	canvas_release(&canvas);
}

static void test_fit(void **state)
{
	static const struct {
		int width;
		const char *text, *want;
	} rows[] = {
		{5, "whole", "whole\n"}, {4, "whole", "who…\n"}, {1, "whole", "…\n"},
		{0, "whole", "\n"},	 {3, "決済", "決…\n"},	 {4, "決済", "決済\n"},
		{2, "決済", "…\n"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct canvas canvas;

		canvas_init(&canvas, 10, 1, false);
		assert_true(area_fit(area_of(&canvas), 0, 0, rows[i].width, STYLE_TEXT,
				     rows[i].text) <= rows[i].width);
		expect_rows(&canvas, rows[i].want);
		canvas_release(&canvas);
	}
}

static void test_areas_clip(void **state)
{
	struct canvas canvas;
	struct area area;

	(void)state;
	canvas_init(&canvas, 6, 3, false);
	area = area_sub(area_of(&canvas), 1, 1, 3, 9);
	area_fill(area, STYLE_DIM, "#");
	area_text(area, 0, 5, STYLE_TEXT, "below");
	expect_rows(&canvas, "\n ###\n ###\n");
	assert_int_equal(area_sub(area, 3, 0, 1, 1).width, 0);
	assert_int_equal(area_sub(area, -1, 0, 2, 1).width, 1);
	assert_int_equal(canvas.cells[0].style, STYLE_TEXT);
	assert_int_equal(canvas.cells[7].style, STYLE_DIM);
	canvas_release(&canvas);
}

static void test_columns(void **state)
{
	static const struct column columns[] = {{4, 6, 0, false},
						{3, 3, 2, false},
						{5, 5, 1, false},
						{4, 4, 3, true}};
	static const struct {
		int width;
		int want[4];
	} rows[] = {
		{40, {6, 3, 5, 23}}, {20, {5, 3, 5, 4}}, {19, {4, 3, 5, 4}}, {18, {6, 3, 5, 0}},
		{12, {6, 0, 5, 0}},  {9, {5, 3, 0, 0}},	 {4, {4, 0, 0, 0}},  {2, {2, 0, 0, 0}},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		int widths[4];

		columns_fit(columns, 4, rows[i].width, 1, widths);
		for (int at = 0; at < 4; at++) {
			if (widths[at] != rows[i].want[at])
				fail_msg("width %d, column %d: %d, wanted %d", rows[i].width, at,
					 widths[at], rows[i].want[at]);
		}
	}
}

static void test_bars(void **state)
{
	struct canvas canvas;
	struct phases phases = phases_unmeasured();
	unsigned char history[HISTORY_CELLS] = {0};

	(void)state;
	canvas_init(&canvas, 10, 3, false);
	phases.ns[PHASE_DNS] = 1;
	phases.ns[PHASE_WAIT] = 1000000;
	phases.ns[PHASE_RECEIVE] = 1000000;
	assert_int_equal(bar_phases(area_of(&canvas), 0, 0, 10, &phases), 10);
	assert_int_equal(bar_phases(area_of(&canvas), 0, 2, 2, &phases), 2);
	history[HISTORY_CELLS - 1] = HISTORY_FAIL;
	history[HISTORY_CELLS - 2] = HISTORY_LEVEL4;
	history[HISTORY_CELLS - 3] = 99; /* from a newer recording */
	bar_history(area_of(&canvas), 0, 1, 4, history);
	expect_rows(&canvas, "░█████▬▬▬▬\n  ▄×\n█▬\n");
	canvas_release(&canvas);
}

static void test_blocks(void **state)
{
	struct canvas canvas;

	(void)state;
	assert_int_equal(block_width("12:03"), 17);
	assert_int_equal(block_width("voice"), 19);
	assert_int_equal(block_width("決"), 0);
	assert_int_equal(block_width(""), 0);
	canvas_init(&canvas, 7, 5, false);
	assert_int_equal(block_text(area_of(&canvas), 0, 0, STYLE_TEXT, "17"), 7);
	expect_rows(&canvas, " █  ███\n██    █\n █    █\n █    █\n███   █\n");
	canvas_release(&canvas);
}

static void test_glyphs_are_sorted(void **state)
{
	static const struct {
		uint32_t code_point;
		char ascii;
	} table[] = {
#define GLYPH(code_point, ascii) {code_point, ascii},
#include "draw/glyphs.def"
#undef GLYPH
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(table); i++) {
		assert_int_equal(glyph_ascii(table[i].code_point), table[i].ascii);
		assert_true(i == 0 || table[i - 1].code_point < table[i].code_point);
	}
	assert_int_equal(glyph_ascii('x'), 'x');
	assert_int_equal(glyph_ascii(0x6C7A), '?');
}

static void test_sentence(void **state)
{
	static const struct {
		int width;
		const char *text, *fit;
	} rows[] = {
		{80, "redis 10.0.0.1:6379 refuses the password", "redis 10.0.0.1:6379 refuses the password"},
		{39, "redis 10.0.0.1:6379 refuses the password", "redis refuses the password"},
		{20, "redis unix:/run/redis.sock refuses the password", "redis refuses the password"},
		{20, "http GET http://10.0.0.1:80/health connection refused: 10.0.0.1:80",
		 "http connection refused: 10.0.0.1:80"},
		{20, "grpc [::1]:50051 serves no health service", "grpc serves no health service"},
		{20, "flow of 3 steps failed in step user (GET http://h/u/{{id}}): status 403",
		 "flow failed in step user: status 403"},
		{20, "cors POST http://h/x would be stopped by a browser: status of the preflight",
		 "cors: status of the preflight"},
		/* A name is what is said, and what is no check's sentence is not looked into. */
		{20, "dns nix.example.com does not exist (NXDOMAIN)", "dns nix.example.com does not exist (NXDOMAIN)"},
		{20, "value 10.0.0.1:6379 of something else", "value 10.0.0.1:6379 of something else"},
		{20, "redis 10.0.0.1:6379", "redis 10.0.0.1:6379"},
		{20, "redis refuses 10.0.0.1:6379 (GET x) (GET http://h", "redis refuses 10.0.0.1:6379 (GET x) (GET http://h"},
		/* A path gives way where it would leave no room for what became of it. */
		{50, "POST /api/voice/realtime-session is 404; it is served at /voice/realtime-session",
		 "…/realtime-session is 404; it is served at /voice/realtime-session"},
		{70, "POST /api/voice/realtime-session is 404; it is served at /voice/realtime-session",
		 "POST /api/voice/realtime-session is 404; it is served at /voice/realtime-session"},
		{10, "GET /health-of-all-services is 404", "GET /health-of-all-services is 404"},
		{15, "GET /api/voice/realtime-session is 404", "GET /api/voice/realtime-session is 404"},
		{0, "", ""},
		{0, "redis ", "redis "},
		{0, "/", "/"},
		{-1, "GET ", "GET "},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct strbuf out;

		strbuf_init(&out, 1024);
		sentence_fit(&out, rows[i].text, rows[i].width);
		assert_string_equal(out.data, rows[i].fit);
		strbuf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentence),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_wide_halves),
		cmocka_unit_test(test_marks_fill_a_cell),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_areas_clip),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_glyphs_are_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
