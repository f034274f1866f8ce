/* From libcurl's codes to a failure, its phase and a sentence. The phase is read off what libcurl
 * measured, not off its code: CURLE_OPERATION_TIMEDOUT says nothing of where. See failure.h. */
#include "net/failure.h"

#include "base/units.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/x509_vfy.h>

static curl_off_t info_time(CURL *easy, CURLINFO info)
{
	curl_off_t us = 0;

	curl_easy_getinfo(easy, info, &us);
	return us;
}

static void add_peer(const struct failure_facts *facts, struct strbuf *out)
{
	char *ip = NULL;
	long port = 0;

	if (facts->peer != NULL) {
		strbuf_adds(out, facts->peer);
		return;
	}
	curl_easy_getinfo(facts->easy, CURLINFO_PRIMARY_IP, &ip);
	curl_easy_getinfo(facts->easy, CURLINFO_PRIMARY_PORT, &port);
	if (ip == NULL || ip[0] == '\0')
		strbuf_adds(out, "the peer");
	else if (ip[0] == '/') /* a unix socket */
		strbuf_adds(out, ip);
	else
		strbuf_addf(out, strchr(ip, ':') != NULL ? "[%s]:%ld" : "%s:%ld", ip, port);
}

static void add_came(const struct failure_facts *facts, struct strbuf *out)
{
	strbuf_addf(out, "%llu byte%s of the body came", (unsigned long long)facts->body_came,
		    facts->body_came == 1 ? "" : "s");
}

enum phase failure_phase(const struct failure_facts *facts)
{
	CURL *easy = facts->easy;
	char *ip = NULL;
	long connects = 0;

	curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
	curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
	if (info_time(easy, CURLINFO_STARTTRANSFER_TIME_T) > 0)
		return PHASE_RECEIVE;
	if (info_time(easy, CURLINFO_PRETRANSFER_TIME_T) > 0 && !facts->stream)
		return PHASE_WAIT;
	if (ip != NULL && ip[0] != '\0')
		return facts->secure ? PHASE_TLS : PHASE_CONNECT;
	if (info_time(easy, CURLINFO_NAMELOOKUP_TIME_T) == 0 && !facts->owner->socket_opened &&
	    facts->owner->socket_errno == 0)
		return PHASE_DNS;
	return PHASE_CONNECT;
}

static void explain_timeout(const struct failure_facts *facts, enum phase phase, struct strbuf *out)
{
	strbuf_adds(out, "timed out after ");
	duration_format(out, facts->timeout_ns);
	strbuf_addf(out, " in phase %s: ", phase_name(phase));
	switch (phase) {
	case PHASE_DNS:
		strbuf_addf(out, "no address for %s came", facts->host);
		break;
	case PHASE_CONNECT:
		strbuf_addf(out, "%s did not answer the TCP connection; is it up, and does a "
				 "firewall drop packets?",
			    facts->proxy != NULL ? facts->proxy : facts->host);
		break;
	case PHASE_TLS:
		if (facts->proxy != NULL) {
			strbuf_addf(out, "%s took the TCP connection, and then neither it nor the TLS "
					 "handshake behind it went on", facts->proxy);
			break;
		}
		strbuf_adds(out, "TCP connected to ");
		add_peer(facts, out);
		strbuf_adds(out, ", the TLS handshake got no answer");
		break;
	case PHASE_SEND:
	case PHASE_WAIT:
		strbuf_adds(out, "the request went to ");
		add_peer(facts, out);
		strbuf_adds(out, ", no answer came; the service accepts but hangs");
		break;
	case PHASE_RECEIVE:
		add_peer(facts, out);
		strbuf_adds(out, " began to answer and did not end: ");
		add_came(facts, out);
		break;
	case PHASE_COUNT:
		BUG("a time-out without a phase");
	}
}

/* What a refused or impossible connection means. */
static enum failure failure_of_errno(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return FAILURE_REFUSED;
	case ECONNRESET:
	case EPIPE:
		return FAILURE_RESET;
	case ENETUNREACH:
	case ENETDOWN:
	case EADDRNOTAVAIL:
		return FAILURE_NO_ROUTE;
	case EHOSTUNREACH:
	case EHOSTDOWN:
		return FAILURE_UNREACHABLE;
	case ETIMEDOUT:
		return FAILURE_TIMEOUT;
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
		return FAILURE_NO_FAMILY;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		return FAILURE_NO_DESCRIPTORS;
	case EACCES:
	case EPERM:
		return FAILURE_DENIED;
	case ENOENT:
	case ENOTDIR:
		return FAILURE_NOT_FOUND;
	default:
		return FAILURE_UNREACHABLE;
	}
}

static const char *advice(enum failure failure)
{
	switch ((int)failure) {
	case FAILURE_REFUSED:
		return "; nothing listens on that port";
	case FAILURE_NO_ROUTE:
		return "; this host has no route to it";
	case FAILURE_NO_FAMILY:
		return "; this host has no such address family";
	case FAILURE_NO_DESCRIPTORS:
		return "; raise the limit of open files (ulimit -n)";
	case FAILURE_DENIED:
		return "; this user may not connect there";
	default:
		return "";
	}
}

enum failure failure_explain_errno(int error, const char *host, struct strbuf *message)
{
	enum failure failure = failure_of_errno(error);

	strbuf_addf(message, "%s: %s%s", failure_words(failure), host, advice(failure));
	if (failure != FAILURE_REFUSED)
		strbuf_addf(message, " (%s)", strerror(error));
	return failure;
}

static enum failure explain_connect(const struct failure_facts *facts, struct strbuf *out)
{
	long os_error = facts->owner->socket_errno;

	if (os_error == 0)
		curl_easy_getinfo(facts->easy, CURLINFO_OS_ERRNO, &os_error);
	if (os_error == 0) {
		strbuf_addf(out, "no connection to %s: %s", facts->host, facts->error);
		return FAILURE_UNREACHABLE;
	}
	return failure_explain_errno((int)os_error, facts->host, out);
}

/* What of the certificate it was: since when, which names, whose. */
static void add_certificate(const struct tls_handshake *tls, enum failure failure,
			    struct strbuf *out)
{
	const struct cert_chain *chain = tls_place_chain(tls->place);
	size_t depth = tls->verify_depth > 0 ? (size_t)tls->verify_depth : 0;
	const struct certificate *cert;

	if (chain == NULL || depth >= chain->count)
		return;
	cert = &chain->at[depth];
	if (depth != 0)
		strbuf_addf(out, "; of the chain: %s", cert->subject);
	if (failure == FAILURE_TLS_EXPIRED) {
		strbuf_adds(out, "; it was valid until ");
		wall_format(out, cert->not_after, false);
	} else if (failure == FAILURE_TLS_NOT_YET_VALID) {
		strbuf_adds(out, "; it is valid from ");
		wall_format(out, cert->not_before, false);
		strbuf_adds(out, "; is this host's clock right?");
	} else if (failure == FAILURE_TLS_WRONG_NAME) {
		strbuf_addf(out, "; it is for %s", cert->names[0] != '\0' ? cert->names
									   : cert->subject);
	} else {
		strbuf_addf(out, "; issued by %s", cert->issuer);
	}
}

/* A verification that failed; X509_V_ERR_* of x509_vfy.h. */
static enum failure explain_verify(const struct failure_facts *facts, struct strbuf *out)
{
	int result = facts->owner->tls.verify_error;
	enum failure failure;

	switch (result) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		failure = FAILURE_TLS_EXPIRED;
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		failure = FAILURE_TLS_NOT_YET_VALID;
		break;
	case X509_V_OK: /* the chain is good; libcurl compared the name afterwards */
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		failure = FAILURE_TLS_WRONG_NAME;
		break;
	default:
		failure = FAILURE_TLS_UNTRUSTED;
		break;
	}
	strbuf_addf(out, "%s, asked as %s", failure_words(failure),
		    facts->server_name != NULL ? facts->server_name : facts->host);
	add_certificate(&facts->owner->tls, failure, out);
	if (failure == FAILURE_TLS_UNTRUSTED)
		strbuf_addf(out, " (%s)", X509_verify_cert_error_string(result));
	return failure;
}

/* CURLINFO_OS_ERRNO is of connect(2) alone in 7.88; what broke later stands in the words. */
static bool was_reset(const struct failure_facts *facts)
{
	return strstr(facts->error, strerror(ECONNRESET)) != NULL ||
	       strstr(facts->error, strerror(EPIPE)) != NULL;
}

static enum failure explain_tls(const struct failure_facts *facts, struct strbuf *out)
{
	if (was_reset(facts)) {
		strbuf_adds(out, "connection reset in the TLS handshake by ");
		add_peer(facts, out);
		strbuf_adds(out, "; does this port speak TLS?");
		return FAILURE_RESET;
	}
	strbuf_adds(out, "the TLS handshake with ");
	add_peer(facts, out);
	if (strstr(facts->error, "SSL_ERROR_SYSCALL") != NULL)
		strbuf_adds(out, " failed: it closed the connection; does this port speak TLS?");
	else if (strstr(facts->error, "wrong version number") != NULL)
		strbuf_adds(out, " failed: it does not speak TLS on this port; is it plain http?");
	else if (strstr(facts->error, "certificate required") != NULL ||
		 strstr(facts->error, "alert bad certificate") != NULL ||
		 strstr(facts->error, "handshake failure") != NULL)
		strbuf_addf(out, " failed: it may want a client certificate (tls: cert, key): %s",
			    facts->error);
	else
		strbuf_addf(out, " failed: %s", facts->error);
	return FAILURE_TLS_FAILED;
}

static enum failure explain_lost(const struct failure_facts *facts, enum phase phase,
				 struct strbuf *out)
{
	if (was_reset(facts)) {
		strbuf_adds(out, "connection reset by ");
		add_peer(facts, out);
		if (!facts->open)
			strbuf_addf(out, " in phase %s", phase_name(phase));
		if (phase == PHASE_RECEIVE) {
			strbuf_adds(out, ": ");
			add_came(facts, out);
		}
		return FAILURE_RESET;
	}
	add_peer(facts, out);
	if (phase == PHASE_RECEIVE) {
		strbuf_adds(out, " closed the connection before the answer was whole: ");
		add_came(facts, out);
	} else {
		strbuf_addf(out, " closed the connection without an answer (phase %s)",
			    phase_name(phase));
	}
	return FAILURE_CLOSED;
}

static void explain_protocol(const struct failure_facts *facts, struct strbuf *out)
{
	const char *words = facts->error[0] != '\0' ? facts->error : curl_easy_strerror(facts->code);

	/* libcurl's words for an answer without a status line. */
	if (strstr(words, "HTTP/0.9") != NULL)
		words = "it does not begin with a status line; does another service use that port?";
	strbuf_adds(out, "the answer of ");
	add_peer(facts, out);
	strbuf_addf(out, " is not HTTP: %s", words);
}

static bool is_alert(const char *error)
{
	return strstr(error, " alert ") != NULL;
}

void failure_show_proxy(const char *proxy, struct strbuf *out)
{
	const char *scheme = proxy != NULL ? strstr(proxy, "://") : NULL;
	const char *at = scheme != NULL ? strrchr(scheme, '@') : NULL;

	if (scheme == NULL)
		strbuf_adds(out, "the proxy of the environment (http_proxy, https_proxy)");
	else
		strbuf_addf(out, "the proxy %.*s%s", (int)(scheme + 3 - proxy), proxy,
			    at != NULL ? at + 1 : scheme + 3);
}

/* What is the proxy's own doing: it is not there, or does not connect. False: it is the server's. */
static bool explain_proxy(const struct failure_facts *facts, struct failure_found *found,
			  struct strbuf *out)
{
	bool closed = facts->code == CURLE_RECV_ERROR || facts->code == CURLE_SEND_ERROR ||
		      facts->code == CURLE_GOT_NOTHING;
	long status = 0, os_error = 0;

	if (facts->proxy == NULL)
		return false;
	curl_easy_getinfo(facts->easy, CURLINFO_OS_ERRNO, &os_error);
	curl_easy_getinfo(facts->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	found->failure = FAILURE_PROXY;
	if (status == 407) {
		strbuf_addf(out, "%s " FAILURE_PROXY_WANTS, facts->proxy);
	} else if (status >= 500) {
		strbuf_addf(out, "%s answered CONNECT to %s with %ld; it may not reach it", facts->proxy,
			    facts->host, status);
	} else if (status >= 300) {
		strbuf_addf(out, "%s denied CONNECT to %s with %ld; its rules have to allow this host and "
				 "port", facts->proxy, facts->host, status);
	} else if (facts->code == CURLE_COULDNT_CONNECT || facts->code == CURLE_COULDNT_RESOLVE_PROXY ||
		   facts->code == CURLE_PROXY) {
		strbuf_addf(out, "%s cannot be used: ", facts->proxy);
		if (facts->owner->socket_errno == ECONNREFUSED || os_error == ECONNREFUSED)
			strbuf_adds(out, "connection refused, nothing listens there");
		else
			strbuf_adds(out, facts->error);
	} else if (closed && facts->secure && status == 0 && found->phase == PHASE_TLS) {
		strbuf_addf(out, "%s closed the connection and did not answer CONNECT to %s",
			    facts->proxy, facts->host);
	} else {
		return false;
	}
	found->phase = PHASE_CONNECT;
	return true;
}

struct failure_found failure_explain(const struct failure_facts *facts, struct strbuf *message)
{
	struct failure_found found = {.phase = failure_phase(facts)};

	if (explain_proxy(facts, &found, message))
		return found;
	switch ((int)facts->code) {
	case CURLE_OPERATION_TIMEDOUT:
		explain_timeout(facts, found.phase, message);
		found.failure = FAILURE_TIMEOUT;
		break;
	case CURLE_COULDNT_CONNECT:
		found.phase = PHASE_CONNECT;
		found.failure = explain_connect(facts, message);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		found.phase = PHASE_TLS;
		found.failure = explain_verify(facts, message);
		break;
	case CURLE_SSL_CONNECT_ERROR:
		found.phase = PHASE_TLS;
		found.failure = explain_tls(facts, message);
		break;
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		if (strstr(facts->error, "Too large response headers") != NULL) {
			found.failure = FAILURE_TOO_LARGE;
			strbuf_adds(message, "the response headers are larger than they may be "
					     "(300 KB)");
			break;
		}
		/* TLS 1.3 lets the client finish before the server has looked at its certificate. */
		if (is_alert(facts->error)) {
			found.phase = PHASE_TLS;
			found.failure = explain_tls(facts, message);
			break;
		}
		found.failure = explain_lost(facts, found.phase, message);
		break;
	case CURLE_GOT_NOTHING:
		found.phase = PHASE_WAIT; /* libcurl takes the end itself for a first byte */
		found.failure = explain_lost(facts, found.phase, message);
		break;
	case CURLE_PARTIAL_FILE:
		found.failure = explain_lost(facts, found.phase, message);
		break;
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ENGINE_NOTFOUND:
	case CURLE_URL_MALFORMAT:
		found.phase = PHASE_NONE;
		found.failure = FAILURE_CONFIG;
		strbuf_addf(message, "cannot be asked: %s",
			    facts->code == CURLE_SSL_CACERT_BADFILE &&
					    trust_error(facts->owner->tls.trust) != NULL
				    ? trust_error(facts->owner->tls.trust) : facts->error);
		break;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		found.phase = PHASE_DNS;
		found.failure = FAILURE_DNS_NOT_FOUND;
		strbuf_adds(message, facts->error);
		break;
	case CURLE_PROXY:
		found.phase = PHASE_CONNECT;
		found.failure = FAILURE_PROXY;
		strbuf_addf(message, "the proxy did not connect: %s", facts->error);
		break;
	default:
		found.failure = FAILURE_PROTOCOL;
		explain_protocol(facts, message);
		break;
	}
	return found;
}

struct failure_found failure_explain_lookup(const char *host, int eai, int os_error,
					    int64_t timeout_ns, struct strbuf *message)
{
	struct failure_found found = {.failure = FAILURE_RESOLVER, .phase = PHASE_DNS};

	switch (eai) {
	case 0:
		strbuf_adds(message, "timed out after ");
		duration_format(message, timeout_ns);
		strbuf_addf(message, " in phase dns: the resolver of this host gave no answer for %s",
			    host);
		break;
	case EAI_NONAME:
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
	case EAI_ADDRFAMILY:
#endif
		found.failure = FAILURE_DNS_NOT_FOUND;
		strbuf_addf(message, "the name %s does not resolve", host);
		break;
	case EAI_FAIL:
		found.failure = FAILURE_DNS_FAILED;
		strbuf_addf(message, "the name server gave an error for %s", host);
		break;
	case EAI_SYSTEM:
		if (os_error == EMFILE || os_error == ENFILE)
			found.failure = FAILURE_NO_DESCRIPTORS;
		strbuf_addf(message, "the name %s could not be looked up: %s", host,
			    strerror(os_error));
		break;
	default: /* EAI_AGAIN: no name server answered */
		strbuf_addf(message, "the resolver of this host does not answer (asked for %s): %s",
			    host, gai_strerror(eai));
		break;
	}
	return found;
}
