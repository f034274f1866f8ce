/* The due heap and the limits in front of it. A check is in exactly one place: in the heap (by due
 * time), in a line behind a full limit (its host's, the unresolved names', the slow ones'), or under
 * way. A line is served first come first served when a place in front of it falls free, so nothing is
 * looked at twice for one blocked host.
 *
 * The grid of a check is load time + hash(id) modulo interval + n * interval and never moves; a run that
 * would have begun before its grid point's successor is skipped and counted. */
#include "sched/sched.h"

#include "base/digest.h"
#include "base/map.h"
#include "base/vec.h"

#include <ctype.h>

/* Unresolved names that hang keep a resolver thread each: so many more than the limit at most. */
#define UNRESOLVED_HANGING 8
/* The wall clock is slewed by less between two looks at it. */
#define JUMP_NS (500 * NS_PER_MS)
/* Slots that are counted one by one; a longer sleep is not worth it. */
#define CRON_COUNTED 2000

enum place { PLACE_HEAP, PLACE_LINE, PLACE_FLYING };

struct entry;
struct line {
	struct entry *head, *tail;
};

struct host {
	size_t in_flight;
	bool resolved;
	struct line line;
};

struct entry {
	uint64_t id;
	const struct check *check;
	struct host *host;
	struct host *next_host; /* once it is done; NULL the same */
	int64_t due;		/* when it should start; stays as it is while in the heap */
	int64_t slot;		/* the next point of its grid */
	int64_t started;
	int64_t again; /* a hurry that came while it was under way; INT64_MAX none */
	size_t heap_at;
	struct entry *prev, *next; /* in a line, or among the young ones */
	struct line *line;	   /* the one it waits in */
	enum place place;
	bool young;
	bool slow;	 /* its last run outlived young_ns: it starts among the older ones */
	bool unresolved; /* holds a place of the unresolved names */
	bool gone;	 /* not in the fleet any more, still under way */
	bool resting;	 /* no run of its own any more, only hurried ones */
};

/* A place of the heap. With the time beside it few comparisons have to look at the entry. */
struct due {
	int64_t at;
	struct entry *entry;
};

struct sched {
	struct sched_limits limits;
	int64_t wall_ns; /* wall clock - monotonic clock */
	struct fleet *fleet;
	struct idmap *entries;
	struct idmap *hosts; /* by digest of their names */
	struct host **host_list;
	size_t host_count, host_cap;
	struct VEC_OF(struct due) heap;
	struct VEC_OF(struct entry *) all;
	struct line young, slow, unresolved_line;
	size_t young_count, old_count, unresolved_young, unresolved_all;
	uint64_t skipped;
};

struct sched_limits sched_limits_default(void)
{
	return (struct sched_limits){.young = 64,
				     .young_ns = 250 * NS_PER_MS,
				     .waiting = 4096,
				     .per_host = 16,
				     .unresolved = 16};
}

/* --- lines ------------------------------------------------------------------------------- */

static void line_push(struct line *line, struct entry *entry)
{
	entry->next = NULL;
	entry->prev = line->tail;
	if (line->tail != NULL)
		line->tail->next = entry;
	else
		line->head = entry;
	line->tail = entry;
}

static void line_remove(struct line *line, struct entry *entry)
{
	if (entry->prev != NULL)
		entry->prev->next = entry->next;
	else
		line->head = entry->next;
	if (entry->next != NULL)
		entry->next->prev = entry->prev;
	else
		line->tail = entry->prev;
	entry->prev = entry->next = NULL;
}

/* --- heap: a binary one, ties broken by id so that the order never hangs on addresses -------- */

static bool before(struct due a, struct due b)
{
	return a.at != b.at ? a.at < b.at : a.entry->id < b.entry->id;
}

static void heap_set(struct sched *sched, size_t at, struct due due)
{
	sched->heap.at[at] = due;
	due.entry->heap_at = at;
}

static void heap_up(struct sched *sched, size_t at)
{
	struct due due = sched->heap.at[at];

	while (at > 0 && before(due, sched->heap.at[(at - 1) / 2])) {
		heap_set(sched, at, sched->heap.at[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_set(sched, at, due);
}

static void heap_down(struct sched *sched, size_t at)
{
	struct due due = sched->heap.at[at];

	for (;;) {
		size_t child = at * 2 + 1;

		if (child >= sched->heap.len)
			break;
		if (child + 1 < sched->heap.len &&
		    before(sched->heap.at[child + 1], sched->heap.at[child]))
			child++;
		if (!before(sched->heap.at[child], due))
			break;
		heap_set(sched, at, sched->heap.at[child]);
		at = child;
	}
	heap_set(sched, at, due);
}

static void heap_push(struct sched *sched, struct entry *entry)
{
	entry->place = PLACE_HEAP;
	vec_push(&sched->heap, ((struct due){entry->due, entry}));
	heap_up(sched, sched->heap.len - 1);
}

static void heap_remove(struct sched *sched, struct entry *entry)
{
	size_t at = entry->heap_at;
	struct due last = sched->heap.at[--sched->heap.len];

	if (last.entry == entry)
		return;
	heap_set(sched, at, last);
	heap_up(sched, at);
	heap_down(sched, last.entry->heap_at);
}

/* --- hosts ------------------------------------------------------------------------------- */

/* host:port as the check names it: the part of a URL between `://` and the path, without user. What
 * names no host (a command, a container of this host's engine) shares a limit with its own kind. */
static void authority(const struct check *check, struct strbuf *out)
{
	const char *start, *end, *at;

	if (check->unix_path != NULL) {
		strbuf_addf(out, "unix:%s", check->unix_path);
		return;
	}
	if (check->url == NULL && check->host == NULL) {
		strbuf_addf(out, "[%s]", check_type_info(check->type)->name);
		return;
	}
	if (check->url == NULL) {
		strbuf_addf(out, "%s:%d", check->host, check->port);
		return;
	}
	start = strstr(check->url, "://");
	start = start != NULL ? start + 3 : check->url;
	end = start + strcspn(start, "/?#");
	for (at = start; at < end; at++)
		if (*at == '@')
			start = at + 1;
	strbuf_add(out, start, (size_t)(end - start));
}

/* Addresses, sockets and localhost need no name server. */
static bool needs_no_name(const char *host)
{
	const char *c = host;

	if (host[0] == '[' || strncmp(host, "unix:", 5) == 0 || strncmp(host, "localhost", 9) == 0)
		return true;
	while (isdigit((unsigned char)*c) || *c == '.')
		c++;
	return *c == '\0' || *c == ':';
}

static struct host *host_of(struct sched *sched, const struct check *check)
{
	struct strbuf name;
	struct host *host;
	uint64_t id;

	strbuf_init(&name, 1024);
	authority(check, &name);
	id = digest_fast(name.data, name.len);
	host = idmap_get(sched->hosts, id);
	if (host == NULL) {
		host = xcalloc(1, sizeof(*host));
		host->resolved = needs_no_name(name.data);
		idmap_put(sched->hosts, id, host);
		if (sched->host_count == sched->host_cap) {
			sched->host_cap = sched->host_cap != 0 ? sched->host_cap * 2 : 16;
			sched->host_list = xreallocarray(sched->host_list, sched->host_cap,
							 sizeof(*sched->host_list));
		}
		sched->host_list[sched->host_count++] = host;
	}
	strbuf_release(&name);
	return host;
}

/* --- life -------------------------------------------------------------------------------- */

struct sched *sched_new(const struct sched_limits *limits)
{
	struct sched *sched = xcalloc(1, sizeof(*sched));

	sched->limits = limits != NULL ? *limits : sched_limits_default();
	sched->entries = idmap_new();
	sched->hosts = idmap_new();
	return sched;
}

static void hosts_free(struct sched *sched)
{
	for (size_t i = 0; i < sched->host_count; i++)
		free(sched->host_list[i]);
	free(sched->host_list);
	idmap_free(sched->hosts);
}

void sched_free(struct sched *sched)
{
	if (sched == NULL)
		return;
	for (size_t i = 0; i < sched->all.len; i++)
		free(sched->all.at[i]);
	vec_release(&sched->all);
	vec_release(&sched->heap);
	hosts_free(sched);
	idmap_free(sched->entries);
	fleet_unref(sched->fleet);
	free(sched);
}

/* The grid's point at or after `at` that is at least half an interval away from it: after the first
 * round a check comes 0.5 to 1.5 intervals later, whatever its phase. */
static int64_t grid_after(const struct check *check, int64_t origin, int64_t at)
{
	int64_t interval = check->interval_ns > 0 ? check->interval_ns : NS_PER_S;
	int64_t phase = (int64_t)(check->id % (uint64_t)interval);
	int64_t from = at + interval / 2 - origin - phase;
	int64_t n = from / interval + (from > 0 && from % interval != 0);

	return origin + phase + n * interval;
}

static int64_t interval_of(const struct check *check)
{
	return check->interval_ns > 0 ? check->interval_ns : NS_PER_S;
}

/* When a cron expression is due next, on the monotonic clock. */
static int64_t cron_after(const struct sched *sched, const struct check *check, int64_t at)
{
	struct wall_time next = cron_next(check->cron, (struct wall_time){at + sched->wall_ns});

	return next.ns != INT64_MAX ? next.ns - sched->wall_ns : INT64_MAX;
}

static int64_t first_slot(const struct sched *sched, const struct check *check, int64_t now)
{
	return check->cron != NULL ? cron_after(sched, check, now) : grid_after(check, now, now);
}

/* Moves the slot past `now` and counts the slots that it passed. */
static uint64_t pass_slots(const struct sched *sched, struct entry *entry, int64_t now)
{
	const struct check *check = entry->check;
	int64_t passed;

	if (entry->slot > now)
		return 0;
	if (check->cron == NULL) {
		passed = (now - entry->slot) / interval_of(check) + 1;
		entry->slot += passed * interval_of(check);
		return (uint64_t)passed;
	}
	for (passed = 0; entry->slot <= now && passed < CRON_COUNTED; passed++)
		entry->slot = cron_after(sched, check, entry->slot);
	if (entry->slot <= now)
		entry->slot = cron_after(sched, check, now);
	return (uint64_t)passed;
}

/* A check in the heap whose slot is another now; a hurry stays. */
static void move_slot(struct sched *sched, struct entry *entry, int64_t slot)
{
	bool by_slot = entry->due == entry->slot;

	entry->slot = slot;
	if (entry->place != PLACE_HEAP || entry->resting || (!by_slot && entry->due <= slot))
		return;
	heap_remove(sched, entry);
	entry->due = slot;
	heap_push(sched, entry);
}

void sched_set_wall(struct sched *sched, struct mono_time mono, struct wall_time wall)
{
	int64_t moved = wall.ns - mono.ns - sched->wall_ns;

	if (moved < JUMP_NS && moved > -JUMP_NS)
		return;
	sched->wall_ns += moved;
	for (size_t i = 0; i < sched->all.len; i++) {
		struct entry *entry = sched->all.at[i];

		if (entry->check == NULL || entry->check->cron == NULL)
			continue;
		if (moved > 0) {
			struct entry passed = *entry;

			passed.slot -= moved;
			sched->skipped += pass_slots(sched, &passed, mono.ns);
		}
		move_slot(sched, entry, cron_after(sched, entry->check, mono.ns));
	}
}

static void entry_load(struct sched *sched, const struct check *check, struct mono_time now)
{
	struct entry *entry = idmap_get(sched->entries, check->id);
	struct host *host;

	host = host_of(sched, check);
	if (entry == NULL) {
		entry = xcalloc(1, sizeof(*entry));
		entry->id = check->id;
		entry->due = now.ns;
		entry->again = INT64_MAX;
		entry->host = host;
		idmap_put(sched->entries, check->id, entry);
		vec_push(&sched->all, entry);
		entry->check = check;
		entry->slot = first_slot(sched, check, now.ns);
		heap_push(sched, entry);
	} else if (entry->place == PLACE_LINE && entry->host != host) {
		line_remove(entry->line, entry);
		entry->host = host;
		heap_push(sched, entry);
	} else if (entry->place == PLACE_HEAP) {
		entry->host = host;
	} else if (entry->place == PLACE_FLYING) {
		entry->next_host = host; /* the place it holds is the old one's until it is done */
	}
	if (entry->check == NULL || entry->check->interval_ns != check->interval_ns ||
	    entry->check->cron != check->cron)
		move_slot(sched, entry, first_slot(sched, check, now.ns));
	entry->check = check;
	entry->gone = false;
}

static void entry_drop(struct sched *sched, struct entry *entry)
{
	if (entry->place == PLACE_HEAP)
		heap_remove(sched, entry);
	else if (entry->place == PLACE_LINE)
		line_remove(entry->line, entry);
	idmap_remove(sched->entries, entry->id);
	free(entry);
}

void sched_load(struct sched *sched, struct fleet *fleet, struct mono_time now)
{
	struct fleet *old = sched->fleet;
	size_t kept = 0;

	for (size_t i = 0; i < sched->all.len; i++)
		sched->all.at[i]->gone = true;
	sched->fleet = fleet_ref(fleet);
	for (size_t i = 0; i < fleet->observer_count; i++)
		entry_load(sched, &fleet->observers[i], now);
	for (size_t i = 0; i < fleet->check_count; i++)
		entry_load(sched, &fleet->checks[i], now);
	for (size_t i = 0; i < sched->all.len; i++) {
		struct entry *entry = sched->all.at[i];

		if (entry->gone && entry->place != PLACE_FLYING) {
			entry_drop(sched, entry);
			continue;
		}
		if (entry->gone)
			entry->check = NULL; /* dropped by sched_done */
		sched->all.at[kept++] = entry;
	}
	sched->all.len = kept;
	fleet_unref(old);
}

/* --- running ----------------------------------------------------------------------------- */

static void age(struct sched *sched, int64_t now)
{
	struct entry *entry;

	while ((entry = sched->young.head) != NULL &&
	       now - entry->started >= sched->limits.young_ns) {
		line_remove(&sched->young, entry);
		entry->young = false;
		sched->young_count--;
		sched->old_count++;
		if (entry->unresolved)
			sched->unresolved_young--;
	}
}

static bool unresolved_full(const struct sched *sched)
{
	return sched->unresolved_young >= sched->limits.unresolved ||
	       sched->unresolved_all >= sched->limits.unresolved * UNRESOLVED_HANGING;
}

static void start(struct sched *sched, struct entry *entry, int64_t now)
{
	heap_remove(sched, entry);
	entry->place = PLACE_FLYING;
	entry->started = now;
	entry->host->in_flight++;
	if (entry->slow) {
		sched->old_count++;
	} else {
		entry->young = true;
		sched->young_count++;
		line_push(&sched->young, entry);
	}
	if (!entry->host->resolved) {
		entry->unresolved = true;
		sched->unresolved_all++;
		sched->unresolved_young += entry->young;
	}
	if (entry->slot <= now && !entry->resting)
		sched->skipped += pass_slots(sched, entry, now) - 1;
}

/* The line that this check has to wait in, NULL where it may start. */
static struct line *blocked_by(struct sched *sched, struct entry *entry)
{
	if (entry->slow && sched->old_count >= sched->limits.waiting)
		return &sched->slow;
	if (entry->host->in_flight >= sched->limits.per_host)
		return &entry->host->line;
	if (!entry->host->resolved && unresolved_full(sched))
		return &sched->unresolved_line;
	return NULL;
}

static bool no_young_place(const struct sched *sched)
{
	return sched->young_count >= sched->limits.young ||
	       sched->old_count >= sched->limits.waiting;
}

/* A young unresolved name that grew old leaves its place to the next in that line. */
static void serve_unresolved(struct sched *sched)
{
	size_t places =
		unresolved_full(sched) ? 0 : sched->limits.unresolved - sched->unresolved_young;
	struct entry *entry;

	while (places > 0 && (entry = sched->unresolved_line.head) != NULL) {
		line_remove(&sched->unresolved_line, entry);
		if (!entry->host->resolved)
			places--;
		heap_push(sched, entry);
	}
}

const struct check *sched_next(struct sched *sched, struct mono_time now)
{
	age(sched, now.ns);
	if (sched->unresolved_line.head != NULL)
		serve_unresolved(sched);
	while (sched->heap.len > 0) {
		struct entry *entry = sched->heap.at[0].entry;
		struct line *line;

		if (entry->due > now.ns)
			return NULL;
		line = blocked_by(sched, entry);
		if (line != NULL) {
			heap_remove(sched, entry);
			entry->place = PLACE_LINE;
			entry->line = line;
			line_push(line, entry);
			continue;
		}
		if (!entry->slow && no_young_place(sched))
			return NULL;
		start(sched, entry, now.ns);
		return entry->check;
	}
	return NULL;
}

static void serve(struct sched *sched, struct line *line)
{
	struct entry *entry = line->head;

	if (entry == NULL)
		return;
	line_remove(line, entry);
	heap_push(sched, entry);
}

static void give_back(struct sched *sched, struct entry *entry, int64_t now)
{
	struct host *host = entry->host;

	if (entry->young) {
		line_remove(&sched->young, entry);
		sched->young_count--;
		if (entry->unresolved)
			sched->unresolved_young--;
	} else {
		sched->old_count--;
		serve(sched, &sched->slow);
	}
	entry->slow = now - entry->started >= sched->limits.young_ns;
	entry->young = false;
	if (entry->unresolved) {
		sched->unresolved_all--;
		entry->unresolved = false;
	}
	host->in_flight--;
	host->resolved = true;
	serve(sched, &host->line);
}

static void forget(struct sched *sched, struct entry *entry)
{
	for (size_t i = 0; i < sched->all.len; i++)
		if (sched->all.at[i] == entry) {
			sched->all.at[i] = sched->all.at[--sched->all.len];
			break;
		}
	idmap_remove(sched->entries, entry->id);
	free(entry);
}

void sched_done(struct sched *sched, uint64_t check_id, struct mono_time now)
{
	struct entry *entry = idmap_get(sched->entries, check_id);

	if (entry == NULL || entry->place != PLACE_FLYING)
		return;
	give_back(sched, entry, now.ns);
	if (entry->gone) {
		forget(sched, entry);
		return;
	}
	if (entry->next_host != NULL)
		entry->host = entry->next_host;
	entry->next_host = NULL;
	if (!entry->resting)
		sched->skipped += pass_slots(sched, entry, now.ns);
	entry->due = entry->resting ? INT64_MAX : entry->slot;
	if (entry->again < entry->due)
		entry->due = entry->again;
	entry->again = INT64_MAX;
	heap_push(sched, entry);
}

struct mono_time sched_wake(const struct sched *sched, struct mono_time now)
{
	const struct entry *top = sched->heap.len > 0 ? sched->heap.at[0].entry : NULL;
	int64_t wake = INT64_MAX;
	int64_t aged = sched->young.head != NULL
			       ? sched->young.head->started + sched->limits.young_ns
			       : INT64_MAX;

	if (top != NULL) {
		bool stuck = top->due <= now.ns && !top->slow && no_young_place(sched);

		wake = stuck ? aged : top->due;
	}
	/* A name in line may start when a young one grows old. */
	if (sched->unresolved_line.head != NULL && aged < wake)
		wake = aged;
	return (struct mono_time){wake};
}

void sched_hurry(struct sched *sched, uint64_t check_id, struct mono_time due)
{
	struct entry *entry = idmap_get(sched->entries, check_id);

	if (entry == NULL || entry->gone)
		return;
	if (entry->place == PLACE_FLYING) {
		if (due.ns < entry->again)
			entry->again = due.ns;
	} else if (entry->place == PLACE_HEAP && due.ns < entry->due) {
		heap_remove(sched, entry);
		entry->due = due.ns;
		heap_push(sched, entry);
	}
}

void sched_rest(struct sched *sched, uint64_t check_id)
{
	struct entry *entry = idmap_get(sched->entries, check_id);

	if (entry == NULL)
		return;
	entry->resting = true;
	if (entry->place == PLACE_HEAP && entry->due == entry->slot) {
		heap_remove(sched, entry);
		entry->due = INT64_MAX;
		heap_push(sched, entry);
	}
}

uint64_t sched_skipped(const struct sched *sched)
{
	return sched->skipped;
}
