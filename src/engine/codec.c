/* Scalars, phases, values and samples as JSON. See codec.h. */
#include "engine/codec.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

/* --- scalars --------------------------------------------------------------------------------- */

void codec_add_id(struct json_writer *out, const char *key, uint64_t id)
{
	char text[17];

	(void)snprintf(text, sizeof(text), "%016" PRIx64, id);
	if (key != NULL)
		json_add_key(out, key);
	json_add_string(out, text);
}

void codec_add_ns(struct json_writer *out, const char *key, int64_t ns)
{
	char text[24];

	if (key != NULL)
		json_add_key(out, key);
	if (ns > -(INT64_C(1) << 53) && ns < (INT64_C(1) << 53)) {
		json_add_int(out, ns);
		return;
	}
	(void)snprintf(text, sizeof(text), "%" PRId64, ns);
	json_add_string(out, text);
}

void codec_add_int(struct json_writer *out, const char *key, int64_t number)
{
	json_add_key(out, key);
	json_add_int(out, number);
}

void codec_add_bool(struct json_writer *out, const char *key, bool value)
{
	if (!value)
		return;
	json_add_key(out, key);
	json_add_bool(out, true);
}

void codec_add_text(struct json_writer *out, const char *key, const char *text)
{
	if (text == NULL)
		return;
	json_add_key(out, key);
	json_add_string(out, text);
}

uint64_t codec_id(const struct json *value)
{
	const char *text = json_string(value);

	return text != NULL && strlen(text) <= 16 ? strtoull(text, NULL, 16) : 0;
}

uint64_t codec_get_id(const struct json *map, const char *key)
{
	return codec_id(json_get(map, key));
}

int64_t codec_ns(const struct json *value, int64_t fallback)
{
	const char *text = json_string(value);
	char *end;
	double number;

	if (text != NULL) {
		int64_t ns;

		errno = 0;
		ns = strtoll(text, &end, 10);
		return errno == 0 && *end == '\0' && end != text ? ns : fallback;
	}
	if (json_type(value) != JSON_NUMBER)
		return fallback;
	number = json_number(value, 0);
	return number > -9.1e18 && number < 9.1e18 ? (int64_t)number : fallback;
}

int64_t codec_get_ns(const struct json *map, const char *key, int64_t fallback)
{
	return codec_ns(json_get(map, key), fallback);
}

int64_t codec_get_int(const struct json *map, const char *key, int64_t least, int64_t most)
{
	int64_t number = codec_get_ns(map, key, least);

	return number < least ? least : number > most ? most : number;
}

bool codec_get_bool(const struct json *map, const char *key)
{
	return json_bool(json_get(map, key), false);
}

const char *codec_get_text(const struct json *map, const char *key, struct arena *arena)
{
	const char *text = json_string(json_get(map, key));

	return text != NULL ? arena_strdup(arena, text) : NULL;
}

/* --- phases and failures --------------------------------------------------------------------- */

void codec_add_phases(struct json_writer *out, const char *key, const struct phases *phases)
{
	json_add_key(out, key);
	json_open_list(out);
	for (size_t i = 0; i < PHASE_COUNT; i++)
		codec_add_ns(out, NULL, phases->ns[i]);
	json_close_list(out);
}

struct phases codec_get_phases(const struct json *map, const char *key)
{
	struct phases phases = phases_unmeasured();
	const struct json *item = json_first(json_get(map, key));

	for (size_t i = 0; i < PHASE_COUNT && item != NULL; i++, item = json_next(item))
		phases.ns[i] = codec_ns(item, PHASE_UNMEASURED);
	return phases;
}

void codec_add_failure(struct json_writer *out, enum failure failure, enum phase phase)
{
	if (failure != FAILURE_NONE)
		codec_add_text(out, "failure", failure_name(failure));
	if (phase != PHASE_NONE)
		codec_add_text(out, "phase", phase_name(phase));
}

void codec_get_failure(const struct json *map, enum failure *failure, enum phase *phase)
{
	const char *name = json_string(json_get(map, "failure"));
	const char *in = json_string(json_get(map, "phase"));

	*failure = FAILURE_NONE;
	*phase = PHASE_NONE;
	for (int i = 0; name != NULL && i < FAILURE_COUNT; i++)
		if (strcmp(failure_name((enum failure)i), name) == 0)
			*failure = (enum failure)i;
	for (int i = 0; in != NULL && i < PHASE_COUNT; i++)
		if (strcmp(phase_name((enum phase)i), in) == 0)
			*phase = (enum phase)i;
}

/* --- values ---------------------------------------------------------------------------------- */

/* JSON has no word for what is no finite number: these are texts. */
static const struct {
	const char *text;
	double number;
} odd_numbers[] = {{"nan", NAN}, {"inf", INFINITY}, {"-inf", -INFINITY}};

static void add_number(struct json_writer *out, double number)
{
	if (isfinite(number))
		json_add_number(out, number);
	else
		json_add_string(out, isnan(number) ? "nan" : number > 0 ? "inf" : "-inf");
}

static double get_number(const struct json *value)
{
	const char *text = json_string(value);

	for (size_t i = 0; text != NULL && i < BASE_LEN(odd_numbers); i++)
		if (strcmp(odd_numbers[i].text, text) == 0)
			return odd_numbers[i].number;
	return json_number(value, 0);
}

static void add_value(struct json_writer *out, const struct value *value)
{
	switch (value->type) {
	case VALUE_NULL:
		json_add_key(out, "null");
		json_add_bool(out, true);
		break;
	case VALUE_BOOL:
		json_add_key(out, "bool");
		json_add_bool(out, value->as.boolean);
		break;
	case VALUE_NUMBER:
		json_add_key(out, "number");
		add_number(out, value->as.number);
		break;
	case VALUE_DURATION:
		codec_add_ns(out, "ns", value->as.duration_ns);
		break;
	case VALUE_STRING:
		json_add_key(out, "text");
		json_add_bytes(out, value->as.string.bytes, value->as.string.len);
		break;
	case VALUE_LIST:
		json_add_key(out, "list");
		json_open_list(out);
		for (size_t i = 0; i < value->as.list.len; i++)
			json_add_string(out, value->as.list.items[i]);
		json_close_list(out);
		break;
	}
}

void codec_add_values(struct json_writer *out, const char *key, const struct sample_value *values,
		      size_t count)
{
	json_add_key(out, key);
	json_open_list(out);
	for (size_t i = 0; i < count; i++) {
		json_open_map(out);
		codec_add_text(out, "subject", subject_info(values[i].subject)->name);
		codec_add_text(out, "argument", values[i].argument);
		add_value(out, &values[i].value);
		json_close_map(out);
	}
	json_close_list(out);
}

static struct value get_list(const struct json *list, struct arena *arena)
{
	size_t len = json_len(list);
	const char **items = arena_array(arena, len, sizeof(*items));
	size_t at = 0;

	for (const struct json *item = json_first(list); item != NULL; item = json_next(item))
		if (json_string(item) != NULL)
			items[at++] = arena_strdup(arena, json_string(item));
	return (struct value){.type = VALUE_LIST, .as.list = {items, at}};
}

static struct value get_value(const struct json *map, struct arena *arena)
{
	const struct json *one;

	if ((one = json_get(map, "bool")) != NULL)
		return value_bool(json_bool(one, false));
	if ((one = json_get(map, "number")) != NULL)
		return value_number(get_number(one));
	if ((one = json_get(map, "ns")) != NULL)
		return value_duration(codec_ns(one, 0));
	if ((one = json_get(map, "text")) != NULL && json_string(one) != NULL)
		return value_string(arena_strdup(arena, json_string(one)));
	if ((one = json_get(map, "list")) != NULL)
		return get_list(one, arena);
	return value_null();
}

const struct sample_value *codec_get_values(const struct json *map, const char *key,
					    struct arena *arena, size_t *count)
{
	const struct json *list = json_get(map, key);
	struct sample_value *values = arena_array(arena, json_len(list), sizeof(*values));

	*count = 0;
	for (const struct json *one = json_first(list); one != NULL; one = json_next(one)) {
		const char *name = json_string(json_get(one, "subject"));
		enum subject subject =
			name != NULL ? subject_find(name, strlen(name)) : SUBJECT_COUNT;

		if (subject == SUBJECT_COUNT)
			continue; /* of a later version */
		values[(*count)++] =
			(struct sample_value){.subject = subject,
					      .argument = codec_get_text(one, "argument", arena),
					      .value = get_value(one, arena)};
	}
	return values;
}

/* --- samples --------------------------------------------------------------------------------- */

/* A body as text where it is text, else its bytes in hexadecimal. */
static void add_body(struct json_writer *out, const char *body, size_t len)
{
	struct strbuf hex;

	if (body == NULL)
		return;
	if (utf8_valid(body, len) && memchr(body, '\0', len) == NULL) {
		json_add_key(out, "body");
		json_add_bytes(out, body, len);
		return;
	}
	strbuf_init(&hex, (size_t)LIMIT_BODY * 2 + 1);
	for (size_t i = 0; i < len; i++)
		strbuf_addf(&hex, "%02x", (unsigned char)body[i]);
	codec_add_text(out, "body_hex", hex.data);
	strbuf_release(&hex);
}

static const char *get_body(const struct json *map, struct arena *arena, size_t *len)
{
	const char *text = json_string(json_get(map, "body"));
	const char *hex = json_string(json_get(map, "body_hex"));
	char *bytes;

	*len = 0;
	if (text != NULL) {
		*len = strlen(text);
		return arena_strndup(arena, text, *len);
	}
	if (hex == NULL)
		return NULL;
	*len = strlen(hex) / 2;
	bytes = arena_alloc(arena, *len + 1);
	for (size_t i = 0; i < *len; i++)
		bytes[i] = (char)((hex_digit(hex[2 * i]) & 0xf) * 16 + (hex_digit(hex[2 * i + 1]) & 0xf));
	return bytes;
}

void codec_add_sample(struct json_writer *out, const char *key, const struct sample *sample)
{
	json_add_key(out, key);
	json_open_map(out);
	codec_add_id(out, "check", sample->check_id);
	codec_add_ns(out, "observed_at", sample->observed_at.ns);
	codec_add_ns(out, "delivered_at", sample->delivered_at.ns);
	codec_add_failure(out, sample->failure, sample->failed_phase);
	codec_add_ns(out, "latency", sample->latency_ns);
	codec_add_phases(out, "phases", &sample->phases);
	codec_add_text(out, "message", sample->message);
	codec_add_values(out, "values", sample->values, sample->value_count);
	add_body(out, sample->body, sample->body_len);
	if (sample->headers != NULL)
		codec_add_headers(out, sample->headers, sample->header_count);
	if (sample->exchange != NULL)
		codec_add_exchange(out, "exchange", sample->exchange);
	json_close_map(out);
}

struct sample *codec_sample(const struct json *value, struct arena *arena)
{
	struct sample *sample;

	if (json_type(value) != JSON_MAP)
		return NULL;
	sample = arena_alloc(arena, sizeof(*sample));
	sample->check_id = codec_get_id(value, "check");
	sample->observed_at.ns = codec_get_ns(value, "observed_at", 0);
	sample->delivered_at.ns = codec_get_ns(value, "delivered_at", 0);
	codec_get_failure(value, &sample->failure, &sample->failed_phase);
	sample->latency_ns = codec_get_ns(value, "latency", -1);
	sample->phases = codec_get_phases(value, "phases");
	sample->message = codec_get_text(value, "message", arena);
	sample->values = codec_get_values(value, "values", arena, &sample->value_count);
	sample->body = get_body(value, arena, &sample->body_len);
	sample->headers = codec_get_headers(value, arena, &sample->header_count);
	sample->exchange = codec_exchange(json_get(value, "exchange"), arena);
	return sample;
}
