/* TLS against nginx: good certificates and each bad one, what is remembered of them, resumed
 * sessions, client certificates, HTTP/2 and a proxy. */
#include "base/strbuf.h"
#include "net/http.h"
#include "../unit/temp_folder.h"

#include "certs.h"
#include "servers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_S (24L * 3600)

enum site { SITE_GOOD, SITE_EXPIRED, SITE_EARLY, SITE_SELF, SITE_WRONG_NAME, SITE_WRONG_CA,
	SITE_CLIENT, SITE_H2, SITE_PROXY, SITE_COUNT };

static const struct cert_spec specs[] = {
	{"ca", NULL, NULL, -DAY_S, 3650 * DAY_S},
	{"other-ca", NULL, NULL, -DAY_S, 3650 * DAY_S},
	{"good", "ca", "DNS:localhost,IP:127.0.0.1", -DAY_S, 90 * DAY_S},
	{"expired", "ca", "DNS:localhost,IP:127.0.0.1", -90 * DAY_S, -DAY_S},
	{"early", "ca", "DNS:localhost,IP:127.0.0.1", 2 * DAY_S, 90 * DAY_S},
	{"self", NULL, "DNS:localhost,IP:127.0.0.1", -DAY_S, 90 * DAY_S},
	{"wrong-name", "ca", "DNS:other.example", -DAY_S, 90 * DAY_S},
	{"wrong-ca", "other-ca", "DNS:localhost,IP:127.0.0.1", -DAY_S, 90 * DAY_S},
	{"client", "ca", "DNS:client", -DAY_S, 90 * DAY_S},
};
static const char *const site_certs[SITE_COUNT] = {"good", "expired", "early", "self", "wrong-name",
						   "wrong-ca", "good", "good", NULL};

static char folder[] = "/tmp/sitrep-tls-XXXXXX";
static int ports[SITE_COUNT];
static pid_t nginx;
static char ca_file[64];

static void write_config(const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	(void)fprintf(file,
		      "worker_processes 1; pid %s/pid; error_log %s/error.log; daemon off;\n"
		      "events { worker_connections 256; }\n"
		      "http { access_log off; default_type application/json;\n"
		      "ssl_protocols TLSv1.2 TLSv1.3;\n"
		      "client_body_temp_path %s/t1; proxy_temp_path %s/t2; fastcgi_temp_path %s/t3;\n"
		      "uwsgi_temp_path %s/t4; scgi_temp_path %s/t5;\n",
		      folder, folder, folder, folder, folder, folder, folder);
	for (int site = 0; site < SITE_COUNT; site++) {
		ports[site] = free_port();
		(void)fprintf(file, "server { listen 127.0.0.1:%d %s; ", ports[site],
			      site == SITE_PROXY ? "" : site == SITE_H2 ? "ssl http2" : "ssl");
		if (site_certs[site] != NULL)
			(void)fprintf(file, "ssl_certificate %s/%s.pem; ssl_certificate_key %s/%s.key; ",
				      folder, site_certs[site], folder, site_certs[site]);
		if (site == SITE_CLIENT)
			(void)fprintf(file, "ssl_verify_client on; ssl_client_certificate %s/ca.pem; ",
				      folder);
		(void)fprintf(file, "location / { return 200 '{\"status\":\"ok\",\"host\":\"$host\"}'; } }\n");
	}
	(void)fprintf(file, "}\n");
	fclose(file);
}

static int start_nginx(void **state)
{
	char config[64], log[64];

	(void)state;
	if (!have_program("nginx"))
		return 0;
	temp_folder(folder);
	for (size_t i = 0; i < BASE_LEN(specs); i++)
		cert_make(folder, &specs[i]);
	(void)snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", folder);
	(void)snprintf(config, sizeof(config), "%s/nginx.conf", folder);
	(void)snprintf(log, sizeof(log), "%s/log", folder);
	write_config(config);
	nginx = daemon_start((const char *const[]){"nginx", "-c", config, "-p", folder, "-e", log, NULL},
			     ports[SITE_GOOD], log);
	return 0;
}

static int stop_nginx(void **state)
{
	(void)state;
	if (nginx != 0)
		daemon_stop(nginx);
	return 0;
}

static struct check *add(struct rig *rig, enum site site)
{
	char url[100];
	struct check *check;

	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/health", ports[site]);
	check = rig_http(rig, url);
	rig_tls(rig, check)->ca = ca_file;
	return check;
}

static struct check *add_tls(struct rig *rig, enum site site)
{
	char target[100];
	struct check *check;

	(void)snprintf(target, sizeof(target), "127.0.0.1:%d", ports[site]);
	check = rig_add(rig, CHECK_TYPE_TLS, target);
	check->host = "127.0.0.1";
	check->port = ports[site];
	rig_tls(rig, check)->ca = ca_file;
	return check;
}

#define NEED_NGINX()                                                                           \
	do {                                                                                   \
		if (nginx == 0)                                                                \
			skip();                                                                \
	} while (0)

static void assert_days(const struct answer *answer, int64_t days)
{
	int64_t day_ns = DAY_S * NS_PER_S;

	assert_in_range(answer->cert_ns + 1000 * day_ns, (days + 1000) * day_ns - day_ns / 24,
			(days + 1000) * day_ns);
}

static void test_good(void **state)
{
	struct rig rig;
	struct check *check, *fresh;
	struct answer *answer;

	(void)state;
	NEED_NGINX();
	rig_init(&rig);
	check = add(&rig, SITE_GOOD);
	for (int i = 0; i < 2; i++) { /* the second time no handshake shows it */
		answer = rig_ask(&rig, check);
		assert_string_equal(answer->message, "");
		assert_true(answer->status == 200);
		assert_days(answer, 90);
		assert_string_equal(answer->exchange->tls_version, "TLSv1.3");
		assert_int_equal(answer->exchange->certificate_count, 1);
		assert_string_equal(answer->exchange->certificates[0].subject, "CN = good");
		assert_string_equal(answer->exchange->certificates[0].issuer, "CN = ca");
		assert_string_equal(answer->exchange->certificates[0].names, "localhost, 127.0.0.1");
		assert_int_equal(answer->phases.ns[PHASE_TLS] > 0, i == 0);
	}
	assert_int_equal(net_stats(rig.net).connects, 1);
	/* Nor does a resumed session. */
	fresh = add(&rig, SITE_GOOD);
	fresh->keepalive = false;
	for (int i = 0; i < 3; i++) {
		answer = rig_ask(&rig, fresh);
		assert_days(answer, 90);
		assert_true(answer->phases.ns[PHASE_TLS] > 0);
	}
	answer = rig_ask(&rig, add_tls(&rig, SITE_GOOD));
	assert_int_equal(answer->failure, FAILURE_NONE);
	assert_days(answer, 90);
	assert_true(answer->phases.ns[PHASE_TLS] > 0);
	rig_release(&rig);
}

static const struct bad {
	enum site site;
	enum failure failure;
	const char *says;
	const char *subject;
	int64_t days;
} bads[] = {
	{SITE_EXPIRED, FAILURE_TLS_EXPIRED, "; it was valid until 20", "CN = expired", -1},
	{SITE_EARLY, FAILURE_TLS_NOT_YET_VALID, "; it is valid from 20", "CN = early", 90},
	{SITE_SELF, FAILURE_TLS_UNTRUSTED, "self-signed", "CN = self", 90},
	{SITE_WRONG_NAME, FAILURE_TLS_WRONG_NAME, "; it is for other.example", "CN = wrong-name", 90},
	{SITE_WRONG_CA, FAILURE_TLS_UNTRUSTED, "; issued by CN = other-ca", "CN = wrong-ca", 90},
};

static void test_bad(void **state)
{
	struct rig rig;

	(void)state;
	NEED_NGINX();
	rig_init(&rig);
	for (size_t i = 0; i < BASE_LEN(bads); i++) {
		add(&rig, bads[i].site);
		add_tls(&rig, bads[i].site);
	}
	for (int round = 0; round < 2; round++) {
		rig_run(&rig, 0, rig.fleet->check_count);
		for (size_t i = 0; i < 2 * BASE_LEN(bads); i++) {
			const struct answer *answer = &rig.answers[i];
			const struct bad *bad = &bads[i / 2];

			if (round == 0)
				print_message("# %s\n", answer->message);
			assert_int_equal(answer->failure, bad->failure);
			assert_int_equal(answer->phase, PHASE_TLS);
			assert_says(answer->message, bad->says);
			/* The chain that was refused is evidence. */
			assert_int_equal(answer->exchange->certificate_count, 1);
			assert_string_equal(answer->exchange->certificates[0].subject, bad->subject);
			assert_days(answer, bad->days);
		}
	}
	rig_release(&rig);
}

static void test_options(void **state)
{
	struct rig rig;
	struct check *check;
	char cert[64], key[64];
	struct answer *answer;

	(void)state;
	NEED_NGINX();
	rig_init(&rig);
	(void)snprintf(cert, sizeof(cert), "%s/client.pem", folder);
	(void)snprintf(key, sizeof(key), "%s/client.key", folder);
	/* Unverified, the certificate is still looked at. */
	check = add(&rig, SITE_EXPIRED);
	rig_tls(&rig, check)->verify = false;
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_NONE);
	assert_days(answer, -1);
	/* The name that is asked for and verified is another than the host. */
	check = add(&rig, SITE_WRONG_NAME);
	rig_tls(&rig, check)->server_name = "other.example";
	assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_NONE);
	check = add_tls(&rig, SITE_WRONG_NAME);
	rig_tls(&rig, check)->server_name = "other.example";
	assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_NONE);
	/* The system's bundle does not know our CA. */
	check = add(&rig, SITE_GOOD);
	rig_tls(&rig, check)->ca = NULL;
	assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_TLS_UNTRUSTED);
	check = add(&rig, SITE_GOOD);
	rig_tls(&rig, check)->ca = "/nonexistent/ca.pem";
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_CONFIG);
	assert_says(answer->message, "the CA file /nonexistent/ca.pem cannot be read");
	/* Client certificates. */
	assert_true(rig_ask(&rig, add(&rig, SITE_CLIENT))->status == 400);
	check = add(&rig, SITE_CLIENT);
	rig_tls(&rig, check)->cert = cert;
	rig_tls(&rig, check)->key = key;
	assert_true(rig_ask(&rig, check)->status == 200);
	check = add(&rig, SITE_CLIENT);
	rig_tls(&rig, check)->cert = "/nonexistent/client.pem";
	rig_tls(&rig, check)->key = key;
	assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_CONFIG);
	rig_release(&rig);
}

/* libcurl 7.88 would judge all handshakes of a multi handle by the store of its first, and give a connection that
 * one check trusts to another that does not. Both ways round, on kept and on new connections. */
static void test_each_trusts_its_own(void **state)
{
	(void)state;
	NEED_NGINX();
	for (int kind = 0; kind < 4; kind++) {
		struct rig rig;
		struct check *checks[2];

		rig_init(&rig);
		for (int i = 0; i < 2; i++) {
			checks[i] = add(&rig, SITE_GOOD);
			checks[i]->keepalive = kind / 2 != 0;
		}
		checks[1]->tls = NULL; /* the system's bundle, which does not know our CA */
		for (int i = 0; i < 4; i++) {
			int which = (kind + i) % 2;

			assert_int_equal(rig_ask(&rig, checks[which])->failure,
					 which == 0 ? FAILURE_NONE : FAILURE_TLS_UNTRUSTED);
		}
		rig_release(&rig);
	}
}

/* TLS 1.3 lets the client finish before the server has asked for its certificate in vain. */
static void test_client_certificate_refused(void **state)
{
	struct rig rig;
	char cert[64], key[64], port[16], url[64], log[64];
	struct check *check;
	struct answer *answer;
	pid_t pid;

	(void)state;
	NEED_NGINX();
	if (!have_program("openssl"))
		skip();
	(void)snprintf(cert, sizeof(cert), "%s/good.pem", folder);
	(void)snprintf(key, sizeof(key), "%s/good.key", folder);
	(void)snprintf(log, sizeof(log), "%s/openssl.log", folder);
	(void)snprintf(port, sizeof(port), "%d", free_port());
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%s/", port);
	pid = daemon_start((const char *const[]){"openssl", "s_server", "-accept", port, "-cert", cert,
						 "-key", key, "-CAfile", ca_file, "-Verify", "1",
						 "-verify_return_error", "-www", NULL},
			   atoi(port), log);
	rig_init(&rig);
	check = rig_http(&rig, url);
	rig_tls(&rig, check)->ca = ca_file;
	answer = rig_ask(&rig, check);
	print_message("# %s\n", answer->message);
	assert_int_equal(answer->failure, FAILURE_TLS_FAILED);
	assert_int_equal(answer->phase, PHASE_TLS);
	assert_says(answer->message, "it may want a client certificate");
	rig_release(&rig);
	daemon_stop(pid);
}

static void test_h2(void **state)
{
	struct rig rig;
	struct check *check;
	struct answer *answer;

	(void)state;
	NEED_NGINX();
	rig_init(&rig);
	check = add(&rig, SITE_H2);
	check->http2 = true;
	for (int i = 0; i < 5; i++) {
		answer = rig_ask(&rig, check);
		assert_int_equal(answer->failure, FAILURE_NONE);
		assert_string_equal(answer->exchange->http_version, "2");
	}
	assert_int_equal(net_stats(rig.net).connects, 1);
	answer = rig_ask(&rig, add(&rig, SITE_H2)); /* 1.1 unless asked for */
	assert_string_equal(answer->exchange->http_version, "1.1");
	rig_release(&rig);
}

static void test_proxy(void **state)
{
	struct rig rig;
	struct check *check;
	char proxy[64];
	struct answer *answer;

	(void)state;
	NEED_NGINX();
	rig_init(&rig);
	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", ports[SITE_PROXY]);
	/* The name is the proxy's business: it is not looked up here. */
	check = rig_http(&rig, "http://service.invalid/health");
	check->proxy = proxy;
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_NONE);
	assert_non_null(strstr(answer->body, "service.invalid"));
	check = rig_http(&rig, "http://service.invalid/health");
	answer = rig_ask(&rig, check);
	assert_true(answer->failure == FAILURE_DNS_NOT_FOUND || answer->failure == FAILURE_RESOLVER);
	/* nginx refuses CONNECT; a stream must ask for a tunnel, not speak to the proxy. */
	check = rig_add(&rig, CHECK_TYPE_TCP, "service.invalid:80");
	check->host = "service.invalid";
	check->port = 80;
	check->proxy = proxy;
	answer = rig_ask(&rig, check);
	print_message("# %s\n", answer->message);
	assert_int_not_equal(answer->failure, FAILURE_NONE);
	assert_int_equal(answer->phase, PHASE_CONNECT);
	rig_release(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_each_trusts_its_own),
		cmocka_unit_test(test_client_certificate_refused),
		cmocka_unit_test(test_h2),
		cmocka_unit_test(test_proxy),
	};

	return cmocka_run_group_tests(tests, start_nginx, stop_nginx);
}
