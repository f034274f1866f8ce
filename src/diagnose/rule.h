/* A rule as compiled: what diagnose/'s own files share. Everything lives in the ruleset's arena,
 * but for the patterns of conditions, which the ruleset owns. */
#ifndef DIAGNOSE_RULE_H
#define DIAGNOSE_RULE_H

#include "diagnose/facts.h"

#define RULES_MAX 1000
#define CLUES_MAX 64	      /* items of one list of a rule */
#define CLUE_PARTS_MAX 8      /* parts of one `all` */
#define RULE_PATTERN_MAX 1000 /* bytes of one regular expression */

enum condition_op {
	IS,
	IS_NOT,
	LESS,
	LESS_EQUAL,
	MORE,
	MORE_EQUAL,
	MATCHES,
	MATCHES_NOT,
	IN,
	EXISTS,
	ABSENT
};

/* One alternative: a text, a number or a range of numbers. */
struct alternative {
	const char *text;
	bool numeric;
	double first, last;
};

/* `fact: http.status in 500..599` */
struct condition {
	const char *text; /* as written */
	enum fact_id fact;
	const char *argument;
	enum condition_op op;
	const struct alternative *alternatives; /* one but for IN */
	size_t alternative_count;
	struct pattern *pattern;
};

enum clue_kind {
	CLUE_FACT, /* a condition on a fact */
	CLUE_TEXT, /* a pattern in logs, bodies and messages */
	CLUE_LOG,  /* a pattern in logs alone */
	CLUE_ALL   /* all parts hold */
};
struct clue {
	enum clue_kind kind;
	double weight;
	struct condition condition;
	size_t pattern; /* index into the ruleset's patterns */
	const struct clue *parts;
	size_t part_count;
	const char *why;   /* the rule's own words on it; NULL */
	const char *about; /* the program that it speaks of, as steps ask for it; NULL */
};

enum clue_list { CLUES_FOR, CLUES_SUPPORT, CLUES_AGAINST, CLUE_LISTS };

/* STEP_ELSE: where no condition of another step of the rule holds. */
enum step_shown { STEP_ALWAYS, STEP_WHEN, STEP_ELSE };

struct rule_step {
	const char *text;
	const char *const *argv;
	size_t argc;
	enum risk risk;
	enum step_shown shown;
	struct condition when; /* of STEP_WHEN */
};

struct rule {
	const char *id;
	struct srcpos pos;
	const char *title;
	const char *explanation;
	const struct clue *clues[CLUE_LISTS];
	size_t clue_counts[CLUE_LISTS];
	const struct rule_step *steps;
	size_t step_count;
	const char *const *verify; /* templates; NULL = the checks that fail */
	size_t verify_count;
	const char *const *links;
	size_t link_count;
	const char *const *outranks; /* class ids that are its symptoms */
	size_t outranks_count;
	bool replaced; /* a later file has a rule of the same id */
};

/* A line that looks alarming and is not: no evidence for any rule. */
struct harmless {
	size_t pattern;
	const char *why;
	const char *advice;
};

struct rule_pattern {
	const char *regex;
	struct pattern *compiled; /* for texts, and for the names of its groups */
};

struct ruleset {
	unsigned refs;
	struct arena arena;
	struct VEC_OF(struct rule) rules;
	struct VEC_OF(struct harmless) harmless;
	struct VEC_OF(struct rule_pattern) patterns;
	struct VEC_OF(struct pattern *) owned; /* of conditions */
	struct pattern_set *set;	       /* NULL until asked for */
};

/* condition.c: parses `text`; false with complaints in `diags`. */
bool condition_parse(struct ruleset *rules, struct condition *condition, const struct node *node,
		     struct diags *diags);
bool condition_holds(const struct condition *condition, const struct value *value);

/* template.c: `{name}`, `{name|words where there is none}`, `{name,other|words}`. */
struct binding {
	const char *name;
	const char *value;
};
#define SCOPE_NOWHERE SIZE_MAX
struct bindings {
	struct VEC_OF(struct binding) list;
	const struct facts *facts;	      /* `{http.status}`; may be NULL */
	/* The scope each kind of fact is taken from first; SCOPE_NOWHERE: there is none. */
	size_t scope[FACT_OF_DEPENDENCY + 1];
};
void template_fill(struct strbuf *out, const char *text, const struct bindings *bindings);
/* For one argument of a command: a value that could act as an option becomes `<name>`. */
void template_fill_argument(struct strbuf *out, const char *text, const struct bindings *bindings);
/* Calls `visit` for the name in each placeholder; false where a brace is not closed. */
bool template_names(const char *text, bool (*visit)(void *context, const char *name, size_t len),
		    void *context);
/* Appends `word` as one word of a POSIX shell. */
void shell_quote(struct strbuf *out, const char *word);

#endif
