/* The checks pane: every check, problems first, what was expected against what came; the one that
 * is unfolded with its exchange, and the last good answer beside the one of now. */
#include "base/limits.h"
#include "base/units.h"
#include "model/sentence.h"
#include "ui/doc.h"
#include "ui/words.h"

#define LAST_PROBLEM 3
#define LAST_RANK 5

/* What takes the service down stands before what merely fails. */
static int check_rank(const struct check_row *check)
{
	static const int ranks[] = {
		[CHECK_FAIL] = 1, [CHECK_WARN] = 2, [CHECK_UNKNOWN] = LAST_PROBLEM,
		[CHECK_PENDING] = 4, [CHECK_PASS] = LAST_RANK,
	};

	/* One bad answer that `fall` does not count yet is worth seeing before what passes. */
	if (check->state == CHECK_PASS && check->last_result != CHECK_PASS &&
	    check->last_result != CHECK_PENDING)
		return ranks[CHECK_PENDING];
	if (check->state == CHECK_FAIL && check->check->severity == SEVERITY_DOWN)
		return 0;
	return ranks[check->state];
}

/* The line that holds without being written; NULL where a person wrote it. */
static const struct held_line *held_line(const struct check_row *check, size_t assertion)
{
	const struct assertion_result *result = &check->assertions[assertion];
	size_t count;
	const struct held_line *held = held_lines(&count);

	for (size_t i = 0; i < count; i++) {
		if (held[i].type == check->check->type && held[i].warn == result->warn &&
		    strcmp(held[i].line, result->expected) == 0)
			return &held[i];
	}
	return NULL;
}

static bool is_broken(const struct assertion_result *result)
{
	return !result->pass && !result->skipped;
}

/* The sentence is about the first line that does not hold. Where nobody wrote that line and the
 * probe had words of its own, they say more than the value. */
static bool is_told_by_message(const struct check_row *check, size_t assertion)
{
	const char *line = check->assertions[assertion].expected;
	size_t subject = strcspn(line, " ");
	const struct held_line *held = held_line(check, assertion);

	for (size_t i = 0; i < assertion; i++) {
		if (is_broken(&check->assertions[i]))
			return false;
	}
	if (held == NULL || check->message == NULL || check->message[0] == '\0')
		return false;
	/* "not every way works: …" says again what is expected. */
	if (held->says != NULL && strncmp(check->message, "not ", 4) == 0 &&
	    strncmp(check->message + 4, held->says, strlen(held->says)) == 0)
		return false;
	return strncmp(check->message, line, subject) != 0;
}

const char *check_got(const struct check_row *check, size_t assertion)
{
	const struct assertion_result *result = &check->assertions[assertion];

	if (check->failure != FAILURE_NONE || !is_broken(result))
		return NULL;
	if (is_told_by_message(check, assertion))
		return check->message;
	return result->got != NULL ? result->got : "nothing";
}

void check_said(struct strbuf *out, const struct check_row *check)
{
	const char *type = check_type_info(check->check->type)->name;
	size_t len = strlen(type);

	if (strncmp(check->check->name, type, len) == 0 && check->check->name[len] == ' ')
		sentence_fit(out, check->message, 0);
	else
		strbuf_adds(out, check->message);
}

static void add_assertions(struct doc *doc, const struct check_row *check)
{
	bool any = false;

	/* Where no answer came, no assertion was put to it: the sentence says it all. */
	for (size_t i = 0; i < check->assertion_count; i++) {
		const struct assertion_result *result = &check->assertions[i];
		const char *got = check_got(check, i);
		const struct held_line *held = got != NULL ? held_line(check, i) : NULL;

		if (got == NULL)
			continue;
		doc_label(doc, result->warn ? "wanted" : "expected");
		doc_wrap(doc, DOC_LABEL, STYLE_EXPECTED,
			 held != NULL && held->says != NULL ? held->says : result->expected);
		doc_label(doc, "got");
		doc_wrap(doc, DOC_LABEL, STYLE_GOT, got);
		any = true;
	}
	if (!any && check->message != NULL && check->message[0] != '\0' &&
	    (check->state != CHECK_PASS || check->last_result != CHECK_PASS)) {
		struct strbuf text;

		strbuf_init(&text, LIMIT_MESSAGE);
		check_said(&text, check);
		doc_label(doc, check->last_result == CHECK_UNKNOWN ? "unknown" : "got");
		doc_wrap(doc, DOC_LABEL, STYLE_GOT, text.data);
		strbuf_release(&text);
	}
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
	doc_label(doc, "last good");
	doc_wrap(doc, DOC_LABEL, STYLE_EXPECTED, text.data);
	if (check->exchange != NULL) {
		strbuf_reset(&text);
		clock_format(&text, check->observed_at, doc->utc_offset_s, true);
		strbuf_adds(&text, "  ");
		describe(&text, check->exchange);
		doc_label(doc, "now");
		doc_wrap(doc, DOC_LABEL, STYLE_GOT, text.data);
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
	doc_label(doc, "last failure");
	doc_wrap(doc, DOC_LABEL + 2, STYLE_DIM, text.data);
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
	doc_exchange(doc, snapshot, check);
}

uint64_t doc_open_check(const struct ui_state *ui, const struct service_row *row)
{
	const struct check_row *first = NULL;

	if (ui->page.all_folded || ui->page.open_check != 0)
		return ui->page.all_folded ? 0 : ui->page.open_check;
	/* Unless a person chose, the first problem is the one to see. */
	for (size_t i = 0; i < row->check_count; i++) {
		const struct check_row *check = &row->checks[i];

		if (check_rank(check) <= LAST_PROBLEM &&
		    (first == NULL || check_rank(check) < check_rank(first)))
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
	for (int rank = 0; rank <= LAST_RANK; rank++) {
		for (size_t i = 0; i < row->check_count; i++) {
			const struct check_row *check = &row->checks[i];

			if (check_rank(check) != rank)
				continue;
			add_check(doc, snapshot, check, check->id == open);
		}
	}
	doc->target = (struct target){0};
}
