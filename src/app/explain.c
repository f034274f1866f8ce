/* --explain: read, cut into documents, scan with the rules' patterns, diagnose, report. Invariants:
 * the input is bounded and never trusted; of a pattern that fills a log, the first lines and the
 * newest are kept, each with everything else that was seen in it. */
#include "app/explain.h"

#include "app/explain_input.h"
#include "app/explain_text.h"
#include "app/rules_load.h"
#include "base/limits.h"
#include "logs/line.h"
#include "report/report.h"

#include <errno.h>

#define EXIT_CANNOT 3
#define LINES_A_PATTERN 4 /* lines kept of one pattern: the first ones, then the newest */

enum explain_format { EXPLAIN_TEXT, EXPLAIN_JSON };

/* The hits of one document. Those of one line are gathered first: a line that is known as harmless
 * keeps that one alone. */
struct scan {
	const struct ruleset *rules;
	const struct explain_document *document;
	const char *counted; /* lines up to here are counted */
	uint64_t number;     /* of the line at `counted` */
	struct VEC_OF(struct case_log) line;
	struct VEC_OF(struct case_log) kept;
	size_t *lines;	/* a pattern: lines kept of it */
	size_t *newest; /* a pattern: the entry of `kept` that gives way to a newer one */
};

static uint64_t line_number(struct scan *scan, const char *line)
{
	while (scan->counted < line) {
		const char *end = memchr(scan->counted, '\n', (size_t)(line - scan->counted));

		if (end == NULL)
			break;
		scan->counted = end + 1;
		scan->number++;
	}
	return scan->number;
}

static void keep(struct scan *scan, const struct case_log *log)
{
	size_t pattern = log->match.pattern;

	if (scan->lines[pattern] == LINES_A_PATTERN) {
		scan->kept.at[scan->newest[pattern]] = *log;
		return;
	}
	scan->lines[pattern]++;
	scan->newest[pattern] = scan->kept.len;
	vec_push(&scan->kept, *log);
}

static void finish_line(struct scan *scan)
{
	size_t harmless = SIZE_MAX;

	for (size_t i = 0; i < scan->line.len && harmless == SIZE_MAX; i++) {
		if (ruleset_harmless(scan->rules, scan->line.at[i].match.pattern))
			harmless = i;
	}
	for (size_t i = 0; i < scan->line.len; i++) {
		if (harmless == SIZE_MAX || harmless == i)
			keep(scan, &scan->line.at[i]);
	}
	scan->line.len = 0;
}

static bool add_hit(void *context, const struct pattern_hit *hit)
{
	struct scan *scan = context;
	struct case_log log = {
		.source_name = scan->document->id,
		.match =
			{
				.pattern = hit->pattern,
				.source = 1,
				.number = line_number(scan, hit->line),
				.text = hit->line,
				.len = hit->line_len,
				.captures = hit->match,
			},
	};

	if (scan->line.len > 0 && scan->line.at[0].match.number != log.match.number)
		finish_line(scan);
	vec_push(&scan->line, log);
	return true;
}

/* What the line itself says of time and level, and the lines after it of how it went on. */
static void read_line(struct log_match *match, const struct strbuf *log, struct wall_time now)
{
	struct log_line line = {.text = match->text, .len = match->len, .time_is_ours = true};
	const char *after = match->text + match->len;

	log_line_parse(&line, now, clock_utc_offset(now));
	if (!line.time_is_ours)
		match->time = line.time;
	match->level = line.level;
	if (after < log->data + log->len)
		match->settled = log_line_settled(&line, after + 1,
						  (size_t)(log->data + log->len - after) - 1);
}

static void scan_log(struct scan *scan, struct pattern_set *set)
{
	const struct strbuf *log = &scan->document->log;
	size_t patterns = pattern_set_len(set);
	struct pattern_scratch *scratch = pattern_scratch_new(set);
	struct wall_time now = clock_wall();

	scan->counted = log->data;
	scan->number = 1;
	scan->lines = xcalloc(patterns + 1, sizeof(*scan->lines));
	scan->newest = xcalloc(patterns + 1, sizeof(*scan->newest));
	if (log->len > 0)
		pattern_set_scan(set, scratch, log->data, log->len, add_hit, scan);
	finish_line(scan);
	for (size_t i = 0; i < scan->kept.len; i++)
		read_line(&scan->kept.at[i].match, log, now);
	pattern_scratch_free(scratch);
}

static void scan_release(struct scan *scan)
{
	vec_release(&scan->line);
	vec_release(&scan->kept);
	free(scan->lines);
	free(scan->newest);
}

static void report(struct strbuf *out, enum explain_format format, const char *id,
		   const struct diagnosis *diagnoses, size_t count)
{
	struct json_writer json;

	if (format == EXPLAIN_TEXT) {
		explain_text(out, id, diagnoses, count);
		return;
	}
	json_writer_init(&json, out, false);
	json_open_map(&json);
	json_add_key(&json, "id");
	json_add_string(&json, id);
	json_add_key(&json, "diagnoses");
	report_diagnoses(diagnoses, count, &json);
	json_close_map(&json);
	strbuf_addc(out, '\n');
}

static void explain_one(const struct explain_document *document, struct ruleset *rules,
			struct pattern_set *set, enum explain_format format, struct strbuf *out)
{
	struct scan scan = {.rules = rules, .document = document};
	struct case_file file = {
		.state = SERVICE_UNKNOWN,
		.symptoms = document->symptoms,
		.symptom_count = document->symptom_count,
	};
	const struct diagnosis *diagnoses;
	struct arena arena;
	size_t count;

	arena_init(&arena);
	scan_log(&scan, set);
	file.logs = scan.kept.at;
	file.log_count = scan.kept.len;
	count = diagnose(rules, &file, &arena, &diagnoses);
	report(out, format, document->id, diagnoses, count);
	scan_release(&scan);
	arena_release(&arena);
}

/* False with a sentence where it cannot be read. */
static bool read_input(const char *path, struct strbuf *input, struct strbuf *err)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *file = standard ? stdin : fopen(path, "re");
	char chunk[1 << 16];
	size_t len;
	bool good;

	if (file == NULL) {
		strbuf_addf(err, "cannot read %s: %s", path, strerror(errno));
		return false;
	}
	while (!input->truncated && (len = fread(chunk, 1, sizeof(chunk), file)) > 0)
		strbuf_add(input, chunk, len);
	good = ferror(file) == 0;
	if (!good)
		strbuf_addf(err, "cannot read %s: %s", path, strerror(errno));
	else if (input->truncated)
		strbuf_addf(err, "%s is larger than %u MiB; only so much of its beginning was read",
			    path, LIMIT_EXPLAIN_BYTES >> 20);
	if (!standard)
		(void)fclose(file);
	return good;
}

static bool find_format(const char *name, enum explain_format *format, struct strbuf *err)
{
	*format = EXPLAIN_TEXT;
	if (name == NULL || strcmp(name, "text") == 0)
		return true;
	*format = EXPLAIN_JSON;
	if (strcmp(name, "json") == 0 || strcmp(name, "jsonl") == 0)
		return true;
	strbuf_addf(err, "--explain knows the formats text, json and jsonl, not '%s'", name);
	return false;
}

/* The rules with their patterns compiled; complaints about a person's own rules are warnings. */
static struct ruleset *load_rules(struct pattern_set **set, struct strbuf *err)
{
	struct diags diags;
	struct ruleset *rules;

	diags_init(&diags);
	rules = rules_load(true, &diags);
	if (diags.len > 0)
		diags_print(&diags, err);
	diags_release(&diags);
	*set = rules != NULL ? ruleset_patterns(rules, err) : NULL;
	if (*set != NULL)
		return rules;
	ruleset_unref(rules);
	return NULL;
}

int explain_run(const char *path, const char *format, struct strbuf *out, struct strbuf *err)
{
	struct explain_documents documents;
	struct pattern_set *set;
	enum explain_format how;
	struct strbuf input;
	struct ruleset *rules;
	const char *slash = strrchr(path, '/');
	int code = EXIT_CANNOT;

	if (!find_format(format, &how, err))
		return EXIT_CANNOT;
	strbuf_init(&input, LIMIT_EXPLAIN_BYTES);
	if (read_input(path, &input, err) && (rules = load_rules(&set, err)) != NULL) {
		const char *name = strcmp(path, "-") == 0 ? "standard input"
				   : slash != NULL	  ? slash + 1
							  : path;

		explain_split(&documents, name, input.data, input.len);
		for (size_t i = 0; i < documents.list.len; i++)
			explain_one(&documents.list.at[i], rules, set, how, out);
		explain_documents_release(&documents);
		ruleset_unref(rules);
		code = 0;
	}
	strbuf_release(&input);
	return code;
}
