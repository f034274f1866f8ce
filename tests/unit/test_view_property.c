/* What holds for every screen: random fleets, sizes from 1x1 up and random keys. Each run has its
 * seed in the message when it fails. */
#include "unit.h"

#include "base/utf8.h"
#include "draw/glyph.h"
#include "script.h"

static const char *const keys[] = {
	"Up",	  "k",	       "Down",	 "j", "Left", "Right", "PgUp", "PgDn",	    "g",      "G",
	"Enter",  "Enter",     "Esc",	 "q", "?",    ":",     "v",    "y",	    "a",      "M",
	"i",	  "I",	       "/",	 "s", "S",    "o",     "z",    "T",	    "w",      "t",
	"Tab",	  "Shift-Tab", "1",	 "2", "3",    "+",     "-",    "Ctrl-N",    "Ctrl-P", "n",
	"N",	  "&",	       "!",	 "e", "W",    "=",     "m",    "f",	    "[",      "]",
	"Ctrl-W", "Ctrl-U",    "Ctrl-A", "x", ".",    "(",     "決",   "Backspace", "Enter",
};

static unsigned draw(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 8;
}

static void check_canvas(const struct canvas *canvas, unsigned seed)
{
	for (int y = 0; y < canvas->height; y++) {
		int sum = 0;

		for (int x = 0; x < canvas->width; x++) {
			const struct cell *cell = &canvas->cells[y * canvas->width + x];
			size_t len = strlen(cell->text);

			sum += cell->width;
			assert_true(cell->style < STYLE_COUNT);
			assert_true(len <= CELL_BYTES && utf8_valid(cell->text, len));
			if (cell->width == 2 && (x + 1 == canvas->width || cell[1].width != 0))
				fail_msg("seed %u: half a character at %d,%d", seed, x, y);
			if (cell->width == 0 && (x == 0 || cell[-1].width != 2 || len != 0))
				fail_msg("seed %u: an orphan half at %d,%d", seed, x, y);
			for (size_t i = 0; i < len; i++) {
				unsigned char byte = (unsigned char)cell->text[i];

				if (byte < 0x20 || byte == 0x7F || (canvas->ascii && byte >= 0x80))
					fail_msg("seed %u: byte %02x at %d,%d", seed, byte, x, y);
			}
		}
		if (sum != canvas->width)
			fail_msg("seed %u: row %d is %d cells wide, not %d", seed, y, sum,
				 canvas->width);
	}
}

static void check_ui(const struct ui_state *ui, unsigned seed)
{
	if (ui->depth < 1 || ui->depth > UI_DEPTH)
		fail_msg("seed %u: depth %zu", seed, ui->depth);
	if (ui->prompt.cursor > ui->prompt.text.len)
		fail_msg("seed %u: the prompt's cursor is behind its text", seed);
	assert_true(utf8_valid(ui->prompt.text.data, ui->prompt.text.len));
	assert_true(ui->page.focus < PANE_COUNT);
	assert_true(ui->table.sort < SORT_COUNT);
	assert_true(ui->page.checks.cursor >= 0 && ui->page.checks.top >= 0);
	assert_true(ui->page.diagnosis.cursor >= 0 && ui->page.diagnosis.top >= 0);
	assert_true(ui->page.logs_percent >= 10 && ui->page.logs_percent <= 90);
}

static void check_frame(struct script *script, unsigned seed)
{
	struct strbuf first, second;

	strbuf_init(&first, 1u << 22);
	strbuf_init(&second, 1u << 22);
	view_render(script->snapshot, script->ui, &script->canvas, 0);
	check_canvas(&script->canvas, seed);
	canvas_dump(&script->canvas, &first);
	view_render(script->snapshot, script->ui, &script->canvas, 0);
	canvas_dump(&script->canvas, &second);
	if (strcmp(first.data, second.data) != 0)
		fail_msg("seed %u: the same frame twice is not the same", seed);
	strbuf_release(&first);
	strbuf_release(&second);
}

static void one_run(unsigned seed)
{
	static const int widths[] = {1, 2, 3, 10, 19, 20, 21, 33, 40, 80, 99, 100, 120, 200};
	static const int heights[] = {1, 2, 4, 5, 6, 12, 24, 29, 30, 40, 50};
	unsigned dice = seed;
	struct script script;
	int width = widths[draw(&dice) % BASE_LEN(widths)];
	int height = heights[draw(&dice) % BASE_LEN(heights)];

	script_init_with(&script, fixture_random(seed, draw(&dice) % 40), width, height,
			 draw(&dice) % 2 == 0, draw(&dice) % 5 == 0);
	for (int step = 0; step < 40; step++) {
		const char *key = keys[draw(&dice) % BASE_LEN(keys)];

		/* Ctrl-C and quitting are the app's business. */
		script_keys(&script, key);
		if (draw(&dice) % 8 == 0) {
			width = widths[draw(&dice) % BASE_LEN(widths)];
			height = heights[draw(&dice) % BASE_LEN(heights)];
			canvas_resize(&script.canvas, width, height);
			ui_resize(script.ui, width, height);
		}
		if (draw(&dice) % 10 == 0) {
			/* Another fleet: what the ids named may be gone. */
			snapshot_unref(script.snapshot);
			script.snapshot = fixture_random(dice, draw(&dice) % 40);
			script_observe(&script);
		}
		check_ui(script.ui, seed);
		check_frame(&script, seed);
	}
	script_release(&script);
}

static void test_random(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 150; seed++)
		one_run(seed);
}

/* A terminal may be given a canvas of another size than the ui state knows of. */
static void test_size_of_another(void **state)
{
	struct script script;

	(void)state;
	script_init(&script, FIXTURE_NEXUS, 200, 50, false);
	script_keys(&script, "Enter 2");
	for (int size = 1; size < 60; size += 7) {
		canvas_resize(&script.canvas, size, size);
		check_frame(&script, (unsigned)size);
	}
	script_release(&script);
}

static void check_glyphs(const struct canvas *canvas)
{
	for (int i = 0; i < canvas->width * canvas->height; i++) {
		const char *text = canvas->cells[i].text;
		size_t len = strlen(text), used;

		for (size_t at = 0; at < len; at += used) {
			uint32_t cp;

			used = utf8_decode(text + at, len - at, &cp);
			if (!glyph_known(cp))
				fail_msg("U+%04X has no twin in draw/glyphs.def", (unsigned)cp);
		}
	}
}

/* The fixture is ASCII, so every other character on these screens is one of ours. */
static void test_every_glyph_has_a_twin(void **state)
{
	static const char *const screens[] = {"",	   "o Left",  "T",	   "Enter",
					      "Enter 2 m", "Enter 3", "Enter 3 z", "?",
					      "I",	   "w",	      "s s S"};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(screens); i++) {
		struct script script;

		script_init(&script, FIXTURE_NEXUS, 120, 60, false);
		script_keys(&script, screens[i]);
		view_render(script.snapshot, script.ui, &script.canvas, 0);
		check_glyphs(&script.canvas);
		script_release(&script);
	}
}

/* Nothing but the clock changes while nothing happens: few cells a second at 200x50. */
static void test_calm(void **state)
{
	struct script script;
	struct canvas before;
	int changed = 0;

	(void)state;
	script_init(&script, FIXTURE_NEXUS, 200, 50, false);
	canvas_init(&before, 200, 50, false);
	for (int second = 0; second < 60; second++) {
		view_render(script.snapshot, script.ui, &before, 0);
		fixture_later(script.snapshot, 1);
		script.snapshot->newest_sample.ns += NS_PER_S;
		script_observe(&script);
		view_render(script.snapshot, script.ui, &script.canvas, 0);
		for (int i = 0; i < 200 * 50; i++)
			changed += strcmp(before.cells[i].text, script.canvas.cells[i].text) != 0;
	}
	/* The clock alone is 1.13 cells a second. */
	if (changed > 60 * 3)
		fail_msg("%d cells changed in a minute in which nothing happened", changed);
	canvas_release(&before);
	script_release(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_size_of_another),
		cmocka_unit_test(test_every_glyph_has_a_twin),
		cmocka_unit_test(test_calm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
