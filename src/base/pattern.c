/* One regular expression. Invariants: a pattern is never written to once it is made, so threads
 * share it; no subject, however hostile, costs more than LIMIT_PATTERN_MATCH steps or reads past
 * its length. See pattern.h. */
#include "base/pattern.h"

#include "base/limits.h"
#include "base/xalloc.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

struct pattern {
	char *text;
	pcre2_code *code;
	pcre2_match_context *limits;
	unsigned flags;
	size_t subject_max;
};

/* Without machine code PCRE2 counts every step, with it only some. */
#define PLAIN_STEPS 5

static struct pattern *compile_failed(struct pattern *pattern, int number, size_t offset,
				      struct strbuf *err)
{
	unsigned char message[120];

	if (pcre2_get_error_message(number, message, sizeof(message)) < 0)
		(void)snprintf((char *)message, sizeof(message), "error %d", number);
	if (err != NULL)
		strbuf_addf(err, "pattern '%.80s': %s at offset %zu", pattern->text,
			    (const char *)message, offset);
	pattern_free(pattern);
	return NULL;
}

struct pattern *pattern_new(const char *regex, unsigned flags, struct strbuf *err)
{
	struct pattern *pattern = xcalloc(1, sizeof(*pattern));
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	size_t offset = 0;
	int number = 0;

	pattern->text = xstrdup(regex);
	pattern->flags = flags;
	pattern->subject_max = (flags & PATTERN_BODY) != 0 ? LIMIT_BODY : LIMIT_PATTERN_SUBJECT;
	if ((flags & PATTERN_CASELESS) != 0)
		options |= PCRE2_CASELESS;
	options |= (flags & PATTERN_LITERAL) != 0 ? PCRE2_LITERAL : PCRE2_NEVER_BACKSLASH_C;
	pattern->code =
		pcre2_compile((PCRE2_SPTR)regex, strlen(regex), options, &number, &offset, NULL);
	if (pattern->code == NULL)
		return compile_failed(pattern, number, offset, err);
	/* Where the kernel forbids writable code, matching goes on without the compiler. */
	if ((flags & PATTERN_PLAIN) == 0)
		(void)pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
	pattern->limits = pcre2_match_context_create(NULL);
	if (pattern->limits == NULL)
		BUG("out of memory");
	(void)pcre2_set_match_limit(pattern->limits, (flags & PATTERN_PLAIN) != 0
							     ? PLAIN_STEPS * LIMIT_PATTERN_MATCH
							     : LIMIT_PATTERN_MATCH);
	return pattern;
}

struct pattern *pattern_fast_copy(const struct pattern *pattern)
{
	return pattern_new(pattern->text, pattern->flags & ~(unsigned)PATTERN_PLAIN, NULL);
}

void pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	pcre2_match_context_free(pattern->limits);
	pcre2_code_free(pattern->code);
	free(pattern->text);
	free(pattern);
}

/* `struct pattern_room` is never defined; it stands for PCRE2's match data. */
struct pattern_room *pattern_room_new(void)
{
	pcre2_match_data *data = pcre2_match_data_create(PATTERN_GROUPS, NULL);

	if (data == NULL)
		BUG("out of memory");
	return (struct pattern_room *)(void *)data;
}

void pattern_room_free(struct pattern_room *room)
{
	pcre2_match_data_free((pcre2_match_data *)(void *)room);
}

static void fill(struct pattern_match *match, pcre2_match_data *data, int groups)
{
	const size_t *offsets = pcre2_get_ovector_pointer(data);

	/* 0 says that there are more groups than room. */
	match->groups = groups != 0 ? (size_t)groups : PATTERN_GROUPS;
	for (size_t i = 0; i < PATTERN_GROUPS; i++) {
		bool taken = i < match->groups && offsets[2 * i] != PCRE2_UNSET;

		match->group[i].start = taken ? offsets[2 * i] : SIZE_MAX;
		match->group[i].end = taken ? offsets[2 * i + 1] : SIZE_MAX;
	}
}

int pattern_find_in(const struct pattern *pattern, struct pattern_room *room, const char *subject,
		    size_t len, size_t from, struct pattern_match *match)
{
	pcre2_match_data *data = (pcre2_match_data *)(void *)room;
	int found;

	if (len > pattern->subject_max)
		len = pattern->subject_max;
	if (from > len)
		return 0;
	found = pcre2_match(pattern->code, (PCRE2_SPTR)subject, len, from, 0, data, pattern->limits);
	/* The compiled code has 32 KB of stack; the interpreter has the heap and the same limit. */
	if (found == PCRE2_ERROR_JIT_STACKLIMIT)
		found = pcre2_match(pattern->code, (PCRE2_SPTR)subject, len, from, PCRE2_NO_JIT, data,
				    pattern->limits);
	if (found == PCRE2_ERROR_NOMATCH)
		return 0;
	if (found < 0)
		return -1;
	if (match != NULL)
		fill(match, data, found);
	return 1;
}

int pattern_find(const struct pattern *pattern, const char *subject, size_t len, size_t from,
		 struct pattern_match *match)
{
	struct pattern_room *room = pattern_room_new();
	int found = pattern_find_in(pattern, room, subject, len, from, match);

	pattern_room_free(room);
	return found;
}

const char *pattern_text(const struct pattern *pattern)
{
	return pattern->text;
}

int pattern_group(const struct pattern *pattern, const char *name)
{
	int number = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR)name);

	return number > 0 ? number : -1;
}

size_t pattern_group_count(const struct pattern *pattern)
{
	uint32_t count = 0;

	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &count);
	return (size_t)count + 1;
}

const char *pattern_group_name(const struct pattern *pattern, size_t group)
{
	uint32_t count = 0, size = 0;
	PCRE2_SPTR table = NULL;

	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMECOUNT, &count);
	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMETABLE, &table);
	/* An entry is the number in two bytes, then the name (pcre2api(3)). */
	for (uint32_t i = 0; i < count; i++, table += size) {
		if (((size_t)table[0] << 8 | table[1]) == group)
			return (const char *)table + 2;
	}
	return NULL;
}
