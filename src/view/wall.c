/* The wall: read from five metres, so the counts and the clock stand in blocks where there is room,
 * troubles are large, and old data says so loudly. */
#include "base/units.h"
#include "draw/block.h"
#include "model/sentence.h"
#include "ui/wall.h"
#include "ui/words.h"
#include "view/parts.h"

static int big_number(struct area area, int x, enum style style, const char *word, int count)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%d", count);
	x += block_text(area, x, 1, style, digits) + 1;
	x += area_text(area, x, BLOCK_HEIGHT, style, word);
	return x + 3;
}

static int big_count(struct area area, int x, enum service_state state, int count)
{
	if (count == 0)
		return x;
	return big_number(area, x, service_style(state),
			  state == SERVICE_PENDING ? "PENDING" : service_state_name(state), count);
}

static void data_age_words(const struct frame *frame, struct strbuf *out)
{
	int64_t age = data_age(frame->snapshot);

	if (age < 0) {
		strbuf_adds(out, "no data yet");
		return;
	}
	strbuf_adds(out, "data ");
	age_format(out, age);
	strbuf_adds(out, " old");
}

static void draw_age(const struct frame *frame, struct area area, int least, int *end, int y)
{
	struct strbuf text;
	bool stale = data_is_stale(frame->snapshot);

	strbuf_init(&text, 64);
	if (stale)
		strbuf_addc(&text, ' ');
	data_age_words(frame, &text);
	if (stale)
		strbuf_addc(&text, ' ');
	draw_right(area, least, end, y, stale ? STYLE_BANNER : STYLE_DIM, text.data);
	strbuf_release(&text);
}

static void fleet_words(const struct frame *frame, const struct wall *wall, struct strbuf *out)
{
	const struct fleet *fleet = frame->snapshot->fleet;

	strbuf_adds(out, fleet->name);
	if (fleet->environment[0] != '\0')
		strbuf_addf(out, "/%s", fleet->environment);
	if (wall->pages > 1)
		strbuf_addf(out, "  page %d of %d", wall->page + 1, wall->pages);
}

static void big_head(const struct frame *frame, const struct wall *wall, struct area area)
{
	const struct snapshot_counts *counts = &frame->snapshot->counts;
	struct strbuf text;
	int x = 2, end;

	x = big_count(area, x, SERVICE_DOWN, counts->down);
	x = big_count(area, x, SERVICE_UNKNOWN, counts->unknown);
	x = big_count(area, x, SERVICE_DEGRADED, counts->degraded);
	x = big_count(area, x, SERVICE_UP, counts->up);
	x = big_count(area, x, SERVICE_PENDING, counts->pending);
	if (counts->maintenance != 0)
		x = big_number(area, x, STYLE_MARK, "in maintenance", counts->maintenance);
	strbuf_init(&text, 256);
	clock_format(&text, frame->snapshot->wall_now, frame->utc_offset_s, false);
	end = area.width - 2 - block_width(text.data);
	if (end > x)
		block_text(area, end, 1, STYLE_TITLE, text.data);
	strbuf_reset(&text);
	fleet_words(frame, wall, &text);
	end -= 3;
	draw_right(area, x, &end, 1, STYLE_STRONG, text.data);
	end = area.width - 2 - block_width("00:00") - 3;
	draw_age(frame, area, x, &end, BLOCK_HEIGHT);
	strbuf_release(&text);
}

static void small_head(const struct frame *frame, const struct wall *wall, struct area area)
{
	struct strbuf text;
	int x = 1, end = area.width - 1;

	x += view_counts(area, x, 0, &frame->snapshot->counts);
	strbuf_init(&text, 256);
	clock_format(&text, frame->snapshot->wall_now, frame->utc_offset_s, false);
	draw_right(area, x, &end, 0, STYLE_TITLE, text.data);
	end -= 2;
	draw_age(frame, area, x, &end, 0);
	end -= 2;
	strbuf_reset(&text);
	fleet_words(frame, wall, &text);
	draw_right(area, x, &end, 0, STYLE_STRONG, text.data);
	strbuf_release(&text);
}

/* WHY over several rows, cut at the last. */
static void draw_why(const struct frame *frame, struct area area, const struct service_row *row,
		     enum style style)
{
	struct strbuf text;
	struct doc doc;
	int end = 0;

	if (area.height <= 0 || area.width <= 0)
		return;
	strbuf_init(&text, 1024);
	cause_format(&text, frame->snapshot, row);
	if (text.len == 0)
		sentence_fit(&text, row->why, area.width * area.height);
	doc_init(&doc, area.width, 0);
	doc_line(&doc, 0);
	doc_wrap(&doc, 0, style, text.data);
	for (int y = 0; y < area.height && (size_t)y < doc.lines.len; y++) {
		const struct doc_line *line = &doc.lines.at[y];

		end = 0;
		for (size_t i = 0; i < line->count; i++) {
			const struct doc_span *span = &doc.spans.at[line->first + i];

			end += area_textn(area, end, y, style, doc.text.data + span->start,
					  span->len);
		}
	}
	if ((size_t)area.height < doc.lines.len)
		area_text(area, end < area.width ? end : area.width - 1, area.height - 1, style,
			  "…");
	doc_release(&doc);
	strbuf_release(&text);
}

static void state_words(const struct frame *frame, const struct service_row *row,
			struct strbuf *out)
{
	strbuf_addf(out, "%s %s", service_state_glyph(row->state, frame->canvas->ascii),
		    row->state == SERVICE_PENDING ? "PENDING" : service_state_name(row->state));
	if (row->state != SERVICE_PENDING) {
		strbuf_addc(out, ' ');
		since_format(out, frame->snapshot, row->since, row->since_at_least,
			     age_step_of(frame->snapshot, row));
	}
	if (row->marks != 0) {
		strbuf_adds(out, "  ");
		marks_format(out, row->marks);
	}
}

static bool has_blocks(int width, int height, const struct service_row *row)
{
	int blocks = block_width(row->service->name);

	return blocks > 0 && blocks <= width - 3 && height >= BLOCK_HEIGHT + 4;
}

/* The name, in blocks where the tile has room for them; returns the rows used. */
static int draw_name(struct area area, int y, const struct service_row *row, enum style style,
		     bool blocks)
{
	if (blocks && has_blocks(area.width, area.height, row)) {
		block_text(area, 2, y, style, row->service->name);
		return BLOCK_HEIGHT + 1;
	}
	area_fit(area, 2, y, area.width - 3, style, row->service->name);
	return 1;
}

/* Between two tiles stay a blank column and, where they are high enough, a blank row; the edge
 * glyph tells them apart without colours. */
static void draw_tile(const struct frame *frame, const struct wall_tile *tile, bool blocks)
{
	struct rect rect = {tile->rect.x, tile->rect.y, tile->rect.width - 1,
			    tile->rect.height > 3 ? tile->rect.height - 1 : tile->rect.height};
	struct area area = frame_area(frame, rect);
	const struct service_row *row = tile->row;
	enum style style = tile_style(row->state);
	int y = area.height > 6 ? 1 : 0;
	struct strbuf text;

	if (area.width < 3)
		return;
	area_fill(area, style, " ");
	for (int at = 0; at < area.height; at++)
		area_text(area, 0, at, style, "▌");
	y += draw_name(area, y, row, style, blocks);
	strbuf_init(&text, 256);
	state_words(frame, row, &text);
	area_fit(area, 2, y, area.width - 3, style, text.data);
	strbuf_release(&text);
	y += area.height - y > 3 ? 2 : 1;
	if (row->state != SERVICE_UP && row->state != SERVICE_PENDING)
		draw_why(frame, area_sub(area, 2, y, area.width - 4, area.height - y), row, style);
}

void view_wall(const struct frame *frame)
{
	struct wall wall;
	bool blocks = true;

	wall_layout(frame->ui, frame->snapshot, &wall);
	if (wall.big_head)
		big_head(frame, &wall, frame_area(frame, wall.head));
	else
		small_head(frame, &wall, frame_area(frame, wall.head));
	view_banner(frame,
		    (struct rect){0, wall.head.height, frame->ui->width,
				  frame->snapshot->offline || frame->snapshot->banner != NULL});
	/* Among the small tiles either every name is in blocks or none: what is well stays calm. */
	for (size_t i = 0; i < wall.count; i++) {
		const struct wall_tile *tile = &wall.tiles[i];

		if (!tile->large &&
		    !has_blocks(tile->rect.width - 1, tile->rect.height - 1, tile->row))
			blocks = false;
	}
	for (size_t i = 0; i < wall.count; i++)
		draw_tile(frame, &wall.tiles[i], blocks || wall.tiles[i].large);
	if (frame->ui->prompt.kind != PROMPT_NONE || frame->ui->message != NULL)
		view_footer(frame);
	wall_release(&wall);
}
