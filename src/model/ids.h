/* Stable names: an id hangs on what a person wrote (fleet, environment, service, check), never
 * on a position, so that cursor, acks, history, `verify` and reload find the same thing again. */
#ifndef MODEL_IDS_H
#define MODEL_IDS_H

#include "base/base.h"

uint64_t service_id_of(const char *fleet, const char *environment, const char *service);
uint64_t check_id_of(uint64_t service_id, const char *check);

#endif
