/* `kafka`: asks one broker who belongs to the cluster and how its partitions stand, then goes to each
 * broker at the address that it advertises, as every client has to; with a group it asks the group's
 * coordinator for what is committed and the leaders for where their partitions end. It joins no
 * group, reads no message and creates nothing. See talk.h for the life of it, kafka_wire.h for the
 * protocol.
 *
 * Each connection begins with ApiVersions and, with credentials, SASL (PLAIN or SCRAM); then comes what
 * it was made for. One question is under way at a time. */
#include "probe/kafka_login.h"
#include "probe/kafka_metadata.h"
#include "probe/scram_job.h"
#include "probe/talk.h"

#include "base/limits.h"
#include "base/units.h"

#define NOWHERE SIZE_MAX
#define UNREACHABLE_MOST 32        /* addresses that are named */
#define TRIED_MOST 64              /* brokers that are connected to in a run */
#define SAID_MOST 200
#define TRY_LEAST (250 * NS_PER_MS) /* a shorter try would call a slow way none */

enum step {
	STEP_VERSIONS,
	STEP_SASL,
	STEP_LOGIN, /* once, or twice with SCRAM */
	STEP_METADATA,
	STEP_COORDINATOR,
	STEP_COMMITTED,
	STEP_ENDS
};

/* What a connection is made for: the first question behind the way in. */
enum goal { GOAL_METADATA = STEP_METADATA, GOAL_COMMITTED = STEP_COMMITTED, GOAL_ENDS = STEP_ENDS };

/* Of a broker: connected to once; tried, or nothing more to learn; partitions wait to be asked for. */
enum mark { MARK_REACHED = 1, MARK_TRIED = 2, MARK_PENDING = 4 };

struct kafka_talk {
	struct talk talk;
	enum step step;
	enum goal goal;
	int version; /* of the question that is under way */
	int32_t id;  /* of that question */
	struct kafka_versions versions;   /* of the broker at the other end */
	struct kafka_login login;         /* at it */
	struct scram_job *making;         /* while its keys are made, and nothing else is read */
	struct kafka_said challenge;      /* that waits for them */
	struct kafka_metadata metadata;   /* in the talk's arena */
	unsigned char *marks;             /* of each broker, there too */
	struct kafka_broker there;        /* where the stream goes, once it was moved */
	bool moved;
	bool hurried;                     /* it gets less time there than a try needs */
	size_t here;                      /* the broker whose address that is, or NOWHERE */
	size_t leader;                    /* whose partitions are asked for at it */
	bool committed_known;
	size_t tried;
	const char *unreachable[UNREACHABLE_MOST];
	size_t unreachable_count;
};

static void go_on(struct kafka_talk *kafka);

static const char *group_of(const struct kafka_talk *kafka)
{
	return check_text(kafka->talk.probe.check, CHECK_KEY_CONSUMER_GROUP, NULL);
}

static const char *const *topics_of(const struct kafka_talk *kafka, size_t *count)
{
	return check_texts(kafka->talk.probe.check, CHECK_KEY_TOPICS, count);
}

static const struct kafka_mechanism *mechanism_of(const struct kafka_talk *kafka)
{
	return kafka_mechanism_find(check_text(kafka->talk.probe.check, CHECK_KEY_SASL, "plain"));
}

static void fail(struct kafka_talk *kafka, enum failure failure, const char *fmt, ...) BASE_PRINTF(3, 4);
/* talk_fail(), which says where, once it is not the broker that the check names. */
static void fail(struct kafka_talk *kafka, enum failure failure, const char *fmt, ...)
{
	struct strbuf words;
	va_list args;

	strbuf_init(&words, PROBE_RAW);
	if (kafka->moved)
		strbuf_addf(&words, "sent to broker %d, which at %s:%d ", (int)kafka->there.id,
			    kafka->there.host, kafka->there.port);
	va_start(args, fmt);
	strbuf_vaddf(&words, fmt, args);
	va_end(args);
	talk_fail(&kafka->talk, failure, "%s", words.data);
	strbuf_release(&words);
}

/* What fails next is this error of the broker's. */
static void refused(struct kafka_talk *kafka, int error)
{
	char room[24];
	const char *name = kafka_error_name(error, room);

	talk_refused(&kafka->talk, name, strlen(name));
}

static void fail_garbage(struct kafka_talk *kafka, const char *bytes, size_t len)
{
	if (talk_is_tls_alert(bytes, len))
		fail(kafka, FAILURE_PROTOCOL, "answers with a TLS alert: this listener speaks TLS, so say tls: true");
	else if (kafka->moved)
		fail(kafka, FAILURE_PROTOCOL, "is not Kafka: its answer is not of the protocol");
	else
		talk_fail_garbage(&kafka->talk, "Kafka", bytes, len);
}

/* --- questions ------------------------------------------------------------------------------ */

static enum kafka_api api_of(enum step step)
{
	static const enum kafka_api apis[] = {
		[STEP_VERSIONS] = KAFKA_API_VERSIONS,	   [STEP_SASL] = KAFKA_SASL_HANDSHAKE,
		[STEP_LOGIN] = KAFKA_SASL_AUTHENTICATE,	   [STEP_METADATA] = KAFKA_METADATA,
		[STEP_COORDINATOR] = KAFKA_FIND_COORDINATOR, [STEP_COMMITTED] = KAFKA_OFFSET_FETCH,
		[STEP_ENDS] = KAFKA_LIST_OFFSETS,
	};

	return apis[step];
}

static const char *wait_for(enum step step)
{
	static const char *const words[] = {
		[STEP_VERSIONS] = "the answer to ApiVersions",
		[STEP_SASL] = "the answer to SaslHandshake",
		[STEP_LOGIN] = "the answer to SaslAuthenticate",
		[STEP_METADATA] = "the answer to Metadata",
		[STEP_COORDINATOR] = "the answer to FindCoordinator",
		[STEP_COMMITTED] = "the answer to OffsetFetch",
		[STEP_ENDS] = "the answer to ListOffsets",
	};

	return words[step];
}

/* Once it is not the broker that the check names, sentences say which it is. */
static const char *wait_for_there(struct kafka_talk *kafka)
{
	const char *words = wait_for(kafka->step);

	return kafka->moved ? arena_printf(&kafka->talk.run.arena, "%s of broker %d at %s:%d", words,
					   (int)kafka->there.id, kafka->there.host, kafka->there.port) :
			      words;
}

/* Appends the request of the step to `out`, and to `shown` what a person reads of it. */
static void write_request(struct kafka_talk *kafka, struct strbuf *out, struct strbuf *shown)
{
	const char *const *topics;
	size_t count;

	strbuf_addf(shown, "%s v%d", kafka_api_name(api_of(kafka->step)), kafka->version);
	switch (kafka->step) {
	case STEP_VERSIONS:
		kafka_ask_versions(out, kafka->version, kafka->id);
		break;
	case STEP_SASL:
		strbuf_addf(shown, " %s", kafka_mechanism_name(mechanism_of(kafka)));
		kafka_ask_sasl(out, kafka->id, kafka_mechanism_name(mechanism_of(kafka)));
		break;
	case STEP_LOGIN:
		strbuf_adds(shown, " ****");
		kafka_ask_login(out, kafka->id, &kafka->login.token);
		break;
	case STEP_METADATA:
		topics = topics_of(kafka, &count);
		strbuf_addf(shown, " of %s", count == 0 || kafka->version < 4 ? "all topics" : "topics");
		for (size_t i = 0; i < count && kafka->version >= 4; i++)
			strbuf_addf(shown, "%s %s", i != 0 ? "," : "", topics[i]);
		kafka_ask_metadata(out, kafka->version, kafka->id, topics, count);
		break;
	case STEP_COORDINATOR:
		strbuf_addf(shown, " of group %s", group_of(kafka));
		kafka_ask_coordinator(out, kafka->version, kafka->id, group_of(kafka));
		break;
	case STEP_COMMITTED:
		strbuf_addf(shown, " of group %s", group_of(kafka));
		kafka_ask_committed(out, kafka->version, kafka->id, &kafka->metadata, group_of(kafka));
		break;
	case STEP_ENDS:
		count = kafka_ask_ends(out, kafka->version, kafka->id, &kafka->metadata,
				       kafka->metadata.brokers[kafka->leader].id);
		strbuf_addf(shown, " of %zu partitions", count);
		break;
	}
}

static void ask_version(struct kafka_talk *kafka, enum step step, int version)
{
	struct strbuf out, shown;

	strbuf_init(&out, KAFKA_REQUEST_MOST);
	strbuf_init(&shown, PROBE_RAW);
	kafka->step = step;
	kafka->version = version;
	kafka->id++;
	write_request(kafka, &out, &shown);
	if (out.truncated)
		fail(kafka, FAILURE_CONFIG, "has more partitions than fit into one question: name the 'topics' that matter");
	else
		talk_ask(&kafka->talk, out.data, out.len, shown.data, wait_for_there(kafka));
	strbuf_release(&out);
	strbuf_release(&shown);
}

static void ask(struct kafka_talk *kafka, enum step step)
{
	enum kafka_api api = api_of(step);
	int version = kafka_version(&kafka->versions, api);
	int min = kafka->versions.of[api].min, max = kafka->versions.of[api].max;

	if (version >= 0)
		ask_version(kafka, step, version);
	else if (max < min)
		fail(kafka, FAILURE_PROTOCOL, "does not know %s, which this check needs%s", kafka_api_name(api),
		     step == STEP_SASL || step == STEP_LOGIN ?
			     ": it takes no SASL login; remove auth, or ask its SASL port" : "");
	else
		fail(kafka, FAILURE_PROTOCOL, "knows %s only as version %d to %d, which this check does not speak",
		     kafka_api_name(api), min, max);
}

/* --- the way in ----------------------------------------------------------------------------- */

static void begin(struct kafka_talk *kafka, enum goal goal)
{
	kafka->goal = goal;
	ask_version(kafka, STEP_VERSIONS, 3);
}

static void opened(struct talk *talk)
{
	struct kafka_talk *kafka = (struct kafka_talk *)talk;

	kafka->metadata = (struct kafka_metadata){.controller = -1};
	kafka->marks = NULL;
	kafka->moved = kafka->committed_known = false;
	kafka->here = NOWHERE;
	kafka->tried = kafka->unreachable_count = 0;
	begin(kafka, GOAL_METADATA);
}

static void is_in(struct kafka_talk *kafka)
{
	if (kafka->goal == GOAL_ENDS)
		go_on(kafka);
	else
		ask(kafka, (enum step)kafka->goal);
}

static void on_versions(struct kafka_talk *kafka, const char *frame, size_t size)
{
	char room[24];
	int error;

	if (!kafka_read_versions(frame, size, kafka->version, &kafka->versions, &error)) {
		fail_garbage(kafka, frame, size);
	} else if (error == KAFKA_UNSUPPORTED_VERSION && kafka->version != 0) {
		talk_note(&kafka->talk, "UNSUPPORTED_VERSION");
		ask_version(kafka, STEP_VERSIONS, 0);
	} else if (error != KAFKA_OK) {
		refused(kafka, error);
		fail(kafka, FAILURE_SERVER, "answers ApiVersions with %s", kafka_error_name(error, room));
	} else {
		talk_note(&kafka->talk, "Metadata up to v%d", kafka->versions.of[KAFKA_METADATA].max);
		if (check_auth(kafka->talk.probe.check)->kind == AUTH_BASIC)
			ask(kafka, STEP_SASL);
		else
			is_in(kafka);
	}
}

/* Says what the broker has instead, and how to ask for it where that is spoken here. */
static void fail_mechanism(struct kafka_talk *kafka, const struct kafka_said *said)
{
	const char *name = kafka_mechanism_name(mechanism_of(kafka));
	const struct kafka_mechanism *other = kafka_mechanism_offered(said);

	fail(kafka, FAILURE_CREDENTIALS,
	     "takes no SASL/%s login (UNSUPPORTED_SASL_MECHANISM), but %s: %s%s%sadd %s to its "
	     "sasl.enabled.mechanisms, or ask another listener",
	     name, said->text != NULL ? said->text : "nothing else either",
	     other != NULL ? "set 'sasl' to " : "", other != NULL ? kafka_mechanism_name(other) : "",
	     other != NULL ? ", " : "", name);
}

static void on_sasl(struct kafka_talk *kafka, const char *frame, size_t size)
{
	const struct auth *auth = check_auth(kafka->talk.probe.check);
	struct kafka_said said;
	char room[24];

	if (!kafka_read_sasl(frame, size, &kafka->talk.run.arena, &said)) {
		fail_garbage(kafka, frame, size);
		return;
	}
	talk_note(&kafka->talk, "mechanisms: %s", said.text != NULL ? said.text : "none");
	if (said.error == KAFKA_OK) {
		kafka_login_begin(&kafka->login, mechanism_of(kafka), auth->user, auth->secret);
		ask(kafka, STEP_LOGIN);
		return;
	}
	refused(kafka, said.error);
	if (said.error == KAFKA_UNSUPPORTED_SASL_MECHANISM)
		fail_mechanism(kafka, &said);
	else if (said.error == KAFKA_ILLEGAL_SASL_STATE)
		fail(kafka, FAILURE_CREDENTIALS,
		     "takes no SASL login on this listener (ILLEGAL_SASL_STATE): remove auth, or ask its SASL port");
	else
		fail(kafka, FAILURE_CREDENTIALS, "answers SaslHandshake with %s",
		     kafka_error_name(said.error, room));
}

static void go_on_login(struct kafka_talk *kafka, const struct kafka_said *said)
{
	const char *words = NULL;
	size_t len = 0;

	switch (kafka_login_take(&kafka->login, check_auth(kafka->talk.probe.check)->secret, said, &words, &len)) {
	case KAFKA_LOGIN_GOES_ON:
		talk_note(&kafka->talk, "a nonce, a salt and %u rounds", kafka->login.keys.rounds);
		ask(kafka, STEP_LOGIN);
		break;
	case KAFKA_LOGIN_DONE:
		talk_note(&kafka->talk, "logged in");
		is_in(kafka);
		break;
	case KAFKA_LOGIN_REFUSED:
		fail(kafka, FAILURE_CREDENTIALS, "refuses the login (%s): check auth of this service",
		     talk_quote(&kafka->talk, words, len, SAID_MOST));
		break;
	case KAFKA_LOGIN_WRONG:
		fail(kafka, FAILURE_PROTOCOL, "%s", words);
		break;
	}
}

static void on_keys(void *context)
{
	struct kafka_talk *kafka = context;

	kafka->making = NULL;
	go_on_login(kafka, &kafka->challenge);
}

static bool waits_for_keys(struct kafka_talk *kafka, const struct kafka_said *said)
{
	struct talk *talk = &kafka->talk;

	if (!kafka_login_is_challenged(&kafka->login))
		return false;
	kafka->making = scram_job_start(talk->probe.prober->net, &kafka->login.scram, &kafka->login.keys,
					check_auth(talk->probe.check)->secret, said->token, said->token_len, on_keys,
					kafka);
	if (kafka->making == NULL)
		return false;
	kafka->challenge = (struct kafka_said){.token_len = said->token_len};
	kafka->challenge.token = arena_memdup(&talk->run.arena, said->token, said->token_len);
	talk_wait_for(talk, "a worker of sitrep to do the rounds of SCRAM");
	return true;
}

static void on_login(struct kafka_talk *kafka, const char *frame, size_t size)
{
	struct kafka_said said;
	char room[24];

	if (!kafka_read_login(frame, size, &kafka->talk.run.arena, &said)) {
		fail_garbage(kafka, frame, size);
	} else if (said.error == KAFKA_OK) {
		if (!waits_for_keys(kafka, &said))
			go_on_login(kafka, &said);
	} else {
		refused(kafka, said.error);
		fail(kafka, FAILURE_CREDENTIALS, "refuses the login (%s%s%s): check auth of this service",
		     kafka_error_name(said.error, room), said.text != NULL ? ": " : "",
		     said.text != NULL ? said.text : "");
	}
}

/* --- metadata ------------------------------------------------------------------------------- */

/* A unix socket (no host) is at none of the advertised addresses. */
static bool same_place(const struct kafka_broker *broker, const char *host, int port)
{
	return host != NULL && broker->port == port && strcasecmp(broker->host, host) == 0;
}

static size_t broker_at(const struct kafka_metadata *metadata, const char *host, int port)
{
	for (size_t i = 0; i < metadata->broker_count; i++)
		if (same_place(&metadata->brokers[i], host, port))
			return i;
	return NOWHERE;
}

/* Brokers that advertise one address (of a forwarded port, a load balancer) share its one visit. */
static bool is_here(const struct kafka_talk *kafka, size_t broker)
{
	const struct kafka_broker *brokers = kafka->metadata.brokers;

	return kafka->here != NOWHERE &&
	       same_place(&brokers[broker], brokers[kafka->here].host, brokers[kafka->here].port);
}

static void mark_here(struct kafka_talk *kafka, unsigned char marks)
{
	for (size_t i = 0; i < kafka->metadata.broker_count; i++)
		if (is_here(kafka, i))
			kafka->marks[i] |= marks;
}

static void on_metadata(struct kafka_talk *kafka, const char *frame, size_t size)
{
	const struct check *check = kafka->talk.probe.check;
	struct kafka_metadata *metadata = &kafka->metadata;
	size_t count;
	const char *const *topics = topics_of(kafka, &count);

	if (!kafka_read_metadata(frame, size, kafka->version, topics, count, group_of(kafka) != NULL,
				 &kafka->talk.run.arena, metadata)) {
		fail_garbage(kafka, frame, size);
		return;
	}
	kafka_note_metadata(&kafka->talk, metadata);
	kafka_add_metadata(&kafka->talk, metadata);
	kafka->marks = arena_array(&kafka->talk.run.arena, metadata->broker_count + 1, 1);
	kafka->here = broker_at(metadata, check->host, check->port);
	mark_here(kafka, MARK_REACHED | MARK_TRIED);
	if (metadata->forbidden != NULL)
		refused(kafka, KAFKA_TOPIC_AUTHORIZATION);
	if (metadata->forbidden != NULL)
		fail(kafka, FAILURE_CREDENTIALS,
		     "does not let this user see the topic %s (TOPIC_AUTHORIZATION_FAILED): give it the right "
		     "to Describe it",
		     metadata->forbidden);
	else if (group_of(kafka) != NULL)
		ask(kafka, STEP_COORDINATOR);
	else
		go_on(kafka);
}

/* --- from broker to broker ------------------------------------------------------------------ */

/* A leader whose partitions can be asked for at this address, NOWHERE where none is left. */
static size_t leader_here(const struct kafka_talk *kafka)
{
	for (size_t i = 0; i < kafka->metadata.broker_count; i++)
		if ((kafka->marks[i] & MARK_PENDING) != 0 && is_here(kafka, i))
			return i;
	return NOWHERE;
}

static bool wants_visit(const struct kafka_talk *kafka, size_t broker)
{
	unsigned marks = kafka->marks[broker];

	if ((marks & MARK_TRIED) == 0 && check_flag(kafka->talk.probe.check, CHECK_KEY_REACH, true))
		return true;
	return ((marks & MARK_TRIED) == 0 || (marks & MARK_REACHED) != 0) && (marks & MARK_PENDING) != 0;
}

static void add_unreachable(struct kafka_talk *kafka, const struct kafka_broker *broker, const char *why)
{
	const char *line = broker->host[0] != '\0' ?
				   arena_printf(&kafka->talk.run.arena, "%s:%d (broker %d): %s", broker->host,
						broker->port, (int)broker->id, why) :
				   arena_printf(&kafka->talk.run.arena, "broker %d: %s", (int)broker->id, why);

	talk_note(&kafka->talk, "cannot be reached: %s", line);
	if (kafka->unreachable_count < UNREACHABLE_MOST)
		kafka->unreachable[kafka->unreachable_count++] = line;
}

/* What was cut so short says nothing of the address. */
static void fail_hurried(struct kafka_talk *kafka)
{
	struct strbuf timeout;

	strbuf_init(&timeout, SAID_MOST);
	duration_format(&timeout, kafka->talk.probe.check->timeout_ns);
	talk_fail(&kafka->talk, FAILURE_TIMEOUT,
		  "timed out after %s: the coordinator of the consumer group %s, broker %d at %s:%d, was left too "
		  "little of it to be reached; raise the timeout",
		  timeout.data, group_of(kafka), (int)kafka->there.id, kafka->there.host, kafka->there.port);
	strbuf_release(&timeout);
}

static void on_moved(struct talk *talk, const struct stream_result *result)
{
	struct kafka_talk *kafka = (struct kafka_talk *)talk;
	bool reach = check_flag(talk->probe.check, CHECK_KEY_REACH, true);

	if (result->failure == FAILURE_NONE) {
		mark_here(kafka, MARK_REACHED);
		if (kafka->goal == GOAL_COMMITTED || leader_here(kafka) != NOWHERE)
			begin(kafka, kafka->goal);
		else
			go_on(kafka);
		return;
	}
	if (kafka->hurried && result->failure == FAILURE_TIMEOUT) {
		fail_hurried(kafka);
		return;
	}
	if (!reach || kafka->here == NOWHERE) {
		fail(kafka, result->failure, "cannot be reached: %s", result->message);
		return;
	}
	for (size_t i = 0; i < kafka->metadata.broker_count; i++) {
		if (!is_here(kafka, i))
			continue;
		kafka->marks[i] &= (unsigned char)~MARK_REACHED;
		add_unreachable(kafka, &kafka->metadata.brokers[i], result->message);
	}
	kafka->here = NOWHERE;
	go_on(kafka);
}

/* How long the next broker may take, so that one that swallows packets leaves time for the others;
 * 0: there is no time left for it. */
static int64_t share_of_time(const struct kafka_talk *kafka)
{
	int64_t left_ns = kafka->talk.deadline.ns - net_now(kafka->talk.probe.prober->net).ns;
	int64_t visits = 1, share_ns;

	for (size_t i = 0; i < kafka->metadata.broker_count; i++)
		visits += wants_visit(kafka, i);
	share_ns = left_ns / (visits + 1);
	if (share_ns < TRY_LEAST)
		share_ns = left_ns > TRY_LEAST + TRY_LEAST / 5 ? TRY_LEAST : 0;
	return share_ns;
}

/* With no share of the time, which only a coordinator is gone to without, it is all that is left. */
static void visit(struct kafka_talk *kafka, const struct kafka_broker *broker, enum goal goal)
{
	int64_t share_ns = share_of_time(kafka);

	kafka->hurried = share_ns == 0;
	kafka->goal = goal;
	kafka->there = *broker;
	kafka->here = broker_at(&kafka->metadata, broker->host, broker->port);
	kafka->moved = true;
	mark_here(kafka, MARK_TRIED);
	kafka->tried++;
	talk_move(&kafka->talk, broker->host, broker->port, share_ns, on_moved);
}

static void add_lag(struct kafka_talk *kafka)
{
	const struct kafka_metadata *metadata = &kafka->metadata;
	size_t known = 0, unknown = 0;
	double lag = 0;

	for (size_t i = 0; i < metadata->all_count; i++) {
		const struct kafka_partition *partition = &metadata->all[i];

		if (partition->committed < 0)
			continue;
		if (partition->end < 0)
			unknown++;
		else
			known++;
		if (partition->end > partition->committed)
			lag += (double)(partition->end - partition->committed);
	}
	if (known != 0 && unknown == 0)
		talk_value(&kafka->talk, SUBJECT_LAG, value_number(lag));
	if (!kafka->committed_known)
		talk_note(&kafka->talk, "the group's coordinator was not reached, so no lag is given");
	else if (unknown != 0)
		talk_note(&kafka->talk, "the end of %zu partitions is not known, so no lag is given", unknown);
	else
		talk_note(&kafka->talk, "group %s has committed in %zu partitions", group_of(kafka), known);
}

static void finish(struct kafka_talk *kafka)
{
	struct value list = {.type = VALUE_LIST,
			     .as.list = {kafka->unreachable, kafka->unreachable_count}};

	if (kafka->unreachable_count != 0)
		talk_value(&kafka->talk, SUBJECT_UNREACHABLE, list);
	if (group_of(kafka) != NULL)
		add_lag(kafka);
	talk_pass(&kafka->talk);
}

/* What comes next, once the question of this connection is answered. */
static void go_on(struct kafka_talk *kafka)
{
	struct kafka_metadata *metadata = &kafka->metadata;
	size_t skipped = 0;

	kafka->leader = leader_here(kafka);
	if (kafka->leader != NOWHERE) {
		kafka->marks[kafka->leader] &= (unsigned char)~MARK_PENDING;
		ask(kafka, STEP_ENDS);
		return;
	}
	for (size_t i = 0; i < metadata->broker_count; i++) {
		if (!wants_visit(kafka, i))
			continue;
		if (metadata->brokers[i].host[0] == '\0') {
			kafka->marks[i] |= MARK_TRIED;
			add_unreachable(kafka, &metadata->brokers[i], "it advertises no usable address");
			continue;
		}
		if (kafka->tried < TRIED_MOST && share_of_time(kafka) != 0) {
			visit(kafka, &metadata->brokers[i], GOAL_ENDS);
			return;
		}
		skipped++;
	}
	if (skipped != 0)
		talk_note(&kafka->talk, "%zu brokers were not connected to: they are too many for the time of a run", skipped);
	finish(kafka);
}

/* --- a group -------------------------------------------------------------------------------- */

static void fail_group(struct kafka_talk *kafka, int error)
{
	char room[24];

	refused(kafka, error);
	if (error == KAFKA_GROUP_AUTHORIZATION)
		fail(kafka, FAILURE_CREDENTIALS,
		     "does not let this user see the consumer group %s (GROUP_AUTHORIZATION_FAILED): give it the "
		     "right to Describe it",
		     group_of(kafka));
	else
		fail(kafka, FAILURE_SERVER, "answers %s of the consumer group %s with %s",
		     kafka_api_name(api_of(kafka->step)), group_of(kafka), kafka_error_name(error, room));
}

static void on_coordinator(struct kafka_talk *kafka, const char *frame, size_t size)
{
	struct kafka_coordinator answer;
	const struct check *check = kafka->talk.probe.check;

	if (!kafka_read_coordinator(frame, size, kafka->version, &kafka->talk.run.arena, &answer)) {
		fail_garbage(kafka, frame, size);
	} else if (answer.said.error != KAFKA_OK) {
		fail_group(kafka, answer.said.error);
	} else if (same_place(&answer.broker, check->host, check->port)) {
		ask(kafka, STEP_COMMITTED);
	} else if (answer.broker.host[0] == '\0') {
		fail(kafka, FAILURE_PROTOCOL, "names no usable address for the coordinator of the consumer group %s",
		     group_of(kafka));
	} else {
		talk_note(&kafka->talk, "broker %d at %s:%d", (int)answer.broker.id, answer.broker.host,
			  answer.broker.port);
		visit(kafka, &answer.broker, GOAL_COMMITTED);
	}
}

static void on_committed(struct kafka_talk *kafka, const char *frame, size_t size)
{
	struct kafka_metadata *metadata = &kafka->metadata;
	int error;

	if (!kafka_read_committed(frame, size, kafka->version, metadata, &error)) {
		fail_garbage(kafka, frame, size);
		return;
	}
	if (error != KAFKA_OK) {
		fail_group(kafka, error);
		return;
	}
	kafka->committed_known = true;
	for (size_t i = 0; i < metadata->all_count; i++) {
		size_t leader = kafka_broker_index(metadata, metadata->all[i].leader);

		if (metadata->all[i].committed >= 0 && leader < metadata->broker_count)
			kafka->marks[leader] |= MARK_PENDING;
	}
	go_on(kafka);
}

static void on_ends(struct kafka_talk *kafka, const char *frame, size_t size)
{
	char room[24];
	int error;

	if (!kafka_read_ends(frame, size, kafka->version, &kafka->metadata, &error)) {
		fail_garbage(kafka, frame, size);
		return;
	}
	if (error != KAFKA_OK)
		talk_note(&kafka->talk, "a partition has %s", kafka_error_name(error, room));
	go_on(kafka);
}

/* --- what comes ----------------------------------------------------------------------------- */

static void take_answer(struct kafka_talk *kafka, const char *frame, size_t size)
{
	static void (*const takers[])(struct kafka_talk *, const char *, size_t) = {
		[STEP_VERSIONS] = on_versions,	     [STEP_SASL] = on_sasl,
		[STEP_LOGIN] = on_login,	     [STEP_METADATA] = on_metadata,
		[STEP_COORDINATOR] = on_coordinator, [STEP_COMMITTED] = on_committed,
		[STEP_ENDS] = on_ends,
	};

	takers[kafka->step](kafka, frame, size);
}

static size_t received(struct talk *talk, const char *bytes, size_t len)
{
	struct kafka_talk *kafka = (struct kafka_talk *)talk;
	size_t size = 0;

	if (kafka->making != NULL)
		return 0;
	switch (kafka_frame(bytes, len, kafka->id, &size)) {
	case KAFKA_FRAME_PART:
		return 0;
	case KAFKA_FRAME_WHOLE:
		take_answer(kafka, bytes, size);
		return size;
	case KAFKA_FRAME_LARGE:
		fail(kafka, FAILURE_TOO_LARGE, "answers %s with more than %u MB: name the 'topics' that matter",
		     kafka_api_name(api_of(kafka->step)), KAFKA_ANSWER_MOST >> 20);
		return 0;
	case KAFKA_FRAME_GARBAGE:
		fail_garbage(kafka, bytes, len);
		return 0;
	}
	return 0;
}

static bool closed(struct talk *talk)
{
	struct kafka_talk *kafka = (struct kafka_talk *)talk;
	bool secure = talk->probe.check->secure;
	bool login = check_auth(talk->probe.check)->kind == AUTH_BASIC;

	if (kafka->step == STEP_VERSIONS)
		fail(kafka, FAILURE_CLOSED, "closed the connection at the first question: %s",
		     secure ? "is it Kafka, and of 0.10 or later?" :
			      "perhaps this listener speaks TLS (say tls: true), or it is not Kafka");
	else if (kafka->step == STEP_LOGIN)
		fail(kafka, FAILURE_CREDENTIALS, "closed the connection at SaslAuthenticate: check auth of this service");
	else if (kafka->step == STEP_METADATA && !login)
		fail(kafka, FAILURE_CREDENTIALS, "closed the connection at Metadata: perhaps this listener wants a SASL "
		     "login; then give auth: {basic: {user: …, password: …}}");
	else
		return false;
	return true;
}

static void reset(struct talk *talk)
{
	struct kafka_talk *kafka = (struct kafka_talk *)talk;

	scram_job_drop(kafka->making);
	kafka->making = NULL;
	kafka_login_end(&kafka->login);
}

static const struct talk_protocol protocol = {
	.size = sizeof(struct kafka_talk),
	.most = KAFKA_ANSWER_MOST,
	.opened = opened,
	.received = received,
	.closed = closed,
	.reset = reset,
};

TALK_PROBE(kafka);
