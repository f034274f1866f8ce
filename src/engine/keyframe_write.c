/* The whole state as one JSON document. Everything that a snapshot or a later event can depend on is in
 * it; what can be worked out from that and the fleet (memos, rows, links) is not. */
#include "engine/codec.h"
#include "engine/keyframe.h"

#include <inttypes.h>

static void add_hex(struct json_writer *out, const char *key, const uint8_t *cells, size_t len)
{
	char text[2 * HISTORY_CELLS + 1];

	for (size_t i = 0; i < len; i++)
		(void)snprintf(text + i, sizeof(text) - i, "%x", cells[i] & 15u);
	codec_add_text(out, key, text);
}

static void write_series(struct json_writer *out, const struct series *series)
{
	json_add_key(out, "series");
	json_open_map(out);
	codec_add_int(out, "state", series->state);
	codec_add_int(out, "last", series->last);
	codec_add_bool(out, "flapping", series->flapping);
	codec_add_int(out, "flap_len", series->flap_len);
	codec_add_id(out, "flap_states", series->flap_states);
	codec_add_int(out, "fails", series->fails);
	codec_add_int(out, "not_pass", series->not_pass);
	codec_add_int(out, "passes", series->passes);
	codec_add_int(out, "not_fail", series->not_fail);
	codec_add_int(out, "unknowns", series->unknowns);
	codec_add_int(out, "streak", series->streak);
	codec_add_int(out, "recent", series->recent);
	codec_add_int(out, "latency_at", series->latency_at);
	json_add_key(out, "latency_us");
	json_open_list(out);
	for (size_t i = 0; i < series->latency_len; i++)
		json_add_int(out, series->latency_us[i]);
	json_close_list(out);
	json_close_map(out);
}

static void write_window(struct json_writer *out, const struct window *window)
{
	if (!window->used)
		return;
	codec_add_ns(out, "window_slot", window->newest);
	json_add_key(out, "window");
	json_open_list(out);
	for (size_t i = 0; i < window->len; i++) {
		json_add_int(out, window->at[i].slot);
		json_add_int(out, window->at[i].bucket);
		json_add_int(out, window->at[i].count);
	}
	json_close_list(out);
}

static void write_verdict(struct json_writer *out, const struct kept_verdict *verdict)
{
	const struct assertion_result *results;
	struct arena scratch;
	size_t count;

	if (verdict == NULL)
		return;
	arena_init(&scratch);
	codec_add_text(out, "message", kept_verdict_message(verdict));
	results = kept_verdict_results(verdict, &scratch, &count);
	json_add_key(out, "assertions");
	json_open_list(out);
	for (size_t i = 0; i < count; i++) {
		json_open_map(out);
		codec_add_text(out, "expected", results[i].expected);
		codec_add_text(out, "got", results[i].got);
		codec_add_bool(out, "pass", results[i].pass);
		codec_add_bool(out, "warn", results[i].warn);
		codec_add_bool(out, "skipped", results[i].skipped);
		json_close_map(out);
	}
	json_close_list(out);
	arena_release(&scratch);
}

/* The newest exchange is mostly also the last failure or success: then it is written once. */
static void write_evidence(struct json_writer *out, const struct check_node *node)
{
	if (node->newest != NULL)
		codec_add_exchange(out, "newest", node->newest);
	if (node->last_failure != NULL && node->last_failure == node->newest)
		codec_add_text(out, "last_failure", "newest");
	else if (node->last_failure != NULL)
		codec_add_exchange(out, "last_failure", node->last_failure);
	if (node->last_success != NULL && node->last_success == node->newest)
		codec_add_text(out, "last_success", "newest");
	else if (node->last_success != NULL)
		codec_add_exchange(out, "last_success", node->last_success);
	codec_add_ns(out, "last_failure_at", node->last_failure_at.ns);
	codec_add_ns(out, "last_success_at", node->last_success_at.ns);
	codec_add_text(out, "last_failure_message", node->last_failure_message);
}

static void write_check(struct json_writer *out, const struct check_node *node)
{
	json_open_map(out);
	codec_add_id(out, "id", node->id);
	write_series(out, &node->series);
	write_window(out, &node->window);
	codec_add_ns(out, "since", node->since.ns);
	codec_add_ns(out, "observed_at", node->observed_at.ns);
	codec_add_ns(out, "answered_ns", node->answered_ns);
	codec_add_ns(out, "latency", node->last_latency_ns);
	codec_add_ns(out, "p95", node->p95_ns);
	codec_add_phases(out, "phases", &node->phases);
	codec_add_failure(out, (enum failure)node->failure, (enum phase)node->failed_phase);
	codec_add_bool(out, "stale", node->stale);
	codec_add_bool(out, "answered", node->answered);
	write_verdict(out, node->verdict);
	if (node->values != NULL)
		codec_add_values(out, "values", node->values->at, node->values->count);
	write_evidence(out, node);
	json_close_map(out);
}

static void write_standing(struct json_writer *out, const struct service_standing *standing)
{
	const int numbers[] = {(int)standing->state,	  (int)standing->decides,
			       (int)standing->others,	  standing->passing,
			       standing->total,		  standing->instances_well,
			       standing->instances_total, standing->instances_wanted};

	json_add_key(out, "standing");
	json_open_list(out);
	for (size_t i = 0; i < BASE_LEN(numbers); i++)
		json_add_int(out, numbers[i]);
	json_close_list(out);
}

static void write_matches(struct json_writer *out, const struct service_trouble *trouble)
{
	json_add_key(out, "matches");
	json_open_list(out);
	for (size_t i = 0; i < trouble->matches.len; i++) {
		const struct seen_match *seen = &trouble->matches.at[i];

		json_open_map(out);
		codec_add_ns(out, "count", (int64_t)seen->count);
		codec_add_ns(out, "first_time", seen->first_time.ns);
		codec_add_ns(out, "first_line", (int64_t)seen->first_number);
		codec_add_match(out, "last", &seen->last);
		json_close_map(out);
	}
	json_close_list(out);
}

static void write_trouble(struct json_writer *out, const struct service_trouble *trouble)
{
	codec_add_id(out, "case", trouble->case_digest);
	codec_add_ns(out, "diagnosed_at", trouble->diagnosed_at.ns);
	json_add_key(out, "diagnoses");
	json_open_list(out);
	for (size_t i = 0; i < trouble->diagnosis_count; i++)
		codec_add_diagnosis(out, &trouble->diagnoses[i]);
	json_close_list(out);
	codec_add_text(out, "since_evidence", trouble->since_evidence);
	codec_add_ns(out, "since_evidence_at", trouble->since_evidence_at.ns);
	write_matches(out, trouble);
}

static void write_service(struct json_writer *out, const struct service_node *node)
{
	json_open_map(out);
	codec_add_id(out, "id", node->id);
	codec_add_int(out, "state", (int64_t)node->state);
	codec_add_int(out, "last_state", (int64_t)node->last_state);
	codec_add_bool(out, "known", node->known);
	codec_add_bool(out, "complete", node->complete);
	codec_add_bool(out, "stale", node->stale);
	codec_add_bool(out, "maintenance", node->maintenance);
	codec_add_bool(out, "flapping", node->flapping);
	codec_add_bool(out, "muted", node->muted);
	if (node->silenced_until.ns != 0)
		codec_add_ns(out, "silenced_until", node->silenced_until.ns);
	codec_add_ns(out, "since", node->since.ns);
	codec_add_bool(out, "since_at_least", node->since_at_least);
	write_standing(out, &node->standing);
	codec_add_text(out, "why", node->why);
	codec_add_text(out, "acked_by", node->acked_by);
	codec_add_text(out, "ack_text", node->ack_text);
	codec_add_ns(out, "slot", node->strip.slot);
	codec_add_bool(out, "measured", node->strip.measured);
	add_hex(out, "cells", node->strip.cells, HISTORY_CELLS);
	codec_add_ns(out, "deadline", node->deadline_ns);
	json_add_key(out, "caused_by");
	json_open_list(out);
	for (size_t i = 0; i < node->caused_count; i++)
		codec_add_id(out, NULL, node->caused_by[i]);
	json_close_list(out);
	write_trouble(out, service_trouble(node));
	json_close_map(out);
}

static void write_timeline(struct json_writer *out, const struct engine *engine)
{
	json_add_key(out, "timeline");
	json_open_list(out);
	for (size_t i = engine->timeline_len; i > 0; i--) {
		const struct timeline_node *node =
			&engine->timeline[(engine->timeline_at + engine->timeline_cap - i) %
					  engine->timeline_cap];

		json_open_map(out);
		codec_add_ns(out, "at", node->at.ns);
		codec_add_id(out, "service", node->service_id);
		codec_add_id(out, "check", node->check_id);
		codec_add_text(out, "kind", event_kind_name(node->kind));
		codec_add_text(out, "text", node->text);
		json_close_map(out);
	}
	json_close_list(out);
}

static void write_host(struct json_writer *out, const struct engine *engine)
{
	codec_add_bool(out, "offline", engine->offline);
	codec_add_bool(out, "offline_by_errors", engine->offline_by_errors);
	json_add_key(out, "local_hosts");
	json_open_list(out);
	for (size_t i = 0; i < LOCAL_HOSTS; i++) {
		codec_add_id(out, NULL, engine->local_hosts[i].host);
		codec_add_ns(out, NULL, engine->local_hosts[i].at_ns);
	}
	json_close_list(out);
}

void engine_write_keyframe(const struct engine *engine, struct json_writer *out)
{
	json_open_map(out);
	codec_add_int(out, "v", KEYFRAME_VERSION);
	codec_add_text(out, "fleet", engine->fleet->name);
	codec_add_text(out, "environment", engine->fleet->environment);
	codec_add_id(out, "digest", engine->fleet->digest);
	codec_add_ns(out, "n", (int64_t)engine->number);
	codec_add_ns(out, "mono", engine->mono.ns);
	codec_add_ns(out, "wall", engine->wall.ns);
	codec_add_ns(out, "watched_since", engine->watched_since.ns);
	codec_add_ns(out, "awake_since", engine->awake_since.ns);
	codec_add_ns(out, "slept", engine->slept_ns);
	codec_add_ns(out, "newest_sample", engine->newest_sample.ns);
	codec_add_ns(out, "deadline", engine->deadline_ns);
	write_host(out, engine);
	json_add_key(out, "checks");
	json_open_list(out);
	for (size_t i = 0; i < engine->check_count; i++)
		write_check(out, &engine->checks[i]);
	for (size_t i = 0; i < engine->observer_count; i++)
		write_check(out, &engine->observers[i]);
	json_close_list(out);
	json_add_key(out, "services");
	json_open_list(out);
	for (size_t i = 0; i < engine->service_count; i++)
		write_service(out, &engine->services[i]);
	json_close_list(out);
	json_add_key(out, "cases");
	json_open_list(out);
	for (size_t i = engine->next_case; i < engine->open_cases.len; i++)
		codec_add_id(out, NULL, engine->open_cases.at[i]->id);
	json_close_list(out);
	write_timeline(out, engine);
	json_close_map(out);
}
