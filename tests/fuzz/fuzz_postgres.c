/* What a PostgreSQL server sends: frames, and each reader on each of them. All that is read lies inside
 * the frame; SCRAM's challenge is bounded. */
#include "fuzz.h"

#include "probe/postgres_wire.h"
#include "probe/scram.h"

static void check_inside(const struct postgres_message *message, const char *text)
{
	if (*text == '\0')
		return; /* "" where a field is missing */
	PROMISE(text >= message->body && text < message->body + message->len);
	PROMISE(text + strlen(text) < message->body + message->len);
}

static void check_error(const struct postgres_message *message)
{
	struct postgres_error error;

	if (!postgres_read_error(message, &error))
		return;
	check_inside(message, error.severity);
	check_inside(message, error.code);
	check_inside(message, error.message);
	check_inside(message, error.detail);
	check_inside(message, error.hint);
}

static void check_request(const struct postgres_message *message)
{
	struct postgres_request request;
	struct scram_challenge challenge;
	struct strbuf name;

	if (!postgres_read_request(message, &request))
		return;
	strbuf_init(&name, 256);
	postgres_name_request(&name, &request);
	PROMISE(name.len != 0 && !name.truncated);
	strbuf_release(&name);
	if (!scram_read_challenge(request.data, request.len, &challenge))
		return;
	PROMISE(challenge.rounds != 0 && challenge.salt_len != 0);
	PROMISE(challenge.salt_len <= SCRAM_SALT_MOST && challenge.nonce_len < request.len);
}

static void check_message(const struct postgres_message *message)
{
	struct postgres_vitals vitals;
	const char *name, *value;

	check_error(message);
	if (message->old)
		return;
	check_request(message);
	if (postgres_read_parameter(message, &name, &value)) {
		check_inside(message, name);
		check_inside(message, value);
	}
	if (postgres_read_vitals(message, &vitals)) {
		PROMISE(vitals.lag_s >= -1 && vitals.lag_s <= 1e12);
		PROMISE(vitals.connections >= -1 && vitals.allowed >= -1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data;
	struct postgres_message message;

	while (postgres_read(at, size, &message) == POSTGRES_WHOLE) {
		PROMISE(message.used > message.len && message.used <= size);
		check_message(&message);
		at += message.used;
		size -= message.used;
	}
	return 0;
}
