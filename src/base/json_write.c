/* JSON out, as a stream. Invariant: whatever bytes are added, the output is valid UTF-8 and
 * valid JSON (nesting is the caller's), and no control character in it is raw. See json.h. */
#include "base/json.h"

#include "base/units.h"
#include "base/utf8.h"

#include <math.h>

void json_writer_init(struct json_writer *writer, struct strbuf *out, bool pretty)
{
	*writer = (struct json_writer){.out = out, .pretty = pretty};
}

static void new_line(struct json_writer *writer)
{
	if (!writer->pretty)
		return;
	strbuf_addf(writer->out, "\n%*s", 2 * writer->depth, "");
}

/* The comma and line break before an item, nothing after a key or outside of all containers. */
static void before_item(struct json_writer *writer)
{
	if (writer->after_key) {
		writer->after_key = false;
		return;
	}
	if (writer->depth == 0)
		return;
	if (writer->has_items[writer->depth - 1])
		strbuf_addc(writer->out, ',');
	writer->has_items[writer->depth - 1] = true;
	new_line(writer);
}

static void open_container(struct json_writer *writer, char c)
{
	if (writer->depth == JSON_WRITER_DEPTH)
		BUG("JSON nested over %d levels", JSON_WRITER_DEPTH);
	before_item(writer);
	strbuf_addc(writer->out, c);
	writer->has_items[writer->depth++] = false;
}

static void close_container(struct json_writer *writer, char c)
{
	if (writer->depth == 0 || writer->after_key)
		BUG("JSON '%c' without its opening or after a key", c);
	writer->depth--;
	if (writer->has_items[writer->depth])
		new_line(writer);
	strbuf_addc(writer->out, c);
}

void json_open_map(struct json_writer *writer)
{
	open_container(writer, '{');
}

void json_close_map(struct json_writer *writer)
{
	close_container(writer, '}');
}

void json_open_list(struct json_writer *writer)
{
	open_container(writer, '[');
}

void json_close_list(struct json_writer *writer)
{
	close_container(writer, ']');
}

static void add_escape(struct strbuf *out, uint32_t cp)
{
	static const char named[] = "\b\f\n\r\t\"\\";
	static const char letters[] = "bfnrt\"\\";
	const char *c = cp != 0 ? memchr(named, (int)cp, sizeof(named) - 1) : NULL;

	if (c != NULL)
		strbuf_addf(out, "\\%c", letters[c - named]);
	else
		strbuf_addf(out, "\\u%04x", cp);
}

static void add_quoted(struct strbuf *out, const char *text, size_t len)
{
	size_t at = 0;

	strbuf_addc(out, '"');
	while (at < len) {
		size_t run = at;
		uint32_t cp;
		char encoded[4];

		while (run < len && text[run] >= 0x20 && text[run] < 0x7f && text[run] != '"' &&
		       text[run] != '\\')
			run++;
		strbuf_add(out, text + at, run - at);
		at = run;
		if (at == len)
			break;
		at += utf8_decode(text + at, len - at, &cp);
		/* DEL and C1 need no escape by the RFC; a terminal may obey them. */
		if (cp < 0x20 || cp == '"' || cp == '\\' || (cp >= 0x7f && cp < 0xa0))
			add_escape(out, cp);
		else
			strbuf_add(out, encoded, utf8_encode(encoded, cp));
	}
	strbuf_addc(out, '"');
}

void json_add_key(struct json_writer *writer, const char *key)
{
	before_item(writer);
	add_quoted(writer->out, key, strlen(key));
	strbuf_adds(writer->out, writer->pretty ? ": " : ":");
	writer->after_key = true;
}

void json_add_bytes(struct json_writer *writer, const char *text, size_t len)
{
	before_item(writer);
	add_quoted(writer->out, text, len);
}

void json_add_string(struct json_writer *writer, const char *text)
{
	if (text == NULL)
		json_add_null(writer);
	else
		json_add_bytes(writer, text, strlen(text));
}

void json_add_strings(struct json_writer *writer, const char *key, const char *const *texts,
		      size_t count)
{
	json_add_key(writer, key);
	json_open_list(writer);
	for (size_t i = 0; i < count; i++)
		json_add_string(writer, texts[i]);
	json_close_list(writer);
}

void json_add_number(struct json_writer *writer, double number)
{
	before_item(writer);
	if (isfinite(number))
		number_format(writer->out, number);
	else
		strbuf_adds(writer->out, "null");
}

void json_add_int(struct json_writer *writer, int64_t number)
{
	before_item(writer);
	strbuf_addf(writer->out, "%lld", (long long)number);
}

void json_add_bool(struct json_writer *writer, bool value)
{
	before_item(writer);
	strbuf_adds(writer->out, value ? "true" : "false");
}

void json_add_null(struct json_writer *writer)
{
	before_item(writer);
	strbuf_adds(writer->out, "null");
}
