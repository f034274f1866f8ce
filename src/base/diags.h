/* Complaints about files that a person wrote, collected all at once, each with its place and
 * the line quoted: `services.yaml:14:9: unknown key 'expcet'; did you mean 'expect'?` */
#ifndef BASE_DIAGS_H
#define BASE_DIAGS_H

#include "base/strbuf.h"
#include "base/vec.h"

/* A place in a file; lines and columns from 1, 0 = unknown. `file` is borrowed and outlives
 * whatever stores the place (the node tree's arena, or a literal). */
struct srcpos {
	const char *file;
	int line;
	int col;
};

enum diag_level { DIAG_ERROR, DIAG_WARNING };

struct diag {
	enum diag_level level;
	char *file;
	int line;
	int col;
	char *message; /* a scrubbed sentence without a trailing newline */
	char *quote;   /* the line itself, scrubbed; NULL where it is not known */
};

struct diags {
	struct diag *at;
	size_t len;
	size_t cap;
	size_t errors;
	size_t dropped; /* past LIMIT_DIAGS */
};

void diags_init(struct diags *diags);
void diags_release(struct diags *diags);
void diags_add(struct diags *diags, enum diag_level level, struct srcpos pos, const char *fmt, ...)
	BASE_PRINTF(4, 5);
/* Fills in the quotes of all entries of `file` from its bytes. */
void diags_quote(struct diags *diags, const char *file, const char *bytes, size_t len);
/* All of it as text, a sentence a line, the quoted line and a caret below; sorted by place. */
void diags_print(const struct diags *diags, struct strbuf *out);
/* The candidate nearest to `word` (Damerau-Levenshtein, at most a third of it wrong), or NULL. */
const char *diags_suggest(const char *word, const char *const *candidates, size_t count);

#endif
