/* What a token endpoint answers: an access token, or why there is none (RFC 6749 section 5). Pure. */
#ifndef NET_OAUTH_ANSWER_H
#define NET_OAUTH_ANSWER_H

#include "base/strbuf.h"
#include "model/sample.h"

#define OAUTH_TOKEN_MAX 16384

struct oauth_answer {
	char *token;       /* the caller wipes and frees it; NULL where there is none */
	int64_t usable_ns; /* from now on; it is let go somewhat before its end */
};
/* NONE with a token, else TOKEN or CREDENTIALS, and `said` gets what the endpoint did, in its own words too: as they
 * came, so redact them before they are shown or cut. */
enum failure oauth_answer_read(int status, const char *body, size_t len, struct oauth_answer *answer,
			       struct strbuf *said);

#endif
