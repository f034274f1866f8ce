/* TCP and TLS streams against a server that misbehaves, unix sockets, addresses and names. */
#include "net/stream.h"

#include "temp_folder.h"

#include "../net/servers.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TIMEOUT (500 * NS_PER_MS)
/* A freeze, not a figure: what a time-out overruns is measured by the bench. */
#define OVERRUN (2 * NS_PER_S)

static struct check *add(struct rig *rig, enum check_type type, const char *host, int port)
{
	char target[300];
	struct check *check;

	(void)snprintf(target, sizeof(target), "%s:%d", host, port);
	check = rig_add(rig, type, target);
	check->host = host;
	check->port = port;
	check->timeout_ns = TIMEOUT;
	return check;
}

static void test_open(void **state)
{
	struct rig rig;
	struct answer *answer;
	struct check *check;

	(void)state;
	rig_init(&rig);
	check = add(&rig, CHECK_TYPE_TCP, "127.0.0.1", fault_port("http"));
	for (int i = 0; i < 20; i++) { /* more than private multis are kept */
		answer = rig_ask(&rig, check);
		assert_int_equal(answer->failure, FAILURE_NONE);
		assert_true(answer->phases.ns[PHASE_CONNECT] > 0);
		assert_int_equal(answer->phases.ns[PHASE_WAIT], PHASE_UNMEASURED);
		assert_non_null(answer->exchange->peer);
	}
	check = add(&rig, CHECK_TYPE_TCP, "localhost", fault_port("http"));
	assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_NONE);
	assert_int_equal(net_stats(rig.net).streams, 21);
	assert_int_equal(net_stats(rig.net).in_flight, 0);
	rig_release(&rig);
}

static void test_many_at_once(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (int i = 0; i < 40; i++)
		add(&rig, CHECK_TYPE_TCP, "127.0.0.1", fault_port("http"));
	rig_run(&rig, 0, 40);
	for (int i = 0; i < 40; i++)
		assert_int_equal(rig.answers[i].failure, FAILURE_NONE);
	rig_release(&rig);
}

static void test_failures(void **state)
{
	const struct {
		enum check_type type;
		const char *host;
		const char *port; /* of the fault server; NULL: a free one */
		enum failure failure;
		enum phase phase;
		const char *says;
	} cases[] = {
		{CHECK_TYPE_TCP, "127.0.0.1", NULL, FAILURE_REFUSED, PHASE_CONNECT, "nothing listens"},
		{CHECK_TYPE_TCP, "127.0.0.1", "noaccept", FAILURE_TIMEOUT, PHASE_CONNECT,
		 "timed out after 500ms in phase connect"},
		{CHECK_TYPE_TLS, "127.0.0.1", "hang", FAILURE_TIMEOUT, PHASE_TLS,
		 "timed out after 500ms in phase tls: TCP connected to 127.0.0.1:"},
		{CHECK_TYPE_TLS, "127.0.0.1", "noaccept", FAILURE_TIMEOUT, PHASE_CONNECT,
		 "in phase connect"},
		{CHECK_TYPE_TLS, "127.0.0.1", "banner", FAILURE_TLS_FAILED, PHASE_TLS,
		 "does not speak TLS"},
		{CHECK_TYPE_TLS, "127.0.0.1", NULL, FAILURE_REFUSED, PHASE_CONNECT, "refused"},
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (size_t i = 0; i < BASE_LEN(cases); i++)
		add(&rig, cases[i].type, cases[i].host,
		    cases[i].port != NULL ? fault_port(cases[i].port) : free_port());
	rig_run(&rig, 0, BASE_LEN(cases));
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		const struct answer *answer = &rig.answers[i];

		print_message("# %s\n", answer->message);
		assert_int_equal(answer->failure, cases[i].failure);
		assert_int_equal(answer->phase, cases[i].phase);
		assert_says(answer->message, cases[i].says);
		assert_true(answer->took_ns < TIMEOUT + OVERRUN);
	}
	rig_release(&rig);
}

static void test_unix_socket(void **state)
{
	char folder[] = "/tmp/sitrep-unix-XXXXXX";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct rig rig;
	struct check *check;
	struct answer *answer;
	char too_long[200];
	int fd;

	(void)state;
	rig_init(&rig);
	temp_folder(folder);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
	check = rig_add(&rig, CHECK_TYPE_TCP, address.sun_path);
	check->unix_path = address.sun_path;
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_NOT_FOUND);
	assert_true(failure_is_local(answer->failure));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_REFUSED);
	assert_int_equal(listen(fd, 8), 0);
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_NONE);
	assert_memory_equal(answer->exchange->peer, "unix:/tmp/", 10);
	close(fd);
	memset(too_long, 'x', sizeof(too_long));
	too_long[0] = '/';
	too_long[sizeof(too_long) - 1] = '\0';
	check = rig_add(&rig, CHECK_TYPE_TCP, "too long");
	check->unix_path = too_long;
	answer = rig_ask(&rig, check);
	assert_int_equal(answer->failure, FAILURE_CONFIG);
	assert_says(answer->message, "longer than 107 bytes");
	rig_release(&rig);
}

static void test_cancel(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (int i = 0; i < 20; i++)
		add(&rig, CHECK_TYPE_TLS, "127.0.0.1", fault_port("hang"));
	rig_run(&rig, 0, 1);
	rig.running = 19;
	for (int i = 1; i < 20; i++) {
		prober_start(rig.prober, &rig.checks[i]);
		prober_cancel(rig.prober, rig.checks[i].id);
	}
	net_run(rig.net);
	for (int i = 1; i < 20; i++)
		assert_int_equal(rig.answers[i].samples, 0);
	assert_int_equal(net_stats(rig.net).in_flight, 0);
	prober_start(rig.prober, &rig.checks[0]);
	rig_release(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_many_at_once),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_unix_socket),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, fault_server_setup, fault_server_teardown);
}
