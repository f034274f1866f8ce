/* Lookups in the tables of check_types.def. See check_type.h. */
#include "model/check_type.h"

#define DOWN false
#define DEGRADED true

static const struct check_type_info types[CHECK_TYPE_COUNT] = {
#define CHECK_TYPE(id, name, target, port, argument, severity, doc)                                \
	[CHECK_TYPE_##id] = {name, FORM_##target, port, argument, severity, doc},
#include "model/check_types.def"
#undef CHECK_TYPE
};

static const struct subject_info subjects[SUBJECT_COUNT] = {
#define SUBJECT(id, name, argument, type, types, doc)                                              \
	[SUBJECT_##id] = {name, argument, type, types, doc},
#include "model/check_types.def"
#undef SUBJECT
};

static const struct check_key_info keys[CHECK_KEY_COUNT] = {
#define CHECK_KEY(id, name, kind, value, fallback, types, doc)                                     \
	[CHECK_KEY_##id] = {name, KEY_##kind, value, fallback, types, doc},
#include "model/check_types.def"
#undef CHECK_KEY
};

#define EXPECT false
#define WARN true

static const struct held_line held[] = {
#define HELD(type, list, line, says) {CHECK_TYPE_##type, list, line, says},
#include "model/check_types.def"
#undef HELD
};

const struct held_line *held_lines(size_t *count)
{
	*count = BASE_LEN(held);
	return held;
}

const struct check_type_info *check_type_info(enum check_type type)
{
	return &types[type];
}

const struct subject_info *subject_info(enum subject subject)
{
	return &subjects[subject];
}

const struct check_key_info *check_keys(size_t *count)
{
	*count = BASE_LEN(keys);
	return keys;
}

enum check_type check_type_find(const char *name)
{
	size_t i = 0;

	while (i < CHECK_TYPE_COUNT && strcmp(types[i].name, name) != 0)
		i++;
	return (enum check_type)i;
}

enum check_key check_key_find(const char *name)
{
	size_t i = 0;

	while (i < CHECK_KEY_COUNT && strcmp(keys[i].name, name) != 0)
		i++;
	return (enum check_key)i;
}

bool check_key_is_of_step(enum check_key key)
{
	switch (key) {
	case CHECK_KEY_INTERVAL:
	case CHECK_KEY_EVERY:
	case CHECK_KEY_TIMEZONE:
	case CHECK_KEY_TIMEOUT:
	case CHECK_KEY_FALL:
	case CHECK_KEY_RISE:
	case CHECK_KEY_SEVERITY:
	case CHECK_KEY_ONLY:
	case CHECK_KEY_WRITES:
	case CHECK_KEY_WARN:
	case CHECK_KEY_RETRIES:
		return false;
	default:
		return true;
	}
}

enum subject subject_find(const char *name, size_t len)
{
	size_t i = 0;

	while (i < SUBJECT_COUNT &&
	       (strlen(subjects[i].name) != len || memcmp(subjects[i].name, name, len) != 0))
		i++;
	return (enum subject)i;
}
