/* The answer of a token endpoint, whatever it is. Invariant: a token that gets out can stand in a header as it is, and
 * its life is neither negative nor longer than a day. See oauth_answer.h. */
#include "net/oauth_answer.h"

#include "base/json.h"
#include "base/xalloc.h"

#include <strings.h>

#define LIFETIME_UNKNOWN_S 300.0
#define LIFETIME_MOST_S (24.0 * 3600)
#define EARLY_MOST_S 30.0 /* a token is let go a tenth of its life before its end, at most so long */

/* RFC 6750 section 2.1: what a bearer token is made of; nothing that would end its header. */
static bool is_token(const char *token)
{
	size_t len = token != NULL ? strlen(token) : 0;

	for (size_t i = 0; i < len; i++)
		if (token[i] <= ' ' || token[i] > '~')
			return false;
	return len != 0 && len <= OAUTH_TOKEN_MAX;
}

/* Section 5.1. */
static enum failure read_token(const struct json *root, struct oauth_answer *answer, struct strbuf *said)
{
	const char *token = json_string(json_get(root, "access_token"));
	const char *type = json_string(json_get(root, "token_type"));
	double life_s = json_number(json_get(root, "expires_in"), LIFETIME_UNKNOWN_S);
	double early_s;

	if (!is_token(token)) {
		strbuf_adds(said, token == NULL ? "answered without an access_token"
						: "answered with an access_token that no header can hold");
		return FAILURE_TOKEN;
	}
	if (type != NULL && strcasecmp(type, "bearer") != 0) {
		strbuf_addf(said, "gave a token of type %s; wanted bearer", type);
		return FAILURE_TOKEN;
	}
	if (!(life_s >= 0))
		life_s = 0;
	if (life_s > LIFETIME_MOST_S)
		life_s = LIFETIME_MOST_S;
	early_s = life_s / 10 < EARLY_MOST_S ? life_s / 10 : EARLY_MOST_S;
	answer->token = xstrdup(token);
	/* One that ends at once still is for those who wait now. */
	answer->usable_ns = (int64_t)((life_s - early_s) * (double)NS_PER_S) + 1;
	return FAILURE_NONE;
}

/* Section 5.2. */
static enum failure explain_refusal(int status, const struct json *root, struct strbuf *said)
{
	const char *error = json_string(json_get(root, "error"));
	const char *description = json_string(json_get(root, "error_description"));
	bool client_error = status == 400 || status == 401 || status == 403;

	strbuf_addf(said, "answered %d", status);
	if (error != NULL)
		strbuf_addf(said, " %s", error);
	if (description != NULL)
		strbuf_addf(said, " (%s)", description);
	if (client_error)
		strbuf_adds(said, ": check client_id, client_secret and scope");
	return client_error ? FAILURE_CREDENTIALS : FAILURE_TOKEN;
}

enum failure oauth_answer_read(int status, const char *body, size_t len, struct oauth_answer *answer,
			       struct strbuf *said)
{
	struct json_doc *doc = len != 0 ? json_parse(body, len, NULL) : NULL;
	const struct json *root = doc != NULL ? json_root(doc) : NULL;
	enum failure failure = FAILURE_TOKEN;

	*answer = (struct oauth_answer){0};
	if (status < 200 || status > 299)
		failure = explain_refusal(status, root, said);
	else if (doc == NULL)
		strbuf_addf(said, "answered %d with a body that is no JSON", status);
	else
		failure = read_token(root, answer, said);
	json_free(doc);
	return failure;
}
