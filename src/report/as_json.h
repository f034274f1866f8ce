/* `-o json`, in the shape of schema/sitrep-once.schema.json. */
#ifndef REPORT_AS_JSON_H
#define REPORT_AS_JSON_H

#include "base/json.h"
#include "report/report.h"

/* The whole document with a newline behind it. Every field is always there; what was not measured
 * is null, a list without entries is []. Times are RFC 3339 in UTC, durations milliseconds. */
void report_json(const struct snapshot *snapshot, const struct report_options *options,
		 struct strbuf *out);

#endif
