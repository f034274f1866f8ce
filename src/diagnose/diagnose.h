/* From facts to causes. Rules are data (rules/ *.yaml): a class, weighted evidence for and
 * against, an explanation with captures, steps, what verifies it. Facts are the same values that
 * judge/ sees, log matches with their captures, and the states of dependencies. Pure: the same
 * facts give the same diagnoses in the same order. */
#ifndef DIAGNOSE_DIAGNOSE_H
#define DIAGNOSE_DIAGNOSE_H

#include "base/arena.h"
#include "base/diags.h"
#include "base/node.h"
#include "base/pattern_set.h"
#include "model/diagnosis.h"
#include "model/event.h"
#include "model/fleet.h"
#include "model/sample.h"
#include "model/snapshot.h"

/* The compiled rules; counted, immutable. Its log patterns are one set, whose indices are those
 * of struct log_match.pattern. */
struct ruleset;
struct ruleset *ruleset_new(const struct node *const *documents, size_t count, struct diags *diags);
struct ruleset *ruleset_ref(struct ruleset *rules);
void ruleset_unref(struct ruleset *rules);
/* Compiled on the first call (tens of ms: do it in a worker job, before sharing the ruleset). */
struct pattern_set *ruleset_patterns(struct ruleset *rules, struct strbuf *err);
size_t ruleset_len(const struct ruleset *rules);
/* True for the patterns of lines that look alarming and are not: such a line is evidence for
 * nothing, so the other matches in it need not be kept. */
bool ruleset_harmless(const struct ruleset *rules, size_t pattern);
/* All rules as a list, or one with its evidence and steps, for --rules [ID]. */
bool ruleset_describe(const struct ruleset *rules, const char *id, struct strbuf *out);

/* What is known about one service at one moment; all borrowed. */
struct case_check {
	const struct check *check;
	enum check_state state;
	enum failure failure;
	enum phase failed_phase;
	const char *message;
	const struct sample_value *values; /* of the newest sample */
	size_t value_count;
	const struct exchange *exchange;
};
struct case_log {
	struct log_match match;
	const char *source_name;
};
struct case_dependency {
	const struct service *service;
	enum service_state state;
	struct wall_time since;
	const char *why;
	const char *top_cause; /* class id of its best diagnosis; NULL */
};
/* An incident document of --explain: what somebody observed, no polling. */
struct case_symptom {
	const char *key; /* "http_status", "container.exit_code", "header.server" … */
	struct value value;
};
struct case_file {
	const struct service *service; /* NULL for documents */
	enum service_state state;
	struct wall_time now;
	struct wall_time since;
	const struct case_check *checks;
	size_t check_count;
	const struct case_log *logs;
	size_t log_count;
	const struct case_dependency *dependencies;
	size_t dependency_count;
	const struct case_symptom *symptoms;
	size_t symptom_count;
};
/* At most DIAGNOSES_MAX, best first, everything in `arena`; the count. */
size_t diagnose(const struct ruleset *rules, const struct case_file *file, struct arena *arena,
		const struct diagnosis **diagnoses);

#endif
