/* Tiles for a screen that nobody touches, and when its pages turn. The same grid serves troubles and
 * the rest: as large as their number allows, never smaller than can be read. */
#include "ui/wall.h"

#include "base/xalloc.h"
#include "ui/turn.h"

#define PAGE_NS (12 * NS_PER_S)
#define STAGE_NS (30 * NS_PER_S)
#define SMALL_WIDTH 16
#define SMALL_HEIGHT 3
#define LARGE_WIDTH 34
#define LARGE_HEIGHT 6
#define LARGE_TALLEST 14   /* a row of them is no higher, or the rest would have no room */
#define LARGE_SHARE 60	   /* percent of the height that large tiles may take */
#define PAGES_OF_TROUBLE 2 /* more, and large tiles hide more than they show */
#define BIG_HEAD_WIDTH 100
#define BIG_HEAD_HEIGHT 30
#define BIG_HEAD_ROWS 7

struct grid {
	int columns, rows;
};

/* Most tiles of this size that a rectangle takes; at least one. */
static struct grid grid_most(struct rect rect, int width, int height)
{
	struct grid grid = {rect.width / width, rect.height / height};

	if (grid.columns < 1)
		grid.columns = 1;
	if (grid.rows < 1)
		grid.rows = 1;
	return grid;
}

/* The grid for `count` tiles whose tiles are largest, four cells of width to one of height. */
static struct grid grid_best(struct rect rect, int count, int width, int height)
{
	struct grid most = grid_most(rect, width, height), best = most;
	int best_size = -1;

	for (int columns = 1; columns <= most.columns; columns++) {
		int rows = (count + columns - 1) / columns;
		int tile_width = rect.width / columns,
		    tile_height = rect.height / (rows > 0 ? rows : 1);
		int size = tile_width < tile_height * 4 ? tile_width : tile_height * 4;

		if (rows <= most.rows && size > best_size) {
			best_size = size;
			best = (struct grid){columns, rows};
		}
	}
	return best;
}

static struct rect grid_cell(struct rect rect, struct grid grid, int at)
{
	int column = at % grid.columns, row = at / grid.columns;
	int left = rect.width * column / grid.columns,
	    right = rect.width * (column + 1) / grid.columns;
	int top = rect.height * row / grid.rows, bottom = rect.height * (row + 1) / grid.rows;

	return (struct rect){rect.x + left, rect.y + top, right - left, bottom - top};
}

static bool is_trouble(const struct service_row *row)
{
	return row->state != SERVICE_UP && row->state != SERVICE_PENDING;
}

/* The failure that has the stage, NULL for none. */
static const struct service_row *on_stage(const struct ui_state *ui,
					  const struct snapshot *snapshot)
{
	const struct service_row *row =
		ui->wall.stage != 0 ? snapshot_row(snapshot, ui->wall.stage) : NULL;

	return row != NULL && is_trouble(row) ? row : NULL;
}

/* Troubles, worst first, the newest failure before all; then the rest in the fleet's order. While
 * one has the stage it alone is large: the number of large ones is returned. */
static size_t sort_rows(const struct ui_state *ui, const struct snapshot *snapshot,
			const struct service_row **rows)
{
	size_t used = 0, troubles;
	const struct service_row *stage = on_stage(ui, snapshot);

	if (stage != NULL)
		rows[used++] = stage;
	for (int rank = ROWS_RANKS - 1; rank >= 0; rank--) {
		for (size_t i = 0; i < snapshot->row_count; i++) {
			const struct service_row *row = &snapshot->rows[i];

			if (is_trouble(row) && rows_rank(row) == rank && row != rows[0])
				rows[used++] = row;
		}
	}
	troubles = used;
	for (size_t i = 0; i < snapshot->row_count; i++) {
		if (!is_trouble(&snapshot->rows[i]))
			rows[used++] = &snapshot->rows[i];
	}
	return stage != NULL ? 1 : troubles;
}

static void place(struct wall *wall, struct rect rect, const struct service_row *const *rows,
		  size_t count, bool large)
{
	struct grid grid = large ? grid_best(rect, (int)count, LARGE_WIDTH, LARGE_HEIGHT)
				 : grid_best(rect, (int)count, SMALL_WIDTH, SMALL_HEIGHT);

	for (size_t i = 0; i < count; i++)
		wall->tiles[wall->count++] =
			(struct wall_tile){.row = rows[i],
					   .rect = grid_cell(rect, grid, (int)i),
					   .large = large};
}

/* One page's slice of `total` when `fits` fit a page. */
static size_t slice(size_t total, size_t fits, int page, size_t *start)
{
	size_t pages = (total + fits - 1) / fits;

	*start = pages > 0 ? (size_t)page % pages * fits : 0;
	return total - *start < fits ? total - *start : fits;
}

/* Height for the large tiles: what they need, at most `share` of the room. */
static int large_height(struct rect room, size_t troubles, size_t others)
{
	int share = others == 0 ? room.height : room.height * LARGE_SHARE / 100;
	struct grid most =
		grid_most((struct rect){0, 0, room.width, share}, LARGE_WIDTH, LARGE_HEIGHT);
	size_t rows = (troubles + (size_t)most.columns - 1) / (size_t)most.columns;
	int tallest;

	if (troubles == 0)
		return 0;
	if (others == 0)
		return room.height;
	if (rows > (size_t)most.rows)
		rows = (size_t)most.rows;
	tallest = (int)rows * LARGE_TALLEST;
	return share < tallest ? share : tallest;
}

void wall_layout(const struct ui_state *ui, const struct snapshot *snapshot, struct wall *wall)
{
	const struct service_row **rows = xcalloc(snapshot->row_count + 1, sizeof(*rows));
	size_t troubles = sort_rows(ui, snapshot, rows), others = snapshot->row_count - troubles;
	int banner = snapshot->offline || snapshot->banner != NULL ? 1 : 0;
	struct rect room, large, small;
	struct grid most_large, most_small;
	size_t fits_large, fits_small, start, count;

	*wall = (struct wall){.tiles = xcalloc(snapshot->row_count + 1, sizeof(*wall->tiles))};
	wall->big_head = ui->width >= BIG_HEAD_WIDTH && ui->height >= BIG_HEAD_HEIGHT;
	wall->head = (struct rect){0, 0, ui->width, wall->big_head ? BIG_HEAD_ROWS : 1};
	room = (struct rect){0, wall->head.height + banner, ui->width,
			     ui->height - wall->head.height - banner};
	/* So many troubles that large tiles would take many pages: small ones for all, worst first. */
	most_large = grid_most((struct rect){0, 0, room.width, room.height * LARGE_SHARE / 100},
			       LARGE_WIDTH, LARGE_HEIGHT);
	if (troubles > PAGES_OF_TROUBLE * (size_t)most_large.columns * (size_t)most_large.rows) {
		others += troubles;
		troubles = 0;
	}
	large = (struct rect){room.x, room.y, room.width, large_height(room, troubles, others)};
	small = (struct rect){room.x, room.y + large.height, room.width,
			      room.height - large.height};
	most_large = grid_most(large, LARGE_WIDTH, LARGE_HEIGHT);
	most_small = grid_most(small, SMALL_WIDTH, SMALL_HEIGHT);
	fits_large = (size_t)most_large.columns * (size_t)most_large.rows;
	fits_small = (size_t)most_small.columns * (size_t)most_small.rows;
	wall->pages = (int)((troubles + fits_large - 1) / fits_large);
	if (wall->pages < (int)((others + fits_small - 1) / fits_small))
		wall->pages = (int)((others + fits_small - 1) / fits_small);
	if (wall->pages < 1)
		wall->pages = 1;
	wall->page = ui->wall.page % wall->pages;
	count = slice(troubles, fits_large, wall->page, &start);
	if (count > 0 && large.height > 0)
		place(wall, large, rows + start, count, true);
	count = slice(others, fits_small, wall->page, &start);
	if (count > 0 && small.height > 0)
		place(wall, small, rows + troubles + start, count, false);
	free(rows);
}

void wall_release(struct wall *wall)
{
	free(wall->tiles);
	*wall = (struct wall){0};
}

/* The service that went down last since the wall was last looked at. */
static const struct service_row *new_failure(const struct wall_state *state,
					     const struct snapshot *snapshot)
{
	const struct service_row *newest = NULL;

	for (size_t i = 0; i < snapshot->row_count; i++) {
		const struct service_row *row = &snapshot->rows[i];

		if (row->state == SERVICE_DOWN && !row->since_at_least && row->caused_count == 0 &&
		    (row->marks & (MARK_MUTED | MARK_SILENCED | MARK_MAINTENANCE)) == 0 &&
		    row->since.ns > state->seen.ns &&
		    (newest == NULL || row->since.ns > newest->since.ns))
			newest = row;
	}
	return newest;
}

static void take_stage(struct turn *turn)
{
	struct wall_state *state = &turn->ui->wall;
	const struct service_row *failed = new_failure(state, turn->snapshot);

	if (failed == NULL)
		return;
	state->stage = failed->id;
	state->stage_until.ns = turn->snapshot->mono_now.ns + STAGE_NS;
	state->page = 0;
	if (state->bell && ui_view(turn->ui) == VIEW_WALL)
		turn_effect(turn, EFFECT_BELL);
}

void wall_observe(struct turn *turn)
{
	struct wall_state *state = &turn->ui->wall;
	int64_t now = turn->snapshot->mono_now.ns;
	struct wall wall;

	if (state->seen.ns != 0)
		take_stage(turn);
	state->seen = turn->snapshot->wall_now;
	if (state->stage != 0 && now >= state->stage_until.ns)
		state->stage = 0;
	if (ui_view(turn->ui) != VIEW_WALL)
		return;
	wall_layout(turn->ui, turn->snapshot, &wall);
	if (state->turn.ns == 0 || wall.pages == 1)
		state->turn.ns = now + PAGE_NS;
	if (now >= state->turn.ns) {
		state->turn.ns = now + PAGE_NS;
		state->page = (wall.page + 1) % wall.pages;
	}
	wall_release(&wall);
}

bool wall_action(struct turn *turn, enum action action)
{
	struct wall_state *state = &turn->ui->wall;
	struct wall wall;

	if (action != ACTION_RIGHT && action != ACTION_LEFT && action != ACTION_PAGE_DOWN &&
	    action != ACTION_PAGE_UP)
		return false;
	wall_layout(turn->ui, turn->snapshot, &wall);
	if (action == ACTION_RIGHT || action == ACTION_PAGE_DOWN)
		state->page = (wall.page + 1) % wall.pages;
	else
		state->page = (wall.page + wall.pages - 1) % wall.pages;
	state->turn.ns = turn->snapshot->mono_now.ns + PAGE_NS;
	wall_release(&wall);
	return true;
}
