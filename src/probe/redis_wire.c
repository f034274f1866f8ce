/* Replies and INFO of Redis: one pass over foreign bytes, every length checked against what is there.
 * See redis_wire.h. */
#include "probe/redis_wire.h"

#include "base/units.h"

#include <stddef.h>

#define BULK_MOST (512L << 20) /* proto-max-bulk-len */
#define ITEMS_MOST 1048576L
#define LINE_MOST 65536u

/* --- replies ------------------------------------------------------------------------------ */

/* A whole number up to the end of the text; false where it is none or out of `most`. */
static bool read_number(const char *text, size_t len, int64_t most, int64_t *number)
{
	bool negative = len != 0 && text[0] == '-';
	int64_t value = 0;
	size_t i = negative ? 1 : 0;

	if (i == len)
		return false;
	for (; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || value > most / 10)
			return false;
		value = value * 10 + (text[i] - '0');
	}
	*number = negative ? -value : value;
	return value <= most;
}

/* What stands between the type and CR LF; returns the bytes with both, 0 where there is no such line
 * (yet). */
static size_t read_line(const char *bytes, size_t len, struct redis_reply *reply)
{
	const char *end = memchr(bytes, '\n', len < LINE_MOST ? len : LINE_MOST);

	if (end == NULL) {
		reply->type = len < LINE_MOST ? REDIS_PARTIAL : REDIS_GARBAGE;
		return 0;
	}
	if (end < bytes + 2 || end[-1] != '\r') {
		reply->type = REDIS_GARBAGE;
		return 0;
	}
	reply->text = bytes + 1;
	reply->len = (size_t)(end - bytes) - 2;
	return (size_t)(end - bytes) + 1;
}

/* The text behind a length, and its CR LF; `used` is what type and length took. */
static size_t read_bulk(const char *bytes, size_t len, size_t used, enum redis_type type,
			struct redis_reply *reply)
{
	int64_t size;

	if (!read_number(reply->text, reply->len, BULK_MOST, &size) || size < -1) {
		reply->type = REDIS_GARBAGE;
		return 0;
	}
	if (size == -1) {
		reply->type = REDIS_NULL;
		return used;
	}
	if (len - used < (size_t)size + 2) {
		reply->type = REDIS_PARTIAL;
		return 0;
	}
	if (memcmp(bytes + used + size, "\r\n", 2) != 0) {
		reply->type = REDIS_GARBAGE;
		return 0;
	}
	reply->type = type;
	reply->text = bytes + used;
	reply->len = (size_t)size;
	return used + (size_t)size + 2;
}

/* One element; a list or map is its head alone, and `items` says how many elements follow. */
static size_t read_one(const char *bytes, size_t len, struct redis_reply *reply, int64_t *items)
{
	size_t used;
	int64_t count;

	*items = 0;
	*reply = (struct redis_reply){.type = REDIS_PARTIAL};
	if (len == 0)
		return 0;
	if (bytes[0] == '\0' || strchr("+-:$*_#,(!=~%>|", bytes[0]) == NULL) {
		reply->type = REDIS_GARBAGE;
		return 0;
	}
	used = read_line(bytes, len, reply);
	if (used == 0)
		return 0;
	switch (bytes[0]) {
	case '+':
		reply->type = REDIS_STATUS;
		return used;
	case '-':
		reply->type = REDIS_ERROR;
		return used;
	case '$':
	case '=':
		return read_bulk(bytes, len, used, REDIS_BULK, reply);
	case '!':
		return read_bulk(bytes, len, used, REDIS_ERROR, reply);
	case '_':
		reply->type = REDIS_NULL;
		return used;
	case '*':
	case '~':
	case '%':
	case '>':
	case '|':
		if (!read_number(reply->text, reply->len, ITEMS_MOST, &count) || count < -1) {
			reply->type = REDIS_GARBAGE;
			return 0;
		}
		reply->type = count == -1 ? REDIS_NULL : REDIS_OTHER;
		if (count > 0)
			*items = bytes[0] == '%' || bytes[0] == '|' ? 2 * count : count;
		/* Attributes stand before the reply that they are about. */
		if (bytes[0] == '|')
			++*items;
		return used;
	default: /* a number or a boolean */
		reply->type = REDIS_OTHER;
		return used;
	}
}

size_t redis_read(const char *bytes, size_t len, struct redis_reply *reply)
{
	int64_t items, pending;
	struct redis_reply item;
	size_t used = read_one(bytes, len, reply, &items);

	pending = used != 0 ? items : 0;
	while (pending > 0) {
		size_t more = read_one(bytes + used, len - used, &item, &items);

		if (more == 0) {
			*reply = (struct redis_reply){.type = item.type};
			return 0;
		}
		used += more;
		pending += items - 1;
		if (pending > ITEMS_MOST) {
			*reply = (struct redis_reply){.type = REDIS_GARBAGE};
			return 0;
		}
	}
	return used;
}

bool redis_error_is(const struct redis_reply *reply, const char *word)
{
	size_t len = strlen(word);

	return reply->type == REDIS_ERROR && reply->len >= len &&
	       memcmp(reply->text, word, len) == 0 &&
	       (reply->len == len || reply->text[len] == ' ');
}

bool redis_error_says(const struct redis_reply *reply, const char *part)
{
	return reply->type == REDIS_ERROR &&
	       memmem(reply->text, reply->len, part, strlen(part)) != NULL;
}

void redis_command(struct strbuf *out, const char *const *words, size_t count)
{
	strbuf_addf(out, "*%zu\r\n", count);
	for (size_t i = 0; i < count; i++)
		strbuf_addf(out, "$%zu\r\n%s\r\n", strlen(words[i]), words[i]);
}

/* --- INFO --------------------------------------------------------------------------------- */

enum field_kind { FIELD_TEXT, FIELD_NUMBER, FIELD_PERCENT };
static const struct field {
	const char *name;
	enum field_kind kind;
	size_t at; /* in struct redis_info */
} fields[] = {
	{"connected_clients", FIELD_NUMBER, offsetof(struct redis_info, clients)},
	{"connected_slaves", FIELD_NUMBER, offsetof(struct redis_info, replicas)},
	{"evicted_keys", FIELD_NUMBER, offsetof(struct redis_info, evicted)},
	{"loading", FIELD_NUMBER, offsetof(struct redis_info, loading)},
	{"loading_eta_seconds", FIELD_NUMBER, offsetof(struct redis_info, loading_left_s)},
	{"loading_loaded_perc", FIELD_PERCENT, offsetof(struct redis_info, loading_percent)},
	{"master_host", FIELD_TEXT, offsetof(struct redis_info, master_host)},
	{"master_link_down_since_seconds", FIELD_NUMBER, offsetof(struct redis_info, link_down_s)},
	{"master_link_status", FIELD_TEXT, offsetof(struct redis_info, link)},
	{"master_port", FIELD_NUMBER, offsetof(struct redis_info, master_port)},
	{"master_sync_in_progress", FIELD_NUMBER, offsetof(struct redis_info, syncing)},
	{"maxclients", FIELD_NUMBER, offsetof(struct redis_info, clients_most)},
	{"maxmemory", FIELD_NUMBER, offsetof(struct redis_info, memory_most)},
	{"maxmemory_policy", FIELD_TEXT, offsetof(struct redis_info, policy)},
	{"redis_version", FIELD_TEXT, offsetof(struct redis_info, version)},
	{"role", FIELD_TEXT, offsetof(struct redis_info, role)},
	{"used_memory", FIELD_NUMBER, offsetof(struct redis_info, memory)},
	/* Valkey says a version of Redis for old clients, and its own behind it. */
	{"valkey_version", FIELD_TEXT, offsetof(struct redis_info, version)},
};

static const struct field *field_of(const char *line, size_t name_len)
{
	for (size_t i = 0; i < BASE_LEN(fields); i++)
		if (fields[i].name[0] == line[0] && strlen(fields[i].name) == name_len &&
		    memcmp(fields[i].name, line, name_len) == 0)
			return &fields[i];
	return NULL;
}

static void set_field(struct redis_info *info, const struct field *field, const char *text,
		      size_t len)
{
	void *at = (char *)info + field->at;
	int64_t number;

	switch (field->kind) {
	case FIELD_TEXT:
		*(struct redis_text *)at = (struct redis_text){text, len};
		break;
	case FIELD_NUMBER:
		if (read_number(text, len, INT64_MAX / 16, &number))
			*(int64_t *)at = number;
		break;
	case FIELD_PERCENT:
		(void)number_parse(text, len, at);
		break;
	}
}

void redis_info_read(const char *text, size_t len, struct redis_info *info,
		     void (*each)(void *context, const char *line, size_t len), void *context)
{
	const char *end = text + len;

	*info = (struct redis_info){.master_port = -1, .loading = -1, .loading_left_s = -1,
		.link_down_s = -1, .syncing = -1, .clients = -1, .clients_most = -1, .memory = -1,
		.memory_most = -1, .evicted = -1, .replicas = -1, .loading_percent = -1};
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline != NULL ? newline : end;
		const char *next = newline != NULL ? newline + 1 : end;
		const char *colon = memchr(text, ':', (size_t)(stop - text));
		const struct field *field =
			colon != NULL ? field_of(text, (size_t)(colon - text)) : NULL;

		if (stop > text && stop[-1] == '\r')
			stop--;
		if (field != NULL && stop > colon) {
			set_field(info, field, colon + 1, (size_t)(stop - colon) - 1);
			if (each != NULL)
				each(context, text, (size_t)(stop - text));
		}
		text = next;
	}
}
