/* Host names: getaddrinfo(3) on at most RESOLVER_THREADS threads of its own, one lookup a name at
 * a time however many wait for it, answers kept for RESOLVER_TTL. libcurl is handed addresses and
 * never resolves a name itself: it could neither say why a lookup failed nor be kept from a
 * thread a lookup. A lookup that hangs holds its thread, not the loop and not
 * net_free(), and names that hung before leave threads for the others. */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include "net/net.h"

#define RESOLVER_THREADS 32
#define RESOLVER_SLOW_THREADS 16 /* of them for names that somebody gave up waiting for */
#define RESOLVER_TTL (60 * NS_PER_S)

struct resolver;
struct resolver *resolver_new(struct net *net);
/* Waiters must be gone; names may still be held, and must not be used any more. */
void resolver_free(struct resolver *resolver);

/* One host name, shared by all who ask for it and counted. */
struct name {
	struct resolver *resolver;
	unsigned refs;
	char *host;
	/* The last answer. `addresses` is a list for CURLOPT_RESOLVE ("192.0.2.1,[2001:db8::1]"),
	 * NULL until there is one; `generation` counts changes of it, from 1. */
	char *addresses;
	unsigned generation;
	int error;     /* EAI_* of the last lookup, 0 where it gave addresses */
	int os_error;  /* errno with EAI_SYSTEM */
	struct mono_time fresh_until;
	bool slow; /* nobody waited any more for the last answer */
	struct lookup *waiters;
	struct request *request; /* under way */
};

/* NULL for what needs no lookup: addresses, and localhost, which libcurl knows itself. `host`
 * without brackets. */
struct name *name_get(struct resolver *resolver, const char *host);
struct name *name_ref(struct name *name);
void name_unref(struct name *name);
bool name_fresh(const struct name *name, struct mono_time now);
/* Asks again before the next use. */
void name_expire(struct name *name);

/* Somebody who waits for a name; lives inside the waiting object. */
struct lookup {
	struct name *name;
	void (*done)(void *context);
	void *context;
	struct lookup *next, **link;
};
/* Calls `done` once on the loop, never before it returns. */
void lookup_start(struct lookup *lookup, struct name *name, void (*done)(void *context),
		  void *context);
void lookup_cancel(struct lookup *lookup); /* no-op where it is not waiting */

#endif
