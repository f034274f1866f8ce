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

/* Labels together, also where one of them alone has many, and in an order of their own. */
static void test_labels(void **state)
{
#define PAIR(x, y, value) "{\"metric\":{\"a\":\"" x "\",\"b\":\"" y "\"},\"value\":[10,\"" value "\"]}"
#define PAIR_TIME(x, y, at)                                                                        \
	"{\"metric\":{\"b\":\"" y "\",\"sitrep\":\"timestamp\",\"a\":\"" x "\"},\"value\":[10,\"" at "\"]}"
	const char *body = VECTOR(PAIR("x", "y", "1") "," PAIR("y", "x", "2") "," PAIR("x", "x", "3") ","
				  PAIR_TIME("y", "x", "8") "," PAIR_TIME("x", "y", "9") ","
				  "{\"metric\":{\"a\":\"z\"},\"value\":[10,\"4\"]}");
	static const struct {
		struct name_value labels[2];
		size_t count;
		double value;
		int64_t age_s; /* -1 none */
	} cases[] = {
		{{{"a", "x"}, {"b", "y"}}, 1, 1, 1},  {{{"b", "x"}, {"a", "y"}}, 1, 2, 2},
		{{{"a", "x"}, {"b", "x"}}, 1, 3, -1}, {{{"a", "z"}, {"b", ""}}, 1, 4, -1},
		{{{"c", ""}, {"a", "x"}}, 2, 0, -1},  {{{"a", ""}, {"b", ""}}, 0, 0, -1},
		{{{"a", "z"}, {"b", "x"}}, 0, 0, -1}, {{{"a", "w"}, {"c", "x"}}, 0, 0, -1},
	};
	struct prometheus_answer *answer;
	struct strbuf text;

	(void)state;
	strbuf_init(&text, 4096);
	answer = prometheus_read(body, strlen(body), &text);
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		struct prometheus_pick picked = prometheus_pick(answer, cases[i].labels, 2, &text);

		assert_int_equal(picked.count, cases[i].count);
		assert_true(picked.has_number == (picked.count == 1) && picked.has_age == (cases[i].age_s >= 0));
		assert_true(!picked.has_number || picked.value == cases[i].value);
		assert_true(!picked.has_age || picked.age_ns == cases[i].age_s * NS_PER_S);
	}
	strbuf_reset(&text);
	(void)prometheus_pick(answer, &(struct name_value){"a", "x"}, 1, &text);
	assert_string_equal(text.data, "{a=\"x\", b=\"y\"} 1\n{a=\"x\", b=\"x\"} 3\n");
	prometheus_free(answer);
	strbuf_release(&text);
}

/* As many checks as series: each finds its own without a look at the others, which would take minutes. */
static void test_many(void **state)
{
	enum { MANY = 20000 };
	struct prometheus_answer *answer;
	struct strbuf body, shown;
	char job[16];

	(void)state;
	strbuf_init(&body, 8u << 20);
	strbuf_init(&shown, 4096);
	strbuf_adds(&body, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[0");
	for (int i = 0; i < MANY; i++)
		strbuf_addf(&body,
			    ",{\"metric\":{\"all\":\"one\",\"job\":\"j%d\"},\"value\":[100000,\"%d\"]},{\"metric\":{\"sitrep\":"
			    "\"timestamp\",\"all\":\"one\",\"job\":\"j%d\"},\"value\":[100000,\"%d\"]}",
			    i, i, i, i);
	strbuf_adds(&body, "]}}");
	answer = prometheus_read(body.data, body.len, &shown);
	assert_non_null(answer);
	for (int i = 0; i < MANY; i++) {
		const struct name_value labels[] = {{"job", job}, {"none", ""}};
		struct prometheus_pick picked;

		(void)snprintf(job, sizeof(job), "j%d", i);
		picked = prometheus_pick(answer, labels, 2, &shown);
		assert_true(picked.count == 1 && picked.has_number && picked.value == i);
		assert_true(picked.has_age && picked.age_ns == (100000 - i) * NS_PER_S);
	}
	prometheus_free(answer);
	strbuf_release(&body);
	strbuf_release(&shown);
}

/* One series, with labels to the limit or above it. */
static struct prometheus_answer *read_wide(size_t labels)
{
	struct prometheus_answer *answer;
	struct strbuf body, err;

	strbuf_init(&body, 8u << 20);
	strbuf_init(&err, 4096);
	strbuf_adds(&body, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{");
	for (size_t i = 0; i < labels; i++)
		strbuf_addf(&body, "%s\"l%zu\":\"\"", i == 0 ? "" : ",", i);
	strbuf_adds(&body, "},\"value\":[10,\"1\"]}]}}");
	answer = prometheus_read(body.data, body.len, &err);
	assert_non_null(answer);
	strbuf_release(&body);
	strbuf_release(&err);
	return answer;
}

/* Labels are compared each with all, so more of them than any server gives are not looked at. */
static void test_too_many_labels(void **state)
{
	struct prometheus_answer *answer;
	struct strbuf shown;

	(void)state;
	strbuf_init(&shown, 4096);
	answer = read_wide(LIMIT_PROMETHEUS_LABELS);
	assert_false(answer->too_many_labels);
	assert_int_equal(prometheus_pick(answer, NULL, 0, &shown).count, 1);
	prometheus_free(answer);
	answer = read_wide(LIMIT_PROMETHEUS_LABELS + 1);
	assert_true(answer->too_many_labels);
	assert_int_equal(prometheus_pick(answer, NULL, 0, &shown).count, 0);
	prometheus_free(answer);
	strbuf_release(&shown);
}

/* Times of one set of labels without a number: few are looked at for the one that has it. */
static void test_forged_times(void **state)
{
	(void)state;
	assert_true(pick(VECTOR(UP("a", "1") "," TIME("a", "x") "," TIME("a", "990")), "a").has_age);
	assert_false(pick(VECTOR(UP("a", "1") "," TIME("a", "x") "," TIME("a", "x") "," TIME("a", "x") ","
				 TIME("a", "x") "," TIME("a", "990")),
			  "a")
			     .has_age);
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
		cmocka_unit_test(test_pick), cmocka_unit_test(test_shown),	  cmocka_unit_test(test_labels),
		cmocka_unit_test(test_many), cmocka_unit_test(test_too_many_labels),
		cmocka_unit_test(test_forged_times), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
