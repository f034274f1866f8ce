/* Text that is scrolled: lines of styled spans, already wrapped to a width, each with what Enter
 * or a click on it leads to. The reducer needs their number and targets, the view their looks, so
 * both build the same document from the same snapshot. */
#ifndef UI_DOC_H
#define UI_DOC_H

#include "model/theme.h"
#include "ui/state.h"

enum target_kind {
	TARGET_NONE,
	TARGET_CHECK,	/* id: a check of the open service */
	TARGET_SERVICE, /* id */
	TARGET_LOG,	/* source, number */
	TARGET_TEXT	/* text: what `y` takes here */
};
struct target {
	enum target_kind kind;
	uint64_t id;
	uint64_t source, number;
	const char *text;
};

struct doc_span {
	size_t start, len; /* bytes of doc->text */
	enum style style;
};
struct doc_line {
	size_t first, count; /* spans */
	int indent;	     /* cells before the first one */
	struct target target;
	const struct phases *phases; /* a bar of these stands behind the spans; NULL */
};
struct doc {
	struct strbuf text;
	struct VEC_OF(struct doc_span) spans;
	struct VEC_OF(struct doc_line) lines;
	int width;
	int utc_offset_s;     /* times are shown this far east of UTC; the reducer does not care */
	struct target target; /* of the lines that follow */
	/* The lines that say what proves the first remedy: its heading, and the line behind the last. */
	size_t proof, proof_end;
};

void doc_init(struct doc *doc, int width, int utc_offset_s);
void doc_release(struct doc *doc);
/* Starts a line; spans are added to it until the next one starts. */
void doc_line(struct doc *doc, int indent);
void doc_add(struct doc *doc, enum style style, const char *text);
void doc_addn(struct doc *doc, enum style style, const char *text, size_t len);
void doc_addf(struct doc *doc, enum style style, const char *fmt, ...) BASE_PRINTF(3, 4);
/* Blanks up to this cell of the line. */
void doc_tab(struct doc *doc, int cell);
/* Text after what stands on the line already, broken at blanks; further lines start at `indent`.
 * Newlines in it start a new line. */
void doc_wrap(struct doc *doc, int indent, enum style style, const char *text);
/* At most `lines` lines of text, each of its own as doc_wrap() does it, two cells further in where
 * it goes on and has others beside it; "…" behind what is left out. */
void doc_block(struct doc *doc, int indent, enum style style, const char *text, size_t len,
	       size_t lines);
/* "  expected   ": a line with a word before what it is about, which starts at DOC_LABEL. */
#define DOC_LABEL 13
void doc_label(struct doc *doc, const char *word);
int doc_used(const struct doc *doc); /* cells of the line that was started last */
void doc_blank(struct doc *doc);
void doc_heading(struct doc *doc, const char *text);

/* Keeps a cursor inside the document and the window around it. */
void scroll_clamp(struct scroll *scroll, size_t lines, int height);
/* Moves by an action; false for one that does not move. */
bool scroll_apply(struct scroll *scroll, enum action action, size_t lines, int height);

/* The documents, into one that doc_init() has given its width. */
void doc_checks(struct doc *doc, const struct ui_state *ui, const struct snapshot *snapshot);
/* The check whose exchange is unfolded; 0: none. */
uint64_t doc_open_check(const struct ui_state *ui, const struct service_row *row);
/* What a check sent, measured and got, under its head. */
void doc_exchange(struct doc *doc, const struct snapshot *snapshot, const struct check_row *check);
/* What stands beside "got" for one of a check's assertions; NULL where it holds or was not put. */
const char *check_got(const struct check_row *check, size_t assertion);
/* Its sentence, without what was asked where its name tells that already. */
void check_said(struct strbuf *out, const struct check_row *check);
void doc_diagnosis(struct doc *doc, const struct ui_state *ui, const struct snapshot *snapshot);
void doc_help(struct doc *doc, const struct ui_state *ui);
void doc_incidents(struct doc *doc, const struct snapshot *snapshot);

#endif
