/* The fleet under construction, shared by the files of config/ that each read one part of it.
 * Node trees and expanded values live in `scratch` and are gone when loading ends; what the
 * fleet keeps is copied into its own arena, equal strings once. */
#ifndef CONFIG_BUILD_H
#define CONFIG_BUILD_H

#include "base/map.h"
#include "base/node.h"
#include "base/vec.h"
#include "config/config.h"
#include "config/find.h"
#include "config/intern.h"

/* What defaults, services and checks may all say; each level begins as a copy of the one above. */
struct options {
	int64_t interval_ns, timeout_ns;
	const char *every;    /* a cron expression in place of the interval; NULL */
	const char *timezone; /* where it is meant; NULL: UTC */
	int fall, rise;
	int follow;
	struct tls_options tls;
	const char *proxy;
	struct auth auth;
	bool auth_broken; /* it was complained about, so nothing that follows from it is */
	const struct name_value *headers;
	size_t header_count;
};

/* A list of assertions that was parsed once and is shared by all services of a template. */
struct assertion_list {
	const struct assertion *at;
	size_t len;
	bool sound; /* no error in it */
	bool asks_status;
};

struct source {
	const char *path; /* in the fleet's arena; node places borrow it */
	char *bytes;
	size_t len;
	const struct node *root;
};

struct builder {
	struct fleet *fleet;
	struct diags *diags;
	const struct config_request *request;
	struct arena scratch;
	struct interner strings;
	struct source_vec VEC_OF(struct source) sources;
	struct path_list folders; /* where some of them were found */
	struct check_vec VEC_OF(struct check) checks;
	struct check_vec observers;
	struct path_vec VEC_OF(struct json_path *) paths;
	struct pattern_vec VEC_OF(struct pattern *) patterns;
	struct map *cron_of;	  /* by zone and expression */
	struct map *path_of;	  /* json path by its text */
	struct map *pattern_of;	  /* pattern by its text */
	struct idmap *assertions; /* struct assertion_list by node and type */
	struct map *templates;	  /* name -> struct template */
	struct name_vec VEC_OF(const char *) template_names; /* for suggestions, as below */
	struct map *services;				     /* name -> struct service */
	struct map *left_out; /* names of services that `only` excludes */
	struct name_vec variable_names;
	struct name_vec service_names;
	struct map *variables;		/* of the environment, expanded */
	struct map *secrets;		/* "env:X" or "file:P" -> value; each is read once */
	struct name_vec secret_files;	/* watched like the config itself */
	bool used_secret;		/* by the scalar that is being expanded */
	bool in_flow; /* the steps of one are expanded or read */
	const char *instance;		/* the value of ${instance}, NULL outside */
	const struct node **depends;	/* `depends_on` by service index, or NULL */
	struct map *suggestions;	/* "did you mean" by word and first candidate */
	const struct service *overfull; /* has been told that it has too many checks */
	uint64_t digest;
	struct options defaults;
	const struct auth *auth;	/* those that were kept last */
	const struct tls_options *tls;
	const char *defaults_error; /* every service has it: credentials may be missing */
};

/* What has to be said about one place. Nothing is said about a value whose expansion has failed
 * already (build_broken). */
void build_complain(struct builder *builder, const struct node *node, const char *fmt, ...)
	BASE_PRINTF(3, 4);
bool build_broken(const struct node *node);
/* "'abc'" or "a list": what stands there, for a complaint. In scratch. */
const char *build_shown(struct builder *builder, const struct node *node);
/* " did you mean 'x'?" with its semicolon, or "". In scratch. */
const char *build_suggest(struct builder *builder, const char *word, const char *const *candidates,
			  size_t count);
/* Readers that complain about a wrong kind or value and give the fallback. */
const char *build_text(struct builder *builder, const struct node *node, const char *what,
		       const char *fallback);
bool build_bool(struct builder *builder, const struct node *node, bool fallback);
int64_t build_duration(struct builder *builder, const struct node *node, int64_t fallback_ns,
		       int64_t least_ns, int64_t most_ns);
int build_int(struct builder *builder, const struct node *node, int fallback, int least, int most);
/* A text that will be shown: one line of at most `most` bytes without control bytes. For names it
 * may not hold a secret either: they are ids, and stand in outputs unmasked. */
const char *build_line(struct builder *builder, const struct node *node, const char *what,
		       size_t most);
const char *build_name(struct builder *builder, const struct node *node, const char *what);
/* How many complaints there are, to ask later whether a part was sound. */
struct build_mark {
	size_t errors, len;
};
struct build_mark build_mark(const struct builder *builder);
/* The first error since then with its place, in the fleet's arena and with secrets masked; NULL
 * where there is none. */
const char *build_error_since(struct builder *builder, struct build_mark mark);
/* Takes back complaints since `mark` that were made before, word for word at the same place: a
 * mistake in a template is told once. */
void build_drop_repeats(struct builder *builder, struct build_mark mark);
/* A list, or one value in place of a list of one: calls for the length and each item. */
size_t build_list_len(const struct node *node);
const struct node *build_list_at(const struct node *node, size_t index);
/* The path of a file that is opened later, beside the config file; that it can be read is worth
 * knowing before. NULL after a complaint about its text. */
const char *build_file(struct builder *builder, const struct node *node, const char *what);
/* So too of a private key, which must not be encrypted: nobody is there to give its pass phrase. */
const char *build_key_file(struct builder *builder, const struct node *node);
/* The one fleet-owned copy of a text; NULL stays NULL. */
const char *build_keep(struct builder *builder, const char *text);
/* A fleet-owned copy of a text that is likely the only one of its kind. */
const char *build_copy(struct builder *builder, const char *text);
/* The text itself, which the fleet owns already, or a copy of it with its secrets masked. */
const char *build_masked(struct builder *builder, const char *kept);
/* build_keep(), for showing. */
const char *build_shown_text(struct builder *builder, const char *text);

/* expand.c: `${…}` in every scalar of a tree; the same node where there is none. */
const struct node *build_expand(struct builder *builder, const struct node *node);

/* environment.c: chooses the environment and reads its variables; false after a complaint. */
bool build_environment(struct builder *builder);

/* options.c */
/* True where `key` is an option; it is read into `options`. */
bool build_option(struct builder *builder, struct options *options, const struct node *key,
		  const struct node *value);
bool build_is_option(const char *key);
/* `only: [prod]`: whether this environment is meant. */
bool build_only(struct builder *builder, const struct node *only);

/* `every` in its zone, made once; NULL where there is none, or it was complained about. */
const struct cron *build_cron(struct builder *builder, const struct options *options);
/* Complains where one level says both `interval` and `every`. */
void build_one_rhythm(struct builder *builder, const struct node *node);

/* assertion.c */
const struct assertion_list *build_assertions(struct builder *builder, enum check_type type,
					      const struct node *node);

/* check.c: what a check takes from its service, for one instance. */
struct scope {
	struct service *service;
	struct options options;
	const struct node *url_node;
	const char *url, *direct; /* NULL where there is none */
	bool broken;		  /* the service's own part is wrong, so the check cannot be put */
	int instance;
	struct check_vec *checks; /* where they go */
	size_t first;		  /* the service's first check there */
};
void build_check(struct builder *builder, const struct scope *scope, const struct node *node);
/* A step of a flow as a check that is in no list; `node` is expanded. NULL after a complaint. */
const struct check *build_step(struct builder *builder, const struct scope *scope,
			       const struct node *node, const struct check *flow);
/* flow.c: the steps, into the check. */
void build_flow(struct builder *builder, const struct scope *scope, const struct node *node,
		struct check *check);
/* The check that stands for a service of which only `url` is known. */
void build_implied_check(struct builder *builder, const struct scope *scope);
bool build_is_check_key(const char *key);
/* Type and keys alone, for templates that nobody uses yet. */
void build_check_keys(struct builder *builder, const struct node *node);

/* service.c */
void build_service(struct builder *builder, const struct node *node);
void build_template_keys(struct builder *builder, const struct node *node);
/* depends.c */
void build_dependencies(struct builder *builder);
/* select.c: only what the command line asks for stays; false where nothing is left. */
bool build_select(struct builder *builder);
/* maintenance.c: a list of windows in the fleet's arena. */
const struct maintenance *build_maintenance(struct builder *builder, const struct node *node,
					    size_t *count);
/* alertmanager.c: into the fleet. */
void build_alertmanager(struct builder *builder, const struct node *given);
/* template.c */
void build_template_add(struct builder *builder, const struct node *key, const struct node *node);
/* The service with what its templates say; the same node where it uses none. */
const struct node *build_use_templates(struct builder *builder, const struct node *service);

#endif
