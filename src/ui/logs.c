/* The reducer of the logs pane, and the window it asks for. Lines are known only once a window came
 * back, so a move past its edge asks for the next window and the cursor settles in it
 * (logs_observe). While it follows, the cursor is the last line. */
#include "ui/turn.h"

#include "base/limits.h"
#include "base/xalloc.h"

#define ROWS_MAX 1000
#define MARKS_MAX 1000
#define JUMP_NS (60 * NS_PER_S)

void logs_init(struct log_state *logs)
{
	*logs = (struct log_state){.follow = true, .times = true};
}

static void forget_texts(struct log_state *logs)
{
	free(logs->keep);
	free(logs->drop);
	free(logs->search);
	pattern_free(logs->search_pattern);
	logs->keep = logs->drop = logs->search = NULL;
	logs->search_pattern = NULL;
}

void logs_release(struct log_state *logs)
{
	forget_texts(logs);
	vec_release(&logs->marks);
	vec_release(&logs->shown);
}

static bool same_line(struct log_ref a, struct log_ref b)
{
	return a.source == b.source && a.number == b.number;
}

void logs_open(struct log_state *logs, const struct service_row *row)
{
	bool trouble = row->state != SERVICE_UP && row->state != SERVICE_PENDING;

	forget_texts(logs);
	logs->marks.len = logs->shown.len = 0;
	logs->min_level = LOG_UNKNOWN;
	logs->cursor = (struct log_ref){0};
	logs->row = logs->scroll = logs->left = 0;
	logs->at = trouble ? row->since : (struct wall_time){0};
	logs->follow = logs->at.ns == 0;
}

void logs_jump(struct log_state *logs, uint64_t source, uint64_t number)
{
	struct log_ref to = {.source = source, .number = number};

	logs->follow = false;
	logs->scroll = 0;
	logs->cursor = to;
	/* A line that is on the screen keeps its place: only the cursor moves. */
	for (size_t i = 0; i < logs->shown.len; i++) {
		if (same_line(logs->shown.at[i], to)) {
			logs->row = (int)i;
			return;
		}
	}
	logs->row = -1; /* a third from the top, see ui_log_query() */
}

bool logs_set_search(struct log_state *logs, const char *text, struct strbuf *err)
{
	struct pattern *pattern = NULL;

	if (text[0] != '\0') {
		pattern = pattern_new(text, PATTERN_CASELESS, err);
		if (pattern == NULL)
			return false;
	}
	pattern_free(logs->search_pattern);
	free(logs->search);
	logs->search_pattern = pattern;
	logs->search = pattern != NULL ? xstrdup(text) : NULL;
	return true;
}

static int pane_rows(const struct ui_state *ui, const struct snapshot *snapshot)
{
	struct layout layout;

	layout_compute(ui, snapshot, &layout);
	return layout.pane[PANE_LOGS].height;
}

bool ui_log_query(const struct ui_state *ui, const struct snapshot *snapshot,
		  struct log_query *query)
{
	const struct log_state *logs = &ui->page.logs;
	int rows = pane_rows(ui, snapshot);

	if (ui_view(ui) != VIEW_PAGE || rows <= 0 || ui_page_row(ui, snapshot) == NULL)
		return false;
	if (rows > ROWS_MAX)
		rows = ROWS_MAX;
	*query = (struct log_query){
		.service_id = ui->page.service_id,
		.follow = logs->follow || (logs->cursor.number == 0 && logs->at.ns == 0),
		.at = logs->at,
		.anchor_source = logs->cursor.source,
		.anchor_number = logs->cursor.number,
		.row = logs->row < 0 || logs->cursor.number == 0 ? rows / 3 : logs->row,
		.scroll = logs->scroll,
		.rows = rows,
		.filter_in = logs->keep,
		.filter_out = logs->drop,
		.search = logs->search,
		.min_level = logs->min_level,
	};
	if (query->row >= rows)
		query->row = rows - 1;
	return true;
}

/* Row of the first line at or after the time that the window was opened at. */
static size_t row_at(const struct log_window *window, struct wall_time at)
{
	for (size_t i = 0; i < window->line_count; i++) {
		if (window->lines[i].time.ns >= at.ns)
			return i;
	}
	return window->line_count - 1;
}

void logs_observe(struct ui_state *ui, const struct snapshot *snapshot)
{
	struct log_state *logs = &ui->page.logs;
	const struct log_window *window = &snapshot->logs;
	size_t row = SIZE_MAX;

	if (ui_view(ui) != VIEW_PAGE)
		return;
	logs->shown.len = 0;
	for (size_t i = 0; i < window->line_count; i++) {
		struct log_ref line = {window->lines[i].source, window->lines[i].number};

		vec_push(&logs->shown, line);
		if (logs->scroll == 0 && same_line(line, logs->cursor))
			row = i;
	}
	if (window->line_count == 0)
		return;
	if (logs->follow)
		row = window->line_count - 1;
	else if (logs->cursor.number == 0)
		row = row_at(window, logs->at);
	else if (row == SIZE_MAX)
		row = logs->row > 0 ? (size_t)logs->row : 0;
	if (row >= window->line_count)
		row = window->line_count - 1;
	logs->cursor = logs->shown.at[row];
	logs->row = (int)row;
	logs->scroll = 0;
}

/* To a row of the window; one past its edges scrolls. */
static void move_to(struct log_state *logs, int row)
{
	int last = (int)logs->shown.len - 1;

	if (last < 0)
		return;
	logs->follow = false;
	if (row < 0) {
		logs->scroll += row;
		row = 0;
	} else if (row > last) {
		logs->scroll += row - last;
		row = last;
	}
	logs->row = row;
	logs->cursor = logs->shown.at[row];
}

void logs_click(struct log_state *logs, size_t line)
{
	if (line < logs->shown.len)
		move_to(logs, (int)line);
}

static bool move(struct log_state *logs, enum action action)
{
	int page = (int)logs->shown.len;

	if (action == ACTION_UP)
		move_to(logs, logs->row - 1);
	else if (action == ACTION_DOWN)
		move_to(logs, logs->row + 1);
	else if (action == ACTION_PAGE_UP || action == ACTION_PAGE_DOWN) {
		logs->follow = false;
		logs->scroll += action == ACTION_PAGE_UP ? -page : page;
	} else if (action == ACTION_TOP) {
		logs->follow = false;
		logs->cursor = (struct log_ref){0};
		logs->at = (struct wall_time){1};
	} else if (action == ACTION_BOTTOM)
		logs->follow = true;
	else if (action == ACTION_LEFT)
		logs->left = logs->left > 8 ? logs->left - 8 : 0;
	else if (action == ACTION_RIGHT)
		logs->left = logs->left < LIMIT_LOG_LINE ? logs->left + 8 : logs->left;
	else
		return false;
	return true;
}

static void jump_in_time(struct turn *turn, int64_t by_ns)
{
	struct log_state *logs = &turn->ui->page.logs;
	const struct log_window *window = &turn->snapshot->logs;

	if (logs->row < 0 || (size_t)logs->row >= window->line_count)
		return;
	logs->follow = false;
	logs->at = window->lines[logs->row].time;
	logs->at.ns += by_ns;
	logs->cursor = (struct log_ref){0};
}

static void find(struct turn *turn, bool backward, enum log_level level)
{
	struct effect *effect;

	if (level == LOG_UNKNOWN && turn->ui->page.logs.search == NULL) {
		turn_message(turn, "nothing to search for yet: / asks");
		return;
	}
	effect = turn_effect(turn, EFFECT_LOG_FIND);
	effect->backward = backward;
	effect->level = level;
}

static void toggle_mark(struct log_state *logs)
{
	for (size_t i = 0; i < logs->marks.len; i++) {
		if (same_line(logs->marks.at[i], logs->cursor)) {
			logs->marks.at[i] = logs->marks.at[--logs->marks.len];
			return;
		}
	}
	if (logs->cursor.number != 0 && logs->marks.len < MARKS_MAX)
		vec_push(&logs->marks, logs->cursor);
}

static void next_level(struct turn *turn)
{
	static const enum log_level next[LOG_LEVEL_COUNT] = {
		[LOG_UNKNOWN] = LOG_INFO,  [LOG_TRACE] = LOG_INFO, [LOG_DEBUG] = LOG_INFO,
		[LOG_INFO] = LOG_WARN,	   [LOG_WARN] = LOG_ERROR, [LOG_ERROR] = LOG_UNKNOWN,
		[LOG_FATAL] = LOG_UNKNOWN,
	};
	struct log_state *logs = &turn->ui->page.logs;

	logs->min_level = next[logs->min_level];
	if (logs->min_level == LOG_UNKNOWN)
		turn_message(turn, "all levels");
	else
		turn_message(turn, "%s and worse", log_level_name(logs->min_level));
}

static bool open_prompt(struct turn *turn, enum action action)
{
	struct log_state *logs = &turn->ui->page.logs;

	if (action == ACTION_SEARCH)
		prompt_open(&turn->ui->prompt, PROMPT_SEARCH, NULL);
	else if (action == ACTION_KEEP)
		prompt_open(&turn->ui->prompt, PROMPT_KEEP, logs->keep);
	else if (action == ACTION_DROP)
		prompt_open(&turn->ui->prompt, PROMPT_DROP, logs->drop);
	else if (action == ACTION_SAVE)
		prompt_open(&turn->ui->prompt, PROMPT_SAVE, NULL);
	else
		return false;
	return true;
}

/* Esc takes back one thing a press: the search, then the filters. */
static bool cancel(struct log_state *logs)
{
	if (logs->search != NULL) {
		pattern_free(logs->search_pattern);
		free(logs->search);
		logs->search = NULL;
		logs->search_pattern = NULL;
		return true;
	}
	if (logs->keep == NULL && logs->drop == NULL)
		return false;
	free(logs->keep);
	free(logs->drop);
	logs->keep = logs->drop = NULL;
	return true;
}

bool logs_action(struct turn *turn, enum action action)
{
	struct log_state *logs = &turn->ui->page.logs;

	if (move(logs, action) || open_prompt(turn, action))
		return true;
	if (action == ACTION_FIND_NEXT || action == ACTION_FIND_PREVIOUS)
		find(turn, action == ACTION_FIND_PREVIOUS, LOG_UNKNOWN);
	else if (action == ACTION_NEXT_ERROR || action == ACTION_PREVIOUS_ERROR)
		find(turn, action == ACTION_PREVIOUS_ERROR, LOG_ERROR);
	else if (action == ACTION_NEXT_WARNING || action == ACTION_PREVIOUS_WARNING)
		find(turn, action == ACTION_PREVIOUS_WARNING, LOG_WARN);
	else if (action == ACTION_FOLLOW)
		logs->follow = !logs->follow;
	else if (action == ACTION_WRAP)
		logs->wrap = !logs->wrap;
	else if (action == ACTION_TIMES)
		logs->times = !logs->times;
	else if (action == ACTION_LEVEL)
		next_level(turn);
	else if (action == ACTION_MARK)
		toggle_mark(logs);
	else if (action == ACTION_EARLIER)
		jump_in_time(turn, -JUMP_NS);
	else if (action == ACTION_LATER)
		jump_in_time(turn, JUMP_NS);
	else if (action == ACTION_CANCEL)
		return cancel(logs);
	else
		return false;
	return true;
}

void ui_log_found(struct ui_state *ui, bool found, uint64_t source, uint64_t number)
{
	if (found)
		logs_jump(&ui->page.logs, source, number);
	else
		ui_message(ui, ui->now, "nothing more that way");
}
