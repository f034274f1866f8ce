/* The demo's Kafka broker (kafka.apache.org/protocol): ApiVersions and Metadata of a cluster of one. */
#ifndef DEMO_KAFKA_H
#define DEMO_KAFKA_H

#include "demo/server.h"

/* Takes whole requests off client->in and answers each. */
void demo_kafka_on_data(struct client *client);

#endif
