/* One line: prefix, then data or time and level, then what the form says. And whether a line
 * belongs to the one before. Invariant: `text` is never changed, only pointed into. */
#include "logs/line.h"

#include "base/limits.h"
#include "logs/line_parts.h"

#include <string.h>

static bool starts_with(const char *text, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len >= n && memcmp(text, prefix, n) == 0;
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.';
}

/* What collectors put in front: `service-1  | ` (docker compose), `[pod/name/container] ` (kubectl
 * logs --prefix). */
static size_t collector_prefix(const char *text, size_t len)
{
	size_t at = 0, end;

	if (starts_with(text, len, "[pod/")) {
		const char *close = memchr(text, ']', len < 200 ? len : 200);

		return close == NULL || close + 1 == text + len ? 0 : (size_t)(close - text) + 2;
	}
	while (at < len && at < 64 && is_name(text[at]))
		at++;
	for (end = at; end < len && text[end] == ' '; end++)
		continue;
	if (at == 0 || end == at || end >= len || text[end] != '|')
		return 0;
	end++;
	return end < len && text[end] == ' ' ? end + 1 : end;
}

/* `<34>1 ` of syslog (RFC 5424, 6.2.1), whose lowest three bits are the severity. */
static size_t syslog_priority(const char *text, size_t len, enum log_level *level)
{
	static const enum log_level levels[8] = {LOG_FATAL, LOG_FATAL, LOG_FATAL, LOG_ERROR,
						 LOG_WARN,  LOG_INFO,  LOG_INFO,  LOG_DEBUG};
	unsigned priority = 0;
	size_t at = 1;

	if (len < 4 || text[0] != '<')
		return 0;
	while (at < len && at < 4 && text[at] >= '0' && text[at] <= '9')
		priority = priority * 10 + (unsigned)(text[at++] - '0');
	if (at == 1 || at >= len || text[at] != '>' || priority > 191)
		return 0;
	*level = levels[priority & 7];
	at++;
	return starts_with(text + at, len - at, "1 ") ? at + 2 : at;
}

/* `31:M ` of Redis; the mark behind its time says the level. */
static size_t redis_prefix(const char *text, size_t len)
{
	size_t at = 0;

	while (at < len && at < 8 && text[at] >= '0' && text[at] <= '9')
		at++;
	if (at == 0 || len - at < 3 || text[at] != ':' || strchr("XCSM", text[at + 1]) == NULL ||
	    text[at + 2] != ' ')
		return 0;
	return at + 3;
}

static size_t redis_mark(const char *text, size_t len, enum log_level *level)
{
	if (len < 3 || text[0] != ' ' || text[2] != ' ')
		return 0;
	switch (text[1]) {
	case '.':
	case '-':
		*level = LOG_DEBUG;
		return 2;
	case '*':
		*level = LOG_INFO;
		return 2;
	case '#':
		*level = LOG_WARN;
		return 2;
	default:
		return 0;
	}
}

/* `E, [2026-…` of Ruby and `[GIN] 2026/…`: a stamp a few bytes in. */
static size_t short_lead(const char *text, size_t len)
{
	if (len > 3 && text[1] == ',' && text[2] == ' ' && text[3] == '[')
		return 3;
	return starts_with(text, len, "[GIN] ") ? 6 : 0;
}

static enum log_level klog_level(char letter)
{
	return letter == 'I'   ? LOG_INFO
	       : letter == 'W' ? LOG_WARN
	       : letter == 'E' ? LOG_ERROR
			       : LOG_FATAL;
}

/* Past the blanks and separators between time, level and message. */
static size_t message_start(const char *text, size_t len, size_t at)
{
	while (at < len && strchr(" \t-:|]>)", text[at]) != NULL && text[at] != '\0')
		at++;
	return at < len ? at : len;
}

/* Time, level and message of a line that is text. */
static void read_text(struct log_line *line, size_t at, const struct line_clock *clock)
{
	const char *text = line->text;
	size_t start = at, used;
	bool redis;
	enum log_level guess;

	at += syslog_priority(text + at, line->len - at, &line->level);
	at += short_lead(text + at, line->len - at);
	used = redis_prefix(text + at, line->len - at);
	redis = used > 0;
	at += used;
	used = line_stamp(text + at, line->len - at, clock, &line->time);
	line->time_is_ours = used == 0;
	if (used > 0 && text[at] >= 'A' && text[at] <= 'Z' && text[at + 1] >= '0' &&
	    text[at + 1] <= '9') {
		line->level = klog_level(text[at]);
		at += used;
		while (at < line->len && (text[at] == ' ' || (text[at] >= '0' && text[at] <= '9')))
			at++;
		line->message = at;
		return;
	}
	at += used;
	if (redis)
		at += redis_mark(text + at, line->len - at, &line->level);
	else if (starts_with(text + at, line->len - at, " stderr F ") ||
		 starts_with(text + at, line->len - at, " stdout F "))
		at += 10; /* CRI, the container runtimes' own file */
	if (line->level == LOG_UNKNOWN)
		at += line_level_find(text + at, line->len - at, &line->level);
	line->message = at > start ? message_start(text, line->len, at) : start;
	guess = line_level_guess(text + line->message, line->len - line->message);
	if (guess > line->level)
		line->level = guess;
	if (line->time_is_ours &&
	    line_access_stamp(text + start, line->len - start, clock, &line->time))
		line->time_is_ours = false;
}

void log_line_parse(struct log_line *line, struct wall_time now, int utc_offset_s)
{
	struct line_clock clock = {now, utc_offset_s};
	struct wall_time before = line->time;
	size_t prefix = collector_prefix(line->text, line->len);

	line->level = LOG_UNKNOWN;
	line->message = prefix;
	line->time_is_ours = true;
	if (!line_fields(line->text + prefix, line->len - prefix, &clock, line))
		read_text(line, prefix, &clock);
	if (line->time_is_ours)
		line->time = before;
}

/* --- joining ------------------------------------------------------------------------------ */

static bool opens_trace(const char *text, size_t len)
{
	return starts_with(text, len, "Traceback (most recent call last)") ||
	       starts_with(text, len, "Exception in thread ") ||
	       starts_with(text, len, "Stack trace:");
}

/* Lines of a traceback that start at the margin. */
static bool goes_on(const char *text, size_t len)
{
	static const char *const starts[] = {
		"Caused by: ",
		"During handling of the above exception",
		"The above exception was ",
		"Suppressed: ",
		"Traceback (most recent call last)",
		"... ",
		"stack traceback:",
	};

	for (size_t i = 0; i < BASE_LEN(starts); i++) {
		if (starts_with(text, len, starts[i]))
			return true;
	}
	return false;
}

/* `KeyError: 'x'`, `sqlalchemy.exc.OperationalError: …`: the last line of a traceback. */
static bool ends_trace(const char *text, size_t len)
{
	size_t end = 0;

	while (end < len && (is_name(text[end]) && text[end] != '-'))
		end++;
	return end > 0 &&
	       (end == len || (text[end] == ':' && (end + 1 == len || text[end + 1] == ' ')));
}

/* `java.lang.IllegalStateException: …` at the margin behind the complaint it belongs to. */
static bool names_exception(const char *text, size_t len)
{
	const char *dot = memchr(text, '.', len);
	const char *colon = memchr(text, ':', len);

	return dot != NULL && (colon == NULL || dot < colon) && ends_trace(text, len) &&
	       line_level_guess(text, len) >= LOG_ERROR;
}

static bool joins_go(const char *text, size_t len)
{
	return starts_with(text, len, "goroutine ") || starts_with(text, len, "created by ") ||
	       starts_with(text, len, "[signal ") || starts_with(text, len, "exit status ") ||
	       (len > 2 && text[len - 1] == ')' && memchr(text, '(', len) != NULL &&
		memchr(text, ' ', len) == NULL);
}

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] != ' ' && text[i] != '\t')
			return false;
	}
	return true;
}

static bool is_indented(const char *text, size_t len)
{
	return len > 1 && (text[0] == ' ' || text[0] == '\t');
}

static bool joins(const struct line_joint *joint, const char *text, size_t len)
{
	if (is_blank(text, len))
		return joint->trace || joint->go_trace;
	if (is_indented(text, len))
		return !joint->head_indented;
	if (joint->go_trace)
		return joins_go(text, len);
	/* A traceback behind a line that was no complaint is an event of its own. */
	if (goes_on(text, len) || names_exception(text, len))
		return joint->trace || joint->level >= LOG_WARN;
	if (joint->trace && joint->last_indented && ends_trace(text, len))
		return true;
	return joint->last_indented && len <= 3 && strchr("}])", text[0]) != NULL;
}

static void note_line(struct line_joint *joint, const char *text, size_t len)
{
	joint->last_indented = is_indented(text, len);
	joint->trace = joint->trace || opens_trace(text, len);
	joint->lines++;
}

void line_joint_begin(struct line_joint *joint, const struct log_line *head)
{
	size_t prefix = collector_prefix(head->text, head->len);
	const char *text = head->text + prefix;
	size_t len = head->len - prefix;
	const char *end = memchr(text, '\n', len);

	if (end != NULL)
		len = (size_t)(end - text);
	*joint = (struct line_joint){.level = head->level};
	joint->head_indented = is_indented(text, len);
	joint->go_trace = starts_with(text, len, "panic: ") ||
			  starts_with(text, len, "goroutine ") ||
			  starts_with(text, len, "fatal error: ");
	note_line(joint, text, len);
}

bool line_joint_add(struct line_joint *joint, const char *text, size_t len)
{
	size_t prefix = collector_prefix(text, len);

	if (joint->lines == 0 || joint->lines >= LIMIT_LOG_EVENT_LINES ||
	    !joins(joint, text + prefix, len - prefix))
		return false;
	note_line(joint, text + prefix, len - prefix);
	return true;
}

bool log_line_continues(const struct log_line *event, const char *text, size_t len)
{
	struct line_joint joint;
	const char *at = event->text, *end = event->text + event->len;

	line_joint_begin(&joint, event);
	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		const char *next;
		size_t line_len, prefix;

		at++;
		next = memchr(at, '\n', (size_t)(end - at));
		line_len = (size_t)((next != NULL ? next : end) - at);
		prefix = collector_prefix(at, line_len);

		note_line(&joint, at + prefix, line_len - prefix);
	}
	return line_joint_add(&joint, text, len);
}
