/* `postgres`: the start-up of PostgreSQL's protocol 3.0 and, with credentials, one read-only transaction
 * with one query. Nothing else is ever sent: SSLRequest, StartupMessage, the log-in's answers, the
 * query, Terminate. Without credentials the server's first answer to a user that it need not know says
 * that it is alive. See talk.h, postgres_wire.h, scram.h. */
#include "probe/postgres_wire.h"
#include "probe/scram_job.h"
#include "probe/talk.h"

#include <sys/random.h>

#define OWN_NAME "sitrep"
#define ANSWER_MOST 4096

enum step { STEP_SSL, STEP_STARTUP, STEP_LOGIN, STEP_SESSION, STEP_QUERY };

struct postgres_talk {
	struct talk talk;
	enum step step;
	bool secured;
	bool least;        /* the shorter query is asked */
	bool again;        /* the server lacks what the query speaks of */
	bool answered;     /* the query's row came */
	bool scram_begun, scram_proven;
	struct scram scram;
	struct scram_keys keys; /* of the last log-in; kept between runs */
	/* While the keys are made: the challenge that waits for them, and nothing else is read. */
	struct scram_job *making;
	struct postgres_request challenge;
};

static struct postgres_talk *postgres_of(struct talk *talk)
{
	CHECK_MAGIC(talk, TALK_MAGIC);
	return (struct postgres_talk *)talk;
}

static bool has_credentials(const struct check *check)
{
	return check_auth(check)->kind == AUTH_BASIC;
}

static const char *user_of(const struct check *check)
{
	return has_credentials(check) ? check_auth(check)->user : OWN_NAME;
}

static const char *database_of(const struct check *check)
{
	return check_text(check, CHECK_KEY_DATABASE, "postgres");
}

/* --- what is asked --------------------------------------------------------------------------- */

static void ask_startup(struct postgres_talk *postgres)
{
	struct talk *talk = &postgres->talk;
	const struct check *check = talk->probe.check;
	int64_t left_ms = (talk->deadline.ns - net_now(talk->probe.prober->net).ns) / NS_PER_MS;
	const char *database = database_of(check);
	struct strbuf bytes, shown;
	char timeout[24];
	const char *pairs[] = {"user", user_of(check), "database", database,
			       "application_name", OWN_NAME, "client_encoding", "UTF8",
			       "statement_timeout", timeout, NULL};

	(void)snprintf(timeout, sizeof(timeout), "%lld", (long long)(left_ms > 100 ? left_ms : 100));
	if (!has_credentials(check))
		pairs[8] = NULL; /* poolers refuse settings that they do not know */
	strbuf_init(&bytes, ANSWER_MOST);
	strbuf_init(&shown, ANSWER_MOST);
	postgres_put_startup(&bytes, pairs);
	strbuf_addf(&shown, "StartupMessage user=%s database=%s", user_of(check), database);
	postgres->step = STEP_STARTUP;
	talk_ask(talk, bytes.data, bytes.len, shown.data, "the answer to the start-up");
	strbuf_release(&bytes);
	strbuf_release(&shown);
}

static void opened(struct talk *talk)
{
	struct postgres_talk *postgres = postgres_of(talk);
	struct strbuf bytes;

	if (!talk->probe.check->secure || postgres->secured) {
		ask_startup(postgres);
		return;
	}
	strbuf_init(&bytes, 16);
	postgres_put_ssl_request(&bytes);
	postgres->step = STEP_SSL;
	talk_ask(talk, bytes.data, bytes.len, "SSLRequest", "the answer to SSLRequest");
	strbuf_release(&bytes);
}

static void ask_query(struct postgres_talk *postgres)
{
	const char *query = postgres->least ? postgres_query_least : postgres_query;
	struct strbuf bytes;

	strbuf_init(&bytes, ANSWER_MOST);
	postgres_put(&bytes, 'Q', query, strlen(query) + 1);
	postgres->step = STEP_QUERY;
	talk_ask(&postgres->talk, bytes.data, bytes.len, query, "the answer to the query");
	strbuf_release(&bytes);
}

/* Says good-bye, so that the server's log stays quiet. */
static void pass(struct talk *talk)
{
	struct strbuf bytes;

	strbuf_init(&bytes, 16);
	postgres_put(&bytes, 'X', "", 0);
	talk_ask(talk, bytes.data, bytes.len, "Terminate", "nothing");
	strbuf_release(&bytes);
	talk_pass(talk);
}

/* --- errors ---------------------------------------------------------------------------------- */

static bool of_class(const struct postgres_error *error, const char *class)
{
	return strncmp(error->code, class, strlen(class)) == 0;
}

/* Poolers have no proper codes for users that they do not let in. */
static bool is_of_pooler(const struct postgres_error *error)
{
	return strstr(error->message, "no such user") != NULL ||
	       strstr(error->message, "no such database") != NULL ||
	       strstr(error->message, "authentication failed") != NULL;
}

/* The server knows protocol and start-up, and refuses this user alone: it is alive. */
static bool refuses_us_only(const struct postgres_error *error)
{
	return of_class(error, "28") || of_class(error, "3D") || of_class(error, "42501") ||
	       is_of_pooler(error);
}

static void fail_login(struct talk *talk, const struct postgres_error *error)
{
	const struct check *check = talk->probe.check;
	const char *user = user_of(check);

	if (strstr(error->message, "pg_hba.conf") != NULL && !talk->probe.check->secure &&
	    strstr(error->message, "no encryption") != NULL)
		talk_fail(talk, FAILURE_SERVER,
			  "lets user \"%s\" not in from this host without TLS: %s (%s); set tls: true, "
			  "or add a line to its pg_hba.conf and reload it",
			  user, error->message, error->code);
	else if (strstr(error->message, "pg_hba.conf") != NULL)
		talk_fail(talk, FAILURE_SERVER,
			  "lets user \"%s\" not in from this host: %s (%s); add a line to its pg_hba.conf "
			  "and reload it",
			  user, error->message, error->code);
	else if (of_class(error, "28P01"))
		talk_fail(talk, FAILURE_CREDENTIALS,
			  "refuses the password of user \"%s\": %s (%s); check auth of this service",
			  user, error->message, error->code);
	else
		talk_fail(talk, FAILURE_CREDENTIALS,
			  "refuses user \"%s\": %s (%s); check auth of this service", user,
			  error->message, error->code);
}

/* What a code means for who reads it at night. */
static const struct {
	const char *class;
	const char *words;
	const char *advice;
} meanings[] = {
	{"57P03", "takes no connections yet", "wait, and look at its log for what it does"},
	{"57P01", "is being shut down", "see who stops it"},
	{"57P02", "restarts after a crash of one of its processes", "look at its log"},
	{"53300", "has no connection left", "see who holds them: pg_stat_activity"},
	{"53100", "has no space left on its disk", "free some"},
	{"53200", "is out of memory", "look at its log"},
	{"57014", "did not finish the query in time", "see what it is busy with"},
	{"08P01", "refuses the start-up", "where this is a pooler, look at the server behind it"},
};

static void fail_error(struct talk *talk, const struct postgres_error *error)
{
	talk_refused(talk, error->code, strlen(error->code));
	if (of_class(error, "3D000")) {
		talk_fail(talk, FAILURE_SERVER,
			  "has no database \"%s\": %s (3D000); check the key 'database'",
			  database_of(talk->probe.check), error->message);
		return;
	}
	if (of_class(error, "28") || of_class(error, "42501") || is_of_pooler(error)) {
		fail_login(talk, error);
		return;
	}
	if (strstr(error->message, "unsupported startup parameter") != NULL) {
		talk_fail(talk, FAILURE_SERVER,
			  "refuses a setting of the session: %s (%s); let PgBouncer have "
			  "ignore_startup_parameters = statement_timeout",
			  error->message, error->code);
		return;
	}
	for (size_t i = 0; i < BASE_LEN(meanings); i++) {
		if (!of_class(error, meanings[i].class))
			continue;
		talk_fail(talk, FAILURE_SERVER, "%s: %s (%s)%s%s; %s", meanings[i].words,
			  error->message, error->code, error->detail[0] != '\0' ? ": " : "",
			  error->detail, meanings[i].advice);
		return;
	}
	talk_fail(talk, FAILURE_SERVER, "answers with an error: %s%s%s%s", error->message,
		  error->code[0] != '\0' ? " (" : "", error->code, error->code[0] != '\0' ? ")" : "");
}

/* False where the run is over. */
static bool take_error(struct postgres_talk *postgres, const struct postgres_message *message)
{
	struct talk *talk = &postgres->talk;
	struct postgres_error error;

	if (!postgres_read_error(message, &error)) {
		talk_fail_garbage(talk, "PostgreSQL", message->body, message->len);
		return false;
	}
	talk_note(talk, "%s %s %s%s%s", message->type == 'N' ? "Notice" : error.severity, error.code,
		  error.message, error.detail[0] != '\0' ? ": " : "", error.detail);
	if (message->type == 'N')
		return true;
	if (postgres->step == STEP_STARTUP && !has_credentials(talk->probe.check) &&
	    refuses_us_only(&error)) {
		talk_pass(talk);
		return false;
	}
	/* The session is alive; the server lacks what the query asks about. */
	if (postgres->step == STEP_QUERY && (of_class(&error, "42") || of_class(&error, "0A"))) {
		postgres->again = !postgres->least;
		postgres->answered = postgres->least;
		return true;
	}
	fail_error(talk, &error);
	return false;
}

/* --- log-in ---------------------------------------------------------------------------------- */

static bool is_private(const struct postgres_talk *postgres)
{
	const struct check *check = postgres->talk.probe.check;

	return postgres->secured || check->unix_path != NULL ||
	       strncmp(check->host, "127.", 4) == 0 || strcmp(check->host, "::1") == 0 ||
	       strcmp(check->host, "localhost") == 0;
}

static void ask_password(struct talk *talk, const struct strbuf *bytes, const char *shown)
{
	postgres_of(talk)->step = STEP_LOGIN;
	talk_ask(talk, bytes->data, bytes->len, shown, "the answer to the password");
}

static void begin_scram(struct postgres_talk *postgres, struct strbuf *out)
{
	unsigned char nonce[18];
	struct strbuf first;

	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		BUG("no random bytes");
	strbuf_init(&first, ANSWER_MOST);
	scram_init(&postgres->scram, SCRAM_SHA_256);
	postgres->scram_begun = true;
	scram_begin(&postgres->scram, "", nonce, sizeof(nonce), &first);
	postgres_put_sasl(out, scram_name(SCRAM_SHA_256), &first);
	strbuf_release(&first);
	ask_password(&postgres->talk, out, "SASLInitialResponse SCRAM-SHA-256");
}

static bool go_on_scram(struct postgres_talk *postgres, const struct postgres_request *request,
			struct strbuf *out);

static void on_keys(void *context)
{
	struct postgres_talk *postgres = postgres_of(context);
	struct strbuf out;

	postgres->making = NULL;
	strbuf_init(&out, ANSWER_MOST);
	(void)go_on_scram(postgres, &postgres->challenge, &out);
	strbuf_release(&out);
}

static bool waits_for_keys(struct postgres_talk *postgres, const struct postgres_request *request)
{
	struct talk *talk = &postgres->talk;

	postgres->making = scram_job_start(talk->probe.prober->net, &postgres->scram, &postgres->keys,
					   check_auth(talk->probe.check)->secret, request->data,
					   request->len, on_keys, postgres);
	if (postgres->making == NULL)
		return false;
	postgres->challenge = *request;
	postgres->challenge.data = arena_memdup(&talk->run.arena, request->data, request->len);
	talk_wait_for(talk, "a worker of sitrep to do the rounds of SCRAM");
	return true;
}

/* False where the run is over. */
static bool go_on_scram(struct postgres_talk *postgres, const struct postgres_request *request,
			struct strbuf *out)
{
	struct talk *talk = &postgres->talk;
	const char *wrong = "goes on with SASL that nobody began";
	struct strbuf final;

	if (postgres->scram_begun && request->kind == POSTGRES_LOGIN_SASL_CONTINUE &&
	    waits_for_keys(postgres, request))
		return true;
	strbuf_init(&final, ANSWER_MOST);
	if (postgres->scram_begun && request->kind == POSTGRES_LOGIN_SASL_CONTINUE)
		wrong = scram_answer(&postgres->scram, &postgres->keys,
				     check_auth(talk->probe.check)->secret, request->data, request->len,
				     &final);
	else if (postgres->scram_begun) {
		wrong = scram_verify(&postgres->scram, request->data, request->len);
		postgres->scram_proven = wrong == NULL;
	}
	if (wrong != NULL) {
		talk_fail(talk, FAILURE_PROTOCOL, "%s", wrong);
	} else if (request->kind == POSTGRES_LOGIN_SASL_CONTINUE) {
		postgres_put(out, 'p', final.data, final.len);
		ask_password(talk, out, "SASLResponse ****");
	}
	strbuf_release(&final);
	return wrong == NULL;
}

static bool refuse_login(struct talk *talk, const char *name)
{
	talk_fail(talk, FAILURE_CONFIG,
		  "wants %s, which sitrep cannot do: give it a user that pg_hba.conf lets in by "
		  "scram-sha-256, or leave auth out",
		  name);
	return false;
}

static bool answer_login(struct postgres_talk *postgres, const struct postgres_request *request,
			 const char *name, struct strbuf *out)
{
	struct talk *talk = &postgres->talk;
	const struct auth *auth = check_auth(talk->probe.check);

	switch (request->kind) {
	case POSTGRES_LOGIN_OK:
		if (postgres->scram_begun && !postgres->scram_proven) {
			talk_fail(talk, FAILURE_PROTOCOL,
				  "ends SCRAM without the proof that it knows the password; it may not "
				  "be who it says it is");
			return false;
		}
		postgres->step = STEP_SESSION;
		talk_wait_for(talk, "the session to be ready");
		return true;
	case POSTGRES_LOGIN_CLEARTEXT:
		if (!is_private(postgres)) {
			talk_fail(talk, FAILURE_CONFIG,
				  "wants the password in clear text over a connection without TLS: set "
				  "tls: true, or let pg_hba.conf ask for scram-sha-256");
			return false;
		}
		postgres_put(out, 'p', auth->secret, strlen(auth->secret) + 1);
		ask_password(talk, out, "PasswordMessage ****");
		return true;
	case POSTGRES_LOGIN_MD5:
		postgres_put_md5(out, auth->user, auth->secret, request->data);
		ask_password(talk, out, "PasswordMessage md5****");
		return true;
	case POSTGRES_LOGIN_SASL:
		if (!request->scram || postgres->scram_begun)
			return refuse_login(talk, name);
		begin_scram(postgres, out);
		return true;
	case POSTGRES_LOGIN_SASL_CONTINUE:
	case POSTGRES_LOGIN_SASL_FINAL:
		return go_on_scram(postgres, request, out);
	default:
		return refuse_login(talk, name);
	}
}

/* False where the run is over. */
static bool take_login(struct postgres_talk *postgres, const struct postgres_message *message)
{
	struct talk *talk = &postgres->talk;
	struct postgres_request request;
	struct strbuf name, out;
	bool go_on;

	if (!postgres_read_request(message, &request)) {
		talk_fail_garbage(talk, "PostgreSQL", message->body, message->len);
		return false;
	}
	strbuf_init(&name, 128);
	strbuf_init(&out, ANSWER_MOST);
	postgres_name_request(&name, &request);
	if (request.kind == POSTGRES_LOGIN_SASL_CONTINUE)
		talk_note(talk, "AuthenticationSASLContinue");
	else if (request.kind == POSTGRES_LOGIN_SASL_FINAL)
		talk_note(talk, "AuthenticationSASLFinal");
	else if (request.kind == POSTGRES_LOGIN_OK)
		talk_note(talk, "AuthenticationOk");
	else
		talk_note(talk, "wants %s", name.data);
	if (has_credentials(talk->probe.check)) {
		go_on = answer_login(postgres, &request, name.data, &out);
	} else {
		go_on = false;
		pass(talk);
	}
	strbuf_release(&name);
	strbuf_release(&out);
	return go_on;
}

/* --- the session ----------------------------------------------------------------------------- */

static void take_parameter(struct talk *talk, const struct postgres_message *message)
{
	const char *name, *value;

	if (!postgres_read_parameter(message, &name, &value) || strcmp(name, "server_version") != 0)
		return;
	talk_note(talk, "server_version %s", value);
	talk_text(talk, SUBJECT_VERSION, value, strcspn(value, " "));
}

static void note_vitals(struct talk *talk, const struct postgres_vitals *vitals)
{
	struct strbuf text;

	strbuf_init(&text, 256);
	strbuf_addf(&text, "in recovery: %s, read-only: %s", vitals->in_recovery ? "yes" : "no",
		    !vitals->read_only_known ? "not known" : vitals->read_only ? "yes" : "no");
	if (vitals->lag_s >= 0)
		strbuf_addf(&text, ", behind by %.3f s", vitals->lag_s);
	if (vitals->connections >= 0)
		strbuf_addf(&text, ", %.0f connections of %.0f", vitals->connections, vitals->allowed);
	talk_note(talk, "%s", text.data);
	strbuf_release(&text);
}

/* False where the run is over. */
static bool take_row(struct postgres_talk *postgres, const struct postgres_message *message)
{
	struct talk *talk = &postgres->talk;
	struct postgres_vitals vitals;

	if (postgres->answered || !postgres_read_vitals(message, &vitals)) {
		talk_fail_garbage(talk, "an answer to the query", message->body, message->len);
		return false;
	}
	postgres->answered = true;
	note_vitals(talk, &vitals);
	talk_text(talk, SUBJECT_ROLE, vitals.in_recovery ? "standby" : "primary", 7);
	if (vitals.read_only_known)
		talk_value(talk, SUBJECT_READ_ONLY, value_bool(vitals.read_only));
	if (vitals.in_recovery && vitals.lag_s >= 0)
		talk_value(talk, SUBJECT_REPLICATION_LAG,
			   value_duration((int64_t)(vitals.lag_s * 1e9)));
	if (vitals.connections >= 0)
		talk_value(talk, SUBJECT_CONNECTIONS, value_number(vitals.connections));
	if (vitals.connections >= 0 && vitals.allowed > 0)
		talk_value(talk, SUBJECT_CONNECTIONS_USED,
			   value_number(vitals.connections * 100 / vitals.allowed));
	return true;
}

/* False where the run is over. */
static bool take_ready(struct postgres_talk *postgres)
{
	if (postgres->step == STEP_SESSION || postgres->again) {
		postgres->least = postgres->again;
		postgres->again = false;
		ask_query(postgres);
		return true;
	}
	if (postgres->answered)
		pass(&postgres->talk);
	else
		talk_fail(&postgres->talk, FAILURE_PROTOCOL, "answers the query with no row");
	return false;
}

/* False where the run is over. */
static bool take_message(struct postgres_talk *postgres, const struct postgres_message *message)
{
	enum step step = postgres->step;

	switch (message->type) {
	case 'E':
	case 'N':
		return take_error(postgres, message);
	case 'R':
		if (step == STEP_STARTUP || step == STEP_LOGIN)
			return take_login(postgres, message);
		break;
	case 'S':
		take_parameter(&postgres->talk, message);
		return true;
	case 'Z':
		if (step == STEP_SESSION || step == STEP_QUERY)
			return take_ready(postgres);
		break;
	case 'D':
		if (step == STEP_QUERY)
			return take_row(postgres, message);
		break;
	default: /* BackendKeyData, NegotiateProtocolVersion, RowDescription, CommandComplete … */
		return true;
	}
	talk_fail(&postgres->talk, FAILURE_PROTOCOL,
		  "sent a message '%c' where the protocol has none", message->type);
	return false;
}

/* The one byte that answers SSLRequest; anything behind it would be read as if it came through TLS
 * (CVE-2021-23222). */
static size_t take_ssl_answer(struct postgres_talk *postgres, const char *bytes, size_t len)
{
	struct talk *talk = &postgres->talk;

	if (bytes[0] == 'S' && len > 1) {
		talk_note(talk, "S and %zu bytes", len - 1);
		talk_fail(talk, FAILURE_PROTOCOL,
			  "sent %zu bytes behind its answer to SSLRequest, before TLS: somebody may "
			  "stand between and add them",
			  len - 1);
	} else if (bytes[0] == 'S') {
		talk_note(talk, "S: TLS");
		postgres->secured = true;
		talk_secure(talk);
	} else if (bytes[0] == 'N') {
		talk_note(talk, "N: no TLS");
		talk_fail(talk, FAILURE_TLS_FAILED,
			  "offers no TLS, and this check wants it: turn it on there (ssl = on), or take "
			  "tls: away here");
	} else {
		talk_fail_garbage(talk, "PostgreSQL", bytes, len);
	}
	return 1;
}

static size_t received(struct talk *talk, const char *bytes, size_t len)
{
	struct postgres_talk *postgres = postgres_of(talk);
	struct postgres_message message;
	size_t used = 0;

	if (postgres->step == STEP_SSL && bytes[0] != 'E')
		return take_ssl_answer(postgres, bytes, len);
	while (used < len && postgres->making == NULL) {
		switch (postgres_read(bytes + used, len - used, &message)) {
		case POSTGRES_MORE:
			return used;
		case POSTGRES_GARBAGE:
			talk_fail_garbage(talk, "PostgreSQL", bytes + used, len - used);
			return len;
		case POSTGRES_WHOLE:
			break;
		}
		if (!take_message(postgres, &message))
			return len;
		used += message.used;
	}
	return used;
}

static void reset(struct talk *talk)
{
	struct postgres_talk *postgres = postgres_of(talk);

	scram_job_drop(postgres->making);
	postgres->making = NULL;
	if (postgres->scram_begun)
		scram_release(&postgres->scram);
	postgres->step = STEP_SSL;
	postgres->secured = postgres->least = postgres->again = postgres->answered = false;
	postgres->scram_begun = postgres->scram_proven = false;
}

static const struct talk_protocol protocol = {
	.size = sizeof(struct postgres_talk),
	.most = POSTGRES_FRAME_MOST + 5,
	.late_tls = true,
	.opened = opened,
	.received = received,
	.reset = reset,
};
TALK_PROBE(postgres);
