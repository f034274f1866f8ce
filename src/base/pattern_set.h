/* Many patterns over many lines at once: a search for literal texts finds the lines worth a look,
 * PCRE2 confirms and captures. The set is immutable, counted and shared between threads; scratch
 * belongs to one scanning caller. */
#ifndef BASE_PATTERN_SET_H
#define BASE_PATTERN_SET_H

#include "base/pattern.h"

struct pattern_set;
struct pattern_scratch;

struct pattern_spec {
	const char *regex;
	unsigned flags; /* enum pattern_flags */
};

/* Compiles (a few ms for 100 patterns: call it in a worker job). NULL with a sentence in `err` naming the
 * pattern that does not compile. */
struct pattern_set *pattern_set_new(const struct pattern_spec *specs, size_t count,
				    struct strbuf *err);
struct pattern_set *pattern_set_ref(struct pattern_set *set);
void pattern_set_unref(struct pattern_set *set);
size_t pattern_set_len(const struct pattern_set *set);
const struct pattern *pattern_set_at(const struct pattern_set *set, size_t index);

struct pattern_scratch *pattern_scratch_new(const struct pattern_set *set);
void pattern_scratch_free(struct pattern_scratch *scratch);
/* True once `pattern` ran into its match limit too often: it is no longer tried with this
 * scratch, which the owner should say. */
bool pattern_scratch_gave_up(const struct pattern_scratch *scratch, size_t pattern);
/* How many patterns have no literal text of two bytes and more that they cannot match without
 * (`\d+%`), so that PCRE2 must try them on every line: a set should have few of these. */
size_t pattern_set_slow(const struct pattern_set *set);

struct pattern_hit {
	size_t pattern;             /* index into the specs */
	const char *line;           /* of the scanned bytes, without its newline (LF or CR LF) */
	size_t line_len;
	struct pattern_match match; /* relative to `line` */
};
/* Scans a block of whole lines (the last may lack its newline); calls `hit` once for each
 * (line, pattern) that matches, in line order. `hit` answers false to stop. */
void pattern_set_scan(const struct pattern_set *set, struct pattern_scratch *scratch,
		      const char *bytes, size_t len,
		      bool (*hit)(void *context, const struct pattern_hit *hit), void *context);

#endif
