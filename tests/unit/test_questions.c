/* Questions that several prometheus checks put together: one exchange, each with its own time-out, and
 * whatever of them ends first. */
#include "unit.h"

#include "../net/servers.h"

static struct check *add(struct rig *rig, const char *listener, int64_t timeout_ms)
{
	char url[200];
	struct check *check = rig_add(rig, CHECK_TYPE_PROMETHEUS, "up");

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/ok", fault_port(listener));
	check->url = arena_strdup(&rig->fleet->arena, url);
	check->timeout_ns = timeout_ms * NS_PER_MS;
	return check;
}

static void test_one_exchange(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (int i = 0; i < 20; i++)
		add(&rig, "http", 3000);
	rig_run(&rig, 0, 19);
	assert_int_equal(net_stats(rig.net).exchanges, 1);
	for (int i = 0; i < 19; i++) {
		/* The fault server speaks HTTP, but is no Prometheus. */
		assert_int_equal(rig.answers[i].failure, FAILURE_PROTOCOL);
		assert_says(rig.answers[i].message, "not Prometheus's API");
	}
	/* Who has not had that answer yet takes it; who has asks for another. */
	rig_run(&rig, 19, 1);
	assert_int_equal(net_stats(rig.net).exchanges, 1);
	rig_run(&rig, 0, 20);
	assert_int_equal(net_stats(rig.net).exchanges, 2);
	rig_release(&rig);
}

static void test_old_answers(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	add(&rig, "http", 3000);
	add(&rig, "http", 3000)->interval_ns = 1;
	rig_run(&rig, 0, 1);
	rig_run(&rig, 1, 1);
	assert_int_equal(net_stats(rig.net).exchanges, 2);
	rig_release(&rig);
}

static void test_other_questions(void **state)
{
	static const struct name_value header = {"X-Scope-OrgID", "b"};
	struct rig rig;
	struct check *check;

	(void)state;
	rig_init(&rig);
	add(&rig, "http", 3000);
	check = add(&rig, "http", 3000);
	check->headers = &header;
	check->header_count = 1;
	check = add(&rig, "http", 3000);
	check->auth = &(struct auth){.kind = AUTH_BEARER, .secret = "secret"};
	rig_run(&rig, 0, 3);
	assert_int_equal(net_stats(rig.net).exchanges, 3);
	rig_release(&rig);
}

static void in_time(const struct answer *answer, int64_t timeout_ms)
{
	assert_int_equal(answer->failure, FAILURE_TIMEOUT);
	assert_true(answer->took_ns >= (timeout_ms - 5) * NS_PER_MS);
	assert_true(answer->took_ns < (timeout_ms + 1500) * NS_PER_MS);
}

/* The patient one asks: the other's time is up while the exchange still waits. */
static void test_impatient_joins(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	add(&rig, "hang", 1200);
	add(&rig, "hang", 300);
	rig_run(&rig, 0, 2);
	in_time(&rig.answers[0], 1200);
	in_time(&rig.answers[1], 300);
	assert_true(rig.answers[1].took_ns < rig.answers[0].took_ns);
	assert_says(rig.answers[1].message, "timed out after 300ms");
	assert_int_equal(net_stats(rig.net).exchanges, 1);
	rig_release(&rig);
}

/* The impatient one asks: the other asks again with what it has left. */
static void test_patient_joins(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	add(&rig, "hang", 300);
	add(&rig, "hang", 1200);
	rig_run(&rig, 0, 2);
	in_time(&rig.answers[0], 300);
	in_time(&rig.answers[1], 1200);
	assert_int_equal(net_stats(rig.net).exchanges, 2);
	rig_release(&rig);
}

static void cancel_first(void *context)
{
	struct rig *rig = context;

	prober_cancel(rig->prober, rig->checks[0].id);
}

static void test_cancel(void **state)
{
	struct rig rig;
	struct net_timer *timer;

	(void)state;
	rig_init(&rig);
	add(&rig, "hang", 5000);
	add(&rig, "hang", 600);
	timer = net_timer_new(rig.net, cancel_first, &rig);
	net_timer_set(timer, (struct mono_time){net_now(rig.net).ns + 100 * NS_PER_MS});
	rig_run(&rig, 0, 2);
	assert_int_equal(rig.answers[0].samples, 0);
	in_time(&rig.answers[1], 600);
	net_timer_free(timer);
	rig_release(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_exchange),	cmocka_unit_test(test_old_answers),
		cmocka_unit_test(test_other_questions), cmocka_unit_test(test_impatient_joins),
		cmocka_unit_test(test_patient_joins),	cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, fault_server_setup, fault_server_teardown);
}
