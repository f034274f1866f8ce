/* How far a line may be believed that has a rule's words in it: a program that fails says so, a
 * program that speaks of failing (a setting, a help text, a search, a test, a count of none) says the
 * same words. Pure: text and level in, a share and its reason out. */
#ifndef DIAGNOSE_DOUBT_H
#define DIAGNOSE_DOUBT_H

#include "model/log.h"

/* A match in a line. */
struct statement {
	const char *text;
	size_t len;
	size_t start, end;    /* of the match */
	enum log_level level; /* the line's own; LOG_UNKNOWN */
	bool settled;	      /* a later line says that the same thing works */
	bool failing;	      /* something beside the text says that the service fails */
};
struct doubt {
	double worth;	 /* 1: none */
	const char *why; /* NULL: none */
};
/* The strongest reason for doubt. */
struct doubt doubt_of(const struct statement *statement);

#endif
