/* Answers of Prometheus's API, picked from with labels that a first line names, and the same bytes as a
 * query. What is shown is bounded by its buffer; a number, an age come from exactly one series. */
#include "fuzz.h"

#include "base/limits.h"
#include "base/xalloc.h"
#include "model/promql.h"
#include "probe/prometheus_answer.h"

static void check_pick(struct prometheus_answer *answer, const char *word)
{
	const struct name_value labels[] = {{"job", word}};

	for (size_t count = 0; count <= 1; count++) {
		struct strbuf shown;
		struct prometheus_pick pick;

		strbuf_init(&shown, LIMIT_BODY_KEPT);
		pick = prometheus_pick(answer, labels, count, &shown);
		PROMISE(!pick.has_number || pick.count == 1);
		PROMISE(!pick.has_age || (pick.has_number && pick.age_ns >= 0));
		PROMISE(shown.len <= LIMIT_BODY_KEPT);
		strbuf_release(&shown);
	}
}

static void check_query(const char *query)
{
	struct strbuf url;

	strbuf_init(&url, LIMIT_CONFIG_SCALAR);
	promql_url(&url, "http://h/", query);
	PROMISE(strncmp(url.data, "http://h/api/v1/query?query=", 28) == 0);
	PROMISE(strpbrk(url.data, "#&; \"<>\\^`{}|\n") == NULL);
	PROMISE(promql_is_selector(query) == (strstr(url.data, "%20or%20label_replace") != NULL) ||
		strstr(query, "label_replace") != NULL);
	strbuf_release(&url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *newline = size != 0 ? memchr(text, '\n', size) : NULL;
	size_t word_len = newline != NULL ? (size_t)(newline - text) : 0;
	size_t from = newline != NULL ? word_len + 1 : 0;
	char *word = xstrndup(text, word_len);
	struct prometheus_answer *answer;
	struct strbuf err;

	strbuf_init(&err, LIMIT_MESSAGE);
	answer = prometheus_read(text + from, size - from, &err);
	PROMISE((answer == NULL) == (err.len != 0));
	if (answer != NULL)
		check_pick(answer, word);
	if (word_len < 4096)
		check_query(word);
	prometheus_free(answer);
	strbuf_release(&err);
	free(word);
	return 0;
}
