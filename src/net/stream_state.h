/* The inside of a stream, for stream.c (how it opens) and stream_listen.c (what is said over it). */
#ifndef NET_STREAM_STATE_H
#define NET_STREAM_STATE_H

#include "base/xalloc.h"
#include "net/multi.h"
#include "net/resolver.h"
#include "net/stream.h"

#define STREAM_MAGIC 0x73747231u
#define STREAM_MESSAGE 1024

struct stream {
	struct owner owner;
	uint32_t magic;
	struct net *net;
	struct stream *next, *previous;
	struct stream_options options;
	void (*done)(void *context, struct stream *stream, const struct stream_result *result);
	void *context;
	CURL *easy;
	struct shard *shard;    /* NULL until it is in a multi */
	bool in_multi;
	struct curl_slist *resolve, *connect_to;
	struct name *name;
	struct lookup lookup;
	struct net_timer timer; /* the deadline: of the lookup, then of the listener; or an end that is
				 * known at once */
	struct mono_time began;
	int64_t dns_ns;
	struct strbuf message;
	char error[CURL_ERROR_SIZE];
	char shown[320]; /* host:port as in sentences */
	char peer[128];
	/* Once it is open. */
	const struct stream_listener *listener; /* NULL until stream_listen() */
	struct mono_time deadline;
	struct net_timer turn;  /* something is to be done on the next turn */
	curl_socket_t fd;
	bool plain;             /* `fd` is ours alone, libcurl has nothing to do with it any more */
	struct strbuf in;       /* came and was not used */
	struct strbuf out;      /* being sent from `sent` on; its bytes never move meanwhile */
	struct strbuf queued;   /* written since */
	size_t sent;
	bool sending;
	struct mono_time sent_at;
	bool owes_sent;         /* listener->sent is to be called */
	CURLcode broken;        /* what sending said; told on the next turn */
	bool securing;          /* stream_secure() was called, its `done` has not come */
	int spare_fd;           /* the descriptor for the handle that puts TLS on; -1 */
	bool *gone;             /* set by stream_close() inside a listener's call */
};

/* Puts TLS on an open connection: a new handle on the same socket; `done` comes as of stream_open(). */
void stream_begin_tls(struct stream *stream);
/* After the `done` of that: listens again. */
void stream_listen_again(struct stream *stream);
/* Bytes came that belong in front of the handshake: tells `done` that it failed. */
void stream_refuse_surplus(struct stream *stream, size_t len);

#endif
