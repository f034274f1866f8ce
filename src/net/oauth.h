/* Access tokens by client credentials (RFC 6749 section 4.4): one token a client of an authorization
 * server, shared by all its questions until it ends, with one request in flight for all that wait. */
#ifndef NET_OAUTH_H
#define NET_OAUTH_H

#include "net/http.h"
#include "net/loop.h"

struct oauth_room; /* the clients of one `struct net` */
struct oauth_room *oauth_room_new(struct net *net);
void oauth_room_free(struct oauth_room *room);

/* Counted; equal ones are one. One that nobody uses any more is kept while its token holds, for questions that
 * come and go. */
struct oauth_client;
struct oauth_client *oauth_client_get(struct oauth_room *room, const struct http_options *options);
void oauth_client_unref(struct oauth_client *client);

/* The token; NULL where there is none that still holds. Valid until the next turn. */
const char *oauth_token(const struct oauth_client *client);
/* The token was refused: false where it is so new that another would be no better. */
bool oauth_refused(struct oauth_client *client, const char *token);

/* Somebody who waits for a token; lives in its owner. */
struct oauth_wait {
	struct oauth_client *client; /* NULL: does not wait */
	struct oauth_wait *next, *previous;
	uint64_t asked; /* which request it waits for */
	struct net_timer timer;
	struct mono_time deadline;
	int64_t timeout_ns;
	/* `said` is NULL where there is a token now; else why there is none. */
	void (*done)(void *context, enum failure failure, const char *said);
	void *context;
};
/* Asks for a token, or joins who asks already, until `deadline`, the end of a run of `timeout_ns`. Comes back by
 * `done`, never before this returns. */
void oauth_wait_start(struct oauth_wait *wait, struct oauth_client *client, struct mono_time deadline,
		      int64_t timeout_ns);
void oauth_wait_stop(struct oauth_wait *wait);

#endif
