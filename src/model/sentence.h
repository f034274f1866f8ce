/* A sentence about a service in a cell that is too narrow for it. */
#ifndef MODEL_SENTENCE_H
#define MODEL_SENTENCE_H

#include "base/strbuf.h"

/* The text as it is where it takes at most `width` cells. Else without what its row tells already or
 * can spare: the method and address that were asked ("redis 10.0.0.1:6379 refuses the password" ->
 * "redis refuses the password"), who it is that refuses a page, how many steps a flow has; and a
 * path that would fill more than half of the cell as its end ("POST /api/voice/session is 404" ->
 * "…/session is 404"). It may still be wider: words are left out, none is cut. */
void sentence_fit(struct strbuf *out, const char *text, int width);

#endif
