/* The fleet as a table for people: problems first, causes before their victims, else in the
 * fleet's order; one row a service, its sentence broken over as many lines as it needs. Columns
 * give way as on the console, by the same code; nothing is ever wider than it may be. */
#include "report/as_table.h"

#include "base/limits.h"
#include "base/units.h"
#include "base/utf8.h"
#include "draw/columns.h"
#include "model/sentence.h"
#include "report/lines.h"

#define GAP 2
#define GLYPH_CELLS 2 /* the glyph and a blank stand before the first column */
#define WHY_LINES 4   /* of the table; `wide` shows the whole sentence */
#define WHY_LEAST 24  /* narrower than this the sentence stands under its row … */
#define WHY_LEAST_WIDE 40
#define INDENT 4      /* of what stands under a row */
#define WIDTH_MIN 8
#define WIDTH_MAX 400

enum table_column { COL_NAME, COL_GROUP, COL_STATE, COL_SINCE, COL_CHECKS, COL_LAT, COL_P95, COL_WHY,
		    COL_COUNT };

static const char *const heads[COL_COUNT] = {"SERVICE", "GROUP", "STATE", "SINCE",
					     "CHECKS",	"LAT",	 "P95",   "WHY"};

struct table {
	const struct snapshot *snapshot;
	bool wide;
	struct lines lines;
	int widths[COL_COUNT];
	int x[COL_COUNT];
	struct strbuf text; /* scratch */
};

static enum style state_style(enum service_state state)
{
	switch (state) {
	case SERVICE_UP:
		return STYLE_UP;
	case SERVICE_DEGRADED:
		return STYLE_DEGRADED;
	case SERVICE_DOWN:
		return STYLE_DOWN;
	case SERVICE_UNKNOWN:
		return STYLE_UNKNOWN;
	case SERVICE_PENDING:
		return STYLE_PENDING;
	case SERVICE_STATE_COUNT:
		break;
	}
	BUG("no such service state: %d", (int)state);
}

static bool is_problem(const struct service_row *row)
{
	return row->state != SERVICE_UP;
}

static const char *text_since(struct table *table, const struct service_row *row)
{
	int64_t age = table->snapshot->wall_now.ns - row->since.ns;

	strbuf_reset(&table->text);
	if (row->since.ns == 0) {
		strbuf_adds(&table->text, "–");
	} else {
		if (row->since_at_least)
			strbuf_adds(&table->text, "≥");
		age_format(&table->text, age > 0 ? age : 0);
	}
	return table->text.data;
}

static const char *text_latency(struct table *table, int64_t ns)
{
	strbuf_reset(&table->text);
	if (ns < 0)
		strbuf_adds(&table->text, "–");
	else
		latency_format(&table->text, ns);
	return table->text.data;
}

/* The cause, where another service explains this one, then the sentence of its own. */
static const char *text_why(struct table *table, const struct service_row *row)
{
	const char *why = row->why != NULL ? row->why : "";

	strbuf_reset(&table->text);
	if (strncmp(why, "←", strlen("←")) != 0) {
		for (size_t i = 0; i < row->caused_count; i++) {
			const struct service *cause =
				fleet_service(table->snapshot->fleet, row->caused_by[i]);

			if (cause != NULL)
				strbuf_addf(&table->text, "%s%s",
					    table->text.len == 0 ? "← " : ", ", cause->name);
		}
		if (table->text.len > 0 && *why != '\0')
			strbuf_adds(&table->text, " · ");
	}
	strbuf_adds(&table->text, why);
	for (int bit = 0; bit < MARK_COUNT; bit++) {
		if ((row->marks & MARK_OF(bit)) != 0)
			strbuf_addf(&table->text, "%s[%s]", table->text.len == 0 ? "" : " ",
				    mark_name((enum mark)bit));
	}
	return table->text.data;
}

static void widen(struct column *column, const char *text)
{
	int width = (int)utf8_width(text, strlen(text));

	if (width > column->want)
		column->want = width;
}

static void fit_columns(struct table *table, int width)
{
	struct column columns[COL_COUNT] = {
		[COL_NAME] = {8, 8, 0, false},	 [COL_GROUP] = {5, 5, 6, false},
		[COL_STATE] = {8, 8, 1, false},	 [COL_SINCE] = {5, 5, 3, false},
		[COL_CHECKS] = {6, 6, 4, false}, [COL_LAT] = {5, 5, 5, false},
		[COL_P95] = {5, 5, 7, false},	 [COL_WHY] = {1, 1, 8, true},
	};
	int x = GLYPH_CELLS;

	for (size_t i = 0; i < table->snapshot->row_count; i++) {
		const struct service_row *row = &table->snapshot->rows[i];

		widen(&columns[COL_NAME], row->service->name);
		widen(&columns[COL_GROUP], row->service->group);
		widen(&columns[COL_SINCE], text_since(table, row));
		widen(&columns[COL_LAT], text_latency(table, row->latency_ns));
	}
	columns[COL_GROUP].min = columns[COL_GROUP].want < 12 ? columns[COL_GROUP].want : 12;
	columns[COL_SINCE].min = columns[COL_SINCE].want;
	/* A long name may take a third of the line before it is cut. */
	if (columns[COL_NAME].want < width / 3)
		columns[COL_NAME].min = columns[COL_NAME].want;
	if (!table->wide)
		columns[COL_P95].min = WIDTH_MAX * 2; /* never fits */
	/* … so WHY has no claim of its own: it takes what the other columns leave. */
	columns_fit(columns, COL_COUNT, width - GLYPH_CELLS, GAP, table->widths);
	if (table->widths[COL_WHY] < (table->wide ? WHY_LEAST_WIDE : WHY_LEAST))
		table->widths[COL_WHY] = 0;
	for (int i = 0; i < COL_COUNT; i++) {
		table->x[i] = x;
		if (table->widths[i] > 0)
			x += table->widths[i] + GAP;
	}
}

static void put(struct table *table, enum table_column column, enum style style, const char *text)
{
	int width = table->widths[column], x = table->x[column];

	if (width == 0)
		return;
	if (column == COL_LAT || column == COL_P95) {
		int cells = (int)utf8_width(text, strlen(text));

		if (cells < width)
			x += width - cells;
		width = cells < width ? cells : width;
	}
	area_fit(lines_area(&table->lines), x, 0, width, style, text);
}

/* `text` from x on over at most `max` lines; the first continues the row that is being drawn.
 * What is left over then shows as cut. */
static void put_wrapped(struct table *table, int x, int width, int max, enum style style,
			const char *text)
{
	for (int line = 1; *text != '\0' && line < max; line++) {
		size_t skip, len = lines_break(text, width, &skip);

		area_textn(lines_area(&table->lines), x, 0, style, text, len);
		text += len + skip;
		if (*text != '\0')
			lines_end(&table->lines);
	}
	if (*text != '\0')
		area_fit(lines_area(&table->lines), x, 0, width, style, text);
	lines_end(&table->lines);
}

static void put_why(struct table *table, const struct service_row *row)
{
	int max = table->wide ? LIMIT_MESSAGE : WHY_LINES, width = table->lines.row.width;
	const char *why = text_why(table, row);

	if (table->widths[COL_WHY] > 0) {
		struct strbuf fit;

		strbuf_init(&fit, 1024);
		/* Lines end at blanks, so a column holds less than its cells. */
		sentence_fit(&fit, why, table->widths[COL_WHY] * (max - 1));
		put_wrapped(table, table->x[COL_WHY], table->widths[COL_WHY], max, STYLE_TEXT, fit.data);
		strbuf_release(&fit);
		return;
	}
	lines_end(&table->lines);
	if (*why != '\0' && width - INDENT >= WIDTH_MIN)
		put_wrapped(table, INDENT, width - INDENT, max, STYLE_TEXT, why);
}

static void put_row(struct table *table, const struct service_row *row)
{
	enum style style = state_style(row->state);
	char checks[32];

	area_text(lines_area(&table->lines), 0, 0, style,
		  service_state_glyph(row->state, table->lines.row.ascii));
	put(table, COL_NAME, is_problem(row) ? STYLE_STRONG : STYLE_TEXT, row->service->name);
	put(table, COL_GROUP, STYLE_DIM, row->service->group);
	put(table, COL_STATE, style, service_state_name(row->state));
	put(table, COL_SINCE, STYLE_TEXT, text_since(table, row));
	snprintf(checks, sizeof(checks), "%d/%d", row->checks_passing, row->checks_total);
	put(table, COL_CHECKS, STYLE_TEXT, checks);
	put(table, COL_LAT, STYLE_TEXT, text_latency(table, row->latency_ns));
	put(table, COL_P95, STYLE_TEXT, text_latency(table, row->p95_ns));
	put_why(table, row);
}

/* Under a row of `wide`: how sure, which cause, why, and the first thing to do. */
static void put_diagnosis(struct table *table, const struct diagnosis *diagnosis)
{
	struct area area = lines_area(&table->lines);
	int x = INDENT, width = area.width - INDENT;

	if (width < WIDTH_MIN)
		return;
	x += area_printf(area, x, 0, STYLE_CAUSE, "%s%.0f%% ",
			 diagnosis->confidence < DIAGNOSIS_SURE ? "not sure, " : "",
			 diagnosis->confidence * 100);
	x += area_printf(area, x, 0, STYLE_DIM, "%s  ", diagnosis->id);
	if (area.width - x >= WIDTH_MIN) {
		put_wrapped(table, x, area.width - x, LIMIT_MESSAGE, STYLE_STRONG,
			    diagnosis->title);
	} else {
		lines_end(&table->lines);
		put_wrapped(table, INDENT, width, LIMIT_MESSAGE, STYLE_STRONG, diagnosis->title);
	}
	if (diagnosis->explanation != NULL && *diagnosis->explanation != '\0')
		put_wrapped(table, INDENT, width, LIMIT_MESSAGE, STYLE_TEXT,
			    diagnosis->explanation);
	if (diagnosis->step_count > 0) {
		const struct remedy_step *step = &diagnosis->steps[0];

		area_text(area, INDENT, 0, STYLE_DIM, "→ ");
		put_wrapped(table, INDENT + 2, width - 2, LIMIT_MESSAGE, STYLE_TEXT, step->text);
		if (step->command != NULL) {
			area_text(area, INDENT, 0, STYLE_DIM, "$ ");
			put_wrapped(table, INDENT + 2, width - 2, LIMIT_MESSAGE, STYLE_COMMAND,
				    step->command);
		}
	}
}

static void put_title(struct table *table)
{
	const struct fleet *fleet = table->snapshot->fleet;
	struct area area = lines_area(&table->lines);
	int x, left;

	x = area_text(area, 0, 0, STYLE_DIM, "sitrep  ");
	x += area_fit(area, x, 0, area.width - x, STYLE_TITLE, fleet->name);
	if (fleet->environment[0] != '\0') {
		x += area_text(area, x, 0, STYLE_TITLE, "/");
		x += area_fit(area, x, 0, area.width - x, STYLE_TITLE, fleet->environment);
	}
	strbuf_reset(&table->text);
	wall_format(&table->text, table->snapshot->wall_now, false);
	left = area.width - (int)table->text.len;
	if (left > x)
		area_text(area, left, 0, STYLE_DIM, table->text.data);
	lines_end(&table->lines);
	if (table->snapshot->banner != NULL)
		put_wrapped(table, 0, area.width, LIMIT_MESSAGE, STYLE_RISK,
			    table->snapshot->banner);
	lines_end(&table->lines);
}

static void add_count(struct strbuf *out, int count, const char *word)
{
	if (count > 0)
		strbuf_addf(out, "%s%d %s", out->len > 0 ? ", " : "", count, word);
}

static void put_summary(struct table *table, bool deadline_hit)
{
	const struct snapshot *snapshot = table->snapshot;
	const struct snapshot_counts *counts = &snapshot->counts;
	struct strbuf text;
	struct area area;
	int x;

	strbuf_init(&text, 512);
	add_count(&text, counts->down, "down");
	add_count(&text, counts->unknown + counts->pending, "unknown");
	add_count(&text, counts->degraded, "degraded");
	add_count(&text, counts->maintenance, "in maintenance");
	add_count(&text, counts->up, "up");
	strbuf_addf(&text, " of %zu %s", snapshot->row_count,
		    snapshot->row_count == 1 ? "service" : "services");
	if (snapshot->incidents > 0)
		strbuf_addf(&text, "; %d %s", snapshot->incidents,
			    snapshot->incidents == 1 ? "incident" : "incidents");
	if (deadline_hit)
		strbuf_adds(&text, "; the deadline passed, what had not answered is unknown");
	lines_end(&table->lines);
	area = lines_area(&table->lines);
	x = area_text(area, 0, 0, state_style(snapshot->state),
		      service_state_glyph(snapshot->state, table->lines.row.ascii));
	x += area_text(area, x, 0, state_style(snapshot->state), " ");
	x += area_text(area, x, 0, state_style(snapshot->state),
		       service_state_name(snapshot->state));
	x += area_text(area, x, 0, STYLE_TEXT, "  ");
	if (area.width - x < WIDTH_MIN) {
		lines_end(&table->lines);
		x = 0;
	}
	put_wrapped(table, x, area.width - x, LIMIT_MESSAGE, STYLE_TEXT, text.data);
	strbuf_release(&text);
}

static void put_rows(struct table *table)
{
	const struct snapshot *snapshot = table->snapshot;
	int worst = 0;

	for (int state = 0; state < SERVICE_STATE_COUNT; state++) {
		int rank = service_state_rank((enum service_state)state);

		worst = rank > worst ? rank : worst;
	}
	/* A pass a rank, causes before those whom they brought down, keeps the fleet's order inside
	 * each without sorting. */
	for (int pass = 2 * worst + 1; pass >= 0; pass--) {
		for (size_t i = 0; i < snapshot->row_count; i++) {
			const struct service_row *row = &snapshot->rows[i];

			if (service_state_rank(row->state) != pass / 2 ||
			    (row->caused_count == 0) != (pass % 2 == 1))
				continue;
			put_row(table, row);
			if (table->wide && is_problem(row) && row->diagnosis_count > 0)
				put_diagnosis(table, &row->diagnoses[0]);
		}
	}
}

void report_table(const struct snapshot *snapshot, const struct report_options *options,
		  struct strbuf *out)
{
	struct table table = {.snapshot = snapshot, .wide = options->format == REPORT_WIDE};
	int width = options->width;

	width = width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
	strbuf_init(&table.text, 1024);
	lines_init(&table.lines, width, options->ascii, options->color, out);
	fit_columns(&table, width);
	put_title(&table);
	for (int i = 0; i < COL_COUNT; i++)
		put(&table, (enum table_column)i, STYLE_HEADER, heads[i]);
	lines_end(&table.lines);
	put_rows(&table);
	put_summary(&table, options->deadline_hit);
	lines_release(&table.lines);
	strbuf_release(&table.text);
}
