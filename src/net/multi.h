/* libcurl's multi handles on the loop. Targets are spread over many of them ("shards") because
 * 7.88 walks all cached connections of a multi whenever a transfer leaves it; a stream has one for
 * itself, since the next transfer of a shared one would prune its connection. */
#ifndef NET_MULTI_H
#define NET_MULTI_H

#include "net/loop.h"
#include "net/tls.h"

#include <curl/curl.h>

#define OWNER_MAGIC 0x6f776e31u

struct multi_set;
struct multi_set *multi_set_new(struct net *net, struct strbuf *err);
void multi_set_free(struct multi_set *set);

/* What an easy handle belongs to, as its CURLOPT_PRIVATE; first member of the owning object. */
struct owner {
	uint32_t magic;
	struct net *net;
	/* The transfer is over; its handle is still in the multi. */
	void (*done)(struct owner *owner, CURLcode code);
	bool in_flight;
	/* Of the transfer under way, since libcurl does not tell: */
	bool socket_opened;
	int socket_errno; /* of socket(2) */
	struct tls_handshake tls;
};

struct shard {
	struct net *net;
	CURLM *multi;
	CURLSH *share; /* TLS sessions; none of a lone stream's */
	bool lone;     /* for one stream at a time */
	struct net_timer timer;
	bool kicked;
	struct shard *next_kicked;
	struct shard *next; /* of the idle private ones */
};

/* See net_plan(). */
void multi_plan(struct multi_set *set, size_t groups);
/* The shard of a group of targets, made when it is first asked for. */
struct shard *shard_of(struct multi_set *set, size_t group);
/* One for a single stream; given back when it is over. */
struct shard *shard_take_private(struct multi_set *set);
void shard_give_back(struct multi_set *set, struct shard *shard);

/* The options that every handle of the program has. */
void multi_prepare(struct owner *owner, CURL *easy);
/* Starts a transfer; `done` never comes before this returns. */
void shard_start(struct shard *shard, struct owner *owner, CURL *easy);
/* Takes the handle out: after `done`, or earlier, and then `done` will not come. */
void shard_end(struct shard *shard, struct owner *owner, CURL *easy);
/* A stream's descriptor once its transfer is DONE: libcurl has let go of it and only its owner acts on
 * it. `ready` comes on events, UV_READABLE | UV_WRITABLE, 0 for an error that reading will tell; none
 * comes any more once the descriptor is closed. False where it cannot be waited for. */
bool multi_take(struct net *net, curl_socket_t fd, void (*ready)(void *context, int events),
		void *context);
/* Takes the descriptor of an open plain connection out of libcurl: it stays open when its handle leaves
 * the multi, which shard_end() does from here, and is the caller's: to take, and to close by
 * multi_close(). */
void multi_keep(struct net *net, curl_socket_t fd);
void multi_close(struct net *net, curl_socket_t fd);
/* What is waited for on a taken descriptor; 0 is nothing. */
void multi_poll(struct net *net, curl_socket_t fd, int events);
/* An OPENSOCKETFUNCTION's descriptor, whoever made it. */
void multi_adopt(struct owner *owner, curl_socket_t fd);
/* Lets the shards that were given work put it on the wire. */
void multi_kick_all(struct multi_set *set);

#endif
