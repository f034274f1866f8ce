/* Alertmanager's silences, read from foreign bytes, and which of them speaks of a service. No socket
 * here. https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 *
 * A silence speaks of a service where all its matchers hold against the service's labels, and these where
 * the service does not say them itself: `service` and `job`, its name; `instance`, host and port of its
 * url; `group`; `fleet`; `env`. As in Alertmanager, a label that is not there is empty, and a regular
 * expression is anchored. So a silence of one alert (`alertname="…"`) speaks of no service. */
#ifndef PROBE_SILENCES_H
#define PROBE_SILENCES_H

#include "model/fleet.h"

struct silence {
	struct wall_time starts, ends;
	const char *by, *comment; /* redacted, scrubbed, one line */
};
struct silences;
/* All that have not expired. NULL with a sentence where the bytes are no list of silences.
 * The redactor may be NULL. */
struct silences *silences_read(const char *bytes, size_t len, const struct redactor *redactor,
			       struct strbuf *err);
void silences_free(struct silences *silences);
size_t silences_count(const struct silences *silences);
/* How many silences hold an expression that cannot be compiled here, and so silence nothing; `first` becomes
 * the expression of the first one, raw, or NULL. */
size_t silences_odd(const struct silences *silences, const char **first);
/* The one that ends last, of those that are active at `now` and speak of the service; NULL. */
const struct silence *silences_find(const struct silences *silences, const struct fleet *fleet,
				    const struct service *service, struct wall_time now);

#endif
