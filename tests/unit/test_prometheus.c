/* PromQL as a URL, and what is picked from an answer: one series, its number, its age. */
#include "unit.h"

#include "base/limits.h"
#include "model/promql.h"
#include "probe/prometheus_answer.h"

#include <math.h>

#define VECTOR(items) "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" items "]}}"
#define UP(instance, value)                                                                        \
	"{\"metric\":{\"__name__\":\"up\",\"instance\":\"" instance "\"},\"value\":[1000.5,\"" value "\"]}"
#define TIME(instance, at)                                                                         \
	"{\"metric\":{\"instance\":\"" instance "\",\"sitrep\":\"timestamp\"},\"value\":[1000.5,\"" at "\"]}"

static void test_selectors(void **state)
{
	static const char *const are[] = {"up", " up ", "job:up:sum5m", "up{}", "up{job=\"a}b\"}",
					  "up {a='\\'}', b=~`}`}", "_x"};
	static const char *const are_not[] = {"", "1", "NaN", "inf", "sum(up)", "up + 1", "{job=\"a\"}",
					      "up[5m]", "up offset 5m", "up{job=\"a\"", "up{a='}", "up up",
					      "up{}{}", "time()"};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(are); i++)
		if (!promql_is_selector(are[i]))
			fail_msg("'%s' is a selector", are[i]);
	for (size_t i = 0; i < BASE_LEN(are_not); i++)
		if (promql_is_selector(are_not[i]))
			fail_msg("'%s' is no selector", are_not[i]);
}

static void test_url(void **state)
{
	struct strbuf url;

	(void)state;
	strbuf_init(&url, 1000);
	promql_url(&url, "http://h:9090/prometheus//", "a + b{c=\"d&e;#\xc3\xa9\"}");
	assert_string_equal(url.data, "http://h:9090/prometheus/api/v1/query?query="
				      "a%20%2B%20b%7Bc=%22d%26e%3B%23%C3%A9%22%7D");
	strbuf_reset(&url);
	promql_url(&url, "http://h", "up");
	assert_string_equal(url.data, "http://h/api/v1/query?query=up%20or%20label_replace(timestamp(up),"
				      "%20%22sitrep%22,%20%22timestamp%22,%20%22%22,%20%22%22)");
	strbuf_release(&url);
}

/* Of what is picked by `instance` ("": all); the shown lines are thrown away. */
static struct prometheus_pick pick(const char *body, const char *instance)
{
	const struct name_value labels[] = {{"instance", instance}};
	struct prometheus_answer *answer;
	struct prometheus_pick picked;
	struct strbuf text;

	strbuf_init(&text, 4096);
	answer = prometheus_read(body, strlen(body), &text);
	assert_non_null(answer);
	picked = prometheus_pick(answer, labels, instance[0] != '\0', &text);
	prometheus_free(answer);
	strbuf_release(&text);
	return picked;
}

static void test_pick(void **state)
{
	const char *two = VECTOR(UP("a", "1") "," UP("b", "0") "," TIME("b", "990") "," TIME("a", "1000.25"));
	struct prometheus_pick picked = pick(two, "a");

	(void)state;
	assert_int_equal(picked.count, 1);
	assert_true(picked.has_number && picked.value == 1);
	assert_true(picked.has_age);
	assert_int_equal(picked.age_ns, 250 * NS_PER_MS);
	picked = pick(two, "b");
	assert_true(picked.value == 0 && picked.age_ns == 10500 * NS_PER_MS);
	picked = pick(two, "");
	assert_int_equal(picked.count, 2);
	assert_false(picked.has_number || picked.has_age);
	assert_int_equal(pick(two, "c").count, 0);
	/* A clock that runs ahead is no negative age; a time that belongs to another series is none. */
	picked = pick(VECTOR(UP("a", "1") "," TIME("a", "2000")), "a");
	assert_true(picked.has_age && picked.age_ns == 0);
	assert_false(pick(VECTOR(UP("a", "1") "," TIME("b", "990")), "a").has_age);
}

/* Where nothing matches, the series that there are are shown. */
static void test_shown(void **state)
{
	const char *body = VECTOR(UP("a", "1") "," TIME("a", "990"));
	const struct name_value labels[] = {{"instance", "b"}};
	struct prometheus_answer *answer;
	struct strbuf shown;

	(void)state;
	strbuf_init(&shown, 4096);
	answer = prometheus_read(body, strlen(body), &shown);
	assert_int_equal(prometheus_pick(answer, labels, 1, &shown).count, 0);
	assert_string_equal(shown.data, "up{instance=\"a\"} 1\n");
	prometheus_free(answer);
	strbuf_release(&shown);
}

static void test_numbers(void **state)
{
	(void)state;
	assert_true(isnan(pick(VECTOR(UP("a", "NaN")), "").value));
	assert_true(pick(VECTOR(UP("a", "+Inf")), "").value == (double)INFINITY);
	assert_true(pick(VECTOR(UP("a", "-Inf")), "").value == -(double)INFINITY);
	assert_false(pick(VECTOR(UP("a", "0x1p3")), "").has_number);
	assert_false(pick(VECTOR(UP("a", "")), "").has_number);
	assert_false(pick(VECTOR("{\"metric\":{},\"histogram\":[1,{}]}"), "").has_number);
	assert_int_equal(pick(VECTOR("{\"metric\":{},\"histogram\":[1,{}]}"), "").count, 1);
	assert_int_equal(pick(VECTOR("1, null, [], {\"metric\": 3}"), "").count, 0);
	assert_true(pick("{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"2.5\"]}}", "")
			    .value == 2.5);
	assert_int_equal(pick("{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"2\"]}}", "a")
				 .count, 0);
}

static void test_foreign(void **state)
{
	static const char *const texts[] = {"", "<html>", "{}", "[]", "{\"status\":\"success\"}",
					    "{\"status\":\"success\",\"data\":[]}", "{\"status\":1}"};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(texts); i++) {
		struct strbuf err;

		strbuf_init(&err, 200);
		assert_null(prometheus_read(texts[i], strlen(texts[i]), &err));
		assert_true(err.len != 0);
		strbuf_release(&err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_selectors), cmocka_unit_test(test_url),
		cmocka_unit_test(test_pick), cmocka_unit_test(test_shown),	  cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
