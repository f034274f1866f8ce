/* A small fleet in every state, made by hand: what the writers of report/ are held against. Each
 * call gives the same snapshot, at 2026-11-21T12:03:41Z. */
#ifndef TESTS_REPORT_FIXTURE_H
#define TESTS_REPORT_FIXTURE_H

#include "base/vec.h"
#include "model/snapshot.h"

enum { FIX_GATEWAY, FIX_AUTH, FIX_VOICE, FIX_TRANSCRIPTS, FIX_POSTGRES, FIX_KAFKA, FIX_COUNT };

struct report_fixture {
	struct fleet fleet;
	struct service services[FIX_COUNT];
	struct check checks[FIX_COUNT][2];
	struct service_row rows[FIX_COUNT];
	struct check_row check_rows[FIX_COUNT][2];
	struct exchange exchange;
	struct snapshot snapshot;
};

static const struct wall_time fixture_now = {1795262621 * NS_PER_S};

static struct wall_time seconds_ago(int64_t seconds)
{
	struct wall_time at = {fixture_now.ns - seconds * NS_PER_S};

	return at;
}

static void fixture_service(struct report_fixture *fix, int index, const char *name,
			    const char *group, enum service_state state, int64_t since_s,
			    int64_t latency_us, const char *why)
{
	struct service *service = &fix->services[index];
	struct service_row *row = &fix->rows[index];
	bool problem = state != SERVICE_UP && state != SERVICE_DEGRADED;

	service->id = row->id = (uint64_t)index + 1;
	service->name = name;
	service->group = group;
	row->service = service;
	row->state = state;
	row->since = since_s < 0 ? (struct wall_time){0} : seconds_ago(since_s);
	row->latency_ns = latency_us < 0 ? -1 : latency_us * NS_PER_US;
	row->p95_ns = latency_us < 0 ? -1 : latency_us * NS_PER_US * 3 / 2;
	row->why = why;
	row->checks = fix->check_rows[index];
	row->check_count = 1;
	row->checks_total = 1;
	row->checks_passing = problem ? 0 : 1;
}

static struct check_row *fixture_check(struct report_fixture *fix, int index, int at,
				       const char *name, enum check_type type,
				       enum check_state state, int64_t latency_us,
				       const char *message)
{
	struct check *check = &fix->checks[index][at];
	struct check_row *row = &fix->check_rows[index][at];

	check->id = row->id = 100u + (unsigned)index * 10u + (unsigned)at;
	check->name = name;
	check->type = type;
	check->service = &fix->services[index];
	row->check = check;
	row->state = row->last_result = state;
	row->message = message;
	row->latency_ns = row->last_latency_ns = latency_us < 0 ? -1 : latency_us * NS_PER_US;
	row->observed_at = state == CHECK_PENDING ? (struct wall_time){0} : seconds_ago(2);
	row->phases = phases_unmeasured();
	return row;
}

static void fixture_voice(struct report_fixture *fix)
{
	static const struct exchange_header headers[] = {
		{"Server", "uvicorn"}, {"Set-Cookie", "a=1"}, {"set-cookie", "b=2"}};
	static const struct assertion_result results[] = {
		{"status not in 404|405|410|500..599", "404", false, false, false},
		{"cert > 14d", NULL, false, false, true}};
	static const struct evidence evidence[] = {
		{.kind = EVIDENCE_CHECK, .source = "openapi", .text = "POST /voice/realtime-session"}};
	static const char *const argv[] = {"docker", "compose", "up", "-d", "--build", "voice"};
	static const struct remedy_step steps[] = {
		{"Look at the routes of the running image.", NULL, 0, NULL, RISK_READ},
		{"Rebuild the image and start it.", argv, BASE_LEN(argv),
		 "docker compose up -d --build voice", RISK_RESTART}};
	static const char *const verify[] = {"voice/route POST /api/voice/realtime-session"};
	static const struct diagnosis diagnosis = {
		.id = "route-prefix-mismatch",
		.title = "The route is served under another prefix",
		.confidence = 0.97,
		.explanation = "POST /api/voice/realtime-session is 404; the service has it as "
			       "/voice/realtime-session.",
		.evidence = evidence, .evidence_count = BASE_LEN(evidence),
		.steps = steps, .step_count = BASE_LEN(steps),
		.verify = verify, .verify_count = BASE_LEN(verify)};
	struct check_row *route;

	fixture_service(fix, FIX_VOICE, "voice", "core", SERVICE_DOWN, 252, 12118,
			"POST /api/voice/realtime-session is 404; it is served at "
			"/voice/realtime-session");
	fixture_check(fix, FIX_VOICE, 0, "http /health", CHECK_TYPE_HTTP, CHECK_PASS, 4000, "");
	route = fixture_check(fix, FIX_VOICE, 1, "route POST /api/voice/realtime-session",
			      CHECK_TYPE_ROUTE, CHECK_FAIL, 12118, "404 \"Not Found\"");
	fix->exchange = (struct exchange){.http_status = 404, .headers = headers,
					  .header_count = BASE_LEN(headers)};
	route->exchange = &fix->exchange;
	route->assertions = results;
	route->assertion_count = BASE_LEN(results);
	route->phases.ns[PHASE_DNS] = 0;
	route->phases.ns[PHASE_CONNECT] = 112 * NS_PER_US;
	route->phases.ns[PHASE_WAIT] = 11800499;
	route->phases.ns[PHASE_RECEIVE] = 600;
	fix->rows[FIX_VOICE].check_count = 2;
	fix->rows[FIX_VOICE].checks_total = 2;
	fix->rows[FIX_VOICE].checks_passing = 1;
	fix->rows[FIX_VOICE].diagnoses = &diagnosis;
	fix->rows[FIX_VOICE].diagnosis_count = 1;
}

/* Fills `fix` in place: rows point into it. */
static void fixture_init(struct report_fixture *fix)
{
	static const uint64_t caused_by[] = {FIX_VOICE + 1};
	struct snapshot *snapshot = &fix->snapshot;

	memset(fix, 0, sizeof(*fix));
	fix->fleet.name = "nexus";
	fix->fleet.environment = "prod";
	fix->fleet.services = fix->services;
	fix->fleet.service_count = FIX_COUNT;
	fix->fleet.interval_ns = 10 * NS_PER_S;
	fixture_service(fix, FIX_GATEWAY, "gateway", "edge", SERVICE_DEGRADED, 40, 840000,
			"latency 840ms, wanted < 300ms");
	fixture_check(fix, FIX_GATEWAY, 0, "http /health", CHECK_TYPE_HTTP, CHECK_WARN, 840000,
		      "latency 840ms, wanted < 300ms");
	fixture_service(fix, FIX_AUTH, "auth", "core", SERVICE_UP, 273600, 9000, "");
	fixture_check(fix, FIX_AUTH, 0, "http /health", CHECK_TYPE_HTTP, CHECK_PASS, 9000, NULL);
	fix->rows[FIX_AUTH].since_at_least = true;
	fixture_voice(fix);
	fixture_service(fix, FIX_TRANSCRIPTS, "transcripts", "core", SERVICE_DOWN, 242, -1,
			"connection refused");
	fixture_check(fix, FIX_TRANSCRIPTS, 0, "http /health", CHECK_TYPE_HTTP, CHECK_FAIL, -1,
		      "connection refused");
	fix->rows[FIX_TRANSCRIPTS].caused_by = caused_by;
	fix->rows[FIX_TRANSCRIPTS].caused_count = 1;
	fixture_service(fix, FIX_POSTGRES, "postgres", "data", SERVICE_PENDING, -1, -1, "");
	fixture_check(fix, FIX_POSTGRES, 0, "tcp db:5432", CHECK_TYPE_TCP, CHECK_PENDING, -1, NULL);
	fixture_service(fix, FIX_KAFKA, "kafka", "", SERVICE_UNKNOWN, 3, -1,
			"no route to it from this host");
	fixture_check(fix, FIX_KAFKA, 0, "tcp kafka:9092", CHECK_TYPE_TCP, CHECK_UNKNOWN, -1,
		      "no route to it from this host");
	fix->rows[FIX_KAFKA].marks = MARK_ACKED | MARK_STALE;
	snapshot->fleet = &fix->fleet;
	snapshot->wall_now = fixture_now;
	snapshot->state = SERVICE_DOWN;
	snapshot->counts = (struct snapshot_counts){1, 1, 2, 1, 1, 0};
	snapshot->incidents = 1;
	snapshot->incident_since = seconds_ago(252);
	snapshot->rows = fix->rows;
	snapshot->row_count = FIX_COUNT;
}

#endif
