/* Diagnosis as it lives with a service: opened on the edge, thought over again when facts change, gone
 * with recovery; log matches; the best evidence for SINCE; a cause in a dependency. */
#include "engine_rig.h"
#include "rules_of.h"

#define HEAD "version: 1\nfleet: t\ndefaults: {interval: 10s, timeout: 3s, fall: 2, rise: 1}\nservices:\n"
#define FLEET                                                                                      \
	HEAD "  - {name: db, checks: [{tcp: \"127.0.0.1:1\"}]}\n"                                  \
	     "  - name: api\n    url: \"http://127.0.0.1:2\"\n    depends_on: [db]\n"                \
	     "    logs: [{file: /tmp/api.log}]\n    checks: [{http: /h}]\n"

static const char rules_text[] =
	"rules:\n"
	"  - id: python-module-missing\n    title: 'no module {module|x}'\n    explain: 'no {module|x}'\n"
	"    for:\n      - {text: 'No module named \\x27(?P<module>\\w+)', weight: 0.9}\n"
	"    steps:\n      - {text: 'install {module|it}', argv: [pip, install, '{module|it}'], risk: change}\n"
	"    outranks: [refused, parent-down]\n"
	"  - id: refused\n    title: 'refused'\n    explain: 'nobody listens'\n"
	"    for:\n      - {fact: 'check.failure == connection-refused', weight: 0.7}\n"
	"    steps:\n      - {text: 'start it', risk: restart}\n"
	"  - id: parent-down\n    title: '{dependency.name|it} is down'\n    explain: 'see {dependency.cause|it}'\n"
	"    for:\n      - {fact: 'dependency.state == DOWN', weight: 0.8}\n"
	"    steps:\n      - {text: 'look there', risk: read}\n"
	"    outranks: [refused]\n";

static void begin(struct rig *rig, const char *yaml)
{
	struct ruleset *rules = rules_of(rules_text);

	rig_start(rig, fleet_of(yaml), rules);
	ruleset_unref(rules);
}

static void see_line(struct rig *rig, const char *service, const char *text, uint64_t number,
		     int64_t before_ns)
{
	const struct service *of = fleet_service_named(rig->fleet, service);
	const char *found = strstr(text, "No module");
	size_t start = (size_t)(found - text);
	struct log_match match = {.source = of->log_count > 0 ? of->logs[0].id : 1,
				  .number = number,
				  .time = {rig->wall - before_ns},
				  .text = text,
				  .len = strlen(text),
				  .captures = {.groups = 2,
					       .group = {{start, match.len},
							 {start + 17, strlen(text) - 1}}}};

	match.captures.group[0].end = match.len;
	rig_apply(rig, &(struct event){.kind = EVENT_LOG_MATCH,
				       .service_id = of->id,
				       .as.match = &match});
}

static void expect_cause(struct rig *rig, const char *service, const char *id, const char *title)
{
	const struct service_row *row = rig_row(rig, service);

	if (id == NULL) {
		assert_int_equal(row->diagnosis_count, 0);
		return;
	}
	assert_true(row->diagnosis_count > 0);
	assert_string_equal(row->diagnoses[0].id, id);
	assert_string_equal(row->diagnoses[0].title, title);
}

static void test_opens_and_closes(void **state)
{
	struct rig rig;

	(void)state;
	begin(&rig, FLEET);
	rig_answer(&rig, "api", OK_ANSWER);
	expect_cause(&rig, "api", NULL, NULL);
	rig_answer(&rig, "api", REFUSED);
	expect_cause(&rig, "api", NULL, NULL);
	rig_answer(&rig, "api", REFUSED);
	expect_cause(&rig, "api", "refused", "refused");
	/* Only the open service carries it. */
	assert_int_equal(rig_look(&rig, false)->rows[1].diagnosis_count, 0);
	/* Facts change while it fails. */
	rig_answer(&rig, "api", BAD_STATUS(500));
	expect_cause(&rig, "api", NULL, NULL);
	rig_answer(&rig, "api", REFUSED);
	expect_cause(&rig, "api", "refused", "refused");
	rig_answer(&rig, "api", OK_ANSWER);
	expect_cause(&rig, "api", NULL, NULL);
	rig_release(&rig);
}

/* A line that came before the failure, and one that comes during it. */
static void test_log_lines(void **state)
{
	static const char line[] = "E  No module named 'uvicorn'";
	struct rig rig;

	(void)state;
	begin(&rig, FLEET);
	rig_answer(&rig, "api", OK_ANSWER);
	see_line(&rig, "api", line, 40, 0);
	expect_cause(&rig, "api", NULL, NULL);
	rig_wait(&rig, 10 * SEC);
	rig_answer(&rig, "api", REFUSED);
	rig_answer(&rig, "api", REFUSED);
	expect_cause(&rig, "api", "python-module-missing", "no module uvicorn");
	see_line(&rig, "api", "E  No module named 'redis'", 41, 0);
	expect_cause(&rig, "api", "python-module-missing", "no module redis");
	assert_string_equal(rig_row(&rig, "api")->diagnoses[0].steps[0].command, "pip install redis");
	rig_release(&rig);
	/* An hour before the failure it says nothing about it. */
	begin(&rig, FLEET);
	rig_answer(&rig, "api", OK_ANSWER);
	see_line(&rig, "api", line, 40, HOUR);
	rig_wait(&rig, 10 * SEC);
	rig_answer(&rig, "api", REFUSED);
	rig_answer(&rig, "api", REFUSED);
	expect_cause(&rig, "api", "refused", "refused");
	rig_release(&rig);
}

/* Down when we began: the first cited line says since when, and is named. */
static void test_since_by_evidence(void **state)
{
	static const char line[] = "E  No module named 'uvicorn'";
	struct rig rig;
	const struct service_row *row;

	(void)state;
	begin(&rig, FLEET);
	rig_answer(&rig, "api", REFUSED);
	row = rig_row(&rig, "api");
	assert_true(row->since_at_least);
	assert_null(row->since_evidence);
	see_line(&rig, "api", line, 12, 2 * HOUR);
	see_line(&rig, "api", line, 40, 5 * SEC);
	row = rig_row(&rig, "api");
	assert_false(row->since_at_least);
	assert_int_equal(row->since.ns, RIG_WALL - 2 * HOUR);
	assert_non_null(row->since_evidence);
	assert_non_null(strstr(row->since_evidence, "api.log"));
	assert_int_equal(rig.snapshot->incident_since.ns, RIG_WALL - 2 * HOUR);
	rig_release(&rig);
	/* Older than a day is another story. */
	begin(&rig, FLEET);
	rig_answer(&rig, "api", REFUSED);
	see_line(&rig, "api", line, 12, 25 * HOUR);
	see_line(&rig, "api", line, 40, 5 * SEC);
	row = rig_row(&rig, "api");
	assert_true(row->since_at_least);
	rig_release(&rig);
	/* Of an edge that we saw ourselves we know better. */
	begin(&rig, FLEET);
	rig_answer(&rig, "api", OK_ANSWER);
	rig_wait(&rig, 10 * SEC);
	see_line(&rig, "api", line, 40, 5 * SEC);
	rig_answer(&rig, "api", REFUSED);
	rig_answer(&rig, "api", REFUSED);
	assert_int_equal(rig_row(&rig, "api")->since.ns, RIG_WALL + 10 * SEC);
	rig_release(&rig);
}

static void test_dependency(void **state)
{
	struct rig rig;

	(void)state;
	begin(&rig, FLEET);
	rig_answer(&rig, "db", (struct answer){0});
	rig_answer(&rig, "api", OK_ANSWER);
	rig_wait(&rig, SEC);
	rig_answer(&rig, "api", REFUSED);
	rig_answer(&rig, "api", REFUSED);
	expect_cause(&rig, "api", "refused", "refused");
	/* The parent's edge opens the child's case; the parent's cause is in it. */
	rig_answer(&rig, "db", REFUSED);
	rig_answer(&rig, "db", REFUSED);
	expect_cause(&rig, "api", "parent-down", "db is down");
	assert_string_equal(rig_row(&rig, "api")->diagnoses[0].explanation, "see refused");
	assert_int_equal(rig_row(&rig, "api")->caused_count, 1);
	/* A missing module is a finding of its own. */
	see_line(&rig, "api", "E  No module named 'uvicorn'", 40, 0);
	expect_cause(&rig, "api", "python-module-missing", "no module uvicorn");
	assert_int_equal(rig_row(&rig, "api")->caused_count, 0);
	assert_int_equal(rig.snapshot->incidents, 2);
	rig_release(&rig);
}

static void test_rules_come_late(void **state)
{
	struct ruleset *rules = rules_of(rules_text);
	struct rig rig;

	(void)state;
	rig_init(&rig, FLEET);
	rig_answer(&rig, "api", REFUSED);
	expect_cause(&rig, "api", NULL, NULL);
	engine_set_rules(rig.engine, rules);
	assert_true(engine_dirty(rig.engine));
	expect_cause(&rig, "api", "refused", "refused");
	engine_set_rules(rig.engine, NULL);
	expect_cause(&rig, "api", NULL, NULL);
	ruleset_unref(rules);
	rig_release(&rig);
}

/* A snapshot is whole by itself: the engine goes on, even ends, and it stays as it was. */
static void test_snapshot_outlives(void **state)
{
	struct rig rig;
	struct snapshot *snapshot;

	(void)state;
	begin(&rig, FLEET);
	rig_answer(&rig, "api", REFUSED);
	see_line(&rig, "api", "E  No module named 'uvicorn'", 40, 0);
	rig_look(&rig, true);
	snapshot = snapshot_ref(rig.snapshot);
	rig_answer(&rig, "api", OK_ANSWER);
	rig_release(&rig);
	assert_string_equal(snapshot->rows[1].why, "connection refused");
	assert_string_equal(snapshot->rows[1].diagnoses[0].title, "no module uvicorn");
	assert_string_equal(snapshot->rows[1].checks[0].exchange->request, "GET /");
	assert_string_equal(snapshot->rows[1].service->name, "api");
	snapshot_unref(snapshot);
}

/* A hundred services fail in one breath: the first are thought about at once, the others in turn, and a
 * tick a second sees to all of them. */
static void test_many_fail_together(void **state)
{
	struct rig rig;
	struct strbuf yaml;
	size_t thought = 0;

	(void)state;
	strbuf_init(&yaml, 65536);
	strbuf_adds(&yaml, "version: 1\nfleet: t\nobserver: [{tcp: \"10.0.0.1:53\"}]\nservices:\n");
	for (int i = 0; i < 300; i++)
		strbuf_addf(&yaml, "  - {name: s%03d, checks: [{tcp: \"10.0.1.%d:1\"}]}\n", i, i % 250);
	begin(&rig, yaml.data);
	for (size_t i = 0; i < 300; i++)
		rig_answer(&rig, rig.fleet->services[i].name, REFUSED);
	rig_answer(&rig, "observer", (struct answer){.failure = FAILURE_TIMEOUT});
	assert_int_equal(rig_row(&rig, "s299")->diagnosis_count, 0);
	/* Online again: 300 services are unwell in one event. */
	rig_answer(&rig, "observer", (struct answer){0});
	for (size_t i = 0; i < 300; i++)
		thought += rig_look(&rig, true)->rows[i].diagnosis_count;
	assert_in_range(thought, 1, 64);
	rig_wait(&rig, 5 * SEC);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(rig_look(&rig, true)->rows[i].diagnosis_count, 1);
	strbuf_release(&yaml);
	rig_release(&rig);
}

/* Many services, many lines: what is kept of matches is bounded. */
static void test_matches_are_bounded(void **state)
{
	struct rig rig;
	struct strbuf line, frame;
	struct json_writer out;

	(void)state;
	begin(&rig, FLEET);
	strbuf_init(&line, 8192);
	strbuf_adds(&line, "E  No module named '");
	while (line.len < 4000)
		strbuf_addc(&line, 'x');
	strbuf_addc(&line, '\'');
	for (uint64_t i = 0; i < 500; i++) {
		struct log_match match = {.pattern = 0,
					  .source = i,
					  .number = i,
					  .time = {rig.wall + (int64_t)i},
					  .text = line.data,
					  .len = line.len,
					  .captures = {.groups = 2, .group = {{3, 4000}, {20, 4000}}}};

		rig_apply(&rig, &(struct event){.kind = EVENT_LOG_MATCH,
						.service_id = rig.fleet->services[1].id,
						.as.match = &match});
	}
	strbuf_init(&frame, 1u << 20);
	json_writer_init(&out, &frame, false);
	engine_write_keyframe(rig.engine, &out);
	assert_true(frame.len < 20000);
	rig_answer(&rig, "api", REFUSED);
	assert_int_equal(rig_row(&rig, "api")->diagnosis_count > 0, 1);
	strbuf_release(&frame);
	strbuf_release(&line);
	rig_release(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens_and_closes), cmocka_unit_test(test_log_lines),
		cmocka_unit_test(test_since_by_evidence), cmocka_unit_test(test_dependency),
		cmocka_unit_test(test_rules_come_late),	 cmocka_unit_test(test_snapshot_outlives),
		cmocka_unit_test(test_many_fail_together),
		cmocka_unit_test(test_matches_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
