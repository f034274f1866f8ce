/* The text report: the cause and how sure it is, the quoted evidence, what to do, safest first.
 * Pure. Invariant: every line but commands and links fits EXPLAIN_WIDTH cells. */
#include "app/explain_text.h"

#include "base/utf8.h"

#define INDENT 4

static void add_blanks(struct strbuf *out, size_t count)
{
	for (size_t i = 0; i < count; i++)
		strbuf_addc(out, ' ');
}

/* Words wrapped at the width; what follows the first line starts at `indent`. A word that is wider
 * than a line is cut in pieces. */
static void add_wrapped(struct strbuf *out, size_t column, size_t indent, const char *text)
{
	size_t at = column;
	bool start = true;

	while (*text != '\0') {
		size_t gap = strspn(text, " \n\t");
		size_t len = strcspn(text + gap, " \n\t");
		size_t cells;

		text += gap;
		if (len == 0)
			break;
		cells = utf8_width(text, len);
		if (!start && at + 1 + cells > EXPLAIN_WIDTH) {
			strbuf_addc(out, '\n');
			add_blanks(out, indent);
			at = indent;
			start = true;
		}
		if (!start) {
			strbuf_addc(out, ' ');
			at++;
		}
		len = utf8_clip(text, len, EXPLAIN_WIDTH > at ? EXPLAIN_WIDTH - at : 1, &cells);
		if (len == 0)
			len = utf8_clip(text, strlen(text), 2, &cells);
		strbuf_add(out, text, len);
		at += cells;
		text += len;
		start = false;
	}
	strbuf_addc(out, '\n');
}

static void add_evidence(struct strbuf *out, const struct diagnosis *diagnosis)
{
	for (size_t i = 0; i < diagnosis->evidence_count; i++) {
		const struct evidence *one = &diagnosis->evidence[i];
		struct strbuf place;

		strbuf_init(&place, 300);
		strbuf_adds(&place, one->source);
		if (one->log_line != 0)
			strbuf_addf(&place, " line %llu", (unsigned long long)one->log_line);
		if (one->at.ns != 0 && one->kind == EVIDENCE_LOG) {
			strbuf_addc(&place, ' ');
			wall_format(&place, one->at, false);
		}
		add_blanks(out, INDENT);
		add_wrapped(out, INDENT, INDENT, place.data);
		add_blanks(out, INDENT);
		strbuf_adds(out, one->weight < 0 ? "- " : "> ");
		add_wrapped(out, INDENT + 2, INDENT + 2, one->text);
		strbuf_release(&place);
	}
}

static void add_steps(struct strbuf *out, const struct diagnosis *diagnosis)
{
	for (size_t i = 0; i < diagnosis->step_count; i++) {
		const struct remedy_step *step = &diagnosis->steps[i];

		add_blanks(out, INDENT);
		strbuf_addf(out, "%zu. ", i + 1);
		add_wrapped(out, INDENT + 3, INDENT + 3, step->text);
		if (step->command == NULL)
			continue;
		add_blanks(out, INDENT + 3);
		strbuf_addf(out, "$ %s", step->command);
		if (step->risk != RISK_READ)
			strbuf_addf(out, "   # %s", risk_name(step->risk));
		strbuf_addc(out, '\n');
	}
}

static void add_diagnosis(struct strbuf *out, const struct diagnosis *diagnosis, size_t number)
{
	bool sure = diagnosis->confidence >= DIAGNOSIS_SURE;

	strbuf_addf(out, "\n%zu. ", number);
	add_wrapped(out, 3, 3, diagnosis->title);
	strbuf_addf(out, "   %s, %s%d%%\n", diagnosis->id,
		    sure ? "" : "not sure: ", (int)(diagnosis->confidence * 100 + 0.5));
	add_blanks(out, 3);
	add_wrapped(out, 3, 3, diagnosis->explanation);
	strbuf_adds(out, "\n   Evidence\n");
	add_evidence(out, diagnosis);
	if (diagnosis->step_count > 0)
		strbuf_adds(out, "\n   What to do\n");
	add_steps(out, diagnosis);
	for (size_t i = 0; i < diagnosis->link_count; i++)
		strbuf_addf(out, "%s    %s\n", i == 0 ? "\n   See\n" : "", diagnosis->links[i]);
}

void explain_text(struct strbuf *out, const char *id, const struct diagnosis *diagnoses,
		  size_t count)
{
	if (out->len > 0)
		strbuf_addc(out, '\n');
	add_wrapped(out, 0, 0, id);
	if (count == 0) {
		strbuf_adds(
			out,
			"\nNo known cause in it. That is no proof that all is well: no rule knows "
			"these\nlines. `sitrep --rules` lists what the rules know.\n");
		return;
	}
	if (diagnoses[0].confidence < DIAGNOSIS_SURE)
		strbuf_adds(out,
			    "\nNot sure: what is visible fits these causes, none of them well.\n");
	for (size_t i = 0; i < count; i++)
		add_diagnosis(out, &diagnoses[i], i + 1);
}
