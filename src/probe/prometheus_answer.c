/* Reading of answers of Prometheus's API. Invariant: what is not of the documented shape is passed over
 * or refused with a sentence, never guessed. See prometheus_answer.h. */
#include "probe/prometheus_answer.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/units.h"
#include "base/xalloc.h"
#include "model/promql.h"

#include <math.h>

#define SERIES_SHOWN 20
/* Times with the digest of a series that are compared with it. A vector has a set of labels once, so more of
 * them are a forger's. */
#define TIMES_TRIED 4
#define NAME_LABEL "__name__"

static bool is_text(const char *text, const char *wanted)
{
	return text != NULL && strcmp(text, wanted) == 0;
}

/* --- series ---------------------------------------------------------------------------------- */

struct prometheus_series {
	const struct json *metric, *point;
	uint64_t labels; /* of a time: label_digest() */
	size_t at;	 /* of a time: its place among them */
};

/* Those with one label, sorted by its value. */
struct prometheus_index {
	struct prometheus_index *next;
	const char *label;
	struct by_value {
		const char *value;
		size_t at; /* in answer->values */
	} *sorted;
	size_t count;
};

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

/* The same for the same labels in any order, but the name and the mark. */
static uint64_t label_digest(const struct json *metric)
{
	uint64_t digest = 0;

	for (const struct json *label = json_first(metric); label != NULL; label = json_next(label)) {
		const char *name = json_key(label), *value = json_string(label);

		if (value != NULL && strcmp(name, NAME_LABEL) != 0 && strcmp(name, PROMQL_MARK) != 0)
			digest += (digest_fast(name, strlen(name)) | 1) * digest_fast(value, strlen(value));
	}
	return digest;
}

/* The time series of times that belongs to a series: the same labels but the name and the mark. */
static bool same_series(const struct json *time, const struct json *metric)
{
	size_t wanted = json_len(metric) - (json_get(metric, NAME_LABEL) != NULL);

	if (json_len(time) != wanted + 1)
		return false;
	for (const struct json *label = json_first(metric); label != NULL; label = json_next(label)) {
		if (strcmp(json_key(label), NAME_LABEL) != 0 &&
		    strcmp(label_of(time, json_key(label)), label_of(metric, json_key(label))) != 0)
			return false;
	}
	return true;
}

/* The first of a list sorted by `labels` that has no smaller ones. */
static size_t first_time(const struct prometheus_answer *answer, uint64_t labels)
{
	size_t low = 0, high = answer->time_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (answer->times[middle].labels < labels)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void find_age(const struct prometheus_answer *answer, const struct json *metric, double at_s,
		     struct prometheus_pick *pick)
{
	uint64_t labels = label_digest(metric);
	size_t first = first_time(answer, labels);

	for (size_t i = first; i < answer->time_count && i < first + TIMES_TRIED && answer->times[i].labels == labels;
	     i++) {
		double evaluated_s, sample_s, age_s;

		if (!same_series(answer->times[i].metric, metric) ||
		    !read_point(answer->times[i].point, &evaluated_s, &sample_s))
			continue;
		age_s = at_s - sample_s;
		if (isfinite(age_s) && age_s < 1e9) {
			pick->has_age = true;
			pick->age_ns = age_s > 0 ? (int64_t)(age_s * (double)NS_PER_S) : 0;
		}
		return;
	}
}

/* --- finding them ---------------------------------------------------------------------------- */

static int by_labels(const void *a, const void *b)
{
	const struct prometheus_series *x = a, *y = b;

	if (x->labels != y->labels)
		return x->labels < y->labels ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static int by_value(const void *a, const void *b)
{
	const struct by_value *x = a, *y = b;
	int order = strcmp(x->value, y->value);

	return order != 0 ? order : x->at < y->at ? -1 : x->at > y->at;
}

static bool has_too_many(const struct json *metric)
{
	size_t count = 0;

	for (const struct json *label = json_first(metric); label != NULL; label = json_next(label)) {
		if (count++ == LIMIT_PROMETHEUS_LABELS)
			return true;
	}
	return false;
}

static void read_series(struct prometheus_answer *answer)
{
	size_t most = json_len(answer->result);

	answer->values = arena_array(&answer->arena, most, sizeof(*answer->values));
	answer->times = arena_array(&answer->arena, most, sizeof(*answer->times));
	for (const struct json *one = json_first(answer->result); one != NULL; one = json_next(one)) {
		struct prometheus_series series = {json_get(one, "metric"), json_get(one, "value"), 0, answer->time_count};

		if (json_type(series.metric) != JSON_MAP)
			continue;
		if (has_too_many(series.metric)) {
			answer->too_many_labels = true;
			answer->value_count = answer->time_count = 0;
			return;
		}
		if (is_time(series.metric)) {
			series.labels = label_digest(series.metric);
			answer->times[answer->time_count++] = series;
		} else {
			answer->values[answer->value_count++] = series;
		}
	}
	if (answer->time_count != 0)
		qsort(answer->times, answer->time_count, sizeof(*answer->times), by_labels);
}

static const struct prometheus_index *index_of(struct prometheus_answer *answer, const char *label)
{
	struct prometheus_index *index = answer->indexes;

	while (index != NULL && strcmp(index->label, label) != 0)
		index = index->next;
	if (index != NULL)
		return index;
	index = arena_alloc(&answer->arena, sizeof(*index));
	index->label = arena_strdup(&answer->arena, label);
	index->sorted = arena_array(&answer->arena, answer->value_count, sizeof(*index->sorted));
	for (size_t i = 0; i < answer->value_count; i++) {
		const char *value = label_of(answer->values[i].metric, label);

		if (value[0] != '\0')
			index->sorted[index->count++] = (struct by_value){value, i};
	}
	if (index->count != 0)
		qsort(index->sorted, index->count, sizeof(*index->sorted), by_value);
	index->next = answer->indexes;
	answer->indexes = index;
	return index;
}

/* Where to look: `count` series, those of `sorted`, or all in their order where it is NULL. */
struct range {
	const struct by_value *sorted;
	size_t count;
};

/* The series whose label has this value: of a sorted list the part between those below and those above. */
static struct range range_of(const struct prometheus_index *index, const char *value)
{
	struct range range = {index->sorted, 0};
	size_t low = 0, high = index->count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(index->sorted[middle].value, value) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < index->count && strcmp(index->sorted[end].value, value) == 0;)
		end++;
	range.sorted += low;
	range.count = end - low;
	return range;
}

/* The fewest among which all that have these labels are. */
static struct range narrow(struct prometheus_answer *answer, const struct name_value *labels, size_t label_count)
{
	struct range best = {NULL, answer->value_count};

	for (size_t i = 0; i < label_count && best.count != 0; i++) {
		struct range range;

		if (labels[i].value[0] == '\0')
			continue;
		range = range_of(index_of(answer, labels[i].name), labels[i].value);
		if (range.count < best.count)
			best = range;
	}
	return best;
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

static void show_series(const struct prometheus_series *series, struct strbuf *out)
{
	const char *number = json_string(json_next(json_first(series->point)));

	show_metric(series->metric, out);
	strbuf_addf(out, " %s\n", series->point == NULL ? "a histogram" : number != NULL ? number : "?");
}

static struct prometheus_pick pick_vector(struct prometheus_answer *answer, const struct name_value *labels,
					  size_t label_count, struct strbuf *shown)
{
	struct range range = narrow(answer, labels, label_count);
	struct prometheus_pick pick = {0};
	const struct prometheus_series *first = NULL;
	double at_s = NAN;

	for (size_t i = 0; i < range.count; i++) {
		const struct prometheus_series *series = &answer->values[range.sorted != NULL ? range.sorted[i].at : i];

		if (!has_labels(series->metric, labels, label_count))
			continue;
		if (pick.count++ == 0)
			first = series;
		if (pick.count <= SERIES_SHOWN)
			show_series(series, shown);
	}
	if (pick.count > SERIES_SHOWN)
		strbuf_addf(shown, "and %zu more series\n", pick.count - SERIES_SHOWN);
	pick.has_number = pick.count == 1 && read_point(first->point, &at_s, &pick.value);
	if (pick.has_number)
		find_age(answer, first->metric, at_s, &pick);
	return pick;
}

struct prometheus_pick prometheus_pick(struct prometheus_answer *answer,
				       const struct name_value *labels, size_t label_count,
				       struct strbuf *shown)
{
	struct prometheus_pick pick = {0};
	double at_s;

	if (strcmp(answer->kind, "vector") == 0) {
		pick = pick_vector(answer, labels, label_count, shown);
		/* Which labels there are instead. */
		if (pick.count == 0 && label_count != 0)
			(void)pick_vector(answer, NULL, 0, shown);
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

/* --- the answer ------------------------------------------------------------------------------ */

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
	arena_init(&answer.arena);
	if (strcmp(answer.kind, "vector") == 0)
		read_series(&answer);
	return xmemdup(&answer, sizeof(answer));
}

void prometheus_free(struct prometheus_answer *answer)
{
	if (answer == NULL)
		return;
	arena_release(&answer->arena);
	json_free(answer->doc);
	free(answer);
}
