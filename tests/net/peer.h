/* A server of a few lines for a test: a thread that listens on loopback and hands each connection, one
 * after the other, to a function; and TLS for it. The function makes no assertions: it is on a thread
 * of its own. */
#ifndef TESTS_NET_PEER_H
#define TESTS_NET_PEER_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>

struct peer {
	pthread_t thread;
	int fd, port;
	void (*serve)(int fd); /* closes nothing; the connection is closed behind it */
};
void peer_start(struct peer *peer, void (*serve)(int fd));
void peer_stop(struct peer *peer);

/* Reads until `text` came (false at the end), writes all of it, resets in place of closing. */
bool peer_await(int fd, const char *text);
void peer_say(int fd, const void *bytes, size_t len);
void peer_says(int fd, const char *text);
void peer_reset(int fd);

/* The server's side of a handshake with FOLDER/file.pem and .key; NULL where it fails. */
SSL *peer_secure(int fd, const char *folder, const char *file);
void peer_unsecure(SSL *ssl);

#endif
