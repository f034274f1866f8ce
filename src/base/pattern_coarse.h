/* The coarse form of a regular expression: what a block scanner, which sees many lines at once,
 * looks for in place of an expression that is meant for one line. */
#ifndef BASE_PATTERN_COARSE_H
#define BASE_PATTERN_COARSE_H

#include "base/strbuf.h"

/* Writes an expression (to be compiled with ^ and $ at every line) that matches in a line, ending
 * in it, wherever `regex` matches that line; it may match more. False where none is known. */
bool pattern_coarse(struct strbuf *out, const char *regex, unsigned flags);
/* Bytes of the class whose '[' is at `text`; a first ']' (after an optional '^') is a member. */
size_t pattern_class_len(const char *text);

#endif
