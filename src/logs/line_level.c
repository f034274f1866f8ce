/* Levels as programs write them: a word in capitals near the start, a word in brackets or before
 * a colon in any case, else what the form of the line gives away. A word in running text ("no
 * error occurred") is no level. */
#include "logs/line_parts.h"

#include <string.h>
#include <strings.h>

#define FIND_BYTES 120 /* a level stands near the start or nowhere */
#define FIND_WORDS 12

static const struct {
	const char *word;
	enum log_level level;
} words[] = {
	{"ERROR", LOG_ERROR},	  {"INFO", LOG_INFO},	   {"WARNING", LOG_WARN},
	{"WARN", LOG_WARN},	  {"DEBUG", LOG_DEBUG},	   {"TRACE", LOG_TRACE},
	{"FATAL", LOG_FATAL},	  {"CRITICAL", LOG_FATAL}, {"CRIT", LOG_FATAL},
	{"ERR", LOG_ERROR},	  {"NOTICE", LOG_INFO},	   {"PANIC", LOG_FATAL},
	{"ALERT", LOG_FATAL},	  {"EMERG", LOG_FATAL},	   {"EMERGENCY", LOG_FATAL},
	{"SEVERE", LOG_ERROR},	  {"LOG", LOG_INFO},	   {"INFORMATION", LOG_INFO},
	{"VERBOSE", LOG_DEBUG},	  {"FINE", LOG_DEBUG},	   {"FINER", LOG_TRACE},
	{"FINEST", LOG_TRACE},	  {"DBG", LOG_DEBUG},	   {"INF", LOG_INFO},
	{"WRN", LOG_WARN},	  {"FTL", LOG_FATAL},	   {"SUCCESS", LOG_INFO},
	{"EXCEPTION", LOG_ERROR},
};

enum log_level line_level_word(const char *text, size_t len)
{
	for (size_t i = 0; i < BASE_LEN(words); i++) {
		if (strlen(words[i].word) == len && strncasecmp(words[i].word, text, len) == 0)
			return words[i].level;
	}
	return LOG_UNKNOWN;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

static bool all_capitals(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] < 'A' || text[i] > 'Z')
			return false;
	}
	return true;
}

/* In small letters it counts first in the line, in brackets, before a colon or a bar. */
static bool stands_as_level(const char *text, size_t len, size_t start, size_t end)
{
	char before = start > 0 ? text[start - 1] : ' ';
	char after = end < len ? text[end] : ' ';

	if (all_capitals(text + start, end - start))
		return before != '/' && before != '.' && before != '-' && before != '=' &&
		       before != '"' && after != '/' && after != '=' && after != '"' &&
		       (after != '.' || end + 1 == len) && after != '-';
	if (before == '[' || before == '<' || before == '(')
		return after == ']' || after == '>' || after == ')';
	/* `core:error]` of Apache. */
	if (before == ':' && after == ']')
		return true;
	return after == ':' && start < 40 && (start == 0 || before == ' ');
}

size_t line_level_find(const char *text, size_t len, enum log_level *level)
{
	size_t limit = len < FIND_BYTES ? len : FIND_BYTES;
	size_t at = 0;

	for (int count = 0; at < limit && count < FIND_WORDS; count++) {
		size_t end;

		while (at < limit && !is_word(text[at]))
			at++;
		for (end = at; end < len && is_word(text[end]); end++)
			continue;
		if (end > at && end - at <= 11) {
			enum log_level found = line_level_word(text + at, end - at);

			/* A lone `log:` or `alert:` in small letters is somebody's prefix. */
			if (found != LOG_UNKNOWN && stands_as_level(text, len, at, end)) {
				*level = found;
				return end;
			}
		}
		at = end;
	}
	return 0;
}

static bool starts_with(const char *text, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len >= n && memcmp(text, prefix, n) == 0;
}

/* `"GET / HTTP/1.1" 502 …`: the status of an access line, 0 where it is none. */
static int access_status(const char *text, size_t len)
{
	const char *http = memmem(text, len, " HTTP/", 6);
	const char *end = text + len;
	int status = 0;

	if (http == NULL)
		return 0;
	for (http += 6; http < end && *http != '"' && *http != ' '; http++)
		continue;
	if (end - http < 5 || http[0] != '"' || http[1] != ' ')
		return 0;
	for (int i = 2; i < 5; i++) {
		if (http[i] < '0' || http[i] > '9')
			return 0;
		status = status * 10 + (http[i] - '0');
	}
	return status;
}

/* `KeyError: 'x'`, `java.lang.NullPointerException`, `redis.exceptions.ConnectionError: …` */
static bool is_exception(const char *text, size_t len)
{
	static const char *const endings[] = {"Error", "Exception"};
	size_t end = 0;

	while (end < len && (is_word(text[end]) || text[end] == '.' || text[end] == '$'))
		end++;
	if (end < len && text[end] != ':')
		return false;
	for (size_t i = 0; i < BASE_LEN(endings); i++) {
		size_t n = strlen(endings[i]);

		if (end >= n && memcmp(text + end - n, endings[i], n) == 0)
			return true;
	}
	return false;
}

enum log_level line_level_guess(const char *text, size_t len)
{
	static const char *const fatal[] = {"panic: ", "fatal error: ", "Segmentation fault"};
	static const char *const error[] = {"Traceback (most recent call last)",
					    "Exception in thread ", "Unhandled ", "Uncaught ",
					    "thread '"};
	int status = access_status(text, len);

	if (status >= 500)
		return LOG_ERROR;
	if (status >= 400)
		return LOG_WARN;
	for (size_t i = 0; i < BASE_LEN(fatal); i++) {
		if (starts_with(text, len, fatal[i]))
			return LOG_FATAL;
	}
	for (size_t i = 0; i < BASE_LEN(error); i++) {
		if (starts_with(text, len, error[i]))
			return LOG_ERROR;
	}
	return is_exception(text, len) ? LOG_ERROR : LOG_UNKNOWN;
}
