/* Messages of DNS (RFC 1035 section 4, EDNS(0) of RFC 6891): one question, and what an answer says to
 * it. Pure: no socket, no clock. */
#ifndef PROBE_DNS_MESSAGE_H
#define PROBE_DNS_MESSAGE_H

#include "base/arena.h"

#define DNS_QUESTION_MAX 300 /* header, the longest name, type and class, the OPT record */
#define DNS_RECORDS_MAX 100  /* records of one answer that are read */

struct dns_question {
	const char *name; /* "example.com", a trailing dot is fine; an IP address with PTR */
	int type;         /* of dns_type() */
	uint16_t id;
	bool plain;       /* without EDNS(0), for a server that does not know it */
};

/* The number of a record type ("A", "mx"), 0 where it is none of those we can show. */
int dns_type(const char *name);
const char *dns_type_name(int type);
/* The question as a message of at most DNS_QUESTION_MAX bytes; 0 where the name is none. */
size_t dns_write(const struct dns_question *question, unsigned char *out);

enum dns_fit {
	DNS_ANSWERS, /* it is the answer to the question */
	DNS_FOREIGN, /* a message, but to another question: wrong id, name or type */
	DNS_GARBAGE  /* no message, or a broken one */
};
struct dns_answer {
	int rcode;              /* -1 before one was read */
	const char *rcode_name; /* "NOERROR", "NXDOMAIN"; "RCODE17" */
	bool truncated;         /* to be asked again over TCP */
	bool authoritative, recursion; /* flags AA and RA */
	/* The records of the type that was asked for as in a zone file, sorted; in the arena. */
	const char *const *records;
	size_t count;
	const char *alias;      /* the last name of a chain of CNAMEs; NULL */
	bool has_ttl;
	uint32_t ttl_s;         /* the shortest of the records and the chain; without any, the time for
				 * which "no" may be kept (RFC 2308) */
	const char *fault;      /* DNS_GARBAGE: why, "a record runs past its end" */
};
/* Reads a message; strings live in the arena. */
enum dns_fit dns_read(const struct dns_question *question, const unsigned char *bytes, size_t len,
		      struct arena *arena, struct dns_answer *answer);
/* It may be EDNS(0) alone that is refused: a plain question is worth a try (RFC 6891 sections 6.1.3, 7). */
bool dns_refuses_edns(const struct dns_answer *answer);

#endif
