/* One row of cells, written out as text with or without SGR. Colours are the eight that every
 * terminal has, never the only sign of a state: a report may be piped, mailed or printed. */
#include "report/lines.h"

#include "base/utf8.h"

/* What a role looks like in a report; "" is plain. */
static const char *sgr_of(enum style style)
{
	static const char *const table[STYLE_COUNT] = {
		[STYLE_DIM] = "2",	 [STYLE_STRONG] = "1",	 [STYLE_TITLE] = "1",
		[STYLE_HEADER] = "2",	 [STYLE_UP] = "32",	 [STYLE_DEGRADED] = "33",
		[STYLE_DOWN] = "1;31",	 [STYLE_UNKNOWN] = "35", [STYLE_PENDING] = "2",
		[STYLE_MARK] = "33",	 [STYLE_CAUSE] = "1",	 [STYLE_COMMAND] = "36",
		[STYLE_RISK] = "33",
	};

	return table[style] != NULL ? table[style] : "";
}

void lines_init(struct lines *lines, int width, bool ascii, bool color, struct strbuf *out)
{
	canvas_init(&lines->row, width, 1, ascii);
	lines->out = out;
	lines->color = color;
}

void lines_release(struct lines *lines)
{
	canvas_release(&lines->row);
}

struct area lines_area(struct lines *lines)
{
	return area_of(&lines->row);
}

static bool is_blank(const struct cell *cell)
{
	return cell->width == 1 && strcmp(cell->text, " ") == 0;
}

static void change_style(struct strbuf *out, const char **now, const char *wanted)
{
	if (strcmp(*now, wanted) == 0)
		return;
	if (**now != '\0')
		strbuf_adds(out, "\033[0m");
	if (*wanted != '\0')
		strbuf_addf(out, "\033[%sm", wanted);
	*now = wanted;
}

void lines_end(struct lines *lines)
{
	const struct cell *cells = lines->row.cells;
	const char *now = "";
	int len = lines->row.width;

	while (len > 0 && is_blank(&cells[len - 1]))
		len--;
	for (int x = 0; x < len; x++) {
		if (lines->color && !is_blank(&cells[x]))
			change_style(lines->out, &now, sgr_of((enum style)cells[x].style));
		strbuf_adds(lines->out, cells[x].text);
	}
	change_style(lines->out, &now, "");
	strbuf_addc(lines->out, '\n');
	canvas_clear(&lines->row);
}

/* A line may end at the blank text[at], or behind text[at - 1] where a long path or name bends. */
static bool bends(const char *text, size_t at)
{
	return at > 0 && strchr("/-_,;:", text[at - 1]) != NULL;
}

size_t lines_break(const char *text, int width, size_t *skip)
{
	size_t len = strlen(text), fits = utf8_clip(text, len, (size_t)width, NULL), at, bend;
	uint32_t code_point;

	*skip = 0;
	if (fits == 0 && len > 0)
		fits = utf8_decode(text, len, &code_point);
	if (fits == len)
		return len;
	for (at = fits; at > 0 && text[at] != ' ';)
		at--;
	for (bend = fits; bend > 0 && !bends(text, bend);)
		bend--;
	/* A long word is bent, or cut, rather than leaving most of the line empty. */
	if (at < fits / 2)
		return bend > at && bend > 0 ? bend : fits;
	while (text[at + *skip] == ' ')
		++*skip;
	return at;
}
