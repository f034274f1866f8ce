/* One question and its answer by UDP (RFC 768): a socket of its own a question, so that a late or
 * foreign answer goes nowhere. Answers from any other address are dropped. */
#ifndef NET_DATAGRAM_H
#define NET_DATAGRAM_H

#include "model/sample.h"
#include "net/net.h"

#define DATAGRAM_MOST 4096 /* bytes; of a longer answer the first so many are heard */

struct datagram;
struct datagram_result {
	enum failure failure; /* NONE, REFUSED (ICMP), TIMEOUT, NO_ROUTE, NO_FAMILY, NO_DESCRIPTORS … */
	const char *message;  /* as in struct stream_result */
	const char *peer;     /* "127.0.0.1:53" */
	const unsigned char *bytes;
	size_t len;
	int64_t latency_ns;
};
/* `address` is an IP address. Copies the question. `done` comes for each answer from the peer; true
 * says that this one was it (an answer to another question is waited past). It comes at most once with a
 * failure, never before this returns. The datagram is the caller's to close. */
struct datagram *datagram_ask(struct net *net, const char *address, int port, const void *bytes,
			      size_t len, int64_t timeout_ns,
			      bool (*done)(void *context, const struct datagram_result *result),
			      void *context);
void datagram_close(struct datagram *datagram);

#endif
