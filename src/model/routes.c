/* Comparing routes segment by segment, from the end. Invariant: a tail counts only in whole
 * segments, and at least one of them must be a word of its own (not a `{parameter}`), so that
 * `/{id}` is never "the same route elsewhere". */
#include "model/routes.h"

#define SEGMENTS_MAX 64

struct path_parts {
	const char *at[SEGMENTS_MAX];
	size_t len[SEGMENTS_MAX];
	size_t count;
};

/* Splits at `/`; a query, a fragment and empty segments are left out. */
static void split_path(const char *path, struct path_parts *parts)
{
	size_t len = strcspn(path, "?#");

	parts->count = 0;
	for (size_t at = 0; at < len && parts->count < SEGMENTS_MAX;) {
		size_t end = at;

		while (end < len && path[end] != '/')
			end++;
		if (end > at) {
			parts->at[parts->count] = path + at;
			parts->len[parts->count++] = end - at;
		}
		at = end + 1;
	}
}

static bool is_parameter(const char *segment, size_t len)
{
	return (len >= 2 && segment[0] == '{' && segment[len - 1] == '}') ||
	       (len >= 2 && segment[0] == ':');
}

enum route_relation route_compare(const char *listed, const char *method, const char *path,
				  size_t *tail)
{
	const char *blank = strchr(listed, ' ');
	size_t method_len = blank != NULL ? (size_t)(blank - listed) : 0;
	struct path_parts have, want;
	size_t equal = 0, words = 0;
	bool same_method;

	*tail = 0;
	split_path(blank != NULL ? blank + 1 : listed, &have);
	split_path(path, &want);
	while (equal < have.count && equal < want.count) {
		size_t h = have.count - 1 - equal, w = want.count - 1 - equal;

		if (is_parameter(have.at[h], have.len[h])) {
			equal++;
			continue;
		}
		if (have.len[h] != want.len[w] || memcmp(have.at[h], want.at[w], have.len[h]) != 0)
			break;
		words++;
		equal++;
	}
	*tail = equal;
	same_method = method_len == 0 || method == NULL ||
		      (strlen(method) == method_len && memcmp(method, listed, method_len) == 0);
	if (equal == have.count && equal == want.count)
		return same_method ? ROUTE_SAME : ROUTE_METHOD_DIFFERS;
	if (!same_method || words == 0)
		return ROUTE_UNRELATED;
	/* One is the other behind a prefix, or only the first segments differ. */
	if (equal == have.count || equal == want.count || (words >= 2 && equal + 2 >= want.count))
		return ROUTE_SAME_TAIL;
	return ROUTE_UNRELATED;
}
