/* TLS below libcurl, by its SSL context callback (OpenSSL only): one certificate store a CA file
 * shared by all connections (libcurl would load the bundle once a multi handle, for 19 ms and a
 * megabyte each), and the chain that a handshake showed, kept also where it was refused. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "model/sample.h"
#include "net/net.h"

#include <curl/curl.h>

/* Counted, immutable; strings scrubbed. */
struct cert_chain {
	unsigned refs;
	unsigned char digest[32]; /* SHA-256 of the leaf */
	size_t count;
	struct certificate *at;   /* leaf first */
};
struct cert_chain *cert_chain_ref(struct cert_chain *chain);
void cert_chain_unref(struct cert_chain *chain);

struct tls_room; /* what the connections of one `struct net` share */
struct tls_room *tls_room_new(struct net *net);
void tls_room_free(struct tls_room *room);

/* A CA file as a store, loaded on first use and again when the file changed. Counted. */
struct trust;
/* NULL: the system's bundle. */
struct trust *trust_get(struct tls_room *room, const char *ca_file);
void trust_unref(struct trust *trust);
/* Why the store cannot be had, or NULL. */
const char *trust_error(const struct trust *trust);

/* One place that is spoken TLS to: "host:port" and the name that is verified. A resumed session or
 * a connection that is kept shows no certificate, so the last one seen is remembered here. */
struct tls_place;
struct tls_place *tls_place_get(struct tls_room *room, const char *host, int port,
				const char *server_name);
void tls_place_unref(struct tls_place *place);
/* Borrowed; NULL before the first handshake. */
struct cert_chain *tls_place_chain(const struct tls_place *place);
const char *tls_place_version(const struct tls_place *place); /* "TLSv1.3"; NULL unknown */
/* True where the next handshake should be a whole one, so that the certificate is seen again. */
bool tls_place_is_old(const struct tls_place *place);

/* What a handshake needs and tells; lives in the owner of an easy handle. */
struct tls_handshake {
	struct trust *trust;
	struct tls_place *place;
	bool verify;
	/* Told: */
	int verify_error;  /* X509_V_ERR_*; 0 where the chain is good or was not shown */
	int verify_depth;  /* 0 is the leaf */
};
/* Sets the handle's TLS options; `handshake` lives as long as the handle. */
void tls_prepare(CURL *easy, struct tls_handshake *handshake);

#endif
