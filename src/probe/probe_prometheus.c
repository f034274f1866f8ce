/* `prometheus`: the present value of a query. Checks that put the same question to the same server
 * share one exchange: the first that is due asks, the others take its answer while it is younger than
 * half their interval and new to them, and each picks its own series. Invariant: nobody waits longer
 * than its own time-out, and a question without checks is gone. */
#include "probe/prometheus_answer.h"
#include "probe/run.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/scrub.h"
#include "base/units.h"

#define STALE_DEFAULT (300 * NS_PER_S)
#define KIND_SHOWN 40
#define ERROR_SHOWN 300
/* A check whose time is up so shortly before the exchange's waits for the exchange: that knows the
 * phase in which it hung. */
#define SLACK_NS (50 * NS_PER_MS)
#define SLICE_NS (3 * NS_PER_MS) /* of a turn of the loop that goes into ending runs */

struct prometheus_probe;
struct runs VEC_OF(struct prometheus_probe *);
struct question {
	unsigned refs;
	struct prober *prober;
	char *key;
	struct fleet *fleet;        /* the target's strings live here */
	struct http_target *target;
	struct http_run *run;       /* NULL: nobody asks */
	struct mono_time run_ends;
	struct net_timer *timer;
	struct runs waiting, ready; /* no answer yet; the newest answer is for them */
	int64_t due_ns;             /* the timer's */
	uint64_t number;            /* of the newest answer; 0 none yet */
	struct mono_time answered_at;
	/* The newest answer; `answer` is NULL where `failure` says why. */
	enum failure failure;
	enum phase failed_phase;
	char *message;
	int64_t latency_ns;
	struct phases phases;
	struct sample_value certs[PROBE_CERT_VALUES];
	size_t cert_count;
	struct arena arena;         /* of their strings */
	struct prometheus_answer *answer;
	struct exchange *exchange;
};

struct prometheus_probe {
	struct probe probe;
	struct question *question;  /* NULL before the first run */
	uint64_t taken;             /* number of the newest answer it was given */
	struct runs *in;            /* its question's waiting or ready; NULL: it does not run */
	size_t at;                  /* there */
	struct mono_time deadline;
	struct exchange *exchange;  /* its own evidence: the question's, and its series */
	struct exchange *made_from; /* whose body was replaced for it */
};

/* --- one check's share of the answer ------------------------------------------------------------ */

/* Redacted and harmless; the caller frees it. */
static char *clean(const struct probe *probe, const char *text, size_t len, size_t max,
		   unsigned flags)
{
	const struct redactor *redactor = probe_redactor(probe);
	struct strbuf redacted;
	char *out;

	strbuf_init(&redacted, 2 * max);
	if (redactor != NULL && !redactor_empty(redactor))
		redact(redactor, &redacted, text, len);
	else
		strbuf_add(&redacted, text, len);
	out = scrub_dup(redacted.data, redacted.len, max, flags);
	strbuf_release(&redacted);
	return out;
}

/* The exchange with this check's series in place of the whole body. */
static struct exchange *evidence(struct prometheus_probe *mine, const char *shown)
{
	struct exchange *base = mine->question->exchange;
	struct exchange draft;
	char *body;

	if (base == NULL)
		return NULL;
	body = clean(&mine->probe, shown, strlen(shown), LIMIT_BODY_KEPT, SCRUB_TEXT);
	if (mine->exchange == NULL || mine->made_from != base ||
	    strcmp(mine->exchange->body != NULL ? mine->exchange->body : "", body) != 0) {
		draft = *base;
		draft.body = body;
		draft.body_len = strlen(body);
		draft.body_cut = false;
		exchange_unref(mine->exchange);
		exchange_unref(mine->made_from);
		mine->exchange = exchange_new(&draft);
		mine->made_from = exchange_ref(base);
	}
	free(body);
	return mine->exchange;
}

/* Why there is no value, for the assertion that misses it. */
static void say_no_value(const struct check *check, const struct prometheus_answer *answer,
			 const struct prometheus_pick *pick, const char *shown, struct strbuf *out)
{
	size_t labels;

	(void)check_pairs(check, CHECK_KEY_SERIES, &labels);
	if (pick->count > 1)
		strbuf_addf(out, "%zu series match (%.*s …): narrow the query or say which with "
			    "'series', or make them one with sum(), min() or max()",
			    pick->count, (int)strcspn(shown, "\n"), shown);
	else if (pick->count == 1)
		strbuf_addf(out, "the series has no number (%.*s)", (int)strcspn(shown, "\n"), shown);
	else if (labels != 0 && json_first(answer->result) != NULL)
		strbuf_adds(out, "the query has series, but none with the labels of 'series'");
	else
		strbuf_adds(out, "no series matches the query");
}

static void add(struct sample *sample, struct sample_value *values, enum subject subject,
		struct value value)
{
	values[sample->value_count++] = (struct sample_value){.subject = subject, .value = value};
}

/* The value, and whether it is too old to be one. */
static void measure(const struct prometheus_probe *mine, const struct prometheus_pick *pick,
		    struct sample *sample, struct sample_value *values, struct strbuf *rest)
{
	int64_t stale_ns =
		check_number(mine->probe.check, CHECK_KEY_STALE, STALE_DEFAULT);

	add(sample, values, SUBJECT_SERIES, value_number((double)pick->count));
	if (pick->has_number)
		add(sample, values, SUBJECT_VALUE, value_number(pick->value));
	if (!pick->has_age)
		return;
	add(sample, values, SUBJECT_AGE, value_duration(pick->age_ns));
	sample->observed_at.ns = clock_wall().ns - pick->age_ns;
	if (pick->age_ns <= stale_ns)
		return;
	sample->failure = FAILURE_STALE;
	strbuf_adds(rest, "has a value that is ");
	duration_format(rest, pick->age_ns);
	strbuf_adds(rest, " old, and more than ");
	duration_format(rest, stale_ns);
	strbuf_adds(rest, " is no answer ('stale'): nothing newer has come to the server");
}

/* Why there is no answer. The exchange may have had less time than the check: it shares it. */
static void add_message(const struct prometheus_probe *mine, struct strbuf *out)
{
	const char *message = mine->question->message;
	const char *phase = mine->question->failure == FAILURE_TIMEOUT ? strstr(message, " in phase ") : NULL;

	if (phase == NULL) {
		strbuf_adds(out, message);
		return;
	}
	strbuf_adds(out, "timed out after ");
	duration_format(out, mine->probe.check->timeout_ns);
	strbuf_adds(out, phase);
}

/* Ends the run with the question's newest answer. */
static void deliver(struct prometheus_probe *mine)
{
	const struct question *question = mine->question;
	const struct check *check = mine->probe.check;
	struct sample_value values[3 + PROBE_CERT_VALUES];
	struct sample sample = {.failure = question->failure,
				.failed_phase = question->failed_phase,
				.latency_ns = question->latency_ns,
				.phases = question->phases,
				.values = values,
				.exchange = question->exchange};
	struct strbuf rest, sentence, shown;
	char *words = NULL;

	strbuf_init(&rest, PROBE_RAW);
	strbuf_init(&sentence, LIMIT_MESSAGE);
	strbuf_init(&shown, PROBE_RAW);
	for (size_t i = 0; i < question->cert_count; i++)
		values[sample.value_count++] = question->certs[i];
	if (question->answer != NULL) {
		size_t count;
		const struct name_value *labels = check_pairs(check, CHECK_KEY_SERIES, &count);
		struct prometheus_pick pick =
			prometheus_pick(question->answer, labels, count, &shown);

		measure(mine, &pick, &sample, values, &rest);
		sample.exchange = evidence(mine, shown.data);
		if (!pick.has_number) {
			say_no_value(check, question->answer, &pick, shown.data, &rest);
			words = clean(&mine->probe, rest.data, rest.len, LIMIT_MESSAGE,
				      SCRUB_LINE);
			sample.message = words;
		}
	} else {
		add_message(mine, &rest);
	}
	if (sample.failure != FAILURE_NONE) {
		strbuf_reset(&sentence);
		probe_sentence(&mine->probe, rest.data, &sentence);
		sample.message = sentence.data;
	}
	mine->taken = question->number;
	probe_finish(&mine->probe, &sample);
	strbuf_release(&rest);
	strbuf_release(&sentence);
	strbuf_release(&shown);
	free(words);
}

static void time_out(struct prometheus_probe *mine)
{
	int64_t timeout_ns = mine->probe.check->timeout_ns;
	struct sample sample = {.failure = FAILURE_TIMEOUT,
				.failed_phase = PHASE_WAIT,
				.latency_ns = timeout_ns,
				.phases = phases_unmeasured()};
	struct strbuf rest, sentence;

	strbuf_init(&rest, LIMIT_MESSAGE);
	strbuf_init(&sentence, LIMIT_MESSAGE);
	strbuf_adds(&rest, "timed out after ");
	duration_format(&rest, timeout_ns);
	strbuf_adds(&rest, ": the exchange that it shares with other checks still waits");
	probe_sentence(&mine->probe, rest.data, &sentence);
	sample.message = sentence.data;
	probe_finish(&mine->probe, &sample);
	strbuf_release(&rest);
	strbuf_release(&sentence);
}

/* --- who waits ----------------------------------------------------------------------------------- */

static void question_unref(struct question *question);

/* When the question has to look at a check that waits: not before the exchange ends, if that is in its time. */
static int64_t due_of(const struct prometheus_probe *mine)
{
	const struct question *question = mine->question;
	bool covered = question->run != NULL && question->run_ends.ns <= mine->deadline.ns + SLACK_NS;

	if (mine->in == &question->ready)
		return net_now(question->prober->net).ns;
	return covered ? INT64_MAX : mine->deadline.ns;
}

static void arm(struct question *question, int64_t due_ns)
{
	question->due_ns = due_ns;
	if (due_ns == INT64_MAX)
		net_timer_stop(question->timer);
	else
		net_timer_set(question->timer, (struct mono_time){due_ns});
}

static void arm_for_all(struct question *question)
{
	int64_t due_ns = question->ready.len != 0 ? due_of(question->ready.at[0]) : INT64_MAX;

	for (size_t i = 0; i < question->waiting.len && question->ready.len == 0; i++) {
		int64_t at = due_of(question->waiting.at[i]);

		if (at < due_ns)
			due_ns = at;
	}
	arm(question, due_ns);
}

static void enter(struct prometheus_probe *mine, struct runs *runs)
{
	mine->in = runs;
	mine->at = runs->len;
	vec_push(runs, mine);
}

/* Out of its list; the last one there takes its place. */
static void leave(struct prometheus_probe *mine)
{
	struct prometheus_probe *last = mine->in->at[--mine->in->len];

	mine->in->at[mine->at] = last;
	last->at = mine->at;
	mine->in = NULL;
}

static void move(struct prometheus_probe *mine, struct runs *runs)
{
	leave(mine);
	enter(mine, runs);
}

static void stop_if_unwanted(struct question *question)
{
	if (question->run == NULL || question->waiting.len != 0)
		return;
	http_cancel(question->run);
	question->run = NULL;
}

/* One whose run ends now; NULL where all others wait. */
static struct prometheus_probe *next_over(struct question *question)
{
	int64_t now = net_now(question->prober->net).ns;

	if (question->ready.len != 0)
		return question->ready.at[question->ready.len - 1];
	for (size_t i = 0; i < question->waiting.len; i++)
		if (due_of(question->waiting.at[i]) <= now)
			return question->waiting.at[i];
	return NULL;
}

/* Ends the runs that are over, as many as a slice allows: the rest have the next turns. An end may
 * start runs, end others or the question itself. */
static void serve(struct question *question)
{
	int64_t slice_ends = clock_mono().ns + SLICE_NS;
	struct prometheus_probe *mine;

	question->refs++;
	while ((mine = next_over(question)) != NULL && clock_mono().ns < slice_ends) {
		bool ready = mine->in == &question->ready;

		leave(mine);
		stop_if_unwanted(question);
		if (ready)
			deliver(mine);
		else
			time_out(mine);
	}
	arm_for_all(question);
	question_unref(question);
}

static void on_timer(void *context)
{
	serve(context);
}

/* --- the exchange -------------------------------------------------------------------------------- */

static void forget_answer(struct question *question)
{
	prometheus_free(question->answer);
	free(question->message);
	exchange_unref(question->exchange);
	arena_release(&question->arena);
	arena_init(&question->arena);
	question->cert_count = 0;
	question->answer = NULL;
	question->message = NULL;
	question->exchange = NULL;
}

static void refuse(struct question *question, enum failure failure, struct strbuf *words)
{
	question->failure = failure;
	question->failed_phase = PHASE_RECEIVE;
	question->message = strbuf_detach(words);
	prometheus_free(question->answer);
	question->answer = NULL;
}

/* What is no answer of the API. */
static void judge_foreign(struct question *question, const struct http_result *result,
			  const char *why, struct strbuf *words)
{
	size_t blanks = strspn(result->body, " \t\r\n");
	const char *what = result->body_len == 0		  ? "no body"
			   : result->body[blanks] == '<' ? "a page of HTML"
							  : why;

	strbuf_addf(words, "answered %d with %s", result->status, what);
	if (result->status == 401 || result->status == 403) {
		strbuf_adds(words, ": the server refuses these credentials; check 'auth' and 'headers'");
		refuse(question, FAILURE_CREDENTIALS, words);
	} else if (result->status == 404) {
		strbuf_adds(words, ": there is no /api/v1/query; 'server' is the base of the API "
				   "(of Mimir with its /prometheus)");
		refuse(question, FAILURE_PROTOCOL, words);
	} else if (result->status >= 500) {
		strbuf_adds(words, ": the server, or a proxy before it, is not well");
		refuse(question, FAILURE_SERVER, words);
	} else {
		strbuf_adds(words, ": that is not Prometheus's API; check 'server'");
		refuse(question, FAILURE_PROTOCOL, words);
	}
}

static void quote(const struct question *question, struct strbuf *out, const char *text, size_t most)
{
	redact_quote(question->fleet->redactor, out, text, strlen(text), most);
}

/* What the API says itself: it refuses, or gives what is no present value. */
static void judge_answer(struct question *question, const struct http_result *result,
			 struct strbuf *words)
{
	const struct prometheus_answer *answer = question->answer;

	if (answer->error != NULL) {
		strbuf_addf(words, "is refused with %d ", result->status);
		quote(question, words, answer->error_type, KIND_SHOWN);
		strbuf_adds(words, ": ");
		quote(question, words, answer->error, ERROR_SHOWN);
		refuse(question,
		       result->status == 401 || result->status == 403 ? FAILURE_CREDENTIALS
								      : FAILURE_SERVER,
		       words);
	} else if (strcmp(answer->kind, "vector") != 0 && strcmp(answer->kind, "scalar") != 0) {
		strbuf_adds(words, "is of the type ");
		quote(question, words, answer->kind, KIND_SHOWN);
		strbuf_adds(words, ", not one moment's value; ask for one, as with last_over_time()");
		refuse(question, FAILURE_PROTOCOL, words);
	} else if (answer->too_many_labels) {
		strbuf_addf(words, "has a series of more than %d labels, which is not read: narrow the query, as with "
				   "sum by (job)",
			    LIMIT_PROMETHEUS_LABELS);
		refuse(question, FAILURE_TOO_LARGE, words);
	}
}

static void take(struct question *question, struct http_run *run, const struct http_result *result)
{
	struct strbuf words, err;

	forget_answer(question);
	question->number++;
	question->answered_at = net_now(question->prober->net);
	question->failure = result->failure;
	question->failed_phase = result->failed_phase;
	question->latency_ns = result->latency_ns;
	question->phases = result->phases;
	question->cert_count = probe_cert_values(result->certs, result->cert_count,
						 question->certs, &question->arena);
	question->exchange = http_evidence(run, result, question->fleet->redactor);
	strbuf_init(&words, PROBE_RAW);
	strbuf_init(&err, PROBE_RAW);
	if (result->failure != FAILURE_NONE) {
		question->message = xstrdup(result->message);
	} else if (result->body_cut) {
		strbuf_adds(&words, "has an answer of more than ");
		bytes_format(&words, LIMIT_PROMETHEUS);
		strbuf_adds(&words, ": narrow the query");
		refuse(question, FAILURE_TOO_LARGE, &words);
	} else {
		question->answer = prometheus_read(result->body, result->body_len, &err);
		if (question->answer == NULL)
			judge_foreign(question, result, err.data, &words);
		else
			judge_answer(question, result, &words);
	}
	strbuf_release(&words);
	strbuf_release(&err);
}

static struct http_options options_of(const struct probe *probe)
{
	struct http_options options = probe_http_options(probe, "GET");

	options.body_max = LIMIT_PROMETHEUS;
	return options;
}

static void on_answer(void *context, struct http_run *run, const struct http_result *result);

/* Where the check's strings live. */
static struct fleet *fleet_of(const struct probe *probe)
{
	return probe->pinned != NULL ? probe->pinned : probe->prober->fleet;
}

/* The exchange gets the time of the one who asks; who joins and has more of it asks again. */
static void ask(struct prometheus_probe *mine)
{
	struct question *question = mine->question;
	struct prober *prober = mine->probe.prober;
	int64_t left_ns = mine->deadline.ns - net_now(prober->net).ns;

	if (question->fleet != fleet_of(&mine->probe)) {
		struct http_options options = options_of(&mine->probe);

		http_target_rebind(question->target, &options);
		fleet_unref(question->fleet);
		question->fleet = fleet_ref(fleet_of(&mine->probe));
	}
	question->run_ends = mine->deadline;
	question->run = http_start(question->target, left_ns > 0 ? left_ns : 1, on_answer, question);
}

static void on_answer(void *context, struct http_run *run, const struct http_result *result)
{
	struct question *question = context;

	int64_t now = net_now(question->prober->net).ns;

	question->run = NULL;
	take(question, run, result);
	while (question->ready.len != 0)
		move(question->ready.at[0], &question->waiting);
	for (size_t i = question->waiting.len; i-- != 0;) {
		struct prometheus_probe *mine = question->waiting.at[i];

		if (result->failure != FAILURE_TIMEOUT || mine->deadline.ns <= now + SLACK_NS)
			move(mine, &question->ready);
		else if (question->run == NULL)
			ask(mine);
	}
	serve(question);
}

/* --- questions by their key ---------------------------------------------------------------------- */

/* All that makes two exchanges the same; holds secrets, and is never shown. */
static char *key_of(const struct check *check)
{
	const struct tls_options *tls = check_tls(check);
	const char *parts[] = {check->url, check->unix_path, check->proxy, tls->ca, tls->cert, tls->key,
			       tls->server_name, check_auth(check)->user, check_auth(check)->secret,
			       check_auth(check)->token_url, check_auth(check)->scope, check_auth(check)->audience};
	struct strbuf key;

	strbuf_init(&key, LIMIT_CONFIG_SCALAR * 8);
	strbuf_addf(&key, "%d %d", (int)check_auth(check)->kind, tls->verify);
	for (size_t i = 0; i < BASE_LEN(parts); i++)
		strbuf_addf(&key, "\n%s", parts[i] != NULL ? parts[i] : "\t");
	for (size_t i = 0; i < check->header_count; i++)
		strbuf_addf(&key, "\n%s: %s", check->headers[i].name, check->headers[i].value);
	return strbuf_detach(&key);
}

static void question_unref(struct question *question)
{
	if (question == NULL || --question->refs != 0)
		return;
	if (question->run != NULL)
		http_cancel(question->run);
	map_remove(question->prober->questions, question->key);
	forget_answer(question);
	http_target_free(question->target);
	net_timer_free(question->timer);
	fleet_unref(question->fleet);
	vec_release(&question->waiting);
	vec_release(&question->ready);
	free(question->key);
	free(question);
}

/* NULL with a sentence where the URL is none. */
static struct question *question_new(struct probe *probe, char *key, struct strbuf *err)
{
	struct prober *prober = probe->prober;
	struct http_options options = options_of(probe);
	struct http_target *target = http_target_new(prober->net, &options, err);
	struct question *question;

	if (target == NULL) {
		free(key);
		return NULL;
	}
	question = xcalloc(1, sizeof(*question));
	question->refs = 1;
	question->prober = prober;
	question->key = key;
	question->fleet = fleet_ref(fleet_of(probe));
	question->target = target;
	question->timer = net_timer_new(prober->net, on_timer, question);
	question->due_ns = INT64_MAX;
	map_put(prober->questions, key, question);
	return question;
}

static bool join(struct prometheus_probe *mine)
{
	char *key = key_of(mine->probe.check);
	struct strbuf err;

	mine->question = map_get(mine->probe.prober->questions, key);
	if (mine->question != NULL) {
		mine->question->refs++;
		free(key);
		return true;
	}
	strbuf_init(&err, LIMIT_MESSAGE);
	mine->question = question_new(&mine->probe, key, &err);
	if (mine->question == NULL)
		probe_fail_soon(&mine->probe, FAILURE_CONFIG, err.data);
	strbuf_release(&err);
	return mine->question != NULL;
}

/* --- life ---------------------------------------------------------------------------------------- */

static void start(struct probe *probe)
{
	struct prometheus_probe *mine = (struct prometheus_probe *)probe;
	struct mono_time now = net_now(probe->prober->net);
	struct question *question;
	bool answered;

	if (mine->question == NULL && !join(mine))
		return;
	question = mine->question;
	mine->deadline.ns = now.ns + probe_time_left(probe);
	answered = question->number > mine->taken &&
		   now.ns - question->answered_at.ns < probe->check->interval_ns / 2;
	enter(mine, answered ? &question->ready : &question->waiting);
	if (!answered && question->run == NULL)
		ask(mine);
	if (due_of(mine) < question->due_ns)
		arm(question, due_of(mine));
}

static void cancel(struct probe *probe)
{
	struct prometheus_probe *mine = (struct prometheus_probe *)probe;

	if (mine->in == NULL)
		return;
	leave(mine);
	stop_if_unwanted(mine->question);
	arm_for_all(mine->question);
}

/* The question moves to the new fleet's memory when it is put next. */
static void rebind(struct probe *probe)
{
	(void)probe;
}

static void release(struct probe *probe)
{
	struct prometheus_probe *mine = (struct prometheus_probe *)probe;

	exchange_unref(mine->exchange);
	exchange_unref(mine->made_from);
	question_unref(mine->question);
}

const struct probe_type probe_prometheus = {
	.size = sizeof(struct prometheus_probe),
	.start = start,
	.cancel = cancel,
	.rebind = rebind,
	.release = release,
};
