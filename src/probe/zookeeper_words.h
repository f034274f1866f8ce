/* ZooKeeper's four letter words (Administrator's Guide, "The Four Letter Words") and what their
 * answers say. Bytes in, plain data out; a server answers one word a connection and closes it. */
#ifndef PROBE_ZOOKEEPER_WORDS_H
#define PROBE_ZOOKEEPER_WORDS_H

#include "base/base.h"

enum zookeeper_answer {
	ZOOKEEPER_ANSWERED,    /* what was read is in struct zookeeper */
	ZOOKEEPER_NOT_ALLOWED, /* 4lw.commands.whitelist does not have the word */
	ZOOKEEPER_NOT_SERVING, /* it runs, and belongs to no quorum */
	ZOOKEEPER_OTHER        /* no answer of ZooKeeper to this word */
};
struct zookeeper {
	char version[64];      /* "3.8.0"; raw bytes, "" not known */
	char mode[32];         /* "leader", "standalone"; raw bytes, "" not known */
	double connections, outstanding, followers; /* -1 not known */
};
void zookeeper_init(struct zookeeper *zookeeper);
/* Whether the first four bytes of an answer to ruok can be ZooKeeper's: it need not be waited for. */
bool zookeeper_begins(const char bytes[4]);
/* The whole answer to `word` ("ruok", "srvr", "mntr"); adds what it says. */
enum zookeeper_answer zookeeper_read(const char *word, const char *bytes, size_t len,
				     struct zookeeper *zookeeper);

#endif
