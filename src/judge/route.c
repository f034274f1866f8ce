/* The route rule: is there anything at all behind METHOD and path? A server that wants credentials, a
 * body or another type has the route; only 404, 405, 410 and 5xx say that it has not. Where a random
 * sibling path gets the same good answer, the server says nothing about routes, and neither do we. */
#include "judge/judging.h"

#include "base/socket_url.h"
#include "base/units.h"

/* Segments that two paths have in common, counted from their ends; `{x}` stands for any one. */
static size_t common_tail(const char *a, size_t a_len, const char *b, size_t b_len, bool *whole)
{
	size_t common = 0;

	while (a_len > 0 && b_len > 0) {
		size_t a_from = a_len, b_from = b_len;

		while (a_from > 0 && a[a_from - 1] != '/')
			a_from--;
		while (b_from > 0 && b[b_from - 1] != '/')
			b_from--;
		if (b[b_from] != '{' && (a_len - a_from != b_len - b_from ||
					 memcmp(a + a_from, b + b_from, a_len - a_from) != 0))
			break;
		common++;
		a_len = a_from > 0 ? a_from - 1 : 0;
		b_len = b_from > 0 ? b_from - 1 : 0;
	}
	*whole = a_len == 0 || b_len == 0;
	return common;
}

/* The path of the check's target without scheme, host and query. */
static const char *path_of(const char *target, size_t *len)
{
	const char *start = strstr(target, "://") != NULL ? socket_url_path(target) : target;

	if (start[0] != '/')
		start = "/";
	*len = strcspn(start, "?#");
	return start;
}

/* Where else the server's own list has this route: `GET /x` of the list, or NULL. */
static const char *served_at(const struct judging *judging, const char *path, size_t path_len,
			     bool *same_path)
{
	const struct value *routes = sample_value(judging->sample, SUBJECT_ROUTES, NULL);
	const char *method = judging->check->method != NULL ? judging->check->method : "GET";
	const char *best = NULL;
	size_t best_score = 0;

	if (routes == NULL || routes->type != VALUE_LIST)
		return NULL;
	for (size_t i = 0; i < routes->as.list.len; i++) {
		const char *route = routes->as.list.items[i];
		const char *at = strchr(route, ' ');
		bool whole;
		size_t common, score;

		if (at == NULL || at[1] == '\0')
			continue;
		common = common_tail(path, path_len, at + 1, strlen(at + 1), &whole);
		/* One shared segment proves something only where it is all that the other path has. */
		if (common == 0 || (!whole && common < 2))
			continue;
		score = common * 4 + (whole ? 2 : 0) +
			(strncmp(route, method, (size_t)(at - route)) == 0);
		if (score > best_score) {
			best_score = score;
			best = route;
			*same_path = strlen(at + 1) == path_len &&
				     common_tail(path, path_len, at + 1, path_len, &whole) != 0 &&
				     memcmp(at + 1, path, path_len) == 0;
		}
	}
	return best;
}

static bool route_is_missing(int status)
{
	return status == 404 || status == 405 || status == 410 || status >= 500;
}

static const char *missing_words(struct judging *judging, int status)
{
	size_t len;
	const char *path = path_of(judging->check->target, &len);
	const char *method = judging->check->method != NULL ? judging->check->method : "GET";
	bool same_path = false;
	const char *route = served_at(judging, path, len, &same_path);
	const char *found = route != NULL ? strchr(route, ' ') : NULL;

	path = judging_clean(judging, path, len);
	if (found == NULL)
		return arena_printf(judging->arena, "%s %s is %d", method, path, status);
	if (same_path)
		return arena_printf(judging->arena, "%s %s is %d; the server has it for %.*s",
				    method, path, status, (int)(found - route), route);
	return arena_printf(judging->arena, "%s %s is %d; it is served at %s", method, path, status,
			    judging_clean(judging, found + 1, strlen(found + 1)));
}

enum check_state route_judge(struct judging *judging, struct finding *finding)
{
	const struct value *status = sample_value(judging->sample, SUBJECT_STATUS, NULL);
	const struct value *sibling = sample_value(judging->sample, SUBJECT_SIBLING_STATUS, NULL);
	int code;

	*finding = (struct finding){.got = "no status", .said = "the answer has no status"};
	if (status == NULL || status->type != VALUE_NUMBER)
		return CHECK_FAIL;
	code = (int)status->as.number;
	finding->got = arena_printf(judging->arena, "%d", code);
	if (route_is_missing(code)) {
		finding->said = missing_words(judging, code);
		return CHECK_FAIL;
	}
	if (sibling != NULL && sibling->type == VALUE_NUMBER && (int)sibling->as.number == code) {
		finding->said = "server answers every path alike";
		return CHECK_UNKNOWN;
	}
	finding->said = "";
	finding->pass = true;
	return CHECK_PASS;
}
