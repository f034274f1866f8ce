/* `flow`: its steps one after the other, each an HTTP exchange or a visit to a WebSocket, with what the
 * steps before have captured. Whether a step is good is asked of the prober's owner (probe.h), since a
 * flow goes on only then. Invariants: a captured value is never shown, neither in the evidence nor in
 * the sentence; the first step that is not good ends the run. See run.h. */
#include "probe/visit.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/placeholder.h"
#include "base/units.h"

#include <strings.h>

#define VALUE_MOST (16u << 10) /* bytes of a captured value */
#define TEXT_MOST (256u << 10) /* of a text with the values in it */
#define EXACT_MOST 9007199254740991.0 /* 2^53 - 1: of a larger whole number a double may be another one */
#define STEP_VALUES (3 + PROBE_CERT_VALUES)

struct captured {
	const char *name;
	const char *value;
};

/* What lives no longer than a run. */
struct flow_run {
	size_t step;               /* under way */
	struct VEC_OF(struct captured) captured;
	struct redactor *secrets;  /* the captured values */
	struct http_target *target;
	struct http_run *run;
	struct visit *visit;
	struct mono_time began;
	struct arena arena;
	struct strbuf transcript;
	struct exchange *last;     /* of the last answer; masked by the fleet's secrets only */
	struct phases phases;
};
struct flow_probe {
	struct probe probe;
	struct flow_run *run;      /* while it runs */
};

static void start_step(struct flow_probe *mine);

static const struct flow_step *step_of(const struct flow_probe *mine)
{
	return &mine->probe.check->flow->steps[mine->run->step];
}

/* --- what is shown ------------------------------------------------------------------------- */

/* A text without the captured values, in the arena. */
static const char *mask(struct flow_run *run, const char *text)
{
	struct strbuf out;
	const char *kept;

	if (text == NULL || redactor_empty(run->secrets))
		return text;
	strbuf_init(&out, 4 * LIMIT_HEADERS);
	redact(run->secrets, &out, text, strlen(text));
	kept = arena_strdup(&run->arena, out.data);
	strbuf_release(&out);
	return kept;
}

static void keep_last(struct flow_run *run, struct exchange *exchange)
{
	struct exchange *old = run->last;

	run->last = exchange != NULL ? exchange_ref(exchange) : NULL;
	exchange_unref(old);
}

/* "login (POST http://…)": the address as configured, so without the values; of a step without a name of its
 * own what stands in its place, "http POST /login". */
static void add_step_name(const struct flow_step *step, struct strbuf *out)
{
	const struct check *check = step->check;
	const char *type = check_type_info(check->type)->name;
	size_t len = strlen(type);

	if (strncmp(check->name, type, len) == 0 && check->name[len] == ' ') {
		strbuf_adds(out, check->name);
		return;
	}
	strbuf_addf(out, "%s (%s%s%s)", check->name, check->method != NULL ? check->method : "",
		    check->method != NULL ? " " : "", check->target);
}

static void note_step(struct flow_probe *mine, const struct sample *sample, bool good)
{
	struct flow_run *run = mine->run;
	const struct flow_step *step = step_of(mine);
	const struct value *status = sample_value(sample, SUBJECT_STATUS, NULL);
	struct strbuf *out = &run->transcript;

	strbuf_addf(out, "%s%zu. ", out->len != 0 ? "\n" : "", run->step + 1);
	add_step_name(step, out);
	strbuf_adds(out, good ? ": good" : ": FAILED");
	if (status != NULL)
		strbuf_addf(out, ", status %.0f", status->as.number);
	strbuf_adds(out, ", ");
	duration_format(out, sample->latency_ns);
	for (size_t i = 0; good && i < step->capture_count; i++)
		strbuf_addf(out, "%s%s", i == 0 ? ", captured " : ", ", step->captures[i].name);
}

/* A good answer to a step that captures holds what is captured, and a cookie is a session. */
static bool holds_secrets(const struct flow_step *step, const struct exchange *exchange)
{
	return step->capture_count != 0 && exchange->http_status >= 200 && exchange->http_status <= 299;
}

static struct exchange *evidence(struct flow_run *run, const struct flow_step *step)
{
	struct exchange draft = {0};
	struct exchange_header *headers;

	if (run->last != NULL)
		draft = *run->last;
	headers = arena_array(&run->arena, draft.header_count, sizeof(*headers));
	for (size_t i = 0; i < draft.header_count; i++)
		headers[i] = (struct exchange_header){
			draft.headers[i].name,
			strcasecmp(draft.headers[i].name, "Set-Cookie") == 0
				? REDACT_MASK
				: mask(run, draft.headers[i].value)};
	draft.headers = headers;
	draft.request = mask(run, draft.request);
	draft.redirected_to = mask(run, draft.redirected_to);
	if (step != NULL && draft.body != NULL && !holds_secrets(step, &draft))
		strbuf_addf(&run->transcript, "\n\n%s", mask(run, draft.body));
	draft.body = run->transcript.data;
	draft.body_len = draft.body_size = run->transcript.len;
	draft.body_cut = run->transcript.truncated;
	return exchange_new(&draft);
}

/* --- ends ---------------------------------------------------------------------------------- */

static void run_free(struct flow_run *run)
{
	if (run == NULL)
		return;
	if (run->run != NULL)
		http_cancel(run->run);
	http_target_free(run->target);
	visit_cancel(run->visit);
	exchange_unref(run->last);
	redactor_free(run->secrets);
	vec_release(&run->captured);
	arena_release(&run->arena);
	strbuf_release(&run->transcript);
	free(run);
}

/* `failure` NONE: all steps were good; else `said` is what was wrong with the one under way. */
static void finish(struct flow_probe *mine, enum failure failure, enum phase phase, const char *said)
{
	struct flow_run *run = mine->run;
	bool failed = failure != FAILURE_NONE;
	struct exchange *exchange = evidence(run, failed ? step_of(mine) : NULL);
	struct sample_value values[2];
	struct strbuf rest, message;
	struct sample sample = {.failure = failure, .failed_phase = phase, .phases = run->phases,
				.latency_ns = net_now(mine->probe.prober->net).ns - run->began.ns,
				.values = values, .exchange = exchange};

	strbuf_init(&rest, PROBE_RAW);
	strbuf_init(&message, LIMIT_MESSAGE);
	values[sample.value_count++] = (struct sample_value){
		.subject = SUBJECT_STEPS, .value = value_number((double)run->step)};
	if (failed) {
		const struct flow_step *step = step_of(mine);

		values[sample.value_count++] = (struct sample_value){
			.subject = SUBJECT_FAILED_STEP, .value = value_string(step->check->name)};
		strbuf_adds(&rest, "failed in step ");
		add_step_name(step, &rest);
		strbuf_addf(&rest, ": %s", mask(run, said));
		probe_sentence(&mine->probe, rest.data, &message);
		sample.message = message.data;
	}
	/* Its strings live until the sample is delivered. */
	mine->run = NULL;
	probe_finish(&mine->probe, &sample);
	strbuf_release(&rest);
	strbuf_release(&message);
	exchange_unref(exchange);
	run_free(run);
}

/* A step that cannot be put at all. */
static void refuse(struct flow_probe *mine, const char *said)
{
	struct strbuf rest;

	if (mine->run->step != 0) {
		finish(mine, FAILURE_STEP, PHASE_NONE, said);
		return;
	}
	/* No run ends before its start returns. */
	strbuf_init(&rest, PROBE_RAW);
	strbuf_adds(&rest, "failed in step ");
	add_step_name(step_of(mine), &rest);
	strbuf_addf(&rest, ": %s", said);
	run_free(mine->run);
	mine->run = NULL;
	probe_fail_soon(&mine->probe, FAILURE_CONFIG, rest.data);
	strbuf_release(&rest);
}

/* --- capturing ----------------------------------------------------------------------------- */

static void number_text(double number, struct strbuf *out, const char **fault)
{
	struct json_writer writer;

	if (number > EXACT_MOST || number < -EXACT_MOST) {
		*fault = "the number is too large to be captured exactly; capture it with a pattern from body";
		return;
	}
	json_writer_init(&writer, out, false);
	json_add_number(&writer, number);
}

static bool json_text(const struct capture *capture, const struct sample *sample, struct strbuf *out,
		      const char **fault)
{
	struct json_doc *doc = json_parse(sample->body != NULL ? sample->body : "", sample->body_len, NULL);
	const struct json *value = doc != NULL ? json_path_first(capture->path, json_root(doc)) : NULL;
	bool found = value != NULL;

	switch (json_type(value)) {
	case JSON_STRING:
		strbuf_adds(out, json_string(value));
		break;
	case JSON_NUMBER:
		number_text(json_number(value, 0), out, fault);
		break;
	case JSON_BOOL:
		strbuf_adds(out, json_bool(value, false) ? "true" : "false");
		break;
	case JSON_NULL:
	case JSON_LIST:
	case JSON_MAP:
		found = false;
		break;
	}
	json_free(doc);
	return found;
}

/* The part that the pattern wants. */
static bool cut_part(const struct pattern *pattern, struct strbuf *text)
{
	struct pattern_match match;
	struct span span;

	if (pattern_find(pattern, text->data, text->len, 0, &match) != 1)
		return false;
	span = match.group[match.groups > 1 ? 1 : 0];
	if (span.start == SIZE_MAX)
		return false;
	memmove(text->data, text->data + span.start, span.end - span.start);
	strbuf_cut(text, span.end - span.start);
	return true;
}

/* The first of the name that has what the pattern wants. */
static bool header_text(const struct capture *capture, const struct sample *sample, struct strbuf *out)
{
	for (size_t i = 0; i < sample->header_count; i++) {
		if (strcasecmp(sample->headers[i].name, capture->header) != 0)
			continue;
		strbuf_reset(out);
		strbuf_adds(out, sample->headers[i].value);
		if (capture->pattern == NULL || cut_part(capture->pattern, out))
			return true;
	}
	return false;
}

/* True where there is a value of a sane size; `fault` gets what else is wrong with it. */
static bool capture_value(struct flow_probe *mine, const struct capture *capture,
			  const struct sample *sample, const char **fault)
{
	struct flow_run *run = mine->run;
	struct strbuf text;
	bool found = false;

	strbuf_init(&text, LIMIT_HEAD);
	switch (capture->from) {
	case CAPTURE_JSON:
		found = json_text(capture, sample, &text, fault);
		break;
	case CAPTURE_HEADER:
		found = header_text(capture, sample, &text);
		break;
	case CAPTURE_BODY:
		found = sample->body != NULL;
		strbuf_add(&text, found ? sample->body : "", found ? sample->body_len : 0);
		break;
	}
	if (found && capture->pattern != NULL && capture->from != CAPTURE_HEADER)
		found = cut_part(capture->pattern, &text);
	/* An empty token lets nobody in, and a NUL would cut what follows. */
	found = found && text.len != 0 && text.len <= VALUE_MOST && strlen(text.data) == text.len;
	if (found) {
		const char *value = arena_strdup(&run->arena, text.data);

		redactor_add(run->secrets, value);
		vec_push(&run->captured, ((struct captured){capture->name, value}));
	}
	strbuf_release(&text);
	return found;
}

/* --- putting in ---------------------------------------------------------------------------- */

enum place { PLACE_URL, PLACE_HEADER, PLACE_TEXT, PLACE_JSON };

static void add_encoded(struct strbuf *out, const char *value)
{
	for (; *value != '\0'; value++) {
		bool plain = (*value >= '0' && *value <= '9') || (*value >= 'a' && *value <= 'z') ||
			     (*value >= 'A' && *value <= 'Z') || strchr("-._~", *value) != NULL;

		/* RFC 3986 section 2.3: what means the same raw and encoded. */
		if (plain)
			strbuf_addc(out, *value);
		else
			strbuf_addf(out, "%%%02X", (unsigned char)*value);
	}
}

static void add_in_json(struct strbuf *out, const char *value)
{
	struct json_writer writer;
	struct strbuf quoted;

	strbuf_init(&quoted, 6 * VALUE_MOST + 2);
	json_writer_init(&writer, &quoted, false);
	json_add_string(&writer, value);
	strbuf_add(out, quoted.data + 1, quoted.len - 2);
	strbuf_release(&quoted);
}

static const char *value_of(const struct flow_run *run, const struct placeholder *part)
{
	for (size_t i = 0; i < run->captured.len; i++)
		if (strlen(run->captured.at[i].name) == part->len &&
		    memcmp(run->captured.at[i].name, part->text, part->len) == 0)
			return run->captured.at[i].value;
	BUG("a flow puts in a value that no step captured"); /* config/flow.c looks for it */
}

/* The text with the values in it, as it takes them at this place; in the arena. */
static const char *put_in(struct flow_run *run, const char *text, enum place place)
{
	struct placeholder part;
	struct strbuf out;
	const char *kept;

	if (text == NULL || strstr(text, "{{") == NULL)
		return text;
	/* Inside JSON a value keeps its quotes and line breaks to itself. */
	if (place == PLACE_TEXT && strchr("{[", text[strspn(text, " \t\r\n")]) != NULL)
		place = PLACE_JSON;
	strbuf_init(&out, TEXT_MOST);
	while ((part = placeholder_next(&text)).kind != PLACEHOLDER_END) {
		const char *value = part.kind == PLACEHOLDER_NAME ? value_of(run, &part) : NULL;

		if (value == NULL)
			strbuf_add(&out, part.text, part.len);
		else if (place == PLACE_URL)
			add_encoded(&out, value);
		else if (place == PLACE_JSON)
			add_in_json(&out, value);
		else
			strbuf_adds(&out, value);
	}
	kept = arena_strdup(&run->arena, out.data);
	strbuf_release(&out);
	return kept;
}

/* False where a value would begin another header (RFC 9110 section 5.5). */
static bool put_in_headers(struct flow_run *run, const struct check *check,
			   struct name_value **headers)
{
	bool sound = true;

	*headers = arena_array(&run->arena, check->header_count, sizeof(**headers));
	for (size_t i = 0; i < check->header_count; i++) {
		(*headers)[i].name = check->headers[i].name;
		(*headers)[i].value = put_in(run, check->headers[i].value, PLACE_HEADER);
		sound &= strpbrk((*headers)[i].value, "\r\n") == NULL;
	}
	return sound;
}

/* --- one step ------------------------------------------------------------------------------ */

static void next_step(struct flow_probe *mine)
{
	mine->run->step++;
	if (mine->run->step < mine->probe.check->flow->count)
		start_step(mine);
	else
		finish(mine, FAILURE_NONE, PHASE_NONE, NULL);
}

/* The answer of a step is there: it is judged, and what it says is captured. */
static void step_done(struct flow_probe *mine, const struct sample *sample)
{
	const struct prober_events *events = &mine->probe.prober->events;
	const struct flow_step *step = step_of(mine);
	struct strbuf why;
	bool good = sample->failure == FAILURE_NONE;

	strbuf_init(&why, PROBE_RAW);
	mine->run->phases = sample->phases;
	keep_last(mine->run, sample->exchange);
	if (!good)
		strbuf_adds(&why, sample->message);
	else if (events->holds != NULL)
		good = events->holds(events->context, step->check, sample, &why);
	for (size_t i = 0; good && i < step->capture_count; i++) {
		const char *fault = NULL;

		good = capture_value(mine, &step->captures[i], sample, &fault);
		if (fault != NULL)
			strbuf_addf(&why, "cannot capture '%s': %s", step->captures[i].name, fault);
		else if (!good)
			strbuf_addf(&why, "nothing to capture as '%s': the answer has no %s",
				    step->captures[i].name, step->captures[i].text);
	}
	note_step(mine, sample, good);
	if (good)
		next_step(mine);
	else
		finish(mine, sample->failure != FAILURE_NONE ? sample->failure : FAILURE_STEP,
		       sample->failed_phase, why.data);
	strbuf_release(&why);
}

static void on_answer(void *context, struct http_run *run, const struct http_result *result)
{
	struct flow_probe *mine = context;
	struct sample_value values[STEP_VALUES];
	struct sample sample = {.failure = result->failure, .failed_phase = result->failed_phase,
				.latency_ns = result->latency_ns, .phases = result->phases,
				.message = result->message, .values = values,
				.body = result->body, .body_len = result->body_len};
	struct exchange *exchange;

	CHECK_MAGIC(&mine->probe, PROBE_MAGIC);
	mine->run->run = NULL;
	if (result->status != 0)
		values[sample.value_count++] = (struct sample_value){
			.subject = SUBJECT_STATUS, .value = value_number(result->status)};
	if (result->failure == FAILURE_NONE) {
		values[sample.value_count++] = (struct sample_value){
			.subject = SUBJECT_SIZE, .value = value_number((double)result->body_size)};
		values[sample.value_count++] = (struct sample_value){
			.subject = SUBJECT_REDIRECTS, .value = value_number(result->redirects)};
	}
	sample.value_count += probe_cert_values(result->certs, result->cert_count,
						values + sample.value_count, &mine->run->arena);
	sample.headers = http_headers(run, &mine->run->arena, &sample.header_count);
	exchange = http_evidence(run, result, probe_redactor(&mine->probe));
	sample.exchange = exchange;
	step_done(mine, &sample);
	exchange_unref(exchange);
}

static void ask_http(struct flow_probe *mine, const struct check *check,
		     const struct name_value *headers)
{
	struct flow_run *run = mine->run;
	const struct http_options options = {
		.method = check->method,
		.url = put_in(run, check->url, PLACE_URL),
		.unix_path = check->unix_path,
		.headers = headers,
		.header_count = check->header_count,
		.auth = check_auth(check),
		.body = put_in(run, check->body, PLACE_TEXT),
		.tls = check_tls(check),
		.proxy = check->proxy,
		.http2 = check->http2,
		.follow = check->follow,
		.body_max = LIMIT_BODY,
		.group = probe_group(&mine->probe),
	};
	struct strbuf err;

	strbuf_init(&err, LIMIT_MESSAGE);
	http_target_free(run->target);
	run->target = http_target_new(mine->probe.prober->net, &options, &err);
	if (run->target != NULL)
		run->run = http_start(run->target, probe_time_left(&mine->probe), on_answer, mine);
	else
		refuse(mine, err.data);
	strbuf_release(&err);
}

static void on_visited(void *context, struct sample *sample)
{
	struct flow_probe *mine = context;

	CHECK_MAGIC(&mine->probe, PROBE_MAGIC);
	mine->run->visit = NULL;
	sample_take_refusal(sample, step_of(mine)->check);
	step_done(mine, sample);
}

static void ask_websocket(struct flow_probe *mine, const struct check *check,
			  const struct name_value *headers)
{
	struct flow_run *run = mine->run;
	struct visit_question question = {
		.check = check,
		.url = put_in(run, check->url, PLACE_URL),
		.headers = headers,
		.header_count = check->header_count,
		.timeout_ns = probe_time_left(&mine->probe),
		.probe = &mine->probe,
		.secrets = run->secrets,
	};
	const char *const *sends = check_texts(check, CHECK_KEY_SEND, &question.send_count);
	const char **filled = arena_array(&run->arena, question.send_count, sizeof(*filled));

	for (size_t i = 0; i < question.send_count; i++)
		filled[i] = put_in(run, sends[i], PLACE_TEXT);
	question.sends = filled;
	run->visit = visit_start(&question, on_visited, mine);
}

static void start_step(struct flow_probe *mine)
{
	const struct check *check = step_of(mine)->check;
	struct name_value *headers;

	if (!put_in_headers(mine->run, check, &headers))
		refuse(mine, "a captured value has a line break, which no header can hold");
	else if (check->type == CHECK_TYPE_HTTP)
		ask_http(mine, check, headers);
	else
		ask_websocket(mine, check, headers);
}

static void start(struct probe *probe)
{
	struct flow_probe *mine = (struct flow_probe *)probe;

	mine->run = xcalloc(1, sizeof(*mine->run));
	mine->run->began = net_now(probe->prober->net);
	mine->run->phases = phases_unmeasured();
	mine->run->secrets = redactor_new();
	arena_init(&mine->run->arena);
	strbuf_init(&mine->run->transcript, LIMIT_BODY_KEPT);
	start_step(mine);
}

static void cancel(struct probe *probe)
{
	struct flow_probe *mine = (struct flow_probe *)probe;

	run_free(mine->run);
	mine->run = NULL;
}

const struct probe_type probe_flow = {
	.size = sizeof(struct flow_probe),
	.start = start,
	.cancel = cancel,
	.release = cancel,
};
