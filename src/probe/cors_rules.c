/* The rules of CORS, in the order in which a browser meets them, but for one thing: a preflight whose
 * status is wrong is told by its status, since what it lacks follows from that. Invariant: nothing is
 * lenient that a browser is not; names of headers have no case, methods and origins have one. See
 * cors_rules.h. */
#include "probe/cors_rules.h"

#include <ctype.h>
#include <strings.h>

#define PREFLIGHT "the preflight"
#define SHOWN_MAX 160 /* of what a server says */

static bool one_of(const char *text, size_t len, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == len && strncasecmp(names[i], text, len) == 0)
			return true;
	return false;
}

/* --- lists of names ----------------------------------------------------------------------- */

static bool is_token_byte(char byte)
{
	return isalnum((unsigned char)byte) || (byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
}

/* The next name of a list like "GET, POST"; NULL at its end. `*bad` is set where it is no such list. */
static const char *next_name(const char **at, size_t *len, bool *bad)
{
	const char *name;

	*at += strspn(*at, ", \t");
	name = *at;
	while (is_token_byte(**at))
		(*at)++;
	*len = (size_t)(*at - name);
	*at += strspn(*at, " \t");
	if (**at != ',' && **at != '\0') {
		*bad = true;
		return NULL;
	}
	return *len != 0 ? name : NULL;
}

/* "extract header list values": false where it cannot be read. */
static bool is_list(const char *list)
{
	bool bad = false;
	size_t len;

	while (list != NULL && next_name(&list, &len, &bad) != NULL)
		;
	return !bad;
}

static bool list_has(const char *list, const char *name, bool caseless)
{
	bool bad = false;
	const char *found;
	size_t len;

	while (list != NULL && (found = next_name(&list, &len, &bad)) != NULL)
		if (len == strlen(name) && (caseless ? strncasecmp(found, name, len) == 0
						     : memcmp(found, name, len) == 0))
			return true;
	return false;
}

/* --- words -------------------------------------------------------------------------------- */

static void add_got(const struct cors_answer *answer, struct strbuf *rule, const char *value)
{
	if (value == NULL) {
		strbuf_adds(rule, "got no such header");
	} else if (value[0] == '\0') {
		strbuf_adds(rule, "got an empty value");
	} else {
		strbuf_adds(rule, "got ");
		redact_quote(answer->redactor, rule, value, strlen(value), SHOWN_MAX);
	}
}

/* Why two origins that look alike are not. */
static const char *origin_hint(const char *wanted, const char *got)
{
	size_t len = strlen(wanted);
	const char *host = strstr(wanted, "://"), *got_host = strstr(got, "://");

	if (strchr(got, ',') != NULL)
		return "; one value is allowed, not several";
	if (strcmp(got, "null") == 0)
		return "; null is for pages that have no origin";
	if (strncmp(got, wanted, len) == 0 && strcmp(got + len, "/") == 0)
		return "; an origin has no slash at its end";
	if (strcasecmp(got, wanted) == 0)
		return "; it is compared byte by byte";
	if (host != NULL && got_host != NULL && strcmp(host, got_host) == 0)
		return "; the scheme belongs to the origin";
	if (host != NULL && strcmp(got, host + 3) == 0)
		return "; the scheme belongs to the origin";
	if (strchr(got, '*') != NULL && got[1] != '\0')
		return "; no patterns are allowed in it";
	return "";
}

/* "CORS check". */
static bool origin_holds(const struct cors_question *question, const struct cors_answer *answer,
			 const char *what, struct strbuf *rule)
{
	const char *got = answer->allow_origin;

	if (got != NULL && !question->credentials && strcmp(got, "*") == 0)
		return true;
	if (got == NULL || strcmp(got, question->origin) != 0) {
		strbuf_addf(rule, "Access-Control-Allow-Origin of %s: wanted %s%s, ", what,
			    question->origin, question->credentials ? "" : " or *");
		add_got(answer, rule, got);
		if (got != NULL && strcmp(got, "*") == 0)
			strbuf_adds(rule, "; with credentials * is not allowed");
		else if (got != NULL)
			strbuf_adds(rule, origin_hint(question->origin, got));
		return false;
	}
	if (!question->credentials ||
	    (answer->allow_credentials != NULL && strcmp(answer->allow_credentials, "true") == 0))
		return true;
	strbuf_addf(rule, "Access-Control-Allow-Credentials of %s: wanted true, ", what);
	add_got(answer, rule, answer->allow_credentials);
	return false;
}

/* --- the preflight ------------------------------------------------------------------------ */

static bool is_safe_method(const char *method)
{
	static const char *const safe[] = {"GET", "HEAD", "POST"};

	for (size_t i = 0; i < BASE_LEN(safe); i++)
		if (strcmp(method, safe[i]) == 0)
			return true;
	return false;
}

/* "CORS-safelisted request-header", by its name alone: a Content-Type is taken to be one that is not
 * safelisted (application/json), else nobody would name it. */
static bool is_safe_header(const char *name)
{
	static const char *const safe[] = {"accept", "accept-language", "content-language"};

	return one_of(name, strlen(name), safe, BASE_LEN(safe));
}

bool cors_needs_preflight(const struct cors_question *question)
{
	for (size_t i = 0; i < question->header_count; i++)
		if (!is_safe_header(question->headers[i]))
			return true;
	return !is_safe_method(question->method);
}

static bool status_holds(const struct cors_answer *answer, struct strbuf *rule)
{
	int status = answer->status;

	if (status >= 200 && status <= 299)
		return true;
	if (status >= 300 && status <= 399 && answer->location != NULL) {
		strbuf_addf(rule, "redirect of the preflight: wanted 200..299, got %d to %s; a browser does "
				  "not follow it", status, answer->location);
		return false;
	}
	strbuf_addf(rule, "status of the preflight: wanted 200..299, got %d", status);
	if (answer->words != NULL)
		strbuf_addf(rule, " (%s)", answer->words);
	if (status == 401 || status == 403)
		strbuf_adds(rule, "; a browser sends no credentials with it");
	else if (status == 404 || status == 405 || status == 501)
		strbuf_adds(rule, "; the server does not answer OPTIONS there");
	return false;
}

static bool method_holds(const struct cors_question *question, const struct cors_answer *answer,
			 struct strbuf *rule)
{
	const char *list = answer->allow_methods;

	if (is_list(list) && (is_safe_method(question->method) ||
			      list_has(list, question->method, false) ||
			      (!question->credentials && list_has(list, "*", false))))
		return true;
	strbuf_addf(rule, "Access-Control-Allow-Methods of the preflight: wanted %s, ", question->method);
	add_got(answer, rule, list);
	if (!is_list(list))
		strbuf_adds(rule, "; it is no list of methods");
	else if (list_has(list, "*", false))
		strbuf_adds(rule, "; with credentials * stands for itself only");
	else if (list_has(list, question->method, true))
		strbuf_adds(rule, "; methods have to be in capital letters");
	return false;
}

static bool header_is_allowed(const struct cors_question *question, const char *list, const char *name)
{
	if (list_has(list, name, true))
		return true;
	/* "CORS non-wildcard request-header name". */
	return !question->credentials && strcasecmp(name, "authorization") != 0 &&
	       list_has(list, "*", true);
}

static bool headers_hold(const struct cors_question *question, const struct cors_answer *answer,
			 struct strbuf *rule)
{
	const char *list = answer->allow_headers;

	for (size_t i = 0; i < question->header_count; i++) {
		const char *name = question->headers[i];

		if (is_safe_header(name) ||
		    (is_list(list) && header_is_allowed(question, list, name)))
			continue;
		strbuf_addf(rule, "Access-Control-Allow-Headers of the preflight: wanted %s, ", name);
		add_got(answer, rule, list);
		if (!is_list(list))
			strbuf_adds(rule, "; it is no list of names");
		else if (list_has(list, "*", true))
			strbuf_adds(rule, question->credentials
						  ? "; with credentials * stands for itself only"
						  : "; * does not cover authorization");
		return false;
	}
	return true;
}

bool cors_preflight_holds(const struct cors_question *question, const struct cors_answer *answer,
			  struct strbuf *rule)
{
	return status_holds(answer, rule) && origin_holds(question, answer, PREFLIGHT, rule) &&
	       method_holds(question, answer, rule) && headers_hold(question, answer, rule);
}

/* --- the answer --------------------------------------------------------------------------- */

/* "CORS-safelisted response-header name". */
static bool is_seen_anyway(const char *name)
{
	static const char *const safe[] = {"cache-control", "content-language", "content-length",
					   "content-type",  "expires",		"last-modified",
					   "pragma"};

	return one_of(name, strlen(name), safe, BASE_LEN(safe));
}

static bool exposes(const struct cors_question *question, const struct cors_answer *answer,
		    struct strbuf *rule)
{
	const char *list = answer->expose_headers;

	for (size_t i = 0; i < question->expose_count; i++) {
		const char *name = question->expose[i];

		if (is_seen_anyway(name) || list_has(list, name, true) ||
		    (!question->credentials && list_has(list, "*", true)))
			continue;
		strbuf_addf(rule, "Access-Control-Expose-Headers of the answer: wanted %s, ", name);
		add_got(answer, rule, list);
		strbuf_adds(rule, "; the page cannot read it");
		return false;
	}
	return true;
}

bool cors_is_lost(const struct cors_answer *answer)
{
	return answer->status >= 400 && answer->allow_origin == NULL;
}

bool cors_answer_holds(const struct cors_question *question, const struct cors_answer *answer,
		       struct strbuf *rule)
{
	char what[40];

	(void)snprintf(what, sizeof(what), "the %d answer", answer->status);
	if (cors_is_lost(answer)) {
		strbuf_addf(rule, "Access-Control-Allow-Origin of %s: wanted %s%s, got no such header; "
				  "the page sees a CORS error in place of the %d",
			    what, question->origin, question->credentials ? "" : " or *",
			    answer->status);
		return false;
	}
	return origin_holds(question, answer, what, rule) && exposes(question, answer, rule);
}

bool cors_is_unvaried(const struct cors_question *question, const struct cors_answer *answer,
		      struct strbuf *said)
{
	if (answer->allow_origin == NULL || strcmp(answer->allow_origin, question->origin) != 0 ||
	    (strcmp(question->method, "GET") != 0 && strcmp(question->method, "HEAD") != 0) ||
	    list_has(answer->vary, "origin", true) || list_has(answer->vary, "*", true))
		return false;
	strbuf_addf(said, "Vary of the %d answer: wanted Origin, since it repeats the origin; ",
		    answer->status);
	add_got(answer, said, answer->vary);
	return true;
}
