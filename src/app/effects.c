/* Effects of keys, each carried out on the part that can: watch, terminal, files. */
#include "app/effects.h"

#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define SAVE_ROWS 100000 /* lines of a log that are written at most */

struct effect_world {
	struct watch *watch;
	struct term *term;
	struct ui_state *ui;
	struct net *net;
};

static void tell(const struct effect_world *world, const char *text)
{
	ui_message(world->ui, net_now(world->net), text);
}

static void verify(const struct effect_world *world, uint64_t service_id)
{
	struct snapshot *snapshot = watch_snapshot(world->watch, service_id, false, NULL);
	const struct service_row *row = snapshot_row(snapshot, service_id);
	size_t started = 0;

	if (row != NULL && row->diagnosis_count != 0) {
		const struct diagnosis *best = &row->diagnoses[0];

		for (size_t i = 0; i < best->verify_count; i++)
			started += watch_recheck_named(world->watch, best->verify[i]);
	}
	if (started == 0)
		watch_recheck(world->watch, service_id, 0, 0);
	snapshot_unref(snapshot);
}

static void copy(const struct effect_world *world, const char *text)
{
	if (term_copy(world->term, text, strlen(text)))
		tell(world, "sent to the terminal");
	else
		tell(world, "too long for the terminal's clipboard: select it on the screen");
}

static void set_theme(const struct effect_world *world, const char *name)
{
	struct diags diags;
	struct theme *theme;

	diags_init(&diags);
	theme = config_load_theme(name, &diags);
	if (theme != NULL)
		term_set_theme(world->term, theme);
	else
		tell(world, diags.len != 0 ? diags.at[0].message : "no such theme");
	theme_unref(theme);
	diags_release(&diags);
}

static void find_in_log(const struct effect_world *world, const struct effect *effect)
{
	struct snapshot *snapshot = watch_snapshot(world->watch, 0, false, NULL);
	struct logs *logs = watch_logs(world->watch);
	uint64_t source = 0;
	uint64_t number = 0;
	struct log_query query;
	bool found = logs != NULL && ui_log_query(world->ui, snapshot, &query) &&
		     logs_find(logs, &query, effect->backward, effect->level, &source, &number);

	ui_log_found(world->ui, found, source, number);
	snapshot_unref(snapshot);
}

/* Writes what the log pane shows, whole, to a new file of mode 0600. */
static void save_log(const struct effect_world *world, const char *path)
{
	struct snapshot *snapshot = watch_snapshot(world->watch, 0, false, NULL);
	struct log_window window = {0};
	struct log_query query;
	struct arena arena;
	char *said;
	int fd = -1;
	FILE *file = NULL;

	arena_init(&arena);
	errno = ENODATA; /* where no log is open */
	if (watch_logs(world->watch) != NULL && ui_log_query(world->ui, snapshot, &query)) {
		query.rows = SAVE_ROWS;
		query.follow = true;
		logs_window(watch_logs(world->watch), &query, &arena, &window);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		file = fd >= 0 ? fdopen(fd, "w") : NULL;
	}
	if (file == NULL) {
		said = xasprintf("not saved to %s: %s", path, strerror(errno));
	} else {
		for (size_t i = 0; i < window.line_count; i++)
			(void)fprintf(file, "%.*s\n", (int)window.lines[i].len, window.lines[i].text);
		said = fclose(file) == 0 ? xasprintf("%zu lines saved to %s", window.line_count, path)
					 : xasprintf("not whole in %s: %s", path, strerror(errno));
	}
	tell(world, said);
	free(said);
	arena_release(&arena);
	snapshot_unref(snapshot);
}

static void run(const struct effect_world *world, const struct effect *effect)
{
	switch (effect->kind) {
	case EFFECT_QUIT:
		net_stop(world->net);
		break;
	case EFFECT_SUSPEND:
		(void)raise(SIGTSTP);
		break;
	case EFFECT_REDRAW:
		term_redraw(world->term);
		break;
	case EFFECT_RECHECK:
		watch_recheck(world->watch, effect->service_id, effect->check_id, 0);
		break;
	case EFFECT_VERIFY:
		verify(world, effect->service_id);
		break;
	case EFFECT_RELOAD:
		watch_reload(world->watch);
		break;
	case EFFECT_ACK:
		watch_word(world->watch, EVENT_ACK, effect->service_id, effect->on, effect->text);
		break;
	case EFFECT_MUTE:
		watch_word(world->watch, EVENT_MUTE, effect->service_id, effect->on, effect->text);
		break;
	case EFFECT_NOTE:
		watch_word(world->watch, EVENT_NOTE, effect->service_id, true, effect->text);
		break;
	case EFFECT_COPY:
		copy(world, effect->text);
		break;
	case EFFECT_THEME:
		set_theme(world, effect->text);
		break;
	case EFFECT_MOUSE:
		term_set_mouse(world->term, effect->on);
		break;
	case EFFECT_LOG_FIND:
		find_in_log(world, effect);
		break;
	case EFFECT_SAVE:
		save_log(world, effect->text);
		break;
	case EFFECT_BELL:
		term_bell(world->term);
		break;
	}
}

void effects_run(const struct effects *effects, struct watch *watch, struct term *term,
		 struct ui_state *ui, struct net *net)
{
	struct effect_world world = {.watch = watch, .term = term, .ui = ui, .net = net};

	for (size_t i = 0; i < effects->len; i++)
		run(&world, &effects->at[i]);
}
