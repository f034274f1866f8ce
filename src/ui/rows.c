/* Filter, sort, group, fold. The default order needs no comparison sort: one pass a state keeps it
 * linear and stable for ten thousand services; the other orders sort indices, ties by position. */
#include "ui/rows.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "ui/tree.h"

static const char *const sort_names[SORT_COUNT] = {
	[SORT_PROBLEMS] = "state", [SORT_NAME] = "name",     [SORT_GROUP] = "group",
	[SORT_SINCE] = "since",	   [SORT_CHECKS] = "checks", [SORT_LATENCY] = "latency",
	[SORT_P95] = "p95",
};

const char *sort_name(enum sort_key sort)
{
	return sort_names[sort];
}

uint64_t rows_group_key(const char *group)
{
	/* A prefix that no service id is made with keeps the two apart. */
	return digest_fast(group, strlen(group)) ^ UINT64_C(0x67726f7570000000);
}

/* Not printf: this runs for each service with each key of a filter. */
static void add_word(struct strbuf *subject, const char *word)
{
	strbuf_adds(subject, word);
	strbuf_addc(subject, ' ');
}

static bool passes(const struct table_state *table, const struct service_row *row,
		   struct strbuf *subject)
{
	if (table->failing && row->state == SERVICE_UP)
		return false;
	if (table->pattern == NULL)
		return true;
	strbuf_reset(subject);
	add_word(subject, row->service->name);
	add_word(subject, row->service->group);
	add_word(subject, service_state_name(row->state));
	add_word(subject, row->why);
	for (int mark = 0; row->marks != 0 && mark < MARK_COUNT; mark++) {
		if ((row->marks & MARK_OF(mark)) != 0)
			add_word(subject, mark_name((enum mark)mark));
	}
	return (pattern_find(table->pattern, subject->data, subject->len, 0, NULL) == 1) !=
	       table->invert;
}

int rows_rank(const struct service_row *row)
{
	return 2 * service_state_rank(row->state) + (row->caused_count == 0);
}

/* What a row is sorted by, as numbers that sort upwards. */
struct sort_item {
	const struct service_row *row;
	size_t position;
	int64_t number;
	const char *text;
	bool reverse;
};

static struct sort_item sort_item(const struct service_row *row, size_t position,
				  const struct table_state *table)
{
	struct sort_item item = {.row = row, .position = position, .reverse = table->reverse};

	switch (table->sort) {
	case SORT_PROBLEMS:
		item.number = -rows_rank(row);
		break;
	case SORT_NAME:
		item.text = row->service->name;
		break;
	case SORT_GROUP:
		item.text = row->service->group;
		break;
	case SORT_SINCE: /* what changed last comes first */
		item.number = -row->since.ns;
		break;
	case SORT_CHECKS: /* most failing checks first */
		item.number = row->checks_passing - row->checks_total;
		break;
	case SORT_LATENCY:
		item.number = -row->latency_ns;
		break;
	case SORT_P95:
		item.number = -row->p95_ns;
		break;
	case SORT_COUNT:
		break;
	}
	return item;
}

static int compare_items(const void *left, const void *right)
{
	const struct sort_item *a = left, *b = right;
	int order = 0;

	if (a->text != NULL)
		order = strcmp(a->text, b->text);
	else if (a->number != b->number)
		order = a->number < b->number ? -1 : 1;
	if (order == 0)
		return a->position < b->position ? -1 : 1;
	return a->reverse ? -order : order;
}

static void by_state(const struct service_row **out, struct sort_item *items, size_t len,
		     bool reverse)
{
	size_t used = 0;

	for (int step = 0; step < ROWS_RANKS; step++) {
		int rank = reverse ? step : ROWS_RANKS - 1 - step;

		for (size_t i = 0; i < len; i++) {
			if (items[i].number == -rank)
				out[used++] = items[i].row;
		}
	}
}

/* The services that pass, in order; the caller frees. */
static const struct service_row **ordered(const struct ui_state *ui,
					  const struct snapshot *snapshot, size_t *len)
{
	const struct service_row **out = xcalloc(snapshot->row_count + 1, sizeof(*out));
	struct sort_item *items = xcalloc(snapshot->row_count + 1, sizeof(*items));
	struct strbuf subject;

	*len = 0;
	strbuf_init(&subject, LIMIT_PATTERN_SUBJECT);
	for (size_t i = 0; i < snapshot->row_count; i++) {
		if (passes(&ui->table, &snapshot->rows[i], &subject)) {
			items[*len] = sort_item(&snapshot->rows[i], i, &ui->table);
			(*len)++;
		}
	}
	strbuf_release(&subject);
	if (ui->table.sort == SORT_PROBLEMS) {
		by_state(out, items, *len, ui->table.reverse);
	} else {
		qsort(items, *len, sizeof(*items), compare_items);
		for (size_t i = 0; i < *len; i++)
			out[i] = items[i].row;
	}
	free(items);
	return out;
}

static bool is_folded(const struct table_state *table, uint64_t key)
{
	for (size_t i = 0; i < table->folded.len; i++) {
		if (table->folded.at[i] == key)
			return true;
	}
	return false;
}

static void add_service(struct table_rows *rows, const struct service_row *row, int depth)
{
	rows->at[rows->len++] = (struct table_row){.kind = ROW_SERVICE,
						   .key = row->id,
						   .service = row,
						   .depth = depth};
}

/* Members of one group, gathered from the ordered services: groups come in the order of their
 * first member, so the one with the worst problem stands on top. */
static void add_group(const struct table_state *table, struct table_rows *rows,
		      const struct service_row **services, size_t len, size_t first)
{
	const char *group = services[first]->service->group;
	struct table_row *header = &rows->at[rows->len++];

	*header =
		(struct table_row){.kind = ROW_GROUP, .key = rows_group_key(group), .group = group};
	header->folded = is_folded(table, header->key);
	for (size_t i = first; i < len; i++) {
		if (services[i] == NULL || strcmp(services[i]->service->group, group) != 0)
			continue;
		snapshot_counts_add(&header->counts, services[i]->state,
				    (services[i]->marks & MARK_MAINTENANCE) != 0);
		if (!header->folded)
			add_service(rows, services[i], 0);
		services[i] = NULL;
	}
}

void rows_build(const struct ui_state *ui, const struct snapshot *snapshot, struct table_rows *rows)
{
	size_t len;
	const struct service_row **services = ordered(ui, snapshot, &len);

	/* Each service at most once, and where they are grouped a header for each at worst. */
	*rows = (struct table_rows){
		.at = xcalloc((ui->table.grouped ? 2 * len : len) + 1, sizeof(struct table_row))};
	rows->services = len;
	rows->hidden = snapshot->row_count - len;
	if (ui->table.tree) {
		struct tree tree;

		tree_build(services, len, &tree);
		for (size_t i = 0; i < tree.len; i++)
			add_service(rows, tree.at[i].row, tree.at[i].depth);
		tree_release(&tree);
	} else {
		for (size_t i = 0; i < len; i++) {
			if (services[i] != NULL && ui->table.grouped)
				add_group(&ui->table, rows, services, len, i);
			else if (services[i] != NULL)
				add_service(rows, services[i], 0);
		}
	}
	free(services);
}

void rows_release(struct table_rows *rows)
{
	free(rows->at);
	*rows = (struct table_rows){0};
}

size_t rows_cursor(const struct ui_state *ui, const struct table_rows *rows)
{
	if (rows->len == 0 || ui->table.cursor == 0)
		return 0;
	for (size_t i = 0; i < rows->len; i++) {
		if (rows->at[i].key == ui->table.cursor)
			return i;
	}
	return ui->table.cursor_at < rows->len ? ui->table.cursor_at : rows->len - 1;
}

size_t rows_top(const struct ui_state *ui, const struct table_rows *rows, int height)
{
	size_t cursor = rows_cursor(ui, rows), top = ui->table.top;
	size_t fits = height > 0 ? (size_t)height : 1;

	if (cursor < top)
		top = cursor;
	if (cursor >= top + fits)
		top = cursor - fits + 1;
	if (rows->len <= fits)
		return 0;
	return top > rows->len - fits ? rows->len - fits : top;
}
