/* Lines of memcached, and the few stats that say how it is. See memcached_wire.h. */
#include "probe/memcached_wire.h"

#define LINE_MOST 4096u

static bool begins(const char *text, size_t len, const char *word)
{
	size_t word_len = strlen(word);

	return len >= word_len && memcmp(text, word, word_len) == 0 &&
	       (len == word_len || text[word_len] == ' ');
}

static enum memcached_type type_of(const char *text, size_t len)
{
	if (begins(text, len, "STAT"))
		return MEMCACHED_STAT;
	if (begins(text, len, "VERSION"))
		return MEMCACHED_VERSION;
	if (begins(text, len, "END"))
		return MEMCACHED_END;
	if (begins(text, len, "ERROR") || begins(text, len, "CLIENT_ERROR") ||
	    begins(text, len, "SERVER_ERROR"))
		return MEMCACHED_ERROR;
	return MEMCACHED_GARBAGE;
}

static void find_value(struct memcached_line *line)
{
	const char *end = line->text + line->len;
	const char *at = line->text;

	for (int words = line->type == MEMCACHED_STAT ? 2 : 1; words > 0 && at != NULL; words--) {
		at = memchr(at, ' ', (size_t)(end - at));
		at = at != NULL ? at + 1 : NULL;
	}
	line->value = at != NULL ? at : end;
	line->value_len = (size_t)(end - line->value);
}

size_t memcached_read(const char *bytes, size_t len, struct memcached_line *line)
{
	const char *newline = len != 0 ? memchr(bytes, '\n', len < LINE_MOST ? len : LINE_MOST) : NULL;

	*line = (struct memcached_line){.type = MEMCACHED_PARTIAL};
	if (newline == NULL) {
		if (len >= LINE_MOST || (len != 0 && (bytes[0] < 'A' || bytes[0] > 'Z')))
			line->type = MEMCACHED_GARBAGE;
		return 0;
	}
	line->text = bytes;
	line->len = (size_t)(newline - bytes);
	if (line->len > 0 && bytes[line->len - 1] == '\r')
		line->len--;
	line->type = type_of(line->text, line->len);
	find_value(line);
	return line->type == MEMCACHED_GARBAGE ? 0 : (size_t)(newline - bytes) + 1;
}

/* --- stats -------------------------------------------------------------------------------- */

void memcached_stats_init(struct memcached_stats *stats)
{
	*stats = (struct memcached_stats){-1, -1, -1, -1, -1, -1};
}

static int64_t *stat_named(struct memcached_stats *stats, const char *name, size_t len)
{
	const struct {
		const char *name;
		int64_t *at;
	} known[] = {
		{"curr_connections", &stats->connections},
		{"max_connections", &stats->connections_most},
		{"bytes", &stats->bytes},
		{"limit_maxbytes", &stats->bytes_most},
		{"evictions", &stats->evictions},
		{"accepting_conns", &stats->accepting},
	};

	for (size_t i = 0; i < BASE_LEN(known); i++)
		if (strlen(known[i].name) == len && memcmp(known[i].name, name, len) == 0)
			return known[i].at;
	return NULL;
}

bool memcached_stat(const struct memcached_line *line, struct memcached_stats *stats)
{
	const char *name = line->text + strlen("STAT ");
	int64_t number = 0;
	int64_t *at;

	if (line->type != MEMCACHED_STAT || line->value <= name)
		return false;
	at = stat_named(stats, name, (size_t)(line->value - name) - 1);
	if (at == NULL || line->value_len == 0 || line->value_len > 18)
		return false;
	for (size_t i = 0; i < line->value_len; i++) {
		if (line->value[i] < '0' || line->value[i] > '9')
			return false;
		number = number * 10 + (line->value[i] - '0');
	}
	*at = number;
	return true;
}
