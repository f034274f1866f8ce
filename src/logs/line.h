/* The line pipeline, pure: bytes -> lines -> prefix, time, level -> joined events. Used by the
 * followers and by --explain alike. */
#ifndef LOGS_LINE_H
#define LOGS_LINE_H

#include "base/redact.h"
#include "base/strbuf.h"
#include "model/log.h"

/* Reads time and level off one scrubbed line; never fails. `now` and `utc_offset_s` complete
 * times without a date or zone. Knows ISO 8601, syslog, nginx and Apache, Python logging, Go,
 * JSON (time/ts/@timestamp, level/severity, msg/message), logfmt, klog, and prefixes such as
 * `service-1  | ` of docker compose. */
void log_line_parse(struct log_line *line, struct wall_time now, int utc_offset_s);
/* True where the line continues the event before it (a traceback's lines, indented ones). */
bool log_line_continues(const struct log_line *event, const char *text, size_t len);

#endif
