/* Typed values and how a person reads them. See value.h. */
#include "model/value.h"

#include "base/units.h"
#include "base/utf8.h"

#define STRING_SHOWN 120 /* cells of a string before it is cut */
#define LIST_SHOWN 5

struct value value_null(void)
{
	return (struct value){.type = VALUE_NULL};
}

struct value value_bool(bool boolean)
{
	return (struct value){.type = VALUE_BOOL, .as.boolean = boolean};
}

struct value value_number(double number)
{
	return (struct value){.type = VALUE_NUMBER, .as.number = number};
}

struct value value_duration(int64_t ns)
{
	return (struct value){.type = VALUE_DURATION, .as.duration_ns = ns};
}

struct value value_string(const char *text)
{
	return (struct value){
		.type = VALUE_STRING,
		.as.string = {.bytes = text, .len = strlen(text)},
	};
}

static void string_format(struct strbuf *out, const char *text, size_t len)
{
	size_t kept = utf8_clip(text, len, STRING_SHOWN, NULL);

	strbuf_addc(out, '"');
	strbuf_add(out, text, kept);
	if (kept < len)
		strbuf_adds(out, "…");
	strbuf_addc(out, '"');
}

static void list_format(struct strbuf *out, const struct value *value)
{
	size_t count = value->as.list.len;
	size_t shown = count < LIST_SHOWN ? count : LIST_SHOWN;

	for (size_t i = 0; i < shown; i++) {
		if (i != 0)
			strbuf_adds(out, ", ");
		strbuf_adds(out, value->as.list.items[i]);
	}
	if (shown < count)
		strbuf_addf(out, " and %zu more", count - shown);
}

void value_format(struct strbuf *out, const struct value *value)
{
	switch (value->type) {
	case VALUE_NULL:
		strbuf_adds(out, "null");
		break;
	case VALUE_BOOL:
		strbuf_adds(out, value->as.boolean ? "true" : "false");
		break;
	case VALUE_NUMBER:
		number_format(out, value->as.number);
		break;
	case VALUE_DURATION:
		duration_format(out, value->as.duration_ns);
		break;
	case VALUE_STRING:
		string_format(out, value->as.string.bytes, value->as.string.len);
		break;
	case VALUE_LIST:
		list_format(out, value);
		break;
	}
}

const char *value_type_name(enum value_type type)
{
	static const char *const names[] = {
		[VALUE_NULL] = "null",
		[VALUE_BOOL] = "true or false",
		[VALUE_NUMBER] = "a number",
		[VALUE_DURATION] = "a duration",
		[VALUE_STRING] = "a text",
		[VALUE_LIST] = "a list",
	};

	return names[type];
}
