/* The user and password that stand in a URL before its host (RFC 3986 section 3.2.1). */
#ifndef BASE_USERINFO_H
#define BASE_USERINFO_H

#include "base/redact.h"
#include "base/strbuf.h"

/* How long it is, its '@' counted; 0 where there is none. It stands behind the URL's first "://". */
size_t userinfo_len(const char *url);
/* The URL without it; the caller frees it. */
char *userinfo_drop(const char *url);
/* A text in which URLs may stand, with "***" in place of each password of its URLs, "http://al:***@h", and of
 * each user who is a token: no plain word and without a password or with a fixed one, "***:x-oauth-basic@h",
 * or as long as no name is. A "${…}" before the password, or in place of the token, is left whole. */
void userinfo_mask(struct strbuf *out, const char *text);
/* Tells the redactor of those passwords and tokens, as they stand there and without percent-encoding. */
void userinfo_learn(struct redactor *redactor, const char *text);

#endif
