/* The codec of MQTT. Invariant: nothing is read past `len`, lengths of the peer are compared with what
 * is there before they are used, and no answer is longer than CONNACK_MOST. See mqtt_wire.h. */
#include "probe/mqtt_wire.h"

#define PACKET_CONNECT 0x10
#define PACKET_CONNACK 0x20
#define PACKET_DISCONNECT 0xe0
#define FLAG_CLEAN 0x02
#define FLAG_PASSWORD 0x40
#define FLAG_USER 0x80
#define KEEPALIVE_S 60
#define CONNACK_MOST 4096
#define REASON_STRING 0x1f

static void add_16(struct strbuf *out, size_t number)
{
	strbuf_addc(out, (char)(number >> 8));
	strbuf_addc(out, (char)number);
}

static bool add_text(struct strbuf *out, const char *text)
{
	size_t len = strlen(text);

	if (len > UINT16_MAX)
		return false;
	add_16(out, len);
	strbuf_add(out, text, len);
	return true;
}

/* A variable byte integer (5: section 1.5.5). */
static void add_length(struct strbuf *out, size_t number)
{
	do {
		strbuf_addc(out, (char)((number & 0x7f) | (number > 0x7f ? 0x80 : 0)));
		number >>= 7;
	} while (number != 0);
}

bool mqtt_connect(struct strbuf *out, enum mqtt_level level, const char *client_id, const char *user,
		  const char *password)
{
	struct strbuf body;
	bool fits;

	strbuf_init(&body, 4 * (UINT16_MAX + 2));
	(void)add_text(&body, "MQTT");
	strbuf_addc(&body, (char)level);
	strbuf_addc(&body, (char)(FLAG_CLEAN | (user != NULL ? FLAG_USER | FLAG_PASSWORD : 0)));
	add_16(&body, KEEPALIVE_S);
	if (level == MQTT_5)
		strbuf_addc(&body, 0); /* no properties */
	fits = add_text(&body, client_id) &&
	       (user == NULL || (add_text(&body, user) && add_text(&body, password)));
	strbuf_addc(out, PACKET_CONNECT);
	add_length(out, body.len);
	strbuf_add(out, body.data, body.len);
	strbuf_release(&body);
	return fits && !out->truncated;
}

void mqtt_disconnect(struct strbuf *out)
{
	strbuf_addc(out, (char)PACKET_DISCONNECT);
	strbuf_addc(out, 0);
}

/* --- the answer ----------------------------------------------------------------------------- */

struct reader {
	const unsigned char *at, *end;
};

/* False where it is longer than four bytes or than what is there. */
static bool read_length(struct reader *reader, size_t *number)
{
	*number = 0;
	for (unsigned shift = 0; shift < 28 && reader->at < reader->end; shift += 7) {
		unsigned char byte = *reader->at++;

		*number |= (size_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return true;
	}
	return false;
}

/* Bytes of a property's value without the lengths in front of it (5: section 2.2.2.2); SIZE_MAX
 * unknown. Strings: how many there are, in `strings`. */
static size_t property_size(unsigned char id, unsigned *strings)
{
	*strings = 0;
	switch (id) {
	case 0x24: /* maximum QoS */
	case 0x25: /* retain available */
	case 0x28: /* wildcard subscription */
	case 0x29: /* subscription identifier */
	case 0x2a: /* shared subscription */
		return 1;
	case 0x13: /* server keep alive */
	case 0x21: /* receive maximum */
	case 0x22: /* topic alias maximum */
		return 2;
	case 0x11: /* session expiry interval */
	case 0x27: /* maximum packet size */
		return 4;
	case 0x12: /* assigned client identifier */
	case 0x15: /* authentication method */
	case 0x16: /* authentication data */
	case 0x1a: /* response information */
	case 0x1c: /* server reference */
	case REASON_STRING:
		*strings = 1;
		return 0;
	case 0x26: /* user property */
		*strings = 2;
		return 0;
	default:
		return SIZE_MAX;
	}
}

static bool skip(struct reader *reader, size_t len)
{
	if ((size_t)(reader->end - reader->at) < len)
		return false;
	reader->at += len;
	return true;
}

static bool read_properties(struct reader *reader, struct mqtt_connack *connack)
{
	size_t total;

	if (!read_length(reader, &total) || total != (size_t)(reader->end - reader->at))
		return false;
	while (reader->at < reader->end) {
		unsigned char id = *reader->at++;
		unsigned strings;
		size_t size = property_size(id, &strings);

		if (size == SIZE_MAX || !skip(reader, size))
			return false;
		for (; strings > 0; strings--) {
			const unsigned char *length = reader->at;
			size_t len;

			if (!skip(reader, 2))
				return false;
			len = (size_t)length[0] << 8 | length[1];
			if (!skip(reader, len))
				return false;
			if (id != REASON_STRING)
				continue;
			connack->reason = (const char *)length + 2;
			connack->reason_len = len;
		}
	}
	return true;
}

enum mqtt_fit mqtt_read_connack(const char *bytes, size_t len, enum mqtt_level level,
				struct mqtt_connack *connack, size_t *used)
{
	struct reader reader = {.at = (const unsigned char *)bytes,
				.end = (const unsigned char *)bytes + len};
	size_t size;

	*connack = (struct mqtt_connack){0};
	if (len == 0)
		return MQTT_PARTIAL;
	if (*reader.at++ != PACKET_CONNACK)
		return MQTT_GARBAGE;
	if (!read_length(&reader, &size))
		return len > 4 ? MQTT_GARBAGE : MQTT_PARTIAL;
	if (size < 2 || size > CONNACK_MOST)
		return MQTT_GARBAGE;
	if ((size_t)(reader.end - reader.at) < size)
		return MQTT_PARTIAL;
	reader.end = reader.at + size;
	*used = (size_t)((const char *)reader.end - bytes);
	connack->session = (reader.at[0] & 1) != 0;
	connack->code = reader.at[1];
	if ((reader.at[0] & 0xfe) != 0)
		return MQTT_GARBAGE;
	reader.at += 2;
	/* A server that does not know version 5 may say so in the form of 3.1.1. */
	if (reader.at == reader.end)
		return MQTT_WHOLE;
	return level == MQTT_5 && read_properties(&reader, connack) ? MQTT_WHOLE : MQTT_GARBAGE;
}
