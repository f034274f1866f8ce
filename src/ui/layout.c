/* One place that divides the screen. The page shows its panes together where each keeps room to be
 * read (100x30), else as tabs. */
#include "ui/layout.h"

#include "base/utf8.h"
#include "ui/words.h"

#define LEAST_WIDTH 20
#define LEAST_HEIGHT 5
#define PANES_WIDTH 100
#define PANES_HEIGHT 30

bool rect_holds(struct rect rect, int x, int y)
{
	return x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
}

bool layout_has_panes(const struct ui_state *ui)
{
	return ui->width >= PANES_WIDTH && ui->height >= PANES_HEIGHT;
}

static const struct {
	enum key_view view;
	enum action action;
	const char *label;
} hints[] = {
#define HINT(view, action, label) {KEYS_##view, ACTION_##action, label},
#include "ui/hints.def"
#undef HINT
};

static bool hint_fill(const struct ui_state *ui, struct hint_slot *slot, enum action action,
		      const char *label)
{
	const char *key = keymap_key(ui_key_view(ui), action);

	if (key == NULL)
		return false;
	if (strcmp(key, "Enter") == 0 && !ui->ascii)
		key = "⏎";
	*slot = (struct hint_slot){.action = action, .label = label};
	snprintf(slot->key, sizeof(slot->key), "%s", key);
	slot->width = (int)(utf8_width(key, strlen(key)) + 1 + utf8_width(label, strlen(label)));
	return true;
}

/* Hints from the left, the way out at the right edge, help before it. */
static void hints_layout(const struct ui_state *ui, struct layout *layout)
{
	struct hint_slot last, help;
	const char *leave = ui->depth > 1 ? "back" : "quit";
	int x = 1, end = layout->footer.width - 1;

	if (!hint_fill(ui, &last, ACTION_BACK, leave) || !hint_fill(ui, &help, ACTION_HELP, "help"))
		return;
	last.x = end - last.width;
	end = last.x - 2 - help.width - 2;
	for (size_t i = 0; i < BASE_LEN(hints) && layout->hint_count + 2 < HINTS_MAX; i++) {
		struct hint_slot *slot = &layout->hints[layout->hint_count];

		if (hints[i].view != ui_key_view(ui) ||
		    (hints[i].action == ACTION_ZOOM && !layout_has_panes(ui)) ||
		    !hint_fill(ui, slot, hints[i].action, hints[i].label))
			continue;
		if (x + slot->width > end)
			break;
		slot->x = x;
		x += slot->width + 2;
		layout->hint_count++;
	}
	help.x = x;
	if (help.x + help.width + 2 <= last.x)
		layout->hints[layout->hint_count++] = help;
	if (last.x > 0)
		layout->hints[layout->hint_count++] = last;
}

void pane_title(const struct ui_state *ui, const struct snapshot *snapshot, enum pane pane,
		struct strbuf *out)
{
	const struct service_row *row = ui_page_row(ui, snapshot);

	if (row == NULL)
		return;
	if (pane == PANE_CHECKS) {
		strbuf_addf(out, "1 checks  %d/%d", row->checks_passing, row->checks_total);
	} else if (pane == PANE_LOGS) {
		strbuf_adds(out, "2 logs");
		if (ui->page.logs.search != NULL)
			strbuf_addf(out, "  %llu found",
				    (unsigned long long)snapshot->logs.search_hits);
		if (ui->page.logs.follow)
			strbuf_adds(out, "  following");
		if (ui->page.logs.min_level != LOG_UNKNOWN)
			strbuf_addf(out, "  %s and worse", level_word(ui->page.logs.min_level));
		if (ui->page.logs.keep != NULL)
			strbuf_addf(out, "  with /%.30s", ui->page.logs.keep);
		if (ui->page.logs.drop != NULL)
			strbuf_addf(out, "  without /%.30s", ui->page.logs.drop);
	} else {
		strbuf_adds(out, "3 diagnosis");
		if (row->diagnosis_count > 0)
			strbuf_addf(out, "  %.0f%%", row->diagnoses[0].confidence * 100);
	}
}

static int split(int whole, int percent, int least)
{
	int part = whole * percent / 100;

	if (part < least)
		part = least;
	return part > whole - least ? whole - least : part;
}

/* A service without a source leaves the room of its logs to the other panes. */
static int logs_height(const struct ui_state *ui, const struct snapshot *snapshot, int height)
{
	const struct service_row *row = ui_page_row(ui, snapshot);

	if (row != NULL && row->service->log_count == 0)
		return 2;
	return split(height, ui->page.logs_percent, 6);
}

/* Checks and diagnosis side by side, the logs, whose lines are long, below them in full width. */
static void panes_together(const struct ui_state *ui, const struct snapshot *snapshot,
			   struct layout *layout, struct rect body)
{
	int logs = logs_height(ui, snapshot, body.height);
	int checks = split(body.width, ui->page.checks_percent, 30);
	int top = body.height - logs;

	layout->pane_title[PANE_CHECKS] = (struct rect){body.x, body.y, checks, 1};
	layout->pane[PANE_CHECKS] = (struct rect){body.x, body.y + 1, checks, top - 1};
	/* One column between them holds the border. */
	layout->pane_title[PANE_DIAGNOSIS] =
		(struct rect){checks + 1, body.y, body.width - checks - 1, 1};
	layout->pane[PANE_DIAGNOSIS] =
		(struct rect){checks + 1, body.y + 1, body.width - checks - 1, top - 1};
	layout->pane_title[PANE_LOGS] = (struct rect){body.x, body.y + top, body.width, 1};
	layout->pane[PANE_LOGS] = (struct rect){body.x, body.y + top + 1, body.width, logs - 1};
}

static void panes_as_tabs(const struct ui_state *ui, const struct snapshot *snapshot,
			  struct layout *layout, struct rect body)
{
	int x = 1;

	layout->tabs = true;
	for (int pane = 0; pane < PANE_COUNT; pane++) {
		struct strbuf title;
		int width;

		strbuf_init(&title, 256);
		pane_title(ui, snapshot, (enum pane)pane, &title);
		width = (int)utf8_width(title.data, title.len);
		strbuf_release(&title);
		if (width > body.width / PANE_COUNT - 2)
			width = body.width / PANE_COUNT - 2;
		layout->pane_title[pane] = (struct rect){x, body.y, width, 1};
		x += width + 3;
	}
	layout->pane[ui->page.focus] =
		(struct rect){body.x, body.y + 1, body.width, body.height - 1};
}

static void page_layout(const struct ui_state *ui, const struct snapshot *snapshot,
			struct layout *layout)
{
	struct rect body = layout->body;

	layout->cause = (struct rect){0, body.y, body.width, 1};
	body.y++;
	body.height--;
	if (layout_has_panes(ui) && !ui->page.zoom)
		panes_together(ui, snapshot, layout, body);
	else
		panes_as_tabs(ui, snapshot, layout, body);
}

void layout_compute(const struct ui_state *ui, const struct snapshot *snapshot,
		    struct layout *layout)
{
	int top = 1;

	*layout =
		(struct layout){.too_small = ui->width < LEAST_WIDTH || ui->height < LEAST_HEIGHT};
	layout->title = (struct rect){0, 0, ui->width, 1};
	if (layout->too_small)
		return;
	if (snapshot->offline || snapshot->banner != NULL) {
		layout->banner = (struct rect){0, top, ui->width, 1};
		top++;
	}
	layout->body = (struct rect){0, top, ui->width, ui->height - top - 1};
	layout->footer = (struct rect){0, ui->height - 1, ui->width, 1};
	hints_layout(ui, layout);
	if (ui_view(ui) == VIEW_TABLE) {
		layout->head = (struct rect){0, top, ui->width, 1};
		layout->rows = (struct rect){0, top + 1, ui->width, layout->body.height - 1};
	} else if (ui_view(ui) == VIEW_PAGE) {
		page_layout(ui, snapshot, layout);
	}
}

struct hit layout_hit(const struct ui_state *ui, const struct layout *layout, int x, int y)
{
	struct hit hit = {.kind = HIT_NOTHING};

	if (rect_holds(layout->rows, x, y))
		return (struct hit){.kind = HIT_ROW, .row = y - layout->rows.y};
	for (int pane = 0; pane < PANE_COUNT; pane++) {
		if (rect_holds(layout->pane_title[pane], x, y))
			return (struct hit){.kind = HIT_PANE_TITLE, .pane = (enum pane)pane};
		if (rect_holds(layout->pane[pane], x, y))
			return (struct hit){.kind = HIT_PANE,
					    .pane = (enum pane)pane,
					    .row = y - layout->pane[pane].y};
	}
	if (!rect_holds(layout->footer, x, y) || ui->prompt.kind != PROMPT_NONE)
		return hit;
	for (size_t i = 0; i < layout->hint_count; i++) {
		if (x >= layout->hints[i].x && x < layout->hints[i].x + layout->hints[i].width)
			return (struct hit){.kind = HIT_HINT, .action = layout->hints[i].action};
	}
	return hit;
}
