/* A server of a few lines for a test, see peer.h. */
#include "peer.h"

#include "../unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void *run(void *context)
{
	struct peer *peer = context;

	for (;;) {
		int fd = accept(peer->fd, NULL, NULL);

		if (fd < 0)
			return NULL;
		peer->serve(fd);
		close(fd);
	}
}

void peer_start(struct peer *peer, void (*serve)(int fd))
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	peer->serve = serve;
	peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(peer->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(peer->fd, 16), 0);
	assert_int_equal(getsockname(peer->fd, (struct sockaddr *)&address, &len), 0);
	peer->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&peer->thread, NULL, run, peer), 0);
}

void peer_stop(struct peer *peer)
{
	(void)shutdown(peer->fd, SHUT_RDWR);
	pthread_join(peer->thread, NULL);
	close(peer->fd);
}

bool peer_await(int fd, const char *text)
{
	char came[4096];
	size_t len = 0;

	while (len < sizeof(came) - 1) {
		ssize_t got = read(fd, came + len, sizeof(came) - 1 - len);

		if (got <= 0)
			return false;
		len += (size_t)got;
		came[len] = '\0';
		if (strstr(came, text) != NULL)
			return true;
	}
	return false;
}

void peer_say(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		at += sent;
		len -= (size_t)sent;
	}
}

void peer_says(int fd, const char *text)
{
	peer_say(fd, text, strlen(text));
}

void peer_reset(int fd)
{
	const struct linger now = {.l_onoff = 1};

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

SSL *peer_secure(int fd, const char *folder, const char *file)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	char path[512];
	SSL *ssl;

	(void)snprintf(path, sizeof(path), "%s/%s.pem", folder, file);
	(void)SSL_CTX_use_certificate_file(context, path, SSL_FILETYPE_PEM);
	(void)snprintf(path, sizeof(path), "%s/%s.key", folder, file);
	(void)SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM);
	ssl = SSL_new(context);
	SSL_CTX_free(context);
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1)
		return ssl;
	SSL_free(ssl);
	return NULL;
}

void peer_unsecure(SSL *ssl)
{
	if (ssl == NULL)
		return;
	SSL_shutdown(ssl);
	SSL_free(ssl);
}
