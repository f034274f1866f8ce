/* The line pipeline, pure: bytes -> lines -> prefix, time, level -> joined events. Used by the
 * followers and by --explain alike. */
#ifndef LOGS_LINE_H
#define LOGS_LINE_H

#include "base/redact.h"
#include "base/strbuf.h"
#include "model/log.h"

/* Reads time and level off one scrubbed line (`text`, `len`); never fails. Where the line has no
 * time, `time` stays what it was and `time_is_ours` is set. `now` and `utc_offset_s` complete
 * times without a date or zone. Knows ISO 8601, syslog (RFC 3164, RFC 5424), nginx and Apache
 * (error and access), Python logging, uvicorn and gunicorn, Go, klog, log4j, PostgreSQL, Redis,
 * JSON (time/ts/@timestamp, level/severity, msg/message), logfmt, and prefixes such as
 * `service-1  | ` of docker compose. */
void log_line_parse(struct log_line *line, struct wall_time now, int utc_offset_s);
/* True where the line continues the event before it (a traceback's lines, indented ones). */
bool log_line_continues(const struct log_line *event, const char *text, size_t len);

/* The same question for a follower that has not kept the event's text: what it must remember. */
struct line_joint {
	enum log_level level; /* of the first line */
	bool head_indented;
	bool trace;           /* inside a traceback */
	bool go_trace;
	bool last_indented;
	unsigned lines;       /* of the event so far; 0: there is none */
};
void line_joint_begin(struct line_joint *joint, const struct log_line *head);
/* True where the line joins (and the joint has seen it), false where it begins an event. */
bool line_joint_add(struct line_joint *joint, const char *text, size_t len);
/* True where one of the lines after it (`after`, `len` bytes) says that what this parsed line speaks
 * of works: a retry that succeeded. */
bool log_line_settled(const struct log_line *line, const char *after, size_t len);

#endif
