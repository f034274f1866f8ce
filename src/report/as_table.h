/* `-o table` and `-o wide`: the fleet for a person to read, on a terminal or in a mail. */
#ifndef REPORT_AS_TABLE_H
#define REPORT_AS_TABLE_H

#include "report/report.h"

/* No line is wider than options->width cells; colour is SGR (ECMA-48 section 8.3.117). */
void report_table(const struct snapshot *snapshot, const struct report_options *options,
		  struct strbuf *out);

#endif
