/* The prober: a probe for each check that was ever started, found by the check's id, so that its
 * connection and evidence outlive a reload. A probe is made at its check's first run. Invariant:
 * each started run ends in exactly one `finished`, on a later turn. See probe.h. */
#include "probe/run.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/scrub.h"
#include "net/http.h"

/* Behind its run by no more than this, a try has all the time of its run. */
#define AT_ONCE_NS (10 * NS_PER_MS)
#define RETRY_PAUSE_NS (100 * NS_PER_MS)
/* What is left of the time must be worth a try. */
#define RETRY_LEAST_NS (20 * NS_PER_MS)

static const struct probe_type *const types[CHECK_TYPE_COUNT] = {
	[CHECK_TYPE_HTTP] = &probe_http,
	[CHECK_TYPE_ROUTE] = &probe_route,
	[CHECK_TYPE_OPENAPI] = &probe_openapi,
	[CHECK_TYPE_CORS] = &probe_cors,
	[CHECK_TYPE_WEBSOCKET] = &probe_websocket,
	[CHECK_TYPE_SOCKETIO] = &probe_socketio,
	[CHECK_TYPE_GRPC] = &probe_grpc,
	[CHECK_TYPE_TCP] = &probe_tcp,
	[CHECK_TYPE_TLS] = &probe_tls,
	[CHECK_TYPE_DNS] = &probe_dns,
	[CHECK_TYPE_POSTGRES] = &probe_postgres,
	[CHECK_TYPE_MYSQL] = &probe_mysql,
	[CHECK_TYPE_REDIS] = &probe_redis,
	[CHECK_TYPE_MEMCACHED] = &probe_memcached,
	[CHECK_TYPE_KAFKA] = &probe_kafka,
	[CHECK_TYPE_ZOOKEEPER] = &probe_zookeeper,
	[CHECK_TYPE_AMQP] = &probe_amqp,
	[CHECK_TYPE_MQTT] = &probe_mqtt,
	[CHECK_TYPE_CONTAINER] = &probe_container,
	[CHECK_TYPE_COMMAND] = &probe_command,
	[CHECK_TYPE_FLOW] = &probe_flow,
	[CHECK_TYPE_PROMETHEUS] = &probe_prometheus,
};

/* The schedule spreads checks by id modulo interval: those of one group are asked one after the
 * other, so that what libcurl does once a second for all connections of a multi is done once a
 * round and not each second. */
size_t probe_group(const struct probe *probe)
{
	const struct check *check = probe->check;
	uint64_t interval = check->interval_ns > 0 ? (uint64_t)check->interval_ns : 1;
	double at = (double)(check->id % interval) / (double)interval;

	return (size_t)(at * (double)probe->prober->groups);
}

static void add_token(void *context, const char *token)
{
	redactor_add_passing(context, token);
}

const struct redactor *probe_redactor(const struct probe *probe)
{
	struct prober *prober = probe->prober;
	struct fleet *fleet = probe->pinned != NULL ? probe->pinned : prober->fleet;
	uint64_t tokens = net_tokens(prober->net, NULL, NULL);

	if (tokens != 0 && fleet->redactor != NULL &&
	    (tokens != prober->tokens || fleet != prober->tokens_of)) {
		(void)net_tokens(prober->net, add_token, fleet->redactor);
		prober->tokens = tokens;
		prober->tokens_of = fleet;
	}
	return fleet->redactor;
}

void probe_sentence(const struct probe *probe, const char *rest, struct strbuf *out)
{
	const struct check *check = probe->check;
	const struct redactor *redactor = probe_redactor(probe);
	struct strbuf said, redacted;

	/* Cut only after it was redacted. */
	strbuf_init(&said, LIMIT_BODY);
	strbuf_init(&redacted, LIMIT_BODY);
	strbuf_addf(&said, "%s %s%s%s %s", check_type_info(check->type)->name,
		    check->method != NULL ? check->method : "", check->method != NULL ? " " : "",
		    check->target, rest);
	if (redactor != NULL && !redactor_empty(redactor))
		redact(redactor, &redacted, said.data, said.len);
	else
		strbuf_add(&redacted, said.data, said.len);
	scrub(out, redacted.data, redacted.len, SCRUB_LINE);
	strbuf_release(&said);
	strbuf_release(&redacted);
}

/* --- ends --------------------------------------------------------------------------------- */

static void probe_free(struct probe *probe)
{
	struct prober *prober = probe->prober;
	struct probe *last = prober->all.at[--prober->all.len];

	prober->all.at[probe->index] = last;
	last->index = probe->index;
	idmap_remove(prober->by_id, probe->id);
	probe->type->release(probe);
	fleet_unref(probe->pinned);
	free(probe->sentence);
	/* What it kept of a log-in for the next one goes with it. */
	explicit_bzero(probe, probe->type->size);
	free(probe);
}

/* Moves an idle probe to the prober's fleet; false where it has to be made anew. */
static bool rebind(struct probe *probe, const struct check *check)
{
	bool same = check_same_question(probe->check, check);

	if (same) {
		probe->check = check;
		if (probe->type->rebind != NULL)
			probe->type->rebind(probe);
	}
	fleet_unref(probe->pinned);
	probe->pinned = NULL;
	return same;
}

/* After a run: lets go of an older fleet, or of itself. */
static void settle(struct probe *probe)
{
	const struct check *check;

	if (probe->gone) {
		probe_free(probe);
	} else if (probe->pinned != NULL) {
		check = fleet_check(probe->prober->fleet, probe->id);
		if (check == NULL || !rebind(probe, check))
			probe_free(probe);
	}
}

/* --- tries ---------------------------------------------------------------------------------- */

int64_t probe_time_left(const struct probe *probe)
{
	int64_t left_ns = probe->deadline.ns - net_now(probe->prober->net).ns;
	int64_t whole_ns = probe->check->timeout_ns;

	/* A try begins a moment behind its run, on a busy host some milliseconds, and "timed out after 3s"
	 * is what a person configured. */
	if (whole_ns - left_ns <= whole_ns / 32 && whole_ns - left_ns <= AT_ONCE_NS)
		return whole_ns;
	return left_ns > 0 ? (left_ns + NS_PER_MS - 1) / NS_PER_MS * NS_PER_MS : 1;
}

/* What another try may find otherwise. Refused credentials are not put again: that locks accounts. */
static bool worth_a_try(enum failure failure)
{
	return failure != FAILURE_NONE && failure != FAILURE_CONFIG && failure != FAILURE_READ_ONLY &&
	       failure != FAILURE_STALE && failure != FAILURE_CREDENTIALS;
}

/* True where the run goes on with another try, after a pause that doubles. */
static bool try_again(struct probe *probe, const struct sample *sample)
{
	struct prober *prober = probe->prober;
	int64_t retries = check_number(probe->check, CHECK_KEY_RETRIES, 0);
	int64_t pause_ns = RETRY_PAUSE_NS << (probe->tries < 5 ? probe->tries - 1 : 4);

	if (!worth_a_try(sample->failure) || probe->tries > retries || probe->gone ||
	    probe_time_left(probe) < pause_ns + RETRY_LEAST_NS)
		return false;
	probe->tries++;
	probe->pausing = true;
	probe->try_at.ns = net_now(prober->net).ns + pause_ns;
	vec_push(&prober->pausing, probe);
	if (prober->pausing.len == 1 || probe->try_at.ns < prober->next_try.ns) {
		prober->next_try = probe->try_at;
		net_timer_set(prober->try_timer, prober->next_try);
	}
	return true;
}

static void on_try(void *context)
{
	struct prober *prober = context;
	int64_t now = net_now(prober->net).ns;
	size_t kept = 0, count = prober->pausing.len;

	prober->next_try.ns = INT64_MAX;
	for (size_t i = 0; i < count; i++) {
		struct probe *probe = prober->pausing.at[i];

		if (probe->try_at.ns <= now) {
			probe->pausing = false;
			probe->type->start(probe);
			continue;
		}
		if (probe->try_at.ns < prober->next_try.ns)
			prober->next_try = probe->try_at;
		prober->pausing.at[kept++] = probe;
	}
	prober->pausing.len = kept;
	if (kept != 0)
		net_timer_set(prober->try_timer, prober->next_try);
}

/* Stops asking, also where it pauses between two tries. */
static void stop(struct probe *probe)
{
	struct prober *prober = probe->prober;
	size_t i = 0;

	if (!probe->pausing) {
		probe->type->cancel(probe);
		return;
	}
	while (prober->pausing.at[i] != probe)
		i++;
	prober->pausing.at[i] = prober->pausing.at[--prober->pausing.len];
	probe->pausing = false;
}

/* Says that it was not the first try: how many there were, as a value and behind the failure. */
static void tell_tries(const struct probe *probe, struct sample *sample, struct arena *arena)
{
	struct sample_value *values;

	if (check_number(probe->check, CHECK_KEY_RETRIES, 0) == 0)
		return;
	values = arena_array(arena, sample->value_count + 1, sizeof(*values));
	if (sample->value_count != 0)
		memcpy(values, sample->values, sample->value_count * sizeof(*values));
	values[sample->value_count++] = (struct sample_value){
		.subject = SUBJECT_TRIES, .value = value_number(probe->tries)};
	sample->values = values;
	if (sample->failure != FAILURE_NONE && sample->message != NULL && probe->tries > 1)
		sample->message =
			arena_printf(arena, "%s (the last of %d tries)", sample->message, probe->tries);
}

void sample_take_refusal(struct sample *sample, const struct check *check)
{
	if (!sample->refused || sample->failure == FAILURE_NONE || check_holds(check, sample->refused_as))
		return;
	sample->failure = FAILURE_NONE;
	sample->failed_phase = PHASE_NONE;
}

void probe_finish(struct probe *probe, struct sample *sample)
{
	struct prober *prober = probe->prober;
	struct arena arena;
	uint64_t id = probe->id;

	sample_take_refusal(sample, probe->check);
	if (try_again(probe, sample))
		return;
	arena_init(&arena);
	sample_clean(sample, probe_redactor(probe), &arena);
	tell_tries(probe, sample, &arena);
	sample->check_id = id;
	if (sample->observed_at.ns == 0)
		sample->observed_at = clock_wall();
	sample->delivered_at = net_now(prober->net);
	probe->running = false;
	prober->running--;
	prober->events.deliver(prober->events.context, sample);
	arena_release(&arena);
	settle(probe);
	prober->events.finished(prober->events.context, id);
}

static void end_soon(struct probe *probe, enum probe_end end)
{
	struct prober *prober = probe->prober;

	if (probe->end == PROBE_END_NONE)
		vec_push(&prober->ending, probe);
	probe->end = end;
	net_timer_set(prober->ending_timer, (struct mono_time){0});
}

void probe_fail_soon(struct probe *probe, enum failure failure, const char *rest)
{
	struct strbuf sentence;

	strbuf_init(&sentence, LIMIT_MESSAGE);
	probe_sentence(probe, rest, &sentence);
	free(probe->sentence);
	probe->sentence = strbuf_detach(&sentence);
	probe->failure = failure;
	end_soon(probe, PROBE_END_FAILED);
}

static void end_now(struct probe *probe)
{
	struct prober *prober = probe->prober;
	enum probe_end end = probe->end;
	uint64_t id = probe->id;
	struct sample sample = {.failure = probe->failure, .failed_phase = PHASE_NONE,
				.latency_ns = -1, .phases = phases_unmeasured(),
				.message = probe->sentence};

	probe->end = PROBE_END_NONE;
	if (end == PROBE_END_FAILED) {
		probe_finish(probe, &sample);
		return;
	}
	probe->running = false;
	prober->running--;
	settle(probe);
	prober->events.finished(prober->events.context, id);
}

static void on_ending(void *context)
{
	struct prober *prober = context;
	size_t count = prober->ending.len;

	/* Runs that begin and end meanwhile are behind these and wait for the next turn. */
	for (size_t i = 0; i < count; i++)
		end_now(prober->ending.at[i]);
	prober->ending.len -= count;
	memmove(prober->ending.at, prober->ending.at + count,
		prober->ending.len * sizeof(*prober->ending.at));
}

/* --- life --------------------------------------------------------------------------------- */

static void plan(struct prober *prober)
{
	prober->groups = prober->fleet->check_count / NET_GROUP_TARGETS + 1;
	net_plan(prober->net, prober->groups);
}

struct prober *prober_new(struct net *net, struct fleet *fleet, const struct prober_events *events)
{
	struct prober *prober = xcalloc(1, sizeof(*prober));

	prober->net = net;
	prober->fleet = fleet_ref(fleet);
	prober->events = *events;
	prober->by_id = idmap_new();
	plan(prober);
	prober->questions = map_new();
	prober->ending_timer = net_timer_new(net, on_ending, prober);
	prober->try_timer = net_timer_new(net, on_try, prober);
	return prober;
}

void prober_free(struct prober *prober)
{
	if (prober == NULL)
		return;
	while (prober->all.len != 0) {
		struct probe *probe = prober->all.at[prober->all.len - 1];

		if (probe->running && probe->end == PROBE_END_NONE)
			stop(probe);
		probe_free(probe);
	}
	net_timer_free(prober->ending_timer);
	net_timer_free(prober->try_timer);
	vec_release(&prober->all);
	vec_release(&prober->ending);
	vec_release(&prober->pausing);
	map_free(prober->questions);
	idmap_free(prober->by_id);
	fleet_unref(prober->fleet);
	free(prober);
}

void prober_reload(struct prober *prober, struct fleet *fleet)
{
	struct fleet *old = prober->fleet;
	struct idmap *checks = idmap_new();

	prober->fleet = fleet_ref(fleet);
	plan(prober);
	for (size_t i = 0; i < fleet->check_count; i++)
		idmap_put(checks, fleet->checks[i].id, (void *)&fleet->checks[i]);
	for (size_t i = 0; i < fleet->observer_count; i++)
		idmap_put(checks, fleet->observers[i].id, (void *)&fleet->observers[i]);
	for (size_t i = prober->all.len; i-- > 0;) {
		struct probe *probe = prober->all.at[i];
		const struct check *check = idmap_get(checks, probe->id);

		if (probe->running) {
			if (probe->pinned == NULL)
				probe->pinned = fleet_ref(old);
			probe->gone = check == NULL;
			if (probe->gone)
				prober_cancel(prober, probe->id);
		} else if (check == NULL || !rebind(probe, check)) {
			probe_free(probe);
		}
	}
	idmap_free(checks);
	fleet_unref(old);
}

static struct probe *probe_new(struct prober *prober, const struct check *check)
{
	const struct probe_type *type = types[check->type];
	struct probe *probe = xcalloc(1, type->size);

	probe->magic = PROBE_MAGIC;
	probe->prober = prober;
	probe->id = check->id;
	probe->check = check;
	probe->type = type;
	probe->index = prober->all.len;
	vec_push(&prober->all, probe);
	idmap_put(prober->by_id, check->id, probe);
	return probe;
}

void prober_start(struct prober *prober, const struct check *check)
{
	struct probe *probe = idmap_get(prober->by_id, check->id);

	if (probe == NULL)
		probe = probe_new(prober, check);
	if (probe->running)
		return;
	probe->running = true;
	probe->tries = 1;
	probe->deadline.ns = net_now(prober->net).ns + check->timeout_ns;
	prober->running++;
	if (check->error != NULL)
		probe_fail_soon(probe, FAILURE_CONFIG, check->error);
	else
		probe->type->start(probe);
}

void prober_cancel(struct prober *prober, uint64_t check_id)
{
	struct probe *probe = idmap_get(prober->by_id, check_id);

	if (probe == NULL || !probe->running)
		return;
	if (probe->end == PROBE_END_NONE)
		stop(probe);
	end_soon(probe, PROBE_END_CANCELLED);
}

size_t prober_in_flight(const struct prober *prober)
{
	return prober->running;
}
