/* What is told of a cluster's metadata: lines of the transcript, and values to be judged. */
#ifndef PROBE_KAFKA_METADATA_H
#define PROBE_KAFKA_METADATA_H

#include "probe/kafka_wire.h"
#include "probe/talk.h"

void kafka_note_metadata(struct talk *talk, const struct kafka_metadata *metadata);
void kafka_add_metadata(struct talk *talk, const struct kafka_metadata *metadata);

#endif
