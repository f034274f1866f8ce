/* The incidents list: what is broken now, causes before their victims, and what happened lately.
 * Enter opens the service. */
#include "ui/doc.h"
#include "ui/words.h"

#define EVENTS_SHOWN 200

static void add_row(struct doc *doc, const struct snapshot *snapshot, const struct service_row *row)
{
	struct strbuf text;

	strbuf_init(&text, 1024);
	doc->target = (struct target){.kind = TARGET_SERVICE, .id = row->id};
	doc_line(doc, 1);
	doc_addf(doc, service_style(row->state), "%s %s", service_state_glyph(row->state, false),
		 service_state_name(row->state));
	doc_tab(doc, 13);
	since_format(&text, snapshot, row->since, row->since_at_least, AGE_FINE);
	doc_add(doc, STYLE_DIM, text.data);
	doc_tab(doc, 20);
	doc_add(doc, STYLE_STRONG, row->service->name);
	strbuf_reset(&text);
	marks_format(&text, row->marks);
	if (text.len > 0)
		doc_addf(doc, STYLE_MARK, "  %s", text.data);
	doc_add(doc, STYLE_TEXT, "  ");
	strbuf_reset(&text);
	cause_format(&text, snapshot, row);
	if (text.len > 0)
		doc_wrap(doc, 20, STYLE_CAUSE, text.data);
	else
		doc_wrap(doc, 20, STYLE_TEXT, row->why);
	if (row->acked_by != NULL) {
		doc_line(doc, 20);
		doc_addf(doc, STYLE_MARK, "taken%s%s: ", row->acked_by[0] != '\0' ? " by " : "",
			 row->acked_by);
		doc_wrap(doc, 20, STYLE_TEXT, row->ack_text != NULL ? row->ack_text : "");
	}
	doc->target = (struct target){0};
	strbuf_release(&text);
}

static size_t add_rows(struct doc *doc, const struct snapshot *snapshot, bool victims)
{
	size_t count = 0;

	for (int rank = SERVICE_STATE_COUNT - 1; rank > 0; rank--) {
		for (size_t i = 0; i < snapshot->row_count; i++) {
			const struct service_row *row = &snapshot->rows[i];

			if (row->state == SERVICE_UP || row->state == SERVICE_PENDING ||
			    service_state_rank(row->state) != rank ||
			    (row->caused_count > 0) != victims)
				continue;
			add_row(doc, snapshot, row);
			count++;
		}
	}
	return count;
}

static const char *event_word(enum event_kind kind)
{
	static const char *const words[EVENT_KIND_COUNT] = {
		[EVENT_SAMPLE] = "answer", [EVENT_TICK] = "time",	[EVENT_LOG_MATCH] = "log",
		[EVENT_ACK] = "ack",	   [EVENT_MUTE] = "mute",	[EVENT_SILENCE] = "mute",	[EVENT_NOTE] = "note",
		[EVENT_RELOAD] = "reload", [EVENT_SUSPENDED] = "slept", [EVENT_EDGE] = "change",
	};

	return words[kind];
}

static void add_events(struct doc *doc, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->timeline_count && i < EVENTS_SHOWN; i++) {
		const struct timeline_entry *entry = &snapshot->timeline[i];
		const struct service_row *row = snapshot_row(snapshot, entry->service_id);
		struct strbuf clock;

		strbuf_init(&clock, 32);
		clock_format(&clock, entry->at, doc->utc_offset_s, true);
		if (row != NULL)
			doc->target = (struct target){.kind = TARGET_SERVICE, .id = row->id};
		doc_line(doc, 1);
		doc_add(doc, STYLE_LOG_TIME, clock.data);
		doc_addf(doc, STYLE_DIM, "  %s", event_word(entry->kind));
		doc_tab(doc, 20);
		if (row != NULL)
			doc_addf(doc, STYLE_STRONG, "%s  ", row->service->name);
		doc_wrap(doc, 20, STYLE_TEXT, entry->text != NULL ? entry->text : "");
		doc->target = (struct target){0};
		strbuf_release(&clock);
	}
}

/* What concerns sitrep itself, in full: the banner has room for one line only. */
static void add_own_troubles(struct doc *doc, const struct snapshot *snapshot)
{
	if (snapshot->banner != NULL) {
		doc_heading(doc, "notice");
		doc_line(doc, 1);
		doc_wrap(doc, 1, STYLE_TEXT, snapshot->banner);
	}
	if (snapshot->skipped_runs > 0) {
		doc_heading(doc, "late");
		doc_line(doc, 1);
		doc_addf(doc, STYLE_TEXT, "%llu runs were late and left out",
			 (unsigned long long)snapshot->skipped_runs);
	}
}

void doc_incidents(struct doc *doc, const struct snapshot *snapshot)
{
	doc_line(doc, 0);
	doc_add(doc, STYLE_HEADER, "broken now");
	if (add_rows(doc, snapshot, false) == 0) {
		doc_line(doc, 1);
		doc_add(doc, STYLE_DIM, "nothing");
	}
	add_rows(doc, snapshot, true);
	add_own_troubles(doc, snapshot);
	if (snapshot->timeline_count > 0)
		doc_heading(doc, "lately");
	add_events(doc, snapshot);
}
