/* The snapshot as text for scripts and people: pure, the whole output into one buffer. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "model/snapshot.h"

enum report_format { REPORT_TABLE, REPORT_WIDE, REPORT_JSON, REPORT_FORMAT_COUNT };
/* REPORT_FORMAT_COUNT where there is no such format. */
enum report_format report_format_find(const char *name);
const char *report_format_name(enum report_format format);

struct report_options {
	enum report_format format;
	int width;         /* the table is at most so wide */
	bool ascii, color; /* colour: SGR in the table */
	bool deadline_hit;
};
void report_write(const struct snapshot *snapshot, const struct report_options *options,
		  struct strbuf *out);
enum fail_on { FAIL_ON_DEGRADED, FAIL_ON_DOWN };
/* The exit code of the monitoring-plugin contract: worst in the order DOWN 2, UNKNOWN 3,
 * DEGRADED 1, UP 0; acks and mutes do not change it, maintenance does. */
int report_exit_code(const struct snapshot *snapshot, enum fail_on fail_on);
/* Diagnoses as the list that --once -o json and --explain -o json share. */
void report_diagnoses(const struct diagnosis *diagnoses, size_t count, struct json_writer *out);

#endif
