/* Frames and messages of PostgreSQL. Every length is checked against the bytes that are there before
 * it is believed, and every text has its NUL inside of its frame. See postgres_wire.h. */
#include "probe/postgres_wire.h"

#include "base/digest.h"
#include "base/units.h"

#define OLD_ERROR_MOST 2048
#define SSL_REQUEST 80877103
#define VERSION_3_0 196608

/* A standby that has replayed all it received is not behind while it streams, however long ago the last
 * transaction was; one that receives nothing is behind by the age of what it replayed last.
 * read_only: a standby, or what this user's sessions begin with here; that can be seen because the session is
 * left as it begins, and the transaction alone is read-only. A session that may not see others' details sees
 * that they are there. */
const char postgres_query[] =
	"BEGIN READ ONLY; SELECT pg_catalog.pg_is_in_recovery(), "
	"pg_catalog.pg_is_in_recovery() OR pg_catalog.current_setting('default_transaction_read_only') = 'on', "
	"CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN NULL "
	"WHEN pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() "
	"AND EXISTS (SELECT 1 FROM pg_catalog.pg_stat_wal_receiver) THEN 0 "
	"ELSE EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - "
	"pg_catalog.pg_last_xact_replay_timestamp()) END, "
	"(SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity "
	"WHERE backend_type = 'client backend' "
	"OR (backend_type IS NULL AND datid IS NOT NULL AND usesysid IS NOT NULL)), "
	"pg_catalog.current_setting('max_connections'); COMMIT";
const char postgres_query_least[] =
	"ROLLBACK; BEGIN READ ONLY; SELECT pg_catalog.pg_is_in_recovery(), "
	"CASE WHEN pg_catalog.pg_is_in_recovery() THEN true END, NULL, NULL, NULL; COMMIT";

static uint32_t read_u32(const char *bytes)
{
	const unsigned char *at = (const unsigned char *)bytes;

	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_u32(struct strbuf *out, uint32_t number)
{
	char bytes[4] = {(char)(number >> 24), (char)(number >> 16), (char)(number >> 8), (char)number};

	strbuf_add(out, bytes, sizeof(bytes));
}

static enum postgres_read read_old_error(const char *bytes, size_t len,
					 struct postgres_message *message)
{
	const char *end = memchr(bytes, '\0', len < OLD_ERROR_MOST ? len : OLD_ERROR_MOST);

	if (end == NULL)
		return len < OLD_ERROR_MOST ? POSTGRES_MORE : POSTGRES_GARBAGE;
	*message = (struct postgres_message){.type = 'E', .old = true, .body = bytes + 1,
					     .len = (size_t)(end - bytes),
					     .used = (size_t)(end - bytes) + 1};
	return POSTGRES_WHOLE;
}

enum postgres_read postgres_read(const char *bytes, size_t len, struct postgres_message *message)
{
	static const char known[] = "RENSKTDCZIvA";
	uint32_t size;

	if (len == 0)
		return POSTGRES_MORE;
	if (bytes[0] == '\0' || strchr(known, bytes[0]) == NULL)
		return POSTGRES_GARBAGE;
	if (len < 5)
		return POSTGRES_MORE;
	size = read_u32(bytes + 1);
	if (bytes[0] == 'E' && (size < 8 || size > POSTGRES_FRAME_MOST))
		return read_old_error(bytes, len, message);
	if (size < 4 || size > POSTGRES_FRAME_MOST)
		return POSTGRES_GARBAGE;
	if (len < (size_t)size + 1)
		return POSTGRES_MORE;
	*message = (struct postgres_message){.type = bytes[0], .body = bytes + 5, .len = size - 4,
					     .used = (size_t)size + 1};
	return POSTGRES_WHOLE;
}

bool postgres_read_error(const struct postgres_message *message, struct postgres_error *error)
{
	const char *at = message->body, *end = message->body + message->len;

	*error = (struct postgres_error){"", "", "", "", ""};
	if (message->old) {
		error->message = message->body;
		return true;
	}
	while (at < end && *at != '\0') {
		const char *text = at + 1;
		const char *stop = memchr(text, '\0', (size_t)(end - text));

		if (stop == NULL)
			return false;
		switch (*at) {
		case 'S':
			if (error->severity[0] == '\0')
				error->severity = text;
			break;
		case 'V': /* the same, never translated */
			error->severity = text;
			break;
		case 'C':
			error->code = text;
			break;
		case 'M':
			error->message = text;
			break;
		case 'D':
			error->detail = text;
			break;
		case 'H':
			error->hint = text;
			break;
		default:
			break;
		}
		at = stop + 1;
	}
	return at + 1 == end && error->message[0] != '\0';
}

bool postgres_read_request(const struct postgres_message *message, struct postgres_request *request)
{
	const char *at, *end = message->body + message->len;

	if (message->len < 4)
		return false;
	*request = (struct postgres_request){.kind = (int32_t)read_u32(message->body),
					     .data = message->body + 4,
					     .len = message->len - 4};
	if (request->kind == POSTGRES_LOGIN_MD5)
		return request->len == 4;
	if (request->kind != POSTGRES_LOGIN_SASL)
		return true;
	/* Names, each with its NUL, and an empty one behind the last. */
	for (at = request->data; at < end && *at != '\0';) {
		const char *stop = memchr(at, '\0', (size_t)(end - at));

		if (stop == NULL)
			return false;
		request->scram = request->scram || strcmp(at, "SCRAM-SHA-256") == 0;
		at = stop + 1;
	}
	return at + 1 == end;
}

void postgres_name_request(struct strbuf *out, const struct postgres_request *request)
{
	static const char *const names[] = {
		[POSTGRES_LOGIN_OK] = "no password",
		[POSTGRES_LOGIN_KERBEROS] = "Kerberos V5",
		[POSTGRES_LOGIN_CLEARTEXT] = "a password in clear text",
		[POSTGRES_LOGIN_MD5] = "MD5",
		[POSTGRES_LOGIN_SCM] = "SCM credentials",
		[POSTGRES_LOGIN_GSS] = "GSSAPI",
		[POSTGRES_LOGIN_GSS_CONTINUE] = "GSSAPI",
		[POSTGRES_LOGIN_SSPI] = "SSPI",
	};

	if (request->kind == POSTGRES_LOGIN_SASL)
		strbuf_adds(out, request->scram ? "SCRAM-SHA-256" : "a SASL mechanism other than SCRAM-SHA-256");
	else if (request->kind >= 0 && (size_t)request->kind < BASE_LEN(names) &&
		 names[request->kind] != NULL)
		strbuf_adds(out, names[request->kind]);
	else
		strbuf_addf(out, "log-in method %d", (int)request->kind);
}

bool postgres_read_parameter(const struct postgres_message *message, const char **name,
			     const char **value)
{
	const char *end = message->body + message->len;
	const char *stop = memchr(message->body, '\0', message->len);

	if (stop == NULL || message->len == 0 || end[-1] != '\0' || stop + 1 >= end)
		return false;
	*name = message->body;
	*value = stop + 1;
	return memchr(*value, '\0', (size_t)(end - *value)) == end - 1;
}

/* --- the row ------------------------------------------------------------------------------- */

struct field {
	const char *text; /* NULL: SQL's NULL */
	size_t len;
};

static bool read_row(const struct postgres_message *message, struct field fields[POSTGRES_COLUMNS])
{
	const char *at = message->body, *end = message->body + message->len;

	if (message->len < 2 || at[0] != 0 || at[1] != POSTGRES_COLUMNS)
		return false;
	at += 2;
	for (size_t i = 0; i < POSTGRES_COLUMNS; i++) {
		uint32_t len;

		if (end - at < 4)
			return false;
		len = read_u32(at);
		at += 4;
		fields[i] = (struct field){NULL, 0};
		if (len == UINT32_MAX)
			continue;
		if (len > (size_t)(end - at))
			return false;
		fields[i] = (struct field){at, len};
		at += len;
	}
	return at == end;
}

static bool read_bool(const struct field *field, bool *out)
{
	if (field->text == NULL || field->len != 1 || (*field->text != 't' && *field->text != 'f'))
		return false;
	*out = *field->text == 't';
	return true;
}

/* -1 where it is NULL. The clocks of two servers differ: what is below 0 is 0. */
static bool read_number(const struct field *field, double *out)
{
	*out = -1;
	if (field->text == NULL)
		return true;
	if (!number_parse(field->text, field->len, out) || *out > 1e12)
		return false;
	*out = *out < 0 ? 0 : *out;
	return true;
}

bool postgres_read_vitals(const struct postgres_message *message, struct postgres_vitals *vitals)
{
	struct field fields[POSTGRES_COLUMNS];

	if (!read_row(message, fields))
		return false;
	vitals->read_only = false;
	vitals->read_only_known = fields[1].text != NULL;
	return read_bool(&fields[0], &vitals->in_recovery) &&
	       (!vitals->read_only_known || read_bool(&fields[1], &vitals->read_only)) && read_number(&fields[2], &vitals->lag_s) &&
	       read_number(&fields[3], &vitals->connections) &&
	       read_number(&fields[4], &vitals->allowed);
}

/* --- what is sent ---------------------------------------------------------------------------- */

void postgres_put_ssl_request(struct strbuf *out)
{
	put_u32(out, 8);
	put_u32(out, SSL_REQUEST);
}

void postgres_put_startup(struct strbuf *out, const char *const *pairs)
{
	size_t len = 4 + 4 + 1;

	for (size_t i = 0; pairs[i] != NULL; i++)
		len += strlen(pairs[i]) + 1;
	put_u32(out, (uint32_t)len);
	put_u32(out, VERSION_3_0);
	for (size_t i = 0; pairs[i] != NULL; i++)
		strbuf_add(out, pairs[i], strlen(pairs[i]) + 1);
	strbuf_addc(out, '\0');
}

void postgres_put(struct strbuf *out, char type, const void *body, size_t len)
{
	strbuf_addc(out, type);
	put_u32(out, (uint32_t)len + 4);
	strbuf_add(out, body, len);
}

void postgres_put_sasl(struct strbuf *out, const char *mechanism, const struct strbuf *first)
{
	size_t name_len = strlen(mechanism) + 1;

	strbuf_addc(out, 'p');
	put_u32(out, (uint32_t)(4 + name_len + 4 + first->len));
	strbuf_add(out, mechanism, name_len);
	put_u32(out, (uint32_t)first->len);
	strbuf_add(out, first->data, first->len);
}

static void put_md5_hex(struct strbuf *out, const struct strbuf *of)
{
	unsigned char digest[16];

	digest_md5(of->data, of->len, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		strbuf_addf(out, "%02x", digest[i]);
}

void postgres_put_md5(struct strbuf *out, const char *user, const char *password,
		      const char salt[4])
{
	struct strbuf text, hex;

	strbuf_init(&text, 4096);
	strbuf_init(&hex, 256);
	strbuf_adds(&text, password);
	strbuf_adds(&text, user);
	put_md5_hex(&hex, &text);
	strbuf_add(&hex, salt, 4);
	strbuf_reset(&text);
	strbuf_adds(&text, "md5");
	put_md5_hex(&text, &hex);
	strbuf_addc(&text, '\0');
	postgres_put(out, 'p', text.data, text.len);
	strbuf_release(&text);
	strbuf_release(&hex);
}
