/* What speaks at the port of a `grpc` check that got no answer: a connection of its own, the beginning of
 * HTTP/2 (RFC 9113 section 3.4), and the first bytes that come back. libcurl tells a server that breaks
 * off from one of another protocol by neither code nor words. */
#ifndef PROBE_GRPC_LOOK_H
#define PROBE_GRPC_LOOK_H

#include "probe/run.h"

enum grpc_port {
	GRPC_PORT_UNKNOWN, /* not reached again, or silent */
	GRPC_PORT_CLOSES,  /* ended the connection and said nothing */
	GRPC_PORT_HTTP2,
	GRPC_PORT_HTTP1,
	GRPC_PORT_TLS,     /* a TLS alert */
	GRPC_PORT_OTHER,
};
enum grpc_port grpc_port_of(const char *bytes, size_t len);

struct grpc_look;
/* `done` comes once, never before this returns; the bytes are the call's. */
struct grpc_look *grpc_look_start(struct probe *probe,
				  void (*done)(struct probe *probe, enum grpc_port port,
					       const char *bytes, size_t len));
void grpc_look_cancel(struct grpc_look *look); /* may be NULL */

#endif
