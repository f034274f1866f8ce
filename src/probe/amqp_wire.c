/* The codec of AMQP 0-9-1. Invariant: nothing is read past a frame, a frame is at most AMQP_FRAME_MOST
 * long, and lengths inside are compared with what is left before they are used. See amqp_wire.h. */
#include "probe/amqp_wire.h"

#define HEADER "AMQP\0\0\x09\x01"
#define HEADER_LEN 8u
#define FRAME_METHOD 1
#define FRAME_HEAD 7u /* type, channel, size */
#define FRAME_END 0xce
#define CLASS_CONNECTION 10u
#define METHOD_START 10u
#define METHOD_START_OK 11u
#define METHOD_SECURE 20u
#define METHOD_TUNE 30u
#define METHOD_CLOSE 50u
#define METHOD_CLOSE_OK 51u

struct reader {
	const unsigned char *at, *end;
	bool broken; /* something was not there; what is read then is 0 */
};

static const unsigned char *take(struct reader *reader, size_t len)
{
	const unsigned char *at = reader->at;

	if ((size_t)(reader->end - at) < len) {
		reader->broken = true;
		reader->at = reader->end;
		return NULL;
	}
	reader->at += len;
	return at;
}

static uint32_t take_number(struct reader *reader, size_t bytes)
{
	const unsigned char *at = take(reader, bytes);
	uint32_t number = 0;

	for (size_t i = 0; at != NULL && i < bytes; i++)
		number = number << 8 | at[i];
	return number;
}

/* A text behind its length of so many bytes. */
static struct amqp_text take_text(struct reader *reader, size_t length_bytes)
{
	size_t len = take_number(reader, length_bytes);
	const unsigned char *at = take(reader, len);

	return (struct amqp_text){.at = (const char *)at, .len = at != NULL ? len : 0};
}

/* Bytes of a field's value that has no length in front of it (4.2.1 with RabbitMQ's letters);
 * SIZE_MAX: it has one, or nobody knows it. */
static size_t fixed_size(unsigned char type)
{
	switch (type) {
	case 'V':
		return 0;
	case 't':
	case 'b':
	case 'B':
		return 1;
	case 's':
	case 'u':
	case 'U':
		return 2;
	case 'I':
	case 'i':
	case 'f':
		return 4;
	case 'D':
		return 5;
	case 'l':
	case 'L':
	case 'd':
	case 'T':
		return 8;
	default:
		return SIZE_MAX;
	}
}

/* Goes past a value; a long string is returned. Tables and arrays say how long they are. */
static struct amqp_text take_value(struct reader *reader)
{
	const unsigned char *type = take(reader, 1);
	size_t size = type != NULL ? fixed_size(*type) : 0;

	if (type != NULL && (*type == 'S' || *type == 'x' || *type == 'F' || *type == 'A')) {
		struct amqp_text text = take_text(reader, 4);

		return *type == 'S' ? text : (struct amqp_text){0};
	}
	if (size == SIZE_MAX)
		reader->broken = true;
	else
		(void)take(reader, size);
	return (struct amqp_text){0};
}

static bool is_word(const struct amqp_text *text, const char *word)
{
	return text->len == strlen(word) && memcmp(text->at, word, text->len) == 0;
}

/* connection.start (1.4.2.1): version, server-properties, mechanisms, locales. */
static void read_start(struct reader *reader, struct amqp_frame *frame)
{
	struct amqp_text table;
	struct reader fields;

	(void)take(reader, 2);
	table = take_text(reader, 4);
	frame->mechanisms = take_text(reader, 4);
	(void)take_text(reader, 4);
	if (reader->broken)
		return;
	fields.at = (const unsigned char *)table.at;
	fields.end = fields.at + table.len;
	fields.broken = false;
	while (fields.at < fields.end && !fields.broken) {
		struct amqp_text name = take_text(&fields, 1);
		struct amqp_text value = take_value(&fields);

		if (fields.broken || name.at == NULL)
			break;
		if (is_word(&name, "product"))
			frame->product = value;
		else if (is_word(&name, "version"))
			frame->server_version = value;
	}
	reader->broken = fields.broken;
}

static void read_method(struct reader *reader, struct amqp_frame *frame)
{
	uint32_t class = take_number(reader, 2), method = take_number(reader, 2);

	frame->kind = AMQP_OTHER;
	if (class != CLASS_CONNECTION)
		return;
	switch (method) {
	case METHOD_START:
		frame->kind = AMQP_START;
		read_start(reader, frame);
		break;
	case METHOD_SECURE:
		frame->kind = AMQP_SECURE;
		break;
	case METHOD_TUNE:
		frame->kind = AMQP_TUNE;
		frame->channels = take_number(reader, 2);
		frame->frame_max = take_number(reader, 4);
		frame->heartbeat_s = take_number(reader, 2);
		break;
	case METHOD_CLOSE:
		frame->kind = AMQP_CLOSE;
		frame->code = take_number(reader, 2);
		frame->reason = take_text(reader, 1);
		(void)take(reader, 4);
		break;
	default:
		break;
	}
}

static size_t read_header(const char *bytes, size_t len, struct amqp_frame *frame)
{
	if (memcmp(bytes, HEADER, len < 4 ? len : 4) != 0) {
		frame->kind = AMQP_GARBAGE;
		return 0;
	}
	if (len < HEADER_LEN)
		return 0;
	frame->kind = AMQP_VERSION;
	memcpy(frame->version, bytes + 4, sizeof(frame->version));
	return HEADER_LEN;
}

size_t amqp_read(const char *bytes, size_t len, struct amqp_frame *frame)
{
	struct reader reader = {.at = (const unsigned char *)bytes,
				.end = (const unsigned char *)bytes + len};
	size_t size;

	*frame = (struct amqp_frame){.kind = AMQP_PARTIAL};
	if (len == 0)
		return 0;
	if (bytes[0] == 'A')
		return read_header(bytes, len, frame);
	if (reader.at[0] != FRAME_METHOD && reader.at[0] != 8) { /* 8: a heartbeat */
		frame->kind = AMQP_GARBAGE;
		return 0;
	}
	if (len < FRAME_HEAD)
		return 0;
	reader.at += 3;
	size = take_number(&reader, 4);
	if (size > AMQP_FRAME_MOST) {
		frame->kind = AMQP_GARBAGE;
		return 0;
	}
	if (len < FRAME_HEAD + size + 1)
		return 0;
	reader.end = reader.at + size;
	if (*reader.end != FRAME_END) {
		frame->kind = AMQP_GARBAGE;
		return 0;
	}
	if (bytes[0] == FRAME_METHOD)
		read_method(&reader, frame);
	else
		frame->kind = AMQP_OTHER;
	if (reader.broken) {
		*frame = (struct amqp_frame){.kind = AMQP_GARBAGE};
		return 0;
	}
	return FRAME_HEAD + size + 1;
}

bool amqp_has_word(const struct amqp_text *list, const char *word)
{
	const char *at = list->at, *end = at != NULL ? at + list->len : NULL;

	while (at < end) {
		const char *blank = memchr(at, ' ', (size_t)(end - at));
		struct amqp_text one = {.at = at, .len = (size_t)((blank != NULL ? blank : end) - at)};

		if (is_word(&one, word))
			return true;
		at += one.len + 1;
	}
	return false;
}

/* --- what a client sends -------------------------------------------------------------------- */

static void add_number(struct strbuf *out, size_t number, int bytes)
{
	for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
		strbuf_addc(out, (char)(number >> shift));
}

static void add_text(struct strbuf *out, const char *text, size_t len, int length_bytes)
{
	add_number(out, len, length_bytes);
	strbuf_add(out, text, len);
}

static void add_frame(struct strbuf *out, unsigned method, const struct strbuf *arguments)
{
	strbuf_addc(out, FRAME_METHOD);
	add_number(out, 0, 2); /* channel 0 is the connection's */
	add_number(out, 4 + arguments->len, 4);
	add_number(out, CLASS_CONNECTION, 2);
	add_number(out, method, 2);
	strbuf_add(out, arguments->data, arguments->len);
	strbuf_addc(out, (char)FRAME_END);
}

void amqp_header(struct strbuf *out)
{
	strbuf_add(out, HEADER, HEADER_LEN);
}

void amqp_start_ok(struct strbuf *out, const char *user, const char *password)
{
	/* A broker that sees the capability says 403 in place of closing without a word. */
	static const char properties[] = "\x07product" "S\0\0\0\x06sitrep"
					 "\x0c" "capabilities" "F\0\0\0\x1f"
					 "\x1c" "authentication_failure_close";
	struct strbuf arguments, table, response;

	strbuf_init(&arguments, AMQP_FRAME_MOST);
	strbuf_init(&table, 200);
	strbuf_init(&response, AMQP_FRAME_MOST);
	strbuf_add(&table, properties, sizeof(properties) - 1);
	strbuf_adds(&table, "t\x01");
	strbuf_addc(&response, '\0');
	strbuf_adds(&response, user);
	strbuf_addc(&response, '\0');
	strbuf_adds(&response, password);
	add_text(&arguments, table.data, table.len, 4);
	add_text(&arguments, "PLAIN", 5, 1);
	add_text(&arguments, response.data, response.len, 4);
	add_text(&arguments, "en_US", 5, 1);
	add_frame(out, METHOD_START_OK, &arguments);
	strbuf_release(&arguments);
	strbuf_release(&table);
	strbuf_release(&response);
}

void amqp_close_ok(struct strbuf *out)
{
	struct strbuf none;

	strbuf_init(&none, 1);
	add_frame(out, METHOD_CLOSE_OK, &none);
	strbuf_release(&none);
}
