/* The evidence of a check's newest run: what was asked of whom, the phases, what was measured, what
 * came back. Nothing is cut at the edge: lines are wrapped, at most BLOCK_LINES of each text. */
#include "base/units.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "ui/doc.h"
#include "ui/words.h"

#define BLOCK_LINES 40
#define BODY_LINES 16 /* of an answer; `y` has all of it */
#define VALUE_BYTES (32u << 10)
#define NAME_CELLS_MAX 18 /* of a value's name before it pushes its value aside */
#define TEXT_LEAST 12	  /* bytes of a text before it counts as said by a sentence that holds it */

static void add_request(struct doc *doc, const struct exchange *exchange)
{
	size_t len;

	if (exchange->request == NULL || exchange->request[0] == '\0')
		return;
	len = strcspn(exchange->request, "\n");
	doc_label(doc, "sent");
	doc_block(doc, DOC_LABEL, STYLE_TEXT, exchange->request, len, BLOCK_LINES);
	if (exchange->request[len] == '\0' || exchange->request[len + 1] == '\0')
		return;
	doc_line(doc, DOC_LABEL);
	doc_block(doc, DOC_LABEL, STYLE_DIM, exchange->request + len + 1,
		  strlen(exchange->request + len + 1), BLOCK_LINES);
}

static void add_peer(struct doc *doc, const struct exchange *exchange)
{
	if (exchange->peer == NULL)
		return;
	doc_label(doc, "peer");
	doc_wrap(doc, DOC_LABEL, STYLE_TEXT, exchange->peer);
	if (exchange->reused)
		doc_wrap(doc, DOC_LABEL, STYLE_DIM, ", connection kept from before");
	if (exchange->tls_version != NULL) {
		doc_wrap(doc, DOC_LABEL, STYLE_DIM, ", ");
		doc_wrap(doc, DOC_LABEL, STYLE_DIM, exchange->tls_version);
	}
}

/* One piece of a row of pieces, two blanks between them; the next line where it does not fit. */
static void add_piece(struct doc *doc, bool *first, enum style style, const char *dim,
		      const char *text)
{
	int cells = (int)(strlen(dim) + utf8_width(text, strlen(text)));

	if (!*first && doc_used(doc) + 2 + cells > doc->width)
		doc_line(doc, DOC_LABEL);
	else if (!*first)
		doc_add(doc, STYLE_TEXT, "  ");
	doc_add(doc, STYLE_DIM, dim);
	doc_add(doc, style, text);
	*first = false;
}

static void add_phases(struct doc *doc, const struct check_row *check)
{
	struct strbuf name, time;
	int measured = 0;
	bool first = true;

	for (int i = 0; i < PHASE_COUNT; i++)
		measured += check->phases.ns[i] > 0;
	if (measured == 0)
		return;
	doc_label(doc, "phases");
	if (measured > 1) {
		doc->lines.at[doc->lines.len - 1].phases = &check->phases;
		doc_line(doc, DOC_LABEL);
	}
	strbuf_init(&name, 64);
	strbuf_init(&time, 64);
	for (int i = 0; i < PHASE_COUNT; i++) {
		if (check->phases.ns[i] < 0)
			continue;
		strbuf_reset(&name);
		strbuf_reset(&time);
		strbuf_addf(&name, "%s ", phase_name((enum phase)i));
		latency_format(&time, check->phases.ns[i]);
		add_piece(doc, &first, STYLE_TEXT, name.data, time.data);
	}
	strbuf_reset(&name);
	if (check->failed_phase < PHASE_COUNT) {
		strbuf_addf(&name, "ended in %s", phase_name(check->failed_phase));
		add_piece(doc, &first, STYLE_GOT, "", name.data);
	}
	strbuf_release(&time);
	strbuf_release(&name);
}

/* --- values ---------------------------------------------------------------------------------- */

/* As a person reads it: bytes and shares of a limit have their unit, texts stand bare. */
static void format_value(struct strbuf *out, const struct sample_value *one)
{
	const struct value *value = &one->value;

	if (value->type == VALUE_DURATION)
		latency_format(out, value->as.duration_ns);
	else if (value->type == VALUE_STRING)
		strbuf_add(out, value->as.string.bytes, value->as.string.len);
	else if (value->type != VALUE_NUMBER)
		value_format(out, value);
	else if (one->subject == SUBJECT_MEMORY && value->as.number >= 0)
		bytes_format(out, (uint64_t)value->as.number);
	else if (one->subject == SUBJECT_MEMORY_USED || one->subject == SUBJECT_CONNECTIONS_USED)
		strbuf_addf(out,
			    value->as.number > 0 && value->as.number < 0.1 ? "<0.1%%" : "%.1f%%",
			    value->as.number);
	else
		value_format(out, value);
}

/* Said by the transcript, or by what stands beside "got". */
static bool text_is_said(const struct check_row *check, const char *text, size_t len)
{
	const struct exchange *exchange = check->exchange;
	size_t body = exchange != NULL ? exchange->body_len : 0;
	bool said = false;
	char *copy;

	while (body > 0 && exchange->body[body - 1] == '\n')
		body--;
	while (len > 0 && text[len - 1] == '\n')
		len--;
	copy = xstrndup(text, len);
	if (body > 0 && body == len && memcmp(exchange->body, text, len) == 0)
		said = true;
	for (size_t i = 0; i < check->assertion_count && len >= TEXT_LEAST; i++) {
		const char *got = check_got(check, i);

		said |= got != NULL && strstr(got, copy) != NULL;
	}
	free(copy);
	return said;
}

/* What another part of the check shows in full is not said twice. */
static bool shown_elsewhere(const struct check_row *check, const struct sample_value *one)
{
	const struct value *value = &one->value;
	struct strbuf text;
	bool shown;

	switch (one->subject) {
	case SUBJECT_STATUS:
	case SUBJECT_SIZE:
	case SUBJECT_ROUTES:
	case SUBJECT_REDIRECTS:
	case SUBJECT_STEPS:
	case SUBJECT_FAILED_STEP:
		return true;
	case SUBJECT_CERT:
	case SUBJECT_CERT_CHAIN:
	case SUBJECT_CERT_NAMES:
	case SUBJECT_CERT_ISSUER:
		return check->exchange != NULL && check->exchange->certificate_count > 0;
	default:
		break;
	}
	if (value->type == VALUE_STRING)
		return text_is_said(check, value->as.string.bytes, value->as.string.len);
	if (value->type != VALUE_LIST)
		return false;
	strbuf_init(&text, VALUE_BYTES);
	value_format(&text, value);
	shown = text_is_said(check, text.data, text.len);
	strbuf_release(&text);
	return shown;
}

static const char *value_name(const struct sample_value *one)
{
	return one->argument != NULL ? one->argument : subject_info(one->subject)->name;
}

static void add_value(struct doc *doc, const struct sample_value *one, int indent)
{
	struct strbuf text;

	doc_add(doc, STYLE_DIM, value_name(one));
	doc_tab(doc, indent);
	if (one->value.type == VALUE_LIST) {
		for (size_t i = 0; i < one->value.as.list.len && i < BLOCK_LINES; i++) {
			if (i != 0)
				doc_line(doc, indent);
			doc_wrap(doc, indent, STYLE_TEXT, one->value.as.list.items[i]);
		}
		return;
	}
	strbuf_init(&text, VALUE_BYTES);
	format_value(&text, one);
	doc_block(doc, indent, STYLE_TEXT, text.data, text.len, BLOCK_LINES);
	strbuf_release(&text);
}

static void add_values(struct doc *doc, const struct check_row *check)
{
	int cells = 0;
	bool any = false;

	for (size_t i = 0; i < check->value_count; i++) {
		const char *name = value_name(&check->values[i]);
		int width = (int)utf8_width(name, strlen(name));

		if (width > cells && width <= NAME_CELLS_MAX &&
		    !shown_elsewhere(check, &check->values[i]))
			cells = width;
	}
	for (size_t i = 0; i < check->value_count; i++) {
		if (shown_elsewhere(check, &check->values[i]))
			continue;
		if (any)
			doc_line(doc, DOC_LABEL);
		else
			doc_label(doc, "values");
		add_value(doc, &check->values[i], DOC_LABEL + cells + 2);
		any = true;
	}
}

/* --- what came back -------------------------------------------------------------------------- */

static void add_certificate(struct doc *doc, const struct exchange *exchange, struct wall_time now)
{
	const struct certificate *certificate = exchange->certificates;
	struct strbuf text;
	int64_t left;

	if (exchange->certificate_count == 0)
		return;
	left = certificate->not_after.ns - now.ns;
	strbuf_init(&text, 4096);
	doc_label(doc, "certificate");
	if (certificate->subject != NULL)
		doc_wrap(doc, DOC_LABEL, STYLE_TEXT, certificate->subject);
	if (certificate->issuer != NULL) {
		strbuf_addf(&text, ", issued by %s", certificate->issuer);
		doc_wrap(doc, DOC_LABEL, STYLE_DIM, text.data);
	}
	if (certificate->names != NULL && certificate->names[0] != '\0') {
		doc_label(doc, "names");
		doc_wrap(doc, DOC_LABEL, STYLE_TEXT, certificate->names);
	}
	doc_label(doc, "valid until");
	strbuf_reset(&text);
	wall_format(&text, certificate->not_after, false);
	if (now.ns != 0) {
		strbuf_adds(&text, ", ");
		duration_format(&text, left < 0 ? -left : left);
		strbuf_adds(&text, left < 0 ? " ago" : " left");
	}
	doc_wrap(doc, DOC_LABEL, left < 0 ? STYLE_GOT : STYLE_TEXT, text.data);
	strbuf_release(&text);
}

/* Of a conversation that is not HTTP, what else is known about the other side. */
static void add_headers(struct doc *doc, const struct exchange *exchange)
{
	bool web = exchange->http_status != 0;

	if (web) {
		doc_label(doc, "answer");
		doc_addf(doc, STYLE_TEXT, "HTTP/%s %d",
			 exchange->http_version != NULL ? exchange->http_version : "?",
			 exchange->http_status);
	}
	if (exchange->redirected_to != NULL) {
		doc_label(doc, "redirect to");
		doc_wrap(doc, DOC_LABEL, STYLE_TEXT, exchange->redirected_to);
	}
	for (size_t i = 0; i < exchange->header_count && i < BLOCK_LINES; i++) {
		if (i == 0 && !web)
			doc_label(doc, "details");
		else
			doc_line(doc, DOC_LABEL);
		doc_addf(doc, STYLE_DIM, "%s: ", exchange->headers[i].name);
		doc_wrap(doc, DOC_LABEL + 2, STYLE_TEXT, exchange->headers[i].value);
	}
}

/* Bytes of the transcript of a flow that are its steps; what is behind them is the last body. */
static size_t steps_len(const struct exchange *exchange)
{
	const char *body = exchange->body;
	size_t at = 0;

	while (at < exchange->body_len &&
	       (body[at] != '\n' || at + 1 == exchange->body_len || body[at + 1] != '\n'))
		at++;
	return at;
}

/* "2. call (GET …): FAILED, status 403": each step with its state, those not reached too. */
static void add_steps(struct doc *doc, const struct flow *flow, const struct exchange *exchange)
{
	size_t len = steps_len(exchange), step = 0;

	for (size_t at = 0; at < len && step < flow->count; step++) {
		const char *text = exchange->body + at, *end = memchr(text, '\n', len - at);
		size_t part = end != NULL ? (size_t)(end - text) : len - at;
		char *line = xstrndup(text, part);
		bool failed = strstr(line, ": FAILED") != NULL;

		if (step == 0)
			doc_label(doc, "steps");
		else
			doc_line(doc, DOC_LABEL);
		doc_add(doc, failed ? STYLE_DOWN : STYLE_UP, failed ? "✖ " : "✔ ");
		doc_wrap(doc, DOC_LABEL + 5, failed ? STYLE_GOT : STYLE_TEXT, line);
		free(line);
		at += part + 1;
	}
	for (; step > 0 && step < flow->count; step++) {
		doc_line(doc, DOC_LABEL);
		doc_addf(doc, STYLE_DIM, "– %zu. %s: not reached", step + 1,
			 flow->steps[step].check->name);
	}
}

static bool is_conversation(const struct check_row *check)
{
	enum check_type type = check->check->type;

	return check->exchange->http_status == 0 || type == CHECK_TYPE_SOCKETIO ||
	       (type == CHECK_TYPE_WEBSOCKET && check->exchange->http_status == 101);
}

static void add_body(struct doc *doc, const struct check_row *check)
{
	const struct exchange *exchange = check->exchange;
	uint64_t size = exchange->body_size;
	size_t from = 0;
	struct strbuf text;

	if (check->check->flow != NULL) {
		from = steps_len(exchange);
		while (from < exchange->body_len && exchange->body[from] == '\n')
			from++;
		size = exchange->body_len - from;
	}
	if (size == 0)
		return;
	strbuf_init(&text, 64);
	bytes_format(&text, size);
	/* What is no HTTP is a conversation: both sides, a line each. */
	doc_label(doc, is_conversation(check) ? "said" : "body");
	doc_addf(doc, STYLE_DIM, "%s%s", text.data, exchange->body_cut ? ", cut" : "");
	strbuf_release(&text);
	if (from == exchange->body_len)
		return;
	doc_line(doc, 4);
	doc_block(doc, 4, STYLE_TEXT, exchange->body + from, exchange->body_len - from,
		  is_conversation(check) ? BLOCK_LINES : BODY_LINES);
}

void doc_exchange(struct doc *doc, const struct snapshot *snapshot, const struct check_row *check)
{
	if (check->exchange != NULL && check->check->flow != NULL)
		add_steps(doc, check->check->flow, check->exchange);
	if (check->exchange != NULL) {
		add_request(doc, check->exchange);
		add_peer(doc, check->exchange);
	} else if (check->check->target != NULL) {
		doc_label(doc, "target");
		doc_wrap(doc, DOC_LABEL, STYLE_TEXT, check->check->target);
	}
	add_phases(doc, check);
	add_values(doc, check);
	if (check->exchange != NULL) {
		add_certificate(doc, check->exchange, snapshot->wall_now);
		add_headers(doc, check->exchange);
		add_body(doc, check);
	}
}
