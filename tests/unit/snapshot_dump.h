/* Every field of a snapshot as JSON, so that two snapshots can be compared byte for byte. */
#ifndef TESTS_SNAPSHOT_DUMP_H
#define TESTS_SNAPSHOT_DUMP_H

#include "base/json.h"
#include "engine/codec.h"
#include "model/snapshot.h"

static void dump_check(struct json_writer *out, const struct check_row *row)
{
	json_open_map(out);
	codec_add_id(out, "id", row->id);
	codec_add_text(out, "name", row->check->name);
	codec_add_text(out, "state", check_state_name(row->state));
	codec_add_text(out, "last", check_state_name(row->last_result));
	codec_add_ns(out, "since", row->since.ns);
	codec_add_int(out, "streak", row->streak);
	codec_add_ns(out, "latency", row->latency_ns);
	codec_add_ns(out, "last_latency", row->last_latency_ns);
	codec_add_text(out, "message", row->message);
	codec_add_ns(out, "observed_at", row->observed_at.ns);
	codec_add_bool(out, "stale", row->stale);
	json_add_key(out, "assertions");
	json_open_list(out);
	for (size_t i = 0; i < row->assertion_count; i++) {
		json_open_map(out);
		codec_add_text(out, "expected", row->assertions[i].expected);
		codec_add_text(out, "got", row->assertions[i].got);
		codec_add_bool(out, "pass", row->assertions[i].pass);
		codec_add_bool(out, "warn", row->assertions[i].warn);
		codec_add_bool(out, "skipped", row->assertions[i].skipped);
		json_close_map(out);
	}
	json_close_list(out);
	codec_add_phases(out, "phases", &row->phases);
	codec_add_failure(out, row->failure, row->failed_phase);
	if (row->exchange != NULL)
		codec_add_exchange(out, "exchange", row->exchange);
	if (row->last_failure != NULL)
		codec_add_exchange(out, "last_failure", row->last_failure);
	codec_add_ns(out, "last_failure_at", row->last_failure_at.ns);
	codec_add_text(out, "last_failure_message", row->last_failure_message);
	if (row->last_success != NULL)
		codec_add_exchange(out, "last_success", row->last_success);
	codec_add_ns(out, "last_success_at", row->last_success_at.ns);
	json_close_map(out);
}

static void dump_row(struct json_writer *out, const struct service_row *row)
{
	char history[HISTORY_CELLS + 1] = {0};

	for (size_t i = 0; i < HISTORY_CELLS; i++)
		history[i] = ".1234dfu"[row->history[i]];
	json_open_map(out);
	codec_add_id(out, "id", row->id);
	codec_add_text(out, "name", row->service->name);
	codec_add_text(out, "state", service_state_name(row->state));
	codec_add_text(out, "last_state", service_state_name(row->last_state));
	codec_add_int(out, "marks", row->marks);
	codec_add_ns(out, "since", row->since.ns);
	codec_add_bool(out, "since_at_least", row->since_at_least);
	codec_add_text(out, "since_evidence", row->since_evidence);
	codec_add_int(out, "passing", row->checks_passing);
	codec_add_int(out, "total", row->checks_total);
	codec_add_ns(out, "latency", row->latency_ns);
	codec_add_ns(out, "p95", row->p95_ns);
	codec_add_text(out, "history", history);
	codec_add_text(out, "why", row->why);
	json_add_key(out, "caused_by");
	json_open_list(out);
	for (size_t i = 0; i < row->caused_count; i++)
		codec_add_id(out, NULL, row->caused_by[i]);
	json_close_list(out);
	json_add_key(out, "checks");
	json_open_list(out);
	for (size_t i = 0; i < row->check_count; i++)
		dump_check(out, &row->checks[i]);
	json_close_list(out);
	json_add_key(out, "diagnoses");
	json_open_list(out);
	for (size_t i = 0; i < row->diagnosis_count; i++)
		codec_add_diagnosis(out, &row->diagnoses[i]);
	json_close_list(out);
	codec_add_text(out, "acked_by", row->acked_by);
	codec_add_text(out, "ack_text", row->ack_text);
	json_close_map(out);
}

BASE_UNUSED static char *snapshot_dump(const struct snapshot *snapshot)
{
	struct strbuf text;
	struct json_writer out;

	strbuf_init(&text, 64u << 20);
	json_writer_init(&out, &text, true);
	json_open_map(&out);
	codec_add_ns(&out, "mono", snapshot->mono_now.ns);
	codec_add_ns(&out, "wall", snapshot->wall_now.ns);
	codec_add_ns(&out, "watched_since", snapshot->watched_since.ns);
	codec_add_text(&out, "state", service_state_name(snapshot->state));
	codec_add_int(&out, "up", snapshot->counts.up);
	codec_add_int(&out, "degraded", snapshot->counts.degraded);
	codec_add_int(&out, "down", snapshot->counts.down);
	codec_add_int(&out, "unknown", snapshot->counts.unknown);
	codec_add_int(&out, "pending", snapshot->counts.pending);
	codec_add_int(&out, "incidents", snapshot->incidents);
	codec_add_ns(&out, "incident_since", snapshot->incident_since.ns);
	codec_add_bool(&out, "offline", snapshot->offline);
	codec_add_text(&out, "banner", snapshot->banner);
	codec_add_ns(&out, "newest_sample", snapshot->newest_sample.ns);
	json_add_key(&out, "rows");
	json_open_list(&out);
	for (size_t i = 0; i < snapshot->row_count; i++)
		dump_row(&out, &snapshot->rows[i]);
	json_close_list(&out);
	json_add_key(&out, "timeline");
	json_open_list(&out);
	for (size_t i = 0; i < snapshot->timeline_count; i++) {
		const struct timeline_entry *entry = &snapshot->timeline[i];

		json_open_map(&out);
		codec_add_ns(&out, "at", entry->at.ns);
		codec_add_id(&out, "service", entry->service_id);
		codec_add_id(&out, "check", entry->check_id);
		codec_add_int(&out, "kind", (int64_t)entry->kind);
		codec_add_text(&out, "text", entry->text);
		json_close_map(&out);
	}
	json_close_list(&out);
	json_close_map(&out);
	return strbuf_detach(&text);
}

#endif
