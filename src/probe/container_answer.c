/* From plain data to values and words. Pure. See container_answer.h. */
#include "probe/container_answer.h"

#include "base/units.h"
#include "probe/docker_stream.h"

#include <signal.h>

#define RESTARTS_MANY 3 /* within an hour: what check_types.def warns of */
#define RUNS_WELL (10 * 60 * NS_PER_S) /* for so long, and it is in no loop any more */

static bool is_state(const struct docker_container *box, const char *state)
{
	return strcmp(box->state, state) == 0;
}

static bool is_running(const struct docker_container *box)
{
	return is_state(box, "running") || is_state(box, "paused");
}

/* --- restarts ----------------------------------------------------------------------------- */

#define HOUR (RESTART_MINUTES * 60 * NS_PER_S)
/* The monotonic clock may be younger than an hour: minutes are counted from an hour before its start. */
static int64_t minute_of(struct mono_time now)
{
	return (now.ns + HOUR) / (60 * NS_PER_S);
}

static void add_restarts(struct restart_history *history, unsigned count, struct mono_time now)
{
	int64_t minute = minute_of(now);
	size_t slot = (size_t)(minute % RESTART_MINUTES);

	if (history->minutes[slot] != minute) {
		history->minutes[slot] = minute;
		history->seen[slot] = 0;
	}
	history->seen[slot] += count;
}

/* `count` restarts of some time ago; none where that is more than the hour. */
static void add_past(struct restart_history *history, const struct restart_look *look,
		     struct wall_time then, unsigned count)
{
	int64_t ago = look->wall.ns > then.ns ? look->wall.ns - then.ns : 0;

	if (ago < HOUR)
		add_restarts(history, count, (struct mono_time){look->mono.ns - ago});
}

static struct wall_time last_change(const struct docker_container *box)
{
	return box->started.ns > box->finished.ns ? box->started : box->finished;
}

/* What changed last may be the only change that the engine has counted, or one of an hour ago. */
static bool first_look(struct restart_history *history, const struct restart_look *look,
		       int64_t *since, int64_t *until)
{
	const struct docker_container *box = look->box;
	struct wall_time last = last_change(box);

	*history = (struct restart_history){0};
	if (box->restarts == 0 || look->wall.ns - last.ns >= HOUR)
		return false;
	if (box->created.ns != 0 && look->wall.ns - box->created.ns < HOUR) {
		add_past(history, look, box->created, box->restarts);
		return false;
	}
	*since = (look->wall.ns - HOUR) / NS_PER_S;
	/* Not the present by our clock: the engine keeps waiting for what is its future. */
	*until = (last.ns < look->wall.ns ? last.ns : look->wall.ns) / NS_PER_S + 1;
	return true;
}

bool restart_history_note(struct restart_history *history, const struct restart_look *look,
			  int64_t *since, int64_t *until)
{
	const struct docker_container *box = look->box;
	bool same = history->id[0] != '\0' &&
		    strncmp(history->id, box->id, sizeof(history->id) - 1) == 0;
	bool ask = false;

	if (!same)
		ask = first_look(history, look, since, until);
	else if (box->restarts > history->count)
		add_restarts(history, box->restarts - history->count, look->mono);
	else if (history->started.ns != 0 && box->started.ns > history->started.ns)
		add_restarts(history, 1, look->mono); /* by hand: the engine does not count these */
	history->count = box->restarts;
	history->started = box->started;
	(void)snprintf(history->id, sizeof(history->id), "%s", box->id);
	return ask;
}

void restart_history_add_ends(struct restart_history *history, const struct restart_look *look,
			      const struct wall_time *ends, size_t count)
{
	size_t most = look->box->restarts;

	history->told = minute_of(look->mono);
	for (size_t i = count > most ? count - most : 0; i < count; i++)
		add_past(history, look, ends[i], 1);
	/* It was started again within the hour, even where the engine has forgotten the end before. */
	if (restart_history_rate(history, look->mono) == 0 && !is_state(look->box, "exited"))
		add_past(history, look, last_change(look->box), 1);
}

unsigned restart_history_rate(const struct restart_history *history, struct mono_time now)
{
	int64_t minute = minute_of(now);
	unsigned rate = 0;

	for (size_t i = 0; i < RESTART_MINUTES; i++)
		if (history->seen[i] != 0 && minute - history->minutes[i] < RESTART_MINUTES)
			rate += history->seen[i];
	return rate;
}

bool restart_history_is_least(const struct restart_history *history, struct mono_time now)
{
	return history->told != 0 && minute_of(now) - history->told < RESTART_MINUTES &&
	       restart_history_rate(history, now) < history->count;
}

bool container_wants_lines(const struct docker_container *box, unsigned restart_rate)
{
	if (is_state(box, "created"))
		return false;
	return !is_running(box) || strcmp(box->health, "unhealthy") == 0 || restart_rate != 0;
}

/* --- values ------------------------------------------------------------------------------- */

static void add(struct sample_value *values, size_t *count, enum subject subject, struct value value)
{
	values[(*count)++] = (struct sample_value){.subject = subject, .value = value};
}

static void add_text(struct sample_value *values, size_t *count, enum subject subject,
		     const char *text)
{
	if (text[0] != '\0')
		add(values, count, subject, value_string(text));
}

static const char *revision_of(const struct container_answer *answer)
{
	return answer->box->revision[0] != '\0' || answer->image.revision == NULL
		       ? answer->box->revision : answer->image.revision;
}

size_t container_values(const struct container_answer *answer, struct sample_value *values)
{
	const struct docker_container *box = answer->box;
	bool ended = !is_running(box) && (box->finished.ns != 0 || box->exit_code != 0);
	size_t count = 0;

	add_text(values, &count, SUBJECT_STATE, box->state);
	add_text(values, &count, SUBJECT_HEALTH, box->health);
	add_text(values, &count, SUBJECT_HEALTH_OUTPUT, box->health_output);
	if (ended)
		add(values, &count, SUBJECT_EXIT_CODE, value_number(box->exit_code));
	add(values, &count, SUBJECT_OOM_KILLED, value_bool(box->oom_killed));
	add_text(values, &count, SUBJECT_REASON, box->error[0] == '\0' && box->oom_killed
							 ? "OOMKilled" : box->error);
	add(values, &count, SUBJECT_RESTARTS, value_number(box->restarts));
	add(values, &count, SUBJECT_RESTART_RATE, value_number(answer->restart_rate));
	add_text(values, &count, SUBJECT_IMAGE, box->image);
	add_text(values, &count, SUBJECT_IMAGE_ID, box->image_id);
	if (answer->image.created.ns != 0)
		add(values, &count, SUBJECT_IMAGE_AGE,
		    value_duration(answer->now.ns - answer->image.created.ns));
	add_text(values, &count, SUBJECT_REVISION, revision_of(answer));
	if (is_running(box) && box->started.ns != 0)
		add(values, &count, SUBJECT_UPTIME, value_duration(answer->now.ns - box->started.ns));
	if (answer->lines != NULL)
		add_text(values, &count, SUBJECT_LAST_LINES, answer->lines);
	return count;
}

/* --- words -------------------------------------------------------------------------------- */

static void add_ago(struct strbuf *out, struct wall_time now, struct wall_time then)
{
	if (then.ns == 0)
		return;
	strbuf_addc(out, ' ');
	age_format(out, now.ns > then.ns ? now.ns - then.ns : 0);
	strbuf_adds(out, " ago");
}

/* What the engine says, or the container's own telling line. */
static void add_reason(struct strbuf *out, const struct container_answer *answer)
{
	const char *line = answer->box->error;
	size_t len = strlen(line);

	if (len == 0 && answer->lines != NULL)
		line = docker_telling_line(answer->lines, answer->lines_len, &len);
	if (len != 0)
		strbuf_addf(out, ": %.*s", (int)len, line);
}

static void add_end(struct strbuf *out, const struct container_answer *answer)
{
	const struct docker_container *box = answer->box;
	int code = box->exit_code, signum = code - 128;

	if (box->oom_killed)
		strbuf_addf(out, "was killed for memory (OOM), exit code %d%s", code,
			    box->finished.ns != 0 ? "," : "");
	else if (signum == SIGKILL)
		strbuf_addf(out, "was killed (SIGKILL, exit code %d)", code);
	else if (signum == SIGTERM)
		strbuf_addf(out, "was stopped (SIGTERM, exit code %d)", code);
	else if (signum > 0 && signum < 32)
		strbuf_addf(out, "died of signal %d (%s, exit code %d)", signum, strsignal(signum), code);
	else
		strbuf_addf(out, "exited with code %d%s", code, box->finished.ns != 0 ? "," : "");
	add_ago(out, answer->now, box->finished);
	/* Its last words are of before the kernel came. */
	if (!box->oom_killed)
		add_reason(out, answer);
}

static void add_created(struct strbuf *out, const struct container_answer *answer)
{
	const struct docker_container *box = answer->box;

	if (box->error[0] != '\0') {
		strbuf_addf(out, "could not be started (exit code %d)", box->exit_code);
		add_reason(out, answer);
		return;
	}
	strbuf_adds(out, "was created");
	add_ago(out, answer->now, box->created);
	strbuf_adds(out, " and never started");
}

static void add_unhealthy(struct strbuf *out, const struct docker_container *box)
{
	const char *line = box->health_output;
	size_t len = 0;

	strbuf_adds(out, "runs, but its health check fails");
	if (box->health_streak != 0)
		strbuf_addf(out, " (%u in a row)", box->health_streak);
	if (line[0] != '\0')
		line = docker_telling_line(line, strlen(line), &len);
	if (len != 0)
		strbuf_addf(out, ": %.*s", (int)len, line);
}

/* Between two ends it runs: the same is said of it in each moment. */
static bool is_looping(const struct container_answer *answer)
{
	const struct docker_container *box = answer->box;

	return is_state(box, "restarting") ||
	       (is_state(box, "running") && answer->restart_rate >= RESTARTS_MANY &&
		answer->now.ns - box->started.ns < RUNS_WELL);
}

static void add_loop(struct strbuf *out, const struct container_answer *answer)
{
	strbuf_adds(out, "restarts again and again (");
	if (answer->restart_rate != 0)
		strbuf_addf(out, "%s%u time%s in the last hour, %u in all",
			    answer->rate_is_least ? "at least " : "", answer->restart_rate,
			    answer->restart_rate == 1 ? "" : "s", answer->box->restarts);
	else
		strbuf_addf(out, "%u time%s", answer->box->restarts,
			    answer->box->restarts == 1 ? "" : "s");
	strbuf_adds(out, "): it ");
	if (is_state(answer->box, "restarting")) {
		add_end(out, answer);
		return;
	}
	strbuf_adds(out, "was started");
	add_ago(out, answer->now, answer->box->started);
	add_reason(out, answer);
}

void container_sentence(const struct container_answer *answer, struct strbuf *rest)
{
	const struct docker_container *box = answer->box;

	if (is_state(box, "created")) {
		add_created(rest, answer);
	} else if (is_looping(answer)) {
		add_loop(rest, answer);
	} else if (is_state(box, "exited")) {
		add_end(rest, answer);
	} else if (!is_state(box, "running")) {
		strbuf_addf(rest, "is %s", box->state);
		if (is_state(box, "dead"))
			strbuf_addf(rest, " (exit code %d)", box->exit_code);
		add_reason(rest, answer);
	} else if (strcmp(box->health, "unhealthy") == 0) {
		add_unhealthy(rest, box);
	} else if (answer->restart_rate != 0) {
		strbuf_addf(rest, "runs, but was restarted %s%u time%s in the last hour (%u in all)",
			    answer->rate_is_least ? "at least " : "", answer->restart_rate, answer->restart_rate == 1 ? "" : "s",
			    box->restarts);
		add_reason(rest, answer);
	}
}

struct header_list {
	struct exchange_header *at;
	size_t count;
	struct arena *arena;
};

static void add_header(struct header_list *list, const char *name, const char *value)
{
	if (value[0] != '\0' && list->count < CONTAINER_HEADERS)
		list->at[list->count++] = (struct exchange_header){name, value};
}

static void add_time(struct header_list *list, const char *name, struct wall_time at)
{
	struct strbuf text;

	if (at.ns == 0)
		return;
	strbuf_init(&text, 64);
	wall_format(&text, at, false);
	add_header(list, name, arena_strdup(list->arena, text.data));
	strbuf_release(&text);
}

size_t container_evidence(const struct container_answer *answer, struct exchange_header *headers,
			  struct strbuf *said, struct arena *arena)
{
	const struct docker_container *box = answer->box;
	struct header_list list = {.at = headers, .arena = arena};

	/* What has a subject is among the values. */
	add_header(&list, "name", box->name);
	add_time(&list, "created", box->created);
	add_time(&list, "started", box->started);
	add_time(&list, "finished", box->finished);
	add_time(&list, "image-built", answer->image.created);
	if (answer->lines_problem != NULL)
		add_header(&list, "last-lines", arena_printf(arena, "cannot be read: %s",
							     answer->lines_problem));
	if (box->error[0] != '\0')
		strbuf_addf(said, "%s\n", box->error);
	if (box->health_output[0] != '\0')
		strbuf_addf(said, "%s\n", box->health_output);
	if (answer->lines != NULL)
		strbuf_adds(said, answer->lines);
	return list.count;
}
