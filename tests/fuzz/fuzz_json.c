/* JSON: a first line that is a path, then a document. What is accepted can be walked and written,
 * and what is written is accepted and written the same again. */
#include "fuzz.h"

#include "base/json.h"
#include "base/xalloc.h"

static void write_value(struct json_writer *writer, const struct json *value)
{
	switch (json_type(value)) {
	case JSON_NULL:
		json_add_null(writer);
		break;
	case JSON_BOOL:
		json_add_bool(writer, json_bool(value, false));
		break;
	case JSON_NUMBER:
		json_add_number(writer, json_number(value, 0));
		break;
	case JSON_STRING:
		json_add_string(writer, json_string(value));
		break;
	case JSON_LIST:
		json_open_list(writer);
		for (const struct json *c = json_first(value); c != NULL; c = json_next(c))
			write_value(writer, c);
		json_close_list(writer);
		break;
	case JSON_MAP:
		json_open_map(writer);
		for (const struct json *c = json_first(value); c != NULL; c = json_next(c)) {
			json_add_key(writer, json_key(c));
			write_value(writer, c);
		}
		json_close_map(writer);
		break;
	}
}

static size_t depth_of(const struct json *value)
{
	size_t deepest = 0;

	for (const struct json *c = json_first(value); c != NULL; c = json_next(c)) {
		size_t depth = depth_of(c) + 1;

		if (depth > deepest)
			deepest = depth;
	}
	return deepest;
}

static void write_again(const struct json_doc *doc, bool pretty)
{
	struct strbuf first, second;
	struct json_writer writer;
	struct json_doc *back;

	strbuf_init(&first, SIZE_MAX / 4);
	strbuf_init(&second, SIZE_MAX / 4);
	json_writer_init(&writer, &first, pretty);
	write_value(&writer, json_root(doc));
	back = json_parse(first.data, first.len, NULL);
	PROMISE(back != NULL);
	json_writer_init(&writer, &second, pretty);
	write_value(&writer, json_root(back));
	PROMISE(strcmp(first.data, second.data) == 0);
	json_free(back);
	strbuf_release(&second);
	strbuf_release(&first);
}

static bool count(void *context, const struct json *value)
{
	size_t *seen = context;

	PROMISE(value != NULL);
	return ++*seen < 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *newline = size != 0 ? memchr(text, '\n', size) : NULL;
	size_t path_len = newline != NULL ? (size_t)(newline - text) : 0;
	size_t from = newline != NULL ? path_len + 1 : 0;
	struct strbuf err;
	struct json_doc *doc;
	struct json_path *path;
	char *path_text = xstrndup(text, path_len);

	strbuf_init(&err, 300);
	doc = json_parse(text + from, size - from, &err);
	PROMISE((doc == NULL) == (err.len != 0));
	strbuf_reset(&err);
	path = json_path_new(path_text, &err);
	PROMISE((path == NULL) == (err.len != 0));
	if (path != NULL && doc != NULL) {
		size_t seen = 0;

		PROMISE(json_path_each(path, json_root(doc), count, &seen) == seen);
		PROMISE((json_path_first(path, json_root(doc)) != NULL) == (seen != 0));
	}
	if (doc != NULL && depth_of(json_root(doc)) < JSON_WRITER_DEPTH) {
		write_again(doc, false);
		write_again(doc, true);
	}
	json_path_free(path);
	json_free(doc);
	free(path_text);
	strbuf_release(&err);
	return 0;
}
