/* Packets of MySQL. A cursor walks each body and remembers when it was asked for more than there is,
 * so that every reader checks once, at its end. See mysql_wire.h. */
#include "probe/mysql_wire.h"

#include "base/digest.h"
#include "base/units.h"

struct cursor {
	const unsigned char *at, *end;
	bool bad;
};

static struct cursor cursor_of(const struct mysql_packet *packet)
{
	const unsigned char *at = (const unsigned char *)packet->body;

	return (struct cursor){at, at + packet->len, false};
}

static const unsigned char *take(struct cursor *cursor, size_t len)
{
	const unsigned char *at = cursor->at;

	if (cursor->bad || (size_t)(cursor->end - at) < len) {
		cursor->bad = true;
		return NULL;
	}
	cursor->at += len;
	return at;
}

/* A little-endian number of `len` bytes, at most 8. */
static uint64_t take_number(struct cursor *cursor, size_t len)
{
	const unsigned char *at = take(cursor, len);
	uint64_t number = 0;

	for (size_t i = at != NULL ? len : 0; i > 0; i--)
		number = number << 8 | at[i - 1];
	return number;
}

/* A length in 1, 3, 4 or 9 bytes; `null` where it is SQL's NULL. */
static uint64_t take_length(struct cursor *cursor, bool *null)
{
	uint64_t first = take_number(cursor, 1);

	*null = first == 0xfb;
	if (first < 0xfb || *null)
		return *null ? 0 : first;
	if (first == 0xff)
		cursor->bad = true;
	return take_number(cursor, first == 0xfc ? 2 : first == 0xfd ? 3 : 8);
}

/* A text with its NUL; "" where there is none. */
static const char *take_text(struct cursor *cursor)
{
	const unsigned char *at = cursor->at;
	const unsigned char *stop =
		cursor->bad || at == cursor->end ? NULL : memchr(at, 0, (size_t)(cursor->end - at));

	if (stop == NULL) {
		cursor->bad = true;
		return "";
	}
	cursor->at = stop + 1;
	return (const char *)at;
}

static size_t left(const struct cursor *cursor)
{
	return cursor->bad ? 0 : (size_t)(cursor->end - cursor->at);
}

/* --- packets ------------------------------------------------------------------------------- */

enum mysql_read mysql_read(const char *bytes, size_t len, struct mysql_packet *packet)
{
	const unsigned char *at = (const unsigned char *)bytes;
	size_t size;

	if (len < 4)
		return MYSQL_MORE;
	size = (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16;
	if (size == 0 || size > MYSQL_PACKET_MOST)
		return MYSQL_GARBAGE;
	if (len - 4 < size)
		return MYSQL_MORE;
	*packet = (struct mysql_packet){.sequence = at[3], .body = bytes + 4, .len = size,
					.used = size + 4};
	return MYSQL_WHOLE;
}

unsigned mysql_kind(const struct mysql_packet *packet)
{
	return (unsigned char)packet->body[0];
}

bool mysql_read_error(const struct mysql_packet *packet, struct mysql_error *error)
{
	struct cursor cursor = cursor_of(packet);
	const unsigned char *state;

	*error = (struct mysql_error){0};
	if (take_number(&cursor, 1) != MYSQL_IS_ERROR)
		return false;
	error->code = (unsigned)take_number(&cursor, 2);
	if (left(&cursor) >= 6 && *cursor.at == '#') {
		state = take(&cursor, 6);
		memcpy(error->state, state + 1, 5);
	}
	error->message = (const char *)cursor.at;
	error->message_len = left(&cursor);
	return !cursor.bad && error->code != 0;
}

/* --- the greeting -------------------------------------------------------------------------- */

/* MariaDB says "5.5.5-10.11.6-MariaDB-…" so that old replicas believe it; MySQL 8 "8.0.36-0ubuntu…". */
static void read_version(struct mysql_greeting *greeting, const char *text)
{
	greeting->product = strstr(text, "MariaDB") != NULL ? "MariaDB"
			    : strstr(text, "TiDB") != NULL  ? "TiDB"
							    : "MySQL";
	if (strncmp(text, "5.5.5-", 6) == 0 && text[6] >= '0' && text[6] <= '9')
		text += 6;
	greeting->version = text;
	greeting->version_len = strcspn(text, "- ");
}

bool mysql_read_greeting(const struct mysql_packet *packet, struct mysql_greeting *greeting)
{
	struct cursor cursor = cursor_of(packet);
	const unsigned char *first, *second;
	size_t salt_len, rest;

	*greeting = (struct mysql_greeting){.product = "MySQL", .version = "", .plugin = ""};
	greeting->protocol = (unsigned)take_number(&cursor, 1);
	if (greeting->protocol == 9)
		return true;
	if (greeting->protocol != 10)
		return false;
	read_version(greeting, take_text(&cursor));
	take(&cursor, 4); /* the connection's number */
	first = take(&cursor, 8);
	take(&cursor, 1);
	greeting->capabilities = (uint32_t)take_number(&cursor, 2);
	take(&cursor, 3); /* character set, status */
	greeting->capabilities |= (uint32_t)take_number(&cursor, 2) << 16;
	salt_len = (size_t)take_number(&cursor, 1);
	take(&cursor, 10);
	rest = salt_len > 8 + 13 ? salt_len - 8 : 13;
	second = take(&cursor, rest);
	if (cursor.bad || (greeting->capabilities & MYSQL_PROTOCOL_41) == 0)
		return false;
	memcpy(greeting->salt, first, 8);
	memcpy(greeting->salt + 8, second, MYSQL_SALT - 8);
	/* Some old servers forget the NUL behind the plugin's name; then it has none for us. */
	if ((greeting->capabilities & MYSQL_PLUGIN_AUTH) != 0 && left(&cursor) != 0)
		greeting->plugin = take_text(&cursor);
	return true;
}

bool mysql_read_switch(const struct mysql_packet *packet, struct mysql_switch *out)
{
	struct cursor cursor = cursor_of(packet);
	const unsigned char *salt;

	*out = (struct mysql_switch){.plugin = "mysql_old_password"};
	if (take_number(&cursor, 1) != MYSQL_IS_EOF)
		return false;
	if (left(&cursor) == 0)
		return true;
	out->plugin = take_text(&cursor);
	out->salt_len = left(&cursor);
	salt = take(&cursor, out->salt_len);
	if (cursor.bad)
		return false;
	if (out->salt_len != 0 && salt[out->salt_len - 1] == '\0')
		out->salt_len--;
	memcpy(out->salt, salt, out->salt_len < MYSQL_SALT ? out->salt_len : MYSQL_SALT);
	return true;
}

/* --- rows ---------------------------------------------------------------------------------- */

bool mysql_read_row(const struct mysql_packet *packet, struct mysql_field *fields, size_t count)
{
	struct cursor cursor = cursor_of(packet);

	for (size_t i = 0; i < count; i++) {
		bool null;
		uint64_t len = take_length(&cursor, &null);

		fields[i] = (struct mysql_field){NULL, 0};
		if (cursor.bad || len > left(&cursor))
			return false;
		if (!null)
			fields[i] = (struct mysql_field){(const char *)take(&cursor, (size_t)len),
							 (size_t)len};
	}
	return !cursor.bad && left(&cursor) == 0;
}

size_t mysql_read_columns(const struct mysql_packet *packet)
{
	struct cursor cursor = cursor_of(packet);
	bool null;
	uint64_t columns = take_length(&cursor, &null);

	return cursor.bad || null || left(&cursor) != 0 || columns > 4096 ? 0 : (size_t)columns;
}

double mysql_read_number(const struct mysql_field *field)
{
	double number;

	if (field->text == NULL || !number_parse(field->text, field->len, &number) || number < 0 ||
	    number > 1e15)
		return -1;
	return number;
}

bool mysql_read_flag(const struct mysql_field *field, bool *flag)
{
	static const char *const no[] = {"0", "OFF", "FALSE", "NO"};

	*flag = field->text != NULL && field->len != 0;
	for (size_t i = 0; *flag && i < BASE_LEN(no); i++)
		*flag = field->len != strlen(no[i]) || strncasecmp(field->text, no[i], field->len) != 0;
	return field->text != NULL && field->len != 0;
}

/* --- what is sent -------------------------------------------------------------------------- */

static void put_number(struct strbuf *out, uint64_t number, size_t len)
{
	for (size_t i = 0; i < len; i++)
		strbuf_addc(out, (char)(number >> (8 * i)));
}

void mysql_put(struct strbuf *out, unsigned sequence, const void *body, size_t len)
{
	put_number(out, len, 3);
	put_number(out, sequence & 0xff, 1);
	strbuf_add(out, body, len);
}

static void put_head(struct strbuf *body, uint32_t capabilities)
{
	static const char reserved[23] = {0};

	put_number(body, capabilities, 4);
	put_number(body, 1 << 24, 4); /* the largest packet */
	put_number(body, 45, 1);      /* utf8mb4_general_ci, which all of them have */
	strbuf_add(body, reserved, sizeof(reserved));
}

void mysql_put_ssl_request(struct strbuf *out, unsigned sequence, uint32_t capabilities)
{
	struct strbuf body;

	strbuf_init(&body, 64);
	put_head(&body, capabilities | MYSQL_SSL);
	mysql_put(out, sequence, body.data, body.len);
	strbuf_release(&body);
}

void mysql_put_response(struct strbuf *out, unsigned sequence, uint32_t capabilities, const char *user,
			const struct strbuf *proof, const char *plugin)
{
	static const char attributes[] = "\x0cprogram_name\x06sitrep";
	struct strbuf body;

	strbuf_init(&body, 4096);
	put_head(&body, capabilities);
	strbuf_add(&body, user, strlen(user) + 1);
	put_number(&body, proof->len, 1);
	strbuf_add(&body, proof->data, proof->len);
	if ((capabilities & MYSQL_PLUGIN_AUTH) != 0)
		strbuf_add(&body, plugin, strlen(plugin) + 1);
	if ((capabilities & MYSQL_CONNECT_ATTRIBUTES) != 0) {
		put_number(&body, sizeof(attributes) - 1, 1);
		strbuf_add(&body, attributes, sizeof(attributes) - 1);
	}
	mysql_put(out, sequence, body.data, body.len);
	strbuf_release(&body);
}

void mysql_prove_native(struct strbuf *out, const char *password, const char salt[MYSQL_SALT])
{
	unsigned char once[20], twice[20], all[MYSQL_SALT + 20], mask[20];

	if (password[0] == '\0')
		return;
	digest_sha1(password, strlen(password), once);
	digest_sha1(once, sizeof(once), twice);
	memcpy(all, salt, MYSQL_SALT);
	memcpy(all + MYSQL_SALT, twice, sizeof(twice));
	digest_sha1(all, sizeof(all), mask);
	for (size_t i = 0; i < sizeof(once); i++)
		strbuf_addc(out, (char)(once[i] ^ mask[i]));
}

void mysql_prove_sha2(struct strbuf *out, const char *password, const char salt[MYSQL_SALT])
{
	unsigned char once[32], twice[32], all[32 + MYSQL_SALT], mask[32];

	if (password[0] == '\0')
		return;
	digest_sha256(password, strlen(password), once);
	digest_sha256(once, sizeof(once), twice);
	memcpy(all, twice, sizeof(twice));
	memcpy(all + 32, salt, MYSQL_SALT);
	digest_sha256(all, sizeof(all), mask);
	for (size_t i = 0; i < sizeof(once); i++)
		strbuf_addc(out, (char)(once[i] ^ mask[i]));
}
