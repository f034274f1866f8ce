/* JSON in (bounded, from strangers; RFC 8259) and out (written as a stream). cJSON stays
 * behind this header. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/strbuf.h"

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_LIST, JSON_MAP };

struct json; /* a value inside a document; borrowed from it */
struct json_doc;

/* NULL where the bytes are no JSON document, or nest deeper than LIMIT_JSON_DEPTH; `err`
 * (may be NULL) gets a sentence. The caller frees it. */
struct json_doc *json_parse(const char *bytes, size_t len, struct strbuf *err);
void json_free(struct json_doc *doc);
const struct json *json_root(const struct json_doc *doc);
/* All below accept NULL and then answer null / NULL / 0. */
enum json_type json_type(const struct json *value);
const struct json *json_get(const struct json *map, const char *key);
const struct json *json_first(const struct json *container); /* children of a list or map */
const struct json *json_next(const struct json *child);
const char *json_key(const struct json *child); /* its key inside a map */
size_t json_len(const struct json *container);
const char *json_string(const struct json *value); /* NULL unless JSON_STRING */
double json_number(const struct json *value, double fallback);
bool json_bool(const struct json *value, bool fallback);

/* A path of services.yaml: `.a.b`, `.a[0]`, `.a[*]`, `."odd key"`, `.` = the document. */
struct json_path;
struct json_path *json_path_new(const char *text, struct strbuf *err);
void json_path_free(struct json_path *path);
/* Calls `visit` for each value the path reaches (several with [*]) until it answers false;
 * returns how many were visited. */
size_t json_path_each(const struct json_path *path, const struct json *root,
		      bool (*visit)(void *context, const struct json *value), void *context);
/* The first value reached, or NULL. */
const struct json *json_path_first(const struct json_path *path, const struct json *root);

/* Writing: commas, quotes and escapes are the writer's business, nesting the caller's. Bytes
 * that are no UTF-8 are written as U+FFFD. */
#define JSON_WRITER_DEPTH 32
struct json_writer {
	struct strbuf *out;
	bool pretty;                   /* two blanks a level; else one line */
	int depth;
	bool has_items[JSON_WRITER_DEPTH];
	bool after_key;
};
void json_writer_init(struct json_writer *writer, struct strbuf *out, bool pretty);
void json_open_map(struct json_writer *writer);
void json_close_map(struct json_writer *writer);
void json_open_list(struct json_writer *writer);
void json_close_list(struct json_writer *writer);
void json_add_key(struct json_writer *writer, const char *key);
void json_add_string(struct json_writer *writer, const char *text); /* NULL -> null */
/* A member of a map: the key and a list of texts. */
void json_add_strings(struct json_writer *writer, const char *key, const char *const *texts,
		      size_t count);
void json_add_bytes(struct json_writer *writer, const char *text, size_t len);
void json_add_number(struct json_writer *writer, double number);    /* NaN, inf -> null */
void json_add_int(struct json_writer *writer, int64_t number);
void json_add_bool(struct json_writer *writer, bool value);
void json_add_null(struct json_writer *writer);

#endif
