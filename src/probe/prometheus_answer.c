/* Reading of answers of Prometheus's API. Invariant: what is not of the documented shape is passed over
 * or refused with a sentence, never guessed. See prometheus_answer.h. */
#include "probe/prometheus_answer.h"

#include "base/units.h"
#include "base/xalloc.h"
#include "model/promql.h"

#include <math.h>

#define SERIES_SHOWN 20
#define NAME_LABEL "__name__"

static bool is_text(const char *text, const char *wanted)
{
	return text != NULL && strcmp(text, wanted) == 0;
}

struct prometheus_answer *prometheus_read(const char *bytes, size_t len, struct strbuf *err)
{
	struct prometheus_answer answer = {.doc = json_parse(bytes, len, NULL), .kind = ""};
	const struct json *root = answer.doc != NULL ? json_root(answer.doc) : NULL;
	const char *status = json_string(json_get(root, "status"));
	const struct json *data = json_get(root, "data");

	answer.warnings = json_get(root, "warnings");
	answer.infos = json_get(root, "infos");
	if (is_text(status, "error")) {
		answer.error_type = json_string(json_get(root, "errorType"));
		answer.error = json_string(json_get(root, "error"));
		if (answer.error == NULL)
			answer.error = "an error without words";
		if (answer.error_type == NULL)
			answer.error_type = "error";
	} else if (is_text(status, "success") && json_string(json_get(data, "resultType")) != NULL) {
		answer.kind = json_string(json_get(data, "resultType"));
		answer.result = json_get(data, "result");
	} else {
		strbuf_adds(err, answer.doc == NULL ? "no JSON" : "JSON without status and result");
		json_free(answer.doc);
		return NULL;
	}
	return xmemdup(&answer, sizeof(answer));
}

void prometheus_free(struct prometheus_answer *answer)
{
	if (answer == NULL)
		return;
	json_free(answer->doc);
	free(answer);
}

/* --- series ---------------------------------------------------------------------------------- */

static const char *label_of(const struct json *metric, const char *name)
{
	const char *value = json_string(json_get(metric, name));

	return value != NULL ? value : "";
}

static bool has_labels(const struct json *metric, const struct name_value *labels, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(label_of(metric, labels[i].name), labels[i].value) != 0)
			return false;
	}
	return true;
}

static bool is_time(const struct json *metric)
{
	return is_text(json_string(json_get(metric, PROMQL_MARK)), PROMQL_MARK_VALUE);
}

/* A number as Go writes it: also NaN, +Inf and -Inf. */
static bool read_number(const char *text, double *number)
{
	if (text == NULL)
		return false;
	if (strcmp(text, "NaN") == 0)
		*number = NAN;
	else if (strcmp(text, "+Inf") == 0 || strcmp(text, "Inf") == 0)
		*number = INFINITY;
	else if (strcmp(text, "-Inf") == 0)
		*number = -INFINITY;
	else
		return number_parse(text, strlen(text), number);
	return true;
}

/* [evaluation time in seconds, "value"] */
static bool read_point(const struct json *point, double *at_s, double *value)
{
	const struct json *time = json_first(point);

	*at_s = json_number(time, NAN);
	return isfinite(*at_s) && read_number(json_string(json_next(time)), value);
}

/* The time series of times that belongs to a series: the same labels but the name and the mark. */
static bool same_series(const struct json *time, const struct json *metric)
{
	size_t wanted = json_len(metric) - (json_get(metric, NAME_LABEL) != NULL);

	if (!is_time(time) || json_len(time) != wanted + 1)
		return false;
	for (const struct json *label = json_first(metric); label != NULL; label = json_next(label)) {
		if (strcmp(json_key(label), NAME_LABEL) != 0 &&
		    strcmp(label_of(time, json_key(label)), label_of(metric, json_key(label))) != 0)
			return false;
	}
	return true;
}

static void find_age(const struct json *result, const struct json *metric, double at_s,
		     struct prometheus_pick *pick)
{
	for (const struct json *one = json_first(result); one != NULL; one = json_next(one)) {
		double evaluated_s, sample_s, age_s;

		if (!same_series(json_get(one, "metric"), metric) ||
		    !read_point(json_get(one, "value"), &evaluated_s, &sample_s))
			continue;
		age_s = at_s - sample_s;
		if (isfinite(age_s) && age_s < 1e9) {
			pick->has_age = true;
			pick->age_ns = age_s > 0 ? (int64_t)(age_s * (double)NS_PER_S) : 0;
		}
		return;
	}
}

/* name{label="value", …} */
static void show_metric(const struct json *metric, struct strbuf *out)
{
	size_t shown = 0;

	strbuf_adds(out, label_of(metric, NAME_LABEL));
	for (const struct json *label = json_first(metric); label != NULL; label = json_next(label)) {
		if (json_string(label) == NULL || strcmp(json_key(label), NAME_LABEL) == 0)
			continue;
		strbuf_addf(out, "%s%s=\"%s\"", shown++ == 0 ? "{" : ", ", json_key(label),
			    json_string(label));
	}
	if (shown != 0)
		strbuf_addc(out, '}');
	else if (json_get(metric, NAME_LABEL) == NULL)
		strbuf_adds(out, "{}");
}

static void show_list(const struct json *list, const char *what, struct strbuf *out)
{
	size_t shown = 0;

	for (const struct json *one = json_first(list); one != NULL && shown < SERIES_SHOWN;
	     one = json_next(one)) {
		if (json_string(one) != NULL) {
			strbuf_addf(out, "%s: %s\n", what, json_string(one));
			shown++;
		}
	}
}

static struct prometheus_pick pick_vector(const struct json *result,
					  const struct name_value *labels, size_t label_count,
					  struct strbuf *shown)
{
	struct prometheus_pick pick = {0};
	const struct json *first = NULL;
	double at_s = NAN;

	for (const struct json *one = json_first(result); one != NULL; one = json_next(one)) {
		const struct json *metric = json_get(one, "metric");
		const struct json *point = json_get(one, "value");

		if (json_type(metric) != JSON_MAP || is_time(metric) ||
		    !has_labels(metric, labels, label_count))
			continue;
		if (pick.count++ == 0) {
			first = metric;
			pick.has_number = read_point(point, &at_s, &pick.value);
		}
		if (pick.count > SERIES_SHOWN)
			continue;
		show_metric(metric, shown);
		strbuf_addf(shown, " %s\n", point == NULL ? "a histogram"
					    : json_string(json_next(json_first(point))) != NULL
						    ? json_string(json_next(json_first(point)))
						    : "?");
	}
	if (pick.count > SERIES_SHOWN)
		strbuf_addf(shown, "and %zu more series\n", pick.count - SERIES_SHOWN);
	pick.has_number = pick.has_number && pick.count == 1;
	if (pick.has_number)
		find_age(result, first, at_s, &pick);
	return pick;
}

struct prometheus_pick prometheus_pick(const struct prometheus_answer *answer,
				       const struct name_value *labels, size_t label_count,
				       struct strbuf *shown)
{
	struct prometheus_pick pick = {0};
	double at_s;

	if (strcmp(answer->kind, "vector") == 0) {
		pick = pick_vector(answer->result, labels, label_count, shown);
		/* Which labels there are instead. */
		if (pick.count == 0 && label_count != 0)
			(void)pick_vector(answer->result, NULL, 0, shown);
	} else if (strcmp(answer->kind, "scalar") == 0 && label_count == 0) {
		pick.count = 1;
		pick.has_number = read_point(answer->result, &at_s, &pick.value);
		if (pick.has_number) {
			strbuf_adds(shown, "scalar ");
			number_format(shown, pick.value);
			strbuf_addc(shown, '\n');
		}
	}
	show_list(answer->warnings, "warning", shown);
	show_list(answer->infos, "info", shown);
	return pick;
}
