/* `zookeeper`: asks ruok, srvr and mntr, each over a connection of its own, as the server closes it
 * behind the answer. A word that the whitelist does not have says nothing about the server; the others
 * are asked nevertheless. See talk.h for the life of it, zookeeper_words.h for the answers. */
#include "probe/talk.h"
#include "probe/zookeeper_words.h"

#define ANSWER_MOST (256u << 10) /* mntr is a few KB, more with many metrics */

struct zookeeper_talk {
	struct talk talk;
	size_t word; /* the one that is asked */
	size_t allowed; /* words that were answered */
	struct strbuf answer; /* of it, until the server closes; in use during a run alone */
	struct zookeeper said;
};

static const struct {
	const char *word, *waiting;
} words[] = {
	{"ruok", "the answer to ruok"},
	{"srvr", "the answer to srvr"},
	{"mntr", "the answer to mntr"},
};

static void ask(struct zookeeper_talk *zookeeper)
{
	const char *word = words[zookeeper->word].word, *waiting = words[zookeeper->word].waiting;

	/* A record of TLS begins with five bytes: the server waits for one more. */
	if (zookeeper->word == 0 && !zookeeper->talk.probe.check->secure)
		waiting = "the answer to ruok, which a port that speaks TLS does not give (say tls: true)";
	strbuf_reset(&zookeeper->answer);
	talk_ask(&zookeeper->talk, word, 4, word, waiting);
}

static void opened(struct talk *talk)
{
	struct zookeeper_talk *zookeeper = (struct zookeeper_talk *)talk;

	zookeeper->word = zookeeper->allowed = 0;
	zookeeper_init(&zookeeper->said);
	strbuf_init(&zookeeper->answer, ANSWER_MOST);
	ask(zookeeper);
}

static size_t received(struct talk *talk, const char *bytes, size_t len)
{
	struct zookeeper_talk *zookeeper = (struct zookeeper_talk *)talk;

	const struct strbuf *answer = &zookeeper->answer;

	strbuf_add(&zookeeper->answer, bytes, len);
	if (answer->truncated)
		talk_fail(talk, FAILURE_TOO_LARGE, "answers %s with more than %u KB: is it ZooKeeper?",
			  words[zookeeper->word].word, ANSWER_MOST >> 10);
	else if (zookeeper->word == 0 && answer->len >= 4 && !zookeeper_begins(answer->data))
		talk_fail_garbage(talk, "ZooKeeper", answer->data, answer->len);
	return len;
}

static void add_number(struct talk *talk, enum subject subject, double number)
{
	if (number >= 0)
		talk_value(talk, subject, value_number(number));
}

static void add_values(struct zookeeper_talk *zookeeper)
{
	const struct zookeeper *said = &zookeeper->said;
	struct talk *talk = &zookeeper->talk;

	if (said->version[0] != '\0')
		talk_text(talk, SUBJECT_VERSION, said->version, strlen(said->version));
	if (said->mode[0] != '\0')
		talk_text(talk, SUBJECT_MODE, said->mode, strlen(said->mode));
	add_number(talk, SUBJECT_CONNECTIONS, said->connections);
	add_number(talk, SUBJECT_OUTSTANDING, said->outstanding);
	add_number(talk, SUBJECT_FOLLOWERS, said->followers);
}

static void finish(struct zookeeper_talk *zookeeper)
{
	add_values(zookeeper);
	if (zookeeper->allowed == 0)
		talk_note(&zookeeper->talk, "nothing is known but that it is ZooKeeper: add ruok, srvr and mntr "
			  "to its 4lw.commands.whitelist");
	talk_pass(&zookeeper->talk);
}

static void on_moved(struct talk *talk, const struct stream_result *result)
{
	struct zookeeper_talk *zookeeper = (struct zookeeper_talk *)talk;

	if (result->failure == FAILURE_NONE)
		ask(zookeeper);
	else
		talk_fail(talk, result->failure, "answered %s, but at the next connection, for %s: %s",
			  words[zookeeper->word - 1].word, words[zookeeper->word].word, result->message);
}

static void fail_silent(struct zookeeper_talk *zookeeper)
{
	bool secure = zookeeper->talk.probe.check->secure;

	talk_fail(&zookeeper->talk, FAILURE_CLOSED, "closed the connection without an answer to %s: %s",
		  words[zookeeper->word].word,
		  secure ? "is it ZooKeeper, and below its maxClientCnxns?"
			 : "perhaps this port speaks TLS (say tls: true), it is at its maxClientCnxns, or it is "
			   "not ZooKeeper");
}

static void note_answer(struct zookeeper_talk *zookeeper)
{
	const struct strbuf *answer = &zookeeper->answer;
	size_t shown = 0;

	for (size_t from = 0; from < answer->len && shown < 12; shown++) {
		const char *newline = memchr(answer->data + from, '\n', answer->len - from);
		size_t end = newline != NULL ? (size_t)(newline - answer->data) : answer->len;

		talk_note(&zookeeper->talk, "%.*s", (int)(end - from), answer->data + from);
		from = end + 1;
	}
}

static bool closed(struct talk *talk)
{
	struct zookeeper_talk *zookeeper = (struct zookeeper_talk *)talk;
	const struct strbuf *answer = &zookeeper->answer;
	const char *word = words[zookeeper->word].word;

	if (answer->len == 0) {
		fail_silent(zookeeper);
		return true;
	}
	switch (zookeeper_read(word, answer->data, answer->len, &zookeeper->said)) {
	case ZOOKEEPER_ANSWERED:
		zookeeper->allowed++;
		break;
	case ZOOKEEPER_NOT_ALLOWED:
		break;
	case ZOOKEEPER_NOT_SERVING:
		note_answer(zookeeper);
		talk_fail(talk, FAILURE_SERVER,
			  "runs, but is not currently serving requests: it belongs to no quorum, so look at the "
			  "other members of the ensemble");
		return true;
	case ZOOKEEPER_OTHER:
		talk_fail_garbage(talk, "ZooKeeper", answer->data, answer->len);
		return true;
	}
	note_answer(zookeeper);
	if (++zookeeper->word < BASE_LEN(words))
		talk_move(talk, talk->probe.check->host, talk->probe.check->port, 0, on_moved);
	else
		finish(zookeeper);
	return true;
}

static void reset(struct talk *talk)
{
	strbuf_release(&((struct zookeeper_talk *)talk)->answer);
}

static const struct talk_protocol protocol = {
	.size = sizeof(struct zookeeper_talk),
	.most = ANSWER_MOST,
	.opened = opened,
	.received = received,
	.closed = closed,
	.reset = reset,
};

TALK_PROBE(zookeeper);
