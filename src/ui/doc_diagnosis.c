/* The diagnosis pane: cause, how sure, why, what to do and how it is proven. Every piece of evidence
 * is a way to where it was seen. */
#include "ui/doc.h"
#include "ui/words.h"

static void add_evidence(struct doc *doc, const struct diagnosis *diagnosis)
{
	doc_heading(doc, "evidence");
	for (size_t i = 0; i < diagnosis->evidence_count; i++) {
		const struct evidence *evidence = &diagnosis->evidence[i];

		doc->target = (struct target){0};
		if (evidence->kind == EVIDENCE_CHECK && evidence->check_id != 0)
			doc->target =
				(struct target){.kind = TARGET_CHECK, .id = evidence->check_id};
		else if (evidence->kind == EVIDENCE_LOG && evidence->log_line != 0)
			doc->target = (struct target){.kind = TARGET_LOG,
						      .source = evidence->log_source,
						      .number = evidence->log_line};
		else if (evidence->kind == EVIDENCE_DEPENDENCY && evidence->service_id != 0)
			doc->target =
				(struct target){.kind = TARGET_SERVICE, .id = evidence->service_id};
		doc_line(doc, 0);
		doc_add(doc, evidence->weight < 0 ? STYLE_GOT : STYLE_OK,
			evidence->weight < 0 ? "- " : "+ ");
		doc_addf(doc, STYLE_DIM, "%s: ", evidence->source);
		doc_wrap(doc, 4, STYLE_TEXT, evidence->text);
		if (doc->target.kind == TARGET_NONE)
			continue;
		if (doc_used(doc) + 2 > doc->width)
			doc_line(doc, 4);
		else
			doc_add(doc, STYLE_TEXT, " ");
		doc_add(doc, STYLE_DIM, "→");
	}
	doc->target = (struct target){0};
}

/* Never cut: it is the word that keeps somebody from running the command. */
static void add_risk(struct doc *doc, enum risk risk)
{
	int cells = 4 + (int)strlen(risk_name(risk));

	if (doc_used(doc) + cells > doc->width)
		doc_line(doc, 2);
	else
		doc_add(doc, STYLE_TEXT, "  ");
	doc_addf(doc, STYLE_RISK, "[%s]", risk_name(risk));
}

static void add_steps(struct doc *doc, const struct diagnosis *diagnosis)
{
	doc_heading(doc, "what to do");
	for (size_t i = 0; i < diagnosis->step_count; i++) {
		const struct remedy_step *step = &diagnosis->steps[i];

		doc->target = (struct target){.kind = TARGET_TEXT, .text = step->text};
		if (step->command != NULL)
			doc->target.text = step->command;
		doc_line(doc, 0);
		doc_addf(doc, STYLE_STRONG, "%zu ", i + 1);
		doc_wrap(doc, 2, STYLE_TEXT, step->text);
		if (step->risk != RISK_READ)
			add_risk(doc, step->risk);
		if (step->command != NULL) {
			doc_line(doc, 2);
			doc_add(doc, STYLE_DIM, "$ ");
			doc_wrap(doc, 6, STYLE_COMMAND, step->command);
		}
	}
	doc->target = (struct target){0};
}

/* "service/check" -> its row; NULL where there is none (any more). */
static const struct check_row *verify_row(const struct snapshot *snapshot, const char *name)
{
	for (size_t i = 0; i < snapshot->row_count; i++) {
		const struct service_row *row = &snapshot->rows[i];
		size_t len = strlen(row->service->name);

		if (strncmp(row->service->name, name, len) != 0 || name[len] != '/')
			continue;
		for (size_t at = 0; at < row->check_count; at++) {
			if (strcmp(row->checks[at].check->name, name + len + 1) == 0)
				return &row->checks[at];
		}
	}
	return NULL;
}

static void add_verify(struct doc *doc, const struct ui_state *ui, const struct snapshot *snapshot,
		       const struct diagnosis *diagnosis)
{
	bool first = doc->proof_end == 0;

	doc_heading(doc, "proven when these pass (v runs them)");
	if (first)
		doc->proof = doc->lines.len - 1;
	for (size_t i = 0; i < diagnosis->verify_count; i++) {
		const struct check_row *check = verify_row(snapshot, diagnosis->verify[i]);
		enum check_state state = check != NULL ? check->last_result : CHECK_PENDING;
		bool waiting = ui->page.verify_at.ns != 0 &&
			       (check == NULL || check->observed_at.ns < ui->page.verify_at.ns);

		if (waiting)
			state = CHECK_PENDING;
		doc_line(doc, 0);
		doc_addf(doc, check_style(state), "%s ", check_glyph(state));
		doc_wrap(doc, 4, state == CHECK_PASS ? STYLE_OK : STYLE_TEXT, diagnosis->verify[i]);
		if (waiting)
			doc_add(doc, STYLE_DIM, "  asking …");
		else if (ui->page.verify_at.ns != 0)
			doc_addf(doc, check_style(state), "  %s",
				 state == CHECK_PASS ? "verified" : check_state_name(state));
	}
	if (first)
		doc->proof_end = doc->lines.len;
}

static void add_diagnosis(struct doc *doc, const struct ui_state *ui,
			  const struct snapshot *snapshot, const struct diagnosis *diagnosis)
{
	bool sure = diagnosis->confidence >= DIAGNOSIS_SURE;

	doc_line(doc, 0);
	doc_addf(doc, STYLE_STRONG, "%.0f%% ", diagnosis->confidence * 100);
	if (!sure)
		doc_add(doc, STYLE_MARK, "not sure: ");
	doc_wrap(doc, 4, STYLE_STRONG, diagnosis->title);
	doc_line(doc, 0);
	doc_add(doc, STYLE_DIM, diagnosis->id);
	if (diagnosis->explanation != NULL && diagnosis->explanation[0] != '\0') {
		doc_line(doc, 0);
		doc_wrap(doc, 0, STYLE_TEXT, diagnosis->explanation);
	}
	if (diagnosis->evidence_count > 0)
		add_evidence(doc, diagnosis);
	if (diagnosis->step_count > 0)
		add_steps(doc, diagnosis);
	if (diagnosis->verify_count > 0)
		add_verify(doc, ui, snapshot, diagnosis);
	if (diagnosis->link_count > 0 || diagnosis->runbook != NULL)
		doc_heading(doc, "more");
	if (diagnosis->runbook != NULL) {
		doc_line(doc, 0);
		doc_add(doc, STYLE_DIM, "runbook ");
		doc_wrap(doc, 2, STYLE_TEXT, diagnosis->runbook);
	}
	for (size_t i = 0; i < diagnosis->link_count; i++) {
		doc_line(doc, 0);
		doc_wrap(doc, 2, STYLE_TEXT, diagnosis->links[i]);
	}
}

/* The cause went with the failure: what was run to prove it stays in view, green. */
static void add_proven(struct doc *doc, const struct ui_state *ui, const struct service_row *row)
{
	if (ui->page.verify_at.ns == 0)
		return;
	doc_blank(doc);
	for (size_t i = 0; i < row->check_count; i++) {
		const struct check_row *check = &row->checks[i];

		if (check->last_result != CHECK_PASS ||
		    check->observed_at.ns < ui->page.verify_at.ns)
			continue;
		doc_line(doc, 0);
		doc_addf(doc, check_style(CHECK_PASS), "%s ", check_glyph(CHECK_PASS));
		doc_wrap(doc, 4, STYLE_OK, check->check->name);
		doc_addf(doc, check_style(CHECK_PASS), "  verified");
	}
}

/* No cause of its own: what brought it down, or that nothing is wrong. */
static void add_none(struct doc *doc, const struct ui_state *ui, const struct snapshot *snapshot,
		     const struct service_row *row)
{
	if (row->state == SERVICE_UP || row->state == SERVICE_PENDING) {
		doc_line(doc, 0);
		doc_add(doc, STYLE_DIM,
			row->state == SERVICE_UP ? "Nothing is wrong." : "No answer yet.");
		if (row->state == SERVICE_UP)
			add_proven(doc, ui, row);
		return;
	}
	doc_line(doc, 0);
	if (row->caused_count == 0) {
		doc_wrap(doc, 0, STYLE_DIM,
			 "No rule knows this failure. The checks and the logs have "
			 "all that was seen.");
		return;
	}
	doc_add(doc, STYLE_TEXT, "Brought down by what it depends on:");
	for (size_t i = 0; i < row->caused_count; i++) {
		const struct service_row *cause = snapshot_row(snapshot, row->caused_by[i]);

		if (cause == NULL)
			continue;
		doc->target = (struct target){.kind = TARGET_SERVICE, .id = cause->id};
		doc_line(doc, 0);
		doc_addf(doc, STYLE_CAUSE, "← %s", cause->service->name);
		doc_add(doc, STYLE_TEXT, "  ");
		doc_wrap(doc, 4, STYLE_TEXT, cause->why);
		doc_add(doc, STYLE_DIM, " →");
	}
	doc->target = (struct target){0};
}

/* What it needs, each with how it is: a trouble there explains one here. */
static void add_dependencies(struct doc *doc, const struct snapshot *snapshot,
			     const struct service_row *row)
{
	const struct service *service = row->service;
	struct strbuf since;

	if (service->depends_count == 0)
		return;
	doc_heading(doc, "depends on");
	strbuf_init(&since, 64);
	for (size_t i = 0; i < service->depends_count; i++) {
		const struct service_row *on = snapshot_row(snapshot, service->depends_on[i]->id);

		if (on == NULL)
			continue;
		doc->target = (struct target){.kind = TARGET_SERVICE, .id = on->id};
		doc_line(doc, 0);
		doc_addf(doc, service_style(on->state), "%s ",
			 service_state_glyph(on->state, false));
		doc_addf(doc, STYLE_TEXT, "%s  ", on->service->name);
		doc_add(doc, service_style(on->state), service_state_name(on->state));
		strbuf_reset(&since);
		if (on->state != SERVICE_PENDING)
			since_format(&since, snapshot, on->since, on->since_at_least, AGE_COARSE);
		doc_addf(doc, STYLE_DIM, " %s →", since.data);
	}
	strbuf_release(&since);
	doc->target = (struct target){0};
}

/* Who answers for it and where that is written down, as the file says. */
static void add_owner(struct doc *doc, const struct service_row *row)
{
	const struct service *service = row->service;

	if (service->owner == NULL && (service->runbook == NULL || row->diagnosis_count > 0))
		return;
	doc_heading(doc, "more");
	if (service->owner != NULL) {
		doc_line(doc, 0);
		doc_add(doc, STYLE_DIM, "owner ");
		doc_wrap(doc, 2, STYLE_TEXT, service->owner);
	}
	if (service->runbook != NULL && row->diagnosis_count == 0) {
		doc_line(doc, 0);
		doc_add(doc, STYLE_DIM, "runbook ");
		doc_wrap(doc, 2, STYLE_TEXT, service->runbook);
	}
}

static void add_since(struct doc *doc, const struct service_row *row)
{
	struct strbuf clock;

	if (row->since_evidence == NULL || row->state == SERVICE_UP)
		return;
	strbuf_init(&clock, 32);
	clock_format(&clock, row->since, doc->utc_offset_s, true);
	doc_heading(doc, "since");
	doc_line(doc, 0);
	doc_addf(doc, STYLE_LOG_TIME, "%s  ", clock.data);
	doc_wrap(doc, 10, STYLE_DIM, row->since_evidence);
	strbuf_release(&clock);
}

void doc_diagnosis(struct doc *doc, const struct ui_state *ui, const struct snapshot *snapshot)
{
	const struct service_row *row = ui_page_row(ui, snapshot);

	if (row == NULL)
		return;
	if (row->diagnosis_count == 0)
		add_none(doc, ui, snapshot, row);
	for (size_t i = 0; i < row->diagnosis_count; i++) {
		if (i > 0)
			doc_heading(doc, "or");
		add_diagnosis(doc, ui, snapshot, &row->diagnoses[i]);
	}
	add_since(doc, row);
	add_dependencies(doc, snapshot, row);
	add_owner(doc, row);
	if (row->acked_by != NULL) {
		doc_heading(doc, "taken");
		doc_line(doc, 0);
		if (row->acked_by[0] != '\0')
			doc_addf(doc, STYLE_MARK, "%s: ", row->acked_by);
		doc_wrap(doc, 2, STYLE_TEXT, row->ack_text != NULL ? row->ack_text : "");
	}
}
