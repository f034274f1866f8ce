/* A grid of cells that views draw into and term/ shows. No write passes the edges; a wide
 * character never stands half; no control byte ever enters a cell (it becomes U+FFFD, though
 * base/scrub.h has taken it out long before). In an ASCII canvas every other character is replaced
 * by its twin (draw/glyphs.def) or '?' on the way in, cell for cell. */
#ifndef DRAW_CANVAS_H
#define DRAW_CANVAS_H

#include "base/strbuf.h"
#include "model/theme.h"

#define CELL_BYTES 15
struct cell {
	char text[CELL_BYTES +
		  1];	     /* one grapheme, NUL-terminated; "" = the right half of a wide one */
	unsigned char width; /* 1 or 2; 0 = right half */
	unsigned char style; /* enum style */
	bool reverse;	     /* on top of the style: the cursor's row */
};

struct canvas {
	int width, height;
	bool ascii;
	struct cell *cells; /* height rows of width */
};

void canvas_init(struct canvas *canvas, int width, int height, bool ascii);
void canvas_release(struct canvas *canvas);
void canvas_resize(struct canvas *canvas, int width, int height);
void canvas_clear(struct canvas *canvas);

/* A rectangle; everything drawn through it is clipped to it. */
struct area {
	struct canvas *canvas;
	int x, y, width, height;
};
struct area area_of(struct canvas *canvas);
struct area area_sub(struct area area, int x, int y, int width, int height);
/* Draws one line of text at x, y of the area, clipped; returns the cells used. Newlines end it; what
 * starts left of the area (x < 0) shows from where it enters. */
int area_text(struct area area, int x, int y, enum style style, const char *text);
int area_textn(struct area area, int x, int y, enum style style, const char *text, size_t len);
int area_printf(struct area area, int x, int y, enum style style, const char *fmt, ...)
	BASE_PRINTF(5, 6);
/* At most `width` cells; what does not fit ends with '…' ('~' in ASCII). */
int area_fit(struct area area, int x, int y, int width, enum style style, const char *text);
void area_fill(struct area area, enum style style, const char *glyph);
/* Restyles what is there (the cursor's row). */
void area_restyle(struct area area, enum style style);
void area_reverse(struct area area);

/* Text grid, then a grid with one letter a style and a legend: the form of goldens. */
void canvas_dump(const struct canvas *canvas, struct strbuf *out);
/* Text alone, trailing blanks cut: for `--plain`-like output and for people. */
void canvas_text(const struct canvas *canvas, struct strbuf *out);

#endif
