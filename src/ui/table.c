/* The reducer of the fleet table. The cursor is the key of a row; where it stands is asked of
 * rows.h each time, so it stays with its service however the rows move. */
#include "ui/turn.h"

#include "base/xalloc.h"

void table_init(struct table_state *table)
{
	*table = (struct table_state){.sort = SORT_PROBLEMS};
}

void table_release(struct table_state *table)
{
	free(table->filter);
	pattern_free(table->pattern);
	vec_release(&table->folded);
}

static int rows_height(const struct ui_state *ui, const struct snapshot *snapshot)
{
	struct layout layout;

	layout_compute(ui, snapshot, &layout);
	return layout.rows.height > 0 ? layout.rows.height : 1;
}

static void remember(struct ui_state *ui, const struct snapshot *snapshot,
		     const struct table_rows *rows, size_t row)
{
	if (rows->len == 0)
		return;
	if (row >= rows->len)
		row = rows->len - 1;
	ui->table.cursor = rows->at[row].key;
	ui->table.cursor_at = row;
	ui->table.top = rows_top(ui, rows, rows_height(ui, snapshot));
}

void table_move_to(struct ui_state *ui, const struct snapshot *snapshot, size_t row)
{
	struct table_rows rows;

	rows_build(ui, snapshot, &rows);
	remember(ui, snapshot, &rows, row);
	rows_release(&rows);
}

/* The cursor's row may have moved or gone: remember where it stands now. */
void table_observe(struct ui_state *ui, const struct snapshot *snapshot)
{
	struct table_rows rows;

	rows_build(ui, snapshot, &rows);
	if (ui->table.cursor != 0 && rows.len > 0) {
		size_t at = rows_cursor(ui, &rows);

		/* Gone for now (filtered, folded): it comes back to its service when that does. */
		if (rows.at[at].key == ui->table.cursor)
			ui->table.cursor_at = at;
	}
	ui->table.top = rows_top(ui, &rows, rows_height(ui, snapshot));
	rows_release(&rows);
}

/* Smart case: a pattern without capitals matches both. */
static bool has_capital(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= 'A' && *text <= 'Z')
			return true;
	}
	return false;
}

bool table_set_filter(struct table_state *table, const char *text, struct strbuf *err)
{
	const char *regex = text[0] == '!' ? text + 1 : text;
	struct pattern *pattern = NULL;

	if (regex[0] != '\0') {
		pattern = pattern_new(regex, has_capital(regex) ? 0 : PATTERN_CASELESS, err);
		if (pattern == NULL)
			return false;
	}
	pattern_free(table->pattern);
	table->pattern = pattern;
	table->invert = text[0] == '!' && pattern != NULL;
	free(table->filter);
	table->filter = text[0] != '\0' ? xstrdup(text) : NULL;
	return true;
}

static void fold(struct table_state *table, uint64_t key, bool on)
{
	for (size_t i = 0; i < table->folded.len; i++) {
		if (table->folded.at[i] == key) {
			if (!on)
				table->folded.at[i] = table->folded.at[--table->folded.len];
			return;
		}
	}
	if (on)
		vec_push(&table->folded, key);
}

static bool on_row(struct turn *turn, enum action action, const struct table_row *row)
{
	struct table_state *table = &turn->ui->table;
	bool group = row->kind == ROW_GROUP;

	if (action == ACTION_OPEN && !group) {
		ui_open_service(turn->ui, turn->snapshot, row->key);
		return true;
	}
	if (action == ACTION_OPEN)
		fold(table, row->key, !row->folded);
	else if (action == ACTION_RIGHT && group)
		fold(table, row->key, false);
	else if (action == ACTION_LEFT && group)
		fold(table, row->key, true);
	else if (action == ACTION_LEFT && table->grouped) {
		table->cursor = rows_group_key(row->service->service->group);
		fold(table, table->cursor, true);
	} else if (action != ACTION_LEFT && action != ACTION_RIGHT)
		return false;
	return true;
}

static bool move(struct turn *turn, enum action action)
{
	struct ui_state *ui = turn->ui;
	struct table_rows rows;
	size_t at, page = (size_t)rows_height(ui, turn->snapshot);
	bool moved = true;

	rows_build(ui, turn->snapshot, &rows);
	at = rows_cursor(ui, &rows);
	if (action == ACTION_UP)
		at = at > 0 ? at - 1 : 0;
	else if (action == ACTION_DOWN)
		at++;
	else if (action == ACTION_PAGE_UP)
		at = at > page ? at - page : 0;
	else if (action == ACTION_PAGE_DOWN)
		at += page;
	else if (action == ACTION_TOP)
		at = 0;
	else if (action == ACTION_BOTTOM)
		at = rows.len;
	else
		moved = at < rows.len && on_row(turn, action, &rows.at[at]);
	if (moved && action != ACTION_OPEN && action != ACTION_LEFT && action != ACTION_RIGHT) {
		remember(ui, turn->snapshot, &rows, at);
		/* Back on top, the cursor follows the worst trouble again. */
		if (action == ACTION_TOP)
			ui->table.cursor = 0;
	}
	rows_release(&rows);
	return moved;
}

static void next_sort(struct turn *turn)
{
	struct table_state *table = &turn->ui->table;

	table->sort = (enum sort_key)((table->sort + 1) % SORT_COUNT);
	table->reverse = false;
	turn_message(turn, "sorted by %s; S turns it round", sort_name(table->sort));
}

bool table_action(struct turn *turn, enum action action)
{
	struct table_state *table = &turn->ui->table;

	if (action == ACTION_FILTER)
		prompt_open(&turn->ui->prompt, PROMPT_FILTER, table->filter);
	else if (action == ACTION_SORT)
		next_sort(turn);
	else if (action == ACTION_SORT_REVERSE)
		table->reverse = !table->reverse;
	else if (action == ACTION_GROUP) {
		table->grouped = !table->grouped;
		table->tree = false;
	} else if (action == ACTION_FAILING)
		table->failing = !table->failing;
	else if (action == ACTION_TREE)
		table->tree = !table->tree;
	else if (action == ACTION_CANCEL && table->filter != NULL)
		table_set_filter(table, "", &turn->ui->prompt.error);
	else if (action == ACTION_CANCEL && table->failing)
		table->failing = false;
	else if (action == ACTION_CANCEL && table->tree)
		table->tree = false;
	else
		return move(turn, action);
	table_observe(turn->ui, turn->snapshot);
	return true;
}
