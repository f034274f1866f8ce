/* What a browser asks of the answers to a page on another origin: the CORS check and the CORS-preflight
 * fetch of the WHATWG Fetch standard (https://fetch.spec.whatwg.org/, sections 4.9 and 4.8), as pure
 * functions of what the server's headers say. */
#ifndef PROBE_CORS_RULES_H
#define PROBE_CORS_RULES_H

#include "base/redact.h"

/* The page's request. */
struct cors_question {
	const char *origin; /* serialized: scheme://host[:port], or "null" */
	const char *method;
	const char *const *headers; /* names beside those that a browser always may send */
	size_t header_count;
	const char *const *expose;  /* names that the page wants to read of the answer */
	size_t expose_count;
	bool credentials;
};

/* An answer; several headers of one name as one value with ", " between, NULL where there is none. */
struct cors_answer {
	int status;
	const char *allow_origin, *allow_credentials, *allow_methods, *allow_headers;
	const char *expose_headers, *vary;
	const char *location; /* as it is to be shown */
	const struct redactor *redactor; /* of what is quoted of it; NULL */
	const char *words; /* a short body in words, for the sentence; NULL */
};

/* False where a browser sends the request at once ("CORS-safelisted" method and headers). */
bool cors_needs_preflight(const struct cors_question *question);
/* False where a browser would stop, with the rule that is broken, what it wants and what came. */
bool cors_preflight_holds(const struct cors_question *question, const struct cors_answer *answer,
			  struct strbuf *rule);
bool cors_answer_holds(const struct cors_question *question, const struct cors_answer *answer,
		       struct strbuf *rule);
/* True for an error answer (4xx, 5xx) that a browser hides behind a CORS error, though answers that are
 * good may well have their headers. */
bool cors_is_lost(const struct cors_answer *answer);
/* True, with a sentence, where an answer that a cache may keep repeats the origin and no Vary keeps caches from giving it to
 * a page of another origin. */
bool cors_is_unvaried(const struct cors_question *question, const struct cors_answer *answer,
		      struct strbuf *said);

#endif
