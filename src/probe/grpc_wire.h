/* gRPC over HTTP/2 (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) as far as one call of
 * grpc.health.v1.Health/Check goes: a message behind its length, two messages of protobuf with one field
 * each, and the trailers grpc-status and grpc-message. Pure: no socket. */
#ifndef PROBE_GRPC_WIRE_H
#define PROBE_GRPC_WIRE_H

#include "base/strbuf.h"

#define GRPC_OK 0
#define GRPC_DEADLINE_EXCEEDED 4
#define GRPC_NOT_FOUND 5
#define GRPC_PERMISSION_DENIED 7
#define GRPC_UNIMPLEMENTED 12
#define GRPC_UNAVAILABLE 14
#define GRPC_UNAUTHENTICATED 16

/* Appends a HealthCheckRequest; an empty service is the server as a whole. */
void grpc_health_request(struct strbuf *out, const char *service);
/* The serving status of a HealthCheckResponse; -1 with what is wrong with the bytes in `fault`. */
int grpc_health_read(const void *bytes, size_t len, const char **fault);
/* "SERVING"; NULL where health.proto has no such number. */
const char *grpc_serving_name(int serving);

/* The number in grpc-status; -1 where it is none. */
int grpc_status_read(const char *text);
/* "UNIMPLEMENTED"; NULL for a number that gRPC has not given a name. */
const char *grpc_status_name(int status);
/* grpc-message without its percent-encoding; what is not encoded rightly stays as it is. */
void grpc_message_decode(struct strbuf *out, const char *text, size_t len);

#endif
