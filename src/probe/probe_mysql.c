/* `mysql`: the greeting of MySQL or MariaDB and a log-in. With credentials two questions follow, whether
 * the server is read-only and how many connections it has. Without them a user that need not exist asks
 * to be let in: whoever leaves after the greeting is counted as an interrupted handshake, and after
 * max_connect_errors of those the server blocks the host; an answered one that is refused is not counted.
 * Nothing is sent but SSLRequest, the log-in's answers, COM_QUERY of the two questions and COM_QUIT.
 * See talk.h, mysql_wire.h. */
#include "probe/mysql_wire.h"
#include "probe/talk.h"

#include "base/limits.h"

#define OWN_NAME "sitrep"
#define PACKET_MOST 4096
#define SAID_MOST 300
#define COM_QUIT 0x01
#define COM_QUERY 0x03
#define FULL_LOGIN 0x04 /* caching_sha2_password: the password itself is wanted */

enum step { STEP_GREETING, STEP_LOGIN, STEP_VARIABLES, STEP_STATUS };
/* Where in the answer to a query we are. */
enum part { PART_COUNT, PART_COLUMNS, PART_ROWS };

static const char *const queries[] = {
	[STEP_VARIABLES] = "SELECT @@global.read_only, @@global.max_connections",
	[STEP_STATUS] = "SHOW GLOBAL STATUS LIKE 'Threads_connected'",
};

struct mysql_talk {
	struct talk talk;
	enum step step;
	enum part part;
	bool secured;
	bool row;           /* the query's row came */
	unsigned sequence;  /* of the next packet */
	uint32_t capabilities;
	char salt[MYSQL_SALT];
	char plugin[64];
	double allowed;     /* max_connections; -1 not known */
};

static struct mysql_talk *mysql_of(struct talk *talk)
{
	CHECK_MAGIC(talk, TALK_MAGIC);
	return (struct mysql_talk *)talk;
}

static bool has_credentials(const struct check *check)
{
	return check_auth(check)->kind == AUTH_BASIC;
}

static const char *user_of(const struct check *check)
{
	return has_credentials(check) ? check_auth(check)->user : OWN_NAME;
}

static const char *password_of(const struct check *check)
{
	return has_credentials(check) ? check_auth(check)->secret : "";
}

/* --- errors ---------------------------------------------------------------------------------- */

/* What a code means for who reads it at night. `user`: the words go on with the user's name. `alive`:
 * the user alone is refused, so that without credentials nothing is wrong. */
static const struct meaning {
	unsigned code;
	enum failure failure;
	bool user, alive;
	const char *words;
	const char *advice;
} meanings[] = {
	{1040, FAILURE_SERVER, false, false, "has no connection left",
	 "see who holds them: SHOW PROCESSLIST"},
	{1203, FAILURE_SERVER, true, false, "has no connection left for user", "see what else logs in with it"},
	{1226, FAILURE_SERVER, true, false, "has no connection left for user", "see what else logs in with it"},
	{1129, FAILURE_SERVER, false, false, "blocks this host",
	 "find what breaks its connections off, then say FLUSH HOSTS there"},
	{1130, FAILURE_SERVER, false, false, "lets nobody in from this host",
	 "make a user for it, or check by a host that may"},
	{1045, FAILURE_CREDENTIALS, true, true, "refuses the password of user", "check auth of this service"},
	{1698, FAILURE_CREDENTIALS, true, true, "refuses the password of user", "check auth of this service"},
	{1044, FAILURE_CREDENTIALS, true, true, "refuses user", "check the user's grants"},
	{1820, FAILURE_CREDENTIALS, true, true, "wants a new password of user", "set one"},
	{1862, FAILURE_CREDENTIALS, true, true, "wants a new password of user", "set one"},
	{3118, FAILURE_CREDENTIALS, true, true, "has locked user", "unlock it, or use another"},
	{4151, FAILURE_CREDENTIALS, true, true, "has locked user", "unlock it, or use another"},
	{1251, FAILURE_CONFIG, true, true, "wants a log-in that sitrep cannot do of user",
	 "give it one with caching_sha2_password or mysql_native_password"},
	{1524, FAILURE_SERVER, true, true, "lacks the log-in plugin of user", "load it there"},
	{3159, FAILURE_SERVER, true, true, "wants TLS of user", "set tls: true"},
	{1047, FAILURE_SERVER, false, false, "takes no queries yet", "see the state of its cluster"},
	{1053, FAILURE_SERVER, false, false, "is being shut down", "see who stops it"},
	{1041, FAILURE_SERVER, false, false, "is out of memory", "look at its log"},
	{1135, FAILURE_SERVER, false, false, "can start no thread", "look at its limits"},
	{3024, FAILURE_SERVER, false, false, "did not finish the query in time", "see what it is busy with"},
};

static const struct meaning *meaning_of(unsigned code)
{
	for (size_t i = 0; i < BASE_LEN(meanings); i++)
		if (meanings[i].code == code)
			return &meanings[i];
	return NULL;
}

/* MariaDB, and users who have to come by TLS, are refused as if by password. */
static const char *tls_advice(const struct mysql_talk *mysql, unsigned code)
{
	bool may_be = code == 1045 && !mysql->secured && (mysql->capabilities & MYSQL_SSL) != 0;

	return may_be ? ", and tls: true where the server demands TLS" : "";
}

static void fail_error(struct talk *talk, const struct mysql_error *error)
{
	const struct meaning *meaning = meaning_of(error->code);
	const char *said = talk_quote(talk, error->message, error->message_len, SAID_MOST);
	const char *user = user_of(talk->probe.check);
	char number[16];

	(void)snprintf(number, sizeof(number), "%u", error->code);
	talk_refused(talk, number, strlen(number));
	if (meaning == NULL)
		talk_fail(talk, FAILURE_SERVER, "answers with error %u: %s", error->code, said);
	else if (meaning->user)
		talk_fail(talk, meaning->failure, "%s \"%s\": %s (%u); %s%s", meaning->words, user,
			  said, error->code, meaning->advice,
			  tls_advice(mysql_of(talk), error->code));
	else
		talk_fail(talk, meaning->failure, "%s: %s (%u); %s", meaning->words, said,
			  error->code, meaning->advice);
}

static void fail_garbage(struct talk *talk, const struct mysql_packet *packet)
{
	talk_fail_garbage(talk, "MySQL", packet->body, packet->len);
}

/* --- the log-in ------------------------------------------------------------------------------ */

/* What the plugin answers to the salt; false where this program has no answer. */
static bool prove(const struct mysql_talk *mysql, bool first, struct strbuf *out)
{
	const char *password = password_of(mysql->talk.probe.check);

	if (strcmp(mysql->plugin, "caching_sha2_password") == 0) {
		mysql_prove_sha2(out, password, mysql->salt);
		if (out->len == 0 && !first)
			strbuf_addc(out, '\0');
	} else if (strcmp(mysql->plugin, "mysql_native_password") == 0) {
		mysql_prove_native(out, password, mysql->salt);
	} else {
		return !has_credentials(mysql->talk.probe.check);
	}
	return true;
}

static void respond(struct mysql_talk *mysql)
{
	struct talk *talk = &mysql->talk;
	const char *user = user_of(talk->probe.check);
	uint32_t flags = MYSQL_LONG_PASSWORD | MYSQL_PROTOCOL_41 | MYSQL_TRANSACTIONS |
			 MYSQL_SECURE_CONNECTION | MYSQL_PLUGIN_AUTH | MYSQL_CONNECT_ATTRIBUTES;
	struct strbuf proof, bytes, shown;

	strbuf_init(&proof, 64);
	strbuf_init(&bytes, PACKET_MOST);
	strbuf_init(&shown, PROBE_RAW);
	flags &= mysql->capabilities | MYSQL_LONG_PASSWORD;
	/* A plugin that we cannot do is left for the server to ask for: the user may have another. */
	if (!prove(mysql, true, &proof)) {
		(void)snprintf(mysql->plugin, sizeof(mysql->plugin), "mysql_native_password");
		prove(mysql, true, &proof);
	}
	mysql_put_response(&bytes, mysql->sequence, flags | (mysql->secured ? MYSQL_SSL : 0), user,
			   &proof, mysql->plugin);
	strbuf_addf(&shown, "HandshakeResponse user=%s%s", user,
		    proof.len != 0 ? " password=****" : " without a password");
	mysql->step = STEP_LOGIN;
	talk_ask(talk, bytes.data, bytes.len, shown.data, "the answer to the log-in");
	strbuf_release(&proof);
	strbuf_release(&bytes);
	strbuf_release(&shown);
}

static void begin_tls(struct mysql_talk *mysql)
{
	struct talk *talk = &mysql->talk;
	struct strbuf bytes;

	if ((mysql->capabilities & MYSQL_SSL) == 0) {
		talk_fail(talk, FAILURE_TLS_FAILED,
			  "offers no TLS, and this check wants it: give it a certificate (ssl-cert, "
			  "ssl-key), or take tls: away here");
		return;
	}
	strbuf_init(&bytes, 64);
	mysql_put_ssl_request(&bytes, mysql->sequence++,
			      MYSQL_LONG_PASSWORD | MYSQL_PROTOCOL_41 | MYSQL_TRANSACTIONS |
				      MYSQL_SECURE_CONNECTION |
				      (mysql->capabilities & (MYSQL_PLUGIN_AUTH | MYSQL_CONNECT_ATTRIBUTES)));
	talk_ask(talk, bytes.data, bytes.len, "SSLRequest", "the TLS handshake");
	strbuf_release(&bytes);
	mysql->secured = true;
	talk_secure(talk);
}

/* False where the run is over. */
static bool take_greeting(struct mysql_talk *mysql, const struct mysql_packet *packet)
{
	struct talk *talk = &mysql->talk;
	struct mysql_greeting greeting;
	bool wants_tls = talk->probe.check->secure;

	if (!mysql_read_greeting(packet, &greeting)) {
		fail_garbage(talk, packet);
		return false;
	}
	if (greeting.protocol != 10) {
		talk_fail(talk, FAILURE_PROTOCOL, "speaks version %u of the protocol; sitrep speaks 10",
			  greeting.protocol);
		return false;
	}
	talk_note(talk, "greeting: %s %.*s, %s", greeting.product, (int)greeting.version_len,
		  greeting.version, greeting.plugin);
	talk_text(talk, SUBJECT_PRODUCT, greeting.product, strlen(greeting.product));
	talk_text(talk, SUBJECT_VERSION, greeting.version, greeting.version_len);
	mysql->capabilities = greeting.capabilities;
	mysql->sequence = packet->sequence + 1;
	memcpy(mysql->salt, greeting.salt, sizeof(mysql->salt));
	(void)snprintf(mysql->plugin, sizeof(mysql->plugin), "%s",
		       greeting.plugin[0] != '\0' ? greeting.plugin : "mysql_native_password");
	if (!wants_tls) {
		respond(mysql);
		return true;
	}
	wants_tls = (greeting.capabilities & MYSQL_SSL) != 0;
	begin_tls(mysql);
	return wants_tls;
}

static bool is_secret(const struct mysql_talk *mysql)
{
	return mysql->secured || mysql->talk.probe.check->unix_path != NULL;
}

static bool fail_needs_tls(struct talk *talk, const char *plugin)
{
	talk_fail(talk, FAILURE_CONFIG,
		  "wants the password itself (%s), which goes over TLS or a unix socket alone: set "
		  "tls: true",
		  plugin);
	return false;
}

static void answer(struct mysql_talk *mysql, const struct strbuf *body)
{
	struct strbuf bytes;

	strbuf_init(&bytes, PACKET_MOST);
	mysql_put(&bytes, mysql->sequence, body->data, body->len);
	talk_ask(&mysql->talk, bytes.data, bytes.len, "AuthSwitchResponse ****",
		 "the answer to the log-in");
	strbuf_release(&bytes);
}

/* The password in clear text, on a connection that nobody can read. */
static void answer_password(struct mysql_talk *mysql)
{
	const char *password = password_of(mysql->talk.probe.check);
	struct strbuf body;

	strbuf_init(&body, PACKET_MOST);
	strbuf_add(&body, password, strlen(password) + 1);
	answer(mysql, &body);
	strbuf_release(&body);
}

static bool wants_password(const char *plugin)
{
	return strcmp(plugin, "mysql_clear_password") == 0 || strcmp(plugin, "sha256_password") == 0;
}

/* False where the run is over. */
static bool take_switch(struct mysql_talk *mysql, const struct mysql_packet *packet)
{
	struct talk *talk = &mysql->talk;
	struct mysql_switch wanted;
	struct strbuf proof;
	bool ours;

	if (!mysql_read_switch(packet, &wanted)) {
		fail_garbage(talk, packet);
		return false;
	}
	talk_note(talk, "wants %s", wanted.plugin);
	(void)snprintf(mysql->plugin, sizeof(mysql->plugin), "%s", wanted.plugin);
	memcpy(mysql->salt, wanted.salt, sizeof(mysql->salt));
	if (wants_password(mysql->plugin) && has_credentials(talk->probe.check)) {
		if (!is_secret(mysql))
			return fail_needs_tls(talk, mysql->plugin);
		answer_password(mysql);
		return true;
	}
	strbuf_init(&proof, 64);
	ours = prove(mysql, false, &proof);
	if (ours)
		answer(mysql, &proof);
	else
		talk_fail(talk, FAILURE_CONFIG,
			  "wants the log-in plugin %s, which sitrep cannot do: give it a user with "
			  "caching_sha2_password or mysql_native_password, or leave auth out",
			  mysql->plugin);
	strbuf_release(&proof);
	return ours;
}

/* caching_sha2_password: the server knows the password's digest (3), or wants the password (4). */
static bool take_more(struct mysql_talk *mysql, const struct mysql_packet *packet)
{
	struct talk *talk = &mysql->talk;

	if (packet->len != 2 || strcmp(mysql->plugin, "caching_sha2_password") != 0) {
		fail_garbage(talk, packet);
		return false;
	}
	if (packet->body[1] != FULL_LOGIN)
		return true;
	talk_note(talk, "wants the password itself");
	if (!is_secret(mysql))
		return fail_needs_tls(talk, mysql->plugin);
	answer_password(mysql);
	return true;
}

/* --- the questions --------------------------------------------------------------------------- */

static void ask(struct mysql_talk *mysql, enum step step)
{
	struct strbuf body, bytes;

	strbuf_init(&body, PACKET_MOST);
	strbuf_init(&bytes, PACKET_MOST);
	strbuf_addc(&body, COM_QUERY);
	strbuf_adds(&body, queries[step]);
	mysql_put(&bytes, 0, body.data, body.len);
	mysql->step = step;
	mysql->part = PART_COUNT;
	mysql->row = false;
	talk_ask(&mysql->talk, bytes.data, bytes.len, queries[step], "the answer to the query");
	strbuf_release(&body);
	strbuf_release(&bytes);
}

static void quit(struct mysql_talk *mysql)
{
	static const char body[] = {COM_QUIT};
	struct strbuf bytes;

	strbuf_init(&bytes, 16);
	mysql_put(&bytes, 0, body, sizeof(body));
	talk_ask(&mysql->talk, bytes.data, bytes.len, "COM_QUIT", "nothing");
	strbuf_release(&bytes);
	talk_pass(&mysql->talk);
}

static bool take_row(struct mysql_talk *mysql, const struct mysql_packet *packet)
{
	struct talk *talk = &mysql->talk;
	struct mysql_field fields[2];
	double number;
	bool flag;

	if (mysql->row || !mysql_read_row(packet, fields, 2)) {
		fail_garbage(talk, packet);
		return false;
	}
	mysql->row = true;
	number = mysql_read_number(&fields[1]);
	if (mysql->step == STEP_VARIABLES) {
		talk_note(talk, "read_only %.*s, max_connections %.0f", (int)fields[0].len,
			  fields[0].text != NULL ? fields[0].text : "", number);
		if (mysql_read_flag(&fields[0], &flag))
			talk_value(talk, SUBJECT_READ_ONLY, value_bool(flag));
		mysql->allowed = number;
	} else if (number >= 0) {
		talk_note(talk, "Threads_connected %.0f", number);
		talk_value(talk, SUBJECT_CONNECTIONS, value_number(number));
		if (mysql->allowed > 0)
			talk_value(talk, SUBJECT_CONNECTIONS_USED,
				   value_number(number * 100 / mysql->allowed));
	}
	return true;
}

/* False where the run is over. */
static bool go_on(struct mysql_talk *mysql)
{
	if (mysql->step == STEP_VARIABLES) {
		ask(mysql, STEP_STATUS);
		return true;
	}
	quit(mysql);
	return false;
}

/* False where the run is over. */
static bool take_answer(struct mysql_talk *mysql, const struct mysql_packet *packet)
{
	bool is_end = mysql_kind(packet) == MYSQL_IS_EOF && packet->len < 9;

	switch (mysql->part) {
	case PART_COUNT:
		if (mysql_read_columns(packet) != 2)
			break;
		mysql->part = PART_COLUMNS;
		return true;
	case PART_COLUMNS:
		if (is_end)
			mysql->part = PART_ROWS;
		return true;
	case PART_ROWS:
		return is_end ? go_on(mysql) : take_row(mysql, packet);
	}
	fail_garbage(&mysql->talk, packet);
	return false;
}

/* False where the run is over. */
static bool take_error(struct mysql_talk *mysql, const struct mysql_packet *packet)
{
	struct talk *talk = &mysql->talk;
	const struct meaning *meaning;
	struct mysql_error error;

	if (!mysql_read_error(packet, &error)) {
		fail_garbage(talk, packet);
		return false;
	}
	talk_note(talk, "error %u %s %s", error.code, error.state,
		  talk_quote(talk, error.message, error.message_len, SAID_MOST));
	meaning = meaning_of(error.code);
	/* Look-alikes and proxies do not know every variable; the session itself is well. */
	if (mysql->step >= STEP_VARIABLES && meaning == NULL)
		return go_on(mysql);
	if (mysql->step == STEP_LOGIN && !has_credentials(talk->probe.check) && meaning != NULL &&
	    meaning->alive)
		talk_pass(talk);
	else
		fail_error(talk, &error);
	return false;
}

/* False where the run is over. */
static bool take_login(struct mysql_talk *mysql, const struct mysql_packet *packet)
{
	struct talk *talk = &mysql->talk;

	mysql->sequence = packet->sequence + 1;
	switch (mysql_kind(packet)) {
	case MYSQL_IS_OK:
		talk_note(talk, "OK");
		if (has_credentials(talk->probe.check)) {
			ask(mysql, STEP_VARIABLES);
			return true;
		}
		quit(mysql);
		return false;
	case MYSQL_IS_EOF:
		return take_switch(mysql, packet);
	case MYSQL_IS_MORE:
		return take_more(mysql, packet);
	default:
		fail_garbage(talk, packet);
		return false;
	}
}

static bool take_packet(struct mysql_talk *mysql, const struct mysql_packet *packet)
{
	if (mysql_kind(packet) == MYSQL_IS_ERROR)
		return take_error(mysql, packet);
	switch (mysql->step) {
	case STEP_GREETING:
		return take_greeting(mysql, packet);
	case STEP_LOGIN:
		return take_login(mysql, packet);
	case STEP_VARIABLES:
	case STEP_STATUS:
		break;
	}
	return take_answer(mysql, packet);
}

static size_t received(struct talk *talk, const char *bytes, size_t len)
{
	struct mysql_talk *mysql = mysql_of(talk);
	struct mysql_packet packet;
	size_t used = 0;

	while (used < len) {
		bool was_secured = mysql->secured;

		switch (mysql_read(bytes + used, len - used, &packet)) {
		case MYSQL_MORE:
			return used;
		case MYSQL_GARBAGE:
			talk_fail_garbage(talk, "MySQL", bytes + used, len - used);
			return len;
		case MYSQL_WHOLE:
			break;
		}
		if (!take_packet(mysql, &packet))
			return len;
		used += packet.used;
		if (mysql->secured != was_secured)
			return used; /* what is left came before TLS: the stream refuses it */
	}
	return used;
}

static void opened(struct talk *talk)
{
	struct mysql_talk *mysql = mysql_of(talk);

	if (mysql->secured)
		respond(mysql);
	else
		talk_wait_for(talk, "the server's greeting");
}

static void reset(struct talk *talk)
{
	struct mysql_talk *mysql = mysql_of(talk);

	mysql->step = STEP_GREETING;
	mysql->secured = false;
	mysql->allowed = -1;
}

static const struct talk_protocol protocol = {
	.size = sizeof(struct mysql_talk),
	.most = MYSQL_PACKET_MOST + 4,
	.late_tls = true,
	.opened = opened,
	.received = received,
	.reset = reset,
};
TALK_PROBE(mysql);
