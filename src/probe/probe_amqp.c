/* `amqp`: the handshake of AMQP 0-9-1. Without credentials it reads connection.start and leaves: that the
 * broker speaks, who it is and its version. With them it logs in by SASL PLAIN, up to connection.tune;
 * nothing is opened, so no virtual host is touched. See talk.h, amqp_wire.h. */
#include "probe/talk.h"

#include "base/limits.h"
#include "probe/amqp_wire.h"

#define ACCESS_REFUSED 403u
#define SECRET_MOST 30000u /* of user and password each */
#define SAID_MOST 200

struct amqp_talk {
	struct talk talk;
	bool logging_in;
};

static const char *shown(struct talk *talk, const struct amqp_text *text)
{
	return text->at != NULL ? talk_quote(talk, text->at, text->len, SAID_MOST) : "";
}

static void opened(struct talk *talk)
{
	struct strbuf header;

	((struct amqp_talk *)talk)->logging_in = false;
	strbuf_init(&header, 16);
	amqp_header(&header);
	talk_ask(talk, header.data, header.len, "AMQP 0-9-1", "connection.start");
	strbuf_release(&header);
}

static void started(struct amqp_talk *amqp, const struct amqp_frame *frame)
{
	struct talk *talk = &amqp->talk;
	const struct auth *auth = check_auth(talk->probe.check);
	struct strbuf answer;
	char said[LIMIT_MESSAGE];

	talk_note(talk, "connection.start: %s %s, mechanisms %s", shown(talk, &frame->product),
		  shown(talk, &frame->server_version), shown(talk, &frame->mechanisms));
	if (frame->product.at != NULL)
		talk_text(talk, SUBJECT_PRODUCT, frame->product.at, frame->product.len);
	if (frame->server_version.at != NULL)
		talk_text(talk, SUBJECT_VERSION, frame->server_version.at, frame->server_version.len);
	if (auth->kind != AUTH_BASIC) {
		talk_pass(talk);
		return;
	}
	if (!amqp_has_word(&frame->mechanisms, "PLAIN")) {
		talk_fail(talk, FAILURE_CREDENTIALS,
			  "does not take user and password: it offers \"%s\", not PLAIN",
			  shown(talk, &frame->mechanisms));
		return;
	}
	if (strlen(auth->user) > SECRET_MOST || strlen(auth->secret) > SECRET_MOST) {
		talk_fail(talk, FAILURE_CONFIG, "cannot be asked: user or password is too long");
		return;
	}
	amqp->logging_in = true;
	strbuf_init(&answer, AMQP_FRAME_MOST + 16);
	amqp_start_ok(&answer, auth->user, auth->secret);
	(void)snprintf(said, sizeof(said), "connection.start-ok PLAIN, user %s, password ***",
		       auth->user);
	talk_ask(talk, answer.data, answer.len, said, "connection.tune");
	strbuf_release(&answer);
}

static void closed_by_peer(struct amqp_talk *amqp, const struct amqp_frame *frame)
{
	struct talk *talk = &amqp->talk;
	bool refused = frame->code == ACCESS_REFUSED;
	struct strbuf answer;
	char number[16];

	(void)snprintf(number, sizeof(number), "%u", frame->code);
	talk_refused(talk, number, strlen(number));
	talk_note(talk, "connection.close %u %s", frame->code, shown(talk, &frame->reason));
	strbuf_init(&answer, 32);
	amqp_close_ok(&answer);
	talk_ask(talk, answer.data, answer.len, "connection.close-ok", "nothing more");
	strbuf_release(&answer);
	talk_fail(talk, refused ? FAILURE_CREDENTIALS : FAILURE_SERVER, "%s (%u %s)%s",
		  refused ? "refuses user and password" : "closes the connection", frame->code,
		  shown(talk, &frame->reason),
		  refused ? ": check auth of this service; RabbitMQ lets guest in from localhost alone" : "");
}

/* "AMQP 1.0": the protocol id stands in front (0 AMQP, 2 TLS, 3 SASL). */
static void wrong_version(struct talk *talk, const unsigned char *version)
{
	static const unsigned char own[4] = {0, 0, 9, 1};

	if (memcmp(version, own, sizeof(own)) == 0) {
		talk_fail(talk, FAILURE_PROTOCOL, "echoes what it is sent; no broker");
		return;
	}
	talk_fail(talk, FAILURE_PROTOCOL,
		  "does not speak AMQP 0-9-1: it answered with the header of AMQP %u-%u-%u%s", version[1],
		  version[2], version[3],
		  version[0] == 3 ? " behind SASL" : version[0] == 2 ? " behind TLS" : "");
}

static size_t received(struct talk *talk, const char *bytes, size_t len)
{
	struct amqp_talk *amqp = (struct amqp_talk *)talk;
	struct amqp_frame frame;
	size_t used = amqp_read(bytes, len, &frame);

	switch (frame.kind) {
	case AMQP_PARTIAL:
	case AMQP_OTHER:
		break;
	case AMQP_GARBAGE:
		talk_fail_garbage(talk, "AMQP", bytes, len);
		return len;
	case AMQP_VERSION:
		wrong_version(talk, frame.version);
		break;
	case AMQP_START:
		if (amqp->logging_in)
			talk_fail(talk, FAILURE_PROTOCOL, "sent connection.start twice");
		else
			started(amqp, &frame);
		break;
	case AMQP_SECURE:
		talk_fail(talk, FAILURE_CREDENTIALS, "wants a further step of authentication than PLAIN");
		break;
	case AMQP_TUNE:
		talk_note(talk, "connection.tune: %u channels, frames of %u bytes, heartbeat %us",
			  frame.channels, frame.frame_max, frame.heartbeat_s);
		if (amqp->logging_in)
			talk_pass(talk);
		else
			talk_fail(talk, FAILURE_PROTOCOL, "sent connection.tune before it was due");
		break;
	case AMQP_CLOSE:
		closed_by_peer(amqp, &frame);
		break;
	}
	return used;
}

/* Brokers that do not know the capability close without a word. */
static bool closed(struct talk *talk)
{
	if (!((struct amqp_talk *)talk)->logging_in)
		return false;
	talk_fail(talk, FAILURE_CREDENTIALS,
		  "closed the connection when user and password came: check auth of this service");
	return true;
}

static const struct talk_protocol protocol = {
	.size = sizeof(struct amqp_talk),
	.most = AMQP_FRAME_MOST + 16,
	.opened = opened,
	.received = received,
	.closed = closed,
};

TALK_PROBE(amqp);
