/* `redis`: AUTH where the check has credentials, PING and INFO, written at once and read one after the
 * other. A server that loads its data or has lost its master answers and is judged by what it
 * measured (HELD in check_types.def); an error that ends the conversation says what to do. Nothing
 * else is ever sent. See talk.h, redis_wire.h. */
#include "probe/talk.h"

#include "base/units.h"
#include "probe/redis_wire.h"

#define REPLY_MOST (256u << 10) /* INFO is 5 KB, more with many databases and modules */
#define SAID_MOST 200
#define COMMANDS_MOST 4096u

enum step { STEP_AUTH, STEP_PING, STEP_INFO };
struct redis_talk {
	struct talk talk;
	enum step step;
	bool loading, masterless; /* as an error in place of the answer said */
};

static const char *const step_words[] = {"the answer to AUTH", "the answer to PING",
					 "the answer to INFO"};

static bool has_password(const struct check *check)
{
	return check_auth(check)->kind == AUTH_PASSWORD || check_auth(check)->kind == AUTH_BASIC;
}

static void opened(struct talk *talk)
{
	struct redis_talk *redis = (struct redis_talk *)talk;
	const struct auth *auth = check_auth(talk->probe.check);
	const bool user = auth->kind == AUTH_BASIC && auth->user != NULL && auth->user[0] != '\0';
	struct strbuf commands, shown;

	redis->loading = redis->masterless = false;
	redis->step = STEP_PING;
	strbuf_init(&commands, COMMANDS_MOST);
	strbuf_init(&shown, PROBE_RAW);
	if (has_password(talk->probe.check)) {
		const char *const words[] = {"AUTH", user ? auth->user : auth->secret, auth->secret};

		redis->step = STEP_AUTH;
		redis_command(&commands, words, user ? 3 : 2);
		strbuf_addf(&shown, "AUTH %s%s***, ", user ? auth->user : "", user ? " " : "");
	}
	redis_command(&commands, (const char *const[]){"PING"}, 1);
	redis_command(&commands, (const char *const[]){"INFO"}, 1);
	strbuf_adds(&shown, "PING, INFO");
	talk_ask(talk, commands.data, commands.len, shown.data, step_words[redis->step]);
	strbuf_release(&commands);
	strbuf_release(&shown);
}

/* --- errors ------------------------------------------------------------------------------- */

static bool fail_auth(struct talk *talk, const struct redis_reply *reply)
{
	const struct auth *auth = check_auth(talk->probe.check);
	const char *said = talk_quote(talk, reply->text, reply->len, SAID_MOST);

	if (redis_error_is(reply, "WRONGPASS") || redis_error_says(reply, "invalid password")) {
		if (auth->kind == AUTH_BASIC)
			talk_fail(talk, FAILURE_CREDENTIALS, "refuses user \"%s\" or its password "
				  "(%s): check auth of this service", auth->user, said);
		else
			talk_fail(talk, FAILURE_CREDENTIALS, "refuses the password (%s): check auth "
				  "of this service", said);
	} else if (redis_error_says(reply, "without any password") ||
		   redis_error_says(reply, "no password is set")) {
		talk_fail(talk, FAILURE_CREDENTIALS, "has no password set, but auth of this service "
			  "gives one: set requirepass there, or take auth away (%s)",
			  said);
	} else if (redis_error_says(reply, "wrong number of arguments")) {
		talk_fail(talk, FAILURE_CREDENTIALS, "is older than 6.0 and knows no users: give the "
			  "password alone, auth: {password: …} (%s)", said);
	} else {
		return false;
	}
	return true;
}

/* Errors that are an end wherever they come. */
static void fail_error(struct talk *talk, const struct redis_reply *reply)
{
	struct redis_talk *redis = (struct redis_talk *)talk;
	const char *said = talk_quote(talk, reply->text, reply->len, SAID_MOST);

	talk_refused(talk, said, strcspn(said, " "));
	if (redis->step == STEP_AUTH && fail_auth(talk, reply))
		return;
	if (redis_error_is(reply, "NOAUTH"))
		talk_fail(talk, FAILURE_CREDENTIALS, "wants a password (%s): add auth: {password: …} "
			  "to this service", said);
	else if (redis_error_is(reply, "DENIED"))
		talk_fail(talk, FAILURE_SERVER, "answered \"%s\": it talks to its own host alone until "
			  "it has a password (requirepass), or protected-mode is no",
			  talk_quote(talk, reply->text, reply->len, 44));
	else if (redis_error_is(reply, "BUSY"))
		talk_fail(talk, FAILURE_SERVER, "is busy with a script (%s)", said);
	else if (redis_error_says(reply, "max number of clients"))
		talk_fail(talk, FAILURE_SERVER, "has no connection left (%s): close idle clients, or "
			  "raise maxclients", said);
	else
		talk_fail(talk, FAILURE_SERVER, "answered \"%s\" in place of %s", said,
			  step_words[redis->step]);
}

/* Errors that are an answer: the server is there, and says why not all of it is. */
static bool is_answer(struct redis_talk *redis, const struct redis_reply *reply)
{
	if (redis_error_is(reply, "LOADING"))
		redis->loading = true;
	else if (redis_error_is(reply, "MASTERDOWN"))
		redis->masterless = true;
	else
		/* A user that may not ask, or a provider that has taken the command away. */
		return redis->step != STEP_AUTH && (redis_error_is(reply, "NOPERM") ||
						    redis_error_says(reply, "unknown command"));
	return true;
}

/* --- values ------------------------------------------------------------------------------- */

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

static void say_loading(struct talk *talk, const struct redis_info *info)
{
	struct strbuf left;

	strbuf_init(&left, 64);
	if (info->loading_left_s >= 0) {
		strbuf_adds(&left, ", about ");
		duration_format(&left, info->loading_left_s * NS_PER_S);
		strbuf_adds(&left, " left");
	}
	if (info->loading_percent >= 0)
		talk_say(talk, "still loads its data set: %.0f%%%s", info->loading_percent, left.data);
	else
		talk_say(talk, "still loads its data set%s", left.data);
	strbuf_release(&left);
}

static void say_link_down(struct talk *talk, const struct redis_info *info)
{
	struct strbuf since;

	strbuf_init(&since, 64);
	if (info->link_down_s >= 0) {
		strbuf_adds(&since, " for ");
		duration_format(&since, info->link_down_s * NS_PER_S);
	}
	if (info->master_host.at != NULL)
		talk_say(talk, "is a replica without its master: the link to %.*s:%d is down%s%s",
			 (int)info->master_host.len, info->master_host.at, (int)info->master_port,
			 since.data, info->syncing == 1 ? ", a synchronisation runs" : "");
	else
		talk_say(talk, "is a replica without its master: the link is down%s", since.data);
	strbuf_release(&since);
}

static void add_link(struct talk *talk, const struct redis_info *info)
{
	struct redis_talk *redis = (struct redis_talk *)talk;

	if (info->link.at != NULL)
		talk_text(talk, SUBJECT_LINK, info->link.at, info->link.len);
	else if (redis->masterless)
		talk_text(talk, SUBJECT_LINK, "down", 4);
	else if (info->role.at != NULL || info->version.at != NULL)
		talk_text(talk, SUBJECT_LINK, "none", 4);
	if (redis->loading)
		say_loading(talk, info);
	else if (redis->masterless ||
		 (info->link.at != NULL && (info->link.len != 2 || memcmp(info->link.at, "up", 2) != 0)))
		say_link_down(talk, info);
}

static void add_values(struct talk *talk, const struct redis_info *info)
{
	struct redis_talk *redis = (struct redis_talk *)talk;

	redis->loading = redis->loading || info->loading > 0;
	talk_value(talk, SUBJECT_LOADING, value_bool(redis->loading));
	if (info->version.at != NULL)
		talk_text(talk, SUBJECT_VERSION, info->version.at, info->version.len);
	if (info->role.at != NULL)
		talk_text(talk, SUBJECT_ROLE, info->role.at, info->role.len);
	add_link(talk, info);
	add_number(talk, SUBJECT_CONNECTIONS, info->clients);
	add_share(talk, SUBJECT_CONNECTIONS_USED, info->clients, info->clients_most);
	add_number(talk, SUBJECT_REPLICAS, info->replicas);
	add_number(talk, SUBJECT_MEMORY, info->memory);
	add_share(talk, SUBJECT_MEMORY_USED, info->memory, info->memory_most);
	add_number(talk, SUBJECT_EVICTIONS, info->evicted);
}

/* --- replies ------------------------------------------------------------------------------ */

static void note_info_line(void *talk, const char *line, size_t len)
{
	talk_note(talk, "%.*s", (int)len, line);
}

/* A whole reply to the present step. */
static void take_reply(struct talk *talk, const struct redis_reply *reply)
{
	struct redis_talk *redis = (struct redis_talk *)talk;
	struct redis_info info;
	bool text = reply->type == REDIS_STATUS || reply->type == REDIS_BULK;

	if (reply->type == REDIS_ERROR) {
		talk_note(talk, "-%.*s", (int)reply->len, reply->text);
		if (!is_answer(redis, reply)) {
			fail_error(talk, reply);
			return;
		}
	} else if (redis->step != STEP_INFO && text) {
		talk_note(talk, "+%.*s", (int)reply->len, reply->text);
	}
	if (reply->type != REDIS_ERROR && !text) {
		talk_fail(talk, FAILURE_PROTOCOL, "sent something else in place of %s",
			  step_words[redis->step]);
		return;
	}
	if (redis->step != STEP_INFO) {
		redis->step++;
		talk_wait_for(talk, step_words[redis->step]);
		return;
	}
	redis_info_read(reply->type == REDIS_BULK ? reply->text : "",
			reply->type == REDIS_BULK ? reply->len : 0, &info, note_info_line, talk);
	add_values(talk, &info);
	talk_pass(talk);
}

static size_t received(struct talk *talk, const char *bytes, size_t len)
{
	struct redis_reply reply;
	size_t used = redis_read(bytes, len, &reply);

	if (reply.type == REDIS_GARBAGE)
		talk_fail_garbage(talk, "Redis", bytes, len);
	else if (used != 0)
		take_reply(talk, &reply);
	return used;
}

static const struct talk_protocol protocol = {
	.size = sizeof(struct redis_talk),
	.most = REPLY_MOST,
	.opened = opened,
	.received = received,
};
TALK_PROBE(redis);
