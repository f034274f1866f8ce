/* What the demo's HTTP services answer. Routes, OpenAPI documents and health bodies come from one
 * table, so that what a document says is what the server does. */
#ifndef DEMO_ANSWERS_H
#define DEMO_ANSWERS_H

#include "demo/http.h"

void answers_handle(struct client *client, const struct http_request *request);

#endif
