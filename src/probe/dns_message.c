/* The codec of DNS on libresolv's parser, which bounds every name and record; what its parser does not
 * look into (the data of each record type) is bounded here. Invariant: nothing of a message is read
 * past its end, and no list grows past DNS_RECORDS_MAX. See dns_message.h. */
#include "probe/dns_message.h"

#include "base/strbuf.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <ctype.h>
#include <resolv.h>
#include <strings.h>

#define EDNS_SIZE 1232 /* fits any path (DNS flag day 2020) */
#define TEXT_MAX 2048  /* bytes of one record as text */
#define HEADER_FLAGS_RD 0x01

static const struct {
	const char *name;
	int type;
} types[] = {
	{"A", ns_t_a},   {"AAAA", ns_t_aaaa}, {"CNAME", ns_t_cname}, {"MX", ns_t_mx}, {"NS", ns_t_ns},
	{"SOA", ns_t_soa}, {"SRV", ns_t_srv}, {"TXT", ns_t_txt}, {"CAA", 257}, {"PTR", ns_t_ptr},
};

int dns_type(const char *name)
{
	for (size_t i = 0; i < BASE_LEN(types); i++)
		if (strcasecmp(types[i].name, name) == 0)
			return types[i].type;
	return 0;
}

const char *dns_type_name(int type)
{
	for (size_t i = 0; i < BASE_LEN(types); i++)
		if (types[i].type == type)
			return types[i].name;
	return "?";
}

static const char *rcode_name(int rcode, struct arena *arena)
{
	static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
					    "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
					    "NXRRSET", "NOTAUTH", "NOTZONE"};

	if ((size_t)rcode < BASE_LEN(names))
		return names[rcode];
	return arena_printf(arena, "RCODE%d", rcode);
}

/* --- the question --------------------------------------------------------------------------- */

/* An address as the name that its PTR record has (RFC 1035 section 3.5, RFC 3596 section 2.5). */
static bool reverse_name(const char *address, char *out, size_t size)
{
	unsigned char bytes[16];
	size_t used = 0;

	if (inet_pton(AF_INET, address, bytes) == 1) {
		(void)snprintf(out, size, "%d.%d.%d.%d.in-addr.arpa", bytes[3], bytes[2], bytes[1],
			       bytes[0]);
		return true;
	}
	if (inet_pton(AF_INET6, address, bytes) != 1)
		return false;
	for (int i = 15; i >= 0; i--)
		used += (size_t)snprintf(out + used, size - used, "%x.%x.", bytes[i] & 15,
					 bytes[i] >> 4);
	(void)snprintf(out + used, size - used, "ip6.arpa");
	return true;
}

/* The name on the wire, uncompressed; 0 where it is none. */
static size_t pack_name(const struct dns_question *question, unsigned char *out)
{
	char reverse[NS_MAXDNAME];
	const char *name = question->name;
	size_t len = 1;

	if (question->type == ns_t_ptr && reverse_name(name, reverse, sizeof(reverse)))
		name = reverse;
	if (name[0] == '\0' || ns_name_pton(name, out, NS_MAXCDNAME) < 0)
		return 0;
	for (const unsigned char *label = out; *label != 0; label += *label + 1)
		len += *label + 1u;
	return len;
}

size_t dns_write(const struct dns_question *question, unsigned char *out)
{
	unsigned char *at = out + NS_HFIXEDSZ;
	size_t name_len = pack_name(question, at);

	if (name_len == 0)
		return 0;
	memset(out, 0, NS_HFIXEDSZ);
	ns_put16(question->id, out);
	out[2] = HEADER_FLAGS_RD;
	ns_put16(1, out + 4);  /* one question */
	ns_put16(question->plain ? 0 : 1, out + 10); /* one additional record: OPT */
	at += name_len;
	ns_put16((unsigned)question->type, at);
	ns_put16(ns_c_in, at + 2);
	at += NS_QFIXEDSZ;
	if (question->plain)
		return (size_t)(at - out);
	*at++ = 0; /* the root's name */
	ns_put16(ns_t_opt, at);
	ns_put16(EDNS_SIZE, at + 2);
	memset(at + 4, 0, 6); /* extended rcode, version, flags; no options */
	return (size_t)(at + NS_RRFIXEDSZ - out);
}

/* --- records as text ------------------------------------------------------------------------ */

struct record {
	const ns_msg *message;
	const unsigned char *data, *end; /* of its RDATA */
};

/* A name inside the data, with its final dot; the bytes that it takes, 0 where it is broken. */
static size_t add_name(const struct record *record, const unsigned char *at, struct strbuf *out)
{
	char name[NS_MAXDNAME];
	int used;

	if (at >= record->end)
		return 0;
	used = ns_name_uncompress(ns_msg_base(*record->message), record->end, at, name, sizeof(name));
	if (used < 0)
		return 0;
	strbuf_addf(out, "%s.", strcmp(name, ".") == 0 ? "" : name);
	return (size_t)used;
}

static bool add_only_name(const struct record *record, struct strbuf *out)
{
	size_t used = add_name(record, record->data, out);

	return used != 0 && used == (size_t)(record->end - record->data);
}

/* `fields` numbers of 16 bits, then a name: MX, SRV. */
static bool add_numbers_and_name(const struct record *record, size_t fields, struct strbuf *out)
{
	const unsigned char *at = record->data;

	if ((size_t)(record->end - at) <= 2 * fields)
		return false;
	for (size_t i = 0; i < fields; i++, at += 2)
		strbuf_addf(out, "%u ", ns_get16(at));
	return add_name(record, at, out) == (size_t)(record->end - at);
}

static bool add_soa(const struct record *record, struct strbuf *out)
{
	const unsigned char *at = record->data;
	size_t used = add_name(record, at, out);

	strbuf_addc(out, ' ');
	at += used;
	if (used == 0 || (used = add_name(record, at, out)) == 0)
		return false;
	at += used;
	if (record->end - at != 20)
		return false;
	for (; at < record->end; at += 4)
		strbuf_addf(out, " %lu", ns_get32(at));
	return true;
}

static void add_quoted(const unsigned char *bytes, size_t len, struct strbuf *out)
{
	strbuf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '"' || bytes[i] == '\\')
			strbuf_addc(out, '\\');
		if (bytes[i] < ' ' || bytes[i] == 0x7f)
			strbuf_addf(out, "\\%03u", bytes[i]);
		else
			strbuf_addc(out, (char)bytes[i]);
	}
	strbuf_addc(out, '"');
}

static bool add_txt(const struct record *record, struct strbuf *out)
{
	const unsigned char *at = record->data;

	while (at < record->end) {
		size_t len = *at++;

		if ((size_t)(record->end - at) < len)
			return false;
		if (out->len != 0)
			strbuf_addc(out, ' ');
		add_quoted(at, len, out);
		at += len;
	}
	return out->len != 0;
}

/* RFC 8659 section 4.1: flags, a tag, a value. */
static bool add_caa(const struct record *record, struct strbuf *out)
{
	size_t len = (size_t)(record->end - record->data), tag_len;

	if (len < 2)
		return false;
	tag_len = record->data[1];
	if (tag_len == 0 || tag_len > len - 2)
		return false;
	strbuf_addf(out, "%u %.*s ", record->data[0], (int)tag_len, (const char *)record->data + 2);
	add_quoted(record->data + 2 + tag_len, len - 2 - tag_len, out);
	return true;
}

static bool add_address(const struct record *record, int family, size_t len, struct strbuf *out)
{
	char text[INET6_ADDRSTRLEN];

	if ((size_t)(record->end - record->data) != len ||
	    inet_ntop(family, record->data, text, sizeof(text)) == NULL)
		return false;
	strbuf_adds(out, text);
	return true;
}

static bool add_data(const struct record *record, int type, struct strbuf *out)
{
	switch (type) {
	case ns_t_a:
		return add_address(record, AF_INET, NS_INADDRSZ, out);
	case ns_t_aaaa:
		return add_address(record, AF_INET6, NS_IN6ADDRSZ, out);
	case ns_t_mx:
		return add_numbers_and_name(record, 1, out);
	case ns_t_srv:
		return add_numbers_and_name(record, 3, out);
	case ns_t_soa:
		return add_soa(record, out);
	case ns_t_txt:
		return add_txt(record, out);
	case 257:
		return add_caa(record, out);
	default: /* CNAME, NS, PTR */
		return add_only_name(record, out);
	}
}

/* --- the answer ----------------------------------------------------------------------------- */

struct dns_reading {
	const struct dns_question *question;
	ns_msg message;
	struct arena *arena;
	struct dns_answer *answer;
	const char *records[DNS_RECORDS_MAX];
};

static enum dns_fit garbage(struct dns_answer *answer, const char *fault)
{
	answer->fault = fault;
	return DNS_GARBAGE;
}

static bool same_question(struct dns_reading *reading)
{
	unsigned char packed[NS_MAXCDNAME];
	char wanted[NS_MAXDNAME];
	ns_rr rr;

	if (ns_msg_id(reading->message) != reading->question->id)
		return false;
	/* Servers that refuse a message whole may leave the question out. */
	if (ns_msg_count(reading->message, ns_s_qd) == 0)
		return ns_msg_getflag(reading->message, ns_f_rcode) != ns_r_noerror;
	if (ns_msg_count(reading->message, ns_s_qd) != 1 ||
	    ns_parserr(&reading->message, ns_s_qd, 0, &rr) != 0 ||
	    pack_name(reading->question, packed) == 0 ||
	    ns_name_ntop(packed, wanted, sizeof(wanted)) < 0)
		return false;
	/* The root is "." in one and "" in the other. */
	return (int)ns_rr_type(rr) == reading->question->type && ns_rr_class(rr) == ns_c_in &&
	       strcasecmp(ns_rr_name(rr), strcmp(wanted, ".") == 0 ? "" : wanted) == 0;
}

/* The same of a message that was cut and cannot be parsed: names of questions are not compressed. */
static bool cut_question_fits(const struct dns_question *question, const unsigned char *bytes, size_t len)
{
	unsigned char packed[NS_MAXCDNAME];
	size_t name_len = pack_name(question, packed);

	if (name_len == 0 || len < NS_HFIXEDSZ + name_len + NS_QFIXEDSZ || ns_get16(bytes + 4) != 1)
		return false;
	bytes += NS_HFIXEDSZ;
	for (size_t i = 0; i < name_len; i++)
		if (tolower(bytes[i]) != tolower(packed[i]))
			return false;
	return (int)ns_get16(bytes + name_len) == question->type;
}

static void take_ttl(struct dns_reading *reading, uint32_t ttl_s)
{
	struct dns_answer *answer = reading->answer;

	if (!answer->has_ttl || ttl_s < answer->ttl_s)
		answer->ttl_s = ttl_s;
	answer->has_ttl = true;
}

/* One record of the answer section; false where its data is broken. */
static bool take_record(struct dns_reading *reading, const ns_rr *rr)
{
	struct dns_answer *answer = reading->answer;
	struct record record = {.message = &reading->message, .data = ns_rr_rdata(*rr),
				.end = ns_rr_rdata(*rr) + ns_rr_rdlen(*rr)};
	int type = (int)ns_rr_type(*rr);
	bool wanted = type == reading->question->type;
	struct strbuf text;
	bool good;

	if ((!wanted && type != ns_t_cname) || ns_rr_class(*rr) != ns_c_in)
		return true;
	strbuf_init(&text, TEXT_MAX);
	good = add_data(&record, type, &text);
	if (good) {
		const char *kept = arena_strndup(reading->arena, text.data, text.len);

		take_ttl(reading, ns_rr_ttl(*rr));
		if (!wanted)
			answer->alias = kept;
		else if (answer->count < DNS_RECORDS_MAX)
			reading->records[answer->count++] = kept;
	}
	strbuf_release(&text);
	return good;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* How long "no" may be kept: the SOA's own time and its last number (RFC 2308 section 5). */
static void take_negative_ttl(struct dns_reading *reading)
{
	int count = ns_msg_count(reading->message, ns_s_ns);
	ns_rr rr;

	for (int i = 0; i < count; i++) {
		uint32_t minimum;

		if (ns_parserr(&reading->message, ns_s_ns, i, &rr) != 0)
			return;
		if (ns_rr_type(rr) != ns_t_soa || ns_rr_rdlen(rr) < 20)
			continue;
		minimum = (uint32_t)ns_get32(ns_rr_rdata(rr) + ns_rr_rdlen(rr) - 4);
		take_ttl(reading, minimum < ns_rr_ttl(rr) ? minimum : ns_rr_ttl(rr));
		return;
	}
}

static enum dns_fit read_records(struct dns_reading *reading)
{
	struct dns_answer *answer = reading->answer;
	int count = ns_msg_count(reading->message, ns_s_an);
	ns_rr rr;

	for (int i = 0; i < count && i < DNS_RECORDS_MAX; i++) {
		if (ns_parserr(&reading->message, ns_s_an, i, &rr) != 0)
			return garbage(answer, "a record of it is broken");
		if (!take_record(reading, &rr))
			return garbage(answer, "the data of a record is broken");
	}
	if (answer->count == 0)
		take_negative_ttl(reading);
	qsort(reading->records, answer->count, sizeof(reading->records[0]), by_text);
	answer->records = arena_memdup(reading->arena, reading->records,
				       answer->count * sizeof(reading->records[0]));
	return DNS_ANSWERS;
}

/* The upper bits of the response code stand in the OPT record (RFC 6891 section 6.1.3). */
static int read_rcode(struct dns_reading *reading)
{
	int rcode = ns_msg_getflag(reading->message, ns_f_rcode);
	int count = ns_msg_count(reading->message, ns_s_ar);
	ns_rr rr;

	for (int i = 0; i < count && i < DNS_RECORDS_MAX; i++)
		if (ns_parserr(&reading->message, ns_s_ar, i, &rr) == 0 && ns_rr_type(rr) == ns_t_opt)
			return rcode | (int)(ns_rr_ttl(rr) >> 24) << 4;
	return rcode;
}

enum dns_fit dns_read(const struct dns_question *question, const unsigned char *bytes, size_t len,
		      struct arena *arena, struct dns_answer *answer)
{
	struct dns_reading reading = {.question = question, .arena = arena, .answer = answer};
	bool cut = len >= NS_HFIXEDSZ && (bytes[2] & 0x02) != 0;

	*answer = (struct dns_answer){.rcode = -1};
	if (len < NS_HFIXEDSZ || len > NS_MAXMSG)
		return garbage(answer, "it is shorter than a message's header");
	if (ns_get16(bytes) != question->id)
		return DNS_FOREIGN;
	if ((bytes[2] & 0x80) == 0)
		return garbage(answer, "it is a question, not an answer");
	answer->truncated = cut;
	/* A cut message may end anywhere; it is asked again, so its question is enough. */
	if (ns_initparse(bytes, (int)len, &reading.message) != 0) {
		if (cut)
			return cut_question_fits(question, bytes, len) ? DNS_ANSWERS : DNS_FOREIGN;
		return garbage(answer, "a name or record of it runs past its end");
	}
	if (!same_question(&reading))
		return DNS_FOREIGN;
	answer->rcode = read_rcode(&reading);
	answer->rcode_name = rcode_name(answer->rcode, arena);
	answer->authoritative = ns_msg_getflag(reading.message, ns_f_aa) != 0;
	answer->recursion = ns_msg_getflag(reading.message, ns_f_ra) != 0;
	return cut ? DNS_ANSWERS : read_records(&reading);
}

bool dns_refuses_edns(const struct dns_answer *answer)
{
	return answer->rcode == ns_r_formerr || answer->rcode == ns_r_notimpl || answer->rcode == ns_r_badvers;
}
