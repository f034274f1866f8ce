/* `dns`: asks one name server for one record over UDP, once more where no answer came for a third of
 * the time, once more without EDNS(0) where it refuses that (RFC 6891), and over TCP where the answer was
 * cut (RFC 1035 section 4.2, RFC 7766). What does not fit the question is waited past, as a resolver would. Invariant: every server that answered passes on what
 * it said, NXDOMAIN too; only silence and garbage are failures. See run.h. */
#include "probe/dns_message.h"
#include "probe/run.h"

#include "base/limits.h"
#include "base/units.h"
#include "model/name_server.h"
#include "net/datagram.h"
#include "net/stream.h"

#include <sys/random.h>

#define RESOLV_CONF "/etc/resolv.conf"
#define PATIENCE 3 /* after this part of the time the question is sent once more */
#define TCP_HEAD 2 /* the length in front of a message (RFC 1035 section 4.2.2) */

struct dns_probe {
	struct probe probe;
	struct datagram *datagrams[2];
	struct net_timer *again;   /* made at the first run */
	struct stream *stream;
	struct stream_listener listener;
	struct exchange *exchange; /* of the last run */
	struct arena arena;        /* of this run */
	struct dns_question question;
	unsigned char message[TCP_HEAD + DNS_QUESTION_MAX];
	size_t len;
	struct name_server server;
	char shown[64];            /* the server, as in sentences */
	struct mono_time began, asked, deadline; /* asked: for the first time as it is asked now */
	struct phases phases;
	const char *strange;       /* why the last packet that came did not fit; NULL */
	unsigned strangers;
};

/* --- who is asked --------------------------------------------------------------------------- */

/* The first name server of resolv.conf(5), read at each run: a laptop moves. */
static bool read_resolv_conf(struct name_server *server)
{
	FILE *file = fopen(RESOLV_CONF, "re");
	char line[512], text[64];
	bool found = false;

	while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL)
		found = sscanf(line, " nameserver %63s", text) == 1 && name_server_read(text, server);
	if (file != NULL)
		(void)fclose(file);
	return found;
}

/* The message of the question, with an id of its own. */
static bool write_question(struct dns_probe *dns)
{
	if (getrandom(&dns->question.id, sizeof(dns->question.id), 0) < 0)
		dns->question.id = (uint16_t)net_now(dns->probe.prober->net).ns;
	dns->len = dns_write(&dns->question, dns->message + TCP_HEAD);
	dns->message[0] = (unsigned char)(dns->len >> 8);
	dns->message[1] = (unsigned char)dns->len;
	return dns->len != 0;
}

/* Fills in server and question; false with an end of the run that says what is wrong. */
static bool prepare(struct dns_probe *dns)
{
	struct probe *probe = &dns->probe;
	const struct check *check = probe->check;
	const char *server = check_text(check, CHECK_KEY_SERVER, NULL);

	/* What `server` says was checked when the file was read. */
	if (server != NULL ? !name_server_read(server, &dns->server) : !read_resolv_conf(&dns->server)) {
		probe_fail_soon(probe, FAILURE_RESOLVER,
				"cannot be asked: " RESOLV_CONF " names no name server; say 'server'");
		return false;
	}
	(void)snprintf(dns->shown, sizeof(dns->shown),
		       strchr(dns->server.address, ':') != NULL ? "[%s]:%d" : "%s:%d",
		       dns->server.address, dns->server.port);
	dns->question.name = check->target;
	dns->question.type = dns_type(check_text(check, CHECK_KEY_RECORD, "A"));
	dns->question.plain = false;
	if (!write_question(dns)) {
		probe_fail_soon(probe, FAILURE_CONFIG, "cannot be asked: that is no domain name");
		return false;
	}
	return true;
}

/* --- ends ----------------------------------------------------------------------------------- */

static void stop(struct dns_probe *dns)
{
	for (size_t i = 0; i < BASE_LEN(dns->datagrams); i++) {
		datagram_close(dns->datagrams[i]);
		dns->datagrams[i] = NULL;
	}
	net_timer_stop(dns->again);
	if (dns->stream != NULL)
		stream_close(dns->stream);
	dns->stream = NULL;
}

static void make_evidence(struct dns_probe *dns, const struct dns_answer *answer)
{
	struct strbuf request, body;
	struct exchange draft = {.peer = dns->shown};
	char *clean_request, *clean_body;

	strbuf_init(&request, LIMIT_MESSAGE);
	strbuf_init(&body, LIMIT_BODY_KEPT);
	strbuf_addf(&request, "%s %s, id %u, recursion desired, asked of %s%s", dns->question.name,
		    dns_type_name(dns->question.type), dns->question.id, dns->shown,
		    dns->question.plain ? ", which refuses EDNS" : "");
	if (answer != NULL) {
		strbuf_addf(&body, "%s%s%s, %zu record%s\n", answer->rcode_name,
			    answer->authoritative ? ", authoritative" : "",
			    answer->recursion ? ", recursion available" : "", answer->count,
			    answer->count == 1 ? "" : "s");
		if (answer->alias != NULL)
			strbuf_addf(&body, "CNAME %s\n", answer->alias);
		for (size_t i = 0; i < answer->count; i++)
			strbuf_addf(&body, "%s %s\n", dns_type_name(dns->question.type),
				    answer->records[i]);
	}
	clean_request = probe_shown(&dns->probe, request.data, request.len, LIMIT_MESSAGE);
	clean_body = probe_shown(&dns->probe, body.data, body.len, LIMIT_BODY_KEPT);
	draft.request = clean_request;
	draft.body = clean_body;
	draft.body_len = draft.body_size = strlen(clean_body);
	exchange_unref(dns->exchange);
	dns->exchange = exchange_new(&draft);
	free(clean_request);
	free(clean_body);
	strbuf_release(&request);
	strbuf_release(&body);
}

static void finish(struct dns_probe *dns, struct sample *sample, const char *said)
{
	struct arena arena = dns->arena;
	struct strbuf message;

	/* The words may be those of a datagram that is closed now. */
	strbuf_init(&message, LIMIT_MESSAGE);
	if (said != NULL) {
		probe_sentence(&dns->probe, said, &message);
		sample->message = message.data;
	}
	stop(dns);
	arena_init(&dns->arena);
	sample->latency_ns = net_now(dns->probe.prober->net).ns - dns->began.ns;
	sample->phases = dns->phases;
	sample->exchange = dns->exchange;
	probe_finish(&dns->probe, sample);
	arena_release(&arena);
	strbuf_release(&message);
}

static void fail(struct dns_probe *dns, enum failure failure, enum phase phase, const char *said)
{
	struct sample sample = {.failure = failure, .failed_phase = phase};

	make_evidence(dns, NULL);
	finish(dns, &sample, said);
}

/* Nothing that fits came in time; what came in its stead says more than the silence. */
static void fail_silent(struct dns_probe *dns, const char *said)
{
	struct strbuf text;

	if (dns->strange == NULL) {
		fail(dns, FAILURE_TIMEOUT, PHASE_WAIT, said);
		return;
	}
	strbuf_init(&text, LIMIT_MESSAGE);
	strbuf_addf(&text, "timed out after ");
	duration_format(&text, dns->deadline.ns - dns->began.ns);
	strbuf_addf(&text, " in phase wait: %u packet%s of %s came that answer%s something else: %s",
		    dns->strangers, dns->strangers == 1 ? "" : "s", dns->shown,
		    dns->strangers == 1 ? "s" : "", dns->strange);
	fail(dns, FAILURE_PROTOCOL, PHASE_WAIT, text.data);
	strbuf_release(&text);
}

/* What an answer without the record means. */
static const char *explain(const struct dns_probe *dns, const struct dns_answer *answer,
			   struct strbuf *out)
{
	const char *rcode = answer->rcode_name;

	if (answer->rcode == 0 && answer->count != 0)
		return NULL;
	if (answer->rcode == 0)
		strbuf_addf(out, "has no %s record: %s answers NOERROR without one%s%s",
			    dns_type_name(dns->question.type), dns->shown,
			    answer->alias != NULL ? "; it is an alias of " : "",
			    answer->alias != NULL ? answer->alias : "");
	else if (strcmp(rcode, "NXDOMAIN") == 0)
		strbuf_addf(out, "does not exist: %s says NXDOMAIN", dns->shown);
	else if (strcmp(rcode, "SERVFAIL") == 0)
		strbuf_addf(out, "gets SERVFAIL from %s: the servers that it asks in turn fail, or a "
				 "signature (DNSSEC) is wrong", dns->shown);
	else if (strcmp(rcode, "REFUSED") == 0)
		strbuf_addf(out, "gets REFUSED from %s: it does not answer this host, or not for this "
				 "name", dns->shown);
	else
		strbuf_addf(out, "gets %s from %s", rcode, dns->shown);
	return out->data;
}

static void answered(struct dns_probe *dns, const struct dns_answer *answer)
{
	struct sample_value values[3];
	struct sample sample = {.failed_phase = PHASE_NONE, .values = values};
	struct strbuf said;
	struct value list = {.type = VALUE_LIST,
			     .as.list = {.items = answer->records, .len = answer->count}};

	strbuf_init(&said, LIMIT_MESSAGE);
	values[sample.value_count++] = (struct sample_value){
		.subject = SUBJECT_RCODE, .value = value_string(answer->rcode_name)};
	if (answer->count != 0)
		values[sample.value_count++] =
			(struct sample_value){.subject = SUBJECT_ANSWER, .value = list};
	if (answer->has_ttl)
		values[sample.value_count++] = (struct sample_value){
			.subject = SUBJECT_TTL, .value = value_duration(answer->ttl_s * NS_PER_S)};
	make_evidence(dns, answer);
	finish(dns, &sample, explain(dns, answer, &said));
	strbuf_release(&said);
}

/* --- TCP ------------------------------------------------------------------------------------ */

static size_t on_bytes(void *context, const char *bytes, size_t len)
{
	struct dns_probe *dns = context;
	const unsigned char *at = (const unsigned char *)bytes;
	struct dns_answer answer;
	char said[LIMIT_MESSAGE];
	size_t size;

	CHECK_MAGIC(&dns->probe, PROBE_MAGIC);
	size = len >= TCP_HEAD ? (size_t)at[0] << 8 | at[1] : 0;
	if (len < TCP_HEAD || len - TCP_HEAD < size)
		return 0;
	dns->phases.ns[PHASE_RECEIVE] = net_now(dns->probe.prober->net).ns - dns->began.ns -
					dns->phases.ns[PHASE_WAIT];
	if (dns_read(&dns->question, at + TCP_HEAD, size, &dns->arena, &answer) == DNS_ANSWERS &&
	    answer.rcode_name != NULL && !answer.truncated) {
		answered(dns, &answer);
		return len;
	}
	(void)snprintf(said, sizeof(said),
		       "was cut by UDP, and what %s answered over TCP does not fit: %s", dns->shown,
		       answer.fault != NULL ? answer.fault : "it is to another question");
	fail(dns, FAILURE_PROTOCOL, PHASE_RECEIVE, said);
	return len;
}

static void fail_tcp(struct dns_probe *dns, enum failure failure, enum phase phase, const char *words)
{
	char said[LIMIT_MESSAGE];

	(void)snprintf(said, sizeof(said), "was cut by UDP, and over TCP: %s", words);
	fail(dns, failure, phase, said);
}

static void on_ended(void *context, enum failure failure, const char *message)
{
	struct dns_probe *dns = context;

	CHECK_MAGIC(&dns->probe, PROBE_MAGIC);
	fail_tcp(dns, failure, PHASE_RECEIVE, message);
}

static void on_opened(void *context, struct stream *stream, const struct stream_result *result)
{
	struct dns_probe *dns = context;

	CHECK_MAGIC(&dns->probe, PROBE_MAGIC);
	dns->phases.ns[PHASE_CONNECT] = result->phases.ns[PHASE_CONNECT];
	if (result->failure != FAILURE_NONE) {
		fail_tcp(dns, result->failure, result->failed_phase, result->message);
		return;
	}
	dns->listener = (struct stream_listener){.received = on_bytes, .ended = on_ended,
						 .context = dns, .most = TCP_HEAD + UINT16_MAX};
	stream_listen(stream, &dns->listener, dns->deadline);
	stream_write(stream, dns->message, TCP_HEAD + dns->len);
}

static void ask_by_tcp(struct dns_probe *dns)
{
	struct net *net = dns->probe.prober->net;
	int64_t left_ns = dns->deadline.ns - net_now(net).ns;
	struct stream_options options = {.host = dns->server.address, .port = dns->server.port,
					 .proxy = "",
					 .timeout_ns = left_ns > NS_PER_MS ? left_ns : NS_PER_MS};

	stop(dns);
	dns->stream = stream_open(net, &options, on_opened, dns);
}

/* --- UDP ------------------------------------------------------------------------------------ */

static void ask_plainly(struct dns_probe *dns);

static bool on_datagram(void *context, const struct datagram_result *result)
{
	struct dns_probe *dns = context;
	struct dns_answer answer;
	enum dns_fit fit;

	CHECK_MAGIC(&dns->probe, PROBE_MAGIC);
	if (result->failure == FAILURE_TIMEOUT) {
		fail_silent(dns, result->message);
		return true;
	}
	if (result->failure != FAILURE_NONE) {
		fail(dns, result->failure,
		     failure_is_local(result->failure) ? PHASE_NONE : PHASE_WAIT, result->message);
		return true;
	}
	fit = dns_read(&dns->question, result->bytes, result->len, &dns->arena, &answer);
	if (fit != DNS_ANSWERS) {
		dns->strange = fit == DNS_FOREIGN ? "id, name or type are not those of the question"
						  : answer.fault;
		dns->strangers++;
		arena_release(&dns->arena);
		return false;
	}
	dns->phases.ns[PHASE_WAIT] = net_now(dns->probe.prober->net).ns - dns->began.ns;
	if (answer.truncated)
		ask_by_tcp(dns);
	else if (dns_refuses_edns(&answer) && !dns->question.plain)
		ask_plainly(dns);
	else
		answered(dns, &answer);
	return true;
}

static void ask_by_udp(struct dns_probe *dns, size_t slot)
{
	/* The first one speaks for both at the deadline: its time is over before the second one's. */
	dns->datagrams[slot] = datagram_ask(dns->probe.prober->net, dns->server.address,
					    dns->server.port,
					    dns->message + TCP_HEAD, dns->len,
					    dns->deadline.ns - dns->asked.ns, on_datagram, dns);
}

static void ask(struct dns_probe *dns, struct mono_time now)
{
	dns->asked = now;
	ask_by_udp(dns, 0);
	net_timer_set(dns->again, (struct mono_time){dns->asked.ns +
						     (dns->deadline.ns - dns->asked.ns) / PATIENCE});
}

static void ask_plainly(struct dns_probe *dns)
{
	stop(dns);
	arena_release(&dns->arena);
	dns->question.plain = true;
	if (write_question(dns))
		ask(dns, net_now(dns->probe.prober->net));
}

static void on_again(void *context)
{
	struct dns_probe *dns = context;

	CHECK_MAGIC(&dns->probe, PROBE_MAGIC);
	ask_by_udp(dns, 1);
}

/* --- life ----------------------------------------------------------------------------------- */

static void start(struct probe *probe)
{
	struct dns_probe *dns = (struct dns_probe *)probe;
	struct net *net = probe->prober->net;
	int64_t timeout_ns = probe_time_left(probe);

	if (dns->again == NULL)
		dns->again = net_timer_new(net, on_again, dns);
	dns->phases = phases_unmeasured();
	dns->strange = NULL;
	dns->strangers = 0;
	dns->began = net_now(net);
	dns->deadline.ns = dns->began.ns + timeout_ns;
	if (!prepare(dns))
		return;
	ask(dns, dns->began);
}

static void cancel(struct probe *probe)
{
	struct dns_probe *dns = (struct dns_probe *)probe;

	stop(dns);
	arena_release(&dns->arena);
}

static void release(struct probe *probe)
{
	struct dns_probe *dns = (struct dns_probe *)probe;

	net_timer_free(dns->again);
	exchange_unref(dns->exchange);
}

const struct probe_type probe_dns = {
	.size = sizeof(struct dns_probe),
	.start = start,
	.cancel = cancel,
	.release = release,
};
