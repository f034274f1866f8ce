/* Further tries inside a run: only after a failure, only while the time lasts, and how they are told. */
#include "net/net.h"
#include "unit.h"

#include "../net/servers.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

static struct check *add(struct rig *rig, const char *listener, const char *path, int64_t retries)
{
	static struct setting settings[8];
	static size_t used;
	struct setting *setting = &settings[used++ % 8];
	char url[300];
	struct check *check;

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", fault_port(listener), path);
	check = rig_http(rig, url);
	*setting = (struct setting){.key = CHECK_KEY_RETRIES, .as.number = retries};
	check->settings = setting;
	check->setting_count = 1;
	return check;
}

static void test_all_fail(void **state)
{
	struct rig rig;
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	answer = rig_ask(&rig, add(&rig, "close", "/", 2));
	assert_int_equal(answer->samples, 1);
	assert_int_equal(answer->finished, 1);
	assert_int_equal(net_stats(rig.net).exchanges, 3);
	assert_says(answer->message, "(the last of 3 tries)");
	assert_true(answer->took_ns >= 300 * NS_PER_MS);
	assert_true(answer->latency_ns < answer->took_ns);
	rig_release(&rig);
}

static void test_none_wanted(void **state)
{
	struct rig rig;
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	answer = rig_ask(&rig, add(&rig, "close", "/", 0));
	assert_int_equal(net_stats(rig.net).exchanges, 1);
	assert_null(strstr(answer->message, "tries"));
	rig_release(&rig);
}

/* An answer is one, whatever it says: what is good is no business of a probe. */
static void test_answers_are_not_repeated(void **state)
{
	struct rig rig;
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	answer = rig_ask(&rig, add(&rig, "http", "/status/500", 3));
	assert_int_equal(answer->failure, FAILURE_NONE);
	assert_int_equal(net_stats(rig.net).exchanges, 1);
	rig_release(&rig);
}

/* Refused credentials are put once: more would lock the account. */
static void test_credentials_are_not_repeated(void **state)
{
	struct rig rig;
	struct check *check;

	(void)state;
	rig_init(&rig);
	check = add(&rig, "http", "/status/401", 3);
	check->type = CHECK_TYPE_PROMETHEUS;
	assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_CREDENTIALS);
	assert_int_equal(net_stats(rig.net).exchanges, 1);
	rig_release(&rig);
}

/* A try that takes all of the time was the last one, and a pause that would not fit is none. */
static void test_within_the_timeout(void **state)
{
	struct rig rig;
	struct check *check;
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	check = add(&rig, "hang", "/", 5);
	check->timeout_ns = 300 * NS_PER_MS;
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_TIMEOUT);
	assert_int_equal(net_stats(rig.net).exchanges, 1);
	check = add(&rig, "close", "/", 9);
	check->timeout_ns = 500 * NS_PER_MS;
	answer = rig_ask(&rig, check);
	/* At 0, 100 and 300 ms; the next would be at 700. */
	assert_says(answer->message, "(the last of 3 tries)");
	assert_true(answer->took_ns < 500 * NS_PER_MS);
	rig_release(&rig);
}

struct late {
	int fd;
	int port;
};

static void listen_now(void *context)
{
	struct late *late = context;

	assert_int_equal(listen(late->fd, 8), 0);
}

/* What comes up meanwhile is found. */
static void test_comes_up(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	struct late late = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
	struct setting setting = {.key = CHECK_KEY_RETRIES, .as.number = 6};
	struct net_timer *timer;
	struct rig rig;
	struct check *check;
	struct answer *answer;

	(void)state;
	assert_int_equal(bind(late.fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(late.fd, (struct sockaddr *)&address, &len), 0);
	rig_init(&rig);
	check = rig_add(&rig, CHECK_TYPE_TCP, "late");
	check->host = "127.0.0.1";
	check->port = ntohs(address.sin_port);
	check->settings = &setting;
	check->setting_count = 1;
	timer = net_timer_new(rig.net, listen_now, &late);
	net_timer_set(timer, (struct mono_time){net_now(rig.net).ns + 200 * NS_PER_MS});
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_NONE);
	assert_int_equal(answer->samples, 1);
	assert_true(answer->took_ns >= 200 * NS_PER_MS);
	net_timer_free(timer);
	rig_release(&rig);
	(void)close(late.fd);
}

static void cancel_now(void *context)
{
	struct rig *rig = context;

	prober_cancel(rig->prober, rig->checks[0].id);
}

/* Between two tries nothing is under way, and a cancel ends the run all the same. */
static void test_cancelled_in_a_pause(void **state)
{
	struct rig rig;
	struct net_timer *timer;
	struct check *check;
	struct answer *answer;

	(void)state;
	rig_init(&rig);
	check = add(&rig, "close", "/", 9);
	timer = net_timer_new(rig.net, cancel_now, &rig);
	net_timer_set(timer, (struct mono_time){net_now(rig.net).ns + 250 * NS_PER_MS});
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->samples, 0);
	assert_int_equal(answer->finished, 1);
	assert_true(answer->took_ns < 2 * NS_PER_S);
	net_timer_free(timer);
	rig_release(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_fail),
		cmocka_unit_test(test_none_wanted),
		cmocka_unit_test(test_answers_are_not_repeated),
		cmocka_unit_test(test_credentials_are_not_repeated),
		cmocka_unit_test(test_within_the_timeout),
		cmocka_unit_test(test_comes_up),
		cmocka_unit_test(test_cancelled_in_a_pause),
	};

	return cmocka_run_group_tests(tests, fault_server_setup, fault_server_teardown);
}
