/* `cors`: does what a browser does for a page on another origin: the preflight, where it would send one,
 * then the request itself, and judges both answers by its rules. A request that could change something is
 * put bare: no headers, auth or body of the service. Invariant: after a preflight that fails nothing else
 * is asked, as in a browser. See run.h. */
#include "probe/cors_rules.h"
#include "probe/run.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "base/userinfo.h"

#include <ctype.h>
#include <strings.h>

#define VALUES_MAX (6 + PROBE_CERT_VALUES)
#define HEADER_MAX 4096
#define LOCATION_SHOWN 160
#define WORDS_MAX 100 /* of a body that is one short sentence */

struct cors_probe {
	struct probe probe;
	struct cors_question question;
	struct name_value *asked; /* headers of the preflight, then those of the request */
	size_t preflight_headers, request_headers;
	char *wanted;             /* value of Access-Control-Request-Headers; NULL */
	char *bare_url;           /* of the preflight: without user and password */
	struct http_target *preflight, *request;
	struct http_run *run;
	struct mono_time began;
	/* What was found in this run. */
	int preflight_status;
	struct strbuf rule, unvaried;
	struct exchange *exchange;
};

/* --- the question ------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "CORS-unsafe request-header names": small letters, sorted, no blank between them. */
static char *join_names(const char *const *names, size_t count)
{
	char **sorted = xcalloc(count != 0 ? count : 1, sizeof(*sorted));
	struct strbuf joined;

	strbuf_init(&joined, HEADER_MAX);
	for (size_t i = 0; i < count; i++) {
		sorted[i] = xstrdup(names[i]);
		for (char *at = sorted[i]; *at != '\0'; at++)
			*at = (char)tolower((unsigned char)*at);
	}
	qsort(sorted, count, sizeof(*sorted), compare_names);
	for (size_t i = 0; i < count; i++) {
		strbuf_addf(&joined, "%s%s", i != 0 ? "," : "", sorted[i]);
		free(sorted[i]);
	}
	free(sorted);
	return strbuf_detach(&joined);
}

/* A page that writes sends JSON, unless its check says otherwise. */
static void read_question(struct cors_probe *cors)
{
	static const char *const json[] = {"content-type"};
	const struct check *check = cors->probe.check;
	struct cors_question *question = &cors->question;

	*question = (struct cors_question){
		.origin = check_text(check, CHECK_KEY_ORIGIN, ""),
		.method = check->method,
		.credentials = check_flag(check, CHECK_KEY_CREDENTIALS, false)};
	question->headers =
		check_texts(check, CHECK_KEY_REQUEST_HEADERS, &question->header_count);
	question->expose = check_texts(check, CHECK_KEY_EXPOSE, &question->expose_count);
	if (question->headers == NULL &&
	    (strcmp(check->method, "POST") == 0 || strcmp(check->method, "PUT") == 0 ||
	     strcmp(check->method, "PATCH") == 0)) {
		question->headers = json;
		question->header_count = 1;
	}
}

/* Both lists of headers in one allocation; strings are the check's, `wanted` and `bare_url` are ours. */
static void read_headers(struct cors_probe *cors)
{
	const struct check *check = cors->probe.check;
	const struct cors_question *question = &cors->question;
	struct name_value origin = {"Origin", question->origin};
	struct name_value *at;

	free(cors->asked);
	free(cors->wanted);
	free(cors->bare_url);
	cors->bare_url = userinfo_drop(check->url);
	cors->asked = at = xcalloc(check->header_count + 4, sizeof(*at));
	cors->wanted = question->header_count != 0
			       ? join_names(question->headers, question->header_count)
			       : NULL;
	*at++ = origin;
	*at++ = (struct name_value){"Access-Control-Request-Method", question->method};
	if (cors->wanted != NULL)
		*at++ = (struct name_value){"Access-Control-Request-Headers", cors->wanted};
	cors->preflight_headers = (size_t)(at - cors->asked);
	*at++ = origin;
	for (size_t i = 0; i < check->header_count; i++)
		if (strcasecmp(check->headers[i].name, "Origin") != 0)
			*at++ = check->headers[i];
	cors->request_headers = (size_t)(at - cors->asked) - cors->preflight_headers;
}

static struct http_options preflight_options(const struct cors_probe *cors)
{
	struct http_options options = probe_http_options(&cors->probe, "OPTIONS");

	options.headers = cors->asked;
	options.header_count = cors->preflight_headers;
	options.auth = NULL;
	options.url = cors->bare_url;
	return options;
}

static struct http_options request_options(const struct cors_probe *cors)
{
	struct http_options options = probe_http_options(&cors->probe, cors->probe.check->method);

	options.headers = cors->asked + cors->preflight_headers;
	options.header_count = cors->request_headers;
	return options;
}

/* --- the answers -------------------------------------------------------------------------- */

/* The headers of an answer that the rules speak of; strings live in `arena`. */
static struct cors_answer read_answer(const struct probe *probe, const struct http_run *run,
				      const struct http_result *result, struct arena *arena)
{
	struct cors_answer answer = {.status = result->status, .redactor = probe_redactor(probe)};
	const struct {
		const char *name;
		const char **value;
	} wanted[] = {
		{"Access-Control-Allow-Origin", &answer.allow_origin},
		{"Access-Control-Allow-Credentials", &answer.allow_credentials},
		{"Access-Control-Allow-Methods", &answer.allow_methods},
		{"Access-Control-Allow-Headers", &answer.allow_headers},
		{"Access-Control-Expose-Headers", &answer.expose_headers},
		{"Vary", &answer.vary},
		{"Location", &answer.location},
	};
	struct strbuf value;

	strbuf_init(&value, HEADER_MAX);
	for (size_t i = 0; i < BASE_LEN(wanted); i++) {
		strbuf_reset(&value);
		if (http_header(run, wanted[i].name, &value))
			*wanted[i].value = arena_strdup(arena, value.data);
	}
	strbuf_release(&value);
	if (result->body_len != 0 && result->body_len <= WORDS_MAX &&
	    memchr(result->body, '<', result->body_len) == NULL)
		answer.words = probe_quote(probe, arena, result->body, result->body_len, WORDS_MAX);
	if (answer.location != NULL)
		answer.location = probe_quote(probe, arena, answer.location, strlen(answer.location),
					      LOCATION_SHOWN);
	return answer;
}

static void add_value(struct sample *sample, struct sample_value *values, enum subject subject,
		      struct value value)
{
	values[sample->value_count++] = (struct sample_value){.subject = subject, .value = value};
}

/* Ends the run with what the last answer showed; `lost` is known only of the request's. */
static void end(struct cors_probe *cors, struct http_run *run, const struct http_result *result,
		const char *leg, const bool *lost, struct arena *arena)
{
	struct sample_value values[VALUES_MAX];
	struct strbuf rest, message;
	struct sample sample = {.failure = result->failure,
				.failed_phase = result->failed_phase,
				.latency_ns = net_now(cors->probe.prober->net).ns - cors->began.ns,
				.phases = result->phases,
				.values = values,
				.body = result->body,
				.body_len = result->body_len};

	strbuf_init(&rest, PROBE_RAW);
	strbuf_init(&message, LIMIT_MESSAGE);
	if (cors->preflight_status != 0)
		add_value(&sample, values, SUBJECT_PREFLIGHT_STATUS,
			  value_number(cors->preflight_status));
	if (lost != NULL) {
		add_value(&sample, values, SUBJECT_STATUS, value_number(result->status));
		add_value(&sample, values, SUBJECT_LOST_CORS, value_bool(*lost));
	}
	if (cors->rule.len != 0)
		add_value(&sample, values, SUBJECT_RULE, value_string(cors->rule.data));
	if (cors->unvaried.len != 0)
		add_value(&sample, values, SUBJECT_UNVARIED, value_string(cors->unvaried.data));
	sample.value_count += probe_cert_values(result->certs, result->cert_count,
						values + sample.value_count, arena);
	if (check_speaks_of(cors->probe.check, SUBJECT_HEADER))
		sample.headers = http_headers(run, arena, &sample.header_count);
	exchange_unref(cors->exchange);
	cors->exchange = sample.exchange = http_evidence(run, result, probe_redactor(&cors->probe));
	if (cors->rule.len != 0)
		strbuf_addf(&rest, "would be stopped by a browser: %s", cors->rule.data);
	else if (result->message != NULL)
		strbuf_addf(&rest, "in %s: %s", leg, result->message);
	if (rest.len != 0) {
		probe_sentence(&cors->probe, rest.data, &message);
		sample.message = message.data;
	}
	probe_finish(&cors->probe, &sample);
	strbuf_release(&rest);
	strbuf_release(&message);
}

static void on_request(void *context, struct http_run *run, const struct http_result *result)
{
	struct cors_probe *cors = context;
	struct cors_answer answer;
	struct arena arena;
	bool lost, answered = result->failure == FAILURE_NONE;

	CHECK_MAGIC(&cors->probe, PROBE_MAGIC);
	cors->run = NULL;
	arena_init(&arena);
	answer = read_answer(&cors->probe, run, result, &arena);
	lost = answered && cors_is_lost(&answer);
	if (answered)
		(void)cors_answer_holds(&cors->question, &answer, &cors->rule);
	if (answered && cors->rule.len == 0)
		(void)cors_is_unvaried(&cors->question, &answer, &cors->unvaried);
	end(cors, run, result, "the request", answered ? &lost : NULL, &arena);
	arena_release(&arena);
}

/* What the request itself answers, in the time that is left. */
static void ask_request(struct cors_probe *cors)
{
	cors->run = http_start(cors->request, probe_time_left(&cors->probe), on_request, cors);
}

static void on_preflight(void *context, struct http_run *run, const struct http_result *result)
{
	struct cors_probe *cors = context;
	struct cors_answer answer;
	struct arena arena;
	bool holds;

	CHECK_MAGIC(&cors->probe, PROBE_MAGIC);
	cors->run = NULL;
	cors->preflight_status = result->status;
	arena_init(&arena);
	answer = read_answer(&cors->probe, run, result, &arena);
	holds = result->failure == FAILURE_NONE &&
		cors_preflight_holds(&cors->question, &answer, &cors->rule);
	if (holds)
		ask_request(cors);
	else
		end(cors, run, result, "the preflight", NULL, &arena);
	arena_release(&arena);
}

/* --- life --------------------------------------------------------------------------------- */

static bool make_targets(struct cors_probe *cors)
{
	struct net *net = cors->probe.prober->net;
	struct http_options preflight, request;
	struct strbuf err;

	strbuf_init(&cors->rule, PROBE_RAW);
	strbuf_init(&cors->unvaried, PROBE_RAW);
	read_question(cors);
	read_headers(cors);
	preflight = preflight_options(cors);
	request = request_options(cors);
	strbuf_init(&err, LIMIT_MESSAGE);
	cors->request = http_target_new(net, &request, &err);
	if (cors->request != NULL)
		cors->preflight = http_target_new(net, &preflight, &err);
	if (cors->preflight == NULL)
		probe_fail_soon(&cors->probe, FAILURE_CONFIG, err.data);
	strbuf_release(&err);
	if (cors->preflight == NULL) {
		http_target_free(cors->request);
		cors->request = NULL;
	}
	return cors->preflight != NULL;
}

static void start(struct probe *probe)
{
	struct cors_probe *cors = (struct cors_probe *)probe;

	if (cors->request == NULL && !make_targets(cors))
		return;
	cors->began = net_now(probe->prober->net);
	cors->preflight_status = 0;
	strbuf_reset(&cors->rule);
	strbuf_reset(&cors->unvaried);
	if (cors_needs_preflight(&cors->question))
		cors->run = http_start(cors->preflight, probe_time_left(probe), on_preflight,
				       cors);
	else
		ask_request(cors);
}

static void cancel(struct probe *probe)
{
	struct cors_probe *cors = (struct cors_probe *)probe;

	if (cors->run != NULL)
		http_cancel(cors->run);
	cors->run = NULL;
}

static void rebind(struct probe *probe)
{
	struct cors_probe *cors = (struct cors_probe *)probe;
	struct http_options options;

	if (cors->request == NULL)
		return;
	read_question(cors);
	read_headers(cors);
	options = preflight_options(cors);
	http_target_rebind(cors->preflight, &options);
	options = request_options(cors);
	http_target_rebind(cors->request, &options);
}

static void release(struct probe *probe)
{
	struct cors_probe *cors = (struct cors_probe *)probe;

	http_target_free(cors->preflight);
	http_target_free(cors->request);
	exchange_unref(cors->exchange);
	strbuf_release(&cors->rule);
	strbuf_release(&cors->unvaried);
	free(cors->asked);
	free(cors->wanted);
	free(cors->bare_url);
}

const struct probe_type probe_cors = {
	.size = sizeof(struct cors_probe),
	.start = start,
	.cancel = cancel,
	.rebind = rebind,
	.release = release,
};
