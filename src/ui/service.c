/* Actions on the service at hand, wherever it was chosen: run, verify, take, mute, note, copy. */
#include "ui/turn.h"

#include "base/xalloc.h"
#include "ui/log_rows.h"
#include "ui/words.h"

#define COPY_BYTES (64u << 10)

const struct service_row *ui_at_hand(const struct ui_state *ui, const struct snapshot *snapshot)
{
	const struct service_row *row = NULL;
	struct table_rows rows;
	struct target target;

	switch (ui_view(ui)) {
	case VIEW_PAGE:
		return ui_page_row(ui, snapshot);
	case VIEW_INCIDENTS:
		target = ui_target(ui, snapshot);
		return target.kind == TARGET_SERVICE ? snapshot_row(snapshot, target.id) : NULL;
	case VIEW_TABLE:
		rows_build(ui, snapshot, &rows);
		if (rows.len > 0)
			row = rows.at[rows_cursor(ui, &rows)].service;
		rows_release(&rows);
		return row;
	case VIEW_WALL:
	case VIEW_HELP:
	case VIEW_COPY:
		break;
	}
	return NULL;
}

static void copy_row(struct strbuf *out, const struct service_row *row)
{
	strbuf_addf(out, "%s %s", row->service->name, service_state_name(row->state));
	if (row->why[0] != '\0')
		strbuf_addf(out, ": %s", row->why);
	if (row->service->url != NULL)
		strbuf_addf(out, "\n%s", row->service->url);
	if (row->diagnosis_count > 0)
		strbuf_addf(out, "\n%s (%.0f%%): %s", row->diagnoses[0].title,
			    row->diagnoses[0].confidence * 100, row->diagnoses[0].explanation);
}

static void copy_exchange(struct strbuf *out, const struct exchange *exchange)
{
	if (exchange->request != NULL)
		strbuf_addf(out, "%s\n", exchange->request);
	if (exchange->http_status != 0)
		strbuf_addf(out, "\nHTTP/%s %d\n",
			    exchange->http_version != NULL ? exchange->http_version : "?",
			    exchange->http_status);
	for (size_t i = 0; i < exchange->header_count; i++)
		strbuf_addf(out, "%s: %s\n", exchange->headers[i].name, exchange->headers[i].value);
	if (exchange->body_len > 0) {
		strbuf_addc(out, '\n');
		strbuf_add(out, exchange->body, exchange->body_len);
	}
}

static void copy_check(struct strbuf *out, const struct service_row *row, uint64_t check_id)
{
	const struct check_row *check = service_row_check(row, check_id);

	if (check == NULL) {
		copy_row(out, row);
		return;
	}
	strbuf_addf(out, "%s/%s: %s", row->service->name, check->check->name,
		    check_state_name(check->state));
	if (check->message != NULL)
		strbuf_addf(out, ", %s", check->message);
	strbuf_addc(out, '\n');
	for (size_t i = 0; i < check->assertion_count; i++) {
		if (!check->assertions[i].pass && !check->assertions[i].skipped)
			strbuf_addf(out, "expected %s, got %s\n", check->assertions[i].expected,
				    check->assertions[i].got != NULL ? check->assertions[i].got
								     : "nothing");
	}
	if (check->exchange != NULL)
		copy_exchange(out, check->exchange);
}

static void copy_diagnosis(struct strbuf *out, const struct service_row *row, struct target target)
{
	const struct diagnosis *diagnosis;

	if (target.kind == TARGET_TEXT) {
		strbuf_adds(out, target.text);
		return;
	}
	copy_row(out, row);
	if (row->diagnosis_count == 0)
		return;
	diagnosis = &row->diagnoses[0];
	for (size_t i = 0; i < diagnosis->evidence_count; i++)
		strbuf_addf(out, "\n%c %s: %s", diagnosis->evidence[i].weight < 0 ? '-' : '+',
			    diagnosis->evidence[i].source, diagnosis->evidence[i].text);
	for (size_t i = 0; i < diagnosis->step_count; i++)
		strbuf_addf(out, "\n%zu. %s%s%s", i + 1, diagnosis->steps[i].text,
			    diagnosis->steps[i].command != NULL ? "\n   $ " : "",
			    diagnosis->steps[i].command != NULL ? diagnosis->steps[i].command : "");
}

/* The marked lines of the window, else the one under the cursor. */
static void copy_log(struct strbuf *out, const struct log_state *logs,
		     const struct log_window *window)
{
	for (size_t i = 0; i < window->line_count; i++) {
		if (log_is_marked(logs, &window->lines[i])) {
			strbuf_add(out, window->lines[i].text, window->lines[i].len);
			strbuf_addc(out, '\n');
		}
	}
	if (out->len == 0 && logs->row >= 0 && (size_t)logs->row < window->line_count)
		strbuf_add(out, window->lines[logs->row].text, window->lines[logs->row].len);
}

static void copy(struct turn *turn, const struct service_row *row)
{
	struct ui_state *ui = turn->ui;
	bool page = ui_view(ui) == VIEW_PAGE;
	struct strbuf text;

	strbuf_init(&text, COPY_BYTES);
	if (page && ui->page.focus == PANE_CHECKS)
		copy_check(&text, row, ui_target(ui, turn->snapshot).id);
	else if (page && ui->page.focus == PANE_LOGS)
		copy_log(&text, &ui->page.logs, &turn->snapshot->logs);
	else if (page)
		copy_diagnosis(&text, row, ui_target(ui, turn->snapshot));
	else
		copy_row(&text, row);
	if (text.len == 0) {
		turn_message(turn, "nothing to copy here");
		strbuf_release(&text);
		return;
	}
	free(ui->copied);
	ui->copied = xstrdup(text.data);
	turn_effect(turn, EFFECT_COPY)->text = strbuf_detach(&text);
	if (ui->mouse)
		turn_effect(turn, EFFECT_MOUSE)->on = false;
	ui_push(ui, VIEW_COPY);
}

static void ack(struct turn *turn, const struct service_row *row)
{
	if ((row->marks & MARK_ACKED) != 0) {
		turn_effect(turn, EFFECT_ACK)->service_id = row->id;
		turn_message(turn, "%s is given back", row->service->name);
		return;
	}
	prompt_open(&turn->ui->prompt, PROMPT_ACK, NULL);
	turn->ui->prompt.service_id = row->id;
}

static void mute(struct turn *turn, const struct service_row *row)
{
	struct effect *effect = turn_effect(turn, EFFECT_MUTE);

	effect->service_id = row->id;
	effect->on = (row->marks & MARK_MUTED) == 0;
	turn_message(turn, effect->on ? "%s is muted" : "%s may raise again", row->service->name);
}

static void verify(struct turn *turn, const struct service_row *row)
{
	turn_effect(turn, EFFECT_VERIFY)->service_id = row->id;
	if (row->id == turn->ui->page.service_id && ui_view(turn->ui) == VIEW_PAGE) {
		turn->ui->page.verify_at = turn->snapshot->wall_now;
		page_show_proof(turn->ui, turn->snapshot);
	}
	turn_message(turn, "running the checks that prove the remedy");
}

bool service_action(struct turn *turn, enum action action)
{
	const struct service_row *row;

	if (action != ACTION_RECHECK && action != ACTION_VERIFY && action != ACTION_COPY &&
	    action != ACTION_ACK && action != ACTION_MUTE && action != ACTION_NOTE)
		return false;
	row = ui_at_hand(turn->ui, turn->snapshot);
	if (action == ACTION_NOTE) {
		prompt_open(&turn->ui->prompt, PROMPT_NOTE, NULL);
		turn->ui->prompt.service_id = row != NULL ? row->id : 0;
		return true;
	}
	if (row == NULL) {
		turn_message(turn, "no service is selected");
		return true;
	}
	if (action == ACTION_RECHECK) {
		turn_effect(turn, EFFECT_RECHECK)->service_id = row->id;
		turn_message(turn, "asking %s again", row->service->name);
	} else if (action == ACTION_VERIFY)
		verify(turn, row);
	else if (action == ACTION_COPY)
		copy(turn, row);
	else if (action == ACTION_ACK)
		ack(turn, row);
	else
		mute(turn, row);
	return true;
}
