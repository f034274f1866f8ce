/* Facts: what is known about one case, in the form that rules speak of. Made once a diagnosis from
 * the case file; borrowed strings and those in the arena. Nothing is a fact that was not observed:
 * facts of checks are those of the ones that do not pass, so that a rule never blames an answer
 * that somebody expects. */
#ifndef DIAGNOSE_FACTS_H
#define DIAGNOSE_FACTS_H

#include "base/arena.h"
#include "base/vec.h"
#include "diagnose/diagnose.h"

enum fact_id {
#define FACT(id, name, type, scope, label, doc) FACT_##id,
#include "diagnose/facts.def"
#undef FACT
	FACT_COUNT
};
/* FACT_OF_NONE: a scope that holds no facts; some of the whole case are cited from it. */
enum fact_scope { FACT_OF_CASE, FACT_OF_CHECK, FACT_OF_DEPENDENCY, FACT_OF_NONE };

struct fact_info {
	const char *name;
	enum value_type type;
	enum fact_scope scope;
	const char *label;
	const char *doc;
};

const struct fact_info *fact_info(enum fact_id id);
/* FACT_COUNT where there is no such fact. */
enum fact_id fact_find(const char *name, size_t len);
/* All names, for suggestions; FACT_COUNT of them. */
const char *const *fact_names(void);

struct fact {
	enum fact_id id;
	const char *argument; /* the header's name; else NULL */
	struct value value;   /* VALUE_NULL: observed to be absent */
	size_t scope;	      /* index into facts.scopes; [0] is the whole case */
	size_t cited;	      /* the scope that evidence names; 0: its own */
};

/* What a fact is about, and where evidence of it is opened. */
struct scope {
	enum fact_scope kind;
	enum evidence_kind evidence;
	const char *source; /* "check http /ready" */
	uint64_t check_id, service_id;
	struct wall_time at;
	const struct exchange *exchange; /* its headers answer `http.header`; NULL */
};

/* Text in which patterns are looked for beside the logs. */
struct fact_text {
	const char *text;
	size_t len;
	size_t scope;
};

struct facts {
	struct VEC_OF(struct fact) list;
	bool present[FACT_COUNT]; /* there is at least one of these */
	struct VEC_OF(struct scope) scopes;
	struct VEC_OF(struct fact_text) texts;
	struct arena *arena; /* borrowed */
};

void facts_collect(struct facts *facts, const struct case_file *file, struct arena *arena);
void facts_release(struct facts *facts);
/* The first fact of this id in a scope (SIZE_MAX: any), NULL where there is none. */
const struct fact *facts_get(const struct facts *facts, enum fact_id id, size_t scope);
/* A response header in a scope; `*known` says whether the answer's headers were seen at all. */
const char *facts_header(const struct facts *facts, size_t scope, const char *name, bool *known);

/* For the files that collect (facts.c, facts_document.c). */
size_t facts_add_scope(struct facts *facts, const struct scope *scope);
void facts_add(struct facts *facts, enum fact_id id, size_t scope, struct value value);
void facts_add_text(struct facts *facts, enum fact_id id, size_t scope, const char *text);
/* What a status, headers and body say about who answered. */
void facts_add_proxy(struct facts *facts, size_t scope, const char *server, const char *body,
		     double status);
void facts_collect_document(struct facts *facts, const struct case_file *file);

#endif
