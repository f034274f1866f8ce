/* The snapshot as one JSON document, for scripts: schema/sitrep-once.schema.json holds the shape,
 * and a field that is there once is there always. Rows keep the fleet's order, so that two runs
 * can be compared line by line. */
#include "report/as_json.h"

#include <strings.h>

#define SCHEMA_VERSION 1
#define HEADER_JOINED_MAX 8192

/* Nanoseconds as milliseconds down to the microsecond; unmeasured (negative) is null. */
static void add_ms(struct json_writer *out, const char *key, int64_t ns)
{
	json_add_key(out, key);
	if (ns < 0)
		json_add_null(out);
	else
		json_add_number(out, (double)((ns + NS_PER_US / 2) / NS_PER_US) / 1000.0);
}

static void add_time(struct json_writer *out, const char *key, struct wall_time at)
{
	struct strbuf text;

	json_add_key(out, key);
	if (at.ns == 0) {
		json_add_null(out);
		return;
	}
	strbuf_init(&text, 64);
	wall_format(&text, at, false);
	json_add_string(out, text.data);
	strbuf_release(&text);
}

static void add_text(struct json_writer *out, const char *key, const char *text)
{
	json_add_key(out, key);
	json_add_string(out, text != NULL ? text : "");
}

/* What was not asked in time was not observed: scripts see it as unknown. */
static const char *state_word(enum service_state state)
{
	return service_state_name(state == SERVICE_PENDING ? SERVICE_UNKNOWN : state);
}

static const char *check_word(enum check_state state)
{
	return check_state_name(state == CHECK_PENDING ? CHECK_UNKNOWN : state);
}

static void add_assertions(struct json_writer *out, const struct check_row *check)
{
	json_add_key(out, "assertions");
	json_open_list(out);
	for (size_t i = 0; i < check->assertion_count; i++) {
		const struct assertion_result *result = &check->assertions[i];

		json_open_map(out);
		add_text(out, "expected", result->expected);
		add_text(out, "got", result->got);
		json_add_key(out, "pass");
		if (result->skipped)
			json_add_null(out);
		else
			json_add_bool(out, result->pass);
		json_close_map(out);
	}
	json_close_list(out);
}

static void add_phases(struct json_writer *out, const struct check_row *check)
{
	bool measured = check->observed_at.ns != 0;

	json_add_key(out, "phases_ms");
	json_open_map(out);
	for (int phase = 0; phase < PHASE_COUNT; phase++)
		add_ms(out, phase_name((enum phase)phase),
		       measured ? check->phases.ns[phase] : PHASE_UNMEASURED);
	json_close_map(out);
}

static bool seen_before(const struct exchange *exchange, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (strcasecmp(exchange->headers[i].name, exchange->headers[index].name) == 0)
			return true;
	}
	return false;
}

/* A map has each name once: fields that came several times are joined by commas, as RFC 9110
 * section 5.3 lets a recipient do. */
static void add_headers(struct json_writer *out, const struct exchange *exchange)
{
	struct strbuf joined;

	strbuf_init(&joined, HEADER_JOINED_MAX);
	json_add_key(out, "headers");
	json_open_map(out);
	for (size_t i = 0; i < exchange->header_count; i++) {
		const char *name = exchange->headers[i].name;

		if (seen_before(exchange, i))
			continue;
		strbuf_reset(&joined);
		strbuf_adds(&joined, exchange->headers[i].value);
		for (size_t j = i + 1; j < exchange->header_count; j++) {
			if (strcasecmp(exchange->headers[j].name, name) == 0)
				strbuf_addf(&joined, ", %s", exchange->headers[j].value);
		}
		json_add_key(out, name);
		json_add_bytes(out, joined.data, joined.len);
	}
	json_close_map(out);
	strbuf_release(&joined);
}

static void add_http(struct json_writer *out, const struct check_row *check)
{
	const struct exchange *exchange = check->exchange;

	json_add_key(out, "http");
	if (exchange == NULL || exchange->http_status == 0) {
		json_add_null(out);
		return;
	}
	json_open_map(out);
	json_add_key(out, "status");
	json_add_int(out, exchange->http_status);
	add_headers(out, exchange);
	json_close_map(out);
}

static void add_value(struct json_writer *out, const char *name, const struct value *value)
{
	struct strbuf key;

	strbuf_init(&key, 256);
	strbuf_addf(&key, "%s%s", name, value->type == VALUE_DURATION ? "_ms" : "");
	json_add_key(out, key.data);
	strbuf_release(&key);
	switch (value->type) {
	case VALUE_NULL:
		json_add_null(out);
		break;
	case VALUE_BOOL:
		json_add_bool(out, value->as.boolean);
		break;
	case VALUE_NUMBER:
		json_add_number(out, value->as.number);
		break;
	case VALUE_DURATION:
		json_add_number(out, (double)(value->as.duration_ns / NS_PER_US) / 1000.0);
		break;
	case VALUE_STRING:
		json_add_bytes(out, value->as.string.bytes, value->as.string.len);
		break;
	case VALUE_LIST:
		json_open_list(out);
		for (size_t i = 0; i < value->as.list.len; i++)
			json_add_string(out, value->as.list.items[i]);
		json_close_list(out);
		break;
	}
}

/* What the check measured, by the words of an assertion: "role", "perfdata load1". The whole list of
 * a server's routes is another tool's business. */
static void add_values(struct json_writer *out, const struct check_row *check)
{
	json_add_key(out, "values");
	json_open_map(out);
	for (size_t i = 0; i < check->value_count; i++) {
		const struct sample_value *one = &check->values[i];
		const char *name = subject_info(one->subject)->name;
		struct strbuf words;

		if (one->subject == SUBJECT_ROUTES)
			continue;
		strbuf_init(&words, 256);
		strbuf_addf(&words, "%s%s%s", name, one->argument != NULL ? " " : "",
			    one->argument != NULL ? one->argument : "");
		add_value(out, words.data, &one->value);
		strbuf_release(&words);
	}
	json_close_map(out);
}

static void add_check(struct json_writer *out, const struct check_row *check)
{
	json_open_map(out);
	add_text(out, "name", check->check->name);
	add_text(out, "type", check_type_info(check->check->type)->name);
	add_text(out, "state", check_word(check->state));
	add_ms(out, "latency_ms", check->latency_ns);
	add_text(out, "message", check->message);
	add_assertions(out, check);
	add_values(out, check);
	add_phases(out, check);
	add_http(out, check);
	json_close_map(out);
}

static void add_step(struct json_writer *out, const struct remedy_step *step)
{
	json_open_map(out);
	add_text(out, "text", step->text);
	json_add_strings(out, "argv", step->argv, step->argv != NULL ? step->argc : 0);
	json_add_key(out, "command");
	json_add_string(out, step->command);
	add_text(out, "risk", risk_name(step->risk));
	json_close_map(out);
}

static void add_diagnosis(struct json_writer *out, const struct diagnosis *diagnosis)
{
	json_open_map(out);
	add_text(out, "id", diagnosis->id);
	add_text(out, "title", diagnosis->title);
	json_add_key(out, "confidence");
	json_add_number(out, (double)(int)(diagnosis->confidence * 100 + 0.5) / 100.0);
	add_text(out, "explanation", diagnosis->explanation);
	json_add_key(out, "evidence");
	json_open_list(out);
	for (size_t i = 0; i < diagnosis->evidence_count; i++) {
		json_open_map(out);
		add_text(out, "source", diagnosis->evidence[i].source);
		add_text(out, "text", diagnosis->evidence[i].text);
		json_close_map(out);
	}
	json_close_list(out);
	json_add_key(out, "remediation");
	json_open_map(out);
	json_add_key(out, "steps");
	json_open_list(out);
	for (size_t i = 0; i < diagnosis->step_count; i++)
		add_step(out, &diagnosis->steps[i]);
	json_close_list(out);
	json_add_strings(out, "verify", diagnosis->verify, diagnosis->verify_count);
	json_close_map(out);
	json_close_map(out);
}

void report_diagnoses(const struct diagnosis *diagnoses, size_t count, struct json_writer *out)
{
	json_open_list(out);
	for (size_t i = 0; i < count; i++)
		add_diagnosis(out, &diagnoses[i]);
	json_close_list(out);
}

static void add_marks(struct json_writer *out, unsigned marks)
{
	json_add_key(out, "marks");
	json_open_list(out);
	for (int bit = 0; bit < MARK_COUNT; bit++) {
		if ((marks & MARK_OF(bit)) != 0)
			json_add_string(out, mark_name((enum mark)bit));
	}
	json_close_list(out);
}

static void add_caused_by(struct json_writer *out, const struct snapshot *snapshot,
			  const struct service_row *row)
{
	json_add_key(out, "caused_by");
	json_open_list(out);
	for (size_t i = 0; i < row->caused_count; i++) {
		const struct service *cause = fleet_service(snapshot->fleet, row->caused_by[i]);

		if (cause != NULL)
			json_add_string(out, cause->name);
	}
	json_close_list(out);
}

static void add_service(struct json_writer *out, const struct snapshot *snapshot,
			const struct service_row *row)
{
	json_open_map(out);
	add_text(out, "name", row->service->name);
	add_text(out, "group", row->service->group);
	add_text(out, "state", state_word(row->state));
	add_marks(out, row->marks);
	add_time(out, "since", row->since);
	add_caused_by(out, snapshot, row);
	add_ms(out, "latency_ms", row->latency_ns);
	add_text(out, "why", row->why);
	json_add_key(out, "checks");
	json_open_list(out);
	for (size_t i = 0; i < row->check_count; i++)
		add_check(out, &row->checks[i]);
	json_close_list(out);
	json_add_key(out, "diagnoses");
	report_diagnoses(row->diagnoses, row->diagnosis_count, out);
	json_close_map(out);
}

static void add_summary(struct json_writer *out, const struct snapshot_counts *counts)
{
	json_add_key(out, "summary");
	json_open_map(out);
	json_add_key(out, "up");
	json_add_int(out, counts->up);
	json_add_key(out, "degraded");
	json_add_int(out, counts->degraded);
	json_add_key(out, "down");
	json_add_int(out, counts->down);
	json_add_key(out, "unknown");
	json_add_int(out, counts->unknown + counts->pending);
	json_add_key(out, "maintenance");
	json_add_int(out, counts->maintenance);
	json_close_map(out);
}

void report_json(const struct snapshot *snapshot, const struct report_options *options,
		 struct strbuf *text)
{
	struct json_writer out;

	json_writer_init(&out, text, true);
	json_open_map(&out);
	json_add_key(&out, "schema_version");
	json_add_int(&out, SCHEMA_VERSION);
	add_text(&out, "fleet", snapshot->fleet->name);
	add_text(&out, "env", snapshot->fleet->environment);
	add_time(&out, "generated_at", snapshot->wall_now);
	add_text(&out, "state", state_word(snapshot->state));
	json_add_key(&out, "deadline_hit");
	json_add_bool(&out, options->deadline_hit);
	add_summary(&out, &snapshot->counts);
	json_add_key(&out, "services");
	json_open_list(&out);
	for (size_t i = 0; i < snapshot->row_count; i++)
		add_service(&out, snapshot, &snapshot->rows[i]);
	json_close_list(&out);
	json_close_map(&out);
	strbuf_addc(text, '\n');
}
