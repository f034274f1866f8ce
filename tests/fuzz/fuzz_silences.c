/* Answers of Alertmanager: silences and their matchers, held against two services. What is found is active
 * at that time, and its words are harmless. */
#include "fuzz.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "probe/silences.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct name_value labels[] = {{"team", "front"}, {"job", "x"}};
	static const struct fleet fleet = {.name = "f", .environment = "prod"};
	static const struct service services[] = {
		{.name = "web", .group = "edge", .url = "http://u@h:80/x", .labels = labels, .label_count = 2},
		{.name = "db", .group = ""},
	};
	const struct wall_time now = {INT64_C(1795262000) * NS_PER_S};
	struct silences *silences;
	struct strbuf err;

	strbuf_init(&err, LIMIT_MESSAGE);
	silences = silences_read((const char *)data, size, NULL, &err);
	PROMISE((silences == NULL) == (err.len != 0));
	for (size_t i = 0; silences != NULL && i < BASE_LEN(services); i++) {
		const struct silence *found = silences_find(silences, &fleet, &services[i], now);

		if (found == NULL)
			continue;
		PROMISE(found->starts.ns <= now.ns && found->ends.ns > now.ns);
		PROMISE(scrub_is_clean(found->by, strlen(found->by)));
		PROMISE(scrub_is_clean(found->comment, strlen(found->comment)));
	}
	silences_free(silences);
	strbuf_release(&err);
	return 0;
}
