/* A conversation: what all checks have in common that speak a protocol of their own over one stream.
 * It opens the stream (TLS where the check says so), carries the deadline, measures the phases, keeps
 * a redacted transcript as evidence, and ends in exactly one sample. A protocol is one file: a state
 * machine on these calls, with its parsers of foreign bytes in a file of their own, which never see a
 * socket (and have a fuzz target).
 *
 * Phases: `connect` and `tls` are the stream's; `send` ends when the first question is written, `wait`
 * with the first byte of the answer to it, `receive` with the end of the conversation. */
#ifndef PROBE_TALK_H
#define PROBE_TALK_H

#include "base/arena.h"
#include "net/stream.h"
#include "probe/run.h"

#define TALK_MAGIC 0x74616c6bu

struct talk;
struct talk_protocol {
	size_t size;     /* of the protocol's own struct, which begins with a struct talk */
	size_t most;     /* bytes of an answer that may wait unused; more is FAILURE_TOO_LARGE */
	bool late_tls;   /* the protocol itself calls talk_secure(); the stream begins in plain */
	/* The connection is open, and secure where that was asked for (late_tls: called again after
	 * talk_secure()). The place to ask the first question. */
	void (*opened)(struct talk *talk);
	/* Bytes of the peer, of which it takes one message: returns how many are used up, 0 where more
	 * must come first. Called again with the rest; never after an end. */
	size_t (*received)(struct talk *talk, const char *bytes, size_t len);
	/* The peer closed or reset. True: that is an end like any other, and the protocol called
	 * talk_pass(), talk_fail() or talk_move(); false or NULL: a failure that says what was waited for. */
	bool (*closed)(struct talk *talk);
	/* A run is over or cancelled: forget what belongs to it (the struct is used again). */
	void (*reset)(struct talk *talk);   /* may be NULL */
	void (*release)(struct talk *talk); /* may be NULL */
};

/* What lives no longer than a run: idle checks are many. */
struct talk_run {
	struct arena arena;           /* strings of values, lists; a protocol's own too */
	struct VEC_OF(struct sample_value) values;
	struct strbuf transcript;     /* "> PING" and "< +PONG", a line each; redacted and scrubbed */
	const char *peer;             /* in the arena, as what follows */
	const struct certificate *certs; /* the stream's */
	size_t cert_count;
	const char *tls_version;
	const char *words;            /* of talk_say() */
	bool refused;                 /* of talk_refused() */
	enum subject refused_as;
	const char *body;             /* for assertions about `body` and `json` */
	size_t body_len;
};

/* First member of a protocol's struct. */
struct talk {
	struct probe probe;
	uint32_t magic;
	const struct talk_protocol *protocol;
	struct stream *stream;        /* while it runs */
	bool asked;                   /* a question was written */
	bool heard;                   /* a byte of an answer came */
	const char *waiting_for;      /* "the answer to PING": for sentences */
	struct mono_time began, deadline, opened_at, asked_at, sent_at, heard_at;
	struct phases phases;
	struct stream_listener listener;
	void (*moved)(struct talk *talk, const struct stream_result *result); /* of talk_move() */
	struct exchange *exchange;    /* of the last run, handed on where nothing changed */
	struct talk_run run;
};

/* The `struct probe_type` of a protocol is this with its own size: TALK_PROBE(redis) defines
 * `probe_redis` from `static const struct talk_protocol protocol`. */
#define TALK_PROBE(name)                                                                           \
	static void start_##name(struct probe *probe) { talk_start(probe, &protocol); }            \
	const struct probe_type probe_##name = {.size = sizeof(struct name##_talk),                \
						.start = start_##name,                             \
						.cancel = talk_cancel,                             \
						.release = talk_release}
void talk_start(struct probe *probe, const struct talk_protocol *protocol);
void talk_cancel(struct probe *probe);
void talk_release(struct probe *probe);

/* --- what a protocol may call while it runs ------------------------------------------------ */

/* Sends a question. `shown` is its line in the transcript, without secrets ("AUTH ****"); `wait_for`
 * names what is waited for from now on (a literal, or in the run's arena). */
void talk_ask(struct talk *talk, const void *bytes, size_t len, const char *shown,
	      const char *wait_for);
/* What is waited for, where nothing is asked: "the server's greeting". */
void talk_wait_for(struct talk *talk, const char *wait_for);
/* A line of the answer for the transcript, as a person reads it; redacted and scrubbed here. */
void talk_note(struct talk *talk, const char *fmt, ...) BASE_PRINTF(2, 3);
/* TLS from here on; `opened` comes again. */
void talk_secure(struct talk *talk);
/* Goes on with another peer inside the same run (a broker's advertised address), or with the same one
 * anew (a server that closes after each answer): closes the stream and opens one there. At most
 * `timeout_ns` may pass until it is open, and never more than what is left of the run (0: all of that).
 * `done` gets what became of it, in place of `opened`; on FAILURE_NONE the talk goes on there, else the
 * protocol moves on, passes or fails. To be called inside opened, received, closed and `done` (where
 * `closed` then returns true). The strings are borrowed until `done`; no host is the
 * check's unix socket. */
void talk_move(struct talk *talk, const char *host, int port, int64_t timeout_ns,
	       void (*done)(struct talk *talk, const struct stream_result *result));
/* Copies strings and lists; the prober scrubs and redacts them. A subject that is there is replaced. */
void talk_value(struct talk *talk, enum subject subject, struct value value);
void talk_text(struct talk *talk, enum subject subject, const char *text, size_t len);
/* Words for an answer that came and does not please: what is said where an assertion that holds
 * without being written fails. */
void talk_say(struct talk *talk, const char *fmt, ...) BASE_PRINTF(2, 3);
/* What fails from here on is the server's own answer, named by this value: a check that has a line about the
 * subject judges it by that. The code is a word for SUBJECT_REFUSAL; of the number, the value is there. */
void talk_refused(struct talk *talk, const char *code, size_t len);
void talk_refused_as(struct talk *talk, enum subject subject, unsigned number);
/* The ends; the probe may be gone afterwards. The values go with either. */
void talk_pass(struct talk *talk);
/* FAILURE_PROTOCOL, _CREDENTIALS, _SERVER …: the sentence says what was asked, what came back, and
 * what to do. */
void talk_fail(struct talk *talk, enum failure failure, const char *fmt, ...) BASE_PRINTF(3, 4);
/* Foreign bytes for a sentence or a note, redacted before they are cut: see redact_quote(). The piece lasts
 * as long as the run. */
const char *talk_quote(struct talk *talk, const char *bytes, size_t len, size_t most);
/* A TLS server to bytes that are no handshake (RFC 8446 section 6). */
bool talk_is_tls_alert(const char *bytes, size_t len);
/* "is not Redis: it answered \"HTTP/1.1 400\"": for bytes that are not of the protocol. */
void talk_fail_garbage(struct talk *talk, const char *protocol_name, const char *bytes, size_t len);

#endif
