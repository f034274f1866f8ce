/* A cause with its reasons and what to do about it, as diagnose/ finds and everyone shows it. All
 * strings live in the arena of whatever holds the diagnosis. */
#ifndef MODEL_DIAGNOSIS_H
#define MODEL_DIAGNOSIS_H

#include "base/base.h"
#include "base/clock.h"

enum risk { RISK_READ, RISK_RESTART, RISK_CHANGE, RISK_DESTRUCTIVE, RISK_COUNT };
const char *risk_name(enum risk risk);

/* Where a piece of evidence can be opened. */
enum evidence_kind { EVIDENCE_CHECK, EVIDENCE_LOG, EVIDENCE_DEPENDENCY, EVIDENCE_DOCUMENT };

struct evidence {
	enum evidence_kind kind;
	const char *source;      /* "openapi", "check http /ready", "log voice.log", "direct" */
	const char *text;        /* the quoted line, header or value */
	double weight;           /* negative: speaks against */
	uint64_t check_id;       /* EVIDENCE_CHECK: which; else 0 */
	uint64_t service_id;     /* EVIDENCE_DEPENDENCY: which; else 0 */
	uint64_t log_source;     /* EVIDENCE_LOG */
	uint64_t log_line;       /* EVIDENCE_LOG: number of the line in its source */
	struct wall_time at;     /* when it was seen; 0 unknown */
};

struct remedy_step {
	const char *text;
	const char *const *argv; /* NULL where there is no command; never run, only shown */
	size_t argc;
	const char *command;     /* argv quoted for a POSIX shell, for showing and copying */
	enum risk risk;
};

struct diagnosis {
	const char *id;          /* class: "route-prefix-mismatch" */
	const char *title;
	double confidence;       /* 0..1; below DIAGNOSIS_SURE it is "not sure" */
	const char *explanation;
	const struct evidence *evidence;
	size_t evidence_count;
	const struct remedy_step *steps; /* safest first */
	size_t step_count;
	const char *const *verify;       /* "service/check" */
	size_t verify_count;
	const char *const *links;
	size_t link_count;
	const char *runbook;             /* the service's own; NULL */
};
#define DIAGNOSIS_SURE 0.5
#define DIAGNOSES_MAX 3

#endif
