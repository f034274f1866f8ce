/* Building and scrolling documents. See doc.h. */
#include "ui/doc.h"

#include "base/utf8.h"
#include "base/xalloc.h"

#define DOC_BYTES (1u << 20)

void doc_init(struct doc *doc, int width, int utc_offset_s)
{
	*doc = (struct doc){.width = width > 1 ? width : 1, .utc_offset_s = utc_offset_s};
	strbuf_init(&doc->text, DOC_BYTES);
}

void doc_release(struct doc *doc)
{
	strbuf_release(&doc->text);
	vec_release(&doc->spans);
	vec_release(&doc->lines);
}

void doc_line(struct doc *doc, int indent)
{
	vec_push(&doc->lines, ((struct doc_line){.first = doc->spans.len,
						 .indent = indent,
						 .target = doc->target}));
}

void doc_addn(struct doc *doc, enum style style, const char *text, size_t len)
{
	if (doc->lines.len == 0)
		doc_line(doc, 0);
	if (len == 0)
		return;
	vec_push(&doc->spans,
		 ((struct doc_span){.start = doc->text.len, .len = len, .style = style}));
	strbuf_add(&doc->text, text, len);
	/* A document of a megabyte ends where the buffer does. */
	doc->spans.at[doc->spans.len - 1].len =
		doc->text.len - doc->spans.at[doc->spans.len - 1].start;
	doc->lines.at[doc->lines.len - 1].count++;
}

void doc_add(struct doc *doc, enum style style, const char *text)
{
	doc_addn(doc, style, text, strlen(text));
}

void doc_addf(struct doc *doc, enum style style, const char *fmt, ...)
{
	struct strbuf text;
	va_list args;

	strbuf_init(&text, 4096);
	va_start(args, fmt);
	strbuf_vaddf(&text, fmt, args);
	va_end(args);
	doc_addn(doc, style, text.data, text.len);
	strbuf_release(&text);
}

int doc_used(const struct doc *doc)
{
	const struct doc_line *line;
	int used;

	if (doc->lines.len == 0)
		return 0;
	line = &doc->lines.at[doc->lines.len - 1];
	used = line->indent;
	for (size_t i = 0; i < line->count; i++) {
		const struct doc_span *span = &doc->spans.at[line->first + i];

		used += (int)utf8_width(doc->text.data + span->start, span->len);
	}
	return used;
}

void doc_tab(struct doc *doc, int cell)
{
	int missing = cell - doc_used(doc);

	if (missing < 1)
		missing = 1;
	doc_addf(doc, STYLE_TEXT, "%*s", missing, "");
}

void doc_blank(struct doc *doc)
{
	struct target target = doc->target;

	doc->target = (struct target){0};
	doc_line(doc, 0);
	doc->target = target;
}

void doc_heading(struct doc *doc, const char *text)
{
	doc_blank(doc);
	doc_line(doc, 0);
	doc_add(doc, STYLE_HEADER, text);
}

/* Where a word that is too long for any line is broken: behind a sign that parts a URL or a list,
 * but not between two slashes nor right behind a quote; else where the room ends. */
static size_t inside_word(const char *text, size_t start, size_t fits)
{
	for (size_t at = fits; at > start + 1; at--) {
		if (strchr("/?&,;|", text[at - 1]) != NULL && strchr("\"'", text[at - 2]) == NULL &&
		    text[at] != '/')
			return at;
	}
	return fits;
}

/* Bytes of the next piece that fits into `room` cells: broken behind a blank where there is one,
 * inside a word only where the word alone is wider than a whole line of `full` cells. */
static size_t piece_of(const char *text, size_t len, int room, int full, bool at_start)
{
	size_t fits = utf8_clip(text, len, room > 0 ? (size_t)room : 0, NULL), at, end;

	if (fits >= len || text[fits] == ' ')
		return fits;
	for (at = fits; at > 0 && text[at - 1] != ' '; at--)
		;
	for (end = fits; end < len && text[end] != ' '; end++)
		;
	if (fits > at && utf8_width(text + at, end - at) > (size_t)(full > 0 ? full : 0))
		return inside_word(text, at, fits);
	if (at > 0 || !at_start)
		return at;
	/* At least one character, or the loop above would never end. */
	if (fits == 0) {
		uint32_t cp;

		fits = utf8_decode(text, len, &cp);
	}
	return fits;
}

static void wrap_line(struct doc *doc, int indent, enum style style, const char *text, size_t len)
{
	while (len > 0) {
		int used = doc_used(doc);
		size_t piece =
			piece_of(text, len, doc->width - used, doc->width - indent, used <= indent);

		doc_addn(doc, style, text, piece);
		text += piece;
		len -= piece;
		while (len > 0 && *text == ' ' && piece > 0) {
			text++;
			len--;
		}
		if (len > 0)
			doc_line(doc, indent);
	}
}

void doc_wrap(struct doc *doc, int indent, enum style style, const char *text)
{
	/* A pane of a few cells cannot keep an indent. */
	if (indent > doc->width / 2)
		indent = doc->width / 2;
	if (doc->lines.len == 0)
		doc_line(doc, 0);
	for (;;) {
		size_t len = strcspn(text, "\n");

		wrap_line(doc, indent, style, text, len);
		if (text[len] == '\0')
			break;
		text += len + 1;
		doc_line(doc, indent);
	}
}

/* One line of a block in at most `room` lines; false where not all of it fitted. */
static bool block_line(struct doc *doc, int indent, enum style style, const char *text, size_t len,
		       size_t room)
{
	size_t most = room * (size_t)(doc->width > indent ? doc->width - indent : 1),
	       kept = utf8_clip(text, len, most, NULL);
	char *line = xstrndup(text, kept);
	size_t before = doc->lines.len;
	bool whole;

	doc_wrap(doc, indent, style, line);
	whole = kept == len && doc->lines.len - before < room;
	free(line);
	return whole;
}

void doc_block(struct doc *doc, int indent, enum style style, const char *text, size_t len,
	       size_t lines)
{
	size_t first = doc->lines.len;
	int hang;

	while (len > 0 && text[len - 1] == '\n')
		len--;
	hang = memchr(text, '\n', len) != NULL ? indent + 2 : indent;
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t part = end != NULL ? (size_t)(end - text) - at : len - at;
		size_t used = doc->lines.len - first;
		bool whole =
			used < lines && block_line(doc, hang, style, text + at, part, lines - used);

		at += part + 1;
		if (!whole || (at < len && doc->lines.len - first >= lines)) {
			doc_line(doc, indent);
			doc_add(doc, STYLE_DIM, "…");
			return;
		}
		if (at < len)
			doc_line(doc, indent);
	}
}

void doc_label(struct doc *doc, const char *word)
{
	doc_line(doc, 2);
	doc_add(doc, STYLE_DIM, word);
	doc_tab(doc, DOC_LABEL);
}

void scroll_clamp(struct scroll *scroll, size_t lines, int height)
{
	int count = lines > INT32_MAX ? INT32_MAX : (int)lines;

	if (height < 1)
		height = 1;
	if (scroll->cursor >= count)
		scroll->cursor = count - 1;
	if (scroll->cursor < 0)
		scroll->cursor = 0;
	if (scroll->top > scroll->cursor)
		scroll->top = scroll->cursor;
	if (scroll->top < scroll->cursor - height + 1)
		scroll->top = scroll->cursor - height + 1;
	if (scroll->top > count - height)
		scroll->top = count - height;
	if (scroll->top < 0)
		scroll->top = 0;
	if (scroll->left < 0)
		scroll->left = 0;
}

bool scroll_apply(struct scroll *scroll, enum action action, size_t lines, int height)
{
	int page = height > 2 ? height - 1 : 1;

	scroll_clamp(scroll, lines, height);
	if (action == ACTION_UP)
		scroll->cursor--;
	else if (action == ACTION_DOWN)
		scroll->cursor++;
	else if (action == ACTION_PAGE_UP)
		scroll->cursor -= page;
	else if (action == ACTION_PAGE_DOWN)
		scroll->cursor += page;
	else if (action == ACTION_TOP)
		scroll->cursor = 0;
	else if (action == ACTION_BOTTOM)
		scroll->cursor = lines > 0 ? (int)lines - 1 : 0;
	else if (action == ACTION_LEFT)
		scroll->left -= 8;
	else if (action == ACTION_RIGHT)
		scroll->left = scroll->left + 8 > 4096 ? 4096 : scroll->left + 8;
	else
		return false;
	scroll_clamp(scroll, lines, height);
	return true;
}
