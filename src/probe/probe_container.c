/* `container`: asks an engine (docker_engine.h) how a container is. A run is a chain of reading
 * questions: the container; where there is none, which others there are; at the first look at one that
 * restarted, when that was; its image, once an id; and the last lines of one that is stopped or unwell. What is asked behind the first may fail without harm.
 * The engine's answers hold the container's environment, so evidence is made of single things that are
 * known to be harmless, never of what came. See run.h. */
#include "probe/run.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/scrub.h"
#include "probe/container_answer.h"
#include "probe/docker_engine.h"
#include "probe/docker_stream.h"

#define ANSWER_MAX (1u << 20)
#define LINES_ASKED 20
#define LINES_KEPT 3000 /* bytes; together with the rest they fit into LIMIT_BODY_KEPT */
#define SIMILAR_SHOWN 3
#define LEFT_LEAST (5 * NS_PER_MS) /* no further question with less time than this */

enum step { STEP_CONTAINER, STEP_OTHERS, STEP_EVENTS, STEP_IMAGE, STEP_LINES };

struct container_probe {
	struct probe probe;
	/* Of the run. */
	struct http_target *target;
	struct http_run *run;
	enum step step;
	struct mono_time began;
	struct arena arena;
	struct docker_engine engine;
	struct docker_container box;
	struct container_answer answer;
	struct phases phases;
	bool image_tried;
	struct restart_look look;
	bool podman;
	bool wants_events;         /* of these seconds */
	int64_t events_since, events_until;
	struct strbuf asked;       /* a line a question */
	/* Of all runs. */
	struct restart_history restarts;
	char *image_id;            /* what `image` is of; NULL */
	struct wall_time image_created;
	char *image_revision;
	struct exchange *exchange; /* of the last run */
	uint64_t digest;           /* of what it was made from */
};

static void ask(struct container_probe *box, enum step step, const char *path);

/* --- the end of a run --------------------------------------------------------------------- */

/* Evidence is a draft of raw texts; it is made anew where one of them changed. */
static struct exchange *evidence(struct container_probe *box, struct exchange_header *headers,
				 size_t count, const struct strbuf *said)
{
	uint64_t digest = digest_fast(box->asked.data, box->asked.len) ^
			  digest_fast(said->data, said->len);
	struct exchange draft = {.peer = box->engine.shown, .headers = headers, .header_count = count,
				 .body_size = said->len};
	char *texts[CONTAINER_HEADERS + 2];

	for (size_t i = 0; i < count; i++)
		digest = digest * 31 ^ digest_fast(headers[i].value, strlen(headers[i].value));
	if (box->exchange != NULL && box->digest == digest)
		return box->exchange;
	for (size_t i = 0; i < count; i++)
		headers[i].value = texts[i] = probe_shown(&box->probe, headers[i].value,
							  strlen(headers[i].value), LIMIT_MESSAGE);
	draft.request = texts[count] =
		probe_shown(&box->probe, box->asked.data, box->asked.len, LIMIT_BODY_KEPT);
	draft.body = texts[count + 1] =
		probe_shown(&box->probe, said->data, said->len, LIMIT_BODY_KEPT);
	draft.body_len = strlen(draft.body);
	draft.body_cut = said->len > LIMIT_BODY_KEPT;
	exchange_unref(box->exchange);
	box->exchange = exchange_new(&draft);
	box->digest = digest;
	for (size_t i = 0; i < count + 2; i++)
		free(texts[i]);
	return box->exchange;
}

/* The run's memory, which the sample borrows until it is delivered. */
static void deliver(struct container_probe *box, struct sample *sample, const char *rest)
{
	struct arena arena = box->arena;
	struct strbuf asked = box->asked;
	struct strbuf message;

	strbuf_init(&message, LIMIT_MESSAGE);
	if (rest[0] != '\0') {
		probe_sentence(&box->probe, rest, &message);
		sample->message = message.data;
	}
	sample->latency_ns = net_now(box->probe.prober->net).ns - box->began.ns;
	sample->phases = box->phases;
	arena_init(&box->arena);
	strbuf_init(&box->asked, PROBE_RAW);
	probe_finish(&box->probe, sample);
	strbuf_release(&message);
	strbuf_release(&asked);
	arena_release(&arena);
}

static void fail(struct container_probe *box, enum failure failure, enum phase phase, const char *rest)
{
	struct sample sample = {.failure = failure, .failed_phase = phase};
	struct strbuf nothing;

	strbuf_init(&nothing, 0);
	sample.exchange = evidence(box, NULL, 0, &nothing);
	deliver(box, &sample, rest);
	strbuf_release(&nothing);
}

static void finish(struct container_probe *box)
{
	struct sample_value values[CONTAINER_VALUES];
	struct exchange_header headers[CONTAINER_HEADERS];
	size_t header_count;
	struct sample sample = {.failed_phase = PHASE_NONE, .values = values};
	struct strbuf rest, said;

	box->answer.now = clock_wall();
	box->answer.image = (struct docker_image){box->image_created, box->image_revision};
	sample.value_count = container_values(&box->answer, values);
	strbuf_init(&rest, PROBE_RAW);
	strbuf_init(&said, PROBE_RAW);
	container_sentence(&box->answer, &rest);
	header_count = container_evidence(&box->answer, headers, &said, &box->arena);
	sample.exchange = evidence(box, headers, header_count, &said);
	deliver(box, &sample, rest.data);
	strbuf_release(&rest);
	strbuf_release(&said);
}

/* --- the container ------------------------------------------------------------------------ */

/* All its ends, and nothing else: each health check makes three events of its own. Docker goes on telling
 * until a time that is over; Podman 4 then leaves out most of what it was asked for, but knows that it
 * shall not go on. Its name of an end is another one where it is asked for. */
static void ask_events(struct container_probe *box)
{
	const char *end = box->podman ? "stream=false"
				      : arena_printf(&box->arena, "until=%lld",
						     (long long)box->events_until);

	box->wants_events = false;
	ask(box, STEP_EVENTS,
	    arena_printf(&box->arena,
			 "/events?since=%lld&%s&filters=%%7B%%22type%%22:%%5B%%22container%%22%%5D,"
			 "%%22container%%22:%%5B%%22%s%%22%%5D,%%22event%%22:%%5B%%22die%%22,%%22died%%22%%5D%%7D",
			 (long long)box->events_since, end, box->box.id));
}

/* What is still worth knowing about a container that is there. */
static void go_on(struct container_probe *box)
{
	const char *id = box->box.image_id;
	bool time = probe_time_left(&box->probe) >= LEFT_LEAST;

	if (time && box->wants_events) {
		ask_events(box);
	} else if (time && !box->image_tried && id[0] != '\0' &&
	    (box->image_id == NULL || strcmp(box->image_id, id) != 0)) {
		ask(box, STEP_IMAGE, arena_printf(&box->arena, "/images/%s/json", id));
	} else if (time && box->answer.lines == NULL && box->answer.lines_problem == NULL &&
		   container_wants_lines(&box->box, box->answer.restart_rate)) {
		ask(box, STEP_LINES,
		    arena_printf(&box->arena, "/containers/%s/logs?stdout=1&stderr=1&tail=%d",
				 box->box.id, LINES_ASKED));
	} else {
		finish(box);
	}
}

static void fail_at_engine(struct container_probe *box, const struct http_result *result)
{
	const char *advice = docker_engine_advice(&box->engine, result->failure);
	const char *rest = result->message;

	if (advice[0] != '\0')
		rest = arena_printf(&box->arena, "cannot be asked at %s: %s", box->engine.shown, advice);
	else if (result->status != 0)
		rest = arena_printf(&box->arena, "cannot be told: the engine at %s answered %d and "
				    "broke off: %s", box->engine.shown, result->status, result->message);
	fail(box, result->failure, result->failed_phase, rest);
}

static void fail_with_status(struct container_probe *box, const struct http_result *result,
			     const char *message)
{
	const char *shown = box->engine.shown;
	enum failure failure = FAILURE_SERVER;
	const char *rest;

	if (result->status == 401 || result->status == 403) {
		failure = FAILURE_CREDENTIALS;
		rest = arena_printf(&box->arena, "is kept from us: %s refuses the question (%d%s%s); does "
				    "a proxy in front of the engine allow GET /containers?", shown,
				    result->status, message != NULL ? ": " : "",
				    message != NULL ? message : "");
	} else if (message != NULL) {
		rest = arena_printf(&box->arena, "the engine at %s answered %d: %s", shown,
				    result->status, message);
	} else {
		failure = FAILURE_PROTOCOL;
		rest = arena_printf(&box->arena,
				    "%s is no container engine: it answered %d and \"%s\"", shown,
				    result->status,
				    probe_quote(&box->probe, &box->arena, result->body,
						result->body_len, 80));
	}
	fail(box, failure, PHASE_RECEIVE, rest);
}

static void take_container(struct container_probe *box, const struct http_result *result)
{
	struct mono_time now = net_now(box->probe.prober->net);
	const char *message;

	box->phases = result->phases;
	if (result->failure != FAILURE_NONE) {
		fail_at_engine(box, result);
		return;
	}
	if (result->body_cut) {
		fail(box, FAILURE_TOO_LARGE, PHASE_RECEIVE, "the engine's answer is larger than 1 MB");
		return;
	}
	if (result->status == 200 &&
	    docker_read_container(result->body, result->body_len, &box->arena, &box->box)) {
		box->look = (struct restart_look){&box->box, clock_wall(), now};
		box->wants_events = restart_history_note(&box->restarts, &box->look,
							 &box->events_since, &box->events_until);
		box->answer = (struct container_answer){
			.box = &box->box, .restart_rate = restart_history_rate(&box->restarts, now),
			.rate_is_least = restart_history_is_least(&box->restarts, now)};
		go_on(box);
		return;
	}
	message = docker_read_message(result->body, result->body_len, &box->arena);
	if (result->status == 404 && message != NULL && probe_time_left(&box->probe) >= LEFT_LEAST)
		ask(box, STEP_OTHERS, "/containers/json?all=1");
	else
		fail_with_status(box, result, message);
}

/* It is not there; what is may tell why. */
static void take_others(struct container_probe *box, const struct http_result *result)
{
	const char *similar[SIMILAR_SHOWN];
	size_t found = 0, count = SIZE_MAX;
	struct strbuf rest;

	if (result->failure == FAILURE_NONE && result->status == 200)
		count = docker_read_similar(result->body, result->body_len, box->probe.check->target,
					    probe_redactor(&box->probe), &box->arena, similar,
					    SIMILAR_SHOWN, &found);
	strbuf_init(&rest, PROBE_RAW);
	strbuf_addf(&rest, "is gone: there is no container '%s' in the engine at %s",
		    box->probe.check->target, box->engine.shown);
	for (size_t i = 0; i < found; i++)
		strbuf_addf(&rest, "%s%s", i == 0 ? "; it has " : ", ", similar[i]);
	if (found == 0 && count == 0)
		strbuf_adds(&rest, ", nor any other");
	else if (found == 0 && count != SIZE_MAX)
		strbuf_addf(&rest, ", and none of its %zu is called like it", count);
	fail(box, FAILURE_SERVER, PHASE_NONE, rest.data);
	strbuf_release(&rest);
}

/* --- what may be missing ------------------------------------------------------------------ */

static void take_events(struct container_probe *box, const struct http_result *result)
{
	struct wall_time ends[RESTART_ENDS];

	if (result->failure == FAILURE_NONE && result->status == 200)
		restart_history_add_ends(&box->restarts, &box->look, ends,
					 docker_read_ends(result->body, result->body_len, ends,
							  RESTART_ENDS));
	box->answer.restart_rate = restart_history_rate(&box->restarts, box->look.mono);
	box->answer.rate_is_least = restart_history_is_least(&box->restarts, box->look.mono);
	go_on(box);
}

/* An image that was removed since is remembered as unknown, not asked for again and again. */
static void take_image(struct container_probe *box, const struct http_result *result)
{
	struct docker_image image = {.revision = ""};
	bool answered = result->failure == FAILURE_NONE;

	box->image_tried = true;
	if (answered && result->status == 200)
		(void)docker_read_image(result->body, result->body_len, &box->arena, &image);
	free(box->image_id);
	free(box->image_revision);
	box->image_id = answered ? xstrdup(box->box.image_id) : NULL;
	box->image_created = image.created;
	box->image_revision = xstrdup(image.revision);
	go_on(box);
}

static void take_lines(struct container_probe *box, const struct http_result *result)
{
	struct container_answer *answer = &box->answer;
	struct strbuf raw, plain, text;

	if (result->failure != FAILURE_NONE || result->status != 200) {
		const char *message =
			docker_read_message(result->body, result->body_len, &box->arena);

		answer->lines_problem = message != NULL ? message
					: result->message != NULL
						? arena_strdup(&box->arena, result->message)
						: "the engine does not say why";
		finish(box);
		return;
	}
	strbuf_init(&raw, ANSWER_MAX);
	strbuf_init(&plain, 4 * ANSWER_MAX);
	strbuf_init(&text, 4 * ANSWER_MAX);
	if (box->box.tty || !docker_stream_read(result->body, result->body_len, &raw))
		strbuf_add(&raw, result->body, result->body_len);
	/* Colours are for another terminal. */
	scrub(&plain, raw.data, raw.len, SCRUB_TEXT | SCRUB_SGR);
	/* Before the first lines are cut off. */
	redact(probe_redactor(&box->probe), &text, plain.data, plain.len);
	docker_last_lines(&text, LINES_KEPT);
	answer->lines = arena_strndup(&box->arena, text.data, text.len);
	answer->lines_len = text.len;
	strbuf_release(&raw);
	strbuf_release(&plain);
	strbuf_release(&text);
	finish(box);
}

/* --- questions ---------------------------------------------------------------------------- */

static bool is_podman(const struct http_run *run)
{
	struct strbuf server;
	bool podman;

	strbuf_init(&server, 100);
	podman = http_header(run, "Server", &server) && strncmp(server.data, "Libpod/", 7) == 0;
	strbuf_release(&server);
	return podman;
}

static void on_done(void *context, struct http_run *run, const struct http_result *result)
{
	struct container_probe *box = context;
	struct http_target *target = box->target;

	CHECK_MAGIC(&box->probe, PROBE_MAGIC);
	box->run = NULL;
	box->target = NULL;
	switch (box->step) {
	case STEP_CONTAINER:
		box->podman = is_podman(run);
		take_container(box, result);
		break;
	case STEP_OTHERS:
		take_others(box, result);
		break;
	case STEP_EVENTS:
		take_events(box, result);
		break;
	case STEP_IMAGE:
		take_image(box, result);
		break;
	case STEP_LINES:
		take_lines(box, result);
		break;
	}
	http_target_free(target);
}

static void ask(struct container_probe *box, enum step step, const char *path)
{
	const struct check *check = box->probe.check;
	struct http_options options = {
		.method = "GET",
		.url = arena_printf(&box->arena, "%s%s", box->engine.base, path),
		.unix_path = box->engine.unix_path,
		.tls = &box->engine.tls,
		.proxy = "",
		.keepalive = true,
		.body_max = ANSWER_MAX,
		.spread = check->id,
		.group = probe_group(&box->probe),
	};
	struct strbuf err;

	strbuf_addf(&box->asked, "%sGET %s", box->asked.len != 0 ? "\n" : "", path);
	strbuf_init(&err, LIMIT_MESSAGE);
	box->step = step;
	box->target = http_target_new(box->probe.prober->net, &options, &err);
	if (box->target != NULL)
		box->run = http_start(box->target, probe_time_left(&box->probe), on_done, box);
	else
		probe_fail_soon(&box->probe, FAILURE_CONFIG, err.data);
	strbuf_release(&err);
}

static void start(struct probe *probe)
{
	struct container_probe *box = (struct container_probe *)probe;
	struct strbuf sentence;
	enum failure failure;

	arena_release(&box->arena);
	arena_init(&box->arena);
	strbuf_release(&box->asked);
	strbuf_init(&box->asked, PROBE_RAW);
	box->began = net_now(probe->prober->net);
	box->phases = phases_unmeasured();
	box->image_tried = false;
	strbuf_init(&sentence, LIMIT_MESSAGE);
	failure = docker_engine_find(probe->check, &box->arena, &box->engine, &sentence);
	if (failure != FAILURE_NONE)
		probe_fail_soon(probe, failure, sentence.data);
	else
		ask(box, STEP_CONTAINER,
		    arena_printf(&box->arena, "/containers/%s/json", probe->check->target));
	strbuf_release(&sentence);
}

static void cancel(struct probe *probe)
{
	struct container_probe *box = (struct container_probe *)probe;

	http_cancel(box->run);
	http_target_free(box->target);
	box->run = NULL;
	box->target = NULL;
}

static void rebind(struct probe *probe)
{
	(void)probe; /* what is kept between runs is our own */
}

static void release(struct probe *probe)
{
	struct container_probe *box = (struct container_probe *)probe;

	arena_release(&box->arena);
	strbuf_release(&box->asked);
	free(box->image_id);
	free(box->image_revision);
	exchange_unref(box->exchange);
}

const struct probe_type probe_container = {
	.size = sizeof(struct container_probe),
	.start = start,
	.cancel = cancel,
	.rebind = rebind,
	.release = release,
};
