/* Whether a failure that a line tells of was over soon after: "redis: ECONNREFUSED, retrying",
 * "redis: connected". Pure. Invariant: only a line that is no alarm itself, says a word of success
 * and shares a name or an address with the first settles it. */
#include "logs/line.h"

#include "base/base.h"

#include <string.h>
#include <strings.h>

#define LINES_AFTER 20
#define WORDS_MAX 64
#define WORD_LEAST 3
#define NUMBER_LEAST 4 /* digits of a number that names something: a port */

struct name {
	const char *text;
	size_t len;
};

static bool is_one_of(struct name word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(list[i]) == word.len && strncasecmp(list[i], word.text, word.len) == 0)
			return true;
	}
	return false;
}

static bool is_success(struct name word)
{
	static const char *const words[] = {"connected",    "reconnected", "succeeded", "success",
					    "successfully", "successful",  "recovered", "restored",
					    "resumed",	    "established", "reachable", "ok"};

	return is_one_of(word, words, BASE_LEN(words));
}

static bool is_failure(struct name word)
{
	static const char *const words[] = {"not",     "no",	 "cannot",  "failed",
					    "failure", "error",	 "without", "refused",
					    "timeout", "unable", "waiting", "until"};

	return is_one_of(word, words, BASE_LEN(words));
}

/* Words of the trade name nobody. */
static bool is_common(struct name word)
{
	static const char *const words[] = {
		"connect", "connecting", "connection", "connections", "retry",	"retrying",
		"retries", "attempt",	 "request",    "requests",    "server", "client",
		"service", "host",	 "port",       "address",     "tcp",	"http",
		"https",   "the",	 "and",	       "for",	      "with",	"from",
		"after",   "this",	 "that",       "was",	      "has",	"new",
		"info",	   "warn",	 "warning",    "error",	      "debug",	"level",
		"msg",	   "message",	 "time",       "status",      "data",	"exec",
		"main",	   "app",	 "log",	       "database",    "user",	"session"};

	return is_one_of(word, words, BASE_LEN(words));
}

static bool names_something(struct name word)
{
	size_t digits = 0;

	for (size_t i = 0; i < word.len; i++)
		digits += word.text[i] >= '0' && word.text[i] <= '9';
	if (digits == word.len)
		return digits >= NUMBER_LEAST;
	return word.len >= WORD_LEAST && !is_success(word) && !is_failure(word) && !is_common(word);
}

static bool is_part(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.';
}

/* The next word of a line; false behind the last. A full stop at its end is none of it. */
static bool next_word(const char *text, size_t len, size_t *at, struct name *word)
{
	size_t end;

	while (*at < len && !is_part(text[*at]))
		++*at;
	if (*at >= len)
		return false;
	for (end = *at; end < len && is_part(text[end]); end++)
		continue;
	*word = (struct name){text + *at, end - *at};
	*at = end;
	while (word->len > 0 && word->text[word->len - 1] == '.')
		word->len--;
	return true;
}

static bool settles(const struct name *names, size_t count, const struct log_line *later)
{
	bool success = false, shared = false;
	size_t at = later->message;
	struct name word;

	if (later->level > LOG_INFO)
		return false;
	while (next_word(later->text, later->len, &at, &word)) {
		if (is_failure(word))
			return false;
		success = success || is_success(word);
		for (size_t i = 0; i < count && !shared; i++)
			shared = names[i].len == word.len &&
				 strncasecmp(names[i].text, word.text, word.len) == 0;
	}
	return success && shared;
}

bool log_line_settled(const struct log_line *line, const char *after, size_t len)
{
	struct name names[WORDS_MAX], word;
	size_t count = 0, at = line->message;

	while (count < WORDS_MAX && next_word(line->text, line->len, &at, &word)) {
		if (names_something(word))
			names[count++] = word;
	}
	for (int i = 0; i < LINES_AFTER && len > 0; i++) {
		const char *end = memchr(after, '\n', len);
		struct log_line later = {.text = after,
					 .len = end != NULL ? (size_t)(end - after) : len};

		log_line_parse(&later, line->time, 0);
		if (settles(names, count, &later))
			return true;
		len -= later.len + (end != NULL);
		after += later.len + (end != NULL);
	}
	return false;
}
