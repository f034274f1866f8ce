/* From libcurl's codes to what a person needs: which failure, in which phase, and a sentence that
 * says what was done, what came and what is missing. */
#ifndef NET_FAILURE_H
#define NET_FAILURE_H

#include "model/sample.h"
#include "net/multi.h"

struct failure_facts {
	CURL *easy;
	CURLcode code;
	const struct owner *owner;
	const char *error;     /* libcurl's own words (CURLOPT_ERRORBUFFER) */
	const char *host;      /* as shown */
	const char *server_name; /* what the certificate has to be for in its place; NULL */
	const char *proxy;     /* "the proxy http://10.0.0.1:3128", which was asked; NULL: none */
	const char *peer;      /* whom a stream reached before it is secured; NULL: libcurl knows */
	bool secure;
	bool stream;           /* nothing is sent: there is no wait and no receive */
	bool open;             /* a stream that was open: its listener knows the phase */
	int64_t timeout_ns;
	uint64_t body_came;
};
struct failure_found {
	enum failure failure;
	enum phase phase;
};

/* Adds the sentence to `message`. */
struct failure_found failure_explain(const struct failure_facts *facts, struct strbuf *message);
/* "the proxy http://10.0.0.1:3128", without what proves who we are; NULL for the environment's. */
void failure_show_proxy(const char *proxy, struct strbuf *out);
#define FAILURE_PROXY_WANTS "wants credentials (407): put them into its URL, http://user:password@host:port"
/* A lookup that gave no address (getaddrinfo(3)), or 0 where it gave no answer in time. */
struct failure_found failure_explain_lookup(const char *host, int eai, int os_error,
					    int64_t timeout_ns, struct strbuf *message);

/* A socket that could not connect, or was told that nobody is there: adds "connection refused: " and the
 * host to `message`. */
enum failure failure_explain_errno(int error, const char *host, struct strbuf *message);

/* Where the transfer stands, read off what libcurl measured. */
enum phase failure_phase(const struct failure_facts *facts);

#endif
