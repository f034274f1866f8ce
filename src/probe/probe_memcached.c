/* `memcached`: `version` and `stats` in the text protocol, written at once and read one after the other.
 * A server that speaks its binary protocol alone (SASL) closes on the first of them, and that is said.
 * See talk.h, memcached_wire.h. */
#include "probe/talk.h"

#include "probe/memcached_wire.h"

#define ANSWER_MOST (64u << 10)
#define SAID_MOST 200

struct memcached_talk {
	struct talk talk;
	bool versioned; /* the answer to `version` came */
	struct memcached_stats stats;
};

static void opened(struct talk *talk)
{
	/* A server that speaks its binary protocol alone waits until a header of 24 bytes is there, and
	 * only then closes: hence `version` twice. */
	static const char commands[] = "version\r\nversion\r\nstats\r\n";
	struct memcached_talk *memcached = (struct memcached_talk *)talk;

	memcached->versioned = false;
	memcached_stats_init(&memcached->stats);
	talk_ask(talk, commands, strlen(commands), "version, stats", "the answer to version");
}

static void add_number(struct talk *talk, enum subject subject, int64_t number)
{
	if (number >= 0)
		talk_value(talk, subject, value_number((double)number));
}

static void add_share(struct talk *talk, enum subject subject, int64_t part, int64_t whole)
{
	if (part >= 0 && whole > 0)
		talk_value(talk, subject, value_number(100.0 * (double)part / (double)whole));
}

static void pass(struct talk *talk)
{
	const struct memcached_stats *stats = &((struct memcached_talk *)talk)->stats;

	add_number(talk, SUBJECT_CONNECTIONS, stats->connections);
	add_share(talk, SUBJECT_CONNECTIONS_USED, stats->connections, stats->connections_most);
	add_number(talk, SUBJECT_MEMORY, stats->bytes);
	add_share(talk, SUBJECT_MEMORY_USED, stats->bytes, stats->bytes_most);
	add_number(talk, SUBJECT_EVICTIONS, stats->evictions);
	if (stats->accepting == 0)
		talk_fail(talk, FAILURE_SERVER, "takes no further connections (accepting_conns 0): "
			  "close idle clients, or raise its limit (-c)");
	else
		talk_pass(talk);
}

static void fail_error(struct talk *talk, const struct memcached_line *line)
{
	const char *said = talk_quote(talk, line->text, line->len, SAID_MOST);

	talk_refused(talk, said, strcspn(said, " "));
	if (memmem(line->text, line->len, "unauthenticated", 15) != NULL)
		talk_fail(talk, FAILURE_CREDENTIALS, "wants a log-in before anything else (%s), which "
			  "this check cannot do: watch it by a tcp check", said);
	else if (memmem(line->text, line->len, "open connections", 16) != NULL)
		talk_fail(talk, FAILURE_SERVER, "has no connection left (%s): close idle clients, or "
			  "raise its limit (-c)", said);
	else
		talk_fail(talk, FAILURE_SERVER, "answered \"%s\" in place of %s", said,
			  talk->waiting_for);
}

static void take_line(struct talk *talk, const struct memcached_line *line)
{
	struct memcached_talk *memcached = (struct memcached_talk *)talk;

	switch (line->type) {
	case MEMCACHED_VERSION:
		if (memcached->versioned)
			return;
		talk_note(talk, "%.*s", (int)line->len, line->text);
		talk_text(talk, SUBJECT_VERSION, line->value, line->value_len);
		memcached->versioned = true;
		talk_wait_for(talk, "the answer to stats");
		return;
	case MEMCACHED_STAT:
		if (memcached_stat(line, &memcached->stats))
			talk_note(talk, "%.*s", (int)line->len, line->text);
		return;
	case MEMCACHED_END:
		talk_note(talk, "END");
		if (memcached->versioned)
			pass(talk);
		else
			talk_fail(talk, FAILURE_PROTOCOL, "answered \"END\" in place of its version");
		return;
	case MEMCACHED_ERROR:
		talk_note(talk, "%.*s", (int)line->len, line->text);
		fail_error(talk, line);
		return;
	case MEMCACHED_PARTIAL:
	case MEMCACHED_GARBAGE:
		break;
	}
}

static size_t received(struct talk *talk, const char *bytes, size_t len)
{
	struct memcached_line line;
	size_t used = memcached_read(bytes, len, &line);

	if (line.type == MEMCACHED_GARBAGE)
		talk_fail_garbage(talk, "memcached", bytes, len);
	else
		take_line(talk, &line);
	return used;
}

static bool closed(struct talk *talk)
{
	if (talk->heard)
		return false;
	talk_fail(talk, FAILURE_CLOSED, "closed the connection on \"version\": it may be that it speaks "
		  "its binary protocol alone (-B binary, or SASL: -S), which this check cannot do; watch "
		  "it by a tcp check then");
	return true;
}

static const struct talk_protocol protocol = {
	.size = sizeof(struct memcached_talk),
	.most = ANSWER_MOST,
	.opened = opened,
	.received = received,
	.closed = closed,
};
TALK_PROBE(memcached);
