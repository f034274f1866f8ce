/* The top line, the banner and the bottom line. On a narrow screen the less important ends go
 * first; how many are down never does. */
#include "base/units.h"
#include "base/utf8.h"
#include "ui/words.h"
#include "view/parts.h"

bool draw_right(struct area area, int least, int *end, int y, enum style style, const char *text)
{
	int width = (int)utf8_width(text, strlen(text));

	if (*end - width < least)
		return false;
	*end -= width;
	area_text(area, *end, y, style, text);
	return true;
}

/* Where words do not fit, the state's glyph stands for its word. */
static int count_of(struct area area, int x, int y, enum service_state state, int count,
		    const char *word)
{
	enum style style = service_style(state);

	if (count == 0)
		return 0;
	if (word == NULL)
		return area_printf(area, x, y, style, "%s%d",
				   service_state_glyph(state, area.canvas->ascii), count) +
		       1;
	return area_printf(area, x, y, style, "%d %s", count, word) + 2;
}

/* What is not well and is meant to be so; where the words do not fit, their letter. */
static int planned_of(struct area area, int x, int y, int count, bool words)
{
	char text[40];
	int len = snprintf(text, sizeof(text), "%d in maintenance", count);

	if (count == 0)
		return 0;
	if (words && x + len <= area.width)
		return area_text(area, x, y, STYLE_MARK, text) + 2;
	return area_printf(area, x, y, STYLE_MARK, "m%d", count) + 1;
}

int view_counts(struct area area, int x, int y, const struct snapshot_counts *counts)
{
	bool words = area.width - x >= 48;
	int at = x;

	at += count_of(area, at, y, SERVICE_UP, counts->up, words ? "up" : NULL);
	at += count_of(area, at, y, SERVICE_DEGRADED, counts->degraded, words ? "degraded" : NULL);
	at += count_of(area, at, y, SERVICE_UNKNOWN, counts->unknown, words ? "unknown" : NULL);
	at += count_of(area, at, y, SERVICE_DOWN, counts->down, words ? "down" : NULL);
	at += count_of(area, at, y, SERVICE_PENDING, counts->pending, words ? "pending" : NULL);
	at += planned_of(area, at, y, counts->maintenance, words);
	return at - x;
}

void view_clock(const struct frame *frame, int width, struct strbuf *out)
{
	clock_format(out, frame->snapshot->wall_now, frame->utc_offset_s, true);
	if (width >= 16)
		zone_format(out, frame->utc_offset_s);
}

static int name_of_fleet(struct area area, int x, const struct fleet *fleet)
{
	int used = area_text(area, x, 0, STYLE_STRONG, fleet->name);

	if (fleet->environment[0] != '\0') {
		used += area_text(area, x + used, 0, STYLE_DIM, "/");
		used += area_text(area, x + used, 0, STYLE_STRONG, fleet->environment);
	}
	return used;
}

static void incidents(const struct frame *frame, struct area area, int *x, int end)
{
	const struct snapshot *snapshot = frame->snapshot;
	struct strbuf text;

	if (snapshot->incidents == 0)
		return;
	strbuf_init(&text, 128);
	strbuf_addf(&text, "%d incident%s ", snapshot->incidents,
		    snapshot->incidents == 1 ? "" : "s");
	since_format(&text, snapshot, snapshot->incident_since, false, AGE_FINE);
	if (*x + (int)utf8_width(text.data, text.len) + 2 <= end)
		*x += area_text(area, *x, 0, STYLE_TEXT, text.data) + 2;
	strbuf_release(&text);
}

/* The page is about one service: its name and state stand where the counts do in the table. */
static int about_service(const struct frame *frame, struct area area, int x)
{
	const struct service_row *row = ui_page_row(frame->ui, frame->snapshot);
	struct strbuf text;
	int at = x;

	if (row == NULL)
		return 0;
	strbuf_init(&text, 256);
	at += area_printf(area, at, 0, service_style(row->state), "%s %s",
			  service_state_glyph(row->state, area.canvas->ascii), row->service->name);
	at += 2;
	at += area_text(area, at, 0, service_style(row->state), service_state_name(row->state)) + 1;
	if (row->state != SERVICE_PENDING)
		since_format(&text, frame->snapshot, row->since, row->since_at_least, AGE_FINE);
	at += area_text(area, at, 0, STYLE_TEXT, text.data) + 2;
	strbuf_reset(&text);
	marks_format(&text, row->marks);
	if (text.len > 0)
		at += area_text(area, at, 0, STYLE_MARK, text.data) + 2;
	strbuf_release(&text);
	return at - x;
}

/* Right end: clock, pace, and loudly how old the data is once it is old. */
static int right_end(const struct frame *frame, struct area area, int least)
{
	const struct snapshot *snapshot = frame->snapshot;
	int end = area.width - 1;
	struct strbuf text;

	strbuf_init(&text, 128);
	if (data_is_stale(snapshot)) {
		strbuf_adds(&text, " data ");
		age_words(&text, data_age(snapshot), AGE_FINE);
		strbuf_adds(&text, " old ");
		draw_right(area, least, &end, 0, STYLE_BANNER, text.data);
	} else if (area.width >= 96) {
		strbuf_adds(&text, "  every ");
		duration_format(&text, snapshot->fleet->interval_ns);
		draw_right(area, least, &end, 0, STYLE_DIM, text.data);
	}
	strbuf_reset(&text);
	view_clock(frame, area.width - least >= 16 ? 16 : 8, &text);
	draw_right(area, least, &end, 0, STYLE_TEXT, text.data);
	strbuf_release(&text);
	return end;
}

void view_title(const struct frame *frame)
{
	struct area area = frame_area(frame, frame->layout.title);
	bool page = ui_view(frame->ui) == VIEW_PAGE;
	int x = 1, end;

	if (area.width >= 60)
		x += area_text(area, x, 0, STYLE_TITLE, "sitrep") + 2;
	if (area.width >= 40)
		x += name_of_fleet(area, x, frame->snapshot->fleet) + 3;
	x += page ? about_service(frame, area, x)
		  : view_counts(area, x, 0, &frame->snapshot->counts);
	end = right_end(frame, area, x);
	if (!page) {
		x++;
		incidents(frame, area, &x, end);
	} else if (ui_page_row(frame->ui, frame->snapshot) != NULL) {
		const struct service *service = ui_page_row(frame->ui, frame->snapshot)->service;

		if (service->url != NULL && x + 12 < end)
			area_fit(area, x, 0, end - x - 2, STYLE_DIM, service->url);
	}
}

void view_banner(const struct frame *frame, struct rect rect)
{
	struct area area = frame_area(frame, rect);

	if (rect.height == 0)
		return;
	area_fill(area, STYLE_BANNER, " ");
	if (frame->snapshot->offline)
		area_fit(area, 1, 0, area.width - 2, STYLE_BANNER,
			 "this host is offline: what is shown is not known to be true");
	else
		area_fit(area, 1, 0, area.width - 2, STYLE_BANNER, frame->snapshot->banner);
}

static void footer_prompt(struct area area, const struct prompt *prompt)
{
	const char *label = prompt_label(prompt->kind);
	int x = area_text(area, 0, 0, STYLE_HINT_KEY, label), room, before;
	int error = (int)utf8_width(prompt->error.data, prompt->error.len);

	if (prompt->error.len > 0 && x + 10 + error < area.width)
		area_text(area, area.width - error - 1, 0, STYLE_GOT, prompt->error.data);
	else
		error = 0;
	/* A line that is longer than its room shows the part around the cursor. */
	room = area.width - x - (error > 0 ? error + 2 : 0) - 1;
	before = (int)utf8_width(prompt->text.data, prompt->cursor);
	area = area_sub(area, x, 0, room + 1, 1);
	area_fill(area, STYLE_PROMPT, " ");
	x = before > room - 1 ? room - 1 - before : 0;
	area_text(area, x, 0, STYLE_PROMPT, prompt->text.data);
	area_reverse(area_sub(area, x + before, 0, 1, 1));
}

void view_footer(const struct frame *frame)
{
	struct area area = frame_area(frame, frame->layout.footer);
	const struct ui_state *ui = frame->ui;

	if (ui->prompt.kind != PROMPT_NONE) {
		footer_prompt(area, &ui->prompt);
		return;
	}
	if (ui->message != NULL) {
		area_fit(area, 1, 0, area.width - 2, STYLE_TEXT, ui->message);
		return;
	}
	for (size_t i = 0; i < frame->layout.hint_count; i++) {
		const struct hint_slot *slot = &frame->layout.hints[i];
		int used = area_text(area, slot->x, 0, STYLE_HINT_KEY, slot->key);

		area_text(area, slot->x + used + 1, 0, STYLE_HINT, slot->label);
	}
}
