/* The kinds of questions and the subjects that assertions speak of, from check_types.def: the
 * parser, the man page, `--check` and diagnosis all read this one table. */
#ifndef MODEL_CHECK_TYPE_H
#define MODEL_CHECK_TYPE_H

#include "model/value.h"

enum check_type {
#define CHECK_TYPE(id, name, target, port, argument, severity, doc) CHECK_TYPE_##id,
#include "model/check_types.def"
#undef CHECK_TYPE
	CHECK_TYPE_COUNT
};

enum check_key {
#define CHECK_KEY(id, name, kind, value, fallback, types, doc) CHECK_KEY_##id,
#include "model/check_types.def"
#undef CHECK_KEY
	CHECK_KEY_COUNT
};

enum subject {
#define SUBJECT(id, name, argument, type, types, doc) SUBJECT_##id,
#include "model/check_types.def"
#undef SUBJECT
	SUBJECT_COUNT
};

/* What the value of a check's own key is. */
enum target_form {
	FORM_WEB,     /* [METHOD] path or http(s) URL: check->method, url */
	FORM_SOCKET,  /* path or ws(s)/http(s) URL: check->url, always with http or https */
	FORM_ADDRESS, /* host:port, unix:PATH, or either behind a scheme: host, port, unix_path */
	FORM_NAME,    /* one word: check->target */
	FORM_TEXT,    /* one line: check->target */
	FORM_WORDS,   /* check->words */
	FORM_STEPS    /* check->flow */
};

struct check_type_info {
	const char *name;
	enum target_form target;
	int port;             /* of FORM_ADDRESS where none is said; 0: it has to be said */
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
/* How a key's value is read. KEY_OPTION: by a reader of its own; the others become a setting. */
enum key_kind { KEY_OPTION, KEY_TEXT, KEY_TEXTS, KEY_FLAG, KEY_NUMBER, KEY_DURATION, KEY_FILE, KEY_PAIRS };

/* A key inside a check's mapping beside the type's own. */
struct check_key_info {
	const char *name;
	enum key_kind kind;
	const char *value;    /* what it takes, for docs */
	const char *fallback; /* default, for docs */
	uint32_t types;
	const char *doc;
};

/* An assertion that holds without being written. */
struct held_line {
	enum check_type type;
	bool warn;
	const char *line;
	const char *says; /* what it wants in plain words, where the line alone does not tell; NULL */
};

const struct held_line *held_lines(size_t *count);
const struct check_type_info *check_type_info(enum check_type type);
const struct subject_info *subject_info(enum subject subject);
const struct check_key_info *check_keys(size_t *count);
/* CHECK_TYPE_COUNT / CHECK_KEY_COUNT / SUBJECT_COUNT where there is no such name. */
enum check_type check_type_find(const char *name);
enum check_key check_key_find(const char *name);
/* Whether a step of a flow takes the key, where its type has it; the others are said of the flow. */
bool check_key_is_of_step(enum check_key key);
enum subject subject_find(const char *name, size_t len);

#endif
