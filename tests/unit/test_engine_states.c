/* The states of services: first answers, severity, staleness, instances, observers, parents. */
#include "engine_rig.h"

#define HEAD "version: 1\nfleet: t\ndefaults: {interval: 10s, timeout: 3s, fall: 2, rise: 1}\n"
#define ONE HEAD "services:\n  - {name: a, url: \"http://127.0.0.1:1\", checks: [{http: /h, name: h}]}\n"
#define TWO                                                                                        \
	HEAD "services:\n  - name: a\n    url: \"http://127.0.0.1:1\"\n    checks:\n"              \
	     "      - {http: /h, name: h}\n      - {http: /s, name: s, severity: degraded}\n"

static void test_first_answer_decides(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, ONE);
	rig_expect(&rig, "a", SERVICE_PENDING, "");
	assert_int_equal(rig.snapshot->state, SERVICE_PENDING);
	assert_int_equal(rig.snapshot->counts.pending, 1);
	rig_answer(&rig, "a", BAD_STATUS(503));
	rig_expect(&rig, "a", SERVICE_DOWN, "status 503, wanted 200..299");
	assert_true(rig.snapshot->rows[0].since_at_least);
	assert_int_equal(rig.snapshot->incidents, 1);
	rig_wait(&rig, 10 * SEC);
	rig_answer(&rig, "a", OK_ANSWER);
	rig_expect(&rig, "a", SERVICE_UP, "");
	assert_false(rig.snapshot->rows[0].since_at_least);
	assert_int_equal(rig.snapshot->rows[0].since.ns, RIG_WALL + 10 * SEC);
	rig_wait(&rig, 10 * SEC);
	rig_answer(&rig, "a", REFUSED);
	rig_expect(&rig, "a", SERVICE_UP, "");
	rig_wait(&rig, 10 * SEC);
	rig_answer(&rig, "a", REFUSED);
	rig_expect(&rig, "a", SERVICE_DOWN, "connection refused");
	assert_string_equal(rig.last_why, "connection refused");
	rig_release(&rig);
}

/* Not UP before every check has answered; DOWN as soon as one says so. */
static void test_pending_until_all_answered(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, TWO);
	rig_answer(&rig, "a/h", OK_ANSWER);
	rig_expect(&rig, "a", SERVICE_PENDING, "");
	rig_answer(&rig, "a/s", OK_ANSWER);
	rig_expect(&rig, "a", SERVICE_UP, "");
	rig_release(&rig);
	rig_init(&rig, TWO);
	rig_answer(&rig, "a/h", REFUSED);
	rig_expect(&rig, "a", SERVICE_DOWN, "connection refused");
	rig_release(&rig);
}

static void test_severity_and_worst(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, TWO);
	rig_answer(&rig, "a/h", OK_ANSWER);
	rig_answer(&rig, "a/s", REFUSED);
	rig_expect(&rig, "a", SERVICE_DEGRADED, "connection refused");
	assert_int_equal(rig_row(&rig, "a")->checks_passing, 1);
	rig_answer(&rig, "a/h", (struct answer){.failure = FAILURE_NO_DESCRIPTORS});
	rig_answer(&rig, "a/h", (struct answer){.failure = FAILURE_NO_DESCRIPTORS});
	rig_expect(&rig, "a", SERVICE_UNKNOWN, "this process has no file descriptor left");
	rig_answer(&rig, "a/h", BAD_STATUS(500));
	rig_expect(&rig, "a", SERVICE_DOWN, "status 500, wanted 200..299");
	assert_int_equal(rig.snapshot->state, SERVICE_DOWN);
	rig_release(&rig);
}

static void test_now_and_then_is_degraded(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, ONE);
	for (int i = 0; i < 12; i++) {
		rig_answer(&rig, "a", i % 2 == 0 ? OK_ANSWER : REFUSED);
		rig_wait(&rig, 10 * SEC);
	}
	rig_expect(&rig, "a", SERVICE_DEGRADED, "6 of the last 30 runs failed");
	assert_true((rig_row(&rig, "a")->marks & MARK_FLAPPING) != 0);
	for (int i = 0; i < 31; i++) {
		rig_answer(&rig, "a", OK_ANSWER);
		rig_wait(&rig, 10 * SEC);
	}
	rig_expect(&rig, "a", SERVICE_UP, "");
	assert_int_equal(rig_row(&rig, "a")->marks, 0);
	rig_release(&rig);
}

static void test_stale(void **state)
{
	struct rig rig;
	const struct service_row *row;

	(void)state;
	rig_init(&rig, ONE);
	rig_answer(&rig, "a", OK_ANSWER);
	rig_wait(&rig, 23 * SEC);
	rig_expect(&rig, "a", SERVICE_UP, "");
	rig_wait(&rig, SEC);
	rig_expect(&rig, "a", SERVICE_UNKNOWN, "no answer for more than 23s");
	row = rig_row(&rig, "a");
	assert_int_equal(row->last_state, SERVICE_UP);
	assert_int_equal(row->marks, MARK_STALE);
	assert_true(row->checks[0].stale);
	assert_int_equal(row->checks_passing, 0);
	rig_answer(&rig, "a", OK_ANSWER);
	rig_expect(&rig, "a", SERVICE_UP, "");
	assert_int_equal(rig_row(&rig, "a")->marks, 0);
	rig_release(&rig);
}

static void test_config_errors(void **state)
{
	struct rig rig;
	struct fleet *fleet = fleet_of(TWO);

	(void)state;
	((struct service *)(uintptr_t)&fleet->services[0])->error = "the variable X is not set";
	rig_start(&rig, fleet, NULL);
	rig_expect(&rig, "a", SERVICE_UNKNOWN, "the variable X is not set");
	rig_release(&rig);
	fleet = fleet_of(ONE);
	((struct check *)(uintptr_t)&fleet->checks[0])->error = "it writes, and --read-only is set";
	rig_start(&rig, fleet, NULL);
	rig_expect(&rig, "a", SERVICE_UNKNOWN, "it writes, and --read-only is set");
	rig_release(&rig);
}

#define THREE                                                                                      \
	HEAD "services:\n  - name: a\n    instances: [127.0.0.1, 127.0.0.2, 127.0.0.3]\n    quorum: %d\n"        \
	     "    url: \"http://${instance}:1\"\n    checks: [{http: /h}]\n"

static void answer_instances(struct rig *rig, const char *letters)
{
	for (size_t i = 0; i < rig->fleet->check_count; i++) {
		const struct check *check = &rig->fleet->checks[i];
		struct answer answer = OK_ANSWER;
		struct answer_sample made;

		assert_int_equal(check->instance, i);
		if (letters[i] == 'f')
			answer = REFUSED;
		if (letters[i] == 'u')
			answer = (struct answer){.failure = FAILURE_DENIED};
		answer_make(&made, &answer, check->id, rig->mono, rig->wall);
		rig_apply(rig, &(struct event){.kind = EVENT_SAMPLE, .as.sample = &made.sample});
		answer_release(&made);
	}
}

static void test_instances_and_quorum(void **state)
{
	static const struct {
		int quorum;
		const char *answers;
		enum service_state state;
		const char *why;
	} rows[] = {
		{2, "ppp", SERVICE_UP, ""},
		{2, "ppf", SERVICE_DEGRADED, "2 of 3 instances are well, 2 wanted: connection refused"},
		{2, "pff", SERVICE_DOWN,
		 "1 of 3 instances is well, 2 wanted: connection refused (+1 more)"},
		{2, "puf", SERVICE_UNKNOWN,
		 "1 of 3 instances is well, 2 wanted: connection refused"},
		{2, "ppu", SERVICE_DEGRADED,
		 "2 of 3 instances are well, 2 wanted: this user may not"},
		{3, "ppf", SERVICE_DOWN, "2 of 3 instances are well: connection refused"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct rig rig;
		char yaml[512];

		(void)snprintf(yaml, sizeof(yaml), THREE, rows[i].quorum);
		rig_init(&rig, yaml);
		answer_instances(&rig, rows[i].answers);
		rig_expect(&rig, "a", rows[i].state, rows[i].why);
		rig_release(&rig);
	}
}

static void test_observer(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, HEAD "observer: [{tcp: \"10.0.0.1:53\"}]\nservices:\n"
			    "  - {name: a, url: \"http://10.0.0.2\", checks: [{http: /h}]}\n"
			    "  - {name: b, url: \"http://10.0.0.3\", checks: [{http: /h}]}\n");
	rig_answer(&rig, "observer", (struct answer){0});
	rig_answer(&rig, "a", OK_ANSWER);
	rig_answer(&rig, "b", OK_ANSWER);
	rig_wait(&rig, 10 * SEC);
	/* From its first failure on, other failures count for nothing. */
	rig_answer(&rig, "observer", (struct answer){.failure = FAILURE_TIMEOUT});
	rig_answer(&rig, "a", REFUSED);
	rig_answer(&rig, "a", REFUSED);
	rig_answer(&rig, "a", REFUSED);
	rig_expect(&rig, "a", SERVICE_UP, "");
	rig_wait(&rig, 10 * SEC);
	rig_answer(&rig, "observer", (struct answer){.failure = FAILURE_TIMEOUT});
	rig_expect(&rig, "a", SERVICE_UNKNOWN, "this host is offline");
	rig_expect(&rig, "b", SERVICE_UNKNOWN, "this host is offline");
	assert_true(rig.snapshot->offline);
	assert_string_equal(rig.snapshot->banner, "this host is offline");
	assert_string_equal(rig.snapshot->timeline[0].text, "this host is offline");
	assert_int_equal(rig.snapshot->incidents, 0);
	assert_int_equal(rig_row(&rig, "a")->last_state, SERVICE_UP);
	rig_wait(&rig, 10 * SEC);
	rig_answer(&rig, "observer", (struct answer){0});
	rig_answer(&rig, "a", OK_ANSWER);
	rig_answer(&rig, "b", OK_ANSWER);
	rig_expect(&rig, "a", SERVICE_UP, "");
	rig_expect(&rig, "b", SERVICE_UP, "");
	assert_null(rig.snapshot->banner);
	rig_release(&rig);
}

/* Whose only answer was a failure of that time is as unknown as the rest; who has none is still waited for. */
static void test_only_answer_while_offline(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, HEAD "observer: [{tcp: \"10.0.0.1:53\"}]\nservices:\n"
			    "  - {name: a, url: \"http://10.0.0.2\", checks: [{http: /h}]}\n"
			    "  - {name: b, url: \"http://10.0.0.3\", checks: [{http: /h}]}\n");
	rig_answer(&rig, "observer", (struct answer){.failure = FAILURE_TIMEOUT});
	rig_answer(&rig, "a", REFUSED);
	rig_expect(&rig, "a", SERVICE_UNKNOWN, "this host is offline");
	rig_expect(&rig, "b", SERVICE_PENDING, "");
	rig_wait(&rig, 10 * SEC);
	rig_answer(&rig, "observer", (struct answer){0});
	rig_expect(&rig, "a", SERVICE_PENDING, "");
	rig_answer(&rig, "a", REFUSED);
	rig_expect(&rig, "a", SERVICE_DOWN, "connection refused");
	rig_release(&rig);
}

/* What an observer says by failing so: only the network's own errors and what came from outside count. */
static void test_observer_that_cannot_ask(void **state)
{
	static const struct {
		enum failure failure;
		bool offline;
	} rows[] = {
		{FAILURE_TIMEOUT, true},   {FAILURE_REFUSED, true},    {FAILURE_NO_ROUTE, true},
		{FAILURE_NO_FAMILY, true}, {FAILURE_RESOLVER, true},   {FAILURE_CONFIG, false},
		{FAILURE_DENIED, false},   {FAILURE_NOT_FOUND, false}, {FAILURE_READ_ONLY, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		rig_init(&rig, HEAD "observer: [{tcp: \"10.0.0.1:53\"}]\nservices:\n"
				    "  - {name: a, url: \"http://10.0.0.2\", checks: [{http: /h}]}\n"
				    "  - {name: b, url: \"http://10.0.0.3\", checks: [{http: /h}]}\n");
		rig_answer(&rig, "a", OK_ANSWER);
		rig_answer(&rig, "observer", (struct answer){.failure = rows[i].failure});
		/* A failure counts unless this host is doubted. */
		rig_answer(&rig, "b", REFUSED);
		if (rig_look(&rig, false)->offline != rows[i].offline)
			fail_msg("an observer with %s", failure_name(rows[i].failure));
		assert_int_equal(rig_row(&rig, "a")->state, rows[i].offline ? SERVICE_UNKNOWN : SERVICE_UP);
		/* It has an answer, though none that counts. */
		assert_int_equal(rig_row(&rig, "b")->state, rows[i].offline ? SERVICE_UNKNOWN : SERVICE_DOWN);
		rig_release(&rig);
	}
}

#define HOSTS                                                                                      \
	HEAD "services:\n  - {name: a, url: \"http://10.0.0.2\", checks: [{http: /h}]}\n"          \
	     "  - {name: b, url: \"http://10.0.0.3\", checks: [{http: /h}]}\n"                      \
	     "  - {name: c, url: \"http://10.0.0.4\", checks: [{http: /h}]}\n"                      \
	     "  - {name: d, url: \"http://127.0.0.1\", checks: [{http: /h}]}\n"
#define NO_ROUTE ((struct answer){.failure = FAILURE_NO_ROUTE})

static void test_local_errors_on_three_hosts(void **state)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	struct rig rig;

	(void)state;
	rig_init(&rig, HOSTS);
	for (size_t i = 0; i < 4; i++)
		rig_answer(&rig, names[i], OK_ANSWER);
	rig_wait(&rig, 9 * SEC);
	rig_answer(&rig, "a", NO_ROUTE);
	rig_answer(&rig, "b", NO_ROUTE);
	rig_answer(&rig, "b", NO_ROUTE);
	rig_expect(&rig, "d", SERVICE_UP, "");
	/* Loopback's answer says nothing about the network. */
	rig_answer(&rig, "d", OK_ANSWER);
	rig_answer(&rig, "c", (struct answer){.failure = FAILURE_RESOLVER});
	for (size_t i = 0; i < 4; i++)
		rig_expect(&rig, names[i], SERVICE_UNKNOWN, "this host is offline");
	/* Any answer from outside, a refusal too, shows that the network is there. */
	rig_answer(&rig, "c", REFUSED);
	assert_false(rig_look(&rig, false)->offline);
	rig_expect(&rig, "d", SERVICE_UP, "");
	rig_release(&rig);
	/* With an answer from another host in between it is their fault, not ours. */
	rig_init(&rig, HOSTS);
	rig_answer(&rig, "a", NO_ROUTE);
	rig_answer(&rig, "b", OK_ANSWER);
	rig_answer(&rig, "b", NO_ROUTE);
	rig_answer(&rig, "c", NO_ROUTE);
	assert_false(rig_look(&rig, false)->offline);
	rig_release(&rig);
	/* Too far apart. */
	rig_init(&rig, HOSTS);
	rig_answer(&rig, "a", NO_ROUTE);
	rig_answer(&rig, "b", NO_ROUTE);
	rig_wait(&rig, 11 * SEC);
	rig_answer(&rig, "c", NO_ROUTE);
	assert_false(rig_look(&rig, false)->offline);
	rig_release(&rig);
	/* A missing permission is one check's matter. */
	rig_init(&rig, HOSTS);
	for (size_t i = 0; i < 3; i++)
		rig_answer(&rig, names[i], (struct answer){.failure = FAILURE_DENIED});
	assert_false(rig_look(&rig, false)->offline);
	rig_release(&rig);
}

#define FAMILY                                                                                     \
	HEAD "services:\n"                                                                         \
	     "  - {name: db, checks: [{tcp: \"127.0.0.1:1\"}]}\n"                                   \
	     "  - {name: api, url: \"http://127.0.0.1:2\", depends_on: [db], checks: [{http: /h}]}\n" \
	     "  - {name: web, url: \"http://127.0.0.1:3\", depends_on: [api], checks: [{http: /h}]}\n"

static void assert_caused(struct rig *rig, const char *child, const char *parent)
{
	const struct service_row *row = rig_row(rig, child);

	if (parent == NULL) {
		assert_int_equal(row->caused_count, 0);
		return;
	}
	assert_int_equal(row->caused_count, 1);
	assert_true(row->caused_by[0] == fleet_service_named(rig->fleet, parent)->id);
}

static void fail_twice(struct rig *rig, const char *name, struct answer answer)
{
	rig_answer(rig, name, answer);
	rig_answer(rig, name, answer);
}

static void begin_family(struct rig *rig)
{
	rig_init(rig, FAMILY);
	rig_answer(rig, "db", (struct answer){0});
	rig_answer(rig, "api", OK_ANSWER);
	rig_answer(rig, "web", OK_ANSWER);
	rig_wait(rig, SEC);
}

static void test_caused_by(void **state)
{
	struct rig rig;

	(void)state;
	/* The child's edge first, the parent's within two intervals. */
	begin_family(&rig);
	fail_twice(&rig, "api", BAD_STATUS(500));
	assert_caused(&rig, "api", NULL);
	assert_int_equal(rig.snapshot->incidents, 1);
	rig_wait(&rig, 19 * SEC);
	fail_twice(&rig, "db", REFUSED);
	assert_caused(&rig, "api", "db");
	assert_int_equal(rig.snapshot->incidents, 1);
	assert_int_equal(rig.snapshot->incident_since.ns, rig.wall);
	/* And the chain: web hangs on api. */
	fail_twice(&rig, "web", BAD_STATUS(502));
	assert_caused(&rig, "web", "api");
	assert_int_equal(rig.snapshot->incidents, 1);
	/* The parent is well again: the child answers for itself. */
	rig_answer(&rig, "db", (struct answer){0});
	assert_caused(&rig, "api", NULL);
	assert_int_equal(rig_look(&rig, false)->incidents, 1);
	rig_release(&rig);
	/* Too late. */
	begin_family(&rig);
	fail_twice(&rig, "api", BAD_STATUS(500));
	rig_wait(&rig, 20 * SEC + 1);
	fail_twice(&rig, "db", REFUSED);
	assert_caused(&rig, "api", NULL);
	rig_release(&rig);
	/* However much earlier, though. */
	begin_family(&rig);
	fail_twice(&rig, "db", REFUSED);
	for (int i = 0; i < 60; i++) {
		rig_wait(&rig, 10 * SEC);
		rig_answer(&rig, "db", REFUSED);
		rig_answer(&rig, "api", OK_ANSWER);
		rig_answer(&rig, "web", OK_ANSWER);
	}
	fail_twice(&rig, "api", BAD_STATUS(500));
	assert_caused(&rig, "api", "db");
	rig_release(&rig);
}

static void test_findings_of_its_own(void **state)
{
	static const struct {
		struct answer answer;
		bool caused;
	} rows[] = {
		{{.status = 500}, true},
		{{.status = 404}, false},
		{{.status = 405}, false},
		{{.failure = FAILURE_TLS_EXPIRED}, false},
		{{.failure = FAILURE_TLS_UNTRUSTED}, false},
		{{.failure = FAILURE_TIMEOUT}, true},
		{{.status = 200, .body = "{\"status\":\"degraded\"}"}, true},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct rig rig;

		begin_family(&rig);
		fail_twice(&rig, "db", REFUSED);
		fail_twice(&rig, "api", rows[i].answer);
		assert_caused(&rig, "api", rows[i].caused ? "db" : NULL);
		rig_release(&rig);
	}
}

/* A parent that is only DEGRADED or UNKNOWN is nobody's cause. */
static void test_parent_must_be_down(void **state)
{
	struct rig rig;

	(void)state;
	begin_family(&rig);
	fail_twice(&rig, "db", (struct answer){.failure = FAILURE_DENIED});
	fail_twice(&rig, "api", BAD_STATUS(500));
	rig_expect(&rig, "db", SERVICE_UNKNOWN, "this user may not");
	assert_caused(&rig, "api", NULL);
	rig_release(&rig);
}

static void test_maintenance(void **state)
{
	struct rig rig;

	(void)state;
	/* Begins a minute after the rig's time, for two minutes, each hour. */
	rig_init(&rig, HEAD "services:\n  - name: a\n    url: \"http://127.0.0.1:1\"\n"
			    "    maintenance: [{start: \"2026-11-21T12:04:41Z\", duration: 2m, every: 1h}]\n"
			    "    checks: [{http: /h}]\n");
	rig_answer(&rig, "a", REFUSED);
	assert_int_equal(rig_look(&rig, false)->incidents, 1);
	for (int i = 0; i < 6; i++) {
		rig_wait(&rig, 10 * SEC);
		rig_answer(&rig, "a", REFUSED);
	}
	assert_int_equal(rig_row(&rig, "a")->marks & MARK_MAINTENANCE, MARK_MAINTENANCE);
	assert_int_equal(rig.snapshot->incidents, 0);
	assert_int_equal(rig.snapshot->state, SERVICE_UP);
	assert_int_equal(rig.snapshot->counts.down, 0);
	assert_int_equal(rig.snapshot->counts.maintenance, 1);
	rig_expect(&rig, "a", SERVICE_DOWN, "connection refused");
	for (int i = 0; i < 12; i++) {
		rig_wait(&rig, 10 * SEC);
		rig_answer(&rig, "a", REFUSED);
	}
	assert_int_equal(rig_row(&rig, "a")->marks & MARK_MAINTENANCE, 0);
	assert_int_equal(rig.snapshot->counts.down, 1);
	assert_int_equal(rig.snapshot->counts.maintenance, 0);
	assert_int_equal(rig.snapshot->incidents, 1);
	rig_release(&rig);
}

static void say(struct rig *rig, enum event_kind kind, bool on, const char *text)
{
	rig_apply(rig, &(struct event){.kind = kind,
				       .service_id = rig->fleet->services[0].id,
				       .as.word = {.on = on, .who = "ann", .text = text}});
}

static void test_words(void **state)
{
	struct rig rig;
	const struct service_row *row;

	(void)state;
	rig_init(&rig, ONE);
	rig_answer(&rig, "a", REFUSED);
	say(&rig, EVENT_ACK, true, "on it");
	row = rig_row(&rig, "a");
	assert_int_equal(row->marks, MARK_ACKED);
	assert_string_equal(row->acked_by, "ann");
	assert_string_equal(row->ack_text, "on it");
	assert_int_equal(rig.snapshot->incidents, 1);
	say(&rig, EVENT_MUTE, true, "");
	assert_int_equal(rig_row(&rig, "a")->marks, MARK_ACKED | MARK_MUTED);
	assert_int_equal(rig.snapshot->incidents, 0);
	say(&rig, EVENT_NOTE, false, "disk swapped");
	assert_string_equal(rig_look(&rig, false)->timeline[0].text, "ann: disk swapped");
	/* Somebody's word ends with the incident, the mute does not. */
	rig_answer(&rig, "a", OK_ANSWER);
	assert_int_equal(rig_row(&rig, "a")->marks, MARK_MUTED);
	say(&rig, EVENT_MUTE, false, "");
	assert_int_equal(rig_row(&rig, "a")->marks, 0);
	say(&rig, EVENT_ACK, true, "");
	say(&rig, EVENT_ACK, false, "");
	assert_int_equal(rig_row(&rig, "a")->marks, 0);
	rig_release(&rig);
}

static void silence(struct rig *rig, int64_t for_ns)
{
	rig_apply(rig, &(struct event){
			       .kind = EVENT_SILENCE,
			       .service_id = rig->fleet->services[0].id,
			       .as.silence = {.until = {for_ns != 0 ? rig->wall + for_ns : 0},
					      .who = "ops",
					      .text = "planned"}});
}

/* A silence holds until it ends or is lifted, beside a mute by hand. */
static void test_silence(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, ONE);
	rig_answer(&rig, "a", REFUSED);
	assert_int_equal(rig_look(&rig, false)->incidents, 1);
	silence(&rig, 60 * SEC);
	assert_int_equal(rig_row(&rig, "a")->marks, MARK_SILENCED);
	assert_int_equal(rig.snapshot->incidents, 0);
	assert_string_equal(rig_look(&rig, false)->timeline[0].text,
			    "alertmanager, ops muted it: planned");
	say(&rig, EVENT_MUTE, true, "");
	silence(&rig, 0);
	assert_int_equal(rig_row(&rig, "a")->marks, MARK_MUTED);
	say(&rig, EVENT_MUTE, false, "");
	/* It ends by itself, also where nobody says so. */
	silence(&rig, 5 * SEC);
	rig_wait(&rig, 4 * SEC);
	assert_int_equal(rig_row(&rig, "a")->marks, MARK_SILENCED);
	rig_wait(&rig, 1 * SEC);
	assert_int_equal(rig_row(&rig, "a")->marks, 0);
	assert_int_equal(rig_look(&rig, false)->incidents, 1);
	/* One that has ended already is none. */
	silence(&rig, -1);
	assert_int_equal(rig_row(&rig, "a")->marks, 0);
	rig_release(&rig);
}

static void test_sleep(void **state)
{
	struct rig rig;
	struct answer_sample made;
	size_t edges;

	(void)state;
	rig_init(&rig, ONE);
	for (int i = 0; i < 5; i++) {
		rig_answer(&rig, "a", OK_ANSWER);
		rig_wait(&rig, 10 * SEC);
	}
	edges = rig.edges;
	/* Eight hours, of which the monotonic clock saw a second. */
	rig.mono += SEC;
	rig.wall += 8 * HOUR;
	rig_apply(&rig, &(struct event){.kind = EVENT_SUSPENDED});
	rig_wait(&rig, 2 * SEC);
	rig_expect(&rig, "a", SERVICE_UP, "");
	/* Runs that began before: their failures are not the service's. */
	for (int i = 0; i < 3; i++) {
		struct answer timeout = {.failure = FAILURE_TIMEOUT, .latency_ms = 5000};

		answer_make(&made, &timeout, rig.fleet->checks[0].id, rig.mono, rig.wall);
		rig_apply(&rig, &(struct event){.kind = EVENT_SAMPLE, .as.sample = &made.sample});
		answer_release(&made);
	}
	rig_expect(&rig, "a", SERVICE_UP, "");
	assert_int_equal(rig_row(&rig, "a")->checks[0].last_result, CHECK_UNKNOWN);
	assert_int_equal(rig.edges, edges);
	/* The strip has a gap of those hours. */
	assert_int_equal(rig_row(&rig, "a")->history[HISTORY_CELLS - 3], HISTORY_NONE);
	/* Runs after it count again. */
	rig_wait(&rig, 10 * SEC);
	rig_answer(&rig, "a", REFUSED);
	rig_answer(&rig, "a", REFUSED);
	rig_expect(&rig, "a", SERVICE_DOWN, "connection refused");
	rig_release(&rig);
}

static void test_evidence(void **state)
{
	struct rig rig;
	const struct check_row *check;

	(void)state;
	rig_init(&rig, ONE);
	rig_answer(&rig, "a", (struct answer){.status = 200, .body = "fine"});
	rig_wait(&rig, 10 * SEC);
	rig_answer(&rig, "a", (struct answer){.status = 500, .body = "Traceback"});
	check = &rig_row(&rig, "a")->checks[0];
	assert_string_equal(check->exchange->body, "Traceback");
	assert_string_equal(check->last_failure->body, "Traceback");
	assert_string_equal(check->last_success->body, "fine");
	assert_string_equal(check->last_failure_message, "status 500, wanted 200..299");
	assert_int_equal(check->last_failure_at.ns, RIG_WALL + 10 * SEC);
	assert_int_equal(check->last_success_at.ns, RIG_WALL);
	assert_int_equal(check->assertion_count, 1);
	assert_string_equal(check->assertions[0].expected, "status in 200..299");
	assert_string_equal(check->assertions[0].got, "500");
	assert_false(check->assertions[0].pass);
	/* Only the open service carries it. */
	check = &rig_look(&rig, false)->rows[0].checks[0];
	assert_null(check->exchange);
	assert_int_equal(check->assertion_count, 0);
	assert_string_equal(check->message, "status 500, wanted 200..299");
	rig_release(&rig);
}

static void test_latency_and_strip(void **state)
{
	struct rig rig;
	const struct service_row *row;
	struct answer slow = {.status = 200, .latency_ms = 900};

	(void)state;
	rig_init(&rig, TWO);
	for (int i = 0; i < 40; i++) {
		rig_answer(&rig, "a/h", (struct answer){.status = 200, .latency_ms = 10 + i % 3});
		rig_answer(&rig, "a/s", (struct answer){.status = 200, .latency_ms = 20});
		rig_wait(&rig, 10 * SEC);
	}
	row = rig_row(&rig, "a");
	assert_int_equal(row->latency_ns, 20 * MS);
	assert_in_range(row->p95_ns, 19 * MS, 21 * MS);
	for (size_t i = 0; i < HISTORY_CELLS; i++)
		assert_int_equal(row->history[i], HISTORY_LEVEL1);
	rig_answer(&rig, "a/h", slow);
	assert_int_equal(rig_row(&rig, "a")->history[HISTORY_CELLS - 1], HISTORY_LEVEL4);
	rig_answer(&rig, "a/h", REFUSED);
	row = rig_row(&rig, "a");
	assert_int_equal(row->history[HISTORY_CELLS - 1], HISTORY_FAIL);
	assert_int_equal(row->history[HISTORY_CELLS - 2], HISTORY_LEVEL1);
	assert_int_equal(row->checks[0].latency_ns, -1);
	rig_release(&rig);
}

static void test_dirty(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, ONE);
	assert_true(engine_dirty(rig.engine));
	rig_look(&rig, false);
	assert_false(engine_dirty(rig.engine));
	rig.mono += SEC;
	rig_apply(&rig, &(struct event){.kind = EVENT_TICK});
	assert_false(engine_dirty(rig.engine));
	rig_answer(&rig, "a", OK_ANSWER);
	assert_true(engine_dirty(rig.engine));
	rig_look(&rig, false);
	/* The strip moves on. */
	rig_wait(&rig, 10 * SEC);
	assert_true(engine_dirty(rig.engine));
	rig_release(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_answer_decides),
		cmocka_unit_test(test_pending_until_all_answered),
		cmocka_unit_test(test_severity_and_worst),
		cmocka_unit_test(test_now_and_then_is_degraded),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_config_errors),
		cmocka_unit_test(test_instances_and_quorum),
		cmocka_unit_test(test_observer),
		cmocka_unit_test(test_only_answer_while_offline),
		cmocka_unit_test(test_observer_that_cannot_ask),
		cmocka_unit_test(test_local_errors_on_three_hosts),
		cmocka_unit_test(test_caused_by),
		cmocka_unit_test(test_findings_of_its_own),
		cmocka_unit_test(test_parent_must_be_down),
		cmocka_unit_test(test_maintenance),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_sleep),
		cmocka_unit_test(test_evidence),
		cmocka_unit_test(test_latency_and_strip),
		cmocka_unit_test(test_dirty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
