/* Lines that name a failure without reporting one, and their likes that do report it: each form counts
 * less for its own reason, and no report loses weight. */
#include "diagnose/doubt.h"

#include "unit.h"

#include <string.h>

/* Where the line believes itself, `why` is NULL. */
struct row {
	const char *text;
	const char *match;
	enum log_level level;
	const char *why;
};

static void assert_rows(const struct row *rows, size_t count, bool settled, bool failing)
{
	for (size_t i = 0; i < count; i++) {
		const struct row *row = &rows[i];
		const char *found = strstr(row->text, row->match);
		struct statement line = {
			.text = row->text,
			.len = strlen(row->text),
			.level = row->level,
			.settled = settled,
			.failing = failing,
		};
		struct doubt doubt;

		assert_non_null(found);
		line.start = (size_t)(found - row->text);
		line.end = line.start + strlen(row->match);
		doubt = doubt_of(&line);
		if ((doubt.why == NULL) != (row->why == NULL) ||
		    (row->why != NULL && strstr(doubt.why, row->why) == NULL))
			fail_msg("%s: %s", row->text, doubt.why != NULL ? doubt.why : "believed");
		assert_true(doubt.why == NULL ? doubt.worth == 1 : doubt.worth < 1);
	}
}

/* Forms that are no report, whatever else fails. */
static void test_no_report(void **state)
{
	static const struct row rows[] = {
		{"backup: 0 permission denied", "permission denied", LOG_UNKNOWN, "none"},
		{"no OOM kill in the last 24h", "OOM kill", LOG_UNKNOWN, "none"},
		{"all answered without any timeout", "timeout", LOG_ERROR, "none"},
		{"scan done, timeouts=0 refused=0", "timeout", LOG_UNKNOWN, "none"},
		{"{\"nxdomain\": 0, \"ok\": 4}", "nxdomain", LOG_UNKNOWN, "none"},
		{"10 permission denied", "permission denied", LOG_UNKNOWN, NULL},
		{"scan saw 0 permission denied", "permission denied", LOG_UNKNOWN, "none"},
		{"worker 1: 0 timeouts", "timeout", LOG_UNKNOWN, "none"},
		{"worker 0 OOMKilled exit code 137", "OOMKilled", LOG_UNKNOWN, NULL},
		{"Shard 0 ECONNREFUSED", "ECONNREFUSED", LOG_UNKNOWN, NULL},
		{"worker: 0 timeouts", "timeout", LOG_UNKNOWN, "none"},
		{"pod:0 OOMKilled", "OOMKilled", LOG_UNKNOWN, NULL},
		{"worker_id 0 OOMKilled", "OOMKilled", LOG_UNKNOWN, NULL},
		{"replica 0 connect ECONNREFUSED", "ECONNREFUSED", LOG_UNKNOWN, NULL},
		{"0 jobs left, then ECONNREFUSED", "ECONNREFUSED", LOG_UNKNOWN, NULL},
		{"timeouts=07", "timeout", LOG_UNKNOWN, NULL},
		{"timeouts=0.4s", "timeout", LOG_UNKNOWN, NULL},
		{"found no, permission denied", "permission denied", LOG_UNKNOWN, NULL},
		{"No space left on device", "No space left", LOG_UNKNOWN, NULL},
		{"  \u2713 refuses an expired certificate", "expired certificate", LOG_UNKNOWN,
		 "passed"},
		{"--- PASS: TestConnectionRefused (0.01s)", "ConnectionRefused", LOG_UNKNOWN,
		 "passed"},
		{"t.py::test_too_many_clients PASSED [ 14%]", "too_many_clients", LOG_UNKNOWN,
		 "passed"},
		{"PASSWORD: permission denied", "permission denied", LOG_UNKNOWN, NULL},
		{"- Fixed: crash on EADDRINUSE", "EADDRINUSE", LOG_UNKNOWN, "change"},
		{"a41be0 fix(net): Too many open files", "Too many open files", LOG_UNKNOWN,
		 "change"},
		{"db: name not fixed: permission denied", "permission denied", LOG_UNKNOWN, NULL},
		{"1:M 12 Jan 2026 10:00:00 # Permission denied", "Permission denied", LOG_WARN,
		 NULL},
		{"#12 4.1 Permission denied", "Permission denied", LOG_UNKNOWN, NULL},
		{"\"GET /kb/OOMKilled HTTP/1.1\" 200", "OOMKilled", LOG_UNKNOWN, "asked for"},
		{"GET /kb?q=ECONNREFUSED 200", "ECONNREFUSED", LOG_UNKNOWN, "asked for"},
		{"\"GET /voice HTTP/1.1\" 404", "GET /voice HTTP/1.1\" 404", LOG_UNKNOWN, NULL},
		{"open /data/EROFS: x", "EROFS", LOG_UNKNOWN, NULL},
		{"  --strict   fail on permission denied", "permission denied", LOG_UNKNOWN,
		 "option"},
		{"  -t, --timeout S  upstream timed out", "timed out", LOG_UNKNOWN, "option"},
		{"--- Logging error --- permission denied", "permission denied", LOG_UNKNOWN, NULL},
		{"< maxmemory_policy:noeviction", "maxmemory", LOG_UNKNOWN, "setting"},
		{"STAT rejected_connections 4", "rejected", LOG_UNKNOWN, "setting"},
		{"err_code:INVALID_AUTH", "INVALID_AUTH", LOG_UNKNOWN, NULL},
		{"search query=\"No module named x\"", "No module", LOG_INFO, "quotes"},
		{"search query=\"No module named x\"", "No module", LOG_ERROR, NULL},
		{"level=info msg=\"connection refused\"", "connection refused", LOG_INFO, NULL},
	};

	(void)state;
	assert_rows(rows, BASE_LEN(rows), false, true);
	assert_rows(rows, BASE_LEN(rows) - 1, false, false);
}

/* An error of a service that fails is never worth nothing, whatever a word before it denies. */
static void test_error_that_denies(void **state)
{
	static const char text[] = "pod was never ready OOMKilled";
	struct statement line = {.text = text, .len = sizeof(text) - 1, .end = sizeof(text) - 1};
	double calm, error;

	(void)state;
	line.start = line.end - strlen("OOMKilled");
	line.failing = true;
	calm = doubt_of(&line).worth;
	line.level = LOG_ERROR;
	error = doubt_of(&line).worth;
	assert_true(calm < 0.2 && error >= 0.5 && error < 1);
	line.failing = false;
	assert_true(doubt_of(&line).worth == calm);
}

/* Forms that may be one: only where nothing else says that the service fails. */
static void test_perhaps(void **state)
{
	static const struct row rows[] = {
		{"on_full = \"No space left on device\"", "No space", LOG_UNKNOWN, "quotes"},
		{"{\"err_code\":\"INVALID_AUTH\"}", "INVALID_AUTH", LOG_UNKNOWN, NULL},
		{"last_error = \"No space left on device\"", "No space", LOG_UNKNOWN, NULL},
		{"feature \"retry_on_econnrefused\" is on", "econnrefused", LOG_UNKNOWN, "quotes"},
		{"# see Too many open files", "Too many", LOG_UNKNOWN, "comment"},
		{"size 25m; # 413 above that", "413", LOG_UNKNOWN, "comment"},
		{"# Can't handle RDB format", "handle RDB", LOG_UNKNOWN, NULL},
		{"caused \"exec format error\"", "exec format", LOG_UNKNOWN, NULL},
		{"on_full: \"No space left on device\"", "No space", LOG_UNKNOWN, "quotes"},
		{"answer of the server: \"Too many connections\"", "Too many", LOG_UNKNOWN, NULL},
		{"dial failed with \"connection refused\"", "refused", LOG_UNKNOWN, NULL},
		{"retries when the connection is refused", "refused", LOG_UNKNOWN, "would"},
		{"retries when asked: connection refused", "connection refused", LOG_UNKNOWN, NULL},
		{"retries when the connection is refused", "refused", LOG_ERROR, NULL},
		{"INFO x: connection refused", "connection refused", LOG_INFO, "own level"},
		{"WARN x: connection refused", "connection refused", LOG_WARN, NULL},
		{"x: connection refused", "connection refused", LOG_UNKNOWN, NULL},
		/* PostgreSQL's LOG is above its ERROR. */
		{"LOG:  could not bind: Address already in use", "Address already", LOG_INFO, NULL},
	};
	static const struct row settled = {"WARN x: connection refused", "refused", LOG_WARN,
					   "later line"};
	struct row believed;

	(void)state;
	assert_rows(rows, BASE_LEN(rows), false, false);
	assert_rows(&settled, 1, true, false);
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		believed = rows[i];
		believed.why = NULL;
		assert_rows(&believed, 1, true, true);
	}
}

/* A match at either end of a line, and in an empty one, is read within the line. */
static void test_edges(void **state)
{
	static const char text[] = "0 x=0";

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		for (size_t start = 0; start <= len; start++) {
			for (size_t end = start; end <= len; end++) {
				/* Of its own length, so that a checker sees a read too far. */
				char *copy = xmemdup(text, len > 0 ? len : 1);
				struct statement line = {.text = copy,
							 .len = len,
							 .start = start,
							 .end = end};

				assert_true(doubt_of(&line).worth > 0);
				free(copy);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_report),
		cmocka_unit_test(test_error_that_denies),
		cmocka_unit_test(test_perhaps),
		cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
