/* --explain: a log or incident documents through the line pipeline and the rules, without polling
 * anything (DESIGN section 8). */
#ifndef APP_EXPLAIN_H
#define APP_EXPLAIN_H

#include "base/strbuf.h"

/* Reads `path` ("-" is standard input) and appends the report to `out`: `format` text (NULL is
 * that too), or json / jsonl: one line a document, in order, `{"id":…,"diagnoses":[…]}`. The exit
 * code: 0, or 3 with a sentence in `err`; `err` may have a warning beside 0. */
int explain_run(const char *path, const char *format, struct strbuf *out, struct strbuf *err);

#endif
