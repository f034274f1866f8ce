/* What Prometheus's HTTP API answers to an instant query, read from foreign bytes. No socket here. See
 * model/promql.h for the question. */
#ifndef PROBE_PROMETHEUS_ANSWER_H
#define PROBE_PROMETHEUS_ANSWER_H

#include "base/arena.h"
#include "base/json.h"
#include "model/fleet.h"

struct prometheus_series;
struct prometheus_index;
struct prometheus_answer {
	struct json_doc *doc;
	/* The API's own words, where it refused: "bad_data" and a sentence; else NULL. Raw bytes. */
	const char *error_type, *error;
	const char *kind; /* "vector", "scalar"; others are no single moment. "" with an error */
	const struct json *result;
	const struct json *warnings, *infos; /* lists of texts, or NULL */
	bool too_many_labels; /* a series has more than LIMIT_PROMETHEUS_LABELS: none was read */
	/* A vector's series: values as they came, times by their labels, and the values by each label that was
	 * asked for. In `arena`. */
	struct prometheus_series *values, *times;
	size_t value_count, time_count;
	struct prometheus_index *indexes;
	struct arena arena;
};
/* NULL with a sentence where the bytes are no such answer. */
struct prometheus_answer *prometheus_read(const char *bytes, size_t len, struct strbuf *err);
void prometheus_free(struct prometheus_answer *answer);

/* What an answer holds for one check. */
struct prometheus_pick {
	size_t count;    /* series that match */
	bool has_number; /* of exactly one, and it is no histogram */
	double value;
	bool has_age;
	int64_t age_ns;  /* at the evaluation, by the server's clock; never negative */
};
/* Picks the series of a vector, or the scalar, that has all these labels (an empty value: that the
 * label is absent). `shown` gets the matching series, or all where none matches, a line
 * each, and the warnings; raw bytes. The first time that a label is named costs a look at all series. */
struct prometheus_pick prometheus_pick(struct prometheus_answer *answer,
				       const struct name_value *labels, size_t label_count,
				       struct strbuf *shown);

#endif
