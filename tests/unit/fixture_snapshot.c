/* Snapshots built by hand for tests of ui/ and view/: plans of services become a fleet and rows of
 * one arena each, at a fixed moment, so that every screen is the same every time. */
#include "fixture_snapshot.h"

#include "base/xalloc.h"
#include "model/ids.h"

#define LOG_SOURCE UINT64_C(77)
#define LOG_LINES 60

struct wall_time fixture_now(void)
{
	struct civil_time civil = {
		.year = 2026, .month = 11, .day = 21, .hour = 12, .minute = 3, .second = 41};

	return civil_to_wall(&civil, 0);
}

static struct wall_time ago(int64_t seconds)
{
	return (struct wall_time){fixture_now().ns - seconds * NS_PER_S};
}

/* --- fleet ----------------------------------------------------------------------------------- */

struct plan {
	const char *name, *group;
	enum service_state state;
	int64_t since_s;
	int passing, total;
	int64_t latency_us, p95_us;
	const char *why;
	unsigned marks;
	const char *depends; /* one name or NULL */
	bool caused;	     /* by it */
};

static const struct plan nexus[] = {
	{"gateway", "edge", SERVICE_DEGRADED, 44, 3, 3, 840000, 900000,
	 "latency 840ms, wanted < 300ms", 0, "auth", false},
	{"auth", "core", SERVICE_UP, 273600, 4, 4, 9100, 14000, "", 0, "postgres", false},
	{"user", "core", SERVICE_UP, 273600, 3, 3, 11200, 22000, "", 0, "postgres", false},
	{"scraping", "core", SERVICE_UNKNOWN, 180, 1, 2, -1, -1,
	 "the resolver of this host does not answer", MARK_STALE, NULL, false},
	{"voice", "core", SERVICE_DOWN, 252, 4, 6, 12100, 19000,
	 "POST /api/voice/realtime-session is 404; it is served at /voice/realtime-session",
	 MARK_ACKED, "redis", false},
	{"transcripts", "core", SERVICE_DOWN, 242, 0, 1, -1, -1, "connection refused", 0, "voice",
	 true},
	{"analytics", "core", SERVICE_UP, 7500, 2, 2, 31000, 64000, "", MARK_MUTED, NULL, false},
	{"postgres", "data", SERVICE_UP, 273600, 1, 1, 400, 900, "", 0, NULL, false},
	{"redis", "data", SERVICE_UP, 273600, 1, 1, 200, 500, "", 0, NULL, false},
	{"kafka", "data", SERVICE_UP, 86400, 1, 1, 1900, 4100, "", 0, "zookeeper", false},
	{"zookeeper", "data", SERVICE_UP, 86400, 1, 1, 800, 1200, "", 0, NULL, false},
	{"grafana", "ops", SERVICE_UP, 612, 1, 1, 24000, 41000, "", 0, NULL, false},
	{"prometheus", "ops", SERVICE_UP, 31, 1, 1, 3300, 8000, "", 0, NULL, false},
	{"kafka-ui", "ops", SERVICE_PENDING, 0, 0, 1, -1, -1, "", 0, "kafka", false},
};

static const struct plan wide[] = {
	{"決済サービス", "中核", SERVICE_DOWN, 252, 1, 2, 12100, 19000,
	 "接続が拒否されました: 10.0.0.7:8003 (ポートは閉じています)", 0, NULL, false},
	{"cafe\xCC\x81-re\xCC\x81sume\xCC\x81", "边缘", SERVICE_DEGRADED, 61, 2, 2, 900000, 950000,
	 "latency 900ms 🐢, wanted < 300ms", MARK_FLAPPING, NULL, false},
	{"한국어-아주-아주-아주-긴-서비스-이름", "핵심", SERVICE_UP, 3600, 1, 1, 9000, 9000, "", 0,
	 NULL, false},
	{"plain", "", SERVICE_UP, 3600, 1, 1, 9000, 9000, "", 0, NULL, false},
};

static const char *arena_keep(struct arena *arena, const char *text)
{
	return arena_strdup(arena, text);
}

static void add_checks(struct fleet *fleet, struct service *service, const struct plan *plan,
		       struct check *checks)
{
	const struct check **list = arena_array(&fleet->arena, (size_t)plan->total, sizeof(*list));

	for (int i = 0; i < plan->total; i++) {
		struct check *check = &checks[i];
		static const char *const names[] = {
			"route POST /api/voice/realtime-session",
			"http /ready",
			"http /health",
			"http /openapi.json",
			"tcp 127.0.0.1:8003",
			"tls voice.example.com:443",
		};

		check->service = service;
		check->type = CHECK_TYPE_HTTP;
		check->name = names[(size_t)i % BASE_LEN(names)];
		check->id = check_id_of(service->id, check->name);
		check->target = arena_printf(&fleet->arena, "http://127.0.0.1:80%02zu%s",
					     service->index, strrchr(check->name, ' ') + 1);
		check->instance = -1;
		check->interval_ns = 10 * NS_PER_S;
		list[i] = check;
	}
	service->checks = list;
	service->check_count = (size_t)plan->total;
}

static const struct log_source log_source = {
	.id = LOG_SOURCE, .path = "/var/log/nexus/voice.log", .name = "voice.log"};

static struct fleet *make_fleet(const struct plan *plans, size_t count)
{
	struct fleet *fleet = xcalloc(1, sizeof(*fleet));
	struct service *services;
	struct check *checks;
	size_t total = 0;

	fleet->refs = 1;
	arena_init(&fleet->arena);
	fleet->name = "nexus";
	fleet->environment = "prod";
	fleet->interval_ns = 10 * NS_PER_S;
	for (size_t i = 0; i < count; i++)
		total += (size_t)plans[i].total;
	services = arena_array(&fleet->arena, count + 1, sizeof(*services));
	checks = arena_array(&fleet->arena, total + 1, sizeof(*checks));
	fleet->services = services;
	fleet->checks = checks;
	fleet->check_count = total;
	fleet->service_count = count;
	for (size_t i = 0; i < count; i++) {
		services[i].name = arena_keep(&fleet->arena, plans[i].name);
		services[i].group = arena_keep(&fleet->arena, plans[i].group);
		services[i].id = service_id_of("nexus", "prod", plans[i].name);
		services[i].index = i;
		services[i].url = arena_printf(&fleet->arena, "http://127.0.0.1:80%02zu", i);
		services[i].logs = &log_source;
		services[i].log_count = 1;
		add_checks(fleet, &services[i], &plans[i], checks);
		checks += plans[i].total;
	}
	for (size_t i = 0; i < count; i++) {
		const struct service **on = arena_array(&fleet->arena, 1, sizeof(*on));

		if (plans[i].depends == NULL)
			continue;
		on[0] = fleet_service_named(fleet, plans[i].depends);
		services[i].depends_on = on;
		services[i].depends_count = on[0] != NULL ? 1 : 0;
	}
	return fleet;
}

/* --- rows ------------------------------------------------------------------------------------ */

static const struct assertion_result route_assertions[] = {
	{.expected = "status not in 404|405|410|500..599", .got = "404", .pass = false},
	{.expected = "latency < 2s", .got = "12ms", .pass = true},
};
static const struct assertion_result ready_assertions[] = {
	{.expected = "json .status == healthy", .got = "\"starting\"", .pass = false},
	{.expected = "latency < 300ms", .got = "840ms", .pass = false, .warn = true},
	{.expected = "cert > 14d", .got = NULL, .skipped = true},
};

static const struct exchange_header headers[] = {{"content-type", "application/json"},
						 {"content-length", "22"},
						 {"server", "uvicorn"}};

static const struct exchange bad_exchange = {
	.refs = 1,
	.request = "POST http://127.0.0.1:8003/api/voice/realtime-session\nuser-agent: "
		   "sitrep/0.1\naccept: */*",
	.peer = "127.0.0.1:8003",
	.http_version = "1.1",
	.http_status = 404,
	.reused = true,
	.headers = headers,
	.header_count = BASE_LEN(headers),
	.body = "{\"detail\":\"Not Found\"}",
	.body_len = 22,
	.body_size = 22,
};
static const struct exchange good_exchange = {
	.refs = 1,
	.request = "POST http://127.0.0.1:8003/api/voice/realtime-session",
	.peer = "127.0.0.1:8003",
	.http_version = "1.1",
	.http_status = 422,
	.headers = headers,
	.header_count = 1,
	.body = "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"field required\"}]}",
	.body_len = 53,
	.body_size = 53,
};

static struct phases some_phases(void)
{
	struct phases phases = phases_unmeasured();

	phases.ns[PHASE_WAIT] = 11800000;
	phases.ns[PHASE_RECEIVE] = 100000;
	phases.ns[PHASE_CONNECT] = 200000;
	return phases;
}

static void fill_check(struct check_row *row, const struct check *check, const struct plan *plan,
		       int at)
{
	bool failing = at < plan->total - plan->passing;

	*row = (struct check_row){.id = check->id,
				  .check = check,
				  .latency_ns = 9100000,
				  .last_latency_ns = 9000000,
				  .streak = 25,
				  .failure = FAILURE_NONE,
				  .failed_phase = PHASE_NONE};
	row->phases = some_phases();
	row->state = row->last_result = failing ? CHECK_FAIL : CHECK_PASS;
	row->since = ago(plan->since_s);
	row->observed_at = ago(4);
	row->message = failing ? "404 Not Found" : "";
	if (plan->state == SERVICE_PENDING) {
		row->state = row->last_result = CHECK_PENDING;
		row->latency_ns = -1;
		row->observed_at.ns = 0;
		return;
	}
	if (plan->state == SERVICE_DEGRADED && at == 0)
		row->state = row->last_result = CHECK_WARN;
	if (failing) {
		row->assertions = at == 0 ? route_assertions : ready_assertions;
		row->assertion_count =
			at == 0 ? BASE_LEN(route_assertions) : BASE_LEN(ready_assertions);
		row->exchange = row->last_failure = &bad_exchange;
		row->last_failure_at = ago(4);
		row->last_success = &good_exchange;
		row->last_success_at = ago(262);
		if (plan->latency_us < 0) { /* nobody answered */
			row->failure = FAILURE_REFUSED;
			row->failed_phase = PHASE_CONNECT;
			row->message = "connection refused by 127.0.0.1:8003";
			row->exchange = row->last_failure = NULL;
			row->phases = phases_unmeasured();
			row->phases.ns[PHASE_CONNECT] = 210000;
			row->latency_ns = -1;
		}
	} else {
		row->exchange = row->last_success = &good_exchange;
		row->last_success_at = ago(4);
	}
}

static void fill_history(struct service_row *row, const struct plan *plan)
{
	for (int i = 0; i < HISTORY_CELLS; i++) {
		int64_t age = (HISTORY_CELLS - i) * 10;
		bool bad = age <= plan->since_s;

		row->history[i] = HISTORY_LEVEL1;
		if (plan->state == SERVICE_DOWN && bad)
			row->history[i] = HISTORY_FAIL;
		else if (plan->state == SERVICE_DEGRADED && bad)
			row->history[i] = HISTORY_DEGRADED;
		else if (plan->state == SERVICE_UNKNOWN && bad)
			row->history[i] = HISTORY_UNKNOWN;
		else if (plan->state == SERVICE_PENDING)
			row->history[i] = HISTORY_NONE;
		else if (i % 11 == 5)
			row->history[i] = (unsigned char)(HISTORY_LEVEL2 + i % 3);
	}
}

static void fill_row(struct snapshot *snapshot, struct service_row *row,
		     const struct service *service, const struct plan *plan)
{
	struct check_row *checks =
		arena_array(&snapshot->arena, service->check_count, sizeof(*checks));

	row->id = service->id;
	row->service = service;
	row->state = plan->state;
	row->last_state = plan->state == SERVICE_UNKNOWN ? SERVICE_UP : plan->state;
	row->marks = plan->marks;
	row->since = plan->since_s > 0 ? ago(plan->since_s) : (struct wall_time){0};
	row->since_at_least = plan->since_s == 612;
	row->checks_passing = plan->passing;
	row->checks_total = plan->total;
	row->latency_ns = plan->latency_us < 0 ? -1 : plan->latency_us * NS_PER_US;
	row->p95_ns = plan->p95_us < 0 ? -1 : plan->p95_us * NS_PER_US;
	row->why = arena_keep(&snapshot->arena, plan->why);
	fill_history(row, plan);
	if (plan->caused) {
		uint64_t *cause = arena_array(&snapshot->arena, 1, sizeof(*cause));

		*cause = service->depends_on[0]->id;
		row->caused_by = cause;
		row->caused_count = 1;
	}
	if ((plan->marks & MARK_ACKED) != 0) {
		row->acked_by = "ada";
		row->ack_text = "looking at the proxy";
	}
	for (size_t i = 0; i < service->check_count; i++)
		fill_check(&checks[i], service->checks[i], plan, (int)i);
	row->checks = checks;
	row->check_count = service->check_count;
}

static void fill_diagnosis(struct snapshot *snapshot, struct service_row *row)
{
	struct arena *arena = &snapshot->arena;
	struct diagnosis *diagnosis = arena_array(arena, 1, sizeof(*diagnosis));
	struct evidence *evidence = arena_array(arena, 4, sizeof(*evidence));
	struct remedy_step *steps = arena_array(arena, 3, sizeof(*steps));
	const char **verify = arena_array(arena, 1, sizeof(*verify));
	static const char *const links[] = {
		"https://fastapi.tiangolo.com/advanced/behind-a-proxy/"};

	evidence[0] = (struct evidence){.kind = EVIDENCE_CHECK,
					.source = "check",
					.weight = 0.5,
					.text = "POST /api/voice/realtime-session: 404",
					.check_id = row->checks[0].id};
	evidence[1] = (struct evidence){.kind = EVIDENCE_DOCUMENT,
					.source = "openapi",
					.weight = 0.4,
					.text = "/voice/realtime-session"};
	evidence[2] = (struct evidence){
		.kind = EVIDENCE_LOG,
		.source = "log voice.log",
		.weight = 0.2,
		.text = "\"POST /api/voice/realtime-session HTTP/1.1\" 404 Not Found",
		.log_source = LOG_SOURCE,
		.log_line = 31};
	evidence[3] = (struct evidence){.kind = EVIDENCE_DEPENDENCY,
					.source = "redis",
					.weight = -0.1,
					.text = "UP for 3d4h",
					.service_id = row->service->depends_on[0]->id};
	steps[0] = (struct remedy_step){
		.text = "See which prefix the service serves the route under",
		.command = "curl -s http://127.0.0.1:8003/openapi.json | jq '.paths|keys'",
		.risk = RISK_READ};
	steps[1] = (struct remedy_step){
		.text = "Mount the router under /api, or let the proxy strip the prefix",
		.risk = RISK_CHANGE};
	steps[2] = (struct remedy_step){.text = "Restart the service with the corrected prefix",
					.command = "docker restart nexus-voice",
					.risk = RISK_RESTART};
	verify[0] = arena_printf(arena, "voice/%s", row->checks[0].check->name);
	*diagnosis = (struct diagnosis){
		.id = "route-prefix-mismatch",
		.title = "The route is served under another prefix",
		.confidence = 0.97,
		.explanation =
			"POST /api/voice/realtime-session answers 404, but the service's own "
			"OpenAPI document lists /voice/realtime-session: the /api prefix is not "
			"stripped on the way.",
		.evidence = evidence,
		.evidence_count = 4,
		.steps = steps,
		.step_count = 3,
		.verify = verify,
		.verify_count = 1,
		.links = links,
		.link_count = 1,
		.runbook = "https://wiki.example.com/voice",
	};
	row->diagnoses = diagnosis;
	row->diagnosis_count = 1;
	row->since_evidence = "log voice.log: the first 404";
}

static void fill_timeline(struct snapshot *snapshot)
{
	struct timeline_entry *entries = arena_array(&snapshot->arena, 3, sizeof(*entries));
	const struct service *voice = fleet_service_named(snapshot->fleet, "voice");
	const struct service *gateway = fleet_service_named(snapshot->fleet, "gateway");

	if (voice == NULL || gateway == NULL)
		return;
	entries[0] = (struct timeline_entry){ago(44), gateway->id, 0, EVENT_EDGE,
					     "UP to DEGRADED: latency 840ms"};
	entries[1] = (struct timeline_entry){ago(100), voice->id, 0, EVENT_ACK,
					     "ada: looking at the proxy"};
	entries[2] = (struct timeline_entry){ago(252), voice->id, 0, EVENT_EDGE,
					     "UP to DOWN: 404 on the route"};
	snapshot->timeline = entries;
	snapshot->timeline_count = 3;
}

static struct snapshot *make(const struct plan *plans, size_t count)
{
	struct snapshot *snapshot = xcalloc(1, sizeof(*snapshot));
	struct service_row *rows;

	snapshot->refs = 1;
	arena_init(&snapshot->arena);
	snapshot->fleet = make_fleet(plans, count);
	snapshot->wall_now = fixture_now();
	snapshot->mono_now = (struct mono_time){1000 * NS_PER_S};
	snapshot->watched_since = ago(612);
	snapshot->newest_sample = ago(4);
	snapshot->logs.failure_row = -1;
	rows = arena_array(&snapshot->arena, count + 1, sizeof(*rows));
	for (size_t i = 0; i < count; i++) {
		fill_row(snapshot, &rows[i], &snapshot->fleet->services[i], &plans[i]);
		snapshot_counts_add(&snapshot->counts, rows[i].state,
				    (rows[i].marks & MARK_MAINTENANCE) != 0);
		if (strcmp(plans[i].name, "voice") == 0 && plans[i].state == SERVICE_DOWN &&
		    plans == nexus)
			fill_diagnosis(snapshot, &rows[i]);
	}
	snapshot->rows = rows;
	snapshot->row_count = count;
	fill_timeline(snapshot);
	if (snapshot->counts.down > 0) {
		snapshot->incidents = plans == nexus ? 2 : snapshot->counts.down;
		snapshot->incident_since = ago(252);
	}
	return snapshot;
}

static struct snapshot *make_variant(enum service_state state)
{
	struct plan plans[BASE_LEN(nexus)];

	for (size_t i = 0; i < BASE_LEN(nexus); i++) {
		plans[i] = nexus[i];
		plans[i].state = state;
		plans[i].caused = false;
		plans[i].marks = 0;
		plans[i].since_s = state == SERVICE_PENDING ? 0 : 95;
		plans[i].passing = state == SERVICE_UP ? plans[i].total : 0;
		plans[i].why = state == SERVICE_DOWN ? "connection refused by 10.0.0.7" : "";
		if (state == SERVICE_PENDING)
			plans[i].latency_us = plans[i].p95_us = -1;
	}
	return make(plans, BASE_LEN(nexus));
}

struct snapshot *fixture_random(unsigned seed, size_t count)
{
	struct plan *plans = xcalloc(count + 1, sizeof(*plans));
	char **names = xcalloc(count + 1, sizeof(*names));
	struct snapshot *snapshot;
	static const char *const whys[] = {
		"", "connection refused", "決済 timed out after 3s in wait",
		"e\xCC\x81\xCC\x81\xCC\x81 odd",
		"a very long sentence that goes on and on until it is wider than any terminal that "
		"one "
		"would want to put it on, and then goes on a little more, for good measure"};
	static const char *const shapes[] = {"svc-%zu", "サービス-%zu", "e\xCC\x81-%zu",
					     "a-rather-long-name-%zu"};

	for (size_t i = 0; i < count; i++) {
		unsigned draw = seed = seed * 1103515245u + 12345u;

		draw >>= 8;
		/* The shapes are literals of this file, each with one %zu. */
		names[i] = xasprintf("%.*s%zu", (int)strcspn(shapes[draw % 4], "%"),
				     shapes[draw % 4], i);
		plans[i] = (struct plan){
			.name = names[i],
			.group = draw % 3 == 0	 ? "core"
				 : draw % 3 == 1 ? "データ"
						 : "",
			.state = (enum service_state)(draw / 16 % SERVICE_STATE_COUNT),
			.since_s = draw % 90000,
			.total = (int)(draw % 4),
			.latency_us = (int64_t)(draw % 3000000) - 1,
			.p95_us = (int64_t)(draw % 900000) - 1,
			.why = whys[draw / 64 % BASE_LEN(whys)],
			.marks = draw / 128 % 32,
			.depends = i > 0 && draw % 5 == 0 ? names[i - 1] : NULL,
		};
		plans[i].passing = plans[i].total > 0 ? (int)(draw % (unsigned)plans[i].total) : 0;
		plans[i].caused = plans[i].depends != NULL && plans[i].state == SERVICE_DOWN;
	}
	snapshot = make(plans, count);
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
	free(plans);
	return snapshot;
}

struct snapshot *fixture_snapshot(enum fixture_kind kind)
{
	struct snapshot *snapshot = NULL;

	switch (kind) {
	case FIXTURE_NEXUS:
		return make(nexus, BASE_LEN(nexus));
	case FIXTURE_HEALTHY:
		return make_variant(SERVICE_UP);
	case FIXTURE_PENDING:
		snapshot = make_variant(SERVICE_PENDING);
		snapshot->newest_sample.ns = 0;
		return snapshot;
	case FIXTURE_EMPTY:
		return make(nexus, 0);
	case FIXTURE_WIDE:
		return make(wide, BASE_LEN(wide));
	case FIXTURE_OUTAGE:
		snapshot = make_variant(SERVICE_DOWN);
		snapshot->newest_sample = ago(95);
		snapshot->banner = "services.yaml:14:9: unknown key 'expcet'; did you mean "
				   "'expect'? The fleet of before keeps running.";
		return snapshot;
	case FIXTURE_LARGE:
		return fixture_random(7, 500);
	case FIXTURE_COUNT:
		break;
	}
	return snapshot;
}

void fixture_later(struct snapshot *snapshot, int64_t seconds)
{
	snapshot->wall_now.ns += seconds * NS_PER_S;
	snapshot->mono_now.ns += seconds * NS_PER_S;
}

/* --- logs ------------------------------------------------------------------------------------ */

static void make_line(struct arena *arena, size_t at, struct log_line *line)
{
	static const struct {
		enum log_level level;
		const char *text;
	} texts[] = {
		{LOG_INFO, "127.0.0.1 - \"GET /health HTTP/1.1\" 200 OK"},
		{LOG_DEBUG, "session cache holds 412 entries, evicted 3"},
		{LOG_INFO, "connected to redis://127.0.0.1:6379/0"},
		{LOG_WARN, "deepgram answered after 812 ms"},
	};
	size_t pick = at % BASE_LEN(texts);
	const char *text = texts[pick].text;
	enum log_level level = texts[pick].level;
	struct strbuf whole;

	if (at == 30) {
		level = LOG_ERROR;
		text = "127.0.0.1 - \"POST /api/voice/realtime-session HTTP/1.1\" 404 Not Found";
	} else if (at == 34) {
		level = LOG_ERROR;
		text = "Traceback (most recent call last):\n  File \"/app/main.py\", line 41, in "
		       "open_session\n"
		       "    raise SessionError(\"no route\")\nSessionError: no route";
	}
	if (at == 3 || at == 57) {
		level = LOG_UNKNOWN;
		text = "決済サービス: e\xCC\x81te\xCC\x81 "
		       "接続が拒否されました、接続が拒否されました、接続が拒否されました redis 🐢";
	}
	strbuf_init(&whole, 4096);
	line->time = ago(282 - (int64_t)at);
	line->time.ns += (int64_t)(at * 37 % 1000) * NS_PER_MS;
	wall_format(&whole, line->time, true);
	strbuf_addf(&whole, " %s ", level == LOG_WARN ? "WARNING" : "INFO");
	line->message = whole.len;
	strbuf_adds(&whole, text);
	for (int i = 0; at == 5 && i < 300; i++) /* as long as a line may be */
		strbuf_addf(&whole, " %08d", i);
	line->source = LOG_SOURCE;
	line->number = at + 1;
	line->level = level;
	line->text = arena_strdup(arena, whole.data);
	line->len = whole.len;
	strbuf_release(&whole);
}

void fixture_logs(struct snapshot *snapshot, const struct log_query *query)
{
	struct log_line *lines = arena_array(&snapshot->arena, LOG_LINES, sizeof(*lines));
	int first = LOG_LINES - query->rows,
	    count = query->rows < LOG_LINES ? query->rows : LOG_LINES;

	for (size_t i = 0; i < LOG_LINES; i++)
		make_line(&snapshot->arena, i, &lines[i]);
	if (!query->follow) {
		size_t anchor = 0;

		while (anchor + 1 < LOG_LINES &&
		       (query->anchor_number != 0 ? lines[anchor].number < query->anchor_number
						  : lines[anchor].time.ns < query->at.ns))
			anchor++;
		first = (int)anchor - query->row + query->scroll;
	}
	if (first > LOG_LINES - count)
		first = LOG_LINES - count;
	if (first < 0)
		first = 0;
	snapshot->logs = (struct log_window){.lines = lines + first,
					     .line_count = (size_t)count,
					     .at_top = first == 0,
					     .at_end = first + count == LOG_LINES,
					     .total = LOG_LINES,
					     .failure_row = -1};
}
