/* One look at every file, in a worker job: what grew is read, cleaned, cut into lines and scanned;
 * back on the loop the lines go to their rings and the matches to their owner. There is one sweep
 * at a time, so a tail needs no lock. Invariant: whatever ends a sweep, its batches are taken. */
#include "logs/state.h"

#include "base/xalloc.h"

#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#define SWEEP_MAGIC 0x5eeb5eebu
#define POLL_NS NS_PER_S	 /* stat() of every file; hints only make it sooner */
#define HINT_NS (20 * NS_PER_MS) /* soon, not now: writers write in bursts */
#define GLOB_NS (5 * NS_PER_S)
#define BUDGET ((size_t)32 << 20) /* bytes a sweep reads at most, then it reports */
#define GLOB_FILES 2000		  /* names that a glob may give */
#define SOURCE_FILES 8		  /* files of one glob that are followed */

struct unit {
	struct stream *stream;
	struct batch batch;
	bool asked; /* the job got to it */
	bool more;
};

/* A path that a glob found and no stream has. */
struct found_path {
	struct source *source;
	char *path;
	bool from_start;
	struct wall_time written;
};

struct sweep {
	unsigned magic;
	struct logs *logs;
	struct fleet *fleet; /* a reference: its redactor is read by the job */
	unsigned generation;
	struct tail_sweep tail;
	struct VEC_OF(struct source *) globs; /* due */
	struct VEC_OF(struct found_path) found;
	struct VEC_OF(struct unit) units;
};

/* --- in the job --------------------------------------------------------------------------- */

/* Known by its path, or by another name: a rotated file is not new. */
static bool is_known(const struct source *source, const char *path, const struct stat *status)
{
	for (size_t i = 0; i < source->streams.len; i++) {
		const struct tail *tail = &source->streams.at[i]->tail;

		if (strcmp(tail->path, path) == 0 || tail_has(tail, status->st_dev, status->st_ino))
			return true;
	}
	return false;
}

static bool is_packed(const char *path)
{
	static const char *const endings[] = {".gz", ".xz", ".bz2", ".zst"};
	size_t len = strlen(path);

	for (size_t i = 0; i < BASE_LEN(endings); i++) {
		size_t n = strlen(endings[i]);

		if (len > n && strcmp(path + len - n, endings[i]) == 0)
			return true;
	}
	return false;
}

static void expand(struct sweep *sweep, struct source *source)
{
	glob_t found;

	if (glob(source->path, GLOB_NOSORT, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc && i < GLOB_FILES; i++) {
			struct stat status;
			struct found_path path = {.source = source, .from_start = source->globbed};

			if (is_packed(found.gl_pathv[i]) || stat(found.gl_pathv[i], &status) != 0 ||
			    !S_ISREG(status.st_mode) ||
			    is_known(source, found.gl_pathv[i], &status))
				continue;
			path.path = xstrdup(found.gl_pathv[i]);
			path.written.ns = status.st_mtim.tv_sec * NS_PER_S;
			/* Written before it was looked for: an old file that came to match. */
			if (path.written.ns < sweep->tail.context.now.ns - 2 * GLOB_NS)
				path.from_start = false;
			vec_push(&sweep->found, path);
		}
		globfree(&found);
	}
	source->globbed = true;
	source->glob_due.ns = sweep->tail.now.ns + GLOB_NS;
}

static void work(void *context, const struct net_job *job)
{
	struct sweep *sweep = context;

	CHECK_MAGIC(sweep, SWEEP_MAGIC);
	for (size_t i = 0; i < sweep->globs.len && !net_job_cancelled(job); i++)
		expand(sweep, sweep->globs.at[i]);
	for (size_t i = 0; i < sweep->units.len && !net_job_cancelled(job); i++) {
		struct unit *unit = &sweep->units.at[i];

		unit->asked = true;
		unit->more = tail_sweep(&unit->stream->tail, &sweep->tail,
					&unit->stream->source->next_number, &unit->batch);
	}
}

/* --- on the loop -------------------------------------------------------------------------- */

void deliver_matches(struct logs *logs, uint64_t service_id, uint64_t source,
		     const struct batch *batch)
{
	for (size_t i = 0; i < batch->matches.len && !logs->closing; i++) {
		const struct batch_match *from = &batch->matches.at[i];
		struct log_match match = {
			.pattern = from->pattern,
			.source = source,
			.number = from->number,
			.time = {from->time_ns},
			.level = from->level,
			.text = (from->skipped ? batch->match_text.data : batch->text.data) +
				from->offset,
			.len = from->len,
			.captures = from->captures,
		};

		logs->events.match(logs->events.context, service_id, &match);
	}
}

static void set_note(struct log_service *service, const char *what, const char *path,
		     struct wall_time now)
{
	struct civil_time civil = civil_from_wall(now, 0);
	const char *slash = strrchr(path, '/');

	free(service->note);
	service->note = xasprintf("%s %s at %02d:%02d:%02d", slash != NULL ? slash + 1 : path, what,
				  civil.hour, civil.minute, civil.second);
	service->note_at = now;
}

/* Lines that the sweep scanned for patterns that are no longer the current ones. */
static void mark_unscanned(struct stream *stream, uint64_t from)
{
	if (stream->rescan_from >= stream->rescan_to)
		stream->rescan_from = from;
	stream->rescan_to = stream->held.ring.next;
}

static void take_unit(struct sweep *sweep, struct unit *unit)
{
	struct logs *logs = sweep->logs;
	struct log_service *service = unit->stream->source->service;
	uint64_t from = unit->stream->held.ring.next;
	const char *event = unit->stream->tail.event;

	if (event != NULL && unit->asked)
		set_note(service, event, unit->stream->tail.path, sweep->tail.context.now);
	if (unit->batch.lines.len == 0 && unit->batch.skipped == 0 && event == NULL)
		return;
	held_take(&service->held, &unit->stream->held, &unit->batch, logs->service_bytes);
	if (sweep->generation == logs->generation)
		deliver_matches(logs, service->id, unit->stream->source->id, &unit->batch);
	else
		mark_unscanned(unit->stream, from);
	if (!logs->closing)
		logs->events.grew(logs->events.context, service->id);
}

/* A source follows the files that were written to last. */
static bool take_path(const struct found_path *found)
{
	struct source *source = found->source;
	size_t oldest = 0;

	if (source->streams.len >= SOURCE_FILES) {
		for (size_t i = 1; i < source->streams.len; i++) {
			if (source->streams.at[i]->tail.file.written.ns <
			    source->streams.at[oldest]->tail.file.written.ns)
				oldest = i;
		}
		if (source->streams.at[oldest]->tail.file.written.ns >= found->written.ns)
			return false;
		source_drop_stream(source, oldest);
	}
	return source_add_stream(source, found->path, found->from_start) != NULL;
}

static void sweep_free(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->units.len; i++)
		batch_release(&sweep->units.at[i].batch);
	for (size_t i = 0; i < sweep->found.len; i++)
		free(sweep->found.at[i].path);
	vec_release(&sweep->units);
	vec_release(&sweep->found);
	vec_release(&sweep->globs);
	fleet_unref(sweep->fleet);
	free(sweep);
}

/* In that time at the latest; never later than was said before. */
static void sweep_at(struct logs *logs, int64_t in_ns)
{
	struct mono_time due = {net_now(logs->net).ns + in_ns};

	if (due.ns >= logs->due.ns)
		return;
	logs->due = due;
	net_timer_set(logs->timer, due);
}

static void done(void *context, bool cancelled)
{
	struct sweep *sweep = context;
	struct logs *logs = sweep->logs;
	bool again = false;

	CHECK_MAGIC(sweep, SWEEP_MAGIC);
	(void)cancelled;
	for (size_t i = 0; i < sweep->units.len; i++) {
		take_unit(sweep, &sweep->units.at[i]);
		again = again || sweep->units.at[i].more;
	}
	for (size_t i = 0; i < sweep->found.len; i++)
		again = take_path(&sweep->found.at[i]) || again;
	/* A glob's files are known now, their backlog is not there yet. */
	logs->swept = logs->swept || !again;
	logs->sweep = NULL;
	logs->sweep_job = NULL;
	logs->due.ns = INT64_MAX;
	sweep_free(sweep);
	if (logs->closing) {
		logs_end(logs);
		return;
	}
	if (logs->next_fleet != NULL) {
		logs_build(logs, logs->next_fleet);
		fleet_unref(logs->next_fleet);
		logs->next_fleet = NULL;
		again = true;
	}
	logs_tend_watches(logs);
	rescan_start(logs);
	sweep_at(logs, again ? 0 : logs->hinted ? HINT_NS : POLL_NS);
	logs->hinted = false;
}

void sweep_hint(struct logs *logs)
{
	if (logs->sweep != NULL)
		logs->hinted = true;
	else
		sweep_at(logs, HINT_NS);
}

void sweep_start(struct logs *logs)
{
	struct mono_time now = net_now(logs->net);
	struct sweep *sweep;

	logs->due.ns = INT64_MAX;
	if (logs->sweep != NULL)
		return;
	/* Growth waits for its patterns, so that none of it passes unseen; the backlog does not. */
	if (logs->swept && logs->generation == 0 && now.ns < logs->patience.ns) {
		sweep_at(logs, logs->patience.ns - now.ns);
		return;
	}
	sweep = xcalloc(1, sizeof(*sweep));
	sweep->magic = SWEEP_MAGIC;
	sweep->logs = logs;
	sweep->fleet = fleet_ref(logs->fleet);
	sweep->generation = logs->generation;
	sweep->tail.context.redactor = logs->fleet->redactor;
	sweep->tail.context.now = clock_wall();
	sweep->tail.context.utc_offset_s = clock_utc_offset(sweep->tail.context.now);
	sweep->tail.now = now;
	sweep->tail.keep_bytes = logs->service_bytes;
	sweep->tail.budget = BUDGET;
	sweep->tail.buffer = logs->buffer;
	if (logs->scanner.set != logs->patterns) {
		scanner_release(&logs->scanner);
		logs->scanner.set = logs->patterns != NULL ? pattern_set_ref(logs->patterns) : NULL;
	}
	sweep->tail.scanner = &logs->scanner;
	for (size_t i = 0; i < logs->services.len; i++) {
		struct log_service *service = logs->services.at[i];

		for (size_t k = 0; k < service->sources.len; k++) {
			struct source *source = service->sources.at[k];

			if (source->is_glob && now.ns >= source->glob_due.ns)
				vec_push(&sweep->globs, source);
			for (size_t s = 0; s < source->streams.len; s++) {
				struct unit *unit = vec_add(&sweep->units);

				*unit = (struct unit){.stream = source->streams.at[s]};
				batch_init(&unit->batch);
			}
		}
	}
	logs->sweep = sweep;
	logs->sweep_job = net_job_start(logs->net, work, done, sweep);
}
