/* --once. A check is settled when it passed, or failed `fall` times; an observer with its first answer,
 * which may take back all that the checks said. The run ends when all are settled or the deadline
 * comes, and then whoever has not answered is told as UNKNOWN. Where something is wrong it waits,
 * bounded, for the rules and for the logs to have been scanned. */
#include "app/once.h"

#include "base/map.h"
#include "base/units.h"
#include "base/xalloc.h"
#include "term/term.h"

#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ONCE_MAGIC 0x0ce0ce01u
#define RETRY_NS NS_PER_S
#define EVIDENCE_NS (3 * NS_PER_S)     /* longest wait for rules and logs */
#define EVIDENCE_POLL_NS (5 * NS_PER_MS)
#define PROGRESS_AFTER_NS NS_PER_S
#define PROGRESS_EVERY_NS (200 * NS_PER_MS)
#define REPORT_MAX_BYTES (256u << 20)
#define TABLE_WIDTH 80

/* How far one check has come. */
struct once_check {
	const struct check *check;
	int failures;
	bool observer;
	bool failing; /* by its last edge */
	bool settled;
};

struct once {
	unsigned magic;
	struct net *net;
	struct watch *watch;
	const struct options *options;
	struct once_check *checks;
	size_t count;
	size_t open; /* not settled */
	struct idmap *by_id;
	struct net_timer *deadline;
	struct net_timer *evidence;
	struct net_timer *progress;
	struct net_signal *signals[2];
	struct mono_time started;
	struct mono_time evidence_until;
	bool progress_shown;
	bool deadline_hit;
	bool ending;
	bool wrong; /* something is: rules and logs are waited for */
	int killed_by;
};

/* --- the end of the run ---------------------------------------------------------------------- */

static bool anything_wrong(struct once *once)
{
	struct snapshot *snapshot = watch_snapshot(once->watch, 0, false, NULL);
	bool wrong = snapshot->counts.up != (int)snapshot->row_count;

	snapshot_unref(snapshot);
	return wrong;
}

static bool evidence_is_in(const struct once *once)
{
	const struct logs *logs = watch_logs(once->watch);

	if (!watch_silences_settled(once->watch))
		return false;
	return !once->wrong ||
	       (watch_rules_ready(once->watch) &&
		(logs == NULL || watch_rules(once->watch) == NULL || logs_settled(logs)));
}

static void on_evidence(void *context)
{
	struct once *once = context;
	struct mono_time now;

	CHECK_MAGIC(once, ONCE_MAGIC);
	now = net_now(once->net);
	if (evidence_is_in(once) || now.ns >= once->evidence_until.ns) {
		net_stop(once->net);
		return;
	}
	now.ns += EVIDENCE_POLL_NS;
	net_timer_set(once->evidence, now);
}

static void finish(struct once *once)
{
	if (once->ending)
		return;
	once->ending = true;
	watch_stop(once->watch);
	net_timer_stop(once->deadline);
	once->wrong = anything_wrong(once);
	if (once->wrong)
		watch_need_rules(once->watch);
	once->evidence_until = net_now(once->net);
	once->evidence_until.ns += EVIDENCE_NS;
	on_evidence(once);
}

static void settle(struct once *once, struct once_check *check)
{
	if (check->settled)
		return;
	check->settled = true;
	if (--once->open == 0)
		finish(once);
}

/* --- what happens ---------------------------------------------------------------------------- */

static void on_event(void *context, const struct event *event)
{
	struct once *once = context;
	struct once_check *check;

	CHECK_MAGIC(once, ONCE_MAGIC);
	/* While the fleet is loaded, checks that are configured wrongly have their edges already. */
	if (once->watch == NULL || event->kind != EVENT_EDGE || event->as.edge.check_id == 0)
		return;
	check = idmap_get(once->by_id, event->as.edge.check_id);
	if (check != NULL)
		check->failing = event->as.edge.to == CHECK_FAIL;
	if (event->as.edge.to != CHECK_PASS)
		watch_need_rules(once->watch);
}

static void on_finished(void *context, uint64_t check_id)
{
	struct once *once = context;
	struct once_check *check;

	CHECK_MAGIC(once, ONCE_MAGIC);
	check = idmap_get(once->by_id, check_id);
	if (check == NULL || check->settled)
		return;
	if (check->failing && !check->observer && ++check->failures < check->check->fall &&
	    !once->ending) {
		watch_recheck(once->watch, check->check->service->id, check_id, RETRY_NS);
		return;
	}
	settle(once, check);
}

static void on_deadline(void *context)
{
	struct once *once = context;

	CHECK_MAGIC(once, ONCE_MAGIC);
	once->deadline_hit = true;
	watch_give_up(once->watch, once->options->deadline_ns);
	finish(once);
}

static void on_signal(void *context, int signum)
{
	struct once *once = context;

	CHECK_MAGIC(once, ONCE_MAGIC);
	once->killed_by = signum;
	net_stop(once->net);
}

/* Whether what is on a terminal here is more than a typewriter. */
static bool obeys_sequences(void)
{
	const char *term = getenv("TERM");

	return term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

/* --- progress, for a person who waits -------------------------------------------------------- */

static void on_progress(void *context)
{
	struct once *once = context;
	struct mono_time now;

	CHECK_MAGIC(once, ONCE_MAGIC);
	now = net_now(once->net);
	(void)fprintf(stderr, "\r%zu of %zu checks answered, %llds\033[K", once->count - once->open,
		      once->count, (long long)((now.ns - once->started.ns) / NS_PER_S));
	(void)fflush(stderr);
	once->progress_shown = true;
	now.ns += PROGRESS_EVERY_NS;
	net_timer_set(once->progress, now);
}

static void clear_progress(const struct once *once)
{
	if (once->progress_shown)
		(void)fputs("\r\033[K", stderr);
}

/* --- output ---------------------------------------------------------------------------------- */

static int table_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	long width = columns != NULL ? strtol(columns, NULL, 10) : 0;

	if (width > 0 && width < 10000)
		return (int)width;
	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return TABLE_WIDTH;
}

/* Glyphs need UTF-8 from the locale, and on a terminal one that can show them. */
static bool wants_ascii(const struct options *options)
{
	if (options->ascii)
		return true;
	if (isatty(STDOUT_FILENO))
		return term_wants_ascii();
	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

static bool wants_color(const struct options *options)
{
	return !options->no_color && isatty(STDOUT_FILENO) && obeys_sequences();
}

/* What a person has to know beside the states; the tables say it themselves. */
static void say_banner(const struct snapshot *snapshot, enum report_format format)
{
	if (snapshot->banner != NULL && format != REPORT_TABLE && format != REPORT_WIDE)
		(void)fprintf(stderr, "sitrep: %s\n", snapshot->banner);
}

static int print(struct once *once)
{
	const struct options *options = once->options;
	struct snapshot *snapshot = watch_snapshot(once->watch, 0, true, NULL);
	struct report_options report = {
		.format = options->report,
		.width = table_width(),
		.ascii = wants_ascii(options),
		.color = wants_color(options),
		.deadline_hit = once->deadline_hit,
	};
	int code = report_exit_code(snapshot, options->fail_on);
	struct strbuf out;

	strbuf_init(&out, REPORT_MAX_BYTES);
	say_banner(snapshot, options->report);
	report_write(snapshot, &report, &out);
	if (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0) {
		(void)fprintf(stderr, "sitrep: the report could not be written: %s\n", strerror(errno));
		code = 3;
	}
	strbuf_release(&out);
	snapshot_unref(snapshot);
	return code;
}

/* --- life ------------------------------------------------------------------------------------ */

static void start(struct once *once, struct fleet *fleet)
{
	struct mono_time at = net_now(once->net);

	once->started = at;
	once->count = once->open = fleet->check_count + fleet->observer_count;
	once->checks = xcalloc(once->count, sizeof(*once->checks));
	once->by_id = idmap_new();
	for (size_t i = 0; i < once->count; i++) {
		struct once_check *check = &once->checks[i];

		check->observer = i >= fleet->check_count;
		check->check = check->observer ? &fleet->observers[i - fleet->check_count]
					       : &fleet->checks[i];
		(void)idmap_put(once->by_id, check->check->id, check);
	}
	once->deadline = net_timer_new(once->net, on_deadline, once);
	once->evidence = net_timer_new(once->net, on_evidence, once);
	once->progress = net_timer_new(once->net, on_progress, once);
	once->signals[0] = net_signal_new(once->net, SIGINT, on_signal, once);
	once->signals[1] = net_signal_new(once->net, SIGTERM, on_signal, once);
	net_timer_set(once->deadline, (struct mono_time){at.ns + once->options->deadline_ns});
	if (isatty(STDERR_FILENO) && obeys_sequences())
		net_timer_set(once->progress, (struct mono_time){at.ns + PROGRESS_AFTER_NS});
}

static void release(struct once *once)
{
	net_timer_free(once->deadline);
	net_timer_free(once->evidence);
	net_timer_free(once->progress);
	for (size_t i = 0; i < BASE_LEN(once->signals); i++)
		net_signal_free(once->signals[i]);
	watch_free(once->watch);
	idmap_free(once->by_id);
	free(once->checks);
}

int once_run(struct net *net, struct fleet *fleet, const struct options *options,
	     const struct config_request *request)
{
	struct once once = {.magic = ONCE_MAGIC, .net = net, .options = options};
	struct watch_options watch_options = {
		.config = *request, .logs = true, .record = options->record};
	struct watch_events events = {
		.event = on_event, .finished = on_finished, .context = &once};
	struct strbuf err;
	int code = 3;

	strbuf_init(&err, 1024);
	once.watch = watch_new(net, fleet, &watch_options, &events, &err);
	if (once.watch == NULL) {
		(void)fprintf(stderr, "sitrep: %s\n", err.data);
	} else {
		start(&once, fleet);
		watch_start(once.watch);
		if (once.open == 0)
			finish(&once);
		net_run(net);
		clear_progress(&once);
		code = once.killed_by != 0 ? 128 + once.killed_by : print(&once);
		release(&once);
	}
	strbuf_release(&err);
	return code;
}
