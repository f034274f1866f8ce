/* Certificates for tests, see certs.h. */
#include "certs.h"

#include "../unit/unit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

static FILE *open_file(const char *folder, const char *file, const char *suffix, const char *mode)
{
	char path[512];
	FILE *opened;

	(void)snprintf(path, sizeof(path), "%s/%s.%s", folder, file, suffix);
	opened = fopen(path, mode);
	assert_non_null(opened);
	return opened;
}

static void extend(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(extension);
	assert_int_equal(X509_add_ext(cert, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static void set_issuer(X509 *cert, const char *folder, const char *issuer, EVP_PKEY **key)
{
	FILE *file = open_file(folder, issuer, "pem", "r");
	X509 *signer = PEM_read_X509(file, NULL, NULL, NULL);

	fclose(file);
	assert_int_equal(X509_set_issuer_name(cert, X509_get_subject_name(signer)), 1);
	X509_free(signer);
	file = open_file(folder, issuer, "key", "r");
	*key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
}

void cert_make(const char *folder, const struct cert_spec *spec)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *signer = key;
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	uint64_t serial;
	FILE *file;

	assert_int_equal(RAND_bytes((unsigned char *)&serial, sizeof(serial)), 1);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), spec->from_s);
	X509_gmtime_adj(X509_getm_notAfter(cert), spec->to_s);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)spec->file, -1,
				   -1, 0);
	X509_set_issuer_name(cert, name);
	if (spec->issuer != NULL)
		set_issuer(cert, folder, spec->issuer, &signer);
	extend(cert, NID_basic_constraints, spec->names == NULL ? "critical,CA:TRUE" : "CA:FALSE");
	if (spec->names != NULL)
		extend(cert, NID_subject_alt_name, spec->names);
	assert_true(X509_sign(cert, signer, EVP_sha256()) > 0);
	file = open_file(folder, spec->file, "pem", "w");
	PEM_write_X509(file, cert);
	fclose(file);
	file = open_file(folder, spec->file, "key", "w");
	PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	if (signer != key)
		EVP_PKEY_free(signer);
	EVP_PKEY_free(key);
	X509_free(cert);
}
