/* Wires sched, probe, engine, logs and rules on one loop. It owns no state of the fleet: that is
 * the engine's. A check that sched starts is always given back to it when the prober says that the
 * run is over, so no place in flight is ever lost. */
#include "app/watch.h"

#include "app/recorder.h"
#include "app/rules_load.h"
#include "app/silences.h"
#include "base/limits.h"
#include "base/units.h"
#include "base/xalloc.h"
#include "judge/judge.h"
#include "probe/probe.h"
#include "sched/sched.h"

#include <malloc.h>

#define WATCH_MAGIC 0x57a7c401u
#define TICK_NS NS_PER_S
#define SUSPEND_NS (2 * NS_PER_S) /* a sleep of the machine that is worth an event */
#define SETTLE_NS (200 * NS_PER_MS) /* quiet after a file change before it is read */

struct watch {
	unsigned magic;
	struct net *net;
	struct fleet *fleet;
	struct watch_options options;
	struct watch_events events;
	struct engine *engine;
	struct sched *sched;
	struct prober *prober;
	struct logs *logs;
	struct recorder *recorder;
	struct silencing *silencing;
	struct net_timer *due_timer;
	struct net_timer *tick_timer;
	struct net_timer *reload_timer;
	struct net_file_watch **file_watches;
	size_t file_watch_count;
	struct ruleset *rules;
	struct net_job *rules_job;
	struct net_job *reload_job;
	bool rules_ready;
	bool stopped;
	bool pumping;
	int64_t suspended_ns;
	char *reload_banner;
	char *rules_banner;
};

static void mark_changed(struct watch *watch)
{
	if (watch->events.changed != NULL)
		watch->events.changed(watch->events.context);
}

static void apply(struct watch *watch, struct event *event)
{
	event->mono = net_now(watch->net);
	event->wall = clock_wall();
	engine_apply(watch->engine, event);
	mark_changed(watch);
}

/* --- due checks ------------------------------------------------------------------------------ */

static void pump(struct watch *watch)
{
	struct mono_time now = net_now(watch->net);
	const struct check *check;

	if (watch->stopped || watch->pumping)
		return;
	watch->pumping = true;
	while ((check = sched_next(watch->sched, now)) != NULL)
		prober_start(watch->prober, check);
	watch->pumping = false;
	net_timer_set(watch->due_timer, sched_wake(watch->sched, now));
}

static void on_due(void *context)
{
	struct watch *watch = context;

	CHECK_MAGIC(watch, WATCH_MAGIC);
	pump(watch);
}

static void on_sample(void *context, const struct sample *sample)
{
	struct watch *watch = context;

	CHECK_MAGIC(watch, WATCH_MAGIC);
	if (watch->stopped) /* what comes after the deadline has been told as UNKNOWN */
		return;
	apply(watch, &(struct event){.kind = EVENT_SAMPLE, .as.sample = sample});
}

static void on_finished(void *context, uint64_t check_id)
{
	struct watch *watch = context;

	CHECK_MAGIC(watch, WATCH_MAGIC);
	sched_done(watch->sched, check_id, net_now(watch->net));
	if (!watch->options.live)
		sched_rest(watch->sched, check_id);
	if (watch->events.finished != NULL)
		watch->events.finished(watch->events.context, check_id);
	pump(watch);
}

/* --- logs and rules -------------------------------------------------------------------------- */

static void on_log_match(void *context, uint64_t service_id, const struct log_match *match)
{
	struct watch *watch = context;

	CHECK_MAGIC(watch, WATCH_MAGIC);
	apply(watch, &(struct event){
			     .kind = EVENT_LOG_MATCH, .service_id = service_id, .as.match = match});
}

static void on_log_grew(void *context, uint64_t service_id)
{
	struct watch *watch = context;

	(void)service_id;
	CHECK_MAGIC(watch, WATCH_MAGIC);
	mark_changed(watch);
}

/* One compilation of the rules, in a worker. */
struct rules_work {
	struct watch *watch;
	struct ruleset *rules;
	struct diags diags;
	bool with_patterns;
};

static void compile_rules(void *context, const struct net_job *job)
{
	struct rules_work *work = context;

	(void)job;
	work->rules = rules_load(work->with_patterns, &work->diags);
	(void)malloc_trim(0); /* compiling leaves several MB of freed memory behind */
}

static char *banner_of(const char *what, const struct diags *diags)
{
	const struct diag *first;

	if (diags->errors == 0)
		return NULL;
	first = &diags->at[0];
	for (size_t i = 0; i < diags->len && first->level != DIAG_ERROR; i++)
		first = &diags->at[i];
	if (diags->errors == 1)
		return xasprintf("%s: %s:%d:%d: %s", what, first->file, first->line, first->col,
				 first->message);
	return xasprintf("%s: %s:%d:%d: %s (and %zu more; sitrep --check shows all)", what, first->file,
			 first->line, first->col, first->message, diags->errors - 1);
}

static void rules_compiled(void *context, bool cancelled)
{
	struct rules_work *work = context;
	struct watch *watch = work->watch;

	if (!cancelled) {
		CHECK_MAGIC(watch, WATCH_MAGIC);
		watch->rules_job = NULL;
		watch->rules_ready = true;
		watch->rules_banner = banner_of("rules", &work->diags);
		if (work->rules != NULL) {
			watch->rules = ruleset_ref(work->rules);
			engine_set_rules(watch->engine, work->rules);
			if (watch->logs != NULL)
				logs_set_patterns(watch->logs, ruleset_patterns(work->rules, NULL));
		}
		mark_changed(watch);
	}
	ruleset_unref(work->rules);
	diags_release(&work->diags);
	free(work);
}

void watch_need_rules(struct watch *watch)
{
	struct rules_work *work;

	if (watch->rules_job != NULL || watch->rules_ready)
		return;
	work = xcalloc(1, sizeof(*work));
	work->watch = watch;
	work->with_patterns = watch->logs != NULL;
	diags_init(&work->diags);
	watch->rules_job = net_job_start(watch->net, compile_rules, rules_compiled, work);
}

/* --- reload ---------------------------------------------------------------------------------- */

struct reload_work {
	struct watch *watch;           /* not to be touched once the job is cancelled */
	struct config_request request; /* its strings outlive the program's loop */
	struct fleet *fleet;
	struct diags diags;
};

static void read_config(void *context, const struct net_job *job)
{
	struct reload_work *work = context;

	(void)job;
	work->fleet = config_load(&work->request, &work->diags);
}

static void watch_files(struct watch *watch);

static void on_silence(void *context, struct event *event)
{
	struct watch *watch = context;

	CHECK_MAGIC(watch, WATCH_MAGIC);
	apply(watch, event);
}

static void on_problem(void *context)
{
	struct watch *watch = context;

	CHECK_MAGIC(watch, WATCH_MAGIC);
	mark_changed(watch);
}

static void take_fleet(struct watch *watch, struct fleet *fleet)
{
	struct fleet *old = watch->fleet;

	if (fleet->digest == old->digest)
		return;
	watch->fleet = fleet_ref(fleet); /* the edges that the reload makes may be of new services */
	apply(watch, &(struct event){.kind = EVENT_RELOAD, .as.fleet = fleet});
	sched_load(watch->sched, fleet, net_now(watch->net));
	prober_reload(watch->prober, fleet);
	if (watch->logs != NULL)
		logs_reload(watch->logs, fleet);
	if (fleet->alertmanager == NULL)
		silencing_lift(watch->silencing);
	silencing_free(watch->silencing);
	watch->silencing = silencing_new(watch->net, fleet, true, on_silence, on_problem, watch);
	fleet_unref(old);
	watch_files(watch);
	pump(watch);
}

static void config_read(void *context, bool cancelled)
{
	struct reload_work *work = context;
	struct watch *watch = work->watch;

	if (!cancelled) {
		CHECK_MAGIC(watch, WATCH_MAGIC);
		watch->reload_job = NULL;
		free(watch->reload_banner);
		watch->reload_banner = banner_of("not reloaded", &work->diags);
		if (work->fleet != NULL && work->diags.errors == 0)
			take_fleet(watch, work->fleet);
		mark_changed(watch);
	}
	fleet_unref(work->fleet);
	diags_release(&work->diags);
	free(work);
}

void watch_reload(struct watch *watch)
{
	struct reload_work *work;

	if (watch->reload_job != NULL) {
		struct mono_time again = net_now(watch->net);

		again.ns += SETTLE_NS;
		net_timer_set(watch->reload_timer, again);
		return;
	}
	work = xcalloc(1, sizeof(*work));
	work->watch = watch;
	work->request = watch->options.config;
	diags_init(&work->diags);
	watch->reload_job = net_job_start(watch->net, read_config, config_read, work);
}

static void on_reload_due(void *context)
{
	struct watch *watch = context;

	CHECK_MAGIC(watch, WATCH_MAGIC);
	watch_reload(watch);
}

static void on_file_changed(void *context)
{
	struct watch *watch = context;
	struct mono_time due;

	CHECK_MAGIC(watch, WATCH_MAGIC);
	due = net_now(watch->net);
	due.ns += SETTLE_NS;
	net_timer_set(watch->reload_timer, due);
}

static void unwatch_files(struct watch *watch)
{
	for (size_t i = 0; i < watch->file_watch_count; i++)
		net_file_watch_free(watch->file_watches[i]);
	free(watch->file_watches);
	watch->file_watches = NULL;
	watch->file_watch_count = 0;
}

/* A folder may be replaced as a file may, and it may get another file. What else is written there, a log for
 * one, would put off the reading for ever. A ConfigMap's files change by its link ..data. */
static void watch_files(struct watch *watch)
{
	static const char *const ends[] = {".yaml", ".yml", "..data", NULL};
	const struct fleet *fleet = watch->fleet;

	unwatch_files(watch);
	watch->file_watches = xcalloc(fleet->file_count + fleet->folder_count,
				      sizeof(*watch->file_watches));
	for (size_t i = 0; i < fleet->file_count; i++)
		watch->file_watches[watch->file_watch_count++] =
			net_file_watch_new(watch->net, fleet->files[i], on_file_changed, watch);
	for (size_t i = 0; i < fleet->folder_count; i++)
		watch->file_watches[watch->file_watch_count++] = net_file_watch_folder(
			watch->net, fleet->folders[i], ends, on_file_changed, watch);
}

/* --- time ------------------------------------------------------------------------------------ */

static void on_tick(void *context)
{
	struct watch *watch = context;
	struct mono_time next;
	int64_t suspended;

	CHECK_MAGIC(watch, WATCH_MAGIC);
	sched_set_wall(watch->sched, clock_mono(), clock_wall());
	suspended = clock_suspended_ns();
	if (suspended - watch->suspended_ns > SUSPEND_NS)
		apply(watch, &(struct event){.kind = EVENT_SUSPENDED});
	watch->suspended_ns = suspended;
	engine_apply(watch->engine, &(struct event){.kind = EVENT_TICK,
						    .mono = net_now(watch->net),
						    .wall = clock_wall()});
	if (engine_dirty(watch->engine))
		mark_changed(watch);
	next = net_now(watch->net);
	next.ns += TICK_NS;
	net_timer_set(watch->tick_timer, next);
}

static void on_event(void *context, const struct event *event)
{
	struct watch *watch = context;

	CHECK_MAGIC(watch, WATCH_MAGIC);
	if (watch->recorder != NULL)
		recorder_write(watch->recorder, event, watch->fleet->redactor);
	if (watch->events.event != NULL)
		watch->events.event(watch->events.context, event);
}

/* --- life ------------------------------------------------------------------------------------ */

/* Probes measure, judge/ judges: a probe that has to know asks here. */
static bool holds(void *context, const struct check *check, const struct sample *sample,
		  struct strbuf *why)
{
	const struct watch *watch = context;
	struct verdict verdict;
	struct arena arena;

	arena_init(&arena);
	judge_sample(check, watch->fleet->redactor, sample, NULL, &arena, &verdict);
	if (why != NULL)
		strbuf_adds(why, verdict.message);
	arena_release(&arena);
	return verdict.state == CHECK_PASS || verdict.state == CHECK_WARN;
}

static bool has_logs(const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->service_count; i++)
		if (fleet->services[i].log_count != 0)
			return true;
	return false;
}

struct watch *watch_new(struct net *net, struct fleet *fleet, const struct watch_options *options,
			const struct watch_events *events, struct strbuf *err)
{
	struct watch *watch = xcalloc(1, sizeof(*watch));
	struct engine_options engine_options = {
		.on_event = on_event, .context = watch, .keeps_answers = !options->live};
	struct prober_events prober_events = {
		.deliver = on_sample, .finished = on_finished, .context = watch, .holds = holds};
	struct logs_events logs_events = {
		.match = on_log_match, .grew = on_log_grew, .context = watch};

	watch->magic = WATCH_MAGIC;
	watch->net = net;
	watch->fleet = fleet_ref(fleet);
	watch->options = *options;
	watch->events = *events;
	watch->suspended_ns = clock_suspended_ns();
	if (options->record != NULL) {
		watch->recorder = recorder_new(options->record, err);
		if (watch->recorder == NULL) {
			watch_free(watch);
			return NULL;
		}
	}
	watch->engine = engine_new(fleet, NULL, net_now(net), clock_wall(), &engine_options);
	watch->sched = sched_new(NULL);
	watch->prober = prober_new(net, fleet, &prober_events);
	if (options->logs && (options->live || has_logs(fleet)))
		watch->logs = logs_new(net, fleet, &logs_events);
	watch->due_timer = net_timer_new(net, on_due, watch);
	watch->tick_timer = net_timer_new(net, on_tick, watch);
	watch->reload_timer = net_timer_new(net, on_reload_due, watch);
	return watch;
}

void watch_free(struct watch *watch)
{
	if (watch == NULL)
		return;
	CHECK_MAGIC(watch, WATCH_MAGIC);
	watch->stopped = true;
	if (watch->rules_job != NULL)
		net_job_cancel(watch->rules_job);
	if (watch->reload_job != NULL)
		net_job_cancel(watch->reload_job);
	unwatch_files(watch);
	net_timer_free(watch->due_timer);
	net_timer_free(watch->tick_timer);
	net_timer_free(watch->reload_timer);
	silencing_free(watch->silencing);
	logs_free(watch->logs);
	prober_free(watch->prober);
	sched_free(watch->sched);
	engine_free(watch->engine);
	recorder_free(watch->recorder);
	ruleset_unref(watch->rules);
	fleet_unref(watch->fleet);
	free(watch->reload_banner);
	free(watch->rules_banner);
	watch->magic = 0;
	free(watch);
}

void watch_start(struct watch *watch)
{
	sched_set_wall(watch->sched, clock_mono(), clock_wall());
	sched_load(watch->sched, watch->fleet, net_now(watch->net));
	watch->silencing = silencing_new(watch->net, watch->fleet, false, on_silence, on_problem,
					 watch);
	if (watch->options.live) {
		watch_need_rules(watch);
		watch_files(watch);
		on_tick(watch);
	}
	pump(watch);
}

void watch_stop(struct watch *watch)
{
	watch->stopped = true;
}

void watch_give_up(struct watch *watch, int64_t deadline_ns)
{
	struct snapshot *snapshot = watch_snapshot(watch, 0, false, NULL);
	struct strbuf message;

	strbuf_init(&message, LIMIT_MESSAGE);
	strbuf_adds(&message, "no answer before the deadline of ");
	duration_format(&message, deadline_ns);
	for (size_t i = 0; i < snapshot->row_count; i++) {
		const struct service_row *row = &snapshot->rows[i];

		for (size_t j = 0; j < row->check_count; j++) {
			struct sample sample = {
				.check_id = row->checks[j].id,
				.observed_at = snapshot->wall_now,
				.delivered_at = snapshot->mono_now,
				.failure = FAILURE_DEADLINE,
				.failed_phase = PHASE_NONE,
				.latency_ns = -1,
				.phases = phases_unmeasured(),
				.message = message.data,
			};

			if (row->checks[j].state == CHECK_PENDING)
				apply(watch, &(struct event){.kind = EVENT_SAMPLE, .as.sample = &sample});
		}
	}
	strbuf_release(&message);
	snapshot_unref(snapshot);
}

struct fleet *watch_fleet(const struct watch *watch)
{
	return watch->fleet;
}

struct logs *watch_logs(const struct watch *watch)
{
	return watch->logs;
}

struct ruleset *watch_rules(const struct watch *watch)
{
	return watch->rules;
}

bool watch_silences_settled(const struct watch *watch)
{
	return silencing_settled(watch->silencing);
}

bool watch_rules_ready(const struct watch *watch)
{
	return watch->rules_ready;
}

const char *watch_banner(const struct watch *watch)
{
	if (watch->reload_banner != NULL)
		return watch->reload_banner;
	return watch->rules_banner != NULL ? watch->rules_banner
					   : silencing_problem(watch->silencing);
}

struct snapshot *watch_snapshot(struct watch *watch, uint64_t detail_service, bool detail_all,
				const struct log_window *logs)
{
	struct snapshot_request request = {
		.mono = net_now(watch->net),
		.wall = clock_wall(),
		.detail_service = detail_service,
		.detail_all = detail_all,
		.banner = watch_banner(watch),
		.skipped_runs = sched_skipped(watch->sched),
		.logs = logs,
	};

	return engine_snapshot(watch->engine, &request);
}

static void hurry_service(struct watch *watch, const struct service *service, uint64_t check_id,
			  struct mono_time due)
{
	for (size_t i = 0; i < service->check_count; i++)
		if (check_id == 0 || service->checks[i]->id == check_id)
			sched_hurry(watch->sched, service->checks[i]->id, due);
}

void watch_recheck(struct watch *watch, uint64_t service_id, uint64_t check_id, int64_t delay_ns)
{
	struct mono_time due = net_now(watch->net);

	due.ns += delay_ns;
	for (size_t i = 0; i < watch->fleet->service_count; i++) {
		const struct service *service = &watch->fleet->services[i];

		if (service_id == 0 || service->id == service_id)
			hurry_service(watch, service, check_id, due);
	}
	pump(watch);
}

size_t watch_recheck_named(struct watch *watch, const char *name)
{
	size_t found = 0;

	for (size_t i = 0; i < watch->fleet->check_count; i++) {
		const struct check *check = &watch->fleet->checks[i];
		size_t len = strlen(check->service->name);

		if (strncmp(name, check->service->name, len) != 0 || name[len] != '/' ||
		    strcmp(name + len + 1, check->name) != 0)
			continue;
		sched_hurry(watch->sched, check->id, net_now(watch->net));
		found++;
	}
	pump(watch);
	return found;
}

void watch_word(struct watch *watch, enum event_kind kind, uint64_t service_id, bool on,
		const char *text)
{
	const char *who = getenv("USER");

	apply(watch, &(struct event){
			     .kind = kind,
			     .service_id = service_id,
			     .as.word = {.on = on, .who = who != NULL ? who : "", .text = text},
		     });
}
