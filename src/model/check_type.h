/* The kinds of questions and the subjects that assertions speak of, from check_types.def: the
 * parser, the man page, `--check` and diagnosis all read this one table. */
#ifndef MODEL_CHECK_TYPE_H
#define MODEL_CHECK_TYPE_H

#include "model/value.h"

enum check_type {
#define CHECK_TYPE(id, name, argument, severity, doc) CHECK_TYPE_##id,
#include "model/check_types.def"
#undef CHECK_TYPE
	CHECK_TYPE_COUNT
};

enum subject {
#define SUBJECT(id, name, argument, type, types, doc) SUBJECT_##id,
#include "model/check_types.def"
#undef SUBJECT
	SUBJECT_COUNT
};

struct check_type_info {
	const char *name;
	const char *argument; /* what the key's value is, for docs: "[METHOD] path or URL" */
	bool degraded;        /* default severity is degraded */
	const char *doc;
};
struct subject_info {
	const char *name;
	const char *argument; /* "PATH", "NAME" or NULL */
	enum value_type type;
	uint32_t types;       /* bit per check_type that has it */
	const char *doc;
};
/* A key inside a check's mapping beside the type's own. */
struct check_key_info {
	const char *name;
	const char *value;    /* what it takes, for docs */
	const char *fallback; /* default, for docs */
	uint32_t types;
	const char *doc;
};

const struct check_type_info *check_type_info(enum check_type type);
const struct subject_info *subject_info(enum subject subject);
const struct check_key_info *check_keys(size_t *count);
/* CHECK_TYPE_COUNT / SUBJECT_COUNT where there is no such name. */
enum check_type check_type_find(const char *name);
enum subject subject_find(const char *name, size_t len);

#endif
