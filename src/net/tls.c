/* TLS below libcurl. The callback of a new SSL context swaps in the shared store and a verifier
 * that does what OpenSSL would have done and remembers what it saw. Invariant: no verdict is
 * changed here; the name is still compared by libcurl. See tls.h. */
#include "net/tls.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/scrub.h"
#include "base/xalloc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#define TRUST_LOOK_NS (60 * NS_PER_S)
#define PLACE_OLD_NS (3600 * NS_PER_S)
#define CERT_TEXT_MAX 2048

/* --- chains ------------------------------------------------------------------------------- */

struct cert_chain *cert_chain_ref(struct cert_chain *chain)
{
	if (chain != NULL)
		chain->refs++;
	return chain;
}

void cert_chain_unref(struct cert_chain *chain)
{
	if (chain == NULL || --chain->refs != 0)
		return;
	for (size_t i = 0; i < chain->count; i++) {
		free((char *)chain->at[i].subject);
		free((char *)chain->at[i].issuer);
		free((char *)chain->at[i].names);
		free((char *)chain->at[i].serial);
	}
	free(chain->at);
	free(chain);
}

static char *name_text(const X509_NAME *name)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *bytes = NULL, *text;
	long len;

	if (out == NULL)
		BUG("out of memory");
	X509_NAME_print_ex(out, name, 0, XN_FLAG_ONELINE & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
	len = BIO_get_mem_data(out, &bytes);
	text = scrub_dup(bytes, len > 0 ? (size_t)len : 0, CERT_TEXT_MAX, SCRUB_LINE);
	BIO_free(out);
	return text;
}

static void add_alt_name(struct strbuf *out, const GENERAL_NAME *name)
{
	char address[INET6_ADDRSTRLEN] = "";

	const ASN1_STRING *ip = name->type == GEN_IPADD ? name->d.iPAddress : NULL;

	/* Its length is the peer's word: 4 bytes or 16, else it is no address. */
	if (name->type != GEN_DNS &&
	    (ip == NULL || (ASN1_STRING_length(ip) != 4 && ASN1_STRING_length(ip) != 16)))
		return;
	if (out->len != 0)
		strbuf_adds(out, ", ");
	if (name->type == GEN_DNS) {
		scrub(out, ASN1_STRING_get0_data(name->d.dNSName),
		      (size_t)ASN1_STRING_length(name->d.dNSName), SCRUB_LINE);
		return;
	}
	inet_ntop(ASN1_STRING_length(ip) == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(ip), address,
		  sizeof(address));
	strbuf_adds(out, address);
}

static char *alt_names(const X509 *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	struct strbuf out;

	strbuf_init(&out, CERT_TEXT_MAX);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		add_alt_name(&out, sk_GENERAL_NAME_value(names, i));
	GENERAL_NAMES_free(names);
	return strbuf_detach(&out);
}

static char *serial_text(const X509 *cert)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *hex = number != NULL ? BN_bn2hex(number) : NULL;
	char *text = xstrdup(hex != NULL ? hex : "");

	OPENSSL_free(hex);
	BN_free(number);
	return text;
}

static struct wall_time time_of(const ASN1_TIME *time)
{
	struct civil_time civil;
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return (struct wall_time){0};
	civil = (struct civil_time){.year = tm.tm_year + 1900, .month = tm.tm_mon + 1,
				    .day = tm.tm_mday, .hour = tm.tm_hour, .minute = tm.tm_min,
				    .second = tm.tm_sec};
	return civil_to_wall(&civil, 0);
}

static struct cert_chain *chain_new(STACK_OF(X509) *certs, const unsigned char digest[32])
{
	struct cert_chain *chain = xcalloc(1, sizeof(*chain));
	int count = sk_X509_num(certs);

	chain->refs = 1;
	chain->count = count > (int)LIMIT_CERTS ? LIMIT_CERTS : (size_t)count;
	chain->at = xcalloc(chain->count, sizeof(*chain->at));
	memcpy(chain->digest, digest, sizeof(chain->digest));
	for (size_t i = 0; i < chain->count; i++) {
		const X509 *cert = sk_X509_value(certs, (int)i);

		chain->at[i] = (struct certificate){
			.subject = name_text(X509_get_subject_name(cert)),
			.issuer = name_text(X509_get_issuer_name(cert)),
			.names = alt_names(cert),
			.serial = serial_text(cert),
			.not_before = time_of(X509_get0_notBefore(cert)),
			.not_after = time_of(X509_get0_notAfter(cert)),
		};
	}
	return chain;
}

/* --- trust -------------------------------------------------------------------------------- */

struct trust {
	struct tls_room *room;
	unsigned refs;
	char *path;
	X509_STORE *store; /* NULL: not loaded, or `error` says why not */
	char *error;
	struct stat seen;
	struct mono_time looked;
	struct trust *next;
};

struct tls_room {
	struct net *net;
	struct trust *trusts;
	struct map *places;
	const char *bundle;
};

struct trust *trust_get(struct tls_room *room, const char *ca_file)
{
	const char *path = ca_file != NULL ? ca_file : room->bundle;
	struct trust *trust;

	for (trust = room->trusts; trust != NULL; trust = trust->next)
		if (strcmp(trust->path, path) == 0) {
			trust->refs++;
			return trust;
		}
	trust = xcalloc(1, sizeof(*trust));
	trust->room = room;
	trust->refs = 1;
	trust->path = xstrdup(path);
	trust->next = room->trusts;
	room->trusts = trust;
	return trust;
}

void trust_unref(struct trust *trust)
{
	struct trust **at;

	if (trust == NULL || --trust->refs != 0)
		return;
	for (at = &trust->room->trusts; *at != trust; at = &(*at)->next)
		;
	*at = trust->next;
	X509_STORE_free(trust->store);
	free(trust->error);
	free(trust->path);
	free(trust);
}

const char *trust_error(const struct trust *trust)
{
	return trust != NULL ? trust->error : NULL;
}

static void trust_load(struct trust *trust)
{
	X509_STORE *store = X509_STORE_new();

	X509_STORE_free(trust->store);
	free(trust->error);
	trust->store = NULL;
	trust->error = NULL;
	errno = 0;
	if (store != NULL && X509_STORE_load_file(store, trust->path) == 1) {
		/* An intermediate that somebody trusts is trust enough, as in libcurl. */
		X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
		trust->store = store;
		return;
	}
	X509_STORE_free(store);
	trust->error = errno != 0 ? xasprintf("the CA file %s cannot be read: %s", trust->path,
					      strerror(errno))
				  : xasprintf("the CA file %s holds no certificate", trust->path);
}

static X509_STORE *trust_store(struct trust *trust)
{
	struct mono_time now = net_now(trust->room->net);
	struct stat seen = {0};

	if (trust->looked.ns != 0 && now.ns - trust->looked.ns < TRUST_LOOK_NS &&
	    trust->store != NULL)
		return trust->store;
	trust->looked = now;
	(void)stat(trust->path, &seen);
	if (trust->store == NULL || seen.st_ino != trust->seen.st_ino ||
	    seen.st_size != trust->seen.st_size || seen.st_mtime != trust->seen.st_mtime)
		trust_load(trust);
	trust->seen = seen;
	return trust->store;
}

/* --- places ------------------------------------------------------------------------------- */

struct tls_place {
	struct tls_room *room;
	unsigned refs;
	char *key;
	struct cert_chain *chain;
	struct mono_time seen;
	const char *version; /* a literal of OpenSSL's */
};

struct tls_place *tls_place_get(struct tls_room *room, const char *host, int port,
				const char *server_name)
{
	char *key = xasprintf("%s:%d %s", host, port, server_name != NULL ? server_name : "");
	struct tls_place *place = map_get(room->places, key);

	if (place == NULL) {
		place = xcalloc(1, sizeof(*place));
		place->room = room;
		place->key = key;
		map_put(room->places, key, place);
	} else {
		free(key);
	}
	place->refs++;
	return place;
}

void tls_place_unref(struct tls_place *place)
{
	if (place == NULL || --place->refs != 0)
		return;
	map_remove(place->room->places, place->key);
	cert_chain_unref(place->chain);
	free(place->key);
	free(place);
}

struct cert_chain *tls_place_chain(const struct tls_place *place)
{
	return place != NULL ? place->chain : NULL;
}

const char *tls_place_version(const struct tls_place *place)
{
	return place != NULL ? place->version : NULL;
}

bool tls_place_is_old(const struct tls_place *place)
{
	return place->chain != NULL &&
	       net_now(place->room->net).ns - place->seen.ns > PLACE_OLD_NS;
}

/* --- handshakes --------------------------------------------------------------------------- */

static void remember(struct tls_place *place, X509_STORE_CTX *context)
{
	STACK_OF(X509) *certs = X509_STORE_CTX_get0_untrusted(context);
	const SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
	unsigned char digest[32];
	unsigned len = sizeof(digest);

	if (ssl != NULL)
		place->version = SSL_get_version(ssl);
	if (certs == NULL || sk_X509_num(certs) == 0 ||
	    X509_digest(sk_X509_value(certs, 0), EVP_sha256(), digest, &len) != 1)
		return;
	place->seen = net_now(place->room->net);
	if (place->chain != NULL && memcmp(place->chain->digest, digest, sizeof(digest)) == 0)
		return;
	cert_chain_unref(place->chain);
	place->chain = chain_new(certs, digest);
}

static int on_verify(X509_STORE_CTX *context, void *user)
{
	struct tls_handshake *handshake = user;
	int good = X509_verify_cert(context);

	handshake->verify_error = X509_STORE_CTX_get_error(context);
	handshake->verify_depth = X509_STORE_CTX_get_error_depth(context);
	if (handshake->place != NULL)
		remember(handshake->place, context);
	return handshake->verify ? good : 1;
}

static CURLcode on_context(CURL *easy, void *ssl_context, void *user)
{
	struct tls_handshake *handshake = user;
	X509_STORE *store;

	(void)easy;
	handshake->verify_error = 0;
	/* The context outlives this transfer with its connection, `handshake` may not. */
	SSL_CTX_set_options(ssl_context, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_cert_verify_callback(ssl_context, on_verify, handshake);
	if (!handshake->verify)
		return CURLE_OK;
	store = trust_store(handshake->trust);
	if (store == NULL)
		return CURLE_SSL_CACERT_BADFILE;
	SSL_CTX_set1_cert_store(ssl_context, store);
	return CURLE_OK;
}

void tls_prepare(CURL *easy, struct tls_handshake *handshake)
{
	/* Nothing for libcurl to load: the store is ours. */
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	/* 7.88 takes over the store of a multi's first handshake, ours, and puts it into all that
	 * come later, whatever CA they are to trust. */
	curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
	if (curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context) != CURLE_OK)
		BUG("this libcurl is not built with OpenSSL");
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, handshake);
}

struct tls_room *tls_room_new(struct net *net)
{
	struct tls_room *room = xcalloc(1, sizeof(*room));
	const char *file = getenv("SSL_CERT_FILE");

	room->net = net;
	room->places = map_new();
	if (file == NULL || file[0] == '\0')
		file = curl_version_info(CURLVERSION_NOW)->cainfo;
	room->bundle = file != NULL ? file : X509_get_default_cert_file();
	return room;
}

void tls_room_free(struct tls_room *room)
{
	if (room == NULL)
		return;
	if (room->trusts != NULL || map_len(room->places) != 0)
		BUG("TLS state is used while the net is freed");
	map_free(room->places);
	free(room);
}
