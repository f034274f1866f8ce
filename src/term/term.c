/* The screen: ncurses as a machine that turns cells into the fewest bytes, and nothing more.
 *
 * It writes to a file in memory, never to the terminal: newterm() is given a memfd, and after each
 * doupdate() the bytes move to a queue that the terminal empties at its own pace. So the loop
 * never blocks on a stopped line, the terminal's modes are ours alone (ncurses finds no tty to
 * change), and tests read what a terminal would see. Invariant: `shadow` holds what ncurses was
 * last told, so a canvas that did not change costs one memcmp a row and no bytes. */
#include "term/term.h"

#include "base/utf8.h"
#include "base/xalloc.h"
#include "term/caps.h"
#include "term/clipboard.h"
#include "term/decode.h"
#include "term/output.h"
#include "term/rescue.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_WIDECHAR 1
#define term terminfo_entry /* terminfo has a `struct term` of its own */
#include <curses.h>
#include <term.h>
#undef term

#define TERM_MAGIC 0x7e43a11du
#define CLOSE_WAIT_MS 500  /* how long leaving waits for a slow line */
#define CELL_CODE_POINTS 5 /* CCHARW_MAX of ncurses */

/* Paste brackets; presses and the wheel, in SGR form (xterm ctlseqs). */
#define PASTE_ON "\x1b[?2004h"
#define PASTE_OFF "\x1b[?2004l"
#define MOUSE_ON "\x1b[?1000h\x1b[?1006h"
#define MOUSE_OFF "\x1b[?1006l\x1b[?1000l"

struct pen {
	attr_t attributes;
	int pair;
};

struct term {
	unsigned magic;
	int in_fd, out_fd; /* two descriptions: reading and writing wait apart from each other */
	struct termios saved;
	FILE *file; /* the memfd that ncurses writes to */
	SCREEN *screen;
	struct output output;
	struct decoder decoder;
	int width, height;
	struct cell *shadow; /* height rows of width */
	bool all;	     /* the shadow is worth nothing: take every cell */
	bool unsent;	     /* ncurses knows more than the terminal was sent */
	bool color;
	bool mouse;
	bool modern;  /* knows private modes and OSC: an emulator, not a VT100 or a console */
	bool ascii;   /* the locale cannot carry more */
	bool console; /* Linux console: glyphs of code page 437 */
	bool cursor_hidden;
	bool hung_up, told;
	struct theme *theme;
	struct pen pens[STYLE_COUNT];
};

/* --- is there one? ------------------------------------------------------------------------ */

const char *term_unusable(void)
{
	static char sentence[128];
	const char *name = getenv("TERM");
	const char *where = NULL;
	int error, fd;

	if (name == NULL || name[0] == '\0')
		return "TERM is not set";
	if (strcmp(name, "dumb") == 0)
		return "TERM is dumb";
	fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return "there is no terminal";
	close(fd);
	if (setupterm(name, STDERR_FILENO, &error) != OK) {
		size_t clean = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					    "0123456789-+._");

		snprintf(sentence, sizeof(sentence), "terminfo has no entry for TERM=%.*s",
			 clean < 64 ? (int)clean : 64, name);
		return sentence;
	}
	if (tigetstr("cup") == NULL || tigetstr("cup") == (char *)-1)
		where = "TERM names a terminal without cursor addressing";
	del_curterm(cur_term);
	return where;
}

bool term_wants_ascii(void)
{
	return caps_want_ascii(getenv("TERM"), nl_langinfo(CODESET));
}

/* --- bytes -------------------------------------------------------------------------------- */

/* Moves what ncurses wrote into the queue. */
static void collect(struct term *term)
{
	int fd = fileno(term->file);
	off_t len = lseek(fd, 0, SEEK_CUR);
	char block[4096];
	off_t at = 0;

	while (at < len) {
		size_t want =
			(size_t)(len - at) < sizeof(block) ? (size_t)(len - at) : sizeof(block);
		ssize_t n = pread(fd, block, want, at);

		if (n <= 0)
			BUG("cannot read back what ncurses wrote");
		output_add(&term->output, block, (size_t)n);
		at += n;
	}
	if (len > 0 && (lseek(fd, 0, SEEK_SET) != 0 || ftruncate(fd, 0) != 0))
		BUG("cannot empty the screen's file");
}

/* Sends a frame once the one before is out; frames that the line is too slow for are merged. */
static void send_frame(struct term *term)
{
	if (!output_flush(&term->output) || !term->unsent)
		return;
	term->unsent = false;
	if (!term->cursor_hidden)
		wmove(stdscr, term->height - 1, term->width - 1);
	wnoutrefresh(stdscr);
	doupdate();
	collect(term);
	output_flush(&term->output);
}

static void send_text(struct term *term, const char *text)
{
	output_add(&term->output, text, strlen(text));
	output_flush(&term->output);
}

/* --- modes -------------------------------------------------------------------------------- */

static void set_modes(struct term *term)
{
	struct termios raw = term->saved;

	raw.c_iflag &=
		~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	raw.c_oflag &= ~(tcflag_t)OPOST; /* a line feed goes down and nowhere else */
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN);
	raw.c_cflag = (raw.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	/* ISIG stays for Ctrl-C alone: it must work even where the program does not. */
	raw.c_cc[VSUSP] = _POSIX_VDISABLE;
	raw.c_cc[VQUIT] = _POSIX_VDISABLE;
	tcsetattr(term->in_fd, TCSANOW, &raw);
	rescue_arm(term->out_fd, &term->saved);
}

static void read_size(struct term *term)
{
	struct winsize size;
	int width = 80, height = 24;

	if (ioctl(term->out_fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
		width = size.ws_col;
		height = size.ws_row;
	}
	term->width = width < TERM_WIDTH_MAX ? width : TERM_WIDTH_MAX;
	term->height = height < TERM_HEIGHT_MAX ? height : TERM_HEIGHT_MAX;
}

static void take_size(struct term *term)
{
	char *region = tigetstr("csr");

	read_size(term);
	resize_term(term->height, term->width);
	/* The region that scrolls is still that of the size before: a line feed would move it. The
	 * frame that follows starts with a clear screen, so the cursor may be anywhere. */
	if (region != NULL && region != (char *)-1)
		send_text(term, tparm(region, 0, term->height - 1));
	wclear(stdscr);
	term->unsent = true;
	term->shadow = xreallocarray(term->shadow, (size_t)term->width * (size_t)term->height,
				     sizeof(*term->shadow));
	term->all = true;
}

/* Everything from the first byte on, as after start and after a stop. */
static void enter(struct term *term)
{
	set_modes(term);
	/* The first doupdate() after newterm() or endwin() takes the alternate screen and may fall
	 * back to the size of LINES and COLUMNS: ours comes after it. */
	wclear(stdscr);
	clearok(curscr, TRUE);
	wnoutrefresh(stdscr);
	doupdate();
	collect(term);
	take_size(term);
	if (term->modern)
		send_text(term, term->mouse ? PASTE_ON MOUSE_ON : PASTE_ON);
}

static void leave(struct term *term)
{
	if (term->modern)
		send_text(term, PASTE_OFF MOUSE_OFF);
	endwin();
	collect(term);
	output_drain(&term->output, CLOSE_WAIT_MS);
	tcsetattr(term->in_fd, TCSANOW, &term->saved);
	rescue_disarm();
}

/* --- opening and closing ------------------------------------------------------------------ */

static const int curses_signals[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};

/* newterm() puts handlers where there are none; ours are events of the loop and stay. */
static SCREEN *new_screen(const char *name, FILE *file)
{
	struct sigaction before[BASE_LEN(curses_signals)];
	SCREEN *screen;

	for (size_t i = 0; i < BASE_LEN(curses_signals); i++)
		sigaction(curses_signals[i], NULL, &before[i]);
	/* Whatever size it makes of LINES, COLUMNS and terminfo: take_size() says the true one. */
	screen = newterm(name, file, file);
	for (size_t i = 0; i < BASE_LEN(curses_signals); i++)
		sigaction(curses_signals[i], &before[i], NULL);
	return screen;
}

static void set_up_curses(struct term *term, const struct term_options *options)
{
	const char *mouse = tigetstr("kmous");

	typeahead(-1); /* no peeking at input in the middle of a frame */
	nonl();
	scrollok(stdscr, FALSE);
	idlok(stdscr, FALSE);
	/* Inserting characters trusts the terminal's widths with the rest of the row. */
	idcok(stdscr, FALSE);
	term->cursor_hidden = curs_set(0) != ERR;
	leaveok(stdscr, term->cursor_hidden);
	if (options->color && has_colors() && start_color() == OK) {
		use_default_colors();
		term->color = true;
	}
	term->modern = mouse != NULL && mouse != (char *)-1 && !term->console;
}

static struct term *open_fds(int in_fd, int out_fd, const struct term_options *options,
			     struct strbuf *err)
{
	const char *name = getenv("TERM");
	struct term *term = xcalloc(1, sizeof(*term));
	int memory = memfd_create("screen", MFD_CLOEXEC);

	term->magic = TERM_MAGIC;
	term->in_fd = in_fd;
	term->out_fd = out_fd;
	term->mouse = options->mouse;
	term->ascii = term_wants_ascii();
	term->console = name != NULL && strncmp(name, "linux", 5) == 0;
	if (tcgetattr(in_fd, &term->saved) != 0 || memory < 0) {
		strbuf_addf(err, "cannot use the terminal: %s", strerror(errno));
		goto fail;
	}
	term->file = fdopen(memory, "w+");
	if (name != NULL && term->file != NULL)
		term->screen = new_screen(name, term->file);
	if (term->screen == NULL) {
		strbuf_adds(err, "cannot use the terminal: TERM names none that terminfo knows");
		goto fail;
	}
	output_init(&term->output, out_fd);
	decoder_init(&term->decoder);
	set_up_curses(term, options);
	term_set_theme(term, NULL);
	collect(term);
	enter(term);
	return term;
fail:
	if (term->file != NULL)
		fclose(term->file);
	else if (memory >= 0)
		close(memory);
	free(term);
	return NULL;
}

struct term *term_open_path(const char *path, const struct term_options *options,
			    struct strbuf *err)
{
	int in_fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	int out_fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	struct term *term = NULL;

	if (in_fd < 0 || out_fd < 0)
		strbuf_addf(err, "cannot open %s: %s", path, strerror(errno));
	else
		term = open_fds(in_fd, out_fd, options, err);
	if (term == NULL) {
		if (in_fd >= 0)
			close(in_fd);
		if (out_fd >= 0)
			close(out_fd);
	}
	return term;
}

struct term *term_open(const struct term_options *options, struct strbuf *err)
{
	return term_open_path("/dev/tty", options, err);
}

void term_close(struct term *term)
{
	if (term == NULL)
		return;
	leave(term);
	delscreen(term->screen);
	fclose(term->file);
	close(term->in_fd);
	close(term->out_fd);
	output_release(&term->output);
	free(term->shadow);
	theme_unref(term->theme);
	term->magic = 0;
	free(term);
}

int term_fd(const struct term *term)
{
	return term->in_fd;
}

uint64_t term_bytes(const struct term *term)
{
	return term->output.total;
}

void term_size(const struct term *term, int *width, int *height)
{
	*width = term->width;
	*height = term->height;
}

void term_resized(struct term *term)
{
	take_size(term);
}

/* --- looks -------------------------------------------------------------------------------- */

static attr_t attributes_of(unsigned attributes)
{
	static const struct {
		enum attribute from;
		attr_t to;
	} map[] = {{ATTR_BOLD, A_BOLD},
		   {ATTR_DIM, A_DIM},
		   {ATTR_REVERSE, A_REVERSE},
		   {ATTR_UNDERLINE, A_UNDERLINE},
		   {ATTR_ITALIC, A_ITALIC}};
	attr_t result = A_NORMAL;

	for (size_t i = 0; i < BASE_LEN(map); i++) {
		if ((attributes & map[i].from) != 0)
			result |= map[i].to;
	}
	return result;
}

/* A theme's colour as this terminal numbers it. */
static int color_of(int32_t color)
{
	bool direct = COLORS > 256;

	if (color < 0)
		return -1;
	if ((color & 0x1000000) != 0) {
		uint32_t rgb = (uint32_t)color & 0xffffff;

		return direct ? (int)rgb : caps_nearest_256(rgb);
	}
	/* Direct-colour entries number only the first eight, the rest are red, green, blue. */
	if (direct && color >= 8)
		return (int)caps_palette_rgb(color);
	return color < COLORS ? color : -1;
}

static struct pen pen_of(const struct theme_style *style, bool color, int *pairs)
{
	const struct look *look = COLORS >= 256 ? &style->full : &style->eight;
	int fg = color ? color_of(look->fg) : -1;
	int bg = color ? color_of(look->bg) : -1;
	struct pen pen = {attributes_of(color ? look->attributes : style->mono), 0};

	if (!color || (fg < 0 && bg < 0))
		return pen;
	for (int pair = 1; pair <= *pairs; pair++) {
		int have_fg, have_bg;

		if (extended_pair_content(pair, &have_fg, &have_bg) == OK && have_fg == fg &&
		    have_bg == bg) {
			pen.pair = pair;
			return pen;
		}
	}
	if (*pairs + 1 < COLOR_PAIRS && init_extended_pair(*pairs + 1, fg, bg) == OK)
		pen.pair = ++*pairs;
	return pen;
}

void term_set_theme(struct term *term, struct theme *theme)
{
	struct theme *old = term->theme;
	int pairs = 0;

	term->theme = theme != NULL ? theme_ref(theme) : theme_mono();
	for (size_t i = 0; i < STYLE_COUNT; i++)
		term->pens[i] = pen_of(&term->theme->style[i], term->color, &pairs);
	if (old != NULL)
		theme_unref(old);
	term->all = true;
}

void term_set_mouse(struct term *term, bool on)
{
	term->mouse = on;
	if (term->modern)
		send_text(term, on ? MOUSE_ON : MOUSE_OFF);
}

/* --- drawing ------------------------------------------------------------------------------ */

/* The cell's characters as ncurses wants them. Where its idea of the width is not the canvas's,
 * or the terminal has no such glyph, a stand-in of the right width keeps the row aligned. */
static void cell_characters(const struct term *term, const struct cell *cell,
			    wchar_t out[CELL_CODE_POINTS + 1])
{
	size_t len = strnlen(cell->text, sizeof(cell->text));
	size_t count = 0;

	for (size_t at = 0; at < len && count < CELL_CODE_POINTS;) {
		uint32_t cp;

		at += utf8_decode(cell->text + at, len - at, &cp);
		if (term->console)
			cp = caps_console_glyph(cp);
		if (cp > 0x7e && term->ascii)
			cp = '?';
		if (count > 0 && (term->console || wcwidth((wchar_t)cp) != 0))
			break; /* a cluster that ncurses cannot hold: its first character stands */
		out[count++] = (wchar_t)cp;
	}
	if (count == 0 || out[0] < ' ')
		out[0] = L' ', count = 1;
	if (wcwidth(out[0]) != (int)cell->width)
		out[0] = term->ascii || term->console ? L'?' : (wchar_t)UTF8_REPLACEMENT, count = 1;
	out[count] = L'\0';
}

static void draw_cell(struct term *term, int x, int y, const struct cell *cell)
{
	const struct pen *pen = &term->pens[cell->style < STYLE_COUNT ? cell->style : STYLE_TEXT];
	attr_t attributes = cell->reverse ? pen->attributes ^ A_REVERSE : pen->attributes;
	wchar_t text[CELL_CODE_POINTS + 1];
	int pair = pen->pair;
	cchar_t out;

	cell_characters(term, cell, text);
	if (setcchar(&out, text, attributes, 0, &pair) != OK)
		BUG("ncurses takes no U+%04X", (unsigned)text[0]);
	mvwadd_wch(stdscr, y, x, &out);
	if (cell->width == 2 && wcwidth(text[0]) == 1) {
		setcchar(&out, L" ", attributes, 0, &pair);
		mvwadd_wch(stdscr, y, x + 1, &out);
	}
}

void term_draw(struct term *term, const struct canvas *canvas)
{
	int width = canvas->width < term->width ? canvas->width : term->width;
	int height = canvas->height < term->height ? canvas->height : term->height;

	for (int y = 0; y < height; y++) {
		const struct cell *row = canvas->cells + (size_t)y * (size_t)canvas->width;
		struct cell *seen = term->shadow + (size_t)y * (size_t)term->width;

		if (!term->all && memcmp(row, seen, (size_t)width * sizeof(*row)) == 0)
			continue;
		for (int x = 0; x < width; x++) {
			if (!term->all && memcmp(&row[x], &seen[x], sizeof(*row)) == 0)
				continue;
			seen[x] = row[x];
			if (row[x].width > 0)
				draw_cell(term, x, y, &row[x]);
		}
		term->unsent = true;
	}
	term->all = false;
	send_frame(term);
}

void term_redraw(struct term *term)
{
	term->all = true;
	clearok(curscr, TRUE);
}

/* --- keys --------------------------------------------------------------------------------- */

/* Bytes that are there; false where there are none. */
static bool read_bytes(struct term *term)
{
	char bytes[512];
	size_t room = decoder_room(&term->decoder);
	ssize_t n;

	if (room == 0 || term->hung_up)
		return false;
	n = read(term->in_fd, bytes, room < sizeof(bytes) ? room : sizeof(bytes));
	if (n > 0) {
		decoder_feed(&term->decoder, clock_mono(), bytes, (size_t)n);
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		term->hung_up = true;
	return false;
}

bool term_key(struct term *term, struct key *key)
{
	CHECK_MAGIC(term, TERM_MAGIC);
	send_frame(term);
	do {
		if (decoder_next(&term->decoder, clock_mono(), key))
			return true;
	} while (read_bytes(term));
	if ((term->hung_up || term->output.gone) && !term->told) {
		term->told = true;
		memset(key, 0, sizeof(*key));
		key->code = KEY_CODE_CLOSED;
		return true;
	}
	return false;
}

struct mono_time term_wake(const struct term *term)
{
	struct mono_time keys = decoder_wake(&term->decoder);

	if (term->output.gone && !term->told)
		return (struct mono_time){0};
	return keys.ns < term->output.retry.ns ? keys : term->output.retry;
}

/* --- the rest ----------------------------------------------------------------------------- */

void term_suspend(struct term *term)
{
	struct sigaction ours, standard = {.sa_handler = SIG_DFL};
	sigset_t just_stop, mask;

	leave(term);
	/* The kernel's own stop: it stops the whole job, so that a script around us stops too, and
	 * does nothing where no shell could continue us. */
	sigemptyset(&standard.sa_mask);
	sigemptyset(&just_stop);
	sigaddset(&just_stop, SIGTSTP);
	sigaction(SIGTSTP, &standard, &ours);
	sigprocmask(SIG_UNBLOCK, &just_stop, &mask);
	kill(0, SIGTSTP);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGTSTP, &ours, NULL);
	enter(term);
}

void term_resume(struct term *term)
{
	endwin(); /* where the stop came from outside, the modes were left as they are */
	collect(term);
	enter(term);
}

void term_bell(struct term *term)
{
	send_text(term, "\a");
}

bool term_copy(struct term *term, const char *text, size_t len)
{
	const char *name = getenv("TERM");
	struct strbuf sequence;
	bool taken = false;

	if (!term->modern)
		return false;
	strbuf_init(&sequence, 8 * CLIPBOARD_MAX);
	if (clipboard_sequence(&sequence, clipboard_via_of(name, getenv("TMUX"), getenv("STY")),
			       text, len)) {
		output_add(&term->output, sequence.data, sequence.len);
		output_flush(&term->output);
		taken = true;
	}
	strbuf_release(&sequence);
	return taken;
}
