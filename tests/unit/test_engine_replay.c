/* The fold: recorded events give the same snapshot byte for byte, also from a keyframe in the middle, and
 * random sequences never break what always holds. */
#include "engine_rig.h"
#include "rules_of.h"
#include "snapshot_dump.h"

#define NO_ROUTE ((struct answer){.failure = FAILURE_NO_ROUTE})
#define FLEET                                                                                      \
	"version: 1\nfleet: t\ndefaults: {interval: 10s, timeout: 3s, fall: 2, rise: 1}\n"         \
	"observer: [{tcp: \"10.0.0.1:53\"}]\nservices:\n"                                          \
	"  - {name: db, checks: [{tcp: \"127.0.0.1:1\", name: c}]}\n"                              \
	"  - {name: api, url: \"http://10.0.0.3\", depends_on: [db], checks: [{http: /h, name: c, "  \
	"rise: 2, warn: [\"latency < 300ms\"], expect: [\"json .a == 1\", \"cert > 1d\"]}, {route: GET /r, name: r}]}\n"   \
	"  - {name: web, url: \"http://10.0.0.4\", depends_on: [api], checks: [{http: /h, name: c}]}\n" \
	"  - {name: x, url: \"http://10.0.0.5\", checks: [{http: /h, name: c, severity: degraded}]}\n" \
	"  - {name: m, url: \"http://10.0.0.6\", maintenance: [{start: \"2026-11-21T12:04:41Z\", "  \
	"duration: 2m, every: 10m}], checks: [{http: /h, name: c}]}\n"                              \
	"  - {name: calm, checks: [{tcp: \"127.0.0.1:9\", name: c, interval: 1d}]}\n"                \
	"  - {name: half, checks: [{tcp: \"127.0.0.1:9\", name: c, interval: 1d}, "                 \
	"{tcp: \"127.0.0.1:9\", name: d}]}\n"

static const char *const checks[] = {"db/c", "api/c", "api/r", "web/c", "x/c", "m/c", "observer"};

static const char rules_text[] =
	"rules:\n"
	"  - id: module-missing\n    title: 'no module {module|x}'\n    explain: 'no {module|x}'\n"
	"    for:\n      - {text: 'No module named \\x27(?P<module>\\w+)', weight: 0.9}\n"
	"    steps:\n      - {text: 'install {module|it}', argv: [pip, install, '{module|it}'], risk: change}\n"
	"  - id: refused\n    title: 'refused'\n    explain: 'nobody listens'\n"
	"    for:\n      - {fact: 'check.failure == connection-refused', weight: 0.7}\n"
	"    steps:\n      - {text: 'start it', risk: restart}\n"
	"  - id: parent-down\n    title: '{dependency.name|it} is down'\n    explain: 'first {dependency.name|it}'\n"
	"    for:\n      - {fact: 'dependency.state == DOWN', weight: 0.8}\n"
	"    steps:\n      - {text: 'look there', risk: read}\n"
	"    outranks: [refused]\n";

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

static struct answer random_answer(uint64_t *seed, const char *check, int mood)
{
	static const struct answer answers[] = {
		{.status = 200, .body = "{\"a\":1}"},
		{.status = 200, .body = "{\"a\":1,\"status\":\"degraded\"}", .latency_ms = 20},
		{.status = 200, .body = "{\"a\":2}"},
		{.status = 200, .body = "{\"a\":1}", .latency_ms = 700},
		{.status = 500, .body = "Traceback \xff\x01 ModuleNotFoundError"},
		{.status = 404, .sibling = 404, .routes = {"GET /api/r", "GET /x"}},
		{.failure = FAILURE_REFUSED, .message = "connection refused"},
		{.failure = FAILURE_TIMEOUT, .message = "timed out in connect", .latency_ms = 9000},
		{.failure = FAILURE_TLS_EXPIRED},
		{.failure = FAILURE_NO_ROUTE},
		{.failure = FAILURE_DENIED},
		{.failure = FAILURE_SUSPENDED},
	};
	struct answer good = {.status = 200, .body = "{\"a\":1}"};
	size_t pick = next_random(seed) % BASE_LEN(answers);

	good.latency_ms = (int64_t)(8 + next_random(seed) % 6);
	/* Moods: mostly well, mixed, mostly broken. */
	if ((int)(next_random(seed) % 10) >= mood)
		return good;
	if (strcmp(check, "observer") == 0 && mood < 9)
		return (struct answer){0};
	return answers[pick];
}

static void random_silence(struct rig *rig, uint64_t *seed)
{
	size_t service = next_random(seed) % rig->fleet->service_count;
	int64_t until = rig->wall + (int64_t)(next_random(seed) % 100) * SEC;

	rig_apply(rig, &(struct event){.kind = EVENT_SILENCE,
				       .service_id = rig->fleet->services[service].id,
				       .as.silence = {.until = {next_random(seed) % 3 != 0 ? until : 0},
						      .who = "ops",
						      .text = "a \"comment\" ☃"}});
}

static void random_word(struct rig *rig, uint64_t *seed)
{
	static const enum event_kind kinds[] = {EVENT_ACK, EVENT_MUTE, EVENT_NOTE};
	size_t service = next_random(seed) % rig->fleet->service_count;

	if (next_random(seed) % 3 == 0)
		random_silence(rig, seed);
	rig_apply(rig, &(struct event){.kind = kinds[next_random(seed) % 3],
				       .service_id = rig->fleet->services[service].id,
				       .as.word = {.on = next_random(seed) % 2 == 0,
						   .who = "ann",
						   .text = "a \"word\" ☃"}});
}

static void see_match(struct rig *rig, size_t service, const struct log_match *match)
{
	rig_apply(rig, &(struct event){.kind = EVENT_LOG_MATCH,
				       .service_id = rig->fleet->services[service].id,
				       .as.match = match});
}

static void random_match(struct rig *rig, uint64_t *seed, struct pattern_set *patterns)
{
	/* Quoted, it counts less where the line is calm. */
	static const char line[] = "query=\"ModuleNotFoundError: No module named 'uvicorn'\"";
	struct log_match match = {.pattern = 0,
				  .level = next_random(seed) % 2 == 0 ? LOG_INFO : LOG_ERROR,
				  .source = 7 + next_random(seed) % 2,
				  .number = 1 + next_random(seed) % 1000,
				  .time = {rig->wall - (int64_t)(next_random(seed) % 4000) * SEC},
				  .text = line,
				  .len = sizeof(line) - 1};
	size_t service = next_random(seed) % rig->fleet->service_count;

	if (patterns == NULL)
		return;
	match.captures.groups = 2;
	match.captures.group[0] = (struct span){28, 52};
	match.captures.group[1] = (struct span){45, 52};
	match.pattern = 0;
	see_match(rig, service, &match);
}

/* Services that say something once and then nothing for the rest of the time: down since before we
 * watched, with a line from an hour ago and one of now; and one of whose two checks never answers. */
static void begin_quietly(struct rig *rig)
{
	static const char line[] = "ModuleNotFoundError: No module named 'uvicorn'";
	struct log_match match = {.source = 7,
				  .number = 1,
				  .time = {rig->wall - HOUR},
				  .text = line,
				  .len = sizeof(line) - 1,
				  .captures = {.groups = 2, .group = {{21, 45}, {38, 45}}}};

	rig_answer(rig, "calm/c", (struct answer){.failure = FAILURE_RESET});
	see_match(rig, 5, &match);
	match.number = 2;
	match.time.ns = rig->wall;
	see_match(rig, 5, &match);
	rig_answer(rig, "half/c", (struct answer){0});
}

static void assert_counts(struct rig *rig)
{
	const struct snapshot *snapshot = rig_look(rig, false);
	const struct snapshot_counts *counts = &snapshot->counts;
	int incidents = 0;

	assert_int_equal(counts->up + counts->degraded + counts->down + counts->unknown +
				 counts->pending + counts->maintenance,
			 snapshot->row_count);
	for (size_t i = 0; i < snapshot->row_count; i++) {
		const struct service_row *row = &snapshot->rows[i];

		assert_in_range(row->checks_passing, 0, row->checks_total);
		if (row->state == SERVICE_UP)
			for (size_t k = 0; k < row->check_count; k++)
				assert_int_not_equal(row->checks[k].state, CHECK_PENDING);
		if (row->state == SERVICE_UP)
			assert_string_equal(row->why, "");
		if (row->state == SERVICE_DOWN || row->state == SERVICE_UNKNOWN)
			assert_true(row->why[0] != '\0');
		for (size_t k = 0; k < row->caused_count; k++)
			assert_int_equal(snapshot_row(snapshot, row->caused_by[k])->state,
					 SERVICE_DOWN);
		incidents += row->state == SERVICE_DOWN && row->caused_count == 0 &&
			     (row->marks & (MARK_MUTED | MARK_SILENCED | MARK_MAINTENANCE)) == 0;
	}
	assert_int_equal(incidents, snapshot->incidents);
}

static void random_step(struct rig *rig, uint64_t *seed, int mood, struct pattern_set *patterns)
{
	switch (next_random(seed) % 12) {
	case 0:
		rig_wait(rig, (int64_t)(next_random(seed) % 30000) * MS);
		break;
	case 1:
		random_word(rig, seed);
		break;
	case 2:
		if (next_random(seed) % 20 == 0) {
			rig->wall += HOUR;
			rig_apply(rig, &(struct event){.kind = EVENT_SUSPENDED});
		}
		break;
	case 3:
		random_match(rig, seed, patterns);
		break;
	case 4:
		if (mood > 2 && next_random(seed) % 10 == 0) {
			rig_answer(rig, "api/c", NO_ROUTE);
			rig_answer(rig, "web/c", NO_ROUTE);
			rig_answer(rig, "x/c", NO_ROUTE);
		}
		break;
	default: {
		const char *check = checks[next_random(seed) % BASE_LEN(checks)];

		rig->mono += (int64_t)(next_random(seed) % 2000) * MS;
		rig->wall += (int64_t)(next_random(seed) % 2000) * MS;
		rig_answer(rig, check, random_answer(seed, check, mood));
		break;
	}
	}
}

static char *dump_of(struct engine *engine, const struct rig *at)
{
	struct snapshot_request request = {
		.mono = {at->mono}, .wall = {at->wall}, .detail_all = true};
	struct snapshot *snapshot = engine_snapshot(engine, &request);
	char *dump = snapshot_dump(snapshot);

	snapshot_unref(snapshot);
	return dump;
}

/* Feeds recorded lines from the first behind `skip` bytes on. */
static void replay(struct engine *engine, const char *lines)
{
	struct strbuf err;

	strbuf_init(&err, LIMIT_MESSAGE);
	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");
		struct json_doc *doc = json_parse(lines, len, &err);
		struct event event;
		struct arena arena;

		arena_init(&arena);
		if (doc == NULL || !event_read(json_root(doc), &arena, &event, &err))
			fail_msg("%s: %.*s", err.data, (int)len, lines);
		engine_apply(engine, &event);
		event_release(&event);
		arena_release(&arena);
		json_free(doc);
		lines += len + 1;
	}
	strbuf_release(&err);
}

static struct json_doc *keyframe_of(const struct engine *engine, struct strbuf *text)
{
	struct json_writer out;
	struct json_doc *doc;
	struct strbuf err;

	strbuf_init(text, 64u << 20);
	strbuf_init(&err, LIMIT_MESSAGE);
	json_writer_init(&out, text, false);
	engine_write_keyframe(engine, &out);
	doc = json_parse(text->data, text->len, &err);
	if (doc == NULL)
		fail_msg("%s", err.data);
	strbuf_release(&err);
	return doc;
}

static void assert_same(char *got, char *wanted, const char *what)
{
	size_t at = 0;

	if (strcmp(got, wanted) != 0) {
		while (got[at] == wanted[at])
			at++;
		at = at > 200 ? at - 200 : 0;
		fail_msg("%s differs:\n%.400s\n--- wanted\n%.400s", what, got + at, wanted + at);
	}
	free(got);
	free(wanted);
}

static char *keyframe_text(const struct engine *engine)
{
	struct strbuf text;

	json_free(keyframe_of(engine, &text));
	return strbuf_detach(&text);
}

static struct engine *engine_like(const struct rig *rig, struct ruleset *rules)
{
	return engine_new(rig->fleet, rules, (struct mono_time){1000 * SEC},
			  (struct wall_time){RIG_WALL}, NULL);
}

/* What another engine knows, by way of its keyframe; that one ends. */
static struct engine *reborn(struct engine *engine, const struct rig *rig, struct ruleset *rules)
{
	struct engine *next = engine_like(rig, rules);
	struct strbuf text, err;
	struct json_doc *doc = keyframe_of(engine, &text);

	strbuf_init(&err, LIMIT_MESSAGE);
	if (!engine_read_keyframe(next, json_root(doc), &err))
		fail_msg("%s", err.data);
	json_free(doc);
	assert_same(keyframe_text(next), strbuf_detach(&text), "keyframe of a keyframe");
	strbuf_release(&err);
	engine_free(engine);
	return next;
}

/* One engine lives through it; a second is fed the recording at the end; a third is fed it in pieces, and
 * is written down and read back between them. */
static void replay_seed(uint64_t seed, int mood, size_t steps, struct ruleset *rules,
			struct pattern_set *patterns)
{
	struct engine *again, *chained;
	struct rig rig;
	size_t fed = 0;

	rig_start(&rig, fleet_of(FLEET), rules);
	again = engine_like(&rig, rules);
	chained = engine_like(&rig, rules);
	begin_quietly(&rig);
	for (size_t i = 0; i < steps; i++) {
		random_step(&rig, &seed, mood, patterns);
		if (i % 10 == 0)
			assert_counts(&rig);
		if (i % 7 != 0)
			continue;
		replay(chained, rig.lines.data + fed);
		fed = rig.lines.len;
		chained = reborn(chained, &rig, rules);
	}
	replay(again, rig.lines.data);
	replay(chained, rig.lines.data + fed);
	assert_same(dump_of(again, &rig), dump_of(rig.engine, &rig), "replay");
	assert_same(dump_of(chained, &rig), dump_of(rig.engine, &rig), "keyframes and replay");
	assert_same(keyframe_text(chained), keyframe_text(rig.engine), "state at the end");
	engine_free(again);
	engine_free(chained);
	rig_release(&rig);
}

static void test_replay(void **state)
{
	static const int moods[] = {0, 1, 3, 6, 9, 10};

	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++)
		replay_seed(seed, moods[seed % BASE_LEN(moods)], 600, NULL, NULL);
}

static void test_replay_with_rules(void **state)
{
	static const int moods[] = {0, 3, 6, 9};
	struct ruleset *rules = rules_of(rules_text);
	struct strbuf err;
	struct pattern_set *patterns;

	(void)state;
	strbuf_init(&err, LIMIT_MESSAGE);
	patterns = ruleset_patterns(rules, &err);
	for (uint64_t seed = 1; seed <= 4; seed++)
		replay_seed(seed, moods[seed % BASE_LEN(moods)], 400, rules, patterns);
	ruleset_unref(rules);
	strbuf_release(&err);
}

static void test_other_versions_are_refused(void **state)
{
	static const char *const lines[] = {
		"{\"v\":2,\"kind\":\"tick\"}", "{\"v\":1,\"kind\":\"dance\"}", "{}", "[]",
		"{\"v\":1,\"kind\":\"sample\"}", "{\"v\":1,\"kind\":\"log_match\",\"match\":{}}"};
	struct fleet *fleet = fleet_of(FLEET);
	struct engine *engine = engine_new(fleet, NULL, (struct mono_time){1},
					   (struct wall_time){RIG_WALL}, NULL);
	struct strbuf err;

	(void)state;
	strbuf_init(&err, LIMIT_MESSAGE);
	for (size_t i = 0; i < BASE_LEN(lines); i++) {
		struct json_doc *doc = json_parse(lines[i], strlen(lines[i]), NULL);
		struct arena arena;
		struct event event;

		arena_init(&arena);
		strbuf_reset(&err);
		assert_false(event_read(json_root(doc), &arena, &event, &err));
		assert_true(err.len > 0);
		strbuf_reset(&err);
		assert_false(engine_read_keyframe(engine, json_root(doc), &err));
		assert_true(err.len > 0);
		arena_release(&arena);
		json_free(doc);
	}
	strbuf_release(&err);
	engine_free(engine);
	fleet_unref(fleet);
}

/* A damaged keyframe gives odd states, never a crash. */
static void test_damaged_keyframe(void **state)
{
	struct rig rig;
	struct strbuf text, err;
	uint64_t seed = 11;

	(void)state;
	rig_start(&rig, fleet_of(FLEET), NULL);
	for (size_t i = 0; i < 200; i++)
		random_step(&rig, &seed, 6, NULL);
	json_free(keyframe_of(rig.engine, &text));
	strbuf_init(&err, LIMIT_MESSAGE);
	for (size_t round = 0; round < 300; round++) {
		char *damaged = xstrdup(text.data);
		struct json_doc *doc;

		for (size_t i = 0; i < 20; i++) {
			char *at = damaged + next_random(&seed) % text.len;

			if (*at >= '0' && *at <= '9')
				*at = (char)('0' + next_random(&seed) % 10);
			else if (*at >= 'a' && *at <= 'z')
				*at = 'q';
		}
		doc = json_parse(damaged, text.len, NULL);
		if (doc != NULL) {
			struct engine *engine =
				engine_new(rig.fleet, NULL, (struct mono_time){1},
					   (struct wall_time){RIG_WALL}, NULL);

			strbuf_reset(&err);
			(void)engine_read_keyframe(engine, json_root(doc), &err);
			free(dump_of(engine, &rig));
			replay(engine, "{\"v\":1,\"n\":1,\"mono\":\"99999999999999\",\"wall\":0,\"kind\":\"tick\"}\n");
			free(dump_of(engine, &rig));
			engine_free(engine);
		}
		json_free(doc);
		free(damaged);
	}
	strbuf_release(&text);
	strbuf_release(&err);
	rig_release(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_replay_with_rules),
		cmocka_unit_test(test_other_versions_are_refused),
		cmocka_unit_test(test_damaged_keyframe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
