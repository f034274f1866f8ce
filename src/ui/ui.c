/* The door of ui/: state, the way of a key through the reducers, and what follows from a new
 * snapshot. */
#include "ui/turn.h"

#include "base/xalloc.h"
#include "ui/wall.h"

#define MESSAGE_NS (4 * NS_PER_S)
#define MESSAGE_BYTES 512

struct ui_state *ui_new(const struct ui_options *options)
{
	struct ui_state *ui = xcalloc(1, sizeof(*ui));

	ui->ascii = options->ascii;
	ui->mouse = options->mouse;
	ui->wall_only = options->wall;
	ui->theme = xstrdup(options->theme != NULL ? options->theme : "dark");
	ui->stack[0] = options->wall ? VIEW_WALL : VIEW_TABLE;
	ui->depth = 1;
	ui->wanted = options->service != NULL ? xstrdup(options->service) : NULL;
	table_init(&ui->table);
	page_init(&ui->page);
	prompt_init(&ui->prompt);
	ui_resize(ui, options->width, options->height);
	return ui;
}

void ui_free(struct ui_state *ui)
{
	if (ui == NULL)
		return;
	table_release(&ui->table);
	page_release(&ui->page);
	prompt_release(&ui->prompt);
	free(ui->theme);
	free(ui->wanted);
	free(ui->copied);
	free(ui->message);
	free(ui);
}

void effects_release(struct effects *effects)
{
	for (size_t i = 0; i < effects->len; i++)
		free(effects->at[i].text);
	vec_release(effects);
}

struct effect *turn_effect(struct turn *turn, enum effect_kind kind)
{
	struct effect *effect = vec_add(turn->effects);

	*effect = (struct effect){.kind = kind};
	return effect;
}

void ui_message(struct ui_state *ui, struct mono_time now, const char *text)
{
	free(ui->message);
	ui->message = xstrndup(text, MESSAGE_BYTES);
	ui->message_until.ns = now.ns + MESSAGE_NS;
}

void turn_message(struct turn *turn, const char *fmt, ...)
{
	struct strbuf text;
	va_list args;

	strbuf_init(&text, MESSAGE_BYTES);
	va_start(args, fmt);
	strbuf_vaddf(&text, fmt, args);
	va_end(args);
	ui_message(turn->ui, turn->snapshot->mono_now, text.data);
	strbuf_release(&text);
}

enum ui_view ui_view(const struct ui_state *ui)
{
	return ui->stack[ui->depth - 1];
}

enum key_view ui_key_view(const struct ui_state *ui)
{
	static const enum key_view pane_keys[PANE_COUNT] = {[PANE_CHECKS] = KEYS_CHECKS,
							    [PANE_LOGS] = KEYS_LOGS,
							    [PANE_DIAGNOSIS] = KEYS_DIAGNOSIS};

	switch (ui_view(ui)) {
	case VIEW_TABLE:
		return KEYS_TABLE;
	case VIEW_PAGE:
		return pane_keys[ui->page.focus];
	case VIEW_INCIDENTS:
		return KEYS_INCIDENTS;
	case VIEW_WALL:
		return KEYS_WALL;
	case VIEW_HELP:
	case VIEW_COPY:
		break;
	}
	return KEYS_HELP;
}

void ui_push(struct ui_state *ui, enum ui_view view)
{
	if (ui_view(ui) == view)
		return;
	if (ui->depth == UI_DEPTH)
		ui->depth--;
	ui->stack[ui->depth++] = view;
	if (view == VIEW_HELP)
		ui->help = (struct scroll){0};
	if (view == VIEW_INCIDENTS)
		ui->incidents = (struct scroll){.cursor = 1}; /* below the heading */
}

bool ui_pop(struct ui_state *ui)
{
	if (ui->depth == 1)
		return false;
	ui->depth--;
	return true;
}

static void go_back(struct turn *turn, bool may_quit)
{
	if (!ui_pop(turn->ui) && may_quit)
		turn_effect(turn, EFFECT_QUIT);
}

/* Help scrolls by whole screens: there is nothing to select, so the top moves, not a cursor. */
static void help_action(struct turn *turn, enum action action)
{
	struct layout layout;
	struct scroll *scroll = &turn->ui->help;
	struct doc doc;

	layout_compute(turn->ui, turn->snapshot, &layout);
	doc_init(&doc, layout.body.width - 2, 0);
	doc_help(&doc, turn->ui);
	if (action == ACTION_UP || action == ACTION_PAGE_UP || action == ACTION_TOP)
		scroll->cursor = scroll->top;
	else if (action == ACTION_DOWN || action == ACTION_PAGE_DOWN)
		scroll->cursor = scroll->top + layout.body.height - 1;
	scroll_apply(scroll, action, doc.lines.len, layout.body.height);
	doc_release(&doc);
}

static void incidents_action(struct turn *turn, enum action action)
{
	struct layout layout;
	struct doc doc;

	if (action == ACTION_OPEN) {
		struct target target = ui_target(turn->ui, turn->snapshot);

		if (target.kind == TARGET_SERVICE)
			ui_open_service(turn->ui, turn->snapshot, target.id);
		return;
	}
	layout_compute(turn->ui, turn->snapshot, &layout);
	doc_init(&doc, layout.body.width - 4, 0);
	doc_incidents(&doc, turn->snapshot);
	scroll_apply(&turn->ui->incidents, action, doc.lines.len, layout.body.height);
	doc_release(&doc);
}

/* What means the same in every view. */
static bool common_action(struct turn *turn, enum action action)
{
	struct ui_state *ui = turn->ui;

	if (action == ACTION_QUIT)
		turn_effect(turn, EFFECT_QUIT);
	else if (action == ACTION_BACK)
		go_back(turn, true);
	else if (action == ACTION_HELP) {
		if (ui_view(ui) != VIEW_HELP)
			ui->help_for = ui_key_view(ui);
		ui_push(ui, VIEW_HELP);
	} else if (action == ACTION_COMMAND)
		prompt_open(&ui->prompt, PROMPT_COMMAND, NULL);
	else if (action == ACTION_INCIDENTS)
		ui_push(ui, VIEW_INCIDENTS);
	else if (action == ACTION_WALL)
		ui_push(ui, VIEW_WALL);
	else if (action == ACTION_REDRAW)
		turn_effect(turn, EFFECT_REDRAW);
	else if (action == ACTION_SUSPEND)
		turn_effect(turn, EFFECT_SUSPEND);
	else
		return false;
	return true;
}

static void next_theme(struct turn *turn)
{
	size_t count, at = 0;
	const char *const *names = ui_theme_names(&count);
	struct ui_state *ui = turn->ui;

	while (at < count && strcmp(names[at], ui->theme) != 0)
		at++;
	at = at + 1 < count ? at + 1 : 0;
	free(ui->theme);
	ui->theme = xstrdup(names[at]);
	turn_effect(turn, EFFECT_THEME)->text = xstrdup(ui->theme);
	turn_message(turn, "theme %s", ui->theme);
}

static void act(struct turn *turn, enum action action)
{
	bool done = false;

	if (common_action(turn, action) || service_action(turn, action))
		return;
	if (action == ACTION_THEME) {
		next_theme(turn);
		return;
	}
	switch (ui_view(turn->ui)) {
	case VIEW_TABLE:
		done = table_action(turn, action);
		break;
	case VIEW_PAGE:
		done = page_action(turn, action);
		break;
	case VIEW_INCIDENTS:
		if (action != ACTION_CANCEL)
			incidents_action(turn, action);
		break;
	case VIEW_WALL:
		done = wall_action(turn, action);
		break;
	case VIEW_HELP:
		if (action != ACTION_CANCEL)
			help_action(turn, action);
		break;
	case VIEW_COPY:
		break;
	}
	if (!done && action == ACTION_CANCEL)
		go_back(turn, false);
}

/* Back from copy mode with whatever key it was. */
static void leave_copy(struct turn *turn)
{
	if (turn->ui->mouse)
		turn_effect(turn, EFFECT_MOUSE)->on = true;
	ui_pop(turn->ui);
}

/* What is pasted where nobody asked for text must not act as keys. */
static bool is_pasted(struct ui_state *ui, const struct key *key)
{
	if (key->code == KEY_CODE_PASTE_BEGIN || key->code == KEY_CODE_PASTE_END) {
		ui->pasting = key->code == KEY_CODE_PASTE_BEGIN;
		return ui->prompt.kind == PROMPT_NONE;
	}
	return ui->pasting && ui->prompt.kind == PROMPT_NONE;
}

void ui_key(struct ui_state *ui, const struct snapshot *snapshot, const struct key *key,
	    struct effects *effects)
{
	struct turn turn = {.ui = ui, .snapshot = snapshot, .effects = effects};

	ui->now = snapshot->mono_now;
	if (key->code == KEY_CODE_RESIZE || key->code == KEY_CODE_CLOSED || is_pasted(ui, key))
		return;
	if (ui_view(ui) == VIEW_COPY && key->code != KEY_CODE_MOUSE)
		leave_copy(&turn);
	else if (key->code == KEY_CODE_MOUSE)
		mouse_turn(&turn, key);
	else if (ui->prompt.kind != PROMPT_NONE)
		prompt_turn(&turn, key);
	else
		act(&turn, keymap_find(ui_key_view(ui), key));
}

void ui_act(struct turn *turn, enum action action)
{
	act(turn, action);
}

void ui_observe(struct ui_state *ui, const struct snapshot *snapshot, struct effects *effects)
{
	struct turn turn = {.ui = ui, .snapshot = snapshot, .effects = effects};

	ui->now = snapshot->mono_now;
	if (ui->message != NULL && ui->message_until.ns <= snapshot->mono_now.ns) {
		free(ui->message);
		ui->message = NULL;
	}
	if (ui->wanted != NULL) {
		const struct service *service = fleet_service_named(snapshot->fleet, ui->wanted);

		if (service != NULL)
			ui_open_service(ui, snapshot, service->id);
		free(ui->wanted);
		ui->wanted = NULL;
	}
	table_observe(ui, snapshot);
	logs_observe(ui, snapshot);
	wall_observe(&turn);
}

void ui_resize(struct ui_state *ui, int width, int height)
{
	ui->width = width > 1 ? width : 1;
	ui->height = height > 1 ? height : 1;
}

uint64_t ui_detail_service(const struct ui_state *ui)
{
	for (size_t i = 0; i < ui->depth; i++) {
		if (ui->stack[i] == VIEW_PAGE)
			return ui->page.service_id;
	}
	return 0;
}

struct mono_time ui_wake(const struct ui_state *ui, const struct snapshot *snapshot)
{
	/* The clock shows seconds, and every age ticks with it. */
	int64_t wake = snapshot->mono_now.ns + NS_PER_S - snapshot->wall_now.ns % NS_PER_S;

	if (ui->message != NULL && ui->message_until.ns < wake)
		wake = ui->message_until.ns;
	if (wake <= snapshot->mono_now.ns)
		wake = snapshot->mono_now.ns + 1;
	return (struct mono_time){wake};
}
