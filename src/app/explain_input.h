/* What --explain reads, cut into documents: incident documents, and log text. */
#ifndef APP_EXPLAIN_INPUT_H
#define APP_EXPLAIN_INPUT_H

#include "base/arena.h"
#include "base/json.h"
#include "base/vec.h"
#include "diagnose/diagnose.h"

/* One document, made into what diagnose() and the scan take. */
struct explain_document {
	const char *id;
	struct strbuf log; /* scrubbed lines */
	const struct case_symptom *symptoms;
	size_t symptom_count;
};
struct explain_documents {
	struct arena arena; /* of ids and symptoms */
	struct VEC_OF(struct explain_document) list;
};

/* Cuts `bytes` into documents, in order; at least one. Log text between documents is one document
 * called `name`, at the place of its first line. */
void explain_split(struct explain_documents *documents, const char *name, const char *bytes,
		   size_t len);
void explain_documents_release(struct explain_documents *documents);

#endif
