/* The back end in front of a real terminal emulator: libvterm at the other end of a pty, for each
 * kind of TERM. The grid it ends up with is the canvas, with its colours; the modes of the pty
 * are the same before and after; keys arrive; an unchanged frame costs no byte. */
#include "config.h"

#include "../unit/unit.h"

#include "term/term.h"

#ifdef HAVE_VTERM
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <vterm.h>

#define WIDTH 60
#define HEIGHT 12

struct rig {
	int master, slave;
	char path[64];
	VTerm *vt;
	VTermScreen *screen;
	struct term *term;
	struct canvas canvas;
	struct strbuf seen; /* all bytes */
	uint64_t carried;   /* how many that were */
	uint64_t before;    /* of them, those before `term` was opened */
};

static struct theme *test_theme(void)
{
	struct theme *theme = theme_mono();

	for (size_t i = 0; i < STYLE_COUNT; i++) {
		theme->style[i].full = (struct look){COLOR_DEFAULT, COLOR_DEFAULT, 0};
		theme->style[i].eight = (struct look){COLOR_DEFAULT, COLOR_DEFAULT, 0};
		theme->style[i].mono = 0;
	}
	theme->style[STYLE_DOWN].full = (struct look){203, COLOR_DEFAULT, ATTR_BOLD};
	theme->style[STYLE_DOWN].eight = (struct look){1, COLOR_DEFAULT, ATTR_BOLD};
	theme->style[STYLE_DOWN].mono = ATTR_REVERSE;
	theme->style[STYLE_BANNER].full = (struct look){COLOR_RGB(255, 255, 255), 20, 0};
	theme->style[STYLE_BANNER].eight = (struct look){7, 4, 0};
	return theme;
}

static void canvas_make(struct canvas *canvas, int width, int height)
{
	canvas->width = width;
	canvas->height = height;
	canvas->ascii = term_wants_ascii();
	canvas->cells = xcalloc((size_t)(width * height), sizeof(*canvas->cells));
	for (int i = 0; i < width * height; i++) {
		canvas->cells[i].text[0] = ' ';
		canvas->cells[i].width = 1;
		canvas->cells[i].style = STYLE_TEXT;
	}
}

/* Puts text without the help of draw/: this test must not hang on it. */
static void put(struct canvas *canvas, int x, int y, enum style style, const char *text)
{
	size_t len = strlen(text);

	for (size_t at = 0; at < len;) {
		struct cell *cell = &canvas->cells[y * canvas->width + x];
		uint32_t cp;
		size_t used = utf8_decode(text + at, len - at, &cp);
		int width = utf8_cp_width(cp);

		if (width == 0) {
			struct cell *before = cell[-1].width == 0 ? cell - 2 : cell - 1;

			memcpy(before->text + strlen(before->text), text + at, used);
			at += used;
			continue;
		}
		memset(cell, 0, sizeof(*cell));
		memcpy(cell->text, text + at, used);
		cell->width = (unsigned char)width;
		cell->style = (unsigned char)style;
		if (width == 2) {
			memset(cell + 1, 0, sizeof(*cell));
			cell[1].style = (unsigned char)style;
		}
		x += width;
		at += used;
	}
}

/* Bytes of the master to the emulator; waits for some, as the kernel passes them on at leisure. */
static void carry(struct rig *rig)
{
	struct pollfd ready = {.fd = rig->master, .events = POLLIN};
	char bytes[4096];
	ssize_t n;

	assert_int_equal(poll(&ready, 1, 5000), 1);
	n = read(rig->master, bytes, sizeof(bytes));
	assert_true(n > 0);
	vterm_input_write(rig->vt, bytes, (size_t)n);
	strbuf_add(&rig->seen, bytes, (size_t)n);
	rig->carried += (uint64_t)n;
}

/* Carries on until the emulator has all that was drawn. */
static void pump(struct rig *rig)
{
	struct key key;

	for (;;) {
		assert_false(term_key(rig->term, &key));
		if (rig->carried < rig->before + term_bytes(rig->term))
			carry(rig);
		else if (term_wake(rig->term).ns == INT64_MAX)
			break;
	}
}

/* The same after the terminal was closed or its program died: up to a mark of our own. */
static void pump_rest(struct rig *rig)
{
	static const char mark[] = "#end#";

	assert_int_equal(write(rig->slave, mark, sizeof(mark) - 1), sizeof(mark) - 1);
	while (rig->seen.len == 0 || strstr(rig->seen.data, mark) == NULL)
		carry(rig);
	rig->before = rig->carried; /* a new terminal counts anew */
}

static void rig_open(struct rig *rig, const char *kind, bool color)
{
	struct winsize size = {.ws_row = HEIGHT, .ws_col = WIDTH};
	struct term_options options = {.color = color, .mouse = true};
	struct theme *theme;
	struct strbuf err;

	memset(rig, 0, sizeof(*rig));
	assert_int_equal(setenv("TERM", kind, 1), 0);
	assert_int_equal(openpty(&rig->master, &rig->slave, rig->path, NULL, &size), 0);
	assert_int_equal(fcntl(rig->master, F_SETFL, O_NONBLOCK), 0);
	rig->vt = vterm_new(HEIGHT, WIDTH);
	vterm_set_utf8(rig->vt, 1);
	rig->screen = vterm_obtain_screen(rig->vt);
	vterm_screen_enable_altscreen(rig->screen, 1);
	vterm_screen_reset(rig->screen, 1);
	strbuf_init(&rig->seen, 1u << 20);
	strbuf_init(&err, 200);
	rig->term = term_open_path(rig->path, &options, &err);
	if (rig->term == NULL)
		fail_msg("%s: %s", kind, err.data);
	strbuf_release(&err);
	theme = test_theme();
	term_set_theme(rig->term, theme);
	theme_unref(theme);
	canvas_make(&rig->canvas, WIDTH, HEIGHT);
}

static void rig_close(struct rig *rig)
{
	term_close(rig->term);
	rig->term = NULL;
	close(rig->slave);
	close(rig->master);
	vterm_free(rig->vt);
	free(rig->canvas.cells);
	strbuf_release(&rig->seen);
}

static VTermScreenCell cell_at(struct rig *rig, int x, int y)
{
	VTermScreenCell cell;

	memset(&cell, 0, sizeof(cell));
	assert_int_equal(vterm_screen_get_cell(rig->screen, (VTermPos){.row = y, .col = x}, &cell),
			 1);
	return cell;
}

/* The emulator's grid says what the canvas says, cell by cell. */
static void assert_grid(struct rig *rig, const char *kind)
{
	for (int y = 0; y < HEIGHT; y++) {
		for (int x = 0; x < WIDTH; x++) {
			const struct cell *want = &rig->canvas.cells[y * WIDTH + x];
			VTermScreenCell have;
			char text[64];
			size_t len = 0;

			if (want->width == 0)
				continue;
			have = cell_at(rig, x, y);
			for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && have.chars[i] != 0; i++)
				len += utf8_encode(text + len, have.chars[i]);
			text[len] = '\0';
			if (len == 0)
				memcpy(text, " ", 2);
			if (strcmp(text, want->text) != 0 || have.width != want->width)
				fail_msg("%s: row %d column %d is '%s' (%d), wanted '%s' (%d)",
					 kind, y, x, text, have.width, want->text, want->width);
		}
	}
}

static void fill(struct rig *rig, bool wide)
{
	put(&rig->canvas, 0, 0, STYLE_TEXT, " sitrep  nexus/prod   10 up");
	put(&rig->canvas, 1, 1, STYLE_DOWN, "DOWN");
	put(&rig->canvas, 10, 1, STYLE_BANNER, "offline");
	put(&rig->canvas, 0, HEIGHT - 1, STYLE_DIM,
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxZ");
	if (wide) {
		put(&rig->canvas, 0, 3, STYLE_TEXT,
		    "\u2502 \u2500\u253c \u4e2d\u6587 | e\u0301 | \u2588");
		put(&rig->canvas, WIDTH - 2, 4, STYLE_TEXT, "\u4e2d");
		put(&rig->canvas, 0, 5, STYLE_TEXT, "\U0001f525\u4e2da\u4e2d");
	}
}

static const struct kind {
	const char *name;
	bool wide; /* shows more than ASCII */
	int fg;	   /* palette index of STYLE_DOWN; -1: no colours */
} kinds[] = {
	{"xterm-256color", true, 203},
	{"screen-256color", true, 203},
	{"tmux-256color", true, 203},
	{"screen", true, 1},
	{"xterm", true, 1},
	{"vt100", false, -1},
};

static void test_grids(void **state)
{
	(void)state;
	for (size_t i = 0; i < BASE_LEN(kinds); i++) {
		struct rig rig;
		VTermScreenCell cell;

		/* What a shell exports is not what the terminal is. */
		setenv("LINES", i % 2 == 0 ? "3" : "300", 1);
		setenv("COLUMNS", i % 2 == 0 ? "2" : "1000", 1);
		rig_open(&rig, kinds[i].name, true);
		assert_int_equal(rig.canvas.ascii, !kinds[i].wide);
		fill(&rig, kinds[i].wide);
		term_draw(rig.term, &rig.canvas);
		pump(&rig);
		assert_grid(&rig, kinds[i].name);
		cell = cell_at(&rig, 1, 1);
		if (kinds[i].fg < 0) {
			assert_true(VTERM_COLOR_IS_DEFAULT_FG(&cell.fg));
			assert_int_equal(cell.attrs.reverse, 1);
		} else {
			assert_true(VTERM_COLOR_IS_INDEXED(&cell.fg));
			assert_int_equal(cell.fg.indexed.idx & ~8, kinds[i].fg & ~8);
			assert_int_equal(cell.attrs.bold, 1);
			cell = cell_at(&rig, 10, 1);
			assert_int_equal(cell.bg.indexed.idx, kinds[i].fg == 1 ? 4 : 20);
		}
		/* A change in the middle of wide cells: one narrow character between two halves. */
		if (kinds[i].wide) {
			put(&rig.canvas, 0, 5, STYLE_TEXT, "a\u4e2d\u4e2db");
			put(&rig.canvas, 7, 3, STYLE_TEXT, "xy");
		}
		put(&rig.canvas, 20, 7, STYLE_TEXT, "changed");
		/* Where libc sees one cell and the canvas two, what follows stays in its place. */
		if (kinds[i].wide) {
			put(&rig.canvas, 30, 7, STYLE_TEXT, "\u4e2d|");
			memcpy(rig.canvas.cells[7 * WIDTH + 30].text, "\u26a0", 4);
		}
		term_draw(rig.term, &rig.canvas);
		pump(&rig);
		if (kinds[i].wide) {
			assert_int_equal(cell_at(&rig, 30, 7).chars[0], 0xfffd);
			put(&rig.canvas, 30, 7, STYLE_TEXT, "\ufffd |");
		}
		assert_grid(&rig, kinds[i].name);
		rig_close(&rig);
	}
}

/* The console gets glyphs of its font, one cell wide, and nothing else moves. */
static void test_console(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, "linux", true);
	put(&rig.canvas, 0, 0, STYLE_TEXT, "\u2714\u2716\u25b8\u2581\u2588\u2502e\u0301|");
	put(&rig.canvas, 0, 1, STYLE_TEXT, "\u4e2d|");
	term_draw(rig.term, &rig.canvas);
	pump(&rig);
	memset(rig.canvas.cells, 0, 20 * sizeof(struct cell));
	put(&rig.canvas, 0, 0, STYLE_TEXT, "\u221ax\u25ba_\u2588\u2502e|            ");
	memset(rig.canvas.cells + WIDTH, 0, 4 * sizeof(struct cell));
	put(&rig.canvas, 0, 1, STYLE_TEXT, "? | ");
	assert_grid(&rig, "linux");
	assert_false(term_copy(rig.term, "x", 1));
	rig_close(&rig);
}

static void test_no_color(void **state)
{
	struct rig rig;
	VTermScreenCell cell;

	(void)state;
	rig_open(&rig, "xterm-256color", false);
	fill(&rig, true);
	term_draw(rig.term, &rig.canvas);
	pump(&rig);
	assert_grid(&rig, "no colour");
	cell = cell_at(&rig, 1, 1);
	assert_true(VTERM_COLOR_IS_DEFAULT_FG(&cell.fg));
	assert_int_equal(cell.attrs.reverse, 1);
	assert_null(strstr(rig.seen.data, "[38;5"));
	assert_null(strstr(rig.seen.data, "[3m"));
	rig_close(&rig);
}

/* Exact colours where the terminal takes them; the palette's entries as what they stand for. */
static void test_direct(void **state)
{
	struct rig rig;

	(void)state;
	if (access("/usr/share/terminfo/x/xterm-direct", R_OK) != 0)
		skip();
	rig_open(&rig, "xterm-direct", true);
	fill(&rig, true);
	term_draw(rig.term, &rig.canvas);
	pump(&rig);
	assert_grid(&rig, "xterm-direct");
	/* By the bytes: libvterm does not know the empty colour space of ISO 8613-6. */
	assert_non_null(strstr(rig.seen.data, "38:2::255:95:95m"));
	assert_non_null(strstr(rig.seen.data, "38:2::255:255:255m"));
	assert_non_null(strstr(rig.seen.data, "48:2::0:0:215m"));
	rig_close(&rig);
}

static void test_bytes(void **state)
{
	struct rig rig;
	uint64_t before;

	(void)state;
	rig_open(&rig, "xterm-256color", true);
	fill(&rig, true);
	term_draw(rig.term, &rig.canvas);
	pump(&rig);
	before = term_bytes(rig.term);
	for (int i = 0; i < 100; i++)
		term_draw(rig.term, &rig.canvas);
	pump(&rig);
	assert_int_equal(term_bytes(rig.term), before);
	/* A clock that ticks: a cursor move and a digit. */
	put(&rig.canvas, 50, 0, STYLE_TEXT, "7");
	term_draw(rig.term, &rig.canvas);
	pump(&rig);
	assert_true(term_bytes(rig.term) > before);
	assert_true(term_bytes(rig.term) - before <= 16);
	/* All of it again. */
	term_redraw(rig.term);
	term_draw(rig.term, &rig.canvas);
	pump(&rig);
	assert_true(term_bytes(rig.term) - before > 100);
	assert_grid(&rig, "redrawn");
	rig_close(&rig);
}

static void test_resize(void **state)
{
	static const int sizes[][2] = {{1, 1}, {3, 2}, {200, 50}, {WIDTH, HEIGHT}};
	struct rig rig;

	(void)state;
	rig_open(&rig, "xterm-256color", true);
	for (size_t i = 0; i < BASE_LEN(sizes); i++) {
		struct winsize size = {.ws_col = (unsigned short)sizes[i][0],
				       .ws_row = (unsigned short)sizes[i][1]};
		int width, height;

		/* The canvas of the old size is drawn once more, as a late frame would be. */
		assert_int_equal(ioctl(rig.master, TIOCSWINSZ, &size), 0);
		vterm_set_size(rig.vt, sizes[i][1], sizes[i][0]);
		term_resized(rig.term);
		term_draw(rig.term, &rig.canvas);
		term_size(rig.term, &width, &height);
		assert_int_equal(width, sizes[i][0]);
		assert_int_equal(height, sizes[i][1]);
		free(rig.canvas.cells);
		canvas_make(&rig.canvas, width, height);
		put(&rig.canvas, 0, 0, STYLE_TEXT, "Q");
		term_draw(rig.term, &rig.canvas);
		pump(&rig);
		assert_int_equal(cell_at(&rig, 0, 0).chars[0], 'Q');
	}
	fill(&rig, true);
	term_draw(rig.term, &rig.canvas);
	pump(&rig);
	assert_grid(&rig, "resized");
	rig_close(&rig);
}

static void assert_same_modes(const struct termios *a, const struct termios *b)
{
	assert_int_equal(a->c_iflag, b->c_iflag);
	assert_int_equal(a->c_oflag, b->c_oflag);
	assert_int_equal(a->c_cflag, b->c_cflag);
	assert_int_equal(a->c_lflag, b->c_lflag);
	assert_memory_equal(a->c_cc, b->c_cc, sizeof(a->c_cc));
}

static void test_modes(void **state)
{
	struct termios before, during, after;
	struct rig rig;
	int flags;

	(void)state;
	rig_open(&rig, "xterm-256color", true);
	term_close(rig.term);
	rig.term = NULL;
	pump_rest(&rig);
	assert_int_equal(tcgetattr(rig.slave, &before), 0);
	flags = fcntl(rig.slave, F_GETFL);
	rig.term = term_open_path(rig.path, &(struct term_options){.mouse = true}, &rig.seen);
	assert_non_null(rig.term);
	assert_int_equal(tcgetattr(rig.slave, &during), 0);
	assert_int_equal(during.c_lflag & (ICANON | ECHO), 0);
	assert_int_equal(during.c_lflag & ISIG, ISIG);
	term_draw(rig.term, &rig.canvas);
	pump(&rig);
	assert_non_null(strstr(rig.seen.data, "\x1b[?1049h"));
	assert_non_null(strstr(rig.seen.data, "\x1b[?1006h"));
	assert_non_null(strstr(rig.seen.data, "\x1b[?2004h"));
	/* Stopped from outside and continued: taken again, the screen complete. */
	assert_int_equal(tcsetattr(rig.slave, TCSANOW, &before), 0);
	fill(&rig, true);
	term_resume(rig.term);
	term_draw(rig.term, &rig.canvas);
	pump(&rig);
	assert_grid(&rig, "resumed");
	assert_int_equal(tcgetattr(rig.slave, &after), 0);
	assert_same_modes(&during, &after);
	strbuf_reset(&rig.seen);
	term_close(rig.term);
	rig.term = NULL;
	pump_rest(&rig);
	assert_non_null(strstr(rig.seen.data, "\x1b[?1049l"));
	assert_non_null(strstr(rig.seen.data, "\x1b[?1006l"));
	assert_non_null(strstr(rig.seen.data, "\x1b[?2004l"));
	assert_int_equal(tcgetattr(rig.slave, &after), 0);
	assert_same_modes(&before, &after);
	assert_int_equal(fcntl(rig.slave, F_GETFL), flags);
	rig_close(&rig);
}

/* Waits for the terminal's descriptor, then for the key: no sleeping. */
static struct key key_of(struct rig *rig, const char *bytes)
{
	struct pollfd ready = {.fd = term_fd(rig->term), .events = POLLIN};
	struct key key;

	assert_int_equal(write(rig->master, bytes, strlen(bytes)), strlen(bytes));
	for (;;) {
		struct mono_time wake = term_wake(rig->term), now = clock_mono();

		if (term_key(rig->term, &key))
			return key;
		poll(&ready, 1,
		     wake.ns == INT64_MAX ? 5000 : (int)((wake.ns - now.ns) / NS_PER_MS) + 1);
	}
}

static void test_keys(void **state)
{
	struct rig rig;
	struct key key;

	(void)state;
	rig_open(&rig, "xterm-256color", true);
	pump(&rig);
	assert_int_equal(key_of(&rig, "j").cp, 'j');
	assert_int_equal(key_of(&rig, "\x1b[A").code, KEY_CODE_UP);
	assert_int_equal(key_of(&rig, "\x1b").code, KEY_CODE_ESCAPE);
	assert_int_equal(key_of(&rig, "\x1a").cp, 'z');
	assert_int_equal(key_of(&rig, "\x13").cp, 's');
	assert_int_equal(key_of(&rig, "\r").code, KEY_CODE_ENTER);
	assert_int_equal(key_of(&rig, "\x1b[<0;3;2M").button, MOUSE_LEFT);
	assert_int_equal(key_of(&rig, "\xe4\xb8\xad").cp, 0x4e2d);
	assert_false(term_key(rig.term, &key));
	rig_close(&rig);
}

static void test_gone(void **state)
{
	struct pollfd ready;
	struct rig rig;
	struct key key;

	(void)state;
	rig_open(&rig, "xterm-256color", true);
	pump(&rig);
	ready = (struct pollfd){.fd = term_fd(rig.term), .events = POLLIN};
	close(rig.slave);
	close(rig.master);
	assert_int_equal(poll(&ready, 1, 5000), 1);
	assert_true(term_key(rig.term, &key));
	assert_int_equal(key.code, KEY_CODE_CLOSED);
	assert_false(term_key(rig.term, &key));
	term_draw(rig.term, &rig.canvas); /* into the void */
	rig.master = rig.slave = -1;
	rig_close(&rig);
}

/* A terminal that takes nothing: no call blocks, frames merge, and the last one arrives. */
static void test_stopped(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, "xterm-256color", true);
	pump(&rig);
	for (int i = 0; i < 500; i++) {
		for (int y = 0; y < HEIGHT; y++) {
			char text[WIDTH + 1];

			memset(text, 'a' + (i + y) % 26, WIDTH);
			text[WIDTH] = '\0';
			put(&rig.canvas, 0, y, y % 2 == 0 ? STYLE_DOWN : STYLE_BANNER, text);
		}
		term_draw(rig.term, &rig.canvas);
	}
	assert_true(term_wake(rig.term).ns != INT64_MAX);
	pump(&rig);
	assert_grid(&rig, "after the stop");
	assert_true(term_bytes(rig.term) < 100000);
	rig_close(&rig);
}

static void test_copy(void **state)
{
	struct rig rig;

	(void)state;
	unsetenv("TMUX");
	unsetenv("STY");
	rig_open(&rig, "xterm-256color", true);
	pump(&rig);
	strbuf_reset(&rig.seen);
	assert_true(term_copy(rig.term, "docker start x", 14));
	term_bell(rig.term);
	pump(&rig);
	assert_string_equal(rig.seen.data, "\x1b]52;c;ZG9ja2VyIHN0YXJ0IHg=\a\a");
	rig_close(&rig);
}

static void rescue_on(int signum)
{
	term_rescue();
	signal(signum, SIG_DFL);
	raise(signum);
}

/* A child that crashes leaves the modes as they were and the main screen. */
static void test_rescue(void **state)
{
	struct termios before, during, after;
	struct rig rig;
	char byte;
	int status, ready[2], go[2];
	pid_t child;

	(void)state;
	rig_open(&rig, "xterm-256color", true);
	term_close(rig.term);
	rig.term = NULL;
	pump_rest(&rig);
	strbuf_reset(&rig.seen);
	assert_int_equal(tcgetattr(rig.slave, &before), 0);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	child = fork();
	if (child == 0) {
		signal(SIGSEGV, rescue_on);
		rig.term =
			term_open_path(rig.path, &(struct term_options){.mouse = true}, &rig.seen);
		if (rig.term == NULL || write(ready[1], "r", 1) != 1 || read(go[0], &byte, 1) != 1)
			_exit(1);
		raise(SIGSEGV);
		_exit(2);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(tcgetattr(rig.slave, &during), 0);
	assert_true(during.c_lflag != before.c_lflag);
	assert_int_equal(write(go[1], "g", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
	assert_int_equal(tcgetattr(rig.slave, &after), 0);
	assert_same_modes(&before, &after);
	pump_rest(&rig);
	assert_non_null(strstr(rig.seen.data, "\x1b[?25h\x1b[?1049l"));
	assert_non_null(strstr(rig.seen.data, "\x1b[?1000l"));
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(go[i]);
	}
	rig_close(&rig);
}

static void test_unusable(void **state)
{
	struct strbuf err;

	(void)state;
	setenv("TERM", "dumb", 1);
	assert_non_null(term_unusable());
	unsetenv("TERM");
	assert_string_equal(term_unusable(), "TERM is not set");
	setenv("TERM", "no-such-terminal", 1);
	assert_non_null(term_unusable());
	strbuf_init(&err, 200);
	assert_null(term_open_path("/dev/null", &(struct term_options){.color = true}, &err));
	assert_true(err.len > 0);
	strbuf_release(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grids),	 cmocka_unit_test(test_console),
		cmocka_unit_test(test_no_color), cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_direct),
		cmocka_unit_test(test_resize),	 cmocka_unit_test(test_modes),
		cmocka_unit_test(test_keys),	 cmocka_unit_test(test_gone),
		cmocka_unit_test(test_stopped),	 cmocka_unit_test(test_copy),
		cmocka_unit_test(test_rescue),	 cmocka_unit_test(test_unusable),
	};

	if (setlocale(LC_ALL, "C.UTF-8") == NULL) {
		printf("1..0 # SKIP this system has no locale C.UTF-8\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	printf("1..0 # SKIP libvterm was not there at configure\n");
	return 0;
}
#endif
