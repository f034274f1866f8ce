/* Lines of styled text on their way into a report: one row of cells at a time, so that a table of
 * 10,000 services needs no canvas of that height. */
#ifndef REPORT_LINES_H
#define REPORT_LINES_H

#include "draw/canvas.h"

struct lines {
	struct canvas row; /* height 1 */
	struct strbuf *out;
	bool color;
};

void lines_init(struct lines *lines, int width, bool ascii, bool color, struct strbuf *out);
void lines_release(struct lines *lines);
/* The row to draw into. */
struct area lines_area(struct lines *lines);
/* Writes the row without its trailing blanks and a newline, and empties it. */
void lines_end(struct lines *lines);
/* How many bytes of `text` go on one line of `width` cells, broken at a blank where there is one
 * that leaves half a line, else inside a long path; at least one character. `*skip` gets the blanks to leave out behind it. */
size_t lines_break(const char *text, int width, size_t *skip);

#endif
