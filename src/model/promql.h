/* The URL of an instant query of Prometheus's HTTP API, and what of PromQL one must know for it. An
 * answer's samples all carry the time of the evaluation; how old the value really is tells only
 * timestamp(). Where the query is a plain selector, both go in one question, so that they are of the
 * same moment: `up or label_replace(timestamp(up), "sitrep", "timestamp", "", "")`.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
#ifndef MODEL_PROMQL_H
#define MODEL_PROMQL_H

#include "base/strbuf.h"

/* The label, and its value, of the series that hold times and not values. */
#define PROMQL_MARK "sitrep"
#define PROMQL_MARK_VALUE "timestamp"

/* A metric's name, perhaps with matchers: `up{job="api"}`. Without a name, or with an offset, it is
 * none here: two metrics have one time series of times, and an offset is an age that is wanted. */
bool promql_is_selector(const char *query);
/* `base` is what a Grafana data source would be given: http://host:9090, or with Mimir's
 * /prometheus. */
void promql_url(struct strbuf *out, const char *base, const char *query);

#endif
