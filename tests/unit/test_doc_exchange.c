/* The evidence of a check as lines of the pane: nothing runs over the edge, values have units, the
 * steps of a flow their states, and nothing is said twice. */
#include "unit.h"

#include "base/utf8.h"
#include "ui/doc.h"

static const struct check plain = {.name = "it", .type = CHECK_TYPE_HTTP, .target = "/"};

static struct sample_value number(enum subject subject, double value)
{
	return (struct sample_value){.subject = subject, .value = value_number(value)};
}

static struct sample_value text(enum subject subject, const char *value)
{
	return (struct sample_value){.subject = subject, .value = value_string(value)};
}

/* The document, a line each; fails where one is wider than `width`. */
static char *shown(const struct check_row *row, int width)
{
	struct snapshot snapshot = {.wall_now.ns = 1000 * NS_PER_S};
	struct strbuf out;
	struct doc doc;

	strbuf_init(&out, 1u << 16);
	doc_init(&doc, width, 0);
	doc_exchange(&doc, &snapshot, row);
	for (size_t i = 0; i < doc.lines.len; i++) {
		const struct doc_line *line = &doc.lines.at[i];
		size_t start = out.len;

		strbuf_addf(&out, "%*s", line->indent, "");
		for (size_t at = 0; at < line->count; at++) {
			const struct doc_span *span = &doc.spans.at[line->first + at];

			strbuf_add(&out, doc.text.data + span->start, span->len);
		}
		assert_true(utf8_width(out.data + start, out.len - start) <= (size_t)width);
		while (out.len > start && out.data[out.len - 1] == ' ')
			strbuf_cut(&out, out.len - 1);
		strbuf_addc(&out, '\n');
	}
	doc_release(&doc);
	return strbuf_detach(&out);
}

static void expect_shown(const struct check_row *row, int width, const char *want)
{
	char *got = shown(row, width);

	assert_string_equal(got, want);
	free(got);
}

static void test_values(void **state)
{
	const char *names[] = {"a", "b"};
	struct sample_value values[] = {
		text(SUBJECT_ROLE, "master"),
		number(SUBJECT_MEMORY, 966336),
		number(SUBJECT_MEMORY_USED, 1.4399528503417969),
		number(SUBJECT_CONNECTIONS_USED, 0.01),
		number(SUBJECT_CONNECTIONS, 12),
		{.subject = SUBJECT_UNKNOWN_TOPICS,
		 .value = {.type = VALUE_LIST, .as.list = {names, 2}}},
		number(SUBJECT_STATUS, 200),
	};
	struct check_row row = {.check = &plain, .values = values, .value_count = BASE_LEN(values)};

	(void)state;
	row.failed_phase = PHASE_NONE;
	expect_shown(&row, 60,
		     "  target     /\n"
		     "  values     role              master\n"
		     "             memory            966kB\n"
		     "             memory_used       1.4%\n"
		     "             connections_used  <0.1%\n"
		     "             connections       12\n"
		     "             unknown_topics    a\n"
		     "                               b\n");
}

static void test_phases_wrap(void **state)
{
	struct check_row row = {.check = &plain,
				.phases = {{0, NS_PER_MS, -1, NS_PER_MS, NS_PER_MS, NS_PER_MS}},
				.failed_phase = PHASE_RECEIVE};

	(void)state;
	expect_shown(&row, 50,
		     "  target     /\n"
		     "  phases\n"
		     "             dns 0.0ms  connect 1ms  send 1ms\n"
		     "             wait 1ms  receive 1ms\n"
		     "             ended in receive\n");
}

static void test_exchange_wraps(void **state)
{
	static const struct exchange_header headers[] = {
		{"content-security-policy", "default-src 'self'; img-src *"}};
	static const char body[] = "{\"status\":\"down\",\"reason\":\"no route to host\"}\n";
	const struct exchange exchange = {.request = "GET http://127.0.0.1:8003/a/very/long/path\n"
						     "Accept: application/json\n\n",
					  .peer = "127.0.0.1:8003",
					  .tls_version = "TLSv1.3",
					  .http_version = "1.1",
					  .http_status = 503,
					  .headers = headers,
					  .header_count = 1,
					  .body = body,
					  .body_len = sizeof(body) - 1,
					  .body_size = sizeof(body) - 1};
	struct check_row row = {.check = &plain, .exchange = &exchange, .failed_phase = PHASE_NONE};

	(void)state;
	expect_shown(&row, 44,
		     "  sent       GET http://127.0.0.1:8003/a/\n"
		     "             very/long/path\n"
		     "             Accept: application/json\n"
		     "  peer       127.0.0.1:8003, TLSv1.3\n"
		     "  answer     HTTP/1.1 503\n"
		     "             content-security-policy:\n"
		     "               default-src 'self'; img-src *\n"
		     "  body       46B\n"
		     "    {\"status\":\"down\",\"reason\":\"no route to\n"
		     "    host\"}\n");
}

static void test_words_break_where_they_part(void **state)
{
	static const struct check check = {.name = "it", .target = "http://127.0.0.1:8003/a/b"};
	const struct exchange exchange = {.request = "{\"paths\":{\"/health\":{},\"/ready\":{}}}"};
	struct check_row row = {.check = &check, .failed_phase = PHASE_NONE};

	(void)state;
	expect_shown(&row, 36, "  target     http://127.0.0.1:8003/\n             a/b\n");
	expect_shown(&row, 32, "  target     http://\n             127.0.0.1:8003/a/b\n");
	expect_shown(&row, 28, "  target     http://\n             127.0.0.1:8003/\n             a/b\n");
	row.exchange = &exchange;
	expect_shown(&row, 41,
		     "  sent       {\"paths\":{\"/health\":{},\n             \"/ready\":{}}}\n");
}

static void test_a_long_body_ends(void **state)
{
	char body[8192];
	const struct exchange exchange = {.body = body,
					  .body_len = sizeof(body),
					  .body_size = sizeof(body),
					  .http_status = 200};
	struct check_row row = {.check = &plain, .exchange = &exchange, .failed_phase = PHASE_NONE};
	size_t lines = 0;
	char *got;

	(void)state;
	memset(body, 'x', sizeof(body));
	for (int pass = 0; pass < 2; pass++) {
		got = shown(&row, 44);
		lines = 0;
		for (const char *at = got; *at != '\0'; at++)
			lines += *at == '\n';
		assert_in_range(lines, 16, 20);
		assert_non_null(strstr(got, "\n    …\n"));
		free(got);
		for (size_t i = 1; i < sizeof(body); i += 2)
			body[i] = '\n';
	}
}

static void test_flow(void **state)
{
	static const struct check login = {.name = "login"}, call = {.name = "call"},
				  subscribe = {.name = "subscribe"};
	static const struct flow_step steps[] = {{.check = &login},
						 {.check = &call},
						 {.check = &subscribe}};
	static const struct flow flow = {steps, 3};
	static const struct check check = {.name = "it", .type = CHECK_TYPE_FLOW, .flow = &flow};
	static const char said[] = "1. login (POST http://h/login): good, status 200, 4.2ms\n"
				   "2. call (GET http://h/x): FAILED, status 403, 3ms\n\n"
				   "{\"detail\":\"no\"}";
	const struct exchange exchange = {.body = said,
					  .body_len = sizeof(said) - 1,
					  .body_size = sizeof(said) - 1,
					  .http_version = "1.1",
					  .http_status = 403};
	struct sample_value values[] = {number(SUBJECT_STEPS, 1),
					text(SUBJECT_FAILED_STEP, "call")};
	struct check_row row = {.check = &check,
				.exchange = &exchange,
				.values = values,
				.value_count = 2,
				.failed_phase = PHASE_NONE};

	(void)state;
	expect_shown(&row, 60,
		     "  steps      ✔ 1. login (POST http://h/login): good, status\n"
		     "                  200, 4.2ms\n"
		     "             ✖ 2. call (GET http://h/x): FAILED, status 403,\n"
		     "                  3ms\n"
		     "             – 3. subscribe: not reached\n"
		     "  answer     HTTP/1.1 403\n"
		     "  body       15B\n"
		     "    {\"detail\":\"no\"}\n");
}

static void test_conversation(void **state)
{
	static const struct check check = {.name = "it",
					   .type = CHECK_TYPE_WEBSOCKET,
					   .target = "/"};
	static const char said[] = "> ping\n< close 4401 token expired of the user who asked\n";
	const struct exchange exchange = {.body = said,
					  .body_len = sizeof(said) - 1,
					  .body_size = sizeof(said) - 1,
					  .http_version = "1.1",
					  .http_status = 101};
	struct check_row row = {.check = &check, .exchange = &exchange, .failed_phase = PHASE_NONE};

	(void)state;
	expect_shown(&row, 40,
		     "  answer     HTTP/1.1 101\n"
		     "  said       56B\n"
		     "    > ping\n"
		     "    < close 4401 token expired of the\n"
		     "      user who asked\n");
}

/* What the sentence or the transcript says is no value of its own; a short word is. */
static void test_nothing_twice(void **state)
{
	static const struct check check = {.name = "it", .type = CHECK_TYPE_CONTAINER};
	static const char said[] = "db: connection refused\n";
	const struct exchange exchange = {.body = said,
					  .body_len = sizeof(said) - 1,
					  .body_size = sizeof(said) - 1};
	const struct assertion_result failed = {.expected = "health != unhealthy",
						.got = "\"unhealthy\""};
	struct sample_value values[] = {
		text(SUBJECT_STATE, "running"),
		text(SUBJECT_HEALTH_OUTPUT, "db: connection refused"),
		text(SUBJECT_REASON, "the health check fails"),
	};
	struct check_row row = {.check = &check,
				.exchange = &exchange,
				.message = "container it is running, but the health check fails",
				.assertions = &failed,
				.assertion_count = 1,
				.values = values,
				.value_count = 3,
				.failed_phase = PHASE_NONE};

	(void)state;
	assert_string_equal(check_got(&row, 0), row.message);
	expect_shown(&row, 60,
		     "  values     state  running\n"
		     "  said       23B\n"
		     "    db: connection refused\n");
	/* Nor with the line's end, as programs write it. */
	values[2].value = value_string("the health check fails\n");
	expect_shown(&row, 60,
		     "  values     state  running\n"
		     "  said       23B\n"
		     "    db: connection refused\n");
	/* A line that somebody wrote, and a sentence that is made of it: the value tells. */
	row.message = "health is \"unhealthy\", wanted != unhealthy";
	assert_string_equal(check_got(&row, 0), failed.got);
}

/* A page of many checks of one address does not tell the address with each; one that is called otherwise does. */
static void test_sentence(void **state)
{
	static const struct check unnamed = {.name = "http GET /a", .type = CHECK_TYPE_HTTP},
				  named = {.name = "ready", .type = CHECK_TYPE_HTTP},
				  kafka = {.name = "kafka h:1", .type = CHECK_TYPE_KAFKA};
	const struct assertion_result missing = {.expected = "unknown_topics absent", .got = "nix"};
	struct check_row row = {.check = &unnamed,
				.message = "http GET http://h:1/a connection refused",
				.assertions = &missing,
				.assertion_count = 1};
	struct strbuf said;

	(void)state;
	strbuf_init(&said, 200);
	check_said(&said, &row);
	assert_string_equal(said.data, "http connection refused");
	strbuf_reset(&said);
	row.check = &named;
	check_said(&said, &row);
	assert_string_equal(said.data, row.message);
	row.check = &kafka;
	row.message = "not every wanted topic is there: nix";
	assert_string_equal(check_got(&row, 0), "nix");
	strbuf_release(&said);
}

static void test_certificate(void **state)
{
	static const struct certificate certificate = {.subject = "CN = old.example.com",
						       .issuer = "CN = test CA",
						       .names = "old.example.com",
						       .not_after.ns = 400 * NS_PER_S};
	const struct exchange exchange = {.certificates = &certificate, .certificate_count = 1};
	struct sample_value values[] = {text(SUBJECT_CERT_ISSUER, "CN = test CA")};
	struct check_row row = {.check = &plain,
				.exchange = &exchange,
				.values = values,
				.value_count = 1,
				.failed_phase = PHASE_NONE};

	(void)state;
	expect_shown(&row, 70,
		     "  certificate CN = old.example.com, issued by CN = test CA\n"
		     "  names      old.example.com\n"
		     "  valid until 1970-01-01T00:06:40Z, 10m ago\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_phases_wrap),
		cmocka_unit_test(test_exchange_wraps),
		cmocka_unit_test(test_words_break_where_they_part),
		cmocka_unit_test(test_a_long_body_ends),
		cmocka_unit_test(test_flow),
		cmocka_unit_test(test_conversation),
		cmocka_unit_test(test_nothing_twice),
		cmocka_unit_test(test_sentence),
		cmocka_unit_test(test_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
