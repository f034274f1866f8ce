/* Lines that are data: one JSON object (RFC 8259, its top level only) or logfmt (key=value pairs).
 * Read in place, without a tree: a line costs no memory and one pass. */
#include "logs/line_parts.h"

#include <string.h>
#include <strings.h>

#define FIELDS_MAX 64

struct piece {
	const char *at;
	size_t len;
	bool text; /* in quotes */
};
struct field {
	struct piece key, value;
};
struct scan {
	const char *at, *end;
};

static void skip_blanks(struct scan *scan)
{
	while (scan->at < scan->end && strchr(" \t", *scan->at) != NULL)
		scan->at++;
}

/* Behind the opening quote: up to the closing one, escapes as they are. */
static bool read_quoted(struct scan *scan, struct piece *piece)
{
	piece->at = scan->at;
	piece->text = true;
	while (scan->at < scan->end && *scan->at != '"') {
		if (*scan->at == '\\')
			scan->at++;
		if (scan->at < scan->end)
			scan->at++;
	}
	if (scan->at >= scan->end)
		return false;
	piece->len = (size_t)(scan->at++ - piece->at);
	return true;
}

/* A value that is no string: up to the comma or bracket that ends it. */
static bool read_bare(struct scan *scan, struct piece *piece)
{
	struct piece inner;
	int depth = 0;

	piece->at = scan->at;
	piece->text = false;
	for (; scan->at < scan->end; scan->at++) {
		char c = *scan->at;

		if (c == '{' || c == '[') {
			depth++;
		} else if ((c == '}' || c == ']' || c == ',') && depth == 0) {
			piece->len = (size_t)(scan->at - piece->at);
			return piece->len > 0;
		} else if (c == '}' || c == ']') {
			depth--;
		} else if (c == '"') {
			scan->at++;
			if (!read_quoted(scan, &inner))
				return false;
			scan->at--;
		}
	}
	return false;
}

static bool next_json(struct scan *scan, struct field *field)
{
	skip_blanks(scan);
	if (scan->at == scan->end || *scan->at++ != '"' || !read_quoted(scan, &field->key))
		return false;
	skip_blanks(scan);
	if (scan->at == scan->end || *scan->at++ != ':')
		return false;
	skip_blanks(scan);
	if (scan->at < scan->end && *scan->at == '"') {
		scan->at++;
		if (!read_quoted(scan, &field->value))
			return false;
	} else if (!read_bare(scan, &field->value)) {
		return false;
	}
	skip_blanks(scan);
	if (scan->at < scan->end && *scan->at == ',')
		scan->at++;
	return true;
}

/* key=value, key="quoted value"; words without '=' are passed over. */
static bool next_logfmt(struct scan *scan, struct field *field)
{
	while (scan->at < scan->end) {
		const char *start;

		skip_blanks(scan);
		start = scan->at;
		while (scan->at < scan->end && *scan->at != '=' && *scan->at != ' ' &&
		       *scan->at != '"')
			scan->at++;
		if (scan->at == scan->end)
			return false;
		if (*scan->at != '=' || scan->at == start) {
			scan->at++;
			continue;
		}
		field->key = (struct piece){start, (size_t)(scan->at - start), false};
		scan->at++;
		if (scan->at < scan->end && *scan->at == '"') {
			scan->at++;
			return read_quoted(scan, &field->value);
		}
		start = scan->at;
		while (scan->at < scan->end && *scan->at != ' ')
			scan->at++;
		field->value = (struct piece){start, (size_t)(scan->at - start), false};
		return true;
	}
	return false;
}

static bool is_one_of(const struct piece *key, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(names[i]) == key->len && strncasecmp(names[i], key->at, key->len) == 0)
			return true;
	}
	return false;
}

/* pino and bunyan count 10..60; below 10 it is a syslog severity (RFC 5424, 6.2.1). */
static enum log_level level_of_number(const struct piece *value)
{
	static const enum log_level syslog[8] = {LOG_FATAL, LOG_FATAL, LOG_FATAL, LOG_ERROR,
						 LOG_WARN,  LOG_INFO,  LOG_INFO,  LOG_DEBUG};
	static const enum log_level tens[7] = {LOG_UNKNOWN, LOG_TRACE, LOG_DEBUG, LOG_INFO,
					       LOG_WARN,    LOG_ERROR, LOG_FATAL};
	int number = 0;

	if (value->len == 0 || value->len > 2)
		return LOG_UNKNOWN;
	for (size_t i = 0; i < value->len; i++) {
		if (value->at[i] < '0' || value->at[i] > '9')
			return LOG_UNKNOWN;
		number = number * 10 + (value->at[i] - '0');
	}
	if (number < 8)
		return syslog[number];
	return number >= 10 && number < 70 ? tens[number / 10] : LOG_UNKNOWN;
}

struct found {
	bool time, level, message;
	struct piece text;
};

static void look(const struct field *field, const struct line_clock *clock, struct log_line *line,
		 struct found *found)
{
	static const char *const times[] = {"time",	"ts",	"@timestamp", "timestamp", "t",
					    "datetime", "date", "asctime",    "eventTime", "@t"};
	static const char *const levels[] = {"level",	  "lvl",       "severity", "loglevel",
					     "log.level", "levelname", "@l",	   "log_level"};
	static const char *const messages[] = {"msg", "message", "log", "event", "@m"};
	const struct piece *value = &field->value;

	if (!found->time && is_one_of(&field->key, times, BASE_LEN(times))) {
		found->time = line_stamp(value->at, value->len, clock, &line->time) != 0 ||
			      line_epoch(value->at, value->len, &line->time);
	} else if (!found->level && is_one_of(&field->key, levels, BASE_LEN(levels))) {
		line->level = line_level_word(value->at, value->len);
		if (line->level == LOG_UNKNOWN)
			line->level = level_of_number(value);
		found->level = line->level != LOG_UNKNOWN;
	} else if (!found->message && is_one_of(&field->key, messages, BASE_LEN(messages))) {
		found->message = true;
		found->text = *value;
	}
}

bool line_fields(const char *text, size_t len, const struct line_clock *clock,
		 struct log_line *line)
{
	struct scan scan = {text, text + len};
	struct found found = {false};
	struct field field;
	bool json = len > 1 && text[0] == '{';

	if (json)
		scan.at++;
	for (int i = 0; i < FIELDS_MAX; i++) {
		if (!(json ? next_json(&scan, &field) : next_logfmt(&scan, &field)))
			break;
		look(&field, clock, line, &found);
	}
	/* `a=b` in a sentence is no logfmt: it takes a level, and a time or a message. */
	if (json ? !found.time && !found.level && !found.message
		 : !found.level || (!found.time && !found.message))
		return false;
	line->time_is_ours = !found.time;
	if (!found.level && found.message &&
	    line_level_find(found.text.at, found.text.len, &line->level) == 0)
		line->level = line_level_guess(found.text.at, found.text.len);
	return true;
}
