/* The checks pane: every check, problems first, what was expected against what came; the one that
 * is unfolded with its exchange: request, phases, headers, body, and the last good answer beside
 * the one of now. */
#include "base/units.h"
#include "base/xalloc.h"
#include "ui/doc.h"
#include "ui/words.h"

#define BODY_LINES 40
#define HEADER_LINES 40
#define LABEL_CELLS 13 /* "  expected   " */

static int check_rank(const struct check_row *check)
{
	static const int ranks[] = {
		[CHECK_FAIL] = 0,    [CHECK_WARN] = 1, [CHECK_UNKNOWN] = 2,
		[CHECK_PENDING] = 3, [CHECK_PASS] = 4,
	};

	/* One bad answer that `fall` does not count yet is worth seeing before what passes. */
	if (check->state == CHECK_PASS && check->last_result != CHECK_PASS &&
	    check->last_result != CHECK_PENDING)
		return ranks[CHECK_PENDING];
	return ranks[check->state];
}

static void label(struct doc *doc, const char *word)
{
	doc_line(doc, 2);
	doc_add(doc, STYLE_DIM, word);
	doc_tab(doc, LABEL_CELLS);
}

static void add_assertions(struct doc *doc, const struct check_row *check)
{
	/* Where no answer came, no assertion was put to it: the sentence says it all. */
	bool answered = check->failure == FAILURE_NONE, any = false;

	for (size_t i = 0; answered && i < check->assertion_count; i++) {
		const struct assertion_result *result = &check->assertions[i];

		if (result->pass || result->skipped)
			continue;
		label(doc, result->warn ? "wanted" : "expected");
		doc_wrap(doc, LABEL_CELLS, STYLE_EXPECTED, result->expected);
		label(doc, "got");
		doc_wrap(doc, LABEL_CELLS, STYLE_GOT,
			 result->got != NULL ? result->got : "nothing");
		any = true;
	}
	if (!any && check->message != NULL && check->message[0] != '\0' &&
	    (check->state != CHECK_PASS || check->last_result != CHECK_PASS)) {
		label(doc, check->last_result == CHECK_UNKNOWN ? "unknown" : "got");
		doc_wrap(doc, LABEL_CELLS, STYLE_GOT, check->message);
	}
}

static void add_phases(struct doc *doc, const struct check_row *check)
{
	int measured = 0;

	for (int i = 0; i < PHASE_COUNT; i++)
		measured += check->phases.ns[i] > 0;
	if (measured == 0)
		return;
	label(doc, "phases");
	if (measured > 1) {
		doc->lines.at[doc->lines.len - 1].phases = &check->phases;
		doc_line(doc, LABEL_CELLS);
	}
	for (int i = 0; i < PHASE_COUNT; i++) {
		struct strbuf text;

		if (check->phases.ns[i] < 0)
			continue;
		strbuf_init(&text, 64);
		latency_format(&text, check->phases.ns[i]);
		doc_addf(doc, STYLE_DIM, "%s ", phase_name((enum phase)i));
		doc_addf(doc, STYLE_TEXT, "%s  ", text.data);
		strbuf_release(&text);
	}
	if (check->failed_phase < PHASE_COUNT)
		doc_addf(doc, STYLE_GOT, "ended in %s", phase_name(check->failed_phase));
}

static void add_body(struct doc *doc, const struct exchange *exchange)
{
	struct strbuf size;

	if (exchange->body_size == 0 && exchange->body_len == 0)
		return;
	strbuf_init(&size, 64);
	bytes_format(&size, exchange->body_size);
	/* What is no HTTP is a conversation: both sides, a line each. */
	label(doc, exchange->http_status != 0 ? "body" : "said");
	doc_addf(doc, STYLE_DIM, "%s%s", size.data, exchange->body_cut ? ", cut" : "");
	strbuf_release(&size);
	doc_verbatim(doc, 4, STYLE_TEXT, exchange->body, exchange->body_len, BODY_LINES);
}

/* What the web's answer itself shows is not said twice. */
static bool shown_elsewhere(enum subject subject)
{
	return subject == SUBJECT_STATUS || subject == SUBJECT_SIZE || subject == SUBJECT_CERT ||
	       subject == SUBJECT_ROUTES || subject == SUBJECT_REDIRECTS;
}

static void add_value(struct doc *doc, const struct sample_value *one)
{
	const char *name = subject_info(one->subject)->name;
	struct strbuf text;

	if (one->value.type == VALUE_STRING && one->value.as.string.len > 60) {
		label(doc, name);
		doc_verbatim(doc, LABEL_CELLS, STYLE_TEXT, one->value.as.string.bytes,
			     one->value.as.string.len, BODY_LINES);
		return;
	}
	if (one->value.type == VALUE_LIST) {
		label(doc, name);
		for (size_t i = 0; i < one->value.as.list.len && i < BODY_LINES; i++) {
			if (i != 0)
				doc_line(doc, LABEL_CELLS);
			doc_wrap(doc, LABEL_CELLS, STYLE_TEXT, one->value.as.list.items[i]);
		}
		return;
	}
	strbuf_init(&text, 256);
	if (one->value.type == VALUE_DURATION)
		latency_format(&text, one->value.as.duration_ns);
	else
		value_format(&text, &one->value);
	label(doc, one->argument != NULL ? one->argument : name);
	doc_add(doc, STYLE_TEXT, text.data);
	strbuf_release(&text);
}

static void add_values(struct doc *doc, const struct check_row *check)
{
	for (size_t i = 0; i < check->value_count; i++)
		if (!shown_elsewhere(check->values[i].subject))
			add_value(doc, &check->values[i]);
}

static void add_request(struct doc *doc, const struct exchange *exchange)
{
	if (exchange->request != NULL && exchange->request[0] != '\0') {
		size_t len = strcspn(exchange->request, "\n");
		char *line = xstrndup(exchange->request, len);

		label(doc, "sent");
		doc_wrap(doc, LABEL_CELLS, STYLE_TEXT, line);
		free(line);
		if (exchange->request[len] == '\n')
			doc_verbatim(doc, LABEL_CELLS, STYLE_DIM, exchange->request + len + 1,
				     strlen(exchange->request + len + 1), HEADER_LINES);
	}
	if (exchange->peer != NULL) {
		label(doc, "peer");
		doc_wrap(doc, LABEL_CELLS, STYLE_TEXT, exchange->peer);
		if (exchange->reused)
			doc_wrap(doc, LABEL_CELLS, STYLE_DIM, ", connection kept from before");
		if (exchange->tls_version != NULL)
			doc_addf(doc, STYLE_DIM, "  %s", exchange->tls_version);
	}
}

static void add_certificate(struct doc *doc, const struct exchange *exchange)
{
	for (size_t i = 0; i < exchange->certificate_count && i < 1; i++) {
		const struct certificate *certificate = &exchange->certificates[i];
		struct strbuf until;

		strbuf_init(&until, 64);
		wall_format(&until, certificate->not_after, false);
		label(doc, "certificate");
		doc_wrap(doc, LABEL_CELLS, STYLE_TEXT,
			 certificate->subject != NULL ? certificate->subject : "");
		label(doc, "valid until");
		doc_add(doc, STYLE_TEXT, until.data);
		strbuf_release(&until);
	}
}

static void add_answer(struct doc *doc, const struct exchange *exchange)
{
	if (exchange->http_status != 0) {
		label(doc, "answer");
		doc_addf(doc, STYLE_TEXT, "HTTP/%s %d",
			 exchange->http_version != NULL ? exchange->http_version : "?",
			 exchange->http_status);
	}
	if (exchange->redirected_to != NULL) {
		label(doc, "redirect to");
		doc_wrap(doc, LABEL_CELLS, STYLE_TEXT, exchange->redirected_to);
	}
	for (size_t i = 0; i < exchange->header_count && i < HEADER_LINES; i++) {
		doc_line(doc, LABEL_CELLS);
		doc_addf(doc, STYLE_DIM, "%s: ", exchange->headers[i].name);
		doc_add(doc, STYLE_TEXT, exchange->headers[i].value);
	}
	add_body(doc, exchange);
}

/* One line that says how an exchange ended: "200, 19B, application/json". */
static void describe(struct strbuf *out, const struct exchange *exchange)
{
	const char *type = exchange_header(exchange, "content-type");

	if (exchange->http_status != 0)
		strbuf_addf(out, "%d, ", exchange->http_status);
	bytes_format(out, exchange->body_size);
	if (type != NULL)
		strbuf_addf(out, ", %s", type);
	if (exchange->body_len > 0) {
		strbuf_adds(out, "  ");
		strbuf_add(out, exchange->body, strcspn(exchange->body, "\n"));
	}
}

/* What it was when it last worked against what it is now. */
static void add_comparison(struct doc *doc, const struct check_row *check)
{
	struct strbuf text;

	if (check->last_success == NULL || check->state == CHECK_PASS)
		return;
	strbuf_init(&text, 1024);
	clock_format(&text, check->last_success_at, doc->utc_offset_s, true);
	strbuf_adds(&text, "  ");
	describe(&text, check->last_success);
	label(doc, "last good");
	doc_wrap(doc, LABEL_CELLS, STYLE_EXPECTED, text.data);
	if (check->exchange != NULL) {
		strbuf_reset(&text);
		clock_format(&text, check->observed_at, doc->utc_offset_s, true);
		strbuf_adds(&text, "  ");
		describe(&text, check->exchange);
		label(doc, "now");
		doc_wrap(doc, LABEL_CELLS, STYLE_GOT, text.data);
	}
	strbuf_release(&text);
}

static void add_last_failure(struct doc *doc, const struct check_row *check)
{
	struct strbuf text;

	if (check->last_failure_at.ns == 0 || check->state != CHECK_PASS)
		return;
	strbuf_init(&text, 1024);
	clock_format(&text, check->last_failure_at, doc->utc_offset_s, true);
	if (check->last_failure_message != NULL)
		strbuf_addf(&text, "  %s", check->last_failure_message);
	label(doc, "last failure");
	doc_wrap(doc, LABEL_CELLS + 2, STYLE_DIM, text.data);
	strbuf_release(&text);
}

static void add_head(struct doc *doc, const struct snapshot *snapshot,
		     const struct check_row *check)
{
	struct strbuf text;

	strbuf_init(&text, 64);
	doc_line(doc, 0);
	doc_addf(doc, check_style(check->state), "%s ", check_glyph(check->state));
	doc_add(doc, STYLE_STRONG, check->check->name);
	if (check->stale)
		doc_add(doc, STYLE_MARK, "  stale");
	if (check->state != CHECK_PENDING) {
		since_format(&text, snapshot, check->since, false,
			     check->state == CHECK_PASS ? AGE_COARSE : AGE_FINE);
		doc_addf(doc, check_style(check->state), "  %s", check_state_name(check->state));
		doc_addf(doc, STYLE_DIM, " %s", text.data);
		strbuf_reset(&text);
		latency_words(&text, check->latency_ns);
		doc_addf(doc, STYLE_DIM, "  %s", text.data);
	}
	strbuf_release(&text);
}

static void add_check(struct doc *doc, const struct snapshot *snapshot,
		      const struct check_row *check, bool open)
{
	doc->target = (struct target){.kind = TARGET_CHECK, .id = check->id};
	add_head(doc, snapshot, check);
	add_assertions(doc, check);
	if (!open)
		return;
	add_comparison(doc, check);
	add_last_failure(doc, check);
	if (check->exchange != NULL)
		add_request(doc, check->exchange);
	else if (check->check->target != NULL) {
		label(doc, "target");
		doc_wrap(doc, LABEL_CELLS, STYLE_TEXT, check->check->target);
	}
	add_phases(doc, check);
	add_values(doc, check);
	if (check->exchange != NULL) {
		add_certificate(doc, check->exchange);
		add_answer(doc, check->exchange);
	}
}

uint64_t doc_open_check(const struct ui_state *ui, const struct service_row *row)
{
	const struct check_row *first = NULL;

	if (ui->page.all_folded || ui->page.open_check != 0)
		return ui->page.all_folded ? 0 : ui->page.open_check;
	/* Unless a person chose, the first problem is the one to see. */
	for (size_t i = 0; i < row->check_count; i++) {
		const struct check_row *check = &row->checks[i];

		if (check_rank(check) <= 2 && (first == NULL || check_rank(check) < check_rank(first)))
			first = check;
	}
	return first != NULL ? first->id : 0;
}

void doc_checks(struct doc *doc, const struct ui_state *ui, const struct snapshot *snapshot)
{
	const struct service_row *row = ui_page_row(ui, snapshot);
	uint64_t open;

	if (row == NULL)
		return;
	open = doc_open_check(ui, row);
	if (row->service->error != NULL) {
		doc_wrap(doc, 0, STYLE_GOT, row->service->error);
		doc_blank(doc);
	}
	for (int rank = 0; rank <= 4; rank++) {
		for (size_t i = 0; i < row->check_count; i++) {
			const struct check_row *check = &row->checks[i];

			if (check_rank(check) != rank)
				continue;
			add_check(doc, snapshot, check, check->id == open);
		}
	}
	doc->target = (struct target){0};
}
