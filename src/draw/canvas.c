/* The grid and everything that writes into it. All writes end in put(), which keeps the three
 * promises of canvas.h: inside the clip, no half wide character, no control byte. */
#include "draw/canvas.h"

#include "base/utf8.h"
#include "base/xalloc.h"
#include "draw/glyph.h"

static struct cell *cell_at(struct canvas *canvas, int x, int y)
{
	return &canvas->cells[(size_t)y * (size_t)canvas->width + (size_t)x];
}

static void blank(struct cell *cell)
{
	*cell = (struct cell){.text = " ", .width = 1, .style = STYLE_TEXT};
}

void canvas_clear(struct canvas *canvas)
{
	size_t count = (size_t)canvas->width * (size_t)canvas->height;

	for (size_t i = 0; i < count; i++)
		blank(&canvas->cells[i]);
}

void canvas_init(struct canvas *canvas, int width, int height, bool ascii)
{
	*canvas = (struct canvas){.ascii = ascii};
	canvas_resize(canvas, width, height);
}

void canvas_release(struct canvas *canvas)
{
	free(canvas->cells);
	*canvas = (struct canvas){0};
}

void canvas_resize(struct canvas *canvas, int width, int height)
{
	canvas->width = width > 1 ? width : 1;
	canvas->height = height > 1 ? height : 1;
	canvas->cells = xreallocarray(canvas->cells, (size_t)canvas->width * (size_t)canvas->height,
				      sizeof(*canvas->cells));
	canvas_clear(canvas);
}

struct area area_of(struct canvas *canvas)
{
	return (struct area){.canvas = canvas, .width = canvas->width, .height = canvas->height};
}

struct area area_sub(struct area area, int x, int y, int width, int height)
{
	struct area sub = {.canvas = area.canvas};

	if (x < 0) {
		width += x;
		x = 0;
	}
	if (y < 0) {
		height += y;
		y = 0;
	}
	if (width > area.width - x)
		width = area.width - x;
	if (height > area.height - y)
		height = area.height - y;
	if (width <= 0 || height <= 0)
		return sub;
	sub.x = area.x + x;
	sub.y = area.y + y;
	sub.width = width;
	sub.height = height;
	return sub;
}

/* Bytes that could command a terminal or reorder a line. They are taken out where they enter the
 * program; this is the second wall. */
static bool is_forbidden(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x061C || cp == 0x200E ||
	       cp == 0x200F || (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2060 && cp <= 0x206F) ||
	       cp == 0xFEFF || (cp >= 0xFFF9 && cp <= 0xFFFB) || (cp >= 0xE0000 && cp <= 0xE0FFF);
}

/* Before a cell is overwritten: the other half of a wide character that stood there goes blank. */
static void unpair(struct canvas *canvas, int x, int y)
{
	struct cell *cell = cell_at(canvas, x, y);

	if (cell->width == 0 && x > 0)
		blank(cell_at(canvas, x - 1, y));
	else if (cell->width == 2 && x + 1 < canvas->width)
		blank(cell_at(canvas, x + 1, y));
}

/* Puts one code point of 1 or 2 cells; the caller has checked that it fits the clip. */
static void put(struct canvas *canvas, int x, int y, enum style style, const char *bytes,
		size_t len, int width)
{
	struct cell *cell = cell_at(canvas, x, y);

	unpair(canvas, x, y);
	if (width == 2)
		unpair(canvas, x + 1, y);
	memcpy(cell->text, bytes, len);
	cell->text[len] = '\0';
	cell->width = (unsigned char)width;
	cell->style = (unsigned char)style;
	cell->reverse = false;
	if (width == 2)
		cell[1] = (struct cell){.text = "", .width = 0, .style = (unsigned char)style};
}

/* Adds a combining mark to the character at x; what does not fit into a cell is dropped. */
static void combine(struct canvas *canvas, int x, int y, const char *bytes, size_t len)
{
	struct cell *cell = cell_at(canvas, x, y);
	size_t have;

	if (cell->width == 0 && x > 0)
		cell--;
	have = strlen(cell->text);
	if (have + len > CELL_BYTES)
		return;
	memcpy(cell->text + have, bytes, len);
	cell->text[have + len] = '\0';
}

struct symbol {
	char bytes[4];
	size_t len;
	int width;
};

static struct symbol symbol_of(const struct canvas *canvas, const char *text, size_t len,
			       size_t *used)
{
	struct symbol symbol = {.len = 1, .width = 1};
	uint32_t cp;

	*used = 1;
	if ((unsigned char)text[0] >= 0x20 && (unsigned char)text[0] < 0x7F) {
		symbol.bytes[0] = text[0];
		return symbol;
	}
	*used = utf8_decode(text, len, &cp);
	if (is_forbidden(cp))
		cp = UTF8_REPLACEMENT;
	symbol.width = utf8_cp_width(cp);
	if (canvas->ascii) {
		symbol.bytes[0] = glyph_ascii(cp);
		return symbol;
	}
	symbol.len = utf8_encode(symbol.bytes, cp);
	return symbol;
}

int area_textn(struct area area, int x, int y, enum style style, const char *text, size_t len)
{
	int at = x;
	bool drawn = false; /* the character before is on the canvas and may take marks */

	if (y < 0 || y >= area.height)
		return 0;
	for (size_t i = 0, used; i < len && text[i] != '\n' && text[i] != '\0'; i += used) {
		struct symbol symbol = symbol_of(area.canvas, text + i, len - i, &used);

		if (symbol.width == 0) {
			if (drawn && !area.canvas->ascii)
				combine(area.canvas, area.x + at - 1, area.y + y, symbol.bytes,
					symbol.len);
			continue;
		}
		if (at + symbol.width > area.width)
			break;
		drawn = at >= 0;
		if (drawn && area.canvas->ascii && symbol.width == 2)
			put(area.canvas, area.x + at + 1, area.y + y, style, "?", 1, 1);
		if (drawn)
			put(area.canvas, area.x + at, area.y + y, style, symbol.bytes, symbol.len,
			    area.canvas->ascii ? 1 : symbol.width);
		at += symbol.width;
	}
	return at - x;
}

int area_text(struct area area, int x, int y, enum style style, const char *text)
{
	return area_textn(area, x, y, style, text, strlen(text));
}

int area_printf(struct area area, int x, int y, enum style style, const char *fmt, ...)
{
	struct strbuf text;
	va_list args;
	int used;

	strbuf_init(&text, 4096);
	va_start(args, fmt);
	strbuf_vaddf(&text, fmt, args);
	va_end(args);
	used = area_textn(area, x, y, style, text.data, text.len);
	strbuf_release(&text);
	return used;
}

int area_fit(struct area area, int x, int y, int width, enum style style, const char *text)
{
	size_t len = strcspn(text, "\n"), used = 0, fits;
	int cells;

	if (x < 0 || width <= 0 || x >= area.width)
		return 0;
	if (width > area.width - x)
		width = area.width - x;
	fits = utf8_clip(text, len, (size_t)width, &used);
	if (fits >= len)
		return area_textn(area, x, y, style, text, len);
	fits = utf8_clip(text, len, (size_t)width - 1, &used);
	cells = area_textn(area, x, y, style, text, fits);
	return cells + area_text(area, x + cells, y, style, "…");
}

void area_fill(struct area area, enum style style, const char *glyph)
{
	for (int y = 0; y < area.height; y++) {
		for (int x = 0; x < area.width;) {
			int used = area_text(area, x, y, style, glyph);

			x += used > 0 ? used : area.width;
		}
	}
}

void area_restyle(struct area area, enum style style)
{
	for (int y = 0; y < area.height; y++) {
		for (int x = 0; x < area.width; x++)
			cell_at(area.canvas, area.x + x, area.y + y)->style = (unsigned char)style;
	}
}

void area_reverse(struct area area)
{
	for (int y = 0; y < area.height; y++) {
		for (int x = 0; x < area.width; x++)
			cell_at(area.canvas, area.x + x, area.y + y)->reverse = true;
	}
}

/* TEXT is '.', the others a letter each in the order of styles.def: a role added at its end
 * leaves every golden as it was. */
static char style_letter(unsigned style)
{
	static const char letters[] = ".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789+*%&";

	_Static_assert(STYLE_COUNT <= sizeof(letters) - 1, "a letter for each style");
	return letters[style];
}

static void dump_reverse(const struct canvas *canvas, struct strbuf *out)
{
	for (int y = 0; y < canvas->height; y++) {
		const struct cell *row = &canvas->cells[(size_t)y * (size_t)canvas->width];

		for (int x = 0; x < canvas->width; x++) {
			int from = x;

			while (x < canvas->width && row[x].reverse)
				x++;
			if (x > from)
				strbuf_addf(out, "reverse row %d cells %d..%d\n", y, from, x - 1);
		}
	}
}

void canvas_dump(const struct canvas *canvas, struct strbuf *out)
{
	bool used[STYLE_COUNT] = {false};

	strbuf_addf(out, "%dx%d %s\n", canvas->width, canvas->height,
		    canvas->ascii ? "ascii" : "utf-8");
	for (int y = 0; y < canvas->height; y++) {
		for (int x = 0; x < canvas->width; x++)
			strbuf_adds(out, canvas->cells[y * canvas->width + x].text);
		strbuf_adds(out, "|\n");
	}
	for (int y = 0; y < canvas->height; y++) {
		for (int x = 0; x < canvas->width; x++) {
			const struct cell *cell = &canvas->cells[y * canvas->width + x];

			used[cell->style] = true;
			strbuf_addc(out, style_letter(cell->style));
		}
		strbuf_adds(out, "|\n");
	}
	dump_reverse(canvas, out);
	for (unsigned style = 0; style < STYLE_COUNT; style++) {
		if (used[style])
			strbuf_addf(out, "%c %s\n", style_letter(style),
				    style_name((enum style)style));
	}
}

void canvas_text(const struct canvas *canvas, struct strbuf *out)
{
	for (int y = 0; y < canvas->height; y++) {
		size_t end = out->len;

		for (int x = 0; x < canvas->width; x++) {
			const char *text = canvas->cells[y * canvas->width + x].text;

			strbuf_adds(out, text);
			if (text[0] != '\0' && (text[0] != ' ' || text[1] != '\0'))
				end = out->len;
		}
		strbuf_cut(out, end);
		strbuf_addc(out, '\n');
	}
}
