/* Masks secrets wherever their bytes appear: as they are, percent-encoded and base64-encoded
 * (all three alignments). Values shorter than 4 bytes are masked only as whole words. Secrets may be
 * added while other threads redact. */
#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include "base/strbuf.h"

#define REDACT_MASK "***"

struct redactor;
struct redactor *redactor_new(void);
void redactor_free(struct redactor *redactor);
void redactor_add(struct redactor *redactor, const char *secret);
/* A secret that is one for a while only: of these, the latest REDACT_PASSING are known. */
#define REDACT_PASSING 64
void redactor_add_passing(struct redactor *redactor, const char *secret);
bool redactor_empty(const struct redactor *redactor);
/* Appends `text` with every secret replaced by REDACT_MASK. */
void redact(const struct redactor *redactor, struct strbuf *out, const char *text, size_t len);
/* Appends a piece of foreign bytes as one line of at most `most` bytes, "…" behind it where it was cut.
 * It is redacted before it is cut, so that no part of a secret is left. The redactor may be NULL. */
void redact_quote(const struct redactor *redactor, struct strbuf *out, const char *bytes, size_t len,
		  size_t most);
/* How much of a text that was cut is no secret's beginning: what is behind it may be one whose end is missing.
 * Cut there, the text can be redacted. */
size_t redact_whole(const struct redactor *redactor, const char *text, size_t len);
char *redact_dup(const struct redactor *redactor, const char *text); /* caller frees */

#endif
