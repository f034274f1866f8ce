/* The demo's Redis (RESP, redis.io/docs/reference/protocol-spec): PING, AUTH, HELLO, INFO. */
#ifndef DEMO_REDIS_H
#define DEMO_REDIS_H

#include "demo/server.h"

/* Takes whole commands off client->in and answers each. */
void demo_redis_on_data(struct client *client);

#endif
