/* `mqtt`: CONNECT with a clean session, its CONNACK, DISCONNECT. A server that does not take version
 * 3.1.1 is asked again with 5 on a new connection in the same run. Nothing is subscribed to or
 * published. See talk.h, mqtt_wire.h. */
#include "probe/talk.h"

#include "base/limits.h"
#include "probe/mqtt_wire.h"

#include <sys/random.h>

#define PACKET_MOST (3 * 65536)

struct mqtt_talk {
	struct talk talk;
	enum mqtt_level level;
};

static const char *const level_names[] = {[MQTT_3_1_1] = "3.1.1", [MQTT_5] = "5"};

/* What a code says, and what to do. */
struct refusal {
	uint8_t code;
	enum failure failure;
	const char *words;
};
static const struct refusal refusals_3[] = {
	{2, FAILURE_SERVER, "refuses the client identifier: set another client_id"},
	{3, FAILURE_SERVER, "is not available: the broker runs, its MQTT service does not"},
	{4, FAILURE_CREDENTIALS, "refuses user and password: check auth of this service"},
	{5, FAILURE_CREDENTIALS, "does not let this user in: check auth of this service"},
};
static const struct refusal refusals_5[] = {
	{0x84, FAILURE_SERVER, "takes neither MQTT 3.1.1 nor 5"},
	{0x85, FAILURE_SERVER, "refuses the client identifier: set another client_id"},
	{0x86, FAILURE_CREDENTIALS, "refuses user and password: check auth of this service"},
	{0x87, FAILURE_CREDENTIALS, "does not let this user in: check auth of this service"},
	{0x88, FAILURE_SERVER, "is not available: the broker runs, its MQTT service does not"},
	{0x89, FAILURE_SERVER, "is busy: it asks to come again later"},
	{0x8a, FAILURE_CREDENTIALS, "has banned this client"},
	{0x8c, FAILURE_CREDENTIALS, "does not take this way of authentication"},
	{0x95, FAILURE_SERVER, "finds the packet too large"},
	{0x97, FAILURE_SERVER, "has no quota left for this client"},
	{0x9c, FAILURE_SERVER, "sends clients to another server for now"},
	{0x9d, FAILURE_SERVER, "has moved to another server"},
	{0x9f, FAILURE_SERVER, "takes no more connections at this rate"},
};

static const struct refusal *refusal_of(enum mqtt_level level, uint8_t code)
{
	const struct refusal *list = level == MQTT_5 ? refusals_5 : refusals_3;
	size_t count = level == MQTT_5 ? BASE_LEN(refusals_5) : BASE_LEN(refusals_3);

	for (size_t i = 0; i < count; i++)
		if (list[i].code == code)
			return &list[i];
	return NULL;
}

static void ask(struct mqtt_talk *mqtt)
{
	struct talk *talk = &mqtt->talk;
	const struct auth *auth = check_auth(talk->probe.check);
	const char *user = auth->kind == AUTH_BASIC ? auth->user : NULL;
	const char *client_id = check_text(talk->probe.check, CHECK_KEY_CLIENT_ID, NULL);
	uint32_t number = (uint32_t)talk->began.ns;
	const char *shown;
	char name[32];
	struct strbuf packet;

	/* A number of its own a run: a broker ends the older of two clients of one name. */
	(void)!getrandom(&number, sizeof(number), 0);
	(void)snprintf(name, sizeof(name), "sitrep-%08x", number);
	strbuf_init(&packet, PACKET_MOST);
	shown = arena_printf(&talk->run.arena, "CONNECT %s, client %s%s%s%s", level_names[mqtt->level],
			     client_id != NULL ? client_id : name, user != NULL ? ", user " : "",
			     user != NULL ? user : "", user != NULL ? ", password ***" : "");
	if (mqtt_connect(&packet, mqtt->level, client_id != NULL ? client_id : name, user, auth->secret))
		talk_ask(talk, packet.data, packet.len, shown, "CONNACK");
	else
		talk_fail(talk, FAILURE_CONFIG,
			  "cannot be asked: client_id, user or password is longer than 65535 bytes");
	strbuf_release(&packet);
}

static void opened(struct talk *talk)
{
	struct mqtt_talk *mqtt = (struct mqtt_talk *)talk;

	mqtt->level = MQTT_3_1_1;
	ask(mqtt);
}

static void moved(struct talk *talk, const struct stream_result *result)
{
	if (result->failure != FAILURE_NONE)
		talk_fail(talk, result->failure, "does not take MQTT 3.1.1, and asked again with 5: %s",
			  result->message);
	else
		ask((struct mqtt_talk *)talk);
}

/* 1 is the answer of 3.1.1 to a version that the server does not take; 0x84 that of 5. */
static bool is_version(uint8_t code)
{
	return code == 1 || code == 0x84;
}

static void refused(struct mqtt_talk *mqtt, const struct mqtt_connack *connack)
{
	struct talk *talk = &mqtt->talk;
	const struct check *check = talk->probe.check;
	const struct refusal *refusal = refusal_of(mqtt->level, connack->code);
	bool asks_for_user = refusal != NULL && refusal->failure == FAILURE_CREDENTIALS &&
			     check_auth(check)->kind == AUTH_NONE;
	const char *words = refusal != NULL ? refusal->words : "refuses the connection";

	talk_refused_as(talk, SUBJECT_RETURN_CODE, connack->code);
	if (asks_for_user)
		words = "wants user and password: set auth of this service";
	talk_fail(talk, refusal != NULL ? refusal->failure : FAILURE_SERVER,
		  "%s (CONNACK %s %u of MQTT %s%s%s)", words,
		  mqtt->level == MQTT_5 ? "reason" : "return code", connack->code,
		  level_names[mqtt->level], connack->reason_len != 0 ? ": " : "",
		  connack->reason != NULL
			  ? talk_quote(talk, connack->reason, connack->reason_len, 200)
			  : "");
}

static size_t received(struct talk *talk, const char *bytes, size_t len)
{
	struct mqtt_talk *mqtt = (struct mqtt_talk *)talk;
	const struct check *check = talk->probe.check;
	struct mqtt_connack connack;
	struct strbuf packet;
	size_t used = 0;

	switch (mqtt_read_connack(bytes, len, mqtt->level, &connack, &used)) {
	case MQTT_PARTIAL:
		return 0;
	case MQTT_GARBAGE:
		talk_fail_garbage(talk, "MQTT", bytes, len);
		return len;
	case MQTT_WHOLE:
		break;
	}
	talk_note(talk, "CONNACK %u", connack.code);
	talk_value(talk, SUBJECT_RETURN_CODE, value_number(connack.code));
	if (connack.code == 0) {
		strbuf_init(&packet, 8);
		mqtt_disconnect(&packet);
		talk_ask(talk, packet.data, packet.len, "DISCONNECT", "nothing more");
		strbuf_release(&packet);
		talk_pass(talk);
	} else if (is_version(connack.code) && mqtt->level == MQTT_3_1_1) {
		mqtt->level = MQTT_5;
		talk_move(talk, check->host, check->port, 0, moved);
	} else if (is_version(connack.code)) {
		talk_refused_as(talk, SUBJECT_RETURN_CODE, connack.code);
		talk_fail(talk, FAILURE_SERVER, "takes neither MQTT 3.1.1 nor 5 (CONNACK %u)",
			  connack.code);
	} else {
		refused(mqtt, &connack);
	}
	return used;
}

static const struct talk_protocol protocol = {
	.size = sizeof(struct mqtt_talk),
	.most = 8192,
	.opened = opened,
	.received = received,
};

TALK_PROBE(mqtt);
