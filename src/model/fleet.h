/* The fleet as configured: immutable, counted, made by config/, borrowed by all. Everything here
 * is expanded and validated; strings live in the fleet's arena. What may be shown is clean of
 * control bytes; what may hold a secret is passed through `redactor` before it is shown. */
#ifndef MODEL_FLEET_H
#define MODEL_FLEET_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/diags.h"
#include "base/json.h"
#include "base/pattern.h"
#include "base/redact.h"
#include "model/check_type.h"
#include "model/cron.h"

enum severity { SEVERITY_DOWN, SEVERITY_DEGRADED };

enum op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_MATCH, OP_NOT_MATCH, OP_IN, OP_EXISTS, OP_ABSENT };

/* One alternative of `in 401|403|500..599`; a single value has first == last. Durations are in
 * ns. */
struct operand_range {
	double first, last;
	const char *text; /* for string alternatives, else NULL */
};

struct assertion {
	const char *text;            /* as written, for "expected" */
	struct srcpos pos;
	bool negate;                 /* `not …` */
	bool held;                   /* not written: it holds for the type (HELD) */
	enum subject subject;
	const char *argument;        /* header name, JSON path as written; NULL */
	struct json_path *path;      /* json only; owned by the fleet */
	enum op op;
	struct value operand;        /* for OP_EQ..OP_GE */
	struct pattern *pattern;     /* for ~ and !~; owned by the fleet */
	const struct operand_range *ranges; /* for OP_IN */
	size_t range_count;
	/* `any of:` — holds where one of these holds; then the fields above but text, pos are unset. */
	const struct assertion *any;
	size_t any_count;
};

struct name_value {
	const char *name;
	const char *value;
};

struct tls_options {
	const char *ca;          /* file; NULL = the system's bundle */
	const char *cert, *key;  /* client certificate; NULL */
	const char *server_name; /* SNI and the name that is verified; NULL = the host */
	bool verify;
};

enum auth_kind { AUTH_NONE, AUTH_BASIC, AUTH_BEARER, AUTH_PASSWORD, AUTH_OAUTH2 };
struct auth {
	enum auth_kind kind;
	const char *user;      /* basic; oauth2: the client's id */
	const char *secret;    /* password, token, or the client's secret */
	const char *token_url; /* oauth2: RFC 6749 section 4.4, client credentials */
	const char *scope;     /* oauth2; NULL */
	const char *audience;  /* oauth2; NULL */
};

/* A key of a check that its type alone understands, by the kind of check_types.def. */
struct setting {
	enum check_key key;
	union {
		const char *text; /* KEY_TEXT, KEY_FILE: an absolute or working path */
		bool flag;
		int64_t number;   /* KEY_NUMBER; KEY_DURATION in ns */
		struct {
			const char *const *at;
			size_t count;
		} texts;
		struct {
			const struct name_value *at;
			size_t count;
		} pairs;
	} as;
};

/* `capture: {name: "json .token"}`: a value of a step's answer, for the steps behind it. A secret. */
enum capture_from { CAPTURE_JSON, CAPTURE_HEADER, CAPTURE_BODY };
struct capture {
	const char *name;
	enum capture_from from;
	const char *text;              /* as written, for sentences */
	const struct json_path *path;  /* json; owned by the fleet */
	const char *header;
	const struct pattern *pattern; /* its first group, or all that it matches; NULL: the whole value */
};
/* One question of a flow: an http or websocket check that stands in no table. `{{name}}` in its url,
 * headers, body and messages is put in when its turn comes. */
struct flow_step {
	const struct check *check;
	const struct capture *captures;
	size_t capture_count;
};
struct flow {
	const struct flow_step *steps;
	size_t count;
};

enum check_via { VIA_URL, VIA_DIRECT };

struct service;
/* There are tens of thousands of these: what few of them have stands behind a pointer that is NULL in
 * the others. */
struct check {
	uint64_t id;
	size_t index;                 /* in fleet->checks; never leaves engine/ and the app */
	const struct service *service;
	const char *name;             /* shown; unique in its service */
	const char *target;           /* as shown: URL, host:port, name or query, redacted */
	const char *error;            /* cannot be put as configured: unknown, with this sentence */
	struct srcpos pos;
	enum check_type type;
	enum check_via via;           /* VIA_DIRECT: the twin that is put past the proxy */
	int instance;                 /* index into service->instances, -1 without instances */
	enum severity severity;
	int fall, rise;
	int64_t interval_ns, timeout_ns;
	const struct cron *cron;      /* in place of the interval; NULL */
	const struct assertion *expect, *warn;
	size_t expect_count, warn_count;

	/* FORM_WEB, FORM_SOCKET */
	const char *method;
	const char *url;              /* absolute; may hold secrets */
	const struct name_value *headers; /* service's, then the check's own */
	size_t header_count;
	const char *body;
	int follow;                   /* redirects followed at most, 0 = none */
	/* FORM_ADDRESS */
	int port;
	const char *host;             /* name or address without brackets */
	const char *unix_path;        /* in place of host and port */
	bool secure;                  /* speaks TLS: the type, a scheme like rediss:// or `tls:` says so */
	bool writes;
	bool ignore_health;           /* health: ignore */
	bool own_status;              /* an explicit `status …` line replaces `status in 200..299` */
	bool keepalive;
	bool http2;
	/* FORM_WORDS, FORM_STEPS */
	const char *const *words;
	size_t word_count;
	const struct flow *flow;

	const struct setting *settings; /* sorted by key */
	size_t setting_count;
	const char *proxy;            /* NULL = from the environment, "" = none */
	const struct auth *auth;      /* NULL: none; read by check_auth() */
	const struct tls_options *tls; /* NULL: verified by the system's bundle; read by check_tls() */
};

enum log_source_kind { LOG_SOURCE_FILE };
struct log_source {
	uint64_t id;
	enum log_source_kind kind;
	const char *path; /* a path or glob; expanded, absolute or relative to the working folder */
	const char *name; /* shown */
};

struct maintenance {
	struct wall_time start;
	int64_t duration_ns;
	int64_t every_ns; /* 0 = once */
	/* Where `every` is whole days in a time zone: 02:00 stays 02:00 when its offset changes. */
	const struct zone_shift *shifts;
	size_t shift_count;
};
/* The moment when the clocks of the window's zone show what `local` would be in UTC. */
struct wall_time maintenance_local(const struct maintenance *window, struct wall_time local);
/* Whether the window is open; `next_ns` gets the time until that may change, INT64_MAX never. */
bool maintenance_open(const struct maintenance *window, struct wall_time at, int64_t *next_ns);

struct service {
	uint64_t id;
	size_t index;
	const char *name;
	const char *group;      /* "" where none */
	const char *url;        /* shown; NULL */
	const char *direct;
	bool external;
	const char *runbook, *owner;
	const struct name_value *labels;
	size_t label_count;
	const struct service *const *depends_on;
	size_t depends_count;
	const char *const *instances;
	size_t instance_count;
	int quorum;             /* instances that must be well; 0 = all */
	const struct check *const *checks; /* into fleet->checks */
	size_t check_count;
	const struct log_source *logs;
	size_t log_count;
	const struct maintenance *maintenance;
	size_t maintenance_count;
	struct srcpos pos;
	const char *error;      /* this service's config is wrong: UNKNOWN, with this as WHY */
};

/* Where the fleet's silences are asked for. */
struct alertmanager {
	const char *url;   /* …/api/v2/silences */
	const char *shown; /* as written, redacted */
	const struct name_value *headers;
	size_t header_count;
	struct auth auth;
	struct tls_options tls;
	const char *proxy;
	int64_t interval_ns, timeout_ns;
};

struct fleet {
	unsigned refs;
	struct arena arena;
	const char *name;
	const char *environment; /* "" where the file names none */
	const char *const *environments; /* all that the file has */
	size_t environment_count;
	/* What it was read from: files, folders that were given, secret files; watched for reload. */
	const char *const *files;
	size_t file_count;
	const char *const *folders; /* of those the folders: a file that appears in one belongs to the fleet */
	size_t folder_count;
	uint64_t digest;          /* of all files' bytes and the environment: "did anything change" */
	const struct service *services; /* in file order */
	size_t service_count;
	const struct check *checks;
	size_t check_count;
	const struct check *observers;  /* `observer:`; ids in the fleet's own name */
	size_t observer_count;
	const struct alertmanager *alertmanager; /* NULL: none */
	int64_t interval_ns;            /* the default, for the title line */
	struct redactor *redactor;
	/* What json_path_new and pattern_new made, freed with the fleet. */
	struct json_path **paths;
	size_t path_count;
	struct pattern **patterns;
	size_t pattern_count;
};

/* Never NULL. */
const struct auth *check_auth(const struct check *check);
const struct tls_options *check_tls(const struct check *check);
/* Whether one of its assertions is about the subject. */
bool check_speaks_of(const struct check *check, enum subject subject);
bool auth_same(const struct auth *a, const struct auth *b);
bool tls_options_same(const struct tls_options *a, const struct tls_options *b);
/* What a check says for a key of its type; the fallback, NULL or 0 where it says nothing. */
const char *check_text(const struct check *check, enum check_key key, const char *fallback);
bool check_flag(const struct check *check, enum check_key key, bool fallback);
int64_t check_number(const struct check *check, enum check_key key, int64_t fallback);
const char *const *check_texts(const struct check *check, enum check_key key, size_t *count);
/* Whether a line about the subject holds without being written (HELD in check_types.def): the check has none
 * of its own. */
bool check_holds(const struct check *check, enum subject subject);
const struct name_value *check_pairs(const struct check *check, enum check_key key, size_t *count);
/* Whether two checks put the same question over the same transport, and whether they want the same of its
 * answer. How often they ask, and how often they must fail, may differ. */
bool check_same_question(const struct check *a, const struct check *b);
bool check_same_demands(const struct check *a, const struct check *b);

struct fleet *fleet_ref(struct fleet *fleet);
void fleet_unref(struct fleet *fleet);
const struct service *fleet_service(const struct fleet *fleet, uint64_t service_id);
const struct service *fleet_service_named(const struct fleet *fleet, const char *name);
const struct check *fleet_check(const struct fleet *fleet, uint64_t check_id);

#endif
