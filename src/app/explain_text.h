/* Diagnoses as a report that a person reads. */
#ifndef APP_EXPLAIN_TEXT_H
#define APP_EXPLAIN_TEXT_H

#include "base/strbuf.h"
#include "model/diagnosis.h"

#define EXPLAIN_WIDTH 80

/* One document's report; `verbose` heads it with its id. Lines of at most EXPLAIN_WIDTH cells, but
 * for commands and links, which stay whole so that they can be copied. */
void explain_text(struct strbuf *out, const char *id, const struct diagnosis *diagnoses,
		  size_t count);

#endif
