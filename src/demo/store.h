/* The stores of the demo: they accept, and answer the first word of their protocols. */
#ifndef DEMO_STORE_H
#define DEMO_STORE_H

#include "demo/server.h"

/* For struct server's on_data. */
void store_on_data(struct client *client);

#endif
