/* The rules of CORS as a table: a page's question, what the server says, and the rule that a browser
 * breaks off at ("" where it goes on). Each row is a paragraph of the WHATWG Fetch standard. */
#include "unit.h"

#include "probe/cors_rules.h"

#define PAGE "https://app.example.com"

static const char *const json[] = {"Content-Type"};
static const char *const token[] = {"content-type", "Authorization"};
static const char *const plain[] = {"Accept", "accept-language"};

static const struct cors_question post = {PAGE, "POST", json, 1, NULL, 0, false};
static const struct cors_question cookies = {PAGE, "POST", json, 1, NULL, 0, true};
static const struct cors_question bearer = {PAGE, "GET", token, 2, NULL, 0, false};
static const struct cors_question put = {PAGE, "PUT", NULL, 0, NULL, 0, false};
static const struct cors_question put_cookies = {PAGE, "PUT", NULL, 0, NULL, 0, true};

static void test_needs_preflight(void **state)
{
	struct cors_question get = {PAGE, "GET", plain, 2, NULL, 0, false};

	(void)state;
	assert_false(cors_needs_preflight(&get));
	assert_true(cors_needs_preflight(&post));
	assert_true(cors_needs_preflight(&bearer));
	assert_true(cors_needs_preflight(&put));
	get.method = "POST";
	assert_false(cors_needs_preflight(&get));
}

static void test_preflight(void **state)
{
	static const struct {
		const struct cors_question *question;
		struct cors_answer answer;
		const char *wanted; /* a part of the sentence; NULL: it holds */
	} rows[] = {
		{&post, {.status = 200, .allow_origin = "*", .allow_headers = "*"}, NULL},
		{&post, {.status = 204, .allow_origin = PAGE, .allow_headers = "X-A,  CONTENT-TYPE"}, NULL},
		{&post, {.status = 200, .allow_origin = PAGE, .allow_headers = "a,,content-type,"}, NULL},
		{&put, {.status = 200, .allow_origin = "*", .allow_methods = "GET, PUT"}, NULL},
		{&put, {.status = 200, .allow_origin = "*", .allow_methods = "*"}, NULL},
		{&cookies, {.status = 200, .allow_origin = PAGE, .allow_credentials = "true",
			    .allow_headers = "content-type"}, NULL},
		{&bearer, {.status = 200, .allow_origin = "*", .allow_headers = "*, authorization"}, NULL},
		/* ok status */
		{&post, {.status = 405, .allow_origin = "*", .allow_headers = "*"},
		 "status of the preflight: wanted 200..299, got 405; the server does not answer OPTIONS"},
		{&post, {.status = 401}, "got 401; a browser sends no credentials with it"},
		{&post, {.status = 400, .words = "Disallowed CORS origin"}, "got 400 (Disallowed CORS origin)"},
		{&post, {.status = 307, .location = "https://x/", .allow_origin = "*"},
		 "redirect of the preflight: wanted 200..299, got 307 to https://x/"},
		{&post, {.status = 304}, "status of the preflight: wanted 200..299, got 304"},
		/* CORS check */
		{&post, {.status = 200}, "Access-Control-Allow-Origin of the preflight: wanted " PAGE
					 " or *, got no such header"},
		{&post, {.status = 200, .allow_origin = ""}, "got an empty value"},
		{&post, {.status = 200, .allow_origin = "https://other.example.com"},
		 "got https://other.example.com"},
		{&post, {.status = 200, .allow_origin = PAGE ", " PAGE}, "one value is allowed, not several"},
		{&post, {.status = 200, .allow_origin = PAGE "/"}, "no slash at its end"},
		{&post, {.status = 200, .allow_origin = "null"}, "null is for pages that have no origin"},
		{&post, {.status = 200, .allow_origin = "https://APP.example.com"}, "byte by byte"},
		{&post, {.status = 200, .allow_origin = "http://app.example.com"}, "the scheme belongs"},
		{&post, {.status = 200, .allow_origin = "app.example.com"}, "the scheme belongs"},
		{&post, {.status = 200, .allow_origin = "https://*.example.com"}, "no patterns"},
		{&cookies, {.status = 200, .allow_origin = "*", .allow_credentials = "true"},
		 "with credentials * is not allowed"},
		{&cookies, {.status = 200, .allow_origin = PAGE},
		 "Access-Control-Allow-Credentials of the preflight: wanted true, got no such header"},
		{&cookies, {.status = 200, .allow_origin = PAGE, .allow_credentials = "True"},
		 "Credentials of the preflight: wanted true, got True"},
		/* methods */
		{&put, {.status = 200, .allow_origin = "*"},
		 "Access-Control-Allow-Methods of the preflight: wanted PUT, got no such header"},
		{&put, {.status = 200, .allow_origin = "*", .allow_methods = "put"}, "capital letters"},
		{&put, {.status = 200, .allow_origin = "*", .allow_methods = "GET; PUT"}, "no list of methods"},
		{&put_cookies, {.status = 200, .allow_origin = PAGE, .allow_credentials = "true",
				.allow_methods = "*"}, "with credentials * stands for itself"},
		{&post, {.status = 200, .allow_origin = "*", .allow_methods = "{}", .allow_headers = "*"},
		 "no list of methods"},
		/* headers */
		{&post, {.status = 200, .allow_origin = "*"},
		 "Access-Control-Allow-Headers of the preflight: wanted Content-Type, got no such header"},
		{&post, {.status = 200, .allow_origin = "*", .allow_headers = "x-content-type"},
		 "wanted Content-Type, got x-content-type"},
		{&post, {.status = 200, .allow_origin = "*", .allow_headers = "content-type; x"},
		 "no list of names"},
		{&bearer, {.status = 200, .allow_origin = "*", .allow_headers = "*"},
		 "wanted Authorization, got *; * does not cover authorization"},
		{&cookies, {.status = 200, .allow_origin = PAGE, .allow_credentials = "true",
			    .allow_headers = "*"}, "with credentials * stands for itself"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct strbuf rule;
		bool holds;

		strbuf_init(&rule, 1000);
		holds = cors_preflight_holds(rows[i].question, &rows[i].answer, &rule);
		if (holds != (rows[i].wanted == NULL) ||
		    (!holds && strstr(rule.data, rows[i].wanted) == NULL))
			fail_msg("row %zu: wanted '%s', got '%s'", i,
				 rows[i].wanted != NULL ? rows[i].wanted : "", rule.data);
		strbuf_release(&rule);
	}
}

static void test_answer(void **state)
{
	static const char *const seen[] = {"Content-Type", "X-Request-Id"};
	static const struct cors_question reads = {PAGE, "GET", NULL, 0, seen, 2, false};
	static const struct cors_question reads_cookies = {PAGE, "GET", NULL, 0, seen, 2, true};
	static const struct {
		const struct cors_question *question;
		struct cors_answer answer;
		const char *wanted;
	} rows[] = {
		{&post, {.status = 422, .allow_origin = "*"}, NULL},
		{&post, {.status = 500, .allow_origin = PAGE}, NULL},
		{&reads, {.status = 200, .allow_origin = "*", .expose_headers = "x-request-id"}, NULL},
		{&reads, {.status = 200, .allow_origin = "*", .expose_headers = "*"}, NULL},
		{&post, {.status = 500}, "Access-Control-Allow-Origin of the 500 answer: wanted " PAGE
					 " or *, got no such header; the page sees a CORS error in place of the 500"},
		{&post, {.status = 200}, "of the 200 answer: wanted " PAGE " or *, got no such header"},
		{&cookies, {.status = 200, .allow_origin = PAGE}, "Access-Control-Allow-Credentials"},
		{&reads, {.status = 200, .allow_origin = "*"}, "Expose-Headers of the answer: wanted X-Request-Id"},
		{&reads_cookies, {.status = 200, .allow_origin = PAGE, .allow_credentials = "true",
				  .expose_headers = "*"}, "wanted X-Request-Id, got *"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct strbuf rule;
		bool holds;

		strbuf_init(&rule, 1000);
		holds = cors_answer_holds(rows[i].question, &rows[i].answer, &rule);
		if (holds != (rows[i].wanted == NULL) ||
		    (!holds && strstr(rule.data, rows[i].wanted) == NULL))
			fail_msg("row %zu: wanted '%s', got '%s'", i,
				 rows[i].wanted != NULL ? rows[i].wanted : "", rule.data);
		strbuf_release(&rule);
	}
}

static void test_lost(void **state)
{
	(void)state;
	assert_true(cors_is_lost(&(struct cors_answer){.status = 500}));
	assert_true(cors_is_lost(&(struct cors_answer){.status = 404}));
	assert_false(cors_is_lost(&(struct cors_answer){.status = 500, .allow_origin = "*"}));
	assert_false(cors_is_lost(&(struct cors_answer){.status = 302}));
}

static void test_vary(void **state)
{
	static const struct cors_question get = {PAGE, "GET", NULL, 0, NULL, 0, false};
	struct cors_answer answer = {.status = 200, .allow_origin = PAGE};
	struct strbuf said;

	(void)state;
	strbuf_init(&said, 1000);
	assert_true(cors_is_unvaried(&get, &answer, &said));
	assert_non_null(strstr(said.data, "wanted Origin"));
	assert_false(cors_is_unvaried(&post, &answer, &said)); /* no cache keeps it */
	answer.vary = "Accept-Encoding, origin";
	assert_false(cors_is_unvaried(&get, &answer, &said));
	answer.vary = "Accept";
	assert_true(cors_is_unvaried(&get, &answer, &said));
	answer.allow_origin = "*";
	assert_false(cors_is_unvaried(&get, &answer, &said));
	strbuf_release(&said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_needs_preflight), cmocka_unit_test(test_preflight),
		cmocka_unit_test(test_answer),		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_vary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
