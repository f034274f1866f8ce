/* A keyframe back into an engine that was just made with the same fleet. Numbers are clamped to what the
 * code can bear, so that a damaged file gives odd states, never a crash; another fleet is refused. */
#include "engine/codec.h"
#include "engine/keyframe.h"

static char *get_owned(const struct json *map, const char *key)
{
	const char *text = json_string(json_get(map, key));

	return text != NULL ? xstrdup(text) : NULL;
}

static void read_series(const struct json *map, struct series *series)
{
	const struct json *item = json_first(json_get(map, "latency_us"));

	series_init(series);
	series->state = (uint8_t)codec_get_int(map, "state", 0, CHECK_PENDING);
	series->last = (uint8_t)codec_get_int(map, "last", 0, CHECK_PENDING);
	series->flapping = codec_get_bool(map, "flapping");
	series->flap_len = (uint8_t)codec_get_int(map, "flap_len", 0, SERIES_FLAP_SAMPLES);
	series->flap_states = codec_get_id(map, "flap_states");
	series->fails = (uint16_t)codec_get_int(map, "fails", 0, UINT16_MAX);
	series->not_pass = (uint16_t)codec_get_int(map, "not_pass", 0, UINT16_MAX);
	series->passes = (uint16_t)codec_get_int(map, "passes", 0, UINT16_MAX);
	series->not_fail = (uint16_t)codec_get_int(map, "not_fail", 0, UINT16_MAX);
	series->unknowns = (uint16_t)codec_get_int(map, "unknowns", 0, UINT16_MAX);
	series->streak = (uint32_t)codec_get_int(map, "streak", 0, INT32_MAX);
	series->recent = (uint32_t)codec_get_int(map, "recent", 0, (1 << SERIES_RECENT) - 1);
	series->latency_at = (uint8_t)codec_get_int(map, "latency_at", 0, SERIES_LATENCIES - 1);
	for (; item != NULL && series->latency_len < SERIES_LATENCIES; item = json_next(item)) {
		int64_t us = codec_ns(item, 0);

		series->latency_us[series->latency_len++] =
			us < 0 || us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
	}
}

static void read_window(const struct json *map, struct window *window)
{
	const struct json *item = json_first(json_get(map, "window"));

	window_release(window);
	if (json_get(map, "window_slot") == NULL)
		return;
	window->used = true;
	window->newest = codec_get_ns(map, "window_slot", 0);
	window->cap = (uint16_t)(json_len(json_get(map, "window")) / 3 % 4096);
	window->at = xcalloc((size_t)window->cap + 1, sizeof(*window->at));
	while (item != NULL && window->len < window->cap) {
		const struct json *bucket = json_next(item);
		const struct json *count = json_next(bucket);

		window->at[window->len++] =
			(struct window_bin){.slot = (uint8_t)codec_ns(item, 0),
					    .bucket = (uint8_t)codec_ns(bucket, 0),
					    .count = (uint16_t)codec_ns(count, 0)};
		item = json_next(count);
	}
}

static void read_verdict(const struct json *map, struct check_node *node, struct arena *scratch)
{
	const struct json *list = json_get(map, "assertions");
	struct assertion_result *results = arena_array(scratch, json_len(list), sizeof(*results));
	struct verdict verdict = {.message = codec_get_text(map, "message", scratch),
				  .assertions = results};

	if (verdict.message == NULL)
		return;
	for (const struct json *one = json_first(list); one != NULL; one = json_next(one)) {
		const char *expected = codec_get_text(one, "expected", scratch);
		const char *got = codec_get_text(one, "got", scratch);

		results[verdict.assertion_count++] =
			(struct assertion_result){.expected = expected != NULL ? expected : "",
						  .got = got != NULL ? got : "",
						  .pass = codec_get_bool(one, "pass"),
						  .warn = codec_get_bool(one, "warn"),
						  .skipped = codec_get_bool(one, "skipped")};
	}
	check_keep_verdict(node, &verdict);
}

static struct exchange *read_exchange(const struct json *value, struct exchange *newest,
				      struct arena *scratch)
{
	return json_string(value) != NULL ? exchange_ref(newest) : codec_exchange(value, scratch);
}

static void read_evidence(const struct json *map, struct check_node *node, struct arena *scratch)
{
	node->newest = codec_exchange(json_get(map, "newest"), scratch);
	node->last_failure = read_exchange(json_get(map, "last_failure"), node->newest, scratch);
	node->last_success = read_exchange(json_get(map, "last_success"), node->newest, scratch);
	node->last_failure_at.ns = codec_get_ns(map, "last_failure_at", 0);
	node->last_success_at.ns = codec_get_ns(map, "last_success_at", 0);
	node->last_failure_message = get_owned(map, "last_failure_message");
}

static void read_check(const struct json *map, struct check_node *node)
{
	const struct sample_value *values;
	enum failure failure;
	enum phase phase;
	struct arena scratch;
	size_t count;

	arena_init(&scratch);
	check_node_release(node);
	node->verdict = NULL;
	node->values = NULL;
	node->memo = NULL;
	read_series(json_get(map, "series"), &node->series);
	read_window(map, &node->window);
	node->since.ns = codec_get_ns(map, "since", 0);
	node->observed_at.ns = codec_get_ns(map, "observed_at", 0);
	node->answered_ns = codec_get_ns(map, "answered_ns", 0);
	node->last_latency_ns = codec_get_ns(map, "latency", -1);
	node->p95_ns = codec_get_ns(map, "p95", -1);
	node->phases = codec_get_phases(map, "phases");
	codec_get_failure(map, &failure, &phase);
	node->failure = (uint8_t)failure;
	node->failed_phase = (uint8_t)phase;
	node->stale = codec_get_bool(map, "stale");
	node->answered = codec_get_bool(map, "answered");
	read_verdict(map, node, &scratch);
	values = codec_get_values(map, "values", &scratch, &count);
	kept_values_set(&node->values, values, count);
	read_evidence(map, node, &scratch);
	arena_release(&scratch);
}

static void read_standing(const struct json *list, struct service_node *node)
{
	int64_t numbers[8] = {0};
	const struct json *item = json_first(list);

	for (size_t i = 0; i < BASE_LEN(numbers) && item != NULL; i++, item = json_next(item))
		numbers[i] = codec_ns(item, 0) & INT32_MAX;
	if (numbers[0] >= SERVICE_STATE_COUNT)
		numbers[0] = SERVICE_UNKNOWN;
	if (numbers[1] > (int64_t)node->check_count)
		numbers[1] = (int64_t)node->check_count;
	node->standing = (struct service_standing){.state = (enum service_state)numbers[0],
						   .decides = (size_t)numbers[1],
						   .others = (size_t)numbers[2],
						   .passing = (int)numbers[3],
						   .total = (int)numbers[4],
						   .instances_well = (int)numbers[5],
						   .instances_total = (int)numbers[6],
						   .instances_wanted = (int)numbers[7]};
}

static void read_strip(const struct json *map, struct strip *strip)
{
	const char *cells = json_string(json_get(map, "cells"));

	strip->slot = codec_get_ns(map, "slot", 0);
	strip->measured = codec_get_bool(map, "measured");
	for (size_t i = 0; cells != NULL && i < HISTORY_CELLS && cells[i] != '\0'; i++)
		strip->cells[i] = cells[i] >= '0' && cells[i] <= '0' + HISTORY_UNKNOWN
					  ? (uint8_t)(cells[i] - '0')
					  : HISTORY_NONE;
}

static void read_causes(const struct json *map, struct service_node *node)
{
	const struct json *list = json_get(map, "caused_by");

	free(node->caused_by);
	node->caused_by = xcalloc(json_len(list) + 1, sizeof(*node->caused_by));
	node->caused_count = 0;
	for (const struct json *one = json_first(list); one != NULL; one = json_next(one))
		node->caused_by[node->caused_count++] = codec_id(one);
}

static void read_matches(const struct json *list, struct service_trouble *trouble)
{
	struct arena scratch;

	arena_init(&scratch);
	for (const struct json *one = json_first(list); one != NULL; one = json_next(one)) {
		struct seen_match seen = {
			.count = (uint64_t)codec_get_int(one, "count", 0, INT64_MAX),
			.first_time = {codec_get_ns(one, "first_time", 0)},
			.first_number = (uint64_t)codec_get_int(one, "first_line", 0, INT64_MAX),
		};

		if (!codec_match(json_get(one, "last"), &scratch, &seen.last))
			continue;
		seen.last.text = xstrdup(seen.last.text);
		seen.pattern = seen.last.pattern;
		seen.source = seen.last.source;
		vec_push(&trouble->matches, seen);
	}
	arena_release(&scratch);
}

static void read_trouble(const struct json *map, struct service_node *node)
{
	const struct json *found = json_get(map, "diagnoses");
	const struct json *matches = json_get(map, "matches");
	uint64_t digest = codec_get_id(map, "case");
	struct service_trouble *trouble;
	struct diagnosis *diagnoses;

	service_trouble_free(node->trouble);
	node->trouble = NULL;
	if (digest == 0 && json_len(matches) == 0)
		return;
	trouble = service_trouble_begin(node);
	diagnoses = arena_array(&trouble->causes, json_len(found), sizeof(*diagnoses));
	trouble->diagnoses = diagnoses;
	for (const struct json *one = json_first(found); one != NULL; one = json_next(one))
		codec_diagnosis(one, &trouble->causes, &diagnoses[trouble->diagnosis_count++]);
	trouble->case_digest = digest;
	trouble->diagnosed_at.ns = codec_get_ns(map, "diagnosed_at", 0);
	trouble->since_evidence = codec_get_text(map, "since_evidence", &trouble->causes);
	trouble->since_evidence_at.ns = codec_get_ns(map, "since_evidence_at", 0);
	read_matches(matches, trouble);
}

static void read_service(const struct json *map, struct service_node *node)
{
	free(node->why);
	free(node->acked_by);
	free(node->ack_text);
	node->state = (enum service_state)codec_get_int(map, "state", 0, SERVICE_STATE_COUNT - 1);
	node->last_state =
		(enum service_state)codec_get_int(map, "last_state", 0, SERVICE_STATE_COUNT - 1);
	node->known = codec_get_bool(map, "known");
	node->complete = codec_get_bool(map, "complete");
	node->stale = codec_get_bool(map, "stale");
	node->maintenance = codec_get_bool(map, "maintenance");
	node->flapping = codec_get_bool(map, "flapping");
	node->muted = codec_get_bool(map, "muted");
	node->silenced_until.ns = codec_get_ns(map, "silenced_until", 0);
	node->since.ns = codec_get_ns(map, "since", 0);
	node->since_at_least = codec_get_bool(map, "since_at_least");
	read_standing(json_get(map, "standing"), node);
	node->why = get_owned(map, "why");
	node->acked_by = get_owned(map, "acked_by");
	node->ack_text = get_owned(map, "ack_text");
	read_strip(map, &node->strip);
	node->deadline_ns = codec_get_ns(map, "deadline", 0);
	read_causes(map, node);
	read_trouble(map, node);
	node->measures_dirty = true;
}

static void read_timeline(struct engine *engine, const struct json *list)
{
	for (size_t i = 0; i < engine->timeline_len; i++)
		free(engine->timeline[i].text);
	engine->timeline_len = engine->timeline_at = 0;
	for (const struct json *one = json_first(list); one != NULL; one = json_next(one)) {
		const char *text = json_string(json_get(one, "text"));
		struct wall_time at = {codec_get_ns(one, "at", 0)};

		engine_log(engine, event_kind_find(json_string(json_get(one, "kind"))),
			   codec_get_id(one, "service"), codec_get_id(one, "check"), at,
			   text != NULL ? text : "");
	}
}

static void read_host(struct engine *engine, const struct json *keyframe)
{
	const struct json *item = json_first(json_get(keyframe, "local_hosts"));

	engine->offline = codec_get_bool(keyframe, "offline");
	engine->offline_by_errors = codec_get_bool(keyframe, "offline_by_errors");
	for (size_t i = 0; i < LOCAL_HOSTS && item != NULL; i++) {
		engine->local_hosts[i] = (struct local_host){.host = codec_id(item),
							     .at_ns = codec_ns(json_next(item), 0)};
		item = json_next(json_next(item));
	}
}

static void read_cases(struct engine *engine, const struct json *list)
{
	for (size_t i = 0; i < engine->service_count; i++)
		engine->services[i].case_open = false;
	engine->open_cases.len = engine->next_case = 0;
	for (const struct json *one = json_first(list); one != NULL; one = json_next(one)) {
		struct service_node *node = engine_service(engine, codec_id(one));

		if (node != NULL)
			service_open_case(engine, node);
	}
}

static bool is_ours(const struct engine *engine, const struct json *keyframe, struct strbuf *err)
{
	int64_t version = codec_get_ns(keyframe, "v", 0);

	if (version != KEYFRAME_VERSION) {
		strbuf_addf(err, "a keyframe of version %lld; this program reads %d",
			    (long long)version, KEYFRAME_VERSION);
		return false;
	}
	if (codec_get_id(keyframe, "digest") != engine->fleet->digest) {
		strbuf_adds(err, "a keyframe of another fleet, or of this one as it was configured "
				 "before");
		return false;
	}
	return true;
}

bool engine_read_keyframe(struct engine *engine, const struct json *keyframe, struct strbuf *err)
{
	if (!is_ours(engine, keyframe, err))
		return false;
	engine->number = (uint64_t)codec_get_int(keyframe, "n", 0, INT64_MAX);
	engine->mono.ns = codec_get_ns(keyframe, "mono", 0);
	engine->wall.ns = codec_get_ns(keyframe, "wall", 0);
	engine->watched_since.ns = codec_get_ns(keyframe, "watched_since", 0);
	engine->awake_since.ns = codec_get_ns(keyframe, "awake_since", INT64_MIN);
	engine->slept_ns = codec_get_ns(keyframe, "slept", 0);
	engine->newest_sample.ns = codec_get_ns(keyframe, "newest_sample", 0);
	engine->deadline_ns = codec_get_ns(keyframe, "deadline", 0);
	read_host(engine, keyframe);
	for (const struct json *one = json_first(json_get(keyframe, "checks")); one != NULL;
	     one = json_next(one)) {
		struct check_node *node = idmap_get(engine->by_check, codec_get_id(one, "id"));

		if (node != NULL)
			read_check(one, node);
	}
	for (const struct json *one = json_first(json_get(keyframe, "services")); one != NULL;
	     one = json_next(one)) {
		struct service_node *node = engine_service(engine, codec_get_id(one, "id"));

		if (node != NULL)
			read_service(one, node);
	}
	read_cases(engine, json_get(keyframe, "cases"));
	read_timeline(engine, json_get(keyframe, "timeline"));
	engine->dirty = true;
	return true;
}
