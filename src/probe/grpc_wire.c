/* The codec of gRPC's health check. Invariant: nothing is read past `len`; fields that nobody asked for
 * are gone past by their wire type (protobuf: encoding guide), groups are refused. See grpc_wire.h. */
#include "probe/grpc_wire.h"

#define PREFIX_LEN 5u /* compressed flag, length */
#define FIELD_SERVICE 0x0a /* field 1, length-delimited */
#define FIELD_STATUS 1u

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_TEXT = 2, WIRE_32 = 5 };

static void add_varint(struct strbuf *out, size_t number)
{
	for (; number > 0x7f; number >>= 7)
		strbuf_addc(out, (char)(0x80 | (number & 0x7f)));
	strbuf_addc(out, (char)number);
}

void grpc_health_request(struct strbuf *out, const char *service)
{
	size_t service_len = strlen(service);
	struct strbuf message;

	strbuf_init(&message, service_len + 16);
	if (service_len != 0) {
		strbuf_addc(&message, FIELD_SERVICE);
		add_varint(&message, service_len);
		strbuf_add(&message, service, service_len);
	}
	strbuf_addc(out, 0); /* not compressed */
	for (int shift = 24; shift >= 0; shift -= 8)
		strbuf_addc(out, (char)(message.len >> shift));
	if (message.len != 0)
		strbuf_add(out, message.data, message.len);
	strbuf_release(&message);
}

/* --- the answer ----------------------------------------------------------------------------- */

struct reader {
	const unsigned char *at, *end;
};

static bool read_varint(struct reader *reader, uint64_t *number)
{
	*number = 0;
	for (unsigned shift = 0; shift < 70 && reader->at < reader->end; shift += 7) {
		unsigned char byte = *reader->at++;

		if (shift < 64)
			*number |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return true;
	}
	return false;
}

static bool skip(struct reader *reader, uint64_t len)
{
	if ((uint64_t)(reader->end - reader->at) < len)
		return false;
	reader->at += len;
	return true;
}

/* The last one counts where a field comes twice. */
static bool read_field(struct reader *reader, uint64_t *serving)
{
	uint64_t key, number;

	if (!read_varint(reader, &key))
		return false;
	switch (key & 7) {
	case WIRE_VARINT:
		if (!read_varint(reader, &number))
			return false;
		if (key >> 3 == FIELD_STATUS)
			*serving = number;
		return true;
	case WIRE_64:
		return skip(reader, 8);
	case WIRE_TEXT:
		return read_varint(reader, &number) && skip(reader, number);
	case WIRE_32:
		return skip(reader, 4);
	default:
		return false;
	}
}

int grpc_health_read(const void *bytes, size_t len, const char **fault)
{
	struct reader reader = {.at = bytes, .end = (const unsigned char *)bytes + len};
	uint64_t serving = 0; /* a field that is not there has its default */
	size_t size = 0;

	*fault = NULL;
	if (len < PREFIX_LEN)
		*fault = len == 0 ? "no message came" : "it ends inside a message's length";
	else if (reader.at[0] != 0)
		*fault = "the message is compressed, which nobody asked for";
	if (*fault != NULL)
		return -1;
	for (size_t i = 1; i < PREFIX_LEN; i++)
		size = size << 8 | reader.at[i];
	reader.at += PREFIX_LEN;
	if ((size_t)(reader.end - reader.at) != size) {
		*fault = "its length is not that of the message";
		return -1;
	}
	while (reader.at < reader.end)
		if (!read_field(&reader, &serving)) {
			*fault = "a field of the message is broken";
			return -1;
		}
	return serving <= INT32_MAX ? (int)serving : INT32_MAX;
}

const char *grpc_serving_name(int serving)
{
	static const char *const names[] = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};

	return serving >= 0 && (size_t)serving < BASE_LEN(names) ? names[serving] : NULL;
}

/* --- trailers ------------------------------------------------------------------------------- */

int grpc_status_read(const char *text)
{
	int status = 0;
	size_t digits = 0;

	for (; text[digits] >= '0' && text[digits] <= '9' && digits < 6; digits++)
		status = status * 10 + (text[digits] - '0');
	return digits != 0 && text[digits] == '\0' ? status : -1;
}

const char *grpc_status_name(int status)
{
	static const char *const names[] = {
		"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
		"ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
		"ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
		"UNAUTHENTICATED",
	};

	return status >= 0 && (size_t)status < BASE_LEN(names) ? names[status] : NULL;
}

void grpc_message_decode(struct strbuf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int high = text[i] == '%' && i + 2 < len ? hex_digit(text[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

		if (low >= 0) {
			strbuf_addc(out, (char)(high << 4 | low));
			i += 2;
		} else {
			strbuf_addc(out, text[i]);
		}
	}
}
