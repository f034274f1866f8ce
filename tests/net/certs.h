/* Certificates for tests, made with libcrypto: P-256, as bad as asked for. */
#ifndef TESTS_NET_CERTS_H
#define TESTS_NET_CERTS_H

struct cert_spec {
	const char *file;   /* FOLDER/file.pem and FOLDER/file.key */
	const char *issuer; /* file name of the signer; NULL: signs itself */
	const char *names;  /* "DNS:localhost,IP:127.0.0.1"; NULL: a CA */
	long from_s, to_s;  /* validity, relative to now */
};
void cert_make(const char *folder, const struct cert_spec *spec);

#endif
