/* The live console. Keys go terminal -> ui state or effect, data goes watch -> snapshot -> view ->
 * terminal; both only mark the frame as stale, and the frame is painted once, just before the loop
 * waits, at most every FRAME_NS. */
#include "app/console.h"

#include "app/effects.h"
#include "base/xalloc.h"
#include "term/term.h"
#include "view/view.h"

#include <signal.h>
#include <unistd.h>

#define CONSOLE_MAGIC 0xc0450c01u
#define FRAME_NS (100 * NS_PER_MS) /* of frames that only data asks for; a key's is at once */
#define THEME_DEFAULT "dark"

static const int signums[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGTERM, SIGINT, SIGHUP, SIGUSR1};

struct console {
	unsigned magic;
	struct net *net;
	const struct options *options;
	struct watch *watch;
	struct term *term;
	struct ui_state *ui;
	struct snapshot *shown; /* what is on the screen */
	struct canvas canvas;
	struct net_watch *input;
	struct net_signal *signals[BASE_LEN(signums)];
	struct net_timer *paint_timer;
	struct net_timer *input_timer; /* term_wake() */
	struct mono_time painted;
	bool stale;       /* the frame is */
	bool has_frame;
	int exit_code;
};

/* --- painting -------------------------------------------------------------------------------- */

/* Shows the snapshot for this ui state: details of the open service, and its log window. The one before
 * it goes first: two of a large fleet need not be there at once. */
static void take_snapshot(struct console *console)
{
	struct arena arena;
	struct log_query query;
	struct log_window window = {0};
	const struct log_window *logs = NULL;

	arena_init(&arena);
	if (console->shown != NULL && watch_logs(console->watch) != NULL &&
	    ui_log_query(console->ui, console->shown, &query)) {
		logs_window(watch_logs(console->watch), &query, &arena, &window);
		logs = &window;
	}
	snapshot_unref(console->shown);
	console->shown =
		watch_snapshot(console->watch, ui_detail_service(console->ui), false, logs);
	arena_release(&arena);
}

static void observe(struct console *console)
{
	struct effects effects = {0};

	take_snapshot(console);
	ui_observe(console->ui, console->shown, &effects);
	effects_run(&effects, console->watch, console->term, console->ui, console->net);
	effects_release(&effects);
}

static void paint(struct console *console)
{
	int width;
	int height;
	int offset = 0;

	term_size(console->term, &width, &height);
	if (width != console->canvas.width || height != console->canvas.height) {
		canvas_resize(&console->canvas, width, height);
		ui_resize(console->ui, width, height);
	}
	observe(console);
	if (console->options->local_time)
		offset = clock_utc_offset(console->shown->wall_now);
	view_render(console->shown, console->ui, &console->canvas, offset);
	term_draw(console->term, &console->canvas);
	console->painted = net_now(console->net);
	console->stale = false;
	console->has_frame = true;
	net_timer_set(console->paint_timer, ui_wake(console->ui, console->shown));
	net_timer_set(console->input_timer, term_wake(console->term));
}

static void before_wait(void *context)
{
	struct console *console = context;
	struct mono_time due;

	CHECK_MAGIC(console, CONSOLE_MAGIC);
	if (!console->stale)
		return;
	due = console->painted;
	due.ns += FRAME_NS;
	if (console->has_frame && net_now(console->net).ns < due.ns)
		net_timer_set(console->paint_timer, due);
	else
		paint(console);
}

static void on_paint_due(void *context)
{
	struct console *console = context;

	CHECK_MAGIC(console, CONSOLE_MAGIC);
	console->stale = true;
}

static void on_changed(void *context)
{
	struct console *console = context;

	CHECK_MAGIC(console, CONSOLE_MAGIC);
	console->stale = true;
}

/* --- input ----------------------------------------------------------------------------------- */

static void handle_key(struct console *console, const struct key *key)
{
	struct effects effects = {0};

	if (console->shown == NULL)
		observe(console);
	ui_key(console->ui, console->shown, key, &effects);
	effects_run(&effects, console->watch, console->term, console->ui, console->net);
	effects_release(&effects);
	/* An answer to a key does not wait for the next frame's turn. */
	console->has_frame = false;
	console->stale = true;
}

static void on_input(void *context, bool closed)
{
	struct console *console = context;
	struct key key;

	CHECK_MAGIC(console, CONSOLE_MAGIC);
	while (term_key(console->term, &key)) {
		if (key.code == KEY_CODE_CLOSED) {
			closed = true;
			break;
		}
		handle_key(console, &key);
	}
	if (closed) {
		console->exit_code = 128 + SIGHUP;
		net_stop(console->net);
	}
	net_timer_set(console->input_timer, term_wake(console->term));
}

/* A lone Esc is one now, or the terminal may take more bytes. */
static void on_input_due(void *context)
{
	on_input(context, false);
}

/* After a stop, whoever caused it. */
static void repaint(struct console *console)
{
	console->stale = true;
	console->has_frame = false;
}

static void on_signal(void *context, int signum)
{
	struct console *console = context;

	CHECK_MAGIC(console, CONSOLE_MAGIC);
	switch (signum) {
	case SIGWINCH:
		term_resized(console->term);
		repaint(console);
		break;
	case SIGTSTP:
		term_suspend(console->term); /* comes back when it is continued */
		repaint(console);
		break;
	case SIGCONT:
		term_resume(console->term);
		repaint(console);
		break;
	case SIGUSR1:
		watch_reload(console->watch);
		break;
	default: /* SIGTERM, SIGINT, SIGHUP */
		console->exit_code = 128 + signum;
		net_stop(console->net);
		break;
	}
}

/* --- life ------------------------------------------------------------------------------------ */

static void load_theme(struct console *console)
{
	const char *name = console->options->theme != NULL ? console->options->theme : THEME_DEFAULT;
	struct theme *theme;
	struct diags diags;

	diags_init(&diags);
	theme = config_load_theme(name, &diags);
	if (theme == NULL) {
		theme = theme_mono();
		ui_message(console->ui, net_now(console->net),
			   diags.len != 0 ? diags.at[0].message : "no such theme");
	}
	term_set_theme(console->term, theme);
	theme_unref(theme);
	diags_release(&diags);
}

static bool open_terminal(struct console *console, struct strbuf *err)
{
	const struct options *options = console->options;
	struct term_options term_options = {
		.color = !options->no_color,
		.mouse = !options->no_mouse,
	};
	struct ui_options ui_options = {
		.ascii = options->ascii || term_wants_ascii(),
		.mouse = !options->no_mouse,
		.wall = options->mode == MODE_WALL,
		.theme = options->theme != NULL ? options->theme : THEME_DEFAULT,
	};

	/* Before curses, so that it leaves the handlers of these alone. */
	for (size_t i = 0; i < BASE_LEN(signums); i++)
		console->signals[i] = net_signal_new(console->net, signums[i], on_signal, console);
	console->term = term_open(&term_options, err);
	if (console->term == NULL)
		return false;
	term_size(console->term, &ui_options.width, &ui_options.height);
	canvas_init(&console->canvas, ui_options.width, ui_options.height, ui_options.ascii);
	console->ui = ui_new(&ui_options);
	load_theme(console);
	console->input = net_watch_new(console->net, term_fd(console->term), on_input, console);
	console->paint_timer = net_timer_new(console->net, on_paint_due, console);
	console->input_timer = net_timer_new(console->net, on_input_due, console);
	net_before_wait(console->net, before_wait, console);
	console->stale = true;
	return true;
}

static void release(struct console *console)
{
	net_before_wait(console->net, NULL, NULL);
	net_watch_free(console->input);
	net_timer_free(console->paint_timer);
	net_timer_free(console->input_timer);
	term_close(console->term);
	for (size_t i = 0; i < BASE_LEN(signums); i++)
		net_signal_free(console->signals[i]);
	snapshot_unref(console->shown);
	watch_free(console->watch);
	ui_free(console->ui);
	canvas_release(&console->canvas);
}

int console_run(struct net *net, struct fleet *fleet, const struct options *options,
		const struct config_request *request)
{
	struct console console = {.magic = CONSOLE_MAGIC, .net = net, .options = options};
	struct watch_options watch_options = {
		.config = *request, .live = true, .logs = true, .record = options->record};
	struct watch_events events = {.changed = on_changed, .context = &console};
	struct strbuf err;

	strbuf_init(&err, 1024);
	console.watch = watch_new(net, fleet, &watch_options, &events, &err);
	if (console.watch == NULL || !open_terminal(&console, &err)) {
		console.exit_code = 3;
	} else {
		paint(&console);
		watch_start(console.watch);
		net_run(net);
	}
	release(&console);
	if (err.len != 0)
		(void)fprintf(stderr, "sitrep: %s\n", err.data);
	strbuf_release(&err);
	return console.exit_code;
}
