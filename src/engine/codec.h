/* Model data as JSON and back, for recordings and keyframes. Ids and what may pass 2^53 are texts, so
 * that every number reads back exactly. What is read is bounded and never trusted: a wrong type reads
 * as absent. */
#ifndef ENGINE_CODEC_H
#define ENGINE_CODEC_H

#include "base/arena.h"
#include "base/json.h"
#include "model/diagnosis.h"
#include "model/log.h"
#include "model/sample.h"

void codec_add_id(struct json_writer *out, const char *key, uint64_t id);
void codec_add_ns(struct json_writer *out, const char *key, int64_t ns);
void codec_add_int(struct json_writer *out, const char *key, int64_t number);
void codec_add_bool(struct json_writer *out, const char *key, bool value); /* false: left out */
void codec_add_text(struct json_writer *out, const char *key,
		    const char *text); /* NULL: left out */

uint64_t codec_id(const struct json *value);
uint64_t codec_get_id(const struct json *map, const char *key);
int64_t codec_ns(const struct json *value, int64_t fallback);
int64_t codec_get_ns(const struct json *map, const char *key, int64_t fallback);
/* Clamped to least..most. */
int64_t codec_get_int(const struct json *map, const char *key, int64_t least, int64_t most);
bool codec_get_bool(const struct json *map, const char *key);
/* In `arena`; NULL where absent. */
const char *codec_get_text(const struct json *map, const char *key, struct arena *arena);

void codec_add_phases(struct json_writer *out, const char *key, const struct phases *phases);
struct phases codec_get_phases(const struct json *map, const char *key);
void codec_add_failure(struct json_writer *out, enum failure failure, enum phase phase);
void codec_get_failure(const struct json *map, enum failure *failure, enum phase *phase);
void codec_add_values(struct json_writer *out, const char *key, const struct sample_value *values,
		      size_t count);
const struct sample_value *codec_get_values(const struct json *map, const char *key,
					    struct arena *arena, size_t *count);
void codec_add_headers(struct json_writer *out, const struct exchange_header *headers, size_t count);
/* In `arena`; NULL where absent. */
const struct exchange_header *codec_get_headers(const struct json *map, struct arena *arena, size_t *count);
void codec_add_exchange(struct json_writer *out, const char *key, const struct exchange *exchange);
/* One reference, or NULL. */
struct exchange *codec_exchange(const struct json *value, struct arena *scratch);
void codec_add_sample(struct json_writer *out, const char *key, const struct sample *sample);
/* Strings in `arena`; its exchange has one reference, which is the caller's. */
struct sample *codec_sample(const struct json *value, struct arena *arena);
void codec_add_match(struct json_writer *out, const char *key, const struct log_match *match);
bool codec_match(const struct json *value, struct arena *arena, struct log_match *match);
void codec_add_diagnosis(struct json_writer *out, const struct diagnosis *diagnosis);
void codec_diagnosis(const struct json *value, struct arena *arena, struct diagnosis *diagnosis);

#endif
